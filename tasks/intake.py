"""Facts of delivered files in, catalogue entries without identifiers out."""

from collections.abc import Sequence
from typing import Any

from tasks.annotation_keys import Pseudonyms
from tasks.catalogue_cache import Entry
from tasks.headers import Facts
from tasks.listing import Found


class Intake:
    """Gives the pseudonyms of one center.

    Parameters
    ----------
    center
        Center's name in the study file.
    pseudonyms
        Gives image and patient pseudonyms, and the keyed hashes of paths and lookups.
    """

    def __init__(self, center: str, pseudonyms: Pseudonyms) -> None:
        self._center = center
        self._pseudonyms = pseudonyms

    def path_key(self, relative: str) -> str:
        """Name a file on disk by a keyed hash of its path."""
        return self._hash(f"path:{relative}")

    def entries(self, key: str, found: Found, facts: Sequence[Facts]) -> list[Entry]:
        """Entries of one file on disk."""
        return [
            Entry(
                path_key=key,
                file_size=found.size,
                mtime_ns=found.mtime_ns,
                members=one.members,
                row=self._row(one),
                reason=one.reason.value if one.reason else "",
                observed=one.observed,
                lookups=self._lookups(one),
                exposure=self._exposure(one.exposure),
                taken=one.taken,
                signature=one.signature,
            )
            for one in facts
        ]

    def _row(self, facts: Facts) -> dict[str, Any]:
        uid = facts.sop_instance_uid
        # A file whose bytes could not be had is told from others by its place alone.
        stand_in = f"unread-{self._hash(f'name:{facts.name}')}"
        return {
            "center": self._center,
            "source_digest": facts.source_digest or stand_in,
            "image_id": self._pseudonyms.image_id(uid) if uid else None,
            "patient_id": self._patient_id(facts) if uid else None,
            "size_bytes": facts.size,
            **facts.columns,
        }

    def _patient_id(self, facts: Facts) -> str:
        issuer, patient_id = facts.patient
        return self._pseudonyms.patient_id(self._center, issuer, patient_id)

    def _lookups(self, facts: Facts) -> tuple[str, ...]:
        if not facts.sop_instance_uid:
            return ()
        keys = [f"uid:{facts.sop_instance_uid}", f"file:{facts.name}"]
        keys += [f"accession:{facts.accession}"] if facts.accession else []
        return tuple(self._hash(key) for key in keys)

    def _exposure(self, exposure: str) -> str:
        kind, _, rest = exposure.partition(":")
        return f"{kind}:{self._hash(rest)}" if rest else ""

    def _hash(self, text: str) -> str:
        return self._pseudonyms.image_id(text)

"""Keyed pseudonyms: the same original gives the same pseudonym, on every night and worker.

Everything is HMAC-SHA-256 under a key that never leaves the study's private folder. Fields are
length-prefixed and each kind has its own domain, so that no two kinds can meet.
"""

import hashlib
import hmac
import unicodedata
from typing import Final

from pydicom._uid_dict import UID_dictionary

# Between one and ten years into the past: no shifted date lies in the future, none is its own.
MIN_SHIFT_DAYS: Final = 366
MAX_SHIFT_DAYS: Final = 3652
_NOBODY: Final = frozenset(
    {"anon", "anonym", "anonymised", "anonymized", "anonymous", "deidentified", "default", "empty"}
    | {"inconnu", "missing", "na", "nan", "nil", "noid", "none", "nopatientid", "notavailable"}
    | {"notknown", "null", "removed", "sconosciuto", "desconocido", "unbekannt", "undefined"}
    | {"unk", "unknown", "unspecified"}
)


def normalize_id(identifier: str) -> str:
    """Return an identifier as archives compare it: NFKC, no case, no blanks at its ends or inside.

    Leading zeros stay: whether 0012 and 12 are one person is for the hospital to say.
    """
    folded = unicodedata.normalize("NFKC", identifier).casefold()
    return "".join(folded.replace("\0", " ").split())


def names_nobody(identifier: str) -> bool:
    """Return whether a number is what headers say where there is none: UNKNOWN, 0000, N/A."""
    bare = "".join(char for char in normalize_id(identifier) if char.isalnum())
    return not bare.strip("0x") or bare in _NOBODY


class Pseudonymizer:
    """Turns identifiers into pseudonyms.

    Parameters
    ----------
    key
        At least 32 bytes, from ``StudyKey.pseudonym_key``.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < 32:  # noqa: PLR2004 - the strength of SHA-256
            raise ValueError(f"key: at least 32 bytes are needed, got {len(key)}")
        self._key = key

    def patient_id(self, center: str, issuer: str, patient_id: str) -> str:
        """Return ``P-`` and 16 hexadecimal digits, scoped by center and issuer."""
        return "P-" + self._patient("patient", center, issuer, patient_id).hex()[:16]

    def image_id(self, sop_uid: str) -> str:
        """Return ``I-`` and 20 hexadecimal digits of a SOP Instance UID."""
        return "I-" + self._digest("image", _bare_uid(sop_uid)).hex()[:20]

    def uid(self, uid: str) -> str:
        """Return a UID under 2.25 (PS3.5 B.2); those the standard itself registers stay."""
        bare = _bare_uid(uid)
        if not bare or bare in UID_dictionary:
            return bare
        return f"2.25.{int.from_bytes(self._digest('uid', bare)[:16], 'big')}"

    def date_shift_days(self, center: str, issuer: str, patient_id: str) -> int:
        """Return the patient's constant shift in whole days, negative."""
        digest = self._patient("dates", center, issuer, patient_id)
        span = MAX_SHIFT_DAYS - MIN_SHIFT_DAYS + 1
        return -(MIN_SHIFT_DAYS + int.from_bytes(digest[:8], "big") % span)

    def _patient(self, domain: str, center: str, issuer: str, patient_id: str) -> bytes:
        """Digest of a patient within center and issuer."""
        return self._digest(domain, center, normalize_id(issuer), normalize_id(patient_id))

    def _digest(self, domain: str, *fields: str) -> bytes:
        """HMAC over length-prefixed fields."""
        parts = [field.encode("utf-8", "surrogatepass") for field in (domain, *fields)]
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.new(self._key, message, hashlib.sha256).digest()


def _bare_uid(uid: str) -> str:
    """Drop the padding that files carry behind a UID."""
    return str(uid).strip(" \0")

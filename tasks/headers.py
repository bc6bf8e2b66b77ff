"""One delivered file to the facts that a catalogue needs.

Facts hold identifiers: they travel from a worker to the catalogue, which replaces them with
pseudonyms, and no further. Every file ends in facts; what stands against a file is its ``reason``.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from data_contracts.errors import FilmRejected
from data_contracts.reasons import Reason
from tasks.archives import MAX_BYTES, is_archive, members_of
from tasks.deid.harvest import person_from
from tasks.dicom.spacing import pixel_spacing
from tasks.header_limit import TooSlow
from tasks.header_named import NAMING, naming_somebody
from tasks.header_values import COUNTS, KEYWORDS, SPACINGS, Header, Values, read_values
from tasks.header_words import age_years, columns_of, count, first, taken_at

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_PLAIN: Final = KEYWORDS.keys() - NAMING.keys()
# Columns that a person may be named in all the same.
_PRODUCTS: Final = ("manufacturer", "manufacturer_model_name")
_CLUTTER: Final = re.compile(r"(^|/)(\.ds_store|thumbs\.db|desktop\.ini|\._[^/]*)$", re.IGNORECASE)
# CR, DX and secondary capture: storage classes that always hold an image.
_RADIOGRAPH: Final = re.compile(r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.(1(\.1)*|7)\Z")
_HEAD: Final = 512
_SAMPLES: Final = 16
_SAMPLE_BYTES: Final = 2048


@dataclass(frozen=True, slots=True)
class Facts:
    """What one delivered file says of itself.

    Attributes
    ----------
    name
        Path relative to the center's folder, archive and member included.
    members
        As in ``Place``.
    source_digest
        SHA-256 of the file; "" when it could not be read.
    columns
        Columns of the catalogue that come straight from the header.
    exposure
        What two variants of one exposure share; "" when the header does not tell.
    taken
        Date and time of the exposure as far as known, sortable; "" when unknown.
    signature
        Digest over samples of the encoded pixel data and its shape: equal for equal films, and
        confirmed over the whole before it is believed. "" without pixel data.
    """

    name: str
    members: tuple[int, ...]
    size: int
    source_digest: str
    reason: Reason | None = None
    observed: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    sop_instance_uid: str = ""
    patient: tuple[str, str] = ("", "")
    accession: str = ""
    exposure: str = ""
    taken: str = ""
    signature: str = ""


def facts_of_file(path: Path, name: str, size: int) -> list[Facts]:
    """Read one file on disk, or every file of an archive.

    Parameters
    ----------
    path, name
        Where the file is, and its path relative to the center's folder.
    size
        Size in bytes when it was listed.

    Returns
    -------
    One ``Facts`` for a plain file, one a member for an archive.
    """
    try:
        with path.open("rb", buffering=0) as file:
            packed = is_archive(file.read(_HEAD))
            file.seek(0)
            raw = b"" if packed or size > MAX_BYTES else file.read()
    except OSError as fault:
        return [unread(name, size, Reason.UNREADABLE_FILE, type(fault).__name__)]
    if packed:
        return list(_facts_of_archive(path, name))
    if size > MAX_BYTES:
        return [unread(name, size, Reason.TOO_LARGE, f"{size >> 20} MiB")]
    return [facts_of(raw, name)]


def _facts_of_archive(path: Path, name: str) -> Iterator[Facts]:
    for one in members_of(path):
        inside = f"{name}/{one.name}"
        if one.raw is None:
            reason = one.reason or Reason.UNREADABLE_FILE
            yield unread(inside, one.size, reason, one.problem, one.members)
        else:
            yield facts_of(one.raw, inside, one.members)


def unread(
    name: str, size: int, reason: Reason, observed: str, members: tuple[int, ...] = ()
) -> Facts:
    """Facts of a file whose bytes could not be had."""
    return Facts(name, members, size, "", reason, observed)


def facts_of(raw: bytes, name: str, members: tuple[int, ...] = ()) -> Facts:
    """Facts of one file's bytes; never raises on what the bytes hold.

    Parameters
    ----------
    raw
        The whole file.
    name, members
        As in ``Facts``.
    """
    digest = hashlib.sha256(raw).hexdigest()
    if _CLUTTER.search(name):
        what = "leftover of an operating system"
        return Facts(name, members, len(raw), digest, Reason.NOT_AN_IMAGE, what)
    try:
        return _facts_of_header(raw, name, members, digest)
    except FilmRejected as verdict:
        return Facts(name, members, len(raw), digest, verdict.reason, verdict.observed)
    except TooSlow:
        raise
    except Exception as fault:  # noqa: BLE001 - one file of an archive costs itself alone
        return Facts(name, members, len(raw), digest, Reason.CORRUPT, type(fault).__name__)


def _facts_of_header(raw: bytes, name: str, members: tuple[int, ...], digest: str) -> Facts:
    header = read_values(raw)
    values, pixels = header.values, header.pixels
    reason, observed = _verdict(values, pixels, len(raw))
    return Facts(
        name,
        members,
        len(raw),
        digest,
        reason,
        observed,
        columns=_columns(raw, header),
        sop_instance_uid=first(values, "SOPInstanceUID"),
        patient=_patient(values),
        accession=first(values, "AccessionNumber"),
        exposure=_exposure(values),
        taken=taken_at(values),
        signature=_signature(raw, values, header.syntax, pixels),
    )


def _verdict(
    values: Values, pixels: tuple[int, int] | None, size: int
) -> tuple[Reason | None, str]:
    """Say what stands against the file before any contract is asked."""
    if count(values, "Rows") is None and count(values, "Columns") is None:
        if _RADIOGRAPH.match(first(values, "SOPClassUID")):
            return Reason.TRUNCATED, "a radiograph that ends before Rows and Columns"
        return Reason.NOT_AN_IMAGE, "no Rows and Columns"
    if pixels is None:
        return Reason.TRUNCATED, "ends before the pixel data"
    if pixels[1] > size - pixels[0]:
        return Reason.TRUNCATED, f"{size - pixels[0]} of {pixels[1]} bytes of pixel data"
    if not first(values, "SOPInstanceUID"):
        return Reason.MISSING_ATTRIBUTE, "SOPInstanceUID"
    return None, ""


def _columns(raw: bytes, header: Header) -> dict[str, Any]:
    values = header.values
    spacing, source = _spacing(*(values.get(name, ()) for name in SPACINGS))
    row_mm, column_mm = spacing or (None, None)
    columns = columns_of(values, header.syntax)
    products = [columns[name] for name in _PRODUCTS if columns[name]]
    named = naming_somebody(products, raw, header.read, _PLAIN) if products else ()
    return {
        **columns,
        **{name: None for name in _PRODUCTS if columns[name] in named},
        "pixel_spacing_row_mm": row_mm,
        "pixel_spacing_column_mm": column_mm,
        "pixel_spacing_source": source or None,
        "patient_age_years": age_years(values),
    }


@lru_cache(maxsize=1024)
def _spacing(*said: tuple[str, ...]) -> tuple[tuple[float, float] | None, str]:
    """Pixel spacing; a center's devices share a handful of them."""
    # A mapping answers ``get`` as a data set does, so that one rule serves both readers.
    return pixel_spacing(cast("Dataset", dict(zip(SPACINGS, said, strict=True))))


def _patient(values: Values) -> tuple[str, str]:
    """Issuer and PatientID, as when de-identifying."""
    ids, issuers = (values.get(name, ()) for name in ("PatientID", "IssuerOfPatientID"))
    return person_from(ids, issuers, first(values, "StudyInstanceUID"))


def _exposure(values: Values) -> str:
    event = first(values, "IrradiationEventUID")
    if event:
        return f"event:{event}"
    moment = first(values, "AcquisitionDateTime") or (
        first(values, "AcquisitionDate") + first(values, "AcquisitionTime")
    )
    # A date alone, or a time to the minute, is shared by unlike films.
    to_the_second = 14
    study = first(values, "StudyInstanceUID")
    return f"at:{study}|{moment}" if study and len(moment) >= to_the_second else ""


def _signature(raw: bytes, values: Values, syntax: str, pixels: tuple[int, int] | None) -> str:
    if pixels is None:
        return ""
    start, length = pixels
    stop = len(raw) if length < 0 else min(start + length, len(raw))
    start = max(start, 0)
    step = max((stop - start) // _SAMPLES, 1)
    shape = [str(count(values, name)) for name in COUNTS]
    said = "|".join([*shape, syntax, first(values, "PhotometricInterpretation"), str(stop - start)])
    digest = hashlib.blake2b(said.encode(), digest_size=16)
    for at in range(start, stop, step):
        digest.update(raw[at : min(at + _SAMPLE_BYTES, stop)])
    return digest.hexdigest()

"""Hold one file to what a de-identified film has to be, by itself: header, container, raw bytes."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian

from tasks.dicom.discretion import discreet
from tasks.verify.claims import is_claim, without_claims
from tasks.verify.days import without_chance
from tasks.verify.findings import Finding
from tasks.verify.needles import Needles, Own, runs_of
from tasks.verify.values import Sought, look_at_values

_PSEUDONYM: Final = re.compile(r"P-[0-9a-f]{16}")
_AGE: Final = re.compile(r"(\d{3})Y")
# People of more years are few; 999 months, the longest age in other units, are 83 years.
_MAX_AGE: Final = 90
_PREAMBLE: Final = 128
# Tag, VR, two empty bytes and length of an element with a long form (PS3.5 section 7.1.2).
_PIXEL_HEAD: Final = struct.Struct("<HH2sHI")
# An element of a time in a raw header: VR, length of two bytes, value (PS3.5 section 7.1.2).
_RAW_TIME: Final = re.compile(rb"TM[\x02-\x40]\x00[\d. \\]+")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the study's options let stay that would be a finding otherwise.

    Attributes
    ----------
    uids
        Original UIDs stay.
    private
        Private elements that stay, as ``creator|ggggee``.
    device_uids
        UIDs of devices stay, as their serial numbers do.
    pixels
        Pixels stay as they are, also where the film says that they show text.
    """

    uids: bool = False
    private: frozenset[str] = frozenset()
    device_uids: bool = False
    pixels: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A film that could be read.

    Attributes
    ----------
    content
        The file.
    ds
        Its data set; without pixels where these were left in the file.
    elements
        Every element of the data set, at every depth.
    pixels
        Value of the pixel data, None where there is none.
    """

    content: bytes
    ds: Dataset
    elements: list[DataElement]
    pixels: bytes | memoryview | None


def open_film(content: bytes) -> Opened | str:
    """Read a film; where that fails, the class of the fault."""
    try:
        with discreet():
            ds = dcmread(BytesIO(content))
            return Opened(content, ds, list(_walk(ds)), ds.get("PixelData"))
    except Exception as error:  # noqa: BLE001 - an unreadable film is a finding
        return type(error).__name__


def _open_written(content: bytes) -> Opened | str:
    """Read a film as ``open_film`` does, but leave native pixels that end the file where they are.

    They are most of the file, and copied out of it would cost more than all that is looked at.
    """
    try:
        with discreet():
            file = BytesIO(content)
            ds = dcmread(file, stop_before_pixels=True)
            start = file.tell() + _PIXEL_HEAD.size
            head = _PIXEL_HEAD.pack(0x7FE0, 0x0010, b"OW", 0, max(len(content) - start, 0))
            is_last = content[start - len(head) : start] == head
            if is_last and ds.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian:
                return Opened(content, ds, list(_walk(ds)), memoryview(content)[start:])
    except Exception as error:  # noqa: BLE001 - an unreadable film is a finding
        return type(error).__name__
    return open_film(content)


def look_at_written(
    content: bytes, own: Own, allowed: Allowed, everyday: frozenset[str]
) -> list[Finding]:
    """Look at one film that was just written, before it gets its name.

    Parameters
    ----------
    content
        The file.
    own
        The film's own originals.
    allowed
        What the study's options let stay.
    everyday
        Words that films are described with: as a place's name they mean none.
    """
    film = _open_written(content)
    if isinstance(film, str):
        return [Finding("", "unreadable", film)]
    own = without_chance(own, film.elements)
    needles = Needles.of(own, everyday)
    return look_at_header(film, "", needles, own, allowed, needles)


def look_at_header(
    film: Opened,
    place: str,
    needles: Needles,
    own: Own,
    allowed: Allowed,
    mine: Needles | None = None,
) -> list[Finding]:
    """Look at a film's container, elements and raw header; see ``tasks.verify.films``.

    Parameters
    ----------
    mine
        The needles of ``own`` where they were made before.
    """
    mine = mine or Needles.of(own, needles.usual)
    sought = Sought.of(film.ds, needles, mine, own)
    found = [*_container(film, place), *_claims(film.ds, place)]
    found += look_at_values(film.elements, place, sought)
    found += _private(film.ds, place, allowed)
    found += _bytes(film, place, sought)
    return found


def _walk(ds: Dataset, parent: str = "") -> Iterator[DataElement]:
    """Yield every element, file meta first, at every depth, but for what the film claims."""
    yield from ds.file_meta
    for element in ds:
        if not is_claim(element, parent):
            yield element
        for item in element.value if element.VR == "SQ" else ():
            item.file_meta = Dataset()
            yield from _walk(item, element.keyword)


def _container(film: Opened, place: str) -> Iterator[Finding]:
    """Check preamble, pixel length, unused bits and what follows the pixels."""
    content, ds, pixels = film.content, film.ds, film.pixels
    if any(content[:_PREAMBLE]):
        yield Finding(place, "container", "preamble is not empty")
    if ds.file_meta.get("MediaStorageSOPInstanceUID") != ds.get("SOPInstanceUID"):
        yield Finding(place, "container", "file meta names another instance")
    if pixels is None:
        yield Finding(place, "container", "no pixel data")
        return
    length = int(ds.Rows) * int(ds.Columns) * int(ds.BitsAllocated) // 8
    if len(pixels) != length + length % 2:
        yield Finding(place, "container", "pixel data is longer or shorter than the frame")
    elif isinstance(pixels, bytes) and not content.endswith(pixels):
        yield Finding(place, "container", "bytes behind the pixel data")
    elif _has_unused_bits(ds, pixels, length):
        yield Finding(place, "container", "bits outside BitsStored are set")


def _has_unused_bits(ds: Dataset, pixels: bytes | memoryview, length: int) -> bool:
    """Return whether bits that no value uses are set."""
    spare = int(ds.BitsAllocated) - int(ds.BitsStored)
    bytes_each = int(ds.BitsAllocated) // 8
    words = np.frombuffer(pixels, f"<u{bytes_each}", length // bytes_each)
    return bool(spare and int(words.max(initial=0)) >> int(ds.BitsStored))


def _claims(ds: Dataset, place: str) -> Iterator[Finding]:
    """Check that the film says it was de-identified, and names a pseudonym."""
    if ds.get("PatientIdentityRemoved") != "YES" or not ds.get(
        "DeidentificationMethodCodeSequence"
    ):
        yield Finding(place, "element", "does not say that it was de-identified")
    for keyword in ("PatientName", "PatientID"):
        if not _PSEUDONYM.fullmatch(str(ds.get(keyword, ""))):
            yield Finding(place, "element", f"{keyword} is no pseudonym")
    age = _AGE.fullmatch(str(ds.get("PatientAge") or ""))
    if age and int(age[1]) > _MAX_AGE:
        yield Finding(place, "element", "an age that few people reach")


def _private(ds: Dataset, place: str, allowed: Allowed) -> Iterator[Finding]:
    """Check that private elements are those that the study names."""
    for element in ds:
        if element.VR == "SQ":
            for item in element.value:
                yield from _private(item, place, allowed)
        if not element.tag.is_private or element.tag.element <= 0xFF:  # noqa: PLR2004 - creators
            continue
        block = Tag(element.tag.group, element.tag.element >> 8)
        creator = ds[block].value if block in ds else ""
        name = f"{creator}|{element.tag.group:04x}{element.tag.element & 0xFF:02x}"
        if name not in allowed.private:
            yield Finding(f"{place} {element.tag}", "element", "private element")


def _bytes(film: Opened, place: str, sought: Sought) -> Iterator[Finding]:
    """Search the raw header as well: padding and group lengths are no elements."""
    content = film.content
    header = content[: max(len(content) - len(film.pixels or b""), 0)]
    if not _is_found(header, sought):
        return
    # Times and claims are looked at as elements; here one that equals a number would be found.
    if _is_found(without_claims(_RAW_TIME.sub(b"", header)), sought):
        yield Finding(f"{place} bytes", "identifier", "an identifier in the raw header")


def _is_found(header: bytes, sought: Sought) -> bool:
    """Return whether an identifier can be read in raw bytes."""
    everyone, mine, models = sought.everyone, sought.mine, sought.models
    return any(
        everyone.spelled_in(run, models) or mine.found_in(run, models) for run in runs_of(header)
    )

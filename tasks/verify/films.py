"""Hold one film of a study to what it has to be: by itself, its place, its picture and its ties."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import numpy.typing as npt
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from tasks.dicom.elements import integer
from tasks.verify.days import without_chance
from tasks.verify.findings import Finding
from tasks.verify.graph import Tied, tied
from tasks.verify.needles import MIN_LENGTH, Needles, Own
from tasks.verify.one_film import Allowed, look_at_header, open_film
from tasks.verify.pixel_text import looks_like_text
from tasks.verify.values import models_of

_PLACE: Final = re.compile(r"/center=[^/]+/P-[0-9a-f]{16}/I-[0-9a-f]{20}\.dcm$")
_DEVICES: Final = ("DeviceUID", "ManufacturerDeviceClassUID")
_BLOCK: Final = 1 << 17  # bytes that stay in a core's cache
_MIN_DISTINCT: Final = 3  # a level surface spells 000000


@dataclass(frozen=True, slots=True)
class Seen:
    """What films said so far: instances and where, what ties them, makes and models."""

    instances: dict[str, str] = field(default_factory=dict)
    films: list[Tied] = field(default_factory=list)
    models: set[str] = field(default_factory=set)


def look_at_film(
    content: bytes,
    place: str,
    needles: Needles,
    own: Own,
    seen: Seen,
    allowed: Allowed,
) -> list[Finding]:
    """Look at one film.

    Parameters
    ----------
    content
        The file.
    place
        Its path within the study.
    needles
        Every identifier of the study.
    own
        This film's own originals, short ones and days included.
    seen
        Gathers instances and ties over the films.
    allowed
        What the study's options let stay.
    """
    film = open_film(content)
    if isinstance(film, str):
        return [Finding(place, "unreadable", film)]
    ds, elements = film.ds, film.elements
    own = without_chance(own, elements)
    found = look_at_header(film, place, needles, own, allowed)
    found += _layout(place, ds)
    found += _hidden(ds, place, own)
    found += _links(ds, elements, place, seen, allowed)
    seen.models.add(models_of(ds))
    found += _picture(ds, place)
    if ds.get("BurnedInAnnotation") == "YES" and not allowed.pixels:
        found.append(Finding(place, "pixel_text", "the film says that it shows text"))
    return found


def _layout(place: str, ds: Dataset) -> Iterator[Finding]:
    """Check that folders and file are named by pseudonyms alone, the folder by its patient's."""
    if not _PLACE.search(f"/{place}"):
        yield Finding(place, "name", "file or folder is not named by a pseudonym")
    elif PurePosixPath(place).parent.name != ds.get("PatientID"):
        yield Finding(place, "reference", "the film lies in another patient's folder")


def _hidden(ds: Dataset, place: str, own: Own) -> Iterator[Finding]:
    """Search the pixels' bytes for the film's own originals, as they were and in capitals."""
    pixels = ds.get("PixelData", b"")
    may_spell = _may_spell(np.frombuffer(pixels, np.uint8))
    for _, value in own:
        is_sought = len(value) >= MIN_LENGTH and len(set(value)) >= _MIN_DISTINCT
        spelled = {value, value.upper()} if is_sought else ()
        if not may_spell and value.isascii():
            continue
        codes = ("utf-8", "utf-16-le", "utf-16-be")
        if any(said.encode(code, "replace") in pixels for said in spelled for code in codes):
            yield Finding(f"{place} pixels", "identifier", "an identifier among the pixels' bytes")


def _may_spell(raw: npt.NDArray[np.uint8]) -> bool:
    """Return whether enough plain letters stand in a row, or each beside an empty byte."""
    for start in range(0, len(raw), _BLOCK):
        near = raw[start : start + _BLOCK + 2 * MIN_LENGTH]
        plain = (near >= ord(" ")) & (near <= ord("~"))
        wide = plain[:-1] & (near[1:] == 0)
        # Of letters behind an empty byte, the last one has what comes next behind it.
        if _has_run(plain, 1, MIN_LENGTH) or _has_run(wide, 2, MIN_LENGTH - 1):
            return True
    return False


def _has_run(mask: npt.NDArray[np.bool_], step: int, length: int) -> bool:
    """Return whether so many marked bytes stand in a row, ``step`` apart."""
    run = mask
    for _ in range(length - 1):
        run = run[:-step] & mask[len(mask) - len(run) + step :]
    return bool(run.any())


def _links(
    ds: Dataset, elements: list[DataElement], place: str, seen: Seen, allowed: Allowed
) -> Iterator[Finding]:
    """Check UIDs: ours or the standard's, and each instance once."""
    for element in elements if not allowed.uids else ():
        is_allowed = allowed.device_uids and element.keyword in _DEVICES
        if element.VR != "UI" or element.value in (None, "") or is_allowed:
            continue
        values = [element.value] if isinstance(element.value, str) else element.value
        for uid in map(UID, values):
            # Whoever makes up a UID may do so below the standard's root, too.
            if uid.name == uid and not uid.startswith("2.25."):
                yield Finding(
                    f"{place} {element.tag}", "reference", "a UID that is not a pseudonym"
                )
    instance = str(ds.get("SOPInstanceUID", ""))
    if instance in seen.instances:
        yield Finding(place, "reference", "another film has the same SOP Instance UID")
    seen.instances[instance] = place
    seen.films.append(tied(ds, elements, place, PurePosixPath(place).stem))


def _picture(ds: Dataset, place: str) -> Iterator[Finding]:
    """Look for lines of text in the picture."""
    if "PixelData" not in ds:
        return
    try:
        pixels = ds.pixel_array
    except Exception as error:  # noqa: BLE001 - undecodable is a finding
        yield Finding(place, "unreadable", f"pixels: {type(error).__name__}")
        return
    ends = (integer(ds, "PixelPaddingValue"), integer(ds, "PixelPaddingRangeLimit"))
    if looks_like_text(pixels, tuple(end for end in ends if end is not None)):
        yield Finding(place, "pixel_text", "the picture shows what looks like a line of text")

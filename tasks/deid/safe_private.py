"""Private elements that may stay: those of Table E.3.10-1 and those named, numbers only."""

import json
from functools import cache
from importlib.resources import files

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from tasks.deid.numbers import is_spelled
from tasks.deid.profile import Profile
from tasks.dicom.discretion import discreet

# A text of a vendor's own may say anything; a number that spells nothing cannot name anybody.
_NUMBERS = frozenset({"DS", "IS", "US", "SS", "UL", "SL", "FL", "FD"})


def safe_elements(ds: Dataset, profile: Profile) -> list[DataElement]:
    """Return the private elements that a profile keeps, each block's creator first.

    Parameters
    ----------
    ds
        One level of the original.
    profile
        ``safe_private`` names elements beyond the standard's as ``creator|ggggee``: group and last
        byte, hexadecimal.
    """
    if not profile.retain_safe_private:
        return []
    safe = standard_list() | {*profile.safe_private}
    kept: dict[BaseTag, DataElement] = {}
    for tag in [tag for tag in ds.keys() if tag.is_private and tag.element > 0xFF]:  # noqa: PLR2004, SIM118 - tags, creators end at FF
        creator_tag = Tag(tag.group, tag.element >> 8)
        creator = str(ds[creator_tag].value).strip() if creator_tag in ds else ""
        name = f"{creator}|{tag.group:04x}{tag.element & 0xFF:02x}"
        element = _read(ds, tag) if name in safe else None
        if element is not None and element.VR in _NUMBERS and not is_spelled(element):
            kept[creator_tag] = DataElement(creator_tag, "LO", creator)
            kept[tag] = element
    return [kept[tag] for tag in sorted(kept)]


@cache
def standard_list() -> frozenset[str]:
    """Return the elements that PS3.15 Table E.3.10-1 calls safe."""
    content = json.loads(files(__package__).joinpath("safe_private.json").read_text("utf-8"))
    return frozenset(content["elements"])


def _read(ds: Dataset, tag: BaseTag) -> DataElement | None:
    """Return an element converted; None for one whose bytes are no number after all."""
    try:
        with discreet():
            return ds[tag]
    except Exception:  # noqa: BLE001 - a wrong VR raises anything
        return None

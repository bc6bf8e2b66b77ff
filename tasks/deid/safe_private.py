"""Private elements that may stay: named one by one, numbers only (PS3.15 E.3.10)."""

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from tasks.deid.profile import Profile

# A text of a vendor's own may say anything; a number cannot name anybody.
_NUMBERS = frozenset({"DS", "IS", "US", "SS", "UL", "SL", "FL", "FD"})


def safe_elements(ds: Dataset, profile: Profile) -> list[DataElement]:
    """Return the private elements that a profile keeps, each block's creator first.

    Parameters
    ----------
    ds
        One level of the original.
    profile
        ``safe_private`` names elements as ``creator|ggggee``: group and last byte, hexadecimal.
    """
    if not profile.retain_safe_private:
        return []
    kept: dict[BaseTag, DataElement] = {}
    for tag in [tag for tag in ds.keys() if tag.is_private and tag.element > 0xFF]:  # noqa: PLR2004, SIM118 - tags, creators end at FF
        element = ds[tag]
        creator_tag = Tag(tag.group, tag.element >> 8)
        creator = str(ds[creator_tag].value).strip() if creator_tag in ds else ""
        name = f"{creator}|{tag.group:04x}{tag.element & 0xFF:02x}"
        if element.VR in _NUMBERS and name in profile.safe_private:
            kept[creator_tag] = DataElement(creator_tag, "LO", creator)
            kept[tag] = element
    return [kept[tag] for tag in sorted(kept)]

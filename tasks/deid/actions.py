"""The action codes of PS3.15 Table E.1-1a, compounds resolved by the attribute's type."""

from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """What becomes of an element."""

    KEEP = "kept"
    REMOVE = "removed"
    EMPTY = "emptied"
    DUMMY = "replaced"
    CLEAN = "cleaned"
    UID = "remapped"


_SIMPLE: Final = {
    "K": Action.KEEP,
    "C": Action.CLEAN,
    "X": Action.REMOVE,
    "Z": Action.EMPTY,
    "D": Action.DUMMY,
    "U": Action.UID,
}
# The mildest code that still conforms, by type: an absent type 3, an empty type 2.
_COMPOUND: Final = {
    "X/Z": {"1": "Z", "2": "Z", "3": "X"},
    "X/D": {"1": "D", "2": "D", "3": "X"},
    "Z/D": {"1": "D", "2": "Z", "3": "Z"},
    "X/Z/D": {"1": "D", "2": "Z", "3": "X"},
    # References stay, with their UIDs replaced, so that no film loses its relatives.
    "X/Z/U*": {"1": "K", "2": "K", "3": "K"},
}
# One harmless value for each VR, valid wherever the VR is (PS3.5 section 6.2).
DUMMIES: Final = {
    "AE": "ANONYMOUS",
    "AS": "000Y",
    "CS": "ANONYMOUS",
    "DA": "19000101",
    "DS": "0",
    "DT": "19000101000000",
    "IS": "0",
    "LO": "ANONYMOUS",
    "LT": "ANONYMOUS",
    "PN": "ANONYMOUS",
    "SH": "ANONYMOUS",
    "ST": "ANONYMOUS",
    "TM": "000000",
    "UC": "ANONYMOUS",
    "UR": "urn:anonymous",
    "UT": "ANONYMOUS",
}


def resolve(code: str, vr: str, kind: str) -> Action:
    """Resolve an action code.

    Parameters
    ----------
    code
        As in the table: ``K C X Z D U`` or a compound.
    vr
        The attribute's VR; a dummy sequence or bulk value does not exist, so D removes it.
    kind
        Type of the attribute in the object's IOD: 1, 2 or 3.
    """
    if code == "C" and vr == "AE":
        code = "X/Z/D"  # nothing of an application's name is known to be clean
    action = _SIMPLE[_COMPOUND[code][kind] if code in _COMPOUND else code]
    if action is Action.KEEP and vr == "UI" and code != "K":
        return Action.UID
    if action is Action.DUMMY and vr not in DUMMIES:
        return Action.UID if vr == "UI" else Action.REMOVE
    return action


def describe(action: Action) -> str:
    """Say in words what an action does."""
    return _WORDS[action]


_WORDS: Final = {
    Action.KEEP: "kept if the value is valid for its VR and holds no identifier of the film",
    Action.REMOVE: "removed",
    Action.EMPTY: "emptied; name and ID of the patient become the pseudonym",
    Action.DUMMY: "replaced by a fixed harmless value",
    Action.CLEAN: "cut down to clinical words, or its day shifted, or its items cleaned",
    Action.UID: "replaced by a keyed UID under 2.25",
}

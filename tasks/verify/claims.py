"""What a clean film says of its de-identification: the same in every film, so it is nobody's.

A Mrs Bašić is called like the Basic Profile, and some patient has the number of each code.
"""

import re
from typing import Final

from pydicom.dataelem import DataElement

_SEQUENCE: Final = "DeidentificationMethodCodeSequence"
# PS3.16 CID 7050.
_OPTIONS: Final = {
    "113100": "Basic Application Confidentiality Profile",
    "113101": "Clean Pixel Data Option",
    "113102": "Clean Recognizable Visual Features Option",
    "113103": "Clean Graphics Option",
    "113104": "Clean Structured Content Option",
    "113105": "Clean Descriptors Option",
    "113106": "Retain Longitudinal Temporal Information Full Dates Option",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
    "113109": "Retain Device Identity Option",
    "113110": "Retain UIDs Option",
    "113111": "Retain Safe Private Option",
    "113112": "Retain Institution Identity Option",
}
_SAID: Final = {
    (_SEQUENCE, "CodeValue"): frozenset(_OPTIONS),
    (_SEQUENCE, "CodeMeaning"): frozenset(_OPTIONS.values()),
    ("", "PatientIdentityRemoved"): frozenset({"YES"}),
    ("", "LongitudinalTemporalInformationModified"): frozenset(
        {"MODIFIED", "UNMODIFIED", "REMOVED"}
    ),
}
# The elements of such an item in a raw header, one behind the other (PS3.5 section 7.1.2).
_RAW: Final = re.compile(
    b"|".join(
        rb"SH\x06\x00%b\x08\x00\x02\x01SH\x04\x00DCM \x08\x00\x04\x01LO..%b"
        % (code.encode(), meaning.encode())
        for code, meaning in _OPTIONS.items()
    ),
    re.DOTALL,
)


def is_claim(element: DataElement, parent: str) -> bool:
    """Return whether an element, of a sequence or of none, says only what was done to the film."""
    return str(element.value) in _SAID.get((parent, element.keyword), ())


def without_claims(header: bytes) -> bytes:
    """Return a raw header without the codes of options, a break in each place."""
    return _RAW.sub(b"\0", header)

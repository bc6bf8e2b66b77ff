"""Codes and code strings: what they are made of is known, so anything else in them goes."""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

from tasks.deid.text import clinical, fold

CODE_STRING: Final = re.compile(r"[A-Z0-9_ ]{1,16}")
_WORD: Final = re.compile(r"[A-Z0-9]+")
_LETTERS: Final = re.compile(r"\w+")
_PART: Final = re.compile(r"[A-Z]+|\d+", re.ASCII)
_MAX_LETTERS: Final = 2  # a side, a direction, a unit: names nobody
_MAX_DIGITS: Final = 3
_BY_SHAPE: Final = {
    "PatientOrientation": re.compile(r"[LRAPHF]{1,3}|(LE|RT|[DVLRMC]|CR|CD|PL|PA){1,4}"),
    "CassetteSize": re.compile(r"\d{1,2}(CM|IN)X\d{1,2}(CM|IN)", re.ASCII),
    "ContextIdentifier": re.compile(r"(CID )?\d{1,5}", re.ASCII),
    "SpecificCharacterSet": re.compile(r"(ISO(_IR| 2022 IR) \d{1,3})|GB18030|GBK", re.ASCII),
}
# Of a coding scheme: 01, 1.0.1, 2.74, 2016, 2023-09. Longer ones are telephones and addresses.
_VERSION: Final = re.compile(r"[vV]?\d{1,2}(\.\d{1,3}){0,2}|(199|20\d)\d([.-]?\d\d){0,2}", re.ASCII)
_SNOMED_RT: Final = re.compile(r"[A-Z][0-9A-F]?-[0-9A-FX]{4,7}")
_HIERARCHY: Final = re.compile(r" \([a-z/ ]+\)$")  # SNOMED CT says what kind of thing it is
_MAX_MEANING: Final = 64  # of VR LO
_PERMUTED: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_DIGITS: Final = re.compile(r"\d{6,18}", re.ASCII)
_ICD: Final = re.compile(r"[A-Z0-9]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?", re.ASCII)
_FIVE: Final = re.compile(r"\d{4}[0-9A-Z]", re.ASCII)
# Units of UCUM, with a prefix and an exponent, and what its tables put into brackets and braces.
_UNIT: Final = (
    r"(?:(?:da|[YZEPTGMkhdcmunpf])?(?:m|g|s|A|K|cd|mol|l|L|Bq|Ci|Gy|Sv|Hz|V|W|J|N|Pa|Ohm|eV|T|F|C|lm"
    r"|lx|rad|B|u|U|R)|deg|diop|dyn|min|h|d|wk|mo|a|Cel|ppm|10[*^]?|1|%"
    r"|\{(?:counts|propcounts|ratio|MU|views|frames|pixels)\}|\[(?:hnsf'U|arb'U|in_i|PRU)\])"
    r"(?:\[(?:Hg|uV|mV)\])?-?\d?"
)
# What stands for codes that all had to go, where the IOD asks for one: true of any film.
_UNKNOWN: Final = ("261665006", "SCT", "Unknown")
_NEUTRAL: Final = {
    # Empty, it would say that nobody knows the region, though the body part is named.
    "AnatomicRegionSequence": ("123037004", "SCT", "Body structure"),
    "PatientBreedCodeSequence": _UNKNOWN,
}
# A value of an unknown name, or of an unknown unit, means nothing: its item goes.
_DECIDING: Final = frozenset({"ConceptNameCodeSequence", "MeasurementUnitsCodeSequence"})
# Registered coding schemes (PS3.16 section 8), and what their codes look like. A local scheme may
# code anything, people too.
_SCHEMES: Final = {
    **dict.fromkeys(("SRT", "SNM3", "99SDM"), _SNOMED_RT),
    "SCT": _DIGITS,
    "DCM": re.compile(r"1[0-4]\d{4}|[A-Z]{2,8}", re.ASCII),
    "UCUM": re.compile(rf"/?{_UNIT}(?:[./]{_UNIT})*", re.ASCII),
    "LN": re.compile(r"(LP|LA)?\d{1,7}-\d", re.ASCII),
    "RADLEX": re.compile(r"RP?ID\d{1,6}", re.ASCII),
    "FMA": re.compile(r"\d{4,6}", re.ASCII),
    "UMLS": re.compile(r"C\d{7}", re.ASCII),
    "NCIt": re.compile(r"C\d{3,7}", re.ASCII),
    "NEU": re.compile(r"\d{1,4}", re.ASCII),
    **dict.fromkeys(("ICD10", "I10", "I10P", "I9", "I9C"), _ICD),
    **dict.fromkeys(("C4", "CPT4"), _FIVE),
    "ISO3166_1": re.compile(r"[A-Z]{2,3}"),
    "ISO639_1": re.compile(r"[a-z]{2}"),
    "RFC5646": re.compile(r"[a-z]{2}(-[A-Z]{2})?"),
}


def is_code_string(text: str, keyword: str = "") -> bool:
    """Return whether a value of VR CS is made of words of Defined Terms alone.

    Parameters
    ----------
    text
        In capitals, one value.
    keyword
        Of the element; some have values with a shape of their own.
    """
    if not CODE_STRING.fullmatch(text):
        return False
    shape = _BY_SHAPE.get(keyword)
    if shape is not None and shape.fullmatch(text):
        return True
    known = _code_words()
    unknown = [word for word in _WORD.findall(text) if word not in known]
    parts = [part for word in unknown for part in _PART.findall(word)]
    digits = sum(len(part) for part in parts if part.isdigit())
    return digits <= _MAX_DIGITS and all(
        part.isdigit() or len(part) <= _MAX_LETTERS or part in known or _is_clinical(part)
        for part in parts
    )


def is_ethnic_group(text: str) -> bool:
    """Return whether a text is made of words for where people come from, and of abbreviations."""
    words = [fold(word) for word in _LETTERS.findall(text)]
    known = _ethnic_words()
    return bool(words) and all(len(word) <= _MAX_LETTERS or word in known for word in words)


def is_scheme(designator: str) -> bool:
    """Return whether a coding scheme is a registered one."""
    return designator in _SCHEMES


def is_code(value: str, designator: str) -> bool:
    """Return whether a value can be a code of a registered scheme."""
    shape = _SCHEMES.get(designator)
    if shape is None or not shape.fullmatch(value):
        return False
    if designator == "DCM" and value.isalpha():
        return value in _dcm_codes()
    return designator != "SCT" or _is_concept(value)


def _is_concept(number: str) -> bool:
    """Return whether a number is a SNOMED CT concept's: its partition and check digit are right.

    SNOMED CT Release File Specification, section 6: Verhoeff's check digit.
    """
    check = 0
    for at, digit in enumerate(map(int, reversed(number))):
        for _ in range(at % 8):
            digit = _PERMUTED[digit]  # noqa: PLW2901 - one digit, permuted as often as it is far
        check = _product(check, digit)
    return check == 0 and number[-3:-1] in ("00", "10")


def _product(one: int, other: int) -> int:
    """Multiply in the dihedral group of a pentagon's ten symmetries."""
    turn = one % 5 + (other % 5 if one < 5 else -other % 5)  # noqa: PLR2004 - of the pentagon
    return turn % 5 + (5 if (one < 5) != (other < 5) else 0)  # noqa: PLR2004 - likewise


def is_listed(value: str) -> bool:
    """Return whether a value is a code of PS3.16's context groups, in whatever scheme."""
    return value in _listed_codes()


def standard_meaning(value: str, designator: str) -> str:
    """Return what the standard says that a code means, "" where it lists none such."""
    meaning = _HIERARCHY.sub("", _meanings().get((designator, value), ""))
    return meaning if len(meaning) <= _MAX_MEANING else ""


def neutral_code(keyword: str, kind: str) -> tuple[str, str, str] | None:
    """Return value, scheme and meaning of the code that says nothing, None where none has to be.

    Parameters
    ----------
    keyword
        Of a sequence whose codes all had to go.
    kind
        Its type in the object's IOD: 1, 2 or 3.
    """
    if kind == "3" or keyword in _DECIDING:
        return None
    is_needed = kind == "1" and keyword.endswith("CodeSequence")
    return _NEUTRAL.get(keyword, _UNKNOWN if is_needed else None)


def is_version(text: str) -> bool:
    """Return whether a text can be the version of a coding scheme."""
    return _VERSION.fullmatch(text) is not None


def _is_clinical(word: str) -> bool:
    return fold(word) in clinical().words


@cache
def _code_words() -> frozenset[str]:
    """Return the shipped words of code strings."""
    return frozenset(word for group in _lists()["words"].values() for word in group)


@cache
def _ethnic_words() -> frozenset[str]:
    """Return the shipped words of ethnic groups, folded."""
    return frozenset(map(fold, _lists()["ethnic_words"]))


@cache
def _dcm_codes() -> frozenset[str]:
    """Return the codes of PS3.16 annex D that are letters: a surname would look like one."""
    return frozenset(_lists()["dcm_codes"])


@cache
def _meanings() -> dict[tuple[str, str], str]:
    """Return the meanings of the standard's codes as pydicom has them, by scheme and value."""
    # Thousands of concepts, which hardly a film asks for: 0.1 s of every process's start.
    from pydicom.sr._snomed_dict import mapping  # noqa: PLC0415 - no other place has those of SRT
    from pydicom.sr.codedict import codes  # noqa: PLC0415

    said = {
        (code.scheme_designator, code.value): code.meaning
        for scheme in codes.schemes()
        for code in getattr(codes, scheme).concepts.values()
    }
    older = {("SRT", old): said.get(("SCT", new), "") for old, new in mapping["SRT"].items()}
    return said | older


@cache
def _listed_codes() -> frozenset[str]:
    """Return the standard's codes, whatever their scheme."""
    return frozenset(value for _, value in _meanings())


@cache
def _lists() -> Any:  # noqa: ANN401 - JSON
    return json.loads(files(__package__).joinpath("code_strings.json").read_text("utf-8"))

"""Whether a film's make or model names somebody whom the film itself names.

The cleaner keeps make and model word by word, unless a person, a place or a number of the film
stands in them (``tasks.deid.forbidden``). The catalogue publishes them as well, so it asks the same
question of the same identifiers. Few films need it asked: first it is looked whether any word of
the film's identifiers occurs in make or model at all.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from tasks.deid.crosswalk import Identifier
from tasks.deid.dates import days_said
from tasks.deid.forbidden import Forbidden
from tasks.deid.harvest import harvest
from tasks.deid.profile import Profile
from tasks.deid.rules import rule_for
from tasks.deid.text import fold, reaches_somebody, respelled, squeezed
from tasks.dicom.reading import read_header
from tasks.header_limit import TooSlow
from tasks.header_scan import Scan, within

# What no profile of a study file keeps more than: what one of them takes for an identifier, is one.
_STRICTEST: Final = Profile(
    dates="remove",
    clean_descriptors=False,
    clean_graphics=False,
    retain_patient_characteristics=False,
    retain_device_identity=False,
)
_TEXT_VRS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "UR", "IS"})
_NAME_VRS: Final = frozenset({"PN", "AE"})
_BIRTH_DATE: Final = 0x00100030
_CHARACTER_SET: Final = 0x00080005
_CODECS: Final = {
    "": "latin-1",
    "ISO_IR 6": "latin-1",
    "ISO_IR 100": "latin-1",
    "ISO_IR 192": "utf-8",
}
# Words, and the shortest that hold a point or an apostrophe; a single letter is no word.
_PIECE: Final = re.compile(r"[^\W_]{2,}|[^\W_][.,'\u2019][^\W_]")
_NO_SIGN: Final = re.compile(r"[^\w\\]|_")
# What values of people, and all others, are taken for, to be sure.
_KINDS: Final = (("name",), ("place", "id"))
# Of a longer number a part is looked for, too (leading zeros, letters between).
_LONG_NUMBER: Final = re.compile(r"\d{5}")


def _naming() -> dict[int, bytes]:
    """Return every tag under which an identifier may stand, with its value representation."""
    known = {Tag(tag): row[0] for tag, row in DicomDictionary.items()}
    for mask, row in RepeatersDictionary.items():
        if mask[:4] in ("50xx", "60xx"):
            known |= {
                Tag(int(mask.replace("xx", f"{i:02x}"), 16)): row[0] for i in range(0, 256, 2)
            }
    naming = {int(t): vr.encode() for t, vr in known.items() if vr in _NAME_VRS}
    for tag, vr in known.items():
        rule = rule_for(tag) if vr in _TEXT_VRS else None
        if rule is not None and "clean_descriptors" not in rule.options:
            naming[int(tag)] = vr.encode()
    return naming | {_BIRTH_DATE: b"DA", _CHARACTER_SET: b"CS"}


NAMING: Final = _naming()


def naming_somebody(
    products: Collection[str], raw: bytes, read: Scan | Dataset, plain: Collection[int]
) -> set[str]:
    """Return which makes and models the cleaner would not keep as they are.

    Parameters
    ----------
    products
        Make and model of the film, ASCII.
    raw
        The whole file.
    read
        What was read of its header.
    plain
        Tags of a ``Scan`` that name nobody.

    Returns
    -------
    All of them where the film's identifiers cannot be told.
    """
    reaching = {product for product in products if reaches_somebody(product)}
    if isinstance(read, Scan) and not _may_name(products, _said(raw, read, plain)):
        return reaching
    try:
        ds = read_header(raw) if isinstance(read, Scan) else read
        forbidden = Forbidden.of(harvest(ds, _STRICTEST))
    except TooSlow:
        raise
    except Exception:  # noqa: BLE001 - a header that lies; the film's own row will say so
        return set(products)
    return reaching | {product for product in products if forbidden.is_said_in(product)}


def _said(raw: bytes, found: Scan, plain: Collection[int]) -> tuple[str, str] | None:
    """Join what the header says of people, and of all else, folded, a backslash between values.

    Returns
    -------
    None where that is unclear.
    """
    inside = within(raw, found, NAMING) if found.sequences else []
    if inside is None:
        return None
    said = [*((t, v) for t, v in found.values.items() if t not in plain), *inside]
    if any(b"\x1b" in value for _, value in said):
        return None
    people: list[bytes] = []
    others: list[bytes] = []
    for tag, value in said:
        (people if NAMING.get(tag, b"PN") == b"PN" else others).append(value)
    charset = found.values.get(_CHARACTER_SET, b"").decode("latin-1").strip(" \0")
    try:
        return _folded(people, charset), _folded(others, charset)
    except (KeyError, UnicodeDecodeError):
        return None


def _folded(values: Sequence[bytes], charset: str) -> str:
    """Decode and fold values, umlauts in one letter and in two, as identifiers are compared."""
    joined = b"\\".join(values)
    if joined.isascii():
        return joined.decode("ascii").lower()
    texts = joined.decode(_CODECS[charset]).split("\\")
    return "\\".join([*map(fold, texts), *(fold(respelled(t)) for t in texts if not t.isascii())])


def _may_name(products: Collection[str], said: tuple[str, str] | None) -> bool:
    """Return whether the cleaner could find an identifier; a no is certain."""
    bare = _bare(tuple(products))
    if said is None or _LONG_NUMBER.search(bare) or any(map(_may_be_dated, products)):
        return True
    return any(
        _is_found(bare, text)
        and any(
            _is_said(value, kinds, product)
            for value in text.split("\\")
            if _is_found(bare, value)
            for product in products
        )
        for text, kinds in zip(said, _KINDS, strict=True)
    )


def _is_found(bare: str, text: str) -> bool:
    """Return whether any word of a text, or a value as a whole, occurs in makes and models."""
    if any(piece in bare or squeezed(piece) in bare for piece in set(_PIECE.findall(text))):
        return True
    wholes = _NO_SIGN.sub("", text).split("\\")
    return any(whole in bare for whole in wholes if len(whole) > 1)


@lru_cache(maxsize=1 << 12)
def _is_said(value: str, kinds: tuple[str, ...], product: str) -> bool:
    """Ask the cleaner of one value; a hospital's name comes with each of its films."""
    return Forbidden.of(Identifier(kind, value) for kind in kinds).is_said_in(product)


@lru_cache(maxsize=1024)
def _may_be_dated(product: str) -> bool:
    """Return whether a make or model says what may be a day."""
    return next(days_said(product), None) is not None


@lru_cache(maxsize=1024)
def _bare(products: tuple[str, ...]) -> str:
    """Return makes and models as identifiers are compared with them; devices share a handful."""
    return " ".join(map(squeezed, products))

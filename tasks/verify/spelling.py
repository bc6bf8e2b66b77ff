"""How one original may be written: squeezed, respelled, its words, its days in many languages."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_NO_LETTER: Final = re.compile(r"[\W_]+")
_BETWEEN: Final = re.compile(r"[\^= ,]+")
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DIGIT: Final = re.compile(r"\d")
_DAY: Final = re.compile(r"(?:19|20)\d{6}")
# Letters that do not come apart into a plain one and a mark.
_LETTERS: Final = (
    *(("æ", "ae"), ("œ", "oe"), ("ø", "o"), ("ł", "l"), ("đ", "d"), ("ð", "d"), ("þ", "th")),
    ("\u0131", "i"),
)
# How names are written where a keyboard lacks the letter.
_RESPELLED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# Of each month, its names in the languages that films come in; squeezed.
_MONTHS: Final = tuple(
    names.split()
    for names in (
        "january jan januar janner jaenner janvier janv enero ene gennaio gen januari janeiro",
        "february feb februar feber fevrier fevr febrero febbraio februari fevereiro fev",
        "march mar marz maerz mars marzo maart mrt marco",
        "april apr avril avr abril abr aprile",
        "may mai mayo maggio mag mei maio maj",
        "june jun juni juin junio giugno giu junho",
        "july jul juli juillet juil julio luglio lug julho",
        "august aug aout agosto ago augustus augusti",
        "september sep sept septembre septiembre settembre set setembro",
        "october oct oktober okt octobre octubre ottobre ott outubro out",
        "november nov novembre noviembre novembro",
        "december dec dezember dez decembre diciembre dic dicembre dezembro",
    )
)
_SHORT_DAY: Final = re.compile(
    r"(?<!\d)(?<!\d[.,])\d{1,2}[-./ ]{0,2}(?:\d{1,2}|[^\W\d_]{3,9})[-./ ]{0,2}\d{2}(?!\d)"
)


def squeeze(text: str) -> str:
    """Return the letters and digits of a text, without case, diacritics and punctuation."""
    if text.isascii():
        return _NO_LETTER.sub("", text.lower())
    plain = unicodedata.normalize("NFKD", text).casefold()
    for letter, written in _LETTERS:  # on long texts several times as fast as a translation
        plain = plain.replace(letter, written)
    return _NO_LETTER.sub("", plain)


def stands_alone(form: str, text: str) -> bool:
    """Return whether a squeezed form begins and ends where words of a text do.

    A capital after a small letter begins a word, and a digit is in none: filmOfLiWei2.
    """
    words = _CAPITAL.sub(" ", unicodedata.normalize("NFKD", text)).casefold()
    for letter, written in _LETTERS:
        words = words.replace(letter, written)
    spelled = r"[\W_]*".join(form)
    return re.search(rf"(?<![^\W\d_]){spelled}(?![^\W\d_])", words) is not None


def has_capital(form: str, text: str) -> bool:
    """Return whether a squeezed form is written in a text, and not in small letters alone."""
    said = re.finditer(r"[\W_]*".join(form), text, re.IGNORECASE)
    return any(not match[0].islower() for match in said)


def word_list(text: str) -> list[str]:
    """Return the words of a text in their order, squeezed."""
    if text.isascii():
        return _WORD.findall(text.lower())
    # A name of a file is often in letters and marks apart, and a mark ends a word.
    whole = unicodedata.normalize("NFC", text)
    said = (w.lower() if w.isascii() else squeeze(w) for w in _WORD.findall(whole))
    return [word for word in said if word]


def words_of(text: str) -> set[str]:
    """Return the words of a text, squeezed."""
    return set(word_list(text))


def respelled(text: str) -> set[str]:
    """Return a text, and the text with umlauts and their like in two letters."""
    if text.isascii():
        return {text}
    return {text, unicodedata.normalize("NFC", text).casefold().translate(_RESPELLED)}


def words_respelled(text: str) -> set[str]:
    """Return the words of a text, squeezed, as each keyboard writes them."""
    return {word for said in respelled(text) for word in word_list(said)}


def forms_of(value: str) -> set[str]:
    """Return the squeezed spellings of one identifier; a number is not read backwards."""
    forms = set[str]()
    has_digits = _DIGIT.search(value) is not None
    for said in respelled(value):
        forms.add(squeeze(said))
        if not has_digits:
            forms.add(squeeze("".join(reversed(_BETWEEN.split(said)))))
    then = _then(value) if _DAY.fullmatch(value) else None
    if then is not None:
        forms.update(_in_orders(then, "02"), _named(then, str(then.year)))
    return forms


def bare_days(values: Iterable[str]) -> set[str]:
    """Return the days among identifiers without zeros: 17.2.1948, squeezed.

    Nobody writes them so but with something between day, month and year.
    """
    days = (_then(value) for value in values if _DAY.fullmatch(value))
    return {number for then in days if then is not None for number in _in_orders(then, "")}


def _in_orders(then: datetime, pad: str) -> Iterator[str]:
    """Yield a day in numbers with the year at its end, squeezed."""
    for one, other in ((then.day, then.month), (then.month, then.day)):
        yield f"{one:{pad}d}{other:{pad}d}{then.year}"


@lru_cache(maxsize=1 << 10)
def short_days(day: str) -> frozenset[str]:
    """Return the spellings of a day with a year of two digits, squeezed; see ``short_days_in``."""
    then = _then(day[:8])
    if then is None:
        return frozenset()
    year, month, date = f"{then.year % 100:02d}", f"{then.month:02d}", f"{then.day:02d}"
    numbers = {year + month + date, date + month + year, month + date + year}
    return frozenset(numbers | set(_named(then, year)))


def short_days_in(text: str) -> Iterator[str]:
    """Yield what in a text may be a day with a year of two digits, squeezed."""
    yield from map(squeeze, _SHORT_DAY.findall(text))


def _named(then: datetime, year: str) -> Iterator[str]:
    """Yield a day with the month's name, in either order."""
    for name in _MONTHS[then.month - 1]:
        for date in {f"{then.day}", f"{then.day:02d}"}:
            yield f"{date}{name}{year}"
        yield f"{name}{then.day}{year}"


def _then(day: str) -> datetime | None:
    """Return a day of eight digits; None for what is none."""
    try:
        return datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None

"""How one original may be written: squeezed, respelled, its words."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_NO_LETTER: Final = re.compile(r"[\W_]+")
_BETWEEN: Final = re.compile(r"[\^= ,]+")
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DIGIT: Final = re.compile(r"\d")
_MADE_UP: Final = "2.25."  # a UUID as a UID (PS3.5 B.2)
# Letters that do not come apart into a plain one and a mark.
_LETTERS: Final = (
    *(("æ", "ae"), ("œ", "oe"), ("ø", "o"), ("ł", "l"), ("đ", "d"), ("ð", "d"), ("þ", "th")),
    ("\u0131", "i"),
)
# How names are written where a keyboard lacks the letter.
_RESPELLED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


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
    if value.startswith(_MADE_UP) and value[len(_MADE_UP) :].isdigit():
        forms.add(f"{int(value[len(_MADE_UP) :]):032x}")
    return forms

"""What names nobody: words of headers that say so, of places and films, and phrases of these."""

import re
from functools import lru_cache
from typing import Final

from tasks.verify.spelling import words_of

# What headers write where nobody is named.
NOBODY: Final = frozenset(
    {"anonymous", "anonymized", "unknown", "removed", "unspecified", "notavailable", "default"}
)
# Words of a place's or a person's name that a clean description of a film holds as well.
WORDS_OF_PLACES: Final = frozenset(
    {
        *("abdomen", "abdominal", "aorta", "bone", "center", "centre", "chest", "clinic"),
        *("department", "general", "hospital", "image", "imaging", "institute", "joint"),
        *("lateral", "lumbar", "medical", "radiology", "spinal", "spine", "unit", "university"),
        *("view", "xray"),
    }
)
# A number means nobody before its unit, and as the level of a spine: 12 months, 2 views, L5.
_MEASURED: Final = re.compile(
    r"(?<![\d.,])[1-9]\d{0,2}(?:[.,]\d{1,2})?\s?"
    r"(?:cm|days?|deg|degrees?|images?|kvp?|levels?|mas?|mm|months?|ms|planes?|v|views?|weeks?"
    r"|years?)(?![^\W_])"
    r"|(?<![^\W_])(?:[ctls]|th|[lbh]wk)\s?\d{1,2}(?![^\W_])"
)


@lru_cache(maxsize=1 << 14)
def is_phrase(value: str, usual: frozenset[str]) -> bool:
    """Return whether an identifier is made of usual words and measures alone.

    A department is called Lumbar Spine, a protocol XR LSPINE 2V: nobody is found by that.
    """
    measured = _MEASURED.sub(" ", value.casefold())
    return words_of(measured) <= usual and value.strip() != ""

"""What a PDF says to its reader: the letters that its glyphs stand for, page by page.

A page holds numbers of glyphs, not letters; which letter a glyph is stands in a table of the font.
"""

import re
from collections.abc import Iterator
from typing import Final

from tasks.verify.unpacking import ClosedError

# Columns of a table and ticks of an axis: nobody's number is grouped by them.
_BETWEEN: Final = re.compile(r"(?<=\d)[^\S\n]+(?=\d)")


def texts_of_pdf(content: bytes) -> Iterator[str]:
    """Yield what is written about a PDF, in its outline, and on each page.

    Raises
    ------
    ClosedError
        It is damaged, or locked by a password.
    """
    import pypdfium2  # noqa: PLC0415 - workers that clean films read no PDF

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        raise ClosedError from None
    try:
        yield "\n".join(document.get_metadata_dict().values())
        yield "\n".join(mark.get_title() for mark in document.get_toc())
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage().get_text_range()
            yield _BETWEEN.sub("\n", text.replace("\r\n", "\n"))
    except pypdfium2.PdfiumError:
        raise ClosedError from None
    finally:
        document.close()

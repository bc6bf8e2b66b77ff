"""Build ``tasks/deid/marker_glyphs.json``: letters and digits of several free typefaces.

    python benchmarks/deidentification/build_marker_glyphs.py

Needs the DejaVu and Liberation fonts (Bitstream Vera licence, SIL OFL) where the script is run;
what is written are 24 x 16 pictures of single letters.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSans-ExtraLight.ttf",
    "DejaVuSansCondensed.ttf",
    "DejaVuSansCondensed-Bold.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf",
    "DejaVuSerif-Italic.ttf",
    "LiberationSans-Regular.ttf",
    "LiberationSans-Bold.ttf",
    "LiberationSans-Italic.ttf",
    "LiberationSansNarrow-Regular.ttf",
    "LiberationSansNarrow-Bold.ttf",
    "LiberationMono-Regular.ttf",
    "LiberationMono-BoldItalic.ttf",
    "LiberationSerif-Regular.ttf",
    "LiberationSerif-Bold.ttf",
    "LiberationSerif-Italic.ttf",
    "LiberationSerif-BoldItalic.ttf",
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SIZE = (24, 16)
TARGET = Path(__file__).parents[2] / "tasks/deid/marker_glyphs.json"


def main() -> None:
    rows = []
    for font_name in FONTS:
        font = ImageFont.truetype(font_name, 64)
        for letter in ALPHABET:
            canvas = Image.new("L", (200, 200))
            ImageDraw.Draw(canvas).text((60, 60), letter, fill=255, font=font)
            ink = np.asarray(canvas) > 127
            inked_rows, inked_columns = np.nonzero(ink)
            tight = ink[
                inked_rows.min() : inked_rows.max() + 1,
                inked_columns.min() : inked_columns.max() + 1,
            ]
            cell = Image.fromarray(tight.astype(np.uint8) * 255).resize(SIZE[::-1], 4)
            levels = np.asarray(cell) // 16
            rows.append(
                {
                    "letter": letter,
                    "aspect": round(tight.shape[1] / tight.shape[0], 3),
                    "levels": "".join(f"{level:x}" for level in levels.ravel()),
                }
            )
    content = {"size": SIZE, "typefaces": FONTS, "glyphs": rows}
    TARGET.write_text(json.dumps(content, indent=0) + "\n", "utf-8")


main()

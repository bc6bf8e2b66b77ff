"""Draw the README's picture: the first screen of a report, as Chromium shows it.

aac demo demo
python -m benchmarks.report_picture demo/reports/<run>/index.html docs/images/report.png

Needs Chromium on the path.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

_SIZE = "1265,1125"


def main() -> None:
    """Take the picture."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("page", type=Path, help="index.html of a report")
    asked.add_argument("picture", type=Path, help="the PNG to write")
    said = asked.parse_args()
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("no Chromium on the path: install one")
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(
            [
                browser, "--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu",
                f"--user-data-dir={home}", f"--window-size={_SIZE}",
                f"--screenshot={said.picture.resolve()}", said.page.resolve().as_uri(),
            ],
            check=True, timeout=120, capture_output=True,
        )  # fmt: skip
    with Image.open(said.picture) as shown:
        shown.convert("RGB").quantize(128).save(said.picture, optimize=True)


if __name__ == "__main__":
    main()

"""A page as one HTML file: styles, script and pictures inside, nothing fetched from anywhere."""

import base64
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from reports.blocks import Figure, Page

_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("reports", "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(page: Page) -> bytes:
    """Lay out a page.

    Returns
    -------
    UTF-8 bytes; the same for the same page.
    """
    static = files("reports").joinpath("static")
    # Style and script are ours, not data: they alone go in unescaped.
    style = Markup(static.joinpath("report.css").read_text(encoding="utf-8"))  # noqa: S704 - ours
    script = Markup(static.joinpath("report.js").read_text(encoding="utf-8"))  # noqa: S704 - ours
    template = _ENVIRONMENT.get_template("report.html.j2")
    text = template.render(page=page, style=style, script=script, picture=picture)
    return text.encode()


def picture(figure: Figure) -> str:
    """Address of a figure's picture: the SVG itself, as data."""
    return "data:image/svg+xml;base64," + base64.b64encode(figure.svg).decode()

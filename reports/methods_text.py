"""The methods section, ready to paste, as Markdown, HTML or LaTeX."""

import html
import re
from typing import Final

from reports.inputs import ReportInputs
from reports.methods_forms import Sentence
from reports.methods_sentences import STEPS, cited, sentences
from reports.references import WORKS

__all__ = ["STEPS", "Sentence", "cited", "sentences", "to_html", "to_latex", "to_markdown"]


def _paragraphs(said: list[Sentence]) -> list[tuple[str, list[Sentence]]]:
    return [(step, kept) for step in STEPS if (kept := [s for s in said if s.step == step])]


def _numbers(keys: tuple[str, ...], order: list[str]) -> str:
    return ",".join(str(order.index(key) + 1) for key in keys)


def to_markdown(inputs: ReportInputs) -> str:
    """Methods text as Markdown with numbered references."""
    said = sentences(inputs)
    order = cited(said)
    parts = ["## Methods"]
    for step, kept in _paragraphs(said):
        marked = [f"{s.text} [{_numbers(s.cites, order)}]" if s.cites else s.text for s in kept]
        parts.append(f"**{step.capitalize()}.** " + " ".join(marked))
    parts.append("## References")
    parts.append("\n".join(f"{i}. {WORKS[key].text}" for i, key in enumerate(order, 1)))
    return "\n\n".join(parts) + "\n"


def to_html(inputs: ReportInputs) -> str:
    """Methods text as an HTML fragment; every value is escaped."""
    said = sentences(inputs)
    order = cited(said)
    parts = ["<h2>Methods</h2>"]
    for step, kept in _paragraphs(said):
        marked = [
            html.escape(s.text) + (f"<sup>{_numbers(s.cites, order)}</sup>" if s.cites else "")
            for s in kept
        ]
        parts.append(
            f"<p><strong>{html.escape(step.capitalize())}.</strong> {' '.join(marked)}</p>"
        )
    works = "".join(f"<li>{html.escape(WORKS[key].text)}</li>" for key in order)
    return "\n".join([*parts, "<h2>References</h2>", f"<ol>{works}</ol>"]) + "\n"


_LATEX: Final = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "²": r"\textsuperscript{2}", "≥": r"$\geq$",
    "\N{EN DASH}": "--", "\N{MINUS SIGN}": "$-$", "\u202f": r"\,",
    "\N{NO-BREAK SPACE}": "~", "±": r"$\pm$", "κ": r"$\kappa$",
}  # fmt: skip


def latex_escape(text: str) -> str:
    """Escape what LaTeX reads as its own."""
    return re.sub(".", lambda found: _LATEX.get(found[0], found[0]), text, flags=re.DOTALL)


def to_latex(inputs: ReportInputs) -> str:
    """Methods text as LaTeX with a bibliography; every value is escaped."""
    said = sentences(inputs)
    order = cited(said)
    parts = [r"\section*{Methods}"]
    for step, kept in _paragraphs(said):
        marked = [
            latex_escape(s.text) + (rf"~\cite{{{','.join(s.cites)}}}" if s.cites else "")
            for s in kept
        ]
        parts.append(rf"\paragraph{{{step.capitalize()}}} " + " ".join(marked))
    works = "\n".join(rf"\bibitem{{{key}}} {latex_escape(WORKS[key].text)}" for key in order)
    parts.append(f"\\begin{{thebibliography}}{{99}}\n{works}\n\\end{{thebibliography}}")
    return "\n\n".join(parts) + "\n"

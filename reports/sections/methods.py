"""The methods text as a section."""

from reports import methods_text
from reports.blocks import Block, Bullets, Paragraph, Span, rich
from reports.references import WORKS
from reports.view import Scope, View


def build(view: View, _scope: Scope) -> list[Block]:
    """Blocks of the methods text with its references."""
    said = methods_text.sentences(view.inputs)
    order = methods_text.cited(said)
    blocks: list[Block] = [
        Paragraph(
            rich(
                "Ready to paste, each sentence from the step that ran; as Markdown, "
                "HTML or LaTeX by `aac report --only methods`."
            )
        )
    ]
    for step in methods_text.STEPS:
        kept = [sentence for sentence in said if sentence.step == step]
        if kept:
            spans = [Span(f"{step.capitalize()}. ", "strong")]
            for sentence in kept:
                marks = ", ".join(str(order.index(key) + 1) for key in sentence.cites)
                spans.append(Span(f"{sentence.text} " + (f"[{marks}] " if marks else "")))
            blocks.append(Paragraph(tuple(spans)))
    works = tuple(rich("{text}", text=WORKS[key].text) for key in order)
    return [*blocks, Bullets(works, is_numbered=True)] if works else blocks

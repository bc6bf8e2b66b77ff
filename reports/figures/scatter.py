"""Prediction against reference with the identity line; equal axes."""

from reports.figures import bubbles, style
from reports.view import Pairs


def draw(pairs: Pairs, color: str) -> bytes:
    """Draw the scatter as SVG; bubbles are counts of films."""
    with style.styled():
        figure = style.blank(3.0, 3.0, left=0.5)
        axes = figure.subplots()
        axes.set_xlabel("reference total (points)")
        axes.set_ylabel("predicted total (points)")
        axes.set_xlim(-0.8, 24.8)
        axes.set_ylim(-0.8, 24.8)
        axes.set_aspect("equal")
        axes.set_xticks(range(0, 25, 4))
        axes.set_yticks(range(0, 25, 4))
        axes.plot([0, 24], [0, 24], color=style.MUTED, linewidth=1.0, zorder=1)
        axes.annotate(
            "identity",
            (20.6, 20.6),
            rotation=45,
            ha="right",
            va="bottom",
            color=style.MUTED,
            fontsize=8,
        )
        if pairs.n:
            bubbles.draw(axes, bubbles.count_ties(pairs.reference, pairs.prediction), color)
            if axes.get_legend_handles_labels()[0]:
                axes.legend(title="films", title_fontsize=8, loc="lower right", labelspacing=0.9)
        else:
            style.say_empty(axes, "no film has both a score and a reference")
        return style.to_svg(figure)

"""The yardstick of a model: how well people agree who read the same films."""

from reports import formats
from reports.blocks import Text, rich
from reports.view import View


def against_readers(view: View, where: str) -> list[Text]:
    """Say how readers agree among themselves, the model with each, and with the reference."""
    readers = [
        (pair, value)
        for center, pair in view.reader_pairs
        if center == where and (value := view.value(center, pair, "icc_a1")) is not None
    ]
    model = view.value(where, view.primary, "icc_a1")
    if not readers or model is None:
        return [
            rich(
                "How well readers agree among themselves on films that the model scored cannot be "
                "said here: a model's agreement has no yardstick without it."
            )
        ]
    beside = formats.listing(
        [f"{pair}: {formats.number(value, 3)}" for pair, value in readers], most=3
    )
    return [
        rich(
            "The yardstick is readers against each other, ICC(A,1) {beside}; {alone}the model "
            "against the reference: {model}.",
            beside=beside,
            alone=_against_each(view, where, [pair for pair, _ in readers]),
            model=formats.number(model, 3),
        )
    ]


def _against_each(view: View, where: str, pairs: list[str]) -> str:
    """Compare like with like: a reference made of several readings is steadier than one."""
    names = dict.fromkeys(name for pair in pairs for name in pair.split(" vs "))
    found = [
        f"{name}: {formats.number(value, 3)}"
        for name in names
        if (value := view.value(where, f"{view.primary} vs {name}", "icc_a1")) is not None
    ]
    return f"the model against each of them, {formats.listing(found, most=3)}; " if found else ""

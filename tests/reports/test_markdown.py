"""A model card's Markdown as blocks of a report."""

from reports.blocks import Bullets, Code, Paragraph, Span, Subheading, Table
from reports.markdown import to_blocks

_CARD = """---
license: apache-2.0
---

# Weights

For **research** only, see [the paper](https://doi.org/10.1/x);
braces {stay}.

- one
- two
  goes on

| model | R2 | target |
| --- | --- | --- |
| lvlcrnet | 0.971 (0.958 to 0.978) | **missed** |
| baseline | -0.02 (-0.1 to +0.3) | |

```
aac run | tee log
```
"""


def test_a_card_becomes_blocks_in_its_order():
    heading, paragraph, bullets, table, code = to_blocks(_CARD, "card")
    assert heading == Subheading("Weights")
    assert isinstance(paragraph, Paragraph)
    assert Span("research", "strong") in paragraph.text
    assert Span("the paper", href="https://doi.org/10.1/x") in paragraph.text
    assert "".join(span.text for span in paragraph.text).endswith("braces {stay}.")
    assert isinstance(bullets, Bullets)
    assert [item[0].text for item in bullets.items] == ["one", "two goes on"]
    assert isinstance(table, Table)
    assert [column.title for column in table.columns] == ["model", "R2", "target"]
    assert code == Code("aac run | tee log\n")


def test_an_interval_stands_below_its_estimate_and_markup_is_read():
    table = to_blocks(_CARD, "card")[3]
    assert isinstance(table, Table)
    first, second = table.rows
    assert first[1].text == (Span("0.971"), Span(" (0.958 to 0.978)", "interval"))
    assert second[1].text == (Span("-0.02"), Span(" (-0.1 to +0.3)", "interval"))
    assert first[2].text == (Span("missed", "strong"),)
    assert [span.text for span in second[2].text] == ["\N{EN DASH}"]

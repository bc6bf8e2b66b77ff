"""Numbers as a report writes them."""

from reports import formats


def test_a_number_for_sorting_is_too_short_to_spell_a_date():
    assert formats.order(11.12666410359419) == "11.127"
    assert float(formats.order(1.5e-7)) == 1.5e-7
    assert formats.order(float("nan")) == ""

"""How figures are written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui import formats
from financehub_tui.errors import ConfigError
from financehub_tui.widgets.glyphs import ASCII, BOX, GLYPH_SETS, glyph_set

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formats.number(1234.5), "1,234.50"),
        (formats.number(-0.001), "0.00"),
        (formats.number(0.001, signed=True), "0.00"),
        (formats.number(1.5, signed=True), "+1.50"),
        (formats.number(-1.5, signed=True), "-1.50"),
        (formats.number(0.1 + 0.2, 2), "0.30"),
        (formats.number(None), "–"),
        (formats.number(math.nan), "–"),
        (formats.integer(12345), "12,345"),
        (formats.price(150.0), "150.00"),
        (formats.price(61234.5), "61,234.50"),
        (formats.price(0.00001234), "0.00001234"),
        (formats.price(1.08455, 5), "1.08455"),
        (formats.price(0), "0.00"),
        (formats.percent(1.25), "+1.25%"),
        (formats.percent(-1.25), "-1.25%"),
        (formats.percent(0), "0.00%"),
        (formats.percent(None), "–"),
        (formats.compact(1_250_000), "1.25M"),
        (formats.compact(999_999), "1.00M"),
        (formats.compact(950), "950"),
        (formats.compact(-3.4e9, signed=True), "-3.40B"),
        (formats.compact(3.4e9, signed=True), "+3.40B"),
        (formats.data_size(512), "512 B"),
        (formats.data_size(1234), "1.2 KB"),
        (formats.data_size(999_960), "1.0 MB"),
        (formats.age(3.9), "3s"),
        (formats.age(125), "2m"),
        (formats.age(4 * 3600), "4h"),
        (formats.age(3 * 86400 + 5), "3d"),
        (formats.age(-4), "0s"),
        (formats.duration(200), "3m 20s"),
        (formats.duration(0.85), "850ms"),
        (formats.duration(0), "0s"),
        (formats.duration(90_000), "1d 1h"),
        (formats.duration(3600), "1h"),
        (formats.duration(-5), "-5s"),
        (formats.date(1_517_842_800_000_000_000), "2018-02-05"),
        (formats.time_of_day(1_517_842_800_123_000_000, millis=True), "15:00:00.123"),
        (formats.date_time(1_517_842_800_000_000_000), "2018-02-05 15:00:00"),
        (formats.date(None), "–"),
        (formats.boolean(True), "yes"),
        (formats.sparkline([1, 2, None, 4, 8], 8), "   ▁▂ ▄█"),
        (formats.sparkline([5, 5], 2), "▄▄"),
        (formats.sparkline([], 3), "   "),
    ],
)
def test_written_as_expected(text, expected):
    assert text == expected


@given(NUMBERS, st.integers(5, 12))
def test_size_never_outgrows_its_column(value, width):
    text = formats.size(value, width)
    assert len(text) <= width or abs(value) >= 1e15 or value < 0


@given(NUMBERS)
def test_no_number_breaks_any_format(value):
    for form in (
        formats.number,
        formats.price,
        formats.percent,
        formats.compact,
        formats.age,
        formats.duration,
        formats.data_size,
    ):
        assert form(value)


@given(st.lists(st.none() | NUMBERS, max_size=30), st.integers(1, 20))
def test_sparkline_is_exactly_as_wide_as_asked(values, width):
    assert len(formats.sparkline(values, width)) == width


@given(st.text())
def test_ascii_set_lets_nothing_else_through(text):
    assert ASCII.clean(text).isascii()
    assert len(ASCII.clean(text)) == len(text)
    assert BOX.clean(text) == text


def test_glyph_sets_are_found_by_name():
    assert set(GLYPH_SETS) == {"box", "braille", "block", "ascii"}
    assert glyph_set("ascii") is ASCII
    with pytest.raises(ConfigError, match="no such set"):
        glyph_set("sextant")


def test_sizes_of_a_column_have_the_decimals_that_tell_the_smallest_in_full() -> None:
    assert formats.size_decimals([100.0, 2_300.0]) == 0
    assert formats.size_decimals([0.5, 0.00004, 3.0]) == 5
    assert formats.size_decimals([0.1 + 0.2]) == 1
    assert formats.size_decimals([]) == 0
    assert [formats.size(value, 12, 5) for value in (0.00004, 0.5, 3.0)] == ["0.00004", "0.50000", "3.00000"]
    assert formats.size(1_234_567.5, 7, 5) == "1.23M"

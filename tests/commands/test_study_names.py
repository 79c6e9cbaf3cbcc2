"""Study tails are the studies the analytics can compute, with the same limits."""

from __future__ import annotations

import pytest

from financehub_tui.analytics.indicators import STUDIES as COMPUTED
from financehub_tui.analytics.indicators import parse_study
from financehub_tui.commands.studies import ALIASES, STUDIES, read_study
from financehub_tui.errors import CommandError


def test_every_study_of_the_command_line_can_be_computed() -> None:
    assert set(STUDIES) == set(COMPUTED)
    for name, study in STUDIES.items():
        limits = [(one.low, one.high, one.whole) for one in COMPUTED[name].parameters]
        assert [(low, high, whole) for _, low, high, whole in study.numbers] == limits
    assert {alias: name for name, one in COMPUTED.items() for alias in one.aliases} == ALIASES


@pytest.mark.parametrize("text", ["SMA50", "ema", "BB20,2.5", "MACD(12,26,9)", "boll20", "VWAP", "wr14", "STOCH14,3,3"])
def test_names_read_here_are_read_there(text: str) -> None:
    name = read_study(text)
    assert name is not None
    assert parse_study(name)[0].name in name


@pytest.mark.parametrize("text", ["SMA1", "MACD26,12", "VWAP5", "RSI14.5", "BB20,99"])
def test_numbers_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(CommandError):
        read_study(text)


@pytest.mark.parametrize("text", ["", "50", "SMA-5", "FOO5", "é", "SMA50X", "SMA(5"])
def test_other_words_are_no_studies(text: str) -> None:
    assert read_study(text) is None

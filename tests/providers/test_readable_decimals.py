"""Decimals of averages and of shares that cost next to nothing."""

from __future__ import annotations

import pytest

from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.providers.alpaca import translate as alpaca
from financehub_tui.providers.coingecko import translate as coingecko
from financehub_tui.providers.coinmarketcap import translate as coinmarketcap
from financehub_tui.providers.finnhub import translate as finnhub
from financehub_tui.providers.kit.coins import coin_against

COIN = coin_against("USD", "ANY")
SHARE = Instrument(asset_class=AssetClass.EQUITY, symbol="ANY", venue="OTCM", exchange_code="US")


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        (64_210.48291734, "64210.48"),
        (12.345678912, "12.3457"),
        (1.00012345, "1.00012"),
        (1.234e-05, "0.00001234"),
        (1.23456789e-09, "0.00000000123457"),
        (70_187.0, "70187"),
    ],
)
def test_an_average_is_shown_with_digits_that_count(price: float, shown: str) -> None:
    for decimals in (coingecko.decimals, coinmarketcap.decimals):
        assert f"{price:.{decimals(COIN, [price])}f}" == shown


@pytest.mark.parametrize(("price", "shown"), [(133.42, "133.42"), (164.06015, "164.0601"), (0.00015, "0.00015")])
def test_a_share_for_less_than_a_hundredth_of_a_cent_is_not_rounded_away(price: float, shown: str) -> None:
    for decimals in (alpaca.decimals, finnhub.decimals):
        assert f"{price:.{decimals(SHARE, [price])}f}" == shown

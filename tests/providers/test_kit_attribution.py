"""What is said of all values of a source, and what of one."""

from __future__ import annotations

from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Adjustment, Delay, Provenance, Tier
from financehub_tui.providers.kit.attribution import Attribution

SHARE = Instrument(asset_class=AssetClass.EQUITY, symbol="SHEL", venue="XLON", currency="GBP")
LATE = Attribution("acme", delay=Delay.DELAYED, tier=Tier.REPLAY, notes=("data by Acme",))


def test_a_value_takes_the_source_s_words_and_the_instrument_s_currency():
    assert LATE("quotes", 1, 2, SHARE, notes=["one venue"]) == Provenance(
        provider="acme",
        endpoint="quotes",
        as_of=1,
        fetched_at=2,
        tier=Tier.REPLAY,
        delay=Delay.DELAYED,
        currency="GBP",
        unit=SHARE.unit.value,
        notes=("data by Acme", "one venue"),
    )


def test_a_value_may_be_later_or_adjusted_and_of_no_instrument():
    told = LATE("bars", 1, 2, delay=Delay.REALTIME, adjustment=Adjustment.SPLIT)
    assert (told.delay, told.adjustment, told.currency, told.unit) == (Delay.REALTIME, Adjustment.SPLIT, "", "")


def test_a_value_may_be_in_another_currency_than_its_instrument_is_quoted_in():
    told = LATE("dividends", 1, 2, SHARE, currency="USD")
    assert (told.currency, told.unit) == ("USD", SHARE.unit.value)

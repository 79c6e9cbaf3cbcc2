"""Prices on another basis than the one asked for are no answer: the next provider is asked, then the store."""

from __future__ import annotations

import msgspec
import pytest
from vendors.sources import START, Source, stock

from financehub_tui.errors import DataMissingError
from financehub_tui.market.bars import BarRequest, Bars
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Adjustment, Reason

AAPL = stock("AAPL")
DAY = 86_400 * 1_000_000_000


class Adjusting(Source):
    """A source whose bars are always adjusted in one way."""

    def __init__(self, name: str, basis: Adjustment) -> None:
        super().__init__(name)
        self.basis = basis

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        answer = await super().bars(instrument, request)
        return msgspec.structs.replace(
            answer, provenance=msgspec.structs.replace(answer.provenance, adjustment=self.basis)
        )


def asked(adjustment: Adjustment) -> BarRequest:
    return BarRequest(start=START - 60 * DAY, end=START, adjustment=adjustment)


@pytest.mark.parametrize("wanted", [Adjustment.NONE, Adjustment.SPLIT_DIVIDEND])
async def test_the_next_provider_is_asked_where_one_adjusts_otherwise(make_desk, wanted):
    first, second = Adjusting("first", Adjustment.SPLIT), Adjusting("second", wanted)
    desk = make_desk(first, second)
    bars = await desk.bars(AAPL, asked(wanted))
    assert (bars.provenance.provider, bars.provenance.adjustment) == ("second", wanted)
    assert any("only split adjusted bars" in note for note in bars.provenance.notes)
    usual = await desk.bars(AAPL, asked(Adjustment.SPLIT))
    assert usual.provenance.provider == "first", "a source that cannot adjust so has done nothing wrong"


async def test_nobody_who_adjusts_so_is_said_plainly(make_desk):
    desk = make_desk(Adjusting("first", Adjustment.SPLIT))
    with pytest.raises(DataMissingError, match="only split adjusted bars; leave TR away") as raised:
        await desk.bars(AAPL, asked(Adjustment.SPLIT_DIVIDEND))
    assert raised.value.missing.reason is Reason.NOT_OFFERED


async def test_stored_prices_on_another_basis_do_not_stand_in(make_desk):
    desk = make_desk(Adjusting("first", Adjustment.SPLIT), stale_first=True)
    await desk.bars(AAPL, asked(Adjustment.SPLIT))
    await desk.flush()
    with pytest.raises(DataMissingError, match="leave RAW away"):
        await desk.bars(AAPL, asked(Adjustment.NONE))


async def test_dividend_adjusted_prices_do_not_stand_in_for_the_usual_ones_but_prices_as_traded_do(make_desk):
    usual = asked(Adjustment.SPLIT)
    with pytest.raises(DataMissingError, match=r"only split\+dividend adjusted bars$"):
        await make_desk(Adjusting("first", Adjustment.SPLIT_DIVIDEND)).bars(AAPL, usual)
    bars = await make_desk(Adjusting("first", Adjustment.NONE)).bars(AAPL, usual)
    assert bars.provenance.adjustment is Adjustment.NONE

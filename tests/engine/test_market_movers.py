"""What moves the whole market: a provider's screen through the desk, ranked by MOST out of our own quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from vendors.sources import START, Source, stock

from financehub_tui.errors import CommandError, DataMissingError
from financehub_tui.functions.catalogue import run
from financehub_tui.functions.reading import read_line
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.movers import Movers, Screen
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import KeyValues, Report, Table

LAST = {"AAA": 101.0, "BBB": 120.0, "CCC": 110.0}


class Screener(Source):
    """Screens of three shares, in an order that is not that of their quotes."""

    told: tuple[str, ...] = ()
    """Whose quotes come with the screen, a dollar higher."""

    async def movers(self, screen: Screen, limit: int) -> Movers:
        await self._call("movers", (screen, limit))
        return Movers(
            screen=screen,
            instruments=tuple(stock(name) for name in LAST),
            total=200,
            quotes=tuple(self._quote(stock(name), LAST[name] + 1) for name in self.told),
            provenance=self.origin(),
        )

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        await self._call("quotes", [instrument.symbol for instrument in instruments])
        return {one.key: self._quote(one, LAST[one.symbol]) for one in instruments}

    def _quote(self, instrument: Instrument, last: float) -> Quote:
        return Quote(key=instrument.key, time=START, last=last, previous_close=100.0, provenance=self.origin())


async def asked(desk, line: str) -> Report:
    (call,) = (await read_line(desk, line)).calls
    return await run(desk, call)


@pytest.mark.parametrize(
    ("line", "screen", "order"),
    [
        ("MOST MARKET UP", Screen.GAINERS, ["BBB", "CCC", "AAA"]),
        ("MOST MARKET DOWN 2", Screen.LOSERS, ["AAA", "CCC"]),
    ],
)
async def test_the_market_is_a_screen_ranked_by_our_own_quotes(make_desk, line, screen, order):
    source = Screener()
    desk = make_desk(source)
    report = await asked(desk, line)
    coverage, table = report.blocks
    assert isinstance(coverage, KeyValues) and isinstance(table, Table)
    assert [name.split()[0] for name in table.frame["security"]] == order
    assert coverage.fields[0].value == "US market, first 3 of 200 screened" and coverage.fields[1].value == "3 of 3"
    assert source.calls[0] == ("movers", (screen, 100)) and report.provenance
    await asked(desk, line)
    assert [name for name, _ in source.calls].count("movers") == 1


async def test_quotes_that_come_with_the_screen_are_not_asked_for_again(make_desk):
    source = Screener()
    source.told = ("AAA", "BBB")
    report = await asked(make_desk(source), "MOST MARKET UP")
    assert [name.split()[0] for name in report.blocks[1].frame["security"]] == ["BBB", "CCC", "AAA"]
    assert report.blocks[1].frame["last"].to_list() == [121.0, 110.0, 102.0]
    assert source.calls[1:] == [("quotes", ["CCC"])]


async def test_the_next_provider_s_screen_answers_where_the_first_fails(make_desk):
    first, second = Screener("alpha"), Screener("beta")
    first.fails(Reason.RATE_LIMITED, "429")
    found = await make_desk(first, second).movers(Screen.ACTIVE)
    assert found.provenance.provider == "beta" and any("429" in note for note in found.provenance.notes)


async def test_without_a_screen_the_reason_is_told(make_desk):
    source = Screener()
    source.fails(Reason.NO_DATA, "the screen is empty")
    with pytest.raises(DataMissingError) as caught:
        await asked(make_desk(source), "MOST MARKET")
    assert "the screen is empty" in caught.value.missing.detail


async def test_the_whole_market_takes_no_list(make_desk):
    with pytest.raises(CommandError):
        await asked(make_desk(Screener()), "@sp500 MOST MARKET")

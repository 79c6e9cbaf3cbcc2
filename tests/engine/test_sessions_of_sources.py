"""XSRC over n sessions: counted on the bars of all sources together, cut alike for each."""

from __future__ import annotations

import msgspec
from vendors.sources import START, Source, stock

from financehub_tui.commands.spec import Call, Period
from financehub_tui.functions import xsrc
from financehub_tui.market.bars import BarRequest, Bars, Interval
from financehub_tui.market.instrument import Instrument

AAPL = stock("AAPL")
DAY = 86_400 * 1_000_000_000
TODAY = START - START % DAY


class Ends(Source):
    """A source whose bars end some days before today."""

    def __init__(self, id: str, days: int) -> None:
        super().__init__(id)
        self.days = days

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        return await super().bars(instrument, msgspec.structs.replace(request, end=TODAY + DAY - self.days * DAY))


async def test_a_session_counts_where_any_source_has_its_bar(make_desk):
    desk = make_desk(Source("newest"), Ends("yesterday", 1), Ends("gone", 10))
    call = Call(mnemonic="XSRC", securities=(AAPL,), period=Period(text="3D"), interval=Interval.D1)
    report = await xsrc.load(desk, call)
    rows = {row["source"]: row for row in report.blocks[0].frame.iter_rows(named=True)}
    assert [rows[name]["bars"] for name in ("Newest", "Yesterday", "Gone")] == [3, 2, None]
    assert rows["Gone"]["missing"] == "no data: gone has no bar in this period; the last before it is of 2023-11-04"
    assert [missing.detail for missing in report.missing] == [
        "Gone: gone has no bar in this period; the last before it is of 2023-11-04"
    ]

"""Trades that their venue takes back or corrects: tape, last price, bars, recordings."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App
from vendors.sources import START, Source, stock

from financehub_tui.clock import NANOS
from financehub_tui.commands.spec import Call
from financehub_tui.engine.recorder import Recorder, read_recording, span_of
from financehub_tui.engine.relay import Relay
from financehub_tui.engine.replay import Player
from financehub_tui.market.provenance import Reason
from financehub_tui.market.quote import Correction, Quote, Trade
from financehub_tui.panes.chart import ChartBody
from financehub_tui.panes.tape import TapeBody
from financehub_tui.providers.kit.fan import Fan
from financehub_tui.report.blocks import Chart

AAPL = stock("AAPL")
KEY = AAPL.key


def trade(number: int, price: float, provider: str = "alpha", size: float = 1.0) -> Trade:
    time = START + number * NANOS
    return Trade(key=KEY, time=time, price=price, size=size, id=str(number), provider=provider)


def taken_back(number: int, price: float, instead: Trade | None = None, size: float = 1.0) -> Correction:
    return Correction(key=KEY, time=START + 99 * NANOS, id=str(number), price=price, size=size, instead=instead)


@pytest.fixture
async def wire(make_desk):
    """A desk, and the sink of its stream, which has told of three trades."""
    alpha = Source("alpha", stream=True)
    alpha.answer = {}
    alpha.trades = lambda instrument, limit: no_trades()
    desk = make_desk(alpha)
    desk.subscribe([AAPL], ("quote", "trade"))
    await asyncio.sleep(0.03)
    sink = alpha.feeds[0].sink
    for number, price in enumerate((100.0, 101.0, 130.0), start=1):
        sink.trade(trade(number, price))
    return desk, sink


async def no_trades():
    return []


def prices(desk) -> list[float]:
    return [one.price for one in desk.live.trades(KEY)]


async def test_a_cancelled_trade_is_gone_from_the_tape_and_the_last_price_is_the_one_before(wire):
    desk, sink = wire
    sink.ticker(Quote(key=KEY, time=START + 3 * NANOS, high=130.0, low=100.0))
    before = desk.live.version(KEY)
    sink.correct(taken_back(3, 130.0))
    quote = desk.live.quote(KEY)
    assert prices(desk) == [101.0, 100.0] and desk.live.version(KEY) > before
    assert (quote.last, quote.last_size, quote.high, quote.low) == (101.0, 1.0, None, 100.0)
    assert desk.live.spark(KEY)[-1] == 101.0 and desk.live.corrections(KEY) == 1


async def test_a_cancelled_trade_among_older_ones_leaves_the_last_price(wire):
    desk, sink = wire
    sink.correct(taken_back(2, 101.0))
    assert prices(desk) == [130.0, 100.0] and desk.live.quote(KEY).last == 130.0


async def test_a_corrected_trade_keeps_its_time_and_place(wire):
    desk, sink = wire
    sink.correct(taken_back(2, 101.0, trade(7, 102.0, size=5.0)))
    newest, corrected, _ = desk.live.trades(KEY)
    assert (corrected.price, corrected.size, corrected.id, corrected.time) == (102.0, 5.0, "7", START + 2 * NANOS)
    sink.correct(taken_back(3, 130.0, trade(8, 103.0)))
    assert prices(desk) == [103.0, 102.0, 100.0] and desk.live.quote(KEY).last == 103.0 and newest.price == 130.0
    sink.correct(taken_back(8, 103.0))
    assert desk.live.quote(KEY).last == 102.0


async def test_the_only_trade_taken_back_leaves_no_last_price(wire):
    desk, sink = wire
    for number, price in ((3, 130.0), (1, 100.0), (2, 101.0)):
        sink.correct(taken_back(number, price))
    quote = desk.live.quote(KEY)
    assert prices(desk) == [] and (quote.last, quote.last_size) == (None, None)
    sink.trade(trade(9, 100.5))
    assert desk.live.quote(KEY).last == 100.5


@pytest.mark.parametrize(
    "unknown",
    [taken_back(77, 130.0), taken_back(3, 131.0), taken_back(3, 130.0, size=2.0)],
    ids=["id", "price", "size"],
)
async def test_what_fits_no_trade_changes_nothing(wire, unknown):
    desk, sink = wire
    before = desk.live.version(KEY)
    sink.correct(unknown)
    assert prices(desk) == [130.0, 101.0, 100.0] and desk.live.version(KEY) == before
    assert desk.live.corrections(KEY) == 0


async def test_a_tape_of_another_source_is_left_alone(make_desk):
    alpha, beta = Source("alpha", stream=True), Source("beta", stream=True)
    desk = make_desk(alpha, beta)
    desk.subscribe([AAPL], ("trade",))
    await asyncio.sleep(0.03)
    alpha.feeds[0].sink.trade(trade(3, 130.0))
    desk.live.sink(desk.live.tape_source(KEY)._replace(provider="beta")).correct(taken_back(3, 130.0))
    assert 130.0 in prices(desk)


async def test_bars_built_from_live_trades_begin_anew_without_it(wire):
    desk, sink = wire
    assert desk.live_bars.minutes(KEY)[1][2] == 130.0
    sink.correct(taken_back(3, 130.0))
    assert desk.live_bars.minutes(KEY) == ([], None)
    sink.trade(trade(4, 101.5))
    assert desk.live_bars.minutes(KEY)[1][2] == 101.5


@pytest.mark.parametrize("mnemonic", ["QR", "TAS"])
async def test_panes_of_trades_show_it_no_more(wire, mnemonic):
    desk, sink = wire
    body = TapeBody()

    class Terminal(App[None]):
        def compose(self):
            yield body

    async with Terminal().run_test(size=(80, 12)):
        await body.load(desk, Call(mnemonic=mnemonic, securities=(AAPL,)))
        body.tick({KEY}, 0)
        sink.correct(taken_back(2, 101.0))
        sink.correct(taken_back(1, 100.0, trade(7, 100.5)))
        body.tick({KEY}, 0)
        assert [one.price for one in body.model.trades(9)] == [130.0, 100.5]
        body.model.pause(True)
        sink.correct(taken_back(3, 130.0))
        body.tick({KEY}, 0)
        assert body.model.paused and [one.price for one in body.model.trades(9)] == [100.5]
        sink.trade(trade(8, 102.0))
        body.tick({KEY}, 0)
        assert body.model.unseen == 1
        body.release()


async def test_a_chart_inside_the_day_asks_for_its_bars_anew(wire):
    desk, sink = wire
    body = ChartBody()
    (alpha,) = desk.parts.router.catalog.made()

    class Terminal(App[None]):
        def compose(self):
            yield body

    def carried_on() -> bool:
        bars = next(block for block in body.report.blocks if isinstance(block, Chart)).bars
        return any("live trades" in note for note in bars.provenance.notes)

    async with Terminal().run_test(size=(80, 20)):
        await body.load(desk, Call(mnemonic="GIP", securities=(AAPL,)))
        assert carried_on()
        sink.correct(taken_back(3, 130.0))
        body.tick({KEY}, 0)
        await body.workers.wait_for_complete()
        assert not carried_on()
        shown = body.report
        alpha.fails(Reason.TIMEOUT)
        desk.parts.clock.advance(7_200)
        sink.correct(taken_back(2, 101.0))
        body.tick({KEY}, 0)
        await body.workers.wait_for_complete()
        assert body.report is shown
        body.release()


async def test_a_held_back_trade_that_is_cancelled_is_never_let_through(wire):
    desk, sink = wire
    sink.trade(trade(4, 13_000.0))
    sink.correct(taken_back(4, 13_000.0))
    assert not desk.live.row(KEY).doubt.held


async def test_a_correction_is_recorded_and_played(clock, tmp_path):
    recorder = Recorder(tmp_path / "day", clock)
    said = [taken_back(2, 101.0), taken_back(3, 130.0, trade(8, 103.0))]
    for one in said:
        recorder.correct(one)
    await recorder.close()
    events = list(read_recording(tmp_path / "day"))
    assert [event.content for event in events] == said and span_of(tmp_path / "day").keys == {KEY}
    heard: list[Correction] = []
    relay = Relay([Ear(heard)])
    Player(events, Fan(relay)).play(clock.now())
    assert heard == said


class Ear:
    def __init__(self, heard: list[Correction]) -> None:
        self.correct = heard.append


def test_pairs_that_share_a_stream_share_its_corrections():
    heard: list[Correction] = []
    fan = Fan(Ear(heard))
    fan.others = {KEY: ["other"]}
    fan.correct(taken_back(3, 130.0, trade(8, 103.0)))
    assert [(one.key, one.instead.key) for one in heard] == [(KEY, KEY), ("other", "other")]

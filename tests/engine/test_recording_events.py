"""Recording what feeds say, and playing it again."""

from __future__ import annotations

import stat

import pytest
from vendors.sources import START, stock

from financehub_tui.clock import ManualClock
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.recorder import Recorder, read_recording
from financehub_tui.engine.replay import Player
from financehub_tui.engine.row import Source
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.errors import StoreError
from financehub_tui.market.l2 import L2Book
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote, Side, Trade

KEY = stock("AAPL").key
SECOND = 1_000_000_000


async def record(path, count=300):
    clock = ManualClock(START)
    book = QuoteBook(clock)
    book.register(stock("AAPL"))
    recorder = Recorder(path, clock)
    book.taps = (recorder,)
    sink, levels = book.sink(Source("alpha", stream=True)), L2Book(KEY, 2)
    sink.ticker(Quote(key=KEY, time=START, last=99.0, previous_close=98.0))
    for number in range(count):
        clock.advance(0.25)
        price = 100 + number % 7
        sink.trade(Trade(key=KEY, time=clock.now(), price=price, size=1.0, side=Side.BUY, id=str(number)))
        sink.top(KEY, clock.now(), price - 1.0, 2.0, price + 1.0, None)
        levels.snapshot([(price - 1.0, 2.0)], [(price + 1.0, float(number))], number)
        sink.book(KEY, clock.now(), levels)
        if number == count // 2:
            sink.book_lost(KEY, Missing(reason=Reason.PENDING, detail="gap"))
            await recorder.flush()
    await recorder.close()
    return book, recorder


def state(book):
    quote = book.quote(KEY)
    levels = book.book(KEY)
    return (
        quote.last,
        quote.bid,
        quote.ask,
        quote.previous_close,
        quote.time,
        levels.bids,
        levels.asks,
        levels.sequence,
        list(book.trades(KEY)),
        list(book.spark(KEY)),
    )


def fresh_book(clock):
    book = QuoteBook(clock)
    book.register(stock("AAPL"))
    return book, book.sink(Source("alpha", stream=True))


async def test_a_played_recording_ends_with_the_same_book_and_trades_at_any_pace(tmp_path):
    recorded, recorder = await record(tmp_path / "day.gz")
    assert recorder.events == 902
    for step in (1, 7, 10_000):
        book, sink = fresh_book(ManualClock(START))
        player = Player(read_recording(tmp_path / "day.gz"), sink)
        while not player.ended:
            player.play(player.next_due + step * SECOND)
        assert state(book) == state(recorded)


async def test_the_player_never_runs_ahead_of_the_clock_and_ends_with_it(tmp_path):
    await record(tmp_path / "day.gz")
    clock = ScenarioClock(START, START + 30 * SECOND, base=ManualClock(0), paused=True)
    book, sink = fresh_book(clock)
    player = Player(read_recording(tmp_path / "day.gz"), sink)
    player.play(clock.now())
    assert player.played == 1
    clock.step(30)
    await player.run(clock)
    assert book.quote(KEY).time <= START + 30 * SECOND
    assert not player.ended


async def test_a_recording_is_private_and_one_that_was_cut_off_plays_to_the_cut(tmp_path):
    path = tmp_path / "folder" / "day.gz"
    await record(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    whole = len(list(read_recording(path)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 0 < len(list(read_recording(path))) < whole


def test_what_is_no_recording_is_refused_in_one_line(tmp_path):
    path = tmp_path / "day.gz"
    path.write_text("hello")
    with pytest.raises(StoreError, match="not a recording"):
        list(read_recording(path))


async def test_an_unwritable_folder_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    recorder = Recorder(tmp_path / "file" / "day.gz", ManualClock(START))
    recorder.trade(Trade(key=KEY, time=START, price=1.0, size=1.0))
    with pytest.raises(StoreError, match=r"day\.gz"):
        await recorder.flush()

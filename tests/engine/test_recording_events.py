"""Recording what feeds say, and playing it again."""

from __future__ import annotations

import gzip
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from vendors.sources import START, stock

from financehub_tui.clock import ManualClock
from financehub_tui.engine import recorder as recording
from financehub_tui.engine.quotebook import QuoteBook
from financehub_tui.engine.recorder import Recorder, read_recording
from financehub_tui.engine.replay import Player
from financehub_tui.engine.scenario import ScenarioClock
from financehub_tui.engine.source import Source
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


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file of this process grows beyond a size: what is written further is cut there and refused."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def trade(number: int) -> Trade:
    return Trade(key=KEY, time=START + number, price=100.0 + number, size=1.0, id=f"{number * 7919:x}")


def numbers(path) -> list[int]:
    return [event.content.time - START for event in read_recording(path)]


async def recorder_with(path, count: int) -> Recorder:
    recorder = Recorder(path, ManualClock(START))
    for number in range(count):
        recorder.trade(trade(number))
    await recorder.flush()
    return recorder


async def test_events_that_a_full_disk_refused_are_written_with_the_next_flush(tmp_path):
    path = tmp_path / "day.gz"
    recorder = await recorder_with(path, 100)
    before = path.read_bytes()
    for number in range(100, 5_000):
        recorder.trade(trade(number))
    for _ in range(2):
        with disk_of(len(before) + 1_000), pytest.raises(StoreError, match=r"day\.gz"):
            await recorder.flush()
        assert path.read_bytes() == before
    recorder.trade(trade(5_000))
    await recorder.flush()
    assert numbers(path) == list(range(5_001))
    await recorder.close()
    assert recorder.events == 5_001


async def test_what_a_full_disk_keeps_waiting_is_bounded_and_the_end_counts_what_was_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "MOST_HELD", 3_000)
    path = tmp_path / "day.gz"
    recorder = await recorder_with(path, 10)
    size = path.stat().st_size
    for first in range(10, 4_010, 1_000):
        for number in range(first, first + 1_000):
            recorder.trade(trade(number))
        with disk_of(size), pytest.raises(StoreError):
            await recorder.flush()
    await recorder.flush()
    kept = len(numbers(path))
    assert 1_010 <= kept < 4_010
    with pytest.raises(StoreError, match=rf"^{4_010 - kept:,} events could not be recorded"):
        await recorder.close()


async def test_the_end_on_a_full_disk_is_one_line_and_leaves_what_was_recorded(tmp_path):
    path = tmp_path / "day.gz"
    recorder = await recorder_with(path, 100)
    for number in range(100, 2_100):
        recorder.trade(trade(number))
    with disk_of(path.stat().st_size + 10), pytest.raises(StoreError, match=r"^2,000 events .*day\.gz") as refused:
        await recorder.close()
    assert "\n" not in str(refused.value)
    assert numbers(path) == list(range(100))


async def test_every_flush_can_be_read_by_itself_wherever_the_last_one_was_cut(tmp_path):
    path = tmp_path / "day.gz"
    recorder = await recorder_with(path, 300)
    whole = path.stat().st_size
    assert len(gzip.decompress(path.read_bytes())) > 0
    for number in range(300, 600):
        recorder.trade(trade(number))
    await recorder.close()
    content = path.read_bytes()
    for cut in (whole, whole + 1, whole + 2, whole + 5, whole + 11, whole + 200, len(content) - 9, len(content) - 1):
        path.write_bytes(content[:cut])
        read = numbers(path)
        assert len(read) >= 300 and read == list(range(len(read))), cut
    path.write_bytes(content[:whole] + bytes(512))
    assert numbers(path) == list(range(300))


async def test_a_damaged_recording_is_refused(tmp_path):
    path = tmp_path / "day.gz"
    await (await recorder_with(path, 300)).close()
    content = bytearray(path.read_bytes())
    content[-6] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a recording"):
        list(read_recording(path))

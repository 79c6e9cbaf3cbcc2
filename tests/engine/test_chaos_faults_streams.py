"""Every source that streams, every way in which a stream goes wrong: what is shown of it, and that it comes back.

All over real sockets, through a real desk, on an injected clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from vendors.binance import BinanceVendor, VendorBook
from vendors.coinbase import CoinbaseVendor
from vendors.disturbances import Disturbance, doubled, halved, page, rewritten, silent, swapped, undisturbed
from vendors.kraken import KrakenVendor
from vendors.naps import Naps
from vendors.sources import Source, stock
from vendors.tapes import FIRST, SILENCE, TAPES, Tape

from financehub_tui.clock import ManualClock
from financehub_tui.engine.catalog import Entry
from financehub_tui.engine.desk import InProcessDesk
from financehub_tui.figures import DataDisagreement, FeedStatus
from financehub_tui.market.quote import Book, Quote

MSFT = stock("MSFT")


async def comes_true(true: Callable[[], object], seconds: float) -> bool:
    for _ in range(int(seconds / 0.005)):
        if true():
            return True
        await asyncio.sleep(0.005)
    return False


async def until(true: Callable[[], object]) -> None:
    assert await comes_true(true, 10.0)


class Line:
    """A tape with its vendor running, and a desk that listens to it."""

    def __init__(
        self,
        tape: Tape,
        server: Any,
        clock: ManualClock,
        make_desk: Callable[..., InProcessDesk],
        kinds: tuple[str, ...],
    ) -> None:
        clock.set(tape.start)
        self.tape = tape
        self.server = server
        self.clock = clock
        self.key = tape.instrument.key
        self.provider = tape.provider(server, clock, Naps(clock))
        entry = Entry(tape.id, self.provider.spec.title, lambda: self.provider)
        self.witness = Source("witness", time=clock.now)
        self.witness.unknown = {"AAPL"}
        self.desk = make_desk(self.witness, entries=(entry,))
        self.desk.subscribe([tape.instrument], kinds)
        self.number = FIRST

    async def subscribed(self) -> None:
        await until(lambda: self.tape.subscribed(self.server))

    async def send(self, count: int = 1) -> None:
        """The next trades; each is a cent dearer."""
        for _ in range(count):
            self.number += 1
            await self.tape.send(self.server, self.number, self.price)

    @property
    def price(self) -> float:
        """Of the newest trade sent."""
        return round(self.tape.price + self.number / 100, 2)

    def last(self) -> float | None:
        quote = self.desk.live.quote(self.key)
        return quote.last if isinstance(quote, Quote) else None

    def ids(self) -> list[str]:
        """Of the trades that came, where the source gives any."""
        return [trade.id for trade in self.desk.live.trades(self.key) if trade.id]

    async def arrived(self) -> None:
        """The newest price is on the screen."""
        await until(lambda: self.last() == self.price)

    def health(self) -> FeedStatus:
        return next(row for row in self.desk.status.feeds() if row.provider == self.tape.id)

    async def comes_back(self) -> None:
        """The vendor behaves: what it sends is shown again, and nobody else had any trouble."""
        self.server.behave()
        for _ in range(15):
            # Trades that were sent to a socket about to be left are lost: the next ones arrive.
            await self.subscribed()
            await self.send()
            if await comes_true(lambda: self.last() == self.price, 0.5):
                break
        await self.arrived()
        assert isinstance((await self.desk.quotes([MSFT], fresh=True))[MSFT.key], Quote)


@pytest.fixture
async def line(make_desk, clock) -> AsyncIterator[Callable[..., Any]]:
    """A function that makes a line."""
    running = []

    async def make(name: str, kinds: tuple[str, ...] = ()) -> Line:
        tape = TAPES[name]
        server = tape.vendor()
        await server.start()
        running.append(server)
        made = Line(tape, server, clock, make_desk, kinds or (tape.kind,))
        await made.subscribed()
        return made

    yield make
    for server in running:
        await server.stop()


@pytest.fixture
def telling(line) -> Callable[..., Any]:
    """A function that makes a line on which a trade has come already."""

    async def make(name: str) -> Line:
        made = await line(name)
        await made.send()
        await made.arrived()
        return made

    return make


@pytest.mark.parametrize("name", TAPES)
async def test_frames_told_twice_count_once(telling, name):
    wire = await telling(name)
    wire.server.disturbance = doubled
    await wire.send(5)
    await wire.arrived()
    ids = wire.ids()
    assert len(ids) == len(set(ids))
    if wire.tape.numbered:
        await until(lambda: wire.health().duplicates >= 1)
    assert not ids or set(ids) >= {str(number) for number in range(FIRST + 1, FIRST + 7)}
    await wire.comes_back()


@pytest.mark.parametrize("name", TAPES)
async def test_frames_in_the_wrong_order_leave_the_newest_price_on_the_screen(telling, name):
    wire = await telling(name)
    wire.server.disturbance = swapped()
    await wire.send(6)
    await wire.arrived()
    await asyncio.sleep(0.02)
    assert wire.last() == wire.price
    ids = wire.ids()
    assert len(ids) == len(set(ids))
    assert not ids or set(ids) >= {str(number) for number in range(FIRST + 1, FIRST + 8)}
    await wire.comes_back()


WRONG: dict[str, Callable[[Tape], tuple[Disturbance, str]]] = {
    "half": lambda _: (halved, ""),
    "HTML": lambda _: (page, ""),
    "renamed": lambda tape: (rewritten(*tape.renamed[:2]), tape.renamed[2]),
    "null": lambda tape: (rewritten(*tape.nulled[:2]), tape.nulled[2]),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", TAPES)
async def test_a_frame_that_is_wrong_is_counted_told_and_passed_over(telling, name, wrong):
    wire = await telling(name)
    before = wire.health().errors
    wire.server.disturbance, field = WRONG[wrong](wire.tape)
    await wire.send(2)
    await until(lambda: wire.health().errors >= before + 2)
    detail = wire.health().detail
    assert detail.startswith(f"{name}: ") and "\n" not in detail and "<html" not in detail
    assert f"`{field}`" in detail or f".{field}`" in detail or not field
    assert wire.health().reconnects == 0
    wire.server.disturbance = undisturbed
    await wire.comes_back()


@pytest.mark.parametrize("times", [100.0, 0.01])
@pytest.mark.parametrize("name", TAPES)
async def test_a_price_a_hundred_times_too_large_is_held_back_and_told_with_both_values(line, name, times):
    wire = await line(name)
    await wire.send()
    await wire.arrived()
    told: list[DataDisagreement] = []
    wire.desk.add_event_listener(DataDisagreement, told.append)
    right, title = wire.price, wire.desk.parts.router.health.of(name).title
    for _ in range(3):
        wire.number += 1
        await wire.tape.send(wire.server, wire.number, round(right * times, 4))
    held = "3 implausible prices held back"
    await until(lambda: held in wire.health().detail)
    assert wire.last() == right and wire.health().errors == 0
    [event] = told
    assert (event.key, event.field, event.findings[title]) == (wire.key, "last", "wrong scale")
    assert event.values == pytest.approx({title: right * times, f"{title} before": right}, rel=1e-2)
    assert any("is held back" in note for note in wire.desk.live.quote(wire.key).provenance.notes)
    await wire.comes_back()
    prices = [trade.price for trade in wire.desk.live.trades(wire.key) if not trade.id or int(trade.id) > FIRST]
    assert all(right / 2 < price < right * 2 for price in prices)
    assert wire.desk.live.quote(wire.key).provenance.notes == ()


@pytest.mark.parametrize("name", TAPES)
async def test_a_socket_that_says_nothing_is_left_for_another(telling, name):
    wire = await telling(name)
    first = wire.server.open_sockets()
    wire.server.disturbance = silent
    await asyncio.sleep(0.05)
    wire.clock.advance(SILENCE / 2 + 1)
    await until(lambda: wire.health().state in ("silent", "polling"))
    wire.clock.advance(SILENCE)
    await until(lambda: not any(socket in wire.server.open_sockets() for socket in first))
    await until(lambda: wire.health().reconnects >= 1)
    wire.server.behave()
    wire.clock.advance(SILENCE + 1)
    await wire.comes_back()


LOST: dict[str, Callable[[Any], None]] = {
    "reset": lambda server: None,
    "refused": lambda server: setattr(server, "refuse_sockets", 5),
    "endless": lambda server: setattr(server, "hang_ups", 12),
}


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("name", TAPES)
async def test_a_lost_connection_is_opened_again_and_everything_asked_for_anew(telling, name, how):
    wire = await telling(name)
    LOST[how](wire.server)
    for socket in wire.server.open_sockets():
        socket.abort()
    await until(lambda: not wire.server.refuse_sockets and not wire.server.hang_ups)
    await until(lambda: wire.health().reconnects >= {"reset": 1, "refused": 3, "endless": 10}[how])
    await wire.comes_back()


async def books_agree(wire: Line, top: Callable[[], tuple[float, float]]) -> None:
    def agree() -> bool:
        book = wire.desk.live.book(wire.key, 5)
        return isinstance(book, Book) and (book.bids[0].price, book.asks[0].price) == top()

    await until(agree)


async def test_a_checksum_that_does_not_agree_empties_the_book_until_it_is_right(line):
    wire = await line("kraken", ("trade", "book"))
    server: KrakenVendor = wire.server
    levels = server.books["BTC/USD"]

    def top() -> tuple[float, float]:
        return tuple(float(levels.side(side, 1)[0][0]) for side in ("bids", "asks"))

    await until(lambda: ("book", "BTC/USD") in server.subjects())
    await books_agree(wire, top)
    right, server.books["BTC/USD"].checksum = levels.checksum, lambda: 7
    await server.change("BTC/USD", bid=(61_829.9, 2.0))
    await until(lambda: wire.health().gaps >= 1)
    assert not isinstance(wire.desk.live.book(wire.key, 5), Book)
    levels.checksum = right
    await books_agree(wire, top)
    await wire.comes_back()


async def test_a_difference_that_is_missing_makes_the_book_be_asked_for_again(line):
    wire = await line("binance", ("trade", "book"))
    server: BinanceVendor = wire.server
    await until(lambda: any(topic.startswith("btcusdt@depth") for topic in server.topics()))
    depth = next(topic for topic in server.topics() if topic.startswith("btcusdt@depth"))
    levels = server.books["BTCUSDT"] = VendorBook("BTCUSDT")

    async def change(price: float) -> None:
        await server.push(depth, levels.change((price, 2.0), (101.0, 3.0)))

    def top() -> tuple[float, float]:
        return max(levels.bids), min(levels.asks)

    await change(100.1)
    await books_agree(wire, top)
    levels.change((100.2, 2.0), (101.0, 3.0))
    await change(100.3)
    await until(lambda: wire.health().gaps >= 1)
    await change(100.4)
    await books_agree(wire, top)
    await wire.comes_back()


async def test_a_coinbase_book_starts_anew_with_its_socket(line):
    wire = await line("coinbase", ("trade", "book"))
    server: CoinbaseVendor = wire.server
    levels = server.books["BTC-USD"]

    def top() -> tuple[float, float]:
        return max(levels.bids), min(levels.asks)

    await books_agree(wire, top)
    for socket in server.open_sockets():
        socket.abort()
    levels.change("BTC-USD", ("buy", 61_830.5, 2.0))
    await books_agree(wire, top)
    await wire.comes_back()

"""Two hours of injected time with every source failing in every way it can, some of them over real sockets.

Nothing crashes or hangs, nothing is left behind or grows, every missing value has its reason, and by the vendors' own
count no budget is overspent.
"""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Callable

import pytest
from vendors import server as faults
from vendors.binance import BinanceVendor, VendorBook
from vendors.server import VendorServer
from vendors.sources import Source, stock
from vendors.yahoo import YahooVendor

from financehub_tui.asking import Urgency, asking
from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.config import ProviderSettings, Settings
from financehub_tui.engine import router
from financehub_tui.engine.catalog import Entry
from financehub_tui.engine.desk import InProcessDesk, open_desk
from financehub_tui.engine.lanes import WIDTH
from financehub_tui.errors import DataMissingError, ProviderError
from financehub_tui.figures import HealthChanged
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote, Side, Trade
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.kit.budget import Budget
from financehub_tui.providers.kit.http import HttpClient

NOW = 1_723_161_255_308 * 1_000_000
HOURS = 2
STEP = 90.0
STEPS = int(HOURS * 3_600 / STEP)
SECONDS_OF_A_HANG = 2.0
STOCKS = [stock(f"S{n}") for n in range(40)]
LIMITS = (
    Limit(name="requests", amount=40, per=Per.SECONDS, seconds=60),
    Limit(name="requests", amount=900, per=Per.DAY),
)
SILENT = ("frankfurter", "ecb", "kraken", "coinbase", "coingecko", "coinmarketcap", "finnhub", "alpaca")


class Waits:
    """An injectable `sleep`: the clock goes on while nothing is on its way to a vendor: all arrives when it is sent."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.turn = asyncio.Lock()
        self.flying = 0

    async def __call__(self, seconds: float) -> None:
        wakes = self.clock.monotonic() + seconds
        while self.clock.monotonic() < wakes:
            async with self.turn:
                now = self.clock.monotonic()
                await self.landed()
                if now == self.clock.monotonic() < wakes:
                    self.clock.advance(min(1.0, wakes - now) + 1e-6)

    async def landed(self) -> None:
        """Nothing is under way, or it takes too long to wait for."""
        for turn in range(100):
            await asyncio.sleep(0.001 if turn > 3 else 0)
            if turn > 3 and not self.flying:
                return

    def watch(self, client: HttpClient) -> None:
        """Let a client sleep by the injected clock, and know what it has under way."""
        send, client._sleep = client._send, self

        async def watched(*parts: object) -> object:
            self.flying += 1
            try:
                return await send(*parts)
            finally:
                self.flying -= 1

        client._send = watched


class ChaosSource(Source):
    """Fails as told by its dice; keeps to its limits with the kit's own budget; counts what gets through."""

    def __init__(self, id: str, waits: Waits, seed: int, **kept: object) -> None:
        clock = waits.clock
        super().__init__(id, time=clock.now, **kept)
        self.clock, self.waits = clock, waits
        self.dice = random.Random(seed)
        self.budget = Budget(id, LIMITS, clock)
        self.made: list[float] = []
        self.running = self.most = 0

    async def _call(self, name: str, detail: object) -> None:
        wait = await self.budget.take(1, name)
        if wait > 0:
            reason, words = self.budget.refusal(1)
            raise ProviderError(self.spec.id, reason, words, retry_at=self.clock.now() + int(wait * NANOS))
        self.made.append(self.clock.monotonic())
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            await self._misbehave()
        finally:
            self.running -= 1
            await self.budget.leave()

    async def _misbehave(self) -> None:
        dice = self.dice.random()
        if dice < 0.4:
            return
        if dice < 0.45:
            await self.waits(SECONDS_OF_A_HANG)
            raise ProviderError(self.spec.id, Reason.TIMEOUT, "no answer in time")
        if dice < 0.55:
            raise self.dice.choice((KeyError("chart"), ValueError("NaN"), RuntimeError("event loop"), OSError("reset")))
        reason = self.dice.choice(list(Reason))
        later = self.clock.now() + self.dice.randrange(1, 120) * NANOS
        raise ProviderError(self.spec.id, reason, f"made up: {reason.value}", retry_at=self.dice.choice((None, later)))

    async def quotes(self, instruments):
        answers = dict(await super().quotes(instruments))
        dice = self.dice.random()
        if dice < 0.05:
            return self.dice.choice((7, None, [1, 2], {"other": None}, "text"))
        if dice < 0.15:
            answers.pop(next(iter(answers)))
        return answers

    def feed(self, sink):
        made = super().feed(sink)
        del self.feeds[:-3]
        return made


class Counted:
    """Mixed into a vendor's server: when each request came, by the injected clock, and what it costs."""

    clock: ManualClock
    came: list[tuple[float, int]]
    costs: Callable[[str], int] = staticmethod(lambda path: 1)

    async def _dispatch(self, request):
        if request.headers.get("Upgrade", "").lower() != "websocket":
            self.came.append((self.clock.monotonic(), self.costs(request.path)))
        answer = await super()._dispatch(request)
        del self.seen[:-10]
        return answer


class CountedBinance(Counted, BinanceVendor):
    costs = staticmethod(lambda path: {"ticker/24hr": 2, "klines": 2, "depth": 5, "trades": 25}.get(path[8:], 20))


class CountedServer(Counted, VendorServer):
    pass


def most_within(came: list[tuple[float, int]], seconds: float) -> int:
    """The largest sum of costs in any stretch of time shorter than `seconds`."""
    most = held = first = 0
    for last, (time, cost) in enumerate(came):
        held += cost
        while came[first][0] <= time - seconds:
            held -= came[first][1]
            first += 1
        most = max(most, held) if last >= first else most
    return most


def faulty(dice: random.Random) -> object:
    """What a vendor does wrong next."""
    return dice.choice(
        (
            faults.status(429, retry_after=dice.randrange(1, 20)),
            faults.status(429),
            faults.status(418, retry_after=60),
            faults.status(500),
            faults.status(503, b"<html>down</html>"),
            faults.status(401),
            faults.html(),
            faults.cut_json(),
            faults.truncated(),
            faults.reset(),
            faults.stalled(0.02),
            faults.body(b""),
            faults.body({}),
            faults.body([]),
            faults.body({"code": -1003, "msg": "Too many requests."}),
            faults.body(b"null"),
        )
    )


class Chaos:
    """The desk, its vendors, and what has been seen of them."""

    def __init__(self, desk: InProcessDesk, clock: ManualClock, sources: list[ChaosSource], seed: int) -> None:
        self.desk = desk
        self.clock = clock
        self.sources = sources
        self.dice = random.Random(seed)
        self.answers = self.missing = self.given_up = 0
        self.events: list[HealthChanged] = []
        desk.add_event_listener(HealthChanged, self.events.append)
        (self.btc,) = [one for one in desk.master.exact("BTCUSDT") if one.asset_class is AssetClass.CRYPTO][:1]
        self.aapl = desk.master.exact("AAPL")[0]

    def check(self, answer: object) -> None:
        """Every missing value says why, in a word and in a line."""
        if isinstance(answer, Missing):
            assert answer.reason in Reason and answer.detail and "\n" not in answer.detail
            self.missing += 1
        else:
            self.answers += 1

    async def quotes(self, instruments: list[Instrument], *, fresh: bool) -> None:
        found = await self.desk.quotes(instruments, fresh=fresh)
        assert set(found) == {one.key for one in instruments}
        for answer in found.values():
            assert isinstance(answer, Quote | Missing)
            self.check(answer)

    async def single(self, work: object) -> None:
        try:
            self.check(await work)
        except DataMissingError as error:
            self.check(error.missing)

    def asks(self) -> list[object]:
        """What the panes of one moment ask."""
        dice, desk = self.dice, self.desk
        end = self.clock.now()
        one = dice.choice([*STOCKS, self.btc, self.aapl])
        request = BarRequest(interval=dice.choice((Interval.M1, Interval.D1)), start=end - 5 * 86_400 * NANOS, end=end)
        return [
            self.quotes([self.btc, self.aapl, *STOCKS[:20]], fresh=dice.random() < 0.5),
            self.quotes(dice.sample(STOCKS, 5), fresh=True),
            self.single(desk.bars(one, request)),
            self.single(desk.book(one, 20)),
            self.single(desk.trades(one, 50)),
            self.single(desk.profile(one)),
        ]

    async def pane(self, work: object) -> None:
        """A pane that may be closed before it is answered."""
        with asking(self.dice.choice(list(Urgency)), self.dice.choice("abc")):
            task = asyncio.ensure_future(work)
        if self.dice.random() < 0.15:
            await asyncio.sleep(0)
            task.cancel()
            self.given_up += 1
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result

    def streams(self) -> None:
        """Feeds crash, tell trades twice, out of order, a hundred times too dear."""
        for source in self.sources:
            for feed in source.feeds:
                now, one = self.clock.now(), self.dice.choice(STOCKS)
                for price in (100.0, 100.0, 10_000.0):
                    late = now - self.dice.randrange(60) * NANOS
                    feed.sink.trade(Trade(key=one.key, time=late, price=price, size=1.0, side=Side.BUY, provider="x"))
                feed.state = self.dice.choice(("live", "silent", "closed"))

    async def step(self) -> None:
        desk = self.desk
        self.streams()
        async with asyncio.timeout(10):
            await asyncio.gather(*(self.pane(work) for work in self.asks()))
            await desk.polls.run()
            await desk.probes.run()
            await desk.status.snapshot()
            await desk.flush()
        desk.parts.answers.sweep()
        await self.sources[0].waits.landed()
        self.clock.advance(STEP)

    def held(self) -> int:
        """Objects that are alive."""
        gc.collect()
        return len(gc.get_objects())


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_HOME", str(tmp_path))
    monkeypatch.setattr(router, "PATIENCE", 2.0)


def settings_for(binance: VendorServer, yahoo: VendorServer) -> Settings:
    url = yahoo.url
    hosts = dict.fromkeys(("alt_rest", "cookie", "guce", "consent"), url)
    here = {
        "binance": ProviderSettings(rest_url=binance.url, stream_url=binance.ws_url),
        "yahoo": ProviderSettings(rest_url=url, stream_url=yahoo.ws_url, hosts=hosts),
    }
    return Settings(providers={name: ProviderSettings(enabled=False) for name in SILENT} | here)


def plug_in(desk: InProcessDesk, sources: list[ChaosSource], waits: Waits) -> None:
    """Put the sources beside the vendors, and let HTTP clients wait by the injected clock."""
    catalog = desk.parts.router.catalog
    catalog.entries += [
        Entry(source.spec.id, source.spec.id.title(), lambda source=source: source) for source in sources
    ]
    for entry in catalog.entries:
        for client in getattr(catalog.get(entry), "clients", ()):
            waits.watch(client)


async def misbehaving(chaos: Chaos, vendor: BinanceVendor, other: VendorServer) -> None:
    """What the vendors over sockets do wrong from now on."""
    dice = chaos.dice
    for server, paths in (
        (vendor, ("ticker/24hr", "ticker/bookTicker", "klines", "depth", "trades", "exchangeInfo")),
        (other, ("/v7/finance/quote", "/v8/finance/chart/AAPL", "/v1/test/getcrumb", "/")),
    ):
        if dice.random() < 0.5:
            path = dice.choice(paths)
            server.misbehave(path if path.startswith("/") else f"/api/v3/{path}", faulty(dice))
    if dice.random() < 0.05:
        for socket in vendor.open_sockets():
            socket.abort()
    frame = {"e": "trade", "E": NOW // 10**6, "s": "BTCUSDT", "t": dice.randrange(10**9), "p": "60000.0", "q": "1.0"}
    await vendor.push("btcusdt@trade", {**frame, "T": chaos.clock.now() // 10**6, "m": False, "M": True})


def overspent(chaos: Chaos, vendor: CountedBinance, yahoo: CountedServer) -> list[str]:
    """Budgets of which more was used than granted, by the vendors' own count."""
    counts = [
        ("binance weight", most_within(vendor.came, 60), 6_000),
        ("yahoo by the second", most_within(yahoo.came, 1), 2),
        ("yahoo by the hour", most_within(yahoo.came, 3_600), 2_000),
        *((one.spec.id, most_within([(at, 1) for at in one.made], 60), 40) for one in chaos.sources),
    ]
    return [f"{name}: {used} of {granted}" for name, used, granted in counts if used > granted]


async def run(seed: int) -> None:
    clock = ManualClock(NOW)
    waits = Waits(clock)
    before = asyncio.all_tasks()
    sources = [ChaosSource(name, waits, seed + n, stream=n < 2) for n, name in enumerate(("alpha", "beta", "gamma"))]
    async with CountedBinance(now=NOW // 10**6) as vendor, CountedServer() as other:
        vendor.clock = other.clock = clock
        vendor.came, other.came = [], []
        vendor.books["BTCUSDT"] = VendorBook("BTCUSDT")
        yahoo = YahooVendor(other)
        yahoo.quote("AAPL", regularMarketPrice=150.0)
        desk = await open_desk(settings_for(vendor, other), clock=clock, start=False)
        plug_in(desk, sources, waits)
        chaos = Chaos(desk, clock, sources, seed)
        subscription = desk.subscribe([chaos.btc, *STOCKS[:10]], ("quote", "trade", "book"), owner="MON")
        sizes = {}
        for number in range(STEPS):
            if clock.monotonic() >= HOURS * 3_600:
                break
            await misbehaving(chaos, vendor, other)
            if number % 40 == 0:
                yahoo.expire()
            await chaos.step()
            sizes[clock.monotonic()] = chaos.held() if number % 20 == 0 else 0
        subscription.close()
        await asyncio.sleep(0.05)
        looks = [(at, size) for at, size in sizes.items() if size]
        verdict(chaos, looks)
        assert overspent(chaos, vendor, other) == []
        assert vendor.came and other.came
        await desk.close()
    await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()]
    assert not left


def verdict(chaos: Chaos, looks: list[tuple[float, int]]) -> None:
    """What must hold at the end."""
    desk, parts = chaos.desk, chaos.desk.parts
    assert chaos.clock.monotonic() >= HOURS * 3_600
    assert chaos.answers > 500 and chaos.missing > 30 and chaos.given_up > 20
    assert {event.after for event in chaos.events} >= {"ok", "down"}
    assert all(source.most <= WIDTH for source in chaos.sources)
    for status in desk.status.providers():
        assert (status.waiting, parts.router.lanes.of(status.provider).running) == (0, 0)
    assert not parts.flights._flights
    assert len(parts.tasks) <= 12
    assert parts.writer is None or parts.writer.waiting < 60_000
    assert all(len(health.calls) <= 500 for health in parts.router.health.providers.values())
    middle = [size for at, size in looks if at >= 1_800]
    assert middle[-1] < 1.5 * middle[0] + 5_000


@pytest.mark.parametrize("seed", [1])
async def test_two_hours_of_everything_going_wrong(home, seed):
    await run(seed)

"""Alpaca as a provider: quotes, bars, trades, crypto books, news, search, streams."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Unpack

from financehub_tui.clock import NANOS, Clock
from financehub_tui.errors import ConfigError, ProviderError
from financehub_tui.market.bars import BarRequest, Bars
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.movers import Movers, Screen
from financehub_tui.market.news import NewsItem
from financehub_tui.market.provenance import Adjustment, Delay, Missing, Reason
from financehub_tui.market.quote import Book, Quote, Trade
from financehub_tui.providers.alpaca import translate, wire
from financehub_tui.providers.alpaca.refusals import INVALID_SYMBOL, refusal, trading_refusal
from financehub_tui.providers.alpaca.spec import FEEDS, TIMEFRAMES, TRADING_URL, spec_of
from financehub_tui.providers.alpaca.symbols import AssetTable, name_of
from financehub_tui.providers.base import Feed, Sink
from financehub_tui.providers.kit.decode import bad_answer
from financehub_tui.providers.kit.http import Response
from financehub_tui.providers.kit.keyed_source import KeyedSource, Wiring
from financehub_tui.providers.kit.moments import iso_second
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.series import bars_of

if TYPE_CHECKING:
    from financehub_tui.providers.keys.key import Key

BATCH = 100
PAGE = 10_000
PAGES = 200
"""A series of more pages than this is no answer but a loop."""
HELD_BACK = 16 * 60 * NANOS
"""Without a paid plan the consolidated tape is open from 15 minutes ago backwards."""
TRADE_DAYS = 5
MOST_ACTIVE, MOST_MOVED = 100, 50
"""Rows of a screen at the most."""
_ADJUSTMENTS = {Adjustment.NONE: "raw", Adjustment.SPLIT: "split", Adjustment.SPLIT_DIVIDEND: "all"}
_THIN = "IEX alone, two or three hundredths of the volume"


class AlpacaProvider(KeyedSource):
    """US shares from one feed, and the pairs of its crypto venue.

    `feed` is iex (free, real time, one exchange), sip (paid, all exchanges) or delayed_sip (15 minutes late). Bars are
    always those of all exchanges: without the paid plan they end 16 minutes ago.
    """

    spec = spec_of(FEEDS[0])

    def __init__(self, clock: Clock, *, feed: str = FEEDS[0], trading_url: str = "", **wiring: Unpack[Wiring]) -> None:
        """Raises ConfigError for a feed there is not."""
        if feed not in FEEDS:
            raise ConfigError(f"Alpaca has no feed called {feed}", f"There are {', '.join(FEEDS)}.")
        self.spec = spec_of(feed)
        super().__init__(clock, **wiring)
        trading = self.client(trading_url or TRADING_URL, trading_refusal)
        self.clients = (self.http, trading)
        self.assets = AssetTable(trading, clock)
        self.stock_feed = feed

    def sign(self, key: Key) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Both parts in headers."""
        return {"APCA-API-KEY-ID": key.parts[0], "APCA-API-SECRET-KEY": key.parts[1]}, {}

    def refusal(self, response: Response) -> ProviderError | None:
        """What the data host's errors mean."""
        return refusal(response)

    def symbol(self, instrument: Instrument) -> str | None:
        """AAPL, BRK.B, BTC/USD; None for what is not carried."""
        return name_of(instrument)

    def unknown(self, instrument: Instrument) -> Missing:
        """For what is neither of its markets'."""
        words = f"{instrument.display} is neither a US share nor a pair of Alpaca's"
        return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=words)

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[str, Quote | Missing]:
        """Snapshots, 100 a call. A failed call makes its instruments Missing, not the rest."""
        found: dict[str, Quote | Missing] = {one.key: self.unknown(one) for one in instruments}
        groups: dict[bool, list[Instrument]] = {True: [], False: []}
        for instrument in instruments:
            if name_of(instrument) is not None:
                groups[instrument.asset_class is AssetClass.CRYPTO].append(instrument)
        parts = [
            self._snapshots(group[start : start + BATCH], crypto)
            for crypto, group in groups.items()
            for start in range(0, len(group), BATCH)
        ]
        for part in await asyncio.gather(*parts):
            found |= part
        return found

    async def bars(self, instrument: Instrument, request: BarRequest) -> Bars:
        """Bars in pages of 10,000. Raises ProviderError."""
        name = self.required(instrument)
        if request.interval not in TIMEFRAMES:
            raise self.not_offered(f"{request.interval.value} bars")
        crypto = instrument.asset_class is AssetClass.CRYPTO
        end, notes = min(request.end, self._clock.now()), []
        if not crypto and self.stock_feed != "sip" and end > self._clock.now() - HELD_BACK:
            end = self._clock.now() - HELD_BACK
            notes.append("without the last 16 minutes, which are part of a paid plan")
        endpoint = wire.CRYPTO_BARS if crypto else wire.STOCK_BARS
        rows, received = await self._rows(endpoint, name, request, end)
        regular = not crypto and not request.extended
        frame = await asyncio.to_thread(
            translate.frame, rows, request.interval, request.start, request.end, regular=regular, endpoint=endpoint
        )
        if frame.is_empty():
            raise ProviderError(wire.PROVIDER, Reason.NO_DATA, f"no bars of {name} in that window", endpoint=endpoint)
        origin = partial(
            translate.provenance,
            endpoint,
            fetched_at=received,
            instrument=instrument,
            delay=Delay.DELAYED if notes else Delay.REALTIME,
            adjustment=Adjustment.NONE if crypto else request.adjustment,
            notes=notes,
        )
        return bars_of(instrument, request.interval, frame, end, origin, translate.decimals)

    async def book(self, instrument: Instrument, depth: int) -> Book:
        """The book of a pair of the crypto venue; of shares there is none. Raises ProviderError."""
        if instrument.asset_class is not AssetClass.CRYPTO:
            raise self.not_offered("order books of shares")
        name = self.required(instrument)
        response, answer = await self.ask(wire.CRYPTO_BOOKS, {"symbols": name}, wire.Books)
        found = answer.orderbooks.get(name)
        if found is None:
            raise ProviderError(wire.PROVIDER, Reason.UNKNOWN_SYMBOL, f"no book of {name}", endpoint=wire.CRYPTO_BOOKS)
        return translate.book_of(instrument, found, depth, response.received_at)

    async def trades(self, instrument: Instrument, limit: int) -> Sequence[Trade]:
        """The newest trades of the last five days on the feed, newest first. Raises ProviderError."""
        name = self.required(instrument)
        crypto = instrument.asset_class is AssetClass.CRYPTO
        endpoint = wire.CRYPTO_TRADES if crypto else wire.STOCK_TRADES
        start = iso_second(self._clock.now() - TRADE_DAYS * 86_400 * NANOS)
        params: Parameters = {"symbols": name, "start": start, "limit": max(1, min(limit, PAGE)), "sort": "desc"}
        if not crypto:
            params = {**params, "feed": self.stock_feed}
        _, page = await self.ask(endpoint, params, wire.TradesPage)
        return translate.trades_of(instrument, (page.trades or {}).get(name) or (), endpoint)

    async def news(self, instrument: Instrument | None, limit: int) -> Sequence[NewsItem]:
        """At most 50 stories about an instrument, or of the market. Raises ProviderError."""
        params: Parameters = {"limit": max(1, min(limit, 50)), "sort": "desc", "include_content": "false"}
        if instrument is not None:
            params = {**params, "symbols": self.required(instrument).replace("/", "")}
        response, page = await self.ask(wire.NEWS, params, wire.NewsPage)
        return translate.news_of(page.news or (), response.received_at)

    async def search(self, text: str, limit: int) -> Sequence[Instrument]:
        """Active assets by symbol or name. Raises ProviderError."""
        return await self.assets.search(text, limit)

    async def movers(self, screen: Screen, limit: int) -> Movers:
        """The most active 100, or 50 that gained or lost most. Raises ProviderError."""
        if screen is Screen.ACTIVE:
            params: Parameters = {"by": "volume", "top": max(1, min(limit, MOST_ACTIVE))}
            response, active = await self.ask(wire.ACTIVE, params, wire.ActiveAnswer)
            rows, endpoint, updated = active.most_actives, wire.ACTIVE, active.last_updated
        else:
            response, moved = await self.ask(wire.MOVERS, {"top": max(1, min(limit, MOST_MOVED))}, wire.MoversAnswer)
            rows = moved.gainers if screen is Screen.GAINERS else moved.losers
            endpoint, updated = wire.MOVERS, moved.last_updated
        return translate.movers_of(screen, rows or (), updated, endpoint, limit, response.received_at)

    def feed(self, sink: Sink) -> Feed:
        """Streams of shares and of the crypto venue, writing into the sink."""
        from financehub_tui.providers.alpaca.stream import AlpacaFeed

        return self.streaming(AlpacaFeed, sink)

    async def _snapshots(self, group: Sequence[Instrument], crypto: bool) -> dict[str, Quote | Missing]:
        """Snapshots of at most a batch. One name the source calls invalid makes it refuse all: it is left out."""
        names = {instrument.key: name_of(instrument) or "" for instrument in group}
        left = dict(names)
        quotes: dict[str, Quote | Missing] = {}
        while left:
            try:
                received, snapshots = await self._snapshot_call(list(left.values()), crypto)
                break
            except ProviderError as error:
                bad = _named(error, left)
                if not bad:
                    return {**quotes, **dict.fromkeys(left, error.missing())}
                for key in bad:
                    quotes[key] = error.missing()
                    del left[key]
        for instrument in group:
            if instrument.key in left:
                quotes[instrument.key] = self._quote(instrument, snapshots.get(names[instrument.key]), received, crypto)
        return quotes

    async def _snapshot_call(self, names: Sequence[str], crypto: bool) -> tuple[int, wire.StockSnapshots]:
        params: Parameters = {"symbols": ",".join(dict.fromkeys(names))}
        if crypto:
            response, answer = await self.ask(wire.CRYPTO_SNAPSHOTS, params, wire.CryptoSnapshots)
            return response.received_at, answer.snapshots
        params = {**params, "feed": self.stock_feed}
        response = await self.http.get(f"/{wire.STOCK_SNAPSHOTS}", params, endpoint=wire.STOCK_SNAPSHOTS)
        return response.received_at, response.decode(wire.StockSnapshots)

    def _quote(
        self, instrument: Instrument, snapshot: wire.Snapshot | None, received: int, crypto: bool
    ) -> Quote | Missing:
        late = not crypto and self.stock_feed == "delayed_sip"
        try:
            return translate.quote_of(
                instrument,
                snapshot,
                received,
                endpoint=wire.CRYPTO_SNAPSHOTS if crypto else wire.STOCK_SNAPSHOTS,
                delay=Delay.DELAYED if late else Delay.REALTIME,
                notes=(_THIN,) if not crypto and self.stock_feed == "iex" else (),
            )
        except ProviderError as error:
            return error.missing()

    async def _rows(self, endpoint: str, name: str, request: BarRequest, end: int) -> tuple[list[wire.Bar], int]:
        """The bars of a window, and when they came; none are asked for where it is empty."""
        if request.start >= end:
            return [], self._clock.now()
        params: Parameters = {"symbols": name, "timeframe": TIMEFRAMES[request.interval]}
        params = {**params, "start": iso_second(request.start), "end": iso_second(end), "limit": PAGE}
        if endpoint == wire.STOCK_BARS:
            params = {**params, "adjustment": _ADJUSTMENTS[request.adjustment], "feed": "sip"}
        return await self._pages(endpoint, params, name)

    async def _pages(self, endpoint: str, params: Parameters, name: str) -> tuple[list[wire.Bar], int]:
        rows: list[wire.Bar] = []
        token: str | None = None
        for _ in range(PAGES):
            asked = {**params, "page_token": token} if token else params
            response, page = await self.ask(endpoint, asked, wire.BarsPage)
            rows += (page.bars or {}).get(name) or ()
            if page.next_page_token is None:
                return rows, response.received_at
            if page.next_page_token == token:
                break
            token = page.next_page_token
        raise bad_answer(wire.PROVIDER, endpoint, "pages that do not go on", "next_page_token")


def _named(error: ProviderError, left: Mapping[str, str]) -> list[str]:
    """Keys of the instruments a refusal names."""
    found = INVALID_SYMBOL.search(error.detail) if error.reason is Reason.UNKNOWN_SYMBOL else None
    return [key for key, name in left.items() if found and name == found.group(1).rstrip(".")]

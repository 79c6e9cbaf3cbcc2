"""The streamer as a feed: subscriptions, the heartbeat Yahoo expects, prices into the sink."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from financehub_tui.clock import Clock
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Delay, Provenance
from financehub_tui.market.quote import Quote, Session
from financehub_tui.providers.base import FeedHealth, Sink
from financehub_tui.providers.kit.link import Sleep
from financehub_tui.providers.kit.stream import StreamClient, StreamOptions
from financehub_tui.providers.yahoo.pricing import ENDPOINT, Pricing, read_frame
from financehub_tui.providers.yahoo.quote import scaled_decimals, volume_is_money, volume_of
from financehub_tui.providers.yahoo.symbols import canonical, ticker
from financehub_tui.providers.yahoo.units import CurrencyMismatchError, price_scale
from financehub_tui.providers.yahoo.venues import american_mic
from financehub_tui.providers.yahoo.wire import PROVIDER, provenance

HEARTBEAT_SECONDS = 15.0
OPTIONS = StreamOptions(heartbeat=HEARTBEAT_SECONDS, silence=900.0, backoff=3.0, max_topics=5_000)
"""One socket for everything, since the heartbeat repeats all subscriptions. At night no market sends."""

_MILLI = 1_000_000
_HEARTBEAT_TYPE = 7
_CONTINUOUS_TYPES = frozenset({14, 41})
"""Currencies and coins; of coins the last size is the day's turnover too."""
_SESSIONS = {0: Session.PRE, 1: Session.REGULAR, 2: Session.POST, 3: Session.POST, 4: Session.PRE}
"""4 is the overnight session."""
_PRICES = ("last", "bid", "ask", "open", "high", "low", "previous_close")


class Streamer:
    """What the stream client must know of Yahoo, and the translation of its messages."""

    provider = PROVIDER

    def __init__(self, url: str, sink: Sink) -> None:
        self._url = url.rstrip("/") + "/?version=2"
        self._sink = sink
        self._instruments: dict[str, list[Instrument]] = {}
        self._currencies: dict[str, str] = {}
        self._hours: dict[str, int] = {}
        """Last known by ticker, as currencies too: what has not changed may be left out of a message."""

    def want(self, instruments: Collection[Instrument]) -> list[str]:
        """Take the instruments wanted from now on; the tickers to subscribe to."""
        wanted: dict[str, list[Instrument]] = {}
        for instrument in instruments:
            name = ticker(instrument)
            if name is not None:
                wanted.setdefault(canonical(name), []).append(instrument)
        self._instruments = wanted
        return sorted(wanted)

    def address(self, topics: Sequence[str]) -> str:
        """The URL, the same for all topics."""
        return self._url

    def hello(self) -> Sequence[str]:
        """No login."""
        return ()

    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message."""
        return (json.dumps({"subscribe": list(topics)}),)

    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """One message."""
        return (json.dumps({"unsubscribe": list(topics)}),)

    def heartbeat(self) -> str:
        """The whole subscription again."""
        return json.dumps({"subscribe": sorted(self._instruments)})

    def handle(self, frame: bytes, received: int) -> int:
        """Put a message's prices into the sink. Raises ProviderError for a frame that is none."""
        pricing = read_frame(frame)
        if pricing is None or pricing.quote_type == _HEARTBEAT_TYPE:
            return 0
        name = canonical(pricing.id)
        if pricing.currency:
            self._currencies[name] = pricing.currency
        if pricing.market_hours is None:
            pricing.market_hours = self._hours.get(name)
        else:
            self._hours[name] = pricing.market_hours
        sent_at = pricing.time * _MILLI if pricing.time else 0
        for instrument in self._instruments.get(name, ()):
            scale = self._scale(instrument, self._currencies.get(name))
            if scale is not None:
                self._deliver(pricing, instrument, scale, sent_at or received, received)
        return sent_at

    def lost(self, topics: Collection[str], why: str) -> None:
        """Nothing here depends on continuity: every message stands for itself."""

    def _scale(self, instrument: Instrument, code: str | None) -> float | None:
        """None where the price may be in another unit than the instrument: not shown until Yahoo says which."""
        try:
            return price_scale(instrument, code)
        except CurrencyMismatchError:
            return None

    def _deliver(self, pricing: Pricing, instrument: Instrument, scale: float, time: int, received: int) -> None:
        quote = _quote(pricing, instrument, time, received)
        if scale != 1.0:
            prices = {name: _scaled(getattr(quote, name), scale) for name in _PRICES}
            quote = replace(quote, **prices, decimals=scaled_decimals(quote.decimals, scale))
        self._sink.ticker(quote)


def _scaled(price: float | None, scale: float) -> float | None:
    return None if price is None else float(f"{price * scale:.10g}")


def _quote(pricing: Pricing, instrument: Instrument, time: int, received: int) -> Quote:
    coin = volume_is_money(instrument)
    return Quote(
        key=instrument.key,
        time=time,
        last=pricing.price,
        last_size=None if coin else pricing.last_size,
        bid=pricing.bid or None,
        ask=pricing.ask or None,
        bid_size=pricing.bid_size if pricing.bid else None,
        ask_size=pricing.ask_size if pricing.ask else None,
        open=pricing.open_price or None,
        high=pricing.day_high or None,
        low=pricing.day_low or None,
        previous_close=_previous_close(pricing),
        volume=volume_of(pricing.day_volume, instrument),
        quote_volume=pricing.day_volume if coin else None,
        session=_session(pricing),
        decimals=pricing.price_hint,
        market_cap=pricing.market_cap or None,
        provenance=_provenance(pricing, instrument, time, received),
    )


def _previous_close(pricing: Pricing) -> float | None:
    """From the change where it is not sent; outside regular hours the change counts from another close."""
    if pricing.previous_close:
        return pricing.previous_close
    regular = _session(pricing) in (Session.REGULAR, Session.CONTINUOUS)
    if not regular or pricing.price is None or pricing.change is None:
        return None
    return round(pricing.price - pricing.change, 6 if pricing.price_hint is None else pricing.price_hint)


def _session(pricing: Pricing) -> Session:
    if pricing.quote_type in _CONTINUOUS_TYPES:
        return Session.CONTINUOUS
    return _SESSIONS.get(pricing.market_hours or 0, Session.CLOSED)


def _provenance(pricing: Pricing, instrument: Instrument, time: int, received: int) -> Provenance:
    prompt = pricing.quote_type in _CONTINUOUS_TYPES or american_mic(pricing.exchange or "") is not None
    delay = Delay.REALTIME if prompt else Delay.DELAYED
    return provenance(ENDPOINT, time, received, instrument, delay=delay)


class YahooFeed:
    """Yahoo's stream of quotes."""

    def __init__(
        self,
        clock: Clock,
        url: str,
        sink: Sink,
        *,
        options: StreamOptions = OPTIONS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._streamer = Streamer(url, sink)
        self._client = StreamClient(self._streamer, clock=clock, options=options, sleep=sleep)

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """Stream these from now on; quotes only, other kinds are not Yahoo's."""
        self._client.want(self._streamer.want(wanted.get("quote", ())))

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection."""
        return self._client.health()

    async def run(self) -> None:
        """Until cancelled."""
        await self._client.run()

"""Alpaca's values as market types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import unescape
from typing import TYPE_CHECKING

from msgspec.structs import replace

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.movers import Movers, Screen
from financehub_tui.market.news import NewsItem
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason
from financehub_tui.market.quote import Book, Level, Quote, Session, Side, Trade
from financehub_tui.providers.alpaca import wire
from financehub_tui.providers.alpaca.symbols import listed_share
from financehub_tui.providers.kit.american import session_at
from financehub_tui.providers.kit.attribution import Attribution
from financehub_tui.providers.kit.moments import iso_nanos, moment
from financehub_tui.providers.kit.precision import shown_decimals

if TYPE_CHECKING:
    import polars as pl

SHARES_SINCE = iso_nanos("2025-11-03T00:00:00-05:00")
"""From here on quote sizes of shares are shares; before they were round lots of 100."""
LOT = 100
_UNDONE = ("canceled", "corrected", "incorrect")
_SIDES = {"B": Side.BUY, "S": Side.SELL}
_LEAST_DECIMALS = {AssetClass.EQUITY: 4, AssetClass.CRYPTO: 9}
_DAY_US = 86_400_000_000
_NEXT_DAY = 26 * 3_600 * NANOS
"""From midnight in New York to after the longest day there is, and before anything trades on the next."""

provenance = Attribution(wire.PROVIDER)
"""Where a value came from."""


def time_of(text: str, endpoint: str) -> int:
    """A time stamp in ns since 1970 UTC. Raises ProviderError."""
    return moment(text, provider=wire.PROVIDER, endpoint=endpoint, field="t")


def decimals(instrument: Instrument, prices: Sequence[float]) -> int:
    """The instrument's, or as many as the prices show and one can read."""
    return shown_decimals(instrument, prices, _LEAST_DECIMALS.get(instrument.asset_class, 9))


def size_of(size: float, price: float, time: int, instrument: Instrument) -> float | None:
    """The size beside a best price, in shares or coins; None where there is no price."""
    if not price:
        return None
    return size * LOT if instrument.asset_class is AssetClass.EQUITY and time < SHARES_SINCE else size


def quote_of(
    instrument: Instrument,
    snapshot: wire.Snapshot | None,
    received: int,
    *,
    endpoint: str,
    delay: Delay,
    notes: Sequence[str],
) -> Quote | Missing:
    """A snapshot as a quote; Missing where there is nothing in it. Raises ProviderError."""
    trade = snapshot.latest_trade if snapshot else None
    best = snapshot.latest_quote if snapshot else None
    day = snapshot.daily_bar if snapshot else None
    bars = (day, snapshot.prev_daily_bar if snapshot else None)
    if trade is None and best is None and day is None:
        words = f"Alpaca knows no {name}" if (name := instrument.symbol) else ""
        return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=words)
    quoted_at = time_of(best.time, endpoint) if best else 0
    traded_at = time_of(trade.time, endpoint) if trade else 0
    time = max(quoted_at, traded_at) or received
    last = (trade and trade.price) or (day and day.close) or None
    prices = [price for price in (last, best and best.bid, best and best.ask) if price]
    today, before = bars if instrument.asset_class is AssetClass.CRYPTO else _days(*bars, time, endpoint)
    return Quote(
        key=instrument.key,
        time=time,
        last=last,
        last_size=trade.size if trade else None,
        bid=(best and best.bid) or None,
        ask=(best and best.ask) or None,
        bid_size=size_of(best.bid_size, best.bid, quoted_at, instrument) if best else None,
        ask_size=size_of(best.ask_size, best.ask, quoted_at, instrument) if best else None,
        open=(today and today.open) or None,
        high=(today and today.high) or None,
        low=(today and today.low) or None,
        previous_close=(before and before.close) or None,
        volume=today.volume if today else None,
        session=Session.CONTINUOUS if instrument.asset_class is AssetClass.CRYPTO else session_at(received),
        decimals=decimals(instrument, prices),
        provenance=provenance(endpoint, time, received, instrument, delay=delay, notes=notes),
    )


def _days(
    day: wire.Bar | None, before: wire.Bar | None, time: int, endpoint: str
) -> tuple[wire.Bar | None, wire.Bar | None]:
    """The running day's bar and that of the day before: until a day's first bar `dailyBar` is the last session's."""
    if day is None or time - time_of(day.time, endpoint) < _NEXT_DAY:
        return day, before
    return None, day


def frame(
    bars: Sequence[wire.Bar],
    interval: Interval,
    start: int,
    end: int,
    *,
    regular: bool,
    endpoint: str = wire.STOCK_BARS,
) -> pl.DataFrame:
    """Bars that begin in a window (ns since 1970 UTC, end exclusive) as a bar frame; `regular` leaves out what is
    before 09:30 and from 16:00 on in New York. Days become midnight UTC of their date. Raises ProviderError."""
    import polars as pl

    rows: dict[int, wire.Bar] = {}
    for bar in bars:
        at = time_of(bar.time, endpoint) // 1_000
        at = at if interval.intraday else at - at % _DAY_US
        if start <= at * 1_000 < end:
            rows[at] = bar
    times = sorted(rows)
    columns = {
        name: pl.Series([getattr(rows[time], name) for time in times], dtype=pl.Float64)
        for name in ("open", "high", "low", "close", "volume")
    }
    stamps = pl.Series(times, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    made = pl.DataFrame({"time": stamps, **columns})
    if not (regular and interval.intraday):
        return made
    local = pl.col("time").dt.convert_time_zone("America/New_York")
    minute = local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute()
    return made.filter((minute >= 570) & (minute < 960))


def trades_of(instrument: Instrument, rows: Iterable[wire.Trade], endpoint: str) -> list[Trade]:
    """Trades, newest first, without those that were undone. Raises ProviderError."""
    made = [trade_of(instrument.key, row, endpoint) for row in rows if row.update not in _UNDONE]
    return sorted(made, key=lambda trade: trade.time, reverse=True)


def trade_of(key: str, row: wire.Trade, endpoint: str) -> Trade:
    """One trade. Raises ProviderError."""
    return Trade(
        key=key,
        time=time_of(row.time, endpoint),
        price=row.price,
        size=row.size,
        side=_SIDES.get(row.taker or "", Side.UNKNOWN),
        id="" if row.id is None else str(row.id),
        condition=",".join(code for code in row.conditions or () if code.strip()),
        provider=wire.PROVIDER,
    )


def book_of(instrument: Instrument, found: wire.OrderBook, depth: int, received: int) -> Book:
    """A book of the crypto venue, which numbers none. Raises ProviderError."""
    time = time_of(found.time, wire.CRYPTO_BOOKS)
    bids = sorted((Level(level.price, level.size) for level in found.bids or ()), key=lambda level: -level.price)
    asks = sorted((Level(level.price, level.size) for level in found.asks or ()), key=lambda level: level.price)
    return Book(
        key=instrument.key,
        time=time,
        sequence=0,
        bids=tuple(bids[:depth]),
        asks=tuple(asks[:depth]),
        decimals=decimals(instrument, [level.price for level in (*bids[:20], *asks[:20])]),
        provenance=provenance(wire.CRYPTO_BOOKS, time, received, instrument),
    )


def news_of(stories: Iterable[wire.Story], received: int) -> list[NewsItem]:
    """Stories, newest first. Raises ProviderError."""
    made = [
        NewsItem(
            id=f"{wire.PROVIDER}:{story.id}",
            time=moment(story.created_at, provider=wire.PROVIDER, endpoint=wire.NEWS, field="created_at"),
            title=unescape(story.headline),
            publisher=story.source or story.author or "",
            url=story.url or "",
            summary=unescape(story.summary or ""),
            symbols=tuple(story.symbols or ()),
            provenance=provenance(wire.NEWS, received, received),
        )
        for story in stories
    ]
    return sorted(made, key=lambda story: story.time, reverse=True)


def movers_of(
    screen: Screen, found: Sequence[wire.Mover], updated: str | None, endpoint: str, limit: int, received: int
) -> Movers:
    """A screen in the source's order. Raises ProviderError, NO_DATA for an empty one."""
    if not found:
        raise ProviderError(wire.PROVIDER, Reason.NO_DATA, f"nothing in the screen {screen}", endpoint=endpoint)
    time = moment(updated, provider=wire.PROVIDER, endpoint=endpoint, field="last_updated") if updated else received
    shares = [(listed_share(one.symbol), one) for one in found[:limit]]
    origin = provenance(endpoint, time, received, delay=Delay.DELAYED, notes=("Alpaca's screen",))
    return Movers(
        screen=screen,
        instruments=tuple(share for share, _ in shares),
        quotes=tuple(_moved(share, one, time, received, origin) for share, one in shares if one.price),
        provenance=origin,
    )


def _moved(share: Instrument, mover: wire.Mover, time: int, received: int, origin: Provenance) -> Quote:
    """The price and its change, which counts from the previous close."""
    price = mover.price or 0.0
    shown = decimals(share, [price])
    before = None if mover.change is None else round(price - mover.change, shown + 2)
    return Quote(
        key=share.key,
        time=time,
        last=price,
        previous_close=before if before and before > 0 else None,
        session=session_at(received),
        decimals=shown,
        provenance=replace(origin, currency=share.currency, unit=share.unit.value),
    )

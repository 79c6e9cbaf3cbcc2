"""The v7 quote endpoint: wire types and their reading."""

from __future__ import annotations

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason
from financehub_tui.market.quote import Quote, Session
from financehub_tui.providers.kit.decode import bad_answer, convert
from financehub_tui.providers.yahoo.chart_wire import ENDPOINT as CHART_ENDPOINT
from financehub_tui.providers.yahoo.chart_wire import Meta
from financehub_tui.providers.yahoo.units import CurrencyMismatchError, price_scale
from financehub_tui.providers.yahoo.wire import (
    PROVIDER,
    Envelope,
    Finance,
    Number,
    instant,
    number,
    positive,
    price,
    provenance,
    read,
    results,
)

ENDPOINT = "v7/finance/quote"
_ROUND_LOT = 100
_LATE_SOURCE = "Delayed Quote"
_SESSIONS = {"PRE": Session.PRE, "REGULAR": Session.REGULAR, "POST": Session.POST}


class WireQuote(msgspec.Struct, rename="camel"):
    """One entry of the quote list; any field may be missing for any symbol. Times in epoch seconds."""

    symbol: str
    quote_type: str | None = None
    currency: str | None = None
    exchange: str | None = None
    market: str | None = None
    market_state: str | None = None
    short_name: str | None = None
    long_name: str | None = None
    price_hint: Number = None
    exchange_data_delayed_by: Number = None
    quote_source_name: str | None = None
    regular_market_price: Number = None
    regular_market_time: Number = None
    regular_market_open: Number = None
    regular_market_day_high: Number = None
    regular_market_day_low: Number = None
    regular_market_previous_close: Number = None
    regular_market_volume: Number = None
    pre_market_price: Number = None
    pre_market_time: Number = None
    post_market_price: Number = None
    post_market_time: Number = None
    bid: Number = None
    ask: Number = None
    bid_size: Number = None
    ask_size: Number = None
    market_cap: Number = None


class QuoteAnswer(msgspec.Struct, rename="camel"):
    """The whole answer."""

    quote_response: Envelope[dict[str, object]] | None = None
    finance: Finance | None = None


def read_quotes(body: bytes) -> dict[str, WireQuote | Missing]:
    """Entries by symbol; those Yahoo does not know are not in it, a broken one does not spoil the others.

    Raises ProviderError where the answer as a whole is an error or none at all.
    """
    answer = read(body, QuoteAnswer, ENDPOINT)
    entries = results(answer.quote_response, answer.finance, ENDPOINT, "quoteResponse")
    return dict(entry_of(entry, ENDPOINT) for entry in entries)


def entry_of(entry: dict[str, object], endpoint: str) -> tuple[str, WireQuote | Missing]:
    """Symbol and quote of one entry of a list. Raises ProviderError for one without a symbol."""
    symbol = entry.get("symbol")
    if not isinstance(symbol, str):
        raise bad_answer(PROVIDER, endpoint, "an entry has no symbol", "symbol")
    try:
        return symbol, convert(entry, WireQuote, provider=PROVIDER, endpoint=endpoint)
    except ProviderError as error:
        return symbol, error.missing()


def quote_of(wire: WireQuote | Missing, instrument: Instrument, now: int) -> Quote | Missing:
    """Market quote in the instrument's unit, or why there is none; `now` in ns since 1970 UTC."""
    if isinstance(wire, Missing):
        return wire
    try:
        return _quote_of(wire, instrument, now)
    except ProviderError as error:
        return error.missing()


def _quote_of(wire: WireQuote, instrument: Instrument, now: int) -> Quote | Missing:
    last = number(wire.regular_market_price)
    if last is None:
        return Missing(reason=Reason.NO_DATA, detail=f"Yahoo has no price for {wire.symbol} (delisted or renamed)")
    try:
        scale = price_scale(instrument, wire.currency)
    except CurrencyMismatchError as error:
        return Missing(reason=Reason.BAD_ANSWER, detail=f"{ENDPOINT}, currency: {error}")
    quote = _scaled(_regular(wire, instrument, now), scale)
    extended = _extended(wire, quote, scale)
    return extended or quote


def _regular(wire: WireQuote, instrument: Instrument, now: int) -> Quote:
    time = instant(wire.regular_market_time, ENDPOINT, "regularMarketTime") or now
    lot = _ROUND_LOT if wire.quote_type in ("EQUITY", "ETF") and wire.market == "us_market" else 1
    bid, ask = price(wire.bid), price(wire.ask)
    hint = number(wire.price_hint)
    return Quote(
        key=instrument.key,
        time=time,
        last=number(wire.regular_market_price),
        bid=bid,
        ask=ask,
        bid_size=_lots(wire.bid_size, lot) if bid is not None else None,
        ask_size=_lots(wire.ask_size, lot) if ask is not None else None,
        open=price(wire.regular_market_open),
        high=price(wire.regular_market_day_high),
        low=price(wire.regular_market_day_low),
        previous_close=price(wire.regular_market_previous_close),
        volume=volume_of(number(wire.regular_market_volume), instrument),
        quote_volume=number(wire.regular_market_volume) if volume_is_money(instrument) else None,
        session=_session(wire),
        decimals=int(hint) if hint is not None else None,
        market_cap=positive(wire.market_cap),
        provenance=provenance(ENDPOINT, time, now, instrument, delay=_delay(wire)),
    )


def _session(wire: WireQuote) -> Session:
    if wire.quote_type == "CRYPTOCURRENCY":
        return Session.CONTINUOUS
    return _SESSIONS.get(wire.market_state or "", Session.CLOSED)


def _extended(wire: WireQuote, quote: Quote, scale: float) -> Quote | None:
    """The price outside regular hours where there is a newer one.

    Before the opening the last regular price is the previous close, and the day's figures are yesterday's.
    """
    if quote.session is Session.PRE:
        last, time = price(wire.pre_market_price), instant(wire.pre_market_time, ENDPOINT, "preMarketTime")
    elif quote.session is Session.POST:
        last, time = price(wire.post_market_price), instant(wire.post_market_time, ENDPOINT, "postMarketTime")
    else:
        return None
    if last is None or time is None or time < quote.time:
        return None
    quote = msgspec.structs.replace(quote, last=_times(last, scale), time=time, provenance=_moved(quote, time))
    if quote.session is Session.POST:
        return quote
    close = _times(number(wire.regular_market_price), scale)
    return msgspec.structs.replace(quote, previous_close=close, open=None, high=None, low=None, volume=None)


def _moved(quote: Quote, time: int) -> Provenance | None:
    return msgspec.structs.replace(quote.provenance, as_of=time) if quote.provenance else None


def meta_quote(meta: Meta, instrument: Instrument, now: int, why: str) -> Quote:
    """A quote from a chart's description: fewer fields, no login. `why` goes into the provenance notes.

    Raises ProviderError: NO_DATA without a price, BAD_ANSWER for a foreign currency.
    """
    if meta.regular_market_price is None:
        raise ProviderError(PROVIDER, Reason.NO_DATA, f"no price for {meta.symbol}", endpoint=CHART_ENDPOINT)
    try:
        scale = price_scale(instrument, meta.currency)
    except CurrencyMismatchError as error:
        raise ProviderError(
            PROVIDER, Reason.BAD_ANSWER, str(error), endpoint=CHART_ENDPOINT, field="meta.currency"
        ) from None
    time = instant(meta.regular_market_time, CHART_ENDPOINT, "meta.regularMarketTime") or now
    coin = volume_is_money(instrument)
    volume = number(meta.regular_market_volume)
    quote = Quote(
        key=instrument.key,
        time=time,
        last=number(meta.regular_market_price),
        high=price(meta.regular_market_day_high),
        low=price(meta.regular_market_day_low),
        previous_close=_previous_close(meta),
        volume=volume_of(volume, instrument),
        quote_volume=volume if coin else None,
        session=Session.CONTINUOUS if coin else _meta_session(meta, now // NANOS),
        decimals=meta.price_hint,
        provenance=provenance(
            CHART_ENDPOINT,
            time,
            now,
            instrument,
            delay=Delay.DELAYED,
            notes=(f"chart in place of quote: {why}",),
        ),
    )
    return _scaled(quote, scale)


def _previous_close(meta: Meta) -> float | None:
    """The chart's is that before its first bar: the previous day's only where the chart is of one day."""
    of_a_day = meta.range in (None, "1d")
    return price(meta.previous_close) or (price(meta.chart_previous_close) if of_a_day else None)


def _meta_session(meta: Meta, now: int) -> Session:
    periods = meta.current_trading_period
    if periods is None:
        return Session.CLOSED
    for period, session in (
        (periods.pre, Session.PRE),
        (periods.regular, Session.REGULAR),
        (periods.post, Session.POST),
    ):
        if period and period.start is not None and period.end is not None and period.start <= now < period.end:
            return session
    return Session.CLOSED


def _delay(wire: WireQuote) -> Delay:
    """Yahoo states the exchange's delay in minutes, and may call what has none delayed all the same; where it says
    nothing, the value counts as delayed."""
    prompt = number(wire.exchange_data_delayed_by) == 0 and wire.quote_source_name != _LATE_SOURCE
    return Delay.REALTIME if prompt else Delay.DELAYED


def volume_is_money(instrument: Instrument) -> bool:
    """True for coins: of them Yahoo gives the turnover in place of the volume."""
    return instrument.asset_class is AssetClass.CRYPTO


def zero_is_no_volume(instrument: Instrument) -> bool:
    """True for funds priced once a day, pairs, indices and yields: of most of them Yahoo writes zero as the volume."""
    untraded = (AssetClass.CURRENCY, AssetClass.INDEX, AssetClass.GOVERNMENT)
    return instrument.kind is Kind.FUND or instrument.asset_class in untraded


def volume_of(volume: float | None, instrument: Instrument) -> float | None:
    """The volume Yahoo gives, where it is one."""
    if volume_is_money(instrument) or (volume == 0 and zero_is_no_volume(instrument)):
        return None
    return volume


def _scaled(quote: Quote, scale: float) -> Quote:
    if scale == 1.0:
        return quote
    prices = ("last", "bid", "ask", "open", "high", "low", "previous_close")
    changed = {name: _times(getattr(quote, name), scale) for name in prices}
    return msgspec.structs.replace(quote, **changed, decimals=scaled_decimals(quote.decimals, scale))


def scaled_decimals(decimals: int | None, scale: float) -> int | None:
    """Decimals of prices that were multiplied by 1, 100 or 0.01."""
    if decimals is None or scale == 1.0:
        return decimals
    return max(0, decimals - 2) if scale > 1 else decimals + 2


def _times(price: float | None, scale: float) -> float | None:
    return price if price is None or scale == 1.0 else float(f"{price * scale:.10g}")


def _lots(size: Number, lot: int) -> float | None:
    count = positive(size)
    return None if count is None else count * lot

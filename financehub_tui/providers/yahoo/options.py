"""The v7 options endpoint: one expiry's chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import msgspec

from financehub_tui.clock import NANOS, to_datetime, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument, Unit
from financehub_tui.market.option_chain import OptionChain, OptionQuote, Right
from financehub_tui.market.provenance import Delay, Reason
from financehub_tui.providers.kit.decode import bad_answer, convert
from financehub_tui.providers.yahoo.units import currency_unit
from financehub_tui.providers.yahoo.wire import (
    PROVIDER,
    Envelope,
    Finance,
    Number,
    Seconds,
    instant,
    number,
    positive,
    provenance,
    read,
    results,
)

ENDPOINT = "v7/finance/options"
_UNKNOWN_VOLATILITY = 1e-4
"""Yahoo writes 0.00001 where it could not work one out."""
_NAMED = 6
"""Expiries named where the one asked for does not exist."""


class WireContract(msgspec.Struct, rename="camel"):
    """One contract; times in epoch seconds."""

    contract_symbol: str
    strike: Number
    expiration: Number
    currency: str | None = None
    last_price: Number = None
    bid: Number = None
    ask: Number = None
    volume: Number = None
    open_interest: Number = None
    last_trade_date: Number = None
    implied_volatility: Number = None
    in_the_money: bool | None = None


class WireExpiry(msgspec.Struct, rename="camel"):
    """Calls and puts of one day."""

    calls: list[WireContract | None] | None = None
    puts: list[WireContract | None] | None = None


class WireUnderlying(msgspec.Struct, rename="camel"):
    """The quote that comes with a chain; of its many fields those a chain needs."""

    currency: str | None = None
    regular_market_price: Number = None
    regular_market_time: Number = None


class WireChain(msgspec.Struct, rename="camel"):
    """One underlying. Expiries in epoch seconds, midnight UTC."""

    underlying_symbol: str | None = None
    expiration_dates: list[Seconds | None] | None = None
    options: list[WireExpiry] | None = None
    quote: object = None


class OptionsAnswer(msgspec.Struct, rename="camel"):
    """The whole answer."""

    option_chain: Envelope[WireChain] | None = None
    finance: Finance | None = None


def expiry_seconds(expiry: str) -> int:
    """Epoch seconds of an ISO date, as the endpoint takes an expiry. Raises ProviderError NO_DATA for another text."""
    try:
        day = date.fromisoformat(expiry)
    except ValueError:
        raise _nothing(f"{expiry[:20]!r} is no expiry date") from None
    return to_nanos(datetime.combine(day, time(0), UTC)) // NANOS


def read_options(body: bytes) -> WireChain:
    """Decode an answer. Raises ProviderError, UNKNOWN_SYMBOL for no result."""
    answer = read(body, OptionsAnswer, ENDPOINT)
    found = results(answer.option_chain, answer.finance, ENDPOINT, "optionChain")
    if not found:
        raise ProviderError(PROVIDER, Reason.UNKNOWN_SYMBOL, "no such underlying", endpoint=ENDPOINT)
    return found[0]


def chain_of(wire: WireChain, instrument: Instrument, expiry: str, now: int) -> OptionChain:
    """The chain of one expiry, strikes ascending; `expiry` is what was asked for, empty for the nearest.

    Raises ProviderError: NO_DATA where there are no options or none of that day, BAD_ANSWER also where some are of
    another day.
    """
    name = wire.underlying_symbol or instrument.symbol
    expiries = tuple(_day(at * NANOS) for at in sorted(at for at in wire.expiration_dates or () if at is not None))
    contracts = [
        _contract(one, right)
        for group in wire.options or ()
        for right, wires in ((Right.CALL, group.calls), (Right.PUT, group.puts))
        for one in wires or ()
        if one is not None
    ]
    if not contracts:
        raise _nothing(_why_empty(name, expiry, expiries))
    _check_expiry(contracts, expiry or contracts[0].expiry)
    quote = convert(wire.quote or {}, WireUnderlying, provider=PROVIDER, endpoint=ENDPOINT)
    currency, unit = currency_unit(quote.currency or instrument.currency)
    spot = positive(quote.regular_market_price)
    traded = instant(quote.regular_market_time, ENDPOINT, "quote.regularMarketTime")
    return OptionChain(
        key=instrument.key,
        expiry=contracts[0].expiry,
        expiries=expiries,
        spot=spot / 100 if spot is not None and unit is Unit.MINOR else spot,
        currency=_currency(wire) or currency,
        contracts=tuple(sorted(contracts, key=lambda one: (one.strike, one.right.value))),
        provenance=provenance(ENDPOINT, traded or now, now, currency=currency, delay=Delay.DELAYED),
    )


def _check_expiry(contracts: Sequence[OptionQuote], wanted: str) -> None:
    other = next((one for one in contracts if one.expiry != wanted), None)
    if other is not None:
        raise bad_answer(PROVIDER, ENDPOINT, f"{other.occ} expires on {other.expiry}, not on {wanted}", "expiration")


def _currency(wire: WireChain) -> str:
    """The currency the contracts trade in, as the first one names it."""
    groups: Sequence[WireExpiry] = wire.options or ()
    named = (one.currency for group in groups for one in [*(group.calls or ()), *(group.puts or ())] if one)
    return next((currency_unit(code)[0] for code in named if code), "")


def _contract(wire: WireContract, right: Right) -> OptionQuote:
    strike, expires = number(wire.strike), instant(wire.expiration, ENDPOINT, "expiration")
    if strike is None or expires is None:
        raise bad_answer(PROVIDER, ENDPOINT, f"{wire.contract_symbol} has no strike or no expiration", "strike")
    volatility = number(wire.implied_volatility)
    return OptionQuote(
        occ=wire.contract_symbol,
        right=right,
        strike=strike,
        expiry=_day(expires),
        last=positive(wire.last_price),
        bid=positive(wire.bid),
        ask=positive(wire.ask),
        volume=number(wire.volume),
        open_interest=number(wire.open_interest),
        implied_volatility=volatility if volatility is not None and volatility > _UNKNOWN_VOLATILITY else None,
        in_the_money=wire.in_the_money,
        last_trade_at=instant(wire.last_trade_date, ENDPOINT, "lastTradeDate") or None,
    )


def _day(nanos: int) -> str:
    return to_datetime(nanos).date().isoformat()


def _why_empty(name: str, expiry: str, expiries: Sequence[str]) -> str:
    if not expiries:
        return f"{name} has no options"
    if expiry and expiry not in expiries:
        more = ", ..." if len(expiries) > _NAMED else ""
        return f"{name} has no options that expire on {expiry}, but on {', '.join(expiries[:_NAMED])}{more}"
    return f"no contracts of {name} for that expiry"


def _nothing(what: str) -> ProviderError:
    return ProviderError(PROVIDER, Reason.NO_DATA, what, endpoint=ENDPOINT)

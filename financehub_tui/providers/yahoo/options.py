"""The v7 options endpoint: one expiry's chain."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.kit.decode import convert
from financehub_tui.providers.yahoo.wire import PROVIDER, Envelope, Finance, Number, number, positive, read, results

ENDPOINT = "v7/finance/options"
_UNKNOWN_VOLATILITY = 1e-4
"""Yahoo writes 0.00001 where it could not work one out."""


class WireContract(msgspec.Struct, rename="camel"):
    """One contract; times in epoch seconds."""

    contract_symbol: str
    strike: float
    expiration: int
    currency: str | None = None
    last_price: Number = None
    change: Number = None
    bid: Number = None
    ask: Number = None
    volume: Number = None
    open_interest: Number = None
    last_trade_date: Number = None
    implied_volatility: Number = None
    in_the_money: bool | None = None
    contract_size: str | None = None


class WireExpiry(msgspec.Struct, rename="camel"):
    """Calls and puts of one day."""

    expiration_date: int | None = None
    calls: list[object] | None = None
    puts: list[object] | None = None


class WireChain(msgspec.Struct, rename="camel"):
    """One underlying."""

    underlying_symbol: str | None = None
    expiration_dates: list[int] | None = None
    strikes: list[float] | None = None
    options: list[WireExpiry] | None = None


class OptionsAnswer(msgspec.Struct, rename="camel"):
    """The whole answer."""

    option_chain: Envelope[WireChain] | None = None
    finance: Finance | None = None


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """One option. Times in ns since 1970 UTC (expiry: midnight UTC of its date); volatility as a fraction."""

    occ: str
    right: str
    """C or P."""
    strike: float
    expiry: int
    currency: str
    last: float | None
    change: float | None
    bid: float | None
    ask: float | None
    volume: float | None
    open_interest: float | None
    last_trade_at: int | None
    implied_volatility: float | None
    in_the_money: bool | None


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The contracts of one expiry, and every expiry there is (ns since 1970 UTC)."""

    underlying: str
    expiries: tuple[int, ...]
    strikes: tuple[float, ...]
    contracts: tuple[Contract, ...]


def read_options(body: bytes) -> Chain:
    """Decode a chain; an underlying without options has none. Raises ProviderError, UNKNOWN_SYMBOL for no result."""
    answer = read(body, OptionsAnswer, ENDPOINT)
    found = results(answer.option_chain, answer.finance, ENDPOINT, "optionChain")
    if not found:
        raise ProviderError(PROVIDER, Reason.UNKNOWN_SYMBOL, "no such underlying", endpoint=ENDPOINT)
    chain = found[0]
    contracts = [
        contract
        for expiry in chain.options or ()
        for right, wires in (("C", expiry.calls), ("P", expiry.puts))
        for contract in _contracts(wires or (), right)
    ]
    return Chain(
        underlying=chain.underlying_symbol or "",
        expiries=tuple(day * NANOS for day in chain.expiration_dates or ()),
        strikes=tuple(chain.strikes or ()),
        contracts=tuple(contracts),
    )


def _contracts(wires: Sequence[object], right: str) -> list[Contract]:
    return [
        _contract(convert(wire, WireContract, provider=PROVIDER, endpoint=ENDPOINT), right)
        for wire in wires
        if wire is not None
    ]


def _contract(wire: WireContract, right: str) -> Contract:
    volatility = number(wire.implied_volatility)
    traded = number(wire.last_trade_date)
    return Contract(
        occ=wire.contract_symbol,
        right=right,
        strike=wire.strike,
        expiry=wire.expiration * NANOS,
        currency=wire.currency or "",
        last=positive(wire.last_price),
        change=number(wire.change),
        bid=positive(wire.bid),
        ask=positive(wire.ask),
        volume=number(wire.volume),
        open_interest=number(wire.open_interest),
        last_trade_at=int(traded) * NANOS if traded else None,
        implied_volatility=volatility if volatility is not None and volatility > _UNKNOWN_VOLATILITY else None,
        in_the_money=wire.in_the_money,
    )

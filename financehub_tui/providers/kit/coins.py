"""Coins as catalogues of coins know them: shared tickers, averages over venues, market values."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote

DOMINANCE = 4
"""The best rank wins where the next coin of that ticker is at least this many times further down, or has no rank."""
UNRANKED = 1 << 31
"""Sorts behind every rank."""


class Coin(msgspec.Struct, frozen=True, kw_only=True):
    """A coin as a catalogue of coins lists it."""

    id: str
    symbol: str
    name: str = ""
    rank: int | None = None
    """Place by market value, 1 the largest; None where it has none."""

    @property
    def place(self) -> int:
        """To sort by: the rank, or behind all ranks."""
        return self.rank or UNRANKED


def meant(coins: Iterable[Coin]) -> Coin | None:
    """The coin a ticker stands for: the only one, or the one that dwarfs all others; None where it is ambiguous.

    Market value falls steeply with rank, so a coin four times further down is worth a small part of the first.
    """
    ordered = sorted(coins, key=lambda coin: coin.place)
    if len(ordered) <= 1:
        return ordered[0] if ordered else None
    first, second = ordered[0], ordered[1]
    return first if first.rank is not None and second.place >= DOMINANCE * first.rank else None


def ambiguous(ticker: str, coins: Iterable[Coin]) -> Missing:
    """Why a ticker stands for none of the coins that share it."""
    ordered = sorted(coins, key=lambda coin: coin.place)
    named = ", ".join(f"{coin.name} (rank {coin.rank or 'none'})" for coin in ordered[:3])
    words = f"{len(ordered)} coins are called {ticker.upper()} and none stands out: {named}"
    return Missing(reason=Reason.UNKNOWN_SYMBOL, detail=words)


def is_coin(instrument: Instrument) -> bool:
    """True for a spot pair of any venue: its coin has a market value."""
    return instrument.asset_class is AssetClass.CRYPTO and instrument.kind is Kind.SPOT and bool(instrument.base)


def coin_against(currency: str, ticker: str, *, name: str = "", aliases: dict[str, str] | None = None) -> Instrument:
    """A coin's average price over all venues, in a currency."""
    return Instrument(
        asset_class=AssetClass.CRYPTO,
        symbol=f"{ticker}{currency}",
        currency=currency,
        kind=Kind.SPOT,
        name=f"{name} / {currency}" if name else "",
        base=ticker,
        aliases=aliases or {},
    )


def value_alone(key: str, quote: Quote | Missing, title: str) -> Quote | Missing:
    """Of a quote market value and dominance alone, for an instrument whose price is another source's."""
    if isinstance(quote, Missing):
        return quote
    if quote.market_cap is None:
        return Missing(reason=Reason.NO_DATA, detail=f"{title} knows no market value of this coin")
    return Quote(
        key=key,
        time=quote.time,
        market_cap=quote.market_cap,
        dominance=quote.dominance,
        session=quote.session,
        provenance=quote.provenance,
    )

"""Predefined screens: what moves the market of the United States."""

from __future__ import annotations

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.movers import Movers, Screen
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.kit.decode import bad_answer, convert
from financehub_tui.providers.yahoo.listing import instrument_of
from financehub_tui.providers.yahoo.quote import entry_of, quote_of
from financehub_tui.providers.yahoo.wire import PROVIDER, Envelope, provenance, read, results

ENDPOINT = "v1/finance/screener"
MOST = 250
"""Hits a call gives at the most; it gives no second page."""
SCREENS = {Screen.ACTIVE: "most_actives", Screen.GAINERS: "day_gainers", Screen.LOSERS: "day_losers"}
"""Yahoo's names. It ranks shares above a price and a size it does not tell."""


class WireHit(msgspec.Struct, rename="camel"):
    """What a hit is; beside this it has all the fields of a quote."""

    symbol: str
    quote_type: str | None = None
    exchange: str | None = None
    currency: str | None = None
    long_name: str | None = None
    short_name: str | None = None


class WireScreen(msgspec.Struct):
    """One screen's hits."""

    total: int | None = None
    quotes: list[dict[str, object]] | None = None


class ScreenAnswer(msgspec.Struct):
    """The whole answer."""

    finance: Envelope[WireScreen] | None = None


def movers_of(body: bytes, screen: Screen, limit: int, now: int) -> Movers:
    """A screen's hits in its order; a broken one, and what we have no place for, is left out. `now` in ns since 1970.

    Raises ProviderError, NO_DATA where nothing is left.
    """
    answer = read(body, ScreenAnswer, ENDPOINT)
    found = results(answer.finance, None, ENDPOINT, "finance")
    if not found:
        raise bad_answer(PROVIDER, ENDPOINT, "`finance.result` is empty", "finance.result")
    placed = [(_instrument(entry), entry) for entry in found[0].quotes or ()]
    hits = [(instrument, entry) for instrument, entry in placed if instrument is not None][:limit]
    if not hits:
        raise ProviderError(PROVIDER, Reason.NO_DATA, f"nothing in the screen {SCREENS[screen]}", endpoint=ENDPOINT)
    return Movers(
        screen=screen,
        instruments=tuple(instrument for instrument, _ in hits),
        total=found[0].total,
        quotes=tuple(quote for quote in (_quote(entry, one, now) for one, entry in hits) if isinstance(quote, Quote)),
        provenance=provenance(ENDPOINT, now, now, delay=Delay.DELAYED, notes=(f"Yahoo's screen {SCREENS[screen]}",)),
    )


def _quote(entry: dict[str, object], instrument: Instrument, now: int) -> Quote | Missing:
    _, wire = entry_of(entry, ENDPOINT)
    return quote_of(wire, instrument, now)


def _instrument(entry: dict[str, object]) -> Instrument | None:
    try:
        hit = convert(entry, WireHit, provider=PROVIDER, endpoint=ENDPOINT)
    except ProviderError:
        return None
    placed = instrument_of(hit.symbol, hit.quote_type or "", hit.exchange or "", hit.currency or "")
    name = " ".join((hit.long_name or hit.short_name or "").split())
    return msgspec.structs.replace(placed, name=name) if placed is not None else None

"""The quote fields: one registry for monitor columns, headless tables and help."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from financehub_tui.market.instrument import Instrument
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Column, Format

Value = str | float | int | bool | None


class QuoteField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an instrument's quote."""

    id: str
    title: str
    help: str
    value: Callable[[Instrument, Quote], Value]
    format: Format = Format.NUMBER
    signed: bool = False
    decimals: int = 2
    width: int = 10

    def column(self) -> Column:
        """The field as a table column."""
        return Column(
            name=self.id,
            title=self.title,
            format=self.format,
            decimals=self.decimals,
            decimals_from="decimals" if self.format is Format.PRICE else "",
            signed=self.signed,
        )


def _price(name: str, title: str, text: str, width: int = 10) -> QuoteField:
    return QuoteField(
        id=name, title=title, help=text, value=lambda _, quote: getattr(quote, name), format=Format.PRICE, width=width
    )


def _spread_bps(_: Instrument, quote: Quote) -> Value:
    mid = quote.mid
    return None if not mid or quote.ask is None or quote.bid is None else (quote.ask - quote.bid) / mid * 10_000


def _range_percent(_: Instrument, quote: Quote) -> Value:
    if quote.last is None or quote.high is None or quote.low is None or quote.high <= quote.low:
        return None
    return 100 * (quote.last - quote.low) / (quote.high - quote.low)


def _value_traded(_: Instrument, quote: Quote) -> Value:
    if quote.quote_volume is not None:
        return quote.quote_volume
    return None if quote.last is None or quote.volume is None else quote.last * quote.volume


def _quantity(name: str, title: str, text: str) -> QuoteField:
    return QuoteField(
        id=name, title=title, help=text, value=lambda _, quote: getattr(quote, name), format=Format.COMPACT, width=8
    )


FIELDS: dict[str, QuoteField] = {
    field.id: field
    for field in (
        _price("last", "Last", "Price of the newest trade"),
        QuoteField(
            id="change",
            title="Net",
            help="Last less previous close",
            value=lambda _, quote: quote.change,
            format=Format.PRICE,
            signed=True,
            width=9,
        ),
        QuoteField(
            id="change_percent",
            title="%Chg",
            help="Change over previous close",
            value=lambda _, quote: quote.change_percent,
            format=Format.PERCENT,
            signed=True,
            width=8,
        ),
        _price("bid", "Bid", "Highest price bought at now"),
        _price("ask", "Ask", "Lowest price sold at now"),
        _quantity("bid_size", "BidSz", "Size at the bid"),
        _quantity("ask_size", "AskSz", "Size at the ask"),
        QuoteField(
            id="spread_bps",
            title="Sprd bp",
            help="(Ask - bid) / mid in basis points",
            value=_spread_bps,
            decimals=1,
            width=8,
        ),
        _price("open", "Open", "First price of the session"),
        _price("high", "High", "Highest price of the session"),
        _price("low", "Low", "Lowest price of the session"),
        _price("previous_close", "Prev", "Close of the session before"),
        _quantity("volume", "Volume", "Shares, contracts or base units traded in the session"),
        QuoteField(
            id="value",
            title="Value",
            help="Turnover in the quote currency (last x volume where the venue does not give it)",
            value=_value_traded,
            format=Format.COMPACT,
            width=8,
        ),
        QuoteField(
            id="range_percent",
            title="Range%",
            help="Where last stands between the session's low (0) and high (100)",
            value=_range_percent,
            decimals=0,
            width=7,
        ),
        _quantity("market_cap", "Mkt cap", "Market value of all shares, or of all coins in US dollars"),
        QuoteField(
            id="dominance",
            title="Dom %",
            help="Share of the market value of all coins, in percent",
            value=lambda _, quote: quote.dominance,
            width=6,
        ),
        QuoteField(
            id="currency",
            title="Ccy",
            help="Unit of the price (GBp is pence)",
            value=lambda instrument, _: instrument.price_label,
            format=Format.TEXT,
            width=5,
        ),
        QuoteField(
            id="time",
            title="Time",
            help="When the newest value was true",
            value=lambda _, quote: quote.time,
            format=Format.TIME,
            width=9,
        ),
        QuoteField(
            id="session",
            title="Sess",
            help="Trading session of the price: PRE REGULAR POST CLOSED 24H",
            value=lambda _, quote: quote.session.value,
            format=Format.TEXT,
            width=8,
        ),
        QuoteField(
            id="source",
            title="Source",
            help="Provider of the newest value",
            value=lambda _, quote: quote.provenance.provider if quote.provenance else "",
            format=Format.TEXT,
            width=10,
        ),
        QuoteField(
            id="mark",
            title="Mark",
            help="LIVE DELAYED EOD REPLAY SIM or CACHED",
            value=lambda _, quote: quote.provenance.mark if quote.provenance else "",
            format=Format.TEXT,
            width=8,
        ),
    )
}


CATALOGUED = frozenset({"market_cap", "dominance"})
"""Fields that venues of coins do not know and catalogues of coins do: they are asked for only where they are shown."""


def fields(names: Sequence[str]) -> tuple[QuoteField, ...]:
    """Fields by id. Raises KeyError for an unknown one."""
    return tuple(FIELDS[name] for name in names)

"""DES: description."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import to_nanos
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs
from financehub_tui.errors import DataMissingError
from financehub_tui.functions.fields import FIELDS
from financehub_tui.functions.history import History
from financehub_tui.functions.identity import contract, identity
from financehub_tui.functions.performance import last_year, performance, since_when, until_when
from financehub_tui.functions.periods import resolve
from financehub_tui.functions.securities import NOT_ASKED, one_security, report
from financehub_tui.market.bars import BarRequest, Bars
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Block, Chart, Field, Format, KeyValues, Report, Text

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="DES",
    title="Description",
    category=Category.SECURITY,
    needs=Needs.SECURITY,
    help="What the loaded security is: its business or contract, the price now, the range and the changes of the last "
    "year, key figures, identifiers. What is shown suits the asset class: the two currencies of a pair, the assets of "
    "a crypto pair, root and contract months of a future, the tenor of a yield. A figure that is not there says why.",
    sources="Security master, and the best profile, quote and bar provider of the asset class.",
    formulas="52 weeks and changes: final daily bars adjusted for splits; high and low say since when, where the bars "
    "do not cover the year. Change = 100 x (newest close / close at the end of the earlier day - 1). Volatility = "
    "standard deviation of the last 30 daily log returns x square root of 252 (365 for crypto), in percent.",
    refresh=15,
    examples=("AAPL US Equity DES", "EURUSD DES", "BTCUSDT DES"),
)

_PRICE = ("last", "change", "change_percent", "bid", "ask", "open", "high", "low", "previous_close", "volume")
_FIGURES = (AssetClass.EQUITY, AssetClass.CRYPTO)


async def load(desk: Desk, call: Call) -> Report:
    """Description, price and figures; what is missing stands in its place."""
    instrument = one_security(call)
    quotes, profile, bars = await asyncio.gather(
        desk.quotes([instrument]), _profile(desk, instrument), _year(desk, instrument)
    )
    quote = quotes.get(instrument.key, NOT_ASKED)
    known = profile if isinstance(profile, Profile) else None
    terms = contract(instrument, quote.last if isinstance(quote, Quote) else None)
    blocks: list[Block | None] = [
        identity(instrument, known),
        _price(desk, instrument, quote),
        terms,
        performance(instrument, bars, desk.clock.now()),
        _figures(instrument, profile),
        Text(title="Business", body=known.description, provenance=known.provenance)
        if known and known.description
        else None,
        _chart(instrument, bars, desk.clock.now()),
    ]
    asked = (quote, bars, profile) if instrument.asset_class in _FIGURES else (quote, bars)
    missing = [value for value in asked if isinstance(value, Missing)]
    return report(desk, call, [block for block in blocks if block is not None], missing=missing)


async def _profile(desk: Desk, instrument: Instrument) -> Profile | Missing:
    try:
        return await desk.profile(instrument)
    except DataMissingError as error:
        return error.missing


async def _year(desk: Desk, instrument: Instrument) -> Bars | Missing:
    """Daily bars of a little over one year, so that the close of a year ago is among them."""
    start, end = resolve(None, desk.clock.now(), "13M")
    try:
        return await desk.bars(instrument, BarRequest(start=start, end=end))
    except DataMissingError as error:
        return error.missing


def _chart(instrument: Instrument, bars: Bars | Missing, now: int) -> Chart | None:
    """The closes of the same year as the figures' as a line, which takes the rows that are left over."""
    if isinstance(bars, Missing):
        return None
    year = last_year(bars.frame, now)
    if year.height < 2:
        return None
    span = f"{since_when(year, now)} {until_when(year, now)}".strip() or "of the last year"
    return Chart(
        title=f"{instrument.display} closes {span}",
        bars=msgspec.structs.replace(bars, frame=year),
        before=History(bars, to_nanos(year["time"][0])).before,
        labels=(instrument.display,),
        volume=False,
        provenance=bars.provenance,
    )


def _price(desk: Desk, instrument: Instrument, quote: Quote | Missing) -> KeyValues:
    if isinstance(quote, Missing):
        return KeyValues(title="Price", fields=(Field(label="Last", value=quote),))
    decimals = quote.decimals if quote.decimals is not None else instrument.decimals
    fields = []
    for field in (FIELDS[name] for name in _PRICE):
        value = field.value(instrument, quote)
        if value is None:
            continue
        fields.append(
            Field(
                label=field.title,
                value=value,
                format=field.format,
                decimals=2 if decimals is None or field.format is not Format.PRICE else decimals,
                signed=field.signed,
                unit=instrument.price_label if field.id == "last" else "",
            )
        )
    state = desk.session(instrument)
    fields.append(Field(label="Market", value=f"{state.words(instrument.venue)} ({state.timezone})"))
    fields.append(Field(label="As of UTC", value=quote.time, format=Format.DATETIME))
    return KeyValues(title="Price", fields=tuple(fields), provenance=quote.provenance)


def _figures(instrument: Instrument, profile: Profile | Missing) -> KeyValues | None:
    """Market value, ratios and dividends; None for sectors that have no such figures."""
    if instrument.asset_class not in _FIGURES:
        return None
    if isinstance(profile, Missing):
        return KeyValues(title="Key figures", fields=(Field(label="Figures", value=profile),))
    rows: list[tuple[str, float | int | None, Format, str]] = [
        ("Market cap", profile.market_cap, Format.COMPACT, profile.currency),
        ("Shares out", profile.shares_outstanding, Format.COMPACT, ""),
        ("P/E trailing", profile.trailing_pe, Format.NUMBER, "x"),
        ("P/E forward", profile.forward_pe, Format.NUMBER, "x"),
        ("EPS", profile.eps, Format.NUMBER, profile.currency),
        ("Dividend", profile.dividend_rate, Format.NUMBER, profile.currency),
        ("Yield", None if profile.dividend_yield is None else 100 * profile.dividend_yield, Format.NUMBER, "%"),
        ("Beta", profile.beta, Format.NUMBER, ""),
        ("Employees", profile.employees, Format.INTEGER, ""),
    ]
    fields = tuple(
        Field(label=label, value=value, format=style, unit=unit)
        for label, value, style, unit in rows
        if value is not None
    )
    if not fields:
        nothing = Missing(reason=Reason.NOT_OFFERED, detail=f"{profile.provenance.provider} gives none")
        fields = (Field(label="Figures", value=nothing),)
    return KeyValues(title="Key figures", fields=fields, provenance=profile.provenance)

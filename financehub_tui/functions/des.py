"""DES: description."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs
from financehub_tui.errors import DataMissingError
from financehub_tui.functions.fields import FIELDS
from financehub_tui.functions.securities import NOT_ASKED, one_security, report
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Field, Format, KeyValues, Report, Text

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="DES",
    title="Description",
    category=Category.SECURITY,
    needs=Needs.SECURITY,
    help="What the loaded security is: its business or contract, the price now, key figures, identifiers. A figure "
    "that is not there says why.",
    sources="Security master, and the best profile and quote provider of the asset class.",
    refresh=15,
    examples=("AAPL US Equity DES", "EURUSD DES", "BTCUSDT DES"),
)

_PRICE = (
    "last",
    "change",
    "change_percent",
    "bid",
    "ask",
    "open",
    "high",
    "low",
    "previous_close",
    "volume",
    "session",
)


async def load(desk: Desk, call: Call) -> Report:
    """Description, price and figures; what is missing stands in its place."""
    instrument = one_security(call)
    quotes, profile = await asyncio.gather(desk.quotes([instrument]), _profile(desk, instrument))
    quote = quotes.get(instrument.key, NOT_ASKED)
    blocks: list[KeyValues | Text] = [_identity(instrument, profile), _price(desk, instrument, quote)]
    if isinstance(profile, Profile):
        blocks.append(_figures(profile, instrument))
        if profile.description:
            blocks.append(Text(title="Business", body=profile.description, provenance=profile.provenance))
    missing = [value for value in (profile, quote) if isinstance(value, Missing)]
    return report(desk, call, blocks, missing=missing)


async def _profile(desk: Desk, instrument: Instrument) -> Profile | Missing:
    try:
        return await desk.profile(instrument)
    except DataMissingError as error:
        return error.missing


def _identity(instrument: Instrument, profile: Profile | Missing) -> KeyValues:
    known = profile if isinstance(profile, Profile) else None
    facts: list[tuple[str, str]] = [
        ("Name", (known.name if known else "") or instrument.name),
        ("Type", f"{instrument.asset_class.value}, {instrument.kind.value}"),
        ("Venue", instrument.venue),
        ("Currency", instrument.currency),
        ("Price unit", instrument.price_label),
        ("Country", (known.country if known else "") or instrument.country),
        ("Sector", (known.sector if known else "") or instrument.sector),
        ("Industry", (known.industry if known else "") or instrument.industry),
        ("Headquarters", known.headquarters if known else ""),
        ("Website", known.website if known else ""),
        ("Founded", known.founded if known else ""),
    ]
    identifiers = {**instrument.aliases, **(known.identifiers if known else {})}
    facts.extend(
        (scheme.upper() if len(scheme) <= 5 else scheme.capitalize(), text) for scheme, text in identifiers.items()
    )
    facts.extend(known.extra if known else ())
    fields = tuple(Field(label=label, value=value) for label, value in facts if value)
    return KeyValues(title="Security", fields=fields, provenance=known.provenance if known else None)


def _price(desk: Desk, instrument: Instrument, quote: Quote | Missing) -> KeyValues:
    if isinstance(quote, Missing):
        return KeyValues(title="Price", fields=(Field(label="Last", value=quote),))
    decimals = quote.decimals if quote.decimals is not None else instrument.decimals
    fields = [
        Field(
            label=FIELDS[name].title,
            value=FIELDS[name].value(instrument, quote),
            format=FIELDS[name].format,
            decimals=2 if decimals is None else decimals,
            signed=FIELDS[name].signed,
            unit=instrument.price_label if name == "last" else "",
        )
        for name in _PRICE
        if FIELDS[name].value(instrument, quote) is not None
    ]
    state = desk.session(instrument)
    fields.append(Field(label="Market", value=f"{state.market} {state.session.value} ({state.timezone})"))
    fields.append(Field(label="As of", value=quote.time, format=Format.DATETIME))
    return KeyValues(title="Price", fields=tuple(fields), provenance=quote.provenance)


def _figures(profile: Profile, instrument: Instrument) -> KeyValues:
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
    if not fields and instrument.asset_class is AssetClass.EQUITY:
        fields = (Field(label="Figures", value="none offered by this source"),)
    return KeyValues(title="Key figures", fields=fields, provenance=profile.provenance)

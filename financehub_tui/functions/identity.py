"""What an instrument is, in words: its identity and the terms of its contract."""

from __future__ import annotations

from financehub_tui.commands.contracts import future_terms, occ_terms
from financehub_tui.formats import price_decimals
from financehub_tui.market.currencies import CURRENCIES
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.market.profile import Profile
from financehub_tui.report.blocks import Field, Format, KeyValues

MONTHS = dict(zip("FGHJKMNQUVXZ", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), strict=True))
"""Month letters of futures."""

SCHEMES = {
    "binance": "Binance symbol",
    "bloomberg": "Bloomberg ticker",
    "cik": "SEC CIK",
    "coinbase": "Coinbase symbol",
    "fred": "FRED series",
    "kraken": "Kraken symbol",
    "kraken_rest": "Kraken REST symbol",
    "mic": "Exchange MIC",
    "yahoo": "Yahoo symbol",
}
"""Names of identifier schemes; others are written in capitals."""

_TERMS = ("root", "months")
"""Aliases that are terms of a contract rather than names."""
_REPEATED = ("Kind", "Venue", "Quoted in")
"""Further facts of a profile that the identity says already."""
_FUTURES = (Kind.FUTURE, Kind.GENERIC_FUTURE)


def identity(instrument: Instrument, profile: Profile | None) -> KeyValues:
    """Name, type, market, classification and identifiers, with what the profile adds."""
    known = profile or instrument
    sizes = instrument.kind in _FUTURES
    facts = [
        ("Name", known.name or instrument.name),
        ("Type", _type(instrument)),
        ("Venue", instrument.venue),
        ("Currency", instrument.currency),
        ("Price in", "" if instrument.unit is Unit.CURRENCY else instrument.price_label),
        ("Country", known.country or instrument.country),
        ("Region" if instrument.kind is Kind.INDEX else "Sector", known.sector or instrument.sector),
        ("Industry", "" if sizes else known.industry or instrument.industry),
    ]
    if profile is not None:
        facts += [
            ("Headquarters", profile.headquarters),
            ("Website", profile.website),
            ("Founded", profile.founded),
        ]
        facts += [(label, value) for label, value in profile.extra if label not in _REPEATED]
    schemes = {**instrument.aliases, **(profile.identifiers if profile else {})}
    facts += [(SCHEMES.get(name, name.upper()), value) for name, value in schemes.items() if name not in _TERMS]
    fields = tuple(Field(label=label, value=value) for label, value in facts if value)
    return KeyValues(title="Security", fields=fields, provenance=profile.provenance if profile else None)


def _type(instrument: Instrument) -> str:
    """`Equity, stock`; once where both words are one."""
    sector, kind = instrument.asset_class.value, instrument.kind.value
    if sector.lower() == kind:
        return sector
    return f"{sector}, {'ETF' if instrument.kind is Kind.ETF else kind}"


def contract(instrument: Instrument, last: float | None) -> KeyValues | None:
    """The terms of a pair, future, option or yield; None for what has none. `last` is the price now."""
    if instrument.kind in _FUTURES:
        return _block("Contract", _future(instrument))
    if instrument.asset_class is AssetClass.OPTION:
        return _block("Contract", _option(instrument))
    if instrument.kind is Kind.YIELD:
        return _block("Rate", [("Quoted as", "yield in percent a year"), ("Net", "change in percentage points")])
    if instrument.kind is Kind.SPOT and len(instrument.currency) > 2 and instrument.base.isupper():
        return _pair(instrument, last)
    return None


def _block(title: str, facts: list[tuple[str, str]]) -> KeyValues:
    return KeyValues(title=title, fields=tuple(Field(label=label, value=value) for label, value in facts if value))


def _future(instrument: Instrument) -> list[tuple[str, str]]:
    months = instrument.aliases.get("months", "")
    terms = future_terms(instrument.symbol)
    facts = [
        ("Root", instrument.aliases.get("root") or (terms.root if terms else "")),
        ("Contract size", instrument.industry),
        ("Contract months", " ".join(MONTHS[letter] for letter in months if letter in MONTHS)),
    ]
    if terms is None:
        return facts
    if terms.generic:
        return [*facts, ("Continues", f"contract {terms.month} by expiry, the one after when it expires")]
    return [*facts, ("Delivery", f"{MONTHS[terms.month[0]]}, year ending in {terms.month[1:]}")]


def _option(instrument: Instrument) -> list[tuple[str, str]]:
    terms = occ_terms(instrument.symbol)
    if terms is None:
        return []
    return [
        ("Underlying", terms.root),
        ("Right", "call" if terms.side == "C" else "put"),
        ("Strike", f"{terms.strike / 1000:,.2f}"),
        ("Expiry", terms.expiry.isoformat()),
    ]


def _pair(instrument: Instrument, last: float | None) -> KeyValues:
    """The two sides of a pair, and both ways to read its price."""
    base, other = instrument.base, instrument.currency
    fields = [Field(label="Base", value=_named(base)), Field(label="Quote", value=_named(other))]
    if last and instrument.decimals is not None:
        fields.append(
            Field(label=f"1 {base}", value=last, format=Format.PRICE, decimals=instrument.decimals, unit=other)
        )
        inverse = 1 / last
        fields.append(
            Field(label=f"1 {other}", value=inverse, format=Format.PRICE, decimals=price_decimals(inverse), unit=base)
        )
    return KeyValues(title="Pair", fields=tuple(fields))


def _named(code: str) -> str:
    name = CURRENCIES.get(code, "")
    return f"{code}, {name}" if name else code

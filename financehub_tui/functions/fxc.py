"""FXC: FX cross matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import DataMissingError
from financehub_tui.formats import price_decimals
from financehub_tui.functions.gaps import quote_gaps
from financehub_tui.functions.securities import report
from financehub_tui.market.currencies import pair_decimals
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Matrix, Report

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

CURRENCIES = ("USD", "EUR", "JPY", "GBP", "CHF", "AUD", "CAD", "NZD")

SPEC = FunctionSpec(
    mnemonic="FXC",
    title="FX cross matrix",
    category=Category.MARKETS,
    asset_classes=(AssetClass.CURRENCY,),
    help="What one unit of the currency at the left is worth in the currency above. A pair that is quoted is shown "
    "as quoted or inverted; a cross that is not quoted, or only fixed once a day while its dollar pairs move, "
    "is computed from its two quotes against the dollar or the euro. Beneath, the change since the previous close. "
    "Enter on a cell charts the pair.",
    tails=(Tail(kind=TailKind.WORD, words=("CHG",), help="Percent change since the previous close before the rates"),),
    interactive=True,
    sources="The best FX provider; ECB reference rates where nothing else is to be had.",
    formulas="Inverse = 1 / rate; cross A/B = A/USD x USD/B (or over EUR).",
    refresh=2,
    examples=("FXC", "FXC CHG"),
)

_UNKNOWN = Missing(reason=Reason.NO_DATA, detail="neither quoted nor to be computed from quotes")

Rate = tuple[float, float | None]
"""(rate now, rate at the previous close)."""


def pairs(desk: Desk) -> dict[tuple[str, str], Instrument]:
    """The quoted pairs among the currencies, by (base, quote currency)."""
    found = (
        (instrument.base, instrument.currency, instrument)
        for instrument in desk.master.members("fx")
        if instrument.base in CURRENCIES and instrument.currency in CURRENCIES
    )
    return {(base, currency): instrument for base, currency, instrument in found}


def moving(quotes: Mapping[tuple[str, str], Quote]) -> set[str]:
    """The currencies whose dollar pair is not merely fixed once a day."""
    return {currency for pair, quote in quotes.items() if "USD" in pair and not _fixed(quote) for currency in pair}


def usable(quotes: Mapping[tuple[str, str], Quote]) -> dict[tuple[str, str], Rate]:
    """The rates to show as quoted. A cross fixed once a day gives way to its dollar pairs where both are moving."""
    computed = moving(quotes)
    return {
        pair: (quote.last, quote.previous_close)
        for pair, quote in quotes.items()
        if quote.last and not (_fixed(quote) and computed.issuperset(pair))
    }


def _fixed(quote: Quote) -> bool:
    return quote.provenance is not None and quote.provenance.delay in (Delay.END_OF_DAY, Delay.REFERENCE)


def cross(base: str, currency: str, rates: Mapping[tuple[str, str], Rate]) -> Rate | None:
    """The rate of a pair: quoted, inverted, or over USD or EUR."""
    direct = _leg(base, currency, rates)
    if direct:
        return direct
    for middle in ("USD", "EUR"):
        first, second = _leg(base, middle, rates), _leg(middle, currency, rates)
        if first and second:
            before = None if first[1] is None or second[1] is None else first[1] * second[1]
            return first[0] * second[0], before
    return None


def _leg(base: str, currency: str, rates: Mapping[tuple[str, str], Rate]) -> Rate | None:
    if (base, currency) in rates:
        return rates[base, currency]
    inverse = rates.get((currency, base))
    if inverse is None or not inverse[0]:
        return None
    return 1 / inverse[0], 1 / inverse[1] if inverse[1] else None


def matrix(desk: Desk, quotes: Mapping[str, Quote | Missing | None], change: bool) -> Matrix:
    """The matrix of rates or of changes in percent."""
    answers = {pair: quotes.get(instrument.key) for pair, instrument in pairs(desk).items()}
    quoted = {pair: quote for pair, quote in answers.items() if isinstance(quote, Quote) and quote.last}
    rates = usable(quoted)
    reason = next((answer for answer in reversed(answers.values()) if isinstance(answer, Missing)), None)
    unknown = reason or _UNKNOWN
    return Matrix(
        title="Change since previous close, %" if change else "Spot rates",
        rows=CURRENCIES,
        columns=CURRENCIES,
        values=tuple(tuple(_cell(a, b, rates, change, unknown) for b in CURRENCIES) for a in CURRENCIES),
        decimals=2,
        cell_decimals=() if change else tuple(tuple(_places(a, b, rates) for b in CURRENCIES) for a in CURRENCIES),
        signed=change,
        pick_lines=tuple(tuple("" if a == b else f"{a}{b} Curncy GP" for b in CURRENCIES) for a in CURRENCIES),
        provenance=_source(quoted),
    )


def _source(quotes: Mapping[tuple[str, str], Quote]) -> Provenance | None:
    """One pair's quote tells the source of all; its currency is that of one column alone."""
    source = next((quote.provenance for quote in quotes.values() if quote.provenance), None)
    if source is None:
        return None
    moved = moving(quotes)
    fixed = [currency for currency in CURRENCIES if moved and currency not in moved]
    notes = (*source.notes, f"{', '.join(fixed)} as last fixed") if fixed else source.notes
    return msgspec.structs.replace(source, currency="", unit="", notes=notes)


def _places(base: str, currency: str, rates: Mapping[tuple[str, str], Rate]) -> int:
    """Decimals as the pair is quoted, and more for a small rate such as that of the yen in dollars."""
    rate = cross(base, currency, rates)
    return max(pair_decimals(base, currency), price_decimals(rate[0]) if rate else 0)


def _cell(
    base: str, currency: str, rates: Mapping[tuple[str, str], Rate], change: bool, unknown: Missing
) -> float | Missing | None:
    if base == currency:
        return None
    rate = cross(base, currency, rates)
    if rate is None:
        return unknown
    if not change:
        return rate[0]
    return unknown if not rate[1] else 100 * (rate[0] / rate[1] - 1)


async def load(desk: Desk, call: Call) -> Report:
    """The cross matrix. Raises DataMissingError where no rate is known."""
    instruments = list(pairs(desk).values())
    quotes = await desk.quotes(instruments)
    asked = "CHG" in call.words
    blocks = [found for change in (asked, not asked) if _known(found := matrix(desk, quotes, change))]
    missing = quote_gaps(instruments, quotes)
    if not blocks:
        raise DataMissingError(missing[0] if missing else _UNKNOWN)
    return report(desk, call, blocks, missing=missing)


def _known(found: Matrix) -> bool:
    return any(isinstance(value, float) for row in found.values for value in row)

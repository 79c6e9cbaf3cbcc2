"""SECF: security finder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from financehub_tui.commands.exchanges import EXCHANGES
from financehub_tui.commands.nearest import nearest
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import CommandError, DataMissingError
from financehub_tui.functions.securities import report
from financehub_tui.functions.watchlists import parse_members
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.report.blocks import Column, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="SECF",
    title="Security finder",
    category=Category.NAVIGATION,
    help="Finds securities by symbol or by words of their name; what is spelled nearly right is found too, and stands "
    "last. A filter such as class=Equity, exch=LN, ccy=EUR or type=etf narrows the list. Pick a row to load it.",
    tails=(
        Tail(kind=TailKind.OPTION, words=("class", "exch", "ccy", "type"), help="Filters", example="exch=LN"),
        Tail(kind=TailKind.TEXT, help="Symbol or words of the name", example="apple"),
    ),
    sources="The bundled security master, then the search of the providers.",
    examples=("SECF apple", "SECF vodafone", "SECF exch=LN bank"),
)


async def load(desk: Desk, call: Call) -> Report:
    """Matches, best first. Raises CommandError for a filter that no security could pass."""
    _check_filters(call)
    text = call.text.strip()
    found = {one.key: one for one in (*await _meant(desk, text), *await desk.search(text, 200))} if text else {}
    rows = [instrument for instrument in found.values() if _passes(instrument, call)]
    return report(desk, call, [instrument_table(f"Securities like {text!r}" if text else "Securities", rows)])


async def _meant(desk: Desk, text: str) -> Sequence[Instrument]:
    """What the command line reads the text as, VOD.L, ^GSPC and SAP GR too; nothing where it is no security."""
    try:
        return await parse_members(desk, text)
    except (CommandError, DataMissingError):
        return ()


def _type(kind: Kind) -> str:
    """A kind in one word: every future is one."""
    return kind.value.split()[-1]


def _check_filters(call: Call) -> None:
    """Currencies are not looked at: coins are priced in whatever there is."""
    known: dict[str, Collection[str]] = {
        "class": [one.value for one in AssetClass],
        "exch": EXCHANGES,
        "type": dict.fromkeys(map(_type, Kind)),
    }
    for key, value in call.options:
        words = known.get(key, (value,))
        if value.casefold() not in map(str.casefold, words):
            near = nearest(value, words, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(words)}."
            raise CommandError(f"SECF has no {key}={value}", hint)


def _passes(instrument: Instrument, call: Call) -> bool:
    wanted = {key: value.casefold() for key, value in call.options}
    facts = {
        "class": instrument.asset_class.value,
        "exch": instrument.exchange_code,
        "ccy": instrument.currency,
        "type": _type(instrument.kind),
    }
    return all(facts[key].casefold() == value for key, value in wanted.items() if key in facts)


def instrument_table(title: str, instruments: list[Instrument]) -> Table:
    """Instruments as a table whose rows load them."""
    import polars as pl

    names = ("security", "name", "type", "venue", "currency", "country", "sector")
    rows = [(i.display, i.name, i.kind.value, i.venue, i.price_label, i.country, i.sector) for i in instruments]
    return Table(
        title=title,
        frame=pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"),
        columns=tuple(Column(name=name, title=name.capitalize()) for name in names),
        pick_lines=tuple(_line(instrument) for instrument in instruments),
        empty="Nothing found. Type SECF and a symbol or words of a name.",
    )


def _line(instrument: Instrument) -> str:
    if instrument.asset_class is AssetClass.CRYPTO and instrument.venue:
        return f"{instrument.symbol}@{instrument.venue} DES"
    return f"{instrument.display} DES"

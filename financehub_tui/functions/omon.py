"""OMON: option monitor."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from financehub_tui.clock import to_datetime
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.errors import CommandError, DataMissingError
from financehub_tui.functions.counts import one_number
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import one_security, report
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.option_chain import OptionChain, OptionQuote, Right
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.report.blocks import Column, Field, Format, KeyValues, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

_CALLS, _PUTS, _ALL = "CALLS", "PUTS", "ALL"
_STRIKES, _MOST_STRIKES = 10, 200

SPEC = FunctionSpec(
    mnemonic="OMON",
    title="Option monitor",
    category=Category.MARKETS,
    needs=Needs.SECURITY,
    asset_classes=(AssetClass.EQUITY, AssetClass.INDEX),
    help="The options of the loaded security for one expiry: strikes around the price of the underlying, calls on the "
    "left, puts on the right, each with bid, ask, last, implied volatility, volume and open interest. The strike "
    "nearest to the price is marked. Beneath stand all expiries; type the number of one to see it. A dash under IV "
    "means the source does not know the volatility; how many that are is said beneath the table, and for how many it "
    "gives one although nobody bids or offers.",
    tails=(
        Tail(
            kind=TailKind.OPTION,
            words=("expiry",),
            help="The expiry, as a date or its beginning",
            example="expiry=2026-01",
        ),
        Tail(kind=TailKind.NUMBER, help="The expiry by its number, 1 being the nearest", example="3"),
        Tail(
            kind=TailKind.OPTION, words=("strikes",), help="Strikes on each side of the price; 10", example="strikes=20"
        ),
        Tail(kind=TailKind.WORD, words=(_CALLS, _PUTS), help="One side only"),
        Tail(kind=TailKind.WORD, words=(_ALL,), help="Every strike"),
    ),
    sources="The best provider of option chains; PVNC says which. Implied volatility is the provider's own.",
    formulas="IV in percent a year. Days are calendar days from today to the expiry.",
    refresh=60,
    examples=("AAPL US Equity OMON", "AAPL OMON 3", "AAPL OMON PUTS strikes=5"),
)

_SIDES = ((Right.CALL, "call", "C"), (Right.PUT, "put", "P"))
_PRICES = (("bid", "Bid"), ("ask", "Ask"), ("last", "Last"))


async def load(desk: Desk, call: Call) -> Report:
    """The chain of one expiry and the list of all. Raises DataMissingError, CommandError."""
    instrument = one_security(call)
    around = _around(call)
    chain = await _chain(desk, instrument, call)
    today = to_datetime(desk.clock.now()).date()
    return report(
        desk,
        call,
        [
            _underlying(chain, today),
            _strikes(chain, call, around, today),
            _expiries(chain, instrument, today),
        ],
    )


async def _chain(desk: Desk, instrument: Instrument, call: Call) -> OptionChain:
    """The chain of the expiry asked for: by date, by the beginning of one, by number, else the nearest."""
    number, typed = one_number(call), call.option("expiry")
    if number is not None and typed:
        raise CommandError("OMON takes the expiry as a date or as a number", "Give one of them.")
    if number is None and (not typed or _is_date(typed)):
        return await desk.options(instrument, typed)
    nearest = await desk.options(instrument)
    if number is None:
        expiry = next((day for day in nearest.expiries if day.startswith(typed)), "")
    else:
        whole = number == int(number) and 1 <= number <= len(nearest.expiries)
        expiry = nearest.expiries[int(number) - 1] if whole else ""
    if not expiry:
        what = f"number {number:g}" if number is not None else f"in {typed}"
        words = f"no expiry {what}; there are {len(nearest.expiries)}, {nearest.expiries[0]} to {nearest.expiries[-1]}"
        raise DataMissingError(Missing(reason=Reason.NO_DATA, detail=words))
    return nearest if expiry == nearest.expiry else await desk.options(instrument, expiry)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-01-16")


def _around(call: Call) -> int | None:
    """Strikes wanted on each side of the price; None for every one. Raises CommandError."""
    typed = call.option("strikes")
    if _ALL in call.words:
        if typed:
            raise CommandError("OMON shows ALL strikes or some", "Leave one of ALL and strikes= out.")
        return None
    if not typed:
        return _STRIKES
    if not (typed.isascii() and typed.isdigit()) or not 1 <= int(typed) <= _MOST_STRIKES:
        raise CommandError(f"strikes={typed} is no number from 1 to {_MOST_STRIKES}", "Write strikes=20, say.")
    return int(typed)


def near(strikes: Sequence[float], spot: float | None, around: int | None) -> list[float]:
    """The strikes next to a price, so many on each side; all of them where there is no price."""
    if around is None or spot is None:
        return list(strikes)
    middle = bisect_left(strikes, spot)
    return list(strikes[max(0, middle - around) : middle + around])


def _underlying(chain: OptionChain, today: date) -> KeyValues:
    fields = (
        Field(label="Underlying", value=chain.spot, format=Format.PRICE, unit=chain.currency),
        Field(label="Expiry", value=chain.expiry),
        Field(label="Days", value=_days(chain.expiry, today), format=Format.INTEGER),
        Field(label="Contracts", value=len(chain.contracts), format=Format.INTEGER),
    )
    return KeyValues(title="Options", fields=fields, provenance=chain.provenance)


def _days(expiry: str, today: date) -> int:
    return (date.fromisoformat(expiry) - today).days


def _strikes(chain: OptionChain, call: Call, around: int | None, today: date) -> Table:
    only = _side(call)
    sides = [side for side in _SIDES if only in (None, side[0])]
    held = {(one.strike, one.right): one for one in chain.contracts}
    strikes = near(sorted({one.strike for one in chain.contracts}), chain.spot, around)
    spot = chain.spot
    marked = None if spot is None else min(strikes, key=lambda strike: abs(strike - spot), default=None)
    # The strike stays where columns are moved, and in a narrow pane both sides' prices come before what was traded.
    columns = [*_STRIKE]
    for part in (_quoted, _traded):
        columns += [column for _, name, letter in sides for column in part(name, letter)]
    rows = []
    for strike in strikes:
        row: dict[str, object] = {"strike": strike, "at": "<" if strike == marked else ""}
        for right, name, _ in sides:
            row |= _cells(held.get((strike, right)), name)
        rows.append([row[column.name] for column in columns])
    return table(
        f"{chain.expiry}, {chain.currency}",
        columns,
        rows,
        footer=_doubts(held, strikes, [right for right, _, _ in sides]),
        provenance=chain.provenance,
        empty="No strikes.",
    )


def _side(call: Call) -> Right | None:
    """The side named; None for both."""
    typed = {word for word in call.words if word in (_CALLS, _PUTS)}
    if len(typed) != 1:
        return None
    return Right.CALL if _CALLS in typed else Right.PUT


_STRIKE = (Column(name="strike", title="Strike", format=Format.PRICE), Column(name="at", title=""))


def _quoted(name: str, letter: str) -> list[Column]:
    return [
        *(Column(name=f"{name}_{field}", title=f"{letter} {title}", format=Format.PRICE) for field, title in _PRICES),
        Column(name=f"{name}_iv", title=f"{letter} IV%", format=Format.NUMBER, decimals=1),
    ]


def _traded(name: str, letter: str) -> list[Column]:
    return [
        Column(name=f"{name}_volume", title=f"{letter} Vol", format=Format.INTEGER),
        Column(name=f"{name}_open_interest", title=f"{letter} OI", format=Format.INTEGER),
        Column(name=f"{name}_occ", title=f"{letter} OCC", hidden=True),
    ]


def _cells(contract: OptionQuote | None, name: str) -> dict[str, object]:
    """Cells of one contract; empty where there is none for a strike."""
    fields = ("bid", "ask", "last", "volume", "open_interest", "occ")
    cells: dict[str, object] = {f"{name}_{field}": getattr(contract, field, None) for field in fields}
    volatility = contract.implied_volatility if contract is not None else None
    return cells | {f"{name}_iv": None if volatility is None else 100 * volatility}


def _doubts(
    held: dict[tuple[float, Right], OptionQuote], strikes: Sequence[float], rights: Sequence[Right]
) -> tuple[tuple[str, str], ...]:
    shown = [one for strike in strikes for right in rights if (one := held.get((strike, right))) is not None]
    unknown = sum(one.implied_volatility is None for one in shown)
    unquoted = sum(one.implied_volatility is not None and one.bid is None and one.ask is None for one in shown)
    notes = []
    if unknown:
        notes.append(("IV", f"unknown for {unknown} of {len(shown)} contracts: the source gives none"))
    if unquoted:
        notes.append(("IV of the source", f"doubtful for {unquoted} of {len(shown)} contracts: neither bid nor ask"))
    return tuple(notes)


def _expiries(chain: OptionChain, instrument: Instrument, today: date) -> Table:
    rows = [(number, day, _days(day, today), day == chain.expiry) for number, day in enumerate(chain.expiries, 1)]
    return table(
        "Expiries",
        (
            Column(name="number", title="No", format=Format.INTEGER, hidden=True),
            Column(name="expiry", title="Expiry"),
            Column(name="days", title="Days", format=Format.INTEGER),
            Column(name="shown", title="Shown", format=Format.BOOLEAN),
        ),
        rows,
        pick_lines=[f"{instrument.display} OMON expiry={day}" for day in chain.expiries],
        provenance=chain.provenance,
    )

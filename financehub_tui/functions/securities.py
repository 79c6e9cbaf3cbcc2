"""Which securities a call is about, and quotes of them as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call
from financehub_tui.errors import CommandError
from financehub_tui.functions.fields import QuoteField
from financehub_tui.functions.starters import list_members
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Provenance, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.report.blocks import Column, Format, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk
    from financehub_tui.report.blocks import Block

NOT_ASKED = Missing(reason=Reason.PENDING, detail="not asked for yet")


def one_security(call: Call) -> Instrument:
    """The security of a call. Raises CommandError where none is loaded."""
    if call.security is None:
        raise CommandError(
            f"{call.mnemonic} needs a security", f"Type one before it: AAPL {call.mnemonic}, or load one first."
        )
    return call.security


async def many_securities(desk: Desk, call: Call, default_list: str) -> tuple[str, list[Instrument]]:
    """(title, securities) of a call: those typed, its list, or the function's default list."""
    if call.list_name:
        return f"@{call.list_name}", await list_members(desk, call.list_name)
    if call.securities:
        return ",".join(security.symbol for security in call.securities[:6]), list(call.securities)
    return f"@{default_list}", await list_members(desk, default_list)


def quote_table(
    title: str,
    instruments: Sequence[Instrument],
    quotes: Mapping[str, Quote | Missing],
    columns: Sequence[QuoteField],
    *,
    pick: str = "DES",
    lead: Mapping[str, Sequence[object]] | None = None,
) -> Table:
    """Quotes as a table: security, name, the fields asked for, and why a row is empty.

    `lead` puts further columns (title -> values) before the fields.
    """
    import polars as pl

    rows: dict[str, list[object]] = {
        "security": [instrument.display for instrument in instruments],
        "name": [instrument.name for instrument in instruments],
        **{key: list(values) for key, values in (lead or {}).items()},
    }
    found = [quotes.get(instrument.key, NOT_ASKED) for instrument in instruments]
    for field in columns:
        rows[field.id] = [
            None if isinstance(quote, Missing) else field.value(instrument, quote)
            for instrument, quote in zip(instruments, found, strict=True)
        ]
    rows["decimals"] = [
        instrument.decimals if isinstance(quote, Missing) or quote.decimals is None else quote.decimals
        for instrument, quote in zip(instruments, found, strict=True)
    ]
    rows["missing"] = [str(quote) if isinstance(quote, Missing) else None for quote in found]
    return Table(
        title=title,
        frame=pl.DataFrame(rows, strict=False),
        columns=(
            Column(name="security", title="Security"),
            Column(name="name", title="Name", width=24),
            *(Column(name=key, title=key) for key in (lead or {})),
            *(field.column() for field in columns),
            Column(name="decimals", title="Decimals", format=Format.INTEGER, hidden=True),
            Column(name="missing", title="Missing", hidden=all(text is None for text in rows["missing"])),
        ),
        pick_lines=tuple(f"{instrument.display} {pick}" for instrument in instruments),
        provenance=next((q.provenance for q in found if isinstance(q, Quote) and q.provenance), None),
        empty="The list is empty.",
    )


def report(
    desk: Desk,
    call: Call,
    blocks: Sequence[Block],
    *,
    subject: str = "",
    provenance: Sequence[Provenance] = (),
    missing: Sequence[Missing] = (),
) -> Report:
    """A Report stamped with the desk's clock and scenario. `subject` defaults to the call's own."""
    name = subject or call.subject
    found = tuple(provenance) or tuple(p for block in blocks if (p := block.provenance) is not None)
    return Report(
        title=f"{name} {call.mnemonic}".strip(),
        blocks=tuple(blocks),
        provenance=found,
        missing=tuple(missing),
        as_of=desk.clock.now(),
        scenario=desk.scenario.title,
    )

"""Members of a list as text and as CSV."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui.commands.grammar import parse
from financehub_tui.commands.printing import security_text
from financehub_tui.errors import CommandError, StoreError
from financehub_tui.functions.reading import context_of
from financehub_tui.market.instrument import Instrument
from financehub_tui.paths import write_private

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SYMBOL_COLUMNS = ("security", "symbol", "ticker")
MOST_ROWS = 10_000


async def parse_members(desk: Desk, text: str) -> list[Instrument]:
    """Securities separated by commas. Raises CommandError."""
    reading = parse(f"{text} MON", await context_of(desk))
    if len(reading.calls) != 1:
        raise CommandError("One list at a time", "Separate securities with commas: AAPL,MSFT.")
    return list(reading.calls[0].securities)


async def read_csv(desk: Desk, file: Path) -> tuple[list[Instrument], list[str]]:
    """Members of a CSV with a header, and a line for each row that could not be read.

    Raises CommandError where the file cannot be read, has no such column, or no row of it names a security.
    """
    names = await asyncio.to_thread(_symbols, file)
    context = await context_of(desk)
    members: dict[str, Instrument] = {}
    complaints: list[str] = []
    for row, name in enumerate(names, start=2):
        try:
            for member in parse(f"{name} DES" if "," not in name else name, context).calls[0].securities:
                members[member.key] = member
        except CommandError as error:
            complaints.append(f"row {row}: {error}")
    if not members:
        reason = complaints[0] if complaints else "it has no rows"
        raise CommandError(f"{file.name}: no security could be read: {reason}")
    return list(members.values()), complaints


def _symbols(file: Path) -> list[str]:
    try:
        with file.expanduser().open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            header = list(reader.fieldnames or ())
            column = next((name for name in header if (name or "").strip().lower() in SYMBOL_COLUMNS), None)
            if column is None:
                raise CommandError(
                    f"{file.name}: no column named {', '.join(SYMBOL_COLUMNS)}",
                    f"Its columns are {', '.join(header)[:80] or 'none'}.",
                )
            names = [(row[column] or "").strip() for _, row in zip(range(MOST_ROWS), reader, strict=False)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"{file}: {words}", "Give the path of a CSV file.") from error
    return [name for name in names if name]


def write_csv(file: Path, members: list[Instrument]) -> Path:
    """Write members with their identity. Raises StoreError."""
    import io

    file = file.expanduser()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("security", "name", "venue", "currency", "unit"))
    for member in members:
        writer.writerow((security_text(member), member.name, member.venue, member.currency, member.unit.value))
    try:
        write_private(file, text.getvalue())
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror or error}", "Nothing was written.") from error
    return file

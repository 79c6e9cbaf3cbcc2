"""Members of a list as text and as CSV."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui.commands.grammar import parse
from financehub_tui.commands.printing import security_text
from financehub_tui.errors import CommandError, StoreError
from financehub_tui.functions.reading import context_of
from financehub_tui.functions.starters import list_members
from financehub_tui.market.instrument import Instrument
from financehub_tui.paths import write_private

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

SYMBOL_COLUMNS = ("security", "symbol", "ticker")
EXPORTED = ("security", "name", "venue", "currency", "unit")
MOST_ROWS = 10_000


async def list_name(desk: Desk, name: str) -> str:
    """A name for a list, as an existing one is spelt. Raises CommandError where `@name` could not be typed."""
    context = await context_of(desk)
    spelt = next((known for known in context.lists if known.casefold() == name.casefold()), name)
    return parse(f"@{name} MON", replace(context, lists=(spelt,))).calls[0].list_name


async def parse_members(desk: Desk, text: str) -> list[Instrument]:
    """Securities separated by commas, or `@` and the name of another list. Raises CommandError."""
    reading = parse(f"{text} MON", await context_of(desk))
    if len(reading.calls) != 1:
        raise CommandError("One list at a time", "Separate securities with commas: AAPL,MSFT.")
    call = reading.calls[0]
    return await list_members(desk, call.list_name) if call.list_name else list(call.securities)


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
    """Write members with their identity, over an earlier export or to a new file. Raises CommandError, StoreError."""
    file = file.expanduser()
    if not file.absolute().parent.is_dir():
        raise StoreError(f"{file.parent} is no folder", "Nothing was written.")
    _check_overwrite(file)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(EXPORTED)
    for member in members:
        writer.writerow((security_text(member), member.name, member.venue, member.currency, member.unit.value))
    try:
        write_private(file, text.getvalue())
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror or error}", "Nothing was written.") from error
    return file


def _check_overwrite(file: Path) -> None:
    """Nothing but an earlier export is ever replaced."""
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            if lines.readline(200).strip() == ",".join(EXPORTED):
                return
    except OSError:
        return
    raise CommandError(f"{file} is there and is no list exported earlier", "Give another name.")

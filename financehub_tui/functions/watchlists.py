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
    from financehub_tui.commands.context import ParseContext
    from financehub_tui.commands.spec import Call
    from financehub_tui.desk import Desk

SYMBOL_COLUMNS = ("security", "symbol", "ticker")
SEPARATORS = ",;\t"
EXPORTED = ("security", "name", "venue", "currency", "unit")
MOST_ROWS = 10_000
MOST_BYTES = 10_000_000
_GIVE = "Give the path of a CSV file of at most 10 MB."


async def list_name(desk: Desk, name: str) -> str:
    """A name for a list, as an existing one is spelt. Raises CommandError where `@name` could not be typed."""
    context = await context_of(desk)
    spelt = next((known for known in context.lists if known.casefold() == name.casefold()), name)
    return parse(f"@{name} MON", replace(context, lists=(spelt,))).calls[0].list_name


async def parse_members(desk: Desk, text: str) -> list[Instrument]:
    """Securities separated by commas, or `@` and the name of another list. Raises CommandError."""
    call = _read(text, await context_of(desk))
    return await list_members(desk, call.list_name) if call.list_name else list(call.securities)


def _read(text: str, context: ParseContext) -> Call:
    calls = parse(f"{text} MON", context).calls
    if len(calls) != 1:
        raise CommandError("One list at a time", "Separate securities with commas: AAPL,MSFT.")
    return calls[0]


async def read_csv(desk: Desk, file: Path) -> tuple[list[Instrument], list[str]]:
    """Members of a CSV with a header, and a line for each row that could not be read, and for those that were left out.

    Raises CommandError where the file cannot be read, has no such column, or no row of it names a security.
    """
    read = await asyncio.to_thread(_symbols, file)
    rows = [(number, name) for number, name in read if name]
    context = await context_of(desk)
    members: dict[str, Instrument] = {}
    complaints: list[str] = []
    for number, name in rows[:MOST_ROWS]:
        try:
            members |= {member.key: member for member in _read(name, context).securities}
        except CommandError as error:
            complaints.append(f"line {number}: {error}")
    if blank := len(read) - len(rows):
        words = "1 row without a symbol was" if blank == 1 else f"{blank:,} rows without a symbol were"
        complaints.append(f"{words} passed over")
    if not members:
        reason = complaints[0] if complaints else "it has no rows"
        raise CommandError(f"{file.name}: no security could be read: {reason}")
    if len(rows) > MOST_ROWS:
        complaints.append(f"the lines from {rows[MOST_ROWS][0]} on were left out: {MOST_ROWS:,} rows are the most")
    return list(members.values()), complaints


def _symbols(file: Path) -> list[tuple[int, str]]:
    """(line number, text) of every cell in the column of securities, empty or not. Raises CommandError."""
    file = file.expanduser()
    try:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            raise CommandError(f"{file}: {'too large' if file.is_file() else 'no such file'}", _GIVE)
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, delimiter=max(SEPARATORS, key=lines.readline().count))
            lines.seek(0)
            header = [name or "" for name in reader.fieldnames or ()]
            column = next((name for name in header if name.strip().lower() in SYMBOL_COLUMNS), None)
            if column is None:
                columns = " ".join(", ".join(header)[:80].split()) or "none"
                raise CommandError(
                    f"{file.name}: no column named {', '.join(SYMBOL_COLUMNS)}", f"Its columns are {columns}."
                )
            return [(reader.line_num, (row[column] or "").strip()) for row in reader]
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is no UTF-8 text", _GIVE) from error
    except (OSError, csv.Error) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"{file}: {words}", _GIVE) from error


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

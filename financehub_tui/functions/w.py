"""W: worksheets, the user's security lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui.commands.printing import security_text
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.fields import fields
from financehub_tui.functions.frames import table
from financehub_tui.functions.mon import DEFAULT_COLUMNS
from financehub_tui.functions.securities import quote_table, report
from financehub_tui.functions.watchlists import parse_members, read_csv, write_csv
from financehub_tui.market.instrument import Instrument
from financehub_tui.report.blocks import Block, Column, Format, Report, Text

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

ACTIONS = ("NEW", "ADD", "REMOVE", "DELETE", "IMPORT", "EXPORT")

SPEC = FunctionSpec(
    mnemonic="W",
    title="Worksheet",
    category=Category.PORTFOLIO,
    help="Security lists. W alone shows them all; @tech W shows one with quotes. W NEW tech AAPL,MSFT makes a list (or "
    "replaces it), W ADD and W REMOVE change it, W DELETE drops it. W IMPORT tech file.csv reads a CSV with a column "
    "named symbol, security or ticker; W EXPORT tech file.csv writes one. A list serves wherever securities do: "
    "@tech MON. Lists such as @sp500 and @fx come with the program and cannot be changed.",
    tails=(
        Tail(kind=TailKind.WORD, words=ACTIONS, help="What to do with a list", example="ADD tech NVDA"),
        Tail(kind=TailKind.TEXT, help="Name of the list, then securities with commas, or a file"),
    ),
    sources="The store.",
    examples=("W", "W NEW tech AAPL,MSFT,NVDA", "@tech W", "W EXPORT tech tech.csv"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The lists, or one list with quotes, after what the call changes. Raises CommandError, DataMissingError."""
    if call.words:
        return await _act(desk, call)
    if call.list_name:
        return await _one(desk, call, call.list_name)
    return await _all(desk, call)


async def _all(desk: Desk, call: Call) -> Report:
    rows = await desk.lists.names()
    columns = (Column(name="list", title="List"), Column(name="members", title="Members", format=Format.INTEGER))
    listing = table("Lists", columns, rows, pick_lines=[f"@{name} W" for name, _ in rows])
    return report(desk, call, [listing], subject="")


async def _one(desk: Desk, call: Call, name: str, *notes: Block) -> Report:
    members = await desk.lists.members(name)
    quotes = await desk.quotes(members)
    listing = quote_table(f"@{name}, {len(members)} securities", members, quotes, fields(DEFAULT_COLUMNS))
    return report(desk, call, [*notes, listing], subject=f"@{name}")


async def _act(desk: Desk, call: Call) -> Report:
    action = call.words[0]
    name, _, rest = call.text.strip().lstrip("@").partition(" ")
    name = name or call.list_name
    if not name:
        raise CommandError(f"W {action} needs the name of a list", f"Write W {action} tech, say.")
    if action == "DELETE":
        await desk.lists.delete(name)
        return await _all(desk, call)
    if action == "EXPORT":
        members = await desk.lists.members(name)
        file = write_csv(Path(rest.strip() or f"{name}.csv"), members)
        return await _one(desk, call, name, Text(title="Export", body=f"{len(members)} securities written to {file}"))
    if action == "IMPORT":
        members, complaints = await read_csv(desk, Path(_file(rest)))
        await desk.lists.save(name, members)
        body = "\n".join([f"{len(members)} securities read", *complaints])
        return await _one(desk, call, name, Text(title="Import", body=body))
    given = [*call.securities, *(await parse_members(desk, rest) if rest.strip() else [])]
    await desk.lists.save(name, await _changed(desk, action, name, given))
    return await _one(desk, call, name)


def _file(text: str) -> str:
    if not text.strip():
        raise CommandError("W IMPORT needs a file", "Write W IMPORT tech tech.csv, say.")
    return text.strip()


async def _changed(desk: Desk, action: str, name: str, given: list[Instrument]) -> list[Instrument]:
    """The members of a list after NEW, ADD or REMOVE."""
    if not given:
        raise CommandError(f"W {action} {name} names no security", f"Write W {action} {name} AAPL,MSFT, say.")
    if action == "NEW":
        return list({member.key: member for member in given}.values())
    members = {member.key: member for member in await desk.lists.members(name)}
    if action == "ADD":
        return list((members | {member.key: member for member in given}).values())
    absent = [member for member in given if member.key not in members]
    if absent:
        raise CommandError(f"{security_text(absent[0])} is not in @{name}", f"@{name} W shows its members.")
    for member in given:
        del members[member.key]
    return list(members.values())

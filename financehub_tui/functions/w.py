"""W: worksheets, the user's security lists."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from financehub_tui.commands.printing import security_text
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.fields import fields
from financehub_tui.functions.frames import table
from financehub_tui.functions.gaps import quote_gaps
from financehub_tui.functions.mon import DEFAULT_COLUMNS
from financehub_tui.functions.securities import quote_table, report
from financehub_tui.functions.starters import list_members
from financehub_tui.functions.watchlists import list_name, parse_members, read_csv, write_csv
from financehub_tui.market.instrument import Instrument
from financehub_tui.report.blocks import Block, Column, Format, Report, Text

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

GLANCE = 3
"""Members of a list that are named where all lists are shown: as many as a narrow pane has room for."""
HINTS = (("New", "W NEW tech AAPL,MSFT"), ("Change", "W ADD tech NVDA"), ("Quotes", "@tech MON"), ("More", "HELP W"))
ACTIONS = ("NEW", "ADD", "REMOVE", "DELETE", "IMPORT", "EXPORT")

SPEC = FunctionSpec(
    mnemonic="W",
    title="Worksheet",
    category=Category.PORTFOLIO,
    help="Security lists. W alone shows them all; W tech, or @tech W, shows one with quotes. W NEW tech AAPL,MSFT "
    "makes a list (or replaces it), W ADD and W REMOVE change it, W DELETE drops it. W IMPORT tech file.csv "
    "reads a CSV with a column named symbol, security or ticker; W EXPORT tech file.csv writes one. A list "
    "serves wherever securities do: @tech MON. Lists such as @sp500 and @fx come with the program and cannot be"
    " changed; a list of yours called starter is what MON opens with.",
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
    if call.list_name or call.text:
        return await _one(desk, call, call.list_name or await list_name(desk, call.text.strip().removeprefix("@")))
    return await _all(desk, call)


async def _all(desk: Desk, call: Call) -> Report:
    names = await desk.lists.names()
    members = await asyncio.gather(*(desk.lists.members(name) for name, _ in names))
    rows = [(name, count, _first(found)) for (name, count), found in zip(names, members, strict=True)]
    columns = (
        Column(name="list", title="List"),
        Column(name="members", title="Members", format=Format.INTEGER),
        Column(name="first", title="First of them"),
    )
    listing = table("Lists", columns, rows, pick_lines=[f"@{name} W" for name, _ in names], footer=HINTS)
    return report(desk, call, [listing], subject="")


def _count(members: Sequence[Instrument]) -> str:
    return "1 security" if len(members) == 1 else f"{len(members)} securities"


def _first(members: Sequence[Instrument]) -> str:
    """`SPY IVV VOO`: what a list is about, at a glance."""
    return " ".join(member.symbol for member in members[:GLANCE])


async def _one(desk: Desk, call: Call, name: str, *notes: Block) -> Report:
    members = await list_members(desk, name)
    quotes = await desk.quotes(members)
    listing = quote_table(f"@{name}, {_count(members)}", members, quotes, fields(DEFAULT_COLUMNS))
    missing = quote_gaps(members, quotes)
    return report(desk, call, [*notes, listing], subject=f"@{name}", missing=missing)


async def _act(desk: Desk, call: Call) -> Report:
    action = call.words[0]
    name, rest = await _target(desk, call)
    if action == "DELETE":
        await desk.lists.members(name)
        await desk.lists.delete(name)
        return await _all(desk, call)
    if action == "EXPORT":
        members = await list_members(desk, name)
        file = await asyncio.to_thread(write_csv, Path(rest or f"{name}.csv"), members)
        return await _one(desk, call, name, Text(title="Export", body=f"{_count(members)} written to {file}"))
    if action == "IMPORT":
        if not rest:
            raise CommandError("W IMPORT needs a file", f"Write W IMPORT {name} {name}.csv, say.")
        members, complaints = await read_csv(desk, Path(rest))
        await desk.lists.save(name, members)
        body = "\n".join([f"{_count(members)} read", *complaints])
        return await _one(desk, call, name, Text(title="Import", body=body))
    await desk.lists.save(name, await _changed(desk, action, name, await parse_members(desk, rest) if rest else []))
    return await _one(desk, call, name)


async def _target(desk: Desk, call: Call) -> tuple[str, str]:
    """(name of the list, the rest of the text): `W ADD tech NVDA`, or `@tech W ADD NVDA`. Raises CommandError."""
    text = call.text.strip()
    if call.list_name:
        return call.list_name, text
    name, _, rest = text.lstrip("@").partition(" ")
    if not name:
        raise CommandError(f"W {call.words[0]} needs the name of a list", f"Write W {call.words[0]} tech, say.")
    return await list_name(desk, name), rest.strip()


async def _changed(desk: Desk, action: str, name: str, given: list[Instrument]) -> list[Instrument]:
    """The members of a list after NEW, ADD or REMOVE."""
    if not given:
        raise CommandError(f"W {action} {name} names no security", f"Write W {action} {name} AAPL,MSFT, say.")
    if action == "NEW":
        return list({member.key: member for member in given}.values())
    members = {member.key: member for member in await list_members(desk, name)}
    if action == "ADD":
        return list((members | {member.key: member for member in given}).values())
    absent = [member for member in given if member.key not in members]
    if absent:
        raise CommandError(f"{security_text(absent[0])} is not in @{name}", f"@{name} W shows its members.")
    for member in given:
        del members[member.key]
    return list(members.values())

"""HELP: pages made from the registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from financehub_tui.commands.keys import table_rows
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.errors import CommandError
from financehub_tui.functions.frames import table
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Block, Column, Field, KeyValues, Report, Table, Text

if TYPE_CHECKING:
    from financehub_tui.commands.registry import Registry
    from financehub_tui.desk import Desk

SPEC = FunctionSpec(
    mnemonic="HELP",
    title="Help",
    category=Category.NAVIGATION,
    help="The page of a function: what it shows, tails, keys, sources and formulas. HELP alone lists every function "
    "and every key, with a second way to each key for terminals that swallow the first. HELP HELP opens DIAG.",
    tails=(Tail(kind=TailKind.TEXT, help="A mnemonic, or KEYS", example="GP"),),
    sources="The function registry.",
    examples=("HELP", "HELP GP", "HELP KEYS", "GP ?"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The page of the function named, or the index. Raises CommandError for an unknown one."""
    from financehub_tui.functions.catalogue import registry

    functions = registry()
    words = call.text.split()
    if not words:
        return report(desk, call, [_index(functions), key_table()], subject="")
    if words[0].upper() == "KEYS":
        return report(desk, call, [key_table()], subject="KEYS")
    spec = functions.get(words[0])
    if spec is None:
        from difflib import get_close_matches

        near = get_close_matches(words[0].upper(), functions.names, n=1)
        hint = f"Did you mean HELP {near[0]}?" if near else "HELP alone lists every function."
        raise CommandError(f"No function {words[0][:20]!r}", hint)
    return report(desk, call, page(spec), subject=spec.mnemonic)


def page(spec: FunctionSpec) -> list[Block]:
    """A function's help page."""
    sectors = ", ".join(sector.value for sector in spec.asset_classes) or "all"
    facts = [
        ("Mnemonic", " ".join((spec.mnemonic, *spec.aliases))),
        ("Group", spec.category.value),
        ("Needs", "nothing loaded" if spec.needs is Needs.NOTHING else spec.needs.value),
        ("Sectors", sectors),
        ("Sources", spec.sources),
        ("Formulas", spec.formulas),
    ]
    blocks: list[Block] = [Text(title=f"{spec.mnemonic}: {spec.title}", body=spec.help)]
    if spec.examples:
        blocks.append(_table("Examples", ("line",), [(line,) for line in spec.examples], picks=tuple(spec.examples)))
    if spec.tails:
        blocks.append(
            _table("Tails", ("tail", "meaning", "values", "example"), [_tail(spec, tail) for tail in spec.tails])
        )
    if spec.keys:
        blocks.append(_table("Keys in its pane", ("key", "does"), list(spec.keys)))
    facts_block = KeyValues(title="Facts", fields=tuple(Field(label=a, value=b) for a, b in facts if b))
    return [*blocks, facts_block]


def _tail(spec: FunctionSpec, tail: Tail) -> tuple[str, ...]:
    written = {
        TailKind.PERIOD: "1D 3M 1Y YTD MAX or dates",
        TailKind.INTERVAL: "1m 5m 15m 30m 1h 4h D W M",
        TailKind.OPTION: " ".join(f"{word}=..." for word in tail.words[:6]),
        TailKind.WORD: " ".join(tail.words),
    }
    example = f"{spec.mnemonic} {tail.example}" if tail.example else ""
    return tail.kind.value, tail.help, written.get(tail.kind, ""), example


def _index(functions: Registry) -> Table:
    rows = [
        (spec.mnemonic, spec.title, category.value, " ".join(spec.aliases))
        for category, specs in functions.by_category().items()
        for spec in specs
    ]
    return _table(
        "Functions", ("mnemonic", "name", "group", "also"), rows, picks=tuple(f"HELP {row[0]}" for row in rows)
    )


def key_table() -> Table:
    """Every key, with the way that always works."""
    rows = [(key, action, always, theirs) for action, theirs, key, always in table_rows()]
    return _table("Keys", ("key", "action", "always works", "Bloomberg"), rows)


def _table(title: str, names: tuple[str, ...], rows: Sequence[tuple[str, ...]], picks: tuple[str, ...] = ()) -> Table:
    columns = tuple(Column(name=name, title=name[:1].upper() + name[1:]) for name in names)
    return table(title, columns, rows, pick_lines=picks)

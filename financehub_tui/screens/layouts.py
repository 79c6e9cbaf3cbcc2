"""A workspace as a document: which panes stand where and what each shows. TOML, with a version number."""

from __future__ import annotations

import msgspec

from financehub_tui.errors import CommandError
from financehub_tui.screens.split import MAX_PANES, Leaf, Split, Tree, panes

VERSION = 1


class PaneState(msgspec.Struct, frozen=True, kw_only=True):
    """What one pane shows."""

    pane: int
    line: str
    """The command line that brings it back."""
    group: str = ""
    """Link group A to F, empty where it stands alone."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The panes of a workspace."""

    version: int = VERSION
    tree: Tree
    panes: tuple[PaneState, ...]
    focused: int = 1


def encode(layout: Layout) -> str:
    """The layout as a TOML document."""
    import tomlkit

    return tomlkit.dumps(msgspec.to_builtins(layout))


def decode(document: str) -> Layout:
    """A layout from its document. Raises CommandError where it is damaged or of a newer version."""
    import tomllib

    hint = "LAY RESET gives the layout a new user sees."
    try:
        table = tomllib.loads(document)
        if table.get("version", 0) > VERSION:
            raise CommandError(f"This layout is of a newer version ({table['version']})", "Update FinanceHub TUI.")
        layout = msgspec.convert(table, Layout)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CommandError(f"The saved layout is damaged: {error}", hint) from error
    numbers = panes(layout.tree)
    if len(set(numbers)) != len(numbers) or not 1 <= len(numbers) <= MAX_PANES:
        raise CommandError("The saved layout is damaged: its panes are not distinct", hint)
    return layout


def starting_layout(scenario: str) -> Layout:
    """The layout a new user sees."""
    monitor = PaneState(pane=1, line="MON")
    if scenario == "crypto":
        others = (("BTCUSDT GIP 1m", "A"), ("BTCUSDT BOOK", "A"), ("BTCUSDT QR", "A"))
    else:
        chart = "AAPL US Equity GIP 5m" if scenario == "equities" else "AAPL US Equity GP 6M"
        third = "AAPL US Equity MDM" if scenario == "equities" else "AAPL US Equity DES"
        others = ((chart, "A"), (third, "A"), ("WEI" if scenario == "live" else "MOST", ""))
    states = [PaneState(pane=2 + index, line=line, group=group) for index, (line, group) in enumerate(others)]
    right = Split("column", 0.58, Leaf(2), Split("row", 0.5, Leaf(3), Leaf(4)))
    return Layout(tree=Split("row", 0.46, Leaf(1), right), panes=(monitor, *states), focused=1)

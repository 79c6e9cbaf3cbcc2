"""A workspace as a document: which panes stand where and what each shows. TOML, with a version number."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from financehub_tui.errors import CommandError
from financehub_tui.paths import find_paths, write_private
from financehub_tui.screens.split import MAX_PANES, Leaf, Split, Tree, panes

VERSION = 1
_log = logging.getLogger(__name__)


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
        version = table.get("version", 0)
        if isinstance(version, int) and version > VERSION:
            raise CommandError(f"This layout is of a newer version ({version})", "Update FinanceHub TUI.")
        layout = msgspec.convert(table, Layout)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CommandError(f"The saved layout is damaged: {error}", hint) from error
    numbers = panes(layout.tree)
    if len(set(numbers)) != len(numbers) or not 1 <= len(numbers) <= MAX_PANES:
        raise CommandError("The saved layout is damaged: its panes are not distinct", hint)
    return layout


def starting_layout(scenario: str) -> Layout:
    """The layout a new user sees."""
    lines: tuple[str, ...]
    if scenario == "crypto":
        lines = ("MON", "BTCUSDT GPC 3M", "BTCUSDT GIP 15m", "BTCUSDT BOOK", "BTCUSDT QR")
        left = Split("column", 0.2, Leaf(1), Split("column", 0.5, Leaf(2), Leaf(3)))
        tree = Split("row", 0.56, left, Split("column", 0.55, Leaf(4), Leaf(5)))
    elif scenario == "equities":
        lines = ("MON", "AAPL US Equity GIP 1m", "AAPL US Equity MDM", "MOST")
        tree = Split("row", 0.46, Leaf(1), Split("column", 0.58, Leaf(2), Split("row", 0.5, Leaf(3), Leaf(4))))
    else:
        lines = ("MON", "AAPL US Equity GP 6M", "AAPL US Equity DES", "WEI")
        tree = Split("row", 0.46, Leaf(1), Split("column", 0.55, Leaf(2), Split("row", 0.5, Leaf(3), Leaf(4))))
    states = tuple(
        PaneState(pane=number, line=line, group="" if line in ("MON", "MOST", "WEI") else "A")
        for number, line in enumerate(lines, start=1)
    )
    # Lines go to the current pane: the largest one that is no list of its own.
    return Layout(tree=tree, panes=states, focused=2 if scenario == "crypto" else 1)


def last_file(scenario: str) -> Path:
    """Where the layout in use is kept between sessions: a file, so that the first picture waits for no database."""
    return find_paths().data / f"last-layout-{scenario}.toml"


def read_last(scenario: str) -> Layout | None:
    """The layout of the last session. None where there is none, or it cannot be used (the log says why)."""
    try:
        return decode(last_file(scenario).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, CommandError) as error:
        _log.warning("last layout: %s", error)
        return None


def keep_last(scenario: str, layout: Layout) -> None:
    """Keep a layout for the next session; a home that cannot be written is said in the log."""
    try:
        write_private(last_file(scenario), encode(layout))
    except OSError as error:
        _log.warning("last layout not kept: %s", error)

"""The keys of the workstation as data: what Bloomberg has, what ours is when it arrives, what always works.

Function keys and modifiers get lost in tmux, over SSH and on macOS, so nothing hangs on one combination alone.
"""

from __future__ import annotations

import msgspec

from financehub_tui.market.instrument import AssetClass


class KeyRoute(msgspec.Struct, frozen=True, kw_only=True):
    """One action and the ways to it."""

    action: str
    """Stable id, the one the application binds."""
    title: str
    bloomberg: str
    """The key of a Bloomberg keyboard; empty where it has none."""
    key: str
    """Our key, where the terminal lets it through."""
    always: str
    """The route that works in every terminal."""


KEYS: tuple[KeyRoute, ...] = (
    KeyRoute(action="go", title="Run the line", bloomberg="GO", key="Enter", always="Enter"),
    KeyRoute(
        action="cancel", title="Stop what runs, clear the line", bloomberg="CANCEL", key="Esc",
        always="Esc Esc, or type CANCEL",
    ),
    KeyRoute(
        action="sector", title="Sector word, or its menu on an empty line", bloomberg="F2-F12",
        key="F2 GOVT, F8 EQUITY, F9 CMDTY, F10 INDEX, F11 CURNCY, F12 CRYPTO",
        always="type the word; on an empty line .g .e .k .i .c .x; click the key bar",
    ),
    KeyRoute(
        action="menu", title="One level up", bloomberg="MENU", key="Backspace on an empty line", always="type MENU",
    ),
    KeyRoute(
        action="help", title="Help for the function", bloomberg="HELP", key="F1",
        always="type HELP, or ? on an empty line",
    ),
    KeyRoute(
        action="page_forward", title="Next page", bloomberg="PgFwd", key="PgDn",
        always="Ctrl+F; Space while no line is typed",
    ),
    KeyRoute(action="page_back", title="Page before", bloomberg="PgBack", key="PgUp", always="Ctrl+B"),
    KeyRoute(
        action="pane", title="Go to another pane", bloomberg="PANEL", key="Ctrl+arrow, mouse",
        always="Ctrl+W then 1-9 or h j k l; prefix 2: on the line",
    ),
    KeyRoute(
        action="command_line", title="To the command line", bloomberg="HOME", key="any letter outside a field",
        always="any letter outside a field",
    ),
    KeyRoute(
        action="history_back", title="Line before", bloomberg="LAST", key="Up", always="Up, Ctrl+R, type LAST",
    ),
    KeyRoute(action="history_forward", title="Line after", bloomberg="", key="Down", always="Down, type LAST"),
    KeyRoute(
        action="history_search", title="Search typed lines", bloomberg="", key="Ctrl+R", always="Ctrl+R, type LAST",
    ),
    KeyRoute(
        action="complete", title="Take a suggestion", bloomberg="TAB", key="Tab", always="Tab, or Down then Enter",
    ),
    KeyRoute(action="next_field", title="Next field", bloomberg="TAB", key="Tab", always="Tab"),
    KeyRoute(action="previous_field", title="Field before", bloomberg="Shift TAB", key="Shift+Tab", always="Shift+Tab"),
    KeyRoute(
        action="copy", title="Copy the pane", bloomberg="", key="Ctrl+Y (clipboard by OSC 52)",
        always="export to a file with GRAB",
    ),
)  # fmt: skip
"""In the order HELP shows them."""

SECTOR_KEYS: dict[str, str] = {
    "f2": AssetClass.GOVERNMENT.value,
    "f3": AssetClass.CORPORATE.value,
    "f8": AssetClass.EQUITY.value,
    "f9": AssetClass.COMMODITY.value,
    "f10": AssetClass.INDEX.value,
    "f11": AssetClass.CURRENCY.value,
    "f12": AssetClass.CRYPTO.value,
}
"""Function key to the word it types. F4 to F7 (Mtge, M-Mkt, Muni, Pfd) have no data source here."""

LEADER = "."
LEADER_KEYS: dict[str, str] = {
    "e": AssetClass.EQUITY.value,
    "c": AssetClass.CURRENCY.value,
    "i": AssetClass.INDEX.value,
    "k": AssetClass.COMMODITY.value,
    "g": AssetClass.GOVERNMENT.value,
    "x": AssetClass.CRYPTO.value,
}
"""Second key after the `.` leader on an empty line, to the word it types."""


def table_rows() -> list[tuple[str, str, str, str]]:
    """(title, Bloomberg key, our key, what always works) of every action, for HELP."""
    return [(route.title, route.bloomberg, route.key, route.always) for route in KEYS]

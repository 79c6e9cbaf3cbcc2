"""The tokens of a theme."""

from __future__ import annotations

import msgspec


class ThemePalette(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One theme. Every colour is `#rrggbb`, one of the 16 ANSI names (`bright_red`) or `default`."""

    name: str
    caption: str
    """What the theme is called in menus."""
    dark: bool = True
    ansi: bool = False
    """True: the terminal's own colours, taken as they are."""

    # Surfaces and plain text
    background: str
    panel: str
    text: str
    value: str
    """Figures; brighter than plain text."""
    muted: str
    title: str
    """Titles of panes and blocks."""
    label: str
    """Names beside values."""
    header: str
    """Column headings, on `header_background`."""
    header_background: str

    # Direction of a price
    up: str
    down: str
    flat: str

    # Sides of the book
    bid: str
    ask: str
    bid_depth: str
    """Background of a depth bar, as `ask_depth`."""
    ask_depth: str

    # Backgrounds of a value that has just changed
    flash_up: str
    flash_down: str
    flash_text: str
    """Text on `flash_up` and `flash_down`."""

    # Selection and cursor
    selection: str
    selection_text: str
    cursor: str
    """Background of the row or cell under the cursor, with `cursor_text` on it."""
    cursor_text: str

    # Charts
    axis: str
    grid: str
    crosshair: str
    volume_up: str
    volume_down: str

    # Notices
    warning: str
    error: str
    info: str
    stale: str
    """A value older than it should be, or missing."""

    # Link groups A to F
    link_a: str
    link_b: str
    link_c: str
    link_d: str
    link_e: str
    link_f: str

    # Studies over a chart
    overlay_1: str
    overlay_2: str
    overlay_3: str
    overlay_4: str
    overlay_5: str
    overlay_6: str

    # Frames
    border: str
    border_focus: str

    # Command line
    command_text: str
    command_background: str
    command_ghost: str
    """Completion offered behind the cursor."""


def tokens() -> tuple[str, ...]:
    """Names of all colour tokens, in the order of the struct."""
    other = {"name", "caption", "dark", "ansi"}
    return tuple(field for field in ThemePalette.__struct_fields__ if field not in other)

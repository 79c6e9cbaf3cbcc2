"""The drop-down under the command line: suggestions by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from financehub_tui.widgets.live import LiveView
from financehub_tui.widgets.strips import build, fit, safe_text

if TYPE_CHECKING:
    from financehub_tui.commands.completion import Group, Suggestion

MOST_ROWS = 12


class DropDown(LiveView, can_focus=False):
    """Rows of suggestions over the panes. None is marked until the user goes into it."""

    DEFAULT_CSS = """
    DropDown {
        layer: overlay; dock: top; offset: 0 1; width: 76; max-width: 100%; height: 1; display: none;
        overflow: hidden hidden; scrollbar-size: 0 0;
    }
    """

    class Clicked(Message):
        """A suggestion was clicked."""

        def __init__(self, suggestion: Suggestion) -> None:
            super().__init__()
            self.suggestion = suggestion

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Suggestion, ...] = ()
        self._marked: int | None = None

    @property
    def is_open(self) -> bool:
        """True while there are suggestions on screen."""
        return bool(self._rows)

    @property
    def chosen(self) -> Suggestion | None:
        """The marked suggestion."""
        return None if self._marked is None else self._rows[self._marked]

    @property
    def first(self) -> Suggestion | None:
        """The suggestion Tab takes where none is marked."""
        return self._rows[0] if self._rows else None

    def show(self, suggestions: Sequence[Suggestion]) -> None:
        """Open with these, none marked; nothing closes it."""
        self._rows = _fair(suggestions)
        self._marked = None
        self.display = bool(self._rows)
        if self._rows:
            self.styles.height = len(self._rows)
            self.refresh()

    def close(self) -> None:
        """Gone from the screen."""
        if self._rows:
            self.show(())

    def move(self, by: int) -> None:
        """Mark the next or the one before; before the first none is marked."""
        if not self._rows:
            return
        at = -1 if self._marked is None else self._marked
        new = min(at + by, len(self._rows) - 1)
        self._marked = None if new < 0 else new
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Group at the first of its rows, label, detail."""
        if y >= len(self._rows):
            return self.blank_line()
        row, width = self._rows[y], self.size.width
        marked = y == self._marked
        surface = "cursor" if marked else "panel"
        group = "" if y and self._rows[y - 1].group is row.group else row.group.value
        style = self.palette.style
        clean = self.glyphs.clean

        def tone(token: str) -> Style:
            return style("cursor") if marked else style(token, surface)

        pieces = [
            (f" {fit(group, 11)}", tone("muted")),
            (fit(clean(safe_text(row.label)), 24) + " ", tone("title")),
            (fit(clean(safe_text(row.detail)), max(width - 38, 0)), tone("text")),
        ]
        return build(pieces, width, style(surface))

    def on_click(self, event: events.Click) -> None:
        """Take the suggestion under the mouse."""
        if 0 <= event.y < len(self._rows):
            self.post_message(self.Clicked(self._rows[event.y]))


def _fair(suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """At most `MOST_ROWS`, groups kept in order, each group given its share before any takes more."""
    groups: dict[Group, list[Suggestion]] = {}
    for suggestion in suggestions:
        groups.setdefault(suggestion.group, []).append(suggestion)
    taken = dict.fromkeys(groups, 0)
    while sum(taken.values()) < min(MOST_ROWS, len(suggestions)):
        for group, members in groups.items():
            if taken[group] < len(members) and sum(taken.values()) < MOST_ROWS:
                taken[group] += 1
    return tuple(suggestion for group, members in groups.items() for suggestion in members[: taken[group]])

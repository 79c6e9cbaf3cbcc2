"""The line on top of a pane, and the one beneath it."""

from __future__ import annotations

from financehub_tui.widgets.one_line import OneLine, Part

__all__ = ["PaneFooter", "PaneTitle", "Part"]

_MARKS = {
    "LIVE": "up",
    "REPLAY": "info",
    "SIM": "info",
    "DELAYED": "warning",
    "EOD": "muted",
    "CACHED": "warning",
    "OFFLINE": "error",
}


class PaneTitle(OneLine):
    """Number, link group and `AAPL US Equity GP`; stands out while the pane has the focus."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._active = False

    @property
    def surface(self) -> str:
        """The cursor's background while active."""
        return "cursor" if self._active else "header_background"

    def tone_of(self, part: Part) -> str:
        """On the cursor's background only its own text colour can be read."""
        return "cursor_text" if self._active else part.tone

    def set_active(self, active: bool) -> None:
        """Whether the pane has the focus."""
        if active != self._active:
            self._active = active
            self.refresh_rows([0])

    def describe(self, number: int, title: str, *, group: str = "", right: str = "") -> None:
        """`1 A AAPL US Equity GP`; `group` is a link group A to F or empty, `right` stands at the right edge."""
        parts = [Part(str(number), "muted", keep=2)]
        if group:
            parts.append(Part(group, f"link_{group.lower()}", bold=True, keep=3))
        parts.append(Part(title, "title", bold=True, keep=9))
        self.show(parts, [Part(right, "muted")] if right else ())


class PaneFooter(OneLine):
    """Source, age, and LIVE, DELAYED, EOD, REPLAY, SIM, CACHED or OFFLINE."""

    def describe(self, mark: str, source: str, age: str = "", note: str = "", credit: str = "") -> None:
        """One line of provenance: `mark` is `Provenance.mark` or OFFLINE; `credit` is what a source demands shown.

        `note` is cut where room is short, so that its reason can be read.
        """
        parts = (
            Part(mark, _MARKS.get(mark, "text"), bold=True, keep=9),
            Part(source, "muted", keep=5),
            Part(age, "muted", keep=4),
            Part(credit, "muted", keep=2),
            Part(note, "warning", keep=3, shrinks=True),
        )
        self.show([part for part in parts if part.text])

    def fault(self, mark: str, words: str, age: str = "") -> None:
        """Why the newest call gave nothing, behind the mark and age of what is still shown."""
        left = [Part(mark, _MARKS.get(mark, "text"), bold=True, keep=9)] if mark else []
        if age:
            left.append(Part(age, "muted", keep=4))
        self.show([*left, Part(words, "error", keep=8, shrinks=True)])

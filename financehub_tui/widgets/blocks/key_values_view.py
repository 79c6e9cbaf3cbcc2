"""Labelled values of a report."""

from __future__ import annotations

from textual.strip import Strip

from financehub_tui.market.provenance import Missing
from financehub_tui.report.blocks import Field, KeyValues
from financehub_tui.report.cells import field_text
from financehub_tui.widgets.blocks.base import BlockView
from financehub_tui.widgets.blocks.labelled import Labelled, drawn, height


class KeyValuesView(BlockView):
    """Draws `KeyValues`, down the first column, then down the next."""

    can_focus = False

    def __init__(self, block: KeyValues, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.block = block
        self._lines: list[Strip] | None = None
        self._drawn_width = 0

    def set_block(self, block: KeyValues) -> None:
        """Show newer values."""
        self.block = block
        self.restyled()
        self.refresh()

    @property
    def least(self) -> int:
        """Two fields."""
        return min(3, self.natural(80))

    def natural(self, width: int) -> int:
        """Title and the longest column."""
        return 1 + height(self._values(), width)

    def _values(self) -> list[Labelled]:
        texts = [(field, field_text(field)) for field in self.block.fields]
        return [Labelled(field.label, words, _role(field)) for field, words in texts]

    def restyled(self) -> None:
        """Forget drawn lines."""
        self._lines = None

    def on_resize(self) -> None:
        """Columns take the new width."""
        self.restyled()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Title, then fields."""
        if y == 0:
            return self.title_line(self.block.title, self.block.provenance)
        if self._lines is None or self._drawn_width != self.inner:
            self._drawn_width = self.inner
            self._lines = drawn(self._values(), self.inner, self.palette, self.glyphs)
        return self._lines[y - 1] if y <= len(self._lines) else self.blank_line()


def _role(field: Field) -> str:
    if field.value is None or isinstance(field.value, Missing):
        return "stale"
    if field.signed and isinstance(field.value, (int, float)):
        return "up" if field.value > 0 else "down" if field.value < 0 else "flat"
    return "value"

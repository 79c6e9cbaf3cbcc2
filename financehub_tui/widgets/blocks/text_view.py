"""Wrapped text that scrolls."""

from __future__ import annotations

from typing import ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from financehub_tui.report.blocks import Text
from financehub_tui.widgets.blocks.base import BlockView
from financehub_tui.widgets.blocks.wrap import wrap


class TextView(BlockView):
    """Draws `Text` as it is: no markup."""

    BINDING_GROUP_TITLE = "Text"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "lines(-1)", "Up", show=False, id="text.up"),
        Binding("down", "lines(1)", "Down", show=False, id="text.down"),
        Binding("pageup", "pages(-1)", "Page up", show=False, id="text.page_up"),
        Binding("pagedown", "pages(1)", "Page down", show=False, id="text.page_down"),
        Binding("home", "edge(-1)", "Top", show=False, id="text.first"),
        Binding("end", "edge(1)", "Bottom", show=False, id="text.last"),
    ]

    def __init__(self, block: Text, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.block = block
        self._wrapped: tuple[tuple[Size, str], list[str]] | None = None

    def set_block(self, block: Text) -> None:
        """Show other words."""
        self.block = block
        self.on_resize()

    @property
    def stretches(self) -> bool:
        """Lines scroll."""
        return True

    def natural(self, width: int) -> int:
        """Title and every line."""
        return 1 + len(wrap(self.block.body, width))

    @property
    def lines(self) -> list[str]:
        """The words, broken to the size there is now, whatever was told of it."""
        key = (self.size, self.block.body)
        if self._wrapped is None or self._wrapped[0] != key:
            width = max(1, self.size.width)
            lines = wrap(self.block.body, width)
            if len(lines) >= self.size.height:
                # The scroll bar takes a cell.
                lines = wrap(self.block.body, max(1, width - 1))
            self._wrapped = key, lines
        return self._wrapped[1]

    def on_resize(self) -> None:
        """Wrap at the new width."""
        self.virtual_size = Size(max(1, self.size.width), 1 + len(self.lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Title, which stays, and lines."""
        if y == 0:
            return self.title_line(self.block.title, self.block.provenance)
        lines = self.lines
        # Fewer lines than before leave nothing to scroll to, of which the widget learns later.
        scrolled = min(int(self.scroll_offset.y), max(0, len(lines) + 1 - self.size.height))
        place = y - 1 + scrolled
        return self.words_line(lines[place]) if place < len(lines) else self.blank_line()

    def _scroll(self, target: int) -> None:
        wanted = max(0, min(int(self.max_scroll_y), target))
        if wanted == int(self.scroll_offset.y):
            raise SkipAction
        self.scroll_to(y=wanted, animate=False)

    def action_lines(self, count: int) -> None:
        """Scroll by lines; at either end the key is left to others."""
        self._scroll(int(self.scroll_offset.y) + count)

    def action_pages(self, count: int) -> None:
        """Scroll by pages."""
        self._scroll(int(self.scroll_offset.y) + count * max(1, self.size.height - 2))

    def action_edge(self, side: int) -> None:
        """Top or bottom."""
        self._scroll(0 if side < 0 else int(self.max_scroll_y))

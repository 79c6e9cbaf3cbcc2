"""A hierarchy whose branches open and close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from financehub_tui.report.blocks import Node, Tree
from financehub_tui.widgets.blocks.base import BlockView, Picked
from financehub_tui.widgets.strips import Piece, build

_INDENT = 2
Path = tuple[int, ...]


@dataclass(frozen=True)
class Branch:
    """A visible line of a tree."""

    path: Path
    node: Node


class TreeView(BlockView):
    """Draws a `Tree`, its first level open."""

    BINDING_GROUP_TITLE = "Tree"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, id="tree.up"),
        Binding("down", "move(1)", "Down", show=False, id="tree.down"),
        Binding("home", "edge(-1)", "First", show=False, id="tree.first"),
        Binding("end", "edge(1)", "Last", show=False, id="tree.last"),
        Binding("left", "close", "Close branch", show=False, id="tree.close"),
        Binding("right", "open", "Open branch", show=False, id="tree.branch"),
        Binding("space", "flip", "Open or close", id="tree.toggle"),
        Binding("enter", "choose", "Open", id="tree.open"),
    ]

    def __init__(self, block: Tree, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.block = block
        self.opened: set[Path] = {(place,) for place in range(len(block.roots))}
        self.cursor = 0

    def set_block(self, block: Tree) -> None:
        """Show a newer tree; open branches stay open."""
        self.block = block
        self._arrange()

    @property
    def stretches(self) -> bool:
        """Lines scroll."""
        return True

    def natural(self, width: int) -> int:
        """Title and every visible line."""
        return 1 + len(self.lines)

    @property
    def lines(self) -> list[Branch]:
        """Visible lines from the top down."""
        return list(self._walk(self.block.roots, ()))

    def _walk(self, nodes: tuple[Node, ...], above: Path) -> Iterator[Branch]:
        for place, node in enumerate(nodes):
            path = (*above, place)
            yield Branch(path, node)
            if path in self.opened:
                yield from self._walk(node.children, path)

    def _arrange(self) -> None:
        count = len(self.lines)
        self.cursor = max(0, min(self.cursor, count - 1))
        self.virtual_size = Size(self.size.width, 1 + count)
        self.refresh()

    def on_resize(self) -> None:
        """Lines take the new width."""
        self._arrange()

    def on_focus(self) -> None:
        """The cursor stands out."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor steps back."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Title, which stays, and lines."""
        if y == 0:
            return self.title_line(self.block.title, self.block.provenance)
        place = y - 1 + int(self.scroll_offset.y)
        lines = self.lines
        return self._line(lines[place], place) if place < len(lines) else self.blank_line()

    def _line(self, branch: Branch, place: int) -> Strip:
        surface = ("cursor" if self.has_focus else "selection") if place == self.cursor else ""
        palette, node = self.palette, branch.node
        sign = (self.glyphs.opened if branch.path in self.opened else self.glyphs.closed) if node.children else " "
        lead = " " * (_INDENT * (len(branch.path) - 1))
        value = f"  {node.value}" if node.value else ""

        def style(role: str) -> Piece:
            return "", palette.style("cursor") if surface == "cursor" else palette.style(role, surface)

        pieces: list[Piece] = [
            (f"{lead}{sign} ", style("muted")[1]),
            (self.glyphs.clean(_flat(node.label)), style("label" if node.children else "text")[1]),
            (self.glyphs.clean(_flat(value)), style("value")[1]),
        ]
        return build(pieces, self.inner, palette.style(surface or "background"))

    def _to(self, place: int) -> None:
        self.cursor = max(0, min(len(self.lines) - 1, place))
        top, body = int(self.scroll_offset.y), self.size.height - 1
        if body > 0 and not top <= self.cursor < top + body:
            self.scroll_to(y=self.cursor if self.cursor < top else self.cursor - body + 1, animate=False)
        self.refresh()

    def _here(self) -> Branch:
        lines = self.lines
        if not lines:
            raise SkipAction
        return lines[self.cursor]

    def action_move(self, rows: int) -> None:
        """Cursor up or down; beyond either end the key is left to others."""
        if not 0 <= self.cursor + rows < len(self.lines):
            raise SkipAction
        self._to(self.cursor + rows)

    def action_edge(self, side: int) -> None:
        """First or last line."""
        self._to(0 if side < 0 else len(self.lines) - 1)

    def action_open(self) -> None:
        """Open the branch; an open one gives the cursor to its first child."""
        here = self._here()
        if not here.node.children:
            raise SkipAction
        if here.path in self.opened:
            self._to(self.cursor + 1)
            return
        self.opened.add(here.path)
        self._arrange()

    def action_close(self) -> None:
        """Close the branch; a closed one gives the cursor to its parent."""
        here = self._here()
        if here.path in self.opened and here.node.children:
            self.opened.discard(here.path)
            self._arrange()
        elif len(here.path) > 1:
            self._to([branch.path for branch in self.lines].index(here.path[:-1]))
        else:
            raise SkipAction

    def action_flip(self) -> None:
        """Open a closed branch, close an open one."""
        here = self._here()
        self.opened.symmetric_difference_update({here.path})
        self._arrange()

    def action_choose(self) -> None:
        """Run the line of the branch, or open and close it where it has none."""
        here = self._here()
        if here.node.pick_line:
            self.post_message(Picked(here.node.pick_line))
        else:
            self.action_flip()

    def on_click(self, event: events.Click) -> None:
        """Cursor to the line; a second click chooses it."""
        place = event.y - 1 + int(self.scroll_offset.y)
        if event.y < 1 or not 0 <= place < len(self.lines):
            return
        again = place == self.cursor and event.chain > 1
        self._to(place)
        if again:
            self.action_choose()


def _flat(words: str) -> str:
    from financehub_tui.widgets.strips import safe_text

    return safe_text(words)

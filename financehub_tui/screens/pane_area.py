"""Where the panes stand: the split tree as a Textual layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement

from financehub_tui.screens.split import Box, Tree, boxes, fits, panes

if TYPE_CHECKING:
    from textual.widget import Widget

    from financehub_tui.panes.frame import PaneFrame


class SplitLayout(Layout):
    """Places each pane in its rectangle; panes without room are not placed, and so neither drawn nor ticked."""

    name = "split"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """One placement a visible pane."""
        if not isinstance(parent, PaneArea):
            return []
        places = parent.places(size)
        return [
            WidgetPlacement(Region(box.x, box.y, box.width, box.height), NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if (box := places.get(getattr(child, "pane", 0))) is not None
        ]


class PaneArea(Container):
    """The panes of a workspace."""

    DEFAULT_CSS = "PaneArea { width: 1fr; height: 1fr; }"

    def __init__(self, tree: Tree, focused: int, *frames: PaneFrame) -> None:
        super().__init__(*frames)
        self.plan = tree
        self.focused_pane = focused if focused in panes(tree) else panes(tree)[0]
        self.maximised = False
        self._layout = SplitLayout()

    @property
    def layout(self) -> Layout:
        """Children are placed by the tree."""
        return self._layout

    def places(self, size: Size) -> dict[int, Box]:
        """The rectangle of each pane that is shown: all, or the focused one where it is maximised or room is short."""
        whole = Box(0, 0, size.width, size.height)
        if self.maximised or not fits(self.plan, size.width, size.height):
            return {self.focused_pane: whole}
        return {pane: _with_gutter(box, size.width) for pane, box in boxes(self.plan, whole).items()}

    @property
    def single(self) -> bool:
        """True where only the focused pane is shown though there are more."""
        return len(panes(self.plan)) > 1 and len(self.places(self.size)) == 1

    def frames(self) -> dict[int, PaneFrame]:
        """Every pane by its number in the tree."""
        from financehub_tui.panes.frame import PaneFrame

        return {frame.pane: frame for frame in self.query(PaneFrame)}

    def arrange_again(self) -> None:
        """The tree, the focus or the maximising changed."""
        shown = self.places(self.size)
        for number, frame in self.frames().items():
            frame.display = number in shown
            # A child's request makes its parent forget where it stood; the parent's own does not.
            frame.refresh(layout=True)


def _with_gutter(box: Box, width: int) -> Box:
    """The rectangle less a blank column towards the pane at its right."""
    return box if box.x + box.width >= width else Box(box.x, box.y, box.width - 1, box.height)

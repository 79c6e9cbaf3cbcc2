"""The split tree of a workspace: which pane stands where. Pure data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

MAX_PANES = 12
LEAST_WIDTH, LEAST_HEIGHT = 20, 6
"""What a pane needs for its title, something to show and its footer."""
SEVERAL_FROM = 100
"""Width of the terminal from which several panes are shown at once."""

Direction = Literal["left", "right", "up", "down"]


class Leaf(msgspec.Struct, frozen=True, tag="pane"):
    """One pane, by its number."""

    pane: int


class Split(msgspec.Struct, frozen=True, tag="split"):
    """Two parts side by side (`row`) or one above the other (`column`); `ratio` is the first part's share."""

    way: Literal["row", "column"]
    ratio: Annotated[float, msgspec.Meta(ge=0, le=1)]
    first: Leaf | Split
    second: Leaf | Split


Tree = Leaf | Split


class Box(msgspec.Struct, frozen=True):
    """A rectangle in cells."""

    x: int
    y: int
    width: int
    height: int


def panes(tree: Tree) -> list[int]:
    """Pane numbers from left to right, top to bottom."""
    if isinstance(tree, Leaf):
        return [tree.pane]
    return [*panes(tree.first), *panes(tree.second)]


def boxes(tree: Tree, box: Box) -> dict[int, Box]:
    """The rectangle of each pane; together they fill `box` without gap or overlap."""
    if isinstance(tree, Leaf):
        return {tree.pane: box}
    if tree.way == "row":
        width = _share(box.width, tree.ratio)
        first = Box(box.x, box.y, width, box.height)
        second = Box(box.x + width, box.y, box.width - width, box.height)
    else:
        height = _share(box.height, tree.ratio)
        first = Box(box.x, box.y, box.width, height)
        second = Box(box.x, box.y + height, box.width, box.height - height)
    return boxes(tree.first, first) | boxes(tree.second, second)


def _share(cells: int, ratio: float) -> int:
    return min(max(round(cells * ratio), 1), max(cells - 1, 0))


def split(tree: Tree, pane: int, new: int, way: Literal["row", "column"]) -> Tree:
    """The tree with `new` beside (`row`) or under (`column`) a pane."""
    if isinstance(tree, Leaf):
        return Split(way, 0.5, tree, Leaf(new)) if tree.pane == pane else tree
    return Split(tree.way, tree.ratio, split(tree.first, pane, new, way), split(tree.second, pane, new, way))


def close(tree: Tree, pane: int) -> Tree | None:
    """The tree without a pane; None where it was the only one."""
    if isinstance(tree, Leaf):
        return None if tree.pane == pane else tree
    first, second = close(tree.first, pane), close(tree.second, pane)
    if first is None or second is None:
        return first or second
    return Split(tree.way, tree.ratio, first, second)


def resize(tree: Tree, pane: int, way: Literal["row", "column"], by: float) -> Tree:
    """The tree with the pane's innermost split of a way moved so that the pane grows by a share."""
    if isinstance(tree, Leaf) or pane not in panes(tree):
        return tree
    in_first = pane in panes(tree.first)
    inner = tree.first if in_first else tree.second
    changed = resize(inner, pane, way, by)
    if changed != inner:
        first, second = (changed, tree.second) if in_first else (tree.first, changed)
        return Split(tree.way, tree.ratio, first, second)
    if tree.way != way:
        return tree
    ratio = tree.ratio + (by if in_first else -by)
    return Split(tree.way, min(max(ratio, 0.1), 0.9), tree.first, tree.second)


def balance(tree: Tree) -> Tree:
    """The tree with every pane given its even share."""
    if isinstance(tree, Leaf):
        return tree
    first, second = balance(tree.first), balance(tree.second)
    ratio = _count(first, tree.way) / (_count(first, tree.way) + _count(second, tree.way))
    return Split(tree.way, ratio, first, second)


def _count(tree: Tree, way: str) -> int:
    if isinstance(tree, Leaf) or tree.way != way:
        return 1
    return _count(tree.first, way) + _count(tree.second, way)


def neighbour(tree: Tree, pane: int, direction: Direction) -> int | None:
    """The pane one comes to from the middle of a pane in a direction."""
    places = boxes(tree, Box(0, 0, 1_200, 1_200))
    here = places[pane]
    middle_x, middle_y = here.x + here.width / 2, here.y + here.height / 2

    def candidates() -> Iterator[tuple[float, float, int]]:
        for other, box in places.items():
            if other == pane:
                continue
            across_x = box.x <= middle_x < box.x + box.width
            across_y = box.y <= middle_y < box.y + box.height
            if direction == "left" and box.x + box.width <= here.x:
                yield here.x - box.x - box.width, 0 if across_y else 1, other
            elif direction == "right" and box.x >= here.x + here.width:
                yield box.x - here.x - here.width, 0 if across_y else 1, other
            elif direction == "up" and box.y + box.height <= here.y:
                yield here.y - box.y - box.height, 0 if across_x else 1, other
            elif direction == "down" and box.y >= here.y + here.height:
                yield box.y - here.y - here.height, 0 if across_x else 1, other

    return min(candidates(), default=(0, 0, None), key=lambda found: (found[1], found[0]))[2]


def fits(tree: Tree, width: int, height: int) -> bool:
    """True where several panes can be shown at once, each with room enough."""
    return width >= SEVERAL_FROM and all(
        box.width >= LEAST_WIDTH and box.height >= LEAST_HEIGHT
        for box in boxes(tree, Box(0, 0, width, height)).values()
    )

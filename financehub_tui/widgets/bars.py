"""Bars drawn behind text: a cell's background says how much, its text says exactly."""

from __future__ import annotations

from rich.style import Style

from financehub_tui.widgets.glyphs import GlyphSet
from financehub_tui.widgets.palette import Palette
from financehub_tui.widgets.strips import Piece


def bar_cell(
    text: str, fraction: float, palette: Palette, glyphs: GlyphSet, *, tone: str, depth: str, from_right: bool
) -> list[Piece]:
    """`text` (ASCII, already set to its width) over a bar of `fraction` (0 to 1) of that width.

    The bar has the colour `depth`, and where the text leaves its end blank, a resolution of an eighth of a cell.
    """
    width = len(text)
    eighths = round(max(0.0, min(1.0, fraction)) * width * 8)
    if fraction > 0:
        eighths = max(1, eighths)
    if glyphs.ascii or palette.no_color or palette.theme.ansi:
        eighths = round(eighths / 8) * 8
    whole, rest = divmod(eighths, 8)
    plain, over = palette.style(tone), palette.style(tone, depth)
    if from_right:
        return _from_right(text, whole, rest, (plain, over), palette, glyphs, depth)
    edge = text[whole : whole + 1]
    if rest and edge == " ":
        partial = (glyphs.eighths[rest - 1], palette.style(depth, "background"))
        return [(text[:whole], over), partial, (text[whole + 1 :], plain)]
    return [(text[:whole], over), (text[whole:], plain)]


def _from_right(
    text: str, whole: int, rest: int, styles: tuple[Style, Style], palette: Palette, glyphs: GlyphSet, depth: str
) -> list[Piece]:
    plain, over = styles
    start = len(text) - whole
    if rest and text[start - 1 : start] == " ":
        # There are no glyphs that fill a cell from the right: the blank part is drawn over the bar's colour.
        partial = (glyphs.eighths[7 - rest], palette.style("background", depth))
        return [(text[: start - 1], plain), partial, (text[start:], over)]
    return [(text[:start], plain), (text[start:], over)]


def balance_bar(share: float | None, width: int, palette: Palette) -> list[Piece]:
    """`share` (0 to 1) of the width in the bid's colour, the rest in the ask's, both percentages written on it."""
    if share is None or width < 12:
        return [(" " * max(0, width), palette.fill)]
    left, right = f" {100 * share:.0f}%", f"{100 - round(100 * share)}% "
    text = left + " " * (width - len(left) - len(right)) + right
    split = round(width * share)
    # Without colour both sides would be drawn in reverse: only the bid's is.
    rest = palette.style("value") if palette.no_color else palette.style("value", "ask_depth")
    return [(text[:split], palette.style("value", "bid_depth")), (text[split:], rest)]

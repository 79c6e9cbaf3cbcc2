"""Bars as glyphs: candles with half-cell bodies and wicks, OHLC bars, volume columns, histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from financehub_tui.widgets.chart.canvas import Canvas, codes, role
from financehub_tui.widgets.chart.scale import Scale
from financehub_tui.widgets.chart.series import Candles
from financehub_tui.widgets.glyphs import GlyphSet

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Cells = npt.NDArray[np.uint32]
    Roles = npt.NDArray[np.uint8]

WIDEST_BODY = 7
_HOLLOW_FROM = 3
"""Columns a body needs to be drawn as a frame."""


def directions(candles: Candles, rising: str = "up", falling: str = "down", level: str = "flat") -> Roles:
    """The role of each bar by close against open."""
    made = np.full(len(candles), role(level), dtype=np.uint8)
    made[candles.close > candles.open] = role(rising)
    made[candles.close < candles.open] = role(falling)
    return made


def half_rows(prices: Floats, scale: Scale) -> Ints:
    """Half rows from the top, held on the axis."""
    places = np.nan_to_num(scale.row(prices) * 2, nan=2 * scale.rows - 1)
    return np.clip(np.floor(places), 0, 2 * scale.rows - 1).astype(np.int64)


def draw_candles(
    canvas: Canvas, top: int, columns: Ints, pitch: float, candles: Candles, scale: Scale, glyphs: GlyphSet
) -> None:
    """Candles at `columns`. A rising body is thin or a frame, a falling one solid: told apart without colour."""
    known = np.isfinite(candles.close)
    high, low = half_rows(candles.high, scale), half_rows(candles.low, scale)
    first = half_rows(np.fmax(candles.open, candles.close), scale)
    last = half_rows(np.fmin(candles.open, candles.close), scale)
    rows = np.arange(2 * scale.rows)[:, None]
    state = ((rows >= high) & (rows <= low)).astype(np.intp)
    state[(rows >= first) & (rows <= last)] = 2
    state[:, ~known] = 0
    falling = (candles.close < candles.open).astype(np.intp)
    cells = _tables(glyphs)[falling, state[0::2], state[1::2]]
    roles = directions(candles)
    width = body_width(pitch)
    _place(canvas, top, columns, cells, roles)
    if width < _HOLLOW_FROM:
        return
    half = width // 2
    for place in np.flatnonzero(known):
        left = int(columns[place]) - half
        if left < 0 or left + width > canvas.width:
            continue
        body = state[:, place] == 2
        if falling[place]:
            _solid(canvas, top, left, width, body, int(roles[place]), glyphs)
        else:
            _frame(
                canvas,
                top,
                left,
                width,
                (int(first[place]) // 2, int(last[place]) // 2),
                state[:, place],
                int(roles[place]),
                glyphs,
            )


def body_width(pitch: float) -> int:
    """Columns of a body: odd, so that the wick is in the middle, with a gap to the next."""
    width = min(WIDEST_BODY, int(pitch) - 1)
    return max(1, width - (width + 1) % 2)


def _tables(glyphs: GlyphSet) -> Cells:
    """Glyphs by (falling, upper half, lower half); a half is 0 empty, 1 wick, 2 body."""
    rising = [
        [" ", glyphs.wick_bottom, glyphs.body_bottom],
        [glyphs.wick_top, glyphs.wick, glyphs.wick_to_body],
        [glyphs.body_top, glyphs.body_to_wick, glyphs.body],
    ]
    if glyphs.ascii:
        rising = [[glyph.replace(glyphs.body, "O") for glyph in line] for line in rising]
        falling = [[" ", glyphs.wick_bottom, "#"], [glyphs.wick_top, glyphs.wick, "#"], ["#", "#", "#"]]
    else:
        falling = [
            [" ", glyphs.wick_bottom, glyphs.half_lower],
            [glyphs.wick_top, glyphs.wick, glyphs.wick_to_body],
            [glyphs.half_upper, glyphs.body_to_wick, glyphs.levels[-1]],
        ]
    return np.stack([codes("".join(map("".join, table))).reshape(3, 3) for table in (rising, falling)])


def _place(canvas: Canvas, top: int, columns: Ints, cells: Cells, roles: Roles) -> None:
    area = slice(top, top + cells.shape[0])
    ink = cells != 32
    canvas.chars[area, columns] = np.where(ink, cells, canvas.chars[area, columns])
    canvas.roles[area, columns] = np.where(ink, roles, canvas.roles[area, columns])


def _solid(
    canvas: Canvas, top: int, left: int, width: int, body: npt.NDArray[np.bool_], colour: int, glyphs: GlyphSet
) -> None:
    blocks = codes(" " + glyphs.half_upper + glyphs.half_lower + glyphs.levels[-1])
    column = blocks[body[0::2] + 2 * body[1::2].astype(np.intp)]
    canvas.stamp(top, left, np.repeat(column[:, None], width, axis=1), colour)


def _frame(
    canvas: Canvas,
    top: int,
    left: int,
    width: int,
    rows: tuple[int, int],
    state: npt.NDArray[np.intp],
    colour: int,
    glyphs: GlyphSet,
) -> None:
    """A hollow body; the wick meets it in the middle."""
    first, last = rows
    line = [glyphs.horizontal] * width
    above, below = bool(state[2 * first - 1] == 1) if first else False, bool((state[2 * last + 2 :] == 1).any())
    middle = width // 2
    if first == last:
        line[middle] = (
            glyphs.cross if above and below else glyphs.tees[3] if above else glyphs.tees[2] if below else line[0]
        )
        canvas.stamp(top + first, left, codes("".join(line))[None, :], colour)
        return
    upper, lower = line.copy(), line.copy()
    upper[0], upper[-1] = glyphs.corners[0], glyphs.corners[1]
    lower[0], lower[-1] = glyphs.corners[2], glyphs.corners[3]
    upper[middle] = glyphs.tees[3] if above else upper[middle]
    lower[middle] = glyphs.tees[2] if below else lower[middle]
    sides = glyphs.vertical + " " * (width - 2) + glyphs.vertical
    area = slice(top + first, top + last + 1), slice(left, left + width)
    canvas.chars[area] = np.stack([codes("".join(words)) for words in [upper, *[sides] * (last - first - 1), lower]])
    canvas.roles[area] = colour


def draw_bars(canvas: Canvas, top: int, columns: Ints, candles: Candles, scale: Scale, glyphs: GlyphSet) -> None:
    """OHLC bars: a stroke from low to high, the open to its left, the close to its right."""
    known = np.isfinite(candles.close)
    high, low = half_rows(candles.high, scale), half_rows(candles.low, scale)
    rows = np.arange(2 * scale.rows)[:, None]
    stroke = ((rows >= high) & (rows <= low) & known).astype(np.intp)
    table = codes(" " + glyphs.wick_bottom + glyphs.wick_top + glyphs.wick).reshape(2, 2)
    cells = table[stroke[0::2], stroke[1::2]]
    opened, closed = half_rows(candles.open, scale) // 2, half_rows(candles.close, scale) // 2
    left, right = codes(glyphs.tees[1] + glyphs.tees[0])
    for place in np.flatnonzero(known):
        cells[opened[place], place] = left
        cells[closed[place], place] = right if opened[place] != closed[place] else ord(glyphs.cross)
    _place(canvas, top, columns, cells, directions(candles))


def _columns_of(canvas: Canvas, top: int, columns: Ints, pitch: float, cells: Cells, roles: Roles) -> None:
    """Bars of a histogram: with a gap between them where the pitch is whole, else side by side."""
    if not len(columns):
        return
    if pitch == int(pitch):
        half = body_width(pitch) // 2
        for shift in range(-half, half + 1):
            inside = (columns + shift >= 0) & (columns + shift < canvas.width)
            _place(canvas, top, columns[inside] + shift, cells[:, inside], roles[inside])
        return
    spots = np.arange(columns[0], columns[-1] + 1)
    nearest = np.searchsorted((columns[1:] + columns[:-1]) / 2, spots, side="left")
    _place(canvas, top, spots, cells[:, nearest], roles[nearest])


def draw_volume(
    canvas: Canvas, top: int, rows: int, columns: Ints, pitch: float, candles: Candles, glyphs: GlyphSet
) -> None:
    """Columns growing from the bottom in eighths of a row, coloured by the bar's direction."""
    volume = np.nan_to_num(candles.volume)
    most = float(volume.max()) if len(volume) else 0.0
    if most <= 0:
        return
    eighths = np.where(volume > 0, np.maximum(1, np.round(volume / most * rows * 8)), 0)
    floors = 8 * np.arange(rows - 1, -1, -1)[:, None]
    levels = np.clip(eighths - floors, 0, 8).astype(np.intp)
    cells = codes(" " + glyphs.levels)[levels]
    roles = directions(candles, "volume_up", "volume_down", "volume_up")
    _columns_of(canvas, top, columns, pitch, cells, roles)


def draw_histogram(
    canvas: Canvas, top: int, columns: Ints, pitch: float, values: Floats, scale: Scale, glyphs: GlyphSet
) -> None:
    """Columns from zero up or down, in half rows."""
    zero = half_rows(np.zeros(1), scale)[0]
    ends = half_rows(values, scale)
    rows = np.arange(2 * scale.rows)[:, None]
    # From the half row above zero upwards, or from zero's own half row downwards.
    filled = np.where(values >= 0, (rows >= ends) & (rows < zero), (rows >= zero) & (rows <= ends))
    filled &= np.isfinite(values)
    table = codes(" " + glyphs.half_lower + glyphs.half_upper + glyphs.levels[-1]).reshape(2, 2)
    whole = filled.astype(np.intp)
    cells = table[whole[0::2], whole[1::2]]
    roles = np.where(values >= 0, np.uint8(role("volume_up")), np.uint8(role("volume_down")))
    _columns_of(canvas, top, columns, pitch, cells, roles)

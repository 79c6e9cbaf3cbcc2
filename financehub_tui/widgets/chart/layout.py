"""Which rows and columns of a picture are prices, volume, sub-plots and axes."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_PLOT = 4
"""Rows the prices keep before volume and sub-plots get any."""

MARGIN = 1
"""Blank columns between the newest bar and the price axis."""


@dataclass(frozen=True)
class Band:
    """Rows of one plot."""

    top: int
    rows: int


@dataclass(frozen=True)
class Layout:
    """The parts of a picture from the top down; a part there is no room for is missing."""

    width: int
    height: int
    columns: int
    """Of the plots, without the price axis."""
    plot: Band
    volume: Band | None
    panels: tuple[Band, ...]
    """Each has a title row of its own above it."""
    axis: int
    """Row of the line under the plots."""
    marks: int | None
    """Row of dividends and splits."""

    @classmethod
    def divide(cls, width: int, height: int, gutter: int, *, volume: bool, panels: int, marks: bool) -> Layout:
        """Share out the rows: the prices get most, then the sub-plots, then volume."""
        columns = max(1, width - gutter - MARGIN)
        rows = max(1, height - 2 - marks)
        depth = max(3, min(8, round(rows * (0.24 if panels < 2 else 0.17))))
        shown = max(0, min(panels, (rows - LEAST_PLOT - 2) // (depth + 1)))
        traded = max(2, min(6, rows // 8)) if volume and rows - shown * (depth + 1) >= LEAST_PLOT + 4 else 0
        plot = max(1, rows - shown * (depth + 1) - traded)
        first = plot + traded + 1
        return cls(
            width=width,
            height=height,
            columns=columns,
            plot=Band(0, plot),
            volume=Band(plot, traded) if traded else None,
            panels=tuple(Band(first + place * (depth + 1), depth) for place in range(shown)),
            axis=rows,
            marks=rows + 1 if marks else None,
        )

    @property
    def labels(self) -> int:
        """Row of the times."""
        return self.height - 1

    @property
    def edge(self) -> int:
        """Column of the price axis."""
        return self.columns + MARGIN

"""Sharing the rows of a pane among the blocks of a report."""

from __future__ import annotations

from dataclasses import dataclass

SHARE = 0.6
"""Part of the pane a scrolling block gets where the report is longer than the pane."""
PAGE = 120
"""A report of up to so many rows is read as one page, rather than in boxes that scroll each for itself."""


@dataclass(frozen=True)
class Want:
    """What a block would like."""

    natural: int
    least: int
    stretches: bool = False
    """True where fewer rows than the natural ones will do, since the content scrolls."""
    fills: bool = False
    """True where any number of rows is of use: charts."""


def heights(wants: list[Want], total: int) -> list[int]:
    """Rows for each block. They fill `total` where the blocks allow; they exceed it where the least ones do.

    A report of moderate length that would be cut in several places, or in a block that the pane could show whole, is
    given all its rows: it scrolls as one page.
    """
    given = _shared(wants, total)
    natural = [want.natural for want in wants]
    cut = [place for place, want in enumerate(wants) if want.stretches and given[place] < natural[place]]
    boxed = len(cut) > 1 or sum(given) > total or any(min(natural[place], 2 * given[place]) <= total for place in cut)
    if cut and boxed and sum(natural) <= PAGE and not any(want.fills for want in wants):
        return natural
    return given


def _shared(wants: list[Want], total: int) -> list[int]:
    given = [want.least if want.stretches or want.fills else want.natural for want in wants]
    spare = total - sum(given)
    if spare < 0:
        roomy = max(1, int(total * SHARE))
        return [
            max(want.least, min(want.natural, roomy)) if want.stretches or want.fills else want.natural
            for want in wants
        ]
    growing = [place for place, want in enumerate(wants) if want.stretches and not want.fills]
    spare = _grow(given, growing, [want.natural for want in wants], spare, keep=_charts(wants, given, total))
    # A scrolling block in between would only push the others to the bottom.
    filling = [place for place, want in enumerate(wants) if want.fills] or [
        place for place in growing[-1:] if place == len(wants) - 1
    ]
    for number, place in enumerate(filling):
        given[place] += spare // len(filling) + (number < spare % len(filling))
    return given


def _charts(wants: list[Want], given: list[int], total: int) -> int:
    """Rows held back for charts while tables grow: charts come first up to half the pane."""
    charts = [place for place, want in enumerate(wants) if want.fills]
    return max(0, total // 2 - sum(given[place] for place in charts)) if charts else 0


def _grow(given: list[int], places: list[int], natural: list[int], spare: int, *, keep: int) -> int:
    """Grow blocks evenly towards their natural rows; what is left over."""
    hungry = [place for place in places if given[place] < natural[place]]
    while spare > keep and hungry:
        for place in hungry:
            if spare > keep:
                given[place] += 1
                spare -= 1
        hungry = [place for place in hungry if given[place] < natural[place]]
    return spare

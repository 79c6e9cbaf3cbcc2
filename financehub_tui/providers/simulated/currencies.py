"""A day of all currencies at once, so that a cross is worth what its two dollar pairs make it.

Each currency is one path of its value in dollars. The real bars of pairs and crosses limit how far any two values may
lie apart; these limits, closed over all detours (Floyd-Warshall), bound a convex set. The paths run within that set
between points where the day's lows and highs are touched, and waver there as far as the limits leave room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING

from financehub_tui.market.currencies import MAJORS
from financehub_tui.providers.simulated.path import (
    UNTRADED,
    DailyBar,
    Grain,
    Hours,
    Trades,
    sides,
    tick_times,
    touching,
)

if TYPE_CHECKING:
    import numpy as np

    from financehub_tui.providers.simulated.path import Floats

DOLLAR = "USD"
PAIRS = tuple(combinations(MAJORS, 2))
"""(base, quote currency) of every pair that may move together."""
SETTLING = 30
"""Ticks after the open and before the close in which a cross leaves its own fixed price and goes to it."""
BEND = 0.4
"""How far the way between two points is drawn to the middle of all, where there is room to waver."""
SMOOTH = 12
"""Ticks before and after one whose room to waver counts too."""
WAVER = 0.5
"""Usual size of the wavering over a day, in shares of the day's range."""

Pair = tuple[str, str]
Bars = Mapping[Pair, tuple[DailyBar, Grain]]


def linked(bars: Bars) -> Bars:
    """The dollar pairs, and those crosses both of whose currencies have one."""
    known = {currency for pair in bars if DOLLAR in pair for currency in pair}
    return {pair: found for pair, found in bars.items() if known.issuperset(pair)}


def simulate_together(seed: int, bars: Bars, hours: Hours) -> dict[Pair, Trades]:
    """The ticks of every pair of a day, all at the same instants. `bars` are linked ones."""
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(seed))
    times = tick_times(rng, UNTRADED, hours)
    names = [DOLLAR, *sorted({currency for pair in bars for currency in pair} - {DOLLAR})]
    values = _values(rng, names, bars)
    worth = {DOLLAR: np.ones(UNTRADED)}
    made: dict[Pair, Floats] = {}
    for pair in sorted(bars, key=lambda pair: DOLLAR not in pair):
        base, quote = pair
        bar, grain = bars[pair]
        if DOLLAR in pair:
            path: Floats = np.exp(values[:, names.index(base)] - values[:, names.index(quote)])
            made[pair] = touching(np.round(path, grain.decimals), bar)
            worth[base if quote == DOLLAR else quote] = made[pair] if quote == DOLLAR else 1 / made[pair]
        else:
            made[pair] = touching(np.round(_settled(worth[base] / worth[quote], bar), grain.decimals), bar)
    return {pair: Trades(times, path, np.zeros(UNTRADED), sides(rng, path)) for pair, path in made.items()}


def _values(rng: np.random.Generator, names: list[str], bars: Bars) -> Floats:
    """Logarithms of the currencies' values in dollars, one row a tick, one column a currency."""
    import numpy as np

    opening, closing = (_ends(names, bars, field) for field in ("open", "close"))
    limits = _limits(names, bars, opening, closing)
    knots = _knots(names, bars, limits, opening, closing)
    ways = np.abs(np.diff(knots, axis=0)).sum(axis=1)
    spent = (ways + 0.15 * ways.mean() + 1e-9) * rng.uniform(0.5, 1.5, len(ways))
    places = np.round(np.r_[0, np.cumsum(spent)] / spent.sum() * (UNTRADED - 1)).astype(np.int64)
    ticks = np.arange(UNTRADED)
    bent = BEND * np.sin(np.pi * (np.interp(ticks, places, np.arange(len(places))) % 1.0))[:, None]
    straight = np.column_stack([np.interp(ticks, places, column) for column in knots.T])
    way = straight + bent * (knots.mean(axis=0) - straight)
    ranges = limits[:, 0] + limits[0, :]
    walk = np.cumsum(rng.standard_normal((UNTRADED, len(names))) * ranges * WAVER / UNTRADED**0.5, axis=0)
    walk -= np.column_stack([np.interp(ticks, places, column[places]) for column in walk.T])
    moved: Floats = way + walk * _room(way, walk, limits)[:, None]
    return moved


def _ends(names: list[str], bars: Bars, field: str) -> Floats:
    """The values at the real open or close of the dollar pairs."""
    import numpy as np

    ends = np.zeros(len(names))
    for (base, quote), (bar, _) in bars.items():
        if quote == DOLLAR:
            ends[names.index(base)] = np.log(getattr(bar, field))
        elif base == DOLLAR:
            ends[names.index(quote)] = -np.log(getattr(bar, field))
    return ends


def _limits(names: list[str], bars: Bars, *ends: Floats) -> Floats:
    """[a, b]: how far the value of a may lie above that of b. Always leaves room for the ends of the day."""
    import numpy as np

    limits = np.full((len(names), len(names)), np.inf)
    np.fill_diagonal(limits, 0.0)
    for (base, quote), (bar, _) in bars.items():
        first, second = names.index(base), names.index(quote)
        limits[first, second], limits[second, first] = np.log(bar.high), -np.log(bar.low)
    for end in ends:
        # Sources fix the prices of a cross and of its dollar pairs a little apart.
        limits = np.maximum(limits, end[:, None] - end[None, :])
    for middle in range(len(names)):
        limits = np.minimum(limits, limits[:, middle, None] + limits[None, middle, :])
    return limits


def _knots(names: list[str], bars: Bars, limits: Floats, opening: Floats, closing: Floats) -> Floats:
    """Points the day runs through: against a hub, every currency is at its highest at once, or at its lowest.

    The shortest detours to or from one node satisfy all limits and reach its own. From the open always on to the
    nearest, so that the day does not go to and fro more than its bars tell.
    """
    import numpy as np

    uses = Counter(currency for pair in sorted(bars) for currency in pair)
    hubs = sorted({names.index(max(pair, key=uses.__getitem__)) for pair in bars})
    left = [limits[:, hub] - limits[0, hub] for hub in hubs] + [limits[hub, 0] - limits[hub, :] for hub in hubs]
    knots = [opening]
    while left:
        nearest = min(range(len(left)), key=lambda place: float(np.abs(left[place] - knots[-1]).sum()))
        knots.append(left.pop(nearest))
    return np.array([*knots, closing])


def _room(way: Floats, walk: Floats, limits: Floats) -> Floats:
    """The share of the wavering at each tick that stays within all limits, without leaps from tick to tick."""
    import numpy as np

    slack = limits[None] - (way[:, :, None] - way[:, None, :])
    push = np.maximum(walk[:, :, None] - walk[:, None, :], 1e-15)
    most = np.maximum(slack / push, 0.0).min(axis=(1, 2), initial=1e9, where=~np.eye(len(limits), dtype=bool))
    # A mean of lowest shares around: never above the share at the tick itself.
    around = np.lib.stride_tricks.sliding_window_view(np.pad(most / (1.0 + most), 2 * SMOOTH, "edge"), 2 * SMOOTH + 1)
    lowest = around.min(axis=1)
    room: Floats = np.convolve(lowest, np.full(2 * SMOOTH + 1, 1 / (2 * SMOOTH + 1)), "valid")
    return room


def _settled(path: Floats, bar: DailyBar) -> Floats:
    """A cross as its dollar pairs make it, led to its own real open and close at both ends of the day."""
    import numpy as np

    near = np.clip(1 - np.arange(len(path)) / SETTLING, 0.0, 1.0)
    settled: Floats = path * (1 + near * (bar.open / path[0] - 1) + near[::-1] * (bar.close / path[-1] - 1))
    return settled

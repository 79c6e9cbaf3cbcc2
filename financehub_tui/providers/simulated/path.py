"""One trading day's trades, made up inside a real daily bar: always the same for the same seed.

The day begins at the open, touches high and low, ends at the close and trades the bar's whole volume. Trades come in
clusters, as a branching (Hawkes) process has them, more of them after the open and before the close.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from financehub_tui.clock import NANOS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

BRANCHING = 0.55
"""Share of trades that follow another one."""
FOLLOWS = 3.0
"""Mean seconds until a following trade, per generation."""
FEWEST, MOST = 200, 4_000
UNTRADED = 1_440
"""Ticks of a day without a volume."""
OPEN_SHARE, CLOSE_SHARE = 0.02, 0.06
"""Share of the volume in the first and last print: the auctions."""
MILLI = 1_000_000


class DailyBar(NamedTuple):
    """The real bar the day lies in; volume 0 where none is known."""

    open: float
    high: float
    low: float
    close: float
    volume: float


class Hours(NamedTuple):
    """When a day is traded, nanoseconds since 1970 UTC; `shaped` days are busier at both ends."""

    start: int
    end: int
    shaped: bool


class Grain(NamedTuple):
    """The steps prices and sizes move in."""

    decimals: int
    lot: float


class Trades(NamedTuple):
    """The day's trades in time order: ns since 1970 UTC, price, size, whether the buyer was the aggressor."""

    times: Ints
    prices: Floats
    sizes: Floats
    buys: Bools


def seed_of(seed: int, key: str, date: str) -> int:
    """The seed of one instrument's day."""
    return int.from_bytes(blake2b(f"{seed}|{key}|{date}".encode(), digest_size=8).digest())


def simulate(seed: int, bar: DailyBar, hours: Hours, grain: Grain) -> Trades:
    """All trades of the day of an instrument that moves by itself."""
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(seed))
    count = int(min(MOST, max(FEWEST, bar.volume**0.5))) if bar.volume else UNTRADED
    times = tick_times(rng, count, hours)
    prices = _prices(rng, count, bar, grain.decimals)
    buys = sides(rng, prices)
    return Trades(times, prices, _sizes(rng, count, bar.volume, grain.lot), buys)


def sides(rng: np.random.Generator, prices: Floats) -> Bools:
    """Whether the buyer was the aggressor: where the price rose, and by chance where it stood."""
    import numpy as np

    steps = np.diff(prices, prepend=prices[0])
    buys: Bools = np.where(steps == 0, rng.random(len(prices)) < 0.5, steps > 0)
    return buys


def tick_times(rng: np.random.Generator, count: int, hours: Hours) -> Ints:
    """Instants in clusters, the first just after the start and the last just before the end."""
    import numpy as np

    length = (hours.end - hours.start) / NANOS
    parents = max(2, int(count * (1 - BRANCHING)))
    grid = np.linspace(0.0, 1.0, 400)
    rate = np.ones_like(grid)
    if hours.shaped:
        rate += 2.2 * np.exp(-grid / 0.06) + 2.6 * np.exp((grid - 1) / 0.05)
    total = np.cumsum(rate)
    first = np.interp(rng.random(parents) * total[-1], total, grid) * length
    followed = first[rng.integers(0, parents, count - parents)]
    later = followed + rng.exponential(FOLLOWS, count - parents) * rng.geometric(0.55, count - parents)
    seconds = np.sort(np.concatenate([first, np.where(later < length, later, followed)]))
    seconds[0], seconds[-1] = 0.2, length - 0.05
    clipped = np.clip(seconds, 0.2, length - 0.05)
    times: Ints = hours.start + np.round(clipped * 1_000).astype(np.int64) * MILLI
    return times


def _prices(rng: np.random.Generator, count: int, bar: DailyBar, decimals: int) -> Floats:
    """A bridge from open to close, stretched below and above them so that it just touches low and high."""
    import numpy as np

    walk = np.cumsum(rng.standard_normal(count))
    share = np.linspace(0.0, 1.0, count)
    bridge = walk - walk[0] - share * (walk[-1] - walk[0])
    swing = max(bar.high - bar.low - 0.5 * abs(bar.close - bar.open), 1e-12) / max(float(np.ptp(bridge)), 1e-12)
    path = bar.open + (bar.close - bar.open) * share + swing * bridge
    bottom, top = min(bar.open, bar.close), max(bar.open, bar.close)
    lowest, highest = float(path.min()), float(path.max())
    if lowest < bottom:
        path = np.where(path < bottom, bottom - (bottom - path) * (bottom - bar.low) / (bottom - lowest), path)
    if highest > top:
        path = np.where(path > top, top + (path - top) * (bar.high - top) / (highest - top), path)
    return touching(np.round(path, decimals), bar)


def touching(path: Floats, bar: DailyBar) -> Floats:
    """The path within its bar, from the open to the close, its lowest and highest ticks at low and high."""
    import numpy as np

    prices: Floats = np.clip(path, bar.low, bar.high)
    inner = prices[1:-1]
    at_low, at_high = int(inner.argmin()), int(inner.argmax())
    if at_low == at_high:
        at_high = (at_low + len(inner) // 2) % len(inner)
    inner[at_low], inner[at_high] = bar.low, bar.high
    prices[0], prices[-1] = bar.open, bar.close
    return prices


def _sizes(rng: np.random.Generator, count: int, volume: float, lot: float) -> Floats:
    """Log-normal sizes in lots that add up to the volume."""
    import numpy as np

    weights = rng.lognormal(0.0, 1.1, count)
    if not volume:
        return np.zeros(count)
    weights *= (1 - OPEN_SHARE - CLOSE_SHARE) / weights[1:-1].sum()
    weights[0], weights[-1] = OPEN_SHARE, CLOSE_SHARE
    if lot <= 0:
        sizes = weights * volume
    else:
        step = lot if volume / count >= 2 * lot else 1.0
        sizes = np.maximum(np.floor(weights * volume / step) * step, 1.0)
    excess = float(sizes[:-1].sum()) - volume
    if excess >= 0:
        largest = int(sizes[:-1].argmax())
        sizes[largest] = max(0.0, sizes[largest] - excess - 1.0)
    sizes[-1] = volume - float(sizes[:-1].sum())
    return sizes

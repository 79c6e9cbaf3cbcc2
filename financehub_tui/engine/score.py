"""One figure for how well a provider answers.

    score = 100 x (0.5 success + 0.2 speed + 0.2 uptime + 0.1 freshness)

- success: share of the calls of the last 15 minutes that were answered (an honest "no such symbol" is an answer);
- speed: 1 / (1 + p50 / 1 s): 0.91 at 100 ms, 0.5 at one second;
- uptime: share of the time it was not down, each moment weighing less by a factor e every six hours;
- freshness: 1 while values are no older than their delay class allows, else allowed age / median age; 1 where
  nothing was asked while a market was open.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from financehub_tui.market.provenance import Delay

SUCCESS, SPEED, UPTIME, FRESHNESS = 0.5, 0.2, 0.2, 0.1
UNIT = 1.0
"""Median answer, in seconds, at which speed is one half."""
FORGETTING = 6 * 3_600.0
ALLOWED_AGE = {Delay.REALTIME: 60.0, Delay.DELAYED: 1_800.0, Delay.END_OF_DAY: 345_600.0, Delay.REFERENCE: 345_600.0}
"""Seconds a value may be old while its market is open."""


def score(success: float, p50: float | None, uptime: float, freshness: float) -> float:
    """0 to 100; `success`, `uptime` and `freshness` from 0 to 1, `p50` in seconds (None: nothing was answered)."""
    speed = 0.0 if p50 is None else 1 / (1 + p50 / UNIT)
    return 100 * (SUCCESS * success + SPEED * speed + UPTIME * uptime + FRESHNESS * freshness)


def freshness_of(age: float | None, delay: Delay) -> float:
    """0 to 1 for the median age of a provider's values, in seconds."""
    return 1.0 if age is None or age <= ALLOWED_AGE[delay] else ALLOWED_AGE[delay] / age


def uptime_after(before: float, seconds: float, up: bool) -> float:
    """Uptime (0 to 1) after a further stretch of being up or not."""
    weight = exp(-seconds / FORGETTING)
    return before * weight + (1 - weight) * up


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank of ascending values; None where there are none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None

"""What a company reports, pays, and what analysts make of it. Times are nanoseconds since 1970 UTC."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from financehub_tui.market.bars import CorporateAction
from financehub_tui.market.provenance import Provenance


class StatementKind(StrEnum):
    """The statement a figure stands in."""

    INCOME = "income"
    BALANCE = "balance"
    CASH_FLOW = "cash flow"
    RATIOS = "ratios"


class Frequency(StrEnum):
    """The length of a fiscal period."""

    ANNUAL = "annual"
    QUARTERLY = "quarterly"
    TRAILING = "ttm"
    """The last twelve months."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a statement over its periods."""

    name: str
    """The source's own name of the line, such as TotalRevenue."""
    title: str
    values: tuple[float | None, ...]
    """One value a period, in the statements' currency (major unit) or as a plain ratio."""


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """Statements of one company from one source, newest period first."""

    key: str
    frequency: Frequency
    kind: StatementKind
    currency: str
    periods: tuple[str, ...]
    """End of each period as ISO date."""
    lines: tuple[Line, ...]
    provenance: Provenance


class Earnings(msgspec.Struct, frozen=True, kw_only=True):
    """Earnings per share of one period: what was expected, what came."""

    period_end: str
    """End of the fiscal period as ISO date; empty where the source does not say."""
    reported_at: int | None = None
    estimate: float | None = None
    actual: float | None = None
    surprise_percent: float | None = None
    """(actual - estimate) / |estimate| in percent."""
    analysts: int | None = None


class EarningsHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Earnings periods, newest first, and the next date where one is known."""

    key: str
    currency: str
    history: tuple[Earnings, ...]
    provenance: Provenance
    next_date: int | None = None
    next_estimate: float | None = None


class RatingCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many analysts say what, at one time."""

    period: str
    """ISO month or the source's own label, such as -1m."""
    strong_buy: int = 0
    buy: int = 0
    hold: int = 0
    sell: int = 0
    strong_sell: int = 0

    @property
    def total(self) -> int:
        """Number of opinions."""
        return self.strong_buy + self.buy + self.hold + self.sell + self.strong_sell


class RatingChange(msgspec.Struct, frozen=True, kw_only=True):
    """One firm's change of opinion."""

    time: int
    firm: str
    action: str
    """up, down, init, main, reit."""
    from_grade: str = ""
    to_grade: str = ""


class Ratings(msgspec.Struct, frozen=True, kw_only=True):
    """Analysts' opinions, newest first. Targets are in `currency`, major unit."""

    key: str
    counts: tuple[RatingCounts, ...]
    changes: tuple[RatingChange, ...]
    provenance: Provenance
    currency: str = ""
    target_low: float | None = None
    target_mean: float | None = None
    target_median: float | None = None
    target_high: float | None = None
    analysts: int | None = None


class Dividends(msgspec.Struct, frozen=True, kw_only=True):
    """Cash dividends and splits, newest first. Amounts per share in `currency`, major unit, split-adjusted."""

    key: str
    currency: str
    actions: tuple[CorporateAction, ...]
    provenance: Provenance
    next_ex_date: int | None = None
    yield_fraction: float | None = None
    """Trailing yield as a fraction."""

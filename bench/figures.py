"""What a bench module gives back: a value, its peer's where there is one, and what it should be."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the report. `row` is that of the table of goals in bench/README.md, 0 where it has none."""

    name: str
    value: float
    unit: str
    row: int = 0
    peer: str = ""
    peer_value: float | None = None
    ratio: float | None = None
    goal: float | None = None
    goal_on: Literal["ratio", "value"] = "ratio"
    lower_is_better: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """met or missed; unmeasured where the peer is not there; empty without a goal."""
        if self.goal is None:
            return ""
        reached = self.value if self.goal_on == "value" else self.ratio
        if reached is None:
            return "unmeasured"
        return "met" if (reached <= self.goal if self.lower_is_better else reached >= self.goal) else "missed"

    def line(self) -> str:
        """`quote grid CPU   4.1 % of a core   textual.DataTable: 17.9   ratio 0.23   goal ratio <= 0.25: met`."""
        parts = [f"{self.row or '':>2} {self.name:<54}", f"{_number(self.value):>12} {self.unit:<11}"]
        if self.peer:
            parts.append(f"{self.peer}: {_number(self.peer_value)}")
        if self.ratio is not None:
            parts.append(f"ratio {self.ratio:.2f}")
        if self.goal is not None:
            unit = f" {self.unit}" if self.goal_on == "value" else ""
            sign = "<=" if self.lower_is_better else ">="
            parts.append(f"goal {self.goal_on} {sign} {self.goal:g}{unit}: {self.verdict}")
        if self.note:
            parts.append(f"({self.note})")
        return "  ".join(parts)

    def document(self) -> dict[str, object]:
        """For the file of results."""
        return {**asdict(self), "verdict": self.verdict}


def beside(
    name: str,
    value: float,
    unit: str,
    peer: str,
    peer_value: float | None,
    *,
    row: int = 0,
    ratio: float | None = None,
    goal: float | None = None,
    lower: bool = False,
    note: str = "",
) -> Figure:
    """A figure beside a peer's, its goal on the ratio of the two (`ratio`: a better one than that of the medians)."""
    if ratio is None and peer_value is not None:
        ratio = value / peer_value
    return Figure(
        name=name, value=value, unit=unit, row=row, peer=peer, peer_value=peer_value, ratio=ratio, goal=goal,
        lower_is_better=lower, note=note,
    )  # fmt: skip


def paired(
    name: str,
    unit: str,
    peer: str,
    pairs: Sequence[tuple[float, float]],
    *,
    row: int = 0,
    goal: float | None = None,
    lower: bool = False,
) -> Figure:
    """A figure of several rounds, each of which measured both sides: medians, and the median of the ratios."""
    value, peer_value = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    return beside(name, value, unit, peer, peer_value, row=row, ratio=ratio, goal=goal, lower=lower)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3f}"

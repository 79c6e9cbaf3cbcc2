"""How much is written to the terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.widgets.pen import Run

WINDOW = 10.0
"""Seconds over which rates are taken."""


class Area(NamedTuple):
    """A pane's place on the screen, in cells."""

    x: int
    y: int
    width: int
    height: int


class _Second(msgspec.Struct):
    start: float
    bytes: int = 0
    frames: int = 0


class OutputMeter:
    """Counts frames and bytes; rates are over the last 10 seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.monotonic()
        self._seconds: deque[_Second] = deque()
        self.total = 0
        """Bytes written since the start."""
        self.frames = 0
        self.skipped = 0
        """Frames that changed nothing, or were held back because the terminal was behind."""
        self.areas: Mapping[str, Area] = {}
        """Set by the workspace: each pane's place, to know its share."""
        self.by_area: dict[str, int] = {}
        """Bytes since the start by pane."""

    def record(self, size: int, runs: Sequence[Run] = ()) -> None:
        """One frame of `size` bytes was written."""
        now = self._clock.monotonic()
        if not self._seconds or now - self._seconds[-1].start >= 1:
            self._seconds.append(_Second(now))
        self._seconds[-1].bytes += size
        self._seconds[-1].frames += 1
        self.total += size
        self.frames += 1
        if self.areas:
            self._share(runs)

    def _share(self, runs: Sequence[Run]) -> None:
        for run in runs:
            for name, area in self.areas.items():
                if area.y <= run.y < area.y + area.height and area.x <= run.x < area.x + area.width:
                    self.by_area[name] = self.by_area.get(name, 0) + len(run.text.encode("utf-8", "replace"))
                    break

    @property
    def bytes_per_second(self) -> float:
        """Bytes per second over the last 10 seconds."""
        return sum(second.bytes for second in self._recent()) / self._span()

    @property
    def frames_per_second(self) -> float:
        """Frames per second over the last 10 seconds."""
        return sum(second.frames for second in self._recent()) / self._span()

    def _span(self) -> float:
        return min(WINDOW, max(1.0, self._clock.monotonic() - self._started))

    def _recent(self) -> deque[_Second]:
        oldest = self._clock.monotonic() - WINDOW
        while self._seconds and self._seconds[0].start < oldest:
            self._seconds.popleft()
        return self._seconds

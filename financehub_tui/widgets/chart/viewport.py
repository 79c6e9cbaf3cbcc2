"""Which bars are seen, and where: pure arithmetic over bar numbers and columns.

Bars are grouped `step` at a time into slots, counted from the first bar of the series so that panning never
regroups them; each slot is `pitch` columns wide. One of the two is 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

STEPS = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1_200, 2_000, 3_000, 5_000, 8_000, 12_000)
PITCHES = (1, 2, 3, 4, 6, 8, 12, 16)

_FILLED = 0.75
"""Part of the width that evenly spaced bars must fill; below it uneven spacing looks better than a gap."""


@dataclass(frozen=True)
class Viewport:
    """A window of `columns` columns over `count` bars, its right edge after slot `end`."""

    count: int
    columns: int
    step: int = 1
    pitch: float = 1
    start: int = 0
    """First slot in the window; negative where there are fewer slots than places."""

    @classmethod
    def fit(cls, count: int, columns: int, *, exact: bool = False) -> Viewport:
        """All bars, at the right edge: `exact` over the whole width, for lines; else in whole columns where these
        fill most of it."""
        columns = max(1, columns)
        step = max(1, -(-count // columns))
        slots = max(1, -(-count // step))
        whole = columns // slots
        pitch = columns / slots if exact or whole * slots < _FILLED * columns else whole
        return cls(count, columns, step, pitch).clamped(count)

    @property
    def slots(self) -> int:
        """Slots in the whole series."""
        return -(-self.count // self.step)

    @property
    def capacity(self) -> int:
        """Slots the window has room for."""
        # The small part makes up for a stretched pitch such as 100 / 7 being rounded up.
        return max(1, int(self.columns / self.pitch + 1e-9))

    @property
    def visible(self) -> range:
        """Slots in the window."""
        return range(max(0, self.start), min(self.slots, self.start + self.capacity))

    @property
    def bars(self) -> slice:
        """Bars in the window."""
        return slice(self.visible.start * self.step, min(self.count, self.visible.stop * self.step))

    @property
    def margin(self) -> float:
        """Columns left of the first slot's place, so that the last one ends at the right edge."""
        return self.columns - self.capacity * self.pitch

    @property
    def at_end(self) -> bool:
        """True where the newest bar is in the window."""
        return self.start + self.capacity >= self.slots

    @property
    def at_fit(self) -> bool:
        """True where all bars are in the window."""
        return self.capacity >= self.slots

    def centre(self, slot: float) -> float:
        """Where the middle of a slot is, in columns from the left edge."""
        return self.margin + (slot - self.start + 0.5) * self.pitch

    def column(self, slot: int) -> int:
        """The column of a slot's middle."""
        return min(self.columns - 1, int(self.centre(slot)))

    def slot_at(self, column: int) -> int:
        """The slot drawn nearest to a column, in the window."""
        slot = self.start + int((column + 0.5 - self.margin) // self.pitch)
        return max(self.visible.start, min(self.visible.stop - 1, slot))

    def slot_of(self, bar: int) -> int:
        """The slot a bar belongs to."""
        return max(0, min(self.count - 1, bar)) // self.step

    def pan(self, slots: int) -> Viewport:
        """Move the window to later (positive) or earlier slots, as far as there are any."""
        return self.clamped(self.start + slots)

    def clamped(self, start: int) -> Viewport:
        """The window starting at `start`, moved so that no place is wasted beyond either end."""
        latest = self.slots - self.capacity
        return replace(self, start=max(min(0, latest), min(start, latest)))

    def reveal(self, slot: int) -> Viewport:
        """The window moved as little as needed to show a slot."""
        if slot < self.start:
            return self.clamped(slot)
        return self.clamped(max(self.start, slot - self.capacity + 1))

    def zoom(self, closer: bool, bar: int | None = None) -> Viewport:
        """One step closer or farther, keeping `bar` (the newest where None) in its column; the farthest is all bars."""
        step, pitch = self._next(closer)
        if pitch == self.pitch and step == self.step:
            return self
        zoomed = Viewport(self.count, self.columns, step, pitch)
        if not closer and zoomed.at_fit:
            return Viewport.fit(self.count, self.columns)
        if bar is None:
            return zoomed.clamped(zoomed.slots)
        place = (self.centre(self.slot_of(bar)) - zoomed.margin) / zoomed.pitch - 0.5
        return zoomed.clamped(zoomed.slot_of(bar) - round(place))

    def _next(self, closer: bool) -> tuple[int, float]:
        scale = self.pitch / self.step
        ladder = [(step, 1) for step in reversed(STEPS)] + [(1, pitch) for pitch in PITCHES[1:]]
        if closer:
            wider = [rung for rung in ladder if rung[1] / rung[0] > scale * 1.001 and rung[1] <= self.columns]
            return wider[0] if wider else (self.step, self.pitch)
        narrower = [rung for rung in ladder if rung[1] / rung[0] < scale * 0.999]
        return (self.step, self.pitch) if self.at_fit or not narrower else narrower[-1]

    def resized(self, columns: int) -> Viewport:
        """The same zoom in another width, the newest shown bar kept in place; a full view stays full."""
        if self.at_fit:
            return Viewport.fit(self.count, columns)
        end = self.start + self.capacity
        wider = replace(self, columns=max(1, columns), pitch=min(self.pitch, max(1, columns)))
        return Viewport.fit(self.count, columns) if wider.at_fit else wider.clamped(end - wider.capacity)

    def grown(self, count: int) -> Viewport:
        """The same zoom over a longer series; a window at the end stays there."""
        longer = replace(self, count=count)
        return longer.clamped(longer.slots if self.at_end else self.start)

"""Where the last answers came from and what was tried, for PVNC."""

from __future__ import annotations

from collections import OrderedDict, deque

from financehub_tui.market.provenance import Missing, Provenance

KEYS = 2_000
ANSWERS = 8


class Journal:
    """The newest origins per instrument and kind of data, bounded."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str], deque[Provenance | Missing]] = OrderedDict()

    def add(self, key: str, kind: str, origin: Provenance | Missing | None) -> None:
        """Remember where an answer came from, or why there was none."""
        if origin is None:
            return
        entry = self._entries.setdefault((key, kind), deque(maxlen=ANSWERS))
        if not entry or entry[0] != origin:
            entry.appendleft(origin)
        self._entries.move_to_end((key, kind))
        while len(self._entries) > KEYS:
            self._entries.popitem(last=False)

    def explain(self, key: str, kind: str) -> list[Provenance | Missing]:
        """Newest first."""
        return list(self._entries.get((key, kind), ()))

"""Who wants what: interests counted per instrument and kind, and told to the streams when they change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

from financehub_tui.market.instrument import Instrument


class Interest:
    """One running subscription. Implements `desk.Subscription`."""

    def __init__(self, board: Subscriptions, kinds: Collection[str]) -> None:
        self._board = board
        self.kinds = tuple(kinds)
        self.instruments: dict[str, Instrument] = {}

    def set(self, instruments: Sequence[Instrument]) -> None:
        """Change what is wanted; nothing where it has been closed."""
        if self._board.holds(self):
            self.instruments = {instrument.key: instrument for instrument in instruments}
            self._board.changed()

    def close(self) -> None:
        """No longer wanted. Idempotent."""
        self._board.drop(self)
        self.instruments = {}


class Subscriptions:
    """All interests. Changes within one turn of the loop are told together."""

    def __init__(
        self,
        tell: Callable[[dict[str, dict[str, Instrument]], dict[str, dict[str, Instrument]]], None],
        gone: Callable[[str], None],
    ) -> None:
        self._tell = tell
        self._gone = gone
        self._interests: list[Interest] = []
        self._told: dict[str, dict[str, Instrument]] = {}
        self._dropped: set[str] = set()
        """Keys of interests that have ended since, be it before anybody was told of them."""
        self._due: asyncio.Handle | None = None
        self._closed = False

    def add(self, instruments: Sequence[Instrument], kinds: Collection[str]) -> Interest:
        """A new interest; closed from the start where nothing is wanted any more."""
        interest = Interest(self, kinds)
        if not self._closed:
            self._interests.append(interest)
        interest.set(instruments)
        return interest

    def holds(self, interest: Interest) -> bool:
        """True until the interest is closed."""
        return interest in self._interests

    def changed(self) -> None:
        """An interest wants something else: all that is wanted is told at the end of this turn of the loop."""
        if self._due is None and not self._closed:
            self._due = asyncio.get_running_loop().call_soon(self._flush)

    def drop(self, interest: Interest) -> None:
        """An interest ended."""
        if interest in self._interests:
            self._interests.remove(interest)
            self._dropped |= interest.instruments.keys()
            self.changed()

    def wanted(self) -> dict[str, dict[str, Instrument]]:
        """All that is wanted, by kind and key."""
        wanted: dict[str, dict[str, Instrument]] = {}
        for interest in self._interests:
            for kind in interest.kinds:
                wanted.setdefault(kind, {}).update(interest.instruments)
        return {kind: instruments for kind, instruments in wanted.items() if instruments}

    def _flush(self) -> None:
        self._due = None
        if self._closed:
            return
        wanted = self.wanted()
        before = self._dropped.union(*self._told.values())
        self._dropped = set()
        after = {key for instruments in wanted.values() for key in instruments}
        new = {
            kind: {key: one for key, one in instruments.items() if key not in self._told.get(kind, {})}
            for kind, instruments in wanted.items()
        }
        self._told = wanted
        self._tell(wanted, {kind: instruments for kind, instruments in new.items() if instruments})
        for key in before - after:
            self._gone(key)

    def close(self) -> None:
        """Nothing is wanted any more."""
        self._closed = True
        self._interests.clear()
        if self._due is not None:
            self._due.cancel()
            self._due = None

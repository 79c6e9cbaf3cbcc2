"""What may be open or under way at once, such as the one stream connection a key allows: in this process, and among all
of them."""

from __future__ import annotations

from itertools import count
from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from financehub_tui.providers.kit.shared import SharedCounts

LEASE = 60.0
"""Seconds after which another process may take what was not held again: one that was killed gives back nothing."""


class Slots:
    """Holders by name. What is held for long is held again by the same holder every `LEASE` / 2 seconds."""

    def __init__(self, shared: SharedCounts | None = None) -> None:
        self._shared = shared
        self._holders: dict[str, set[str]] = {}
        self._process = token_hex(4)
        self._numbers = count(1)

    def holder(self) -> str:
        """A name nobody else holds anything under, in whatever process."""
        return f"{self._process}-{next(self._numbers)}"

    async def hold(self, name: str, amount: int, holder: str, lease: float = LEASE) -> bool:
        """Take one of `amount`, or keep it, for `lease` seconds as far as other processes go. False where all are
        taken."""
        holders = self._holders.setdefault(name, set())
        if holder not in holders and len(holders) >= amount:
            return False
        holders.add(holder)
        try:
            held = self._shared is None or await self._shared.hold(name, amount, holder, lease)
        except BaseException:
            holders.discard(holder)
            raise
        if not held:
            holders.discard(holder)
        return held

    async def let_go(self, name: str, holder: str) -> None:
        """Give it back. Idempotent."""
        self._holders.get(name, set()).discard(holder)
        if self._shared is not None:
            await self._shared.let_go(name, holder)

    def holds(self, name: str, holder: str) -> bool:
        """True where this process holds it."""
        return holder in self._holders.get(name, ())

    def held(self, name: str) -> int:
        """How many this process holds; of several places under that name (`name/line`) the fullest."""
        places = [len(held) for place, held in self._holders.items() if place == name or place.startswith(f"{name}/")]
        return max(places, default=0)

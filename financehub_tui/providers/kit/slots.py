"""What may be open at once, such as the one stream connection a key allows: in this process, and among all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from financehub_tui.providers.kit.shared import SharedCounts

LEASE = 60.0
"""Seconds after which another process may take what was not held again: one that was killed gives back nothing."""


class Slots:
    """Holders by name. Whoever holds something holds it again, under its own name, every `LEASE` / 2 seconds."""

    def __init__(self, shared: SharedCounts | None = None) -> None:
        self._shared = shared
        self._holders: dict[str, set[str]] = {}

    async def hold(self, name: str, amount: int, holder: str) -> bool:
        """Take one of `amount`, or keep it. False where all are taken."""
        holders = self._holders.setdefault(name, set())
        if holder not in holders and len(holders) >= amount:
            return False
        holders.add(holder)
        if self._shared is not None and not await self._shared.hold(name, amount, holder, LEASE):
            holders.discard(holder)
            return False
        return True

    async def let_go(self, name: str, holder: str) -> None:
        """Give it back. Idempotent."""
        self._holders.get(name, set()).discard(holder)
        if self._shared is not None:
            await self._shared.let_go(name, holder)

    def holds(self, name: str, holder: str) -> bool:
        """True where this process holds it."""
        return holder in self._holders.get(name, ())

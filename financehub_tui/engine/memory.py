"""What the workstation remembers of its user, in the store."""

from __future__ import annotations

from financehub_tui.clock import Clock, SystemClock
from financehub_tui.engine.door import StoreDoor


class StoredMemory:
    """Implements `desk.Memory`. All methods raise StoreError. Times are the real world's, also in a demo."""

    def __init__(self, door: StoreDoor, clock: Clock | None = None) -> None:
        self._door = door
        self._clock = clock or SystemClock()

    async def add_line(self, line: str) -> None:
        """Remember a typed line."""
        await (await self._door.open()).add_line(self._clock.now(), line)

    async def lines(self, limit: int = 500) -> list[tuple[int, str]]:
        """(time, line), newest first."""
        return [] if self._door.empty else await (await self._door.open()).lines(limit)

    async def save_layout(self, name: str, document: str) -> None:
        """Keep a layout."""
        await (await self._door.open()).write_layout(name, document, self._clock.now())

    async def layout(self, name: str) -> str | None:
        """A layout's document; None where there is none."""
        return None if self._door.empty else await (await self._door.open()).read_layout(name)

    async def layouts(self) -> list[tuple[str, int]]:
        """(name, saved at) by name."""
        return [] if self._door.empty else await (await self._door.open()).layouts()

    async def delete_layout(self, name: str) -> None:
        """Forget a layout."""
        if not self._door.empty:
            await (await self._door.open()).delete_layout(name)

"""Security lists: the master's groups, which cannot be changed, and the user's own in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.engine.door import StoreDoor
from financehub_tui.errors import CommandError, DataMissingError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason

if TYPE_CHECKING:
    from financehub_tui.market.master import SecurityMaster

ALIASES = {"indices": "world-indices"}
NOT_LISTS = ("us-listings", "former-sp500")
"""Groups too long to be watched."""


class StoredLists:
    """Implements `desk.Lists`. Names are case-insensitive."""

    def __init__(self, master: Callable[[], SecurityMaster], door: StoreDoor) -> None:
        self._master = master
        self._door = door
        self._sizes: dict[str, int] = {}

    @cached_property
    def _built_in(self) -> dict[str, str]:
        """The master's group behind each name."""
        groups = {name: name for name in self._master().groups() if name not in NOT_LISTS}
        return groups | {alias: group for alias, group in ALIASES.items() if group in groups}

    async def names(self) -> list[tuple[str, int]]:
        """(name, number of members) by name."""
        own = [] if self._door.empty else await (await self._door.open()).lists()
        if not self._sizes:
            self._sizes = {name: len(self._master().members(group)) for name, group in self._built_in.items()}
        return sorted([*self._sizes.items(), *own])

    async def members(self, name: str) -> list[Instrument]:
        """Members in order. Raises DataMissingError for an unknown list."""
        group = self._built_in.get(name.casefold())
        if group is not None:
            return self._master().members(group)
        documents = None if self._door.empty else await (await self._door.open()).read_list(name)
        if documents is None:
            known = ", ".join(known for known, _ in await self.names())
            raise DataMissingError(Missing(reason=Reason.NO_DATA, detail=f"no list called {name}; there are {known}"))
        return [msgspec.json.decode(document, type=Instrument) for document in documents]

    async def save(self, name: str, members: Sequence[Instrument]) -> None:
        """Keep a list. Raises CommandError for the name of a built-in one, StoreError."""
        self._refuse_built_in(name)
        await (await self._door.open()).write_list(name, [msgspec.json.encode(one).decode() for one in members])

    async def delete(self, name: str) -> None:
        """Forget a list; one that is not there is no error. Raises CommandError for a built-in one, StoreError."""
        self._refuse_built_in(name)
        await (await self._door.open()).delete_list(name)

    def _refuse_built_in(self, name: str) -> None:
        if name.casefold() in self._built_in:
            raise CommandError(f"The list {name} is built in and cannot be changed", "Save it under another name.")

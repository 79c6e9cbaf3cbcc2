"""The store, opened when it is first needed: a one-shot run that reads bundled data never loads a database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from financehub_tui.errors import StoreError
from financehub_tui.storage.interface import Store

log = logging.getLogger(__name__)
Opening = Callable[[], Awaitable[tuple[Store, Sequence[str]]]]
"""Opens a store: the store, and what the user must be told."""


class StoreDoor:
    """Opens a store once; everybody waits for the same opening. A store that cannot be opened stays so."""

    def __init__(self, make: Opening, path: Path | None = None) -> None:
        self._make = make
        self._path = path
        self._store: Store | None = None
        self._error: StoreError | None = None
        self._opening = asyncio.Lock()
        self._closed = False
        self.notices: list[str] = []
        """What the user must be told: a damaged file set aside, snapshot mode, no store at all."""

    @property
    def opened(self) -> bool:
        """True once it is open."""
        return self._store is not None

    @property
    def empty(self) -> bool:
        """True where nothing can be stored yet, so that reading needs no opening."""
        return self._store is None and (self._path is None or not self._path.exists())

    async def open(self) -> Store:
        """The open store. Raises StoreError."""
        async with self._opening:
            if self._closed:
                raise StoreError("the store is closed")
            if self._error is not None:
                raise self._error
            if self._store is None:
                self._store = await self._open()
            return self._store

    async def _open(self) -> Store:
        try:
            store, told = await self._make()
        except StoreError as error:
            self._error = error
            self.notices.append(f"Nothing is stored: {error}")
            log.warning("store: %s", error)
            raise
        self.notices += told
        return store

    async def close(self) -> None:
        """Flush and close. Idempotent."""
        async with self._opening:
            store, self._store, self._closed = self._store, None, True
            if store is not None:
                try:
                    await store.close()
                except StoreError as error:
                    log.warning("store did not close: %s", error)
                    self.notices.append(str(error))

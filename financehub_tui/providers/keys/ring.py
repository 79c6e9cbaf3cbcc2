"""All keys of this installation, in pools by provider."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

import msgspec

from financehub_tui.clock import Clock
from financehub_tui.errors import ConfigError, StoreError
from financehub_tui.providers.keys.catalogue import FORMS
from financehub_tui.providers.keys.environment import environment_keys
from financehub_tui.providers.keys.form import KeyForm
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.pool import KeyPool
from financehub_tui.providers.keys.usage import Usage
from financehub_tui.providers.keys.vault import IndexEntry, Stored, Vault, read_stored

if TYPE_CHECKING:
    from financehub_tui.providers.kit.ledger import Ledger, StateStore

STATE = "keys.usage"
"""The key under which records are saved: counts, times and reasons by fingerprint."""
_log = logging.getLogger(__name__)
_records = msgspec.json.Decoder(dict[str, Usage])


class KeyRing:
    """Reads keys from the environment and the keyring, off the loop, and keeps the record of each.

    A variable goes before a stored key of the same alias. `load` reads anew; nothing of it raises: what cannot be
    read is one line of `problems`.
    """

    def __init__(
        self,
        clock: Clock,
        ledger: Callable[[], Ledger],
        *,
        vault: Callable[[], Vault | None] = lambda: None,
        environment: Mapping[str, str] | None = None,
        forms: Mapping[str, KeyForm] = FORMS,
        store: Callable[[], Awaitable[StateStore]] | None = None,
        patience: float = 20.0,
    ) -> None:
        """`vault` opens the keyring, and may take long or raise ConfigError. `store` opens the store.

        `patience`: seconds a keyring may take to answer.
        """
        self.forms = dict(forms)
        self.problems: list[str] = []
        """Variables that hold no key, a keyring that cannot be read: one line each."""
        self.disabled: list[IndexEntry] = []
        self.stored_in = "keyring"
        """Where keys that are no variables are: keyring or file."""
        self._clock = clock
        self._ledger = ledger
        self._open_vault = vault
        self._environment = environment
        self._store = store
        self._patience = patience
        self._pools: dict[str, KeyPool] = {}
        self._usage: dict[str, Usage] = {}
        self._loaded = False
        self._loading = asyncio.Lock()

    def pool(self, provider: str) -> KeyPool:
        """The keys of a provider. Raises ConfigError where none are known for it: add its form to `forms` first."""
        if provider not in self._pools:
            if provider not in self.forms:
                raise ConfigError(f"No form of keys is known for {provider}")
            self._pools[provider] = KeyPool(self.forms[provider], self._clock, self._ledger, self.ready)
        return self._pools[provider]

    def pools(self) -> Sequence[KeyPool]:
        """Those of all providers that take keys."""
        return [self.pool(provider) for provider in self.forms]

    async def ready(self) -> None:
        """Before the first key is asked for: read them all."""
        async with self._loading:
            if not self._loaded:
                await self._load_records()
                await self._load()
                self._loaded = True

    async def load(self) -> None:
        """Read the keys anew, after a change of the keyring."""
        await self.ready()
        async with self._loading:
            await self._load()

    async def save(self) -> bool:
        """Keep the records where something changed. Returns whether they were written."""
        changed = [pool for pool in self._pools.values() if pool.changed]
        if not changed or self._store is None:
            return False
        for pool in changed:
            pool.changed = False
            self._usage |= pool.records()
        try:
            await (await self._store()).write_state(STATE, msgspec.json.encode(self._usage).decode())
        except StoreError as error:
            for pool in changed:
                pool.changed = True
            _log.debug("the record of the keys is not kept: %s", error)
            return False
        return True

    async def _load_records(self) -> None:
        if self._store is None:
            return
        try:
            if document := await (await self._store()).read_state(STATE):
                self._usage = _records.decode(document)
        except (StoreError, msgspec.DecodeError) as error:
            _log.warning("the record of the keys cannot be read: %s", error)

    async def _load(self) -> None:
        await asyncio.to_thread(import_module, "financehub_tui.providers.kit.budget")
        given = self._given()
        self._fill(given, await self._patiently())

    def _given(self) -> tuple[list[Key], list[str]]:
        return environment_keys(os.environ if self._environment is None else self._environment, self.forms)

    def _fill(self, variables: tuple[list[Key], list[str]], stored: Stored) -> None:
        given, problems = variables
        self.problems = [*problems, *stored.problems]
        self.disabled = stored.disabled
        self.stored_in = stored.source
        taken = {(key.provider, key.alias) for key in given}
        keys = [*given, *(key for key in stored.keys if (key.provider, key.alias) not in taken)]
        for pool in self.pools():
            mine = [key for key in keys if key.provider == pool.provider]
            pool.fill(mine, self._usage, sum(1 for entry in stored.disabled if entry.provider == pool.provider))
        for problem in self.problems:
            _log.warning("keys: %s", problem)

    async def _patiently(self) -> Stored:
        """What is stored. A keyring that waits for its user keeps neither the desk nor its end waiting: the thread is a
        daemon, and what it finds too late is taken up then."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Stored] = loop.create_future()

        def tell(found: Stored) -> None:
            if answer.done():
                self._fill(self._given(), found)
            else:
                answer.set_result(found)

        def read() -> None:
            found = read_stored(self._open_vault)
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(tell, found)

        Thread(target=read, name="keyring", daemon=True).start()
        try:
            return await asyncio.wait_for(answer, self._patience)
        except TimeoutError:
            why = f"The {self.stored_in} did not answer within {self._patience:g} s: is it locked?"
            return Stored([], [], [why], self.stored_in, unread=True)

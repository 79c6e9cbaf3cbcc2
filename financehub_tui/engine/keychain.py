"""Keys and budgets of a desk: made when first asked for, saved with everything else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING

from msgspec.structs import replace

from financehub_tui.clock import NANOS, Clock
from financehub_tui.engine.catalog import key_forms
from financehub_tui.errors import ConfigError
from financehub_tui.figures import BudgetStatus, KeyStatus, ProviderKeys

if TYPE_CHECKING:
    from financehub_tui.config import Settings
    from financehub_tui.providers.keys.form import KeyForm
    from financehub_tui.providers.keys.pool import KeyPool
    from financehub_tui.providers.keys.ring import KeyRing
    from financehub_tui.providers.keys.vault import Vault
    from financehub_tui.providers.kit.budget import Budget
    from financehub_tui.providers.kit.ledger import Ledger, StateStore
    from financehub_tui.providers.kit.shared import SharedCounts

log = logging.getLogger(__name__)
SAVED = 5.0
"""Seconds between two savings of the counts."""
REREAD = 30.0
"""Seconds after which a look at the keys reads them anew: another program may have added one."""


class Keychain:
    """The ledger of limits and the ring of keys. A demo reads no keys and keeps no counts."""

    def __init__(
        self,
        clock: Clock,
        settings: Settings,
        store: Callable[[], Awaitable[StateStore]],
        *,
        live: bool,
        forms: Callable[[], Mapping[str, KeyForm]] = key_forms,
    ) -> None:
        """`forms` tells what the keys of every provider look like; it is asked when keys are first looked for."""
        self._clock = clock
        self._forms = forms
        self._settings = settings
        self._store = store if live else None
        self._live = live
        self._read_at = 0.0
        self._used = False
        self._troubles: list[str] = []
        self._saved_at = 0.0
        self._open_vault: Vault | None = None

    @cached_property
    def _ledger(self) -> Ledger:
        from financehub_tui.providers.kit.ledger import Ledger

        self._used = True
        return Ledger(self._clock, self._shared() if self._live and self._settings.redis.url else None, self._store)

    def _shared(self) -> SharedCounts | None:
        """Counts in Redis; None where its address is none, which must not stop the providers."""
        from financehub_tui.providers.kit.shared import SharedCounts

        try:
            return SharedCounts(self._settings.redis.url, self._clock)
        except ConfigError as error:
            log.warning("limits are counted by this process alone: %s", error)
            self._troubles.append(str(error))
            return None

    def ledger(self) -> Ledger:
        """The counts. The first use loads libraries."""
        return self._ledger

    @cached_property
    def ring(self) -> KeyRing:
        """The keys, not read yet."""
        from financehub_tui.providers.keys.ring import KeyRing

        self._used = True
        environment: dict[str, str] | None = None if self._live else {}
        return KeyRing(
            self._clock,
            self.ledger,
            vault=self._vault,
            environment=environment,
            forms=self._forms(),
            store=self._store,
        )

    async def ready(self) -> None:
        """Read the keys. Packages that declare some are loaded in a thread: an import may take its time."""
        await asyncio.to_thread(self._forms)
        await self.ring.ready()

    def _vault(self) -> Vault | None:
        """The keyring; once open it stays so, because opening a file under a passphrase is slow by design."""
        from financehub_tui.providers.keys.backends import open_vault

        if self._open_vault is None and self._live:
            self._open_vault = open_vault(self._settings.keys)
        return self._open_vault

    async def keys(self) -> list[ProviderKeys]:
        """Every provider that takes keys, with those there are."""
        ring = self.ring
        now = self._clock.monotonic()
        if now - self._read_at > REREAD:
            self._read_at = now
            await ring.load()
        await ring.ready()
        return [_provider_row(ring, pool, self._clock.now()) for pool in ring.pools()]

    def problems(self) -> list[str]:
        """What could not be read, one line each."""
        return [*self.ring.problems, *self._troubles]

    async def budgets(self) -> list[BudgetStatus]:
        """The limits of every host and key that has been used."""
        await self.ring.ready()
        ledger = self.ledger()
        await ledger.ready()
        aliases = {pool.budget(key).owner: f"key {key.alias}" for pool in self.ring.pools() for key in pool.keys}
        return [
            row
            for owner, budget in sorted(ledger.budgets.items())
            for row in _budget_rows(ledger, budget, aliases.get(owner, ""), self._clock.now())
        ]

    async def save(self) -> None:
        """Keep counts and records where something changed, and not too often: the whole of them is written."""
        now = self._clock.monotonic()
        if self._used and now - self._saved_at >= SAVED:
            self._saved_at = now
            await self._write()

    async def _write(self) -> None:
        await self.ledger().save()
        await self.ring.save()

    async def close(self) -> None:
        """Save, and let go of Redis."""
        if self._used:
            await self._write()
        if self._used and (shared := self.ledger().shared) is not None:
            await shared.close()


def _provider_row(ring: KeyRing, pool: KeyPool, now: int) -> ProviderKeys:
    from financehub_tui.providers.keys.usage import KeyState

    form = pool.form
    disabled = tuple(
        KeyStatus(
            alias=entry.alias,
            masked="",
            source=ring.stored_in,
            plan=form.plan(entry.plan or entry.alias).title,
            state=KeyState.DISABLED.value,
            reason=f"financehub keys enable {entry.provider} {entry.alias}",
        )
        for entry in ring.disabled
        if entry.provider == pool.provider
    )
    return ProviderKeys(
        provider=form.provider,
        title=form.title,
        unlocks=form.unlocks,
        free=form.free,
        limits=_limits_in_words(form),
        where=form.where,
        variable=form.variable,
        form=":".join(part.words for part in form.parts) if len(form.parts) == 1 else _two_parts(form),
        asked=form.asked,
        note=form.note,
        keys=tuple(_key_rows(pool, now)) + disabled,
    )


def _two_parts(form: KeyForm) -> str:
    return " : ".join(f"{part.name} ({part.words})" for part in form.parts)


def _limits_in_words(form: KeyForm) -> str:
    from financehub_tui.providers.base import Per
    from financehub_tui.providers.kit.windows import in_words, resets_in_words

    said = []
    for limit in form.plans[0].limits:
        resets = f" (resets {resets_in_words(limit)})" if limit.per in (Per.DAY, Per.MONTH) else ""
        said.append(in_words(limit) + resets)
    return "; ".join(said)


def _key_rows(pool: KeyPool, now: int) -> Iterator[KeyStatus]:
    from financehub_tui.providers.keys.usage import KeyState

    for key in pool.keys:
        usage, budget = pool.usage(key), pool.budget(key)
        state = pool.state(key)
        reason, until = usage.reason, usage.until or None
        if state is KeyState.READY:
            reason, until = "", None
        elif state is KeyState.BAD:
            until = usage.bad_until
        elif (wait := budget.wait(1)) > 0:
            reason, until = budget.refusal(1)[1], now + int(wait * NANOS) if isfinite(wait) else None
        yield KeyStatus(
            alias=key.alias,
            masked=key.masked,
            source=key.source,
            plan=pool.form.plan(key.plan or key.alias).title,
            state=state.value,
            reason=reason,
            until=until,
            calls=usage.calls,
            refused=usage.refused,
            last_used=usage.last_used,
        )


def _budget_rows(ledger: Ledger, budget: Budget, alias: str, now: int) -> Iterator[BudgetStatus]:
    from financehub_tui.providers.kit.windows import in_words, resets_in_words

    provider, _, host = budget.owner.partition("@")
    of = BudgetStatus(
        provider=provider.partition("/")[0],
        owner=alias or host,
        limit="",
        used=0.0,
        allowed=1.0,
        relief_at=None,
        resets="as they end",
        rate=0.0,
        spent_at=None,
        spenders=tuple(
            (what or "other", float(amount))
            for what, amount in ledger.spending(budget.owner).since(now - 86_400 * NANOS).most_common(5)
        ),
        shared=ledger.shared is not None,
    )
    for window in budget.windows:
        rate = ledger.spending(budget.owner, calls=window.limit.name == "requests").rate(now)
        yield replace(
            of,
            limit=in_words(window.limit),
            used=float(window.used()),
            allowed=float(window.limit.amount),
            relief_at=window.relief_at(),
            resets=resets_in_words(window.limit),
            rate=rate,
            spent_at=window.forecast(rate),
        )
    for limit in budget.at_once:
        held = float(ledger.slots.held(budget.slot(limit)))
        yield replace(of, limit=in_words(limit), used=held, allowed=float(limit.amount))

"""True figures of the running engine. Implements `desk.Status`."""

from __future__ import annotations

from collections.abc import Callable

from financehub_tui.engine.answers import Answers
from financehub_tui.engine.budgetwatch import BudgetWatch
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.health import HealthBoard
from financehub_tui.engine.keychain import Keychain
from financehub_tui.engine.polls import Polls
from financehub_tui.engine.streams import Streams
from financehub_tui.errors import StoreError
from financehub_tui.figures import BudgetStatus, CacheStatus, FeedStatus, JobStatus, ProviderKeys, ProviderStatus


class EngineStatus:
    """Reads the figures of all parts; `snapshot` renews those that must be waited for."""

    def __init__(
        self,
        health: HealthBoard,
        budgets: BudgetWatch,
        streams: Streams,
        polls: Polls,
        answers: Answers,
        door: StoreDoor,
    ) -> None:
        self._health = health
        self._budgets = budgets
        self._streams = streams
        self._polls = polls
        self._answers = answers
        self._door = door
        self._stored: dict[str, int] = {}
        self.shared_rows: Callable[[], list[CacheStatus]] = list
        """Rows of the tier other terminals share."""
        self.job_rows: Callable[[], list[JobStatus]] = list
        self.keychain: Keychain | None = None

    def providers(self) -> list[ProviderStatus]:
        """One row per provider."""
        return self._health.status()

    def feeds(self) -> list[FeedStatus]:
        """One row per stream connection, and one for polling."""
        return [*self._streams.status(), *self._polls.status()]

    def caches(self) -> list[CacheStatus]:
        """The memory tier by kind, and the store by table."""
        stored = [
            CacheStatus(
                tier="STORE",
                kind=table,
                entries=rows,
                hits=0,
                misses=0,
                stale=0,
                evictions=0,
                bytes=self._stored.get("bytes") if place == 0 else None,
                ttl=None,
            )
            for place, (table, rows) in enumerate(
                (table, rows) for table, rows in self._stored.items() if table != "bytes"
            )
        ]
        return [*self._answers.status(), *self.shared_rows(), *stored]

    def jobs(self) -> list[JobStatus]:
        """One row per job."""
        return self.job_rows()

    async def keys(self) -> list[ProviderKeys]:
        """Every provider that takes keys, with those there are."""
        return await self.keychain.keys() if self.keychain else []

    def key_problems(self) -> list[str]:
        """What could not be read of the keys, one line each."""
        return self.keychain.problems() if self.keychain else []

    async def budgets(self) -> list[BudgetStatus]:
        """The limits of every host and key that has been used."""
        return await self.keychain.budgets() if self.keychain else []

    def attributions(self) -> dict[str, str]:
        """What sources demand to be shown with their values, by provider."""
        return self._health.attributions()

    def offline(self) -> bool:
        """True where no provider could be reached lately."""
        return self._health.offline()

    async def snapshot(self) -> str:
        """Renew the figures that must be waited for, and look at health and budgets, which tell of what changed."""
        if self._door.opened:
            try:
                self._stored = await (await self._door.open()).sizes()
            except StoreError:
                self._stored = {}
        self._health.look()
        self._budgets.look()
        return f"{len(self.providers())} providers, {len(self.feeds())} feeds"

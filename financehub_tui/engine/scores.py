"""The score history of each provider, kept in the store: a day of figures survives a restart."""

from __future__ import annotations

import logging

import msgspec

from financehub_tui.clock import NANOS, Clock
from financehub_tui.engine.door import StoreDoor
from financehub_tui.engine.health import SCORES, HealthBoard
from financehub_tui.errors import StoreError

log = logging.getLogger(__name__)
STATE = "provider-scores"
DAY = 86_400 * NANOS
History = dict[str, list[tuple[int, float]]]


class ScoreHistory:
    """Takes up what an earlier run has kept, adds the scores of now, keeps all of them. A job calls `run`."""

    def __init__(self, health: HealthBoard, door: StoreDoor, clock: Clock) -> None:
        self._health = health
        self._door = door
        self._clock = clock
        self._loaded = False

    async def run(self) -> str:
        """One more score for each provider that was asked lately. Raises StoreError."""
        store = await self._door.open()
        if not self._loaded:
            self._restore(await store.read_state(STATE))
            self._loaded = True
        self._health.note_scores()
        kept: History = {name: list(health.scores) for name, health in self._health.providers.items() if health.scores}
        if kept and not store.read_only:
            await store.write_state(STATE, msgspec.json.encode(kept).decode())
        return f"scores of {len(kept)} providers"

    def _restore(self, document: str | None) -> None:
        """Scores of the last day, before those of this run; a document that cannot be read is as good as none."""
        try:
            kept = msgspec.json.decode(document, type=History) if document else {}
        except msgspec.MsgspecError as error:
            log.info("earlier scores: %s", error)
            return
        since = self._clock.now() - DAY
        for name, scores in kept.items():
            if name in self._health.providers:
                held = self._health.of(name).scores
                earlier = [(at, value) for at, value in scores if at >= since]
                held.extendleft(reversed(earlier[-(SCORES - len(held)) :] if len(held) < SCORES else []))

    async def load(self) -> None:
        """Take up what is kept, for a first look before the first run."""
        if self._loaded or self._door.empty:
            return
        try:
            self._restore(await (await self._door.open()).read_state(STATE))
            self._loaded = True
        except StoreError as error:
            log.info("earlier scores: %s", error)

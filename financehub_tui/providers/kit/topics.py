"""What a feed asks of its venue, as topics that can be asked for anew.

A topic reads `channel symbol turn`. To renew one it gets another turn: for the stream client that is another topic,
so the old one is unsubscribed and the new one subscribed, which makes the venue send a fresh snapshot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

import msgspec

from financehub_tui.clock import Clock

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
FORGIVEN = 120.0
"""Seconds without a renewal after which the next one goes out at once again."""

Subject = tuple[str, str]
"""Channel and symbol."""
_ALL: Subject = ("", "")


class _Renewals(msgspec.Struct):
    count: int = 0
    last: float = 0.0
    task: asyncio.Task[None] | None = None


class Topics:
    """The wanted subjects, those a venue refused, and the pace of renewals."""

    def __init__(
        self,
        tell: Callable[[set[str]], None],
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`tell` is handed all topics whenever they change: `StreamClient.want`."""
        self._tell = tell
        self._clock = clock
        self._sleep = sleep
        self._turn = 0
        self._turns: dict[Subject, int] = {}
        """The wanted subjects, each with its turn: another one each time it is wanted or renewed."""
        self._refused: set[Subject] = set()
        self._renewals: dict[Subject, _Renewals] = {}

    @property
    def subjects(self) -> set[Subject]:
        """What is wanted and not refused."""
        return self._turns.keys() - self._refused

    def want(self, subjects: Iterable[Subject]) -> None:
        """What is wanted from now on; a refusal holds until its subject has been unwanted once."""
        wanted = set(subjects)
        for subject in self._turns.keys() - wanted:
            del self._turns[subject]
            self._refused.discard(subject)
            _cancel(self._renewals.pop(subject, None))
        for subject in wanted - self._turns.keys():
            self._turns[subject] = self._next()
        self._push()

    def refuse(self, subject: Subject) -> None:
        """The venue will not have it: ask no more."""
        if subject in self.subjects:
            self._refused.add(subject)
            self._push()

    def renew(self, subject: Subject, *, at_once: bool = True) -> None:
        """Unsubscribe and subscribe again: at once the first time, then after pauses that grow."""
        if subject in self.subjects:
            self._pace(subject, at_once)

    def renew_all(self) -> None:
        """Everything again, after a pause: part of it may not have been accepted."""
        self._pace(_ALL, at_once=False)

    async def close(self) -> None:
        """Forget renewals that are due."""
        tasks = [task for entry in self._renewals.values() if (task := _cancel(entry)) is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    def _pace(self, subject: Subject, at_once: bool) -> None:
        entry = self._renewals.setdefault(subject, _Renewals())
        if entry.task is not None and not entry.task.done():
            return
        now = self._clock.monotonic()
        if now - entry.last > FORGIVEN:
            entry.count = 0
        pause = 0.0 if at_once and not entry.count else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(entry.count, 10))
        entry.count += 1
        entry.last = now + pause
        if pause:
            entry.task = asyncio.create_task(self._later(subject, pause), name=f"renewal of {' '.join(subject)}")
        else:
            self._renew(subject)

    async def _later(self, subject: Subject, pause: float) -> None:
        await self._sleep(pause)
        self._renew(subject)

    def _renew(self, subject: Subject) -> None:
        for one in self._turns if subject == _ALL else self._turns.keys() & {subject}:
            self._turns[one] = self._next()
        self._push()

    def _next(self) -> int:
        self._turn += 1
        return self._turn

    def _push(self) -> None:
        self._tell({f"{channel} {symbol} {self._turns[channel, symbol]}" for channel, symbol in self.subjects})


def _cancel(entry: _Renewals | None) -> asyncio.Task[None] | None:
    if entry is None or entry.task is None:
        return None
    task, entry.task = entry.task, None
    task.cancel()
    return task


def subject_of(topic: str) -> Subject:
    """`book BTC/USD 2` is about (book, BTC/USD)."""
    channel, _, rest = topic.partition(" ")
    return channel, rest.rpartition(" ")[0]


def by_channel(topics: Collection[str]) -> Mapping[str, list[str]]:
    """Symbols by channel, in the order of the topics."""
    grouped: dict[str, list[str]] = {}
    for topic in topics:
        channel, symbol = subject_of(topic)
        grouped.setdefault(channel, []).append(symbol)
    return grouped


def symbol_count(topics: Collection[str]) -> int:
    """How many symbols some topics are about."""
    return len({subject_of(topic)[1] for topic in topics})

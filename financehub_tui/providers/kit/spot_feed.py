"""What the live feeds of exchanges have in common: topics from what is wanted, refills of trades, polls when down.

A venue says which channels it has, how they are asked for, and what decodes its frames.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from msgspec import structs

from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.quote import Trade
from financehub_tui.providers.base import FeedHealth, Sink
from financehub_tui.providers.kit.fallback import PollingFallback, tell_quotes
from financehub_tui.providers.kit.fan import Fan
from financehub_tui.providers.kit.refills import Refills
from financehub_tui.providers.kit.spot import SpotVenue
from financehub_tui.providers.kit.spot_decoder import SpotDecoder
from financehub_tui.providers.kit.stream import StreamClient, StreamOptions
from financehub_tui.providers.kit.topics import Subject, Topics, by_channel, symbol_count


class SpotFeed(ABC):
    """Streams quotes, trades and books of the wanted instruments into the sink."""

    channels: ClassVar[Mapping[str, tuple[str, ...]]]
    """By kind of interest: quote, trade, book."""
    options: ClassVar[StreamOptions]
    decoder: SpotDecoder[Any]

    def __init__(self, rest: SpotVenue[Any], sink: Sink) -> None:
        clock, sleep, options = rest.clock, rest.sleep, rest.stream_options or self.options
        self.provider = rest.spec.id
        self.client = StreamClient(self, clock=clock, options=options, sleep=sleep, symbols=symbol_count)
        self.topics = Topics(self.client.want, clock=clock, sleep=sleep)
        self.instruments: dict[str, Instrument] = {}
        """The wanted ones by the venue's symbol."""
        self._rest = rest
        self.sink = Fan(sink)
        """For the decoder."""
        self._sink = sink
        self._quoted: tuple[Instrument, ...] = ()
        self._refills = Refills(rest.trades, self._late)
        self._fallback = PollingFallback(self._streaming, self._poll, clock=clock, options=rest.polling_options)

    @abstractmethod
    def address(self, topics: Sequence[str]) -> str:
        """The URL of a socket."""

    @abstractmethod
    def subscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """Messages that ask for topics, as few as possible."""

    @abstractmethod
    def unsubscribe(self, topics: Sequence[str]) -> Sequence[str]:
        """Messages that give topics back."""

    @abstractmethod
    def heartbeat(self) -> str:
        """A message the venue answers."""

    @abstractmethod
    def lost(self, topics: Collection[str], why: str) -> None:
        """The connection that carried these topics is gone."""

    def hello(self) -> Sequence[str]:
        """Nothing: the channels are public."""
        return ()

    def handle(self, frame: bytes, received: int) -> int:
        """One frame."""
        return self.decoder.handle(frame, received)

    def want(self, wanted: Mapping[str, Collection[Instrument]]) -> None:
        """What shall be streamed from now on, by kind (quote, trade, book)."""
        subjects: set[Subject] = set()
        pairs: dict[str, dict[str, Instrument]] = {}
        for kind, chosen in wanted.items():
            for instrument in chosen:
                symbol = self._rest.symbol(instrument)
                if symbol is not None and kind in self.channels:
                    pairs.setdefault(symbol, {})[instrument.key] = instrument
                    subjects.update((channel, symbol) for channel in self.channels[kind])
        self._quoted = tuple(wanted.get("quote", ()))
        for channel, symbol in self.topics.subjects - subjects:
            if channel in self.channels["trade"]:
                self.decoder.forget_trades(symbol)
        self._follow(pairs, subjects)

    def _follow(self, pairs: Mapping[str, Mapping[str, Instrument]], subjects: set[Subject]) -> None:
        """Of the instruments that are one pair the first is decoded for; where it is another now all is asked anew."""
        firsts = {symbol: self._first(symbol, same) for symbol, same in pairs.items()}
        gone = {symbol for symbol, held in self.instruments.items() if firsts.get(symbol) is not held}
        for symbol in gone:
            self.decoder.remove(symbol)
        for symbol, instrument in firsts.items():
            self.decoder.add(symbol, instrument)
        self.instruments = firsts
        self.sink.others = {
            firsts[symbol].key: tuple(same.keys() - {firsts[symbol].key}) for symbol, same in pairs.items()
        }
        if any(symbol in gone for _, symbol in subjects):
            self.topics.want({subject for subject in subjects if subject[1] not in gone})
        self.topics.want(subjects)

    def _first(self, symbol: str, same: Mapping[str, Instrument]) -> Instrument:
        """The one already decoded for where it is still wanted, so that its stream goes on."""
        held = self.instruments.get(symbol)
        return held if held is not None and held.key in same else next(iter(same.values()))

    def health(self) -> Sequence[FeedHealth]:
        """One entry per connection. Gaps and duplicates are the feed's, shown with its first connection."""
        entries = list(self.client.health())
        if entries:
            entries[0] = structs.replace(
                entries[0],
                gaps=self.decoder.gaps,
                duplicates=self.decoder.duplicates,
                last_sequence=self.decoder.last_sequence,
            )
        return self._fallback.shown(entries)

    async def run(self) -> None:
        """Connect, stream, reconnect, until cancelled."""
        tasks = [asyncio.create_task(work, name=f"{self.provider} {name}") for name, work in self.background().items()]
        try:
            await self.client.run()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._refills.close()
            await self.topics.close()

    def background(self) -> Mapping[str, Coroutine[Any, Any, None]]:
        """What runs beside the sockets, by name: polls while they are down; tick sizes, which are asked for once."""
        return {"polling": self._fallback.run(), "tick sizes": self._learn()}

    def hole(self, symbol: str, first: int, last: int) -> None:
        """Trades were missed: they are fetched."""
        if symbol in self.instruments:
            self._refills.ask(symbol, self.instruments[symbol], first, last)

    def _late(self, symbol: str, trades: Iterable[Trade]) -> None:
        self.decoder.late(symbol, trades)

    async def _learn(self) -> None:
        """Without tick sizes prices themselves show how many decimals they have."""
        with suppress(ProviderError):
            await self._rest.listing.pairs()

    def _streaming(self) -> bool:
        return self.client.live or not self._quoted

    async def _poll(self) -> bool:
        return await tell_quotes(self._rest.quotes(self._quoted), self._sink)


def batches(topics: Sequence[str], size: int) -> Iterator[tuple[str, Sequence[str]]]:
    """A channel and some of its symbols at a time, at most so many."""
    for channel, symbols in by_channel(topics).items():
        for start in range(0, len(symbols), size):
            yield channel, symbols[start : start + size]

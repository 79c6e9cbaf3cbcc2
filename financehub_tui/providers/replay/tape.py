"""One symbol's recorded frames, decoded up to an instant by the venue's own decoder."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator

from financehub_tui.engine.bars import LiveBars
from financehub_tui.engine.relay import Relay
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Tier
from financehub_tui.providers.binance.decoder import BinanceDecoder

log = logging.getLogger(__name__)
Frame = tuple[int, bytes]
"""(receive time in ns since 1970 UTC, the message as the venue sent it)."""


class Tape:
    """A recording being played: frames are decoded in order, once, never ahead of the instant asked for."""

    def __init__(self, symbol: str, instrument: Instrument, frames: Iterable[Frame]) -> None:
        self.instrument = instrument
        self.bars = LiveBars()
        self.relay = Relay([self.bars])
        self.decoder = BinanceDecoder(self.relay, tier=Tier.REPLAY)
        self.decoder.add(symbol, instrument)
        self.played = 0
        self.errors = 0
        self.position = 0
        """Receive time of the last frame played."""
        self.ended = False
        self._frames: Iterator[Frame] = iter(frames)
        self._ahead: deque[Frame] = deque()

    def next_due(self) -> int | None:
        """Receive time of the next frame; None at the end."""
        if not self._ahead and not self.ended:
            frame = next(self._frames, None)
            if frame is None:
                self.ended = True
            else:
                self._ahead.append(frame)
        return self._ahead[0][0] if self._ahead else None

    def play(self, until: int, limit: int | None = None) -> int:
        """Decode the frames received up to an instant, at most `limit`; how many there were."""
        count = 0
        while limit is None or count < limit:
            due = self.next_due()
            if due is None or due > until:
                break
            received, payload = self._ahead.popleft()
            self.position = received
            try:
                self.decoder.handle(payload, received)
            except ProviderError as error:
                self.errors += 1
                log.warning("recording of %s: %s", self.instrument.symbol, error)
            count += 1
        self.played += count
        return count

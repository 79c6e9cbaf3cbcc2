"""What sources that need a key have in common: a client that signs its calls, and a stream that borrows a key.

A source says how it signs and what its refusals mean; `alpaca` and `finnhub` are made of it.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, Required, TypedDict, TypeVar

from financehub_tui.clock import Clock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.providers.base import Feed, Sink
from financehub_tui.providers.kit.fallback import PollingOptions
from financehub_tui.providers.kit.http import HttpClient, HttpOptions, Inspect, Response
from financehub_tui.providers.kit.link import Sleep
from financehub_tui.providers.kit.requests import Parameters
from financehub_tui.providers.kit.stream import StreamOptions
from financehub_tui.providers.kit.unoffered import Unoffered

if TYPE_CHECKING:
    from financehub_tui.providers.keys.key import Key
    from financehub_tui.providers.keys.pool import KeyPool

T = TypeVar("T")
Source = TypeVar("Source", bound="KeyedSource")
Source_contra = TypeVar("Source_contra", bound="KeyedSource", contravariant=True)


class Wiring(TypedDict, total=False):
    """How a source is reached, by the names its maker is called with."""

    keys: Required[KeyPool]
    rest_url: str
    stream_url: str
    http: HttpOptions | None
    stream: StreamOptions | None
    polling: PollingOptions | None
    sleep: Sleep


class FeedMaker(Protocol[Source_contra]):
    """A stream client of a source, as a class is called."""

    def __call__(
        self,
        rest: Source_contra,
        sink: Sink,
        clock: Clock,
        url: str,
        keys: KeyPool,
        /,
        *,
        options: StreamOptions | None,
        polling: PollingOptions | None,
        sleep: Sleep,
    ) -> Feed: ...


class KeyedSource(Unoffered, ABC):
    """Market data for the holders of a key. `rest_url` and `stream_url` may point at another of its hosts."""

    def __init__(
        self,
        clock: Clock,
        *,
        keys: KeyPool,
        rest_url: str = "",
        stream_url: str = "",
        http: HttpOptions | None = None,
        stream: StreamOptions | None = None,
        polling: PollingOptions | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._keys = keys
        self._options = http
        self._stream_url = (stream_url or self.spec.stream_url).rstrip("/")
        self._stream_options = stream
        self._polling = polling
        self._sleep = sleep
        self.http = self.client(rest_url or self.spec.rest_url, self.refusal)
        self.clients: tuple[HttpClient, ...] = (self.http,)
        """For the health screen."""

    @abstractmethod
    def sign(self, key: Key) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The headers and parameters that show a key."""

    @abstractmethod
    def refusal(self, response: Response) -> ProviderError | None:
        """What the source's own errors mean; None where an answer has none."""

    @abstractmethod
    def symbol(self, instrument: Instrument) -> str | None:
        """The source's own name; None for what it does not carry."""

    @abstractmethod
    def unknown(self, instrument: Instrument) -> Missing:
        """For what the source does not carry."""

    def required(self, instrument: Instrument) -> str:
        """The source's own name. Raises ProviderError UNKNOWN_SYMBOL where there is none."""
        name = self.symbol(instrument)
        if name is None:
            raise ProviderError(self.spec.id, Reason.UNKNOWN_SYMBOL, self.unknown(instrument).detail)
        return name

    def client(self, url: str, inspect: Inspect) -> HttpClient:
        """A client of one of the source's hosts."""
        return HttpClient(
            self.spec.id,
            url,
            clock=self._clock,
            limits=self.spec.limits,
            options=self._options,
            inspect=inspect,
            credentials=self._keys.signed(self.sign),
            sleep=self._sleep,
        )

    async def ask(self, endpoint: str, params: Parameters, kind: type[T]) -> tuple[Response, T]:
        """An answer, and its body as a wire type. Raises ProviderError."""
        response = await self.http.get(f"/{endpoint}", params, endpoint=endpoint)
        return response, response.decode(kind)

    def streaming(self: Source, maker: FeedMaker[Source], sink: Sink) -> Feed:
        """A stream client that writes into the sink."""
        return maker(
            self,
            sink,
            self._clock,
            self._stream_url,
            self._keys,
            options=self._stream_options,
            polling=self._polling,
            sleep=self._sleep,
        )

    async def close(self) -> None:
        """Close the connections."""
        for client in self.clients:
            await client.close()

"""Yahoo's streamer on a local server: protobuf messages in base64 within JSON, subscriptions by JSON."""

from __future__ import annotations

import base64
import json
import struct

from vendors.server import VendorServer, VendorSocket


class YahooStreamer:
    """Takes subscriptions on `/`. `subscribed` holds the tickers by socket."""

    def __init__(self, server: VendorServer) -> None:
        self.server = server
        self.subscribed: dict[int, set[str]] = {}
        server.serve_socket("/", self._socket)

    def topics(self) -> set[str]:
        """Everything subscribed on open sockets."""
        return {name for socket in self.server.open_sockets() for name in self.subscribed.get(id(socket), ())}

    async def push(self, ticker: str, written: str) -> int:
        """A frame to every socket that subscribed to a ticker; how many there were."""
        targets = [one for one in self.server.open_sockets() if ticker in self.subscribed.get(id(one), ())]
        for socket in targets:
            await socket.send(written)
        return len(targets)

    async def _socket(self, socket: VendorSocket) -> None:
        names = self.subscribed.setdefault(id(socket), set())
        async for said in socket.messages():
            names |= set(said.get("subscribe", ()))
            names -= set(said.get("unsubscribe", ()))


def tick(ticker: str, price: float, at: int, volume: int = 1_234_567) -> str:
    """A price of a US share in regular hours at an instant (ms)."""
    share = (text(5, "NMS"), plain(6, 8), plain(7, 1), signed(27, 2))
    return frame(text(1, ticker), single(2, price), signed(3, at), signed(9, volume), *share)


def frame(*parts: bytes) -> str:
    return json.dumps({"type": "pricing", "message": message(*parts)})


def message(*parts: bytes) -> str:
    return base64.b64encode(b"".join(parts)).decode()


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def signed(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value << 1 if value >= 0 else (-value << 1) - 1)


def plain(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def text(number: int, value: str) -> bytes:
    return varint(number << 3 | 2) + varint(len(value.encode())) + value.encode()


def single(number: int, value: float) -> bytes:
    return varint(number << 3 | 5) + struct.pack("<f", value)


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<d", value)

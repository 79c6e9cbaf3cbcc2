"""The sending side of the feed bench: a process of its own that replays prepared frames to whoever connects.

    python -m bench.feed_server RATE COUNT

RATE 0 sends as fast as the reader takes; otherwise so many frames a second. It prints its port. Paced frames
are trades whose time is the sender's monotonic clock in microseconds; the others are best prices and trades.
"""

from __future__ import annotations

import asyncio
import sys
import time

from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode

CHUNK = 200
TICK = 0.002


def mix() -> list[bytes]:
    """A hundred frames as the recording has them: 3 of 4 best prices, a fifth trades, some differences."""
    top = '{{"stream":"btcusdt@bookTicker","data":{{"u":{n},"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000",'
    top += '"a":"61837.64000000","A":"1.54698000"}}}}'
    trade = '{{"stream":"btcusdt@trade","data":{{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":{n},'
    trade += '"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}}}'
    return [(trade if n % 5 == 0 else top).format(n=n).encode() for n in range(1, 101)]


def stamped(number: int) -> bytes:
    """A trade; the decoder takes its time for milliseconds."""
    return (
        f'{{"stream":"btcusdt@trade","data":{{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":{number},'
        f'"p":"61837.63000000","q":"0.02000000","T":{time.monotonic_ns() // 1_000},"m":true,"M":true}}}}'
    ).encode()


def packed(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


def _numbered(text: bytes, number: int) -> bytes:
    """The frame as the `number`-th of its stream; twenty frames share a millisecond."""
    head, key, tail = text.partition(b'"u":' if b'"u":' in text else b'"t":')
    tail = tail.replace(b'"T":1723161255342', b'"T":%d' % (1_723_161_255_342 + number // 20))
    return head + key + str(number).encode() + tail[tail.index(b",") :]


async def _paced(connection: ServerConnection, rate: int, count: int) -> None:
    began, sent = time.monotonic(), 0
    while sent < count:
        due = min(count, int((time.monotonic() - began) * rate))
        while sent < due:
            sent += 1
            connection.transport.write(packed(stamped(sent)))
        await asyncio.sleep(TICK)


async def main(rate: int, count: int) -> None:
    prepared: list[bytes] = []
    if not rate:
        kinds = mix()
        rows = [packed(_numbered(kinds[n % len(kinds)], n)) for n in range(1, count + 1)]
        prepared = [b"".join(rows[start : start + CHUNK]) for start in range(0, count, CHUNK)]

    async def handle(connection: ServerConnection) -> None:
        await connection.recv()
        if rate:
            await _paced(connection, rate, count)
        for chunk in prepared:
            connection.transport.write(chunk)
            while True:
                if connection.transport.get_write_buffer_size() < 1 << 20:
                    break
                await asyncio.sleep(0.0002)
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))

"""Streams that need a key: as many connections as it allows, also among programs, each given up when it ends."""

from __future__ import annotations

import asyncio
import json

import pytest
from vendors.server import VendorServer
from vendors.watching import until

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.keys.form import KeyForm, Part, Plan
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.keys.pool import KeyPool
from financehub_tui.providers.kit.keyed import KeyedStream
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.providers.kit.slots import LEASE
from financehub_tui.providers.kit.stream import StreamClient, StreamOptions

ONE = Limit(name="connections", amount=1, per=Per.ONCE, per_key=True)
CALLS = Limit(name="requests", amount=5, seconds=60, per_key=True)


class Echo:
    provider = "acme"

    def __init__(self, url):
        self.url, self.keyed = url, None

    def address(self, topics):
        return f"{self.url}/feed"

    def hello(self):
        return [json.dumps({"auth": self.keyed.key.parts[0]})]

    def subscribe(self, topics):
        return [json.dumps({"sub": list(topics)})]

    unsubscribe = subscribe

    def heartbeat(self):
        return "{}"

    def handle(self, frame, received):
        return 0

    def lost(self, topics, why):
        pass


class Elsewhere:
    """Redis as other programs have filled it: names with their holders."""

    problem = ""

    def __init__(self):
        self.holders = {}

    async def hold(self, name, amount, holder, seconds):
        held = self.holders.setdefault(name, set())
        if holder not in held and len(held) >= amount:
            return False
        held.add(holder)
        return True

    async def let_go(self, name, holder):
        self.holders.get(name, set()).discard(holder)


@pytest.fixture
def clock():
    return ManualClock(1_700_000_000 * NANOS)


@pytest.fixture
async def vendor():
    async def feed(socket):
        async for _ in socket.messages():
            pass

    async with VendorServer() as server:
        server.serve_socket("/feed", feed)
        yield server


@pytest.fixture
async def start(vendor, clock):
    tasks, elsewhere = [], Elsewhere()
    ledger = Ledger(clock, elsewhere)

    def begin(*values, line=""):
        form = KeyForm(
            provider="acme",
            title="Acme",
            parts=(Part("key", ".+", "anything"),),
            plans=(Plan(name="free", title="Free", limits=(ONE, CALLS)),),
            where="https://acme.example",
            unlocks="",
            free="",
        )
        keys = KeyPool(form, clock, lambda: ledger)
        keys.fill([Key("acme", f"k{n}", (value,)) for n, value in enumerate(values, 1)], {})
        rests = []

        async def sleep(seconds):
            rests.append(seconds)
            await asyncio.sleep(0.02)

        venue = Echo(vendor.ws_url)
        client = StreamClient(venue, clock=clock, options=StreamOptions(tick=0.01, silence=1e6), sleep=sleep)
        venue.keyed = keyed = KeyedStream(keys, client, "acme", clock=clock, sleep=sleep, tick=0.01, line=line)
        keyed.rests, keyed.keys, keyed.elsewhere = rests, keys, elsewhere
        client.want({"a"})
        keyed.wanted()
        keyed.task = asyncio.create_task(keyed.run())
        tasks.append(keyed.task)
        return keyed

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_second_stream_of_the_one_key_waits_until_the_first_has_ended(vendor, start):
    first = start("sesame-0123456789")
    await until(lambda: first.live)
    second = start("sesame-0123456789")
    await until(lambda: second.rests)
    assert len(vendor.sockets) == 1
    assert "as many stream connections as it may" in second.health()[0].detail
    first.task.cancel()
    await until(lambda: second.live)


async def test_endpoints_with_a_limit_each_do_not_stand_in_each_others_way(vendor, start):
    one, other = start("sesame-0123456789", line="/shares"), start("sesame-0123456789", line="/coins")
    await until(lambda: one.live and other.live)
    assert len(vendor.open_sockets()) == 2


async def test_a_second_key_carries_a_second_stream(vendor, start):
    one = start("sesame-0123456789", "sesame-9876543210")
    await until(lambda: one.live)
    other = start("sesame-0123456789", "sesame-9876543210")
    await until(lambda: other.live)
    assert one.key != other.key


async def test_a_stream_costs_no_call_of_the_budget(start):
    stream = start("sesame-0123456789")
    await until(lambda: stream.live)
    assert stream.keys.budget(stream.keys.keys[0]).state()[0][1] == 0


async def test_a_place_lost_to_another_program_ends_the_stream_and_leaves_the_key_good(vendor, start, clock):
    stream = start("sesame-0123456789")
    await until(lambda: stream.live)
    [name] = stream.elsewhere.holders
    clock.advance(LEASE / 2 + 1)
    await asyncio.sleep(0.05)
    assert stream.live and stream.elsewhere.holders[name]
    stream.elsewhere.holders[name] = {"another program"}
    clock.advance(LEASE / 2 + 1)
    await until(lambda: not vendor.open_sockets())
    assert stream.keys.state(stream.keys.keys[0]).value == "ready"
    assert stream.elsewhere.holders[name] == {"another program"}
    stream.elsewhere.holders[name] = set()
    await until(lambda: stream.live)

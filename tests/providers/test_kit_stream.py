"""The stream client against a server that breaks off, falls silent, shuts down and refuses."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest
from aiohttp import web
from vendors.naps import Naps
from vendors.server import VendorServer
from vendors.watching import until

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import FeedHealth
from financehub_tui.providers.kit.fallback import PollingFallback, PollingOptions
from financehub_tui.providers.kit.link import Link
from financehub_tui.providers.kit.stream import ClosingSoonError, StreamClient, StreamOptions


class EchoVenue:
    """A made-up venue: `{"sub": [...]}`, `{"unsub": [...]}`, data frames `{"topic": ..., "n": ...}`."""

    provider = "echo"

    def __init__(self, url):
        self.url = url
        self.got = []
        self.losses = []

    def address(self, topics):
        return f"{self.url}/feed"

    def hello(self):
        return [json.dumps({"auth": "me"})]

    def subscribe(self, topics):
        return [json.dumps({"sub": list(topics)})]

    def unsubscribe(self, topics):
        return [json.dumps({"unsub": list(topics)})]

    def heartbeat(self):
        return json.dumps({"beat": 1})

    def handle(self, frame, received):
        message = json.loads(frame)
        if message.get("shutdown"):
            raise ClosingSoonError
        if "bug" in message:
            raise ZeroDivisionError
        if "bad" in message:
            raise ProviderError("echo", Reason.BAD_ANSWER, "no good")
        self.got.append((message["topic"], message["n"]))
        return received - 5_000_000

    def lost(self, topics, why):
        self.losses.append(set(topics))


class EchoVendor(VendorServer):
    """Keeps each socket's topics and lets a test send to them."""

    def __init__(self):
        super().__init__()
        self.topics = {}
        self.serve_socket("/feed", self._feed)

    async def _feed(self, socket):
        topics = self.topics.setdefault(id(socket), set())
        async for message in socket.messages():
            topics.update(message.get("sub", ()))
            topics.difference_update(message.get("unsub", ()))

    def subscribed(self):
        return Counter(topic for socket in self.open_sockets() for topic in self.topics[id(socket)])

    async def send(self, topic, n):
        for socket in self.open_sockets():
            if topic in self.topics[id(socket)]:
                await socket.send({"topic": topic, "n": n})


NOW = 1_000_000_000
VENDOR = EchoVendor


class Moved(EchoVendor):
    """Sends whoever wants a socket at `/moved` to another address."""

    to = ""

    async def _accept(self, request):
        if request.path == "/moved":
            return web.Response(status=302, headers={"Location": self.to})
        return await super()._accept(request)


class MovedVenue(EchoVenue):
    """Asks at `/moved`."""

    def address(self, topics):
        return f"{self.url}/moved"


@pytest.fixture
async def moved(clock):
    async with Moved() as vendor:
        client = StreamClient(MovedVenue(vendor.ws_url), clock=clock, sleep=Naps(clock))
        client.want({"a"})
        running = asyncio.create_task(client.run())
        yield vendor, client
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def stream(vendor, clock):
    tasks = []

    def start(topics, **settings):
        venue = EchoVenue(vendor.ws_url)
        settings = {"tick": 0.01, "messages_per_second": 100, **settings}
        naps = Naps(clock)
        client = StreamClient(venue, clock=clock, options=StreamOptions(**settings), sleep=naps)
        client.naps = naps
        client.want(topics)
        client.task = asyncio.create_task(client.run())
        tasks.append(client.task)
        return client, venue

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_topics_stream_and_figures_are_kept(vendor, stream, clock):
    client, venue = stream({"a", "b"})
    await until(lambda: vendor.subscribed() == {"a": 1, "b": 1})
    await vendor.send("a", 1)
    await until(lambda: venue.got)
    [health] = client.health()
    assert (health.state, health.symbols, health.messages, health.lag_ms) == ("live", 2, 1, 5.0)
    assert health.last_message_at == clock.now() and health.bytes > 10
    assert vendor.sockets[0].received[0] == {"auth": "me"}


async def test_topics_change_at_run_time_on_the_same_socket(vendor, stream):
    client, _ = stream({"a", "b"})
    await until(lambda: vendor.subscribed() == {"a": 1, "b": 1})
    client.want({"b", "c"})
    await until(lambda: vendor.subscribed() == {"b": 1, "c": 1})
    assert len(vendor.sockets) == 1
    client.want(set())
    await until(lambda: not vendor.open_sockets())
    assert client.health() == []
    client.want({"d"})
    await until(lambda: vendor.subscribed() == {"d": 1})


async def test_topics_are_spread_over_connections_by_the_limit(vendor, stream):
    client, _ = stream({f"t{number}" for number in range(25)}, max_topics=10)
    await until(lambda: sum(vendor.subscribed().values()) == 25)
    assert sorted(health.symbols for health in client.health()) == [5, 10, 10]
    assert max(vendor.subscribed().values()) == 1


async def test_a_broken_connection_is_replaced_with_everything_subscribed_again(vendor, stream):
    client, venue = stream({"a", "b"})
    for breaks in range(1, 4):
        await until(lambda: vendor.subscribed() == {"a": 1, "b": 1})
        vendor.open_sockets()[0].abort()
        await until(lambda breaks=breaks: len(venue.losses) == breaks)
    await until(lambda: vendor.subscribed() == {"a": 1, "b": 1})
    assert client.health()[0].reconnects == 3
    assert venue.losses[0] == {"a", "b"}


async def test_pauses_grow_with_failed_attempts_within_full_jitter(vendor, stream):
    vendor.refuse_sockets = 8
    client, _ = stream({"a"}, backoff=0.5, backoff_max=4.0)
    await until(lambda: vendor.subscribed() == {"a": 1})
    naps = client.naps.taken
    assert len(naps) == 8
    assert all(0 <= nap <= most for nap, most in zip(naps, [1, 2, 4, 4, 4, 4, 4, 4], strict=True))
    assert "503" in client.health()[0].detail


async def test_a_venue_that_accepts_and_hangs_up_at_once_is_left_alone_longer_and_longer(vendor, stream):
    async def rude(socket):
        async for _ in socket.messages():
            await socket.send({"topic": "a", "n": 1})
            await socket.close(1008, "too many requests")
            return

    vendor.serve_socket("/feed", rude)
    client, _ = stream({"a"}, backoff=1.0, backoff_max=64.0)
    await until(lambda: len(client.naps.taken) >= 12)
    assert sum(client.naps.taken[6:12]) > 20
    assert "1008" in client.health()[0].detail


async def test_nobody_listening_is_waited_out(vendor, stream):
    port = vendor.port
    await vendor.stop()
    client, _ = stream({"a"})
    await until(lambda: client.health()[0].reconnects >= 3)
    assert "connect" in client.health()[0].detail.lower()
    await vendor.start(port)
    await until(lambda: vendor.subscribed() == {"a": 1})


async def test_a_silent_socket_is_left_after_the_time_out(vendor, stream, clock):
    client, venue = stream({"a"}, silence=30.0)
    await until(lambda: vendor.subscribed() == {"a": 1})
    clock.advance(20)
    await until(lambda: client.health()[0].state == "silent")
    await vendor.send("a", 1)
    await until(lambda: client.health()[0].state == "live")
    clock.advance(31)
    await until(lambda: len(vendor.sockets) == 2 and vendor.subscribed() == {"a": 1})
    assert venue.losses == [{"a"}]


async def test_a_planned_reconnect_overlaps_and_loses_nothing(vendor, stream, clock):
    client, venue = stream({"a"}, renew_after=3_600.0, silence=1e9, overlap=5.0)
    await until(lambda: vendor.subscribed() == {"a": 1})
    await vendor.send("a", 1)
    clock.advance(3_601)
    await until(lambda: vendor.subscribed() == {"a": 2})
    await vendor.send("a", 2)
    await until(lambda: vendor.subscribed() == {"a": 1})
    await vendor.send("a", 3)
    await until(lambda: ("a", 3) in venue.got)
    assert set(venue.got) == {("a", 1), ("a", 2), ("a", 3)}
    assert venue.losses == []
    assert client.health()[0].state == "live"


async def test_an_announced_shutdown_makes_a_new_socket_before_the_old_one_goes(vendor, stream):
    _, venue = stream({"a"}, overlap=0.05)
    await until(lambda: vendor.subscribed() == {"a": 1})
    await vendor.open_sockets()[0].send({"shutdown": True})
    await until(lambda: len(vendor.sockets) == 2 and vendor.subscribed() == {"a": 1})
    assert venue.losses == []


async def test_where_the_next_socket_cannot_be_had_the_old_one_stays(vendor, stream, clock):
    client, venue = stream({"a"}, renew_after=3_600.0, silence=1e9)
    await until(lambda: vendor.subscribed() == {"a": 1})
    vendor.refuse_sockets = 1
    clock.advance(3_601)
    await until(lambda: "planned reconnect failed" in client.health()[0].detail)
    await vendor.send("a", 7)
    await until(lambda: venue.got == [("a", 7)])
    assert venue.losses == []


async def test_wrong_frames_are_counted_and_the_stream_goes_on(vendor, stream):
    client, venue = stream({"a"})
    await until(lambda: vendor.subscribed() == {"a": 1})
    await vendor.open_sockets()[0].send({"bad": 1})
    await vendor.send("a", 1)
    await until(lambda: venue.got)
    [health] = client.health()
    assert health.errors == 1 and "no good" in health.detail and health.reconnects == 0


async def test_a_bug_behind_the_stream_is_logged_and_the_stream_goes_on(vendor, stream, caplog):
    client, venue = stream({"a"})
    await until(lambda: vendor.subscribed() == {"a": 1})
    for _ in range(3):
        await vendor.open_sockets()[0].send({"bug": 1})
    await vendor.send("a", 1)
    await until(lambda: venue.got)
    [health] = client.health()
    assert health.errors == 3 and "ZeroDivisionError" in health.detail and health.reconnects == 0
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_client_messages_keep_the_venues_pace(vendor, stream):
    client, _ = stream({"a"}, messages_per_second=2)
    await until(lambda: vendor.subscribed() == {"a": 1})
    for wanted in ("b", "c"):
        client.want({wanted})
        await until(lambda wanted=wanted: vendor.subscribed() == {wanted: 1})
    assert len(client.naps.taken) >= 2 and all(0 < nap <= 1 for nap in client.naps.taken)


async def test_heartbeats_are_sent_when_due(vendor, stream, clock):
    stream({"a"}, heartbeat=20.0)
    await until(lambda: vendor.subscribed() == {"a": 1})
    clock.advance(21)
    await until(lambda: {"beat": 1} in vendor.sockets[0].received)


async def test_cancelling_leaves_no_task_and_no_socket(vendor, stream):
    client, _ = stream({f"t{number}" for number in range(5)}, max_topics=2)
    await until(lambda: sum(vendor.subscribed().values()) == 5)
    client.task.cancel()
    await asyncio.gather(client.task, return_exceptions=True)
    await until(lambda: not vendor.open_sockets())
    assert all(health.state == "closed" for health in client.health())
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("echo")]


async def test_a_stream_that_cannot_be_had_is_polled_and_says_so(clock):
    live, polls = [False], []

    async def poll():
        polls.append(clock.monotonic())
        return True

    options = PollingOptions(after=15, every=10, tick=0.001)
    fallback = PollingFallback(lambda: live[0], poll, clock=clock, options=options)
    task = asyncio.create_task(fallback.run())
    for passed, expected in ((10, 0), (6, 1), (5, 1), (6, 2)):
        await asyncio.sleep(0.01)
        clock.advance(passed)
        await asyncio.sleep(0.01)
        assert len(polls) == expected
    assert fallback.polling
    live[0] = True
    await until(lambda: not fallback.polling)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Tunnel:
    """A proxy that connects where it is asked to, or refuses."""

    def __init__(self):
        self.asked, self.status, self.copying = [], b"200 OK", []

    async def serve(self, reader, writer):
        first = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0]
        self.asked.append(first)
        writer.write(b"HTTP/1.1 " + self.status + b"\r\n\r\n")
        if not self.status.startswith(b"200"):
            writer.close()
            return
        host, _, port = first.split()[1].partition(":")
        there = await asyncio.open_connection(host, int(port))
        self.copying += [
            asyncio.create_task(self.copy(reader, there[1])),
            asyncio.create_task(self.copy(there[0], writer)),
        ]

    async def copy(self, reader, writer):
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()


@pytest.fixture
async def tunnel(proxied):
    made = Tunnel()
    await proxied(made.serve)
    yield made
    for task in made.copying:
        task.cancel()
    await asyncio.gather(*made.copying, return_exceptions=True)


async def test_streams_go_through_the_proxy_of_the_environment(vendor, stream, tunnel):
    client, venue = stream({"a"})
    await until(lambda: vendor.subscribed() == {"a": 1})
    await vendor.send("a", 1)
    await until(lambda: venue.got == [("a", 1)])
    assert tunnel.asked == [f"CONNECT 127.0.0.1:{vendor.port} HTTP/1.1"]
    assert client.live


async def test_a_proxy_that_refuses_is_waited_out_and_named(vendor, stream, tunnel):
    tunnel.status = b"407 Password Wanted"
    client, _ = stream({"a"})
    await until(lambda: client.naps.taken)
    assert client.health()[0].state in ("waiting", "connecting")
    assert "407" in client.health()[0].detail
    tunnel.status = b"200 OK"
    await until(lambda: vendor.subscribed() == {"a": 1})


@pytest.mark.parametrize("turns", range(1, 6))
async def test_a_socket_whose_closing_is_cancelled_is_closed_all_the_same(vendor, clock, turns):
    link = Link(EchoVenue(vendor.ws_url), FeedHealth(name="echo", provider="echo"), clock, StreamOptions(), Naps(clock))
    await link.open(["a"])
    await until(lambda: vendor.subscribed() == {"a": 1})
    closing = asyncio.create_task(link.close())
    for _ in range(turns):
        await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    await until(lambda: not vendor.open_sockets())


async def test_a_redirect_elsewhere_is_not_followed_since_the_first_message_may_hold_a_key(vendor, moved):
    home, client = moved
    home.to = f"{vendor.ws_url}/feed"
    await until(lambda: client.health() and "redirects elsewhere" in client.health()[0].detail)
    assert vendor.seen == [] and vendor.sockets == []


async def test_a_redirect_at_home_is_followed(moved):
    home, _ = moved
    home.to = "/feed"
    await until(lambda: home.subscribed() == {"a": 1})


async def test_a_stream_goes_through_the_proxy_for_everything_too(vendor, stream, monkeypatch):
    asked = []

    async def refuse(reader, writer):
        asked.append((await reader.readline()).split()[:2])
        writer.close()

    for name in ("http_proxy", "https_proxy", "no_proxy", "socks_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    monkeypatch.setenv("ALL_PROXY", f"http://user:password@127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    client, _ = stream({"a"})
    await until(lambda: asked and client.health()[0].state == "waiting")
    assert asked[0] == [b"CONNECT", f"127.0.0.1:{vendor.port}".encode()] and vendor.sockets == []
    assert "password" not in client.health()[0].detail
    proxy.close()

"""The HTTP client on the wire: HTTP/2, compression, proxies, where keys may go, who waits for whom."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import sys
import tracemalloc
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from vendors.naps import Naps
from vendors.server import VendorServer, redirect, status
from vendors.watching import refused

from financehub_tui.clock import NANOS
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit
from financehub_tui.providers.kit import http
from financehub_tui.providers.kit.circuit import CircuitState
from financehub_tui.providers.kit.http import HttpClient, HttpOptions
from financehub_tui.providers.kit.ledger import Ledger
from financehub_tui.redaction import hide

NOW = 1_700_000_000 * NANOS
BODY = b'{"price": 1.5}'


@pytest.fixture
async def vendor():
    async with VendorServer() as server:
        server.serve("/price", BODY)
        yield server


@pytest.fixture
async def connect(vendor, clock):
    clients = []

    def make(url=None, options=None, **settings):
        options = options or HttpOptions(attempts=1, circuit_failures=50)
        clients.append(HttpClient("acme", url or vendor.url, clock=clock, options=options, **settings))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


async def failure(client, path="/price", **more):
    return await refused(client.get(path, endpoint="price", **more))


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate of 127.0.0.1 that is trusted, with its key, in one file."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vendor")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = made.add_extension(here, critical=False).sign(key, hashes.SHA256())
    file = tmp_path / "vendor.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(signed.public_bytes(pem) + private)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    http._certificates.cache_clear()
    yield file
    http._certificates.cache_clear()


class Http2Vendor(asyncio.Protocol):
    """Answers every request of an HTTP/2 connection, and notes connections and paths."""

    def __init__(self, connections, paths):
        self.connections, self.paths = connections, paths

    def connection_made(self, transport):
        from h2.config import H2Configuration
        from h2.connection import H2Connection

        self.transport = transport
        self.connections.append(transport)
        self.h2 = H2Connection(H2Configuration(client_side=False))
        self.h2.initiate_connection()
        transport.write(self.h2.data_to_send())

    def data_received(self, data):
        from h2.events import RequestReceived

        for event in self.h2.receive_data(data):
            if isinstance(event, RequestReceived):
                self.paths.append(dict(event.headers)[b":path"].decode())
                self.h2.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/json")])
                self.h2.send_data(event.stream_id, BODY, end_stream=True)
        self.transport.write(self.h2.data_to_send())


async def test_http_2_is_spoken_where_it_is_offered_on_one_connection(certificate, connect):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2"])
    connections, paths = [], []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Http2Vendor(connections, paths), "127.0.0.1", 0, ssl=context)
    client = connect(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await client.get("/first")
    await asyncio.gather(*(client.get(f"/{number}") for number in range(5)))
    server.close()
    assert len(connections) == 1
    assert sorted(paths) == ["/0", "/1", "/2", "/3", "/4", "/first"]


async def test_a_certificate_nobody_vouches_for_is_refused(connect, certificate, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    http._certificates.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    error = await failure(connect(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    server.close()
    assert error.reason is Reason.PROVIDER_ERROR and "TLS failed" in str(error)
    assert str(error).endswith(": its certificate is not trusted (self-signed certificate)")


async def test_connections_are_pooled_and_bounded(vendor, connect):
    ports = set()

    async def slow(request):
        from aiohttp import web

        ports.add(request.transport.get_extra_info("peername")[1])
        await asyncio.sleep(0.01)
        return web.Response(body=BODY)

    vendor.serve("/slow", slow)
    client = connect(options=HttpOptions(connections=3))
    await asyncio.gather(*(client.get("/slow") for _ in range(12)))
    assert len(ports) <= 3


async def test_a_call_that_finds_no_connection_free_says_nothing_against_the_host(vendor, connect):
    async def drip(request):
        from aiohttp import web

        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(8):
            await response.write(b"1")
            await asyncio.sleep(0.05)
        return response

    vendor.serve("/long", drip)
    client = connect(options=HttpOptions(connections=1, read_timeout=0.2, attempts=1, circuit_failures=1))
    answers = await asyncio.gather(client.get("/long"), client.get("/price"), return_exceptions=True)
    [error] = [answer for answer in answers if isinstance(answer, ProviderError)]
    assert error.reason is Reason.TIMEOUT and "too many calls at once" in str(error)
    assert client.circuit is CircuitState.CLOSED


def packed(data, encoding):
    async def handler(_):
        from aiohttp import web

        return web.Response(body=data, headers={"Content-Encoding": encoding, "Content-Type": "application/json"})

    return handler


async def test_a_compressed_answer_is_read(vendor, connect):
    vendor.serve("/price", packed(gzip.compress(BODY), "gzip"))
    assert (await connect().get("/price")).body == BODY
    assert vendor.seen[0].headers["Accept-Encoding"] == "gzip, deflate"


async def test_what_grows_beyond_the_limit_when_unpacked_is_refused_before_it_has(vendor, connect):
    bomb = gzip.compress(bytes(200_000_000), 9)
    vendor.serve("/price", packed(bomb, "gzip"))
    client = connect(options=HttpOptions(max_bytes=1_000_000, attempts=1))
    await failure(client, "/none")
    tracemalloc.start()
    error = await failure(client)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.reason is Reason.BAD_ANSWER and "larger than 1000000 bytes" in str(error)
    assert peak < 160_000_000


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "deflate, gzip"])
async def test_compression_that_was_not_asked_for_is_refused(vendor, connect, encoding):
    vendor.serve("/price", packed(gzip.compress(gzip.compress(BODY)), encoding))
    error = await failure(connect())
    assert error.reason is Reason.BAD_ANSWER and "compressed in a way" in str(error)


async def test_a_length_above_the_limit_is_not_even_read(vendor, connect):
    vendor.serve("/price", bytes(2_000_000))
    client = connect(options=HttpOptions(max_bytes=1_000_000, attempts=1))
    assert "larger than" in str(await failure(client))


KEY = "sesame-0123456789"


@pytest.fixture
def known_key():
    hide(KEY)


async def test_no_header_that_holds_a_key_goes_to_another_origin(vendor, connect, known_key):
    async with VendorServer() as other:
        other.serve("/price", BODY)
        vendor.misbehave("/price", redirect(f"{other.url}/price"))
        client = connect(headers={"X-Api-Key": "k", "X-Plain": KEY, "X-Other": "o"})
        assert (await client.get("/price")).body == BODY
        sent = {name.lower(): value for name, value in other.seen[0].headers.items()}
    assert sent["x-other"] == "o"
    assert "x-api-key" not in sent and KEY not in sent.values()


async def test_a_redirect_that_takes_the_key_along_in_its_address_is_not_followed(vendor, connect, known_key):
    async with VendorServer() as other:
        vendor.misbehave("/price", redirect(f"{other.url}/price?apikey={KEY}"))
        error = await failure(connect(), params={"apikey": KEY})
        assert other.count() == 0
    assert error.reason is Reason.BAD_ANSWER and KEY not in str(error)


async def test_the_parameters_of_a_call_do_not_follow_a_redirect(vendor, connect, known_key):
    async with VendorServer() as other:
        other.serve("/price", BODY)
        vendor.misbehave("/price", redirect(f"{other.url}/price"))
        await connect().get("/price", {"apikey": KEY})
        assert other.seen[0].query == {}


async def test_a_body_does_not_follow_a_redirect_elsewhere(vendor, connect):
    async def moved(_):
        from aiohttp import web

        return web.Response(status=307, headers={"Location": f"{other.url}/price"})

    async with VendorServer() as other:
        vendor.serve("/login", moved)
        with pytest.raises(ProviderError, match="elsewhere"):
            await connect().post("/login", b"client_secret=x", endpoint="login")
        assert other.count() == 0


class Proxy:
    """Notes what it is asked, and answers everything alike."""

    def __init__(self):
        self.asked = []
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n" + BODY

    async def serve(self, reader, writer):
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@pytest.fixture
async def proxy(proxied, known_key):
    made = Proxy()
    await proxied(made.serve, f"me:{KEY}@")
    return made


async def test_proxies_of_the_environment_are_used(proxy, connect):
    assert (await connect("http://vendor.invalid").get("/price")).body == BODY
    assert proxy.asked[0].startswith("GET http://vendor.invalid/price")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Password Wanted\r\n\r\n", b"HTTP/1.1 503 X\r\n\r\n", b""])
async def test_a_proxy_that_fails_is_a_typed_error_without_its_password(proxy, connect, answer):
    proxy.answer = answer
    error = await failure(connect("https://vendor.invalid"))
    assert error.reason in (Reason.OFFLINE, Reason.PROVIDER_ERROR)
    assert "\n" not in str(error) and KEY not in str(error)


async def test_a_proxy_that_is_away_is_offline(connect, monkeypatch, known_key):
    monkeypatch.setenv("HTTP_PROXY", f"http://me:{KEY}@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    error = await failure(connect("http://vendor.invalid"))
    assert error.reason is Reason.OFFLINE
    assert KEY not in str(error)


LIMITS = [Limit(name="requests", amount=60, seconds=60), Limit(name="requests", amount=30, seconds=1)]


@pytest.mark.parametrize(
    ("headers", "used"),
    [
        ({"X-Ratelimit-Limit": "60", "X-Ratelimit-Remaining": "3"}, 57),
        ({"X-Rate-Limit-Remaining": "10"}, 50),
        ({"X-RateLimit-Remaining": "7.0"}, 53),
        ({"X-RateLimit-Remaining": "59"}, 1),
        ({"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "299"}, 1),
        ({"X-RateLimit-Remaining": "many"}, 1),
        ({"X-RateLimit-Remaining": "-4"}, 1),
    ],
)
async def test_what_the_vendor_says_is_left_is_believed_where_it_is_less(vendor, connect, headers, used):
    vendor.serve("/price", BODY, headers=headers)
    client = connect(limits=LIMITS)
    await client.get("/price")
    by = {row[0]: row[1] for row in client.limit_state()}
    assert by == {"requests/60s": used, "requests/1s": 1}


async def test_nothing_left_holds_until_the_vendors_reset_and_no_longer(vendor, connect, clock):
    reset = str(NOW // NANOS + 20)
    vendor.serve("/price", BODY, headers={"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": reset})
    client = connect(limits=LIMITS[:1])
    await client.get("/price")
    error = await failure(client)
    assert error.reason is Reason.RATE_LIMITED and error.retry_at == NOW + 20 * NANOS
    assert vendor.count() == 1
    clock.advance(20.1)
    await client.get("/price")


async def test_a_header_of_its_own_may_be_named(vendor, connect):
    vendor.serve("/price", BODY, headers={"api-credits-left": "2"})
    limits = [Limit(name="credits", amount=8, seconds=60)]
    client = connect(limits=limits, left_headers={"Api-Credits-Left": "credits"})
    await client.get("/price")
    assert client.limit_state()[0][1] == 6


async def test_a_long_rest_is_kept_over_a_restart(vendor, clock, connect):
    class State:
        text = None

        async def read_state(self, key):
            return self.text

        async def write_state(self, key, value):
            self.text = value

    state = State()

    async def store():
        return state

    vendor.misbehave("/price", status(418, retry_after=3_600))
    before, first = Ledger(clock, store=store), connect()
    first.ledger = lambda: before
    await failure(first)
    assert await before.save()
    clock.advance(600)
    again = connect()
    again.ledger = lambda: Ledger(clock, store=store)
    error = await failure(again)
    assert error.reason is Reason.RATE_LIMITED and error.retry_at == NOW + 3_600 * NANOS
    assert vendor.count() == 1
    clock.advance(3_001)
    last = connect()
    last.ledger = lambda: Ledger(clock, store=store)
    await last.get("/price")


async def test_a_call_from_before_lets_no_second_probe_through(vendor, clock, connect):
    held, arrived = asyncio.Event(), asyncio.Semaphore(0)

    async def wait(_):
        from aiohttp import web

        arrived.release()
        await held.wait()
        return web.Response(body=BODY)

    vendor.serve("/wait", wait)
    options = HttpOptions(attempts=1, circuit_failures=1, circuit_seconds=30, read_timeout=5)
    client = HttpClient("acme", vendor.url, clock=clock, options=options, sleep=Naps(clock))
    straggler = asyncio.create_task(client.get("/wait", endpoint="wait"))
    await arrived.acquire()
    vendor.misbehave("/price", status(500))
    await failure(client)
    clock.advance(31)
    probe = asyncio.create_task(client.get("/wait", endpoint="wait"))
    await arrived.acquire()
    straggler.cancel()
    await asyncio.gather(straggler, return_exceptions=True)
    assert (await failure(client)).reason is Reason.CIRCUIT_OPEN
    held.set()
    await probe
    assert client.circuit is CircuitState.CLOSED
    await client.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems treat a full queue of connections differently")
async def test_a_host_that_accepts_nobody_is_given_up_after_the_connect_time_out(connect):
    with socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # the queue of a socket that never accepts: what comes after is not answered
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        options = HttpOptions(connect_timeout=0.2, read_timeout=60, total_timeout=60, attempts=1)
        async with asyncio.timeout(10):
            error = await failure(connect(f"http://127.0.0.1:{full.getsockname()[1]}", options=options))
    assert error.reason is Reason.TIMEOUT


async def test_pauses_lie_anywhere_between_nothing_and_a_bound_that_doubles(vendor, clock):
    naps = Naps(clock)
    options = HttpOptions(attempts=3, backoff=1.0, backoff_max=100.0, circuit_failures=1_000)
    client = HttpClient("acme", vendor.url, clock=clock, options=options, sleep=naps)
    vendor.misbehave("/price", status(500), times=120)
    for _ in range(40):
        await failure(client)
    await client.close()
    first, second = naps.taken[0::2], naps.taken[1::2]
    assert len(first) == len(second) == 40
    assert 0 <= min(first) < 0.4 and 0.6 < max(first) <= 1.0
    assert 0 <= min(second) < 0.8 and 1.2 < max(second) <= 2.0

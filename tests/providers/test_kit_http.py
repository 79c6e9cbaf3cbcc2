"""The HTTP client against a server that misbehaves as vendors do."""

from __future__ import annotations

import socket
from email.utils import format_datetime

import msgspec
import pytest
from vendors.naps import Naps
from vendors.server import (
    VendorServer,
    body,
    cut_json,
    html,
    redirect,
    reset,
    slow_first_byte,
    stalled,
    status,
    truncated,
)
from vendors.watching import refused

from financehub_tui.clock import NANOS, to_datetime
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.base import Limit
from financehub_tui.providers.kit.circuit import CircuitState
from financehub_tui.providers.kit.failure import status_error
from financehub_tui.providers.kit.http import HttpClient, HttpOptions

NOW = 1_700_000_000 * NANOS


class Price(msgspec.Struct):
    price: float


@pytest.fixture
async def vendor():
    async with VendorServer() as server:
        server.serve("/price", {"price": "1.5"})
        yield server


@pytest.fixture
def naps(clock):
    return Naps(clock)


@pytest.fixture
async def connect(vendor, clock, naps):
    clients = []

    def make(url=None, options=None, **settings):
        options = options or HttpOptions(read_timeout=0.3, total_timeout=1.0, circuit_failures=50)
        client = HttpClient("acme", url or vendor.url, clock=clock, options=options, sleep=naps, **settings)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.close()


async def failure(client, path="/price", **more):
    return await refused(client.get(path, endpoint="price", **more))


async def test_an_answer_is_decoded_and_logged(vendor, connect):
    client = connect()
    response = await client.get("/price", {"symbol": "A"}, endpoint="price")
    assert response.decode(Price).price == 1.5
    assert response.received_at == NOW
    [record] = client.log.records
    assert (record.status, record.endpoint, record.attempt, record.error) == (200, "price", 1, "")
    assert record.url.endswith("/price?symbol=A")
    assert client.stats().calls == 1 and client.stats().p95_ms is not None


@pytest.mark.parametrize("fault", [status(500), status(503), status(429), reset(), truncated(), status(408)])
async def test_what_passes_is_retried_with_a_pause(vendor, connect, naps, fault):
    vendor.misbehave("/price", fault)
    response = await connect().get("/price", endpoint="price")
    assert response.decode(Price).price == 1.5
    assert vendor.count("/price") == 2
    assert len(naps.taken) == 1 and 0 <= naps.taken[0] <= 15


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (status(400), Reason.PROVIDER_ERROR),
        (status(401), Reason.NO_KEY),
        (status(403), Reason.PROVIDER_ERROR),
        (status(404), Reason.PROVIDER_ERROR),
        (status(418, retry_after=3_600), Reason.RATE_LIMITED),
        (redirect("/price"), Reason.BAD_ANSWER),
        (redirect("ftp://elsewhere.invalid/price"), Reason.PROVIDER_ERROR),
        (redirect("http://[::bad/"), Reason.BAD_ANSWER),
    ],
)
async def test_what_does_not_pass_is_not_retried(vendor, connect, fault, reason):
    vendor.misbehave("/price", fault, times=9)
    error = await failure(connect(options=HttpOptions(max_redirects=2)))
    assert error.reason is reason
    assert error.endpoint == "price" and "price" in str(error)
    assert vendor.count("/price") in (1, 3)


async def test_a_call_without_a_key_that_is_forbidden_speaks_of_no_key(vendor, connect):
    vendor.misbehave("/price", status(403, b"<html><title>Access denied</title></html>"))
    error = await failure(connect())
    assert error.detail == "HTTP 403 on price (refused; a proxy or the source's block list? Access denied)"


@pytest.mark.parametrize("code", [401, 403])
def test_a_signed_call_that_is_forbidden_speaks_of_its_key(code):
    error = status_error("acme", "price", code, b"", signed=True)
    assert error is not None and (error.reason, error.detail) == (Reason.BAD_KEY, f"HTTP {code} on price")


async def test_a_call_without_a_key_that_is_refused_for_one_says_that_a_key_is_needed(vendor, connect):
    vendor.misbehave("/price", status(401, b"Unauthorized"))
    error = await failure(connect())
    assert (error.reason, error.detail) == (Reason.NO_KEY, "HTTP 401 on price (a key is needed. Unauthorized)")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (status(502, b"<html><body>Bad gateway</body></html>"), Reason.PROVIDER_ERROR),
        (status(504), Reason.TIMEOUT),
        (reset(), Reason.PROVIDER_ERROR),
        (truncated(), Reason.BAD_ANSWER),
        (slow_first_byte(0.6), Reason.TIMEOUT),
        (stalled(0.6), Reason.TIMEOUT),
    ],
)
async def test_a_lasting_fault_ends_with_a_typed_reason_after_a_few_attempts(vendor, connect, fault, reason):
    vendor.misbehave("/price", fault, times=9)
    error = await failure(connect(options=HttpOptions(read_timeout=0.2, attempts=2, circuit_failures=9)))
    assert error.reason is reason
    assert vendor.count("/price") == 2
    assert "<" not in str(error)


async def test_a_slow_drip_is_cut_off_by_the_total_time_out(vendor, connect):
    vendor.misbehave("/price", stalled(0.5), times=3)
    error = await failure(connect(options=HttpOptions(read_timeout=5, total_timeout=0.1, attempts=1)))
    assert error.reason is Reason.TIMEOUT


async def test_a_post_is_not_retried_unless_it_is_said_to_be_safe(vendor, connect):
    vendor.misbehave("/price", status(500), times=1)
    client = connect()
    with pytest.raises(ProviderError):
        await client.post("/price", b"{}", endpoint="price")
    assert vendor.count("/price") == 1
    vendor.misbehave("/price", status(500), times=1)
    await client.post("/price", b"{}", endpoint="price", retry=True)
    assert vendor.seen[-1].body == b"{}"


async def test_retry_after_in_seconds_is_waited_for(vendor, connect, naps):
    vendor.misbehave("/price", status(429, retry_after=4))
    await connect().get("/price", endpoint="price")
    assert sum(naps.taken) >= 4
    assert vendor.count("/price") == 2


async def test_retry_after_as_a_date_is_waited_for(vendor, connect, naps):
    vendor.misbehave("/price", status(429, retry_after=format_datetime(to_datetime(NOW + 5 * NANOS), usegmt=True)))
    await connect().get("/price", endpoint="price")
    assert sum(naps.taken) >= 5


@pytest.mark.parametrize("value", ["6", str(NOW // NANOS + 6), str((NOW // NANOS + 6) * 1_000)])
async def test_a_vendors_reset_header_is_waited_for(vendor, connect, naps, value):
    vendor.misbehave("/price", status(429, x_ratelimit_reset=value))
    await connect().get("/price", endpoint="price")
    assert 6 <= sum(naps.taken) <= 21


async def test_a_reset_header_that_comes_with_every_answer_delays_no_other_retry(vendor, connect, naps):
    vendor.misbehave("/price", status(502, x_ratelimit_reset=str(NOW // NANOS + 45)))
    assert (await connect().get("/price", endpoint="price")).status == 200
    assert vendor.count("/price") == 2 and sum(naps.taken) <= 15


async def test_a_retry_after_of_a_server_that_is_down_is_waited_for(vendor, connect, naps):
    vendor.misbehave("/price", status(503, retry_after=7))
    await connect().get("/price", endpoint="price")
    assert sum(naps.taken) >= 7


async def test_a_long_retry_after_fails_at_once_and_holds_later_calls_back(vendor, connect, clock, naps):
    vendor.misbehave("/price", status(429, retry_after=60))
    client = connect()
    error = await failure(client)
    assert error.reason is Reason.RATE_LIMITED and error.retry_at == NOW + 60 * NANOS
    assert (await failure(client)).retry_at == NOW + 60 * NANOS
    assert client.cooling_until == NOW + 60 * NANOS
    assert vendor.count("/price") == 1 and naps.taken == []
    clock.advance(60.5)
    await client.get("/price", endpoint="price")
    assert client.cooling_until is None


async def test_a_lasting_429_that_names_no_time_still_says_when_to_try_again(vendor, connect, clock):
    vendor.misbehave("/price", status(429), times=9)
    client = connect()
    error = await failure(client)
    assert error.reason is Reason.RATE_LIMITED
    assert error.retry_at is not None and error.retry_at > clock.now()
    assert (await failure(client)).retry_at == error.retry_at
    assert vendor.count("/price") == 3


@pytest.mark.parametrize("value", ["soon", "", "-5", "nan", "inf"])
async def test_a_senseless_retry_after_does_no_harm(vendor, connect, value):
    vendor.misbehave("/price", status(429, retry_after=value))
    await connect().get("/price", endpoint="price")
    assert vendor.count("/price") == 2


async def test_nobody_listening_is_offline_and_not_retried(connect, naps):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    error = await failure(connect(f"http://127.0.0.1:{port}"))
    assert error.reason is Reason.OFFLINE
    assert naps.taken == []


async def test_an_unknown_host_is_offline(connect):
    error = await failure(connect("http://no-such-host.invalid"))
    assert error.reason is Reason.OFFLINE


async def test_plain_text_where_tls_is_spoken_is_a_tls_failure(vendor, connect):
    error = await failure(connect(vendor.url.replace("http:", "https:")))
    assert error.reason is Reason.PROVIDER_ERROR and "TLS" in str(error)


async def test_a_senseless_proxy_setting_is_a_typed_error(connect, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "ftp://proxy:99")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "")
    error = await failure(connect())
    assert error.reason is Reason.OFFLINE and "proxy" in str(error)


@pytest.mark.parametrize("url", ["not a url", "http://", "http://[broken", "gopher://x"])
async def test_an_address_that_is_none_is_a_typed_error(connect, url):
    assert (await failure(connect(url))).reason in (Reason.PROVIDER_ERROR, Reason.OFFLINE)


async def test_an_answer_above_the_size_limit_is_refused(vendor, connect):
    vendor.serve("/price", b"[" + b"1," * 100_000 + b"1]")
    error = await failure(connect(options=HttpOptions(max_bytes=50_000)))
    assert error.reason is Reason.BAD_ANSWER and "50000" in str(error)
    assert vendor.count("/price") == 1


async def test_a_redirect_is_followed(vendor, connect):
    vendor.misbehave("/old", redirect("/price"))
    assert (await connect().get("/old", endpoint="price")).decode(Price).price == 1.5


async def test_a_redirect_within_the_host_is_a_call_by_its_limits_too(vendor, connect, clock):
    vendor.misbehave("/old", redirect("/price"), times=9)
    client = connect(limits=[Limit(name="requests", amount=3, seconds=60)])
    assert (await client.get("/old", endpoint="old")).decode(Price).price == 1.5
    assert [used for _, used, _, _ in client.limit_state()] == [2.0]
    assert (await failure(client, "/old")).reason is Reason.RATE_LIMITED
    assert vendor.count() == 3
    clock.advance(60)
    await client.get("/old", endpoint="old")
    assert vendor.count() == 5


async def test_a_redirect_to_another_host_does_not_carry_keys_there(vendor, connect):
    elsewhere = vendor.url.replace("127.0.0.1", "localhost") + "/price"
    client = connect(headers={"X-Api-Key": "k", "APCA-API-SECRET-KEY": "s", "X-Other": "o"})
    vendor.misbehave("/old", redirect(elsewhere), redirect("/price"))
    await client.get("/old", endpoint="price")
    there = {name.lower() for name in vendor.seen[-1].headers}
    assert "x-other" in there and not {"x-api-key", "apca-api-secret-key"} & there
    await client.get("/old", endpoint="price")
    assert vendor.seen[-1].headers["X-Api-Key"] == "k"


@pytest.mark.parametrize(
    ("fault", "field", "words"),
    [
        (html(), "", "HTML in place of JSON"),
        (cut_json(), "", "not JSON"),
        (body(b""), "", "empty body"),
        (body(b"\xff\xfe"), "", "not JSON"),
        (body({"price": None}), "price", "Expected `float`, got `null`"),
        (body({"price": "dear"}), "price", "Expected `float`"),
        (body({"cost": 1}), "price", "missing required field"),
        (body([]), "", "Expected `object`"),
    ],
)
async def test_a_wrong_body_is_refused_naming_source_endpoint_and_field(vendor, connect, fault, field, words):
    vendor.misbehave("/price", fault)
    response = await connect().get("/price", endpoint="price")
    with pytest.raises(ProviderError) as caught:
        response.decode(Price)
    error = caught.value
    assert error.reason is Reason.BAD_ANSWER
    assert (error.provider, error.endpoint, error.field) == ("acme", "price", field)
    assert words in str(error) and "\n" not in str(error)


async def test_an_error_inside_a_200_is_found_by_the_sources_own_rule(vendor, connect):
    def inspect(response):
        if b"Error Message" in response.body:
            return ProviderError("acme", Reason.UNKNOWN_SYMBOL, "no such symbol", endpoint=response.endpoint)
        return None

    vendor.misbehave("/price", body({"Error Message": "no"}))
    client = connect(inspect=inspect)
    error = await failure(client)
    assert (error.reason, error.status) == (Reason.UNKNOWN_SYMBOL, 200)
    assert (await client.get("/price", endpoint="price")).status == 200


async def test_a_reading_that_fails_is_a_bad_answer_not_a_crash(vendor, connect):
    def inspect(response):
        raise KeyError("surprise")

    assert (await failure(connect(inspect=inspect))).reason is Reason.BAD_ANSWER

    def refuse(response):
        raise ProviderError("acme", Reason.NO_DATA, "nothing")

    assert (await failure(connect(inspect=refuse))).reason is Reason.NO_DATA


async def test_a_budget_is_waited_for_where_the_wait_is_short(vendor, connect, naps):
    client = connect(limits=[Limit(name="weight", amount=10, seconds=5)])
    await client.get("/price", endpoint="price", cost=6)
    await client.get("/price", endpoint="price", cost=6)
    assert 4.5 <= sum(naps.taken) <= 5.5
    assert client.limit_state()[0][:3] == ("weight/5s", 6.0, 10.0)


async def test_a_budget_that_stays_spent_is_refused_with_the_time(vendor, connect):
    client = connect(limits=[Limit(name="requests", amount=2, seconds=60)])
    for _ in range(2):
        await client.get("/price", endpoint="price", cost=50)
    error = await failure(client)
    assert error.reason is Reason.RATE_LIMITED and error.retry_at == NOW + 60 * NANOS
    assert vendor.count("/price") == 2


async def test_retries_are_paid_for_too(vendor, connect):
    client = connect(limits=[Limit(name="requests", amount=2, seconds=60)])
    vendor.misbehave("/price", status(500), times=9)
    error = await failure(client)
    assert error.reason is Reason.RATE_LIMITED
    assert vendor.count("/price") == 2


async def test_what_the_vendor_counts_is_believed_where_it_is_more(vendor, connect):
    vendor.serve("/price", {"price": 1}, headers={"X-Used": "95"})
    client = connect(limits=[Limit(name="weight", amount=100, seconds=60)], used_headers={"x-used": "weight"})
    await client.get("/price", endpoint="price", cost=1)
    assert client.limit_state()[0][1] == 95
    assert (await failure(client, cost=10)).reason is Reason.RATE_LIMITED


async def test_the_circuit_opens_probes_once_and_closes(vendor, connect, clock):
    client = connect(options=HttpOptions(attempts=1, circuit_failures=3, circuit_seconds=30))
    vendor.misbehave("/price", status(500), times=4)
    for _ in range(3):
        await failure(client)
    error = await failure(client)
    assert error.reason is Reason.CIRCUIT_OPEN and error.retry_at == NOW + 30 * NANOS
    assert client.circuit is CircuitState.OPEN and vendor.count() == 3
    assert "HTTP 500" in str(error)
    clock.advance(31)
    assert client.circuit is CircuitState.HALF_OPEN
    await failure(client)
    assert client.circuit is CircuitState.OPEN and vendor.count() == 4
    clock.advance(61)
    await client.get("/price", endpoint="price")
    assert client.circuit is CircuitState.CLOSED


async def test_refusals_of_single_calls_do_not_open_the_circuit(vendor, connect):
    client = connect(options=HttpOptions(attempts=1, circuit_failures=2))
    vendor.misbehave("/price", status(404), status(400), status(401), status(404))
    for _ in range(4):
        await failure(client)
    assert client.circuit is CircuitState.CLOSED


async def test_secrets_appear_in_no_log_error_or_address(vendor, connect):
    secret = "s3cr3t-value"
    client = connect()
    client.redactor.hide(secret)
    vendor.misbehave("/price", status(400, {"message": f"bad key {secret}"}))
    error = await failure(client, params={"apikey": "other-key", "q": secret})
    shown = f"{error} {error.detail} {error.args} {list(client.log.records)} {client.stats()}"
    assert secret not in shown and "other-key" not in shown
    assert "q=***" in client.log.records[0].url


async def test_hosts_of_one_source_may_share_cookies(vendor, connect, clock):
    vendor.serve("/login", {}, headers={"Set-Cookie": "A3=crumbs; Path=/"})
    first = connect()
    second = connect(cookies=first.cookies)
    await first.get("/login", endpoint="login")
    await second.get("/price", endpoint="price")
    assert vendor.seen[-1].headers["Cookie"] == "A3=crumbs"


async def test_a_closed_client_opens_anew(vendor, connect):
    client = connect()
    await client.get("/price", endpoint="price")
    await client.close()
    await client.close()
    assert (await client.get("/price", endpoint="price")).status == 200

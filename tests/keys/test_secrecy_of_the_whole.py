"""The whole program with a vendor that quotes keys back: nothing printed, drawn, logged, stored or recorded has one."""

from __future__ import annotations

import asyncio
import gzip
import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web
from rich.console import Console
from vendors.server import VendorServer

from financehub_tui.cli import run
from financehub_tui.log import recent
from financehub_tui.report.render import FORMATS

KEY = "sesameSESAME0123456789"
ID, SECRET = "PKSESAMESESAME012345", "Sesame/Open+0123456789/abcdefghijklmnop="
SECRETS = (KEY, SECRET, quote(SECRET, safe=""), "p4ssw0rd")
SHARE = "AAPL US Equity"
LINES = (f"{SHARE} DES", f"{SHARE} CN", "PHLT FINNHUB", "PHLT ALPACA", "APIK", "QUOTA", "DIAG", "LOGX", "PDF")


def holds(data: bytes) -> bool:
    return any(secret.encode() in data for secret in SECRETS)


@pytest.fixture
def home(tmp_path, monkeypatch, no_keyring) -> Path:
    monkeypatch.setenv("FINANCEHUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FINANCEHUB_KEY_FINNHUB", KEY)
    monkeypatch.setenv("FINANCEHUB_KEY_ALPACA", f"{ID}:{SECRET}")
    monkeypatch.setenv("FINANCEHUB_LOG__LEVEL", "DEBUG")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:p4ssw0rd@127.0.0.1:9")
    recent.entries.clear()
    for name in ("binance", "yahoo", "ecb", "frankfurter", "kraken", "coinbase", "coingecko", "coinmarketcap"):
        monkeypatch.setenv(f"FINANCEHUB_PROVIDERS__{name.upper()}__ENABLED", "false")
    return tmp_path / "home"


async def quoting(request: web.Request) -> web.Response:
    """What bad vendors do: the key in the body, in a header, in a redirect."""
    told = request.headers.get("X-Finnhub-Token") or request.headers.get("APCA-API-SECRET-KEY") or "none"
    words = f"Invalid API key {told} ({quote(told, safe='')})"
    if request.path.endswith("quote"):
        return web.Response(status=302, headers={"Location": f"/again?token={quote(told, safe='')}"})
    return web.json_response({"error": words, "message": words}, status=401, headers={"X-Reason": words})


@pytest.fixture
async def vendor(monkeypatch):
    async with VendorServer() as server:
        for path in ("/quote", "/again", "/stock/profile2", "/company-news", "/search", "/v2/stocks/snapshots"):
            server.serve(path, quoting)
        monkeypatch.setenv("FINANCEHUB_PROVIDERS__FINNHUB__REST_URL", server.url)
        monkeypatch.setenv("FINANCEHUB_PROVIDERS__ALPACA__REST_URL", server.url)
        yield server


def printed(*words: str) -> str:
    """What the program writes to standard output and standard error."""
    data = io.BytesIO()
    out = io.TextIOWrapper(data, encoding="utf-8", write_through=True)
    with redirect_stdout(out), redirect_stderr(out):
        run(list(words))
    text = data.getvalue().decode()
    assert "unexpected" not in text, text
    return text


def everything_under(folder: Path) -> dict[str, bytes]:
    found = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return found | {
        f"{name} unpacked": gzip.decompress(data) for name, data in found.items() if data.startswith(b"\x1f\x8b")
    }


async def test_nothing_a_run_prints_or_leaves_behind_holds_a_key(home, vendor, monkeypatch, tmp_path):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for line in LINES:
        text = await asyncio.to_thread(printed, "run", line)
        assert not holds(text.encode()), line
        assert "***" in text or not line.startswith(SHARE), "the vendor's words are shown, but for the key"
    sent = {value for seen in vendor.seen for value in seen.headers.values()}
    assert {KEY, SECRET} & sent, "no key was ever sent: nothing is shown by this test"
    for form in FORMATS:
        file = tmp_path / f"out.{form}"
        await asyncio.to_thread(printed, "run", "PHLT FINNHUB", "--format", form, "--output", str(file))
        assert file.exists() and not holds(file.read_bytes()), form
    left = everything_under(home)
    assert any(name.endswith(".duckdb") for name in left)
    for name, data in left.items():
        assert not holds(data), name


async def test_the_password_of_an_address_in_the_settings_is_not_shown(home, monkeypatch):
    monkeypatch.setenv("FINANCEHUB_REDIS__URL", "redis://:p4ssw0rd@127.0.0.1:9/0")
    for words in (("run", "PDF"), ("config", "show"), ("run", "CACHE"), ("run", "DIAG"), ("doctor",)):
        text = await asyncio.to_thread(printed, *words)
        assert not holds(text.encode()), words
        assert words == ("doctor",) or "redis" in text.lower()


async def test_a_proxy_that_is_none_is_told_without_its_password(home, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "")
    for proxy in ("ftp://me:p4ssw0rd@127.0.0.1:9", "http://me:p4ssw0rd@127.0.0.1:9"):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        for line in ("AAPL US Equity DES", "PHLT FINNHUB"):
            assert not holds((await asyncio.to_thread(printed, "run", line)).encode())
    for data in everything_under(home).values():
        assert not holds(data)


async def test_a_stream_that_cannot_be_opened_tells_neither_key_nor_password(monkeypatch):
    from financehub_tui.clock import ManualClock
    from financehub_tui.providers.base import FeedHealth
    from financehub_tui.providers.keys.key import Key
    from financehub_tui.providers.kit.link import Link, LinkLostError
    from financehub_tui.providers.kit.venue import StreamOptions

    class Venue:
        provider = "acme"
        place = ""

        def address(self, topics):
            return self.place

    Key("acme", "main", (KEY,))
    venue = Venue()
    monkeypatch.setenv("NO_PROXY", "")
    for proxy in ("ftp://me:p4ssw0rd@127.0.0.1:9", "http://me:p4ssw0rd@127.0.0.1:9"):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        for venue.place in (f"ws://vendor.invalid/?token={KEY}", f"wss://vendor.invalid/?token={KEY}", f"htp://{KEY}"):
            link = Link(
                venue, FeedHealth(name="acme-1", provider="acme"), ManualClock(), StreamOptions(), asyncio.sleep
            )
            with pytest.raises(LinkLostError) as caught:
                await link.open(["a"])
            assert not holds(str(caught.value).encode()), proxy


async def test_a_crash_of_the_workstation_is_reported_without_values(home, monkeypatch):
    from financehub_tui.app import FinanceHub
    from financehub_tui.config import Settings
    from financehub_tui.engine.desk import open_desk
    from financehub_tui.providers.keys.key import Key
    from financehub_tui.widgets.governor import LOCAL

    Key("finnhub", "main", (KEY,))
    desk = await open_desk(Settings(), scenario="equities", start=False)
    app = FinanceHub(desk, profile=LOCAL)

    def broken(environment: dict[str, str]) -> None:
        signed = {"X-Finnhub-Token": environment["FINANCEHUB_KEY_FINNHUB"]}
        raise ValueError(f"cannot read {signed}")

    others = "unknown-to-us-" + "x" * 20
    try:
        broken({"FINANCEHUB_KEY_FINNHUB": KEY, "OTHER": others})
    except ValueError as error:
        app._handle_exception(error)
    drawn = io.StringIO()
    app.error_console = Console(file=drawn, width=400)
    app._print_error_renderables()
    await desk.close()
    assert "ValueError: cannot read" in drawn.getvalue()
    assert "in broken" in " ".join(drawn.getvalue().split())
    assert not holds(drawn.getvalue().encode())
    assert others not in drawn.getvalue()


async def test_no_picture_of_the_workstation_and_no_recording_holds_a_key(home, vendor, monkeypatch, tmp_path):
    from financehub_tui.app import FinanceHub
    from financehub_tui.config import load_settings
    from financehub_tui.engine.desk import open_desk
    from financehub_tui.widgets.governor import LOCAL
    from financehub_tui.widgets.screen_copy import screen_text

    async def talking(socket):
        quoted = {"type": "error", "msg": f"token={KEY} is invalid", "key": KEY}
        trade = {"type": "trade", "data": [{"s": "AAPL", "p": 190.5, "t": 1_779_480_300_000, "v": 1}]}
        async for _ in socket.messages():
            await socket.send(trade)
            await socket.send(quoted)

    vendor.serve_socket("/", talking)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("FINANCEHUB_PROVIDERS__FINNHUB__STREAM_URL", vendor.ws_url)
    monkeypatch.setenv("FINANCEHUB_PROVIDERS__ALPACA__ENABLED", "false")
    desk = await open_desk(load_settings().settings, start=False)
    tape = tmp_path / "tape.gz"
    desk.record(tape)
    app = FinanceHub(desk, profile=LOCAL)
    async with app.run_test(size=(180, 50), notifications=False) as pilot:
        for line in (f"{SHARE} QR", "APIK", "PHLT FINNHUB", "FEEDS", "LOGX"):
            app.workspace.run_line(line)
            for _ in range(40):
                await pilot.pause(0.01)
            assert not holds(app.export_screenshot().encode()), line
            assert not holds(screen_text(app).encode()), line
    events = await desk.stop_recording()
    await desk.close()
    assert vendor.sockets, "no stream was opened: nothing is shown by this test"
    assert events and not holds(gzip.decompress(tape.read_bytes()))
    for name, data in everything_under(home).items():
        assert not holds(data), name

"""A key never appears: not in a text, a log, an error, a traceback, an encoding, the list of processes."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import re
import traceback
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.traceback import Traceback
from vendors.server import VendorServer, body, html, redirect, reset, stalled, status, truncated

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.errors import ProviderError
from financehub_tui.log import JsonFormatter, RecentHandler, without_secrets
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.keys.key import Key
from financehub_tui.providers.kit.http import HttpClient, HttpOptions
from financehub_tui.redaction import HIDDEN, redacted

KEY = "Sup3r/Secret+Key=With.Signs%of&All"
SMALL = re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), quote(KEY, safe=""))
FORMS = (KEY, quote(KEY, safe=""), quote(KEY), quote_plus(KEY), SMALL, json.dumps(KEY)[1:-1].replace("/", "\\/"))


def holds(text: str) -> bool:
    return any(form in text for form in FORMS) or KEY[8:20] in text


@pytest.fixture
def key() -> Key:
    return Key("acme", "main", (KEY,))


def test_a_keys_own_texts_show_four_characters_at_most(key):
    for text in (repr(key), str(key), f"{key}", key.masked, repr(key.parts), repr([key]), repr({"k": key.parts[0]})):
        assert not holds(text)
    assert key.masked == "••••&All"
    assert Key("acme", "x", ("short",)).masked == "••••"
    assert repr(Key("acme", "main", (KEY,))) == "Key(acme:main ••••&All)"


def test_a_key_cannot_be_written_out(key):
    for encode in (msgspec.json.encode, msgspec.msgpack.encode, json.dumps, pickle.dumps, copy.deepcopy, vars):
        with pytest.raises(TypeError) as caught:
            encode(key)
        assert not holds(str(caught.value))
    assert KEY not in key.fingerprint
    assert key.fingerprint != Key("acme", "main", (KEY + "x",)).fingerprint


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(FORMS))
def test_no_message_keeps_a_known_key(before, after, form):
    Key("acme", "main", (KEY,))
    message = f"{before}{form}{after}"
    assert not holds(redacted(message))
    assert not holds(without_secrets(message))
    assert HIDDEN in redacted(message)


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=64),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_whatever_the_key_no_message_keeps_it(value, before, after):
    Key("acme", "main", (value,))
    assert value not in redacted(f"{before}{value}{after}").replace(HIDDEN, "\0")


def test_the_public_demo_key_is_a_word_like_any_other():
    Key("alpha_vantage", "main", ("demo",))
    assert redacted("a demo of it") == "a demo of it"


def test_a_log_line_and_its_traceback_keep_no_key(key):
    try:
        raise ValueError(f"We have detected your API key as {KEY} and our rate limit is 25 a day")
    except ValueError as error:
        record = logging.LogRecord("x", 40, "f", 1, "asked %s", (f"https://a/b?k={quote(KEY)}",), None)
        record.exc_info = (type(error), error, error.__traceback__)
    recent = RecentHandler()
    recent.emit(record)
    assert not holds(JsonFormatter().format(record))
    assert not holds(recent.entries[0].message)


ECHO = {"error": f"We have detected your API key as {KEY}"}
FAULTS = {
    "429": status(429, ECHO, retry_after=900),
    "401": status(401, ECHO),
    "403": status(403, f"<html>{quote(KEY)}</html>"),
    "400": status(400, ECHO),
    "500": status(500, ECHO),
    "html": html(),
    "not json": body(f"api key {KEY}".encode()),
    "wrong type": body({"c": f"key {KEY}"}),
    "redirect": redirect(f"/quote?token={quote(KEY)}"),
    "reset": reset(),
    "truncated": truncated(),
    "stalled": stalled(2),
}


class Quote(msgspec.Struct):
    c: float


def crash_report(error: BaseException) -> str:
    """As the terminal draws it, with the values of local variables."""
    drawn = io.StringIO()
    shown = Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
    Console(file=drawn, width=400).print(shown)
    return drawn.getvalue() + "".join(traceback.format_exception(error))


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_call_that_fails_in_any_way_tells_no_key(fault, key, pool, naps, clock, caplog):
    caplog.set_level(logging.DEBUG)
    keys = pool(KEY)
    async with VendorServer() as vendor:
        vendor.misbehave("/quote", FAULTS[fault], times=9)
        client = HttpClient(
            "acme",
            vendor.url,
            clock=clock,
            credentials=keys.signed(lambda one: ({"X-Token": one.parts[0]}, {"unlikely": one.parts[0]})),
            options=HttpOptions(read_timeout=0.1, total_timeout=0.3, attempts=2),
            sleep=naps,
        )
        with pytest.raises(ProviderError) as caught:
            (await client.get("/quote", endpoint="quote")).decode(Quote)
        await client.close()
        assert vendor.seen[0].headers["X-Token"] == KEY
    error = caught.value
    told = [str(error), repr(error), error.detail, str(error.missing()), repr(vars(error)), crash_report(error)]
    told += [repr(record) for record in client.log.records]
    told += [msgspec.json.encode(record).decode() for record in client.log.records]
    told += [client.stats().last_error, repr(client.stats()), keys.usage(keys.keys[0]).reason]
    told += [without_secrets(record.getMessage()) for record in caplog.records if record.name.startswith("financehub")]
    for text in told:
        assert not holds(text), text


async def test_no_key_is_in_what_is_kept(pool, clock, state):
    from financehub_tui.providers.keys.ring import KeyRing
    from financehub_tui.providers.kit.ledger import Ledger

    async def store():
        return state

    kept = Ledger(clock, store=store)
    value = "abcdefghij0123456789"
    ring = KeyRing(clock, lambda: kept, environment={"FINANCEHUB_KEY_FINNHUB": value}, store=store)
    finnhub = ring.pool("finnhub")
    key = await finnhub.take(1, "quote")
    finnhub.report(key, ProviderError("finnhub", Reason.BAD_KEY, f"no such key {value}"))
    assert await kept.save()
    assert await ring.save()
    assert set(state.values) == {"budgets", "keys.usage"}
    assert value not in str(state.values)


async def test_no_key_is_in_what_the_desk_shows():
    from financehub_tui.config import Settings
    from financehub_tui.engine.keychain import Keychain

    async def store():
        raise AssertionError("a demo keeps nothing")

    chain = Keychain(ManualClock(1_700_000_000 * NANOS), Settings(), store, live=False)
    chain.ring._environment = {"FINANCEHUB_KEY_FINNHUB": "abcdefghij0123456789"}
    shown = msgspec.json.encode([await chain.keys(), await chain.budgets()]).decode()
    assert '"masked":"••••6789"' in shown
    assert "abcdefghij" not in shown

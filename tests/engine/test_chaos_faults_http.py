"""Every source, every way in which a vendor's HTTP goes wrong: the error that is raised, and that the desk goes on.

A row of the table is a source, a column a fault. In each cell the provider is asked over a real socket, then a desk
on which it is the only one to carry the instrument, then the desk once more after the fault has passed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec
import pytest
from vendors.ecb import NINETY_DAYS
from vendors.instruments import coin
from vendors.naps import Naps
from vendors.places import PLACES, Place
from vendors.refusals import SAID, THROTTLES
from vendors.server import (
    Fault,
    VendorServer,
    body,
    cut_json,
    edited,
    html,
    mistyped,
    not_compressed,
    passed,
    reset,
    slow_first_byte,
    stalled,
    status,
    truncated,
    without_network,
    without_tls,
)
from vendors.sources import Source, stock
from vendors.yahoo import SUMMARY, YahooVendor, wire_modules

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.engine.catalog import Entry
from financehub_tui.engine.desk import InProcessDesk
from financehub_tui.errors import DataMissingError, ProviderError
from financehub_tui.market.bars import Bars
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Book, Quote
from financehub_tui.providers.kit.http import HttpOptions

MSFT = stock("MSFT")
LATER = 1_000.0
"""Seconds after which every pause is over that is not a budget's."""
HASTY = 0.12
"""Seconds for a call of a vendor that is slow on purpose."""
SLOW = 3.0


class Cell(NamedTuple):
    """What the vendor does, and how that must be understood."""

    fault: Fault
    reason: Reason
    field: str = ""
    least: float = 0.0
    """Seconds after which the error says to come back, at the least."""
    hasty: bool = False


FAULTS: dict[str, Callable[[Place, VendorServer], Cell]] = {
    "200 with error text": lambda place, _: Cell(body(SAID[place.id][0]), SAID[place.id][1]),
    "HTML": lambda *_: Cell(html(), Reason.BAD_ANSWER),
    "half of it": lambda *_: Cell(cut_json(), Reason.BAD_ANSWER),
    "truncated": lambda *_: Cell(truncated(), Reason.BAD_ANSWER),
    "nothing": lambda *_: Cell(body(b""), Reason.BAD_ANSWER),
    "binary": lambda *_: Cell(body(bytes(range(256)), "image/png"), Reason.BAD_ANSWER),
    "not compressed": lambda *_: Cell(not_compressed(), Reason.BAD_ANSWER),
    "stalled chunk": lambda *_: Cell(stalled(SLOW), Reason.TIMEOUT, hasty=True),
    "slow first byte": lambda *_: Cell(slow_first_byte(SLOW), Reason.TIMEOUT, hasty=True),
    "reset": lambda *_: Cell(reset(), Reason.PROVIDER_ERROR),
    "500": lambda *_: Cell(status(500), Reason.PROVIDER_ERROR),
    "503 HTML": lambda *_: Cell(status(503, b"<html><h1>Down</h1></html>"), Reason.PROVIDER_ERROR),
    "TLS failure": lambda _, server: Cell(without_tls(server), Reason.PROVIDER_ERROR),
    "DNS failure": lambda *_: Cell(without_network(), Reason.OFFLINE),
    "field renamed": lambda place, _: Cell(edited(place.renamed), Reason.BAD_ANSWER, place.renamed.field),
    "null": lambda place, _: Cell(edited(place.nulled), Reason.BAD_ANSWER, place.nulled.field),
}


class Witness(Source):
    """Another source, for all instruments but those of the place in question."""

    def __init__(self, *but: str, price: float = 100.0, **kept: Any) -> None:
        super().__init__("witness", price=price, **kept)
        offers = [msgspec.structs.replace(one, asset_classes=tuple(AssetClass)) for one in self.spec.capabilities]
        self.spec = msgspec.structs.replace(self.spec, capabilities=tuple(offers))
        self.unknown = set(but)


class Row:
    """A place with its vendor running, a provider, and a desk."""

    def __init__(
        self,
        place: Place,
        server: VendorServer,
        clock: ManualClock,
        make_desk: Callable[..., InProcessDesk],
        witness: Witness | None = None,
        url: str = "",
    ) -> None:
        self.place = place
        self.server = server
        self.clock = clock
        self.options = HttpOptions(attempts=2, circuit_failures=50)
        clock.set(place.now)
        self.provider = place.provider(url or server.url, clock, Naps(clock), self.options)
        entry = Entry(place.id, self.provider.spec.title, lambda: self.provider)
        self.witness = witness or Witness(place.instrument.symbol, time=clock.now)
        self.desk = make_desk(self.witness, entries=(entry,))

    def hurry(self, hasty: bool) -> None:
        """How patient the provider is from now on."""
        for client in self.provider.clients:
            client.options = msgspec.structs.replace(self.options, total_timeout=HASTY) if hasty else self.options

    async def error(self) -> ProviderError:
        """What the provider raises when it is asked."""
        with pytest.raises(ProviderError) as caught:
            await self.place.ask(self.provider)
        return caught.value

    async def missing(self) -> Missing:
        """Why the desk has no answer."""
        with pytest.raises(DataMissingError) as caught:
            await self.place.ask(self.desk)
        return caught.value.missing

    async def the_rest_goes_on(self) -> None:
        """The trouble of one source is that of nobody else, and is shown."""
        assert isinstance((await self.desk.quotes([MSFT], fresh=True))[MSFT.key], Quote)
        row = next(one for one in self.desk.status.providers() if one.provider == self.place.id)
        assert row.last_error and "\n" not in row.last_error
        assert row.state in ("down", "degraded", "paused")


@pytest.fixture
async def table(make_desk, clock) -> AsyncIterator[Callable[..., Any]]:
    """A function that makes the row of a place."""
    running: list[VendorServer] = []

    async def make(name: str, witness: Witness | None = None, url: str = "") -> Row:
        place = PLACES[name]
        server = place.vendor()
        await server.start()
        running.append(server)
        return Row(place, server, clock, make_desk, witness, url)

    yield make
    for server in running:
        await server.stop()


def one_clear_line(text: str) -> bool:
    return bool(text) and "\n" not in text and "<" not in text and len(text) < 400


def check_error(row: Row, cell: Cell, error: ProviderError) -> None:
    """It names source, endpoint and field, and what comes next."""
    assert (error.provider, error.endpoint, error.reason) == (row.place.id, row.place.endpoint, cell.reason)
    assert one_clear_line(str(error)) and str(error).startswith(f"{row.place.id}: ")
    if cell.field:
        assert cell.field in error.field and cell.field.rpartition(".")[2].rpartition("]")[2] in str(error)
    if cell.least:
        assert error.retry_at is not None and error.retry_at - row.clock.now() >= (cell.least - 10) * NANOS


def check_missing(row: Row, cell: Cell, missing: Missing) -> None:
    assert missing.reason is cell.reason and one_clear_line(missing.detail)
    assert row.provider.spec.title in missing.detail
    if cell.least:
        assert missing.retry_at is not None and "next try" in missing.detail


async def walk(row: Row, cell: Cell) -> None:
    """One cell."""
    row.hurry(cell.hasty)
    row.server.misbehave(row.place.path, cell.fault, times=40)
    check_error(row, cell, await row.error())
    row.clock.advance(max(LATER, cell.least))
    check_missing(row, cell, await row.missing())
    await row.the_rest_goes_on()
    row.server.behave()
    row.hurry(False)
    row.clock.advance(max(LATER, cell.least))
    assert isinstance(await row.place.ask(row.desk), Bars | Book)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", PLACES)
async def test_a_fault_is_a_typed_error_and_the_desk_goes_on(table, name, fault):
    row = await table(name)
    await walk(row, FAULTS[fault](row.place, row.server))


THROTTLED = [(name, one.name) for name in PLACES for one in THROTTLES[name](PLACES[name].now)]


@pytest.mark.parametrize(("name", "said"), THROTTLED)
async def test_a_vendor_that_throttles_by_its_own_rules_is_left_alone_for_as_long_as_it_says(table, name, said):
    row = await table(name)
    refusal = next(one for one in THROTTLES[name](row.place.now) if one.name == said)
    row.server.misbehave(row.place.path, refusal.fault, times=40)
    error = await row.error()
    check_error(row, Cell(refusal.fault, refusal.reason), error)
    if refusal.least > 10:
        assert error.retry_at is not None and error.retry_at >= row.place.now + refusal.least * NANOS
        before = row.server.count(row.place.path)
        again = await row.error()
        assert again.reason is refusal.reason and row.server.count(row.place.path) == before


PAGED = [name for name in PLACES if PLACES[name].long is not None]


@pytest.mark.parametrize("name", PAGED)
async def test_a_quota_spent_in_mid_page_is_no_shorter_series(table, name):
    row = await table(name)
    refusal = THROTTLES[name](row.place.now)[0]
    ask = row.place.long
    row.server.misbehave(row.place.path, passed(), *[refusal.fault] * 40)
    with pytest.raises(ProviderError) as caught:
        await ask(row.provider)
    assert caught.value.reason is refusal.reason and caught.value.retry_at is not None
    assert row.server.count(row.place.path) >= 2
    row.clock.advance(LATER)
    row.server.behave()
    row.server.misbehave(row.place.path, passed(), *[refusal.fault] * 40)
    with pytest.raises(DataMissingError) as lost:
        await ask(row.desk)
    assert lost.value.missing.reason is refusal.reason and lost.value.missing.retry_at is not None
    await row.the_rest_goes_on()


WHOLE = {
    "ecb": "a file each of the newest day, of ninety days, of all: see the next test",
    "frankfurter": "a range is one call; a currency it has not costs another: see the test after that",
    "coingecko": "a series is one call; each currency of a list of coins is one: see the third test",
    "kraken": "OHLC gives its last 720 bars whatever `since` says; depth, trades and tickers come whole",
}
"""Sources whose series are one call each, and why."""


def test_every_source_is_asked_for_more_than_one_page_or_has_none():
    assert {*PAGED, *WHOLE} == set(PLACES) and not {*PAGED} & {*WHOLE}


async def test_a_quota_spent_between_two_files_of_the_ecb_is_no_shorter_series(table):
    row = await table("ecb")
    refusal = THROTTLES["ecb"](row.place.now)[0]
    row.server.misbehave(NINETY_DAYS, *[refusal.fault] * 40)
    error = await row.error()
    assert (error.reason, error.endpoint) == (refusal.reason, NINETY_DAYS) and error.retry_at is not None
    quote = (await row.provider.quotes([row.place.instrument]))[row.place.instrument.key]
    assert (quote.last, quote.previous_close) == (1.1684, None)
    assert any("no earlier days" in note for note in quote.provenance.notes)
    row.clock.advance(LATER)
    missing = await row.missing()
    assert missing.reason is refusal.reason and missing.retry_at is not None
    await row.the_rest_goes_on()


async def test_a_quota_spent_after_a_currency_frankfurter_refused_is_told_as_that(table):
    row = await table("frankfurter")
    unknown = status(422, {"status": 422, "message": "invalid currency: KPW"})
    refusal = THROTTLES["frankfurter"](row.place.now)[0]
    row.server.misbehave("/v2/rates", unknown, *[refusal.fault] * 40)
    euro, dirham, won = (exchange(symbol) for symbol in ("EURUSD", "EURAED", "AEDKPW"))
    found = await row.provider.quotes([euro, dirham, won])
    assert found[euro.key].last == 1.1684
    assert {found[one.key].reason for one in (dirham, won)} == {refusal.reason}
    assert found[dirham.key].retry_at is not None and row.server.count("/v2/rates") >= 2


async def test_a_quota_spent_between_two_currencies_of_coins_takes_no_answer_with_it(table):
    row = await table("coingecko")
    dollar, euro = row.place.instrument, coin("BTC", "EUR")
    row.witness.unknown.add(euro.symbol)
    refusal = THROTTLES["coingecko"](row.place.now)[0]
    await row.provider.quotes([dollar, euro])  # which coins are meant is known from here on
    for asked in (row.provider.quotes, partial(row.desk.quotes, fresh=True)):
        row.server.misbehave("/coins/markets", passed(), *[refusal.fault] * 40)
        found = await asked([dollar, euro])
        quoted = [one for one in found.values() if isinstance(one, Quote)]
        [missing] = [one for one in found.values() if isinstance(one, Missing)]
        assert len(quoted) == 1 and quoted[0].provenance.currency == quoted[0].key.split(":")[-2]
        assert missing.reason is refusal.reason and missing.retry_at is not None
        row.server.behave()
        row.clock.advance(LATER)


def exchange(symbol: str) -> Instrument:
    base, currency = symbol[:3], symbol[3:]
    return Instrument(asset_class=AssetClass.CURRENCY, symbol=symbol, base=base, currency=currency, kind=Kind.SPOT)


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/octet-stream"])
async def test_the_right_answer_under_a_wrong_content_type_is_taken(table, name, kind):
    row = await table(name)
    row.server.misbehave(row.place.path, mistyped(kind), times=9)
    assert isinstance(await row.place.ask(row.desk), Bars | Book)


WORDS = {"http://no-such-host.invalid": "its address cannot be looked up", "https": "TLS failed"}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("address", WORDS)
async def test_a_host_without_an_address_or_without_tls(table, name, address):
    row = await table(name)
    url = row.server.url.replace("http", "https", 1) if address == "https" else address
    row = await table(name, url=url)
    reason = Reason.PROVIDER_ERROR if address == "https" else Reason.OFFLINE
    error = await row.error()
    assert (error.provider, error.reason) == (name, reason) and WORDS[address] in str(error) and error.endpoint
    row.clock.advance(LATER)
    check_missing(row, Cell(passed(), reason), await row.missing())
    await row.the_rest_goes_on()


KEYED = {name: PLACES[name] for name in PLACES if PLACES[name].keyed}
EXPIRED = {
    "coingecko": status(401, {"status": {"error_code": 10_002, "error_message": "API Key Missing"}}),
    "coinmarketcap": status(401, {"status": {"error_code": 1001, "error_message": "This API Key is invalid."}}),
    "alpaca": status(401, {"code": 40_110_000, "message": "access key verification failed"}),
    "finnhub": status(401, {"error": "Invalid API key"}),
}


@pytest.mark.parametrize("name", KEYED)
async def test_an_expired_key_is_told_by_its_alias_and_is_not_used_again(table, name):
    row = await table(name)
    row.server.misbehave(row.place.path, EXPIRED[name], times=40)
    error = await row.error()
    assert error.reason in (Reason.BAD_KEY, Reason.NO_KEY) and error.endpoint == row.place.endpoint
    row.clock.advance(LATER)
    missing = await row.missing()
    assert missing.reason in (Reason.BAD_KEY, Reason.NO_KEY) and one_clear_line(missing.detail)
    await row.the_rest_goes_on()


async def test_an_expired_crumb_is_renewed_once_and_one_that_is_refused_for_good_is_told(table):
    row = await table("yahoo")
    yahoo = YahooVendor(row.server)
    price = {"symbol": "AAPL", "longName": "Apple Inc.", "quoteType": "EQUITY"}
    yahoo.summary("AAPL", wire_modules(quoteType=price))
    assert isinstance(await row.provider.profile(row.place.instrument), Profile)
    yahoo.expire()
    row.clock.advance(LATER)
    assert isinstance(await row.desk.profile(row.place.instrument), Profile)
    assert row.server.count("/v1/test/getcrumb") == 2
    row.clock.advance(2 * 86_400)
    row.server.misbehave(
        f"{SUMMARY}AAPL", status(401, {"finance": {"error": {"description": "Invalid Crumb"}}}), times=9
    )
    with pytest.raises(ProviderError) as caught:
        await row.provider.profile(row.place.instrument)
    assert caught.value.endpoint == "v10/finance/quoteSummary" and "crumb" in str(caught.value)


@pytest.mark.parametrize("name", PLACES)
async def test_a_price_a_hundred_times_too_large_is_a_finding_with_both_values(table, name):
    row = await table(name, witness=Witness())
    key = row.place.instrument.key
    other = row.place.provider(row.server.url, row.clock, Naps(row.clock), row.options)
    right = (await other.quotes([row.place.instrument]))[key]
    await other.close()
    row.witness.answer = {key: right}
    path, dear = row.place.dear
    row.server.misbehave(path, edited(dear), times=4)
    answers = await row.desk.providers.quotes(row.place.instrument)
    wrong = answers[row.provider.spec.title]
    assert wrong.last == pytest.approx(100 * right.last, rel=1e-3)
    check = row.desk.providers.check(answers, "last")
    assert check.agreed is None and check.confidence == 0
    assert {kind for kind, _ in check.findings.values()} == {"wrong scale"} and len(check.findings) == 2

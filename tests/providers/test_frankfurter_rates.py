"""Frankfurter: quotes, bars, refusals; by v1, and by v2 where the ECB has no rate."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from vendors import server as fault
from vendors.ecb import FrankfurterVendor
from vendors.server import VendorServer

from financehub_tui.clock import ManualClock, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.frankfurter import wire
from financehub_tui.providers.frankfurter.provider import FrankfurterProvider
from financehub_tui.providers.kit.http import HttpOptions, Response

QUICK = HttpOptions(attempts=2, backoff=0.01, backoff_max=0.02, total_timeout=0.5, read_timeout=0.4)
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "frankfurter"
NEWEST = "/v1/2026-03-30.."
DAYS = {
    "2026-04-09": {"USD": "1.16", "JPY": "186.0", "IDR": "20000"},
    "2026-04-10": {"USD": "1.165", "JPY": "186.4", "IDR": "20050.5"},
    "2026-04-13": {"USD": "1.1684", "JPY": "186.75", "IDR": "20082.05"},
}


def at(text: str) -> int:
    return to_nanos(datetime.fromisoformat(text).replace(tzinfo=UTC))


def pair(symbol: str) -> Instrument:
    return Instrument(
        asset_class=AssetClass.CURRENCY, symbol=symbol, base=symbol[:3], currency=symbol[3:], kind=Kind.SPOT
    )


class StepClock(ManualClock):
    """Every look costs a second of duration, so that no test waits for the budget of two calls a second."""

    def __init__(self, now: int) -> None:
        super().__init__(now)
        self._looks = 0.0

    def monotonic(self) -> float:
        self._looks += 1.0
        return self._looks


@pytest.fixture
async def vendor() -> AsyncIterator[FrankfurterVendor]:
    async with VendorServer() as server:
        made = FrankfurterVendor(server, DAYS)
        made.range(NEWEST)
        yield made


@pytest.fixture
async def frankfurter(vendor: FrankfurterVendor) -> AsyncIterator[FrankfurterProvider]:
    clock = StepClock(at("2026-04-13T18:00"))
    made = FrankfurterProvider(clock, rest_url=vendor.server.url, options=QUICK)
    yield made
    await made.close()


async def test_one_call_gives_all_pairs_with_their_previous_close(
    frankfurter: FrankfurterProvider, vendor: FrankfurterVendor
) -> None:
    pairs = [pair(symbol) for symbol in ("EURUSD", "USDJPY", "IDREUR", "EURHRK", "EURXXX")]
    found = await frankfurter.quotes(pairs)
    dollar, yen, rupiah, kuna, unknown = (found[one.key] for one in pairs)
    assert isinstance(dollar, Quote) and (dollar.last, dollar.previous_close, dollar.decimals) == (1.1684, 1.165, 4)
    assert isinstance(yen, Quote) and yen.last is not None and math.isclose(yen.last, 186.75 / 1.1684)
    assert isinstance(rupiah, Quote) and rupiah.last == 1 / 20082.05  # not the rounded one of the service
    assert dollar.provenance is not None and dollar.provenance.delay is Delay.REFERENCE
    assert isinstance(kuna, Missing) and kuna.reason is Reason.NO_DATA
    assert isinstance(unknown, Missing) and unknown.reason is Reason.UNKNOWN_SYMBOL
    assert vendor.server.count() == 1


async def test_a_supported_currency_that_vanished_is_no_data(frankfurter: FrankfurterProvider) -> None:
    pairs = [pair("EURUSD"), pair("EURCZK")]
    missing = (await frankfurter.quotes(pairs))[pair("EURCZK").key]
    assert isinstance(missing, Missing) and missing.reason is Reason.NO_DATA


async def test_nothing_known_is_nothing_asked(frankfurter: FrankfurterProvider, vendor: FrankfurterVendor) -> None:
    missing = (await frankfurter.quotes([pair("EURXXX")]))[pair("EURXXX").key]
    assert isinstance(missing, Missing) and vendor.server.count() == 0


async def test_a_server_behind_by_weeks_gives_its_latest_day(vendor: FrankfurterVendor) -> None:
    vendor.latest()
    vendor.server.serve("/v1/2026-05-18..", {"message": "not found"}, status=404)
    late = FrankfurterProvider(ManualClock(at("2026-06-01T12:00")), rest_url=vendor.server.url, options=QUICK)
    found = (await late.quotes([pair("EURUSD")]))[pair("EURUSD").key]
    assert isinstance(found, Quote) and found.time == at("2026-04-13T12:15") and found.previous_close is None
    await late.close()


async def test_bars_leave_out_the_leading_earlier_day(
    frankfurter: FrankfurterProvider, vendor: FrankfurterVendor
) -> None:
    vendor.range("/v1/2026-04-11..2026-04-13")
    found = await frankfurter.bars(pair("USDJPY"), BarRequest(start=at("2026-04-11T00:00"), end=at("2026-05-01T00:00")))
    assert found.frame["time"].to_list() == [datetime(2026, 4, 13, tzinfo=UTC)]
    assert found.frame["open"].equals(found.frame["close"])
    assert "reference rate, one value a day" in found.provenance.notes


@pytest.mark.parametrize(
    ("symbol", "request_", "reason"),
    [
        ("EURXXX", BarRequest(start=0, end=at("2026-01-01T00:00")), Reason.UNKNOWN_SYMBOL),
        ("EURUSD", BarRequest(start=0, end=at("1998-01-01T00:00")), Reason.NO_DATA),
        ("EURUSD", BarRequest(interval=Interval.W1, start=0, end=at("2026-01-01T00:00")), Reason.NOT_OFFERED),
    ],
)
async def test_what_cannot_be_is_not_asked(
    frankfurter: FrankfurterProvider,
    vendor: FrankfurterVendor,
    symbol: str,
    request_: BarRequest,
    reason: Reason,
) -> None:
    with pytest.raises(ProviderError) as caught:
        await frankfurter.bars(pair(symbol), request_)
    assert caught.value.reason is reason and vendor.server.count() == 0


ANSWER: dict[str, Any] = {"amount": 1.0, "base": "EUR", "rates": {"2026-04-13": {"USD": 1.1684}}}


@pytest.mark.parametrize(
    ("broken", "reason", "field"),
    [
        (fault.cut_json(), Reason.BAD_ANSWER, ""),
        (fault.html(), Reason.BAD_ANSWER, ""),
        (fault.body(b""), Reason.BAD_ANSWER, ""),
        (fault.body({}), Reason.BAD_ANSWER, "rates"),
        (fault.body(ANSWER | {"base": "USD"}), Reason.BAD_ANSWER, "base"),
        (fault.body(ANSWER | {"amount": 0}), Reason.BAD_ANSWER, "amount"),
        (fault.body(ANSWER | {"rates": {"2026-04-13": {"USD": None}}}), Reason.BAD_ANSWER, "rates[...][...]"),
        (fault.body(ANSWER | {"rates": {"2026-04-13": {"USD": -1}}}), Reason.BAD_ANSWER, "rates.2026-04-13.USD"),
        (fault.body(ANSWER | {"rates": {"today": {"USD": 1}}}), Reason.BAD_ANSWER, "date"),
        (fault.status(422, {"message": "invalid date"}), Reason.PROVIDER_ERROR, ""),
        (fault.status(422, {"status": 422, "message": "unknown parameter: symbols"}), Reason.PROVIDER_ERROR, ""),
        (fault.status(429, retry_after=500), Reason.RATE_LIMITED, ""),
        (fault.status(429), Reason.RATE_LIMITED, ""),
        (fault.status(503, {"status": 503, "message": "deadline"}), Reason.PROVIDER_ERROR, ""),
        (fault.truncated(), Reason.BAD_ANSWER, ""),
        (fault.reset(), Reason.PROVIDER_ERROR, ""),
        (fault.slow_first_byte(3), Reason.TIMEOUT, ""),
    ],
)
async def test_every_misbehaviour_is_a_typed_error(
    frankfurter: FrankfurterProvider, vendor: FrankfurterVendor, broken: fault.Fault, reason: Reason, field: str
) -> None:
    vendor.server.misbehave(NEWEST, broken, times=4)
    with pytest.raises(ProviderError) as caught:
        await frankfurter.quotes([pair("EURUSD")])
    assert (caught.value.reason, caught.value.field) == (reason, field)
    assert caught.value.provider == "frankfurter" and caught.value.endpoint


async def test_no_network_is_offline() -> None:
    nowhere = FrankfurterProvider(ManualClock(), rest_url="http://no-such-host.invalid", options=QUICK)
    with pytest.raises(ProviderError) as caught:
        await nowhere.quotes([pair("EURUSD")])
    assert caught.value.reason is Reason.OFFLINE
    await nowhere.close()


BLEND = {
    "2026-04-10": {"USD": "1.1650", "AED": "4.2785", "RUB": "95.12"},
    "2026-04-12": {"AED": "4.2789"},
    "2026-04-13": {"USD": "1.1684", "AED": "4.2909", "TWD": "37.42"},
}


async def test_currencies_the_ecb_has_not_come_blended_from_other_banks(
    frankfurter: FrankfurterProvider, vendor: FrankfurterVendor
) -> None:
    vendor.blend(BLEND)
    pairs = [pair(symbol) for symbol in ("EURUSD", "USDAED", "EURRUB", "AEDEUR", "EURTWD", "USDKPW")]
    assert all(frankfurter.symbol(one) for one in pairs) and frankfurter.symbol(pair("XXXUSD")) is None
    found = await frankfurter.quotes(pairs)
    dollar, dirham, ruble, inverse, single, unknown = (found[one.key] for one in pairs)
    assert isinstance(dollar, Quote) and dollar.last == 1.1684 and dollar.provenance is not None
    assert dollar.provenance.endpoint == "v1/range"
    assert isinstance(dirham, Quote) and dirham.last is not None and dirham.provenance is not None
    assert math.isclose(dirham.last, 4.2909 / 1.1684) and math.isclose(dirham.previous_close or 0, 4.2785 / 1.1650)
    assert dirham.provenance.endpoint == "v2/rates" and "blend of central banks' rates" in dirham.provenance.notes[0]
    assert isinstance(ruble, Quote) and (ruble.last, ruble.time) == (95.12, at("2026-04-10T00:00"))
    assert isinstance(inverse, Quote) and inverse.last == 1 / 4.2909 and inverse.previous_close == 1 / 4.2789
    assert isinstance(single, Quote) and single.previous_close is None
    assert isinstance(unknown, Missing) and unknown.reason is Reason.NO_DATA
    assert vendor.server.count("/v2/rates") == 2  # the second one without the currency that was refused


async def test_the_newest_rates_are_kept_and_what_was_refused_is_not_asked_for_again(
    frankfurter: FrankfurterProvider, vendor: FrankfurterVendor
) -> None:
    vendor.blend(BLEND)
    pairs = [pair("EURUSD"), pair("EURAED"), pair("EURKPW")]
    first = await frankfurter.quotes(pairs)
    asked = vendor.server.count()
    assert await frankfurter.quotes(pairs) == first and vendor.server.count() == asked
    await frankfurter.quotes([pair("USDAED"), pair("AEDKPW")])
    assert vendor.server.count() == asked + 1
    with pytest.raises(ProviderError) as caught:
        await frankfurter.quotes([pair("EURKPW")])
    assert caught.value.reason is Reason.UNKNOWN_SYMBOL and vendor.server.count() == asked + 1


async def test_blended_bars_are_of_the_days_both_currencies_have(
    frankfurter: FrankfurterProvider, vendor: FrankfurterVendor
) -> None:
    vendor.blend(BLEND)
    window = BarRequest(start=at("2026-04-01T00:00"), end=at("2026-05-01T00:00"))
    found = await frankfurter.bars(pair("USDAED"), window)
    assert [day.day for day in found.frame["time"]] == [10, 13] and found.provenance.endpoint == "v2/rates"
    with pytest.raises(ProviderError) as caught:
        await frankfurter.bars(pair("EURKPW"), window)
    assert (caught.value.reason, caught.value.endpoint) == (Reason.UNKNOWN_SYMBOL, "v2/rates")


async def test_where_one_version_fails_the_other_answers(
    frankfurter: FrankfurterProvider, vendor: FrankfurterVendor
) -> None:
    vendor.server.serve("/v2/rates", {"status": 503, "message": "over its deadline"}, status=503)
    found = await frankfurter.quotes([pair("EURUSD"), pair("EURAED")])
    broken = found[pair("EURAED").key]
    assert isinstance(found[pair("EURUSD").key], Quote)
    assert isinstance(broken, Missing) and broken.reason is Reason.PROVIDER_ERROR
    with pytest.raises(ProviderError):
        await frankfurter.quotes([pair("EURAED")])


ROW: dict[str, Any] = {"date": "2026-04-13", "base": "EUR", "quote": "AED", "rate": 4.29}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (ROW | {"base": "USD"}, "base"),
        (ROW | {"rate": None}, "[1].rate"),
        (ROW | {"rate": 0}, "rates.2026-04-13.AED"),
        (ROW | {"date": "13 April"}, "date"),
        ({"date": "2026-04-13"}, "[1].base"),
        (None, "[1]"),
    ],
)
def test_a_wrong_row_is_refused_by_its_field(row: Any, field: str) -> None:
    with pytest.raises(ProviderError) as caught:
        wire.read_rows(json.dumps([ROW, row]).encode(), "v2/rates")
    assert (caught.value.reason, caught.value.field) == (Reason.BAD_ANSWER, field)


def test_the_amount_is_optional_and_divided_out() -> None:
    body = b'{"base":"EUR","amount":10,"rates":{"2026-04-13":{"USD":"11.684","IDR":200820}},"new":1}'
    assert wire.read_range(body, "x").cross("EUR", "IDR") == [(date(2026, 4, 13), 20082.0)]
    assert wire.read_range(b'{"rates":{"2026-04-13":{"USD":1.1684}}}', "x").last_day == date(2026, 4, 13)


RECORDED = [
    ("v1_latest_from_USD__getting_latest_0.json", "USD", date(2024, 2, 23)),
    ("v1_latest_amount_3000000000_from_JPY_to_USD__japan_call_1.json", "JPY", date(2024, 3, 15)),
    ("v1_latest_amount_63460_from_JPY_to_USD__japan_call_4.json", "JPY", date(2024, 3, 19)),
    ("v1_latest__unsupported_quotes_dropped_fragment.json", "USD", None),
]


@pytest.mark.skipif(not FOLDER.exists(), reason="no recordings here")
@pytest.mark.parametrize(("name", "base", "day"), RECORDED)
def test_recordings_decode_or_are_refused(name: str, base: str, day: date | None) -> None:
    body = (FOLDER / name).read_bytes()
    if day is None:
        with pytest.raises(ProviderError) as caught:
            wire.read_single(body, "v1/latest", base)
        assert caught.value.field == "date"
        return
    assert wire.read_single(body, "v1/latest", base).last_day == day


@pytest.mark.skipif(not FOLDER.exists(), reason="no recordings here")
def test_recorded_rows_decode_and_a_recorded_refusal_is_typed() -> None:
    rows = json.loads((FOLDER / "v2_rates__USD_to_5.json").read_bytes())
    body = json.dumps([row | {"base": "EUR"} for row in rows]).encode()
    assert wire.read_rows(body, "v2/rates").cross("EUR", "AED") == [(date(2026, 9, 5), 3.6725)]
    with pytest.raises(ProviderError) as caught:
        wire.read_rows((FOLDER / "v2_rates__USD_to_5.json").read_bytes(), "v2/rates")
    assert caught.value.field == "base"
    refused = (FOLDER / "v2_error__422_unknown_parameter.json").read_bytes()
    answer = Response(provider="frankfurter", endpoint="x", status=422, headers={}, body=refused, received_at=0)
    error = wire.verdict(answer)
    assert error is not None and error.reason is Reason.PROVIDER_ERROR and "symbols" in error.detail

"""The ECB's reference rates: files, crosses, dates, refusals."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors import server as fault
from vendors.ecb import DAILY, HISTORY, NINETY_DAYS, EcbVendor, csv_of, sdmx_of, xml_of, zip_of
from vendors.server import VendorServer

from financehub_tui.clock import ManualClock, to_nanos
from financehub_tui.errors import ProviderError
from financehub_tui.market.bars import BarRequest, Interval
from financehub_tui.market.instrument import AssetClass, Instrument, Kind
from financehub_tui.market.provenance import Delay, Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.ecb import files
from financehub_tui.providers.ecb.provider import EcbProvider
from financehub_tui.providers.ecb.rates import RateTable, decimals
from financehub_tui.providers.kit.http import HttpOptions

QUICK = HttpOptions(attempts=2, backoff=0.01, backoff_max=0.02, total_timeout=0.5, read_timeout=0.4)
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "ecb"
DAYS = {
    "1999-01-04": {"USD": "1.1789", "JPY": "133.73", "GBP": "0.7111"},
    "2022-12-30": {"USD": "1.0666", "JPY": "140.66", "HRK": "7.5365"},
    "2026-04-09": {"USD": "1.1600", "JPY": "186.00", "GBP": "0.87000", "IDR": "20000.00"},
    "2026-04-10": {"USD": "1.1650", "JPY": "186.40", "GBP": "0.87100", "IDR": "20050.50"},
    "2026-04-13": {"USD": "1.1684", "JPY": "186.75", "GBP": "0.87058", "IDR": "20082.05"},
}


def at(text: str) -> int:
    return to_nanos(datetime.fromisoformat(text).replace(tzinfo=UTC))


def pair(symbol: str) -> Instrument:
    return Instrument(
        asset_class=AssetClass.CURRENCY, symbol=symbol, base=symbol[:3], currency=symbol[3:], kind=Kind.SPOT
    )


@pytest.fixture
async def vendor() -> AsyncIterator[EcbVendor]:
    async with VendorServer() as server:
        yield EcbVendor(server, DAYS)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at("2026-04-13T18:00"))


@pytest.fixture
async def ecb(vendor: EcbVendor, clock: ManualClock) -> AsyncIterator[EcbProvider]:
    url = vendor.server.url
    made = EcbProvider(clock, rest_url=url, data_url=url, options=QUICK)
    yield made
    await made.close()


async def quote(ecb: EcbProvider, symbol: str) -> Quote | Missing:
    return (await ecb.quotes([pair(symbol)]))[pair(symbol).key]


async def test_a_rate_against_the_euro_is_as_published(ecb: EcbProvider) -> None:
    found = await quote(ecb, "EURUSD")
    assert isinstance(found, Quote)
    assert (found.last, found.previous_close, found.decimals) == (1.1684, 1.165, 4)
    assert found.time == at("2026-04-13T12:15")  # 14:15 in Frankfurt, summer time
    assert found.provenance is not None
    assert found.provenance.delay is Delay.REFERENCE and found.provenance.mark == "EOD"
    assert found.provenance.notes == ("reference rate, one value a day",)


@pytest.mark.parametrize(
    ("symbol", "rate", "places"),
    [
        ("USDEUR", 1 / 1.1684, 5),
        ("USDJPY", 186.75 / 1.1684, 2),
        ("GBPUSD", 1.1684 / 0.87058, 4),
        ("JPYUSD", 1.1684 / 186.75, 7),
        ("USDIDR", 20082.05 / 1.1684, 2),
        ("EURIDR", 20082.05, 2),
    ],
)
async def test_inverse_pairs_and_crosses_are_computed(ecb: EcbProvider, symbol: str, rate: float, places: int) -> None:
    found = await quote(ecb, symbol)
    assert isinstance(found, Quote) and found.last is not None
    assert math.isclose(found.last, rate, rel_tol=1e-12) and found.decimals == places
    if symbol[:3] != "EUR":
        assert found.provenance is not None and "computed" in found.provenance.notes[1]


@pytest.mark.parametrize(
    ("symbol", "reason"),
    [
        ("EURHRK", Reason.NO_DATA),
        ("USDBGN", Reason.NO_DATA),
        ("EURXXX", Reason.UNKNOWN_SYMBOL),
        ("EURCZK", Reason.NO_DATA),
        ("EUR", Reason.UNKNOWN_SYMBOL),
    ],
)
async def test_currencies_without_a_rate_say_why(ecb: EcbProvider, symbol: str, reason: Reason) -> None:
    found = await quote(ecb, symbol)
    assert isinstance(found, Missing) and found.reason is reason


async def test_files_are_asked_again_only_after_ten_minutes_and_only_if_newer(
    ecb: EcbProvider, vendor: EcbVendor, clock: ManualClock
) -> None:
    for _ in range(3):
        await quote(ecb, "EURUSD")
    assert (vendor.server.count(DAILY), vendor.server.count(NINETY_DAYS)) == (1, 1)
    clock.advance(601)
    await quote(ecb, "EURUSD")
    assert (vendor.server.count(DAILY), vendor.server.count(NINETY_DAYS), vendor.unchanged) == (2, 1, 1)
    vendor.publish("2026-04-14", {"USD": "1.1700"})
    clock.advance(601)
    found = await quote(ecb, "EURUSD")
    assert isinstance(found, Quote) and (found.last, found.previous_close) == (1.17, 1.1684)
    assert vendor.server.count(NINETY_DAYS) == 2


async def test_without_the_ninety_days_there_is_still_the_last_one(ecb: EcbProvider, vendor: EcbVendor) -> None:
    vendor.server.misbehave(NINETY_DAYS, fault.status(500), times=4)
    found = await quote(ecb, "EURUSD")
    assert isinstance(found, Quote) and found.last == 1.1684 and found.previous_close is None
    assert found.provenance is not None and "no earlier days" in found.provenance.notes[1]


async def test_bars_hold_one_value_and_only_publication_days(ecb: EcbProvider, vendor: EcbVendor) -> None:
    request = BarRequest(start=at("2026-04-10T00:00"), end=at("2026-04-13T00:00"))
    found = await ecb.bars(pair("EURUSD"), request)
    assert found.frame.columns == ["time", "open", "high", "low", "close", "volume"]
    assert found.frame.rows() == [(datetime(2026, 4, 10, tzinfo=UTC), 1.165, 1.165, 1.165, 1.165, None)]
    assert "reference rate, one value a day" in found.provenance.notes
    assert vendor.server.count(HISTORY) == 0


async def test_old_bars_come_from_the_history(ecb: EcbProvider, vendor: EcbVendor) -> None:
    found = await ecb.bars(pair("HRKUSD"), BarRequest(start=0, end=at("2026-05-01T00:00")))
    assert found.frame["time"].to_list() == [datetime(2022, 12, 30, tzinfo=UTC)]
    assert math.isclose(found.frame["close"][0], 1.0666 / 7.5365)
    await ecb.bars(pair("EURUSD"), BarRequest(start=0, end=at("2026-05-01T00:00")))
    assert vendor.server.count(HISTORY) == 1


async def test_the_data_service_stands_in_for_the_history(ecb: EcbProvider, vendor: EcbVendor) -> None:
    vendor.server.misbehave(HISTORY, fault.status(503), times=4)
    vendor.server.serve("/data/EXR/D.USD+JPY.EUR.SP00.A", sdmx_of(DAYS), content_type="text/csv")
    found = await ecb.bars(pair("USDJPY"), BarRequest(start=at("1999-01-01T00:00"), end=at("1999-02-01T00:00")))
    assert found.frame.height == 1 and math.isclose(found.frame["close"][0], 133.73 / 1.1789)
    assert found.provenance.endpoint == "data/EXR"
    seen = vendor.server.seen[-1].query
    assert (seen["startPeriod"], seen["endPeriod"], seen["format"]) == ("1999-01-04", "1999-01-31", "csvdata")


@pytest.mark.parametrize(
    ("symbol", "request_", "reason"),
    [
        ("EURHRK", BarRequest(start=at("2026-04-01T00:00"), end=at("2026-05-01T00:00")), Reason.NO_DATA),
        ("EURUSD", BarRequest(start=at("2026-04-11T00:00"), end=at("2026-04-13T00:00")), Reason.NO_DATA),
        ("EURUSD", BarRequest(start=0, end=at("1999-01-01T00:00")), Reason.NO_DATA),
        ("EURXXX", BarRequest(start=0, end=at("2026-05-01T00:00")), Reason.UNKNOWN_SYMBOL),
        ("EURUSD", BarRequest(interval=Interval.H1, start=0, end=1), Reason.NOT_OFFERED),
    ],
)
async def test_bars_that_cannot_be_are_typed(
    ecb: EcbProvider, symbol: str, request_: BarRequest, reason: Reason
) -> None:
    with pytest.raises(ProviderError) as caught:
        await ecb.bars(pair(symbol), request_)
    assert caught.value.reason is reason


async def test_the_data_service_without_result_is_no_data(ecb: EcbProvider, vendor: EcbVendor) -> None:
    vendor.server.misbehave(HISTORY, fault.status(503), times=4)
    with pytest.raises(ProviderError) as caught:
        await ecb.bars(pair("EURUSD"), BarRequest(start=0, end=at("2001-01-01T00:00")))
    assert caught.value.reason is Reason.NO_DATA


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (fault.cut_json(), Reason.BAD_ANSWER),
        (fault.html(), Reason.BAD_ANSWER),
        (fault.body(b""), Reason.BAD_ANSWER),
        (fault.body(b"<a/>"), Reason.BAD_ANSWER),
        (fault.body(xml_of({})), Reason.NO_DATA),
        (fault.truncated(), Reason.BAD_ANSWER),
        (fault.status(429, retry_after=100), Reason.RATE_LIMITED),
        (fault.status(429), Reason.RATE_LIMITED),
        (fault.status(503), Reason.PROVIDER_ERROR),
        (fault.reset(), Reason.PROVIDER_ERROR),
        (fault.slow_first_byte(3), Reason.TIMEOUT),
    ],
)
async def test_every_misbehaviour_is_a_typed_error(
    ecb: EcbProvider, vendor: EcbVendor, broken: fault.Fault, reason: Reason
) -> None:
    vendor.server.misbehave(DAILY, broken, times=4)
    with pytest.raises(ProviderError) as caught:
        await quote(ecb, "EURUSD")
    assert caught.value.reason is reason and caught.value.provider == "ecb" and caught.value.endpoint


async def test_no_network_is_offline(clock: ManualClock) -> None:
    nowhere = "http://no-such-host.invalid"
    ecb = EcbProvider(clock, rest_url=nowhere, data_url=nowhere, options=QUICK)
    for call in (ecb.quotes([pair("EURUSD")]), ecb.bars(pair("EURUSD"), BarRequest(start=0, end=at("2026-01-01")))):
        with pytest.raises(ProviderError) as caught:
            await call
        assert caught.value.reason is Reason.OFFLINE
    await ecb.close()


def test_symbols_are_pairs_with_a_rate() -> None:
    ecb = EcbProvider(ManualClock())
    assert ecb.symbol(pair("USDJPY")) == "USDJPY" and ecb.symbol(pair("EURHRK")) == "EURHRK"
    assert ecb.symbol(pair("EURXAU")) is None and ecb.symbol(pair("EUREUR")) is None
    assert ecb.symbol(Instrument(asset_class=AssetClass.EQUITY, symbol="EURUSD")) is None


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Envelope>&b;</Envelope>'
EXTERNAL = b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><Envelope/>'
ENVELOPE = '<e:Envelope xmlns:e="e" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">{}</e:Envelope>'


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (BOMB, ""),
        (EXTERNAL, ""),
        (BOMB.decode().encode("utf-16"), ""),
        (ENVELOPE.format("<Cube currency='USD' rate='1'/>").encode(), "Cube.time"),
        (ENVELOPE.format("<Cube time='yesterday'/>").encode(), "Cube.time"),
        (ENVELOPE.format("<Cube time='2026-01-02'><Cube currency='USD' rate='much'/></Cube>").encode(), "USD"),
        (ENVELOPE.format("<Cube time='2026-01-02'><Cube currency='USD' rate='-1'/></Cube>").encode(), "USD"),
        (ENVELOPE.format("<Cube time='2026-01-02'><Cube currency='USD' rate='inf'/></Cube>").encode(), "USD"),
        (ENVELOPE.format("<Cube time='2026-01-02'><Cube currency='dollar' rate='1'/></Cube>").encode(), "currency"),
        (ENVELOPE.format("<Cube time='2026-01-02'><Cube currency='USD' value='1'/></Cube>").encode(), "Cube.rate"),
        (ENVELOPE.format("<Cube time='2026-01-02'><Cube code='USD' rate='1'/></Cube>").encode(), "Cube.currency"),
    ],
)
def test_xml_that_is_dangerous_or_wrong_is_refused(body: bytes, field: str) -> None:
    with pytest.raises(ProviderError) as caught:
        files.read_xml(body, "x")
    assert caught.value.reason is Reason.BAD_ANSWER and caught.value.field == field


def test_an_absent_or_not_available_rate_is_skipped() -> None:
    table = files.read_csv(b"Date,USD,JPY,\n2026-01-05,1.1,N/A,\n2026-01-02,N/A,150.5,\n\n", "x")
    assert table.cross("EUR", "USD") == [(date(2026, 1, 5), 1.1)]
    assert table.cross("USD", "JPY") == []


def test_the_daily_csv_writes_its_date_out_and_spaces_its_names() -> None:
    table = files.read_csv(b"Date, USD, JPY, \n3 April 2026, 1.1684, 186.75, \n", "x")
    assert table.cross("EUR", "JPY") == [(date(2026, 4, 3), 186.75)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"Date,\n",
        b"Day,USD\n2026-01-02,1\n",
        b"Date,USD\n2026-13-02,1\n",
        b"Date,USD,JPY\n2026-01-02,1\n",
        b"Date,USD,\n2026-01-02,1,,9\n",
        b"Date,USD,\n2026-01-02,one,\n",
        b"\xff\xfe\x00",
    ],
)
def test_wrong_csv_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        files.read_csv(body, "x")
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    "body",
    [b"", b"PK\x03\x04broken", zip_of(csv_of(DAYS))[:-30], zip_of(csv_of(DAYS), "readme.txt"), b"<html></html>"],
    ids=["empty", "no zip", "cut short", "another file", "page"],  # the bytes of a zip hold the time it was made
)
def test_a_broken_zip_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        files.read_zip(body, "x")
    assert caught.value.reason is Reason.BAD_ANSWER


def test_a_zip_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_UNZIPPED", 100)
    with pytest.raises(ProviderError) as caught:
        files.read_zip(zip_of(b"Date,USD,\n" + b"0" * 10_000), "x")
    assert "unzips" in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"A,B\n", b"CURRENCY,TIME_PERIOD,OBS_VALUE\nUSD,2026-Q1,1\n", b"CURRENCY,TIME_PERIOD,OBS_VALUE\nUSD\n"],
)
def test_wrong_sdmx_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        files.read_sdmx(body, "x")
    assert caught.value.reason is Reason.BAD_ANSWER


def test_four_columns_and_rows_of_nothing_are_enough() -> None:
    table = files.read_sdmx(
        b"FREQ,CURRENCY,TIME_PERIOD,OBS_VALUE\nD,USD,2025-05-07,1.1\nD,USD,2025-05-08,\n,,,\n\n", "x"
    )
    assert table.cross("EUR", "USD") == [(date(2025, 5, 7), 1.1)]


RATE = st.floats(1e-4, 1e5)
TABLE = st.dictionaries(st.sampled_from(["USD", "JPY", "GBP"]), RATE, min_size=3)


@given(TABLE)
def test_crosses_agree_with_each_other(rates: dict[str, float]) -> None:
    day = date(2026, 1, 2)
    table = RateTable({code: {day: rate} for code, rate in rates.items()})
    [(_, straight)], [(_, back)] = table.cross("USD", "JPY"), table.cross("JPY", "USD")
    assert math.isclose(straight * back, 1, rel_tol=1e-12)
    [(_, first)], [(_, second)] = table.cross("USD", "GBP"), table.cross("GBP", "JPY")
    assert math.isclose(first * second, straight, rel_tol=1e-12)
    assert decimals("USD", [straight]) >= 2


def test_files_in_every_form_hold_the_same_rates() -> None:
    tables = [
        files.read_xml(xml_of(DAYS), "x"),
        files.read_csv(csv_of(DAYS), "x"),
        files.read_zip(zip_of(csv_of(DAYS)), "x"),
        files.read_sdmx(sdmx_of(DAYS), "x"),
    ]
    assert all(table.cross("GBP", "USD") == tables[0].cross("GBP", "USD") != [] for table in tables)


@pytest.mark.skipif(not FOLDER.exists(), reason="no recordings here")
@pytest.mark.parametrize(
    ("name", "day", "usd"),
    [
        ("eurofxref_daily__2015-01-07.xml", date(2015, 1, 7), 1.1831),
        ("eurofxref_hist_90d__2019-11-29.xml", date(2019, 11, 29), 1.0982),
        ("eurofxref_hist__partial_2021-01.xml", date(2021, 6, 25), None),
        ("eurofxref_hist__empty.xml", None, None),
        ("eurofxref_csv__2026-04-13.csv", date(2026, 4, 13), 1.1684),
        ("data_api_exr_csv__D_all_EUR_2026-02.csv", date(2026, 3, 18), None),
    ],
)
def test_recordings_decode(name: str, day: date | None, usd: float | None) -> None:
    body = (FOLDER / name).read_bytes()
    read = files.read_xml if name.endswith("xml") else files.read_sdmx if "exr" in name else files.read_csv
    table = read(body, name)
    assert table.last_day == day
    if usd is not None:
        assert table.cross("EUR", "USD")[-1] == (day, usd)

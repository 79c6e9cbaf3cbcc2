"""Yahoo's answers in the forms its page documents but seldom sends: formatted numbers, prices below zero, no times."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace
from vendors.yahoo import NOW, wire_chart, wire_contract, wire_modules, wire_quote
from vendors.yahoo_stream import frame, message, plain, signed, single, text

from financehub_tui.clock import NANOS, ManualClock
from financehub_tui.errors import ProviderError
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.kit.http import Response
from financehub_tui.providers.yahoo import chart_wire, earnings, options, pricing, quote, summary, verdict

APPLE = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", exchange_code="US")
OIL = Instrument(asset_class=AssetClass.COMMODITY, symbol="CL1", kind=Kind.GENERIC_FUTURE)
TESCO = Instrument(
    asset_class=AssetClass.EQUITY, symbol="TSCO", venue="XLON", currency="GBP", unit=Unit.MINOR, exchange_code="LN"
)
OCC = "AAPL231215C00100000"


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def formatted(value: Any) -> dict[str, Any]:
    return {"raw": value, "fmt": str(value), "longFmt": str(value)}


def quoted(instrument: Instrument, **fields: Any) -> Quote | Missing:
    answer = {"quoteResponse": {"result": [wire_quote("X", **fields)], "error": None}}
    return quote.quote_of(quote.read_quotes(encoded(answer))["X"], instrument, NOW)


def chain(*contracts: Any, expiry: str = "", **fields: Any) -> Any:
    held = {"expirationDate": 1_702_598_400, "hasMiniOptions": False, "calls": list(contracts), "puts": []}
    result = {"underlyingSymbol": "AAPL", "expirationDates": [1_702_598_400], "options": [held]} | fields
    answer = {"optionChain": {"result": [result], "error": None}}
    return options.chain_of(options.read_options(encoded(answer)), APPLE, expiry, NOW)


def test_formatted_plain_and_written_numbers_are_the_same() -> None:
    plainly = quoted(APPLE)
    as_objects = {name: formatted(value) for name, value in wire_quote("X").items() if isinstance(value, int | float)}
    as_texts = {name: str(value) for name, value in wire_quote("X").items() if isinstance(value, int | float)}
    assert isinstance(plainly, Quote)
    assert quoted(APPLE, **as_objects) == plainly == quoted(APPLE, **as_texts)


@pytest.mark.parametrize("none", [None, {}, "Infinity", "NaN", {"raw": None, "fmt": None}, {"fmt": "-"}])
def test_a_number_that_is_none_is_no_number(none: Any) -> None:
    found = quoted(APPLE, bid=none, regularMarketVolume=none, marketCap=none, priceHint=none)
    assert isinstance(found, Quote) and found.last == 101.5
    assert (found.bid, found.bid_size, found.volume, found.market_cap, found.decimals) == (None,) * 5


def test_a_future_below_zero_keeps_its_prices() -> None:
    found = quoted(
        OIL, regularMarketPrice=-37.63, regularMarketDayLow=-40.32, regularMarketPreviousClose=18.27, bid=-38, ask=0
    )
    assert isinstance(found, Quote)
    assert (found.last, found.low, found.previous_close, found.bid, found.ask) == (-37.63, -40.32, 18.27, -38.0, None)


@pytest.mark.parametrize("code", ["GBp", "GBP"])
def test_pence_and_pounds_meet_in_the_unit_of_the_instrument(code: str) -> None:
    price = 280.5 if code == "GBp" else 2.805
    found = quoted(TESCO, currency=code, regularMarketPrice=price)
    assert isinstance(found, Quote) and found.last == 280.5


def test_without_a_currency_a_share_in_pounds_has_no_price_but_one_in_pence_has() -> None:
    doubtful = quoted(replace(TESCO, unit=Unit.CURRENCY), currency=None, regularMarketPrice=280.5)
    assert isinstance(doubtful, Missing) and "hundredths" in doubtful.detail
    found = quoted(TESCO, currency=None, regularMarketPrice=280.5)
    assert isinstance(found, Quote) and found.last == 280.5
    dollars = quoted(APPLE, currency=None)
    assert isinstance(dollars, Quote) and dollars.last == 101.5


@pytest.mark.parametrize("time", [10**18, -(10**18), 253_402_300_800])
def test_what_is_no_time_is_refused_with_its_field(time: int) -> None:
    found = quoted(APPLE, regularMarketTime=time)
    assert isinstance(found, Missing) and found.reason is Reason.BAD_ANSWER and "regularMarketTime" in found.detail
    with pytest.raises(ProviderError) as caught:
        chart_wire.read_chart(encoded(wire_chart([time], [1.0])))
    assert caught.value.reason is Reason.BAD_ANSWER and "timestamp" in caught.value.field
    with pytest.raises(ProviderError) as caught:
        chain(wire_contract(OCC, 100.0, expiration=time))
    assert caught.value.field == "expiration"
    modules = wire_modules(earningsHistory={"history": [{"epsActual": 1.0, "quarter": time}]})
    with pytest.raises(ProviderError) as caught:
        earnings.earnings_of(summary.read_modules(encoded(modules), earnings.EarningsModules), APPLE, NOW)
    assert caught.value.field == "quarter"
    with pytest.raises(ProviderError) as caught:
        pricing.read_message(
            message(text(1, "AAPL"), single(2, 1.0), signed(3, time * 1_000 if abs(time) < 10**18 else time)).encode()
        )
    assert caught.value.field == "time"


def test_a_chain_of_formatted_numbers() -> None:
    told = {name: formatted(value) for name, value in wire_contract(OCC, 100.0).items() if name in _NUMBERS}
    found = chain(wire_contract(OCC, 100.0) | told)
    assert found == chain(wire_contract(OCC, 100.0))
    assert (found.contracts[0].strike, found.contracts[0].expiry) == (100.0, "2023-12-15")
    bare = chain({"contractSymbol": OCC, "strike": 100, "expiration": 1_702_598_400}, quote=None)
    one = bare.contracts[0]
    assert (one.last, one.bid, one.volume, one.implied_volatility, bare.spot) == (None,) * 5
    with pytest.raises(ProviderError) as caught:
        chain(wire_contract(OCC, 100.0) | {"strike": {}})
    assert caught.value.field == "strike"


def test_a_chain_of_another_expiry_than_asked_is_refused() -> None:
    assert chain(wire_contract(OCC, 100.0), expiry="2023-12-15").expiry == "2023-12-15"
    later = wire_contract(OCC, 105.0) | {"expiration": 1_705_622_400}
    for wanted, contracts in (("2024-01-19", [wire_contract(OCC, 100.0)]), ("", [wire_contract(OCC, 100.0), later])):
        with pytest.raises(ProviderError, match="expires on") as caught:
            chain(*contracts, expiry=wanted)
        refused = caught.value
        assert (refused.reason, refused.field) == (Reason.BAD_ANSWER, "expiration")
        assert refused.endpoint == "v7/finance/options"


_NUMBERS = ("strike", "expiration", "lastPrice", "bid", "ask", "volume", "impliedVolatility", "lastTradeDate")


def test_only_a_page_says_that_the_service_is_down() -> None:
    judge = verdict.Verdict(ManualClock(NOW))

    def answer(body: bytes) -> Response:
        return Response(provider="yahoo", endpoint="x", status=200, headers={}, body=body, received_at=NOW)

    down = judge(answer(b"<html><title>Yahoo</title>Will be right back...</html>"))
    assert down is not None and down.reason is Reason.PROVIDER_ERROR
    assert judge(answer(b'{"news": [{"title": "Outage: service will be right back"}]}')) is None


def test_the_first_version_of_a_frame_may_end_with_a_line() -> None:
    bare = message(text(1, "AAPL"), single(2, 150.123), signed(27, 2))
    found = pricing.read_frame(f"{bare}\r\n".encode())
    assert found == pricing.read_frame(frame(text(1, "AAPL"), single(2, 150.123), signed(27, 2)).encode())
    assert found is not None and found.price == 150.12


@pytest.mark.parametrize("hint", [-3, 40, 2**62])
def test_a_hint_that_is_none_leaves_the_shortest_price(hint: int) -> None:
    found = pricing.read_message(message(text(1, "AAPL"), single(2, 150.123), signed(27, hint)).encode())
    assert (found.price, found.price_hint) == (150.123, None)


def test_a_hint_takes_no_price_away() -> None:
    found = pricing.read_message(message(text(1, "SHIB-USD"), single(2, 0.0000123), signed(27, 2)).encode())
    assert found.price == 0.0000123


def test_the_largest_numbers_of_the_stream_are_read() -> None:
    largest = 3.4028234663852886e38
    found = pricing.read_message(message(single(2, largest), plain(6, 2**64 - 1), signed(9, -(2**63))).encode())
    assert found.price == pytest.approx(largest) and found.day_volume == -(2**63) and found.quote_type == 2**64 - 1


@pytest.mark.parametrize(("span", "close"), [("1d", 100.0), (None, 100.0), ("", None), ("1y", None)])
def test_the_close_before_a_longer_chart_is_no_previous_close(span: str | None, close: float | None) -> None:
    meta = chart_wire.read_chart(encoded(wire_chart([1_699_972_200], [101.5], range=span))).meta
    assert quote.meta_quote(meta, APPLE, NOW, "why").previous_close == close
    own = chart_wire.read_chart(encoded(wire_chart([1_699_972_200], [101.5], range=span, previousClose=99.0))).meta
    assert quote.meta_quote(own, APPLE, NOW, "why").previous_close == 99.0


def test_a_quote_time_of_zero_counts_as_now() -> None:
    found = quoted(APPLE, regularMarketTime=None)
    assert isinstance(found, Quote) and found.time == NOW and NOW % NANOS == 0

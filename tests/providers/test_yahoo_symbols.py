"""Instruments to Yahoo tickers and back."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.market.master import load_master
from financehub_tui.providers.yahoo.listing import instrument_of
from financehub_tui.providers.yahoo.symbols import canonical, ticker
from financehub_tui.providers.yahoo.venues import VENUES, Venue


def equity(symbol: str, code: str, venue: str = "") -> Instrument:
    return Instrument(asset_class=AssetClass.EQUITY, symbol=symbol, exchange_code=code, venue=venue)


@pytest.mark.parametrize(
    ("instrument", "name"),
    [
        (equity("AAPL", "US", "XNAS"), "AAPL"),
        (equity("AAPL", "US"), "AAPL"),
        (equity("AAPL", "UW"), "AAPL"),
        (equity("BRK/B", "US", "XNYS"), "BRK-B"),
        (equity("BRK.B", "US", "XNYS"), "BRK-B"),
        (equity("BT.A", "LN", "XLON"), "BT-A.L"),
        (equity("VOD", "LN", "XLON"), "VOD.L"),
        (equity("BP/", "LN"), "BP.L"),
        (equity("BT/A", "LN"), "BT-A.L"),
        (equity("SAP", "GR"), "SAP.DE"),
        (equity("SAP", "GY", "XETR"), "SAP.DE"),
        (equity("SAP", "", "XETR"), "SAP.DE"),
        (equity("MC", "FP"), "MC.PA"),
        (equity("7203", "JP"), "7203.T"),
        (equity("7203", "JT", "XTKS"), "7203.T"),
        (equity("700", "HK"), "0700.HK"),
        (equity("RY", "CN"), "RY.TO"),
        (equity("RCI/B", "CN"), "RCI-B.TO"),
        (equity("6488", "TT", "ROCO"), "6488.TWO"),
        (equity("2330", "TT", "XTAI"), "2330.TW"),
        (equity("NPN", "SJ"), "NPN.JO"),
        (equity("TEVA", "IT"), "TEVA.TA"),
        (equity("X", "??"), None),
    ],
)
def test_shares_carry_the_suffix_of_their_exchange(instrument: Instrument, name: str | None) -> None:
    assert ticker(instrument) == name


@pytest.mark.parametrize(
    ("instrument", "name"),
    [
        (Instrument(asset_class=AssetClass.INDEX, symbol="SPX", kind=Kind.INDEX, unit=Unit.POINTS), "^GSPC"),
        (Instrument(asset_class=AssetClass.INDEX, symbol="NKY", currency="JPY", kind=Kind.INDEX), "^N225"),
        (Instrument(asset_class=AssetClass.INDEX, symbol="^FTSE", kind=Kind.INDEX), "^FTSE"),
        (Instrument(asset_class=AssetClass.INDEX, symbol="SHCOMP", kind=Kind.INDEX), "000001.SS"),
        (Instrument(asset_class=AssetClass.INDEX, symbol="UNHEARD", kind=Kind.INDEX), None),
        (Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD", base="EUR"), "EURUSD=X"),
        (Instrument(asset_class=AssetClass.CURRENCY, symbol="USDJPY", base="USD", currency="JPY"), "JPY=X"),
        (Instrument(asset_class=AssetClass.CURRENCY, symbol="EUR"), None),
        (Instrument(asset_class=AssetClass.COMMODITY, symbol="CL1", kind=Kind.GENERIC_FUTURE), "CL=F"),
        (Instrument(asset_class=AssetClass.COMMODITY, symbol="CO1", kind=Kind.GENERIC_FUTURE), "BZ=F"),
        (Instrument(asset_class=AssetClass.COMMODITY, symbol="C 1", kind=Kind.GENERIC_FUTURE), "ZC=F"),
        (Instrument(asset_class=AssetClass.INDEX, symbol="ES1", kind=Kind.GENERIC_FUTURE), "ES=F"),
        (Instrument(asset_class=AssetClass.COMMODITY, symbol="CL2", kind=Kind.GENERIC_FUTURE), None),
        (Instrument(asset_class=AssetClass.COMMODITY, symbol="CLZ6", kind=Kind.FUTURE), None),
        (Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", base="BTC", kind=Kind.SPOT), "BTC-USD"),
        (Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSD", base="BTC", venue="KRAKEN"), None),
        (Instrument(asset_class=AssetClass.CRYPTO, symbol="PEPEUSD", base="PEPE", kind=Kind.SPOT), "PEPE24478-USD"),
        (
            Instrument(asset_class=AssetClass.CRYPTO, symbol="UNI-USD", base="UNI", aliases={"yahoo": "UNI-USD"}),
            "UNI7083-USD",
        ),
        (Instrument(asset_class=AssetClass.CRYPTO, symbol="BTCUSDT", base="BTC", currency="USDT"), None),
        (
            Instrument(asset_class=AssetClass.GOVERNMENT, symbol="10Y", kind=Kind.YIELD, unit=Unit.PERCENT),
            "^TNX",
        ),
        (
            Instrument(asset_class=AssetClass.OPTION, symbol="AAPL  260116C00200000", kind=Kind.OPTION),
            "AAPL260116C00200000",
        ),
        (Instrument(asset_class=AssetClass.OPTION, symbol="AAPL something", kind=Kind.OPTION), None),
        (Instrument(asset_class=AssetClass.MACRO, symbol="CPIAUCSL", kind=Kind.SERIES), None),
        (Instrument(asset_class=AssetClass.MACRO, symbol="X", aliases={"yahoo": "WHAT.EVER"}), "WHAT.EVER"),
    ],
)
def test_other_classes_have_their_own_spelling(instrument: Instrument, name: str | None) -> None:
    assert ticker(instrument) == name


@pytest.mark.parametrize(
    ("name", "quote_type", "exchange", "display", "unit"),
    [
        ("AAPL", "EQUITY", "NMS", "AAPL US Equity", "USD"),
        ("BRK-B", "EQUITY", "NYQ", "BRK.B US Equity", "USD"),
        ("NTDOY", "EQUITY", "OID", "NTDOY US Equity", "USD"),
        ("BT-A.L", "EQUITY", "LSE", "BT.A LN Equity", "GBp"),
        ("SPY", "ETF", "PCX", "SPY US Equity", "USD"),
        ("VFINX", "MUTUALFUND", "NAS", "VFINX US Equity", "USD"),
        ("VOD.L", "EQUITY", "LSE", "VOD LN Equity", "GBp"),
        ("NPN.JO", "EQUITY", "JNB", "NPN SJ Equity", "ZAr"),
        ("0700.HK", "EQUITY", "HKG", "700 HK Equity", "HKD"),
        ("VOLV-B.ST", "EQUITY", "STO", "VOLVB SS Equity", "SEK"),
        ("VNM.VN", "EQUITY", "VSE", "VNM VN Equity", "VND"),
        ("EMAAR.AE", "EQUITY", "DFM", "EMAAR UH Equity", "AED"),
        ("JFC.PS", "EQUITY", "PHS", "JFC PM Equity", "PHP"),
        ("ECOPETROL.CL", "EQUITY", "BVC", "ECOPETROL CB Equity", "COP"),
        ("^GSPC", "INDEX", "SNP", "SPX Index", "pts"),
        ("^VXAPL", "INDEX", "WCB", "VXAPL Index", "pts"),
        ("^TNX", "INDEX", "CGI", "US10Y Govt", "%"),
        ("EURUSD=X", "CURRENCY", "CCY", "EURUSD Curncy", "USD"),
        ("JPY=X", "CURRENCY", "CCY", "USDJPY Curncy", "JPY"),
        ("BTC-EUR", "CRYPTOCURRENCY", "CCC", "BTCEUR Crypto", "EUR"),
        ("UNI7083-USD", "CRYPTOCURRENCY", "CCC", "UNIUSD Crypto", "USD"),
        ("ODD99999-USD", "CRYPTOCURRENCY", "CCC", "ODD99999USD Crypto", "USD"),
        ("CL=F", "FUTURE", "NYM", "CL1 Comdty", "USD"),
        ("ES=F", "FUTURE", "CME", "ES1 Index", "pts"),
        ("ZC=F", "FUTURE", "CBT", "C1 Comdty", "USd"),
        ("6E=F", "FUTURE", "CME", "EC1 Curncy", "USD"),
        ("AAPL260116C00200000", "OPTION", "OPR", "AAPL260116C00200000 Option", "USD"),
    ],
)
def test_a_ticker_becomes_the_instrument_it_names(
    name: str, quote_type: str, exchange: str, display: str, unit: str
) -> None:
    found = instrument_of(name, quote_type, exchange)
    assert found is not None
    assert (found.display, found.price_label) == (display, unit)
    assert found.aliases["yahoo"] == name and ticker(found) == name


@pytest.mark.parametrize(
    ("name", "quote_type", "exchange"),
    [
        ("AAPL", "NONE", "NMS"),
        ("AAPL", "EQUITY", "???"),
        ("A.ZZ", "EQUITY", "???"),
        ("LONG=X", "CURRENCY", "CCY"),
        ("BTC", "CRYPTOCURRENCY", "CCC"),
        ("UNI-USD", "CRYPTOCURRENCY", "CCC"),
        ("QQ=F", "FUTURE", "CME"),
        ("NOT-OCC", "OPTION", "OPR"),
    ],
)
def test_what_cannot_be_placed_is_left_out(name: str, quote_type: str, exchange: str) -> None:
    assert instrument_of(name, quote_type, exchange) is None


def test_the_currency_yahoo_states_wins_over_the_exchange() -> None:
    found = instrument_of("CSPX.L", "ETF", "LSE", "USD")
    assert found is not None and (found.currency, found.unit) == ("USD", Unit.CURRENCY)


@given(st.sampled_from([venue for venue in VENUES if venue.suffix not in ("ST", "CO", "HE", "IC")]), st.data())
def test_mapping_is_the_same_both_ways_without_the_alias(venue: Venue, data: st.DataObject) -> None:
    suffix = venue.suffix
    local = data.draw(st.from_regex(r"[A-Z]{1,5}(-[A-Z])?|[1-9][0-9]{3}", fullmatch=True))
    found = instrument_of(f"{local}.{suffix}", "EQUITY", "")
    assert found is not None
    assert ticker(msgspec.structs.replace(found, aliases={})) == f"{local}.{suffix}"


def test_one_spelling_of_dollar_pairs() -> None:
    assert canonical("usdjpy=x") == "JPY=X" and canonical("EURUSD=X") == "EURUSD=X"


_TYPES = {
    Kind.STOCK: "EQUITY",
    Kind.ETF: "ETF",
    Kind.INDEX: "INDEX",
    Kind.YIELD: "INDEX",
    Kind.GENERIC_FUTURE: "FUTURE",
    Kind.SPOT: "CURRENCY",
}
_CODES = {"XNAS": "NMS", "XNYS": "NYQ", "XASE": "ASE", "ARCX": "PCX", "BATS": "BTS", "OTCM": "PNK"}
_RENAMED = frozenset({"Equity:XNSE:INFO:INR:currency"})
"""Whose tickers at Bloomberg and at Yahoo have nothing in common."""
_JOINED = frozenset({"XCSE", "XSTO", "XHEL"})
"""Where a class is joined to its symbol, so that only the alias tells where it begins."""


def known() -> list[Instrument]:
    """What the bundled master says Yahoo carries, coins of a venue aside, whose average Yahoo gives."""
    found = [one for one in load_master().all() if "yahoo" in one.aliases and one.asset_class is not AssetClass.CRYPTO]
    return [one for one in found if one.key not in _RENAMED]


def test_what_yahoo_names_is_the_instrument_the_security_master_has() -> None:
    named = {one.key: (one, one.aliases["yahoo"]) for one in known() if one.kind in _TYPES}
    assert len(named) > 10_000
    for key, (one, name) in named.items():
        found = instrument_of(name, _TYPES[one.kind], _CODES.get(one.venue, ""))
        assert found is not None and found.key == key, name


def test_without_its_alias_an_instrument_has_the_same_ticker() -> None:
    for one in known():
        if one.venue not in _JOINED:
            assert ticker(replace(one, aliases={})) == one.aliases["yahoo"], one.key


def test_the_bundled_name_of_a_coin_is_yahoos_of_that_very_coin() -> None:
    coins = [one for one in load_master().all() if "yahoo" in one.aliases and one.asset_class is AssetClass.CRYPTO]
    assert len(coins) > 30
    for one in coins:
        assert one.aliases["yahoo"] == ticker(one), one.key

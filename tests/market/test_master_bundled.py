"""The bundled security master: what is in it and how it is looked up."""

from __future__ import annotations

import subprocess
import sys

import pytest

from financehub_tui.market.currencies import CURRENCIES, MAJORS
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit
from financehub_tui.market.master import SecurityMaster, load_master

GICS = {
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
}


@pytest.fixture(scope="module")
def master() -> SecurityMaster:
    return load_master()


def test_holds_what_the_workstation_promises(master: SecurityMaster) -> None:
    assert len(master) > 12_000
    assert len(master.members("sp500")) >= 500
    assert len(master.members("etfs")) >= 50
    assert len(master.members("world-indices")) >= 40
    assert len(master.members("fx-majors")) == 28
    assert len(master.members("crypto")) >= 100
    assert len({one.aliases["root"] for one in master.members("futures")}) >= 20
    assert {"US1M", "US2Y", "US10Y", "US30Y"} <= {one.symbol for one in master.members("treasuries")}


def test_every_key_is_unique_and_finds_its_instrument(master: SecurityMaster) -> None:
    everything = master.all()
    assert len({one.key for one in everything}) == len(everything)
    assert all(master.by_key(one.key) is one for one in everything)


def test_symbols_can_be_told_apart_on_a_command_line(master: SecurityMaster) -> None:
    seen = {}
    for one in master.all():
        assert not set(" ,;@") & set(one.symbol)
        place = one.venue if one.asset_class is AssetClass.CRYPTO else one.exchange_code
        assert seen.setdefault((one.asset_class, one.symbol, place), one) is one


def test_constituents_carry_sector_industry_venue_and_identifiers(master: SecurityMaster) -> None:
    members = master.members("sp500")
    assert {one.sector for one in members} == GICS
    assert all(one.industry and one.venue and one.aliases["cik"] for one in members)
    apple = master.exact("aapl")[0]
    assert (apple.name, apple.venue, apple.exchange_code) == ("Apple Inc.", "XNAS", "US")
    assert apple.aliases["cik"] == "0000320193"


def test_no_test_issues_and_no_warrants(master: SecurityMaster) -> None:
    names = [one.name.lower() for one in master.members("us-listings") if one.kind is Kind.STOCK]
    assert not [name for name in names if "test stock" in name or name.endswith((" warrant", " warrants"))]


def test_the_28_majors_follow_market_convention(master: SecurityMaster) -> None:
    symbols = {one.symbol for one in master.members("fx-majors")}
    assert {"EURUSD", "GBPUSD", "USDJPY", "AUDNZD", "CADJPY", "EURGBP"} <= symbols
    assert {one.base for one in master.members("fx-majors")} <= set(MAJORS)
    assert all(one.venue == "" and one.currency == one.symbol[3:] for one in master.members("fx-majors"))


def test_every_iso_currency_is_found_by_its_name(master: SecurityMaster) -> None:
    codes = {one.currency for one in master.members("fx")} | {one.base for one in master.members("fx")}
    assert codes == set(CURRENCIES)
    assert any(one.currency == "SEK" for one in master.suggest("swedish krona", 5))


def test_units_keep_pence_points_and_percent_apart(master: SecurityMaster) -> None:
    vodafone = master.exact("VOD", exchange_code="LN")[0]
    assert (vodafone.unit, vodafone.price_label) == (Unit.MINOR, "GBp")
    assert master.exact("SPX", asset_class=AssetClass.INDEX)[0].unit is Unit.POINTS
    assert master.exact("US10Y")[0].unit is Unit.PERCENT
    assert master.exact("C1", asset_class=AssetClass.COMMODITY)[0].unit is Unit.MINOR


def test_an_ambiguous_ticker_gives_every_listing(master: SecurityMaster) -> None:
    assert {one.exchange_code for one in master.exact("VOD")} == {"US", "LN"}
    assert [one.venue for one in master.exact("VOD", exchange_code="UW")] == ["XNAS"]
    assert [one.currency for one in master.exact("VOD", venue="xlon")] == ["GBP"]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("^GSPC", "Index::SPX:USD:points"),
        ("CL=F", "Comdty:XNYM:CL1:USD:currency"),
        ("brk/b", "Equity:XNYS:BRK.B:USD:currency"),
        ("BRK-B", "Equity:XNYS:BRK.B:USD:currency"),
        ("BTC/USDT", "Crypto:BINANCE:BTCUSDT:USDT:currency"),
        ("BTCUSD", "Crypto:COINBASE:BTC-USD:USD:currency"),
        ("XBTUSD", "Crypto:COINBASE:BTC-USD:USD:currency"),
        ("EUR/USD", "Curncy::EURUSD:USD:currency"),
        ("7203.T", "Equity:XTKS:7203:JPY:currency"),
    ],
)
def test_other_spellings_mean_the_same_instrument(master: SecurityMaster, typed: str, key: str) -> None:
    assert master.exact(typed)[0].key == key


def test_a_base_alone_means_its_pair_only_where_the_sector_is_said(master: SecurityMaster) -> None:
    assert [one.symbol for one in master.exact("EUR", asset_class=AssetClass.CURRENCY)] == ["EURUSD"]
    assert [one.symbol for one in master.exact("JPY", asset_class=AssetClass.CURRENCY)] == ["USDJPY"]
    assert master.exact("ETH", asset_class=AssetClass.CRYPTO)[0].symbol == "ETHUSDT"
    assert master.exact("SEK") == []


@pytest.mark.parametrize("typed", ["", "   ", "NOSUCHTICKER", "BRKB", "AAPL US", "[/]", "💰", "EURUSD\x00"])
def test_what_is_not_there_is_not_guessed(master: SecurityMaster, typed: str) -> None:
    assert master.exact(typed) == []


def test_by_alias_and_groups(master: SecurityMaster) -> None:
    nikkei = master.by_alias("yahoo", "^n225")
    assert nikkei is not None
    assert nikkei.symbol == "NKY"
    assert master.by_alias("yahoo", "nothing") is None
    assert master.by_alias("nothing", "AAPL") is None
    assert master.members("nothing") == []
    assert {"sp500", "fx", "commodities", "index-futures"} <= set(master.groups())


def test_in_2018_tickers_mean_the_companies_of_then() -> None:
    now, then = load_master(), load_master("2018")
    assert now.exact("FB")[0].kind is Kind.ETF
    assert then.exact("FB")[0].name.startswith("Facebook")
    assert len(then.exact("FB")) == 1
    assert len(then.members("sp500")) == 505
    assert all(one.sector in GICS and one.name for one in then.members("sp500"))
    assert {"FB", "TWX", "GE", "MON"} <= {one.symbol for one in then.members("sp500")}


def test_learns_new_instruments_once_and_finds_them() -> None:
    master = load_master()
    master.warm()
    new = Instrument(
        asset_class=AssetClass.EQUITY,
        symbol="ZZTOP",
        venue="XTST",
        name="Sharp Dressed Holdings",
        aliases={"isin": "X9"},
    )
    assert master.by_alias("isin", "X9") is None
    assert master.add([new, new, master.exact("AAPL")[0]]) == 1
    assert master.add([new]) == 0
    assert master.exact("zztop") == [new]
    assert master.suggest("sharp dr", 3) == [new]
    assert master.by_alias("isin", "x9") == new
    assert master.by_key(new.key) == new


def test_looking_up_one_symbol_decodes_one_record() -> None:
    master = load_master()
    assert master.exact("AAPL")
    decoded = [record for record in master._records if isinstance(record, Instrument)]
    assert len(decoded) == 1


def test_importing_and_looking_up_loads_nothing_heavy() -> None:
    code = (
        "import sys; from financehub_tui.market.master import load_master; load_master().exact('AAPL');"
        "print([m for m in ('polars', 'numpy', 'rapidfuzz', 'duckdb', 'textual', 'rich', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

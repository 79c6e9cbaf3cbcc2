"""Every row and rule of the grammar by example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from financehub_tui.commands.context import ParseContext, Showing
from financehub_tui.commands.grammar import CANCEL, parse
from financehub_tui.commands.printing import line_of
from financehub_tui.commands.spec import Call, Period
from financehub_tui.errors import CommandError
from financehub_tui.market.bars import Interval
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.master import load_master

Read = Callable[[str], Call]


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("AAPL", "AAPL US Equity DES"),
        ("AAPL US Equity GP 6M D SMA50 RSI14", "AAPL US Equity GP 6M D SMA50 RSI14"),
        ("GP AAPL", "AAPL US Equity GP"),
        ("AAPL GP", "AAPL US Equity GP"),
        ("AAPL <GO>", "AAPL US Equity DES"),
        ("aapl gp go", "AAPL US Equity GP"),
        ("AAPL <EQUITY>GP<GO>", "AAPL US Equity GP"),
        ("AAPL <eq> gpo <Go>", "AAPL US Equity GPC"),
        ("VOD LN", "VOD LN Equity DES"),
        ("VOD.L", "VOD LN Equity DES"),
        ("SAP GR", "SAP GR Equity DES"),
        ("SAP GY", "SAP GR Equity DES"),
        ("SAP.DE", "SAP GR Equity DES"),
        ("700 HK", "700 HK Equity DES"),
        ("0700.HK", "700 HK Equity DES"),
        ("7203 JP Equity", "7203 JP Equity DES"),
        ("7203.T", "7203 JP Equity DES"),
        ("MC FP", "MC FP Equity DES"),
        ("BRK/B", "BRK/B US Equity DES"),
        ("BRK.B", "BRK/B US Equity DES"),
        ("BRK-B US Equity", "BRK/B US Equity DES"),
        ("AAPL@XNAS", "AAPL US Equity DES"),
        ("AAPL UW", "AAPL US Equity DES"),
        ("EURUSD Curncy", "EURUSD Curncy DES"),
        ("EURUSD", "EURUSD Curncy DES"),
        ("EUR/USD", "EURUSD Curncy DES"),
        ("EURUSD=X", "EURUSD Curncy DES"),
        ("EUR CUR", "EURUSD Curncy DES"),
        ("JPY FX", "USDJPY Curncy DES"),
        ("SEKNOK", "SEKNOK Curncy DES"),
        ("BTCUSDT", "BTCUSDT@BINANCE Crypto DES"),
        ("BTC-USD", "BTCUSD@COINBASE Crypto DES"),
        ("BTC/USDT", "BTCUSDT@BINANCE Crypto DES"),
        ("BTC CRY", "BTCUSD@COINBASE Crypto DES"),
        ("XBTUSD Curncy", "BTCUSD@COINBASE Crypto DES"),
        ("BTCUSDT@BINANCE", "BTCUSDT@BINANCE Crypto DES"),
        ("btcusdt @kraken crypto", "BTCUSDT@KRAKEN Crypto DES"),
        ("DOT CRY", "DOTUSD Crypto DES"),
        ("DOTUSD", "DOTUSD Crypto DES"),
        ("ES=F", "ES1 Index DES"),
        ("DOGEUSDT", "DOGEUSDT Crypto DES"),
        ("SPX Index", "SPX Index DES"),
        ("^GSPC", "SPX Index DES"),
        ("SPX IDX", "SPX Index DES"),
        ("NKY Index", "NKY Index DES"),
        ("CL1 Comdty", "CL1 Comdty DES"),
        ("CLZ6 Comdty", "CLZ6 Comdty DES"),
        ("CL=F", "CL1 Comdty DES"),
        ("CL2 CMD", "CL2 Comdty DES"),
        ("HGZ26 Comdty", "HGZ26 Comdty DES"),
        ("ESZ6 Index", "ESZ6 Index DES"),
        ("AAPL 260116 C 200", "AAPL260116C00200000 Option DES"),
        ("AAPL 260116 C200 GP", "AAPL260116C00200000 Option GP"),
        ("AAPL260116C00200000", "AAPL260116C00200000 Option DES"),
        ("AAPL  260116C00200000", "AAPL260116C00200000 Option DES"),
        ("AAPL US 01/16/26 C200 Equity", "AAPL260116C00200000 Option DES"),
        ("AAPL 1/16/2026 P 187.5", "AAPL260116P00187500 Option DES"),
        ("US10Y Govt", "US10Y Govt DES"),
        ("10Y GOV", "US10Y Govt DES"),
        ("DE2Y Govt", "DE2Y Govt DES"),
        ("FRED:DGS10", "FRED:DGS10 DES"),
        ("ECST FRED:CPIAUCSL", "FRED:CPIAUCSL ECST"),
        ("AAPL,MSFT,NVDA COMP YTD", "AAPL US Equity,MSFT US Equity,NVDA US Equity COMP YTD"),
        ("AAPL, VOD LN ,MSFT US Equity COMP", "AAPL US Equity,VOD LN Equity,MSFT US Equity COMP"),
        ("COMP AAPL MSFT YTD", "AAPL US Equity,MSFT US Equity COMP YTD"),
        ("@tech CORR 90", "@tech CORR 90"),
        ("CORR @TECH 90", "@tech CORR 90"),
        ("WEI @tech", "@tech WEI"),
        ("AAPL WEI US", "AAPL US Equity WEI US"),
        ("WEI AAPL US Equity", "AAPL US Equity WEI"),
        ("@core-2", "@Core-2 MON"),
        ("AAPL,MSFT", "AAPL US Equity,MSFT US Equity MON"),
        ("2:NVDA GIP 5", "2:NVDA US Equity GIP 5"),
        ("12: nvda", "12:NVDA US Equity DES"),
        ("B:MSFT", "B:MSFT US Equity DES"),
        ("b:FRED:DGS10", "B:FRED:DGS10 DES"),
        ("ALRT AAPL LAST > 200 AND RSI14 < 70 once", "AAPL US Equity ALRT LAST > 200 AND RSI14 < 70 once"),
        ("RUN my;", "RUN my"),
        ("7", "7"),
        ("007 <GO>", "7"),
        ("2:7", "2:7"),
        ("$W", "W US Equity DES"),
        ("W US Equity", "W US Equity DES"),
        ("W US", "W US Equity DES"),
        ("W,AAPL MON", "W US Equity,AAPL US Equity MON"),
        ("CF 260116 C 80", "CF260116C00080000 Option DES"),
        ("W", "W"),
        ("W NEW energy, Europe", "W NEW energy, Europe"),
        ("GP $W", "W US Equity GP"),
        ("GP W US Equity W", "W US Equity GP W"),
        ("RY CN", "RY CN Equity DES"),
        ("AAPL CN", "AAPL US Equity CN"),
        ("AAPL CN Equity", "AAPL CN Equity DES"),
        ("WEI US", "WEI US"),
        ("ZZZZ US Equity", "ZZZZ US Equity DES"),
        ("ZZZZ LN EQ", "ZZZZ LN Equity DES"),
        ("$ZZZZ", "ZZZZ US Equity DES"),
        ("EQUITY", "MENU Equity"),
        ("<crypto> <go>", "MENU Crypto"),
        (".e", "MENU Equity"),
        (".x", "MENU Crypto"),
        ("MENU cmdty", "MENU Comdty"),
        ("CANCEL", "CANCEL"),
        ("<CANCEL>", "CANCEL"),
        ("?", "HELP"),
        ("GP ?", "GP ?"),
        ("AAPL GP 6M ? <GO>", "AAPL US Equity GP 6M ?"),
        ("HELP gp", "HELP gp"),
        ("SECF crypto", "SECF crypto"),
        ("AAPL GP cur=EUR log", "AAPL US Equity GP LOG cur=EUR"),
        ("AAPL GP 2020-01-01.. w", "AAPL US Equity GP 2020-01-01.. W"),
        ("AAPL GP 2020-1-1..2020-06-30", "AAPL US Equity GP 2020-01-01..2020-06-30"),
        ("AAPL GP macd BB20,2.5 boll10 MACD(12,26,9)", "AAPL US Equity GP MACD BB20,2.5 BB10 MACD12,26,9"),
        ("MON cols=last,volume", "MON cols=last,volume"),
        ("CORR AAPL,MSFT 0.50 -3", "AAPL US Equity,MSFT US Equity CORR 0.5 -3"),
    ],
)
def test_a_line_means(typed: str, canonical: str, read: Read) -> None:
    call = read(typed)
    assert line_of(call) == canonical
    assert read(canonical) == call


def test_load_then_chart_one_year(context: ParseContext, read: Read) -> None:
    loaded = read("AAPL").security
    call = parse("GP 1Y", replace(context, loaded=loaded, current="DES")).calls[0]
    assert (call.mnemonic, call.security, call.period) == ("GP", loaded, Period("1Y"))


def test_a_chain_gives_calls_in_order(context: ParseContext) -> None:
    calls = parse("ASOF 2024-08-05 09:35 NY ; WEI", context).calls
    assert [line_of(call) for call in calls] == ["ASOF 2024-08-05 09:35 NY", "WEI"]


def test_a_chain_loads_as_it_goes(context: ParseContext) -> None:
    calls = parse("AAPL ; GP 1Y ; 2:MSFT HP ; 2:GP ; FA;", context).calls
    assert [line_of(call) for call in calls] == [
        "AAPL US Equity DES",
        "AAPL US Equity GP 1Y",
        "2:MSFT US Equity HP",
        "2:MSFT US Equity GP",
        "AAPL US Equity FA",
    ]


def test_function_alone_uses_the_loaded_security_of_its_pane(context: ParseContext, read: Read) -> None:
    apple, sap = read("AAPL").security, read("SAP GR").security
    panes = replace(context, loaded=apple, panes={"2": Showing(sap, "GP"), "B": Showing()})
    assert parse("GP", panes).calls[0].security == apple
    assert parse("2:GP", panes).calls[0].security == sap
    assert parse("3:GP", panes).calls[0].security == apple
    assert parse("B:GP", panes).calls[0].security is None


def test_function_alone_with_nothing_loaded_asks(read: Read) -> None:
    assert read("GP") == Call(mnemonic="GP")


def test_a_function_about_several_does_not_take_the_loaded_one(context: ParseContext, aapl: Instrument) -> None:
    assert parse("MON", replace(context, loaded=aapl)).calls[0].securities == ()


def test_security_alone_reloads_the_current_function_where_it_suits(context: ParseContext) -> None:
    analysis = replace(context, current="FA")
    assert parse("MSFT", analysis).calls[0].mnemonic == "FA"
    assert parse("EURUSD", analysis).calls[0].mnemonic == "DES"
    assert parse("MSFT", replace(context, current="WEI")).calls[0].mnemonic == "DES"
    assert parse("MSFT", replace(context, current="GONE")).calls[0].mnemonic == "DES"
    assert line_of(parse("MSFT 6M", replace(context, current="GP")).calls[0]) == "MSFT US Equity GP 6M"
    assert parse("AAPL,MSFT", replace(context, current="COMP")).calls[0].mnemonic == "COMP"


def test_tails_alone_go_to_the_current_function(context: ParseContext, aapl: Instrument) -> None:
    reading = parse("6M SMA50", replace(context, current="GP", loaded=aapl))
    assert line_of(reading.calls[0]) == "AAPL US Equity GP 6M SMA50"
    assert reading.note == "6M = tail of GP"


def test_tails_give_typed_values(read: Read) -> None:
    call = read("AAPL GP 2020-01-01..2020-06-30 1h sma50 raw axis=Left")
    assert call.period == Period("2020-01-01..2020-06-30")
    assert call.interval is Interval.H1
    assert (call.studies, call.words, call.options) == (("SMA50",), ("RAW",), (("axis", "Left"),))
    assert read("GIP AAPL 5").numbers == (5.0,)


@pytest.mark.parametrize(
    ("word", "interval"),
    [("1m", "1m"), ("5m", "5m"), ("15m", "15m"), ("1h", "1h"), ("1H", "1h"), ("D", "D"), ("w", "W"), ("M", "M")],
)
def test_intervals(word: str, interval: str, read: Read) -> None:
    assert read(f"AAPL GP {word}").interval == Interval(interval)


@pytest.mark.parametrize("word", ["1D", "5D", "3M", "1Y", "YTD", "MAX", "ytd", "1y", "52W"])
def test_periods(word: str, read: Read) -> None:
    assert read(f"AAPL GP {word}").period == Period(word.upper())


def test_small_m_is_minutes_and_large_m_is_months(read: Read) -> None:
    assert read("AAPL GP 1m").interval is Interval.M1
    assert read("AAPL GP 1M").period == Period("1M")
    with pytest.raises(CommandError, match="small m is minutes") as caught:
        read("AAPL GP 6m")
    assert "6M" in caught.value.hint


def test_a_known_contract_month_takes_what_is_known_of_its_root(read: Read) -> None:
    contract = read("CLZ6 Comdty").security
    assert contract is not None
    assert (contract.venue, contract.kind.value, contract.name) == ("XNYM", "future", "CL1, December 2026")


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("CL1 Comdty", "WTI Crude Oil future, generic 1"),
        ("CL9 Comdty", "WTI Crude Oil future, generic 9"),
        ("CLZ6 Comdty", "WTI Crude Oil future, December 2026"),
        ("CLF26 Comdty", "WTI Crude Oil future, January 2026"),
        ("CLH8 Comdty", "WTI Crude Oil future, March 2018"),
        ("CLZ99 Comdty", "WTI Crude Oil future, December 2099"),
        ("ESZ6 Index", "E-mini S&P 500 future, December 2026"),
    ],
)
def test_a_contract_is_named_by_its_month_and_a_generic_one_by_its_place(
    symbol: str, name: str, context: ParseContext
) -> None:
    contract = parse(symbol, replace(context, index=load_master())).calls[0].security
    assert contract is not None and contract.name == name


def test_units_and_quote_assets_are_kept(read: Read) -> None:
    london, tether, made = read("VOD LN").security, read("BTCUSDT").security, read("ZZZZ LN Equity").security
    assert london and tether and made
    assert london.price_label == "GBp"
    assert tether.currency == "USDT"
    assert (made.price_label, made.venue) == ("GBp", "XLON")


def test_cancel_is_its_own_call(read: Read) -> None:
    assert read("cancel") == Call(mnemonic=CANCEL)


def test_displayed_names_are_read_back(context: ParseContext, read: Read, index: object) -> None:
    for instrument in index.instruments:
        if instrument.symbol != "BTCUSDT":
            assert read(instrument.display).security == instrument

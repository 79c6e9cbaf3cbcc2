"""Lines with two readings: which is taken, how that is said, and how to get the other."""

from __future__ import annotations

from dataclasses import replace

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.grammar import parse
from financehub_tui.commands.printing import line_of
from financehub_tui.market.instrument import Instrument


def canonical(line: str, context: ParseContext) -> str:
    return line_of(parse(line, context).calls[0])


def test_a_mnemonic_that_is_a_ticker_is_the_function_and_says_so(context: ParseContext) -> None:
    reading = parse("W", context)
    assert reading.calls[0].mnemonic == "W"
    assert reading.note == "W = function Worksheet; $W for Wayfair Inc."
    assert reading.alternatives == ("$W",)
    assert canonical("$W", context) == "W US Equity DES"


def test_no_other_reading_is_offered_where_it_would_mean_nothing(context: ParseContext) -> None:
    reading = parse("GP AAPL", context)
    assert (reading.note, reading.alternatives) == ("", ())


def test_ambiguous_ticker_goes_to_the_home_exchange(context: ParseContext) -> None:
    at_home = parse("VOD GP", context)
    assert line_of(at_home.calls[0]) == "VOD US Equity GP"
    assert at_home.note == "VOD → VOD US Equity"
    assert at_home.alternatives == ("VOD LN Equity GP",)
    british = parse("VOD", replace(context, home_exchange="LN"))
    assert line_of(british.calls[0]) == "VOD LN Equity DES"
    assert british.note == "VOD → VOD LN Equity"


def test_an_exchange_leaves_no_doubt(context: ParseContext) -> None:
    assert parse("VOD LN", context).note == ""


def test_a_coin_that_is_also_a_ticker_offers_the_coin(context: ParseContext) -> None:
    reading = parse("BTC", context)
    assert line_of(reading.calls[0]) == "BTC US Equity DES"
    assert "BTCUSDT@BINANCE Crypto" in reading.alternatives


def test_a_pair_on_several_venues_offers_the_others(context: ParseContext) -> None:
    reading = parse("BTCUSDT GP", context)
    assert reading.note == "BTCUSDT → BTCUSDT@BINANCE Crypto"
    assert reading.alternatives == ("BTCUSDT@KRAKEN Crypto GP",)


def test_a_tail_that_is_a_ticker_is_the_tail_once_a_security_is_there(context: ParseContext, aapl: Instrument) -> None:
    loaded = replace(context, loaded=aapl)
    reading = parse("GP W", loaded)
    assert line_of(reading.calls[0]) == "AAPL US Equity GP W"
    assert "$W for Wayfair" in reading.note
    assert "GP $W" in reading.alternatives
    assert canonical("GP $W", loaded) == "W US Equity GP"
    assert canonical("GP W", context) == "W US Equity GP"


def test_alternatives_of_a_chain_are_whole_lines(context: ParseContext) -> None:
    reading = parse("AAPL ; VOD GP", context)
    assert reading.alternatives == ("AAPL ; VOD LN Equity GP",)


def test_an_exchange_code_that_is_a_function_is_said_to_be_the_exchange(context: ParseContext) -> None:
    reading = parse("RY CN", context)
    assert line_of(reading.calls[0]) == "RY CN Equity DES"
    assert reading.note == "CN = Canada; RY Equity CN for Company news"
    assert reading.alternatives == ("RY Equity CN",)
    assert canonical("RY Equity CN", context) == "RY CN Equity CN"
    assert parse("RY CN Equity", context).note == ""


def test_six_iso_letters_are_currencies_before_anything_else(context: ParseContext) -> None:
    assert canonical("EURUSD", context) == "EURUSD Curncy DES"
    assert canonical("EURUSD US Equity", context) == "EURUSD US Equity DES"


def test_every_alternative_is_a_line_that_is_understood(context: ParseContext) -> None:
    for line in ("W", "VOD", "BTC", "BTCUSDT GP 6M", "BTC CRY", "GP ?", "VOD,BTC COMP YTD", "CN"):
        for other in parse(line, context).alternatives if line != "CN" else ():
            assert parse(other, context).calls

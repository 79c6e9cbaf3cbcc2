"""Bad input: one clear line, a hint, suggestions, and never another instrument."""

from __future__ import annotations

from dataclasses import replace

import pytest

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.grammar import parse
from financehub_tui.commands.registry import Registry
from financehub_tui.errors import CommandError
from financehub_tui.market.instrument import Instrument


def refusal(line: str, context: ParseContext) -> CommandError:
    with pytest.raises(CommandError) as caught:
        parse(line, context)
    message = str(caught.value)
    assert message
    assert len(message) < 200
    assert message.isprintable()
    assert caught.value.hint.isprintable()
    return caught.value


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "Nothing was typed"),
        ("  ;; ; ", "Nothing was typed"),
        ("GO", "Nothing was typed"),
        ("2:", "Nothing was typed"),
        ("AAAPL", "'AAAPL' is no function and no security"),
        ("AAPL GPX", "'GPX' is no function, and DES takes no such tail"),
        ("AAPL MSFT", "'MSFT' stands where a function should"),
        ("GP AAPL 7Z", "GP: '7Z' is no security and no tail"),
        ("HP AAPL DES", "which is a function of its own"),
        ("HP AAPL 5", "HP takes no '5'"),
        ("GP AAPL 2023-02-30..", "'2023-02-30' is not a day of the calendar"),
        ("GP AAPL 2023-13-01..2024-01-01", "is not a day of the calendar"),
        ("GP AAPL 2024-01-01..2023-01-01", "ends before it begins"),
        ("GP AAPL 2002002002020-01-01..", "is not a day of the calendar"),
        ("GP AAPL 1850-01-01..", "not a day from 1900 on"),
        ("GP AAPL 2024-01-01", "is one day, not a period"),
        ("GP AAPL 0D", "'0D' is no period"),
        ("GP AAPL 999Y", "'999Y' is no period"),
        ("GP AAPL 6M 1Y", "There are two periods"),
        ("GP AAPL D W", "There are two bar lengths"),
        ("GP AAPL cur=EUR cur=USD", "There are two values for cur"),
        ("GP AAPL cur=", "cur= has no value"),
        ("GP AAPL SMA0", "SMA: period is a whole number from 2"),
        ("GP AAPL RSI14,3", "RSI takes 1 numbers"),
        ("GP AAPL MACD26,12,9", "the fast period must be below the slow one"),
        ("AAPL 260230 C 200", "'260230' is not a day of the calendar"),
        ("AAPL 02/30/26 C200", "is not a day of the calendar"),
        ("AAPL 1/16/1999 C200", "is not a day of the calendar"),
        ("AAPL 260116 C 0", "strike is above zero"),
        ("VOD LN 01/16/26 C200 Equity", "US exchanges only"),
        ("ZZZQ 260116 C 200", "There is no security 'ZZZQ' with options"),
        ("ZZZZ LN", "There is no security 'ZZZZ LN'"),
        ("USDUSD", "a currency against itself"),
        ("FOOO CRY", "There is no security 'FOOO CRY'"),
        ("FOOUSD@BINACE", "There is no venue 'BINACE'"),
        ("US10Y@XNAS Govt", "There is no security 'US10Y@XNAS Govt'"),
        ("EURUSD@KRAKEN Curncy", "There is no security"),
        ("SPX@XLON Index", "There is no security"),
        ("EURUSD LN Curncy", "an exchange code goes with Equity only"),
        ("XBTUSD@FOO Curncy", "There is no venue 'FOO'"),
        ("BTCGBP@XNAS Crypto", "There is no security"),
        ("FREDD:DGS10", "There is no series source 'FREDD'"),
        ("FRED:", "names no series"),
        ("A,,B MON", "empty place in the list"),
        ("AAPL, MON ,", "empty place in the list"),
        (", MON", "empty place in the list"),
        ("$ GP", "names no ticker"),
        ("@ MON", "names no list"),
        ("@teck MON", "There is no list '@teck'"),
        ("@tech,AAPL MON", "A list stands alone"),
        ("AAPL,@tech MON", "A list stands alone"),
        ("@tech GP", "GP is about one security, not @tech"),
        ("AAPL,MSFT FA", "FA is about one security, not 2 securities"),
        ("EURUSD FA", "FA does not suit EURUSD Curncy"),
        ("AAPL Mtge", "Mtge securities have no data source"),
        ("MUNI", "Muni securities have no data source"),
        ("IBM Corp", "There is no security 'IBM Corp'"),
        ("GOLD Comdty", "There is no security 'GOLD Comdty'"),
        ("0", "There is no item '0'"),
        ("9999999", "There is no item"),
        ("13:AAPL", "There is no pane 13"),
        ("0:AAPL", "There is no pane 0"),
        ("🚀", "'🚀' is no function and no security"),
        ("مرحبا", "is no function and no security"),
        ("[/]", "'[/]' is no function and no security"),
        ("AAPL GP [bold]", "'[bold]'"),
        ("ſap", "'ſap' is no function and no security"),
        ("AAPL\x1b[31m GP", "invisible character \\x1b at place 5"),
        ("AAPL\u202e GP", "invisible character \\u202e"),
        ("AAPL\nGP", "invisible character \\n"),
        ("AAPL\ud800", "invisible character \\ud800"),
    ],
)
def test_a_bad_line_is_refused_in_one_clear_line(line: str, message: str, context: ParseContext) -> None:
    assert message in str(refusal(line, context))


def test_a_line_of_ten_thousand_characters_is_refused_shortly(context: ParseContext) -> None:
    error = refusal("A" * 10_000, context)
    assert "10,000 characters" in str(error)
    assert len(str(error)) < 150


def test_tabs_count_as_blanks(context: ParseContext) -> None:
    assert parse("\tAAPL\tGP\t\r\n", context).calls == parse("AAPL GP", context).calls


def test_a_second_security_in_place_of_a_function_may_have_been_either(context: ParseContext) -> None:
    error = refusal("AAPL MSFT", context)
    assert error.suggestions == ("AAPL US Equity,MSFT US Equity",)
    assert error.hint == "Did you mean AAPL US Equity,MSFT US Equity?"


def test_unknown_words_get_suggestions_and_nothing_is_taken(context: ParseContext) -> None:
    error = refusal("AAPPL", context)
    assert "AAPL US Equity" in error.suggestions
    assert "Did you mean" in error.hint
    assert "AAPL US Equity GPC" in refusal("AAPL GPX", context).suggestions
    assert refusal("ESZ6", context).hint.startswith("Did you mean ESZ6 Index")
    assert refusal("CL2", context).suggestions[0] == "CL2 Comdty"
    assert refusal("@teck", context).suggestions == ("@tech",)
    assert refusal("BTCUSDT@BINANSE", context).suggestions[0] == "BINANCE"
    assert refusal("AAPL GP cuur=EUR", context).suggestions
    assert refusal("AAPL MSFT", context).suggestions == ("AAPL US Equity,MSFT US Equity",)
    assert refusal("HP AAPL DES", context).suggestions == ("HP ; DES",)
    assert refusal("EURUSD FA", context).suggestions == ("EURUSD Curncy DES",)


def test_a_loaded_security_that_does_not_suit_is_named(context: ParseContext, index: object) -> None:
    loaded: Instrument = index.exact("EURUSD")[0]
    assert "FA does not suit EURUSD Curncy" in str(refusal("FA", replace(context, loaded=loaded)))


def test_separators_are_not_dropped_from_a_ticker(context: ParseContext) -> None:
    assert "AA.PL" in str(refusal("AA.PL", context))


def test_words_of_the_line_need_their_functions(context: ParseContext) -> None:
    bare = replace(context, registry=Registry(()))
    for line in ("?", "EQUITY", "AAPL", "@tech"):
        assert "There is no function" in str(refusal(line, bare))


def test_a_line_too_long_in_full_is_refused(context: ParseContext) -> None:
    assert "Written in full" in str(refusal("MON " + ",".join(["W"] * 300), context))
    assert parse("MON " + ",".join(["W"] * 100), context).calls[0].securities

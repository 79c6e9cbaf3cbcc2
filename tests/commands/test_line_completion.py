"""The drop-down: groups, the lines they insert, the order inside a group."""

from __future__ import annotations

from dataclasses import replace

from financehub_tui.commands.completion import PER_GROUP, Group, Suggestion, complete
from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.grammar import parse
from financehub_tui.commands.history import History

PAST = History(["AAPL US Equity GP 6M", "WEI", "VOD LN DES"])


def found(text: str, context: ParseContext, group: Group) -> list[Suggestion]:
    return [one for one in complete(text, context, PAST) if one.group is group]


def lines(text: str, context: ParseContext, group: Group) -> list[str]:
    return [one.line for one in found(text, context, group)]


def test_groups_come_in_order_with_names(context: ParseContext) -> None:
    suggestions = complete("W", context, PAST)
    assert [one.group for one in suggestions] == sorted(
        (one.group for one in suggestions), key=lambda group: list(Group).index(group)
    )
    assert {Group.FUNCTIONS, Group.SECURITIES, Group.HISTORY} <= {one.group for one in suggestions}
    function, security = found("W", context, Group.FUNCTIONS)[0], found("W", context, Group.SECURITIES)[0]
    assert (function.label, function.detail, function.line) == ("W", "Worksheet", "W ")
    assert (security.label, security.detail, security.line) == ("W US Equity", "Wayfair Inc.", "W US Equity ")


def test_functions_by_beginning_exact_first_then_by_title(context: ParseContext) -> None:
    assert lines("GP", context, Group.FUNCTIONS) == ["GP ", "GPC "]
    assert lines("gpo", context, Group.FUNCTIONS) == ["GPC "]
    assert "GPC " in lines("candle", context, Group.FUNCTIONS)


def test_after_a_security_come_functions_that_suit_it(context: ParseContext) -> None:
    assert "AAPL FA " in lines("AAPL F", context, Group.FUNCTIONS)
    assert lines("EURUSD F", context, Group.FUNCTIONS) == []
    assert "AAPL DES " in lines("AAPL ", context, Group.FUNCTIONS)
    assert found("AAPL D", context, Group.SECURITIES) == []


def test_securities_by_symbol_and_by_words_of_a_name(context: ParseContext) -> None:
    assert lines("AAP", context, Group.SECURITIES)[0] == "AAPL US Equity "
    assert lines("appl", context, Group.SECURITIES) == ["AAPL US Equity "]
    assert lines("$w", context, Group.SECURITIES)[0] == "W US Equity "


def test_securities_after_a_function_a_comma_a_pane_and_a_chain(context: ParseContext) -> None:
    assert lines("GP msf", context, Group.SECURITIES) == ["GP MSFT US Equity "]
    assert lines("AAPL,msf", context, Group.SECURITIES) == ["AAPL,MSFT US Equity "]
    assert lines("2:msf", context, Group.SECURITIES) == ["2:MSFT US Equity "]
    assert lines("WEI ; msf", context, Group.SECURITIES) == ["WEI ; MSFT US Equity "]
    assert lines("WEI msf", context, Group.SECURITIES) == []


def test_lists_by_name(context: ParseContext) -> None:
    assert lines("@t", context, Group.LISTS) == ["@tech "]
    assert lines("tec", context, Group.LISTS) == ["@tech "]
    assert lines("CORR @c", context, Group.LISTS) == ["CORR @Core-2 "]
    assert lines("AAPL t", context, Group.LISTS) == []


def test_tails_of_the_function(context: ParseContext) -> None:
    assert "AAPL GP LOG " in lines("AAPL GP l", context, Group.TAILS)
    assert "AAPL GP cur=" in lines("AAPL GP c", context, Group.TAILS)
    assert "GP 6M " in lines("GP ", context, Group.TAILS)


def test_history_by_beginning_and_the_newest_on_an_empty_line(context: ParseContext) -> None:
    assert lines("aapl us", context, Group.HISTORY) == ["AAPL US Equity GP 6M"]
    assert lines("", context, Group.HISTORY) == ["VOD LN DES", "WEI", "AAPL US Equity GP 6M"]
    assert [one.group for one in complete("", context, PAST)] == [Group.HISTORY] * 3


def test_what_is_suggested_is_understood(context: ParseContext) -> None:
    for text in ("AAP", "W", "GP ", "GP msf", "AAPL ", "AAPL GP ", "2:vo", "@t", "BTC"):
        for one in complete(text, replace(context, lists=("tech",)), PAST):
            if not one.line.endswith("="):
                assert parse(one.line, context).calls


def test_groups_are_short_and_bad_text_gives_none(context: ParseContext) -> None:
    many = History(f"AAPL {n}" for n in range(50))
    assert len([one for one in complete("AAPL", context, many) if one.group is Group.HISTORY]) == PER_GROUP
    assert complete("A" * 10_000, context, PAST) == []
    assert complete("A\x1b", context, PAST) == []

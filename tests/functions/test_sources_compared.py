"""PHLT, PVNC, ALLQ and XSRC: what is told of the sources, headless, in the demos and without network."""

from __future__ import annotations

import pytest

from financehub_tui.errors import CommandError


def test_all_quotes_lie_side_by_side_with_why_one_is_missing(equities, crypto, offline):
    rows = {row["source"]: row for row in equities.rows("AAPL ALLQ")}
    assert rows["Simulation"]["last"] and rows["Simulation"]["mark"] == "SIM"
    assert rows["Last closes"]["off"] is None
    assert crypto.facts("BTCUSDT ALLQ")["Answered"].startswith("2 of 2")
    why = {row["source"]: row["missing"] for row in offline.rows("AAPL US Equity ALLQ")}
    assert "offline" in why["Yahoo Finance"] and all(why.values())


def test_sources_are_compared_field_by_field(equities):
    rows = {row["field"]: row for row in equities.rows("AAPL XSRC")}
    assert rows["last"]["taken"] == "Simulation" and rows["last"]["agreed"] == rows["last"]["s0"]
    one = equities.rows("AAPL XSRC LAST")
    assert [row["vote"] for row in one] == ["agrees", "not compared: another day or currency"]


def test_one_source_alone_gives_no_confidence_and_prices_have_the_venue_s_decimals(equities):
    assert "one source alone" in equities.facts("AAPL ALLQ")["Confidence"]["detail"]
    rows = {row["field"]: row for row in equities.rows("AAPL XSRC")}
    assert {row["confidence"] for row in rows.values()} == {None}
    shown = equities.printed("AAPL XSRC")
    assert "159.10 " in shown and "159.1000" not in shown
    assert f"{rows['volume']['agreed']:,.0f} " in shown


@pytest.mark.parametrize("function", ["ALLQ", "XSRC", "XSRC LAST", "XSRC 1M"])
def test_what_sources_do_not_have_is_told_with_their_names_and_once(function, offline):
    told = [str(one) for one in offline.report(f"AAPL US Equity {function}").missing]
    assert told and all(": " in line.partition(": ")[2] for line in told)
    assert any("Yahoo Finance" in line for line in told)
    assert len({line.rpartition(": ")[2] for line in told}) == len(told)


def test_a_provider_that_was_not_asked_has_no_history_of_calls(fresh):
    rows = {row["provider"]: row for row in fresh("equities").rows("PHLT")}
    assert rows["Bundled history"]["throughput"] == []
    assert {row["left"] for row in rows.values() if not row["calls"]} == {""}


def test_series_are_compared_bar_by_bar(equities):
    rows = {row["source"]: row for row in equities.rows("AAPL XSRC 1M", 0)}
    assert rows["Bundled history"]["bars"] > 15 and rows["Bundled history"]["disputed"] == 0
    assert rows["Simulation"]["missing"].startswith("not offered")


@pytest.mark.parametrize(("period", "bars"), [("1D", 1), ("5D", 5), ("40D", 40), ("6D W", 2)])
def test_days_of_a_compared_period_are_sessions_as_in_hp(period, bars, equities):
    rows = {row["source"]: row for row in equities.rows(f"AAPL XSRC {period}", 0)}
    times = [row["time"] for row in equities.rows(f"AAPL HP {period}")]
    assert (rows["Bundled history"]["bars"], rows["Bundled history"]["first"]) == (bars, times[-1])
    assert len(times) == bars


def test_a_source_with_nothing_in_the_period_says_until_when_it_has(equities):
    rows = {row["source"]: row for row in equities.rows("AAPL XSRC 2018-02-03..", 0)}
    assert "no data" in rows["Bundled history"]["missing"]


def test_the_same_answer_given_several_times_is_told_once(equities):
    for line in ("AAPL US Equity GP 1Y", "AAPL US Equity HP 1Y", "AAPL US Equity DES"):
        equities.report(line)
    rows = [row for row in equities.rows("AAPL US Equity PVNC", 0) if row["kind"] == "bars"]
    told = [tuple(value for name, value in row.items() if name not in ("fetched", "age")) for row in rows]
    assert told and len(told) == len(set(told))


def test_a_stream_that_came_over_no_line_has_no_size(crypto):
    assert all(row["bytes"] is None for row in crypto.rows("FEEDS") if row["messages"])


def test_provenance_tells_who_would_be_asked_and_why(crypto):
    rows = [row for row in crypto.rows("BTCUSDT PVNC", 1) if row["kind"] == "quote"]
    assert [row["provider"] for row in rows] == ["Replay", "Last closes"]
    assert rows[0]["why"] == "first: freshness" and rows[1]["why"] == "after Replay: freshness"


def test_played_trades_are_never_marked_live(crypto, equities):
    for desk, line, mark in ((crypto, "BTCUSDT", "REPLAY"), (equities, "AAPL", "SIM")):
        desk.report(f"{line} QR")
        marks = {row["kind"]: row["answer"] for row in desk.rows(f"{line} PVNC", 0)}
        assert marks["trades"] == marks["quote"] == mark


def test_a_provider_is_paused_forced_probed_and_resumed_by_a_line(fresh):
    desk = fresh("crypto")
    assert "answered" in desk.facts("PHLT PROBE REPLAY")["Done"]
    assert desk.facts("PHLT PAUSE REPLAY")["Done"].startswith("REPLAY is paused")
    assert next(row for row in desk.rows("PHLT") if row["provider"] == "Replay")["state"] == "paused"
    assert desk.rows("BTCUSDT PVNC", 1)[0]["provider"] == "Last closes"
    desk.facts("PHLT FORCE REPLAY")
    assert next(row for row in desk.rows("PHLT") if row["provider"] == "Replay")["state"].endswith("(first)")
    desk.facts("PHLT RESUME REPLAY")
    assert desk.rows("BTCUSDT PVNC", 1)[0]["provider"] == "Replay"


def test_one_provider_is_looked_at_closely(fresh, offline):
    desk = fresh("crypto")
    desk.report("BTCUSDT QR")
    assert [row["data"] for row in desk.rows("PHLT replay", 1)] == ["quote", "trades"]
    offline.report("AAPL US Equity PVNC")
    requests = offline.rows("PHLT yahoo 5")
    assert 0 < len(requests) <= 5
    assert all("crumb=" not in row["url"] or "crumb=***" in row["url"] for row in requests)


@pytest.mark.parametrize("line", ["PHLT NOBODY", "PHLT PAUSE", "PHLT PAUSE NOBODY", "PHLT replay 100000"])
def test_what_phlt_cannot_do_is_one_clear_line(crypto, line):
    with pytest.raises(CommandError):
        crypto.report(line)


def test_what_a_source_demands_to_be_shown_is_listed(offline, equities):
    offline.report("AAPL US Equity PVNC")
    (named,) = [b for b in offline.document("DIAG")["blocks"] if b["title"] == "Sources that ask to be named"]
    told = {field["label"]: field["value"] for field in named["fields"]}
    assert told["yahoo"] == "Yahoo Finance, unofficial interface, personal use only"
    assert "Sources that ask to be named" not in equities.printed("AAPL PVNC")

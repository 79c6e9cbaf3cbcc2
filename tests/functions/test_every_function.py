"""What holds for every function: it is declared fully, its examples run, its help is complete."""

from __future__ import annotations

import json

import pytest

from financehub_tui.cli.status import status_of
from financehub_tui.commands.printing import line_of
from financehub_tui.commands.registry import RESERVED
from financehub_tui.commands.spec import Needs, TailKind
from financehub_tui.errors import CommandError, DataMissingError, FinanceHubError
from financehub_tui.functions.catalogue import MODULES, modules, registry
from financehub_tui.functions.reading import read_line
from financehub_tui.report.render import FORMATS, render

ISSUED = (
    "DES GP GPC GIP HP MON W QR TAS MDM BOOK WEI FXC CRYP MOST SECF HELP LAST MENU PDF BLP LAY PHLT FEEDS JOBQ CACHE "
    "PVNC NETB DIAG LOGX GRAB RPLY QUIT"
).split()
LIVE_ONLY = ("PHLT ",)
"""Examples that name a provider of live mode."""
SCREEN_ONLY = ("QUIT", "GRAB", "LAY SAVE", "LAY LOAD", "LAY RESET", "BLP morning")
NO_NETWORK_NEEDED = ("BLP CACHE DIAG FEEDS HELP JOBQ LAST LAY LOGX MENU NETB PDF PHLT SECF W").split()
EXAMPLES = [line for spec in registry() for line in spec.examples]
STANDING = [line for line in EXAMPLES if "RPLY" not in line]
"""Examples that leave the clock alone."""
PREPARED = "W NEW tech AAPL,MSFT,NVDA"


def runs_outside_a_screen(line: str) -> bool:
    return not line.startswith(SCREEN_ONLY)


def mnemonic_of(line):
    return next(word for word in line.split() if registry().get(word))


@pytest.mark.parametrize("spec", registry(), ids=lambda spec: spec.mnemonic)
def test_no_pane_is_said_to_take_a_letter_which_the_command_line_keeps(spec):
    assert not [key for keys, _ in spec.keys for key in keys.split() if len(key) == 1 and key.isalpha()]


def test_every_function_of_the_first_release_is_there():
    assert set(ISSUED) <= set(registry().names)


def test_modules_are_listed_by_mnemonic():
    assert list(MODULES) == sorted(MODULES)
    assert {name.upper() for name in MODULES} == set(modules())


@pytest.mark.parametrize("spec", registry(), ids=lambda spec: spec.mnemonic)
def test_a_function_declares_what_help_needs(spec):
    assert spec.title and len(spec.help) > 40 and spec.help.endswith(".")
    assert spec.examples
    for tail in spec.tails:
        assert tail.help
        if tail.kind in (TailKind.WORD, TailKind.OPTION):
            assert tail.words
            assert not RESERVED & set(tail.words), "the command line drops these words"
        else:
            assert tail.example or tail.help


@pytest.mark.parametrize("spec", registry(), ids=lambda spec: spec.mnemonic)
@pytest.mark.parametrize("scenario", ["equities", "crypto"])
def test_a_question_mark_lists_the_tails(spec, scenario, request):
    desk = request.getfixturevalue(scenario)
    blocks = desk.blocks(f"{spec.mnemonic} ?")
    assert blocks["Facts"]["fields"][0]["value"].split()[0] == spec.mnemonic
    assert blocks[f"{spec.mnemonic}: {spec.title}"]["body"] == spec.help
    if spec.tails:
        assert len(blocks["Tails"]["rows"]) == len(spec.tails)
    assert [row["line"] for row in blocks["Examples"]["rows"]] == list(spec.examples)


@pytest.mark.parametrize("spec", registry(), ids=lambda spec: spec.mnemonic)
def test_examples_of_tails_in_help_can_be_typed(spec, equities):
    equities.report(PREPARED)
    tails = equities.blocks(f"HELP {spec.mnemonic}").get("Tails", {"rows": []})
    for row in tails["rows"]:
        if not row["example"]:
            continue
        subject = "AAPL US Equity " if spec.needs is not Needs.NOTHING else ""
        call = read(equities, subject + row["example"]).calls[0]
        assert call.mnemonic == spec.mnemonic, row


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_means_the_same_when_its_printed_form_is_typed(line, equities):
    equities.report(PREPARED)
    for call in read(equities, line).calls:
        assert read(equities, line_of(call)).calls == (call,)


@pytest.mark.parametrize("line", STANDING)
@pytest.mark.parametrize("scenario", ["equities", "crypto"])
def test_every_example_runs_in_both_demos(line, scenario, request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    desk = request.getfixturevalue(scenario)
    desk.report(PREPARED)
    try:
        reports = desk.reports(line)
    except CommandError:
        assert not runs_outside_a_screen(line) or line.startswith(LIVE_ONLY)
        return
    except DataMissingError as error:
        assert status_of(error) == 3
        assert error.missing.detail
        assert error.missing.reason.value in ("unknown symbol", "not offered", "no data")
        return
    assert runs_outside_a_screen(line)
    for report in reports:
        check_document(report, scenario)


@pytest.mark.parametrize("line", [line for line in STANDING if registry().get(mnemonic_of(line)).mnemonic in ISSUED])
def test_every_example_of_the_first_release_has_data_in_one_of_the_demos(line, equities, crypto, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if not runs_outside_a_screen(line) or line.startswith(LIVE_ONLY):
        return
    desk = crypto if "BTCUSDT" in line else equities
    desk.report(PREPARED)
    assert desk.report(line).blocks


def check_document(report, scenario):
    document = json.loads(render(report, "json", colour=False, width=120))
    assert document["title"] and document["blocks"]
    assert document["as_of"] == {"equities": "2018-02-05T15:00:00Z", "crypto": "2024-08-08T23:55:13.937085Z"}[scenario]
    assert document["scenario"].startswith(f"DEMO {scenario}")
    for origin in document["provenance"]:
        assert origin["provider"] and origin["mark"] in ("SIM", "REPLAY", "EOD", "CACHED")
    for reason in document["missing"]:
        assert reason["reason"] and reason["detail"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("line", ["AAPL HP 1M", "AAPL DES", "MON", "FXC", "AAPL GP 3M SMA20", "HELP", "W"])
def test_every_format_can_be_had(line, form, equities):
    content = render(equities.report(line), form, colour=False, width=120)
    assert content
    if form == "table":
        assert all(len(row) <= 120 for row in content.splitlines())


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_without_network_answers_or_says_offline(line, offline, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    desk = offline
    desk.report(PREPARED)
    try:
        reports = desk.reports(line)
    except CommandError as error:
        assert not runs_outside_a_screen(line) or "RPLY" in line, error
        return
    except DataMissingError as error:
        assert status_of(error) in (3, 4)
        assert error.missing.reason.value in ("offline", "circuit open", "not offered", "no key"), error.missing
        assert line.split()[0] not in NO_NETWORK_NEEDED
        return
    for report in reports:
        document = json.loads(render(report, "json", colour=False, width=120))
        assert document["title"] and document["blocks"] and document["as_of"] and not document["scenario"]


def read(desk, line):
    return desk.runner.run(read_line(desk.desk, line))


def test_a_function_that_needs_a_security_says_so(equities):
    for spec in registry():
        if spec.needs is Needs.SECURITY:
            with pytest.raises(FinanceHubError, match=f"{spec.mnemonic} needs a security"):
                equities.report(spec.mnemonic)

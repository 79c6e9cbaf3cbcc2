"""Lists, menus, help, settings, figures of the engine, the replay's clock."""

from __future__ import annotations

import csv
import json
import os
import stat
from contextlib import suppress

import pytest

from financehub_tui.config import load_settings
from financehub_tui.errors import CommandError, ConfigError, DataMissingError, FinanceHubError, StoreError
from financehub_tui.functions import fields as quote_fields
from financehub_tui.functions.catalogue import registry
from financehub_tui.functions.menu import SECTORS
from financehub_tui.log import recent, start_logging
from financehub_tui.paths import find_paths
from financehub_tui.report.blocks import Chart


@pytest.fixture
def desk(equities, tmp_path, monkeypatch):
    """The demo in a folder of this test; the lists it makes are dropped afterwards."""
    monkeypatch.chdir(tmp_path)
    yield equities
    equities.runner.run(without_lists(equities.desk))


async def without_lists(desk):
    for name, _ in await desk.lists.names():
        with suppress(CommandError):
            await desk.lists.delete(name)


def members(desk, name):
    return [row["security"] for row in desk.rows(f"@{name} W")]


# Worksheets


def test_a_list_is_made_changed_and_dropped(desk):
    assert [row["security"] for row in desk.rows("W NEW tech AAPL,MSFT")] == ["AAPL US Equity", "MSFT US Equity"]
    desk.report("W ADD tech NVDA,AAPL")
    assert members(desk, "tech") == ["AAPL US Equity", "MSFT US Equity", "NVDA US Equity"]
    desk.report("W REMOVE tech MSFT")
    assert members(desk, "TECH") == ["AAPL US Equity", "NVDA US Equity"]
    assert ("tech", 2) in [(row["list"], row["members"]) for row in desk.rows("W")]
    assert ("tech", "AAPL NVDA") in [(row["list"], row["first"]) for row in desk.rows("W")]
    desk.report("W DELETE tech")
    with pytest.raises(CommandError, match="no list"):
        desk.report("@tech W")


def test_the_list_may_stand_before_the_function(desk):
    desk.report("W NEW tech AAPL")
    desk.report("@tech W ADD MSFT")
    desk.report("W ADD @tech NVDA")
    assert members(desk, "tech") == ["AAPL US Equity", "MSFT US Equity", "NVDA US Equity"]


def test_a_list_can_take_in_another(desk):
    desk.report("W NEW mine @fx-majors")
    assert members(desk, "mine") == [i.display for i in desk.desk.master.members("fx-majors")]


def test_a_list_serves_wherever_securities_do(desk):
    desk.report("W NEW tech AAPL,MSFT")
    assert [row["security"] for row in desk.rows("@tech MON")] == ["AAPL US Equity", "MSFT US Equity"]
    assert desk.facts("@tech MOST")["Compared"] == "2 of 2"


def test_a_list_called_starter_is_what_the_monitor_opens_with(desk):
    desk.report("W NEW starter KO")
    assert [row["security"] for row in desk.rows("MON")] == ["KO US Equity"]


def test_an_emptied_list_is_shown_as_empty(desk):
    desk.report("W NEW tech AAPL")
    desk.report("W REMOVE tech AAPL")
    assert desk.rows("@tech MON") == []
    assert "The list is empty." in desk.printed("@tech MON")
    assert desk.facts("@tech MOST")["Compared"] == "0 of 0"


@pytest.mark.parametrize(
    "line",
    [
        "W NEW",
        "W NEW tech",
        "W NEW [/] AAPL",
        "W NEW 📈 AAPL",
        "W NEW a/b AAPL",
        "W NEW tech NOSUCHTICKER1",
        "W NEW sp500 AAPL",
        "W DELETE fx",
        "W NEW tech AAPL; MSFT W ADD",
        "W IMPORT tech",
        "W IMPORT tech nosuch.csv",
        "W IMPORT tech .",
        "W IMPORT tech /dev/zero",
    ],
)
def test_what_makes_no_list_is_refused_in_one_line(line, desk):
    with pytest.raises(CommandError) as refused:
        desk.reports(line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("line", ["W ADD nosuch AAPL", "W DELETE nosuch", "W EXPORT nosuch x.csv"])
def test_an_unknown_list_is_said_with_the_known_ones(line, desk):
    with pytest.raises(DataMissingError, match="no list called nosuch; there are"):
        desk.report(line)


def test_a_member_that_is_not_there_cannot_be_removed(desk):
    desk.report("W NEW tech AAPL")
    with pytest.raises(CommandError, match="MSFT US Equity is not in @tech"):
        desk.report("W REMOVE tech MSFT")
    assert members(desk, "tech") == ["AAPL US Equity"]


def test_a_list_goes_out_as_csv_and_comes_back(desk, tmp_path):
    desk.report("W NEW mixed AAPL,EURUSD,SPX Index,BTC-USD")
    desk.report("W EXPORT mixed mixed.csv")
    file = tmp_path / "mixed.csv"
    rows = list(csv.DictReader(file.open()))
    assert [row["security"] for row in rows] == [
        "AAPL US Equity",
        "EURUSD Curncy",
        "SPX Index",
        "BTC-USD@COINBASE Crypto",
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    desk.report("W IMPORT copy mixed.csv")
    assert members(desk, "copy") == members(desk, "mixed")
    desk.report("W EXPORT copy mixed.csv")


def test_an_export_never_replaces_another_file(desk, tmp_path):
    desk.report("W NEW tech AAPL")
    (tmp_path / "notes.csv").write_text("my notes\n")
    with pytest.raises(CommandError, match="is no list exported earlier"):
        desk.report("W EXPORT tech notes.csv")
    assert (tmp_path / "notes.csv").read_text() == "my notes\n"


def test_an_export_that_cannot_be_written_is_said(desk):
    desk.report("W NEW tech AAPL")
    for file in ("/proc/tech.csv", "nosuch/folder/tech.csv"):
        with pytest.raises(StoreError, match=r"tech|no folder"):
            desk.report(f"W EXPORT tech {file}")


@pytest.mark.parametrize("header", ["symbol", "Ticker", "SECURITY", " security "])
def test_a_csv_is_read_by_its_column_of_securities(header, desk, tmp_path):
    (tmp_path / "in.csv").write_text(f"weight,{header}\n1,AAPL\n2,\n3,NOSUCHTICKER1\n4,MSFT US Equity\n5,AAPL\n")
    document = desk.document("W IMPORT got in.csv")
    assert members(desk, "got") == ["AAPL US Equity", "MSFT US Equity"]
    body = document["blocks"][0]["body"].splitlines()
    assert body[0] == "2 securities read" and len(body) == 3 and body[1].startswith("line 4:")
    assert body[2] == "1 row without a symbol was passed over"


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_csv_of_another_separator_is_read_too(mark, desk, tmp_path):
    rows = (("Name", "Symbol"), ('"Apple, Inc."', "AAPL"), ("Microsoft", "MSFT US Equity"))
    (tmp_path / "in.csv").write_text("".join(f"{mark.join(row)}\r\n" for row in rows), encoding="utf-8-sig")
    desk.report("W IMPORT got in.csv")
    assert members(desk, "got") == ["AAPL US Equity", "MSFT US Equity"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n", "no column named"),
        (b"symbol\n\xff\n", "is no UTF-8 text"),
        (b"", "no column named"),
        (b'"BTCUSDT","x\n', "no column named"),
        (b"symbol\n", "it has no rows"),
        (b"symbol,weight\n,1\n,2\n", "2 rows without a symbol were passed over"),
        (b"symbol\n[/]\n", "no security could be read"),
        (b"\xff\xfe\x00symbol\n", "csv"),
        (b"symbol\n" + b"A" * 200_000 + b"\n", "field larger|no security could be read"),
        (b"symbol\n\x00\n", "csv"),
    ],
)
def test_a_csv_with_wrong_content_is_refused_and_no_list_made(content, words, desk, tmp_path):
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(CommandError, match=words) as refused:
        desk.report("W IMPORT got in.csv")
    assert "\n" not in f"{refused.value}{refused.value.hint}"
    with pytest.raises(CommandError, match="no list"):
        desk.report("@got W")


# Menus, help, finder, history


@pytest.mark.parametrize("sector", SECTORS, ids=lambda sector: sector.value)
def test_a_sector_s_menu_has_its_functions_and_members(sector, equities):
    for line in (f"MENU {sector.value.upper()}", sector.value, f"<{sector.value.upper()}>"):
        functions, known = equities.document(line)["blocks"]
        assert functions["rows"] and known["rows"], line
        assert {row["mnemonic"] for row in functions["rows"]} <= {
            spec.mnemonic for spec in registry().for_asset_class(sector)
        }


def test_the_menu_of_a_security_and_the_menu_of_all(equities):
    rows = equities.rows("AAPL MENU")
    assert {"DES", "GP", "HP"} <= {row["mnemonic"] for row in rows}
    assert all(row["line"].startswith("AAPL US Equity ") for row in rows)
    sectors, functions = equities.document("MENU")["blocks"]
    assert [row["sector"] for row in sectors["rows"]] == [sector.value for sector in SECTORS]
    for row in (*rows, *sectors["rows"], *functions["rows"]):
        assert equities.runner.run(parsed(equities, row["line"]))


async def parsed(equities, line):
    from financehub_tui.functions.reading import read_line

    return (await read_line(equities.desk, line)).calls


def test_help_lists_every_function_and_every_key(equities):
    functions, keys = equities.document("HELP")["blocks"]
    assert {row["mnemonic"] for row in functions["rows"]} == {spec.mnemonic for spec in registry()}
    assert keys["rows"] == equities.rows("HELP KEYS") and all(row["always works"] for row in keys["rows"])


def test_help_knows_aliases_and_the_nearest_name(equities):
    assert equities.facts("HELP gpo")["Mnemonic"] == "GPC GPO"
    with pytest.raises(CommandError) as refused:
        equities.report("HELP GPX")
    assert "GP" in refused.value.hint


def test_the_finder_finds_and_filters(equities):
    assert equities.rows("SECF apple")[0]["security"] == "AAPL US Equity"
    assert equities.rows("SECF appel inc")[0]["name"]
    rows = equities.rows("SECF class=Equity exch=LN vodafone")
    assert rows and all(row["security"].endswith("LN Equity") for row in rows)
    assert all(row["type"] == "etf" for row in equities.rows("SECF type=etf gold"))
    assert all(row["currency"].upper().startswith("GB") for row in equities.rows("SECF ccy=GBP bank"))


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("^GSPC", "SPX Index"),
        ("VOD.L", "VOD LN Equity"),
        ("SAP GR", "SAP GR Equity"),
        ("XBTUSD", "BTC-USD Crypto"),
        ("ESZ6 Index", "ESZ6 Index"),
        ("EURUSD=X", "EURUSD Curncy"),
        ("AAPL260116C00200000", "AAPL260116C00200000 Option"),
        ("apple", "AAPL US Equity"),
    ],
)
def test_the_finder_reads_a_security_as_the_command_line_does(typed, first, equities):
    found = [row["security"] for row in equities.rows(f"SECF {typed}")]
    assert found[0] == first
    assert found.count(first) == 1


def test_a_list_is_shown_by_its_name_alone(desk):
    desk.report("W NEW tech AAPL")
    assert [row["security"] for row in desk.rows("W tech")] == ["AAPL US Equity"]
    assert "@tech, 1 security" in desk.blocks("W tech")
    with pytest.raises(FinanceHubError, match="no list called nope"):
        desk.report("W nope")


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("AAPL GP YTD", "AAPL US Equity GP"),
        ("AAPL,MSFT,NVDA GP YTD", "AAPL US Equity +2 GP"),
        ("AAPL US Equity,MSFT GPC 1M", "AAPL US Equity +1 GPC"),
        ("SECF apple", "SECF"),
        ("@tech W", "@tech W"),
    ],
)
def test_a_report_is_called_after_all_it_is_about(line, title, desk):
    desk.report("W NEW tech AAPL,MSFT")
    made = desk.report(line)
    assert made.title == title
    charts = [block.title for block in made.blocks if isinstance(block, Chart)]
    assert all(named.startswith(title.rpartition(" ")[0]) for named in charts)


@pytest.mark.parametrize("line", ["SECF", "SECF zzzzqqqq", "SECF class=Corp apple"])
def test_a_finder_without_a_find_says_so(line, equities):
    report = equities.document(line)
    assert report["blocks"][0]["rows"] == []
    assert len(equities.printed(line).splitlines()) > 5


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("SECF class=foo", "Equity, Curncy, Comdty, Index"),
        ("SECF class=equiti apple", "Did you mean Equity?"),
        ("SECF exch=QQ bank", "There are US, UN, "),
        ("SECF type=etfs gold", "Did you mean etf?"),
    ],
)
def test_a_filter_that_nothing_could_pass_is_refused_with_what_there_is(line, words, equities):
    with pytest.raises(CommandError, match="SECF has no ") as refused:
        equities.report(line)
    assert words in refused.value.hint


def test_a_filter_takes_any_case_and_every_future(equities):
    assert equities.rows("SECF class=EQUITY exch=us apple")
    assert {row["type"] for row in equities.rows("SECF type=Future crude")} == {"generic future"}


def test_last_lists_lines_once_newest_first(fresh):
    desk = fresh("equities")

    async def typed():
        for line in ("AAPL GP", "MON", "AAPL GP", "WEI"):
            await desk.desk.memory.add_line(line)

    desk.runner.run(typed())
    assert [row["line"] for row in desk.rows("LAST")] == ["WEI", "AAPL GP", "MON"]
    assert len(desk.rows("LAST 2")) == 2


def test_layouts_are_listed_and_deleted(desk):
    desk.runner.run(desk.desk.memory.save_layout("morning", "{}"))
    assert [row["name"] for row in desk.rows("LAY")] == ["morning"] == [row["name"] for row in desk.rows("BLP")]
    assert desk.rows("LAY DELETE morning") == []
    with pytest.raises(CommandError, match="No layout"):
        desk.report("LAY DELETE morning")


@pytest.mark.parametrize("line", ["QUIT", "GRAB", "GRAB TEXT", "LAY SAVE a", "LAY LOAD a", "LAY RESET", "BLP a"])
def test_what_is_about_the_screen_is_refused_without_one(line, equities):
    with pytest.raises(CommandError) as refused:
        equities.report(line)
    assert refused.value.hint


# Settings


def test_a_setting_is_changed_in_the_file_and_shown(desk):
    rows = {row["key"]: row for row in desk.rows("PDF display.theme=dark")}
    assert rows["display.theme"]["value"] == "dark" and rows["display.theme"]["default"] == "amber"
    assert rows["display.theme"]["from"].endswith("config.toml")
    assert load_settings(find_paths().config_file).settings.display.theme == "dark"
    assert stat.S_IMODE(find_paths().config_file.stat().st_mode) == 0o600
    assert all(row["about"] for row in rows.values())


@pytest.mark.parametrize(
    "change", ["display.rate=99", "display.rate=[/]", "general.timezone=Mars/Base", "demo.speed=0"]
)
def test_a_value_that_does_not_fit_changes_nothing(change, desk):
    with pytest.raises(ConfigError):
        desk.report(f"PDF {change}")
    assert not find_paths().config_file.exists()


def test_comments_of_the_file_are_kept(desk):
    file = find_paths().config_file
    file.parent.mkdir(parents=True)
    file.write_text("# mine\n[display]\ntheme = 'dark' # at night\n")
    desk.report("PDF display.rate=4")
    assert file.read_text() == "# mine\n[display]\ntheme = 'dark' # at night\nrate = 4\n"


# Figures of the engine


def test_figures_of_the_engine_are_true(fresh):
    desk = fresh("equities")
    desk.report("AAPL MON")
    desk.report("AAPL HP 1M")
    providers = {row["provider"]: row for row in desk.rows("PHLT")}
    assert providers["Simulation"]["calls"] >= 1 and providers["Bundled history"]["calls"] >= 1
    assert all(row["errors"] == 0 for row in providers.values())
    assert {row["kind"] for row in desk.rows("CACHE")} >= {"quote", "bars", "book", "trades", "profile"}
    assert desk.rows("FEEDS") == [] or all(row["state"] for row in desk.rows("FEEDS"))
    assert desk.rows("JOBQ") == [] and "headless" in desk.printed("JOBQ")
    assert "headless" in desk.facts("NETB")["Terminal"]


def test_provenance_names_provider_endpoint_and_age(equities):
    rows = {row["kind"]: row for row in equities.rows("AAPL PVNC", 0)}
    assert rows["quote"]["answer"] == "SIM" and rows["bars"]["answer"] == "EOD"
    assert rows["bars"]["as_of"].startswith("2018-02-02") and rows["bars"]["age"] > 86_400
    assert rows["bars"]["adjusted"] == "split" and rows["bars"]["notes"]


def test_provenance_of_what_is_missing_gives_the_reason(crypto):
    rows = crypto.rows("AAPL PVNC", 0)
    assert {row["answer"] for row in rows} <= {"unknown symbol", "not offered", "no data"} and rows[0]["notes"]


def test_diagnostics_hold_no_secret(equities, monkeypatch):
    monkeypatch.setenv("LC_ALL", "token=abcdef123")
    monkeypatch.setenv("FINANCEHUB_KEY_TEST", "s3cret-value")
    text = equities.printed("DIAG")
    assert "abcdef123" not in text and "s3cret-value" not in text
    assert "Python" in text and str(find_paths().data) in json.dumps(equities.document("DIAG"))


def test_the_log_is_filtered_by_level_and_words(equities, surroundings):
    import logging

    start_logging(equities.desk.settings.log, surroundings / "log" / "x.log")
    log = logging.getLogger("financehub_tui.test")
    log.info("quiet one")
    log.warning("yahoo says [/] no")
    log.error("binance is down")
    everything = [row["message"] for row in equities.rows("LOGX")]
    assert everything[:3] == ["binance is down", "yahoo says [/] no", "quiet one"]
    assert [row["message"] for row in equities.rows("LOGX WARNING yahoo")] == ["yahoo says [/] no"]
    assert "quiet one" not in [row["message"] for row in equities.rows("LOGX ERROR")]
    recent.entries.clear()
    assert "No line of this run is of level INFO or above. LOGX DEBUG" in equities.printed("LOGX")
    assert "level ERROR or above that holds 'yahoo'" in equities.printed("LOGX ERROR yahoo")


# Replay


def test_the_replay_is_paused_stepped_and_sped_up(fresh):
    desk = fresh("crypto")
    start = desk.desk.scenario.start
    assert desk.facts("RPLY")["State"] == "paused"
    assert [row["line"] for row in desk.rows("RPLY")] == ["RPLY PLAY", "RPLY STEP", "RPLY STEP 60"]
    desk.report("RPLY STEP 60")
    assert desk.desk.clock.now() == start + 60 * 10**9
    desk.report("RPLY STEP")
    assert desk.desk.clock.now() == start + 61 * 10**9
    assert desk.facts("RPLY 10")["Speed"] == 10
    desk.report("RPLY STEP 86400")
    assert desk.desk.clock.now() == desk.desk.scenario.end
    assert desk.facts("RPLY")["State"] == "ended"
    assert desk.facts("RPLY")["Played"] == 100.0
    assert "has ended" in desk.printed("RPLY")
    desk.report("RPLY PLAY")
    with pytest.raises(CommandError):
        desk.report("RPLY STEP 1")
    desk.report("RPLY PAUSE")


@pytest.mark.parametrize("line", ["RPLY 0", "RPLY 101", "RPLY -1", "RPLY STEP -5", "RPLY STEP 0", "RPLY 1 2"])
def test_speeds_and_steps_outside_their_range_are_refused(line, fresh):
    desk = fresh("crypto")
    with pytest.raises(CommandError):
        desk.report(line)
    assert desk.desk.clock.now() == desk.desk.scenario.start


def test_there_is_nothing_to_replay_in_live_mode(offline):
    with pytest.raises(CommandError, match="live"):
        offline.report("RPLY")


# Live mode with a database and no network


def test_lists_are_kept_without_network(offline):
    offline.report("W NEW kept AAPL,MSFT")
    assert [row["security"] for row in offline.rows("@kept W")] == ["AAPL US Equity", "MSFT US Equity"]
    assert all(row["missing"] for row in offline.rows("@kept W"))
    assert "OFFLINE" in offline.facts("PHLT")["State"]


def test_nothing_is_said_of_the_network_before_anything_was_asked(fresh):
    assert fresh("live").facts("PHLT")["State"] == "not asked yet"


def test_every_field_is_explained():
    assert all(field.help and field.title for field in quote_fields.FIELDS.values())


def test_the_home_of_a_test_is_its_own(surroundings):
    assert os.environ["FINANCEHUB_HOME"] == str(surroundings) and find_paths().config_file.is_relative_to(surroundings)

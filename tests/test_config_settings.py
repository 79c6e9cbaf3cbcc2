"""Settings: three sources in rising rank, unknown keys refused, every value checked."""

from __future__ import annotations

import stat
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.config import Settings, default_of, known_keys, load_settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.errors import ConfigError, StoreError
from financehub_tui.paths import find_paths, private_folder, write_private
from financehub_tui.providers.keys.catalogue import FORMS
from financehub_tui.settings_file import change_setting, shown
from financehub_tui.settings_names import ENTRY_POINTS, PROVIDERS, checked


def toml(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return file


def test_without_anything_the_defaults_hold(tmp_path):
    loaded = load_settings(tmp_path / "none.toml", {})
    assert loaded.settings == Settings() and loaded.origins == {}


def test_flags_outrank_variables_which_outrank_the_file(tmp_path):
    file = toml(tmp_path, "[display]\ntheme = 'dark'\nrate = 3\n[demo]\nspeed = 2")
    loaded = load_settings(
        file, {"FINANCEHUB_DISPLAY__THEME": "light", "FINANCEHUB_DISPLAY__RATE": "4"}, {"display.theme": "ansi"}
    )
    assert (loaded.settings.display.theme, loaded.settings.display.rate, loaded.settings.demo.speed) == ("ansi", 4, 2.0)
    assert loaded.origins == {
        "display.theme": "flag display.theme",
        "display.rate": "FINANCEHUB_DISPLAY__RATE",
        "demo.speed": str(file),
    }


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DISPLAY__MOUSE", "false", False),
        ("DISPLAY__MOUSE", "1", True),
        ("STORAGE__FLUSH_SECONDS", "0.5", 0.5),
        ("LOG__BACKUPS", "0", 0),
        ("CHART__STUDIES", "SMA50, RSI14", ("SMA50", "RSI14")),
        ("PROVIDERS__BINANCE__REST_URL", "http://localhost:1", "http://localhost:1"),
        ("PROVIDERS__YAHOO__HOSTS__COOKIE", "https://x.example", {"cookie": "https://x.example"}),
    ],
)
def test_variables_are_text_and_become_what_the_key_wants(name, text, value):
    found: object = load_settings(None, {f"FINANCEHUB_{name}": text}).settings
    for part in name.lower().split("__"):
        if isinstance(found, dict) and isinstance(value, dict) and part == "cookie":
            break
        found = found[part] if isinstance(found, dict) else getattr(found, part)
    assert found == value


def test_other_variables_of_the_program_are_no_settings():
    environment = {"FINANCEHUB_HOME": "/x", "FINANCEHUB_TEST_X": "1", "FINANCEHUB_KEY_X": "1", "OTHER": "1"}
    assert load_settings(None, environment).origins == {}


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("display.them", "display.theme"),
        ("displays.theme", "display.theme"),
        ("providers.binance.rest_ur", "providers.*.rest_url"),
        ("storage.pth", "storage.path"),
        ("zzzzzz", "schema"),
        ("display", "display."),
        ("providers.binance", "providers.*."),
        ("display.theme.x", "display.theme"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(key, near):
    with pytest.raises(ConfigError) as refused:
        load_settings(None, {}, {key: "1"})
    assert f"unknown setting {key}" in str(refused.value) and near in refused.value.hint


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("display.rate", "0"),
        ("display.rate", "31"),
        ("display.rate", "fast"),
        ("display.glyphs", "emoji"),
        ("general.currency", "usd"),
        ("general.timezone", "Nowhere/City"),
        ("general.home_exchange", "LONDON"),
        ("general.home_exchange", "ln"),
        ("storage.memory_limit", "lots"),
        ("storage.memory_limit", "-1GB"),
        ("general.timezone", "../../etc/passwd"),
        ("log.level", "TRACE"),
        ("storage.trades_days", "0"),
        ("storage.flush_seconds", "nan"),
        ("demo.speed", "101"),
        ("demo.speed", "0.5"),
        ("redis.url", "file:///etc/passwd"),
        ("providers.x.stream_url", "javascript:1"),
        ("providers.x.rest_url", "http://a b"),
        ("providers.x.rest_url", "http://127.0.0.1:99999"),
        ("providers.x.rest_url", "http://127.0.0.1:port"),
        ("providers.x.rest_url", "http://[::1"),
        ("providers.x.rest_url", "http://:80/"),
    ],
)
def test_a_value_that_does_not_fit_names_its_origin_and_key(key, value):
    with pytest.raises(ConfigError) as refused:
        load_settings(None, {}, {key: value})
    assert str(refused.value).startswith(f"flag {key}: {key}: ") and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:65535/v1",
        "https://[::1]:8443/",
        "ws://localhost",
        "https://gateway.example/finnhub",
        "redis://:pass%40word@cache:6379/0?protocol=3",
    ],
)
def test_an_address_may_hold_whatever_addresses_do(url):
    assert load_settings(None, {}, {"redis.url": url}).settings.redis.url == url


def test_of_several_providers_the_one_with_the_wrong_address_is_named(tmp_path):
    file = toml(tmp_path, "[providers.binance]\nrest_url = 'http://127.0.0.1:1'")
    with pytest.raises(ConfigError, match=r"^flag providers\.kraken\.rest_url: providers\.kraken\.rest_url: not a URL"):
        load_settings(file, {}, {"providers.kraken.rest_url": "not a url"})
    with pytest.raises(ConfigError, match=r"^flag providers\.kraken\.hosts\.data: providers\.kraken\.hosts\.data: "):
        load_settings(file, {}, {"providers.ecb.hosts.data": "http://x", "providers.kraken.hosts.data": "x"})


def test_every_key_is_described_and_its_default_is_valid():
    keys = list(known_keys())
    assert len({key for key, *_ in keys}) == len(keys) > 25
    for key, _, default, about in keys:
        assert about, key
        if "*" not in key:
            assert default_of(key) == default
            text = shown(default)
            if text:
                load_settings(None, {}, {key: list(default) if isinstance(default, tuple) else text})


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20) | st.integers() | st.none(), max_size=3))
def test_any_flags_are_read_or_refused(flags):
    try:
        assert load_settings(None, {}, flags).settings
    except ConfigError as error:
        assert str(error)


@given(text=st.text(max_size=60))
def test_any_file_is_read_or_refused_with_its_name(text, tmp_path_factory):
    file = tmp_path_factory.mktemp("toml") / "config.toml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        assert load_settings(file, {}).settings
    except ConfigError as error:
        assert str(file) in str(error)


# Names that other parts know


@pytest.mark.parametrize("scenario", ["live", "equities", "crypto"])
async def test_settings_know_every_provider_by_its_id(scenario, surroundings):
    desk = await open_desk(Settings(), scenario=scenario, start=False, headless=True)
    try:
        ids = {status.provider for status in desk.status.providers()}
        assert ids and ids <= set(PROVIDERS)
    finally:
        await desk.close()
    assert set(FORMS) <= set(PROVIDERS)


def test_a_provider_of_another_package_may_be_named_and_is_looked_up_for_a_strange_name_only(monkeypatch):
    asked = []

    def declared(group):
        asked.append(group)
        return EntryPoints([EntryPoint("acme", "acme_prices:Provider", group)])

    monkeypatch.setattr("importlib.metadata.entry_points", declared)
    checked(load_settings(None, {}, {"providers.yahoo.enabled": "false"}))
    assert asked == []
    checked(load_settings(None, {}, {"providers.acme.hosts.files": "http://127.0.0.1:9"}))
    assert asked == [ENTRY_POINTS]
    with pytest.raises(ConfigError, match=r"^flag providers\.acne\.priority: .* no provider is called acne") as refused:
        checked(load_settings(None, {}, {"providers.acne.priority": 1}))
    assert refused.value.hint == "Did you mean acme?"


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("[chart]\nstudies = ['SMA50', 'SMMA20']", "chart.studies: there is no study 'SMMA20'", "Did you mean SMA?"),
        ("[chart]\nstudies = ['RSI1']", "chart.studies: RSI: period is a whole number", ""),
        ("[general]\ncurrency = 'EUX'", "general.currency: no currency has the code EUX", "Did you mean"),
    ],
)
def test_a_study_or_a_currency_nobody_knows_is_refused_where_it_stands(text, key, hint, tmp_path):
    file = toml(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        checked(load_settings(file, {}))
    assert f"{file}: {key}" in str(refused.value) and hint in refused.value.hint


def test_studies_and_currencies_that_exist_are_taken(tmp_path):
    file = toml(tmp_path, "[general]\ncurrency = 'CHF'\n[chart]\nstudies = ['sma50', 'BB20,2.5', 'MACD']")
    assert checked(load_settings(file, {})).settings.general.currency == "CHF"


def test_a_variable_with_one_underscore_is_told_its_own_name():
    with pytest.raises(ConfigError) as refused:
        load_settings(None, {"FINANCEHUB_DISPLAY_THEME": "dark"})
    assert refused.value.hint == "Did you mean display.theme? As a variable it is FINANCEHUB_DISPLAY__THEME."


def test_a_file_of_an_editor_that_marks_utf_8_is_read(tmp_path):
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf[display]\r\ntheme = 'dark'\r\n")
    assert load_settings(file, {}).settings.display.theme == "dark"


# Changing the file


def test_a_setting_is_written_with_its_type_and_read_back(tmp_path):
    file = tmp_path / "deep" / "config.toml"
    for key, text in (
        ("display.theme", "dark"),
        ("display.mouse", "false"),
        ("display.rate", "5"),
        ("demo.speed", "2.5"),
    ):
        change_setting(file, key, text)
    change_setting(file, "chart.studies", "SMA50,RSI14")
    change_setting(file, "providers.binance.enabled", "false")
    settings = load_settings(file, {}).settings
    assert (settings.display.theme, settings.display.mouse, settings.display.rate) == ("dark", False, 5)
    assert settings.demo.speed == 2.5 and settings.chart.studies == ("SMA50", "RSI14")
    assert settings.providers["binance"].enabled is False
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_broken_file_is_never_overwritten(tmp_path):
    file = toml(tmp_path, "[broken")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        change_setting(file, "display.theme", "dark")
    assert file.read_text() == "[broken"


def test_a_file_that_cannot_be_written_is_said():
    with pytest.raises(StoreError, match="config"):
        change_setting(Path("/proc/financehub/config.toml"), "display.theme", "dark")


# Places


def test_everything_lies_in_the_home_where_one_is_given(surroundings):
    paths = find_paths()
    assert {paths.config, paths.data, paths.cache, paths.logs} == {
        surroundings / name for name in ("config", "data", "cache", "logs")
    }
    assert paths.config_file.parent == paths.config and paths.database.parent == paths.data
    assert not list(surroundings.iterdir()), "looking up touches no file"


def test_without_a_home_the_platform_s_folders_are_used(monkeypatch, tmp_path):
    monkeypatch.delenv("FINANCEHUB_HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert find_paths().config == tmp_path / "financehub"


def test_a_private_file_is_replaced_whole(tmp_path):
    file = tmp_path / "a" / "b.txt"
    write_private(file, "one")
    file.chmod(0o644)
    write_private(file, b"two")
    assert file.read_bytes() == b"two" and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700 and list(file.parent.iterdir()) == [file]
    with pytest.raises(OSError):
        write_private(tmp_path / "a", "is a folder")
    assert private_folder(tmp_path / "a") == tmp_path / "a"


def test_a_theme_must_exist_and_may_be_the_user_s_own(surroundings):
    with pytest.raises(ConfigError, match="no theme is called 'nope'"):
        load_settings(None, {}, {"display.theme": "nope"})
    folder = surroundings / "config" / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('extends = "dark"\n')
    assert load_settings(None, {}, {"display.theme": "mine"}).settings.display.theme == "mine"


@pytest.mark.parametrize(("text", "fits"), [("3M", True), ("YTD", True), ("10Y", True), ("0M", False), ("soon", False)])
def test_a_chart_s_period_is_one(text, fits):
    if fits:
        assert load_settings(None, {}, {"chart.period": text}).settings.chart.period == text
    else:
        with pytest.raises(ConfigError, match="does not fit: how far back"):
            load_settings(None, {}, {"chart.period": text})

"""Settings: declared once here, read from TOML, `FINANCEHUB_*` variables and flags, in rising order of rank.

A variable names its key with double underscores: `FINANCEHUB_DISPLAY__THEME=dark` is `theme` in `[display]`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from financehub_tui.errors import ConfigError

ENV_PREFIX = "FINANCEHUB_"
OTHER_VARIABLES = ("FINANCEHUB_HOME",)
OTHER_PREFIXES = ("FINANCEHUB_TEST_", "FINANCEHUB_KEY_")

Positive = Annotated[int, msgspec.Meta(ge=1)]
_PORT = r"(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]?\d{1,4})"
_HOST = r"([^\s/?#@:\[\]]+|\[[\da-fA-F:.]+\])"
Url = Annotated[
    str,
    msgspec.Meta(pattern=rf"^$|^(https?|wss?|rediss?)://([^\s/?#@]*@)?{_HOST}(:{_PORT})?([/?#]\S*)?$"),
]
ThemeName = Annotated[str, msgspec.Meta(min_length=1)]


def _about(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class General(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is at the desk."""

    timezone: Annotated[str, _about("IANA time zone of times on screen; `local` is the machine's own")] = "local"
    currency: Annotated[str, _about("ISO 4217 code for totals"), msgspec.Meta(pattern="^[A-Z]{3}$")] = "USD"
    home_exchange: Annotated[
        str,
        _about("Bloomberg exchange code preferred for a ticker on several venues, such as US or LN"),
        msgspec.Meta(pattern="^[A-Z]{2}$"),
    ] = "US"


class Display(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it looks and how much it draws."""

    theme: Annotated[
        ThemeName, _about("amber, dark, light, high-contrast, colourblind, ansi or a theme file's name")
    ] = "amber"
    glyphs: Annotated[Literal["auto", "box", "braille", "block", "ascii"], _about("characters for lines")] = "auto"
    rate: Annotated[int, _about("frames a second of live panes"), msgspec.Meta(ge=1, le=30)] = 8
    ssh_profile: Annotated[Literal["auto", "on", "off"], _about("fewer frames, no mouse motion, no animation")] = "auto"
    mouse: Annotated[bool, _about("ask the terminal for mouse events")] = True
    plain_output: Annotated[bool, _about("switch the output layer off (for support)")] = False
    layout: Annotated[str, _about("layout opened at start; empty = the last one")] = ""


class ChartDefaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a chart shows when the line does not say."""

    period: Annotated[
        str, _about("how far back, such as 3M 1Y YTD MAX"), msgspec.Meta(pattern=r"^([1-9]\d{0,3}[DWMY]|YTD|MAX)$")
    ] = "1Y"
    intraday_interval: Annotated[Literal["1m", "5m", "15m", "30m", "1h"], _about("bars of GIP")] = "5m"
    studies: Annotated[tuple[str, ...], _about("studies always drawn, such as SMA50")] = ()
    volume: Annotated[bool, _about("volume under the prices")] = True
    log_scale: Annotated[bool, _about("logarithmic price axis")] = False


class StorageSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept, where, how long."""

    path: Annotated[str, _about("database file; empty = in the data folder")] = ""
    trades_days: Annotated[Positive, _about("days trades are kept")] = 7
    intraday_days: Annotated[Positive, _about("days intraday bars are kept")] = 90
    flush_seconds: Annotated[float, _about("longest time a value waits to be written"), msgspec.Meta(gt=0, le=60)] = 2.0
    memory_limit: Annotated[
        str,
        _about("memory the database may take, such as 512MB"),
        msgspec.Meta(pattern=r"^\d+(\.\d+)? ?([KkMmGgTt][Ii]?)?[Bb]$"),
    ] = "512MB"


class RedisSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The optional second cache tier."""

    url: Annotated[Url, _about("redis://localhost:6379/0; empty = none")] = ""


class KeySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where API keys are kept. `FINANCEHUB_KEY_*` variables are read in every case."""

    store: Annotated[
        Literal["auto", "file", "environment"],
        _about("auto = the system's keyring where there is one; file = a file under a passphrase; environment only"),
    ] = "auto"
    file: Annotated[str, _about("the encrypted file; empty = keys.cfg in the data folder")] = ""


class LogSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The log file."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], _about("least level written")] = "INFO"
    max_bytes: Annotated[Positive, _about("size at which the file is rotated")] = 5_000_000
    backups: Annotated[int, _about("rotated files kept"), msgspec.Meta(ge=0)] = 5


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source. Every host can be pointed elsewhere."""

    enabled: Annotated[bool, _about("ask this source at all")] = True
    priority: Annotated[int, _about("higher is asked first among equals")] = 0
    rest_url: Annotated[Url, _about("base address of its calls; empty = the source's own")] = ""
    stream_url: Annotated[Url, _about("base address of its streams; empty = the source's own")] = ""
    hosts: Annotated[dict[str, Url], _about("further hosts a source names, such as cookie")] = {}


class DemoSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The demo scenarios."""

    speed: Annotated[float, _about("how fast the scenario's clock runs"), msgspec.Meta(ge=1, le=100)] = 1.0
    seed: Annotated[int, _about("seed of the simulated ticks")] = 20180205


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings. Secrets are not among them: keys live in the keyring or the environment."""

    general: General = General()
    display: Display = Display()
    chart: ChartDefaults = ChartDefaults()
    storage: StorageSettings = StorageSettings()
    redis: RedisSettings = RedisSettings()
    keys: KeySettings = KeySettings()
    log: LogSettings = LogSettings()
    demo: DemoSettings = DemoSettings()
    providers: dict[str, ProviderSettings] = {}


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """Settings and where each value that is not a default came from (dotted key -> file, variable or flag)."""

    settings: Settings
    origins: dict[str, str]


def load_settings(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Loaded:
    """Read the file (absent is fine), the environment and the flags (dotted keys).

    Raises ConfigError naming the file, variable or flag, and the key.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    sources: list[tuple[str, dict[str, object]]] = []
    if file is not None:
        sources.append((str(file), dict(_leaves(read_toml(file)))))
    sources.extend(_from_environment(os.environ if environment is None else environment))
    sources.extend((f"flag {key}", {key: value}) for key, value in (flags or {}).items())
    for origin, leaves in sources:
        for key, value in leaves.items():
            _check_key(key, origin)
            _put(values, key, value, origin)
            origins[key] = origin
    try:
        # Where nothing is set there is nothing to check, and the rules need not be made ready.
        settings = msgspec.convert(values, Settings, strict=False) if values else Settings()
    except msgspec.ValidationError as error:
        raise _explained(error, values, origins) from None
    _check_timezone(settings, origins)
    _check_theme(settings, origins)
    return Loaded(settings=settings, origins=origins)


def read_toml(file: Path) -> dict[str, Any]:
    """A TOML file as a dictionary; empty where there is none. Raises ConfigError."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: {error}", "Mend the file, or move it away to start with defaults.") from error


def known_keys() -> Iterator[tuple[str, Any, object, str]]:
    """(dotted key, type, default, description) of every setting; a provider's key holds `*` for its name."""
    yield from _walk(Settings, "")


def default_of(key: str) -> object:
    """The default of a dotted key."""
    return next((default for name, _, default, _ in known_keys() if name == key), None)


def _walk(struct: Any, prefix: str) -> Iterator[tuple[str, Any, object, str]]:
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        key, kind = f"{prefix}{field.encode_name}", hints[field.name]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield from _walk(kind, f"{key}.")
        elif get_origin(kind) is dict and get_args(kind)[1] is ProviderSettings:
            yield from _walk(ProviderSettings, f"{key}.*.")
        else:
            default = field.default if field.default is not msgspec.NODEFAULT else {}
            yield key, kind, default, _description(kind)


def _description(kind: Any) -> str:
    metas = getattr(kind, "__metadata__", ())
    return next((meta.description for meta in metas if getattr(meta, "description", None)), "")


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, dict[str, object]]]:
    for name, text in environment.items():
        if not name.startswith(ENV_PREFIX) or name in OTHER_VARIABLES or name.startswith(OTHER_PREFIXES):
            continue
        yield name, {name.removeprefix(ENV_PREFIX).lower().replace("__", "."): text}


def _check_key(key: str, origin: str) -> None:
    """Refuse an unknown key, with the nearest known one."""
    parts = key.split(".")
    shape = ".".join(["providers", "*", *parts[2:]]) if parts[0] == "providers" and len(parts) > 2 else key
    names = [name for name, *_ in known_keys()]
    if shape in names or any(shape.startswith(f"{name}.") for name in names if name.endswith(".hosts")):
        return
    from difflib import get_close_matches

    near = get_close_matches(shape, names, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else "`financehub config schema` lists every key."
    if near and origin.startswith(ENV_PREFIX):
        hint += f" As a variable it is {ENV_PREFIX}{near[0].replace('.', '__').upper()}."
    raise ConfigError(f"{origin}: unknown setting {key}", hint)


def _put(values: dict[str, Any], key: str, value: object, origin: str) -> None:
    *folders, leaf = key.split(".")
    table = values
    for folder in folders:
        table = table.setdefault(folder, {})
    if isinstance(value, str) and not origin.endswith(".toml") and key == "chart.studies":
        value = [word for word in value.replace(",", " ").split() if word]
    table[leaf] = value


def _explained(error: msgspec.ValidationError, values: Mapping[str, Any], origins: Mapping[str, str]) -> ConfigError:
    message, _, place = str(error).partition(" - at `$.")
    shape = re.escape(place.rstrip("`")).replace(r"\[\.\.\.\]", r"\.[^.]+")
    fitting = [name for name in origins if re.match(rf"{shape}(\.|$)", name)]
    # The library does not say which of several providers it means: each is looked at alone.
    key = next((name for name in fitting if len(fitting) == 1 or _refused(name, values)), place.rstrip("`"))
    reason = message[:1].lower() + message[1:]
    if "matching regex" in message:
        about = next((about for name, *_, about in known_keys() if name == key), "")
        reason = "not a URL (http, https, ws, wss, redis)" if "https?|" in message else f"does not fit: {about}"
    return ConfigError(f"{origins.get(key, 'settings')}: {key}: {reason}", "`financehub config schema` says what fits.")


def _refused(key: str, values: Any) -> bool:
    """True where this value by itself does not fit."""
    names = key.split(".")
    for name in names:
        values = values[name]
    for name in reversed(names):
        values = {name: values}
    try:
        msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError:
        return True
    return False


def _check_timezone(settings: Settings, origins: Mapping[str, str]) -> None:
    name = settings.general.timezone
    if name == "local":
        return
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        origin = origins.get("general.timezone", "settings")
        raise ConfigError(
            f"{origin}: general.timezone: {name!r} is no time zone", "Names are such as Europe/London."
        ) from error


def _check_theme(settings: Settings, origins: Mapping[str, str]) -> None:
    name = settings.display.theme
    if "display.theme" not in origins:
        return
    from financehub_tui.paths import find_paths
    from financehub_tui.themes import theme_names

    known = theme_names(find_paths().themes)
    if name not in known:
        raise ConfigError(
            f"{origins['display.theme']}: display.theme: no theme is called {name!r}", f"Themes: {', '.join(known)}."
        )

"""What every command starts with: settings and logs."""

from __future__ import annotations

import argparse

from financehub_tui.config import Loaded, load_settings
from financehub_tui.errors import ConfigError
from financehub_tui.paths import find_paths
from financehub_tui.settings_names import checked


def settings_for(options: argparse.Namespace) -> Loaded:
    """Settings of the file, the environment and this run's flags. Raises ConfigError."""
    flags: dict[str, object] = {}
    for text in getattr(options, "set", ()):
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--set {text}: no value", "Write --set display.theme=dark, say.")
        flags[key.strip()] = value.strip()
    if getattr(options, "theme", None):
        flags["display.theme"] = options.theme
    if getattr(options, "plain_output", False):
        flags["display.plain_output"] = True
    if getattr(options, "speed", None) is not None:
        flags["demo.speed"] = options.speed
    return checked(load_settings(find_paths().config_file, flags=flags))


def scenario_of(options: argparse.Namespace) -> str:
    """live, the demo scenario asked for, or `file:PATH` of a recording. Raises ConfigError for both together."""
    recording = getattr(options, "replay", None)
    if recording is None:
        return str(getattr(options, "demo", "live"))
    if hasattr(options, "demo"):
        raise ConfigError("--demo and --replay: one of them", "--replay FILE plays a recording, --demo bundled data.")
    return f"file:{recording}"

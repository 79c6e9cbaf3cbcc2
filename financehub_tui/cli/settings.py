"""`financehub config show|check|path|schema`."""

from __future__ import annotations

import argparse
import json

from financehub_tui.cli.start import settings_for
from financehub_tui.config import Settings, known_keys
from financehub_tui.paths import find_paths
from financehub_tui.settings_file import shown


def configure(options: argparse.Namespace) -> int:
    """Show, check, locate or describe the settings. Raises ConfigError."""
    action = options.action
    if action == "path":
        paths = find_paths()
        for label, path in (("settings", paths.config_file), ("data", paths.data), ("cache", paths.cache)):
            print(f"{label:<10}{path}")
        print(f"{'log':<10}{paths.log_file}")
        return 0
    if action == "schema":
        import msgspec

        print(json.dumps(msgspec.json.schema(Settings), indent=2))
        return 0
    loaded = settings_for(options)
    if action == "check":
        count = len(loaded.origins)
        print(f"{find_paths().config_file}: {count} setting{'' if count == 1 else 's'} given, all good")
        return 0
    for key in sorted({key for key, *_ in known_keys() if "*" not in key} | set(loaded.origins)):
        value = _value(loaded.settings, key)
        print(f"{key:<32}{shown(value):<24}{loaded.origins.get(key, 'default')}")
    return 0


def _value(value: object, key: str) -> object:
    for name in key.split("."):
        value = value[name] if isinstance(value, dict) else getattr(value, name)
    return value

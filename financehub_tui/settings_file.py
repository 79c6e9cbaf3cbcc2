"""Changing the settings file: checked first, comments kept, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_origin

from financehub_tui.config import known_keys, load_settings, read_toml
from financehub_tui.errors import ConfigError, StoreError
from financehub_tui.paths import write_private
from financehub_tui.redaction import redacted
from financehub_tui.settings_names import checked


def change_setting(file: Path, key: str, text: str) -> None:
    """Set a dotted key from text.

    Raises ConfigError where key or value do not fit, StoreError where the file cannot be written.
    """
    import tomlkit

    read_toml(file)
    try:
        checked(load_settings(None, {}, {key: text}))
    except ConfigError as error:
        raise ConfigError(str(error).removeprefix(f"flag {key}: "), error.hint) from None
    document = tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()
    table: Any = document
    *folders, leaf = key.split(".")
    for folder in folders:
        table = table.setdefault(folder, tomlkit.table())
    table[leaf] = _typed(key, text)
    try:
        write_private(file, tomlkit.dumps(document))
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror or error}", "The setting was not saved.") from error


def _typed(key: str, text: str) -> bool | int | float | str | list[str]:
    """The text as the TOML value its setting's type wants; load_settings has checked that it fits."""
    kind = next((kind for name, kind, *_ in known_keys() if name == key), str)
    plain = get_args(kind)[0] if hasattr(kind, "__metadata__") else kind
    if plain is bool:
        return text.lower() in ("1", "true")
    if plain is int:
        return int(text)
    if plain is float:
        return float(text)
    if get_origin(plain) is tuple:
        return [word for word in text.replace(",", " ").split() if word]
    return text


def shown(value: object) -> str:
    """A setting's value as the user writes it, but for the password in an address."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return redacted(",".join(str(item) for item in value))
    return redacted(str(value))

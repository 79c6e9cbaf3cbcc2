"""Palettes with semantic names: what a colour means, not what it looks like. Data only; no drawing library."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from financehub_tui.errors import ConfigError
from financehub_tui.themes.tokens import ThemePalette, tokens

__all__ = ["ANSI_NAMES", "DEFAULT_THEME", "ThemePalette", "load_theme", "theme_names", "tokens"]

DEFAULT_THEME = "amber"
BUNDLED = Path(__file__).parent
ANSI_NAMES = tuple(
    f"{bright}{name}"
    for bright in ("", "bright_")
    for name in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
)
"""The 16 colours every terminal has, by the names the drawing library knows."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def theme_names(folder: Path | None = None) -> tuple[str, ...]:
    """Names of the bundled themes, the default first, then those of the user's `folder`."""
    bundled = sorted(path.stem for path in BUNDLED.glob("*.toml"))
    own = sorted(path.stem for path in folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    return tuple(dict.fromkeys([DEFAULT_THEME, *bundled, *own]))


def load_theme(name: str, folder: Path | None = None) -> ThemePalette:
    """The theme `name`; a file `<name>.toml` in the user's `folder` wins over the bundled one.

    A user's file may start from another theme (`extends = "dark"`) and change some tokens.
    Raises ConfigError naming file and key where the theme is unknown or wrong.
    """
    return _load(name, folder, ())


def _load(name: str, folder: Path | None, chain: tuple[str, ...]) -> ThemePalette:
    path = _find(name, folder)
    table = _read(path)
    parent = table.pop("extends", None)
    if parent is not None:
        # A user's amber.toml may extend the bundled amber.
        own = parent == name and path.parent != BUNDLED
        if not isinstance(parent, str) or (parent in (*chain, name) and not own):
            raise ConfigError(f"{path}: extends: must name another theme, not {parent!r}")
        base = _load(parent, None if own else folder, (*chain, name))
        table = {**msgspec.to_builtins(base), **table}
    return _checked(path, {**table, "name": name})


def _find(name: str, folder: Path | None) -> Path:
    known = theme_names(folder)
    if name in known:
        for place in (folder, BUNDLED):
            if place is not None and (path := place / f"{name}.toml").is_file():
                return path
    near = difflib.get_close_matches(name, known, n=1)
    raise ConfigError(
        f"no theme is called {name!r}" + (f"; did you mean {near[0]}?" if near else ""),
        hint=f"themes: {', '.join(known)}",
    )


def _read(path: Path) -> dict[str, Any]:
    return dict(_bundled(path)) if path.parent == BUNDLED else _parsed(path)


@lru_cache
def _bundled(path: Path) -> Mapping[str, Any]:
    """A file of our own, which does not change while the program runs."""
    return _parsed(path)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _checked(path: Path, table: dict[str, Any]) -> ThemePalette:
    try:
        palette = msgspec.convert(table, ThemePalette)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}", hint="see the bundled themes for the full list of keys") from error
    for token in tokens():
        colour = getattr(palette, token)
        if not _HEX.fullmatch(colour) and colour not in (*ANSI_NAMES, "default"):
            raise ConfigError(f"{path}: {token}: not a colour: {colour!r}", hint="#rrggbb, an ANSI name, or default")
    return palette

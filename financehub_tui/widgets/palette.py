"""A theme resolved into styles: made once per theme, read by every line drawn."""

from __future__ import annotations

import math
from functools import lru_cache

from rich.color import Color
from rich.style import Style

from financehub_tui.themes import DEFAULT_THEME, ThemePalette, load_theme

_PAIRS = {
    "header": "header_background",
    "command_text": "command_background",
    "command_ghost": "command_background",
    "flash_text": "background",
}
"""Tokens that belong on a surface other than the background."""

_SURFACES = {
    "cursor": "cursor_text",
    "selection": "selection_text",
    "flash_up": "flash_text",
    "flash_down": "flash_text",
    "bid_depth": "value",
    "ask_depth": "value",
    "panel": "text",
    "background": "text",
    "header_background": "header",
    "command_background": "command_text",
}
"""Tokens that are a surface, and the text that goes on them."""

_BOLD = frozenset({"title", "cursor", "flash_up", "flash_down", "error"})
_PLAIN_FOREGROUND = {"title": "bold", "error": "bold", "warning": "bold", "muted": "dim", "stale": "dim", "grid": "dim"}
_PLAIN_SURFACE = {
    "cursor": "reverse",
    "selection": "underline",
    "flash_up": "reverse",
    "flash_down": "reverse",
    "bid_depth": "reverse",
    "ask_depth": "reverse",
    "header_background": "underline",
}


class Palette:
    """Styles by meaning. Every style has its background, since a strip's blanks are not filled for it.

    `style("up")` is the token on the background; `style("up", "selection")` on another surface; a surface token
    alone (`style("cursor")`) is the surface with the text that belongs on it. Without colour the same calls give
    bold, dim, underline and reverse.
    """

    def __init__(self, theme: ThemePalette, no_color: bool = False) -> None:
        self.theme = theme
        self.no_color = no_color
        self._styles: dict[tuple[str, str, bool], Style] = {}
        self._same: dict[Style, Style] = {}

    def style(self, token: str, surface: str = "", *, bold: bool = False) -> Style:
        """The style of a token; AttributeError where the theme has no such token."""
        key = (token, surface, bold)
        if (style := self._styles.get(key)) is None:
            made = self._resolve(token, surface, bold)
            # Equal styles are one object: neighbours are then joined by identity.
            style = self._styles[key] = self._same.setdefault(made, made)
        return style

    def _resolve(self, token: str, surface: str, bold: bool) -> Style:
        foreground, background = token, surface
        if not surface:
            is_surface = token in _SURFACES
            foreground = _SURFACES[token] if is_surface else token
            background = token if is_surface else _PAIRS.get(token, "background")
        heavy = bold or token in _BOLD or background == "header_background"
        if self.no_color:
            return _plain(foreground, background, bold)
        return Style(color=self.color(foreground), bgcolor=self.color(background), bold=heavy or None)

    def color(self, token: str) -> Color:
        """The bare colour of a token."""
        name: str = getattr(self.theme, token)
        return Color.parse(name)

    def trend(self, value: float | None, surface: str = "") -> Style:
        """Up, down or flat by the sign of a number; muted where there is none."""
        if value is None or math.isnan(value):
            return self.style("muted", surface)
        return self.style("up" if value > 0 else "down" if value < 0 else "flat", surface)

    def link(self, group: str, surface: str = "") -> Style:
        """The colour of a link group `A` to `F`."""
        return self.style(f"link_{group.lower()}", surface, bold=True)

    @property
    def fill(self) -> Style:
        """Blank background."""
        return self.style("background")


def _plain(foreground: str, background: str, bold: bool) -> Style:
    words = {_PLAIN_FOREGROUND.get(foreground, ""), _PLAIN_SURFACE.get(background, ""), "bold" if bold else ""}
    style = Style(color="default", bgcolor="default")
    for word in sorted(words - {""}):
        style += Style.parse(word)
    return style


@lru_cache(maxsize=32)
def resolve(theme: ThemePalette, no_color: bool = False) -> Palette:
    """The palette of a theme; the same object for the same theme, so that caches may compare by identity."""
    return Palette(theme, no_color)


@lru_cache(maxsize=1)
def default_palette() -> Palette:
    """The palette of the default theme."""
    return resolve(load_theme(DEFAULT_THEME))

"""Styles as the terminal understands them, and the shortest way from one to the next."""

from __future__ import annotations

from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS
from rich.style import Style

_ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("blink2", "6"),
    ("reverse", "7"),
    ("conceal", "8"),
    ("strike", "9"),
    ("underline2", "21"),
    ("frame", "51"),
    ("encircle", "52"),
    ("overline", "53"),
)


class Ink(NamedTuple):
    """What one cell is written with: SGR parameters (ECMA-48) and a hyperlink target."""

    attributes: str = ""
    foreground: str = "39"
    background: str = "49"
    link: str = ""


PLAIN = Ink()


class InkWell:
    """Turns styles into inks for one colour system; the same style always gives the same object."""

    def __init__(self, color_system: str | None = "truecolor") -> None:
        self._system = COLOR_SYSTEMS.get(color_system or "", ColorSystem.TRUECOLOR)
        self._by_style: dict[Style, Ink] = {}
        self._interned: dict[Ink, Ink] = {PLAIN: PLAIN}
        self._changes: dict[tuple[Ink, Ink], str] = {}

    def ink(self, style: Style | None) -> Ink:
        """The ink of a style."""
        if style is None:
            return PLAIN
        if (ink := self._by_style.get(style)) is None:
            if len(self._by_style) > 20_000:
                self._by_style.clear()
            made = self._make(style)
            ink = self._by_style[style] = self._interned.setdefault(made, made)
        return ink

    def _make(self, style: Style) -> Ink:
        colours = []
        for colour, foreground, default in ((style.color, True, "39"), (style.bgcolor, False, "49")):
            codes = () if colour is None else colour.downgrade(self._system).get_ansi_codes(foreground)
            colours.append(";".join(codes) or default)
        attributes = ";".join(code for name, code in _ATTRIBUTES if getattr(style, name))
        return Ink(attributes, colours[0], colours[1], style.link or "")

    def change(self, old: Ink, new: Ink) -> str:
        """The sequence that turns one ink into the other; empty where they are the same."""
        if old is new:
            return ""
        key = (old, new)
        if (text := self._changes.get(key)) is None:
            if len(self._changes) > 20_000:
                self._changes.clear()
            text = self._changes[key] = _change(old, new)
        return text


def _change(old: Ink, new: Ink) -> str:
    codes: list[str] = []
    if old.attributes != new.attributes:
        if old.attributes:
            codes.append("0")
            old = PLAIN._replace(link=old.link)
        if new.attributes:
            codes.append(new.attributes)
    if old.foreground != new.foreground:
        codes.append(new.foreground)
    if old.background != new.background:
        codes.append(new.background)
    # A bare reset is shorter than naming what it resets.
    if new[:3] == PLAIN[:3] and codes:
        codes = [""]
    link = f"\x1b]8;;{new.link}\x1b\\" if old.link != new.link else ""
    return link + (f"\x1b[{';'.join(codes)}m" if codes else "")

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
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29", "21": "24",
        "51": "54", "52": "54", "53": "55"}  # fmt: skip
"""What switches an attribute off, and its like with it."""
_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})
"""Attributes that show where there is no character."""


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
        self._blanks: dict[tuple[Ink, Ink], Ink] = {}

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

    def blank(self, old: Ink, new: Ink) -> Ink:
        """The ink for blanks that looks like `new` and is nearest to `old`: of a blank only the background shows."""
        if old is new:
            return new
        key = (old, new)
        if (ink := self._blanks.get(key)) is None:
            if len(self._blanks) > 20_000:
                self._blanks.clear()
            shown = _ON_BLANKS.intersection((*old.attributes.split(";"), *new.attributes.split(";")))
            made = new if shown else old._replace(background=new.background, link=new.link)
            ink = self._blanks[key] = self._interned.setdefault(made, made)
        return ink

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
    link = f"\x1b]8;;{new.link}\x1b\\" if old.link != new.link else ""
    if old[:3] == new[:3]:
        return link
    codes = min(";".join(_from(old, new)), ";".join(("0", *_from(PLAIN, new))), key=len)
    # A bare reset is shorter than naming what it resets.
    return f"{link}\x1b[{'' if new[:3] == PLAIN[:3] else codes}m"


def _from(old: Ink, new: Ink) -> list[str]:
    """The parameters for what differs."""
    had, has = (dict.fromkeys(filter(None, ink.attributes.split(";"))) for ink in (old, new))
    off = dict.fromkeys(_OFF[code] for code in had if code not in has)
    on = [code for code in has if code not in had or _OFF[code] in off]
    colours = [
        code for was, code in ((old.foreground, new.foreground), (old.background, new.background)) if was != code
    ]
    return [*off, *on, *colours]

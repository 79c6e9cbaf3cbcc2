"""The screen as it stands, as text, with colours, or as a picture."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console
from rich.segment import Segment
from textual.app import App
from textual.strip import Strip


def _strips(app: App[Any]) -> list[Strip]:
    width, height = app.size
    return [Strip(strip).crop(0, width) for strip in app.screen._compositor.render_strips()][:height]


def screen_text(app: App[Any]) -> str:
    """Plain text, one line a row, trailing blanks cut."""
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in _strips(app)) + "\n"


def screen_ansi(app: App[Any]) -> str:
    """Text with its colours as ANSI sequences."""
    file = StringIO()
    console = Console(file=file, force_terminal=True, color_system="truecolor", width=app.size.width, no_color=False)
    for strip in _strips(app):
        console.print(*(Segment(s.text, s.style) and _styled(s) for s in strip), sep="", end="\n")
    return file.getvalue()


def screen_svg(app: App[Any]) -> str:
    """A picture."""
    return app.export_screenshot(title="FinanceHub")


def _styled(segment: Segment) -> object:
    from rich.text import Text

    return Text(segment.text, style=segment.style or "")

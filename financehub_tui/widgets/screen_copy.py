"""The picture on the screen as text, ANSI text or SVG."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console
from textual.app import App

from financehub_tui.widgets import textual_compat


def screen_text(app: App[Any]) -> str:
    """What the screen shows, as plain lines without blanks at their ends."""
    return "\n".join(strip.text.rstrip() for strip in textual_compat.screen_strips(app.screen)) + "\n"


def screen_ansi(app: App[Any]) -> str:
    """What the screen shows, with colours as a terminal of 16 million takes them."""
    console = Console(file=io.StringIO(), color_system="truecolor", force_terminal=True, width=app.size.width)
    lines = (strip.simplify().render(console) for strip in textual_compat.screen_strips(app.screen))
    return "\n".join(lines) + "\n"


def screen_svg(app: App[Any], title: str = "FinanceHub") -> str:
    """What the screen shows, as an SVG picture."""
    return app.export_screenshot(title=title)

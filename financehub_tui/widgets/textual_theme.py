"""A theme for Textual's own widgets and style sheets."""

from __future__ import annotations

from collections.abc import Callable

from textual.theme import Theme

from financehub_tui.themes import ThemePalette, tokens


def textual_theme(palette: ThemePalette) -> Theme:
    """The same theme for Textual's own widgets and style sheets; each token is also a variable (`$fh-up`)."""

    def css(token: str) -> str:
        name: str = getattr(palette, token)
        return name if name.startswith("#") else f"ansi_{name}"

    return Theme(
        name=f"financehub-{palette.name}",
        primary=css("border_focus"),
        secondary=css("title"),
        warning=css("warning"),
        error=css("error"),
        success=css("up"),
        accent=css("title"),
        foreground=css("text"),
        background=css("background"),
        surface=css("background"),
        panel=css("panel"),
        boost=css("panel"),
        dark=palette.dark,
        ansi=palette.ansi,
        variables={f"fh-{token.replace('_', '-')}": css(token) for token in tokens()} | _widget_variables(css),
    )


def _widget_variables(css: Callable[[str], str]) -> dict[str, str]:
    return {
        "block-cursor-background": css("cursor"),
        "block-cursor-foreground": css("cursor_text"),
        "input-cursor-background": css("command_text"),
        "input-cursor-foreground": css("background"),
        "input-selection-background": css("selection"),
        "input-selection-foreground": css("selection_text"),
        "border": css("border_focus"),
        "border-blurred": css("border"),
        "scrollbar": css("border"),
        "scrollbar-hover": css("border_focus"),
        "scrollbar-active": css("border_focus"),
        "scrollbar-background": css("panel"),
        "scrollbar-background-hover": css("panel"),
        "scrollbar-background-active": css("panel"),
        "scrollbar-corner-color": css("panel"),
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
    }

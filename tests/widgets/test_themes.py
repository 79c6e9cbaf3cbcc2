"""Themes: complete, readable, and told apart without colour."""

import pytest

from financehub_tui.errors import ConfigError
from financehub_tui.themes import DEFAULT_THEME, load_theme, theme_names, tokens
from financehub_tui.widgets.palette import resolve
from financehub_tui.widgets.textual_theme import textual_theme

LINKS = [f"link_{group}" for group in "abcdef"]
TEXTS = [
    *("text", "value", "muted", "title", "label", "up", "down", "flat", "bid", "ask"),
    *("axis", "crosshair", "warning", "error", "info", "stale"),
    *LINKS,
    *(f"overlay_{number}" for number in range(1, 7)),
]
PAIRS = [(token, "background") for token in TEXTS] + [
    ("header", "header_background"),
    *((token, "header_background") for token in ("title", "muted", "info", "warning", *LINKS)),
    ("cursor_text", "cursor"),
    ("selection_text", "selection"),
    ("up", "selection"),
    ("down", "selection"),
    ("flash_text", "flash_up"),
    ("flash_text", "flash_down"),
    ("value", "bid_depth"),
    ("value", "ask_depth"),
    ("command_text", "command_background"),
    ("command_ghost", "command_background"),
]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", [name for name in theme_names() if name != "ansi"])
def test_every_text_stands_out_from_its_surface(name):
    theme = load_theme(name)
    low = {
        (text, surface): round(contrast(getattr(theme, text), getattr(theme, surface)), 2)
        for text, surface in PAIRS
        if contrast(getattr(theme, text), getattr(theme, surface))
        < (7 if name == "high-contrast" and surface == "background" else 4.5)
    }
    assert not low


def test_with_the_colours_of_the_terminal_no_title_has_the_colour_of_its_band():
    theme = load_theme("ansi")
    words = {getattr(theme, token) for token in ("header", "title", "muted", "info", "warning", *LINKS)}
    assert theme.header_background not in words


@pytest.mark.parametrize("name", theme_names())
def test_every_style_has_a_background_and_a_textual_theme(name):
    palette = resolve(load_theme(name))
    for token in tokens():
        assert palette.style(token).bgcolor is not None
    assert textual_theme(palette.theme).to_color_system().generate()


def test_default_theme_comes_first():
    assert theme_names()[0] == DEFAULT_THEME == "amber"
    assert len(theme_names()) == 6


def test_without_colour_no_style_has_one_but_cursor_and_flash_still_show():
    palette = resolve(load_theme("amber"), no_color=True)
    assert all(palette.style(token).color.name == "default" for token in tokens())
    assert palette.style("cursor").reverse
    assert palette.style("flash_up").reverse
    assert palette.style("title").bold


def test_trend_follows_the_sign():
    palette = resolve(load_theme("amber"))
    assert palette.trend(0.1) == palette.style("up")
    assert palette.trend(-0.1) == palette.style("down")
    assert palette.trend(0.0) == palette.style("flat")
    assert palette.trend(None) == palette.trend(float("nan")) == palette.style("muted")


def test_user_theme_extends_another(tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "dark"\ncaption = "Mine"\nup = "#00ff00"\n')
    assert "mine" in theme_names(tmp_path)
    theme = load_theme("mine", tmp_path)
    assert (theme.name, theme.caption, theme.up) == ("mine", "Mine", "#00ff00")
    assert theme.down == load_theme("dark").down


def test_user_theme_may_extend_the_bundled_one_of_its_own_name(tmp_path):
    (tmp_path / "amber.toml").write_text('extends = "amber"\nup = "bright_green"\n')
    assert load_theme("amber", tmp_path).up == "bright_green"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("up = [", "broken.toml"),
        ('extends = "dark"\nup = "#12345"', "up: not a colour"),
        ('extends = "dark"\nupp = "#123456"', "upp"),
        ('extends = "dark"\nup = 3', "$.up"),
        ('caption = "x"', "missing required field"),
        ('extends = "broken"', "no theme is called"),
        ("extends = 4", "extends"),
        ('extends = "other"', "extends"),
    ],
)
def test_bad_theme_is_named_in_one_line(tmp_path, text, said):
    (tmp_path / "broken.toml").write_text(text)
    (tmp_path / "other.toml").write_text('extends = "broken"')
    with pytest.raises(ConfigError) as caught:
        load_theme("broken", tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_theme_suggests_the_nearest():
    with pytest.raises(ConfigError, match="did you mean amber"):
        load_theme("ambr")
    with pytest.raises(ConfigError):
        load_theme("../amber")

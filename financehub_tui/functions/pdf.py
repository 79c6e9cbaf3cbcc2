"""PDF: personal defaults, the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from financehub_tui.commands.spec import Call, Category, FunctionSpec, Tail, TailKind
from financehub_tui.config import known_keys
from financehub_tui.functions.securities import report
from financehub_tui.report.blocks import Column, Report, Table

if TYPE_CHECKING:
    from financehub_tui.desk import Desk

EDITABLE = tuple(key for key, *_ in known_keys() if "*" not in key)

SPEC = FunctionSpec(
    mnemonic="PDF",
    title="Personal defaults",
    category=Category.SYSTEM,
    help="Every setting with its value, its default and where the value comes from. `PDF display.theme=dark` changes "
    "one: it is checked, written to the configuration file with your comments kept, and used at once. Settings that "
    "only count at the next start say so.",
    tails=(Tail(kind=TailKind.OPTION, words=EDITABLE, help="Change a setting", example="display.theme=dark"),),
    interactive=True,
    sources="The configuration file, FINANCEHUB_* variables and flags.",
    examples=("PDF", "PDF display.theme=dark", "PDF chart.period=6M"),
)


async def load(desk: Desk, call: Call) -> Report:
    """The settings, after the changes the call asks for. Raises ConfigError, StoreError."""
    import polars as pl

    from financehub_tui.config import load_settings
    from financehub_tui.paths import find_paths
    from financehub_tui.settings_file import change_setting, shown

    file = find_paths().config_file
    for key, text in call.options:
        change_setting(file, key, text)
    loaded = load_settings(file)
    rows = [
        (key, shown(_value(loaded.settings, key)), about, loaded.origins.get(key, "default"), shown(default))
        for key, _, default, about in known_keys()
        if "*" not in key
    ]
    names = ("key", "value", "about", "from", "default")
    table = Table(
        title=f"Settings ({file})",
        frame=pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"),
        columns=tuple(Column(name=name, title=name.capitalize()) for name in names),
    )
    return report(desk, call, [table], subject="")


def _value(settings: object, key: str) -> object:
    value = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value

"""The guide says what the program does: its lines are understood, its tables are whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.exchanges import EXCHANGES
from financehub_tui.commands.grammar import parse
from financehub_tui.commands.keys import table_rows
from financehub_tui.commands.studies import STUDIES
from financehub_tui.functions.catalogue import registry
from financehub_tui.market.master import load_master

GUIDE = Path(__file__).parents[2] / "docs" / "COMMAND_LINE.md"


def part(title: str) -> str:
    return GUIDE.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]


@pytest.fixture(scope="module")
def product() -> ParseContext:
    master = load_master()
    return ParseContext(registry=registry(), index=master, loaded=master.exact("AAPL")[0], year=2018, lists=("tech",))


def test_every_security_and_example_of_the_guide_is_understood(product: ParseContext) -> None:
    rows = [row for row in (part("Securities") + part("Examples")).splitlines() if row.startswith("| ")]
    cells = [row.split("|")[column] for row in rows for column in (1, 2)]
    typed = [line for cell in cells for line in re.findall(r"`([^`]+)`", cell)]
    assert len(typed) > 30
    for line in typed:
        assert parse(line, product).calls, line


def test_every_form_of_a_row_means_the_same(product: ParseContext) -> None:
    for row in part("Securities").splitlines():
        if row.startswith(("| a US", "| a share", "| a currency", "| an index", "| an option", "| a yield")):
            meanings = [parse(line, product).calls for line in re.findall(r"`([^`]+)`", row)]
            assert meanings.count(meanings[0]) == len(meanings), row


def test_the_examples_of_all_functions_are_understood(product: ParseContext) -> None:
    for spec in registry():
        for line in spec.examples:
            assert parse(line, product).calls, line


def test_the_tables_of_the_guide_are_whole() -> None:
    text = " ".join(GUIDE.read_text(encoding="utf-8").split())
    for exchange in EXCHANGES.values():
        assert f"{exchange.code} {exchange.name}" in text
    for name in STUDIES:
        assert f"`{name}`" in text
    for row in table_rows():
        assert " | ".join(cell or "–" for cell in row) in text

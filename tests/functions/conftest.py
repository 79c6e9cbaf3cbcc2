"""One desk per scenario and module, asked line by line as a headless run asks it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from financehub_tui.config import Settings, StorageSettings
from financehub_tui.engine.desk import InProcessDesk, open_desk
from financehub_tui.functions.catalogue import run
from financehub_tui.functions.reading import read_line
from financehub_tui.market.instrument import Instrument
from financehub_tui.report.blocks import Report
from financehub_tui.report.render import render


class Asked:
    """A desk on an event loop of its own."""

    def __init__(self, runner: asyncio.Runner, desk: InProcessDesk) -> None:
        self.runner = runner
        self.desk = desk

    def reports(self, line: str) -> list[Report]:
        """The reports of a line. Raises what the functions raise."""

        async def ask() -> list[Report]:
            reading = await read_line(self.desk, line)
            return [await run(self.desk, call) for call in reading.calls]

        return self.runner.run(ask())

    def report(self, line: str) -> Report:
        (only,) = self.reports(line)
        return only

    def document(self, line: str) -> dict[str, Any]:
        """The JSON form of a line's report."""
        return json.loads(render(self.report(line), "json", colour=False, width=120))

    def blocks(self, line: str) -> dict[str, dict[str, Any]]:
        """JSON blocks by title."""
        return {block["title"]: block for block in self.document(line)["blocks"]}

    def facts(self, line: str) -> dict[str, Any]:
        """All labelled values of a line's report."""
        found = {}
        for block in self.document(line)["blocks"]:
            for field in block.get("fields", ()):
                found[field["label"]] = field["missing"] or field["value"]
        return found

    def rows(self, line: str, block: int = -1) -> list[dict[str, Any]]:
        """Rows of a table."""
        return self.document(line)["blocks"][block]["rows"]

    def frame(self, line: str, block: int = -1) -> pl.DataFrame:
        table = self.report(line).blocks[block]
        return table.frame

    def instrument(self, text: str) -> Instrument:
        async def read() -> Instrument:
            return (await read_line(self.desk, f"{text} DES")).calls[0].securities[0]

        return self.runner.run(read())

    def printed(self, line: str, form: str = "table", **kept: Any) -> str:
        words = {"colour": False, "width": 120} | kept
        return str(render(self.report(line), form, **words))


def asked(scenario: str, home: Path, settings: Settings | None = None) -> Iterator[Asked]:
    with asyncio.Runner() as runner:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FINANCEHUB_HOME", str(home))
            desk = runner.run(open_desk(settings or Settings(), scenario=scenario, headless=True))
        try:
            yield Asked(runner, desk)
        finally:
            runner.run(desk.close())


@pytest.fixture(scope="module")
def equities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The equities demo at its opening instant."""
    yield from asked("equities", tmp_path_factory.mktemp("equities"))


@pytest.fixture(scope="module")
def crypto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The crypto demo at its opening instant."""
    yield from asked("crypto", tmp_path_factory.mktemp("crypto"))


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Asked]]:
    """Desks of this test alone, for what changes the clock or the lists."""
    open_ones: list[Iterator[Asked]] = []

    def make(scenario: str) -> Asked:
        desk = asked(scenario, tmp_path_factory.mktemp("fresh"))
        open_ones.append(desk)
        return next(desk)

    yield make
    for desk in open_ones:
        next(desk, None)


def no_network(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Live mode on a machine where no name resolves, with a database of its own."""
    home = tmp_path_factory.mktemp("live")
    settings = Settings(storage=StorageSettings(path=str(home / "live.duckdb")))
    before = socket.getaddrinfo
    socket.getaddrinfo = no_network
    try:
        yield from asked("live", home, settings)
    finally:
        socket.getaddrinfo = before


@pytest.fixture(scope="session")
def daily() -> Callable[[str, str], pl.DataFrame]:
    """Bundled bars of a symbol as they stand in the file, read independently of the program."""
    import importlib.resources

    folder = importlib.resources.files("financehub_tui") / "data" / "demo"

    def read(path: str, symbol: str) -> pl.DataFrame:
        return pl.read_parquet(str(folder / path)).filter(pl.col("symbol") == symbol)

    return read

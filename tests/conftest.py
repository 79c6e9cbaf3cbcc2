"""Every test runs in a home of its own, in UTC, without what the developer's shell exports."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from financehub_tui.market import master

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("suite"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "suite")

FROZEN = 10
"""Workstations a worker keeps before it lets go of them: looking for what can go takes a second."""
KEPT = "FINANCEHUB_TEST_"
SWEEPS = {
    "engine/test_chaos",
    "engine/test_chaos_faults_http",
    "engine/test_chaos_faults_streams",
    "commands/test_grammar_properties",
    "functions/test_every_function",
    "market/test_calendar_sessions",
    "market/test_l2_book",
    "providers/test_odd_payloads",
    "screens/test_every_function",
    "screens/test_screens_in_a_terminal",
    "widgets/test_output",
    "widgets/test_output_pictures",
}
"""Modules that go over everything once more: slow under the tracer of coverage, they reach what others reach."""
SHELL = (
    "ALL_PROXY",
    "COLUMNS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LINES",
    "NO_COLOR",
    "PYTHONIOENCODING",
    "SSH_CONNECTION",
    "SSH_TTY",
    "STY",
    "TMUX",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sweeps are not traced."""
    for item in items:
        if f"{item.path.parent.name}/{item.path.stem}" in SWEEPS:
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One after the other, the homes of a worker's tests."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True, scope="session")
def home_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What several tests share is made before any of them has its own home; the developer's is never touched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINANCEHUB_HOME", str(tmp_path_factory.mktemp("session")))
        yield


@pytest.fixture(autouse=True, scope="session")
def one_master() -> Iterator[None]:
    """Desks of one worker share the security master, which none of them changes: it takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(master, "load_master", cache(master.load_master))
        yield


@pytest.fixture(autouse=True)
def surroundings(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of this test."""
    for name in list(os.environ):
        if name in SHELL or (name.startswith("FINANCEHUB_") and not name.startswith(KEPT)):
            monkeypatch.delenv(name)
    home = next(homes)
    home.mkdir(mode=0o700)
    monkeypatch.setenv("FINANCEHUB_HOME", str(home))
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield home
    if before is not None:
        os.environ["TZ"] = before
        time.tzset()


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A program run in a test sets up its logs: the next test's are not kept by it, nor as detailed."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def freezes() -> Iterator[list[None]]:
    """One entry for each time a workstation froze what it stands on. (gc.get_freeze_count() counts all objects.)"""
    frozen: list[None] = []
    freeze = gc.freeze

    def counted() -> None:
        frozen.append(None)
        freeze()

    gc.set_threshold(50_000, 20, 50)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "freeze", counted)
        yield frozen


@pytest.fixture(autouse=True)
def workstations_let_go(freezes: list[None]) -> Iterator[None]:
    """A workstation freezes what it stands on for as long as it runs; of those of tests nothing would ever go."""
    yield
    if len(freezes) >= FROZEN:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        freezes.clear()

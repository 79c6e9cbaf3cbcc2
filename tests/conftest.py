"""Every test runs in a home of its own, in UTC, without what the developer's shell exports."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("suite"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "suite")

FROZEN = 1_000_000
"""Objects: some ten workstations. Looking for what can go takes a second, so not after each of them."""
KEPT = "FINANCEHUB_TEST_"
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


@pytest.fixture(autouse=True, scope="session")
def home_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What several tests share is made before any of them has its own home; the developer's is never touched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINANCEHUB_HOME", str(tmp_path_factory.mktemp("session")))
        yield


@pytest.fixture(autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of this test."""
    for name in list(os.environ):
        if name in SHELL or (name.startswith("FINANCEHUB_") and not name.startswith(KEPT)):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("FINANCEHUB_HOME", str(home))
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield home
    if before is not None:
        os.environ["TZ"] = before
        time.tzset()
    if gc.get_freeze_count() > FROZEN:
        # A workstation freezes what it stands on for as long as it runs; of those of tests nothing would ever go.
        gc.unfreeze()
        gc.collect()
        gc.freeze()

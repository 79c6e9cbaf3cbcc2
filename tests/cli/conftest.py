"""The command as a user runs it: in this process, or, where that matters, in one of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from financehub_tui.cli import run


class Result:
    """What a command gave."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err


Command = Callable[..., Result]


@pytest.fixture
def financehub(capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs the command in this process."""

    def command(*arguments: str) -> Result:
        capfd.readouterr()
        try:
            status = run(arguments)
        except SystemExit as ended:
            status = int(ended.code or 0)
        sys.stdout.flush()
        told = capfd.readouterr()
        return Result(status, told.out, told.err)

    return command


@pytest.fixture
def process(surroundings: Path) -> Command:
    """Runs the command in a process of its own; `before` is Python run ahead of it, `env` changes the environment."""

    def command(*arguments: str, before: str = "", env: dict[str, str] | None = None, **kept: object) -> Result:
        code = f"{before}\nimport sys\nfrom financehub_tui.__main__ import main\nsys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, **(env or {})},
            timeout=60,
            check=False,
            **kept,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return command


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name resolves."""

    def refuse(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)

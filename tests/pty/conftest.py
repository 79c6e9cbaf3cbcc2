"""The real program in a pseudo-terminal, with a picture of its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator

import pyte
import pytest


class Terminal:
    """A program under a pty; `pump` reads what it writes and draws it on a pyte screen."""

    def __init__(self, arguments: list[str], size: tuple[int, int], environment: dict[str, str | None]) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.status: int | None = None
        settings = dict(os.environ, TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8", LC_ALL="C.UTF-8")
        for name, value in environment.items():
            settings.pop(name, None)
            if value is not None:
                settings[name] = value
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(sys.executable, [sys.executable, "-m", "financehub_tui", *arguments], settings)
        os.set_blocking(self.fd, False)
        self.resize(columns, rows)

    def pump(self, seconds: float) -> bytes:
        """Read for a while. Returns what came."""
        end, came = time.monotonic() + seconds, bytearray()
        while (left := end - time.monotonic()) > 0:
            if not self._read(left, came):
                break
        self.stream.feed(bytes(came))
        return bytes(came)

    def _read(self, left: float, came: bytearray) -> bool:
        if self.fd < 0 or not select.select([self.fd], [], [], left)[0]:
            return False
        try:
            part = os.read(self.fd, 65536)
        except OSError:
            return False
        came += part
        self.raw += part
        return bool(part)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(self.screen.display)

    def until(self, condition: Callable[[str], bool] | str, seconds: float = 60) -> str:
        """Read until the screen says so. Returns the screen."""
        wanted = condition if callable(condition) else (lambda text: condition in text)
        end = time.monotonic() + seconds
        while not wanted(self.text):
            if time.monotonic() > end or self.ended():
                raise AssertionError(f"not on screen within {seconds} s: {condition}\n{self.text}")
            self.pump(0.05)
        return self.text

    def send(self, keys: str) -> None:
        """Type."""
        data = keys.encode()
        while data:
            select.select([], [self.fd], [], 1)
            try:
                data = data[os.write(self.fd, data) :]
            except BlockingIOError:
                self.pump(0.01)

    def line(self, text: str) -> None:
        """Type a line and Enter."""
        self.send(f"{text}\r")

    def resize(self, columns: int, rows: int) -> None:
        """The window has another size."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal, as a closed window does."""
        os.close(self.fd)
        self.fd = -1

    def ended(self) -> bool:
        """Whether the program has ended; `status` says how (negative: by a signal)."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def wait_end(self, seconds: float) -> int:
        """The exit status, which must come within the time. What is written meanwhile is read."""
        end = time.monotonic() + seconds
        while not self.ended():
            assert time.monotonic() < end, f"still runs after {seconds} s\n{self.text}"
            if self.fd >= 0:
                self.pump(0.02)
            time.sleep(0.01)
        if self.fd >= 0:
            self.pump(0.1)
        assert self.status is not None
        return self.status

    def kill(self) -> None:
        """Leave nothing behind."""
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -9
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


Opener = Callable[..., Terminal]


@pytest.fixture
def terminal() -> Iterator[Opener]:
    """Open the program: `terminal("--demo", size=(120, 40), NO_COLOR="1")`."""
    opened: list[Terminal] = []

    def start(*arguments: str, size: tuple[int, int] = (120, 40), **environment: str | None) -> Terminal:
        opened.append(Terminal(list(arguments), size, environment))
        return opened[-1]

    yield start
    for each in opened:
        each.kill()

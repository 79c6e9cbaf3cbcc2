"""A program in a pseudo-terminal: its output read and counted, its keys pressed, its memory and processor looked at."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

import psutil

REMOTE = {"SSH_CONNECTION": "198.51.100.1 50000 198.51.100.2 22"}
"""What a program sees in its environment inside an SSH session."""


class Terminal:
    """Runs while it is open; killed at the end where it has not left by itself."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None, *, columns: int, rows: int
    ) -> None:
        told = {
            name: value for name, value in os.environ.items() if name not in ("SSH_CONNECTION", "SSH_TTY", "NO_COLOR")
        }
        told |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})}
        self.began = time.perf_counter()
        pid, self._terminal = pty.fork()
        if pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(command[0], list(command), told)
        self.process = psutil.Process(pid)
        self.read = 0
        """Bytes it has written so far."""
        self._tail = b""
        self._ended = False

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if not self._ended:
            os.kill(self.process.pid, signal.SIGKILL)
            os.waitpid(self.process.pid, 0)
        os.close(self._terminal)

    @property
    def memory(self) -> float:
        """Resident, in MB."""
        return self.process.memory_info().rss / 1e6

    @property
    def processor(self) -> float:
        """Seconds of the processor used so far."""
        used = self.process.cpu_times()
        return used.user + used.system

    def wait_for(self, text: bytes, seconds: float = 30.0) -> float:
        """Seconds since the start until it has written a text, from now on or just before. Raises TimeoutError."""
        deadline = time.perf_counter() + seconds
        while text not in self._tail:
            if not self._take(deadline, len(text)):
                raise TimeoutError(f"{text!r} was not written in {seconds:g} s")
        return time.perf_counter() - self.began

    def listen(self, seconds: float) -> int:
        """Read for so long; bytes written meanwhile."""
        before, deadline = self.read, time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            self._take(deadline)
        return self.read - before

    def press(self, keys: bytes) -> None:
        """Type; what was written before is forgotten for `wait_for`."""
        self._tail = b""
        os.write(self._terminal, keys)

    def resize(self, columns: int, rows: int) -> None:
        """Another size, with the signal."""
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for_end(self, seconds: float = 20.0) -> float:
        """Seconds from now until the process is gone. Raises TimeoutError."""
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            self._take(time.perf_counter() + 0.005)
            if os.waitpid(self.process.pid, os.WNOHANG)[0]:
                self._ended = True
                return time.perf_counter() - began
        raise TimeoutError(f"still there after {seconds:g} s")

    def _take(self, deadline: float, kept: int = 0) -> bool:
        """Read what there is by then; False where nothing came, or nobody writes any more."""
        if not select.select([self._terminal], [], [], max(0.0, deadline - time.perf_counter()))[0]:
            return False
        try:
            data = os.read(self._terminal, 65_536)
        except OSError:
            return False
        self.read += len(data)
        self._tail = self._tail[-kept:] + data if kept else data
        return bool(data)

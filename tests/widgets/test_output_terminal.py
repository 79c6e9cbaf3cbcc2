"""The output layer in a real pseudo-terminal, quick and slow."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pyte
import pytest

PROGRAM = Path(__file__).with_name("live_program.py")
ROOT = PROGRAM.parents[2]


class Terminal:
    """A program in a terminal of 160x50."""

    def __init__(self, path: Path):
        self.screen = pyte.Screen(160, 50)
        self.stream = pyte.ByteStream(self.screen)
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY"):
            environment.pop(name, None)
        self.program = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(path)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def read(self, seconds, until=lambda: False):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not until():
            if select.select([self.master], [], [], 0.05)[0]:
                self.stream.feed(os.read(self.master, 65_536))

    def press(self, key):
        os.write(self.master, key.encode())

    def close(self):
        self.program.kill()
        self.program.wait()
        os.close(self.master)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "said.json"


@pytest.fixture
def terminal(path):
    opened = Terminal(path)
    yield opened
    opened.close()


def shown(screen):
    return [line.rstrip() for line in screen.display]


@pytest.mark.pty
def test_the_terminal_shows_what_the_program_means(terminal, path):
    terminal.read(20, lambda: "SYM9" in "".join(terminal.screen.display))
    terminal.read(1.0)
    terminal.press("d")
    terminal.read(10, path.exists)
    terminal.read(0.5)
    said = json.loads(path.read_text())
    assert not said["plain"]
    assert shown(terminal.screen) == said["text"].splitlines()


@pytest.mark.pty
@pytest.mark.slow
def test_a_terminal_that_stops_reading_holds_nobody_up(terminal, path):
    terminal.read(20, lambda: "SYM9" in "".join(terminal.screen.display))
    terminal.press("g")
    terminal.read(0.5)
    time.sleep(2.5)
    terminal.press("d")
    terminal.read(10, path.exists)
    terminal.read(1.0)
    said = json.loads(path.read_text())
    assert said["gap"] < 1.0
    assert said["period"] > 0.125
    assert shown(terminal.screen) == said["text"].splitlines()

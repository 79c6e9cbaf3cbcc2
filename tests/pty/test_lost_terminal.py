"""A terminal that goes without a signal ends the program."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

import pytest

pytestmark = pytest.mark.pty


def test_a_terminal_that_goes_without_a_signal_ends_it(surroundings):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    # In our own session: closing the terminal sends the program nothing.
    command = [sys.executable, "-m", "financehub_tui", "--demo"]
    program = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    try:
        drawn = b""
        until = time.monotonic() + 60
        while b"MON" not in drawn and time.monotonic() < until:
            if select.select([ours], [], [], 0.2)[0]:
                drawn += os.read(ours, 65_536)
        assert b"MON" in drawn
        os.close(ours)
        assert program.wait(60) == 0
    finally:
        program.kill()
    log = (surroundings / "logs" / "financehub.log").read_text()
    assert "the terminal has gone" in log

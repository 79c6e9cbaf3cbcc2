"""Peers whose pins conflict with ours, each asked in a process of its own by the Python of `.venv-peers`.

`make bench` makes that environment from requirements/peers.txt. Where it cannot, the figures stand without these peers
and say so.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

BIN = Path(__file__).parents[2] / ".venv-peers" / "bin"
PATIENCE = 120.0
"""Seconds a peer may take."""


def command(name: str) -> str | None:
    """A peer's own program; None where it is not installed."""
    file = BIN / name
    return str(file) if file.is_file() else None


def ask(script: str, *arguments: str) -> tuple[Mapping[str, float], str]:
    """The figures a script of this folder prints as JSON; none, and why, where it cannot."""
    python = command("python")
    if python is None:
        return {}, "peers are not installed: make bench does it"
    file = Path(__file__).with_name(f"{script}.py")
    done = subprocess.run(
        [python, "-P", str(file), *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        return {}, f"{script}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}"
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found, ""

"""`make bench`: every bench module's figures beside its peers, printed and kept under bench/results/.

bench/README.md says how to read them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from bench.figures import Figure

HERE = Path(__file__).parent


def main() -> int:
    """Run all benches, or those named."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", help="bench modules, such as grid chart start; all where none is named")
    wanted = parser.parse_args().names or sorted(file.stem.removeprefix("bench_") for file in HERE.glob("bench_*.py"))
    began = time.perf_counter()
    found: dict[str, Sequence[Figure]] = {}
    for name in wanted:
        print(f"== {name}", flush=True)
        found[name] = import_module(f"bench.bench_{name}").run()
        for figure in found[name]:
            print(figure.line(), flush=True)
    file = _keep(found, time.perf_counter() - began)
    _sum_up(found)
    print(f"written to {file.relative_to(HERE.parent)}")
    return 0


def _keep(found: dict[str, Sequence[Figure]], seconds: float) -> Path:
    """Write the figures down, with what they were measured on."""
    file = HERE / "results" / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.parent.mkdir(exist_ok=True)
    document = {
        "python": sys.version.split()[0],
        "machine": platform.machine(),
        "cores": os.cpu_count() or 0,
        "load": os.getloadavg()[0],
        "seconds": round(seconds),
        "rows": [{"bench": name, **figure.document()} for name, figures in found.items() for figure in figures],
    }
    file.write_text(json.dumps(document, indent=1) + "\n")
    return file


def _sum_up(found: dict[str, Sequence[Figure]]) -> None:
    """How many goals were met, and which were not."""
    judged = [(name, figure) for name, figures in found.items() for figure in figures if figure.verdict]
    counts = {word: sum(figure.verdict == word for _, figure in judged) for word in ("met", "missed", "unmeasured")}
    print("goals: " + ", ".join(f"{count} {word}" for word, count in counts.items()))
    for name, figure in judged:
        if figure.verdict != "met":
            print(f"  {figure.verdict}  {name}: {figure.name}")


if __name__ == "__main__":
    sys.exit(main())

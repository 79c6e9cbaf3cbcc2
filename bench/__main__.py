"""`make bench`: every bench module's figures beside its peers, printed and kept under bench/results/."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run all benches, or those named."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", help="bench modules, such as grid chart start; all where none is named")
    wanted = parser.parse_args().names or sorted(file.stem.removeprefix("bench_") for file in HERE.glob("bench_*.py"))
    rows: list[dict[str, object]] = []
    for name in wanted:
        print(f"== {name}", flush=True)
        for row in import_module(f"bench.bench_{name}").run():
            rows.append({"bench": name, **row})
            print(_line(row), flush=True)
    file = HERE / "results" / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.parent.mkdir(exist_ok=True)
    document = {"python": sys.version.split()[0], "machine": platform.machine(), "cores": _cores(), "rows": rows}
    file.write_text(json.dumps(document, indent=1, default=str) + "\n")
    print(f"written to {file.relative_to(HERE.parent)}")
    return 0


def _cores() -> int:
    import os

    return os.cpu_count() or 0


def _line(row: dict[str, object]) -> str:
    ratio = row.get("ratio")
    parts = [f"{row['name']:<52}", f"{_number(row['value']):>14} {row['unit']:<10}"]
    if row.get("peer"):
        parts.append(f"{row['peer']}: {_number(row.get('peer_value'))}")
    if isinstance(ratio, int | float):
        parts.append(f"ratio {ratio:.2f}")
    if row.get("goal"):
        parts.append(f"goal {row['goal']}")
    return "  ".join(parts)


def _number(value: object) -> str:
    if not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3f}"


if __name__ == "__main__":
    sys.exit(main())

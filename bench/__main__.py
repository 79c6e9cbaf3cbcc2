"""`make bench`: every bench module's figures beside its peers, printed and kept under bench/results/.

A row's `goal` is about its ratio to the peer, or, with `"goal_on": "value"` or without a ratio, about its own value:
at most the goal where `lower_is_better`, else at least. Each row with a goal is followed by its verdict.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Mapping
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
            rows.append({"bench": name, **row, "verdict": verdict(row)})
            print(_line(row), flush=True)
    file = HERE / "results" / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.parent.mkdir(exist_ok=True)
    document = {"python": sys.version.split()[0], "machine": platform.machine(), "cores": _cores(), "rows": rows}
    file.write_text(json.dumps(document, indent=1, default=str) + "\n")
    missed = [f"{row['bench']}: {row['name']}" for row in rows if row["verdict"] == "missed"]
    met = sum(row["verdict"] == "met" for row in rows)
    print(f"goals: {met} met, {len(missed)} missed" + "".join(f"\n  missed  {name}" for name in missed))
    print(f"written to {file.relative_to(HERE.parent)}")
    return 0


def _cores() -> int:
    import os

    return os.cpu_count() or 0


def _line(row: Mapping[str, object]) -> str:
    ratio = row.get("ratio")
    parts = [f"{row['name']:<52}", f"{_number(row['value']):>14} {row['unit']:<10}"]
    if row.get("peer"):
        parts.append(f"{row['peer']}: {_number(row.get('peer_value'))}")
    if isinstance(ratio, int | float):
        parts.append(f"ratio {ratio:.2f}")
    if row.get("goal"):
        parts.append(f"goal {_goal(row)}: {verdict(row)}")
    return "  ".join(parts)


def verdict(row: Mapping[str, object]) -> str:
    """met or missed; empty for a row without a goal."""
    goal = _limit(row)
    figure = row.get("value") if _on_value(row) else row.get("ratio")
    if goal is None or not isinstance(figure, int | float):
        return ""
    return "met" if (figure <= goal if row.get("lower_is_better") else figure >= goal) else "missed"


def _goal(row: Mapping[str, object]) -> str:
    """The goal in words: `ratio <= 0.25`, `value <= 3 ms`."""
    sign = "<=" if row.get("lower_is_better") else ">="
    on_value = _on_value(row)
    unit = f" {row['unit']}" if on_value else ""
    return f"{'value' if on_value else 'ratio'} {sign} {_limit(row):g}{unit}"


def _on_value(row: Mapping[str, object]) -> bool:
    return row.get("goal_on") == "value" or row.get("ratio") is None


def _limit(row: Mapping[str, object]) -> float | None:
    """The goal as a number; some rows write it out (`ratio <= 1.6`)."""
    goal = row.get("goal")
    if isinstance(goal, str):
        words = goal.split()
        goal = float(words[-1]) if words else None
    return goal if isinstance(goal, int | float) else None


def _number(value: object) -> str:
    if not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3f}"


if __name__ == "__main__":
    sys.exit(main())

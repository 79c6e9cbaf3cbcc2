"""`financehub functions`: the registry as a list."""

from __future__ import annotations

import sys

from financehub_tui.functions.catalogue import registry


def list_functions(form: str) -> int:
    """Print every function with its name and group."""
    if form == "json":
        import msgspec

        sys.stdout.write(msgspec.json.encode(list(registry())).decode() + "\n")
    elif form == "markdown":
        print(markdown())
    else:
        for mnemonic, also, title, group in _rows():
            print(f"{mnemonic:<8}{also:<12}{title:<28}{group}")
    return 0


def markdown() -> str:
    """A Markdown table of every function with its needs and an example."""
    lines = ["| mnemonic | also | name | group | needs | example |", "| --- | --- | --- | --- | --- | --- |"]
    for specs in registry().by_category().values():
        for spec in specs:
            needs = "" if spec.needs.value == "nothing" else spec.needs.value
            cells = (spec.mnemonic, " ".join(spec.aliases), spec.title, spec.category.value, needs)
            lines.append("| " + " | ".join((*cells, f"`{spec.examples[0]}`")) + " |")
    return "\n".join(lines)


def _rows() -> list[tuple[str, str, str, str]]:
    return [
        (spec.mnemonic, " ".join(spec.aliases), spec.title, category.value)
        for category, specs in registry().by_category().items()
        for spec in specs
    ]

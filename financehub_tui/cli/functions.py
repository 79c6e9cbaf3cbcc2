"""`financehub functions`: the registry as a list."""

from __future__ import annotations

import sys

from financehub_tui.functions.catalogue import registry


def list_functions(form: str) -> int:
    """Print every function with its name and group."""
    rows = [
        (spec.mnemonic, " ".join(spec.aliases), spec.title, category.value)
        for category, specs in registry().by_category().items()
        for spec in specs
    ]
    if form == "json":
        import msgspec

        sys.stdout.write(msgspec.json.encode(list(registry())).decode() + "\n")
    elif form == "markdown":
        print("| mnemonic | also | name | group |\n|---|---|---|---|")
        for row in rows:
            print("| " + " | ".join(row) + " |")
    else:
        for mnemonic, also, title, group in rows:
            print(f"{mnemonic:<8}{also:<12}{title:<28}{group}")
    return 0

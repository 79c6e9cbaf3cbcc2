"""The key table: every action has a route that works in every terminal."""

from __future__ import annotations

import subprocess
import sys

from financehub_tui.commands.keys import KEYS, LEADER, LEADER_KEYS, SECTOR_KEYS, table_rows
from financehub_tui.commands.sectors import LEADER_WORDS, sector_of


def test_every_action_has_a_sure_route_and_a_name_of_its_own() -> None:
    assert len({route.action for route in KEYS}) == len(KEYS)
    for route in KEYS:
        assert route.title
        assert route.always
        assert not any(f"F{n}" in route.always for n in range(1, 13))
    assert {"go", "cancel", "sector", "menu", "help", "pane", "command_line", "copy"} <= {one.action for one in KEYS}
    assert len(table_rows()) == len(KEYS)


def test_sector_keys_type_words_the_grammar_knows() -> None:
    for word in (*SECTOR_KEYS.values(), *LEADER_KEYS.values()):
        assert sector_of(word.upper()) is not None
    assert {LEADER + key.upper(): sector_of(word.upper()) for key, word in LEADER_KEYS.items()} == LEADER_WORDS


def test_the_command_line_loads_nothing_heavy() -> None:
    modules = "grammar completion history keys printing registry studies".split()
    program = "".join(f"import financehub_tui.commands.{name}\n" for name in modules)
    heavy = "{'textual', 'rich', 'polars', 'numpy', 'duckdb', 'httpx', 'websockets', 'talib', 'rapidfuzz'}"
    program += f"import sys\nprint(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"

"""The documents say what the program does, and what checks them notices when they do not."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from financehub_tui.config import known_keys

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def check_docs():
    spec = importlib.util.spec_from_file_location("check_docs", ROOT / "tools" / "check_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["CONFIGURATION.md", "FUNCTIONS.md"])
def test_generated_tables_are_current(name, check_docs):
    text = (ROOT / "docs" / name).read_text()
    assert "<!-- generated: " in text and check_docs.renewed(text) == text


def test_every_function_is_listed_and_no_other(check_docs):
    assert list(check_docs.undescribed(ROOT)) == []


def test_every_setting_is_in_the_document():
    text = (ROOT / "docs" / "CONFIGURATION.md").read_text()
    assert [key for key, *_ in known_keys() if f"| `{key}` |" not in text] == []


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "A.md").write_text("# One heading\n\n[up](../README.md) [here](#one-heading)\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[a](docs/A.md) [b](docs/A.md#one-heading) [c](https://x.example/y) ![p](docs/A.md)", []),
        ("`[a](nowhere.md)`\n```\n[a](nowhere.md)\n```\n", []),
        ("[a](docs/B.md)", ["README.md: docs/B.md leads nowhere"]),
        ("![p](docs/p.svg)", ["README.md: docs/p.svg leads nowhere"]),
        ('<img src="p.png">', ["README.md: p.png leads nowhere"]),
        ("[a](docs/A.md#two)", ["README.md: docs/A.md#two: no such heading"]),
        ("[a](../)", ["README.md: ../ leads out of the repository"]),
    ],
)
def test_links_that_lead_nowhere_are_found(text, wrong, repository, check_docs):
    (repository / "README.md").write_text(text)
    assert list(check_docs.broken_links(repository)) == wrong


def test_missing_and_surplus_functions_and_stale_tables_are_found(repository, check_docs, capsys):
    (repository / "README.md").write_text("")
    document = repository / "docs" / "FUNCTIONS.md"
    assert check_docs.main([], repository) == 1
    assert capsys.readouterr().out == "docs/FUNCTIONS.md is missing\n"
    document.write_text("<!-- generated: functions -->\n| NOSUCH | |\n<!-- end -->\n")
    assert check_docs.main([], repository) == 1
    told = capsys.readouterr().out.splitlines()
    assert "docs/FUNCTIONS.md: NOSUCH is no function" in told
    assert "docs/FUNCTIONS.md: HP is not listed" in told
    assert any("out of date" in line for line in told)
    assert check_docs.main(["--write"], repository) == 0
    assert "| HP | HCP |" in document.read_text()


def test_a_session_shows_what_a_shell_would(check_docs):
    text = check_docs.session("config path --nosuch")
    assert text.startswith("```text\n$ financehub config path --nosuch\n") and text.endswith("$ echo $?\n2\n```")

"""Checks the documents: links resolve, generated tables are current, every function is described and no other.

`python -m tools.check_docs` lists what is wrong and exits with 1; `--write` brings the generated tables up to date.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_SOURCE = re.compile(r"<(?:img|a)\s[^>]*?(?:src|href)=\"([^\"]+)\"")
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
_MNEMONIC = re.compile(r"^\| ([A-Z][A-Z0-9]*) \|", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def documents(root: Path) -> list[Path]:
    """The documents of the repository: those at its top and all below `docs/`."""
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def broken_links(root: Path) -> Iterator[str]:
    """Relative links and pictures that lead nowhere, and anchors that no heading has."""
    for document in documents(root):
        text = _CODE.sub("", _FENCE.sub("", document.read_text(encoding="utf-8")))
        for target in (*_LINK.findall(text), *_SOURCE.findall(text)):
            if _ELSEWHERE.match(target):
                continue
            path, _, anchor = target.partition("#")
            file = (document.parent / path).resolve() if path else document
            name = document.relative_to(root)
            if not file.exists():
                yield f"{name}: {target} leads nowhere"
            elif not file.is_relative_to(root):
                yield f"{name}: {target} leads out of the repository"
            elif anchor and file.suffix == ".md" and anchor not in _anchors(file):
                yield f"{name}: {target}: no such heading"


def _anchors(document: Path) -> set[str]:
    """Heading anchors as GitHub makes them."""
    headings = _HEADING.findall(_FENCE.sub("", document.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def functions_table() -> str:
    """Every function, as `financehub functions --format markdown` prints it."""
    from financehub_tui.cli.functions import markdown

    return markdown()


def settings_table() -> str:
    """Every key with what it takes, its default and its meaning."""
    from financehub_tui.config import known_keys
    from financehub_tui.settings_file import shown

    rows = [
        f"| `{key}` | {_takes(kind)} | {f'`{shown(default)}`' if shown(default) not in ('', '{}') else ''} | {about} |"
        for key, kind, default, about in known_keys()
    ]
    return "\n".join(["| key | takes | default | meaning |", "| --- | --- | --- | --- |", *rows])


def _takes(kind: Any) -> str:
    """What values a setting's type takes, in words."""
    metas = getattr(kind, "__metadata__", ())
    plain = get_args(kind)[0] if metas else kind
    if get_origin(plain) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(plain))
    if get_origin(plain) is tuple:
        return "a list of words"
    if get_origin(plain) is dict:
        return "a table of addresses"
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[plain]
    if any(getattr(meta, "pattern", None) and "https?" in meta.pattern for meta in metas):
        return "an address"
    bounds = [
        f"{sign} {getattr(meta, name):g}"
        for meta in metas
        for name, sign in (("ge", "from"), ("gt", "above"), ("le", "to"))
        if getattr(meta, name, None) is not None
    ]
    return " ".join([words, *bounds])


def session(arguments: str) -> str:
    """What the command prints, as in a shell."""
    command = [sys.executable, "-m", "financehub_tui", *shlex.split(arguments)]
    with tempfile.TemporaryDirectory() as home:
        surroundings = {**os.environ, "FINANCEHUB_HOME": home, "PYTHONIOENCODING": "utf-8", "TZ": "UTC"}
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=surroundings, check=False)
    lines = [f"$ financehub {arguments}", done.stdout.decode().rstrip("\n"), "$ echo $?", str(done.returncode)]
    return "\n".join(["```text", *lines, "```"])


def _generated(match: re.Match[str]) -> str:
    """What stands between `<!-- generated: NAME WORDS -->` and `<!-- end -->`."""
    tables = {"functions": functions_table, "settings": settings_table}
    name, words = match[2], match[3]
    return f"{match[1]}{session(words) if name == 'session' else tables[name]()}\n{match[4]}"


_SECTION = re.compile(r"(<!-- generated: (\w+) ?([^\n]*?) ?-->\n)(?:.*?)(<!-- end -->)", re.DOTALL)


def renewed(text: str) -> str:
    """A document with its generated sections made anew. Raises KeyError for an unknown one."""
    return _SECTION.sub(_generated, text)


def stale(root: Path) -> Iterator[str]:
    """Documents whose generated sections are not current."""
    for document in documents(root):
        text = document.read_text(encoding="utf-8")
        if renewed(text) != text:
            yield f"{document.relative_to(root)}: a generated table is out of date; run tools/check_docs.py --write"


def undescribed(root: Path) -> Iterator[str]:
    """Functions that docs/FUNCTIONS.md lacks, and those it has beyond the registry."""
    from financehub_tui.functions.catalogue import registry

    document = root / "docs" / "FUNCTIONS.md"
    if not document.exists():
        yield "docs/FUNCTIONS.md is missing"
        return
    text = document.read_text(encoding="utf-8")
    listed, known = set(_MNEMONIC.findall(text)), {spec.mnemonic for spec in registry()}
    for mnemonic in sorted(known - listed):
        yield f"docs/FUNCTIONS.md: {mnemonic} is not listed"
    for mnemonic in sorted(listed - known):
        yield f"docs/FUNCTIONS.md: {mnemonic} is no function"


def main(arguments: list[str], root: Path = ROOT) -> int:
    """List what is wrong; 1 where something is."""
    if "--write" in arguments:
        for document in documents(root):
            text = document.read_text(encoding="utf-8")
            if renewed(text) != text:
                document.write_text(renewed(text), encoding="utf-8")
                print(f"renewed {document.relative_to(root)}")
    wrong = [*broken_links(root), *undescribed(root), *stale(root)]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

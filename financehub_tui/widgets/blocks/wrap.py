"""Breaking text into lines by cells, not characters."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells

from financehub_tui.widgets.strips import safe_text


def wrap(words: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at blanks where there are any; paragraphs stay apart."""
    width = max(1, width)
    return [line for paragraph in words.splitlines() or [""] for line in _paragraph(safe_text(paragraph), width)]


def _paragraph(paragraph: str, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in paragraph.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = chop_cells(word, width) or [""]
        lines += whole
    return [*lines, line]

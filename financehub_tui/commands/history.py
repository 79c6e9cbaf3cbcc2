"""The lines typed so far: stepping with the draft kept, search, the last distinct ones. No storage here."""

from __future__ import annotations

from collections.abc import Iterable

MAX_LINES = 500


class History:
    """Lines oldest to newest, each once: typing a line again makes it the newest."""

    def __init__(self, lines: Iterable[str] = (), limit: int = MAX_LINES) -> None:
        """`lines` oldest first; the oldest beyond `limit` are dropped."""
        self._limit = limit
        self._lines: dict[str, None] = {}
        self._draft: str | None = None
        self._position = 0
        self._matches: list[str] = []
        for line in lines:
            self.add(line)

    def add(self, line: str) -> None:
        """Remember a line that was run, and stop stepping. Blank lines are not remembered."""
        self.reset()
        text = line.strip()
        if not text:
            return
        self._lines.pop(text, None)
        self._lines[text] = None
        while len(self._lines) > self._limit:
            del self._lines[next(iter(self._lines))]

    def previous(self, draft: str) -> str:
        """The next older line that begins with the draft (any case); the line shown so far where there is none older.

        The first step keeps `draft`; while stepping, what is passed is not looked at.
        """
        if self._draft is None:
            self._draft = draft
            self._matches = self.beginning_with(draft)
            self._position = -1
        if self._position + 1 < len(self._matches):
            self._position += 1
        return self._matches[self._position] if self._matches else self._draft

    def next(self) -> str | None:
        """The next newer line, the draft after the newest; None where nobody is stepping."""
        if self._draft is None:
            return None
        self._position -= 1
        if self._position >= 0:
            return self._matches[self._position]
        draft = self._draft
        self.reset()
        return draft

    def reset(self) -> None:
        """Stop stepping: the user edited the line."""
        self._draft = None
        self._matches = []
        self._position = -1

    def beginning_with(self, prefix: str) -> list[str]:
        """Lines with a beginning, in any case, newest first, without the beginning itself."""
        wanted = prefix.strip().casefold()
        return [line for line in reversed(self._lines) if line.casefold().startswith(wanted) and line != prefix]

    def search(self, text: str, skip: int = 0) -> str | None:
        """Ctrl+R: the newest line that holds a text (any case); `skip` goes on to older ones. None where none does."""
        wanted = text.casefold()
        found = (line for line in reversed(self._lines) if wanted in line.casefold())
        for place, line in enumerate(found):
            if place == skip:
                return line
        return None

    def last(self, count: int) -> list[str]:
        """The newest distinct lines, newest first."""
        return list(reversed(self._lines))[: max(count, 0)]

    def __len__(self) -> int:
        return len(self._lines)

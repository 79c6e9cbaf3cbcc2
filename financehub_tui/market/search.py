"""Search over symbols and names: exact, symbol prefix, word prefix, infix, fuzzy, in this order.

Instruments are known by position; a lower position is the better known one and wins ties. Nothing here scans all
instruments in Python: prefixes are ranges of sorted lists, infixes one C-level search, fuzzy matching sees only words
of about the right length that begin alike.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from heapq import nsmallest

_WORD = re.compile(r"\w+")
_HYPHEN = re.compile(r"(?<=[^\W\d])-(?=[^\W\d])")
"""Between words: Coca-Cola is two, and 7-10 a range."""
_SEPARATORS = str.maketrans("", "", "/-. ")
_HIGHEST = "\U0010ffff"
_FUZZY_CUTOFF = 75.0
_FUZZY_WORDS = 24
_LAZY = 500
"""Up to so many candidates, checking names one by one is cheaper than building another set."""


def fold(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def compact(symbol: str) -> str:
    """A symbol in upper case without separators: BTC/USD, BTC-USD and BTCUSD are the same."""
    return symbol.upper().translate(_SEPARATORS)


class _Postings:
    """Terms in sorted order, each with the positions it stands for."""

    def __init__(self) -> None:
        self.terms: list[str] = []
        self._positions: dict[str, list[int]] = {}

    def load(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Add many pairs; positions must rise."""
        known = self._positions
        before = len(known)
        fresh = []
        for term, position in pairs:
            held = known.get(term)
            if held is None:
                known[term] = [position]
                fresh.append(term)
            elif held[-1] != position:
                held.append(position)
        if before == 0 or len(fresh) > _LAZY:
            self.terms = sorted(known)
        else:
            for term in fresh:
                insort(self.terms, term)

    def of(self, term: str) -> list[int]:
        """Positions of exactly this term."""
        return self._positions.get(term, [])

    def range(self, prefix: str) -> list[str]:
        """Terms that begin with a prefix."""
        return self.terms[bisect_left(self.terms, prefix) : bisect_left(self.terms, prefix + _HIGHEST)]

    def starting(self, prefix: str) -> set[int]:
        """Positions of all terms that begin with a prefix."""
        return set().union(*(self._positions[term] for term in self.range(prefix)))

    def size(self, prefix: str) -> int:
        """How many positions `starting` would visit."""
        return sum(len(self._positions[term]) for term in self.range(prefix))


class SearchIndex:
    """Finds positions by text."""

    def __init__(self) -> None:
        # Imported with the index and not with the first misspelling, which would have to wait 40 ms for it.
        from rapidfuzz import fuzz, process

        self._extract, self._ratio = process.extract, fuzz.ratio
        self._symbols = _Postings()
        self._words = _Postings()
        self._text = ""
        self._starts: list[int] = []
        self.examined = 0
        """Candidates the last search looked at: what its cost is proportional to."""

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, entries: Iterable[tuple[str, str]]) -> None:
        """Append (symbol, name) pairs; their positions follow those already known."""
        symbols: list[tuple[str, int]] = []
        words: list[tuple[str, int]] = []
        lines = []
        length = len(self._text)
        for position, (symbol, name) in enumerate(entries, len(self._starts)):
            short = fold(symbol)
            symbols.append((short, position))
            if (joined := short.translate(_SEPARATORS)) != short:
                symbols.append((joined, position))
            line = f"{short} {fold(name)}\n"
            words += [(word, position) for word in _WORD.findall(line)]
            self._starts.append(length)
            length += len(line)
            lines.append(line)
        self._symbols.load(symbols)
        self._words.load(words)
        self._text += "".join(lines)

    def find(self, text: str, limit: int) -> list[int]:
        """Positions for a text, best first, at most `limit`."""
        query = " ".join(fold(text).split())
        found: dict[int, None] = {}
        self.examined = 0
        if not query or limit <= 0:
            return []
        if " " not in query:
            joined = query.translate(_SEPARATORS)
            self._take(found, self._symbols.of(query) or self._symbols.of(joined), limit)
            if len(found) < limit:
                self._take(found, self._symbols.starting(query) or self._symbols.starting(joined or query), limit)
        if len(found) < limit:
            self._by_words(found, query, limit)
        if len(found) < limit and len(query) > 1:
            self._infix(found, query, limit)
        if not found:
            self._fuzzy(found, query, limit)
        return list(found)

    def _take(self, found: dict[int, None], positions: Iterable[int], limit: int) -> None:
        candidates = [position for position in positions if position not in found]
        self.examined += len(candidates)
        found.update(dict.fromkeys(nsmallest(limit - len(found), candidates)))

    def _by_words(self, found: dict[int, None], query: str, limit: int) -> None:
        tokens = sorted(set(_WORD.findall(query)), key=self._words.size)
        if not tokens:
            return
        candidates = self._words.starting(tokens[0])
        self.examined += len(candidates)
        for token in tokens[1:]:
            candidates = self._narrow(candidates, token)
        if len(tokens) > 1:
            # The words as one phrase, or run together (JPMorgan), come before the same words scattered.
            few = candidates if len(candidates) <= _LAZY else ()
            words = f" {_HYPHEN.sub(' ', query)}"
            phrase = {at for at in few if words in _HYPHEN.sub(" ", self._line(at))}
            self._take(found, phrase | self._words.starting(query.replace(" ", "")), limit)
        self._take(found, candidates, limit)

    def _narrow(self, candidates: set[int], token: str) -> set[int]:
        if len(candidates) > _LAZY:
            return candidates & self._words.starting(token)
        return {at for at in candidates if any(word.startswith(token) for word in _WORD.findall(self._line(at)))}

    def _line(self, position: int) -> str:
        start = self._starts[position]
        return self._text[start : self._text.index("\n", start)]

    def _infix(self, found: dict[int, None], query: str, limit: int) -> None:
        at = self._text.find(query)
        while at >= 0 and len(found) < limit:
            found.setdefault(bisect_right(self._starts, at) - 1)
            self.examined += 1
            at = self._text.find(query, self._text.index("\n", at))

    def _fuzzy(self, found: dict[int, None], query: str, limit: int) -> None:
        scored = [scores for token in _WORD.findall(query) if (scores := self._alike(token))]
        if not scored:
            return
        shared = set(scored[0]).intersection(*scored[1:]) or set().union(*scored)
        self.examined += len(shared)
        # Of two as like, the one whose name begins as typed: "tesla motors" is no General Motors.
        first = _WORD.findall(query)[0]
        order = nsmallest(
            limit,
            shared,
            key=lambda at: (
                -sum(scores.get(at, 0.0) for scores in scored),
                not self._line(at).partition(" ")[2].startswith(first),
                at,
            ),
        )
        found.update(dict.fromkeys(order))

    def _alike(self, token: str) -> dict[int, float]:
        """Positions of words that resemble a token, with their similarity (0 to 100)."""
        if len(token) < 3:
            return dict.fromkeys(self._words.starting(token), 100.0)
        words = [word for first in dict.fromkeys(token[:2]) for word in self._words.range(first)]
        near = [word for word in words if abs(len(word) - len(token)) <= 3]
        self.examined += len(near)
        scores: dict[int, float] = {}
        hits = self._extract(token, near, scorer=self._ratio, score_cutoff=_FUZZY_CUTOFF, limit=_FUZZY_WORDS)
        for word, score, _ in hits:
            for position in self._words.of(word):
                scores.setdefault(position, score)
        return scores

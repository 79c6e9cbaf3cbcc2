"""Reads one command of a chain: which word is the function, which the securities, which the tails."""

from __future__ import annotations

import msgspec

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.contracts import option_at
from financehub_tui.commands.exchanges import EXCHANGES, MICS
from financehub_tui.commands.phrases import Phrase, on_exchange, read_list_name, read_phrases
from financehub_tui.commands.printing import security_text
from financehub_tui.commands.refusals import about_one, neither, no_function, not_suited, nothing_typed, second_function
from financehub_tui.commands.sectors import is_sector, sector_of
from financehub_tui.commands.securities import find, resolve
from financehub_tui.commands.spec import Call, FunctionSpec, Needs, TailKind
from financehub_tui.commands.tails import Tails, fits, read_tail, takes, unknown_tail
from financehub_tui.commands.tokens import Segment, segments, shown
from financehub_tui.errors import CommandError
from financehub_tui.market.instrument import Instrument

CANCEL = "CANCEL"
"""Mnemonic of the call the word CANCEL gives: stop what runs, as Esc does."""

HELP, MENU, DESCRIPTION, MONITOR = "HELP", "MENU", "DES", "MON"
_HIGHEST_PICK = 99_999


class CommandReader:
    """Reads one command of a chain from left to right."""

    def __init__(self, segment: Segment, context: ParseContext, *, quiet: bool = False) -> None:
        """`quiet` leaves out notes and other readings."""
        self.segment = segment
        self.quiet = quiet
        self.context = context
        self.securities: list[Instrument] = []
        self.list_name = ""
        self.typed_function = False
        self.tails = Tails()
        self.notes: list[str] = []
        self.alternatives: list[str] = []

    def read(self) -> Call:
        call = self._single_word() if len(self.segment.tokens) < 2 else None
        if call is None:
            call = self._command()
        return msgspec.structs.replace(call, target=self.segment.target, wants_tails=self._wants_tails(call))

    def _wants_tails(self, call: Call) -> bool:
        return self.segment.wants_tails and bool(self.segment.tokens) and call.mnemonic not in ("", CANCEL)

    def _single_word(self) -> Call | None:
        """Lines of one word that are neither security nor function: ?, a pick, CANCEL, a sector key."""
        word = self.segment.word(0)
        if not word:
            return self._bare_help()
        if word.isascii() and word.isdigit():
            return _pick(word)
        if word == CANCEL:
            return Call(mnemonic=CANCEL)
        if is_sector(word):
            return self._menu(word)
        return None

    def _bare_help(self) -> Call:
        if not self.segment.wants_tails:
            raise nothing_typed()
        return Call(mnemonic=self._need(HELP).mnemonic)

    def _menu(self, word: str) -> Call:
        sector = sector_of(word)
        return Call(mnemonic=self._need(MENU).mnemonic, words=(sector.value,) if sector else ())

    def _need(self, mnemonic: str) -> FunctionSpec:
        spec = self.context.registry.get(mnemonic)
        if spec is None:
            raise CommandError(f"There is no function {mnemonic} here")
        return spec

    def _command(self) -> Call:
        """Rule 2: a known mnemonic is the function unless what follows makes it a security."""
        spec = self.context.registry.get(self.segment.word(0))
        if spec is not None and not self._is_security(spec):
            self._note_function(spec)
            return self._with_function(spec, 1)
        current = self.context.registry.get(self.context.current)
        if current is not None and self._only_tails(current):
            self.notes.append(f"{self.segment.glued(0)[0]} = tail of {current.mnemonic}")
            return self._tails_of(current, 0)
        return self._security_first()

    def _only_tails(self, spec: FunctionSpec) -> bool:
        """True where the line begins with a tail of the current function and names no security: `6M`."""
        if self.segment.word(1) in EXCHANGES or is_sector(self.segment.word(1)):
            return False
        piece = None if self._readable(0) else read_tail(self.segment.glued(0)[0], spec)
        return piece is not None and piece.kind is not TailKind.NUMBER

    # The first word

    def _is_security(self, spec: FunctionSpec) -> bool:
        segment, second = self.segment, self.segment.word(1)
        if is_sector(second):
            return not self._menu_of_sector(spec) and not self._sector_is_tail(spec)
        if second == ",":
            return True
        if second.startswith("@"):
            return second[1:] in MICS
        exchange = EXCHANGES.get(second)
        if exchange:
            known = on_exchange(segment.word(0), exchange, self.context)
            return is_sector(segment.word(2)) or bool(known)
        return option_at(segment, 0) is not None

    def _menu_of_sector(self, spec: FunctionSpec) -> bool:
        return spec.mnemonic == MENU and len(self.segment.tokens) == 2

    def _sector_is_tail(self, spec: FunctionSpec) -> bool:
        """`SECF crypto`: the sector word ends the line, is a tail of the function, and no such security is known."""
        if len(self.segment.tokens) != 2 or not fits(self.segment.text(1), spec):
            return False
        sector = sector_of(self.segment.word(1))
        return not self.context.index.exact(self.segment.word(0), asset_class=sector)

    def _note_function(self, spec: FunctionSpec) -> None:
        """Say so where the mnemonic is also a ticker."""
        self._note_ticker(0, f"function {spec.title}")

    def _note_ticker(self, at: int, reading: str) -> None:
        """Note how a word was read, and the line that reads it as a ticker, where that line means something."""
        if self.quiet:
            return
        known = self.context.index.exact(self.segment.word(at))
        if known and self._reads_as_ticker(at):
            word, start = self.segment.word(at), self.segment.tokens[at].start
            self.notes.append(f"{word} = {reading}; ${word} for {known[0].name or known[0].display}")
            self.alternatives.append(self._rewritten(start, start, "$"))

    def _reads_as_ticker(self, at: int) -> bool:
        tokens = self.segment.tokens
        line, place = self.segment.line, tokens[at].start
        text = line[tokens[0].start : place] + "$" + line[place : self.segment.end]
        try:
            CommandReader(segments(text)[0], self.context, quiet=True).read()
        except CommandError:
            return False
        return True

    def _rewritten(self, start: int, end: int, text: str) -> str:
        """The whole line with a stretch replaced: a line that gives the other reading."""
        line = self.segment.line
        return (line[:start] + text + line[end:]).strip()

    # Security first

    def _security_first(self) -> Call:
        at = self._read_securities(0, None)
        if at >= len(self.segment.tokens):
            return self._finish(self._reloaded())
        spec = self.context.registry.get(self.segment.word(at))
        if spec is not None:
            return self._with_function(spec, at + 1)
        spec = self._reloaded()
        return self._tails_of(spec, at)

    def _reloaded(self) -> FunctionSpec:
        """Rule 4: the current function where it suits what was typed, else DES (a monitor for several)."""
        current = self.context.registry.get(self.context.current)
        many = bool(self.list_name) or len(self.securities) > 1
        if current and current.needs is not Needs.NOTHING and self._suits(current) and self._takes_many(current):
            return current
        return self._need(MONITOR if many else DESCRIPTION)

    def _suits(self, spec: FunctionSpec) -> bool:
        return all(spec.suits(security.asset_class) for security in self.securities)

    def _takes_many(self, spec: FunctionSpec) -> bool:
        """True where a function can be about what was typed, be it one security or many."""
        if not self.list_name and len(self.securities) < 2:
            return True
        if self.list_name:
            return spec.needs is not Needs.SECURITY
        return spec.needs is not Needs.SECURITY or takes(spec, TailKind.SECURITY)

    def _read_securities(self, at: int, spec: FunctionSpec | None) -> int:
        if self.segment.text(at).startswith("@"):
            if self.list_name or self.securities or self.segment.text(at + 1) == ",":
                raise CommandError("A list stands alone, not among securities", "Write @tech, or AAPL,MSFT.")
            self.list_name = read_list_name(self.segment, at, self.context)
            return at + 1
        accepts = (lambda text: fits(text, spec)) if spec else None
        phrases, after = read_phrases(self.segment, at, self.context, accepts)
        for phrase in phrases:
            self._take(phrase)
            if spec is None:
                self._note_exchange(phrase)
        return after

    def _take(self, phrase: Phrase) -> None:
        found = resolve(phrase, self.context)
        self.securities.append(found.instrument)
        if found.others or found.renamed:
            self.notes.append(f"{phrase.typed} → {security_text(found.instrument)}")
        self.alternatives += [self._rewritten(phrase.start, phrase.end, security_text(other)) for other in found.others]

    def _note_exchange(self, phrase: Phrase) -> None:
        """Say so where an exchange code is also a function: `RY CN` is Toronto, `RY Equity CN` is company news."""
        function = self.context.registry.get(phrase.exchange.code) if phrase.exchange else None
        if function is None or phrase.exchange is None or phrase.sector is not None or self.quiet:
            return
        code = phrase.exchange.code
        other = f"{phrase.symbol} Equity {code}"
        self.notes.append(f"{code} = {phrase.exchange.name}; {other} for {function.title}")
        if phrase.after == len(self.segment.tokens):
            self.alternatives.append(self._rewritten(phrase.start, phrase.end, other))

    # After the function

    def _with_function(self, spec: FunctionSpec, at: int) -> Call:
        self.typed_function = True
        if spec.mnemonic == MENU and len(self.segment.tokens) == at + 1 and is_sector(self.segment.word(at)):
            sector = sector_of(self.segment.word(at))
            self.tails.words = (sector.value,) if sector else ()
            return self._finish(spec)
        return self._tails_of(spec, at)

    def _tails_of(self, spec: FunctionSpec, at: int) -> Call:
        while at < len(self.segment.tokens):
            after = self._one_tail(spec, at)
            if after is None:
                if self.typed_function and takes(spec, TailKind.TEXT):
                    self.tails.text = self.segment.rest(at)
                    break
                raise self._unknown(spec, at)
            at = after
        return self._finish(spec)

    def _one_tail(self, spec: FunctionSpec, at: int) -> int | None:
        """The index after a tail or security at an index; None where the word is neither."""
        wanted = self.typed_function and self._wants_security(spec)
        if (wanted or self._may_have_security(spec)) and self._explicit(at, spec):
            return self._read_securities(at, spec)
        text, after = self.segment.glued(at)
        piece = read_tail(text, spec)
        if piece is not None and (self._has_subject(spec) or piece.kind is TailKind.NUMBER or not self._known(at)):
            self._note_tail(spec, at, piece.kind)
            self.tails.add(piece)
            return after
        if wanted and self._readable(at):
            return self._read_securities(at, spec)
        return None

    def _wants_security(self, spec: FunctionSpec) -> bool:
        if takes(spec, TailKind.SECURITY):
            return not self.list_name
        return spec.needs is not Needs.NOTHING and not self.securities and not self.list_name

    def _may_have_security(self, spec: FunctionSpec) -> bool:
        """True where a security is not asked for but may follow, so that `MOST @tech` is `@tech MOST`."""
        return self.typed_function and not (self.securities or self.list_name or takes(spec, TailKind.TEXT))

    def _has_subject(self, spec: FunctionSpec) -> bool:
        """True where the function has its security already, so that `GP W` means weekly bars, not Wayfair."""
        if self.securities or self.list_name or spec.needs is not Needs.SECURITY:
            return True
        return self.context.loaded is not None and spec.suits(self.context.loaded.asset_class)

    def _explicit(self, at: int, spec: FunctionSpec) -> bool:
        """True where the words at an index are a security by their form: $, @, a comma, a sector, an exchange.

        Where the function takes free text, they must also name one that can be found.
        """
        segment, second = self.segment, self.segment.word(at + 1)
        exchange = EXCHANGES.get(second)
        form = (
            segment.text(at)[0] in "$@"
            or (second == "," and read_tail(segment.glued(at)[0], spec) is None)
            or is_sector(second)
            or bool(exchange and is_sector(segment.word(at + 2)))
            or bool(exchange and on_exchange(segment.word(at), exchange, self.context))
            or option_at(segment, at) is not None
        )
        return form and (not takes(spec, TailKind.TEXT) or self._readable(at))

    def _known(self, at: int) -> bool:
        return bool(self.context.index.exact(self.segment.word(at)))

    def _readable(self, at: int) -> bool:
        """True where the words at an index are securities that can be found, or a list."""
        try:
            if self.segment.text(at).startswith("@"):
                return bool(read_list_name(self.segment, at, self.context))
            phrases, _ = read_phrases(self.segment, at, self.context, None)
            return all(find(phrase, self.context) for phrase in phrases)
        except CommandError:
            return False

    def _note_tail(self, spec: FunctionSpec, at: int, kind: TailKind) -> None:
        """Say so where a tail is also a ticker the function could have taken."""
        if kind is TailKind.NUMBER or self.securities or self.list_name or spec.needs is not Needs.SECURITY:
            return
        self._note_ticker(at, kind.value)

    def _unknown(self, spec: FunctionSpec, at: int) -> CommandError:
        text, _ = self.segment.glued(at)
        other = self.context.registry.get(text)
        if not self.typed_function:
            subject = f"@{self.list_name}" if self.list_name else ",".join(map(security_text, self.securities))
            return no_function(subject, text, spec, self.context)
        if other:
            return second_function(spec, text, other)
        if self._wants_security(spec):
            near = self.context.index.suggest(text, 3) if text.isascii() else []
            return neither(spec, text, near)
        return unknown_tail(text, spec)

    # The call

    def _finish(self, spec: FunctionSpec) -> Call:
        loaded = self.context.loaded
        if spec.needs is Needs.SECURITY and not self.securities and not self.list_name and loaded is not None:
            self.securities = [loaded]
        self._check(spec)
        fields = msgspec.structs.asdict(self.tails)
        return Call(mnemonic=spec.mnemonic, securities=tuple(self.securities), list_name=self.list_name, **fields)

    def _check(self, spec: FunctionSpec) -> None:
        if not self._takes_many(spec):
            raise about_one(spec, self.list_name, self.securities)
        if spec.needs is Needs.NOTHING:
            return
        wrong = next((one for one in self.securities if not spec.suits(one.asset_class)), None)
        if wrong is not None:
            raise not_suited(spec, wrong, DESCRIPTION)


def _pick(word: str) -> Call:
    number = int(word)
    if not 1 <= number <= _HIGHEST_PICK:
        raise CommandError(f"There is no item {shown(word)}", "A number alone picks an item of the list, from 1 on.")
    return Call(mnemonic="", pick=number)

"""The words of a security: `$AAPL`, `VOD LN`, `BTCUSDT@BINANCE`, `AAPL US 01/16/26 C200 Equity`, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.contracts import OptionTerms, occ_terms, option_at
from financehub_tui.commands.exchanges import EXCHANGES, Exchange
from financehub_tui.commands.nearest import nearest
from financehub_tui.commands.sectors import is_sector, sector_of
from financehub_tui.commands.tokens import Segment, shown
from financehub_tui.errors import CommandError
from financehub_tui.market.instrument import AssetClass, Instrument

_LIST_NAME = re.compile(r"[\w.-]{1,40}", re.ASCII)

AcceptsTail = Callable[[str], bool]
"""True where the function of the line takes a word as a tail."""


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one security, not looked up yet."""

    typed: str
    symbol: str
    """Upper case, without $ and @venue."""
    forced: bool = False
    exchange: Exchange | None = None
    venue: str = ""
    sector: AssetClass | None = None
    option: OptionTerms | None = None
    start: int
    end: int
    """Places in the line."""
    after: int
    """Index of the token that follows."""

    @property
    def explicit(self) -> bool:
        """True where the form alone says that this is a security."""
        return bool(self.forced or self.exchange or self.venue or self.sector or self.option)


def read_phrase(segment: Segment, index: int, context: ParseContext, accepts: AcceptsTail | None) -> Phrase:
    """The security words at an index. `accepts` belongs to the function already read; None where none was.

    Raises CommandError for an empty place or an impossible option.
    """
    text = segment.text(index)
    if text in ("", ",", "<"):
        raise CommandError("There is an empty place in the list of securities", "Write AAPL,MSFT,NVDA.")
    forced = text.startswith("$")
    symbol, _, venue = (text[1:] if forced else text).partition("@")
    symbol = symbol.upper() if symbol.isascii() else symbol
    if not symbol:
        raise CommandError(f"{shown(text)} names no ticker", "Write the ticker right after it: $W.")
    option, after = (occ_terms(symbol), index + 1) if not forced else (None, index + 1)
    spread = None if option or venue else option_at(segment, index)
    if spread:
        option, after = spread
    exchange = None
    if option is None and not venue:
        exchange, after = _exchange(segment, symbol, after, context, accepts)
        venue, after = _venue(segment, after) if exchange is None else ("", after)
    sector = sector_of(segment.word(after))
    after += sector is not None
    last = segment.tokens[after - 1].end
    start = segment.tokens[index].start
    return Phrase(
        typed=segment.line[start:last],
        symbol=symbol,
        forced=forced,
        exchange=exchange,
        venue=venue.upper(),
        sector=sector,
        option=option,
        start=start,
        end=last,
        after=after,
    )


def _venue(segment: Segment, index: int) -> tuple[str, int]:
    text = segment.text(index)
    return (text[1:], index + 1) if len(text) > 1 and text[0] == "@" else ("", index)


def _exchange(
    segment: Segment, symbol: str, index: int, context: ParseContext, accepts: AcceptsTail | None
) -> tuple[Exchange | None, int]:
    """The exchange at an index. A code that is also a function or tail counts only where it must mean the exchange."""
    code = segment.word(index)
    exchange = EXCHANGES.get(code)
    if exchange is None:
        return None, index
    sure = is_sector(segment.word(index + 1)) or bool(on_exchange(symbol, exchange, context))
    other = accepts(segment.text(index)) if accepts else code in context.registry
    return (exchange, index + 1) if sure or not other else (None, index)


def on_exchange(symbol: str, exchange: Exchange, context: ParseContext) -> list[Instrument]:
    """The known equities of a ticker under an exchange code, of its composite where the code is a single exchange."""
    found = context.index.exact(symbol, asset_class=AssetClass.EQUITY, exchange_code=exchange.code)
    if found or not exchange.composite:
        return found
    of_country = context.index.exact(symbol, asset_class=AssetClass.EQUITY, exchange_code=exchange.composite)
    return [instrument for instrument in of_country if instrument.venue in exchange.mics]


def read_list_name(segment: Segment, index: int, context: ParseContext) -> str:
    """The name of `@name`, as the list is spelt. Raises CommandError for an unknown or malformed one."""
    name = segment.text(index)[1:]
    if not _LIST_NAME.fullmatch(name):
        raise CommandError(f"{shown('@' + name)} names no list", "Names have letters, digits, _ . and -: @tech.")
    for known in context.lists:
        if known.casefold() == name.casefold():
            return known
    close = tuple(f"@{known}" for known in nearest(name, context.lists))
    raise CommandError(f"There is no list {shown('@' + name)}", "W makes and shows lists.", close)


def read_phrases(
    segment: Segment, index: int, context: ParseContext, accepts: AcceptsTail | None
) -> tuple[list[Phrase], int]:
    """One security or several with commas, and the index after them. Raises CommandError."""
    phrases = [read_phrase(segment, index, context, accepts)]
    while segment.text(phrases[-1].after) == ",":
        index = phrases[-1].after + 1
        if segment.text(index).startswith("@"):
            raise CommandError("A list stands alone, not among securities", "Write @tech, or AAPL,MSFT.")
        phrases.append(read_phrase(segment, index, context, accepts))
    return phrases, phrases[-1].after

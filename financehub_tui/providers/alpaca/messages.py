"""Alpaca's stream messages: arrays of objects told apart by `T`. Kinds nobody knows are let pass."""

from __future__ import annotations

import msgspec

from financehub_tui.providers.alpaca.wire import PROVIDER, BookLevel
from financehub_tui.providers.kit.decode import UNREADABLE, decode, decoder
from financehub_tui.providers.kit.numbers import Positive

ENDPOINT = "stream"


class Message(msgspec.Struct, kw_only=True, tag_field="T"):
    """Base of all kinds."""


class Success(Message, tag="success"):
    """connected, authenticated."""

    msg: str


class Refusal(Message, tag="error"):
    """A numbered error."""

    code: int
    msg: str = ""


class Subscription(Message, tag="subscription"):
    """What is subscribed to now, in full; empty channels may be left out."""


class Trade(Message, tag="t", gc=False):
    """A trade; of coins with the taker's side."""

    symbol: str = msgspec.field(name="S")
    time: str = msgspec.field(name="t")
    price: Positive = msgspec.field(name="p")
    size: Positive = msgspec.field(name="s")
    id: int | None = msgspec.field(name="i", default=None)
    conditions: list[str] | None = msgspec.field(name="c", default=None)
    taker: str | None = msgspec.field(name="tks", default=None)


class Quote(Message, tag="q", gc=False):
    """Best prices; 0 where a side is empty."""

    symbol: str = msgspec.field(name="S")
    time: str = msgspec.field(name="t")
    bid: Positive = msgspec.field(name="bp")
    bid_size: Positive = msgspec.field(name="bs")
    ask: Positive = msgspec.field(name="ap")
    ask_size: Positive = msgspec.field(name="as")


class DayBar(Message, tag="d"):
    """The running day, every minute."""

    symbol: str = msgspec.field(name="S")
    time: str = msgspec.field(name="t")
    open: Positive = msgspec.field(name="o")
    high: Positive = msgspec.field(name="h")
    low: Positive = msgspec.field(name="l")
    close: Positive = msgspec.field(name="c")
    volume: Positive = msgspec.field(name="v")


class Book(Message, tag="o", gc=False):
    """A whole book where `reset`, else changes to it; size 0 removes a level, a side without changes may be null."""

    symbol: str = msgspec.field(name="S")
    time: str = msgspec.field(name="t")
    bids: list[BookLevel] | None = msgspec.field(name="b")
    asks: list[BookLevel] | None = msgspec.field(name="a")
    reset: bool = msgspec.field(name="r", default=False)


Known = Success | Refusal | Subscription | Trade | Quote | DayBar | Book
KINDS = frozenset({"success", "error", "subscription", "t", "q", "d", "o"})


class _Kind(msgspec.Struct):
    T: str


_all = decoder(list[Known])


def read(frame: bytes) -> list[Known]:
    """The messages of a frame that are of a known kind. Raises ProviderError."""
    try:
        return _all.decode(frame)
    except UNREADABLE:
        return _one_by_one(frame)


def _one_by_one(frame: bytes) -> list[Known]:
    """A frame with a kind nobody knows, or with an error that is to be named."""
    found: list[Known] = []
    for raw in decode(frame, list[msgspec.Raw], provider=PROVIDER, endpoint=ENDPOINT):
        kind = decode(bytes(raw), _Kind, provider=PROVIDER, endpoint=ENDPOINT).T
        if kind in KINDS:
            found += decode(b"[" + bytes(raw) + b"]", list[Known], provider=PROVIDER, endpoint=ENDPOINT)
    return found

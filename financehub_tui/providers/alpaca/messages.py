"""Alpaca's stream messages: arrays of objects told apart by `T`. Kinds nobody knows are let pass."""

from __future__ import annotations

import msgspec

from financehub_tui.providers.alpaca import wire
from financehub_tui.providers.kit.decode import UNREADABLE, decode, decoder
from financehub_tui.providers.kit.numbers import Positive

ENDPOINT = "stream"


class Message(msgspec.Struct, kw_only=True, tag_field="T"):
    """Base of what is said about the stream; what it tells has the fields of REST's answers, and the symbol."""


class Success(Message, tag="success"):
    """connected, authenticated."""

    msg: str


class Refusal(Message, tag="error"):
    """A numbered error."""

    code: int
    msg: str = ""


class Subscription(Message, tag="subscription"):
    """What is subscribed to now, in full; empty channels may be left out."""


class Trade(wire.Trade, tag_field="T", tag="t", kw_only=True, gc=False):
    """A trade; of coins with the taker's side."""

    symbol: str = msgspec.field(name="S")


class Cancel(wire.Trade, tag_field="T", tag="x", kw_only=True):
    """A trade that is taken back: cancelled, or told in error."""

    symbol: str = msgspec.field(name="S")
    id: int = msgspec.field(name="i")


class Correction(Message, tag="c"):
    """A trade as it was told first, and as it was."""

    symbol: str = msgspec.field(name="S")
    time: str = msgspec.field(name="t")
    first_id: int = msgspec.field(name="oi")
    first_price: Positive = msgspec.field(name="op")
    first_size: Positive = msgspec.field(name="os")
    id: int = msgspec.field(name="ci")
    price: Positive = msgspec.field(name="cp")
    size: Positive = msgspec.field(name="cs")
    conditions: list[str] | None = msgspec.field(name="cc", default=None)


class Quote(wire.Quote, tag_field="T", tag="q", kw_only=True, gc=False):
    """Best prices; 0 where a side is empty."""

    symbol: str = msgspec.field(name="S")


class DayBar(wire.Bar, tag_field="T", tag="d", kw_only=True):
    """The running day, every minute."""

    symbol: str = msgspec.field(name="S")


class Book(wire.OrderBook, tag_field="T", tag="o", kw_only=True, gc=False):
    """A whole book where `reset`, else changes to it; size 0 removes a level, a side without changes may be null."""

    symbol: str = msgspec.field(name="S")
    reset: bool = msgspec.field(name="r", default=False)


Known = Success | Refusal | Subscription | Trade | Cancel | Correction | Quote | DayBar | Book
KINDS = frozenset({"success", "error", "subscription", "t", "x", "c", "q", "d", "o"})


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
    for raw in decode(frame, list[msgspec.Raw], provider=wire.PROVIDER, endpoint=ENDPOINT):
        kind = decode(bytes(raw), _Kind, provider=wire.PROVIDER, endpoint=ENDPOINT).T
        if kind in KINDS:
            found += decode(b"[" + bytes(raw) + b"]", list[Known], provider=wire.PROVIDER, endpoint=ENDPOINT)
    return found

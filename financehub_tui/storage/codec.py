"""Market values as bytes, for the tiers that leave the process. Nothing in the bytes is ever executed.

A value is MessagePack `[version, type, CRC-32 of the payload, payload]`; the frame of bars is Arrow IPC inside it.
The checksum is there because a flipped bit in a price shows nowhere else, and Polars may abort on a damaged file.
"""

from __future__ import annotations

import io
import zlib
from typing import TypeAlias, cast

import msgspec

from financehub_tui.errors import StoreError
from financehub_tui.market.bars import Bars, CorporateAction, Interval
from financehub_tui.market.instrument import Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Provenance
from financehub_tui.market.quote import Book, Quote, Trade

Value: TypeAlias = Bars | Quote | Trade | Book | Profile | Instrument | Missing | list[Trade] | list[Instrument]

_VERSION = 1


class _BarsHead(msgspec.Struct, frozen=True):
    key: str
    interval: Interval
    provenance: Provenance
    decimals: int | None
    actions: tuple[CorporateAction, ...]
    forming: bool
    frame: bytes


_TYPES: dict[str, object] = {
    "quote": Quote,
    "trade": Trade,
    "book": Book,
    "profile": Profile,
    "instrument": Instrument,
    "missing": Missing,
    "trades": list[Trade],
    "instruments": list[Instrument],
    "bars": _BarsHead,
}
_TAGS: dict[type, str] = {kind: tag for tag, kind in _TYPES.items() if isinstance(kind, type)}
_LIST_TAGS: dict[type, str] = {Trade: "trades", Instrument: "instruments"}
_DECODERS: dict[str, msgspec.msgpack.Decoder[object]] = {
    tag: msgspec.msgpack.Decoder(kind) for tag, kind in _TYPES.items()
}
_ENVELOPE = msgspec.msgpack.Decoder(tuple[int, str, int, bytes])


def encode(value: Value) -> bytes:
    """The bytes of a value. Raises StoreError for what is none of `Value`."""
    plain = _flat(value) if isinstance(value, Bars) else value
    tag = _tag(plain)
    payload = msgspec.msgpack.encode(plain)
    return msgspec.msgpack.encode((_VERSION, tag, zlib.crc32(payload), payload))


def decode(data: bytes) -> Value:
    """The value of bytes made by `encode`. Raises StoreError where they are damaged or of another version."""
    try:
        version, tag, checksum, payload = _ENVELOPE.decode(data)
        if version != _VERSION:
            raise StoreError(f"a cached value of format {version}, this program knows {_VERSION}")
        if zlib.crc32(payload) != checksum:
            raise StoreError("a cached value is damaged")
        value = _DECODERS[tag].decode(payload)
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError) as error:
        raise StoreError(f"a cached value could not be read: {error}") from error
    return _whole(value) if isinstance(value, _BarsHead) else cast("Value", value)


def _tag(value: object) -> str:
    if isinstance(value, list):
        tags = {_LIST_TAGS.get(type(member), "") for member in value} or {"trades"}
        tag = tags.pop() if len(tags) == 1 else ""
    else:
        tag = _TAGS.get(type(value), "")
    if not tag:
        raise StoreError(f"no form in bytes for {type(value).__name__}")
    return tag


def _flat(bars: Bars) -> _BarsHead:
    buffer = io.BytesIO()
    bars.frame.write_ipc(buffer, compression="lz4")
    return _BarsHead(
        bars.key, bars.interval, bars.provenance, bars.decimals, bars.actions, bars.forming, buffer.getvalue()
    )


def _whole(head: _BarsHead) -> Bars:
    import polars as pl

    try:
        frame = pl.read_ipc(io.BytesIO(head.frame))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StoreError(f"a cached series could not be read: {error}") from error
    return Bars(
        key=head.key,
        interval=head.interval,
        frame=frame,
        provenance=head.provenance,
        decimals=head.decimals,
        actions=head.actions,
        forming=head.forming,
    )

"""The streamer's messages: a proto3 `PricingData` in base64, read by hand since it is one flat message.

Only fields that changed are sent; a missing one is None here.
"""

from __future__ import annotations

import binascii
import math
import struct
from collections.abc import Iterator

import msgspec

from financehub_tui.providers.kit.decode import bad_answer, decode
from financehub_tui.providers.yahoo.wire import PROVIDER

ENDPOINT = "streamer"
_FARTHEST = 9_000_000_000_000
"""Epoch milliseconds of the year 2255."""
_MOST_DECIMALS = 12
_WORD = (1 << 64) - 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_TEXT, _FLOAT, _DOUBLE, _SIGNED, _PLAIN = "text", "float", "double", "signed", "plain"
_WIRE_TYPE = {_TEXT: _BYTES, _FLOAT: _FIXED32, _DOUBLE: _FIXED64, _SIGNED: _VARINT, _PLAIN: _VARINT}

_FIELDS = {
    1: ("id", _TEXT),
    2: ("price", _FLOAT),
    3: ("time", _SIGNED),
    4: ("currency", _TEXT),
    5: ("exchange", _TEXT),
    6: ("quote_type", _PLAIN),
    7: ("market_hours", _PLAIN),
    8: ("change_percent", _FLOAT),
    9: ("day_volume", _SIGNED),
    10: ("day_high", _FLOAT),
    11: ("day_low", _FLOAT),
    12: ("change", _FLOAT),
    13: ("short_name", _TEXT),
    14: ("expire_date", _SIGNED),
    15: ("open_price", _FLOAT),
    16: ("previous_close", _FLOAT),
    17: ("strike_price", _FLOAT),
    18: ("underlying_symbol", _TEXT),
    19: ("open_interest", _SIGNED),
    20: ("options_type", _PLAIN),
    21: ("mini_option", _PLAIN),
    22: ("last_size", _SIGNED),
    23: ("bid", _FLOAT),
    24: ("bid_size", _SIGNED),
    25: ("ask", _FLOAT),
    26: ("ask_size", _SIGNED),
    27: ("price_hint", _SIGNED),
    28: ("vol_24hr", _SIGNED),
    29: ("vol_all_currencies", _SIGNED),
    30: ("from_currency", _TEXT),
    31: ("last_market", _TEXT),
    32: ("circulating_supply", _DOUBLE),
    33: ("market_cap", _DOUBLE),
}
"""Field number -> name and coding. Files differ on fields 20 and 21 (enum or sint64): the raw number is taken."""


class Pricing(msgspec.Struct):
    """One message. Time in epoch milliseconds; prices rounded to `price_hint` decimals."""

    id: str = ""
    price: float | None = None
    time: int | None = None
    currency: str | None = None
    exchange: str | None = None
    quote_type: int | None = None
    market_hours: int | None = None
    change_percent: float | None = None
    day_volume: int | None = None
    day_high: float | None = None
    day_low: float | None = None
    change: float | None = None
    short_name: str | None = None
    expire_date: int | None = None
    open_price: float | None = None
    previous_close: float | None = None
    strike_price: float | None = None
    underlying_symbol: str | None = None
    open_interest: int | None = None
    options_type: int | None = None
    mini_option: int | None = None
    last_size: int | None = None
    bid: float | None = None
    bid_size: int | None = None
    ask: float | None = None
    ask_size: int | None = None
    price_hint: int | None = None
    vol_24hr: int | None = None
    vol_all_currencies: int | None = None
    from_currency: str | None = None
    last_market: str | None = None
    circulating_supply: float | None = None
    market_cap: float | None = None


_PRICES = (
    "price",
    "change",
    "day_high",
    "day_low",
    "open_price",
    "previous_close",
    "strike_price",
    "bid",
    "ask",
)


class Frame(msgspec.Struct):
    """A version 2 frame."""

    type: str = ""
    message: str = ""


def read_frame(frame: bytes) -> Pricing | None:
    """A frame of either version; None for one that carries no prices. Raises ProviderError BAD_ANSWER."""
    if not frame.lstrip().startswith(b"{"):
        return read_message(frame)
    answer = decode(frame, Frame, provider=PROVIDER, endpoint=ENDPOINT)
    if answer.type != "pricing":
        return None
    if not answer.message:
        raise bad_answer(PROVIDER, ENDPOINT, "a pricing frame without a `message`", "message")
    return read_message(answer.message.encode())


def read_message(text: bytes) -> Pricing:
    """The base64 of one PricingData. Raises ProviderError BAD_ANSWER."""
    try:
        data = binascii.a2b_base64(text.strip(), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise bad_answer(PROVIDER, ENDPOINT, f"not base64 ({error})", "message") from None
    pricing = Pricing()
    for number, wire_type, value in _fields(data):
        name, coding = _FIELDS.get(number, ("", ""))
        if name and _WIRE_TYPE[coding] == wire_type:
            setattr(pricing, name, _value(value, coding))
    if pricing.time is not None and abs(pricing.time) > _FARTHEST:
        raise bad_answer(PROVIDER, ENDPOINT, f"{pricing.time} is no time", "time")
    return _rounded(pricing)


def _fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, wire_type = tag >> 3, tag & 7
        value: int | bytes
        if wire_type == _VARINT:
            value, position = _varint(data, position)
        else:
            length, position = _length(data, position, wire_type)
            value = data[position : position + length]
            position += length
            if position > len(data):
                raise bad_answer(PROVIDER, ENDPOINT, "truncated message", f"field {number}")
        yield number, wire_type, value


def _length(data: bytes, position: int, wire_type: int) -> tuple[int, int]:
    if wire_type == _FIXED32:
        return 4, position
    if wire_type == _FIXED64:
        return 8, position
    if wire_type == _BYTES:
        return _varint(data, position)
    raise bad_answer(PROVIDER, ENDPOINT, f"wire type {wire_type}", "message")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _WORD, position
    raise bad_answer(PROVIDER, ENDPOINT, "truncated number", "message")


def _value(value: int | bytes, coding: str) -> str | float | int | None:
    if isinstance(value, int):
        return (value >> 1) ^ -(value & 1) if coding == _SIGNED else value
    if coding == _TEXT:
        return value.decode("utf-8", "replace")
    number: float = struct.unpack("<f" if coding == _FLOAT else "<d", value)[0]
    return number if math.isfinite(number) else None


def _rounded(pricing: Pricing) -> Pricing:
    """A 32-bit float holds seven digits; the venue's own number has `price_hint` decimals."""
    if pricing.price_hint is not None and not 0 <= pricing.price_hint <= _MOST_DECIMALS:
        pricing.price_hint = None
    for name in _PRICES:
        value = getattr(pricing, name)
        if value is not None:
            short = None if pricing.price_hint is None else round(value, pricing.price_hint)
            setattr(pricing, name, short or _shortest(value))  # a hint that leaves nothing of a price is none
    return pricing


def _shortest(value: float) -> float:
    for digits in range(6, 10):
        short = float(f"{value:.{digits}g}")
        if struct.pack("<f", short) == struct.pack("<f", value):
            return short
    return value

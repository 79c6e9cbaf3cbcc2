"""Values as bytes: there and back, and damage told."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.errors import StoreError
from financehub_tui.market.bars import CorporateAction, Interval
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.profile import Profile
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Book, Level, Quote, Session, Side, Trade
from financehub_tui.storage.codec import decode, encode

APPLE = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", aliases={"yahoo": "AAPL"})
TRADE = Trade(key="K", time=1, price=0.1, size=3.0, side=Side.SELL, id="7", provider="binance")


def test_market_values_come_back_equal(quote, provenance):
    values = [
        quote(bid=1.0, session=Session.POST),
        TRADE,
        [TRADE, TRADE],
        [APPLE],
        [],
        APPLE,
        Book(key="K", time=1, sequence=2, bids=(Level(1.0, 2.0, 3),), asks=(), provenance=provenance()),
        Profile(key="K", name="Apple", provenance=provenance(), extra=(("tick", "0.01"),)),
        Missing(reason=Reason.NO_DATA, detail="none", retry_at=5),
    ]
    for value in values:
        read = decode(encode(value))
        assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("closes", [[], [1.5, None, 2.5], [float(n) for n in range(5_000)]], ids=len)
def test_bars_come_back_equal_with_their_frame(bars, closes):
    action = CorporateAction(time=1, kind="split", value=4.0)
    written = bars(closes, interval=Interval.M5, decimals=2, actions=(action,), forming=True)
    read = decode(encode(written))
    assert read.frame.equals(written.frame)
    assert read.frame.schema == written.frame.schema
    names = [name for name in written.__struct_fields__ if name != "frame"]
    assert [getattr(read, name) for name in names] == [getattr(written, name) for name in names]


@given(
    st.builds(
        Quote,
        key=st.text(),
        time=st.integers(-(2**63), 2**63 - 1),
        last=st.none() | st.floats(allow_nan=False),
        trade_count=st.none() | st.integers(0, 2**62),
        session=st.sampled_from(Session),
    )
)
def test_any_quote_comes_back_equal(value):
    assert decode(encode(value)) == value


@pytest.mark.parametrize("value", [object(), {"a": 1}, [1], [TRADE, APPLE], None])
def test_what_has_no_form_in_bytes_is_refused(value):
    with pytest.raises(StoreError):
        encode(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_an_error(data):
    try:
        decode(data)
    except StoreError:
        return


@given(place=st.floats(0, 0.999), flip=st.integers(1, 255))
def test_a_flipped_bit_never_gives_another_value(place, flip):
    data = bytearray(_encoded())
    data[int(place * len(data))] ^= flip
    try:
        read = decode(bytes(data))
    except StoreError:
        return
    assert read.frame.equals(decode(_encoded()).frame)
    assert read.provenance == decode(_encoded()).provenance


def _encoded(made: list[bytes] = []) -> bytes:  # noqa: B006
    if not made:
        import polars as pl

        from financehub_tui.market.bars import Bars
        from financehub_tui.market.provenance import Provenance

        frame = pl.DataFrame({"time": [1, 2], "close": [1.0, 2.0]})
        made.append(encode(Bars(key="K", interval=Interval.D1, frame=frame, provenance=Provenance(provider="p"))))
    return made[0]


def test_another_version_of_the_format_is_told():
    other = msgspec.msgpack.encode((2, "quote", 0, b""))
    with pytest.raises(StoreError, match="format 2"):
        decode(other)

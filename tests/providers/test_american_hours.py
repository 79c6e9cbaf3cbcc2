"""The sessions of American shares by the clock of New York, for sources that do not say."""

from __future__ import annotations

from datetime import datetime

import pytest

from financehub_tui.clock import to_nanos
from financehub_tui.market.instrument import AssetClass, Instrument
from financehub_tui.market.quote import Quote, Session
from financehub_tui.providers.finnhub import translate, wire
from financehub_tui.providers.kit.american import session_at

AAPL = Instrument(asset_class=AssetClass.EQUITY, symbol="AAPL", venue="XNAS", exchange_code="US")


@pytest.mark.parametrize(
    ("instant", "session"),
    [
        ("2026-05-18T07:59:59+00:00", Session.CLOSED),
        ("2026-05-18T08:00:00+00:00", Session.PRE),
        ("2026-05-18T13:29:59+00:00", Session.PRE),
        ("2026-05-18T13:30:00+00:00", Session.REGULAR),
        ("2026-05-18T19:59:59+00:00", Session.REGULAR),
        ("2026-05-18T20:00:00+00:00", Session.POST),
        ("2026-05-19T00:00:00+00:00", Session.CLOSED),
        ("2026-01-20T14:29:59+00:00", Session.PRE),  # in winter everything is an hour later in UTC
        ("2026-01-20T14:30:00+00:00", Session.REGULAR),
        ("2026-03-06T14:29:00+00:00", Session.PRE),  # the Friday before the clocks change
        ("2026-03-09T13:30:00+00:00", Session.REGULAR),  # the Monday after
        ("2026-05-17T15:00:00+00:00", Session.CLOSED),  # a Sunday
        ("2026-05-23T03:00:00+00:00", Session.CLOSED),  # Friday night in New York
    ],
)
def test_an_instant_has_its_session(instant: str, session: Session) -> None:
    assert session_at(to_nanos(datetime.fromisoformat(instant))) is session


def test_the_close_of_friday_is_no_price_of_an_open_market_on_sunday() -> None:
    friday = to_nanos(datetime.fromisoformat("2026-05-15T20:00:00+00:00"))
    sunday = to_nanos(datetime.fromisoformat("2026-05-17T15:00:00+00:00"))
    told = wire.Quote(last=1.5, high=2, low=1, open=1, previous_close=1, time=friday // 10**9)
    found = translate.quote_of(AAPL, told, sunday)
    assert isinstance(found, Quote) and (found.time, found.session) == (friday, Session.CLOSED)

"""When the workstation says OFFLINE: by what was heard of the network, not by what is answered without it."""

from __future__ import annotations

import pytest

from financehub_tui.clock import ManualClock
from financehub_tui.engine.health import UNASKED, WINDOW, HealthBoard
from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(0)


@pytest.fixture
def board(clock: ManualClock) -> HealthBoard:
    board = HealthBoard(clock)
    for provider in ("alpha", "beta"):
        board.failed(ProviderError(provider, Reason.OFFLINE, "no network"), "quote", 0.1)
    return board


@pytest.mark.parametrize("reason", UNASKED)
def test_what_is_answered_without_the_network_does_not_bring_it_back(board: HealthBoard, reason: Reason) -> None:
    assert board.offline()
    board.failed(ProviderError("alpha", reason, "left alone"), "quote", 0.0)
    board.failed(ProviderError("gamma", reason, "does not carry it"), "quote", 0.0)
    assert board.offline()


def test_an_answer_of_the_network_does(board: HealthBoard) -> None:
    board.failed(ProviderError("alpha", Reason.PROVIDER_ERROR, "500"), "quote", 0.1)
    assert not board.offline()
    board.failed(ProviderError("alpha", Reason.OFFLINE, "no network"), "quote", 0.1)
    assert board.offline()
    board.succeeded("beta", "quote", 0.1)
    assert not board.offline()


def test_nobody_asked_is_not_offline(clock: ManualClock, board: HealthBoard) -> None:
    assert not HealthBoard(clock).offline()
    clock.advance(WINDOW + 1)
    assert not board.offline()

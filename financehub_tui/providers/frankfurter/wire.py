"""Frankfurter's v1 answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.ecb.rates import EURO, RateTable
from financehub_tui.providers.kit.decode import bad_answer, decode
from financehub_tui.providers.kit.http import Response

PROVIDER = "frankfurter"
Day = dict[str, float]


class Single(msgspec.Struct):
    """Rates of one publication day: units of each currency per `amount` units of the base."""

    rates: Day
    date: str
    base: str = EURO
    amount: float = 1.0


class Range(msgspec.Struct):
    """Rates of every publication day of a range."""

    rates: dict[str, Day]
    base: str = EURO
    amount: float = 1.0


class Refusal(msgspec.Struct):
    """The body of an error."""

    message: str = ""


def read_single(body: bytes, endpoint: str, base: str = EURO) -> RateTable:
    """`/v1/latest` or `/v1/{day}` asked with a base. Raises ProviderError BAD_ANSWER.

    The table is per one euro only where the base is EUR.
    """
    answer = decode(body, Single, provider=PROVIDER, endpoint=endpoint)
    _check(answer.base, base, answer.amount, endpoint)
    return _table({answer.date: answer.rates}, answer.amount, endpoint)


def read_range(body: bytes, endpoint: str) -> RateTable:
    """`/v1/{start}..{end}` with base EUR. Raises ProviderError BAD_ANSWER."""
    answer = decode(body, Range, provider=PROVIDER, endpoint=endpoint)
    _check(answer.base, EURO, answer.amount, endpoint)
    return _table(answer.rates, answer.amount, endpoint)


def _table(days: Mapping[str, Day], amount: float, endpoint: str) -> RateTable:
    table = RateTable()
    for text, rates in days.items():
        day = _day(text, endpoint)
        for code, rate in rates.items():
            try:
                table.add(code, day, rate / amount)
            except ValueError:
                raise bad_answer(PROVIDER, endpoint, f"{rate} is no rate", f"rates.{text}.{code}") from None
    return table


def _check(base: str, wanted: str, amount: float, endpoint: str) -> None:
    if base != wanted:
        raise bad_answer(PROVIDER, endpoint, f"rates of {base[:10]!r} where {wanted} was asked", "base")
    if not amount > 0:
        raise bad_answer(PROVIDER, endpoint, f"amount is {amount}", "amount")


def _day(text: str, endpoint: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_answer(PROVIDER, endpoint, f"{text[:20]!r} is no date", "date") from None


def verdict(response: Response) -> ProviderError | None:
    """404 is `nothing in that window`; every other refusal carries a message."""
    if response.status < 400 or response.status == 429:
        return None
    try:
        said = decode(response.body, Refusal, provider=PROVIDER, endpoint=response.endpoint).message
    except ProviderError:
        return None
    reason = Reason.NO_DATA if response.status == 404 else Reason.PROVIDER_ERROR
    text = said or f"HTTP {response.status}"
    return ProviderError(PROVIDER, reason, text, endpoint=response.endpoint, status=response.status)

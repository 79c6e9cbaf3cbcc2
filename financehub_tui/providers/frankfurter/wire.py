"""Frankfurter's answers: v1 by day, v2 row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import msgspec

from financehub_tui.errors import ProviderError
from financehub_tui.market.provenance import Reason
from financehub_tui.providers.ecb.rates import EURO, RateTable
from financehub_tui.providers.kit.decode import bad_answer, decode
from financehub_tui.providers.kit.http import Response

PROVIDER = "frankfurter"
INVALID_CURRENCY = re.compile(r"invalid currency: ([A-Z]{3})")
"""v2 refuses the whole call for one currency it has not."""
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


class Row(msgspec.Struct):
    """One rate of v2: units of `quote` for one `base`. Each row has the date of its own last publication."""

    date: str
    base: str
    quote: str
    rate: float


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


def read_rows(body: bytes, endpoint: str) -> RateTable:
    """`/v2/rates` with base EUR; the row of the euro itself is passed over. Raises ProviderError BAD_ANSWER."""
    table = RateTable()
    for row in decode(body, list[Row], provider=PROVIDER, endpoint=endpoint):
        _check(row.base, EURO, 1.0, endpoint)
        if row.quote != EURO:
            _add(table, row.quote, _day(row.date, endpoint), row.rate, endpoint)
    return table


def _table(days: Mapping[str, Day], amount: float, endpoint: str) -> RateTable:
    table = RateTable()
    for text, rates in days.items():
        day = _day(text, endpoint)
        for code, rate in rates.items():
            _add(table, code, day, rate / amount, endpoint)
    return table


def _add(table: RateTable, code: str, day: date, rate: float, endpoint: str) -> None:
    try:
        table.add(code, day, rate)
    except ValueError:
        raise bad_answer(PROVIDER, endpoint, f"{rate} is no rate", f"rates.{day}.{code}") from None


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
    text = said or f"HTTP {response.status}"
    reason = Reason.NO_DATA if response.status == 404 else Reason.PROVIDER_ERROR
    if response.status == 422 and INVALID_CURRENCY.search(text):
        reason = Reason.UNKNOWN_SYMBOL
    return ProviderError(PROVIDER, reason, text, endpoint=response.endpoint, status=response.status)

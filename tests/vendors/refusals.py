"""How each vendor throttles, and what it says inside a 200: status, headers and body as its page tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from financehub_tui.clock import NANOS
from financehub_tui.market.provenance import Reason
from vendors.coinmarketcap import refusal
from vendors.finnhub import LIMIT
from vendors.server import HTML, Fault, body, status


class Refusal(NamedTuple):
    """What is answered, what it means, and how long one must stay away at the least (seconds)."""

    name: str
    fault: Fault
    reason: Reason
    least: float = 0.0


Refusals = tuple[Refusal, ...]
LIMITED = Reason.RATE_LIMITED
CLOUDFLARE = b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title> error code: 1020"


def binance(now: int) -> Refusals:
    ban = f"Way too much request weight used; IP banned until {now // 1_000_000 + 180_000}. Please use WebSocket."
    slow = {"code": -1003, "msg": "Too many requests; current limit is 6000 request weight per 1 MINUTE."}
    return (
        Refusal("429", status(429, slow, retry_after=40), LIMITED, 40),
        Refusal("418 banned", status(418, {"code": -1003, "msg": ban}, retry_after=180), LIMITED, 180),
        Refusal("403 firewall", status(403, HTML), LIMITED, 60),
        Refusal("200 too many", body(slow), LIMITED),
    )


def yahoo(now: int) -> Refusals:
    return (
        Refusal("429", status(429, b"Too Many Requests\r\n"), LIMITED, 60),
        Refusal("200 too many", body(b"Too Many Requests\r\n", "text/html"), LIMITED, 60),
        Refusal("200 down", body(b"<html>Will be right back...</html>", "text/html"), Reason.PROVIDER_ERROR),
    )


def kraken(now: int) -> Refusals:
    def said(text: str) -> Fault:
        return body({"error": [text]})

    return (
        Refusal("200 too many", said("EGeneral:Too many requests"), LIMITED, 10),
        Refusal("200 rate", said("EAPI:Rate limit exceeded"), LIMITED, 10),
        Refusal("200 lockout", said("EGeneral:Temporary lockout"), LIMITED, 900),
        Refusal("429", status(429, HTML), LIMITED, 10),
        Refusal("403 firewall", status(403, CLOUDFLARE), LIMITED, 600),
    )


def coinbase(now: int) -> Refusals:
    return (
        Refusal("429", status(429, {"message": "Public rate limit exceeded"}), LIMITED, 1),
        Refusal("403 firewall", status(403, CLOUDFLARE), LIMITED, 60),
    )


def coingecko(now: int) -> Refusals:
    said = {"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}}
    return (
        Refusal("429", status(429, said), LIMITED, 60),
        Refusal("429 plain text", status(429, b"Throttled"), LIMITED, 60),
        Refusal("403 Cloudflare", status(403, CLOUDFLARE), LIMITED, 60),
    )


def coinmarketcap(now: int) -> Refusals:
    said = "You've exceeded your API Key's HTTP request rate limit."
    return (
        Refusal("1008 minute", status(429, refusal(1008, said)), LIMITED, 1),
        Refusal("1009 day", status(429, refusal(1009, said)), Reason.BUDGET_SPENT, 3_600),
        Refusal("1010 month", status(429, refusal(1010, said)), Reason.BUDGET_SPENT, 86_400),
        Refusal("1011 address", status(429, refusal(1011, said)), LIMITED, 1),
    )


def alpaca(now: int) -> Refusals:
    until = str(now // NANOS + 45)
    headers = {"X_RateLimit_Limit": "200", "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": until}
    return (Refusal("429", status(429, {"message": "too many requests."}, **headers), LIMITED, 44),)


def finnhub(now: int) -> Refusals:
    headers = {"X_Ratelimit_Limit": "60", "X_Ratelimit_Remaining": "0", "X_Ratelimit_Reset": str(now // NANOS + 45)}
    return (
        Refusal("429", status(429, LIMIT, **headers), LIMITED, 44),
        Refusal("429 page", status(429, CLOUDFLARE), LIMITED, 60),
    )


def plainly(now: int) -> Refusals:
    """The ECB and Frankfurter, which say nothing about it: what the networks in front of them do."""
    return (
        Refusal("429", status(429, b"Too Many Requests", retry_after=50), LIMITED, 50),
        Refusal("429 without a time", status(429, HTML), LIMITED, 1),
    )


THROTTLES: dict[str, Callable[[int], Refusals]] = {
    "binance": binance,
    "yahoo": yahoo,
    "ecb": plainly,
    "frankfurter": plainly,
    "kraken": kraken,
    "coinbase": coinbase,
    "coingecko": coingecko,
    "coinmarketcap": coinmarketcap,
    "alpaca": alpaca,
    "finnhub": finnhub,
}
"""By source; each takes the time now (ns since 1970 UTC)."""

BUSY = "Internal error, try again later"
SAID: dict[str, tuple[object, Reason]] = {
    "binance": ({"code": -1000, "msg": BUSY}, Reason.PROVIDER_ERROR),
    "yahoo": ({"chart": {"result": None, "error": {"code": "Internal", "description": BUSY}}}, Reason.PROVIDER_ERROR),
    "ecb": (BUSY.encode(), Reason.BAD_ANSWER),
    "frankfurter": ({"message": BUSY}, Reason.BAD_ANSWER),
    "kraken": ({"error": ["EGeneral:Internal error"]}, Reason.PROVIDER_ERROR),
    "coinbase": ({"message": BUSY}, Reason.BAD_ANSWER),
    "coingecko": ({"status": {"error_code": 500, "error_message": BUSY}}, Reason.PROVIDER_ERROR),
    "coinmarketcap": (refusal(500, BUSY), Reason.PROVIDER_ERROR),
    "alpaca": ({"message": BUSY}, Reason.BAD_ANSWER),
    "finnhub": ({"error": BUSY}, Reason.PROVIDER_ERROR),
}
"""An error inside a 200, and how it is understood: where the source has no rule for that, as an answer that is none."""

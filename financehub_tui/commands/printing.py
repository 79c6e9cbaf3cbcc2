"""Calls and securities as canonical text, which the grammar reads back to the same call."""

from __future__ import annotations

from financehub_tui.commands.spec import Call
from financehub_tui.market.instrument import AssetClass, Instrument


def security_text(instrument: Instrument) -> str:
    """The full form of a security: `AAPL US Equity`, `BTCUSDT@BINANCE Crypto`, `FRED:DGS10`."""
    symbol, sector = instrument.symbol, instrument.asset_class
    if sector is AssetClass.MACRO:
        return symbol if ":" in symbol else f"{instrument.venue}:{symbol}"
    if sector is AssetClass.EQUITY and instrument.exchange_code:
        return f"{symbol} {instrument.exchange_code} {sector.value}"
    if sector in (AssetClass.EQUITY, AssetClass.CRYPTO) and instrument.venue:
        return f"{symbol}@{instrument.venue} {sector.value}"
    return f"{symbol} {sector.value}"


def number_text(value: float) -> str:
    """A number tail without needless digits: 5, 0.25."""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def line_of(call: Call) -> str:
    """The canonical line of a call: target, securities, function, tails, in the order the grammar tells apart.

    Every security is written out, so that the line means the same whatever is loaded.
    """
    words = [f"@{call.list_name}"] if call.list_name else [",".join(map(security_text, call.securities))]
    words.append(str(call.pick) if call.pick is not None else call.mnemonic)
    words += tail_words(call)
    if call.wants_tails:
        words.append("?")
    line = " ".join(word for word in words if word)
    return f"{call.target}:{line}" if call.target else line


def tail_words(call: Call) -> list[str]:
    """The tails of a call as words; free text comes last."""
    words = [call.period.text] if call.period else []
    if call.interval:
        words.append(call.interval.value)
    words += call.studies
    words += call.words
    words += [f"{key}={value}" for key, value in call.options]
    words += [number_text(number) for number in call.numbers]
    if call.text:
        words.append(call.text)
    return words

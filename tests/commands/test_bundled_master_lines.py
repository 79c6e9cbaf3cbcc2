"""Every bundled instrument can be named on the command line, by its full form and by what screens show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.grammar import parse
from financehub_tui.commands.printing import line_of, security_text
from financehub_tui.errors import CommandError
from financehub_tui.market.master import SecurityMaster, load_master


@pytest.fixture(scope="module")
def master() -> SecurityMaster:
    return load_master()


@pytest.fixture
def bundled(context: ParseContext, master: SecurityMaster) -> ParseContext:
    return replace(context, index=master)


def test_every_instrument_reads_back_from_its_full_form_and_from_its_display(
    bundled: ParseContext, master: SecurityMaster
) -> None:
    for instrument in master.all():
        for text in {security_text(instrument), instrument.display}:
            assert parse(f"{text} DES", bundled).calls[0].security == instrument, text


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("AAPL", "AAPL US Equity DES"),
        ("BRK-B", "BRK.B US Equity DES"),
        ("VOD.L", "VOD LN Equity DES"),
        ("^GSPC", "SPX Index DES"),
        ("CL=F", "CL1 Comdty DES"),
        ("BTCUSDT", "BTCUSDT@BINANCE Crypto DES"),
        ("BTC-USD", "BTC-USD@COINBASE Crypto DES"),
        ("UNI7083-USD", "UNI-USD@COINBASE Crypto DES"),
        ("PEPE24478-USD", "PEPE-USD@COINBASE Crypto DES"),
        ("SUI-USD", "SUI-USD@COINBASE Crypto DES"),
        ("EUR CUR", "EURUSD Curncy DES"),
        ("10Y Govt", "US10Y Govt DES"),
        ("FRED:DGS10", "FRED:DGS10 DES"),
    ],
)
def test_forms_of_the_guide_mean_bundled_instruments(typed: str, canonical: str, bundled: ParseContext) -> None:
    call = parse(typed, bundled).calls[0]
    assert line_of(call) == canonical


def test_a_dotted_word_is_not_taken_for_the_ticker_without_the_dot(bundled: ParseContext) -> None:
    assert parse("AAPL", bundled).calls
    with pytest.raises(CommandError, match=r"AA\.PL"):
        parse("AA.PL", bundled)

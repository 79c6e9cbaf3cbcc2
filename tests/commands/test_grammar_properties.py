"""Any text gives a reading or a helpful error, and printing a call and reading it again gives the same call."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from financehub_tui.commands.completion import complete
from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.grammar import parse
from financehub_tui.commands.history import History
from financehub_tui.commands.printing import line_of, number_text
from financehub_tui.errors import CommandError

WORDS = st.sampled_from(
    "AAPL MSFT W GP M CF BTC VOD SAP RY 700 7203 BRK/B BRK.B EURUSD EUR JPY EUR/USD BTCUSDT BTC-USD XBTUSD SPX ^GSPC "
    "CL1 CLZ6 CL=F ESZ6 AAPL260116C00200000 260116 C C200 200 01/16/26 US10Y 10Y FRED:DGS10 ZZZZ $ZZZZ $W $700 VOD.L "
    "0700.HK US LN GR UN GY CN HK Equity EQ <EQUITY> Curncy CUR Comdty Index Govt Corp Crypto CRY Option OPT Macro "
    ".e DES GPC GPO GIP HP FA MON COMP CORR WEI HELP MENU SECF ALRT ASOF RUN ECST CANCEL @tech @CORE-2 @BINANCE "
    "BTCUSDT@KRAKEN FOO-USDT ABFDUSD ABFD-USD 1D 6M YTD MAX 2020-01-01.. 2020-01-01..2020-06-30 ..2020-06-30 1m 5m "
    "1h D SMA50 RSI14 MACD BB20,2.5 VWAP LOG cur=EUR cols=last,volume 5 0.25 -3 7 NEW free text > [/] é ? GO <GO> "
    ", ; 2: B: 2:AAPL : $ @ < > = . ..".split(" ")
)
LINES = st.lists(WORDS, max_size=9).map(" ".join) | st.lists(WORDS, max_size=6).map("".join)

SYMBOLS = st.sampled_from(
    "AAPL W GP M CN GR VOD BTC BRK-B 700 0700.HK VOD.L EURUSD EUR BTCUSDT XBTUSD BTC/USDT BTCUSDT@KRAKEN SPX ^GSPC CL1 "
    "CLZ6 CL=F ESZ6 US10Y 10Y FRED:DGS10 ZZZZ $ZZZZ $W AAPL260116C00200000".split()
) | st.sampled_from(["AAPL 260116 C 200", "AAPL US 01/16/26 P187.5 Equity", "SPX 261218 P 5000"])
CODES = st.sampled_from(["", "", "", " US", " LN", " GR", " CN", " UN", " @BINANCE", "@FOO", "@XNAS"])
SECTORS = st.sampled_from(["", "", " Equity", " EQ", " Curncy", " Comdty", " Index", " Govt", " Crypto", " <CRYPTO>"])
SECURITIES = st.builds("".join, st.tuples(SYMBOLS, CODES, SECTORS))
SUBJECTS = (
    st.lists(SECURITIES, max_size=3).map(",".join) | st.sampled_from(["@tech", "@core-2"]) | st.just("") | SECURITIES
)
FUNCTIONS = st.sampled_from(
    "DES GP GPO GIP HP FA CN MON COMP CORR W WEI HELP MENU SECF ALRT ASOF ECST".split()
) | st.just("")
TAILS = st.lists(
    st.sampled_from(
        "6M 1Y YTD MAX D w 1h 5m M W SMA50 BB20,2.5 MACD RSI log RAW cur=EUR axis=L cols=last,bid 5 0.25 US NEW MSFT "
        "2020-01-01.. 2020-01-01..2020-06-30 LAST > 200, once Equity ? GO".split()
    ),
    max_size=4,
).map(" ".join)
PREFIXES = st.sampled_from(["", "", "2:", "B:", "12: "])
COMMANDS = st.builds(" ".join, st.tuples(SUBJECTS, FUNCTIONS, SUBJECTS, TAILS)) | st.builds(
    " ".join, st.tuples(SUBJECTS, FUNCTIONS, TAILS)
)
ONCE = "6M 1h SMA50 BB20,2.5 log RAW cur=EUR axis=L W M".split()
CHARTS = st.builds(
    " ".join,
    st.tuples(
        SYMBOLS,
        st.sampled_from(["GP", "GPO", "GP $W", "ALRT", "FA"]),
        st.permutations(ONCE).map(lambda w: " ".join(w[:2])),
    ),
)
BACKWARDS = st.builds(" ".join, st.tuples(st.sampled_from(["GP", "HP", "ALRT", "COMP", "MON", "DES", "W"]), SECURITIES))
CHAINS = st.lists(st.builds("".join, st.tuples(PREFIXES, CHARTS | BACKWARDS | COMMANDS)), min_size=1, max_size=3).map(
    " ; ".join
)
ANY = st.text(max_size=60) | st.text("AGPWUSDTM0126.,;:@$?<>=/-^ \t", max_size=30) | LINES | CHAINS

FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@settings(FIXTURE, max_examples=300)
@given(line=ANY)
def test_any_text_gives_a_reading_or_a_one_line_error(line: str, context: ParseContext) -> None:
    try:
        reading = parse(line, context)
    except CommandError as error:
        message = str(error)
        assert message.strip()
        assert message.isprintable()
        assert error.hint.isprintable()
        assert len(message) < 250
        return
    assert reading.calls
    assert reading.note.isprintable()


@settings(FIXTURE, max_examples=500)
@given(
    line=LINES | CHAINS,
    loaded=st.sampled_from(["", "AAPL", "EURUSD", "SPX"]),
    current=st.sampled_from(["", "GP", "ALRT"]),
)
def test_a_printed_call_reads_back_as_itself(line: str, loaded: str, current: str, context: ParseContext) -> None:
    security = context.index.exact(loaded)[0] if loaded else None
    where = replace(context, loaded=security, current=current)
    try:
        reading = parse(line, where)
    except CommandError:
        return
    for call in reading.calls:
        printed = line_of(call)
        assert parse(printed, where).calls == (call,), printed
    for other in reading.alternatives:
        parse(other, where)


@settings(FIXTURE, max_examples=300)
@given(line=ANY)
def test_completion_never_fails_and_its_lines_begin_as_typed_or_replace_the_word(
    line: str, context: ParseContext
) -> None:
    for suggestion in complete(line, context, History(["AAPL GP", "WEI"])):
        assert suggestion.label
        assert suggestion.line.isprintable()


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False, allow_infinity=False))
def test_numbers_print_as_they_read(value: object) -> None:
    number = float(str(value))
    assert float(number_text(number)) == number

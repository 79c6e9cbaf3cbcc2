"""A small security index and registry to read lines against."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from financehub_tui.commands.context import ParseContext
from financehub_tui.commands.grammar import parse
from financehub_tui.commands.registry import Registry
from financehub_tui.commands.spec import Call, Category, FunctionSpec, Needs, Tail, TailKind
from financehub_tui.market.instrument import AssetClass, Instrument, Kind, Unit


class SmallIndex:
    """Symbols and aliases in dictionaries, suggestions by prefix."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self.instruments = list(instruments)
        self.names: dict[str, list[Instrument]] = {}
        for instrument in self.instruments:
            for name in dict.fromkeys([instrument.symbol.upper(), *map(str.upper, instrument.aliases.values())]):
                self.names.setdefault(name, []).append(instrument)

    def exact(
        self,
        symbol: str,
        *,
        asset_class: AssetClass | None = None,
        exchange_code: str | None = None,
        venue: str | None = None,
    ) -> list[Instrument]:
        return [
            one
            for one in self.names.get(symbol.upper(), [])
            if asset_class in (None, one.asset_class)
            and exchange_code in (None, one.exchange_code)
            and venue in (None, one.venue)
        ]

    def suggest(self, text: str, limit: int) -> list[Instrument]:
        wanted = text.upper()
        by_symbol = [one for one in self.instruments if one.symbol.startswith(wanted)]
        by_name = [one for one in self.instruments if any(w.startswith(wanted) for w in one.name.upper().split())]
        near = [one for one in self.instruments if len(wanted) > 2 and one.symbol[:2] == wanted[:2]]
        return list({one.key: one for one in by_symbol + by_name + near}.values())[:limit]


def stock(symbol: str, code: str = "US", venue: str = "XNAS", currency: str = "USD", **more: object) -> Instrument:
    return Instrument(
        asset_class=AssetClass.EQUITY, symbol=symbol, venue=venue, currency=currency, exchange_code=code, **more
    )


def coin(base: str, quote: str, venue: str) -> Instrument:
    return Instrument(
        asset_class=AssetClass.CRYPTO, symbol=base + quote, venue=venue, currency=quote, kind=Kind.SPOT, base=base
    )


def future(symbol: str, sector: AssetClass, yahoo: str) -> Instrument:
    return Instrument(
        asset_class=sector, symbol=symbol, venue="XNYM", kind=Kind.GENERIC_FUTURE, aliases={"yahoo": yahoo}, name=symbol
    )


INSTRUMENTS = [
    stock("AAPL", name="Apple Inc."),
    stock("MSFT", name="Microsoft Corporation"),
    stock("NVDA", name="NVIDIA Corporation"),
    stock("W", venue="XNYS", name="Wayfair Inc."),
    stock("GP", name="GreenPower Motor"),
    stock("M", venue="XNYS", name="Macy's Inc."),
    stock("CF", venue="XNYS", name="CF Industries"),
    stock("BRK/B", venue="XNYS", name="Berkshire Hathaway Inc.", aliases={"yahoo": "BRK-B"}),
    stock("BTC", venue="ARCX", name="Grayscale Bitcoin Mini Trust", kind=Kind.ETF),
    stock("VOD", name="Vodafone ADR"),
    stock("VOD", "LN", "XLON", "GBP", unit=Unit.MINOR, name="Vodafone Group PLC", aliases={"yahoo": "VOD.L"}),
    stock("SAP", "GR", "XETR", "EUR", name="SAP SE"),
    stock("RY", "CN", "XTSE", "CAD", name="Royal Bank of Canada"),
    stock("700", "HK", "XHKG", "HKD", name="Tencent", aliases={"yahoo": "0700.HK"}),
    stock("7203", "JP", "XTKS", "JPY", name="Toyota", aliases={"yahoo": "7203.T"}),
    stock("MC", "FP", "XPAR", "EUR", name="LVMH"),
    Instrument(asset_class=AssetClass.CURRENCY, symbol="EURUSD", currency="USD", base="EUR", kind=Kind.SPOT),
    Instrument(asset_class=AssetClass.CURRENCY, symbol="USDJPY", currency="JPY", base="USD", kind=Kind.SPOT),
    coin("BTC", "USDT", "BINANCE"),
    coin("BTC", "USDT", "KRAKEN"),
    coin("BTC", "USD", "COINBASE"),
    coin("ETH", "USDT", "BINANCE"),
    Instrument(
        asset_class=AssetClass.INDEX, symbol="SPX", unit=Unit.POINTS, kind=Kind.INDEX, aliases={"yahoo": "^GSPC"}
    ),
    future("CL1", AssetClass.COMMODITY, "CL=F"),
    future("ES1", AssetClass.INDEX, "ES=F"),
    Instrument(asset_class=AssetClass.GOVERNMENT, symbol="US10Y", unit=Unit.PERCENT, kind=Kind.YIELD, country="US"),
]


def tail(kind: TailKind, *words: str, example: str = "") -> Tail:
    return Tail(kind=kind, help=f"a {kind.value}", words=words, example=example)


def spec(mnemonic: str, needs: Needs = Needs.SECURITY, tails: tuple[Tail, ...] = (), **more: object) -> FunctionSpec:
    return FunctionSpec(
        mnemonic=mnemonic,
        title=str(more.pop("title", f"Title of {mnemonic}")),
        category=more.pop("category", Category.SECURITY),
        help="what it shows",
        needs=needs,
        tails=tails,
        **more,
    )


CHART = (
    tail(TailKind.PERIOD, example="6M"),
    tail(TailKind.INTERVAL, example="W"),
    tail(TailKind.STUDY, example="SMA50"),
    tail(TailKind.WORD, "LOG", "RAW"),
    tail(TailKind.OPTION, "cur", "axis", example="cur=EUR"),
    tail(TailKind.SECURITY, example="MSFT"),
)

SPECS = [
    spec("DES", title="Description"),
    spec("GP", tails=CHART, title="Line chart"),
    spec("GPC", tails=CHART, aliases=("GPO",), title="Candle chart"),
    spec("GIP", tails=(tail(TailKind.NUMBER), tail(TailKind.INTERVAL), tail(TailKind.PERIOD)), title="Intraday chart"),
    spec("HP", tails=CHART[:2], title="Price table"),
    spec("FA", asset_classes=(AssetClass.EQUITY,), title="Financial analysis"),
    spec("CN", asset_classes=(AssetClass.EQUITY, AssetClass.CRYPTO), title="Company news"),
    spec("MON", Needs.SECURITIES, (tail(TailKind.OPTION, "cols"),), title="Monitor"),
    spec("COMP", Needs.SECURITIES, (CHART[0], CHART[5]), title="Comparative returns"),
    spec("CORR", Needs.SECURITIES, (tail(TailKind.NUMBER), CHART[0]), title="Correlation"),
    spec("W", Needs.NOTHING, (tail(TailKind.WORD, "NEW"), tail(TailKind.TEXT)), title="Worksheet"),
    spec("WEI", Needs.NOTHING, (tail(TailKind.WORD, "US", "EMEA"),), title="World equity indices"),
    spec("HELP", Needs.NOTHING, (tail(TailKind.TEXT),), title="Help"),
    spec("MENU", Needs.NOTHING, title="Menu"),
    spec("SECF", Needs.NOTHING, (tail(TailKind.TEXT),), title="Security finder"),
    spec("ALRT", tails=(tail(TailKind.TEXT),), title="Alerts"),
    spec("ASOF", Needs.NOTHING, (tail(TailKind.TEXT),), title="Time travel"),
    spec("RUN", Needs.NOTHING, (tail(TailKind.TEXT),), title="Run a script"),
    spec("ECST", tails=CHART[:1], asset_classes=(AssetClass.MACRO, AssetClass.GOVERNMENT), title="Statistics"),
]


@pytest.fixture(scope="session")
def index() -> SmallIndex:
    return SmallIndex(INSTRUMENTS)


@pytest.fixture(scope="session")
def context(index: SmallIndex) -> ParseContext:
    return ParseContext(registry=Registry(SPECS), index=index, year=2018, lists=("tech", "Core-2"))


@pytest.fixture(scope="session")
def aapl(index: SmallIndex) -> Instrument:
    return index.exact("AAPL")[0]


@pytest.fixture(scope="session")
def read(context: ParseContext) -> Callable[[str], Call]:
    """The one call of a line with nothing loaded."""

    def read_one(line: str) -> Call:
        calls = parse(line, context).calls
        assert len(calls) == 1
        return calls[0]

    return read_one

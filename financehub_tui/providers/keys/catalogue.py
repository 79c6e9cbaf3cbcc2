"""The providers that take keys: form, limits and what a free key unlocks.

Limits are those of the free plans as their documentation and users told in 2026. Where sources disagree the lower
figure is taken; where a vendor names no hour of reset, the one it is believed to use, and the note says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from financehub_tui.errors import ConfigError
from financehub_tui.providers.base import Limit, Per
from financehub_tui.providers.keys.form import KeyForm, Part, Plan, Probe

_HEX32 = Part("key", r"[0-9a-f]{32}", "32 digits and letters a to f")
_DAY = 86_400.0


def _requests(amount: int, seconds: float = 0.0, per: Per = Per.SECONDS, timezone: str = "UTC") -> Limit:
    return Limit(name="requests", amount=amount, seconds=seconds, per=per, timezone=timezone, per_key=True)


def _credits(amount: int, per: Per) -> Limit:
    return Limit(name="credits", amount=amount, per=per, per_key=True)


def _streams(connections: int, symbols: int = 0) -> tuple[Limit, ...]:
    held = Limit(name="connections", amount=connections, per=Per.ONCE, per_key=True)
    carried = Limit(name="symbols", amount=symbols, per=Per.CONNECTION, per_key=True)
    return (held, carried) if symbols else (held,)


_FINNHUB = KeyForm(
    provider="finnhub",
    title="Finnhub",
    parts=(Part("key", r"[A-Za-z0-9]{20,48}", "20 to 48 letters and digits"),),
    plans=(
        Plan(name="free", title="Free", limits=(_requests(60, 60), _requests(30, 1), *_streams(1, 50))),
        Plan(name="paid", title="Paid", limits=(_requests(30, 1), *_streams(1))),
    ),
    where="https://finnhub.io/register",
    unlocks="US quotes in real time, US trade stream, profiles, peers, ratings, earnings, calendars, company news",
    free="60 calls a minute, 50 symbols on one stream",
    probes={"free": Probe(url="https://finnhub.io/api/v1/quote?symbol=AAPL", headers={"X-Finnhub-Token": "{0}"})},
    variables=(("FINNHUB_API_KEY",), ("FINNHUB_KEY",), ("FINNHUB_TOKEN",)),
)
_ALPACA = KeyForm(
    provider="alpaca",
    title="Alpaca",
    parts=(
        Part("key id", r"[A-Z0-9]{16,32}", "16 to 32 capitals and digits"),
        Part("secret", r"[A-Za-z0-9/+=]{32,64}", "32 to 64 letters and digits"),
    ),
    plans=(
        Plan(name="basic", title="Basic", limits=(_requests(200, 60), *_streams(1, 30))),
        Plan(name="plus", title="Algo Trader Plus", limits=(_requests(10_000, 60), *_streams(1))),
    ),
    where="https://app.alpaca.markets/signup",
    unlocks="US stocks and crypto: bars of every length, IEX quotes and trades in real time, news, corporate actions",
    free="200 calls a minute, IEX in real time, all exchanges after 15 minutes, 30 symbols on one stream",
    note="A key of a paper account serves market data. It can trade that account: treat it as a password.",
    probes={
        "basic": Probe(
            url="https://data.alpaca.markets/v2/stocks/quotes/latest?symbols=AAPL&feed=iex",
            headers={"APCA-API-KEY-ID": "{0}", "APCA-API-SECRET-KEY": "{1}"},
        )
    },
    variables=(("APCA_API_KEY_ID", "APCA_API_SECRET_KEY"), ("ALPACA_API_KEY", "ALPACA_SECRET_KEY")),
)
_COINGECKO = KeyForm(
    provider="coingecko",
    title="CoinGecko",
    parts=(Part("key", r"CG-[A-Za-z0-9]{16,40}", "CG- and 16 to 40 letters and digits"),),
    plans=(
        Plan(name="demo", title="Demo", limits=(_requests(25, 60), _requests(10_000, per=Per.MONTH))),
        Plan(name="pro", title="Pro", limits=(_requests(250, 60), _requests(100_000, per=Per.MONTH))),
    ),
    where="https://www.coingecko.com/en/developers/dashboard",
    unlocks="Thousands of coins: prices, market values, ranks, histories, categories, exchanges",
    free="25 calls a minute and 10,000 a month (without a key: 5 a minute, shared by address)",
    note="A key of the Pro plans is stored under an alias that begins with pro: it is good on another host only.",
    probes={
        "demo": Probe(url="https://api.coingecko.com/api/v3/ping", headers={"x-cg-demo-api-key": "{0}"}),
        "pro": Probe(url="https://pro-api.coingecko.com/api/v3/key", headers={"x-cg-pro-api-key": "{0}"}),
    },
    variables=(("COINGECKO_API_KEY",), ("COINGECKO_DEMO_API_KEY",)),
)
_COINMARKETCAP = KeyForm(
    provider="coinmarketcap",
    title="CoinMarketCap",
    parts=(
        Part(
            "key",
            r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-f]{32}",
            "32 digits and letters a to f, with four hyphens",
        ),
    ),
    plans=(
        Plan(name="basic", title="Basic", limits=(_requests(20, 60), _credits(10_000, Per.MONTH))),
        Plan(name="paid", title="Paid", limits=(_requests(60, 60),)),
    ),
    where="https://pro.coinmarketcap.com/signup",
    unlocks="Crypto prices, ranks and market values, checked against CoinGecko",
    free="20 calls a minute and 10,000 credits a month",
    probes={"basic": Probe(url="https://pro-api.coinmarketcap.com/v1/key/info", headers={"X-CMC_PRO_API_KEY": "{0}"})},
    variables=(("CMC_PRO_API_KEY",), ("COINMARKETCAP_API_KEY",)),
)
_TWELVE_DATA = KeyForm(
    provider="twelve_data",
    title="Twelve Data",
    parts=(Part("key", r"[0-9a-f]{32}|demo", "32 digits and letters a to f"),),
    plans=(
        Plan(
            name="basic",
            title="Basic",
            limits=(_credits(8, Per.MINUTE), _credits(800, Per.DAY), *_streams(1, 8)),
        ),
        Plan(name="paid", title="Paid", limits=(_credits(377, Per.MINUTE), *_streams(3))),
    ),
    where="https://twelvedata.com/register",
    unlocks="Stocks, currencies and crypto of many countries: quotes, bars, indicators, fundamentals",
    asked=False,
    free="8 credits a minute and 800 a day; 8 symbols of a trial list on the stream",
    probes={
        "basic": Probe(
            url="https://api.twelvedata.com/api_usage",
            headers={"Authorization": "apikey {0}"},
            refusals=("parameter is incorrect or not specified",),
        )
    },
    variables=(("TWELVE_DATA_API_KEY",), ("TWELVEDATA_API_KEY",)),
)
_ALPHA_VANTAGE = KeyForm(
    provider="alpha_vantage",
    title="Alpha Vantage",
    parts=(Part("key", r"[A-Z0-9]{14,20}|demo", "16 capitals and digits"),),
    plans=(
        Plan(
            name="free",
            title="Free",
            limits=(_requests(25, per=Per.DAY, timezone="America/New_York"), _requests(1, 1)),
        ),
        Plan(name="paid", title="Paid", limits=(_requests(75, 60), _requests(5, 1))),
    ),
    where="https://www.alphavantage.co/support/#api-key",
    unlocks="Fundamentals, earnings, news sentiment, technical indicators, macro series",
    asked=False,
    free="25 calls a day, one a second",
    note="The day is believed to end at midnight in New York; the vendor does not say.",
    probes={
        "free": Probe(
            url="https://www.alphavantage.co/query?function=GLOBAL_QUOTE&symbol=IBM",
            params={"apikey": "{0}"},
            refusals=("apikey is invalid or missing",),
        )
    },
    variables=(("ALPHAVANTAGE_API_KEY",), ("ALPHA_VANTAGE_API_KEY",)),
)
_MASSIVE = KeyForm(
    provider="massive",
    title="Massive (Polygon)",
    parts=(Part("key", r"[A-Za-z0-9_-]{24,48}", "24 to 48 letters and digits"),),
    plans=(
        Plan(name="basic", title="Basic", limits=(_requests(5, 60),)),
        Plan(name="paid", title="Paid", limits=(_requests(100, 1), *_streams(1))),
    ),
    where="https://massive.com/dashboard/signup",
    unlocks="US stocks, options and currencies: end-of-day bars of two years, reference data, dividends, news",
    asked=False,
    free="5 calls a minute, end of day only",
    probes={
        "basic": Probe(url="https://api.massive.com/v3/reference/tickers/AAPL", headers={"Authorization": "Bearer {0}"})
    },
    variables=(("MASSIVE_API_KEY",), ("POLYGON_API_KEY",)),
)
_FRED = KeyForm(
    provider="fred",
    title="FRED",
    parts=(Part("key", r"[0-9a-z]{32}", "32 small letters and digits"),),
    plans=(Plan(name="free", title="Free", limits=(_requests(120, 60),)),),
    where="https://fredaccount.stlouisfed.org/apikeys",
    unlocks="Macro series: rates, prices, jobs, yields, with their revisions; dates of releases",
    asked=False,
    free="120 calls a minute",
    probes={
        "free": Probe(
            url="https://api.stlouisfed.org/fred/series?series_id=GNPCA&file_type=json",
            params={"api_key": "{0}"},
            refusals=("api_key",),
        )
    },
    variables=(("FRED_API_KEY",),),
)
_NEWSAPI = KeyForm(
    provider="newsapi",
    title="NewsAPI.org",
    parts=(_HEX32,),
    plans=(
        Plan(name="developer", title="Developer", limits=(_requests(100, _DAY), _requests(50, _DAY / 2))),
        Plan(name="paid", title="Business", limits=(_requests(250_000, per=Per.MONTH),)),
    ),
    where="https://newsapi.org/register",
    unlocks="Headlines of 150,000 sources, searched by words",
    asked=False,
    free="100 calls in 24 hours, at most 50 in 12; articles a day late",
    note="The free plan may be used for development only.",
    probes={"developer": Probe(url="https://newsapi.org/v2/top-headlines/sources", headers={"X-Api-Key": "{0}"})},
    variables=(("NEWSAPI_KEY",), ("NEWS_API_KEY",), ("NEWSAPI_API_KEY",)),
)
_OANDA_STREAMS = Limit(name="connections", amount=20, per=Per.ONCE, per_key=True)
_OANDA = KeyForm(
    provider="oanda",
    title="OANDA",
    parts=(Part("token", r"[0-9a-f]{32}-[0-9a-f]{32}", "two groups of 32 digits and letters a to f"),),
    plans=(
        Plan(name="practice", title="Practice account", limits=(_requests(100, 1), _OANDA_STREAMS)),
        Plan(name="live", title="Live account", limits=(_requests(100, 1), _OANDA_STREAMS)),
    ),
    where="https://www.oanda.com/demo-account/tpa/personal_token",
    unlocks="Currencies, metals and CFDs: prices in real time, bars from five seconds",
    asked=False,
    free="100 calls a second with a free practice account",
    note="The token can trade its account: treat it as a password. One of a live account is stored under an alias "
    "that begins with live.",
    probes={
        "practice": Probe(url="https://api-fxpractice.oanda.com/v3/accounts", headers={"Authorization": "Bearer {0}"}),
        "live": Probe(url="https://api-fxtrade.oanda.com/v3/accounts", headers={"Authorization": "Bearer {0}"}),
    },
    variables=(("OANDA_API_KEY",), ("OANDA_TOKEN",), ("OANDA_ACCESS_TOKEN",)),
)
_EXCHANGERATE_HOST = KeyForm(
    provider="exchangerate_host",
    title="exchangerate.host",
    parts=(_HEX32,),
    plans=(
        Plan(name="free", title="Free", limits=(_requests(100, per=Per.MONTH),)),
        Plan(name="paid", title="Paid", limits=(_requests(10_000, per=Per.MONTH),)),
    ),
    where="https://exchangerate.host/signup",
    unlocks="168 currencies a day against the dollar; Frankfurter and the ECB give more without a key",
    asked=False,
    free="100 calls a month",
    probes={
        "free": Probe(
            url="https://api.exchangerate.host/list",
            params={"access_key": "{0}"},
            refusals=("invalid_access_key", "missing_access_key", "inactive"),
        )
    },
    variables=(("EXCHANGERATE_HOST_API_KEY",), ("EXCHANGERATE_HOST_ACCESS_KEY",)),
)
_REDDIT = KeyForm(
    provider="reddit",
    title="Reddit",
    parts=(
        Part("client id", r"[A-Za-z0-9_-]{14,30}", "14 to 30 letters and digits"),
        Part("client secret", r"[A-Za-z0-9_-]{20,40}", "20 to 40 letters and digits"),
    ),
    plans=(Plan(name="free", title="Free", limits=(_requests(1_000, 600),)),),
    where="https://www.reddit.com/prefs/apps",
    unlocks="Posts and comments of the investing communities",
    asked=False,
    free="100 calls a minute, averaged over ten minutes",
    note="Reddit has to approve a new application first.",
    variables=(("REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET"),),
)

FORMS: Mapping[str, KeyForm] = MappingProxyType(
    {
        form.provider: form
        for form in (
            _FINNHUB,
            _ALPACA,
            _COINGECKO,
            _COINMARKETCAP,
            _TWELVE_DATA,
            _ALPHA_VANTAGE,
            _MASSIVE,
            _FRED,
            _NEWSAPI,
            _OANDA,
            _EXCHANGERATE_HOST,
            _REDDIT,
        )
    }
)
OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {"polygon": "massive", "cmc": "coinmarketcap", "alphavantage": "alpha_vantage", "twelvedata": "twelve_data"}
)
"""Names under which a provider is known too."""


def form_of(provider: str, forms: Mapping[str, KeyForm] = FORMS) -> KeyForm:
    """The form of a provider's keys, by any of its names. Raises ConfigError for one that takes none."""
    name = provider.strip().lower().replace("-", "_")
    found = forms.get(OTHER_NAMES.get(name, name))
    if found is not None:
        return found
    from difflib import get_close_matches

    near = get_close_matches(name, [*forms, *OTHER_NAMES], n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}?" if near else f"Keys are known for {', '.join(forms)}."
    raise ConfigError("No provider of that name takes a key", hint)

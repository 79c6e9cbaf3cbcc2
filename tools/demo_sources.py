"""Where each demo series comes from, for the catalogues and the READMEs."""

from __future__ import annotations

from financehub_tui.providers.bundled.catalogue import Source

SOURCES: dict[str, Source] = {
    "sp500": Source(
        title="S&P 500 stock data, CNuge/kaggle-code a393eaa (2018-02-09)",
        url="https://github.com/CNuge/kaggle-code",
        licence="MIT",
        licence_file="us_stocks_daily_sp500_2013_2018/LICENSE",
    ),
    "lean": Source(
        title="QuantConnect/Lean Data, head 2486390 (2026-08-21)",
        url="https://github.com/QuantConnect/Lean",
        licence="Apache-2.0",
        licence_file="lean_us_equity/LICENSE",
    ),
    "findata": Source(
        title="luisgrivas/findata e70cf19 (2018-07-18)",
        url="https://github.com/luisgrivas/findata",
        licence="MIT",
        licence_file="us_stocks_daily_long_history_findata16/LICENSE.txt",
    ),
    "skfolio": Source(
        title="skfolio/skfolio datasets, head c06db84 (2026-07-28)",
        url="https://github.com/skfolio/skfolio",
        licence="BSD-3-Clause",
        licence_file="us_stocks_daily_closes_portfolio_sets/LICENSE.skfolio",
    ),
    "vix": Source(
        title="datasets/finance-vix, head 6f56e27 (2026-07-24), from Cboe",
        url="https://github.com/datasets/finance-vix",
        licence="PDDL-1.0",
    ),
    "oil": Source(
        title="datasets/oil-prices, head 2d75ce3 (2026-08-22), from the US EIA",
        url="https://github.com/datasets/oil-prices",
        licence="PDDL-1.0",
    ),
    "gas": Source(
        title="datasets/natural-gas, head f777126 (2026-08-20), from the US EIA",
        url="https://github.com/datasets/natural-gas",
        licence="PDDL-1.0",
    ),
    "fx": Source(
        title="ejtraderLabs/historical-data, head fbd29b3 (2022-08-26)",
        url="https://github.com/ejtraderLabs/historical-data",
        licence="Apache-2.0",
        licence_file="fx_bars_mt_ejtrader12/LICENSE",
    ),
    "ecb": Source(
        title="Euro foreign exchange reference rates, European Central Bank",
        url="https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/",
        licence="free reuse with the source named",
    ),
    "treasury": Source(
        title="US Treasury par yields, as in stefan-jansen/zipline-reloaded 943010b (2025-11-13)",
        url="https://github.com/stefan-jansen/zipline-reloaded",
        licence="Apache-2.0; data public domain",
        licence_file="us_treasury_curve_daily/LICENSE.zipline",
    ),
    "coinbase": Source(
        title="Coinbase candles, ta4j/ta4j examples 42e1a94 (2026-07-22)",
        url="https://github.com/ta4j/ta4j",
        licence="MIT",
        licence_file="crypto_bars_coinbase_binance_ta4j/license-header.txt",
    ),
    "binance": Source(
        title="Binance klines, privet1x/crypto-trading-bot c7c5807 (2025-01-15)",
        url="https://github.com/privet1x/crypto-trading-bot",
        licence="MIT",
        licence_file="crypto_klines_1m_binance/LICENSE-crypto-trading-bot.txt",
    ),
    "recording": Source(
        title="Binance spot streams recorded 2024-08-08, nkaz001/hftbacktest examples 5f3ec40 (2025-12-23)",
        url="https://github.com/nkaz001/hftbacktest",
        licence="MIT",
        licence_file="crypto_raw_streams_binance_2024_08/LICENSE",
    ),
}

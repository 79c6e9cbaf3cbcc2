"""The README beside the demo data of a scenario, written from its catalogue."""

from __future__ import annotations

from collections import Counter

from financehub_tui.providers.bundled.catalogue import Catalogue

BARS = """
Bar files (`stocks`, `markets`, `bars_*`) have the columns `symbol`, `time` (UTC microseconds: start of the bar, for
daily bars midnight of the exchange date), `open`, `high`, `low`, `close`, `volume`, sorted by symbol and time.
`catalogue.json` lists every series with its file, source, adjustment and dates.
"""

EQUITIES = """
- Stocks: prices adjusted for splits, not for dividends; volume in shares; members of the index in February 2018.
  Where a row contradicts itself in the source (twelve of the stocks', 47 of the VIX up to 2006), the open alone, or
  all but the close, is left empty.
- Funds from LEAN are unadjusted (none of them was split in these years).
- SPX, WTI, BRENT, NATGAS and the Treasury yields are closes only. The yield curve ends 2017-03-29, as its source does.
- Currency and gold bars run from 17:00 to 17:00 New York; the source's points are turned into prices; its tick counts
  are no volume and are left out.
- `rates.parquet`: ECB reference rates, units of each currency for one euro.
- `actions.parquet`: `symbol`, `time` (ex-date), `kind`, `value`: splits as new shares per old share, dividends in USD
  per share of today's count; for AAPL, BAC, GOOGL, IBM and QQQ, computed from the factor files of LEAN.
- BTC-USD days are made of the four-hour bars of the same source.
"""

CRYPTO = """
- `frames_SYMBOL.parquet`: `received` (the recorder's clock, nanoseconds since 1970 UTC) and `payload`, the message
  exactly as received, in order: combined-stream messages (trade, bookTicker, depth@100ms) and the depth snapshot of the
  REST interface, which stands between them as a bare JSON object. The recorder's clock ran about 1.27 s behind the
  exchange's.
- BTCUSDT bars: 15 minutes, volume in BTC. BTC-USD days are made of the four-hour bars of the same source.
"""


def readme(content: Catalogue) -> str:
    """Markdown: what is in the folder, from where, under which licence."""
    counts = Counter(one.source for one in content.series)
    lines = [f"# Demo data: {content.name}", "", "Built by `python -m tools.build_demo DATA_FOLDER`.", ""]
    lines += ["| source | series | licence | text |", "| --- | --- | --- | --- |"]
    for key, source in content.sources.items():
        text = f"[licences/{source.licence_file}](licences/{source.licence_file})" if source.licence_file else ""
        kind = str(counts[key]) if counts[key] else "rates" if key == "ecb" else "frames"
        lines.append(f"| [{source.title}]({source.url}) | {kind} | {source.licence} | {text} |")
    notes = EQUITIES if content.name == "equities" else CRYPTO
    return "\n".join(lines) + "\n" + BARS + notes

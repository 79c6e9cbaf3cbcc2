"""Quotes, crosses, rankings, books and trades against an independent reading of the same data."""

from __future__ import annotations

import json

import polars as pl
import pytest

from financehub_tui.errors import CommandError, DataMissingError
from financehub_tui.functions.fields import FIELDS
from financehub_tui.market.quote import Quote
from financehub_tui.providers.bundled.catalogue import DEMO_FOLDER


def quotes(desk, instruments):
    found = desk.runner.run(desk.desk.quotes(instruments))
    return {key: quote for key, quote in found.items() if isinstance(quote, Quote)}


# Monitor


def test_a_monitor_shows_the_desk_s_quotes(equities):
    rows = equities.rows("AAPL,MSFT,EURUSD MON")
    instruments = [equities.instrument(name) for name in ("AAPL", "MSFT", "EURUSD")]
    held = quotes(equities, instruments)
    for row, instrument in zip(rows, instruments, strict=True):
        quote = held[instrument.key]
        assert row["security"] == instrument.display
        assert (row["last"], row["bid"], row["ask"]) == (quote.last, quote.bid, quote.ask)
        assert row["change"] == pytest.approx(quote.last - quote.previous_close, abs=1e-5)
        assert row["mark"] == "SIM"


def test_a_previous_close_is_the_last_real_close(equities, daily):
    held = daily("equities/stocks.parquet", "AAPL").filter(pl.col("time").dt.date() < pl.date(2018, 2, 5))
    assert equities.rows("AAPL MON cols=previous_close")[0]["previous_close"] == held["close"][-1]


def test_columns_are_chosen_and_ordered(equities):
    table = equities.document("AAPL MON cols=volume,last,spread_bps")["blocks"][0]
    names = [column["name"] for column in table["columns"]]
    assert names[2:5] == ["volume", "last", "spread_bps"]


def test_every_field_can_be_a_column(equities):
    table = equities.document(f"AAPL MON cols={','.join(FIELDS)}")["blocks"][0]
    assert set(FIELDS) <= set(table["rows"][0])


@pytest.mark.parametrize("columns", ["lst", "last,nope", "=", "[/]"])
def test_an_unknown_column_is_refused_with_the_nearest(columns, equities):
    with pytest.raises(CommandError) as refused:
        equities.report(f"AAPL MON cols={columns}")
    assert refused.value.hint


def test_the_starter_list_of_each_scenario(equities, crypto):
    assert [row["security"] for row in crypto.rows("MON")] == ["BTCUSDT Crypto", "ETHUSDT Crypto"]
    rows = equities.rows("MON")
    assert len(rows) == 34 and all(row["last"] is not None for row in rows)
    assert equities.rows("@starter MON") == rows


def test_a_row_without_a_quote_says_why(equities):
    document = equities.document("AAPL,BTCUSDT MON")
    first, second = document["blocks"][0]["rows"]
    assert first["missing"] is None and second["missing"].startswith("unknown symbol:")
    assert document["missing"][0]["detail"].startswith("BTCUSDT Crypto: ")


def test_reasons_of_a_long_list_are_summed_up(equities):
    document = equities.document("WEI")
    assert len(document["missing"]) <= 3
    assert "more:" in document["missing"][0]["detail"]


# World indices, crosses, movers, crypto


def test_indices_stand_by_region(equities):
    document = equities.document("WEI")
    assert [block["title"] for block in document["blocks"]] == ["Americas", "EMEA", "Asia-Pacific"]
    rows = {row["security"]: row for block in document["blocks"] for row in block["rows"]}
    assert len(rows) == len(equities.desk.master.members("world-indices")) >= 40
    assert rows["SPX Index"]["last"] is not None


def test_crosses_follow_from_the_quotes(equities):
    matrix = equities.document("FXC")["blocks"][0]
    assert (matrix["provenance"]["mark"], matrix["provenance"]["currency"]) == ("SIM", "")
    codes = matrix["rows"]
    pairs = {(i.base, i.currency): i for i in equities.desk.master.members("fx") if {i.base, i.currency} <= set(codes)}
    held = quotes(equities, list(pairs.values()))
    last = {pair: held[i.key].last for pair, i in pairs.items() if i.key in held}
    assert len(last) == 28
    dollar = {code: last[code, "USD"] if (code, "USD") in last else 1 / last["USD", code] for code in codes[1:]}
    fixed = {pair for pair, i in pairs.items() if held[i.key].provenance.mark == "EOD"}
    assert ("EUR", "AUD") in fixed and ("NZD", "USD") in fixed
    for base, other in fixed:
        if "NZD" not in (base, other):
            last[base, other] = dollar[base] / dollar[other]
    for row, base in zip(matrix["values"], codes, strict=True):
        for value, other in zip(row, codes, strict=True):
            if base == other:
                assert value is None
            elif (base, other) in last:
                assert value == pytest.approx(last[base, other], rel=1e-9)
            else:
                assert value == pytest.approx(1 / last[other, base], rel=1e-9)


def test_every_cross_of_moving_pairs_agrees_with_its_dollar_pairs(equities):
    matrix = equities.document("FXC")["blocks"][0]
    moving = [place for place, code in enumerate(matrix["rows"]) if code not in ("USD", "NZD")]
    for i in moving:
        for j in moving:
            if i != j:
                product = matrix["values"][i][0] * matrix["values"][0][j]
                assert matrix["values"][i][j] == pytest.approx(product, rel=1e-4)
    assert matrix["provenance"]["notes"][-1] == "NZD as last fixed"


def test_a_cross_and_its_inverse_multiply_to_one(equities):
    values = equities.document("FXC")["blocks"][0]["values"]
    for i, row in enumerate(values):
        for j in range(len(row)):
            if i != j:
                assert values[i][j] * values[j][i] == pytest.approx(1, rel=1e-9)


def test_changes_of_crosses(equities):
    rates, second = equities.document("FXC CHG")["blocks"]
    assert second["title"] == "Spot rates"
    assert [block["title"] for block in equities.document("FXC")["blocks"]] == [second["title"], rates["title"]]
    quote = next(iter(quotes(equities, [equities.instrument("EURUSD")]).values()))
    row, column = rates["rows"].index("EUR"), rates["columns"].index("USD")
    assert rates["values"][row][column] == pytest.approx(100 * (quote.last / quote.previous_close - 1))


def test_crosses_are_written_as_pairs_are_quoted(equities):
    lines = {line.split()[0]: line.split()[1:] for line in equities.printed("FXC").splitlines()[6:14]}
    assert len(lines["EUR"][0].partition(".")[2]) == 5
    assert len(lines["USD"][2].partition(".")[2]) == 3
    assert all(len(cell.replace(".", "").lstrip("0")) >= 5 for cell in lines["JPY"] if cell != "–")


def test_a_cross_over_the_dollar_or_the_euro():
    from financehub_tui.functions.fxc import cross

    rates = {("EUR", "USD"): (1.25, 1.2), ("USD", "JPY"): (100.0, None)}
    assert cross("EUR", "JPY", rates) == (125.0, None)
    assert cross("JPY", "EUR", rates)[0] == pytest.approx(1 / 125)
    assert cross("USD", "EUR", rates) == (0.8, pytest.approx(1 / 1.2))
    assert cross("EUR", "CHF", rates) is None


def test_without_any_rate_there_is_a_reason_and_no_empty_matrix(crypto):
    with pytest.raises(DataMissingError, match="EURGBP Curncy, EURAUD Curncy"):
        crypto.document("FXC")


def test_a_ranking_counts_the_members_that_have_what_it_ranks_by(crypto):
    rows = crypto.rows("MOST")
    assert crypto.facts("MOST")["Compared"] == f"{len(rows)} of 189"


@pytest.mark.parametrize(
    ("words", "field", "sign"),
    [
        ("", "volume", 1),
        ("VOLUME", "volume", 1),
        ("VALUE", "value", 1),
        ("UP", "change_percent", 1),
        ("DOWN", "change_percent", -1),
    ],
)
def test_movers_are_ranked_by_what_was_asked(words, field, sign, equities):
    members = equities.desk.master.members("sp500")
    held = quotes(equities, members)
    scored = [(FIELDS[field].value(i, held[i.key]), i.display) for i in members if i.key in held]
    best = sorted((value for value, _ in scored if value is not None), key=lambda value: -sign * value)[:10]
    rows = equities.rows(f"MOST {words} 10")
    assert [row[field] for row in rows] == pytest.approx(best)
    facts = equities.facts(f"MOST {words} 10")
    assert facts["Compared"] == f"{len(held)} of {len(members)}"


@pytest.mark.parametrize("count", ["0", "-5", "2.5", "999999999", "5 6"])
@pytest.mark.parametrize("line", ["MOST", "LAST", "AAPL QR", "AAPL TAS", "AAPL BOOK", "AAPL MDM"])
def test_counts_outside_their_range_are_refused(line, count, equities):
    with pytest.raises(CommandError):
        equities.report(f"{line} {count}")


def test_crypto_pairs_by_quote_asset(crypto, equities):
    rows = crypto.rows("CRYP USDT")
    assert rows and all(row["security"].split()[0].endswith("USDT") for row in rows)
    usd = [row for row in equities.rows("CRYP USD") if row["last"] is not None]
    assert {row["security"] for row in usd} == {"BTC-USD Crypto", "ETH-USD Crypto"}
    bitcoin = next(row for row in crypto.rows("CRYP") if row["security"] == "BTCUSDT Crypto")
    assert bitcoin["spread_bps"] == pytest.approx(
        (bitcoin["ask"] - bitcoin["bid"]) / ((bitcoin["ask"] + bitcoin["bid"]) / 2) * 10_000
    )


# The recording


@pytest.fixture(scope="module")
def frames():
    """The recorded messages of BTCUSDT up to the opening instant, in order."""
    file = pl.read_parquet(DEMO_FOLDER / "crypto" / "frames_BTCUSDT.parquet")
    start = json.loads((DEMO_FOLDER / "crypto" / "catalogue.json").read_bytes())["start"]
    return [json.loads(payload) for payload in file.filter(pl.col("received") <= start)["payload"]]


def rebuilt(frames, update):
    """The book by the venue's documented procedure, written anew here: snapshot, then every difference after it."""
    snapshot = next(frame for frame in frames if "lastUpdateId" in frame)
    sides = {"b": dict(map(level, snapshot["bids"])), "a": dict(map(level, snapshot["asks"]))}
    for frame in frames:
        data = frame.get("data", {})
        if "depth" not in frame.get("stream", "") or data["u"] <= snapshot["lastUpdateId"] or data["u"] > update:
            continue
        for side, levels in sides.items():
            for price, size in map(level, data[side]):
                levels[price] = size
                if size == 0:
                    del levels[price]
    return sorted(sides["b"].items(), reverse=True), sorted(sides["a"].items())


def level(pair):
    return float(pair[0]), float(pair[1])


@pytest.mark.parametrize("depth", [1, 20, 500])
def test_the_book_equals_an_independent_rebuild_of_the_recording(depth, crypto, frames):
    facts = crypto.facts(f"BTCUSDT BOOK {depth}")
    rows = crypto.rows(f"BTCUSDT BOOK {depth}")
    bids, asks = rebuilt(frames, facts["Update"])
    assert [(row["bid"], row["bid_size"]) for row in rows] == bids[:depth]
    assert [(row["ask"], row["ask_size"]) for row in rows] == asks[:depth]
    assert rows[-1]["bid_total"] == pytest.approx(sum(size for _, size in bids[:depth]))
    assert facts["Best bid"] == bids[0][0] < asks[0][0] == facts["Best ask"]
    assert facts["Spread"] == round(asks[0][0] - bids[0][0], 2)
    assert facts["Mid"] == pytest.approx((asks[0][0] + bids[0][0]) / 2)
    ten = [sum(size for _, size in side[:10]) for side in (bids, asks)]
    assert facts["Imbalance"] == pytest.approx((ten[0] - ten[1]) / sum(ten))


def test_the_ladder_shows_the_same_levels_from_the_highest_ask_down(crypto):
    assert crypto.facts("BTCUSDT MDM 3")["Imbalance"] == crypto.facts("BTCUSDT BOOK 50")["Imbalance"]
    assert len(crypto.rows("BTCUSDT MDM 3")) == 6
    book, ladder = crypto.rows("BTCUSDT BOOK 10"), crypto.rows("BTCUSDT MDM 10")
    assert [row["price"] for row in ladder] == [r["ask"] for r in reversed(book)] + [r["bid"] for r in book]
    assert [row["price"] for row in ladder] == sorted((row["price"] for row in ladder), reverse=True)


def test_a_book_never_crosses_while_it_is_replayed(fresh):
    desk = fresh("crypto")
    desk.report("RPLY PAUSE")
    before = 0
    for _ in range(12):
        desk.report("RPLY STEP 5")
        facts = desk.facts("BTCUSDT BOOK 5")
        assert facts["Best bid"] < facts["Best ask"]
        assert facts["Update"] >= before
        before = facts["Update"]


def test_trades_are_the_recorded_ones(crypto, frames):
    recorded = [frame["data"] for frame in frames if frame.get("stream", "").endswith("@trade")]
    rows = crypto.rows("BTCUSDT TAS 300")
    assert 100 < len(rows) <= 300
    for row, trade in zip(rows, reversed(recorded), strict=False):
        assert row["id"] == str(trade["t"])
        assert (row["price"], row["size"]) == (float(trade["p"]), float(trade["q"]))
        assert row["side"] == ("sell" if trade["m"] else "buy")


def test_the_average_price_and_share_bought_of_what_is_shown(crypto):
    rows, facts = crypto.rows("BTCUSDT QR 150"), crypto.facts("BTCUSDT QR 150")
    volume = sum(row["size"] for row in rows)
    assert facts["Trades"] == len(rows) == 150
    assert facts["Volume"] == pytest.approx(volume)
    assert facts["VWAP"] == pytest.approx(sum(row["price"] * row["size"] for row in rows) / volume)
    assert facts["Bought"] == pytest.approx(100 * sum(r["size"] for r in rows if r["side"] == "buy") / volume)


def test_a_least_size_filters(crypto):
    everything, large = crypto.rows("BTCUSDT QR"), crypto.rows("BTCUSDT QR min=0.1")
    assert large == [row for row in everything if row["size"] >= 0.1]
    assert 0 < len(large) < len(everything)


@pytest.mark.parametrize("text", ["min=abc", "min=", "min=nan", "min=-1", "min=inf"])
def test_a_least_size_must_be_a_number(text, crypto):
    with pytest.raises(CommandError):
        crypto.report(f"BTCUSDT QR {text}")


def test_conditions_and_numbers_are_for_time_and_sales(crypto):
    shown = [c["name"] for c in crypto.document("BTCUSDT QR 5")["blocks"][1]["columns"]]
    assert "id" in shown
    assert "Id" not in crypto.printed("BTCUSDT QR 5") and " Id" in crypto.printed("BTCUSDT TAS 5")


def test_simulated_trades_and_books_are_marked(equities):
    for line in ("AAPL QR", "AAPL BOOK", "AAPL MDM", "AAPL TAS"):
        assert "SIM" in {origin["mark"] for origin in equities.document(line)["provenance"]}, line


def test_what_a_scenario_lacks_is_said(equities, crypto):
    for desk, line in ((equities, "BTCUSDT BOOK"), (crypto, "AAPL QR"), (crypto, "AAPL HP")):
        with pytest.raises(DataMissingError) as missing:
            desk.report(line)
        assert missing.value.missing.reason.value in ("unknown symbol", "not offered")

"""Every format of a report: what is in it, that it parses back, that nothing is lost or obeyed."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from financehub_tui.clock import to_nanos
from financehub_tui.errors import CommandError
from financehub_tui.market.bars import Bars, CorporateAction, Interval
from financehub_tui.market.provenance import Delay, Missing, Provenance, Reason, Tier
from financehub_tui.report.blocks import (
    Chart,
    ChartStyle,
    Column,
    Field,
    Format,
    KeyValues,
    Matrix,
    Node,
    Overlay,
    Report,
    Table,
    Text,
    Tree,
)
from financehub_tui.report.render import FORMATS, render

ORIGIN = Provenance(provider="bundled", tier=Tier.STORE, delay=Delay.END_OF_DAY, currency="USD")
START = datetime(2018, 1, 2, tzinfo=UTC)


def bars(count: int = 30) -> Bars:
    close = [100.0 + (place * 7) % 11 for place in range(count)]
    times = pl.Series("time", [START + timedelta(days=place) for place in range(count)], dtype=pl.Datetime("us", "UTC"))
    frame = pl.DataFrame(
        {
            "time": times,
            "open": pl.Series([price - 0.5 for price in close], dtype=pl.Float64),
            "high": pl.Series([price + 1.1 for price in close], dtype=pl.Float64),
            "low": pl.Series([price - 1.2 for price in close], dtype=pl.Float64),
            "close": pl.Series(close, dtype=pl.Float64),
            "volume": pl.Series([1e6 + place for place in range(count)], dtype=pl.Float64),
        }
    )
    action = CorporateAction(time=to_nanos(START + timedelta(days=3)), kind="dividend", value=0.63, currency="USD")
    return Bars(key="AAPL", interval=Interval.D1, frame=frame, provenance=ORIGIN, decimals=2, actions=(action,))


def price_table(**changes: object) -> Table:
    frame = bars(5).frame.with_columns(change=pl.Series([None, 0.1 + 0.2, -1.5, float("nan"), 0.0]), exact=pl.lit(3))
    columns = (
        Column(name="time", title="Date", format=Format.DATE),
        Column(name="close", title="Close", format=Format.PRICE, decimals_from="exact"),
        Column(name="change", title="Chg", format=Format.PERCENT, signed=True),
        Column(name="volume", title="Volume", format=Format.INTEGER, unit="shares"),
        Column(name="high", title="High", format=Format.PRICE, hidden=True),
    )
    fields: dict[str, object] = {"title": "Prices", "frame": frame, "columns": columns, "footer": (("Bars", "5"),)}
    return Table(**(fields | changes))


def whole_report() -> Report:
    missing = Missing(reason=Reason.NO_KEY, detail="Finnhub needs a key", retry_at=to_nanos(START))
    return Report(
        title="AAPL US Equity HP",
        blocks=(
            price_table(),
            KeyValues(
                title="Facts",
                fields=(
                    Field(label="Last", value=156.41, format=Format.PRICE, provenance=ORIGIN),
                    Field(label="Since", value=to_nanos(START), format=Format.DATE),
                    Field(label="Cap", value=missing),
                ),
            ),
            Chart(
                title="Chart",
                bars=bars(),
                style=ChartStyle.CANDLE,
                overlays=(Overlay(title="SMA2", lines={"SMA": pl.Series([None] + [100.0] * 29, dtype=pl.Float64)}),),
                provenance=ORIGIN,
            ),
            Matrix(title="Cross", rows=("USD", "EUR"), columns=("USD", "EUR"), values=((1.0, 0.8), (missing, 1.0))),
            Text(title="Note", body="[bold]not markup[/] | `x`\nsecond\x1b[31m line"),
            Tree(
                title="Tree", roots=(Node(label="Tech", value="2", children=(Node(label="AAPL"), Node(label="MSFT"))),)
            ),
        ),
        provenance=(ORIGIN,),
        missing=(missing,),
        as_of=to_nanos(datetime(2018, 2, 5, 15, 0, tzinfo=UTC)),
        scenario="equities 2018-02-05",
    )


def text_of(report: Report, format: str, *, width: int = 100, colour: bool = False, ascii: bool = False) -> str:
    made = render(report, format, colour=colour, width=width, ascii=ascii)
    assert isinstance(made, str)
    return made


def test_json_is_one_object_with_typed_values_origins_and_reasons() -> None:
    made = json.loads(text_of(whole_report(), "json"))
    assert list(made) == ["title", "as_of", "scenario", "blocks", "provenance", "missing"]
    assert (made["title"], made["as_of"]) == ("AAPL US Equity HP", "2018-02-05T15:00:00Z")
    assert [block["type"] for block in made["blocks"]] == ["table", "keyvalues", "chart", "matrix", "text", "tree"]
    rows = made["blocks"][0]["rows"]
    assert rows[1] == {"time": "2018-01-03", "close": 107.0, "change": 0.3, "volume": 1_000_001, "high": 108.1}
    assert [row["change"] for row in rows] == [None, 0.3, -1.5, None, 0.0]
    facts = made["blocks"][1]["fields"]
    assert facts[1]["value"] == "2018-01-02"
    assert facts[2]["value"] is None
    assert facts[2]["missing"]["reason"] == "no key"
    assert facts[0]["provenance"]["mark"] == "EOD"
    chart = made["blocks"][2]
    assert chart["bars"][0]["time"] == "2018-01-02"
    assert chart["studies"][0]["lines"]["SMA"][:2] == [None, 100.0]
    assert chart["actions"] == [{"date": "2018-01-05", "kind": "dividend", "value": 0.63, "currency": "USD"}]
    assert made["blocks"][3]["missing"][0] | {} == {
        "row": "EUR",
        "column": "USD",
        "reason": "no key",
        "detail": "Finnhub needs a key",
        "retry_at": "2018-01-02T00:00:00Z",
    }
    assert made["missing"][0]["detail"] == "Finnhub needs a key"


def test_json_is_the_same_every_time() -> None:
    assert text_of(whole_report(), "json") == text_of(whole_report(), "json", width=30, colour=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=12), st.text(max_size=20))
def test_json_takes_any_number_and_any_text(numbers: list[float], title: str) -> None:
    frame = pl.DataFrame({"x": pl.Series(numbers, dtype=pl.Float64)})
    table = Table(title=title, frame=frame, columns=(Column(name="x", title=title, format=Format.NUMBER),))
    report = Report(title="t", blocks=(table,))
    made = json.loads(text_of(report, "json"))["blocks"][0]
    assert made["title"] == title
    for number, row in zip(numbers, made["rows"], strict=True):
        if number - number == 0:
            assert row["x"] == pytest.approx(number, rel=1e-11)
        else:
            assert row["x"] is None


def test_csv_of_one_table_is_a_plain_file_with_hidden_columns() -> None:
    rows = list(csv.DictReader(io.StringIO(text_of(Report(title="t", blocks=(price_table(),)), "csv"))))
    assert rows[1] == {"time": "2018-01-03", "close": "107.0", "change": "0.3", "volume": "1000001", "high": "108.1"}
    assert rows[0]["change"] == ""


def test_csv_of_several_blocks_has_sections() -> None:
    sections = text_of(whole_report(), "csv").split("\n\n")
    assert [section.split("\n", 1)[0] for section in sections] == [
        "# Prices",
        "# Facts",
        "# Chart",
        "# Cross",
        "# Note",
        "# Tree",
    ]
    chart = list(csv.DictReader(io.StringIO(sections[2].split("\n", 1)[1])))
    assert chart[1]["SMA2 SMA"] == "100.0"
    assert len(chart) == 30


def test_parquet_holds_the_main_table_as_it_is() -> None:
    made = render(whole_report(), "parquet", colour=False, width=80)
    assert isinstance(made, bytes)
    assert pl.read_parquet(io.BytesIO(made)).equals(price_table().frame, null_equal=True)
    told = json.loads(pl.read_parquet_metadata(io.BytesIO(made))["financehub"])
    assert told["title"] == "AAPL US Equity HP"
    assert told["provenance"]["provider"] == "bundled"


@pytest.mark.parametrize("place", range(1, 6))
def test_parquet_of_any_block_is_readable(place: int) -> None:
    report = Report(title="t", blocks=(whole_report().blocks[place],))
    made = render(report, "parquet", colour=False, width=80)
    assert isinstance(made, bytes)
    assert pl.read_parquet(io.BytesIO(made)).height > 0


def test_parquet_keeps_instants_as_times_and_gives_empty_columns_a_type() -> None:
    nanos = to_nanos(START) + 1_234_567_000
    frame = pl.DataFrame({"time": [nanos, None], "volume": [3, 4], "missing": [None, None]})
    columns = (
        Column(name="time", title="Time", format=Format.TIME),
        Column(name="volume", title="Volume", format=Format.INTEGER),
        Column(name="missing", title="Missing", hidden=True),
    )
    report = Report(title="t", blocks=(Table(title="t", frame=frame, columns=columns),))
    made = render(report, "parquet", colour=False, width=80)
    assert isinstance(made, bytes)
    read = pl.read_parquet(io.BytesIO(made))
    assert read.schema == {"time": pl.Datetime("us", "UTC"), "volume": pl.Int64, "missing": pl.String}
    assert read["time"].to_list() == [START + timedelta(microseconds=1_234_567), None]


def test_parquet_of_a_matrix_names_the_column_of_its_rows() -> None:
    matrix = Matrix(title="m", rows=("USD",), columns=("USD", "EUR"), values=((None, 0.8),))
    made = render(Report(title="t", blocks=(matrix,)), "parquet", colour=False, width=80)
    assert isinstance(made, bytes)
    assert pl.read_parquet(io.BytesIO(made)).columns == ["row", "USD", "EUR"]


def test_parquet_of_nothing_says_so() -> None:
    with pytest.raises(CommandError, match="nothing to write"):
        render(Report(title="t", blocks=()), "parquet", colour=False, width=80)


def test_markdown_escapes_what_would_be_markup() -> None:
    made = text_of(whole_report(), "markdown")
    assert r"\[bold\]not markup\[/\] \| \`x\`" in made
    assert "| Date | Close | Chg | Volume shares |" in made
    assert "| 2018-01-03 | 107.000 | +0.30% | 1,000,001 |" in made
    assert "- missing: no key: Finnhub needs a key" in made


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("ascii", [False, True])
def test_a_plain_table_fits_the_width(width: int, ascii: bool) -> None:
    made = text_of(whole_report(), "table", width=width, ascii=ascii)
    assert max(cell_len(line) for line in made.splitlines()) <= width
    assert "\x1b" not in made
    assert made.isascii() or not ascii


def test_narrow_tables_continue_under_the_first_column_and_lose_nothing() -> None:
    made = text_of(Report(title="t", blocks=(price_table(),)), "table", width=24)
    lines = made.splitlines()
    assert sum(line.startswith("2018-01-03") for line in lines) > 1
    for words in ("107.000", "+0.30%", "1,000,001", "-1.50%"):
        assert words in made
    assert "…" not in made


def test_wide_text_wraps_and_is_whole() -> None:
    words = "Quarterly results of Nippon 日本電信電話 beat what was expected by a wide margin once more"
    frame = pl.DataFrame({"headline": [words], "n": [1]})
    columns = (Column(name="headline", title="Headline"), Column(name="n", title="N", format=Format.INTEGER))
    made = text_of(Report(title="t", blocks=(Table(title="News", frame=frame, columns=columns),)), "table", width=40)
    assert max(cell_len(line) for line in made.splitlines()) <= 40
    shown = "".join(made.split())
    assert all(word in shown for word in words.split())


def test_colours_come_only_when_told() -> None:
    assert "\x1b[" in text_of(whole_report(), "table", colour=True)
    assert "\x1b[31m line" not in text_of(whole_report(), "table", colour=True)


def test_an_empty_table_gives_its_reason() -> None:
    missing = Missing(reason=Reason.OFFLINE, detail="no network")
    empty = price_table(frame=pl.DataFrame(), empty="No prices.", missing=missing)
    for format in ("table", "markdown"):
        made = text_of(Report(title="t", blocks=(empty,)), format)
        assert "No prices." in made
        assert "offline: no network" in made
    assert json.loads(text_of(Report(title="t", blocks=(empty,)), "json"))["blocks"][0]["rows"] == []


def test_a_chart_is_drawn_with_its_summary() -> None:
    made = text_of(Report(title="t", blocks=(whole_report().blocks[2],)), "table", width=80)
    assert "Period: 2018-01-02 to 2018-01-31" in made
    assert "SMA2 100.00" in made
    assert any(glyph in made for glyph in "┃╽╿█")


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown", "parquet"])
def test_charts_of_no_bars_and_one_bar_are_written(format: str) -> None:
    for count in (0, 1):
        report = Report(title="t", blocks=(Chart(title="c", bars=bars(count)),))
        assert render(report, format, colour=False, width=60)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(CommandError) as caught:
        render(whole_report(), "xml", colour=False, width=80)
    assert all(format in caught.value.hint for format in FORMATS)


def test_formats_load_only_what_they_need() -> None:
    code = (
        "import sys\n"
        "from financehub_tui.report.blocks import Report, Text\n"
        "from financehub_tui.report.render import render\n"
        "report = Report(title='t', blocks=(Text(title='a', body='b'),))\n"
        "for format in ('json', 'csv', 'markdown'):\n"
        "    render(report, format, colour=False, width=80)\n"
        "print(sorted({'rich', 'polars', 'numpy', 'textual', 'talib', 'pandas'} & set(sys.modules)))\n"
        "render(report, 'table', colour=False, width=80)\n"
        "print(sorted({'polars', 'numpy', 'textual'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]

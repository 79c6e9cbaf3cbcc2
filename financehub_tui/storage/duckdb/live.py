"""Latest quotes and recent trades in DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from financehub_tui.market.provenance import Provenance, Tier
from financehub_tui.market.quote import Correction, Quote, Session, Side, Trade
from financehub_tui.storage.duckdb.stream import ArrowStream

if TYPE_CHECKING:
    import polars as pl
    from duckdb import DuckDBPyConnection

_NUMBERS = (
    "last", "last_size", "bid", "ask", "bid_size", "ask_size", "open", "high", "low", "previous_close", "volume",
    "quote_volume", "market_cap",
)  # fmt: skip
_FIGURES = (*_NUMBERS, "trade_count", "decimals")
_QUOTE_COLUMNS = ("instrument", "time", *_FIGURES, "session", "provider", "provenance")
_SESSIONS = {session.value: session for session in Session}
_TRADE_COLUMNS = ("instrument", "provider", "id", "time", "price", "size", "side", "condition")

_MERGE_QUOTES = f"""
    MERGE INTO quotes q USING incoming i ON q.instrument = i.instrument
    WHEN MATCHED AND i.time >= q.time THEN UPDATE SET {", ".join(f"{c} = i.{c}" for c in _QUOTE_COLUMNS[1:])}
    WHEN NOT MATCHED THEN INSERT ({", ".join(_QUOTE_COLUMNS)})
        VALUES ({", ".join(f"i.{c}" for c in _QUOTE_COLUMNS)})"""  # noqa: S608

_SELECT_QUOTES = f"SELECT {', '.join(_QUOTE_COLUMNS)} FROM quotes WHERE instrument IN (SELECT unnest(?))"  # noqa: S608

_INSERT_TRADES = f"""
    INSERT INTO trades ({", ".join(_TRADE_COLUMNS)})
    SELECT {", ".join(_TRADE_COLUMNS)} FROM incoming i
    WHERE i.id = '' OR NOT EXISTS (
        SELECT 1 FROM trades t WHERE t.time >= $oldest AND t.instrument = i.instrument AND t.provider = i.provider
        AND t.id = i.id AND t.price = i.price AND t.size = i.size)"""  # noqa: S608

_TAKE_BACK = """
    DELETE FROM trades WHERE instrument = $instrument AND id = $told AND price = $told_price AND size = $told_size"""

_CORRECT = """
    UPDATE trades SET id = $id, price = $price, size = $size, side = $side, condition = $condition
    WHERE instrument = $instrument AND id = $told AND price = $told_price AND size = $told_size"""

_SELECT_TRADES = f"""
    SELECT {", ".join(_TRADE_COLUMNS)} FROM trades
    WHERE instrument = $key AND provider = coalesce($provider, (
        SELECT provider FROM trades WHERE instrument = $key ORDER BY time DESC, rowid DESC LIMIT 1))
    ORDER BY time DESC, rowid DESC LIMIT $limit"""  # noqa: S608


def write_quotes(connection: DuckDBPyConnection, quotes: Sequence[Quote]) -> None:
    """Keep the newest quote of each instrument; at most one per instrument may be given."""
    _with_incoming(connection, _quote_frame(quotes), _MERGE_QUOTES)


def latest_quotes(connection: DuckDBPyConnection, keys: Sequence[str]) -> dict[str, Quote]:
    """Stored quotes by key, with the tier STORE (a replayed or simulated one stays marked as such)."""
    rows = connection.execute(_SELECT_QUOTES, [list(keys)]).fetchall()
    origins: dict[object, Provenance | None] = {None: None}
    for text in {row[-1] for row in rows} - {None}:
        origins[text] = as_stored(msgspec.json.decode(text, type=Provenance))
    return {row[0]: _to_quote(row, origins[row[-1]]) for row in rows}


def append_trades(connection: DuckDBPyConnection, trades: Sequence[Trade]) -> None:
    """Append what is not there yet, in the order given."""
    unique = _without_repeats(trades)
    oldest = min(trade.time for trade in unique)
    _with_incoming(connection, _trade_frame(unique), _INSERT_TRADES, {"oldest": oldest})


def correct_trades(connection: DuckDBPyConnection, corrections: Iterable[Correction]) -> None:
    """Take trades back, or put the right ones in their place, known by id, price and size as they were told first."""
    for one in corrections:
        told = {"instrument": one.key, "told": one.id, "told_price": one.price, "told_size": one.size}
        right = one.instead
        if right is None:
            connection.execute(_TAKE_BACK, told)
        else:
            names = ("id", "price", "size", "condition")
            columns = {name: getattr(right, name) for name in names} | {"side": right.side.value}
            connection.execute(_CORRECT, told | columns)


def read_trades(connection: DuckDBPyConnection, key: str, limit: int, provider: str | None = None) -> list[Trade]:
    """The newest trades of one provider (of the newest trade where none is named), newest first."""
    rows = connection.execute(_SELECT_TRADES, {"key": key, "provider": provider, "limit": limit}).fetchall()
    return [
        Trade(key=row[0], provider=row[1], id=row[2], time=row[3], price=row[4], size=row[5], side=Side(row[6]),
              condition=row[7])
        for row in rows
    ]  # fmt: skip


def as_stored(provenance: Provenance | None) -> Provenance | None:
    """The provenance a value has when it is read back."""
    if provenance is None or provenance.tier in (Tier.SIMULATED, Tier.REPLAY):
        return provenance
    return msgspec.structs.replace(provenance, tier=Tier.STORE)


def _with_incoming(
    connection: DuckDBPyConnection, frame: pl.DataFrame, statement: str, parameters: dict[str, object] | None = None
) -> None:
    connection.register("incoming", ArrowStream(frame))
    try:
        connection.execute(statement, parameters)
    finally:
        connection.unregister("incoming")


def _without_repeats(trades: Iterable[Trade]) -> list[Trade]:
    seen: set[tuple[str, str, str, float, float]] = set()
    unique = []
    for trade in trades:
        identity = (trade.key, trade.provider, trade.id, trade.price, trade.size)
        if trade.id and identity in seen:
            continue
        seen.add(identity)
        unique.append(trade)
    return unique


def _quote_frame(quotes: Sequence[Quote]) -> pl.DataFrame:
    import polars as pl

    columns: dict[str, pl.Series] = {
        "instrument": pl.Series([quote.key for quote in quotes], dtype=pl.String),
        "time": pl.Series([quote.time for quote in quotes], dtype=pl.Int64),
        "trade_count": pl.Series([quote.trade_count for quote in quotes], dtype=pl.Int64),
        "decimals": pl.Series([quote.decimals for quote in quotes], dtype=pl.Int32),
        "session": pl.Series([quote.session.value for quote in quotes], dtype=pl.String),
        "provider": pl.Series([quote.provenance.provider if quote.provenance else "" for quote in quotes]),
        "provenance": pl.Series([_provenance_text(quote) for quote in quotes], dtype=pl.String),
    }
    for name in _NUMBERS:
        columns[name] = pl.Series([getattr(quote, name) for quote in quotes], dtype=pl.Float64, strict=False)
    return pl.DataFrame(columns)


def _trade_frame(trades: Sequence[Trade]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        {
            "instrument": pl.Series([trade.key for trade in trades], dtype=pl.String),
            "provider": pl.Series([trade.provider for trade in trades], dtype=pl.String),
            "id": pl.Series([trade.id for trade in trades], dtype=pl.String),
            "time": pl.Series([trade.time for trade in trades], dtype=pl.Int64),
            "price": pl.Series([trade.price for trade in trades], dtype=pl.Float64, strict=False),
            "size": pl.Series([trade.size for trade in trades], dtype=pl.Float64, strict=False),
            "side": pl.Series([trade.side.value for trade in trades], dtype=pl.String),
            "condition": pl.Series([trade.condition for trade in trades], dtype=pl.String),
        }
    )


def _provenance_text(quote: Quote) -> str | None:
    return None if quote.provenance is None else msgspec.json.encode(quote.provenance).decode()


def _to_quote(row: Sequence[Any], provenance: Provenance | None) -> Quote:
    key, time, *rest = row
    *numbers, session, _provider, _provenance = rest
    figures = dict(zip(_FIGURES, numbers, strict=True))
    return Quote(key=key, time=time, session=_SESSIONS[session], provenance=provenance, **figures)

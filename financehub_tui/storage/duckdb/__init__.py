"""The embedded store: one DuckDB file."""

from financehub_tui.storage.duckdb.store import DuckDBStore, open_store

__all__ = ["DuckDBStore", "open_store"]

"""Frames in and out of DuckDB through the Arrow C stream, without pyarrow.

DuckDB turns a bare Polars frame into a pyarrow table before it scans it, and Polars remembers the class of every
object it reads for as long as the process lives, which makes DuckDB print about leaks at exit. A class of ours in
between avoids both. This module must not hold DuckDB objects.
"""

from __future__ import annotations

from typing import Protocol


class Exporter(Protocol):
    """Anything that offers an Arrow C stream: a Polars frame, a DuckDB relation."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class ArrowStream:
    """The Arrow C stream of something else."""

    def __init__(self, source: Exporter) -> None:
        self._source = source

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._source.__arrow_c_stream__(requested_schema)

"""Build the bundled session table from exchange_calendars: `python -m tools.build_calendars`."""

from __future__ import annotations

from datetime import date

import msgspec

from financehub_tui.engine.calendar_table import TABLE_FILE, table_from_library

FIRST, LAST = date(2012, 1, 1), date(2028, 12, 31)
CALENDARS = (
    "XNYS XTSE XMEX BVMF XBUE XSGO CMES IEPA XCBF XLON XETR XEUR XPAR XAMS XBRU XSWX XMAD XMIL XLIS XWBO XCSE XSTO "
    "XOSL XHEL XWAR XIST XSAU XTKS XHKG XSHG XKRX XTAI XASX XNZE XSES XBOM XKLS XIDX XBKK XPHS"
).split()


def main() -> None:
    """Ask the library and write."""
    tables = {}
    for name in sorted(CALENDARS):
        tables[name] = table_from_library(name, FIRST, LAST)
        print(name, tables[name].first, tables[name].last, len(tables[name].gaps), len(tables[name].runs))
    TABLE_FILE.write_bytes(msgspec.msgpack.encode(tables))
    print(f"{TABLE_FILE.name}: {TABLE_FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

"""The committed master is what the build script makes of its sources."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from financehub_tui.market.master import MASTER_FILE

ROOT = Path(__file__).parents[2]
SOURCES = ROOT.parent / "shared" / "data"


@pytest.mark.skipif(not SOURCES.is_dir(), reason="source data sets are not here")
def test_building_again_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    from tools.build_master import assemble

    assert msgspec.msgpack.encode(assemble(SOURCES)) == MASTER_FILE.read_bytes()

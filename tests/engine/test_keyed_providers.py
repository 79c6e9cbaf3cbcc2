"""Providers that need a key: left out without one, offered as soon as there is one."""

from __future__ import annotations

import msgspec
import pytest
from vendors.sources import Source, stock

from financehub_tui.config import ProviderSettings, Settings
from financehub_tui.engine.desk import open_desk
from financehub_tui.engine.opening import Builder
from financehub_tui.errors import DataMissingError
from financehub_tui.market.provenance import Missing, Reason
from financehub_tui.market.quote import Quote
from financehub_tui.providers.base import DataKind

AAPL = stock("AAPL")
FINNHUB, ALPACA = "ffffffffffffffffffffff42", "PKAAAABBBBCCCCDDDD:secretSECRETsecretSECRETsecretSECRET4242"


def locked(desk, source, keys):
    source.spec = msgspec.structs.replace(source.spec, needs_key=True)
    desk.parts.router.catalog._has_key = lambda provider: provider in keys


async def test_without_a_key_another_source_answers_and_nobody_speaks_of_keys(make_desk):
    keyed, free = Source("keyed"), Source("free")
    desk = make_desk(keyed, free)
    keys = set()
    locked(desk, keyed, keys)
    quote = (await desk.quotes([AAPL], fresh=True))[AAPL.key]
    assert isinstance(quote, Quote) and quote.provenance.provider == "free" and not quote.provenance.notes
    free.unknown = {"AAPL"}
    keys.add("keyed")
    assert (await desk.quotes([AAPL], fresh=True))[AAPL.key].provenance.provider == "keyed"


async def test_where_only_a_locked_source_has_it_the_reason_is_the_key(make_desk):
    keyed = Source("keyed")
    desk = make_desk(keyed)
    locked(desk, keyed, set())
    missing = (await desk.quotes([AAPL], fresh=True))[AAPL.key]
    assert isinstance(missing, Missing) and missing.reason is Reason.NO_KEY
    assert missing.detail == "Keyed: no key: financehub keys add keyed" and keyed.calls == []
    with pytest.raises(DataMissingError, match="no key"):
        await desk.profile(AAPL)
    assert await desk.search("AAPL") == []


@pytest.mark.parametrize(("key", "offered"), [("", set()), ("FINNHUB", {"finnhub"}), ("ALPACA", {"alpaca"})])
async def test_the_live_desk_offers_what_its_keys_unlock(monkeypatch, key, offered):
    if key:
        monkeypatch.setenv(f"FINANCEHUB_KEY_{key}", FINNHUB if key == "FINNHUB" else ALPACA)
    builder = Builder(Settings(), "live", None, True)
    router = builder.build(None).parts.router
    await router.catalog.ready()
    able, _ = router.candidates(DataKind.QUOTE, AAPL)
    assert {one.entry.id for one in able} & {"finnhub", "alpaca"} == offered
    await router.catalog.close()


async def test_sources_laid_side_by_side_wait_for_the_keys_of_a_single_run(make_desk):
    keyed, free = Source("keyed"), Source("free")
    desk = make_desk(keyed, free)
    keys = set()
    locked(desk, keyed, keys)

    async def read():
        keys.add("keyed")

    desk.parts.router.catalog._ready = read
    answers = await desk.providers.quotes(AAPL)
    assert all(isinstance(answer, Quote) for answer in answers.values()) and len(answers) == 2


async def test_a_desk_that_stays_reads_its_keys_by_itself(monkeypatch):
    monkeypatch.setenv("FINANCEHUB_KEY_FINNHUB", FINNHUB)
    names = ("yahoo", "binance", "kraken", "coinbase", "coingecko", "coinmarketcap", "alpaca", "ecb", "frankfurter")
    desk = await open_desk(Settings(providers={name: ProviderSettings(enabled=False) for name in names}))
    await desk.status.keychain.ring.ready()
    [candidate], _ = desk.parts.router.candidates(DataKind.QUOTE, AAPL)
    assert candidate.entry.id == "finnhub"
    await desk.close()

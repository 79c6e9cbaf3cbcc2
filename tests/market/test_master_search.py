"""Search by text: the order of results, and its cost counted in candidates."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from financehub_tui.market.master import SecurityMaster, load_master
from financehub_tui.market.search import SearchIndex, fold

NAMES = [
    ("AAPL", "Apple Inc."),
    ("APLE", "Apple Hospitality REIT"),
    ("BAC", "Bank of America"),
    ("BK", "The Bank of New York Mellon"),
    ("OR", "L'Oréal"),
    ("MLP", "Maui Land & Pineapple"),
    ("BRK.B", "Berkshire Hathaway"),
    ("APP", "AppLovin"),
    ("BTC-USD", "Bitcoin / USD"),
]


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    made = SearchIndex()
    made.add(NAMES)
    return made


@pytest.fixture(scope="module")
def master() -> SecurityMaster:
    made = load_master()
    made.warm()
    return made


def symbols(index: SearchIndex, text: str, limit: int = 10) -> list[str]:
    return [NAMES[at][0] for at in index.find(text, limit)]


def test_exact_symbol_comes_before_prefix_before_word_before_infix(index: SearchIndex) -> None:
    assert symbols(index, "app") == ["APP", "AAPL", "APLE", "MLP"]


def test_words_of_a_name_may_be_begun_and_in_any_order(index: SearchIndex) -> None:
    assert symbols(index, "bank am") == ["BAC"]
    assert symbols(index, "york bank") == ["BK"]
    assert symbols(index, "bank of") == ["BAC", "BK"]


def test_a_phrase_comes_before_scattered_words(index: SearchIndex) -> None:
    assert symbols(index, "bank of new")[0] == "BK"


def test_accents_and_case_do_not_matter(index: SearchIndex) -> None:
    assert symbols(index, "oreal") == symbols(index, "ORÉAL") == ["OR"]
    assert fold("Société Générale") == "societe generale"


def test_separators_of_a_symbol_do_not_matter(index: SearchIndex) -> None:
    assert symbols(index, "btc/usd")[0] == symbols(index, "btcusd")[0] == "BTC-USD"
    assert symbols(index, "brkb")[0] == "BRK.B"


@pytest.mark.parametrize(("typed", "meant"), [("appel", "AAPL"), ("berkshrie", "BRK.B"), ("amerca", "BAC")])
def test_a_misspelling_finds_the_like(index: SearchIndex, typed: str, meant: str) -> None:
    assert symbols(index, typed)[0] == meant


def test_fuzzy_matches_never_mix_with_true_ones(index: SearchIndex) -> None:
    assert symbols(index, "bitcoin") == ["BTC-USD"]


def test_nothing_alike_gives_nothing(index: SearchIndex) -> None:
    for text in ("", "  ", "qqqqqqq", "\x00", "[/]", "💰💰", "x" * 10_000):
        assert symbols(index, text) == []
    assert index.find("apple", 0) == []


@given(st.text(max_size=30), st.integers(min_value=0, max_value=20))
def test_any_text_gives_at_most_so_many_different_results(text: str, limit: int) -> None:
    made = SearchIndex()
    made.add(NAMES)
    found = made.find(text, limit)
    assert len(found) == len(set(found)) <= limit


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=30), st.integers(min_value=0, max_value=29))
def test_adding_in_parts_finds_the_same_as_adding_at_once(names: list[tuple[str, str]], cut: int) -> None:
    at_once, in_parts = SearchIndex(), SearchIndex()
    at_once.add(names)
    in_parts.add(names[:cut])
    in_parts.add(names[cut:])
    for text in ("a", "app", "bank", "of new", "neapp", "aplpe", "btcusd"):
        assert at_once.find(text, 8) == in_parts.find(text, 8)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("aapl", "AAPL"),
        ("apple", "AAPL"),
        ("bank of am", "BAC"),
        ("s&p 500", "SPX"),
        ("microsft", "MSFT"),
        ("nestlé", "NESN"),
        ("euro stoxx", "SX5E"),
        ("eurusd", "EURUSD"),
        ("btcusd", "BTC-USD"),
        ("nikkei", "NKY"),
        ("10 year", "US10Y"),
        ("jp morgan", "JPM"),
        ("coca cola", "KO"),
        ("tesla motors", "TSLA"),
        ("siemens ag", "SIE"),
        ("google", "GOOG"),
        ("facebook", "META"),
        ("ripple", "XRPUSDT"),
    ],
)
def test_what_people_type_finds_what_they_mean(master: SecurityMaster, typed: str, first: str) -> None:
    assert master.suggest(typed, 8)[0].symbol == first


@pytest.mark.parametrize(("typed", "base"), [("bitcoin", "BTC"), ("ethereum", "ETH"), ("ripple", "XRP")])
def test_a_coin_is_found_by_the_name_of_its_network(master: SecurityMaster, typed: str, base: str) -> None:
    assert base in [one.base for one in master.suggest(typed, 8)]


def test_cost_in_50_000_instruments_stays_small_for_every_stage() -> None:
    rng = random.Random(7)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    words = ["".join(rng.choices(letters, k=rng.randint(4, 10))).lower() for _ in range(20_000)]
    index = SearchIndex()
    index.add(
        ("".join(rng.choices(letters, k=rng.randint(1, 5))), " ".join(rng.choices(words, k=3))) for _ in range(50_000)
    )
    worst = 0
    for text in ("A", "AB", words[5], f"{words[9]} {words[11][:2]}", words[17][2:], words[23][:-2] + "zz", "zzqqxy"):
        index.find(text, 20)
        worst = max(worst, index.examined)
    assert worst < 10_000

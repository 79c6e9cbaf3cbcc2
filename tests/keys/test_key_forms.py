"""What a provider's keys look like: what is wrong is said without saying the key."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vendors.key_samples import GOOD

from financehub_tui.errors import ConfigError
from financehub_tui.providers.base import Per
from financehub_tui.providers.keys.catalogue import FORMS, form_of
from financehub_tui.providers.keys.form import KeyFormError, checked_alias


def test_every_provider_has_a_key_of_its_form():
    assert GOOD.keys() == FORMS.keys()
    for provider, text in GOOD.items():
        assert ":".join(FORMS[provider].read(text)) == text


@pytest.mark.parametrize("provider", FORMS)
def test_a_key_is_said_to_be_used_where_a_source_asks_with_it(provider):
    assert FORMS[provider].asked == (find_spec(f"financehub_tui.providers.{provider}") is not None)


@pytest.mark.parametrize("provider", FORMS)
def test_every_provider_says_what_a_key_gives_and_what_it_may_spend(provider):
    form = FORMS[provider]
    assert form.where.startswith("https://")
    assert form.unlocks and form.free
    for plan in form.plans:
        assert plan.limits
        assert all(limit.per_key for limit in plan.limits)
        for limit in plan.limits:
            assert limit.per in (Per.DAY, Per.MONTH) or limit.timezone == "UTC"


@pytest.mark.parametrize("provider", FORMS)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda key: key[:5] + " " + key[5:], "a space at place 6"),
        (lambda key: key[:5] + "\n" + key[5:], "a line break at place 6"),
        (lambda key: key + "\n", "a line break"),
        (lambda key: key[:5] + "é" + key[6:], "a character at place 6"),
        (lambda key: key[:5] + "\x00" + key[6:], "a character at place 6"),
        (lambda key: "", "empty|two parts"),
        (lambda key: key[:4], "this has 4 characters|two parts"),
        (lambda key: key * 9, "this has|two parts"),
        (lambda key: f'"{key}"', "this has"),
    ],
)
def test_a_spoilt_key_is_refused_in_words_without_any_of_it(provider, spoil, words):
    with pytest.raises(KeyFormError, match=words) as caught:
        FORMS[provider].read(spoil(GOOD[provider]))
    assert GOOD[provider][:8] not in f"{caught.value}{caught.value.hint}"


@given(st.text(max_size=80), st.sampled_from(sorted(FORMS)))
def test_no_text_makes_anything_but_a_key_or_a_refusal(text, provider):
    try:
        assert ":".join(FORMS[provider].read(text)) == text
    except KeyFormError as error:
        assert len(text) < 8 or text not in str(error)
        assert "\n" not in str(error)


def test_two_parts_are_asked_for():
    with pytest.raises(KeyFormError, match="two parts, key id:secret"):
        FORMS["alpaca"].read("PKTESTTESTTESTTEST12")


def test_a_provider_is_found_by_its_other_names():
    assert form_of("Polygon").provider == "massive"
    assert form_of("twelve-data").provider == "twelve_data"
    with pytest.raises(ConfigError) as caught:
        form_of("abcdefghij0123456789")
    assert "abcdefghij" not in f"{caught.value}{caught.value.hint}"


def test_an_alias_names_the_plan():
    form = FORMS["coingecko"]
    assert form.plan("main").name == "demo"
    assert form.plan("PRO_2").name == "pro"
    assert form.plan("project").name == "demo"


@pytest.mark.parametrize(("given", "alias"), [("", "main"), ("Second_Key", "second-key"), (" a1 ", "a1")])
def test_aliases_are_small_words(given, alias):
    assert checked_alias(given) == alias


@pytest.mark.parametrize("given", ["a b", "-x", "é", "x" * 33, "a:b", "a\n"[:1] + "\nb"])
def test_what_is_no_alias_is_refused(given):
    with pytest.raises(ConfigError):
        checked_alias(given)

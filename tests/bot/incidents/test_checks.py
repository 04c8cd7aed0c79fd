"""What counts as text, how much of it fits, and that a refusal gives it back."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.incidents.checks import (
    check_hypothesis,
    check_reason,
    check_text,
    check_title,
    same_idea,
    visible,
)
from bot.incidents.model import TEXT_MAX, TITLE_MAX

BLANKS = [
    "",
    "  \t\n ",
    "\u200b\u200d",  # zero width
    "\u202e\u2066",  # overrides and isolates alone
    "\u00a0\u2003",  # wide blanks
    "\ufeff",
    "\u3164",  # a Hangul filler is a letter by category
    "\u2800",  # so is no braille dot
    "\ufe0f",  # a variation selector of nothing
]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("check", [check_title, check_hypothesis, check_text])
def test_what_nobody_can_see_is_no_text(check: Callable[[str], str], blank: str) -> None:
    assert visible(blank) == ""
    with pytest.raises(Refusal, match="no text"):
        check(blank)


@pytest.mark.parametrize("blank", BLANKS)
def test_a_reason_may_be_missing(blank: str) -> None:
    assert check_reason(blank) == ""
    assert check_reason("flat") == "flat"


@pytest.mark.parametrize("text", ["🔥", "👩‍🚒🔥", "???", "--", "…", "❤️"])
def test_an_idea_needs_words(text: str) -> None:
    for check in (check_title, check_hypothesis):
        with pytest.raises(Refusal, match="needs words") as refused:
            check(text)
        assert refused.value.given_back == text
    assert check_text(text) == text  # "against: 🔥" says something all the same


@pytest.mark.parametrize("text", ["x", "7", " x ", "x\u200b"])
def test_one_letter_is_a_slip(text: str) -> None:
    with pytest.raises(Refusal, match="One letter"):
        check_hypothesis(text)


@pytest.mark.parametrize("text", ["网", "é", "ж", "db", "火災", "מסד", "قاعدة", "ab 🔥"])
def test_one_character_can_be_a_word_in_other_scripts(text: str) -> None:
    assert check_hypothesis(text) == text
    assert check_title(text) == text


def test_right_to_left_text_is_kept_as_it_was_typed() -> None:
    typed = "\u202bמסד הנתונים\u202c של db1"
    assert check_hypothesis(typed) == typed


@pytest.mark.parametrize(
    ("check", "limit"),
    [
        (check_text, TEXT_MAX),
        (check_hypothesis, TEXT_MAX),
        (check_reason, TEXT_MAX),
        (check_title, TITLE_MAX),
    ],
)
def test_a_limit_is_named_and_the_text_given_back(check: Callable[[str], str], limit: int) -> None:
    assert len(check("a" * limit)) == limit
    long = "a" * (limit + 1)
    with pytest.raises(Refusal) as refused:
        check(long)
    assert f"{limit + 1:,} characters; at most {limit:,} fit" in refused.value.text
    assert "Nothing changed" in refused.value.text
    assert refused.value.given_back == long


def test_a_title_is_one_line() -> None:
    assert check_title("  db2\n stopped\t again ") == "db2 stopped again"


@given(st.text(max_size=400))
def test_a_check_gives_the_text_or_refuses(text: str) -> None:
    for check in (check_text, check_hypothesis):
        try:
            kept = check(text)
        except Refusal as refused:
            kept = refused.given_back or text
        assert kept == text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Rollback of 4412?", "rollback of  4412", True),
        ("rollback-of-4412", "Rollback of 4412!", True),
        ("STRASSE", "straße", True),
        ("ｆｕｌｌ", "full", True),
        ("rollback", "rollback of 4412", False),
        ("网络", "网 络", False),
    ],
)
def test_the_same_idea_is_the_same_words(one: str, other: str, same: bool) -> None:
    assert same_idea(one, other) is same

"""Channel names: lower case, ASCII, at most 80 characters, and never empty."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.names import NAME_MAX, SLUG_MAX, channel_name, next_name, slug_of

SLACK_TAKES = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Replication to db2 has stopped", "inc-0131-replication-to-db2-has-stopped"),
        ("Zürich: Ärger mit der Größe", "inc-0131-zurich-arger-mit-der-grosse"),
        ("łódź, Ørsted & æther", "inc-0131-lodz-orsted-aether"),
        ("репликация остановилась", "inc-0131"),
        ("数据库复制停止", "inc-0131"),
        ("db2 репликация", "inc-0131-db2"),
        ("🔥🔥🔥", "inc-0131"),
        ("---", "inc-0131"),
        ("ＦＵＬＬ width", "inc-0131-full-width"),
    ],
)
def test_a_title_leaves_what_a_channel_name_can_hold(title: str, name: str) -> None:
    assert channel_name("inc", 131, title) == name


def test_a_long_title_ends_with_a_whole_word() -> None:
    slug = slug_of("the payment provider answers every second request with an error")
    assert slug == "the-payment-provider-answers-every"
    assert slug_of("x" * 60) == "x" * SLUG_MAX
    assert slug_of("x" * SLUG_MAX + " more") == "x" * SLUG_MAX


def test_the_number_has_four_digits_or_more() -> None:
    assert channel_name("inc", 7, "x") == "inc-0007-x"
    assert channel_name("inc", 123456, "x") == "inc-123456-x"


@given(st.sampled_from(["inc", "incident", "x" * 70]), st.integers(1, 10**7), st.text(max_size=200))
def test_any_title_gives_a_name_that_slack_takes(prefix: str, number: int, title: str) -> None:
    name = channel_name(prefix, number, title)
    assert SLACK_TAKES.fullmatch(name)
    assert not name.endswith("-")
    for attempt in (2, 10):
        assert SLACK_TAKES.fullmatch(next_name(name, attempt))


def test_the_next_name_says_which_try_it_is_and_fits() -> None:
    assert next_name("inc-0131-db", 2) == "inc-0131-db-2"
    long = "a" * 77 + "-bb"
    assert len(long) == NAME_MAX
    assert next_name(long, 3) == "a" * 77 + "-3"
    assert next_name("a" * NAME_MAX, 12) == "a" * 77 + "-12"

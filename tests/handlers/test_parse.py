"""Payloads at the edge: what people typed comes through; an error repeats none of it."""

import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.blocks.text import escape
from handlers.parse import (
    Malformed,
    action_of,
    command_of,
    mentions,
    message_of,
    offer_of,
    plain,
    time_of,
    user_of,
)

SECRET = "she-said-the-password-is-hunter2"


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),  # undone once
        ("ask <@U0123ABC>", "ask @U0123ABC"),
        ("ask <@U0123ABC|bo>", "ask @U0123ABC"),
        ("see <#C0123|general>", "see #general"),
        ("see <#C0123>", "see #C0123"),
        ("see <#C0123|>", "see #C0123"),
        ("<!channel> look", "@channel look"),
        ("<!here|here> look", "@here look"),
        ("<!here|@here> look", "@here look"),
        ("<!subteam^S01|@dba> look", "@dba look"),
        ("<!subteam^S01> look", "@subteam look"),
        ("at <!date^1500000000^{time}|02:40 UTC>", "at 02:40 UTC"),
        ("<https://x.com/a>", "https://x.com/a"),
        ("<https://x.com|x.com>", "x.com"),  # Slack made a link of what was typed
        ("<http://db1.example/|db1.example>", "db1.example"),
        ("<https://x.com/a|https://x.com/a>", "https://x.com/a"),
        ("<https://x.com/a|the graph>", "the graph (https://x.com/a)"),
        (
            "<https://evil.example|https://bank.example>",
            "https://bank.example (https://evil.example)",
        ),
        ("<https://x.com/?a=1&amp;b=2>", "https://x.com/?a=1&b=2"),
        ("<mailto:a@b.c|a@b.c>", "a@b.c"),
        ("<mailto:a@b.c>", "a@b.c"),
        ("<tel:+4930123|+4930123>", "+4930123"),
        ("&lt;!channel&gt;", "<!channel>"),  # typed so; text, not an entity
        ("<<@U0123ABC>>", "<@U0123ABC>"),
        ("<>", ""),
        ("<|>", ""),
        ("a < b", "a < b"),  # an open bracket that nothing closes
        ("<@U0123ABC", "<@U0123ABC"),
        ("> quoted", "> quoted"),
        ("", ""),
    ],
)
def test_a_text_is_read_as_it_was_typed(sent: str, typed: str) -> None:
    assert plain(sent) == typed


@given(st.text(max_size=200).filter(lambda t: not set("\u061c\u200e\u200f") & set(t)))
def test_what_slack_escaped_comes_back_as_it_was(text: str) -> None:
    assert plain(escape(text)) == text.translate(
        dict.fromkeys([0, *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)])
    )


def test_what_no_database_stores_is_left_out() -> None:
    assert plain("db\x001 is \ud800down") == "db1 is down"


@given(st.text(alphabet="<>@!#|^&ampltgt;:U0C/ ", max_size=80))
def test_odd_input_is_read_without_a_fuss(text: str) -> None:
    assert isinstance(plain(text), str)
    assert all(person.isalnum() for person in mentions(text))


def test_people_are_named_in_their_order() -> None:
    assert mentions("<@U02> then <@W01|bo> and <@U02>, not &lt;@U09&gt; or <#C01>") == (
        "U02",
        "W01",
        "U02",
    )


def test_a_ts_is_a_time_to_the_second() -> None:
    assert time_of("1485903600.000200") == datetime(2017, 1, 31, 23, 0, tzinfo=UTC)


COMMAND = {
    "team_id": "T1",
    "user_id": "U1",
    "channel_id": "C1",
    "command": "/incident",
    "text": SECRET,
    "trigger_id": "1.2.3",
}
EVENT = {"channel": "C1", "user": "U1", "text": SECRET, "ts": "1485903600.000200"}
MESSAGE = {"team_id": "T1", "event_id": "Ev1", "event": EVENT}
ACTION = {
    "team": {"id": "T1"},
    "user": {"id": "U1"},
    "channel": {"id": "C1"},
    "trigger_id": "1.2.3",
    "actions": [{"action_id": "offer:0", "value": SECRET}],
}


def test_what_slack_sends_is_read_and_what_it_adds_is_ignored() -> None:
    command = command_of(COMMAND | {"enterprise_id": None, "api_app_id": "A1"})
    assert (command.text, command.channel_name, command.response_url) == (SECRET, "", "")
    assert message_of(MESSAGE | {"authorizations": []}).event.thread_ts == ""
    assert action_of(ACTION).value == SECRET
    person = user_of({"team_id": "T1", "event": {"type": "team_join", "user": {"id": "U9"}}})
    assert person.event.user == {"id": "U9"}


def test_a_choice_is_the_value_of_what_was_chosen() -> None:
    chosen = {"action_id": "take", "selected_option": {"value": "thread:2"}}
    assert action_of(ACTION | {"actions": [chosen]}).value == "thread:2"


Read = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (command_of, {}),
        (command_of, COMMAND | {"user_id": {"name": SECRET}}),
        (command_of, COMMAND | {"text": [SECRET]}),
        (command_of, COMMAND | {"text": SECRET * 2000}),
        (command_of, {key: value for key, value in COMMAND.items() if key != "trigger_id"}),
        (message_of, {"event": EVENT}),
        (message_of, MESSAGE | {"event": SECRET}),
        (message_of, MESSAGE | {"event": EVENT | {"ts": SECRET}}),
        (message_of, MESSAGE | {"event": EVENT | {"ts": "1e9.5"}}),
        (message_of, MESSAGE | {"event": EVENT | {"ts": "９９.１"}}),
        (message_of, MESSAGE | {"event": EVENT | {"text": {"a": SECRET}}}),
        (action_of, ACTION | {"actions": []}),
        (action_of, ACTION | {"actions": SECRET}),
        (action_of, ACTION | {"team": None}),
        (action_of, ACTION | {"user": {}}),
        (action_of, ACTION | {"user": {"id": ""}}),
        (action_of, ACTION | {"actions": [{"action_id": "x", "value": SECRET * 100}]}),
        (user_of, {"team_id": "T1", "event": {"user": SECRET}}),
    ],
)
def test_what_is_malformed_never_repeats_what_was_said(read: Read, body: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refused:
        read(body)
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    assert str(refused.value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "thread:2",
        "[]",
        "null",
        f'{{"intent": "for", "words": "{SECRET}"}}',
        f'{{"text": "{SECRET}"}}',
        '{"intent": "for", "number": 0}',
        '{"intent": "for", "number": "x"}',
        '{"intent": "for", "number": 10000000}',
        f'{{"intent": "for", "text": "{SECRET * 100}"}}',
        f'{{"intent": "{SECRET * 20}"}}',
        '{"intent": "for", "text": "\\ud800"}',
    ],
)
def test_a_button_that_is_not_ours_is_refused_without_a_word_of_it(value: str) -> None:
    with pytest.raises(Malformed) as refused:
        offer_of(value)
    assert SECRET not in "".join(traceback.format_exception(refused.value))

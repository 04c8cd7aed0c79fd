"""Text on its way out: escaped once, cut where nothing is broken, times in the reader's zone."""

import html
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.blocks.message import Message
from handlers.blocks.text import (
    BLOCKS_MAX,
    SECTION_MAX,
    TEXT_MAX,
    clock,
    cut,
    escape,
    one_line,
    option,
    ours,
    paragraphs,
    plain,
    quoted,
    section,
)

NOW = datetime(2026, 11, 20, 22, 41, 30, tzinfo=UTC)
nasty = st.text(alphabet="&<>;amplgt@U0`*~\n \u202e\u200b🔥é|!^a", max_size=300)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U0123ABC>", "&lt;@U0123ABC&gt;"),
        ("a && b", "a &amp;&amp; b"),
        ("&amp;", "&amp;amp;"),  # typed so, shown so
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\u2066b\u2069\u200f\u061cc", "abc"),
        ("👩\u200d🚒", "👩\u200d🚒"),  # joiners hold emoji and words together
        ("@here `code` *x*", "@here `code` *x*"),
    ],
)
def test_an_entity_that_was_typed_is_text(typed: str, sent: str) -> None:
    assert escape(typed) == sent


@given(nasty)
def test_escaping_is_undone_by_reading_once(text: str) -> None:
    sent = escape(text)
    assert not set("<>") & set(sent)
    without = "".join(char for char in text if char != "\u202e")
    assert sent.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == without


def test_only_what_looks_like_an_id_is_a_mention() -> None:
    assert ours("@U0123 ended it & left") == "<@U0123> ended it &amp; left"
    assert ours("@UNIX @W @U @USERS a@U0123b") == "@UNIX @W @U @USERS a@U0123b"
    assert ours("<!channel> <@U0123>") == "&lt;!channel&gt; &lt;<@U0123>&gt;"


@given(nasty, st.integers(10, 100))
def test_one_line_is_one_line_of_whole_entities(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert "```" not in line
    assert escape(html.unescape(line)) == line


def test_a_line_is_cut_where_it_may_be() -> None:
    assert one_line("a" * 10, 10) == "a" * 10
    assert one_line("a" * 11, 10) == "a" * 9 + "…"
    assert one_line("&&&", 12) == "&amp;&amp;…"
    assert cut("see <!date^1^{time}|22:41 UTC>", 20) == "see…"
    assert one_line("a ```rm -rf``` b", 50) == "a `rm -rf` b"


def test_a_time_is_shown_in_the_readers_zone() -> None:
    assert clock(NOW) == f"<!date^{int(NOW.timestamp())}^{{time}}|22:41 UTC>"
    assert clock(NOW, NOW - timedelta(hours=17)) == clock(NOW)
    far = clock(NOW, NOW + timedelta(hours=19))
    assert far == f"<!date^{int(NOW.timestamp())}^{{date_short_pretty}} {{time}}|20 Nov 22:41 UTC>"


def test_the_fallback_of_a_time_is_utc_whatever_zone_it_was_given_in() -> None:
    assert clock(NOW.astimezone(ZoneInfo("Asia/Kolkata"))) == clock(NOW)


def test_a_label_is_plain_and_never_empty() -> None:
    assert plain("a & <b>\n c", 75)["text"] == "a & <b> c"  # Slack reads no entities here
    assert plain(" \u202e ", 75)["text"] == "…"
    assert len(option("x" * 100, "v")["text"]["text"]) == 75


@given(st.lists(nasty, max_size=40))
def test_paragraphs_hold_whole_lines_and_count_the_rest(texts: list[str]) -> None:
    lines = [one_line(text, 900) for text in texts]
    made = paragraphs(lines)
    sent = "\n".join(block["text"]["text"] for block in made)
    assert len(sent) <= BLOCKS_MAX + 50
    assert all(0 < len(block["text"]["text"]) <= SECTION_MAX for block in made)
    if sum(map(len, lines)) + len(lines) < BLOCKS_MAX:
        assert [x for x in sent.split("\n") if x] == [
            x for line in lines if (x := line.strip("\n"))
        ]


def test_what_does_not_fit_is_counted() -> None:
    made = paragraphs(["x" * 999] * 20)
    assert made[-1]["text"]["text"].endswith("… and 10 more lines")
    assert sum(len(block["text"]["text"]) for block in made) < BLOCKS_MAX + 50


@given(nasty.filter(lambda text: bool(text.strip())))
def test_a_quotation_reads_as_it_was_typed(text: str) -> None:
    sent = "\n".join(block["text"]["text"] for block in quoted(text))
    lines = [line.removeprefix("&gt; ") for line in sent.split("\n")]
    assert lines == [escape(line) for line in text.splitlines()]


def test_a_quotation_has_an_end() -> None:
    blocks = quoted("y" * 40_000)
    assert len(blocks) < 10
    assert blocks[-1]["text"]["text"].endswith("…")
    assert quoted("") == []


def test_a_message_is_cut_where_slack_would_refuse_it() -> None:
    message = Message(escape("&" * 2000), (section("x" * 4000),))
    assert len(message.text) <= TEXT_MAX
    assert message.text.endswith("&amp;…")
    assert len(message.blocks[0]["text"]["text"]) <= SECTION_MAX
    assert message.arguments() == message.shown() | {"unfurl_links": False, "unfurl_media": False}

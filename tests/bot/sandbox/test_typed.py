"""Text: what Slack makes of typing, and of what an app sends."""

from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.state import Channel, User, Workspace
from bot.sandbox.typed import command_text, message_text, rich_text, stored, unescape


def workspace() -> Workspace:
    space = Workspace("T1", "Test", "test")
    for number, name in enumerate(["ana", "ana.maria", "bob-2"]):
        space.users[f"U{number}"] = User(f"U{number}", name, name, "T1")
    space.channels["C1"] = Channel("C1", "general", 0, "U0")
    return space


SPACE = workspace()


def test_typed_text_becomes_entities_as_in_a_message_event() -> None:
    """Brief of the sandbox; docs.slack.dev/messaging/formatting-message-text."""
    typed = "@here ask @ana & @ana.maria. in #general <b> https://x.org/a?b=1&c=2."
    assert message_text(typed, SPACE) == (
        "<!here> ask <@U0> &amp; <@U1>. in <#C1|general> &lt;b&gt; <https://x.org/a?b=1&amp;c=2>."
    )


def test_a_command_with_should_escape_names_people_and_channels() -> None:
    """slack-platform.md section 3: should_escape."""
    assert command_text("give to @bob-2 in #general & go", SPACE) == (
        "give to <@U2|bob-2> in <#C1|general> &amp; go"
    )
    assert command_text("@here https://x.org @-", SPACE) == "<!here> <https://x.org> @-"


def test_unknown_names_and_addresses_of_mail_stay_text() -> None:
    typed = "@nobody #nowhere me@ana.example ##general @ "
    assert message_text(typed, SPACE) == typed


def test_typing_markup_does_not_ping_anybody() -> None:
    assert message_text("<!channel> <@U0>", SPACE) == "&lt;!channel&gt; &lt;@U0&gt;"


def test_the_rich_text_beside_it_has_the_same_pieces() -> None:
    block = rich_text("hi @ana @here https://x.org #general", SPACE, "b1")
    kinds = [e["type"] for e in block["elements"][0]["elements"]]
    assert kinds == ["text", "user", "text", "broadcast", "text", "link", "text", "channel"]


@given(st.text(max_size=60))
def test_a_person_reads_what_was_typed(text: str) -> None:
    if "@" not in text and "#" not in text and "http" not in text and "&" not in text:
        assert unescape(message_text(text, SPACE)) == text


@given(st.text(alphabet="ab<>&;!@#|UC1 amplt:/htps.", max_size=80))
def test_typed_text_holds_only_entities_made_by_slack(text: str) -> None:
    for piece in message_text(text, SPACE).split("<")[1:]:
        assert piece.startswith(("@U", "#C1|", "!", "http"))


def test_an_apps_text_keeps_its_entities_and_is_escaped_otherwise() -> None:
    """docs.slack.dev/messaging/formatting-message-text: entities are not read twice."""
    sent = "<@U0> &amp; a & b < c <!here> <https://x.org|x> <nonsense> https://y.org, ok"
    assert stored(sent) == (
        "<@U0> &amp; a &amp; b &lt; c <!here> <https://x.org|x> &lt;nonsense&gt; "
        "<https://y.org>, ok"
    )


@given(st.text(alphabet="ab<>&;!@#|UC1 amplt:/htps.", max_size=80))
def test_storing_twice_changes_nothing(text: str) -> None:
    assert stored(stored(text)) == stored(text)


def test_date_and_usergroup_entities_are_known() -> None:
    sent = "<!date^1795168800^{time}|10:00> <!subteam^S123> <#C1|general> <mailto:a@b.org|mail>"
    assert stored(sent) == sent

"""What goes out to the channel, against the sandbox: keys, places, repeated steps, looking back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import SendFailed
from bot.incidents.board import Board
from bot.incidents.model import Clocks, Ending, Entry, Incident, Investigation, Kind
from bot.incidents.starters import STARTERS
from bot.workspace.model import Person
from handlers import messenger as room
from handlers.messenger import SlackMessenger, SlackPeople, person_of
from tests.handlers.conftest import START, Town


@pytest.fixture
def messenger(town: Town) -> SlackMessenger:
    people = SlackPeople(town.slack)

    async def find(workspace: str, person: str) -> Person:
        return await people.fetch(workspace, person)

    return SlackMessenger(town.slack, find)


@pytest.fixture
def incident(town: Town) -> Incident:
    return Incident(
        "I1",
        town.sandbox.team_id,
        131,
        "db2 <has> stopped",
        town.ana.id,
        Clocks(declared=START),
        commander=town.ana.id,
        channel=town.general.id,
        declared_in=town.general.id,
    )


def posted(town: Town) -> dict[str, Any]:
    return [call.args for call in town.sandbox.calls if call.method == "chat.postMessage"][-1]


async def test_the_board_carries_its_key_and_nothing_else(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    ts = await messenger.post_board(Board(incident, START), "key-1")
    (line,) = town.general.lines()
    assert line.ts == ts
    assert line.metadata == {
        "event_type": "parallax_delivery",
        "event_payload": {"key": "key-1"},
    }
    assert "db2 &lt;has&gt; stopped" in str(line.blocks)
    assert "Command: ana (declared it)" in str(line.blocks)
    sent = posted(town)
    assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)


async def test_the_board_is_edited_in_place(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    ts = await messenger.post_board(Board(incident, START), "key-1")
    taken = replace(incident, board=ts, commander=town.bo.id, commander_took=True)
    await messenger.show_board(Board(taken, START))
    (line,) = town.general.lines()
    assert "Command: bo\\n" in str(line.blocks)
    assert line.metadata is not None  # an edit leaves the key on it


async def test_a_thread_has_a_root_a_head_and_an_end_shown_in_the_channel(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    thread = Investigation(1, "rollback", START, town.bo.id)
    root = await messenger.open_thread(incident, thread, "k1")
    lives = replace(thread, slack_thread=root)
    await messenger.post_head(incident, lives, STARTERS[1], "k2")
    ended = replace(lives, ending=Ending.RULED_OUT, why="flat", ended_by=town.ana.id)
    end = await messenger.announce_end(incident, ended, "k3")
    assert [m.broadcast for m in town.general.replies(root)] == [False, True]
    assert [m.ts for m in town.general.lines()] == [root, end]
    assert {
        m.metadata["event_payload"]["key"] for m in town.general.thread(root) if m.metadata
    } == {
        "k1",
        "k2",
        "k3",
    }
    assert town.general.find(end).text == "*Thread 1* · rollback · *not it*: flat (ana)"  # type: ignore[union-attr]


async def test_a_thread_without_a_place_ends_in_the_channel(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    ended = Investigation(1, "rollback", START, ending=Ending.NO_HELP)
    await messenger.announce_end(incident, ended, "k")
    assert "reply_broadcast" not in posted(town)


async def test_the_lines_of_the_channel_name_who_it_was(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    entry = Entry(1, Kind.UNSAFE, town.bo.id, START, START, "db1 is the <primary>")
    await messenger.announce_unsafe(incident, entry, "k1")
    await messenger.announce_resolved(incident, replace(entry, text=""), "k2")
    await messenger.announce_command(replace(incident, commander=town.bo.id), "k3")
    texts = [line.text for line in town.general.lines()]
    assert texts[0] == "*Unsafe*, says bo: db1 is the &lt;primary&gt;"
    assert texts[1].startswith("*Resolved* at <!date^")
    assert texts[2] == "bo has command."


# -- looking back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", [False, True])
async def test_a_message_is_found_by_its_key_on_whatever_page_it_is(
    town: Town,
    messenger: SlackMessenger,
    incident: Incident,
    inside: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "PAGE", 2)
    root = await town.ana.says(town.general, "the root")
    thread = Investigation(1, "rollback", START, town.ana.id, slack_thread=root)
    place = root if inside else None
    for _ in range(3):
        await town.ana.says(town.general, "before", place)
    if inside:
        wanted = await messenger.post_head(incident, thread, None, "wanted")
        await messenger.post_head(incident, thread, None, "another")
    else:
        wanted = await messenger.open_thread(incident, thread, "wanted")
        await messenger.open_thread(incident, thread, "another")
    for _ in range(3):
        await town.bo.says(town.general, "after", place)

    async def find(key: str, since: timedelta = timedelta(minutes=-2)) -> str | None:
        where = root if inside else ""
        return await messenger.find(incident.workspace, incident.channel, where, key, START + since)

    assert await find("wanted") == wanted
    method = "conversations.replies" if inside else "conversations.history"
    assert town.asked(method) > 1
    assert await find("never sent") is None
    assert await find("wanted", timedelta(minutes=2)) is None  # posted before it was tried


async def test_other_apps_and_odd_metadata_are_no_match(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    for metadata in (None, {"event_type": "other", "event_payload": {"id": "k"}}):
        more: dict[str, Any] = {"metadata": metadata} if metadata else {}
        await town.slack.call("T", "chat.postMessage", channel=town.general.id, text="x", **more)
    found = await messenger.find(
        incident.workspace, incident.channel, "", "k", START - timedelta(minutes=2)
    )
    assert found is None


async def test_looking_that_fails_is_no_answer(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    town.sandbox.fault("conversations.history", status=500)
    with pytest.raises(SendFailed):
        await messenger.find(incident.workspace, incident.channel, "", "k", START)


async def test_a_message_is_taken_back_once_and_again(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    ts = await messenger.post_board(Board(incident, START), "key-1")
    for _ in range(2):  # two replicas may do it
        await messenger.take_back(incident.workspace, incident.channel, ts)
    assert town.general.lines() == []


# -- steps ----------------------------------------------------------------------------------------


async def test_a_channel_is_made_once_and_recognised_as_ours(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    channel = await messenger.create_channel(incident, "inc-0131-db2")
    with pytest.raises(SendFailed) as failed:
        await messenger.create_channel(incident, "inc-0131-db2")
    assert (failed.value.reason, failed.value.permanent) == ("name_taken", True)
    assert await messenger.own_channel(incident.workspace, "inc-0131-db2") == channel
    assert await messenger.own_channel(incident.workspace, "general") is None  # somebody else's
    assert await messenger.own_channel(incident.workspace, "nowhere") is None


async def test_a_private_incident_has_a_private_channel(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    made = await messenger.create_channel(replace(incident, private=True), "inc-0132")
    assert town.sandbox.workspace.channels[made].private
    assert await messenger.own_channel(incident.workspace, "inc-0132") == made


async def test_our_channel_is_found_on_any_page(
    town: Town,
    messenger: SlackMessenger,
    incident: Incident,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "PAGE", 2)
    made = [await messenger.create_channel(incident, f"inc-{n}") for n in range(5)]
    found = [await messenger.own_channel(incident.workspace, f"inc-{n}") for n in range(5)]
    assert found == made


async def test_a_step_that_is_done_already_has_succeeded(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    line = await messenger.post_board(Board(incident, START), "k")
    board = replace(incident, board=line)
    for _ in range(2):
        await messenger.invite(incident, town.bo.id)
        await messenger.pin_board(board)
        await messenger.mark(incident.workspace, incident.channel, line)
        await messenger.join(incident)
    assert [pin.ts for pin in town.general.pins] == [line]
    (marks,) = [m.reactions for m in town.general.lines()]
    assert [(r.name, r.users) for r in marks] == [("white_check_mark", [town.sandbox.bot_user_id])]


async def test_any_other_refusal_of_a_step_is_one(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    for method in ("conversations.invite", "reactions.add"):
        town.sandbox.fault(method, error="no_permission")
    with pytest.raises(SendFailed, match="no_permission"):
        await messenger.invite(incident, town.bo.id)
    with pytest.raises(SendFailed, match="no_permission"):
        await messenger.mark(incident.workspace, incident.channel, "1.1")


async def test_a_private_channel_cannot_be_joined_and_need_not_be(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    quiet = town.sandbox.channel("quiet", private=True, members=[town.ana], bot=True)
    await messenger.join(replace(incident, channel=quiet.id))


async def test_the_topic_is_the_title_as_text(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    await messenger.set_topic(replace(incident, title="<!channel> & " + "x" * 400))
    assert town.general.topic.startswith("&lt;!channel&gt; &amp; xxx")
    assert len(town.general.topic) <= 250


async def test_the_declarer_alone_hears_that_there_is_no_channel(
    town: Town, messenger: SlackMessenger, incident: Incident
) -> None:
    await messenger.tell_no_channel(incident, "restricted_action")
    assert len(town.ana.ephemerals(town.general)) == 1
    assert town.bo.ephemerals(town.general) == []
    assert town.general.lines() == []


# -- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "person"),
    [
        ({"id": "U1"}, Person("T1", "U1", "U1")),
        ({"id": "U1", "name": "ana"}, Person("T1", "U1", "ana")),
        ({"id": "U1", "name": "ana", "real_name": "Ana B"}, Person("T1", "U1", "Ana B")),
        (
            {
                "id": "U1",
                "real_name": "Ana B",
                "profile": {"display_name": "Ana"},
                "tz": "Asia/Tokyo",
            },
            Person("T1", "U1", "Ana", zone="Asia/Tokyo"),
        ),
        ({"id": "U1", "profile": None, "tz": None}, Person("T1", "U1", "U1")),
        ({"id": "U1", "is_ultra_restricted": True}, Person("T1", "U1", "U1", guest=True)),
        ({"id": "U1", "team_id": "T2"}, Person("T1", "U1", "U1", external=True)),
        ({"id": "U1", "team_id": "T1", "is_owner": True}, Person("T1", "U1", "U1", admin=True)),
        ({"id": "U1", "deleted": True}, Person("T1", "U1", "U1", deleted=True)),
        ({"id": "U1", "is_bot": True}, Person("T1", "U1", "U1", bot=True)),
    ],
)
def test_a_person_as_slack_describes_them(user: dict[str, Any], person: Person) -> None:
    assert person_of("T1", user) == person

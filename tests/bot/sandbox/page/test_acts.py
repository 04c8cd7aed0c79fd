"""What a browser can do: all that its viewer could do in Slack, and nothing that they could not."""

import asyncio
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.sandbox.state import Message, View
from tests.bot.sandbox.conftest import button, field, modal, option, text_field
from tests.bot.sandbox.page.conftest import Place, Tab

LONGEST = 40_000


def shows_modal(place: Place, *blocks: dict[str, Any], **more: Any) -> View:
    """A modal on ana's screen."""
    view = modal(*(blocks or (text_field(),)), **more)
    return place.sandbox._desk.screens.open(place.ana.id, view, None)  # noqa: SLF001


async def posts(place: Place, *elements: dict[str, Any]) -> Message:
    """A message of the bot with these elements, the one for several people beside a text."""
    several = {"type": "multi_users_select", "action_id": "several"}
    text = {"type": "mrkdwn", "text": "x"}
    blocks = [
        {"type": "actions", "block_id": "row", "elements": list(elements)},
        {"type": "section", "block_id": "beside", "text": text, "accessory": several},
    ]
    place_id = place.general.id
    answer = await place.call("chat.postMessage", channel=place_id, text="x", blocks=blocks)
    return place.sandbox.message(answer["ts"])


# -- lines ---------------------------------------------------------------------------------------


async def test_saying_editing_marking_and_deleting(place: Place, tab: Tab) -> None:
    here = {"channel": place.general.id}
    ts = (await tab.does("says", **here, text="for: the disk is <full> & hot"))["ts"]
    reply = (await tab.does("says", **here, text="in thread", thread=ts, broadcast=True))["ts"]
    await tab.until(lambda tab: reply in tab.messages)
    assert tab.messages[ts]["text"] == "for: the disk is &lt;full&gt; &amp; hot"
    assert (tab.messages[reply]["thread_ts"], tab.messages[reply]["broadcast"]) == (ts, True)
    assert (await tab.does("edits", **here, ts=ts, text="for: the disk is fine"))["ok"]
    assert (await tab.does("reacts", **here, ts=ts, name="thread"))["ok"]
    await tab.until(lambda tab: tab.messages[ts]["reactions"])
    assert tab.messages[ts]["reactions"] == [{"name": "thread", "users": [place.ana.id]}]
    again = await tab.does("reacts", **here, ts=ts, name="thread")
    assert again["error"] == "Ana has already reacted with thread."
    assert (await tab.does("unreacts", **here, ts=ts, name="thread"))["ok"]
    assert (await tab.does("pins", **here, ts=ts))["ok"]
    await tab.until(lambda tab: any(each["pins"] == [ts] for each in tab.scene["channels"]))
    assert (await tab.does("deletes", **here, ts=reply))["ok"]
    await tab.until(lambda tab: reply not in tab.messages)


async def test_nobody_changes_the_words_of_others(place: Place, tab: Tab) -> None:
    ts = await place.bob.says(place.general, "mine")
    for do, more in (("edits", {"text": "yours"}), ("deletes", {})):
        assert not (await tab.does(do, channel=place.general.id, ts=ts, **more))["ok"]
    assert place.sandbox.message(ts).text == "mine"


async def test_an_ephemeral_message_can_be_dismissed(place: Place, tab: Tab) -> None:
    here = place.general.id
    await place.call("chat.postEphemeral", channel=here, user=place.ana.id, text="psst")
    await tab.until(lambda tab: tab.texts() == ["psst"])
    await tab.does("deletes", channel=here, ts=next(iter(tab.messages)))
    await tab.until(lambda tab: tab.texts() == [])


async def test_a_message_of_the_longest_kind_and_one_longer(place: Place, tab: Tab) -> None:
    here = place.general.id
    longest = "é" * LONGEST
    ts = (await tab.does("says", channel=here, text=longest))["ts"]
    await tab.until(lambda tab: ts in tab.messages)
    assert tab.messages[ts]["text"] == longest
    refused = await tab.does("says", channel=here, text=longest + "é")
    assert "40000 characters" in refused["error"]
    assert not (await tab.does("says", channel=here, text="  \n "))["ok"]


async def test_hostile_words_are_data(place: Place, tab: Tab) -> None:
    said = "<script>alert(1)</script> <img src=x onerror=alert(1)> \u202e\x00 ]]> <!channel>"
    ts = (await tab.does("says", channel=place.general.id, text=said))["ts"]
    await tab.until(lambda tab: ts in tab.messages)
    shown = tab.messages[ts]["text"]
    assert "&lt;script&gt;" in shown
    assert "<" not in shown


# -- what the app answers --------------------------------------------------------------------------


async def test_a_command_is_answered(place: Place, tab: Tab) -> None:
    heard: list[str] = []

    @place.app.command("/incident")
    async def on_incident(ack: AsyncAck, command: dict[str, Any]) -> None:
        heard.append(command["text"])
        await ack("declared")

    here = place.general.id
    answer = await tab.does("command", channel=here, text="/incident checkout  is slow\nvery")
    assert (answer["ok"], answer["acked"], answer["failure"], answer["errors"]) == (
        True,
        True,
        "",
        {},
    )
    assert heard == ["checkout  is slow\nvery"]
    await tab.until(lambda tab: tab.texts() == ["declared"])
    assert not (await tab.does("command", channel=here, text="incident"))["ok"]


async def test_a_button_and_a_menu(place: Place, tab: Tab) -> None:
    heard: list[tuple[Any, Any]] = []

    async def on_act(ack: AsyncAck, action: dict[str, Any], body: dict[str, Any]) -> None:
        heard.append((action.get("value") or action.get("selected_option"), body["user"]["id"]))
        await ack()

    for name in ("go", "pick", "more"):
        place.app.action(name)(on_act)
    options = [option("a"), option("b")]
    pick = {"type": "static_select", "action_id": "pick", "options": options}
    more = {"type": "overflow", "action_id": "more", "options": options}
    message = await posts(place, button("go", "7"), pick, more)
    where = {"channel": message.channel, "ts": message.ts}
    chosen = {"selected_option": {"value": "b"}}
    for action, state in (("go", {"value": "999"}), ("pick", chosen), ("more", chosen)):
        done = await tab.does("acts", where=where, block_id="row", action_id=action, state=state)
        assert (done["ok"], done["acked"]) == (True, True)
    ana = place.ana.id
    assert heard == [("7", ana), (option("b"), ana), (option("b"), ana)]


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("pick", {"selected_option": {"value": "c"}}),
        ("pick", {"selected_option": "a"}),
        ("more", {}),
        ("who", {"selected_user": 5}),
        ("who", {"selected_user": {"id": "U1"}}),
        ("several", {"selected_users": "U1"}),
        ("several", {"selected_users": [["U1"]]}),
        ("when", {"selected_date_time": "soon"}),
        ("none", {"value": "1"}),
    ],
)
async def test_what_no_screen_could_choose(place: Place, tab: Tab, action: str, state: Any) -> None:
    options = [option("a"), option("b")]
    message = await posts(
        place,
        {"type": "static_select", "action_id": "pick", "options": options},
        {"type": "overflow", "action_id": "more", "options": options},
        {"type": "users_select", "action_id": "who"},
        {"type": "datetimepicker", "action_id": "when"},
    )
    where = {"channel": message.channel, "ts": message.ts}
    before = len(place.sandbox.deliveries)
    block = "beside" if action == "several" else "row"
    done = await tab.does("acts", where=where, block_id=block, action_id=action, state=state)
    assert not done["ok"]
    assert done["error"]
    assert place.sandbox.workspace.entered == {}
    assert len(place.sandbox.deliveries) == before


async def test_options_from_the_app(place: Place, tab: Tab) -> None:
    @place.app.options("find")
    async def on_find(ack: AsyncAck, payload: dict[str, Any]) -> None:
        await ack(options=[option(payload["value"])])

    external = {"type": "external_select", "action_id": "find"}
    view = shows_modal(place, field("f", external))
    fields = {"where": {"view": view.id}, "block_id": "f", "action_id": "find"}
    found = await tab.does("suggests", **fields, text="disk")
    assert found["options"] == [option("disk")]
    await tab.does("enters", **fields, state={"selected_option": option("disk")})
    assert view.values["f"]["find"]["selected_option"] == option("disk")


async def test_a_form_with_mistakes_and_one_without(place: Place, tab: Tab) -> None:
    sent: list[str] = []

    @place.app.view("form")
    async def on_form(ack: AsyncAck, view: dict[str, Any]) -> None:
        why = view["state"]["values"]["why"]["why_in"]["value"]
        sent.append(why)
        if why == "bad":
            await ack(response_action="errors", errors={"why": "Not that."})
        else:
            await ack()

    view = shows_modal(place)
    await tab.until(lambda tab: tab.scene["modals"])
    empty = await tab.does("submits", view=view.id)
    assert not empty["ok"]
    assert list(empty["errors"]) == ["why"]
    assert sent == []
    bad = {"why": {"why_in": {"value": "bad"}}}
    assert (await tab.does("submits", view=view.id, values=bad))["errors"] == {"why": "Not that."}
    assert view.values["why"]["why_in"]["value"] == "bad"
    good = {"why": {"why_in": {"value": "good"}}}
    assert (await tab.does("submits", view=view.id, values=good))["ok"]
    await tab.until(lambda tab: tab.scene["modals"] == [])
    assert sent == ["bad", "good"]


async def test_the_bot_stops_while_a_form_is_open(place: Place, tab: Tab) -> None:
    """The person is told, and what they typed is still there."""
    view = shows_modal(place)
    place.sandbox.hub.ack_timeout = 0.05

    @place.app.view("form")
    async def on_form(ack: AsyncAck) -> None:
        await asyncio.Event().wait()

    typed = {"why": {"why_in": {"value": "an hour's work"}}}
    done = await tab.does("submits", view=view.id, values=typed)
    assert (done["ok"], done["acked"], done["failure"]) == (False, False, "operation_timeout")
    assert done["error"] == "The bot did not answer in time."
    second = await place.opens()
    [shown] = second.scene["modals"]
    assert shown["values"]["why"]["why_in"]["value"] == "an hour's work"


async def test_what_is_typed_is_kept_and_shown_in_ones_other_browsers(
    place: Place, tab: Tab
) -> None:
    view = shows_modal(place)
    second, bobs = await place.opens(), await place.opens()
    await bobs.becomes(place.bob.id)
    await tab.until(lambda tab: tab.scene["modals"])
    before = len(tab.frames)
    where = {"view": view.id}
    state = {"value": "half a"}
    fields = {"where": where, "block_id": "why", "action_id": "why_in"}
    assert (await tab.does("enters", **fields, state=state))["ok"]
    value = "half a"
    await second.until(
        lambda tab: tab.scene["modals"][0]["values"]["why"]["why_in"]["value"] == value
    )
    assert not (await bobs.does("enters", **fields, state=state))["ok"]
    assert bobs.scene["modals"] == []
    await place.bob.says(place.general, "meanwhile")
    await tab.until(lambda tab: tab.texts())
    told = [frame for frame in tab.frames[before:] if frame["type"] == "patch"]
    assert not any("modals" in frame for frame in told)  # their own typing is not sent back


async def test_closing_shortcuts_and_home(place: Place, tab: Tab) -> None:
    used: list[str] = []

    @place.app.shortcut("declare")
    async def on_declare(ack: AsyncAck) -> None:
        used.append("declare")
        await ack()

    @place.app.shortcut("record")
    async def on_record(ack: AsyncAck, shortcut: dict[str, Any]) -> None:
        used.append(shortcut["message"]["text"])
        await ack()

    @place.app.event("app_home_opened")
    async def on_home() -> None:
        used.append("home")

    view = shows_modal(place)
    assert (await tab.does("closes", view=view.id))["ok"]
    assert not (await tab.does("closes", view=view.id))["ok"]
    assert (await tab.does("shortcut", callback_id="declare"))["acked"]
    ts = await place.bob.says(place.general, "a line")
    at = {"channel": place.general.id, "ts": ts}
    assert (await tab.does("message_shortcut", callback_id="record", **at))["acked"]
    assert (await tab.does("home"))["ok"]
    await place.sandbox.idle()
    assert used == ["declare", "a line", "home"]


# -- people and channels -------------------------------------------------------------------------


async def test_channels_are_made_joined_renamed_left_and_archived(place: Place, tab: Tab) -> None:
    made = (await tab.does("creates", name="war-room", private=False))["channel"]
    bot = place.sandbox.bot_user_id
    for user in (place.bob.id, bot):
        assert (await tab.does("invites", channel=made, user=user))["ok"]
    channel = place.sandbox.workspace.channels[made]
    assert channel.members == [place.ana.id, place.bob.id, bot]
    assert (await tab.does("renames", channel=made, name="calm-room"))["ok"]
    assert (await tab.does("leaves", channel=made))["ok"]
    await tab.until(lambda tab: (tab.channel("calm-room") or {}).get("member") is False)
    await tab.opens(made)  # a public channel can be looked at
    assert (await tab.does("joins", channel=made))["ok"]
    assert (await tab.does("archives", channel=made))["ok"]
    await tab.until(lambda tab: (tab.channel("calm-room") or {}).get("archived"))
    assert not (await tab.does("says", channel=made, text="hello?"))["ok"]


async def test_somebody_new_arrives_and_is_the_viewer(place: Place, tab: Tab) -> None:
    await place.bob.says(place.general, "old news")
    done = await tab.does("arrive", name="zoe", zone="Asia/Tokyo")
    await tab.until(lambda tab: tab.scene["me"] == done["user"])
    general = tab.channel("general")
    assert general is not None
    assert (general["member"], general["unread"]) == (True, 0)
    for wrong in ({"name": "zoe"}, {"name": "Zoë!"}, {"name": "zed", "zone": "../Mars"}):
        assert not (await tab.does("arrive", **{"zone": "UTC"} | wrong))["ok"]
    assert not (await tab.does("become", user=place.sandbox.bot_user_id))["ok"]
    assert not (await tab.does("become", user="U404"))["ok"]


async def test_another_take_finds_the_same_person_again(place: Place, tab: Tab) -> None:
    """By name; who came by the page comes again; anybody else begins as its first viewer."""
    arrived = await place.opens()
    await arrived.does("arrive", name="zoe", zone="Asia/Tokyo")
    bobs = await place.opens()
    await bobs.becomes(place.bob.id)
    other = type(place.sandbox)(place.clock, place.sandbox.world.draws, retries=())
    cleo, ana = other.person("cleo"), other.person("ana")
    general = other.channel("general", members=[cleo, ana])
    other.world.post(general, cleo.id, "from before")
    place.still.shows(other, cleo, read_before=other.world.stamp())
    for each, name in ((tab, "ana"), (arrived, "zoe"), (bobs, "cleo")):
        await each.until(lambda tab: tab.scene["take"] == 2)
        user = other.workspace.users[each.scene["me"]]
        assert user.name == name
        shown = each.channel("general")
        assert shown is not None
        assert shown["unread"] == 0
    await place.bob.says(place.general, "in the old take")
    ts = await cleo.says(general, "in the new one")
    await tab.opens(general.id)
    await tab.until(lambda tab: ts in tab.messages)
    assert "in the old take" not in tab.texts()


async def test_files_are_shown(place: Place, tab: Tab) -> None:
    ts = await place.bob.uploads(place.general, "graph.png", b"\x89PNG", "look")
    await place.bob.uploads(place.general, "run.html", b"<script>alert(1)</script>")
    await tab.until(lambda tab: len(tab.messages) == 2)
    [file] = tab.messages[ts]["files"]
    assert (file["name"], file["mimetype"], file["size"]) == ("graph.png", "image/png", 4)
    async with place.http.get(f"{place.url}{file['url']}") as response:
        assert (response.content_type, await response.read()) == ("image/png", b"\x89PNG")
    [page] = tab.messages[max(tab.messages)]["files"]
    async with place.http.get(f"{place.url}{page['url']}") as response:
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"] == "attachment"
    async with place.http.get(f"{place.url}/file/F404") as response:
        assert response.status == 404

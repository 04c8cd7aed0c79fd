"""What a browser is shown: everything its viewer would see in Slack, and nothing else."""

import json

from tests.bot.sandbox.conftest import button, modal, text_field
from tests.bot.sandbox.page.conftest import Place, Tab


async def test_a_scene_has_everything_the_page_needs(place: Place) -> None:
    tab = await place.opens()
    scene = tab.scene
    assert scene["take"] == 1
    assert scene["workspace"] == {"name": "Sandbox"}
    assert scene["me"] == place.ana.id
    assert scene["now"] == place.clock.now().timestamp()
    assert scene["strip"] == {"title": "Still"}
    assert (scene["modals"], scene["home"]) == ([], None)
    assert [each["command"] for each in scene["commands"]] == ["/incident"]
    assert scene["words"][0]["also"] == ["evidence against"]
    assert scene["shortcuts"][0]["kind"] == "global"
    bot = place.sandbox.bot_user_id
    assert scene["bot"] == {"id": bot, "name": "parallax", "connected": True, "dm": ""}
    people = {each["name"]: each for each in scene["people"]}
    assert set(people) == {"parallax", "ana", "bob"}
    assert people["ana"]["tz"] == "Europe/Amsterdam"
    assert (people["parallax"]["bot"], people["ana"]["bot"]) == (True, False)
    assert place.still.visits == 1


async def test_a_message_appears_changes_and_goes(place: Place, tab: Tab) -> None:
    ts = await place.bob.says(place.general, "checkout is slow")
    await tab.until(lambda tab: ts in tab.messages)
    shown = tab.messages[ts]
    assert (shown["text"], shown["user"], shown["bot"]) == ("checkout is slow", place.bob.id, False)
    assert (shown["thread_ts"], shown["reply"], shown["edited"]) == (None, False, False)
    await place.bob.edits(ts, "checkout is down")
    await tab.until(lambda tab: tab.messages[ts]["edited"])
    assert tab.texts() == ["checkout is down"]
    await place.bob.deletes(ts)
    await tab.until(lambda tab: ts not in tab.messages)


async def test_a_parent_counts_its_replies_in_a_patch_and_when_opened(
    place: Place, tab: Tab
) -> None:
    root = await place.bob.says(place.general, "thread: disk")
    for text in ("for: full", "against: no"):
        last = await place.ana.says(place.general, text, root)
    counted = {"count": 2, "users": [place.ana.id], "last": last}
    await tab.until(lambda tab: tab.messages.get(root, {}).get("replies") == counted)
    other = await place.opens()
    await other.opens(place.general.id)
    assert other.messages == tab.messages
    assert other.messages[last]["thread_ts"] == root
    assert other.messages[last]["reply"]


async def test_an_ephemeral_message_is_for_one_person(place: Place, tab: Tab) -> None:
    await tab.becomes(place.bob.id)
    await tab.opens(place.general.id)
    for person in (place.ana, place.bob):
        await place.call(
            "chat.postEphemeral",
            channel=place.general.id,
            user=person.id,
            text=f"for {person.name}",
        )
    await tab.until(lambda tab: tab.texts())
    assert tab.texts() == ["for bob"]
    assert next(iter(tab.messages.values()))["ephemeral"]
    await tab.becomes(place.ana.id)
    await tab.opens(place.general.id)
    assert tab.texts() == ["for ana"]
    assert "for bob" not in json.dumps(tab.frames[-1])


async def test_a_private_channel_and_a_dm_are_for_their_members(place: Place, tab: Tab) -> None:
    secret = place.sandbox.channel("secret", private=True, members=[place.bob])
    dm = place.sandbox.world.open_dm([place.bob.id])
    await place.bob.says(secret, "hush")
    public = place.sandbox.channel("random", members=[place.bob])
    await place.bob.says(public, "hello")
    await tab.until(lambda tab: tab.channel("random"))
    assert tab.channel("secret") is None
    assert [each["kind"] for each in tab.scene["channels"]] == ["channel", "channel"]
    for hidden in (secret, dm):
        assert not (await tab.does("open", channel=hidden.id))["ok"]
        assert not (await tab.does("says", channel=hidden.id, text="hi"))["ok"]
    assert "hush" not in json.dumps(tab.frames)
    await place.bob.invites(secret, place.ana)
    await tab.until(lambda tab: tab.channel("secret"))
    await tab.opens(secret.id)
    assert "hush" in tab.texts()
    await place.ana.leaves(secret)
    await tab.until(lambda tab: tab.channel("secret") is None)


async def test_a_dm_is_named_after_the_other_side(place: Place, tab: Tab) -> None:
    dm = (await tab.does("dm"))["channel"]
    await tab.until(lambda tab: tab.scene["bot"]["dm"] == dm)
    named = next(each for each in tab.scene["channels"] if each["id"] == dm)
    assert (named["name"], named["kind"]) == ("parallax", "im")


async def test_a_guest_sees_only_their_own_channels(place: Place, tab: Tab) -> None:
    guest = place.sandbox.person("gus", guest=True)
    place.sandbox.channel("lobby", members=[guest])
    await tab.becomes(guest.id)
    assert [each["name"] for each in tab.scene["channels"]] == ["lobby"]


async def test_a_modal_is_on_one_screen_and_its_home_is_ones_own(place: Place, tab: Tab) -> None:
    other = await place.opens()
    await other.becomes(place.bob.id)
    view = modal(text_field())
    place.sandbox._desk.screens.open(place.bob.id, view, None)  # noqa: SLF001 - as if asked for
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    await place.call("views.publish", user_id=place.bob.id, view=home)
    await other.until(lambda tab: tab.scene["modals"] and tab.scene["home"])
    shown = other.scene["modals"][0]
    assert (shown["title"], shown["submit"], shown["close"]) == ("Form", "Send", "")
    assert shown["values"]["why"]["why_in"]["value"] is None
    assert other.scene["home"]["kind"] == "home"
    await place.bob.says(place.general, "a line")
    await tab.until(lambda tab: tab.texts() == ["a line"])
    assert (tab.scene["modals"], tab.scene["home"]) == ([], None)


async def test_unread_and_mentions_are_the_persons_own(place: Place, tab: Tab) -> None:
    random = place.sandbox.channel("random", members=[place.ana, place.bob])

    def unread(of: Tab) -> tuple[int, bool]:
        shown = of.channel("random")
        assert shown is not None
        return shown["unread"], shown["mentioned"]

    await place.bob.says(random, "one")
    ts = await place.bob.says(random, "two")
    await tab.until(lambda tab: tab.channel("random") and unread(tab) == (2, False))
    await place.bob.says(random, "and @ana")
    await tab.until(lambda tab: unread(tab) == (3, True))
    second = await place.opens()
    assert unread(second) == (3, True)
    await second.does("read", channel=random.id, ts=ts)
    await tab.until(lambda tab: unread(tab) == (1, True))
    await tab.does("read", channel=random.id, ts=random.messages[-1].ts)
    await second.until(lambda tab: unread(tab) == (0, False))
    await tab.becomes(place.bob.id)
    assert unread(tab) == (0, False)  # their own lines are no news


async def test_values_in_a_message_are_the_viewers(place: Place, tab: Tab) -> None:
    menu = {
        "type": "users_select",
        "action_id": "who",
        "placeholder": {"type": "plain_text", "text": "?"},
    }
    blocks = [{"type": "actions", "block_id": "b", "elements": [menu, button("go")]}]
    posted = await place.call("chat.postMessage", channel=place.general.id, text="x", blocks=blocks)
    ts = posted["ts"]
    await tab.until(lambda tab: ts in tab.messages)
    where = {"channel": place.general.id, "ts": ts}
    chosen = {"selected_user": place.bob.id}
    await tab.does("acts", where=where, block_id="b", action_id="who", state=chosen)
    second = await place.opens()
    await second.opens(place.general.id)
    assert second.messages[ts]["values"]["b"]["who"]["selected_user"] == place.bob.id
    await second.becomes(place.bob.id)
    await second.opens(place.general.id)
    assert second.messages[ts]["values"]["b"]["who"]["selected_user"] is None


async def test_the_bot_comes_and_goes(place: Place, tab: Tab) -> None:
    place.sandbox.drop()
    await tab.until(lambda tab: not tab.scene["bot"]["connected"])
    await tab.until(lambda tab: tab.scene["bot"]["connected"])  # the SDK connects again


async def test_the_strip_and_another_take(place: Place, tab: Tab) -> None:
    place.still.says("Other")
    await tab.until(lambda tab: tab.scene["strip"] == {"title": "Other"})
    assert (await tab.does("strip", what="pace", value=5))["ok"]
    assert place.still.orders == [("pace", 5)]
    refused = await tab.does("strip", what="seek", value=-1)
    assert refused["error"] == "There is no such moment."

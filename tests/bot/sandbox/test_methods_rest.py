"""users.*, dnd.*, team.*, pins.*, bookmarks.*, reactions.*"""

from datetime import UTC, datetime

import pytest

from tests.bot.sandbox.conftest import Make, Town, town_of


async def test_who_the_bot_is(api: Town) -> None:
    answer = await api.call("auth.test")
    assert answer["user_id"] == api.sandbox.bot_user_id
    assert answer["bot_id"] == api.sandbox.bot_id
    assert answer["team_id"] == api.sandbox.team_id == "T0SANDBOX"
    assert (await api.call("team.info"))["team"]["name"] == "Sandbox"


@pytest.mark.parametrize(("moment", "offset"), [("2026-07-01", 7200), ("2026-12-01", 3600)])
async def test_a_user_has_a_zone_whose_offset_follows_domain_time(
    api: Town, moment: str, offset: int
) -> None:
    """slack-platform.md section 1: users.info with tz, tz_offset and locale."""
    api.clock._now = datetime.fromisoformat(moment).replace(tzinfo=UTC)  # noqa: SLF001
    user = (await api.call("users.info", user=api.ana.id, include_locale="true"))["user"]
    assert (user["tz"], user["tz_offset"]) == ("Europe/Amsterdam", offset)
    assert user["locale"] == "en-US"
    plain = (await api.call("users.info", user=api.ana.id))["user"]
    assert "locale" not in plain
    assert plain["profile"]["email"] == "ana@example.com"
    assert await api.error("users.info", user="U404") == "user_not_found"


async def test_the_address_needs_its_own_scope(make: Make, api: Town) -> None:
    town = town_of(await make(scopes=["users:read"]), api.clock)
    user = (await town.call("users.info", user=town.ana.id))["user"]
    assert "email" not in user["profile"]


async def test_guests_strangers_and_those_who_left_are_marked(api: Town) -> None:
    guest = api.sandbox.person("guest", guest=True)
    stranger = api.sandbox.person("stranger", team="T0OTHER")
    gone = api.sandbox.person("gone", admin=True)
    await gone.goes()
    users = {u["id"]: u for u in (await api.call("users.list"))["members"]}
    assert users[guest.id]["is_restricted"]
    assert users[stranger.id]["is_stranger"]
    assert users[stranger.id]["team_id"] == "T0OTHER"
    assert users[gone.id]["deleted"]
    assert "tz" not in users[gone.id]
    page = await api.call("users.list", limit=2)
    assert len(page["members"]) == 2
    assert page["response_metadata"]["next_cursor"]


async def test_presence_and_do_not_disturb(api: Town) -> None:
    """slack-platform.md section 3: dnd.teamInfo takes 50 people a call."""
    api.bob.user.presence = "away"
    assert (await api.call("users.getPresence", user=api.bob.id))["presence"] == "away"
    api.ana.pauses_notifications(100, 200)
    info = await api.call("dnd.info", user=api.ana.id)
    assert (info["dnd_enabled"], info["next_dnd_end_ts"]) == (True, 200)
    both = await api.call("dnd.teamInfo", users=f"{api.ana.id},{api.bob.id},U404")
    assert both["users"][api.bob.id]["dnd_enabled"] is False
    assert set(both["users"]) == {api.ana.id, api.bob.id}
    many = ",".join(f"U{n}" for n in range(51))
    assert await api.error("dnd.teamInfo", users=many) == "invalid_arguments"
    assert await api.error("dnd.teamInfo", users="") == "no_users_provided"
    assert await api.error("dnd.info", user="U404") == "user_not_found"


async def test_pins(api: Town) -> None:
    ts = await api.ana.says(api.general, "pin me")
    item = {"channel": api.general.id, "timestamp": ts}
    assert await api.error("pins.add", **item) == ""
    assert await api.error("pins.add", **item) == "already_pinned"
    (pin,) = (await api.call("pins.list", channel=api.general.id))["items"]
    assert pin["message"]["ts"] == ts
    notice = api.general.notices()[-1]
    assert notice.subtype == "pinned_item"
    assert await api.error("pins.add", channel=api.general.id, timestamp=notice.ts) == (
        "not_pinnable"
    )
    assert await api.error("pins.remove", **item) == ""
    assert await api.error("pins.remove", **item) == "no_pin"
    assert await api.error("pins.add", channel=api.general.id) == "no_item_specified"
    assert await api.error("pins.add", channel=api.general.id, timestamp="x") == "bad_timestamp"
    missing = "1795168800.999999"
    assert await api.error("pins.add", channel=api.general.id, timestamp=missing) == (
        "message_not_found"
    )


async def test_a_channel_holds_a_hundred_pins(api: Town) -> None:
    for number in range(101):
        ts = await api.ana.says(api.general, str(number))
        code = await api.error("pins.add", channel=api.general.id, timestamp=ts)
        assert code == ("too_many_pins" if number == 100 else "")


async def test_bookmarks(api: Town) -> None:
    """slack-platform.md section 3: bookmarks.add: title 256, link 2048."""
    place = {"channel_id": api.general.id}
    link = {"title": "Board", "type": "link", "link": "https://example.com"}
    made = (await api.call("bookmarks.add", **place, **link))["bookmark"]
    assert await api.error("bookmarks.add", **place, **link | {"type": "file"}) == (
        "invalid_bookmark_type"
    )
    assert await api.error("bookmarks.add", **place, **link | {"link": "x"}) == "invalid_link"
    assert await api.error("bookmarks.add", **link) == "invalid_arguments"
    changed = {"bookmark_id": made["id"], "title": "New"}
    assert (await api.call("bookmarks.edit", **place, **changed))["bookmark"]["title"] == "New"
    assert await api.error("bookmarks.edit", **place, **changed, link="x") == "invalid_link"
    answer = await api.client.bookmarks_list(channel_id=api.general.id)
    assert [b["title"] for b in answer["bookmarks"]] == ["New"]
    assert await api.error("bookmarks.remove", **place, bookmark_id=made["id"]) == ""
    assert await api.error("bookmarks.remove", **place, bookmark_id=made["id"]) == "not_found"
    for number in range(101):
        code = await api.error("bookmarks.add", **place, **link)
        assert code == ("too_many_bookmarks" if number == 100 else "")
    outside = api.sandbox.channel("outside")
    assert await api.error("bookmarks.add", channel_id=outside.id, **link) == "channel_not_found"


async def test_reactions(api: Town) -> None:
    ts = await api.ana.says(api.general, "look")
    item = {"channel": api.general.id, "timestamp": ts, "name": "eyes"}
    assert await api.error("reactions.add", **item) == ""
    assert await api.error("reactions.add", **item) == "already_reacted"
    assert await api.error("reactions.add", **item | {"name": ":eyes:"}) == "invalid_name"
    assert await api.error("reactions.add", **item | {"name": "wave::skin-tone-3"}) == ""
    got = await api.client.reactions_get(channel=api.general.id, timestamp=ts)
    assert {r["name"] for r in got["message"]["reactions"]} == {"eyes", "wave::skin-tone-3"}
    assert await api.error("reactions.remove", timestamp=ts, name="eyes") == "no_item_specified"
    assert await api.error("reactions.remove", **item) == ""
    assert await api.error("reactions.remove", **item) == "no_reaction"
    api.general.archived = True
    assert await api.error("reactions.add", **item) == "is_archived"
    outside = api.sandbox.channel("outside")
    assert await api.error("reactions.add", **item | {"channel": outside.id}) == (
        "message_not_found"
    )

"""Files: three steps to share one, and who may see it when."""

import aiohttp

from tests.conformance import sources
from tests.conformance.driver import Operator, People
from tests.conformance.rules import address, expect, rule
from tests.conformance.wire import Answer, Json, Slack

PICTURE = b"\x89PNG not really"


async def uploaded(slack: Slack, name: str = "chart.png", content: bytes = PICTURE) -> str:
    """The first two steps; the id of the file."""
    args = {"filename": name, "length": len(content), "alt_txt": "a chart"}
    asked = await slack.form("files.getUploadURLExternal", **args)
    async with slack.session.post(address(asked.get("upload_url")), data=content) as reply:
        expect(reply.status, 200)
    return str(asked.get("file_id"))


async def completed(slack: Slack, file_id: str, **more: object) -> Answer:
    """The third step."""
    files = [{"id": file_id, "title": "Chart"}]
    return await slack.call("files.completeUploadExternal", files=files, **more)


async def shared(slack: Slack) -> str:
    """A picture in the room; its id."""
    file_id = await uploaded(slack)
    await completed(slack, file_id, channel_id=slack.room)
    return file_id


async def last(slack: Slack) -> Json:
    """The newest message of the room."""
    answer = await slack.call("conversations.history", channel=slack.room, limit=1)
    return dict(answer.get("messages", 0) or {})


def image(file_id: str) -> Json:
    return {"type": "image", "alt_text": "a chart", "slack_file": {"id": file_id}}


@rule("a file is shared in three steps", source=sources.FILES)
async def test_three_steps_share_a_file(slack: Slack) -> None:
    file_id = await uploaded(slack)
    answer = await completed(slack, file_id, channel_id=slack.room, initial_comment="look")
    expect(answer.error, "")
    message = await last(slack)
    expect((message.get("text"), message.get("files", [{}])[0].get("id")), ("look", file_id))


@rule("a file is shared into a thread", source=sources.FILES)
async def test_files_go_into_threads(slack: Slack) -> None:
    parent = await slack.said("parent")
    await completed(slack, await uploaded(slack), channel_id=slack.room, thread_ts=parent)
    thread = await slack.form("conversations.replies", channel=slack.room, ts=parent)
    expect(thread.get("messages", 1, "files", 0, "title"), "Chart")


@rule("before the third step there is no file: file_not_found", source=sources.FILES)
async def test_files_appear_when_completed(slack: Slack) -> None:
    file_id = await uploaded(slack)
    expect((await slack.form("files.info", file=file_id)).error, "file_not_found")
    await completed(slack, file_id)
    expect((await slack.form("files.info", file=file_id)).get("file", "title"), "Chart")


@rule("what was not uploaded cannot be completed: file_not_found", source=sources.API)
async def test_nothing_is_completed_without_bytes(slack: Slack) -> None:
    asked = await slack.form("files.getUploadURLExternal", filename="a.txt", length=3)
    answer = await completed(slack, str(asked.get("file_id")), channel_id=slack.room)
    expect(answer.error, "file_not_found")


@rule("files.completeUploadExternal takes no metadata", source=sources.API)
async def test_uploads_take_no_metadata(slack: Slack) -> None:
    meta = {"event_type": "outbox", "event_payload": {"id": "7"}}
    answer = await completed(slack, await uploaded(slack), channel_id=slack.room, metadata=meta)
    expect(answer.error, "invalid_arguments")


@rule("files.completeUploadExternal tells no ts", source=sources.API)
async def test_uploads_tell_no_stamp(slack: Slack) -> None:
    answer = await completed(slack, await uploaded(slack), channel_id=slack.room)
    expect((answer.ok, answer.get("ts")), (True, None))


@rule("files.info tells where a file is shared", source=sources.API)
async def test_files_know_their_shares(slack: Slack) -> None:
    file_id = await shared(slack)
    info = await slack.form("files.info", file=file_id)
    ts = info.get("file", "shares", "public", slack.room, 0, "ts")
    expect(ts, (await last(slack)).get("ts"))


@rule("a file goes to the ids of channels the bot is in", source=sources.API)
async def test_files_go_where_the_bot_is(slack: Slack) -> None:
    file_id = await uploaded(slack)
    expect((await completed(slack, file_id, channel_id="C0NO")).error, "channel_not_found")
    made = await slack.form("conversations.create", name=f"left-{slack.fresh()}")
    channel = made.get("channel", "id")
    await slack.form("conversations.leave", channel=channel)
    expect((await completed(slack, file_id, channel_id=channel)).error, "not_in_channel")


@rule("a description stands with the file: alt_txt", source=sources.API)
async def test_files_are_described(slack: Slack) -> None:
    info = await slack.form("files.info", file=await shared(slack))
    expect(info.get("file", "alt_txt"), "a chart")


@rule("url_private needs the token", source=sources.UNREAD)
async def test_bytes_need_the_token(slack: Slack) -> None:
    info = await slack.form("files.info", file=await shared(slack))
    url = address(info.get("file", "url_private"))
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with slack.session.get(url, headers=headers) as reply:
        expect(await reply.read(), PICTURE)
    async with slack.session.get(url) as reply:
        expect(await reply.read() != PICTURE, True)


@rule("an upload address ends with its file", source=sources.UNREAD)
async def test_upload_addresses_end(slack: Slack) -> None:
    asked = await slack.form("files.getUploadURLExternal", filename="a.png", length=3)
    url = address(asked.get("upload_url"))
    form = aiohttp.FormData()
    form.add_field("file", b"abc", filename="a.png")
    async with slack.session.post(url, data=form) as reply:
        expect(reply.status, 200)
    await completed(slack, str(asked.get("file_id")))
    async with slack.session.post(url, data=b"xyz") as reply:
        expect(reply.status == 200, False)


@rule("an image block shows an uploaded picture by slack_file", source=sources.TYPES)
async def test_blocks_show_uploads(slack: Slack) -> None:
    expect((await slack.post(blocks=[image(await shared(slack))])).error, "")
    text = await uploaded(slack, "notes.txt", b"notes")
    await completed(slack, text)
    expect((await slack.post(blocks=[image(text)])).error, "invalid_blocks")
    expect((await slack.post(blocks=[image("F0NONE")])).error, "invalid_blocks")


@rule("a picture that is still processed: invalid_blocks", source=sources.FILES)
async def test_pictures_take_time(slack: Slack, operator: Operator) -> None:
    operator.holds_files()
    file_id = await shared(slack)
    expect((await slack.post(blocks=[image(file_id)])).error, "invalid_blocks")


@rule("a deleted file: file_deleted", source=sources.API)
async def test_deleted_files_are_gone(slack: Slack) -> None:
    file_id = await shared(slack)
    expect((await slack.form("files.delete", file=file_id)).error, "")
    expect((await slack.form("files.info", file=file_id)).error, "file_deleted")


@rule("a person's file is seen where the bot is, with files:read", source=sources.API)
async def test_files_of_people_can_be_read(
    slack: Slack, people: People, operator: Operator
) -> None:
    await people.shares("write-up.md", b"# Belief")
    file = (await last(slack))["files"][0]
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with slack.session.get(file["url_private"], headers=headers) as reply:
        expect(await reply.read(), b"# Belief")
    operator.revokes("files:read")
    async with slack.session.get(file["url_private"], headers=headers) as reply:
        expect(await reply.read() != b"# Belief", True)

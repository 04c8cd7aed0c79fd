"""Files as slack_sdk uploads them, and as people do; the faults on the way."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.sandbox.state import File
from tests.bot.sandbox.conftest import Town

PICTURE = b"\x89PNG not really"


async def upload(api: Town, **more: Any) -> File:
    """A picture, uploaded by slack_sdk's own three steps."""
    answer = await api.client.files_upload_v2(
        filename="chart.png", content=PICTURE, title="Chart 7", alt_txt="a chart", **more
    )
    return api.sandbox.workspace.files[answer["file"]["id"]]


async def test_slack_sdk_uploads_into_a_thread(api: Town) -> None:
    """slack-platform.md section 3: files_upload_v2 does the three steps."""
    parent = await api.ana.says(api.general, "how many?")
    file = await upload(api, channel=api.general.id, thread_ts=parent, initial_comment="so many")
    (reply,) = api.general.replies(parent)
    assert (reply.text, reply.files, reply.bot_id) == ("so many", [file.id], api.sandbox.bot_id)
    assert (file.content, file.title, file.alt_text) == (PICTURE, "Chart 7", "a chart")
    assert file.shares == [(api.general.id, reply.ts)]
    told = [d.payload["event"] for d in api.sandbox.deliveries][-1]
    assert (told["subtype"], told["files"][0]["title"]) == ("file_share", "Chart 7")
    steps = [c.method for c in api.sandbox.calls]
    assert steps == ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]


async def test_an_upload_can_fail_in_its_second_step(api: Town) -> None:
    api.sandbox.fault("upload", status=500)
    with pytest.raises(SlackRequestError, match="500"):
        await upload(api, channel=api.general.id)
    assert list(api.general.lines()) == []


async def test_the_length_must_be_the_announced_one(api: Town) -> None:
    """The sandbox's own rule: Slack's answer to a wrong length is not published."""
    asked = await api.client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session:
        async with session.post(asked["upload_url"], data=b"four") as answer:
            assert answer.status == 400
        async with session.post(asked["upload_url"] + "x", data=b"abc") as answer:
            assert answer.status == 404


async def test_a_download_without_the_token_ends_at_a_page(api: Town) -> None:
    file = await upload(api, channel=api.general.id)
    async with aiohttp.ClientSession() as session, session.get(file.url) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")


async def test_a_picture_may_be_processed_for_a_while(api: Town) -> None:
    """slack-platform.md section 8: slack_file right after upload can give invalid_blocks."""
    api.sandbox.workspace.holds_files = True
    file = await upload(api)
    blocks = [{"type": "image", "alt_text": "a chart", "slack_file": {"url": file.url}}]
    args = {"channel": api.general.id, "text": "x", "blocks": blocks}
    assert await api.error("chat.postMessage", **args) == "invalid_blocks"
    file.processed = True
    assert await api.error("chat.postMessage", **args) == ""
    view = {"type": "home", "blocks": blocks}
    assert await api.error("views.publish", user_id=api.ana.id, view=view) == ""
    file.deleted = True
    assert await api.error("views.publish", user_id=api.ana.id, view=view) == "invalid_arguments"


async def test_a_persons_file_is_theirs(api: Town) -> None:
    ts = await api.ana.uploads(api.general, "write-up.md", b"# Belief", "for review")
    message = api.general.find(ts)
    assert message is not None
    assert (message.text, message.bot_id, message.user) == ("for review", None, api.ana.id)
    (file_id,) = message.files
    assert await api.error("files.delete", file=file_id) == "cant_delete_file"


async def test_a_file_the_bot_cannot_see(api: Town) -> None:
    private = api.sandbox.channel("private", private=True, members=[api.ana])
    await api.ana.uploads(private, "secret.txt", b"secret")
    (file,) = api.sandbox.workspace.files.values()
    with pytest.raises(SlackApiError, match="not_visible"):
        await api.client.files_info(file=file.id)


async def test_a_deleted_file_leaves_its_place(api: Town) -> None:
    file = await upload(api, channel=api.general.id)
    await api.client.files_delete(file=file.id)
    history = await api.client.conversations_history(channel=api.general.id)
    assert history["messages"][0]["files"] == [{"id": file.id, "mode": "tombstone"}]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"channel_id": "C0NO"}, "channel_not_found"),
        ({"thread_ts": "1700000000.000001"}, "invalid_arguments"),
        ({"blocks": "[{}]"}, "invalid_blocks"),
    ],
)
async def test_what_is_refused_leaves_the_file_unshared(
    api: Town, more: dict[str, Any], code: str
) -> None:
    asked = await api.client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session:
        await session.post(asked["upload_url"], data=b"abc")
    args = {"files": [{"id": asked["file_id"]}], "channel_id": api.general.id} | more
    assert await api.error("files.completeUploadExternal", **args) == code
    assert not api.sandbox.workspace.files[asked["file_id"]].done
    assert list(api.general.lines()) == []


async def test_a_team_keeps_its_handle(api: Town) -> None:
    first = api.sandbox.usergroup("oncall", api.ana)
    assert api.sandbox.usergroup("oncall", api.bob) is first
    answer = await api.client.usergroups_list(include_users=True, include_count=True)
    (shown,) = answer["usergroups"]
    assert (shown["handle"], shown["users"], shown["user_count"]) == ("oncall", [api.bob.id], 1)


async def test_a_canvas_is_written_from_both_ends(api: Town) -> None:
    made = await api.client.canvases_create(title="t", document_content=content("b"))
    canvas = api.sandbox.workspace.canvases[made["canvas_id"]]
    for operation, text in (("insert_at_start", "a"), ("insert_at_end", "c")):
        change = {"operation": operation, "document_content": content(text)}
        await api.client.canvases_edit(canvas_id=canvas.id, changes=[change])
    assert canvas.text == "abc"
    change = {"operation": "replace", "document_content": content("whole")}
    await api.client.canvases_edit(canvas_id=canvas.id, changes=[change])
    assert canvas.text == "whole"
    odd = [{"operation": "sing"}]
    assert await api.error("canvases.edit", canvas_id=canvas.id, changes=odd) == (
        "canvas_editing_failed"
    )


def content(text: str) -> dict[str, Any]:
    """A document_content object."""
    return {"type": "markdown", "markdown": text}

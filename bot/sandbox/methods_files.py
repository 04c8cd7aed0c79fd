"""files.*: uploads in three steps, and what is known of a file afterwards."""

from typing import Any

from bot.sandbox.blockkit import message_problems
from bot.sandbox.desk import Args, Desk, Handler, comma_list
from bot.sandbox.files import new_file, share
from bot.sandbox.pictures import picture_problems, visible_to_app
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import JSON, Channel, File
from bot.sandbox.wire import file_json

_MOST_CHANNELS = 100
_ALT_TEXT = 1000


def upload_url(desk: Desk, args: Args) -> JSON:
    """files.getUploadURLExternal: the first step, an address for so many bytes"""
    alt_text = args.get("alt_txt", "")
    if len(alt_text) > _ALT_TEXT:
        raise ApiError("alt_txt_too_large")
    file = new_file(desk, desk.bot, args["filename"], args["length"], alt_text)
    address = f"{desk.http_url}/upload/v1/{file.upload_token}"
    return {"upload_url": address, "file_id": file.id}


def complete(desk: Desk, args: Args) -> JSON:
    """files.completeUploadExternal: the third step, which makes files and shares them"""
    files = _uploaded(desk, args["files"])
    channels = [_channel(desk, c) for c in _channels(args)]
    parent = _parent(channels, args.get("thread_ts"))
    blocks = _blocks(desk, args.get("blocks"))
    for file, title in files:
        file.done, file.title = True, title or file.name
    shared = [file for file, _title in files]
    for channel in channels:
        share(desk, shared, channel, desk.bot, args.get("initial_comment", ""), parent, blocks)
    return {"files": [file_json(file, desk.workspace) for file in shared]}


def info(desk: Desk, args: Args) -> JSON:
    """files.info"""
    file = _file(desk, args["file"])
    if not visible_to_app(desk.world, file):
        raise ApiError("not_visible")
    return {"file": file_json(file, desk.workspace), "comments": []}


def delete(desk: Desk, args: Args) -> JSON:
    """files.delete: only what the bot uploaded itself"""
    file = _file(desk, args["file"])
    if file.user != desk.bot:
        raise ApiError("cant_delete_file")
    file.deleted, file.content = True, None
    return {}


def _file(desk: Desk, file_id: str) -> File:
    """A completed file that still exists."""
    file = desk.workspace.files.get(file_id)
    if file is None or not file.done:
        raise ApiError("file_not_found")
    if file.deleted:
        raise ApiError("file_deleted")
    return file


def _uploaded(desk: Desk, given: Any) -> list[tuple[File, str]]:
    """The files a call names, each uploaded and not completed yet, with their titles."""
    if not isinstance(given, list) or not all(isinstance(f, dict) for f in given) or not given:
        raise ApiError("invalid_arguments", ["[ERROR] must be an array [json-pointer:/files]"])
    found = []
    for one in given:
        file = desk.workspace.files.get(str(one.get("id")))
        if file is None or file.content is None or file.done:
            raise ApiError("file_not_found")
        found.append((file, str(one.get("title") or "")))
    return found


def _channels(args: Args) -> list[str]:
    channels = comma_list(args.get("channels", "")) or comma_list(args.get("channel_id", ""))
    if len(channels) > _MOST_CHANNELS:
        raise ApiError("channels_limit_exceeded")
    return channels


def _channel(desk: Desk, channel_id: str) -> Channel:
    """Where files may be shared: ids only, and never an archived channel."""
    channel = desk.joined(channel_id)
    if channel.archived:
        raise ApiError("posting_to_channel_denied")
    return channel


def _parent(channels: list[Channel], thread_ts: str | None) -> str | None:
    if not thread_ts:
        return None
    parents = [channel.find(thread_ts) for channel in channels]
    if len(parents) != 1 or parents[0] is None or parents[0].is_reply:
        raise ApiError("invalid_arguments", ["[ERROR] no such thread [json-pointer:/thread_ts]"])
    return thread_ts


def _blocks(desk: Desk, blocks: Any) -> list[JSON]:
    if blocks is None:
        return []
    problems = message_problems(blocks) or picture_problems(desk.world, blocks)
    if problems:
        raise ApiError("invalid_blocks", [f"[ERROR] {p}" for p in problems])
    return list(blocks)


METHODS: dict[str, Handler] = {
    "files.completeUploadExternal": complete,
    "files.delete": delete,
    "files.getUploadURLExternal": upload_url,
    "files.info": info,
}

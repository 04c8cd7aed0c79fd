"""Files: how they come to be, and how they are shared."""

from collections.abc import Iterable, Sequence

from bot.sandbox.desk import Desk
from bot.sandbox.state import JSON, Channel, File, Message
from bot.sandbox.typed import stored


def new_file(desk: Desk, user: str, name: str, length: int, alt_text: str = "") -> File:
    """A place for a file of `length` bytes; nobody sees it before it is completed."""
    file_id = desk.workspace.new_id("F")
    made = File(
        id=file_id,
        name=name,
        user=user,
        length=length,
        created=desk.world.seconds(),
        upload_token=desk.world.draws.token(),
        url=f"{desk.http_url}/files/{file_id}/{name}",
        alt_text=alt_text,
        processed=not desk.workspace.holds_files,
    )
    desk.workspace.files[file_id] = made
    return made


def share(
    desk: Desk,
    files: Sequence[File],
    channel: Channel,
    user: str,
    text: str = "",
    thread_ts: str | None = None,
    blocks: Iterable[JSON] = (),
) -> Message:
    """One message with these files, by whoever shares them."""
    message = desk.world.post(
        channel,
        user,
        stored(text),
        blocks=blocks,
        thread_ts=thread_ts,
        subtype="file_share",
        files=[file.id for file in files],
    )
    for file in files:
        file.shares.append((channel.id, message.ts))
    return message

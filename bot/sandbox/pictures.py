"""Pictures that blocks show by `slack_file`: they must be there, be pictures, and be processed."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.state import JSON, File
from bot.sandbox.world import World


def picture_problems(world: World, blocks: Any, at: str = "/blocks") -> list[str]:
    """What Slack would refuse of the files these blocks show; empty if nothing."""
    return [
        f"invalid slack file [json-pointer:{place}]"
        for place, wanted in _slack_files(blocks, at)
        if (file := _named(world, wanted)) is None or not file.is_picture or not file.processed
    ]


def visible_to_app(world: World, file: File) -> bool:
    """Whether the app may see a file: its own, or shared where the bot is."""
    bot, channels = world.app.bot_user_id, world.workspace.channels
    return file.user == bot or any(bot in channels[c].members for c, _ts in file.shares)


def _slack_files(value: Any, at: str) -> Iterator[tuple[str, JSON]]:
    """Every slack_file object, wherever it stands, with its place."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _slack_files(one, f"{at}/{number}")
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "slack_file" and isinstance(one, dict):
                yield f"{at}/{key}", one
            else:
                yield from _slack_files(one, f"{at}/{key}")


def _named(world: World, wanted: JSON) -> File | None:
    """The completed file that a slack_file object names by id or address."""
    every = (f for f in world.workspace.files.values() if f.done and not f.deleted)
    fits = (f for f in every if wanted.get("id") == f.id or wanted.get("url") == f.url)
    return next((f for f in fits if visible_to_app(world, f)), None)

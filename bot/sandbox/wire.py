"""State as Slack's JSON: the shapes that API answers and events carry."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.state import JSON, Bookmark, Channel, File, Message, Pin, User, View, Workspace


def user_json(user: User, now: datetime, *, email: bool = False, locale: bool = False) -> JSON:
    """A user as users.info gives it; `email` and `locale` only when they may be seen."""
    profile: JSON = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "status_text": "",
        "status_emoji": "",
        "team": user.team,
    }
    if email and user.email:
        profile["email"] = user.email
    body: JSON = {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "deleted": user.deleted,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": int(now.timestamp()),
    }
    if user.stranger:
        body["is_stranger"] = True
    if user.deleted:
        return body
    return body | _living(user, now) | ({"locale": user.locale} if locale else {})


def _living(user: User, now: datetime) -> JSON:
    """The fields that a deactivated user no longer has."""
    zone = ZoneInfo(user.tz)
    offset = now.astimezone(zone).utcoffset()
    return {
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": now.astimezone(zone).tzname() or user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
    }


def channel_json(channel: Channel, workspace: Workspace, bot_user: str) -> JSON:
    """A conversation as conversations.info gives it to the bot."""
    body: JSON = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_private": channel.private or bool(channel.dm_of),
        "is_general": channel.general,
        "is_shared": is_shared(channel, workspace),
        "is_ext_shared": is_shared(channel, workspace),
        "is_org_shared": False,
        "context_team_id": workspace.team_id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        return body | {"user": channel.dm_of[0], "is_open": True}
    return body | {
        "name": channel.name,
        "name_normalized": channel.name,
        "creator": channel.creator,
        "is_member": bot_user in channel.members,
        "topic": {"value": channel.topic, "creator": channel.creator, "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": channel.creator, "last_set": 0},
        "previous_names": [],
    }


def is_shared(channel: Channel, workspace: Workspace) -> bool:
    """Whether somebody of another workspace is in it."""
    return any(workspace.users[u].stranger for u in channel.members if u in workspace.users)


def message_json(
    message: Message, workspace: Workspace, app_id: str, *, metadata: bool = False
) -> JSON:
    """A message as history gives it; `metadata` only when asked for, as Slack does."""
    body: JSON = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": workspace.team_id,
    }
    author = workspace.users.get(message.user)
    if author is not None and author.stranger:
        foreign = dict.fromkeys(("team", "user_team", "source_team"), author.team)
        body |= foreign
    if message.subtype:
        body["subtype"] = message.subtype
    if message.bot_id:
        body |= {"bot_id": message.bot_id, "app_id": app_id}
        body["bot_profile"] = bot_profile(message.bot_id, workspace, app_id)
    if message.client_msg_id:
        body["client_msg_id"] = message.client_msg_id
    if message.inviter:
        body["inviter"] = message.inviter
    body |= _content(message)
    if message.files:
        files = [workspace.files[file_id] for file_id in message.files]
        body["files"] = [file_json(file, workspace) for file in files]
        body["upload"] = False
    if metadata and message.metadata is not None:
        body["metadata"] = message.metadata
    return body | thread_fields(message, workspace)


def _content(message: Message) -> JSON:
    """Blocks, attachments, reactions and the edit mark, each only if there is one."""
    body: JSON = {}
    if message.blocks:
        body["blocks"] = message.blocks
    if message.attachments:
        body["attachments"] = message.attachments
    if message.reactions:
        body["reactions"] = [
            {"name": r.name, "users": list(r.users), "count": len(r.users)}
            for r in message.reactions
        ]
    if message.edited:
        body["edited"] = {"user": message.edited.user, "ts": message.edited.ts}
    return body


def bot_profile(bot_id: str, workspace: Workspace, app_id: str) -> JSON:
    """The card of the bot that Slack puts next to its messages."""
    bot = next((u for u in workspace.users.values() if u.is_bot), None)
    return {
        "id": bot_id,
        "app_id": app_id,
        "name": bot.name if bot else "",
        "deleted": False,
        "team_id": workspace.team_id,
    }


def thread_fields(message: Message, workspace: Workspace) -> JSON:
    """thread_ts for replies; counts for a message that has some."""
    channel = workspace.channels[message.channel]
    if message.is_reply and message.thread_ts is not None:
        parent = channel.find(message.thread_ts)
        fields: JSON = {"thread_ts": message.thread_ts}
        return fields | ({"parent_user_id": parent.user} if parent else {})
    replies = channel.replies(message.ts)
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(r.user for r in replies)),
        "reply_users_count": len({r.user for r in replies}),
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def view_json(view: View, workspace: Workspace, app_id: str, bot_id: str) -> JSON:
    """A view as views.* answers it and as interactions carry it."""
    body: JSON = {
        "id": view.id,
        "team_id": workspace.team_id,
        "app_id": app_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": bot_id,
        "callback_id": "",
        "private_metadata": "",
        "external_id": "",
        "title": {"type": "plain_text", "text": "View Title", "emoji": True},
        "close": None,
        "submit": None,
        "clear_on_close": False,
        "notify_on_close": False,
    }
    return (
        body
        | view.body
        | {
            "state": {"values": view.values},
            "hash": view.hash,
            "root_view_id": view.root_id,
            "previous_view_id": view.previous_id,
        }
    )


def file_json(file: File, workspace: Workspace) -> JSON:
    """A file as files.info gives it; of a deleted one only that it was there."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    shares: JSON = {}
    for channel_id, ts in file.shares:
        kind = "public" if workspace.channels[channel_id].kind == "channel" else "private"
        shares.setdefault(kind, {}).setdefault(channel_id, []).append({"ts": ts})
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "alt_txt": file.alt_text,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2],
        "user": file.user,
        "user_team": workspace.team_id,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": "public" in shares,
        "url_private": file.url,
        "url_private_download": file.url,
        "permalink": f"https://{workspace.domain}.slack.com/files/{file.user}/{file.id}",
        "shares": shares,
    }


def bookmark_json(bookmark: Bookmark, channel: Channel) -> JSON:
    """A bookmark as bookmarks.list gives it."""
    return {
        "id": bookmark.id,
        "channel_id": channel.id,
        "title": bookmark.title,
        "type": bookmark.kind,
        "link": bookmark.link,
        "emoji": bookmark.emoji,
    }


def pin_json(pin: Pin, channel: Channel, workspace: Workspace, app_id: str) -> JSON:
    """A pin as pins.list gives it."""
    body: JSON = {
        "type": "message",
        "channel": channel.id,
        "created": pin.created,
        "created_by": pin.user,
    }
    message = channel.find(pin.ts)
    return body | ({"message": message_json(message, workspace, app_id)} if message else {})

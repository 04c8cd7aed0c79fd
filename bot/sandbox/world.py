"""Everything that can happen in the workspace, once it is allowed: change the state, say so.

People and API methods both act through these functions, so an event follows every change, no
matter who made it. Nothing here refuses: methods and people check first.
"""

from collections.abc import Iterable

from bot.sandbox.lines import Lines
from bot.sandbox.state import JSON, Channel, User, Usergroup

# An event names no more of a group's people than so many.
TOLD_OF_GROUP = 500


class World(Lines):
    """The workspace, its app, and the one way to change it."""

    def create_channel(self, name: str, creator: str, *, private: bool = False) -> Channel:
        """A new channel with its creator in it."""
        channel = Channel(
            id=self.workspace.new_id("C"),
            name=name,
            created=self.seconds(),
            creator=creator,
            private=private,
            members=[creator],
        )
        self.workspace.channels[channel.id] = channel
        self.touched(None)
        body = {"id": channel.id, "name": name, "created": channel.created, "creator": creator}
        if not private:
            event = {"type": "channel_created", "channel": body, "event_ts": self.stamp()}
            self.emit(event, None)
        return channel

    def open_dm(self, users: Iterable[str]) -> Channel:
        """The DM of the bot with these people; the same one every time."""
        people = tuple(sorted(set(users)))
        channel = self.workspace.dm_with(people)
        if channel is None:
            channel = Channel(
                id=self.workspace.new_id("D" if len(people) == 1 else "G"),
                name="directmessage" if len(people) == 1 else "mpdm",
                created=self.seconds(),
                creator=self.app.bot_user_id,
                private=True,
                members=[*people, self.app.bot_user_id],
                dm_of=people,
            )
            self.workspace.channels[channel.id] = channel
            self.touched(None)
        return channel

    def join(self, channel: Channel, user: str, inviter: str | None = None) -> None:
        """Somebody becomes a member, by themselves or by invitation."""
        channel.members.append(user)
        event: JSON = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": "G" if channel.private else "C",
            "team": self.workspace.users[user].team,
            "event_ts": self.stamp(),
        }
        self.emit(event | ({"inviter": inviter} if inviter else {}), channel)
        text = f"<@{user}> has joined the channel"
        subtype = "group_join" if channel.private else "channel_join"
        self.post(channel, user, text, subtype=subtype, inviter=inviter)

    def leave(self, channel: Channel, user: str) -> None:
        """Somebody stops being a member; the app hears of it even if it is the one."""
        event: JSON = {
            "type": "member_left_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": "G" if channel.private else "C",
            "team": self.workspace.users[user].team,
            "event_ts": self.stamp(),
        }
        self.emit(event, channel)
        channel.members.remove(user)
        subtype = "group_leave" if channel.private else "channel_leave"
        self.post(channel, user, f"<@{user}> has left the channel", subtype=subtype)

    def set_topic(self, channel: Channel, user: str, topic: str) -> None:
        """Change the topic; Slack writes a notice."""
        channel.topic = topic
        subtype = "group_topic" if channel.private else "channel_topic"
        self.post(channel, user, f"<@{user}> set the channel topic: {topic}", subtype=subtype)

    def set_purpose(self, channel: Channel, user: str, purpose: str) -> None:
        """Change the description; Slack writes a notice."""
        channel.purpose = purpose
        subtype = "group_purpose" if channel.private else "channel_purpose"
        text = f"<@{user}> set the channel description: {purpose}"
        self.post(channel, user, text, subtype=subtype)

    def rename(self, channel: Channel, user: str, name: str) -> None:
        """Change the name; everybody who may see the channel hears of it."""
        old, channel.name = channel.name, name
        body = {"id": channel.id, "name": name, "name_normalized": name, "is_channel": True}
        kind = "group_rename" if channel.private else "channel_rename"
        event = {"type": kind, "channel": body, "event_ts": self.stamp()}
        self.emit(event, channel if channel.private else None)
        subtype = "group_name" if channel.private else "channel_name"
        text = f'<@{user}> has renamed the channel from "{old}" to "{name}"'
        self.post(channel, user, text, subtype=subtype)

    def archive(self, channel: Channel, user: str) -> None:
        """Close a channel for new lines; members stay."""
        subtype = "group_archive" if channel.private else "channel_archive"
        self.post(channel, user, f"<@{user}> archived the channel", subtype=subtype)
        channel.archived = True
        event = {"type": subtype, "channel": channel.id, "user": user, "is_moved": 0}
        self.emit(event | {"event_ts": self.stamp()}, channel if channel.private else None)

    # -- people --------------------------------------------------------------------------------

    def announce(self, kind: str, user: User) -> None:
        """team_join or user_change, with the user as they are now."""
        self.touched(None)
        body = self.user_body(user, email=True, locale=True)
        event = {"type": kind, "user": body, "event_ts": self.stamp()}
        self.emit(event | {"cache_ts": self.seconds()}, None)

    def regroup(self, group: Usergroup, people: Iterable[str]) -> None:
        """Others are in a user group from now on; Slack tells who came, who went, and who is."""
        was, group.users = set(group.users), [*people]
        now = set(group.users)
        came, went = sorted(now - was), sorted(was - now)
        event: JSON = {
            "type": "subteam_members_changed",
            "subteam_id": group.id,
            "team_id": self.workspace.team_id,
            "date_update": self.seconds(),
            "event_ts": self.stamp(),
        }
        event |= {"added_users": came, "added_users_count": str(len(came))} if came else {}
        event |= {"removed_users": went, "removed_users_count": str(len(went))} if went else {}
        self.emit(event, None)
        self.tell_group("subteam_updated", group)

    def tell_group(self, kind: str, group: Usergroup, *, disabled: bool = False) -> None:
        """subteam_created or subteam_updated, with the group as it is now."""
        body: JSON = {
            "id": group.id,
            "team_id": self.workspace.team_id,
            "is_usergroup": True,
            "name": group.name,
            "handle": group.handle,
            "date_delete": self.seconds() if disabled else 0,
            "users": group.users[:TOLD_OF_GROUP],
            "user_count": len(group.users),
        }
        self.emit({"type": kind, "subteam": body, "event_ts": self.stamp()}, None)

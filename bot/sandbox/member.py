"""A person as such: who they are, what they see, what their screens let them touch."""

from bot.sandbox import replies
from bot.sandbox.desk import Desk
from bot.sandbox.refusals import CannotAct
from bot.sandbox.replies import Reply
from bot.sandbox.state import Channel, Message, User, View
from bot.sandbox.triggers import Trigger

Place = Channel | str
"""A channel, or its id or name."""


class Member:
    """Somebody in the workspace. `user` is their record; `id` and `name` are shortcuts to it."""

    def __init__(self, desk: Desk, user: User) -> None:
        self.user = user
        self._desk = desk
        self._world = desk.world

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    def __repr__(self) -> str:
        return f"<{self.name}>"

    # -- what they see -------------------------------------------------------------------------

    def ephemerals(self, channel: Place | None = None) -> list[Message]:
        """What only they see, in one channel or everywhere, oldest first."""
        if channel is not None:
            return replies.ephemerals_in(self._channel(channel), self.id)
        everywhere = self._desk.workspace.channels.values()
        return [m for c in everywhere for m in replies.ephemerals_in(c, self.id)]

    def sees(self, message: Message) -> bool:
        """Whether they can see this message now."""
        channel = self._desk.workspace.channels[message.channel]
        if message.deleted or message.unseen:
            return False
        if message.ephemeral_to is not None:
            return message.ephemeral_to == self.id
        return self.id in channel.members or channel.kind == "channel"

    @property
    def modal(self) -> View | None:
        """The modal on their screen."""
        return self._desk.screens.top(self.id)

    @property
    def home(self) -> View | None:
        """Their App Home, if the app has published one."""
        return self._desk.workspace.homes.get(self.id)

    @property
    def dm(self) -> Channel | None:
        """Their DM with the bot, if there is one."""
        return self._desk.workspace.dm_with((self.id,))

    def reloads(self) -> None:
        """Reload the client: ephemeral messages are gone."""
        for channel in self._desk.workspace.channels.values():
            channel.ephemerals = [m for m in channel.ephemerals if m.ephemeral_to != self.id]

    # -- what they may do ----------------------------------------------------------------------

    def _reply(self, view: View | None = None) -> tuple[Reply, Trigger]:
        self._active()
        modal = view.id if view is not None and view.kind == "modal" else None
        trigger = self._desk.triggers.trigger(self.id, modal)
        return Reply(self.user, self._world.stamp(), self._desk, trigger), trigger

    def _active(self) -> None:
        if self.user.deleted:
            raise CannotAct(f"{self} is deactivated")

    def _channel(self, place: Place) -> Channel:
        if isinstance(place, Channel):
            return place
        workspace = self._desk.workspace
        found = workspace.channels.get(place) or workspace.channel_named(place.removeprefix("#"))
        if found is None:
            raise CannotAct(f"there is no channel {place}")
        return found

    def _member_of(self, place: Place) -> Channel:
        self._active()
        channel = self._channel(place)
        if self.id not in channel.members:
            raise CannotAct(f"{self} is not in #{channel.name}")
        return channel

    def _writable(self, place: Place) -> Channel:
        channel = self._member_of(place)
        if channel.archived:
            raise CannotAct(f"#{channel.name} is archived")
        return channel

    def _must_see(self, message: Message) -> None:
        self._active()
        if not self.sees(message):
            raise CannotAct(f"{self} cannot see that message")

    def _on_top(self, view: View) -> None:
        self._active()
        if self._desk.screens.top(self.id) is not view:
            raise CannotAct(f"{view.title or view.id} is not on the screen of {self}")

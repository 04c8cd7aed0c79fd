"""What a browser asks for, done by the person it is: each act is one of `Person`'s."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.page import frames
from bot.sandbox.page.scene import Eyes
from bot.sandbox.people import Person
from bot.sandbox.refusals import CannotAct
from bot.sandbox.replies import TIMED_OUT, Reply
from bot.sandbox.state import JSON, Channel, Message, View

NO_ANSWER = "The bot did not answer in time."
NONSENSE = "The bot's answer was refused: {failure}."
MEND = "Some fields need another look."


class Hands:
    """One viewer's acts on one workspace. Every method answers with the fields of `done`."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self._person = eyes.person
        self._sandbox = eyes.sandbox
        self._by_kind: dict[type, Callable[[Any], Awaitable[JSON]]] = {
            frames.Says: self._says,
            frames.Command: self._command,
            frames.Edits: self._edits,
            frames.OnLine: self._on_line,
            frames.Reacts: self._reacts,
            frames.Read: self._read,
            frames.Acts: self._acts,
            frames.Suggests: self._suggests,
            frames.Enters: self._enters,
            frames.Submits: self._submits,
            frames.Closes: self._closes,
            frames.Shortcut: self._shortcut,
            frames.MessageShortcut: self._message_shortcut,
            frames.Plain: self._plain,
            frames.OfChannel: self._of_channel,
            frames.Creates: self._creates,
            frames.Invites: self._invites,
            frames.Renames: self._renames,
        }

    async def do(self, act: frames.Act) -> JSON:
        """Do it. Raises CannotAct where Slack's own screens would not let them."""
        return await self._by_kind[type(act)](act)

    # -- what is meant -------------------------------------------------------------------------

    def channel(self, channel_id: str) -> Channel:
        """A channel the viewer sees."""
        found = self._sandbox.workspace.channels.get(channel_id)
        if found is None or not self._eyes.sees_channel(found):
            raise CannotAct("there is no such channel")
        return found

    def message(self, place: frames.OnMessage) -> Message:
        """A message the viewer sees."""
        channel = self.channel(place.channel)
        found = channel.find(place.ts) or channel.find_ephemeral(place.ts)
        if found is None or not self._eyes.sees(found):
            raise CannotAct("there is no such message (any more)")
        return found

    def _line(self, act: frames.Edits | frames.OnLine | frames.Reacts) -> Message:
        return self.message(frames.OnMessage(channel=act.channel, ts=act.ts))

    def _view(self, view_id: str) -> View:
        found = self._sandbox.workspace.view(view_id)
        if found is None or found.user != self._person.id:
            raise CannotAct("that is not open any more")
        return found

    def _where(self, where: frames.Where) -> Message | View:
        if isinstance(where, frames.OnView):
            return self._view(where.view)
        return self.message(where)

    # -- lines ---------------------------------------------------------------------------------

    async def _says(self, act: frames.Says) -> JSON:
        place = self.channel(act.channel)
        ts = await self._person.says(place, act.text, act.thread, broadcast=act.broadcast)
        self._eyes.marks.read(self._person.id, place.id, ts)
        return {"ts": ts}

    async def _edits(self, act: frames.Edits) -> JSON:
        await self._person.edits(self._line(act), act.text)
        return {}

    async def _on_line(self, act: frames.OnLine) -> JSON:
        message = self._line(act)
        if act.do == "pins":
            await self._person.pins(message)
        elif message.ephemeral_to is not None:
            self._sandbox.world.delete(message)  # "Dismiss message": nobody else is told
        else:
            await self._person.deletes(message)
        return {}

    async def _reacts(self, act: frames.Reacts) -> JSON:
        do = self._person.reacts if act.do == "reacts" else self._person.unreacts
        await do(self._line(act), act.name)
        return {}

    async def _read(self, act: frames.Read) -> JSON:
        self._eyes.marks.read(self._person.id, self.channel(act.channel).id, act.ts)
        return {}

    # -- what the app answers ------------------------------------------------------------------

    async def _command(self, act: frames.Command) -> JSON:
        name, *rest = act.text.split(maxsplit=1)
        place = self.channel(act.channel)
        return answered(await self._person.command(name, "".join(rest), place))

    async def _acts(self, act: frames.Acts) -> JSON:
        where = self._where(act.where)
        return answered(await self._person.touches(where, act.block_id, act.action_id, act.state))

    async def _suggests(self, act: frames.Suggests) -> JSON:
        where = self._where(act.where)
        return await self._person.suggests(where, act.block_id, act.action_id, act.text)

    async def _enters(self, act: frames.Enters) -> JSON:
        self._person.enters(self._where(act.where), act.block_id, act.action_id, act.state)
        return {}

    async def _submits(self, act: frames.Submits) -> JSON:
        view = self._view(act.view)
        for block_id, actions in act.values.items():
            for action_id, state in actions.items():
                self._person.enters(view, block_id, action_id, state)
        return answered(await self._person.submits(view))

    async def _closes(self, act: frames.Closes) -> JSON:
        reply = await self._person.closes(self._view(act.view), everything=act.everything)
        return {"acked": reply.acked, "failure": "", "errors": {}}  # it is closed, heard or not

    async def _shortcut(self, act: frames.Shortcut) -> JSON:
        return answered(await self._person.shortcut(act.callback_id))

    async def _message_shortcut(self, act: frames.MessageShortcut) -> JSON:
        message = self.message(frames.OnMessage(channel=act.channel, ts=act.ts))
        return answered(await self._person.message_shortcut(act.callback_id, message))

    async def _plain(self, act: frames.Plain) -> JSON:
        if act.do == "dm":
            return {"channel": self._sandbox.world.open_dm([self._person.id]).id}
        await self._person.opens_home()
        return {}

    # -- channels ------------------------------------------------------------------------------

    async def _of_channel(self, act: frames.OfChannel) -> JSON:
        place = self.channel(act.channel)
        if act.do == "joins":
            await self._person.joins(place)
            self._eyes.has_read(place)
        elif act.do == "leaves":
            await self._person.leaves(place)
        else:
            await self._person.archives(place)
        return {}

    async def _creates(self, act: frames.Creates) -> JSON:
        return {"channel": (await self._person.creates(act.name, private=act.private)).id}

    async def _invites(self, act: frames.Invites) -> JSON:
        place = self.channel(act.channel)
        if act.user == self._sandbox.bot_user_id:
            await self._person.invites_bot(place)
            return {}
        await self._person.invites(place, human(self._eyes, act.user))
        return {}

    async def _renames(self, act: frames.Renames) -> JSON:
        await self._person.renames(self.channel(act.channel), act.name)
        return {}


def human(eyes: Eyes, user_id: str) -> Person:
    """Somebody by their id, who can act; the bot and those who left cannot."""
    user = eyes.sandbox.workspace.users.get(user_id)
    if user is None or user.is_bot or user.deleted:
        raise CannotAct("there is no such person")
    return eyes.sandbox.person(user.name)


def answered(reply: Reply) -> JSON:
    """How the app took an act; not `ok` if the person has to look again or try again."""
    body: JSON = {"acked": reply.acked, "failure": reply.failure, "errors": reply.errors}
    if reply.failure == TIMED_OUT:
        return body | {"ok": False, "error": NO_ANSWER}
    if reply.failure:
        return body | {"ok": False, "error": NONSENSE.format(failure=reply.failure)}
    if reply.errors:
        return body | {"ok": False, "error": MEND}
    return body

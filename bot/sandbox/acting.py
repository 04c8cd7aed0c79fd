"""Acts that are answered: commands, buttons, menus, modals, shortcuts. Each waits for its ack."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox import payloads, replies
from bot.sandbox.forms import chosen_option, entered, fill, refusals
from bot.sandbox.member import Member, Place
from bot.sandbox.refusals import CannotAct
from bot.sandbox.replies import Reply
from bot.sandbox.state import JSON, Channel, Message, View
from bot.sandbox.typed import command_text


class Acting(Member):
    """A person as far as they use the app's commands, buttons, modals and shortcuts."""

    async def command(self, name: str, text: str, channel: Place) -> Reply:
        """Type a slash command into a channel (never into a thread: Slack has no such thing)."""
        place = self._writable(channel)
        if self.user.stranger:
            raise CannotAct(f"{self} belongs to another workspace: {name} does not exist there")
        if "commands" not in self._desk.app.scopes:
            raise CannotAct("the app has no commands scope")
        commands = self._desk.app.commands
        if commands is not None and name not in commands:
            raise CannotAct(f"{name} is not a valid command")
        escaped = commands is None or commands[name]
        typed = command_text(text, self._desk.workspace) if escaped else text
        reply, trigger = self._reply()
        url = self._desk.triggers.response_url(self.id, place.id)
        address = self._desk.response_address(url)
        user, typed = self.user, typed.strip()
        body = payloads.command(self._desk, user, place, name, typed, trigger, address)
        if replies.take(reply, await self._desk.hub.ask("slash_commands", body)):
            replies.show_answer(reply, place, url)
        return reply

    async def presses(
        self, where: Message | View, action_id: str, value: str | None = None
    ) -> Reply:
        """Press a button of a message or view; `value` tells equal buttons apart."""
        block, element = payloads.find_button(where.blocks, action_id, value)
        return await self._acts(where, block, element, {})

    async def selects(self, where: Message | View, action_id: str, value: Any) -> Reply:
        """Choose from a menu or picker; `forms.entered` says what `value` may be.

        People and channels may stand for their ids.

        In an input block this only fills the field, unless the block dispatches actions.
        """
        block, element = payloads.find_menu(where.blocks, action_id)
        if element["type"] == "overflow":
            option = chosen_option(element, value)
            return await self._acts(where, block, element, {"selected_option": option})
        state = entered(element, _plain(value))
        self._enter(where, block["block_id"], action_id, state)
        if block["type"] == "input" and not block.get("dispatch_action"):
            reply, _trigger = self._reply()
            reply.sent = False
            return reply
        return await self._acts(where, block, element, state)

    async def submits(self, view: View, entries: Mapping[str, Any] | None = None) -> Reply:
        """Fill fields (by action_id or block_id) and press the modal's submit button.

        A field that is required, too short or too long stops it on the screen: the reply is then
        not `sent` and has the `errors`.
        """
        self._on_top(view)
        if not view.body.get("submit"):
            raise CannotAct(f"{view.title} has no submit button")
        typed = {key: _plain(value) for key, value in (entries or {}).items()}
        view.values = fill(view.blocks, view.values, typed)
        reply, trigger = self._reply(view)
        reply.errors = refusals(view.blocks, view.values)
        if reply.errors:
            reply.sent = False
            return reply
        body = payloads.interaction(self._desk, "view_submission", self.user, trigger)
        body |= {"view": payloads.view_body(self._desk, view), "response_urls": []}
        if replies.take(reply, await self._desk.hub.ask("interactive", body)):
            replies.after_submission(reply, view)
        return reply

    async def closes(self, view: View, *, everything: bool = False) -> Reply:
        """Close a modal: one step back, or `everything` with the cross in the corner."""
        self._on_top(view)
        reply, _trigger = self._reply()
        cleared = everything or bool(view.body.get("clear_on_close"))
        screens = self._desk.screens
        closed = screens.clear(self.id) if cleared else screens.close(view)
        told = [v for v in closed if v.body.get("notify_on_close")]
        reply.sent = bool(told)
        for gone in reversed(told):
            body = payloads.interaction(self._desk, "view_closed", self.user, None)
            body |= {"view": payloads.view_body(self._desk, gone), "is_cleared": cleared}
            replies.take(reply, await self._desk.hub.ask("interactive", body))
        return reply

    async def shortcut(self, callback_id: str) -> Reply:
        """Use a global shortcut; it has no channel and no response_url."""
        self._active()
        reply, trigger = self._reply()
        body = payloads.interaction(self._desk, "shortcut", self.user, trigger)
        body |= {"callback_id": callback_id, "action_ts": self._world.stamp()}
        replies.take(reply, await self._desk.hub.ask("interactive", body))
        return reply

    async def message_shortcut(self, callback_id: str, message: Message) -> Reply:
        """Use a shortcut from the menu of a message; ephemeral ones have no such menu."""
        self._must_see(message)
        if message.ephemeral_to is not None:
            raise CannotAct("an ephemeral message has no shortcuts")
        reply, trigger = self._reply()
        channel = self._desk.workspace.channels[message.channel]
        url = self._desk.triggers.response_url(self.id, channel.id)
        body = payloads.interaction(self._desk, "message_action", self.user, trigger)
        body |= {
            "callback_id": callback_id,
            "action_ts": self._world.stamp(),
            "channel": {"id": channel.id, "name": payloads.shown_name(channel)},
            "message_ts": message.ts,
            "message": self._world.message_body(message),
            "response_url": self._desk.response_address(url),
        }
        replies.take(reply, await self._desk.hub.ask("interactive", body))
        return reply

    async def _acts(self, where: Message | View, block: JSON, element: JSON, state: JSON) -> Reply:
        """Send a block action and wait for its ack, which can carry nothing."""
        if isinstance(where, View):
            if where.kind == "modal":
                self._on_top(where)
            reply, trigger = self._reply(where)
            place = payloads.on_view(self._desk, where)
        else:
            self._must_see(where)
            self._member_of(where.channel)
            reply, trigger = self._reply()
            url = self._desk.triggers.response_url(self.id, where.channel, where)
            address = self._desk.response_address(url)
            place = payloads.on_message(self._desk, where, self.user, address)
        body = payloads.interaction(self._desk, "block_actions", self.user, trigger) | place
        body["actions"] = [payloads.action(self._desk, block, element, state)]
        replies.take(reply, await self._desk.hub.ask("interactive", body))
        return reply

    def _enter(self, where: Message | View, block_id: str, action_id: str, state: JSON) -> None:
        """Remember what was chosen, so that later acts carry it."""
        if isinstance(where, View):
            where.values.setdefault(block_id, {})[action_id] = state
            return
        self._must_see(where)
        chosen = self._desk.workspace.entered.setdefault((self.id, where.ts), {})
        chosen.setdefault(block_id, {})[action_id] = state


def _plain(value: Any) -> Any:
    """People and channels as the ids that fields hold."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.id if isinstance(value, Member | Channel) else value

"""What is said to volunteers, each in their direct messages; and whether they want quiet now.

A message carries the ledger's key as metadata and nothing else: who reads it there learns neither
the study nor the code name, and an answer is in no message at all.
"""

from datetime import datetime

from bot.errors import SendFailed
from bot.sampling.model import Message, Prompt, Study
from handlers.blocks import message as rendered
from handlers.blocks import sampling as blocks
from handlers.blocks.text import named
from handlers.messenger import EVENT_TYPE, FindPerson, SlackMessenger
from handlers.slack import Slack


class SlackSampling:
    """See `bot.sampling.ports.Messenger`."""

    def __init__(self, slack: Slack, find_person: FindPerson, prefix: str = "") -> None:
        self._slack = slack
        self._posts = SlackMessenger(slack, find_person, prefix)
        self._command = named("sampling", prefix)

    async def ask(self, study: Study, prompt: Prompt, person: str, key: str) -> Message:
        return await self._post(study.workspace, person, blocks.prompt(study.protocol, prompt), key)

    async def remind(self, study: Study, prompt: Prompt, person: str, key: str) -> Message:
        del prompt
        return await self._post(study.workspace, person, blocks.reminder(), key)

    async def tell(self, study: Study, person: str, what: str, key: str) -> Message:
        return await self._post(study.workspace, person, blocks.note(what, self._command), key)

    async def show(self, study: Study, prompt: Prompt) -> None:
        if prompt.message is None:
            return
        await self._slack.call(
            study.workspace,
            "chat.update",
            channel=prompt.message.channel,
            ts=prompt.message.ts,
            **blocks.became(study.protocol, prompt).shown(),
        )

    async def delete(self, workspace: str, message: Message) -> None:
        await self._posts.take_back(workspace, message.channel, message.ts)

    async def find(self, workspace: str, person: str, key: str, since: datetime) -> Message | None:
        opened = await self._slack.call(workspace, "conversations.open", users=person)
        channel = str(opened["channel"]["id"])
        ts = await self._posts.find(workspace, channel, "", key, since)
        return None if ts is None else Message(channel, ts)

    async def in_quiet_hours(self, workspace: str, person: str, now: datetime) -> bool:
        """Only what is scheduled: another person's pause of their own no bot can see."""
        told = await self._slack.ask(workspace, "dnd.info", user=person)
        begins, ends = told.get("next_dnd_start_ts", 0), told.get("next_dnd_end_ts", 0)
        return bool(told.get("dnd_enabled")) and begins <= now.timestamp() < ends

    async def _post(
        self, workspace: str, person: str, message: rendered.Message, key: str
    ) -> Message:
        posted = await self._slack.call(
            workspace,
            "chat.postMessage",
            channel=person,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            **message.arguments(),
        )
        if "channel" not in posted or "ts" not in posted:
            raise SendFailed("no_message_named", ambiguous=True)
        return Message(str(posted["channel"]), str(posted["ts"]))

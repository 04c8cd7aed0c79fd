"""One open browser: who its viewer is, what it was last sent, and what has changed since."""

import asyncio
import contextlib
import json
from typing import Any

import structlog
from aiohttp import WSMsgType, web

from bot.sandbox.page import frames
from bot.sandbox.page.acts import Hands, human
from bot.sandbox.page.house import House
from bot.sandbox.page.scene import Eyes
from bot.sandbox.people import Person
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import JSON, Message

log = structlog.get_logger(__name__)
MOST_AT_ONCE = 32
NOT_TEXT = "A frame is a JSON object, sent as text."
TOO_MANY = "That was too much at once: wait for the answers."
BROKEN = "Something went wrong in the sandbox."


class Browser:
    """Takes acts, answers each, and sends what changed as one patch a moment (`every`) later."""

    def __init__(self, ws: web.WebSocketResponse, house: House, every: float) -> None:
        self._ws = ws
        self._house = house
        self._every = every
        self._dirty = asyncio.Event()
        self._acts: set[asyncio.Task[None]] = set()
        self.looks_through(house.eyes_of(house.shown.viewer))

    async def serve(self) -> None:
        """Until it is closed."""
        self._house.browsers.add(self)
        writer = asyncio.create_task(self._write())
        try:
            async for frame in self._ws:
                await self._received(frame.type, frame.data)
        finally:
            self._house.browsers.discard(self)
            ending = [writer, *self._acts]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    def looks_through(self, eyes: Eyes) -> None:
        """Be somebody else, or somewhere else: the next frame is a scene."""
        self.eyes = eyes
        self._hands = Hands(eyes)
        self._sent: dict[str, str] | None = None
        self._opened: set[str] = set()
        self._touched: dict[tuple[str, str], Message] = {}
        self._dirty.set()

    def touched(self, message: Message | None) -> None:
        """Something changed; it is sent soon, together with what else does."""
        if message is not None:
            self._touched[message.channel, message.ts] = message
        self._dirty.set()

    # -- what it is sent -----------------------------------------------------------------------

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._dirty.wait()
                await asyncio.sleep(self._every if self._sent is not None else 0)
                self._dirty.clear()
                body = self._scene() if self._sent is None else self._patch()
                if body is not None:
                    await self._send(body)

    async def _send(self, body: JSON) -> None:
        await self._ws.send_str(json.dumps(body))

    def _scene(self) -> JSON:
        eyes, words = self.eyes, self._house.vocabulary
        self._sent = {}
        return {
            "type": "scene",
            "take": self._house.shown.take,
            "workspace": {"name": eyes.sandbox.workspace.name},
            "me": eyes.person.id,
            "commands": words.commands,
            "words": words.words,
            "shortcuts": words.shortcuts,
            "people": self._news(eyes.people()),
            "channels": self._news(eyes.channels()),
            "now": eyes.now(),
        } | self._changed_parts()

    def _patch(self) -> JSON | None:
        """What changed since the last frame; None if the viewer sees no difference."""
        channels = self.eyes.channels()
        lists: dict[str, Any] = {
            "people": self._news(self.eyes.people()),
            "channels": self._news(channels),
            "gone": self._gone(channels),
            **self._messages(),
        }
        body = {key: value for key, value in lists.items() if value} | self._changed_parts()
        return {"type": "patch", **body, "now": self.eyes.now()} if body else None

    def _changed_parts(self) -> JSON:
        eyes = self.eyes
        parts = {
            "bot": eyes.bot(),
            "modals": eyes.modals(),
            "home": eyes.home(),
            "strip": self._house.director.strip(),
        }
        return {name: part for name, part in parts.items() if self._is_news(name, part)}

    def _news(self, things: dict[str, JSON]) -> list[JSON]:
        return [thing for key, thing in things.items() if self._is_news(key, thing)]

    def _is_news(self, key: str, part: Any) -> bool:
        """Whether it is not as it was sent last; from now on it is."""
        sent = self._sent if self._sent is not None else {}
        text = json.dumps(part)  # a copy: what it was made of changes in place
        if sent.get(key) == text:
            return False
        sent[key] = text
        return True

    def _gone(self, channels: dict[str, JSON]) -> list[str]:
        """The channels it was sent that its viewer can no longer see."""
        sent = self._sent if self._sent is not None else {}
        known = self.eyes.sandbox.workspace.channels
        gone = [key for key in sent if key in known and key not in channels]
        for key in gone:
            del sent[key]
            self._opened.discard(key)
        return gone

    def _messages(self) -> JSON:
        """The touched messages of channels that were opened, and those that are to vanish."""
        touched, self._touched = self._touched, {}
        shown: dict[tuple[str, str], JSON] = {}
        removed: list[JSON] = []
        for (channel_id, ts), message in touched.items():
            if channel_id not in self._opened:
                continue
            if self.eyes.sees(message):
                shown[channel_id, ts] = self.eyes.message(message)
            else:
                removed.append({"channel": channel_id, "ts": ts})
            parent = self._parent(message)
            if parent is not None:  # it counts its replies
                shown[channel_id, parent.ts] = self.eyes.message(parent)
        return {"messages": list(shown.values()), "removed": removed}

    def _parent(self, message: Message) -> Message | None:
        if not message.is_reply or message.thread_ts is None:
            return None
        return self.eyes.sandbox.workspace.channels[message.channel].find(message.thread_ts)

    # -- what it asks for ----------------------------------------------------------------------

    async def _received(self, kind: WSMsgType, data: Any) -> None:
        if kind is not WSMsgType.TEXT:
            await self._answer(None, _refused(NOT_TEXT))
        elif len(self._acts) >= MOST_AT_ONCE:
            await self._answer(frames.number_of(data), _refused(TOO_MANY))
        else:
            # An act may wait for the bot; meanwhile the next one is taken.
            task = asyncio.create_task(self._act(data))
            self._acts.add(task)
            task.add_done_callback(self._acts.discard)

    async def _act(self, text: str) -> None:
        number = frames.number_of(text)
        try:
            act = frames.read_act(text)
            await self._answer(number, await self._do(act))
            if isinstance(act, frames.Open):
                await self._open(act.channel)
        except CannotAct as error:
            await self._answer(number, _refused(self._words(error)))
        except ConnectionError:
            return  # it was closed while the bot answered
        except Exception:
            log.exception("page.act_failed")
            await self._answer(number, _refused(BROKEN))

    async def _answer(self, number: int | None, fields: JSON) -> None:
        await self._send({"type": "done", "n": number, "ok": True} | fields)

    async def _do(self, act: frames.Act) -> JSON:
        match act:
            case frames.Open():
                self._hands.channel(act.channel)
            case frames.Become():
                self._become(human(self.eyes, act.user))
            case frames.Arrive():
                self._become(self._house.arrives(act.name, act.zone))
                return {"user": self.eyes.person.id}
            case frames.OnStrip():
                await self._house.director.order(act.what, act.value)
            case frames.Enters():
                return await self._enters(act)
            case _:
                done = await self._hands.do(act)
                self._house.touched(None)
                return done
        return {}

    def _become(self, person: Person) -> None:
        self.looks_through(self._house.eyes_of(person))

    async def _enters(self, act: frames.Enters) -> JSON:
        """What was typed here is known here; only the same person's other browsers are told."""
        done = await self._hands.do(act)
        self._is_news("modals", self.eyes.modals())
        self._is_news("home", self.eyes.home())
        where = act.where
        message = self._hands.message(where) if isinstance(where, frames.OnMessage) else None
        self._house.entered(self, message)
        return done

    async def _open(self, channel_id: str) -> None:
        channel = self._hands.channel(channel_id)
        self._opened.add(channel_id)
        messages = self.eyes.messages(channel)
        await self._send({"type": "messages", "channel": channel_id, "messages": messages})

    def _words(self, error: CannotAct) -> str:
        """The refusal as a sentence."""
        words = str(error).replace(repr(self.eyes.person), self.eyes.person.name)
        return f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."


def _refused(words: str) -> JSON:
    return {"ok": False, "error": words}

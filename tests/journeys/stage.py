"""A world that runs: the sandbox and the real bot, and people in it.

The bot is in this process, unless the tests are run with `--bot socket` or `--bot http`: see
`lodging`.

Time stands still unless somebody acts (a few seconds pass, so that what follows can be sent) or
`world.passes` lets it go on. Nothing here reaches into the bot; what people see is read from the
workspace, what is recorded from the service that a screen would ask.
"""

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from structlog.testing import capture_logs

from bot.clock import SystemDraws
from bot.compose import Bot, Wiring
from bot.deliveries.service import LedgerSettings
from bot.incidents.model import Entry, Investigation, Kind, Record
from bot.sandbox.people import Person
from bot.sandbox.server import Call
from bot.sandbox.sockets import Delivery
from bot.sandbox.stage import SteppedStage
from bot.sandbox.state import Channel, Message, micros
from bot.sandbox.workspace import Sandbox
from handlers.manifest import EVENTS, SCOPES
from tests.journeys.lodging import WAY, Inside, Lodger

START = datetime(2026, 11, 20, 3, 7, tzinfo=UTC)
A_MOMENT = timedelta(seconds=5)
STUDY_KEY = bytes(range(32))
RECORDED = "white_check_mark"
SORRY = "went wrong on my side"

# What a text of the bot may hold besides words: people, channels, times. Nothing that pages.
ENTITY = re.compile(
    r"<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|!date\^\d+\^[^<>|]*\|[^<>]*|https://[^<>|]+\|[^<>]*)>"
)
DATE = re.compile(r"<!date\^(\d+)\^[^|]*\|([^>]*)>")
LOOSE = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")

Json = dict[str, Any]


class World:
    """One workspace with the bot in it. `channel` is the incident's, once there is one."""

    def __init__(self, database_url: str, start: datetime, lease: float) -> None:
        draws = SystemDraws()
        self._way = WAY.get(Inside())
        self.clock = self._way.clock(start)
        team = "T" + re.sub(r"[^A-Z0-9]", "", draws.token().upper())[:12]
        # What the manifest asks for, and no more: whatever else the bot needed would be refused.
        self.sandbox = Sandbox(
            self.clock, draws, team=team, retries=(0.0, 0.01), scopes=SCOPES, events=EVENTS
        )
        self.lobby = self.sandbox.channel("general", bot=True)
        self.channel: Channel = self.lobby
        self.excused: set[tuple[str, str]] = set()
        self.excused_failures = 0
        self.prefix = ""
        self._logged: list[Any] = []
        self._draws = draws
        self._database_url = database_url
        self._settings = LedgerSettings(lease=lease, settle=0.0)
        self._lodger: Lodger | None = None
        self._stack = AsyncExitStack()

    # -- the bot -------------------------------------------------------------------------------

    @property
    def lodger(self) -> Lodger:
        assert self._lodger is not None, "the bot is not running"
        return self._lodger

    @property
    def bot(self) -> Bot:
        return self.lodger.bot

    @property
    def stage(self) -> SteppedStage:
        ledger = self.bot.ledger
        return SteppedStage(self.clock, ledger.drain, self.lodger.idle, ledger.next_due)

    @property
    def log(self) -> list[Any]:
        """What was logged so far, by whichever process."""
        return [*self._logged, *(self._lodger.logged() if self._lodger else ())]

    async def starts(self, log: list[Any]) -> None:
        """The workspace, then the bot; what is logged here comes into this list."""
        self._logged = log
        await self._way.opens(self.sandbox)
        await self.bot_starts()

    async def bot_starts(self) -> None:
        wiring = Wiring(
            self.sandbox.bot_token,
            self.sandbox.app_token,
            self.sandbox.api_url,
            self._database_url,
            prefix=self.prefix,
            ticking=False,
            run_twice=True,
            study_key=STUDY_KEY,
            ledger=self._settings,
        )
        lodges = self._way.lodges(self.sandbox, wiring, self.clock, self._draws)
        self._lodger = await self._stack.enter_async_context(lodges)

    async def bot_stops(self) -> None:
        lodger, self._lodger = self._lodger, None
        await self._stack.aclose()
        self._logged.extend(lodger.logged() if lodger else ())

    async def bot_restarts(self) -> None:
        await self.bot_stops()
        await self.bot_starts()

    # -- time ----------------------------------------------------------------------------------

    async def settles(self) -> None:
        """A moment passes, in which the bot does what it owes."""
        await self.passes(A_MOMENT)

    async def passes(self, time: timedelta | None = None, *, minutes: float = 0) -> None:
        await self.stage.until(self.clock.now() + (time or timedelta(minutes=minutes)))

    # -- trouble -------------------------------------------------------------------------------

    def excuses(self, method: str, error: str) -> None:
        """This call may be refused in this way: the journey is about what happens then."""
        self.excused.add((method, error))

    def line_is_cut_after_commits(self) -> None:
        """The next commits stand, but their acks never arrive, as if the process were killed."""
        self.lodger.is_cut_off_after_commits()

    async def takes(self, body: Json) -> str:
        """Let the bot have a payload that no screen would send; what it answers."""
        return await self.lodger.takes(body)

    @contextmanager
    def database_refuses(self, table: str) -> Iterator[None]:
        """Nothing can be written into this table for a while (SQLite only)."""
        path = self._database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(
                f"CREATE TRIGGER broken BEFORE INSERT ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END"
            )
            yield
            connection.execute("DROP TRIGGER broken")

    def event_of(self, message: Message) -> Delivery:
        """The event that told the bot of a message."""
        told = (d for d in self.sandbox.deliveries if d.payload["event"].get("ts") == message.ts)
        return next(each for each in told if each.payload["event"]["type"] == "message")

    async def redelivers(self, message: Message, times: int = 1) -> None:
        """Slack sends the event of a message again; every time it must be acknowledged."""
        for _ in range(times):
            assert await self.sandbox.redeliver(self.event_of(message).event_id)
        await self.settles()

    # -- what there is -------------------------------------------------------------------------

    def person(self, name: str, **traits: Any) -> "Human":
        human = Human(self, self.sandbox.person(name, **traits))
        if human.person.id not in self.lobby.members:
            self.lobby.members.append(human.person.id)
        return human

    async def record(self, channel: Channel | None = None) -> Record:
        """Everything recorded of the incident in the channel."""
        place, team = channel or self.channel, self.bot.workspace.id
        incident = await self.bot.incidents.incident_here(team, place.id)
        assert incident is not None, f"#{place.name} is no incident's channel"
        found = await self.bot.incidents.record(team, incident)
        assert found is not None
        return found

    async def entries(self, kind: Kind | None = None) -> list[Entry]:
        return [e for e in (await self.record()).entries if kind in {None, e.kind}]

    async def texts(self, kind: Kind) -> list[str]:
        return [each.text for each in await self.entries(kind)]

    async def thread(self, number: int) -> Investigation:
        found = (await self.record()).incident.investigation(number)
        assert found is not None, f"there is no thread {number}"
        return found

    def board_message(self, channel: Channel | None = None) -> Message:
        place = channel or self.channel
        found = [each for each in place.lines() if each.bot_id and is_board(read(each))]
        assert len(found) == 1, f"{len(found)} boards in #{place.name}"
        return found[0]

    def board(self, channel: Channel | None = None) -> str:
        return read(self.board_message(channel))

    def home(self, human: "Human") -> str:
        """The app's own tab, as somebody reads it."""
        assert human.person.home is not None, "they never opened it"
        return words(human.person.home.blocks)

    def said(self) -> list[str]:
        """All that the bot ever told anybody, in whichever way, as its blocks and texts."""
        typed = ("given_back", "value", "private_metadata")
        return [text for each in self._said() for text in texts_in(each, leave=typed)]

    def channel_lines(self) -> list[str]:
        """What the bot says in the channel itself, the board left out."""
        bot = [each for each in self.channel.lines() if each.bot_id]
        return [text for each in bot if not is_board(text := read(each))]

    def replies(self, ts: str) -> list[str]:
        """What the bot says in a Slack thread."""
        return [read(each) for each in self.channel.replies(ts) if each.bot_id]

    def calls(self, method: str) -> list[Call]:
        return [each for each in self.sandbox.calls if each.method == method]

    # -- at the end ----------------------------------------------------------------------------

    def checks_itself(self) -> None:
        """Every call was valid, nothing pages anybody, and nothing broke in silence."""
        wrong = [
            (c.method, c.error, c.args)
            for c in self.sandbox.calls
            if not c.response_ok and c.fault is None and (c.method, c.error) not in self.excused
        ]
        assert wrong == []
        assert self.sandbox.refused == []
        assert [bad for said in self._said() for bad in unsafe_parts(said)] == []
        failures = [line for line in self.log if line["log_level"] == "error"]
        assert len(failures) <= self.excused_failures, failures

    def _said(self) -> Iterator[Json]:
        """Everything the bot ever said, whichever way."""
        for call in self.sandbox.calls:
            yield call.args
        for channel in self.sandbox.workspace.channels.values():
            for message in (*channel.messages, *channel.ephemerals):
                if message.bot_id:
                    yield {"blocks": message.blocks}


@dataclass(slots=True)
class Human:
    """Somebody, in the words of the domain. Every act is followed by a moment of time."""

    world: World
    person: Person

    @property
    def id(self) -> str:
        return self.person.id

    # -- what they do --------------------------------------------------------------------------

    async def declares(self, title: str, place: Channel | None = None) -> str:
        """Declare an incident; its channel becomes the world's."""
        known = set(self.world.sandbox.workspace.channels)
        answer = await self.commands(f"/incident {title}", place or self.world.lobby)
        made = set(self.world.sandbox.workspace.channels) - known
        if made:
            self.world.channel = self.world.sandbox.workspace.channels[made.pop()]
        return answer

    async def commands(self, line: str, place: Channel | None = None) -> str:
        """Type a slash command; what comes back, as they read it."""
        where = place or self.world.channel
        self._enters(where)
        name, _, text = line.replace("/", f"/{self.world.prefix}", 1).partition(" ")
        reply = await self.person.command(name, text, where)
        assert reply.acked, f"{line} was not answered: {reply.failure}"
        assert not reply.failure, reply.problems
        assert list(unsafe_parts(reply.payload)) == []
        await self.world.settles()
        return words(reply.blocks)

    async def says(
        self, text: str, *, in_thread: int | Message | None = None, place: Channel | None = None
    ) -> Message:
        """Write a line, in the Slack thread of a thread by its number or below any message."""
        where = place or self.world.channel
        self._enters(where)
        if isinstance(in_thread, int):
            root = (await self.world.thread(in_thread)).slack_thread
        else:
            root = in_thread.ts if in_thread else ""
        ts = await self.person.says(where, text, root or None)
        await self.world.settles()
        return self.world.sandbox.message(ts)

    async def reacts(self, message: Message, mark: str) -> None:
        """Put an emoji below a message."""
        self._enters(self.world.sandbox.workspace.channels[message.channel])
        await self.person.reacts(message, mark)
        await self.world.settles()

    async def unreacts(self, message: Message, mark: str) -> None:
        """Take it off again."""
        await self.person.unreacts(message, mark)
        await self.world.settles()

    async def edits(self, message: Message, text: str) -> None:
        """Change a line of their own."""
        await self.person.edits(message, text)
        await self.world.settles()

    async def deletes(self, message: Message) -> None:
        """Delete a line of their own."""
        await self.person.deletes(message)
        await self.world.settles()

    async def comes(self) -> None:
        """Join the incident's channel."""
        await self.person.joins(self.world.channel)
        await self.world.settles()

    async def presses_on(self, message: Message, label: str) -> str:
        """Press a button of a message that everybody sees; what comes back."""
        self._enters(self.world.sandbox.workspace.channels[message.channel])
        reply = await self.person.presses(message, dict(buttons(message))[label])
        assert reply.acked, f"[{label}] was not answered"
        await self.world.settles()
        return self.told()

    async def fills(self, text: str) -> dict[str, str]:
        """Type into the form on the screen and submit it; what is wrong with it, if anything."""
        assert self.person.modal is not None, "no form is open"
        reply = await self.person.submits(self.person.modal, {"text": text})
        assert reply.acked or reply.errors
        await self.world.settles()
        return reply.errors

    async def presses(self, label: str) -> str:
        """Press a button on the newest message only they see that has it; what comes back."""
        message, action = self._button(label)
        reply = await self.person.presses(message, action)
        assert reply.acked, f"[{label}] was not answered"
        await self.world.settles()
        return self.told()

    async def chooses(self, label: str) -> str:
        """Choose from the board's menu; what comes back."""
        board = self.world.board_message()
        reply = await self.person.selects(board, "take", label)
        assert reply.acked
        await self.world.settles()
        return self.told()

    # -- what they see -------------------------------------------------------------------------

    def sees_privately(self) -> list[str]:
        """What only they see, everywhere, oldest first."""
        return [read(each) for each in self.private()]

    def told(self) -> str:
        """The newest thing only they see; empty if there is none."""
        return self.sees_privately()[-1] if self.private() else ""

    def offered(self) -> list[str]:
        """What stands on the buttons of the newest thing only they see."""
        return [label for label, _ in self.buttons()]

    def buttons(self) -> list[tuple[str, str]]:
        return buttons(self.private()[-1]) if self.private() else []

    def direct_messages(self) -> list[str]:
        """What the bot wrote to them directly."""
        return [read(each) for each in self.person.dm.lines()] if self.person.dm else []

    def private(self) -> list[Message]:
        """The same as messages."""
        return sorted(self.person.ephemerals(), key=lambda each: each.ts)

    def _button(self, label: str) -> tuple[Message, str]:
        for message in reversed(self.private()):
            for shown, action in buttons(message):
                if shown == label:
                    return message, action
        raise AssertionError(f"no button {label!r}; there is {self.offered()} below {self.told()}")

    def _enters(self, place: Channel) -> None:
        """Be in the channel, without a word, unless it is closed to them."""
        if place.kind == "channel" and self.id not in place.members:
            place.members.append(self.id)


@asynccontextmanager
async def a_world(
    database_url: str, start: datetime = START, *, lease: float = 90.0
) -> AsyncIterator[World]:
    """A world with its bot running; it checks itself when the journey has ended well."""
    world = World(database_url, start, lease)
    with capture_logs() as log:
        try:
            await world.starts(log)
            yield world
            world.checks_itself()
        finally:
            await world.bot_stops()
            await world.sandbox.stop()


def is_board(text: str) -> bool:
    """A step back and a handover are of a moment, too."""
    return "true at" in text and not text.startswith(("*A step back*", "*Handover"))


# -- reading ---------------------------------------------------------------------------------------


def read(message: Message) -> str:
    """A message as a person reads it: times as in the UTC zone, entities undone."""
    return words(message.blocks) or plain(message.text)


def words(blocks: list[Json]) -> str:
    return "\n".join(plain(text) for block in blocks for text in _texts(block) if text)


def _texts(block: Json) -> Iterator[str]:
    if block["type"] == "section":
        yield block["text"]["text"]
    elif block["type"] == "context":
        yield from (element["text"] for element in block["elements"])


def plain(text: str) -> str:
    shown = DATE.sub(lambda found: f"{datetime.fromtimestamp(int(found[1]), UTC):%H:%M}", text)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def buttons(message: Message) -> list[tuple[str, str]]:
    """The buttons of a message: what stands on them, and their action."""
    rows = [block for block in message.blocks if block["type"] == "actions"]
    elements = [element for row in rows for element in row["elements"]]
    return [(e["text"]["text"], e["action_id"]) for e in elements if e["type"] == "button"]


def marked(message: Message) -> bool:
    """Whether the bot has put its mark below a message, once."""
    return [len(r.users) for r in message.reactions if r.name == RECORDED] == [1]


def ts_of(moment: datetime) -> str:
    """How Slack would stamp a message written then."""
    return f"{micros(moment) / 1e6:.6f}"


def texts_in(said: Any, leave: tuple[str, ...] = ()) -> Iterator[str]:
    """Every string, however deep; not those under the keys to leave."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, list):
        for each in said:
            yield from texts_in(each, leave)
    elif isinstance(said, dict):
        for key, value in said.items():
            if key not in leave:
                yield from texts_in(value, leave)


def unsafe_parts(said: Any) -> Iterator[str]:
    """Texts in which something could page, or that hold what a person typed unescaped."""
    if isinstance(said, list):
        for each in said:
            yield from unsafe_parts(each)
    elif isinstance(said, dict) and said.get("type") != "plain_text":
        for key, value in said.items():
            if key == "text" and isinstance(value, str) and LOOSE.search(ENTITY.sub("", value)):
                yield value
            yield from unsafe_parts(value)

"""A simulated study: many people for many days, through the real app and its ledger.

People take part, are asked, answer by tap and form, decline, ignore, are in incidents, have quiet
hours and holidays, pause, report unasked, travel across zones and nights on which the clocks
change, leave, and are erased, all of it by hand in Slack; Slack loses an answer now and then, and
the bot is stopped for a while. Afterwards it is checked that every planned prompt has exactly one
outcome and was planned and sent as promised.
"""

import asyncio
import heapq
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from bot.clock import SeededDraws, SteppedClock
from bot.compose import Bot, Wiring, running
from bot.deliveries.service import LedgerSettings
from bot.drills import temporary_database, wiring
from bot.sampling.calendar import zone_of
from bot.sampling.model import Protocol, Role
from bot.sampling.protocol import default_texts, read_study
from bot.sampling.reading import every_prompt
from bot.sampling.simulated import Observed
from bot.sampling.studies import Named, Studies
from bot.sandbox.answering import Temper, chance, one_of, prompt_of
from bot.sandbox.state import Channel, Message
from bot.sandbox.workspace import Sandbox
from bot.simulated_people import EVENING, ZONES, Habits, Volunteer
from handlers.manifest import EVENTS, SCOPES
from storage.tx import Tx

# A Monday; within the next weeks clocks change in Europe and, a week later, in America.
BEGINS = datetime(2026, 10, 12, 6, tzinfo=UTC)
STUDY_KEY = bytes(range(32))  # of a database that is thrown away
NAME = "stuck"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
JOINING = 3 * HOUR
OUTAGE = timedelta(minutes=50)
LEGAL = {
    "controller": "Example Ltd", "operator": "the people who run Parallax at Example",
    "contact": "privacy@example.com", "support": "the people team",
    "legal_basis": "Article 6 (1) (f)", "notice_url": "https://example.com/notice",
    "delete_on": "2027-12-31", "employee_representatives": "asked",
}  # fmt: skip

Act = Callable[[], Awaitable[object]]


class Workspace:
    """A workspace with the bot in it, which can be stopped and started again."""

    def __init__(self, sandbox: Sandbox, wired: Wiring, clock: SteppedClock) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.bot: Bot
        self._wired = wired
        self._starts = itertools.count()
        self._running = AsyncExitStack()

    async def starts(self) -> None:
        """Start the bot, on the database that there is."""
        # Ids are drawn: no start may draw those of another.
        draws = SeededDraws(next(self._starts))
        self.bot = await self._running.enter_async_context(running(self._wired, self.clock, draws))
        await self.sandbox.connected(self._wired.sockets)

    async def stops(self) -> None:
        """Stop it: what people do meanwhile it never hears of."""
        await self._running.aclose()


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    number: int
    act: Act = field(compare=False)
    is_answer: bool = field(compare=False)


class Simulation:
    """The people, and all that they will do, in order."""

    def __init__(self, workspace: Workspace, seed: int) -> None:
        self.workspace = workspace
        self.sandbox = workspace.sandbox
        self.clock = workspace.clock
        self.draws = SeededDraws(seed)
        self.people: dict[str, Volunteer] = {}
        self.asked: list[str] = []
        self.lobby = self.sandbox.channel("general", bot=True)
        self._acts: list[_Due] = []
        self._order = itertools.count()
        self._fresh: list[Message] = []
        self._seen: set[str] = set()
        self.sandbox.watched(self._notice)

    def volunteer(self, number: int, seed: int) -> Volunteer:
        """One more who will take part, with draws of their own."""
        draws = SeededDraws(seed * 100_003 + number)
        habits = Habits.drawn(draws)
        person = self.sandbox.person(f"p{number}", zone=habits.zone)
        self.lobby.members.append(person.id)
        who = Volunteer(person, self.lobby, Temper.drawn(draws), habits, draws)
        self.people[person.id] = who
        return who

    # -- time ----------------------------------------------------------------------------------

    def at(self, when: datetime, act: Act, *, is_answer: bool = False) -> None:
        """Have somebody do something then."""
        heapq.heappush(self._acts, _Due(when, next(self._order), act, is_answer))

    def soon(self, seconds: float, answer: Act) -> None:
        """Have somebody answer in so many seconds."""
        self.at(self.clock.now() + timedelta(seconds=seconds), answer, is_answer=True)

    async def until(self, end: datetime) -> None:
        """Let time pass: what is owed is sent when it is due, and people do what they meant to."""
        due = await self._settle()
        while (when := min([*due, *(each.at for each in self._acts[:1]), end])) < end:
            self.clock.advance(max(when, self.clock.now()))
            await self._acts_due()
            due = await self._settle()
        self.clock.advance(end)
        await self._settle()

    async def _acts_due(self) -> None:
        while self._acts and self._acts[0].at <= self.clock.now():
            await heapq.heappop(self._acts).act()

    async def _settle(self) -> list[datetime]:
        """Send what is due; when there is more to send, if there ever is."""
        await self.sandbox.idle()
        ledger = self.workspace.bot.ledger
        while (due := await ledger.next_due()) is not None and due <= self.clock.now():
            await ledger.drain()
            await self.sandbox.idle()
        fresh, self._fresh = self._fresh, []
        for message in fresh:
            self._reacts(message)
        return [] if due is None else [due]

    # -- questions -----------------------------------------------------------------------------

    def _notice(self, message: Message | None) -> None:
        if message is None or message.bot_id is None or message.ts in self._seen:
            return
        if prompt_of(message) and message.ephemeral_to is None:
            self._seen.add(message.ts)
            self._fresh.append(message)
            self.asked.append(prompt_of(message))

    def _reacts(self, message: Message) -> None:
        channel = self.sandbox.workspace.channels[message.channel]
        who = next(self.people[each] for each in channel.members if each in self.people)
        meant = who.means(message)

        async def press() -> None:
            if await who.answers(message, meant.action) and meant.form is not None:
                self.soon(meant.form, who.fills)

        if meant.action:
            self.soon(meant.after, press)

    # -- what disturbs -------------------------------------------------------------------------

    async def incident(self, responders: list[Volunteer], minutes: float) -> None:
        """Somebody declares, others say what they see, and later it is resolved."""
        here = [each.person for each in responders if not each.is_gone]
        if not here:
            return
        known = set(self.sandbox.workspace.channels)
        await here[0].command("/incident", "orders are stuck", self.lobby)
        await self._settle()
        made = [each for name, each in self.sandbox.workspace.channels.items() if name not in known]
        place = next((each for each in made if each.kind == "channel"), None)
        if place is None:
            return
        for each in here[1:]:
            await each.joins(place)
            await each.says(place, "seeing: the queue grows")
        when = self.clock.now() + timedelta(minutes=minutes)
        self.at(when, partial(self._resolves, responders[0], place))

    async def _resolves(self, who: Volunteer, place: Channel) -> None:
        if not who.is_gone:
            await who.person.command("/incident", "resolve the queue drains", place)

    async def is_down(self) -> None:
        """The bot is stopped for a while; whoever wants to answer meanwhile has no luck."""
        await self.workspace.stops()
        back = self.clock.now() + OUTAGE
        while self._acts and self._acts[0].at <= back:
            due = heapq.heappop(self._acts)
            if not due.is_answer:
                self.at(back, due.act)
        self.clock.advance(back)
        await self.workspace.starts()

    async def loses_an_answer(self) -> None:
        """The next question arrives, but Slack's answer to us does not."""
        self.sandbox.fault("chat.postMessage", drop="after", applied=True)


# -- a whole study ---------------------------------------------------------------------------------


async def simulate(people: int, days: int, seed: int) -> Observed:
    """So many people, each asked on so many study days; all of it in a database thrown away."""
    with temporary_database() as url:
        async with a_workspace(url) as workspace:
            return await _study(Simulation(workspace, seed), people, days, seed)


@asynccontextmanager
async def a_workspace(url: str) -> AsyncIterator[Workspace]:
    """The bot in a workspace of the sandbox, on that database; time begins at `BEGINS`."""
    clock = SteppedClock(BEGINS)
    # Nobody types to the bot here, and to hear each of its own messages costs most of the time.
    events = set(EVENTS) - {"message.im"}
    sandbox = Sandbox(clock, SeededDraws(1), scopes=SCOPES, events=events)
    await sandbox.start()
    wired = replace(
        wiring(sandbox, url, ticking=False),
        study_key=STUDY_KEY,
        # What is in doubt is looked for at once: the sandbox shows at once what it has.
        ledger=LedgerSettings(settle=0.0),
    )
    workspace = Workspace(sandbox, wired, clock)
    try:
        await workspace.starts()
        yield workspace
    finally:
        await workspace.stops()
        await sandbox.stop()


async def _study(simulation: Simulation, people: int, days: int, seed: int) -> Observed:
    await begins(simulation, protocol(days))
    ends = BEGINS + timedelta(weeks=-(-days // 5)) + HOUR * 8
    for number in range(people):
        who = simulation.volunteer(number, seed)
        simulation.at(BEGINS + JOINING * who.draws.uniform(0, 1), who.joins)
        _means_to(simulation, who, days, ends)
    _happens(simulation, days, ends)
    await simulation.until(ends)
    studies, team = studies_of(simulation)
    await studies.stop(team, NAME, simulation.clock.now())
    await simulation.until(ends + 3 * DAY)
    studies, team = studies_of(simulation)
    await studies.reveal(team, NAME, simulation.clock.now())
    return await _observed(simulation)


async def begins(simulation: Simulation, study: Protocol) -> None:
    """Lock the study, and start it."""
    (studies, team), now = studies_of(simulation), simulation.clock.now()
    owner = simulation.sandbox.person("owner")
    await simulation.workspace.bot.directory.person(team, owner.id)
    await studies.lock(team, study, [Named(owner.id, Role.OWNER)], now)
    await studies.start(team, NAME, now)


def studies_of(simulation: Simulation) -> tuple[Studies[Tx], str]:
    bot = simulation.workspace.bot
    return Studies[Tx](bot.db, simulation.draws), bot.workspace.id


def protocol(days: int) -> Protocol:
    """The default study over so many days, its legal section filled in for an example."""
    text, consent = default_texts()
    text = re.sub(r"(?m)^study_days = \d+", f"study_days = {days}", text)
    for name, value in LEGAL.items():
        text = text.replace(f'{name} = ""', f'{name} = "{value}"')
    return read_study(text, consent)


async def _observed(simulation: Simulation) -> Observed:
    studies, team = studies_of(simulation)
    proof = await studies.proof(team, NAME)

    def look(tx: Tx) -> tuple[Any, ...]:
        return tuple(every_prompt(tx, proof.study))

    prompts = await simulation.workspace.bot.db.read(look)
    return Observed(proof, prompts, tuple(simulation.asked), simulation.clock.now())


def _means_to(simulation: Simulation, who: Volunteer, days: int, ends: datetime) -> None:
    """What somebody will do apart from answering, over the weeks."""
    draws = who.draws

    def some_time() -> datetime:
        return BEGINS + (ends - BEGINS) * draws.uniform(0.05, 0.95)

    off = [some_time().date(), some_time().date()]
    likely: tuple[tuple[float, Act], ...] = (
        (0.1, partial(who.pauses, 1 + int(draws.uniform(0, days / 4)))),
        (0.08, partial(who.travels, one_of(draws, ZONES))),
        (0.1, partial(who.changes, hours=EVENING, quiet="")),
        (0.1, partial(who.takes_off, off)),
        (0.2, who.reports),
        (0.06, partial(who.leaves, keep=chance(draws, 0.5))),
        (0.01, who.goes),
    )
    for share, act in likely:
        if chance(draws, share):
            simulation.at(some_time(), act)
    if chance(draws, 0.05):
        begin = some_time()
        simulation.at(begin, who.pauses_openly)
        simulation.at(begin + draws.uniform(0.1, 3) * DAY, who.resumes)
    if chance(draws, 0.12):
        _rests_daily(simulation, who, ends)


def _rests_daily(simulation: Simulation, who: Volunteer, ends: datetime) -> None:
    """Somebody whose Slack is silent at the same time of each day."""
    hour, zone = int(who.draws.uniform(9, 15)), zone_of(who.habits.zone)
    for number in range((ends - BEGINS).days + 1):
        day = BEGINS + number * DAY
        begins = datetime.combine(day.astimezone(zone).date(), time(hour), zone)
        simulation.at(day, partial(who.rests, begins, 60))


def _happens(simulation: Simulation, days: int, ends: datetime) -> None:
    """Incidents every other day, outages of ours, and answers of Slack that are lost."""
    draws, at, weeks = simulation.draws, simulation.at, (ends - BEGINS).days
    everybody = list(simulation.people.values())
    for number in range(0, weeks, 2):
        team = [one_of(draws, everybody) for _ in range(5)]
        unique = list({each.person.id: each for each in team}.values())
        when = BEGINS + number * DAY + JOINING + HOUR * draws.uniform(0, 14)
        at(when, partial(simulation.incident, unique, draws.uniform(30, 180)))
    for number in range(max(1, days // 10)):
        at(BEGINS + (number * 10 + 1) * DAY + 3.5 * HOUR, simulation.is_down)
    for _ in range(days):
        at(BEGINS + (ends - BEGINS) * draws.uniform(0, 1), simulation.loses_an_answer)


def run(people: int, days: int, seed: int) -> Observed:
    """The same, from a place without a loop."""
    return asyncio.run(simulate(people, days, seed))

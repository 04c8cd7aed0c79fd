"""A simulated study: many people for many days, through the real app and its ledger.

People take part, are asked, answer by tap and form, decline, ignore, are in incidents, have quiet
hours, pause, travel across zones and nights on which the clocks change, leave, and are erased;
Slack loses an answer now and then, and the bot is down for a while. Afterwards it is checked that
every planned prompt has exactly one outcome and was planned and sent as promised.
"""

import asyncio
import heapq
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.clock import Draws, SeededDraws, SteppedClock
from bot.compose import Bot, Wiring, running
from bot.deliveries.service import LedgerSettings
from bot.drills import temporary_database, wiring
from bot.sampling.calendar import zone_of
from bot.sampling.model import Hours, Protocol, Role, Study, Volunteer, Window
from bot.sampling.protocol import default_texts, read_study
from bot.sampling.simulated import Observed
from bot.sampling.studies import Named, Studies
from bot.sampling.volunteering import Volunteering
from bot.sandbox.answering import Temper, chance, fills_in, intent, one_of, prompt_of
from bot.sandbox.people import Person
from bot.sandbox.state import Channel, Message
from bot.sandbox.workspace import Sandbox
from bot.workspace.model import Request
from handlers.manifest import EVENTS, SCOPES
from storage.tx import Tx

# A Monday; within the next weeks clocks change in Europe and, a week later, in America.
BEGINS = datetime(2026, 10, 12, 6, tzinfo=UTC)
STUDY_KEY = bytes(range(32))  # of a database that is thrown away
NAME = "stuck"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
OUTAGE = timedelta(minutes=50)
# What falls due within so long is done together, at the end of it: a bot that is busy is as late.
STEP = timedelta(seconds=60)
ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata",
    "Asia/Tokyo", "Australia/Sydney", "America/Los_Angeles",
)  # fmt: skip
LEGAL = {
    "controller": "Example Ltd", "operator": "the people who run Parallax at Example",
    "contact": "privacy@example.com", "support": "the people team",
    "legal_basis": "Article 6 (1) (f)", "notice_url": "https://example.com/notice",
    "delete_on": "2027-12-31", "employee_representatives": "asked",
}  # fmt: skip

Act = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Simulated:
    """Somebody of the simulation, with draws of their own."""

    person: Person
    temper: Temper
    hours: Hours
    draws: Draws


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    number: int
    act: Act = field(compare=False)
    is_answer: bool = field(compare=False)


class Simulation:
    """The workspace, its people, and all that they will do, in order."""

    def __init__(self, sandbox: Sandbox, bot: Bot, clock: SteppedClock, seed: int) -> None:
        self.sandbox = sandbox
        self.bot = bot
        self.clock = clock
        self.draws = SeededDraws(seed)
        self.studies = Studies[Tx](bot.db, self.draws)
        self.volunteering = Volunteering[Tx](bot.db, self.draws)
        self.people: dict[str, Simulated] = {}
        self.asked: list[str] = []
        self._lobby = sandbox.channel("general", bot=True)
        self._acts: list[_Due] = []
        self._order = itertools.count()
        self._fresh: list[Message] = []
        self._seen: set[str] = set()
        sandbox.watched(self._notice)

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
            self.clock.advance(min(BEGINS - (BEGINS - when) // STEP * STEP, end))
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
        while (due := await self.bot.ledger.next_due()) is not None and due <= self.clock.now():
            await self.bot.ledger.drain()
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
        meant = intent(who.temper, message, who.draws)
        if not meant.action:
            return

        async def press() -> None:
            await self._presses(who, message, meant.action, meant.form)

        self.soon(meant.after, press)

    async def _presses(
        self, who: Simulated, message: Message, action: str, form: float | None
    ) -> None:
        gone = who.person.user.deleted or message.deleted
        if gone or not any(action in str(block) for block in message.blocks):
            return
        await who.person.presses(message, action)
        if form is not None and who.person.modal is not None:
            self.soon(form, lambda: self._fills(who))

    async def _fills(self, who: Simulated) -> None:
        if not who.person.user.deleted:
            await fills_in(who.person, who.draws)

    # -- people --------------------------------------------------------------------------------

    async def request(self, who: Simulated) -> Request:
        """They do something for which there is a service, now."""
        team = self.bot.workspace.id
        person = await self.bot.directory.person(team, who.person.id)
        return Request(team, person, self.clock.now())

    async def joins(self, study: Study, number: int, seed: int) -> Simulated:
        """One more volunteer, at some time of the first day."""
        draws = SeededDraws(seed * 100_003 + number)
        zone = one_of(draws, ZONES)
        person = self.sandbox.person(f"p{number}", zone=zone)
        self._lobby.members.append(person.id)
        who = Simulated(person, Temper.drawn(draws), _hours(zone, draws), draws)
        self.people[person.id] = who
        request = await self.request(who)
        offer = (await self.volunteering.offers(request))[0]
        await self.volunteering.join(request, study.id, who.hours, offer.consent.digest)
        return who

    async def changes(self, who: Simulated, **hours: Any) -> None:
        """Other hours, as far as they still take part."""
        if await self._takes_part(who):
            who.hours = replace(who.hours, **hours)
            if "zone" in hours:
                await who.person.moves(who.hours.zone)
            await self.volunteering.change(await self.request(who), who.hours)

    async def pauses(self, who: Simulated, days: int) -> None:
        """Not now; in some days again."""
        if await self._takes_part(who):
            await self.volunteering.pause(await self.request(who))
            self.at(self.clock.now() + days * DAY, lambda: self._resumes(who))

    async def _resumes(self, who: Simulated) -> None:
        if await self._takes_part(who):
            await self.volunteering.resume(await self.request(who))

    async def leaves(self, who: Simulated, *, keep: bool) -> None:
        """Enough."""
        if await self._takes_part(who):
            await self.volunteering.leave(await self.request(who), keep=keep)

    async def _takes_part(self, who: Simulated) -> bool:
        if who.person.user.deleted:
            return False
        team, person = self.bot.workspace.id, who.person.id

        def look(tx: Tx) -> Volunteer | None:
            return tx.volunteers.of(team, person)

        return await self.bot.db.read(look) is not None

    # -- what disturbs -------------------------------------------------------------------------

    async def incident(self, responders: list[Simulated], minutes: float) -> None:
        """Somebody declares, others say what they see, and later it is resolved."""
        here = [each for each in responders if not each.person.user.deleted]
        if not here:
            return
        known = set(self.sandbox.workspace.channels)
        await here[0].person.command("/incident", "orders are stuck", self._lobby)
        await self._settle()
        made = set(self.sandbox.workspace.channels) - known
        rooms = [self.sandbox.workspace.channels[each] for each in made]
        place = next((each for each in rooms if each.kind == "channel"), None)
        if place is None:
            return
        for each in here[1:]:
            await each.person.joins(place)
            await each.person.says(place, "seeing: the queue grows")
        when = self.clock.now() + timedelta(minutes=minutes)
        self.at(when, lambda: self._resolves(here[0], place))

    async def _resolves(self, who: Simulated, place: Channel) -> None:
        if not who.person.user.deleted:
            await who.person.command("/incident", "resolve the queue drains", place)

    async def is_down(self) -> None:
        """The bot sends and hears nothing for a while; whoever wants to answer has no luck."""
        back = self.clock.now() + OUTAGE
        while self._acts and self._acts[0].at <= back:
            due = heapq.heappop(self._acts)
            if not due.is_answer:
                self.at(back, due.act)
        self.clock.advance(back)

    async def loses_an_answer(self) -> None:
        """The next question arrives, but Slack's answer to us does not."""
        self.sandbox.fault("chat.postMessage", drop="after", applied=True)


def _hours(zone: str, draws: Draws) -> Hours:
    """When somebody works: most from nine to five, some otherwise."""
    windows = one_of(draws, (*[(9, 17)] * 6, (9, 12, 13, 17), (10, 14), (13, 20), (22, 6)))
    spans = zip(windows[::2], windows[1::2], strict=True)
    return Hours(
        zone=zone,
        windows=tuple(Window(time(begins), time(ends)) for begins, ends in spans),
        days=(0, 1, 2, 3, 4) if chance(draws, 0.9) else (0, 1, 2, 3, 6),
        quiet=Window(time(12), time(12, 45)) if chance(draws, 0.1) else None,
        more_time=chance(draws, 0.06),
    )


# -- a whole study ---------------------------------------------------------------------------------


async def simulate(people: int, days: int, seed: int) -> Observed:
    """So many people, each asked on so many study days; all of it in a database thrown away."""
    with temporary_database() as url:
        async with _workspace(url) as (sandbox, bot, clock):
            simulation = Simulation(sandbox, bot, clock, seed)
            return await _study(simulation, people, days, seed)


@asynccontextmanager
async def _workspace(url: str) -> AsyncIterator[tuple[Sandbox, Bot, SteppedClock]]:
    clock = SteppedClock(BEGINS)
    # Nobody types to the bot here, and to hear each of its own messages costs most of the time.
    events = set(EVENTS) - {"message.im"}
    sandbox = Sandbox(clock, SeededDraws(1), scopes=SCOPES, events=events)
    await sandbox.start()
    try:
        plugged: Wiring = replace(
            wiring(sandbox, url, ticking=False),
            study_key=STUDY_KEY,
            # What is in doubt is looked for at once: the sandbox shows at once what it has.
            ledger=LedgerSettings(settle=0.0),
        )
        async with running(plugged, clock, SeededDraws(0)) as bot:
            await sandbox.connected(plugged.sockets)
            yield sandbox, bot, clock
    finally:
        await sandbox.stop()


async def _study(simulation: Simulation, people: int, days: int, seed: int) -> Observed:
    team, clock = simulation.bot.workspace.id, simulation.clock
    owner = simulation.sandbox.person("owner")
    await simulation.bot.directory.person(team, owner.id)
    named = [Named(owner.id, Role.OWNER)]
    await simulation.studies.lock(team, protocol(days), named, clock.now())
    study = await simulation.studies.start(team, NAME, clock.now())
    ends = BEGINS + timedelta(weeks=-(-days // 5)) + HOUR * 8
    for number in range(people):
        who = await simulation.joins(study, number, seed)
        _means_to(simulation, who, days, ends)
    _happens(simulation, days, ends)
    await simulation.until(ends)
    await simulation.studies.stop(team, NAME, clock.now())
    await simulation.until(ends + 3 * DAY)
    await simulation.studies.reveal(team, NAME, clock.now())
    return await _observed(simulation, team)


def protocol(days: int) -> Protocol:
    """The default study over so many days, its legal section filled in for an example."""
    text, consent = default_texts()
    text = re.sub(r"(?m)^study_days = \d+", f"study_days = {days}", text)
    for name, value in LEGAL.items():
        text = text.replace(f'{name} = ""', f'{name} = "{value}"')
    return read_study(text, consent)


async def _observed(simulation: Simulation, team: str) -> Observed:
    proof = await simulation.studies.proof(team, NAME)

    def look(tx: Tx) -> tuple[Any, ...]:
        found: list[Any] = []
        while page := tx.prompts.prompts(proof.study, after=found[-1].place if found else ""):
            found += page
        return tuple(found)

    prompts = await simulation.bot.db.read(look)
    return Observed(proof, prompts, tuple(simulation.asked), simulation.clock.now())


def _means_to(simulation: Simulation, who: Simulated, days: int, ends: datetime) -> None:
    """What somebody will do apart from answering, over the weeks."""
    draws, at = who.draws, simulation.at

    def some_time() -> datetime:
        return BEGINS + (ends - BEGINS) * draws.uniform(0.05, 0.95)

    if chance(draws, 0.1):
        at(some_time(), lambda: simulation.pauses(who, 1 + int(draws.uniform(0, days / 4))))
    if chance(draws, 0.08):
        at(some_time(), lambda: simulation.changes(who, zone=one_of(draws, ZONES)))
    if chance(draws, 0.1):
        evening = (Window(time(14), time(21)),)
        at(some_time(), lambda: simulation.changes(who, windows=evening, quiet=None))
    if chance(draws, 0.1):
        off = (some_time().date(), some_time().date())
        at(some_time(), lambda: simulation.changes(who, days_off=off))
    if chance(draws, 0.06):
        at(some_time(), lambda: simulation.leaves(who, keep=chance(draws, 0.5)))
    if chance(draws, 0.01):
        at(some_time(), who.person.goes)
    if chance(draws, 0.12):
        _rests_daily(simulation, who, ends)


def _rests_daily(simulation: Simulation, who: Simulated, ends: datetime) -> None:
    """Somebody whose Slack is silent at the same time of each day."""
    hour = who.draws.uniform(9, 15)

    async def sets(day: datetime) -> None:
        zone = zone_of(who.hours.zone)
        begins = datetime.combine(day.astimezone(zone).date(), time(int(hour)), zone)
        start = int(begins.timestamp())
        who.person.pauses_notifications(start, start + 3600)

    for number in range((ends - BEGINS).days + 1):
        day = BEGINS + number * DAY
        simulation.at(day, lambda day=day: sets(day))  # type: ignore[misc]


def _happens(simulation: Simulation, days: int, ends: datetime) -> None:
    """Incidents every other day, an outage of ours, and answers of Slack that are lost."""
    draws, at, weeks = simulation.draws, simulation.at, (ends - BEGINS).days
    everybody = list(simulation.people.values())
    for number in range(0, weeks, 2):
        team = [one_of(draws, everybody) for _ in range(5)]
        unique = list({each.person.id: each for each in team}.values())
        when = BEGINS + number * DAY + HOUR * draws.uniform(0, 14)
        minutes = draws.uniform(30, 180)
        at(when, lambda team=unique, m=minutes: simulation.incident(team, m))  # type: ignore[misc]
    for number in range(max(1, days // 10)):
        at(BEGINS + (number * 10 + 1) * DAY + 3.5 * HOUR, simulation.is_down)
    for _ in range(days):
        at(BEGINS + (ends - BEGINS) * draws.uniform(0, 1), simulation.loses_an_answer)


def run(people: int, days: int, seed: int) -> Observed:
    """The same, from a place without a loop."""
    return asyncio.run(simulate(people, days, seed))

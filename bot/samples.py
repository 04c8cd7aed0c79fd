"""The sample study of the demo: people who ask, read and code, and six who have taken part a week.

The week is lived, not written: the clock is held and moved from one thing that is due to the next,
the real bot asks, and the six answer by button and form as they do afterwards, too, while somebody
watches. All names, companies and answers are invented.
"""

import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import FlowingClock, SeededDraws, SystemDraws
from bot.compose import Bot
from bot.errors import Refusal
from bot.sample_answers import Volunteer, entries
from bot.sample_export import export
from bot.sampling.model import Protocol, Role
from bot.sampling.protocol import default_texts, read_study
from bot.sampling.studies import Named, Studies
from bot.sandbox.answering import DECLINE, TAP, buttons, chance, one_of, prompt_of, submits
from bot.sandbox.people import Person
from bot.sandbox.state import Message
from bot.sandbox.workspace import Sandbox
from bot.workspace.model import Request
from storage.tx import Tx

TITLE = "The sample study"
ZONE = "Europe/Amsterdam"
OPENS = time(8, 40)  # twenty minutes before the first may be asked
A_WEEK, A_DAY, A_SECOND = timedelta(days=7), timedelta(days=1), timedelta(seconds=1)
SATURDAY = 5
TRIES = 5
VIEWER, OWNER, CODERS, ANALYST = "ana", "olga", ("cody", "cora"), "anna"
LEGAL = {
    "controller": "Quillfeather Ltd (invented)", "operator": "The platform team of Quillfeather",
    "contact": "privacy@quillfeather.example", "support": "the people team",
    "legal_basis": "Article 6 (1) (f) GDPR",
    "notice_url": "https://quillfeather.example/what-gets-in-the-way",
    "employee_representatives": "asked",
}  # fmt: skip
# Name, how often they answer at all, how often they can't just now, how long they may take (s).
VOLUNTEERS = (
    ("ines", 0.92, 0.06, 400), ("jon", 0.85, 0.12, 700), ("kim", 0.75, 0.20, 900),
    ("lea", 0.95, 0.04, 240), ("mo", 0.5, 0.10, 1300), ("nia", 0.88, 0.08, 600),
)  # fmt: skip
WELCOME = (
    "What gets in the way of our work? There is a study here, and volunteers are welcome: "
    "`/sampling join` shows what it is before anything begins. Nobody has to, and nobody is told."
)
AGAIN = "The study still takes volunteers: `/sampling join`. Thank you to those who are in it."
ROLES = (
    "Everybody here has a part in the study: `/sampling study` shows yours. Coders read with "
    "`/sampling review` once they have confirmed there; cody, yours is still missing. anna, tell "
    "me when you are ready to export, and I allow it there, for an hour."
)
EXPORTED = (
    "Thank you. I typed `parallax export study {name}` and have {rows} rows in {files} files, "
    "until the demo ends: {folder}. Each volunteer sees that in `/sampling mine`."
)
NOT_EXPORTED = "I typed `parallax export study {name}`, and was told: {why}"
HINT = (
    "Six take part already. As ana, type /sampling join in #general; then let the day go faster: "
    "choose a pace. As olga, cody, cora or anna, type /sampling study."
)


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    number: int
    act: Callable[[], Awaitable[object]] = field(compare=False)


class Sample:
    """A workspace with the study in it, from the morning on which the six join it."""

    def __init__(self, sandbox: Sandbox, clock: FlowingClock, present: datetime) -> None:
        self.present = present
        self._sandbox = sandbox
        self._clock = clock
        self._roles = [self._person(each) for each in (OWNER, *CODERS, ANALYST)]
        self._volunteers = [
            Volunteer(self._person(name), answers, declines, slowest, SeededDraws(place))
            for place, (name, answers, declines, slowest) in enumerate(VOLUNTEERS)
        ]
        answering = [each.person for each in self._volunteers]
        self.people = [self._person(VIEWER), *self._roles, *answering]
        self._lobby = sandbox.channel("general", members=self.people, bot=True)
        self._study_room = sandbox.channel("the-study", private=True, members=self._roles)
        self._acts: list[_Due] = []
        self._order = itertools.count()
        self._seen: dict[str, int] = {}
        self._due: datetime | None = None
        self._grants = 0

    def _person(self, name: str) -> Person:
        return self._sandbox.person(name, zone=ZONE)

    # -- the week before -----------------------------------------------------------------------

    async def fills(self, bot: Bot, drain: Callable[[], Awaitable[int]]) -> None:
        """Live through the week; afterwards it is the present. `drain` sends what is due."""
        self._bot, self._drain = bot, drain
        self._clock.hold()
        hears = self._sandbox.app
        # Nobody writes to the bot in that week, and to hear each of its own messages takes long.
        self._sandbox.world.app = replace(hears, events=frozenset())
        await self._begins()
        for each in self._volunteers:
            await self._joins(each)
        await self.until(self.present - timedelta(minutes=5))
        self._sandbox.world.app = hears
        await self._roles[0].says(self._lobby, AGAIN)
        await self.until(self.present)

    async def _begins(self) -> None:
        """The study is locked and started; all but one coder say that they may read."""
        owner, cody, cora, anna = self._roles
        await owner.says(self._lobby, WELCOME)
        await owner.says(self._study_room, ROLES)
        asked = [await self._request(each) for each in self._roles]
        team, now = self._bot.workspace.id, self._clock.now()
        named = [
            Named(owner.id, Role.OWNER),
            Named(cody.id, Role.CODER),
            Named(cora.id, Role.CODER),
            Named(anna.id, Role.ANALYST),
        ]
        studies = Studies[Tx](self._bot.db, SystemDraws())
        study = self._study = await studies.lock(team, sample_protocol(self.present), named, now)
        await studies.start(team, study.name, now)
        for request in asked:
            if request.person.id != cody.id:
                await studies.attest(request, study.id)

    async def _request(self, person: Person) -> Request:
        team = self._bot.workspace.id
        known = await self._bot.directory.person(team, person.id)
        return Request(team, known, self._clock.now())

    async def _joins(self, who: Volunteer) -> None:
        """Read the text, agree, and close what is said then."""
        for _ in range(TRIES):
            if who.person.modal is None:
                await who.person.command("/sampling", "join", self._lobby)
                await self._sandbox.idle()
        once = {"years": one_of(who.draws, "123"), "stuck_week": one_of(who.draws, "1223")}
        if not await self._sends_form(who, once):
            raise RuntimeError(f"{who.person.name} could not join the sample study")
        if who.person.modal is not None:
            await who.person.closes(who.person.modal)

    # -- time ----------------------------------------------------------------------------------

    async def until(self, end: datetime) -> str:
        """Let time pass to `end`, stopping at all that is due; or until somebody who answers for
        themselves is asked: their name."""
        asked = await self._settles()
        while not asked and self._clock.now() < end:
            self._clock.advance(self._soonest(end))
            await self._acts_due()
            asked = await self._settles()
        return asked

    def _soonest(self, end: datetime) -> datetime:
        """When something is to be done next. What is due and yet held is looked for again soon."""
        ahead = [] if self._due is None else [max(self._due, self._clock.now() + A_SECOND)]
        return min([*ahead, *(each.at for each in self._acts[:1]), end])

    async def _acts_due(self) -> None:
        while self._acts and self._acts[0].at <= self._clock.now():
            await heapq.heappop(self._acts).act()

    async def _settles(self) -> str:
        await self._sandbox.idle()
        while (due := await self._bot.ledger.next_due()) is not None and due <= self._clock.now():
            if not await self._drain():
                break
            await self._sandbox.idle()
        self._due = due
        asked = ""
        for message in self._fresh():
            name = self._reacts(message)
            asked = asked or name
        return asked

    async def exports(self, folder: Path) -> None:
        """When the owner has granted another export, anna makes it, below that folder."""
        granted = len(await self._bot.db.read(lambda tx: tx.review.grants(self._study)))
        if granted <= self._grants:
            return
        self._grants, name = granted, self._study.name
        try:
            made = await export(self._bot, name, folder / f"export-{granted}", self._clock.now())
        except Refusal as error:
            said = NOT_EXPORTED.format(name=name, why=error)
        else:
            rows, files = made.rows["signals"], len(made.files)
            said = EXPORTED.format(name=name, rows=rows, files=files, folder=made.folder)
        await self._roles[-1].says(self._study_room, said)

    # -- being asked ---------------------------------------------------------------------------

    def _fresh(self) -> Iterable[Message]:
        """The questions that were sent since the last look."""
        for channel in [*self._sandbox.workspace.channels.values()]:
            if channel.dm_of:
                seen = self._seen.get(channel.id, 0)
                self._seen[channel.id] = len(channel.messages)
                fresh = channel.messages[seen:]
                yield from (each for each in fresh if each.bot_id and prompt_of(each))

    def _reacts(self, message: Message) -> str:
        """One of the six means to answer, or does not; of anybody else the name."""
        members = self._sandbox.workspace.channels[message.channel].members
        who = next((each for each in self._volunteers if each.person.id in members), None)
        if who is None:
            users = self._sandbox.workspace.users
            return next(users[each].name for each in members if not users[each].is_bot)
        action = who.meant(buttons(message, TAP), buttons(message, DECLINE))
        if action:
            self._later(who.takes, lambda: self._presses(who, message, action))
        return ""

    def _later(self, seconds: float, act: Callable[[], Awaitable[object]]) -> None:
        when = self._clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._acts, _Due(when, next(self._order), act))

    async def _presses(self, who: Volunteer, message: Message, action: str) -> None:
        if message.deleted or action not in buttons(message, action):
            return
        await who.person.presses(message, action)
        await self._sandbox.idle()
        if who.person.modal is not None and chance(who.draws, who.fills_in):
            self._later(who.draws.uniform(15, 90), lambda: self._answers(who, action))
        elif who.person.modal is not None:
            await who.person.closes(who.person.modal)

    async def _answers(self, who: Volunteer, action: str) -> None:
        value = action.removeprefix(TAP)
        await self._sends_form(who, entries(value, who.draws))

    async def _sends_form(self, who: Volunteer, values: dict[str, str]) -> bool:
        """Fill in what the form on the screen has of these, and send it; whether it was taken."""
        for _ in range(TRIES):  # a slow machine may take longer than Slack waits
            if who.person.modal is None:
                return False
            taken = await submits(who.person, values)
            await self._sandbox.idle()
            if taken:
                return True
        return False


# -- what is in it ---------------------------------------------------------------------------------


def sample_protocol(present: datetime) -> Protocol:
    """The default study, its legal section filled in for a company that does not exist."""
    text, consent = default_texts()
    for name, value in (*LEGAL.items(), ("delete_on", f"{present.year + 1}-12-31")):
        text = text.replace(f'{name} = ""', f'{name} = "{value}"')
    return read_study(text, consent)


def present_of(now: datetime) -> datetime:
    """The morning on which the demo begins: of today, or of Monday on a weekend."""
    on = now.astimezone(ZoneInfo(ZONE)).date()
    while on.weekday() >= SATURDAY:
        on += A_DAY
    return datetime.combine(on, OPENS, ZoneInfo(ZONE))


def week_before(present: datetime) -> datetime:
    """When the six joined: a week earlier by the clock on the wall, and a little before."""
    return present - A_WEEK - timedelta(minutes=20)


def clock_text(now: datetime) -> str:
    """The time there, as the strip shows it: "Mon 23 Nov 09:12"."""
    return f"{now.astimezone(ZoneInfo(ZONE)):%a %d %b %H:%M}"

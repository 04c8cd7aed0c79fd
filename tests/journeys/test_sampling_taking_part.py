"""What volunteers see and do around the questions: practice, what they gave, the end, being gone.

The real app, as people. What must not be lost in either database is tried on both.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.clock import SystemDraws
from bot.sampling.charts_own import LEAST_ANSWERED
from bot.sampling.keeping import Keeping
from bot.sampling.model import Role, VolunteerState
from bot.sampling.studies import Named
from bot.sampling.tombstones import Tombstones
from bot.sandbox.state import View
from handlers.blocks.sampling_mine import PIECE_MAX
from tests.journeys.conftest import BOTH
from tests.journeys.stage import Human, World
from tests.journeys.studying import (
    Lab,
    a_lab,
    asked,
    joins,
    offers,
    presses_in_form,
    reports,
    said,
    screen,
    submits,
)

A_DAY = timedelta(days=1)
PAGES_AT_MOST = 20
SLACK_KEEPS = "Slack may keep copies"


@pytest.fixture
def ana(world: World) -> Human:
    return world.person("ana", zone="Europe/Berlin")


@pytest.fixture
async def lab(world: World) -> Lab:
    """A study that ana may join."""
    return await a_lab(world, world.person("olga"))


async def opens_home(human: Human) -> str:
    await human.person.opens_home()
    await human.world.settles()
    return human.world.home(human)


async def presses_at_home(human: Human, label: str) -> None:
    """Press a button of one's own tab."""
    home = human.person.home
    assert home is not None
    reply = await human.person.presses(home, dict(in_form(home))[label])
    assert reply.acked, reply.failure
    await human.world.settles()


async def sweeps(world: World) -> None:
    """What the bot does every hour; here no clock ticks by itself."""
    keeping = Keeping(world.bot.db, SystemDraws(), Tombstones(None))
    await keeping.sweep(world.bot.workspace.id, world.clock.now())


async def gave(human: Human) -> str:
    """All that they are shown of what they gave, page after page."""
    await human.commands("/sampling mine")
    shown = [screen(human)]
    for _ in range(PAGES_AT_MOST):
        if "More" not in dict(in_form(human.person.modal)):
            break
        await presses_in_form(human, "More")
        shown.append(screen(human))
    return "\n".join(shown)


async def jumps(world: World, time: timedelta) -> None:
    """The bot is down for so long: that takes less time than hours in which it does nothing."""
    await world.bot_stops()
    world.clock.advance(world.clock.now() + time)
    await world.bot_starts()


def in_form(view: View | None) -> list[tuple[str, str]]:
    rows = [each for each in (view.blocks if view else ()) if each["type"] == "actions"]
    found = [e for row in rows for e in row["elements"] if e["type"] == "button"]
    return [(e["text"]["text"], e["action_id"]) for e in found]


class TestPractice:
    @pytest.mark.parametrize("country", ["", "DE"])
    async def test_is_offered_at_consent_and_never_stored(
        self, lab: Lab, ana: Human, country: str
    ) -> None:
        told = await joins(ana, country=country)
        if country:
            assert await submits(ana, {}) == {}
            told = screen(ana)
        assert "Nothing of it is stored" in told
        before = await lab.prompts(ana)

        await presses_in_form(ana, "Practise")
        assert "Practice. Nothing of this is stored." in screen(ana)
        await presses_in_form(ana, "Badly stuck")
        assert await submits(ana, {"stuck_text": "nothing of this"}) == {}

        assert await lab.prompts(ana) == before
        assert "nothing of this" not in await gave(ana)


class TestLeaving:
    @pytest.mark.usefixtures("lab")
    async def test_says_beforehand_and_afterwards_what_stays(self, ana: Human) -> None:
        await joins(ana)

        for told in (
            await ana.commands("/sampling leave"),
            await ana.presses("Leave, erase what I gave"),
        ):
            assert SLACK_KEEPS in told
            assert "what you typed here yourself stays" in told


class TestDaysOff:
    async def test_not_one_is_lost_however_many_there_are(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await joins(ana, country="DE-BY")
        me = await lab.volunteer(ana)
        many = tuple(date(2027, 1, 2) + 2 * A_DAY * each for each in range(400))
        known = me.hours.holidays.dates if me.hours.holidays else ()
        own = tuple(each for each in many if each not in known)
        full = replace(me, hours=replace(me.hours, days_off=own))
        await world.bot.db.run(lambda tx: tx.volunteers.put(full))
        await ana.commands("/sampling")
        await ana.presses("Days off")

        assert await submits(ana, {}) == {}

        assert (await lab.volunteer(ana)).hours == full.hours

    async def test_several_in_a_row_are_one_line(self, lab: Lab, ana: Human) -> None:
        await joins(ana)
        await ana.commands("/sampling")
        await ana.presses("Days off")
        assert await submits(ana, {"dates": "2026-12-24..2027-01-02\n2027-02-01"}) == {}

        off = (await lab.volunteer(ana)).hours.days_off
        assert (off[0], off[-2], off[-1]) == (
            date(2026, 12, 24),
            date(2027, 1, 2),
            date(2027, 2, 1),
        )
        assert len(off) == 11
        await ana.presses("Days off")
        shown = ana.person.modal
        assert shown is not None
        assert shown.blocks[1]["element"]["initial_value"] == "2026-12-24..2027-01-02\n2027-02-01"

    async def test_holidays_stay_as_they_were_chosen(self, lab: Lab, ana: Human) -> None:
        """Saving the hours again finds none anew."""
        await joins(ana, country="DE-BY")
        shown = ana.person.modal
        assert shown is not None
        typed = shown.blocks[1]["element"]["initial_value"]
        kept = "\n".join(line for line in typed.splitlines() if "2027-01-06" not in line)
        await submits(ana, {"dates": kept})
        chosen = (await lab.volunteer(ana)).hours.holidays
        await ana.commands("/sampling settings")

        await submits(ana, {"hours": "10-16"})

        assert "Kept" in screen(ana)
        after = (await lab.volunteer(ana)).hours
        assert after.holidays == chosen
        assert chosen is not None
        assert date(2027, 1, 6) not in chosen.dates


class TestWhatTheyGave:
    @BOTH
    async def test_what_was_asked_at_consent_is_kept_and_shown(self, lab: Lab, ana: Human) -> None:
        await joins(ana, years="1", stuck_week="3")

        assert dict((await lab.volunteer(ana)).survey) == {"years": "1", "stuck_week": "3"}
        told = await gave(ana)
        assert "How long have you worked in software? _Less than 3 years_" in told
        assert "how much of your working time were you stuck? _Up to half_" in told

    async def test_every_page_of_it(self, lab: Lab, ana: Human) -> None:
        await joins(ana)
        texts = [f"{place}{'x & y <' * 110} end {place}" for place in range(8)]
        for each in texts:
            await reports(ana, each)

        first = await ana.commands("/sampling mine")
        told = await gave(ana)

        assert first == ""
        assert "Page 1 of " in told
        # A text may go on in the next line, and on the next page.
        pieces = [each[at : at + PIECE_MAX] for each in texts for at in (0, PIECE_MAX)]
        assert [each for each in pieces if f"> {each}\n" not in told] == []
        await presses_in_form(ana, "Back")
        assert "Page " in screen(ana)


class TestAtTheEnd:
    @BOTH
    async def test_of_a_study_that_is_stopped_the_last_questions_are_offered(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await joins(ana)
        assert "A few last questions" not in str(await status_buttons(ana))
        await lab.studies.stop(lab.study.workspace, lab.study.name, world.clock.now())

        assert "A few last questions" in await status_buttons(ana)
        await ana.presses("A few last questions")
        assert await submits(ana, {"burden": "3", "held_back": "1"}) == {}

        assert dict((await lab.volunteer(ana)).survey) == {"burden": "3", "held_back": "1"}
        assert "The number of messages was ... _Too many_" in await gave(ana)

    async def test_a_whole_study_ends_with_questions_and_ones_own_charts(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await joins(ana, years="2")
        taps = await takes_part(lab, ana, days=8)
        assert taps >= LEAST_ANSWERED
        assert "█" not in await gave(ana)
        taps += await takes_part(lab, ana, days=10)
        await world.passes(A_DAY)
        note = asked(ana)[-1]
        assert "Your days in the study are over" in said(note)

        await ana.presses_on(note, offers(note)[0])
        assert await submits(ana, {"burden": "2"}) == {}

        assert dict((await lab.volunteer(ana)).survey) == {"years": "2", "burden": "2"}
        told = await gave(ana)
        assert "About right" in told
        assert f"Your answers: {taps}; by week: " in told
        assert f"Not stuck: 100 % ({taps}); by week: 100 %, 100 %" in told


async def status_buttons(human: Human) -> list[str]:
    await human.commands("/sampling")
    return human.offered()


async def takes_part(lab: Lab, human: Human, days: int) -> int:
    """Answer each question till so many days are over; how many."""
    world, taps = lab.world, 0
    while True:
        ahead = [each for each in await lab.prompts(human) if each.outcome is None]
        if ahead:
            await world.stage.until(min(each.planned_at for each in ahead if each.planned_at))
            await world.settles()
            await human.presses_on(asked(human)[-1], "Not stuck")
            await world.passes(minutes=50)
            taps += 1
        elif (await lab.volunteer(human)).planned_days == days:
            return taps
        else:
            await world.passes(timedelta(hours=2))


class TestAtHome:
    async def test_stands_how_they_take_part(self, lab: Lab, ana: Human) -> None:
        assert "you take part" not in await opens_home(ana)
        await joins(ana)

        told = await opens_home(ana)

        assert f"*{lab.study.protocol.title}*: you take part" in told
        assert "10 days have begun · answered: 0" in told

    @BOTH
    async def test_they_say_what_happens_if_they_are_gone(self, lab: Lab, ana: Human) -> None:
        await joins(ana)
        assert "what you gave is erased after 30 days" in await opens_home(ana)

        await presses_at_home(ana, "Keep it if I am gone")

        assert "what you gave is kept" in lab.world.home(ana)
        assert (await lab.volunteer(ana)).keep_if_gone
        await presses_at_home(ana, "Erase it if I am gone")
        assert "what you gave is erased after 30 days" in lab.world.home(ana)
        assert not (await lab.volunteer(ana)).keep_if_gone


async def there(lab: Lab, human: Human) -> list[VolunteerState]:
    """Where they are in each study that they can be found in."""
    found = await lab.world.bot.db.read(
        lambda tx: tx.volunteers.all_of(lab.study.workspace, human.id)
    )
    return [each.state for each in found]


async def is_gone(lab: Lab, human: Human) -> None:
    """Their account is deactivated, and the bot has looked."""
    await human.person.goes()
    await lab.world.settles()
    await sweeps(lab.world)
    assert await there(lab, human) == [VolunteerState.LEFT]


async def is_back(human: Human) -> None:
    human.person.user.deleted = False
    await human.person.moves("Europe/Berlin")
    await human.world.settles()


class TestAnAccountThatIsDeactivated:
    @BOTH
    @pytest.mark.parametrize("keep", [False, True])
    async def test_is_a_leave_and_is_erased_after_30_days_unless_they_said_otherwise(
        self, world: World, lab: Lab, ana: Human, keep: bool
    ) -> None:
        await joins(ana)
        await reports(ana, "the build")
        if keep:
            await opens_home(ana)
            await presses_at_home(ana, "Keep it if I am gone")
        await is_gone(lab, ana)

        await jumps(world, 29 * A_DAY)
        await sweeps(world)
        assert await there(lab, ana) == [VolunteerState.LEFT]
        await jumps(world, A_DAY + timedelta(hours=1))
        await sweeps(world)

        assert await there(lab, ana) == ([VolunteerState.LEFT] if keep else [])

    @BOTH
    async def test_back_in_time_they_may_keep_what_they_gave(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await joins(ana)
        await reports(ana, "the build")
        await is_gone(lab, ana)
        await is_back(ana)

        told = await ana.commands("/sampling")
        ends = "is erased on Sunday, 20 December, unless you keep it or take part again"
        assert ends in told
        assert "is kept" in await ana.presses("Keep what I gave")
        assert "is erased on" not in await ana.commands("/sampling")
        await jumps(world, 31 * A_DAY)
        await sweeps(world)

        assert await there(lab, ana) == [VolunteerState.LEFT]
        assert "the build" in await gave(ana)

    async def test_or_take_part_again_as_who_they_were(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await joins(ana)
        before = await lab.volunteer(ana)
        await is_gone(lab, ana)
        await is_back(ana)

        await ana.commands("/sampling")
        await ana.presses("Read it")
        assert await submits(ana, {}) == {}
        await jumps(world, 31 * A_DAY)
        await sweeps(world)

        after = await lab.volunteer(ana)
        assert (after.pseudonym, after.left_at) == (before.pseudonym, None)

    async def test_of_a_study_that_is_over_only_keeping_is_offered(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        await joins(ana)
        await is_gone(lab, ana)
        await lab.studies.stop(lab.study.workspace, lab.study.name, world.clock.now())
        await is_back(ana)

        await ana.commands("/sampling")

        assert ana.offered() == ["Keep what I gave"]
        assert "take part again" not in ana.told()


class TestAnAmendment:
    @BOTH
    @pytest.mark.parametrize("harmless", [True, False])
    async def test_only_one_that_needs_consent_is_told(
        self, world: World, lab: Lab, ana: Human, harmless: bool
    ) -> None:
        await joins(ana)
        other = replace(lab.study.protocol, digest="e" * 64)
        after = (
            replace(other, title="What gets in our way") if harmless else replace(other, decline=())
        )
        amended = await lab.studies.amend(lab.study.workspace, after, world.clock.now())
        await world.passes(timedelta(hours=14))

        assert (amended.parts == ()) == harmless
        notes = [each for each in asked(ana) if "study changed something" in said(each)]
        assert len(notes) == (0 if harmless else 1)
        assert ("you take part" in await ana.commands("/sampling")) == harmless
        were_asked = [each for each in await lab.prompts(ana) if each.sent_at]
        assert bool(were_asked) == harmless


class TestASecondStudy:
    @BOTH
    async def test_may_be_joined_once_the_first_is_over(
        self, world: World, lab: Lab, ana: Human
    ) -> None:
        team, now = lab.study.workspace, world.clock.now()
        await joins(ana)
        before = await lab.volunteer(ana)
        await opens_home(ana)
        await presses_at_home(ana, "Keep it if I am gone")
        await lab.studies.stop(team, lab.study.name, now)
        other = replace(lab.study.protocol, id="second", title="Another one", digest="d" * 64)
        await lab.studies.lock(team, other, [Named(lab.owner.id, Role.OWNER)], now)
        await lab.studies.start(team, "second", now)

        assert "You take part now" in await joins(ana)

        assert "Another one" in await opens_home(ana)
        assert "what you gave is erased after 30 days" in world.home(ana)
        assert sorted(await there(lab, ana)) == [VolunteerState.ACTIVE, VolunteerState.LEFT]
        await ana.person.goes()
        await world.settles()
        await sweeps(world)
        await jumps(world, 31 * A_DAY)
        await sweeps(world)
        # Of the first they had said that it stays; by now nobody can tell any more whose it is.
        assert await there(lab, ana) == []
        first = await world.bot.db.read(
            lambda tx: tx.volunteers.volunteer(lab.study, before.pseudonym)
        )
        assert first is not None
        assert (first.state, first.keep_if_gone) == (VolunteerState.LEFT, True)

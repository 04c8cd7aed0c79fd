"""Taking part in a study: consent, hours, pausing, leaving, erasing. The real app, as people."""

from dataclasses import replace
from datetime import date

import pytest

from bot.sampling.calendar import read_ahead
from bot.sampling.model import Outcome, Volunteer
from bot.sandbox.state import Message
from tests.journeys.stage import Human, World, words
from tests.journeys.studying import a_lab, asked, joins, offers, said, screen, submits


class TestJoining:
    @pytest.mark.row("E2")
    async def test_reads_what_it_is_and_takes_part(self, world: World) -> None:
        owner, ana = world.person("olga"), world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, owner)

        told = await joins(ana)

        assert "You take part now" in told
        assert "the moment that the message interrupted: not now" in told
        assert "Friday, 20 November" in told
        me = await lab.volunteer(ana)
        assert me.hours.zone == "Europe/Berlin"
        assert (me.pseudonym[0], len(me.pseudonym)) == ("v", 6)

    async def test_the_consent_text_says_who_reads_and_what_cannot_be_promised(
        self, world: World
    ) -> None:
        ana = world.person("ana")
        await a_lab(world, world.person("olga"))
        await ana.commands("/sampling join")

        text = screen(ana)

        assert "olga read your answers under a code name" in text
        assert "You are not anonymous" in text
        assert "*What we cannot promise.*" in text
        assert "{" not in text

    async def test_saying_no_changes_nothing(self, world: World) -> None:
        ana = world.person("ana")
        await a_lab(world, world.person("olga"))
        await ana.commands("/sampling join")

        assert "takes volunteers" in await ana.commands("/sampling")

    async def test_hours_that_cannot_be_stay_in_the_form_with_what_is_wrong(
        self, world: World
    ) -> None:
        ana = world.person("ana")
        await a_lab(world, world.person("olga"))
        await ana.commands("/sampling join")

        assert "hours" in await submits(ana, {"hours": "nine to five"})
        assert "hours" in await submits(ana, {"hours": "09:00-09:30"})
        assert "zone" in await submits(ana, {"zone": "Mars/Olympus"})
        assert "country" in await submits(ana, {"zone": "UTC", "country": "ATLANTIS"})
        assert "takes volunteers" in await ana.commands("/sampling")

    async def test_holidays_are_shown_struck_out_and_added_to(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, world.person("olga"))
        read_ahead()
        await joins(ana, country="DE-BY")
        shown = ana.person.modal
        assert shown is not None
        typed = shown.blocks[1]["element"]["initial_value"]
        assert "2026-12-25 Christmas Day" in typed
        kept = "\n".join(line for line in typed.splitlines() if "2027-01-06" not in line)

        await submits(ana, {"dates": f"{kept}\n2026-12-24 my own"})

        hours = (await lab.volunteer(ana)).hours
        assert hours.holidays is not None
        assert (hours.holidays.country, hours.holidays.region) == ("DE", "BY")
        assert date(2026, 12, 25) in hours.holidays.dates
        assert date(2027, 1, 6) not in hours.holidays.dates
        assert hours.days_off == (date(2026, 12, 24),)

    async def test_a_second_study_says_when_the_first_ends(self, world: World) -> None:
        ana = world.person("ana")
        await a_lab(world, world.person("olga"))
        await joins(ana)

        told = await ana.commands("/sampling join")

        assert "One study at a time" in told
        assert "last day" in told

    async def test_guests_and_readers_are_refused(self, world: World) -> None:
        guest, owner = world.person("gus", guest=True), world.person("olga")
        await a_lab(world, owner)

        assert "employed people" in await guest.commands("/sampling join")
        await owner.commands("/sampling join")
        assert "hold a role" in str(await submits(owner, {}))


class TestTakingPart:
    @pytest.mark.row("E2")
    async def test_pauses_and_resumes(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        await a_lab(world, world.person("olga"))
        await joins(ana)

        assert "Paused until Monday, 23 November" in await ana.commands("/sampling pause 3 days")
        assert "paused until" in await ana.commands("/sampling")
        assert "may be asked again" in await ana.commands("/sampling resume")
        assert await ana.commands("/sampling pause") != ""
        assert "Nothing is asked until you resume" in await ana.presses("Until I resume")

    async def test_a_pause_into_another_year_says_which(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        await a_lab(world, world.person("olga"))
        await joins(ana)

        told = await ana.commands("/sampling pause 999 weeks")

        assert "Paused until Friday, 12 January 2046. Nothing is asked meanwhile" in told
        assert "paused until Friday, 12 January 2046" in await ana.commands("/sampling")

    @pytest.mark.parametrize("verb", ["pause", "pause 3 days", "leave", "now"])
    async def test_who_takes_part_in_none_is_told_so_at_once(self, world: World, verb: str) -> None:
        ana = world.person("ana")
        await a_lab(world, world.person("olga"))

        assert "You take part in no study" in await ana.commands(f"/sampling {verb}")
        assert ana.offered() == []

    async def test_only_where_nothing_is_found_is_there_nothing_to_erase(
        self, world: World
    ) -> None:
        ana = world.person("ana")
        await a_lab(world, world.person("olga"))
        assert "Nothing here can be found" in await ana.commands("/sampling erase")
        await joins(ana)
        await ana.commands("/sampling leave")
        await ana.presses("Leave, keep what I gave")

        assert "erased for good" in await ana.commands("/sampling erase")
        assert "Erased" in await ana.presses("Erase everything")

    async def test_changes_hours(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)
        await ana.commands("/sampling settings")

        await submits(ana, {"hours": "10-12, 14-18", "quiet": "12-13"})

        assert "Asked 10:00-12:00, 14:00-18:00" in await ana.commands("/sampling")
        assert (await lab.volunteer(ana)).hours.quiet is not None

    async def test_leaves_and_keeps_or_erases_with_equal_weight(self, world: World) -> None:
        ana = world.person("ana")
        await a_lab(world, world.person("olga"))
        await joins(ana)
        await ana.commands("/sampling leave")

        assert ana.offered() == ["Leave, keep what I gave", "Leave, erase what I gave", "I stay"]
        assert "What you gave is kept" in await ana.presses("Leave, keep what I gave")
        assert "takes volunteers" in await ana.commands("/sampling")

    async def test_erases_everything(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        await a_lab(world, world.person("olga"))
        await joins(ana)
        await first_prompt(ana)

        # A reminder that went away when its prompt was over is gone already.
        world.excuses("chat.delete", "message_not_found")

        await ana.commands("/sampling erase")
        assert "Erased" in await ana.presses("Erase everything")
        await world.passes(minutes=5)

        assert asked(ana) == []
        assert "Nothing here can be found" in await ana.commands("/sampling mine")

    async def test_an_unknown_word_is_given_back(self, world: World) -> None:
        ana = world.person("ana")

        assert "I don't know 'dance'" in await ana.commands("/sampling dance")


class TestBeingAsked:
    @pytest.mark.row("E1", "E3")
    async def test_a_day_of_prompts_by_tap_and_form(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)

        prompt = await first_prompt(ana)

        assert "were you stuck on something?" in said(prompt)
        assert prompt.text == "A short question about your work (1 minute)"
        assert offers(prompt)[:2] == ["Not stuck", "A bit stuck"]
        await ana.presses_on(prompt, "Badly stuck")
        assert "banging your head against" in str(ana.person.modal)
        assert await submits(ana, {"stuck_text": "=1+1 <!channel> the tests", "skill": "2"}) == {}
        (kept, *_) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        given = await lab.answers(kept)
        assert given["stuck"] == "3"
        assert given["stuck_text"] == "=1+1 <!channel> the tests"
        await world.settles()
        assert said(asked(ana)[0]) == "Thank you. Saved."
        assert not any("the tests" in text for text in world.said())

    async def test_cannot_just_now(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)
        prompt = await first_prompt(ana)

        await ana.presses_on(prompt, "Can't: meeting")

        (one, *_) = [each for each in await lab.prompts(ana) if each.outcome]
        assert (one.outcome, one.reason) == ("declined", "meeting")
        await ana.commands("/sampling mine")
        assert "declined (Can't: meeting)" in screen(ana)

    async def test_a_reason_of_the_same_name_is_nobodys_button(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)
        await first_prompt(ana)
        (one, *_) = [each for each in await lab.prompts(ana) if each.sent_at]
        unsent = replace(one, outcome=Outcome.NOT_SENT, reason="incident")
        await world.bot.db.run(lambda tx: tx.prompts.put(unsent))

        await ana.commands("/sampling mine")

        assert "not sent (incident)" in screen(ana)

    async def test_what_is_typed_is_not_kept_and_the_form_is_offered(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        await a_lab(world, world.person("olga"))
        await joins(ana)
        prompt = await first_prompt(ana)
        await ana.presses_on(prompt, "A bit stuck")
        assert ana.person.dm is not None

        await ana.says("the build is slow", place=ana.person.dm)

        assert "stays in Slack" in ana.told()
        await ana.presses("Put it into the form")
        assert "the build is slow" in str(ana.person.modal)

    async def test_what_is_typed_before_the_first_tap_needs_one_press(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)
        await first_prompt(ana)
        assert ana.person.dm is not None
        await ana.says("the build is slow", place=ana.person.dm)
        assert "counts as late" not in ana.told()

        await ana.presses("Put it into the form")

        assert "Open until" in screen(ana)
        assert "were you stuck on something?" in str(ana.person.modal)
        assert "the build is slow" in str(ana.person.modal)
        assert await submits(ana, {"stuck": "2", "skill": "4"}) == {}
        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert (kept.outcome, kept.valid) == ("complete", True)
        given = await lab.answers(kept)
        assert (given["stuck"], given["stuck_text"]) == ("2", "the build is slow")
        assert given["skill"] == "4"
        assert said(asked(ana)[0]) == "Thank you. Saved."

    async def test_what_is_typed_has_a_place_or_stays_in_the_form(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)
        await first_prompt(ana)
        assert ana.person.dm is not None
        await ana.says("a day off", place=ana.person.dm)
        await ana.presses("Put it into the form")

        assert "No question for words" in str(await submits(ana, {"stuck": "9"}))
        assert await submits(ana, {"stuck": "9", "your-words": ""}) == {}

        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert await lab.answers(kept) == {"stuck": "9"}

    async def test_what_is_typed_late_is_said_to_be_late_and_two_days_later_has_no_form(
        self, world: World
    ) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)
        await first_prompt(ana)
        await ana.commands("/sampling pause")
        await ana.presses("Until I resume")
        await world.passes(minutes=31)
        assert ana.person.dm is not None

        await ana.says("the build is slow", place=ana.person.dm)
        assert "counts as late" in ana.told()
        await ana.presses("Put it into the form")
        assert "counts as late" in screen(ana)
        assert await submits(ana, {"stuck": "3"}) == {}
        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert (kept.outcome, kept.late, kept.valid) == ("complete", True, False)

        await world.passes(minutes=48 * 60)
        await ana.says("and again", place=ana.person.dm)
        assert "stays in Slack" in ana.told()
        assert ana.offered() == []

    async def test_a_form_that_is_closed_loses_no_choice(self, world: World) -> None:
        ana = world.person("ana", zone="Europe/Berlin")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)
        prompt = await first_prompt(ana)
        await ana.presses_on(prompt, "Badly stuck")
        assert ana.person.modal is not None
        assert "Choices are saved as you make them" in screen(ana)

        reply = await ana.person.selects(ana.person.modal, "sampling.chose.challenge", "4")
        assert reply.acked
        await ana.person.closes(ana.person.modal)
        await world.settles()

        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert await lab.answers(kept) == {"stuck": "3", "challenge": "4"}
        await ana.presses_on(asked(ana)[0], "Answer them")
        (shown,) = [b for b in ana.person.modal.blocks if b.get("block_id") == "challenge"]
        assert shown["element"]["initial_option"]["value"] == "4"
        await world.passes(minutes=60)
        (kept,) = [each for each in await lab.prompts(ana) if each.first_tap_at]
        assert (kept.outcome, kept.valid) == ("partial", True)

    async def test_reports_something_unasked(self, world: World) -> None:
        ana = world.person("ana")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)

        await ana.commands("/sampling now")
        await ana.presses("Not stuck")
        await submits(ana, {"other_text": "a good day"})

        (report,) = [each for each in await lab.prompts(ana) if each.trigger == "self_report"]
        assert (report.outcome, report.planned_at) == ("complete", None)

    async def test_the_evening_before_a_day_is_not_of_that_day(self, world: World) -> None:
        ana = world.person("ana", zone="America/New_York")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)
        me = await lab.volunteer(ana)
        assert (me.planned_days, me.planned_to) == (
            1,
            date(2026, 11, 20),
        )  # it is 22:07 on the 19th
        assert "0 of 10 days have begun" in await ana.commands("/sampling")

        for planned in (1, 3):
            await put(world, replace(me, planned_days=planned))
            await ana.commands("/sampling now")

        own = [each for each in await lab.prompts(ana) if each.trigger == "self_report"]
        assert sorted(each.day for each in own) == [1, 2]

    async def test_practice_is_never_stored(self, world: World) -> None:
        ana = world.person("ana")
        lab = await a_lab(world, world.person("olga"))
        await joins(ana)
        before = await lab.prompts(ana)

        await ana.commands("/sampling practice")
        await ana.presses("Badly stuck")
        await submits(ana, {"stuck_text": "nothing of this"})

        assert await lab.prompts(ana) == before
        assert words(ana.private()[-1].blocks) != ""


async def put(world: World, volunteer: Volunteer) -> None:
    await world.bot.db.run(lambda tx: tx.volunteers.put(volunteer))


async def first_prompt(ana: Human) -> Message:
    """Let time pass until they are asked."""
    for _ in range(12 * 12):
        await ana.world.passes(minutes=5)
        if found := asked(ana):
            return found[-1]
    raise AssertionError("nobody was asked")

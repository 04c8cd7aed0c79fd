"""Reviewing a study: roles, the queue, tags, two coders, grants; and who must see nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.clock import SystemDraws
from bot.sampling.model import Answer, Outcome, Prompt, Trigger
from bot.sampling.quoting import Quoting
from bot.workspace.model import Request
from storage.tx import Tx
from tests.journeys.stage import Human, World
from tests.journeys.studying import (
    Lab,
    a_lab,
    asked,
    joins,
    presses_in_form,
    reports,
    said,
    screen,
    submits,
)

QUESTION = "What are you currently banging your head against the wall about?"
WORDS = ("the build", "a flaky test", "waiting for review", "meetings", "the VPN")


async def opens_study(human: Human) -> str:
    await human.commands("/sampling study")
    return screen(human)


async def attests(human: Human) -> None:
    await opens_study(human)
    await presses_in_form(human, "I confirm")


async def a_reviewed_lab(world: World, **others: Human) -> tuple[Lab, list[Human]]:
    """Five volunteers who have each reported once, and everybody with a role has attested."""
    lab = await a_lab(world, world.person("olga"), **others)
    volunteers = [world.person(f"vol{place}") for place in range(len(WORDS))]
    for each, text in zip(volunteers, WORDS, strict=True):
        await joins(each)
        await reports(each, text)
    for each in (lab.owner, *others.values()):
        await attests(each)
    return lab, volunteers


async def writes_book(coder: Human) -> None:
    await opens_study(coder)
    await presses_in_form(coder, "Code book")
    typed = "tools: builds, tests, networks\npeople: waiting for somebody"
    assert await submits(coder, {"text": typed}) == {}


class TestReading:
    @pytest.mark.row("E4")
    async def test_a_coder_reads_finds_and_tags(self, world: World) -> None:
        coder = world.person("cody")
        _lab, volunteers = await a_reviewed_lab(world, coder=coder)
        await writes_book(coder)

        await coder.commands("/sampling review")

        shown = screen(coder)
        assert all(text in shown for text in WORDS)
        assert not any(each.person.name in shown for each in volunteers)
        await coder.commands("/sampling review flaky")
        assert "a flaky test" in screen(coder)
        assert "the VPN" not in screen(coder)
        await presses_in_form(coder, "Code")
        assert "a flaky test" in screen(coder)
        assert await submits(coder, {"tags": ["tools"]}) == {}
        await coder.commands("/sampling review flaky")
        assert "Yours: tools" in screen(coder)

    async def test_nothing_is_shown_before_five_take_part(self, world: World) -> None:
        reader, ana = world.person("rita"), world.person("ana")
        await a_lab(world, world.person("olga"), reader=reader)
        await joins(ana)
        await reports(ana, "just me")
        await attests(reader)

        assert "once 5 volunteers take part" in await reader.commands("/sampling review")

    async def test_nothing_without_attesting(self, world: World) -> None:
        reader = world.person("rita")
        lab = await a_lab(world, world.person("olga"), reader=reader)

        assert "attest first" in await reader.commands("/sampling review")
        assert "Before anything else" in await opens_study(reader)
        assert lab.study.secret.hex() not in str(world.said())

    async def test_others_are_told_that_there_is_nothing_for_them(self, world: World) -> None:
        coder, boss = world.person("cody"), world.person("boss", admin=True)
        _, volunteers = await a_reviewed_lab(world, coder=coder)

        for each in (boss, volunteers[0], world.person("stranger")):
            assert "You hold no role" in await each.commands("/sampling review")
            assert "You hold no role" in await each.commands("/sampling study")

    async def test_an_admin_may_hold_no_role(self, world: World) -> None:
        boss = world.person("boss", admin=True)
        await a_lab(world, world.person("olga"), reader=boss)
        await opens_study(boss)

        await presses_in_form(boss, "I confirm")

        assert "attest first" in await boss.commands("/sampling review")

    async def test_a_volunteer_sees_who_read_their_answers(self, world: World) -> None:
        reader = world.person("rita")
        _, volunteers = await a_reviewed_lab(world, reader=reader)
        await reader.commands("/sampling review")

        await volunteers[0].commands("/sampling mine")

        assert f"<@{reader.id}> read 1 of your answers, 2026-11-20" in screen(volunteers[0])


class TestQuotes:
    @pytest.mark.row("C24", "E5")
    async def test_words_are_shown_only_where_their_author_says_yes(self, world: World) -> None:
        reader = world.person("rita")
        _, volunteers = await a_reviewed_lab(world, reader=reader)
        author = volunteers[1]
        assert "Nothing was published" in await author.commands("/sampling results")
        await reader.commands("/sampling review flaky")
        await presses_in_form(reader, "Ask for a quote")
        assert "words" in await submits(reader, {"words": "a stable test", "place": "the digest"})
        assert await submits(reader, {"words": "a flaky test", "place": "the digest"}) == {}
        await world.passes(minutes=12 * 60)
        (note,) = [each for each in asked(author) if "Not answering means no" in said(each)]
        assert "flaky" not in said(note)
        assert "Nothing was published" in await author.commands("/sampling results")

        await author.presses_on(note, "See the words")
        assert "> a flaky test\nWhere: the digest; and in `/sampling results`" in screen(author)
        await presses_in_form(author, "Yes, these words")

        shown = await world.person("anybody").commands("/sampling results")
        assert "“a flaky test” · the digest" in shown
        await presses_in_form(author, "No")
        assert "Nothing was published" in await author.commands("/sampling results")

    async def test_a_yes_is_to_the_words_on_the_screen(self, world: World) -> None:
        author = await asked_for_a_quote(world)

        await presses_in_form(author, "Shorter")
        assert await submits(author, {"words": "a … test"}) == {}

        # The form beneath: it offered a yes to all of it.
        assert "> a … test" in screen(author)
        assert "Yes, these words" not in str(author.person.modal)
        shown = await world.person("anybody").commands("/sampling results")
        assert "“a … test” · the digest" in shown

    async def test_where_the_form_beneath_cannot_be_shown_anew_it_is_closed(
        self, world: World
    ) -> None:
        author = await asked_for_a_quote(world)
        await presses_in_form(author, "Shorter")
        world.sandbox.fault("views.update", status=500)

        assert await submits(author, {"words": "a … test"}) == {}

        assert author.person.modal is None
        assert "“a … test”" in await world.person("anybody").commands("/sampling results")

    async def test_a_yes_on_a_screen_of_before_is_refused(self, world: World) -> None:
        author = await asked_for_a_quote(world)
        await shortens_elsewhere(world, author, "a … test")

        await presses_in_form(author, "Yes, these words")

        assert "You answered this since it was shown" in screen(author)
        shown = await world.person("anybody").commands("/sampling results")
        assert "“a … test” · the digest" in shown

    async def test_nobody_else_answers_for_them(self, world: World) -> None:
        reader, stranger = world.person("rita"), world.person("sam")
        lab, _ = await a_reviewed_lab(world, reader=reader)
        await reader.commands("/sampling review flaky")
        await presses_in_form(reader, "Ask for a quote")
        await submits(reader, {"words": "a flaky test", "place": "the digest"})

        assert "There is no study" in await lab.owner.commands("/sampling review")
        told = await stranger.commands("/sampling results")
        assert told.startswith("Nothing was published here yet.")
        assert "flaky" not in told


async def asked_for_a_quote(world: World) -> Human:
    """An author, with the words and what may be said of them on their screen."""
    reader = world.person("rita")
    _, volunteers = await a_reviewed_lab(world, reader=reader)
    author = volunteers[1]
    await reader.commands("/sampling review flaky")
    await presses_in_form(reader, "Ask for a quote")
    await submits(reader, {"words": "a flaky test", "place": "the digest"})
    await world.passes(minutes=12 * 60)
    (note,) = [each for each in asked(author) if "Not answering means no" in said(each)]
    await author.presses_on(note, "See the words")
    return author


async def shortens_elsewhere(world: World, author: Human, words: str) -> None:
    """On another device, of which the form on this screen knows nothing."""
    team, db = world.bot.workspace.id, world.bot.db
    person = await db.read(lambda tx: tx.workspace.person(team, author.id))
    assert person is not None
    quoting, request = Quoting[Tx](db, SystemDraws()), Request(team, person, world.clock.now())
    (waits,) = await quoting.of_mine(request)
    await quoting.answer(request, waits.quote.id, approve=True, shortened=words)


class TestTwoCoders:
    @pytest.mark.row("E4")
    async def test_code_apart_see_how_far_they_agree_and_settle(self, world: World) -> None:
        cody, cora = world.person("cody"), world.person("cora")
        await a_reviewed_lab(world, coder1=cody, coder2=cora)
        await writes_book(cody)
        await opens_study(cody)

        await presses_in_form(cody, "Code apart with", cora.id)
        await opens_study(cody)
        await presses_in_form(cody, "Code the next")
        assert screen(cody).startswith(QUESTION)
        await codes_all(cody, lambda _: ["tools"])
        assert "you are done, the other is not yet" in await opens_study(cody)
        await codes_all(cora, lambda text: ["people"] if "review" in text else ["tools"])

        # Both are done, and compare nothing before the agreement was computed.
        assert "look at the agreement, then compare" in await opens_study(cora)
        await cora.commands("/sampling review review")
        assert "The other:" not in screen(cora)
        assert "Settle" not in str(cora.person.modal)
        await opens_study(cody)
        await presses_in_form(cody, "Agreement")
        assert "5 of 5 texts, by 5 volunteers" in screen(cody)
        assert "*people*: 0 and 1, both 0 · positive agreement 0.00" in screen(cody)

        await presses_in_form(cody, "Settle what differs")
        assert screen(cody).startswith(QUESTION)
        assert "waiting for review" in screen(cody)
        assert "Yours: tools\nThe other: people" in screen(cody)
        assert "1 to settle in this round" in screen(cody)
        assert await submits(cody, {"tags": ["people"]}) == {}
        assert "nothing left on which you two differ" in screen(cody)
        await cora.commands("/sampling review review")
        assert "Yours: people\nTogether: people\nThe other: tools" in screen(cora)

    async def test_settle_anew_from_the_queue(self, world: World) -> None:
        cody, cora = world.person("cody"), world.person("cora")
        await a_reviewed_lab(world, coder1=cody, coder2=cora)
        await writes_book(cody)
        await opens_study(cody)
        await presses_in_form(cody, "Code apart with", cora.id)
        for coder in (cody, cora):
            await codes_all(coder, lambda _: ["tools"])
        await opens_study(cody)
        await presses_in_form(cody, "Agreement")

        await cora.commands("/sampling review flaky")
        await presses_in_form(cora, "Settle")
        assert "a flaky test" in screen(cora)
        assert await submits(cora, {"tags": []}) == {}

        await cody.commands("/sampling review flaky")
        assert "Yours: tools\nTogether: none of the tags\nThe other: tools" in screen(cody)
        assert "Settle anew" in str(cody.person.modal)

    async def test_why_not_is_said_where_it_was_pressed(self, world: World) -> None:
        """A form has no message below which a refusal could stand."""
        cody, rita = world.person("cody"), world.person("rita")
        await a_reviewed_lab(world, coder=cody, reader=rita)
        await opens_study(cody)

        await presses_in_form(cody, "Code apart with", rita.id)

        assert "name another coder of this study who has attested" in screen(cody)


async def codes_all(coder: Human, tags: Callable[[str], list[str]]) -> None:
    """Their half of the round, by what stands in each text."""
    await opens_study(coder)
    await presses_in_form(coder, "Code the next")
    while "You have coded all" not in screen(coder):
        assert await submits(coder, {"tags": tags(screen(coder))}) == {}


class TestPublishing:
    @pytest.mark.row("E5")
    async def test_below_ten_volunteers_everybody_reads_words_and_counts(
        self, world: World
    ) -> None:
        lab, volunteers = await a_reviewed_lab(world)
        await answered(lab, volunteers)
        await opens_study(lab.owner)
        await presses_in_form(lab.owner, "Publish")
        assert "No week of this study is over yet" in screen(lab.owner)

        await world.passes(timedelta(days=5))
        await opens_study(lab.owner)
        await presses_in_form(lab.owner, "Publish")
        assert await submits(lab.owner, {"what": "stuck", "week": "1"}) == {}
        assert "Published: a figure of 15 answers" in screen(lab.owner)

        shown = await world.person("anybody").commands("/sampling results")
        lines = shown.splitlines()
        assert "Week 1: *Just before this message arrived: were you stuck on something?*" in lines
        for line, label in zip(lines[2:5], ("Not", "A bit", "Badly"), strict=True):
            assert line.startswith(f"{label} stuck: about a third of the answers")
        assert lines[5].startswith("Of 15 answers by at least 5 people")
        assert shown.count("people who struggle probably answer less") == 1
        assert "%" not in shown  # points of a share: not below ten

    async def test_themes_are_by_themselves_and_what_is_refused_says_why(
        self, world: World
    ) -> None:
        coder = world.person("cody")
        lab, volunteers = await a_reviewed_lab(world, coder=coder)
        await answered(lab, volunteers[:4])
        await writes_book(coder)
        for word in WORDS:
            await coder.commands(f"/sampling review {word}")
            await presses_in_form(coder, "Code")
            await submits(coder, {"tags": ["tools"]})
        await world.passes(timedelta(days=5))
        await opens_study(lab.owner)
        await presses_in_form(lab.owner, "Publish")

        wrong = await submits(lab.owner, {"what": "stuck", "week": "1"})
        assert "Fewer than 5 people answered" in wrong["what"]
        assert "Nothing was published" in await coder.commands("/sampling results")
        assert await submits(lab.owner, {"what": "theme:", "week": "1"}) == {}

        assert "wrote about in week 1: tools" in screen(lab.owner)
        shown = await coder.commands("/sampling results")
        assert "Week 1: what at least five people wrote about: tools" in shown


async def answered(lab: Lab, people: list[Human]) -> None:
    """On their first day each was asked three times and gave each of three answers once."""
    at = lab.world.clock.now()
    for each in people:
        me = await lab.volunteer(each)
        prompts = [_prompt(lab, me.pseudonym, beep, at) for beep in (1, 2, 3)]
        said = [Answer(e.id, "stuck", str(e.beep - 90), False, at) for e in prompts]
        await lab.world.bot.db.run(_keeping(lab, prompts, said))


def _prompt(lab: Lab, pseudonym: str, beep: int, at: datetime) -> Prompt:
    return Prompt(
        f"{lab.study.id}-{pseudonym}-{beep}", lab.study.id, pseudonym, 1, Trigger.SIGNAL,
        at.date(), 1, 90 + beep, 3, at, "UTC", 0, Outcome.COMPLETE, sent_at=at, first_tap_at=at,
        ended_at=at, valid=True,
    )  # fmt: skip


def _keeping(lab: Lab, prompts: list[Prompt], said: list[Answer]) -> Callable[[Tx], None]:
    def work(tx: Tx) -> None:
        tx.prompts.put_all(prompts)
        tx.prompts.answer(said, lab.study)

    return work


class TestExporting:
    async def test_the_owner_lets_an_analyst_export_for_an_hour(self, world: World) -> None:
        analyst = world.person("anna")
        lab, volunteers = await a_reviewed_lab(world, analyst=analyst)
        await opens_study(lab.owner)

        await presses_in_form(lab.owner, "Let an analyst export", analyst.id)

        assert "may export for one hour; `/sampling export` tells them how" in screen(lab.owner)
        await volunteers[0].commands("/sampling mine")
        told = f"<@{lab.owner.id}> let <@{analyst.id}> export the study for an hour"
        assert told in screen(volunteers[0])
        assert f"<@{lab.owner.id}> let <@{analyst.id}> export on 2026-11-20" in await opens_study(
            analyst
        )

    async def test_an_analyst_is_told_whether_and_how(self, world: World) -> None:
        analyst = world.person("anna")
        lab, volunteers = await a_reviewed_lab(world, analyst=analyst)
        assert "Nothing is granted to you" in await analyst.commands("/sampling export")
        await opens_study(lab.owner)
        await presses_in_form(lab.owner, "Let an analyst export", analyst.id)

        told = await analyst.commands("/sampling export")

        assert "You may export until" in told
        assert "`parallax export study stuck --out FOLDER`" in told
        assert "you are none of this one" in await lab.owner.commands("/sampling export")
        assert "You hold no role" in await volunteers[0].commands("/sampling export")
        await world.passes(minutes=61)
        assert "Nothing is granted to you" in await analyst.commands("/sampling export")


class TestWhatComesNext:
    async def test_everybody_with_a_part_is_told_their_command(self, world: World) -> None:
        people = {each: world.person(each) for each in ("reader", "coder", "analyst")}
        lab, _ = await a_reviewed_lab(world, **people)

        told = {name: await opens_study(human) for name, human in people.items()}

        assert all("`/sampling review` shows the answers" in told[e] for e in ("reader", "coder"))
        assert "`/sampling export` says whether" in told["analyst"]
        assert "/sampling export" not in told["reader"] + told["coder"]
        assert "/sampling review" not in told["analyst"] + await opens_study(lab.owner)


class TestHowItGoes:
    async def test_the_owner_reads_figures_of_the_study_and_of_nobody(self, world: World) -> None:
        lab, _ = await a_reviewed_lab(world)
        await opens_study(lab.owner)

        await presses_in_form(lab.owner, "How it goes")

        told = screen(lab.owner)
        assert "response rate" in told
        assert "people who struggle probably answer less" in told

    async def test_others_with_a_role_have_no_such_button(self, world: World) -> None:
        analyst = world.person("anna")
        await a_reviewed_lab(world, analyst=analyst)
        assert "How it goes" not in await opens_study(analyst)


async def test_anybody_may_keep_what_seals_the_plan(world: World) -> None:
    lab, _ = await a_reviewed_lab(world)
    team, now = world.bot.workspace.id, world.clock.now()
    head = await world.bot.db.run(lambda tx: tx.studies.publish(lab.study, "2026-W47", now))
    assert head

    told = await world.person("anybody").commands("/sampling results")

    assert lab.study.commitment in told
    assert f"2026-W47: `{head}`" in told
    assert "`parallax study replay-schedule`" in told
    assert (await lab.studies.heads(team, lab.study.id))[0].head == head

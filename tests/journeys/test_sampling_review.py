"""Reviewing a study: roles, the queue, tags, two coders, grants; and who must see nothing."""

import pytest

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
        assert "“a flaky test”" in screen(author)
        await presses_in_form(author, "Yes, these words")

        shown = await world.person("anybody").commands("/sampling results")
        assert "“a flaky test” · the digest" in shown
        await presses_in_form(author, "No")
        assert "Nothing was published" in await author.commands("/sampling results")

    async def test_nobody_else_answers_for_them(self, world: World) -> None:
        reader, stranger = world.person("rita"), world.person("sam")
        lab, _ = await a_reviewed_lab(world, reader=reader)
        await reader.commands("/sampling review flaky")
        await presses_in_form(reader, "Ask for a quote")
        await submits(reader, {"words": "a flaky test", "place": "the digest"})

        assert "There is no study" in await lab.owner.commands("/sampling review")
        assert await stranger.commands("/sampling results") == (
            "Nothing was published here yet. Figures come from at least five people, or not at all."
        )


class TestTwoCoders:
    async def test_code_apart_and_see_how_far_they_agree(self, world: World) -> None:
        cody, cora = world.person("cody"), world.person("cora")
        await a_reviewed_lab(world, coder1=cody, coder2=cora)
        await writes_book(cody)
        await opens_study(cody)

        await presses_in_form(cody, "Code apart with", cora.id)
        for coder in (cody, cora):
            await opens_study(coder)
            await presses_in_form(coder, "Code the next")
            while "none of them" not in screen(coder) and "coded all" not in screen(coder):
                assert await submits(coder, {"tags": ["tools"]}) == {}
        await opens_study(cody)
        await presses_in_form(cody, "Agreement")

        assert "5 of 5 texts, by 5 volunteers" in screen(cody)
        assert "undefined" in screen(cody)


class TestExporting:
    async def test_the_owner_lets_an_analyst_export_for_an_hour(self, world: World) -> None:
        analyst = world.person("anna")
        lab, volunteers = await a_reviewed_lab(world, analyst=analyst)
        await opens_study(lab.owner)

        await presses_in_form(lab.owner, "Let an analyst export", analyst.id)

        assert "may export for one hour" in screen(lab.owner)
        await volunteers[0].commands("/sampling mine")
        told = f"<@{lab.owner.id}> let <@{analyst.id}> export the study for an hour"
        assert told in screen(volunteers[0])

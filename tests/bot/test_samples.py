"""The sample study of the demo: it is there, it was lived, its time passes as the strip says."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.clock import SeededDraws
from bot.director import Director, reel
from bot.sample_answers import FEELING, SCENES, entries
from bot.samples import present_of, sample_protocol, week_before
from bot.sampling.model import Outcome, Prompt, Study, StudyState
from bot.sampling.protocol_check import lockable
from bot.sandbox.answering import prompt_of
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import Channel
from bot.takes import Take

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
LONG = 300.0  # seconds; a busy machine takes its time


@pytest.fixture
async def director() -> AsyncIterator[Director]:
    director = Director(reel("study"), [], paused=True)
    await director.opens()
    try:
        await director.starts()
        yield director
    finally:
        await director.closes()


def on_stage(director: Director) -> Take:
    return director._on_stage  # noqa: SLF001 - the page shows no more than a person may see


async def kept(take: Take) -> tuple[Study, list[Prompt], int]:
    """The study, its prompts, and how many answers there are."""
    bot = take._bot  # noqa: SLF001 - nor this
    assert bot is not None

    def look(tx):  # type: ignore[no-untyped-def]
        (study,) = tx.studies.studies(bot.workspace.id)
        found: list[Prompt] = []
        while page := tx.prompts.prompts(study, after=found[-1].place if found else ""):
            found += page
        return study, found, len(tx.prompts.answers([each.id for each in found]))

    return await bot.db.read(look)


async def test_a_week_of_six_volunteers_is_there_and_the_viewer_is_asked_in_an_accelerated_day(
    director: Director,
) -> None:
    """One take serves all of it: to live through the week is the costly part."""
    await was_lived(on_stage(director))
    explains_itself(director)
    await can_be_held(director)
    await asks_who_joins(director)
    await was_in_time(on_stage(director))


async def was_lived(take: Take) -> None:
    """A week, by the real bot, of which Slack refused nothing."""
    study, prompts, answers = await kept(take)
    assert study.state is StudyState.RUNNING
    assert study.protocol.legal.controller == "Quillfeather Ltd (invented)"
    assert len({each.pseudonym for each in prompts}) == 6
    past = [each for each in prompts if each.day <= 5]
    assert 60 <= len(past) <= 120
    outcomes = Counter(each.outcome for each in past)
    ended = {Outcome.COMPLETE, Outcome.PARTIAL, Outcome.DECLINED, Outcome.EXPIRED}
    assert set(outcomes) <= ended
    assert outcomes[Outcome.COMPLETE] > len(past) / 2
    assert outcomes[Outcome.DECLINED]
    assert outcomes[Outcome.EXPIRED]
    assert answers > 3 * outcomes[Outcome.COMPLETE]
    assert [each for each in take.sandbox.calls if not each.response_ok] == []


def explains_itself(director: Director) -> None:
    """Everybody is there, and nobody has to be told who may do what."""
    strip, sandbox = director.strip(), director.shown.sandbox
    assert (strip["name"], strip["title"]) == ("study", "The sample study")
    assert (strip["time"][-5:], strip["paces"]) == ("08:40", [1, 60, 120, 600])
    assert "/sampling join" in strip["next"]
    names = {each.name for each in sandbox.workspace.users.values() if not each.is_bot}
    assert {"ana", "olga", "cody", "cora", "anna"} < names
    assert director.shown.viewer.name == "ana"
    lines = general(director).lines()
    assert "/sampling join" in lines[-1].text
    assert lines[-1].ts < director.shown.read_before


async def can_be_held(director: Director) -> None:
    before = director.strip()["time"]
    await asyncio.sleep(0.3)
    assert director.strip()["time"] == before
    with pytest.raises(CannotAct):
        await director.order("pace", 20)


async def asks_who_joins(director: Director) -> None:
    """On the same day; and then time runs as ours does."""
    ana, began, slowed = director.shown.viewer, director.strip()["time"], asyncio.Event()
    await ana.command("/sampling", "join", general(director))
    assert ana.modal is not None
    assert not (await ana.submits(ana.modal)).errors

    def told() -> None:
        if director.strip()["note"]:
            slowed.set()

    director.watched(lambda: None, told)
    await director.order("pace", 600)
    await director.order("play", None)
    async with asyncio.timeout(LONG):
        await slowed.wait()
    strip = director.strip()
    assert (strip["pace"], strip["playing"]) == (1, True)
    assert strip["note"].startswith("ana was asked something")
    assert strip["time"].split()[:3] == began.split()[:3]
    await director.order("pause", None)
    assert ana.dm is not None
    assert len([each for each in ana.dm.lines() if prompt_of(each)]) == 1


async def was_in_time(take: Take) -> None:
    """However fast time passed, and however slow the machine is."""
    _, prompts, _ = await kept(take)
    assert not [each for each in prompts if each.outcome in {Outcome.FAILED, Outcome.UNKNOWN}]
    for each in prompts:
        if each.sent_at and each.planned_at:
            assert timedelta(0) <= each.sent_at - each.planned_at < timedelta(minutes=1)


def general(director: Director) -> Channel:
    found = director.shown.sandbox.workspace.channel_named("general")
    assert found is not None
    return found


def test_the_demo_begins_on_the_morning_of_a_working_day() -> None:
    for day in range(1, 15):
        now = datetime(2026, 3, day, 23, 30, tzinfo=AMSTERDAM)
        present = present_of(now)
        assert present.weekday() < 5
        assert (present.hour, present.minute) == (8, 40)
        began = week_before(present)
        assert (present.date() - began.date()).days == 7
        assert (began.hour, began.minute) == (8, 20)  # by the clock on the wall, on every date


def test_the_sample_study_may_be_locked() -> None:
    present = present_of(datetime(2026, 12, 31, 12, tzinfo=AMSTERDAM))
    protocol = sample_protocol(present)
    lockable(protocol, present.date())
    assert '"controller":"Quillfeather Ltd (invented)"' in protocol.canonical


def test_what_is_answered_fits_what_is_asked() -> None:
    protocol = sample_protocol(present_of(datetime(2026, 6, 1, 12, tzinfo=AMSTERDAM)))
    items = {each.name: each for each in (*protocol.items, *protocol.rotate)}
    draws = SeededDraws(1)
    for value in SCENES:
        assert set(FEELING[value]) <= {each.value for each in items["feeling"].options}
        for _ in range(40):
            for name, given in entries(value, draws).items():
                options = {each.value for each in items[name].options}
                assert not options or given in options

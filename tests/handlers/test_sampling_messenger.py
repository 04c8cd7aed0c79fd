"""What goes out to volunteers, against the sandbox; and when Slack is silent for them."""

from datetime import datetime, timedelta

import pytest

from handlers.sampling_messenger import SlackSampling
from tests.bot.sampling.fakes import a_prompt, a_study
from tests.handlers.conftest import START, Town

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
BEGINS, ENDS = START + HOUR, START + 9 * HOUR


async def nobody(workspace: str, person: str) -> object:
    raise AssertionError(f"{person} of {workspace} was looked up")


@pytest.fixture
def messenger(town: Town) -> SlackSampling:
    return SlackSampling(town.slack, nobody)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "quiet"),
    [
        (BEGINS - SECOND, False),
        (BEGINS, True),
        (ENDS - SECOND, True),
        (ENDS, False),
        (ENDS + HOUR, False),
    ],
)
async def test_it_is_quiet_between_the_start_and_the_end_of_do_not_disturb(
    town: Town, messenger: SlackSampling, now: datetime, quiet: bool
) -> None:
    town.ana.pauses_notifications(int(BEGINS.timestamp()), int(ENDS.timestamp()))
    assert await messenger.in_quiet_hours(town.sandbox.team_id, town.ana.id, now) is quiet


async def test_without_a_schedule_it_is_never_quiet(town: Town, messenger: SlackSampling) -> None:
    assert not await messenger.in_quiet_hours(town.sandbox.team_id, town.ana.id, START)


async def test_the_reminder_is_announced_as_the_prompt_is(
    town: Town, messenger: SlackSampling
) -> None:
    study = a_study(workspace=town.sandbox.team_id)
    await messenger.ask(study, a_prompt(), town.ana.id, "key-1")
    await messenger.remind(study, a_prompt(), town.ana.id, "key-2")
    assert town.ana.dm is not None
    announced = [each.text for each in town.ana.dm.lines()]
    assert announced == ["A short question about your work (1 minute)"] * 2

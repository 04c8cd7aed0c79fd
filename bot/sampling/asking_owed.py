"""Which sends follow from a plan, from what became of a prompt, and from a study that runs.

A timer is a row of the ledger that sends nothing (decision 0005). The subject of a prompt is its
random id, and nothing in a row says what was asked or answered; all of them are purged a day after
they ended. Purposes that begin with `sampling.prompt` are not paid from the purse.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.deliveries.model import Planned, Policy, Priority
from bot.sampling.model import Message, Prompt, Study
from bot.sampling.outcomes import STAGES, Stage, stage_of
from bot.workspace.purse import PROMPT, lane_of

REMINDER = f"{PROMPT}.reminder"
EXPIRY = "sampling.expiry"
SHOW = "sampling.show"
DELETE = "sampling.delete"
TELL = "sampling.tell"
PLAN = "sampling.plan"
PURPOSES = "sampling."  # all of them begin so

TIMER = "timer"
EDIT = "edit"
SEPARATOR = "/"
AN_HOUR = timedelta(hours=1)
# What is told privately is worth telling for so long.
WORTH_TELLING = timedelta(hours=12)
# What a note is about.
TOO_MANY = "too_many"
EXIT = "exit"


def ask(study: Study, prompt: Prompt, person: str) -> Planned:
    """One prompt, in its planned second; a little later it is missed."""
    due = _time(prompt.planned_at)
    return Planned(
        workspace=study.workspace,
        purpose=PROMPT,
        subject=prompt.id,
        due=due,
        lane=lane_of(person),
        policy=Policy.LOOK_BACK,
        priority=Priority.PERSON,
        # The bound belongs to the time in which it may be sent.
        expires=due + timedelta(minutes=study.protocol.schedule.max_send_lag_min, microseconds=1),
    )


def remind(study: Study, prompt: Prompt, person: str) -> Planned:
    """The one reminder, which nobody needs any more once the prompt is over."""
    sent = _time(prompt.sent_at)
    return Planned(
        workspace=study.workspace,
        purpose=REMINDER,
        subject=prompt.id,
        due=sent + timedelta(minutes=study.protocol.schedule.reminder_min),
        lane=lane_of(person),
        policy=Policy.LOOK_BACK,
        priority=Priority.PERSON,
        expires=prompt.expires_at,
    )


def expire(study: Study, prompt: Prompt) -> Planned:
    """When its time is over, as that stands; a first tap moves it, with a timer of its own."""
    due = _time(prompt.expires_at)
    return Planned(study.workspace, EXPIRY, prompt.id, due, TIMER, Policy.STEP, Priority.PERSON)


def show(study: Study, prompt: Prompt) -> Planned:
    """Its message shows what has become of it. Counted by stage, for none goes back."""
    return Planned(
        workspace=study.workspace,
        purpose=SHOW,
        subject=prompt.id,
        due=_time(prompt.sent_at or prompt.planned_at),
        lane=EDIT,
        policy=Policy.LATEST_WINS,
        priority=Priority.PERSON,
        wanted=STAGES.index(stage_of(prompt)),
    )


def delete(workspace: str, message: Message, now: datetime) -> Planned:
    """A message of ours goes away."""
    subject = f"{message.channel}{SEPARATOR}{message.ts}"
    return Planned(workspace, DELETE, subject, now, EDIT, Policy.STEP, Priority.PERSON)


def tell(study: Study, person: str, what: str, due: datetime) -> Planned:
    """One private note; `what` names it, and it is told once for each `due`.

    By their Slack id, which the lane shows anyway: a code name beside it would tell who is who.
    """
    return Planned(
        workspace=study.workspace,
        purpose=TELL,
        subject=SEPARATOR.join([study.id, person, what]),
        due=due,
        lane=lane_of(person),
        policy=Policy.LOOK_BACK,
        priority=Priority.ROUTINE,
        expires=due + WORTH_TELLING,
    )


def plan_days(study: Study, due: datetime, place: str = "") -> Planned:
    """Plan the dates that begin soon, of the volunteers after that place."""
    subject = SEPARATOR.join([study.id, place]) if place else study.id
    return Planned(study.workspace, PLAN, subject, due, TIMER, Policy.STEP, Priority.ROUTINE)


def first_planning(study: Study, now: datetime) -> Planned:
    """The look that starts all others: for a study that was started, and at each start of ours.

    Unique, for it is due on the hour: of several that ask for it all but one change nothing.
    """
    return plan_days(study, full_hour(now))


def full_hour(now: datetime) -> datetime:
    """The hour that has begun last, UTC."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def following(study: Study, before: Prompt, after: Prompt, now: datetime) -> Iterator[Planned]:
    """What a change of a prompt makes necessary, whoever made it."""
    asked, stage = stage_of(before) is Stage.ASKS, stage_of(after)
    if after.outcome is None and after.expires_at not in {None, before.expires_at}:
        yield expire(study, after)
    if stage is Stage.ASKS:
        return
    if after.reminder is not None and (asked or after.reminder != before.reminder):
        yield delete(study.workspace, after.reminder, now)
    if after.message is not None and (stage, after.message) != (stage_of(before), before.message):
        yield show(study, after)


def _time(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("a prompt without its time")
    return moment

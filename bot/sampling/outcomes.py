"""What becomes of a prompt: pure rules from the old value and what happened to the new value.

Every planned prompt ends in exactly one outcome. Whatever happens, in whichever order, an outcome
changes only as the protocol says: an expired or unknown prompt that is answered after all is
partial or complete, and a partial one can be completed. What comes from the ledger is total: it
changes nothing where nothing is left to change. What comes from a person raises a Refusal.

*Complete* is a prompt whose first tap ends it (such as "Was not working"), or leaves nothing to
show, or whose form was sent with every required item that was shown answered, and at least one
item. *Partial* is the first tap only: the form was not sent, or sent with nothing in it. Decided
when the form is sent; otherwise at expiry, which a first tap in time moves by the grace.

*Late* (and not valid) is a first tap after expiry, and a form that is sent after expiry and grace.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from bot.errors import Refusal
from bot.sampling.calendar import is_working_day, spans, within, zone_of
from bot.sampling.model import (
    Condition,
    Hours,
    Item,
    ItemKind,
    Message,
    Outcome,
    Prompt,
    Protocol,
    Schedule,
    Study,
    StudyState,
    Trigger,
    Volunteer,
    VolunteerState,
    Window,
)

ENDED = "This study is over for you, so nothing was recorded."
GONE = "This question is not there any more, so nothing was recorded."
TWICE = "You have answered this one already. It stays as it was."
DECLINED = "You have said that you can't, and that stays. Nothing else was recorded."
TEXT_MAX = 3000  # what a field of Slack's holds
A_DAY = timedelta(days=1)


# -- may it be sent now ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Around:
    """What a prompt meets at the moment of sending. `quiet`: Slack's scheduled do-not-disturb."""

    study: Study
    volunteer: Volunteer
    in_incident: bool = False
    quiet: bool = False


def why_not(prompt: Prompt, around: Around, now: datetime) -> tuple[Outcome, str] | None:
    """How a prompt ends that may not be sent now; None if it may.

    Hours are held against the second that was planned, for sending may lag a little behind it.
    """
    volunteer, schedule = around.volunteer, around.study.protocol.schedule
    planned = prompt.planned_at or now
    if (over := why_cancelled(around.study, volunteer)) is not None:
        return Outcome.CANCELLED, over
    if is_late(planned, schedule, now):
        return Outcome.FAILED, "late"
    if is_paused(volunteer, now):
        return Outcome.NOT_SENT, "paused"
    if around.in_incident:
        return Outcome.NOT_SENT, "incident"
    if around.quiet or in_own_quiet_hours(volunteer.hours, now):
        return Outcome.NOT_SENT, "quiet_hours"
    reason = outside(volunteer.hours, prompt, planned)
    return (Outcome.NOT_SENT, reason) if reason else None


def why_cancelled(study: Study, volunteer: Volunteer) -> str | None:
    """Why nothing is asked of somebody any more."""
    if volunteer.state is VolunteerState.ERASED:
        return "erased"
    if volunteer.state is VolunteerState.LEFT:
        return "left"
    return None if study.state is StudyState.RUNNING else "study_stopped"


def is_late(planned: datetime, schedule: Schedule, now: datetime) -> bool:
    """Whether more time has passed than a prompt may lag behind its planned second."""
    return now - planned > timedelta(minutes=schedule.max_send_lag_min)


def is_paused(volunteer: Volunteer, now: datetime) -> bool:
    """Paused, and not only until a moment that has passed."""
    until = volunteer.paused_until
    return volunteer.state is VolunteerState.PAUSED and (until is None or now < until)


def in_own_quiet_hours(hours: Hours, now: datetime) -> bool:
    """Whether it is one of the hours in which they never want to be asked."""
    if hours.quiet is None:
        return False
    return _in_window(hours.quiet, now.astimezone(zone_of(hours.zone)).time())


def _in_window(window: Window, wall: time) -> bool:
    if window.begins <= window.ends:
        return window.begins <= wall < window.ends
    return wall >= window.begins or wall < window.ends


def outside(hours: Hours, prompt: Prompt, planned: datetime) -> str:
    """`day_off` or `outside_window` where the moment no longer fits the hours; empty if it does."""
    near = [prompt.date + ahead * A_DAY for ahead in (-1, 0, 1)]
    holding = [each for each in near if within(planned, spans(hours, each))]
    if any(is_working_day(hours, each) for each in holding):
        return ""
    off = bool(holding) or not is_working_day(hours, prompt.date)
    return "day_off" if off else "outside_window"


# -- what the ledger says --------------------------------------------------------------------------


def ended(prompt: Prompt, outcome: Outcome, reason: str = "") -> Prompt:
    """It was not sent, or nobody knows: its outcome, unless it has one already."""
    if prompt.outcome is not None or prompt.first_tap_at is not None:
        return prompt
    return replace(prompt, outcome=outcome, reason=reason)


def sent(
    prompt: Prompt, message: Message, at: datetime, protocol: Protocol, hours: Hours
) -> Prompt:
    """It was sent. Somebody may have tapped already, or left, before this was written down."""
    if prompt.sent_at is not None:
        return prompt
    at = min(each for each in (at, prompt.first_tap_at, prompt.ended_at) if each is not None)
    known = replace(prompt, sent_at=at, message=message)
    if known.first_tap_at is not None or known.outcome not in {None, Outcome.UNKNOWN}:
        return known
    return replace(known, outcome=None, expires_at=at + expiry_of(protocol.schedule, hours))


def expiry_of(schedule: Schedule, hours: Hours) -> timedelta:
    """How long an untouched prompt stays open."""
    return timedelta(minutes=schedule.expiry_min * (2 if hours.more_time else 1))


def grace_of(schedule: Schedule, hours: Hours) -> timedelta:
    """How much longer it is open once somebody tapped in time."""
    return timedelta(minutes=schedule.grace_min * (2 if hours.more_time else 1))


def is_untouched(prompt: Prompt) -> bool:
    """Sent, and neither answered nor over."""
    return (
        prompt.outcome is None
        and prompt.sent_at is not None
        and prompt.first_tap_at is None
        and prompt.opened_at is None
    )


def may_remind(prompt: Prompt, around: Around, now: datetime) -> bool:
    """One reminder, where it still helps: never to who is paused, or in an incident."""
    return (
        is_untouched(prompt)
        and prompt.reminded_at is None
        and prompt.expires_at is not None
        and now < prompt.expires_at
        and why_cancelled(around.study, around.volunteer) is None
        and not is_paused(around.volunteer, now)
        and not around.in_incident
        and not around.quiet
        and not in_own_quiet_hours(around.volunteer.hours, now)
    )


def reminded(prompt: Prompt, message: Message, at: datetime) -> Prompt:
    """A reminder went out."""
    return replace(prompt, reminded_at=at, reminder=message)


def expired(prompt: Prompt, now: datetime) -> Prompt:
    """Its time may be over: partial where there is a first tap, else expired."""
    if prompt.outcome is not None or prompt.expires_at is None or now < prompt.expires_at:
        return prompt
    if prompt.first_tap_at is not None:
        return replace(prompt, outcome=Outcome.PARTIAL)
    return replace(prompt, outcome=Outcome.EXPIRED)


def cancelled(prompt: Prompt, reason: str) -> Prompt:
    """They left, were erased, or the study was stopped. What was answered by then is partial."""
    if prompt.outcome is not None:
        return prompt
    if prompt.first_tap_at is not None:
        return replace(prompt, outcome=Outcome.PARTIAL)
    return replace(prompt, outcome=Outcome.CANCELLED, reason=reason)


# -- what people do --------------------------------------------------------------------------------


def tapped(prompt: Prompt, value: str, at: datetime, around: Around) -> Prompt:
    """The first tap: `value` is one of the first item's options.

    Raises Refusal where this prompt does not take one (any more).
    """
    check_open(prompt, around)
    if prompt.first_tap_at is not None:
        raise Refusal(TWICE)
    if value not in {each.value for each in around.study.protocol.first.options}:
        raise Refusal(GONE)
    late = _is_past(prompt, at, around)
    touched = replace(prompt, first_tap_at=at, late=late, valid=not late)
    if not late:
        touched = replace(touched, outcome=None, expires_at=_with_grace(prompt, around))
    if not shown_items(around.study.protocol, prompt, value):
        return replace(touched, outcome=Outcome.COMPLETE, ended_at=at)
    return replace(touched, outcome=Outcome.PARTIAL) if late else touched


def declined(prompt: Prompt, reason: str, at: datetime, around: Around) -> Prompt:
    """They can't just now; only instead of an answer, and while it is open. Raises Refusal."""
    check_open(prompt, around)
    if prompt.first_tap_at is not None:
        raise Refusal(TWICE)
    if reason not in {each.value for each in around.study.protocol.decline}:
        raise Refusal(GONE)
    if prompt.outcome is not None or _is_past(prompt, at, around):
        raise Refusal("The time for this one is over, so there is nothing to decline.")
    return replace(prompt, outcome=Outcome.DECLINED, reason=reason, ended_at=at)


def opened(prompt: Prompt, shown: Collection[Item], at: datetime, around: Around) -> Prompt:
    """The form was opened, the last time, with these items in it; only after a first tap.

    Raises Refusal.
    """
    check_open(prompt, around)
    if prompt.first_tap_at is None:
        raise Refusal("Answer the question in the message first; then this form opens.")
    if prompt.outcome is Outcome.COMPLETE:
        raise Refusal(TWICE)
    return replace(prompt, opened_at=at, shown=tuple(each.name for each in shown))


def answered(prompt: Prompt, answers: Collection[str], at: datetime, around: Around) -> Prompt:
    """The form was sent, with these items answered. Raises Refusal.

    One that comes after expiry and grace is kept, and counts as late.
    """
    check_open(prompt, around)
    if prompt.outcome is Outcome.COMPLETE:
        raise Refusal(TWICE)
    if prompt.first_tap_at is None:
        raise Refusal("Answer the question in the message first. Nothing was recorded.")
    if not answers:
        return prompt
    late = prompt.late or (prompt.expires_at is not None and at >= prompt.expires_at)
    return replace(prompt, outcome=Outcome.COMPLETE, ended_at=at, late=late, valid=not late)


def check_open(prompt: Prompt, around: Around) -> None:
    """Refuse whatever comes for a prompt that takes nothing (any more)."""
    if why_cancelled(around.study, around.volunteer) is not None:
        raise Refusal(ENDED)
    if prompt.outcome is Outcome.DECLINED:
        raise Refusal(DECLINED)
    if prompt.outcome in {Outcome.CANCELLED, Outcome.NOT_SENT, Outcome.FAILED}:
        raise Refusal(GONE)


def _is_past(prompt: Prompt, at: datetime, around: Around) -> bool:
    """Whether a first tap comes late. Where the sending is not written down (yet), it counts from
    the planned second."""
    if prompt.outcome is Outcome.EXPIRED:
        return True
    return at >= (prompt.expires_at or _basis(prompt, at) + _expiry(around))


def _with_grace(prompt: Prompt, around: Around) -> datetime:
    sent_at = _basis(prompt, prompt.planned_at)
    grace = grace_of(around.study.protocol.schedule, around.volunteer.hours)
    return (prompt.expires_at or sent_at + _expiry(around)) + grace


def _basis(prompt: Prompt, otherwise: datetime | None) -> datetime:
    found = prompt.sent_at or prompt.planned_at or otherwise
    if found is None:
        raise ValueError("a prompt that was neither planned nor sent")
    return found


def _expiry(around: Around) -> timedelta:
    return expiry_of(around.study.protocol.schedule, around.volunteer.hours)


# -- what the form shows ---------------------------------------------------------------------------


def shown_items(protocol: Protocol, prompt: Prompt, first: str) -> tuple[Item, ...]:
    """What the form of a prompt asks after this first tap."""
    return shown_by(protocol, prompt.rotated, first)


def shown_by(protocol: Protocol, rotated: int | None, first: str) -> tuple[Item, ...]:
    """The same: branches, then what rotates; nothing if the tap ends it."""
    if first == protocol.first.ends_if:
        return ()
    known = {protocol.first.name: first}
    asked = [each for each in protocol.items[1:] if _applies(each.show_if, known)]
    return (*asked, *rotated_items(protocol, rotated))


def rotated_items(protocol: Protocol, number: int | None) -> tuple[Item, ...]:
    """Those that rotate, from the one that the plan drew for this prompt."""
    count = len(protocol.rotate)
    if number is None or not count:
        return ()
    places = range(min(protocol.rotate_show, count))
    return tuple(protocol.rotate[(number + each) % count] for each in places)


def checked_answers(items: Collection[Item], values: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, each item by its name; what was left empty is left out.

    Raises Refusal, with the item as its field, where a required one is missing, a text is too long,
    or a value is none of the options.
    """
    shown = {each.name: each for each in items}
    if not values.keys() <= shown.keys():
        raise Refusal("This form is not up to date any more. Close it and open it again.")
    given = {name: value for name, value in values.items() if value.strip()}
    for name, item in shown.items():
        if wrong := _wrong(item, given.get(name)):
            raise Refusal(wrong, field=name)
    return given


def _wrong(item: Item, value: str | None) -> str:
    if value is None:
        return "Please answer this one." if item.required else ""
    if item.kind is ItemKind.TEXT:
        most = item.max_chars or TEXT_MAX
        return f"That has {len(value)} characters; {most} fit." if len(value) > most else ""
    known = {each.value for each in item.options}
    return "" if value in known else "Choose one of the options."


def _applies(condition: Condition | None, known: dict[str, str]) -> bool:
    return condition is None or known.get(condition.item) in condition.values


class Stage(StrEnum):
    """What a prompt's message shows. No answer is ever in it."""

    ASKS = "asks"
    TAPPED = "tapped"  # the form can be opened
    DECLINED = "declined"
    EXPIRED = "expired"  # "tell us anyway (counts as late)"
    KEPT = "kept"  # partial: saved, and the form can be sent late
    DONE = "done"
    OVER = "over"  # they left, or the study was stopped


STAGES = tuple(Stage)
"""In the order in which a prompt goes through them; none goes back."""


def stage_of(prompt: Prompt) -> Stage:
    """What its message should show."""
    if prompt.outcome is None:
        return Stage.ASKS if prompt.first_tap_at is None else Stage.TAPPED
    return {
        Outcome.COMPLETE: Stage.DONE,
        Outcome.PARTIAL: Stage.KEPT,
        Outcome.DECLINED: Stage.DECLINED,
        Outcome.EXPIRED: Stage.EXPIRED,
        Outcome.UNKNOWN: Stage.ASKS,
    }.get(prompt.outcome, Stage.OVER)


def is_planned(prompt: Prompt) -> bool:
    """Whether it is one that the plan asked for, and not volunteered."""
    return prompt.trigger is Trigger.SIGNAL

"""What becomes of a prompt: pure rules from the old value and what happened to the new value.

Every planned prompt ends in exactly one outcome. Whatever happens, in whichever order, an outcome
changes only as the protocol says: an expired or unknown prompt that is answered after all is
partial or complete. What comes from the ledger is total: it changes nothing where nothing is left
to change. What comes from a person raises a Refusal.

*Complete* is a prompt whose first tap ends it (such as "Was not working"), or leaves nothing to
show, or whose form was sent with every required item that was shown answered, and at least one
item. *Partial* is the first tap, and no form by the end of its time, or one with nothing in it.
Decided when the form is sent; otherwise at expiry, which a first tap in time moves by the grace. A
form that comes after the grace is kept, and what was partial stays so (decision 0010).

*Late* (and not valid) is a first tap after expiry, and nothing else is. When somebody tapped is
what decides, not when we heard of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.errors import Refusal
from bot.sampling.asking_form import shown_items
from bot.sampling.asking_hours import in_own_quiet_hours, outside
from bot.sampling.model import (
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
    Volunteer,
    VolunteerState,
)
from bot.workspace.model import Person

ENDED = "This study is over for you, so nothing was recorded."
GONE = "This question is not there any more, so nothing was recorded."
TWICE = "You have answered this one already. It stays as it was."
DECLINED = "You have said that you can't, and that stays. Nothing else was recorded."
TEXT_MAX = 3000  # what a field of Slack's holds


# -- may it be sent now ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Around:
    """What a prompt meets at the moment of sending. `quiet`: Slack's scheduled do-not-disturb.

    study: with what its newest version needs consent to. person: as the directory has them now.
    """

    study: Study
    volunteer: Volunteer
    in_incident: bool = False
    quiet: bool = False
    person: Person | None = None


def why_not(prompt: Prompt, around: Around, now: datetime) -> tuple[Outcome, str] | None:
    """How a prompt ends that may not be sent now; None if it may.

    Hours are held against the second that was planned, for sending may lag a little behind it.
    """
    volunteer, schedule = around.volunteer, around.study.protocol.schedule
    planned = prompt.planned_at or now
    if (over := _why_over(around)) is not None:
        return Outcome.CANCELLED, over
    if is_late(planned, schedule, now):
        return Outcome.FAILED, "late"
    if _is_paused(around, now):
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


def _is_paused(around: Around, now: datetime) -> bool:
    """Paused is also who has not agreed to an amendment, and who may not take part any more: a
    guest, or somebody of another organisation."""
    outside_now = around.person is not None and (around.person.guest or around.person.external)
    consents = around.study.has_consent_of(around.volunteer)
    return is_paused(around.volunteer, now) or not consents or outside_now


def _why_over(around: Around) -> str | None:
    """A deactivated account is a leave, also before the sweep has seen it."""
    gone = around.person is not None and around.person.deleted
    return why_cancelled(around.study, around.volunteer) or ("left" if gone else None)


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


def arrived(prompt: Prompt, message: Message, at: datetime, around: Around) -> Prompt:
    """Whoever acts on its message has it, whether or not the ledger knows (yet) that it was sent.

    It was sent when Slack stamped it, by a clock that is not ours: not before it was planned, and
    not after they acted.
    """
    if prompt.sent_at is not None or prompt.planned_at is None:
        return prompt
    stamped = min(max(stamp_of(message.ts), prompt.planned_at), at)
    return sent(prompt, message, stamped, around.study.protocol, around.volunteer.hours)


def stamp_of(ts: str) -> datetime:
    """When Slack stamped what has this `ts`."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(ts))


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
        and _why_over(around) is None
        and not _is_paused(around, now)
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
    at = max(at, prompt.sent_at or at)  # Slack's clock is not ours
    late = _is_past(prompt, at, around)
    touched = replace(prompt, first_tap_at=at, late=late, valid=not late)
    if not late:
        touched = replace(touched, expires_at=_with_grace(prompt, around))
    if not shown_items(around.study.protocol, prompt, value):
        return replace(touched, outcome=Outcome.COMPLETE, ended_at=at)
    # What has expired meanwhile has its outcome, and none goes back to having none.
    over = late or prompt.outcome is Outcome.EXPIRED
    return replace(touched, outcome=Outcome.PARTIAL if over else None)


def declined(prompt: Prompt, reason: str, at: datetime, around: Around) -> Prompt:
    """They can't just now; only instead of an answer, and while it is open. Raises Refusal."""
    check_open(prompt, around)
    if prompt.first_tap_at is not None:
        raise Refusal(TWICE)
    if reason not in {each.value for each in around.study.protocol.decline}:
        raise Refusal(GONE)
    if _is_past(prompt, at, around):
        raise Refusal("The time for this one is over, so there is nothing to decline.")
    return replace(prompt, outcome=Outcome.DECLINED, reason=reason, ended_at=at)


def opened(prompt: Prompt, shown: Collection[Item], at: datetime, around: Around) -> Prompt:
    """The form was opened, the last time, with these items in it; only after a first tap.

    Raises Refusal.
    """
    check_open(prompt, around)
    if prompt.first_tap_at is None:
        raise Refusal("Answer the question in the message first; then this form opens.")
    if was_sent_back(prompt):
        raise Refusal(TWICE)
    return replace(prompt, opened_at=at, shown=tuple(each.name for each in shown))


def opened_whole(prompt: Prompt, at: datetime, around: Around) -> Prompt:
    """The form was opened that begins with the first question. Raises Refusal."""
    check_open(prompt, around)
    return replace(prompt, opened_at=at)


def may_save(prompt: Prompt, at: datetime, around: Around) -> bool:
    """Whether a choice is saved as it is made: after a first tap in time, until the grace ends."""
    check_open(prompt, around)
    begun = prompt.first_tap_at is not None and not prompt.late and not was_sent_back(prompt)
    return begun and prompt.expires_at is not None and at < prompt.expires_at


def answered(prompt: Prompt, answers: Collection[str], at: datetime, around: Around) -> Prompt:
    """The form was sent, with these items answered. Raises Refusal.

    One that comes after the grace is kept; the prompt stays partial, as valid as its first tap.
    """
    check_open(prompt, around)
    if was_sent_back(prompt):
        raise Refusal(TWICE)
    if prompt.first_tap_at is None:
        raise Refusal("Answer the question in the message first. Nothing was recorded.")
    if not answers:
        return prompt
    past = prompt.expires_at is not None and at >= prompt.expires_at
    outcome = Outcome.PARTIAL if past and not prompt.late else Outcome.COMPLETE
    return replace(prompt, outcome=outcome, ended_at=at)


def was_sent_back(prompt: Prompt) -> bool:
    """Whether all of it is answered: nothing more is taken."""
    late_form = prompt.outcome is Outcome.PARTIAL and prompt.ended_at is not None
    return prompt.outcome is Outcome.COMPLETE or late_form


def counts_as_late(prompt: Prompt, at: datetime, around: Around) -> bool:
    """Whether what somebody answers now is, or would be, late."""
    return prompt.late if prompt.first_tap_at is not None else _is_past(prompt, at, around)


def check_open(prompt: Prompt, around: Around) -> None:
    """Refuse whatever comes for a prompt that takes nothing (any more)."""
    if why_cancelled(around.study, around.volunteer) is not None:
        raise Refusal(ENDED)
    if prompt.outcome is Outcome.DECLINED:
        raise Refusal(DECLINED)
    if prompt.outcome in {Outcome.CANCELLED, Outcome.NOT_SENT, Outcome.FAILED}:
        raise Refusal(GONE)


def _is_past(prompt: Prompt, at: datetime, around: Around) -> bool:
    """Whether a first tap comes late, by when it was made: the timer may have been faster than our
    hearing of it. Where the sending is not written down (yet), it counts from the planned second.
    """
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


# -- what the form brings --------------------------------------------------------------------------


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


class Stage(StrEnum):
    """What a prompt's message shows. No answer is ever in it."""

    ASKS = "asks"
    TAPPED = "tapped"  # the form can be opened
    EXPIRED = "expired"  # "tell us anyway (counts as late)"
    DECLINED = "declined"
    KEPT = "kept"  # partial: saved, and the form can still be sent
    DONE = "done"
    OVER = "over"  # they left, or the study was stopped


STAGES = tuple(Stage)
"""In the order in which a prompt goes through them; none goes back."""


def stage_of(prompt: Prompt) -> Stage:
    """What its message should show."""
    if prompt.outcome is None:
        return Stage.ASKS if prompt.first_tap_at is None else Stage.TAPPED
    if was_sent_back(prompt):
        return Stage.DONE
    return {
        Outcome.PARTIAL: Stage.KEPT,
        Outcome.DECLINED: Stage.DECLINED,
        Outcome.EXPIRED: Stage.EXPIRED,
        Outcome.UNKNOWN: Stage.ASKS,
    }.get(prompt.outcome, Stage.OVER)

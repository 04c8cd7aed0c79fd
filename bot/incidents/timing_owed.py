"""What a change owes to time: questions asked at once, and timers that look again later.

A timer is a ledger row that is due in the future. Whoever changes what it waits for need not know
it: when it is due it looks at the state, and does nothing where it no longer applies. Planned
beside `owed.following`; some of it needs to be looked up, so it is given the transaction.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.deliveries.model import Planned, Policy, Priority
from bot.incidents import owed
from bot.incidents.asked import Asking
from bot.incidents.attended import Wants
from bot.incidents.destructive import asks_at_end, is_destructive
from bot.incidents.model import Action, Change, Claim, Entry, Incident, IncidentState, Kind
from bot.incidents.ports import Tx
from bot.incidents.readback import contradicts
from bot.workspace.model import Request

ASSUME = "action.assume"
OUTCOME = "action.outcome"
HOST = "action.host"
COMPARED = "action.compared"
LOOK = "action.look"
LOOK_PRIVATELY = "action.look_privately"
READBACK = "claim.readback"
QUIET = "resolve.quiet"
BACK = "resolve.back"
REOPENED = "incident.reopened"
SILENCE = "command.silence"
SILENCE_ASK = "command.silence_ask"
SILENCE_OFFER = "command.silence_offer"
TAKEN_OVER = "command.taken_over"
SHRINK = "question.shrink"

ASSUMED_AFTER = timedelta(minutes=10)
WORTH_SAYING = timedelta(minutes=30)
WHISPER_WORTH = timedelta(minutes=10)


def following(tx: Tx, before: Incident, change: Change, request: Request) -> Iterator[Planned]:
    """Every question and timer that a change makes necessary."""
    after, now = change.after, request.at
    if not after.channel:
        return
    if change.entries and change.entries[0].kind is Kind.UNSAFE:
        # On the board at once; the message follows.
        tx.askings.put(after, Asking(owed.UNSAFE, str(change.entries[0].seq), now))
    if after.running != before.running or change.ended_actions:
        verbs = tx.settings.get(after.workspace).destructive_stems
        yield from _started(before, after, verbs, now)
        yield from _ended(tx, before, change, verbs, now)
    yield from _read_back(tx, after, change.claims, now)
    yield from _watched(tx, before, change, now)
    if after.commander != before.commander or reopened(before, after):
        yield silence_begins(tx, after, now)


def reopened(before: Incident, after: Incident) -> bool:
    """Whether a change has reopened the incident."""
    return before.state is not IncidentState.OPEN and after.state is IncidentState.OPEN


def minutes_of_silence(tx: Tx, incident: Incident) -> timedelta:
    """How long command may be silent here."""
    return timedelta(minutes=tx.settings.get(incident.workspace).commander_silence_minutes)


def quiet_time(tx: Tx, incident: Incident) -> timedelta:
    """How long is watched after resolve."""
    return timedelta(minutes=tx.settings.get(incident.workspace).quiet_minutes)


def _started(
    before: Incident, after: Incident, verbs: tuple[str, ...], now: datetime
) -> Iterator[Planned]:
    old = {each.number: each for each in before.running}
    for action in after.running:
        was = old.get(action.number)
        if was is None and action.by is None:
            yield timer(after, ASSUME, now + ASSUMED_AFTER, action.number)
        if action.by is not None and (was is None or was.by != action.by):
            yield outcome(after, action, action.by)
        if was is None and is_destructive(action.text, verbs):
            yield host(after, action, now)


def _ended(
    tx: Tx, before: Incident, change: Change, verbs: tuple[str, ...], now: datetime
) -> Iterator[Planned]:
    old = {each.number: each for each in before.running}
    for action in change.ended_actions:
        was = old.get(action.number)
        if asks_at_end(was, action.result, verbs):
            yield host(change.after, action, now)
        yield from closed(tx, change.after, OUTCOME, str(action.number), change)


def amended(tx: Tx, before: Incident, after: Incident, now: datetime) -> Iterator[Planned]:
    """What an action in other words makes necessary: its new time, and, once, which host."""
    old = {each.number: each for each in before.running}
    changed = [each for each in after.running if old.get(each.number, each) != each]
    verbs = tx.settings.get(after.workspace).destructive_stems if changed else ()
    for action in changed:
        was = old[action.number]
        if action.by is not None and action.by != was.by:
            yield outcome(after, action, action.by)
        asked = tx.askings.asking(after, HOST, str(action.number))
        if asked is None and action.text != was.text and is_destructive(action.text, verbs):
            yield host(after, action, now)


def closed(
    tx: Tx, incident: Incident, purpose: str, about: str, change: Change
) -> Iterator[Planned]:
    """What is answered otherwise than by its button is not asked any more."""
    asking = tx.askings.asking(incident, purpose, about)
    if asking is None or not asking.waits or not change.entries:
        return
    entry = change.entries[0]
    answered = replace(
        asking, answer=entry.kind.value, answered_by=entry.actor, answered_at=entry.recorded_at
    )
    tx.askings.put(incident, answered)
    if asking.message:
        yield shrink(incident, answered)


def _read_back(
    tx: Tx, after: Incident, said: tuple[Claim, ...], now: datetime
) -> Iterator[Planned]:
    for claim in said:
        unknown = contradicts(tx.incidents.claims(after), claim)
        if unknown is None or unknown.actor == claim.actor:
            continue
        if tx.attending.attendant(after.workspace, unknown.actor).wants is not Wants.ASKED:
            until = now + timedelta(hours=1)
            yield urgent(after, READBACK, now, unknown.number, claim.number, until=until)


def _watched(tx: Tx, before: Incident, change: Change, now: datetime) -> Iterator[Planned]:
    """After resolve, the quiet minutes are watched; a new symptom in them asks once."""
    after = change.after
    resolved, entry = after.clocks.resolved, change.entries[0] if change.entries else None
    if reopened(before, after) and entry is not None and entry.kind is Kind.REOPEN:
        yield owed.post(after, REOPENED, now, entry.seq)
        yield from closed(tx, after, BACK, resolved_at(before), change)
    if after.state is not IncidentState.RESOLVED or resolved is None:
        return
    if before.state is IncidentState.OPEN:
        yield timer(after, QUIET, resolved + quiet_time(tx, after))
    elif entry is not None and entry.kind is Kind.SEEING and not entry.maybe_unrelated:
        over = resolved + quiet_time(tx, after)
        # One question a resolve: its time is part of what it is.
        asked = replace(owed.post(after, BACK, resolved), expires=over + WORTH_SAYING)
        yield from (asked,) if now < over else ()


def resolved_at(incident: Incident) -> str:
    """Which resolve a question is about: an incident may be resolved more than once."""
    return f"{incident.clocks.resolved:%Y%m%dT%H%M%S}" if incident.clocks.resolved else ""


def confirmations(tx: Tx, incident: Incident) -> dict[int, bool]:
    """By the number of an unknown, what its writer said when it was read back to them."""
    return {
        int(each.about.partition("-")[0]): each.answer == "known"
        for each in tx.askings.askings(incident, READBACK)
        if not each.waits
    }


def stops(tx: Tx, incident: Incident) -> tuple[Entry, ...]:
    """What was called unsafe and waits for an answer."""
    asked = [each for each in tx.askings.askings(incident, owed.UNSAFE) if each.waits]
    found = (tx.incidents.entry(incident, int(each.about)) for each in asked)
    return tuple(each for each in found if each is not None and each.withdrawn_at is None)


# -- rows ----------------------------------------------------------------------------------------


def timer(incident: Incident, purpose: str, due: datetime, *rest: object) -> Planned:
    """Look again then; it sends nothing by itself."""
    return owed.step(incident, purpose, "timer", due, *rest)


def silence(incident: Incident, due: datetime, *rest: str) -> Planned:
    """Look then whether whoever commands now has been silent."""
    return timer(incident, SILENCE, due, incident.commander, *rest)


def silence_begins(tx: Tx, incident: Incident, now: datetime) -> Planned:
    """The first look, once somebody commands."""
    return silence(incident, now + minutes_of_silence(tx, incident))


def outcome(incident: Incident, action: Action, due: datetime) -> Planned:
    """The time of an action is up: ask what now."""
    asked = owed.post(incident, OUTCOME, due, action.number)
    return replace(asked, expires=due + 4 * WORTH_SAYING)


def host(incident: Incident, action: Action, now: datetime) -> Planned:
    """Ask at once on which host; later it would be too late."""
    return replace(owed.post(incident, HOST, now, action.number), expires=now + WORTH_SAYING)


def shrink(incident: Incident, asking: Asking) -> Planned:
    """The question shrinks to one line that says what became of it; one row a question."""
    return Planned(
        workspace=incident.workspace,
        purpose=SHRINK,
        subject=owed.subject(incident, asking.purpose, asking.about, asking.message),
        due=asking.asked_at,
        lane="edit",
        policy=Policy.LATEST_WINS,
        priority=Priority.BOARD,
        wanted=incident.version,
    )


def urgent(
    incident: Incident, purpose: str, now: datetime, *rest: object, until: datetime | None = None
) -> Planned:
    """Something for one person that cannot wait behind the board, and soon is worth nothing."""
    until = until or now + WHISPER_WORTH
    return owed.whisper(incident, purpose, now, *rest, priority=Priority.INCIDENT, until=until)

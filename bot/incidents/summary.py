"""An incident in one screen: for who joins, for who steps back, for who takes over.

Only what was said is told; nothing is guessed, and nobody is judged. `now` is an argument. People
are ids: names, and whether they are shown at all, are the rendering's business (SPEC section 2,
*Catching up without being overwhelmed*; screens.md section 2).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.incidents.changes import Changes, changes
from bot.incidents.model import (
    Action,
    Ending,
    Entry,
    Incident,
    Investigation,
    Kind,
    Outcome,
    Record,
    Starter,
)
from bot.incidents.readback import Reading, settled
from bot.incidents.starters import untaken as untaken_of
from bot.incidents.symptoms import Symptom, symptoms

# "Staffed = an owner, and an entry or running action within 15 minutes": SPEC section 1.
STAFFED = timedelta(minutes=15)
DECISIONS_OF = timedelta(hours=8)  # a shift


@dataclass(frozen=True, slots=True)
class Running:
    """An action that runs. overdue: the time it was expected by has passed."""

    action: Action
    overdue: bool
    lasting: timedelta | None

    @property
    def said_how_long(self) -> bool:
        return self.action.by is not None


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What somebody needs who comes in now. works: the commander also does the work.

    tried: actions that are over, oldest first. ended: threads in the order they ended.
    called, decided: entries. unowned: open threads that nobody has. seen: what looks wrong.
    changes: what was changed, and what was noticed when. severity: what this workspace calls it.
    """

    incident: Incident
    at: datetime
    works: bool
    running: tuple[Running, ...]
    tried: tuple[Action, ...]
    ended: tuple[Investigation, ...]
    known: tuple[Reading, ...]
    untaken: tuple[Starter, ...]
    unowned: tuple[Investigation, ...]
    decided: tuple[Entry, ...]
    called: tuple[Entry, ...]
    seen: tuple[Symptom, ...]
    changes: Changes
    severity: str = ""


@dataclass(frozen=True, slots=True)
class StepBack:
    """A look from further off: tried, open, untried; and how many people are where.

    on_nothing: who is here and on no thread, the last active first; for the commander alone.
    """

    incident: Incident
    at: datetime
    tried: tuple[Action, ...]
    ended: tuple[Investigation, ...]
    staffed: tuple[Investigation, ...]
    unstaffed: tuple[Investigation, ...]
    untaken: tuple[Starter, ...]
    here: int
    on_nothing: tuple[str, ...]
    active: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Handover:
    """What the next shift must know; written in the channel. severity: as it is called here."""

    incident: Incident
    at: datetime
    running: tuple[Running, ...]
    opened: tuple[Investigation, ...]
    ended: tuple[Investigation, ...]
    unknown: tuple[Reading, ...]
    decided: tuple[Entry, ...]
    called: tuple[Entry, ...]
    untaken: tuple[Starter, ...]
    severity: str = ""


def catch_up(
    record: Record,
    now: datetime,
    untaken: tuple[Starter, ...],
    confirmations: Mapping[int, bool] | None = None,
) -> CatchUp:
    """What it is, what is being done, what was tried, what nobody looks at: F8, T5."""
    incident = record.incident
    return CatchUp(
        incident,
        now,
        works=any(each.actor == incident.commander for each in incident.running),
        running=running_now(incident, now),
        tried=tried(record),
        ended=ended(incident),
        known=settled(record.claims, confirmations or {}),
        untaken=untaken,
        unowned=tuple(each for each in incident.open_investigations() if not each.owner),
        decided=entries_of(record, Kind.DECIDED),
        called=entries_of(record, Kind.CALLING),
        seen=symptoms(record),
        changes=changes(record, now),
    )


def step_back(
    record: Record,
    now: datetime,
    present: Collection[str],
    active: Mapping[str, datetime],
    untaken: tuple[Starter, ...] | None = None,
) -> StepBack:
    """Tried, open, untried, and free people: F4. present: everybody in the channel but bots."""
    incident = record.incident
    opened = incident.open_investigations()
    with_people = tuple(each for each in opened if staffed(record, each, now))
    return StepBack(
        incident,
        now,
        tried=tried(record),
        ended=ended(incident),
        staffed=with_people,
        unstaffed=tuple(each for each in opened if each not in with_people),
        untaken=untaken_of(incident) if untaken is None else untaken,
        here=len(set(present)),
        on_nothing=_last_active_first(who_is_on_nothing(record, present, now), active),
        active=active,
    )


def handover(
    record: Record,
    now: datetime,
    confirmations: Mapping[int, bool] | None = None,
    untaken: tuple[Starter, ...] | None = None,
) -> Handover:
    """Open, ruled out, set aside, running times, who was called: SPEC section 2."""
    incident = record.incident
    claims = settled(record.claims, confirmations or {})
    decided = entries_of(record, Kind.DECIDED)
    return Handover(
        incident,
        now,
        running=running_now(incident, now),
        opened=incident.open_investigations(),
        ended=ended(incident),
        unknown=tuple(each for each in claims if each.kind is Kind.UNKNOWN),
        decided=tuple(each for each in decided if now - each.at <= DECISIONS_OF),
        called=entries_of(record, Kind.CALLING),
        untaken=untaken_of(incident) if untaken is None else untaken,
    )


def staffed(record: Record, thread: Investigation, now: datetime) -> bool:
    """Whether an open thread has an owner, and an entry or a running action in 15 minutes.

    A running action counts for as long as it runs: waiting on purpose is not absence. An entry
    counts from when it was told, for somebody was there to tell it.
    """
    if not thread.owner or not thread.is_open:
        return False
    return _runs(record.incident, thread.number) or any(
        each.investigation == thread.number and _lately(each, now) for each in record.entries
    )


def who_is_on_nothing(record: Record, present: Collection[str], now: datetime) -> tuple[str, ...]:
    """Who is here and neither commands, nor runs an action, nor said anything on an open thread.

    To own a thread that is staffed counts, whoever staffs it.
    """
    incident = record.incident
    opened = {each.number for each in incident.open_investigations()}
    busy = {incident.commander}
    busy |= {each.actor for each in incident.running}
    busy |= {
        each.actor for each in record.entries if each.investigation in opened and _lately(each, now)
    }
    busy |= {
        each.owner
        for each in incident.open_investigations()
        if each.owner and staffed(record, each, now)
    }
    return tuple(sorted(set(present) - busy))


def running_now(incident: Incident, now: datetime) -> tuple[Running, ...]:
    """What runs, the longest first; an action whose start is not known comes last."""
    lasting = [
        Running(
            each,
            overdue=each.by is not None and each.by < now,
            lasting=None if each.started_at is None else max(now - each.started_at, timedelta()),
        )
        for each in incident.running
    ]
    return tuple(sorted(lasting, key=lambda each: -(each.lasting or timedelta()).total_seconds()))


def tried(record: Record) -> tuple[Action, ...]:
    """Actions that are over, in the order they ended."""
    over = [each for each in record.actions if each.outcome is not Outcome.RUNNING]
    first = record.incident.clocks.declared
    return tuple(sorted(over, key=lambda each: _or(each.ended_at, each.started_at, first)))


def ended(incident: Incident) -> tuple[Investigation, ...]:
    """Threads that are over, in the order they ended."""
    over = [each for each in incident.investigations if not each.is_open]
    return tuple(sorted(over, key=lambda each: _or(each.closed_at, each.opened_at, None)))


def ended_as(threads: Collection[Investigation], ending: Ending) -> tuple[Investigation, ...]:
    """Those of them that ended in that way."""
    return tuple(each for each in threads if each.ending is ending)


def entries_of(record: Record, kind: Kind) -> tuple[Entry, ...]:
    """The entries of one kind by when they happened."""
    wanted = [each for each in record.standing if each.kind is kind]
    return tuple(sorted(wanted, key=lambda each: (each.at, each.seq)))


_ROUTE = re.compile(
    r"(?<!\w)(?:on[ -]?call|pager\w*|rota|rotation|hotline|phone|support|vendor|provider|team|desk|"
    r"duty|dba\w*|sre\w*|noc|security|admins?|owners?|engineers?|manager|legal|comms)(?!\w)",
    re.IGNORECASE,
)
# What is left of "calling @Bo, the DBA on call" around the name.
_EDGES = " \t\n,;:.–—()-"


def route_called(text: str, name: str) -> str:
    """The route or role by which somebody was called, without their name; empty if none was said.

    A handover is read by people who know the rota, not the person who slept through last night.
    """
    without = re.sub(rf"@?{re.escape(name)}(?!\w)", " ", text) if name else text
    route = " ".join(without.split()).strip(_EDGES)
    return route if _ROUTE.search(route) else ""


def _runs(incident: Incident, number: int) -> bool:
    return any(each.investigation == number for each in incident.running)


def _lately(entry: Entry, now: datetime) -> bool:
    return now - entry.recorded_at <= STAFFED


def _last_active_first(people: Collection[str], active: Mapping[str, datetime]) -> tuple[str, ...]:
    """The last active first: of them one knows most surely that they are there."""
    return tuple(
        sorted(people, key=lambda each: (-active[each].timestamp() if each in active else 0, each))
    )


def _or(*moments: datetime | None) -> float:
    """The first moment that is known, to sort by."""
    return next((each.timestamp() for each in moments if each is not None), 0.0)

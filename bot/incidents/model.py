"""An incident and what belongs to it, as values. Nobody sets a state by hand: states follow."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

TITLE_MAX = 200
TEXT_MAX = 3000
THREADS_MAX = 50


class Severity(StrEnum):
    """How bad it is. Not set yet counts as major."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class IncidentState(StrEnum):
    """Resolved is not closed: people still look, and the write-up is still owed."""

    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Ending(StrEnum):
    """The four ways in which people end an investigation."""

    CONFIRMED = "confirmed"
    RULED_OUT = "ruled_out"
    NO_HELP = "no_help"
    SET_ASIDE = "set_aside"


class Outcome(StrEnum):
    """What became of an action."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # said by mistake and taken back


class Kind(StrEnum):
    """What an entry of the record is; the words of the grammar, and what the commands write."""

    THREAD = "thread"
    TAKE = "take"
    FOR = "for"
    AGAINST = "against"
    DOING = "doing"
    DONE = "done"
    FAILED = "failed"
    CONFIRMED = "confirmed"
    RULED_OUT = "ruled_out"
    NO_HELP = "no_help"
    SET_ASIDE = "set_aside"
    KNOWN = "known"
    UNKNOWN = "unknown"
    BELIEVE = "believe"
    SEEING = "seeing"
    CHANGED = "changed"
    DECIDED = "decided"
    CALLING = "calling"
    CONFUSED = "confused"
    ODD = "odd"
    IMPROVISED = "improvised"
    USED = "used"
    NO_MORE = "no_more"
    UNSAFE = "unsafe"
    TIMEBOX = "timebox"
    NOTE = "note"
    CHECKED = "checked"
    OBSERVED = "observed"
    DECLARE = "declare"
    COMMAND = "command"
    SEVERITY = "severity"
    RESOLVE = "resolve"
    ANSWER = "answer"
    HOST = "host"
    LOOK = "look"
    UPDATE = "update"
    STEP_BACK = "step_back"
    HANDOVER = "handover"
    MERGE = "merge"
    SPLIT = "split"
    RELATE = "relate"
    REOPEN = "reopen"
    CLOSE = "close"
    QUIET = "quiet"
    CLOCK = "clock"
    MAYBE_UNRELATED = "maybe_unrelated"
    RELATED_AFTER_ALL = "related_after_all"


ENDINGS = frozenset(Kind(ending.value) for ending in Ending)
CLAIMS = frozenset({Kind.KNOWN, Kind.UNKNOWN, Kind.BELIEVE})


@dataclass(frozen=True, slots=True)
class Clocks:
    """Six separate times, UTC; None where not known. Resolved is not "impact over"."""

    began: datetime | None = None
    detected: datetime | None = None
    declared: datetime | None = None
    mitigated: datetime | None = None
    resolved: datetime | None = None
    closed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Investigation:
    """One line of diagnosis or mitigation; on screen a *thread*.

    slack_thread: the ts of the Slack thread it lives in; empty until its first message is posted.
    timebox: when to decide again. `number` counts from 1 in opening order. said_for and
    said_against count the evidence. head: ts of its card. checked: what became of the starter's
    assumption (yes, no, unknown), empty while nobody said.
    """

    number: int
    hypothesis: str
    opened_at: datetime
    owner: str | None = None
    ending: Ending | None = None
    why: str = ""
    ended_by: str | None = None
    closed_at: datetime | None = None
    timebox: datetime | None = None
    slack_thread: str = ""
    said_for: int = 0
    said_against: int = 0
    head: str = ""
    checked: str = ""
    checked_by: str | None = None

    @property
    def is_open(self) -> bool:
        return self.ending is None


@dataclass(frozen=True, slots=True)
class Action:
    """Something done to the system. started_at is None where only the end was told.

    said_in: the Slack thread it was said in, empty for the channel itself: a bare `done:` counts
    only where the action was said. message: the line that said it, empty for a command. assumed:
    nobody said by when, so the time is ours.
    """

    number: int
    investigation: int | None
    actor: str
    text: str
    started_at: datetime | None
    said_in: str = ""
    expect: str = ""
    otherwise: str = ""
    by: datetime | None = None
    outcome: Outcome = Outcome.RUNNING
    ended_at: datetime | None = None
    result: str = ""
    message: str = ""
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about the world: known, unknown, or believed by somebody.

    A withdrawn one keeps its number and loses its text.
    """

    number: int
    kind: Kind
    text: str
    actor: str
    at: datetime
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on, that share (per cent) of everybody has a change."""

    at: datetime
    share: int


@dataclass(frozen=True, slots=True)
class Ramp:
    """The window of a change, UTC. end: None while nobody said one; it goes on."""

    start: datetime
    end: datetime | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated, attributed fact. Entries are only ever added.

    at: when it happened; recorded_at: when we were told. channel and message name the Slack
    message it came from; message is empty for a command. person: who was called, for `calling`.
    author: who wrote the message that `actor` marked; empty where the actor said it themselves.
    item: the number of the action or claim that it made or ended, or of the symptom that it marks.
    corrects: the entry whose place it takes. A withdrawn entry keeps its row and loses its text.
    ramp: the window of a change that did not come at once.
    """

    seq: int
    kind: Kind
    actor: str
    at: datetime
    recorded_at: datetime
    text: str
    investigation: int | None = None
    channel: str = ""
    message: str = ""
    person: str | None = None
    author: str = ""
    item: int | None = None
    corrects: int | None = None
    withdrawn_at: datetime | None = None
    ramp: Ramp | None = None

    @property
    def maybe_unrelated(self) -> bool:
        """A symptom of which whoever saw it doubts that it belongs here (C4)."""
        return self.kind is Kind.SEEING and "maybe unrelated" in self.text.casefold()


@dataclass(frozen=True, slots=True)
class Incident:
    """The root: what a command locks, with its threads and the actions that still run.

    commander_took: False while the declarer merely holds command until somebody takes it.
    board: ts of the board's message. The `last_*` counters number what is added. quiet: questions
    are off. next_update: when people were promised the next word. channel_lost: why nothing can be
    posted in the channel any more; empty while it can. quiet_since: what the watch after resolve
    found, once it is over.
    """

    id: str
    workspace: str
    number: int
    title: str
    declared_by: str
    clocks: Clocks
    private: bool = False
    severity: Severity | None = None
    state: IncidentState = IncidentState.OPEN
    commander: str = ""
    commander_took: bool = False
    channel: str = ""
    channel_name: str = ""
    declared_in: str = ""
    adopted: bool = False
    board: str = ""
    version: int = 1
    last_entry: int = 0
    last_action: int = 0
    last_claim: int = 0
    quiet_since: datetime | None = None
    quiet: bool = False
    next_update: datetime | None = None
    channel_lost: str = ""
    investigations: tuple[Investigation, ...] = ()
    running: tuple[Action, ...] = ()

    def investigation(self, number: int) -> Investigation | None:
        """The investigation of that number, or None."""
        found = [each for each in self.investigations if each.number == number]
        return found[0] if found else None

    def in_slack_thread(self, thread: str) -> Investigation | None:
        """The investigation that lives in that Slack thread, the newest of several; or None."""
        found = [each for each in self.investigations if thread and each.slack_thread == thread]
        return found[-1] if found else None

    def open_investigations(self) -> tuple[Investigation, ...]:
        return tuple(each for each in self.investigations if each.is_open)

    def state_of(self, investigation: Investigation) -> str:
        """proposed, looking, waiting, or how it ended: never set by hand."""
        if investigation.ending is not None:
            return investigation.ending.value
        if any(action.investigation == investigation.number for action in self.running):
            return "waiting"
        return "looking" if investigation.owner else "proposed"


@dataclass(frozen=True, slots=True)
class Change:
    """What a command does to an incident: the new value, and what is added beside it.

    withdrawn: entries without their text. reworded: claims that say something else now.
    """

    after: Incident
    entries: tuple[Entry, ...] = ()
    claims: tuple[Claim, ...] = ()
    ended_actions: tuple[Action, ...] = ()
    withdrawn: tuple[Entry, ...] = ()
    reworded: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What the person who acted is told: what was recorded, and where.

    by, happened, ramp: the times we read, to be echoed. earlier: an ended thread with the same
    idea. told: the whole sentence, where a rule has one.
    """

    incident: Incident
    kind: Kind
    investigation: Investigation | None = None
    by: datetime | None = None
    earlier: Investigation | None = None
    happened: datetime | None = None
    started: Action | None = None
    told: str = ""
    ramp: Ramp | None = None

    @property
    def asks_time(self) -> bool:
        """Whether they started something and said no time for it."""
        return self.started is not None and self.started.by is None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is in an incident's channel, and since when."""

    person: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Starter:
    """An idea offered when an incident opens, with what must be true for it to work."""

    key: str
    label: str
    assumption: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """Everything of one incident, in the order it was added; corrections stand beside."""

    incident: Incident
    entries: tuple[Entry, ...] = ()
    actions: tuple[Action, ...] = ()
    claims: tuple[Claim, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    @property
    def standing(self) -> tuple[Entry, ...]:
        """What the record says now: nothing that was withdrawn, the rest in its latest words."""
        latest = {each.corrects: each for each in self.entries}
        return tuple(
            each
            if (newer := latest.get(each.seq)) is None
            else replace(
                each,
                text=newer.text,
                at=newer.at,
                person=newer.person,
                ramp=newer.ramp,
                investigation=newer.investigation,
            )
            for each in self.entries
            if each.corrects is None and each.withdrawn_at is None
        )

"""The words of the fifteen questions: each with its numbers, and none of them an answer.

For somebody at three in the morning, on a phone: what the record shows, in figures, and one thing
to ask about it. About the work and never about a person; no score, no lecture, nobody to blame.
Times that were are clock times; how long something lasts is said as of when it was asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.incidents.board import Mark
from bot.incidents.model import Action, Ending, Entry, Incident, Investigation, Kind, Record
from bot.incidents.signals_model import Signal, SignalKind
from bot.incidents.starters import starter_of, untaken
from handlers.blocks.text import Names, clock, escape, name_of, one_line

SHOWN = 140
QUOTED = 240
TEAMS_NAMED = 2
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
HOUR = timedelta(hours=1)
AN_HOUR_AND_A_HALF = timedelta(minutes=90)


@dataclass(frozen=True, slots=True)
class Told:
    """One signal, and what its words are looked up in; `at`: when it was asked about.

    alone: nothing was said before it in the same message. absent: teams of whom nobody is here.
    """

    signal: Signal
    record: Record
    at: datetime
    names: Names
    absent: tuple[str, ...] = ()
    alone: bool = True

    @property
    def incident(self) -> Incident:
        return self.record.incident

    @property
    def thread(self) -> Investigation | None:
        return self.incident.investigation(self.signal.investigation or 0)

    def number(self, name: str) -> int:
        """A figure of the evidence; 0 where there is none."""
        found = self.signal.evidence.get(name)
        return int(found) if isinstance(found, int | float) else 0

    def moment(self, name: str) -> datetime | None:
        """A moment of the evidence."""
        found = self.signal.evidence.get(name)
        try:
            read = datetime.fromisoformat(found) if isinstance(found, str) else None
        except ValueError:
            return None
        return None if read is None else read.astimezone(UTC)

    def since(self, name: str = "since") -> str:
        """How long it had lasted when it was asked about."""
        begun = self.moment(name) or self.signal.at
        return lasting(max(self.at - begun, timedelta()))

    def action(self) -> Action | None:
        """The action it is about."""
        wanted = self.number("action")
        return next((each for each in self.record.actions if each.number == wanted), None)

    def entry(self) -> Entry | None:
        """What somebody said that it is about, in its latest words; None if it was taken back."""
        wanted = self.number("entry")
        return next((each for each in self.record.standing if each.seq == wanted), None)


def lasting(time: timedelta) -> str:
    """A length of time as one says it: "32 minutes", "1 h 40 min"."""
    minutes = max(int(time.total_seconds()) // 60, 0)
    if minutes < AN_HOUR_AND_A_HALF.total_seconds() // 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} hours"


def titled(thread: Investigation | None) -> str:
    """A thread by its number and its words."""
    if thread is None:
        return "one thread"
    return f"*{thread.number} · {_words(thread.hypothesis)}*"


def _words(text: str, limit: int = SHOWN) -> str:
    return one_line(text.rstrip(" .\n"), limit) or "…"


def _done(action: Action | None, names: Names) -> str:
    if action is None:
        return "An action"
    return f"*{_words(action.text)}* ({name_of(names, action.actor)})"


def _nobody_looks_at(told: Told) -> str:
    """What is left to look at: open threads that nobody has, then the usual ideas."""
    if not told.alone:
        return ""
    left = [titled(each) for each in told.incident.open_investigations() if not each.owner][:2]
    left += [escape(each.label) for each in untaken(told.incident)]
    return f" Nobody is looking at: {' · '.join(left)}." if left else ""


# -- the questions ---------------------------------------------------------------------------------


def _single_line(told: Told) -> str:
    span, title, more = told.since(), titled(told.thread), told.number("open") - 1
    said = f"For {span} everything has gone into one thread: {title}."
    if more > 0:
        others = "The other one is" if more == 1 else f"The other {more} are"
        said = f"For {span} one thread only has been worked on: {title}. {others} quiet."
    return f"{said}{_nobody_looks_at(told)}\nWhat would we see if it cannot work, and who looks?"


def _concentration(told: Told) -> str:
    said = (
        f"{told.number('on_it')} of {told.number('people')} people have been on "
        f"{titled(told.thread)} for {told.since()}."
    )
    return f"{said}{_nobody_looks_at(told)}\nWho takes something else?"


def _no_new_hypothesis(told: Told) -> str:
    threads = told.number("threads")
    so_far = "1 so far" if threads == 1 else f"{threads} so far"
    said = f"No new idea for {told.since()}; {so_far}."
    if not threads:
        said = f"No thread has been opened in {told.since()}."
    return f"{said}{_nobody_looks_at(told)}\nWhat else would look like this?"


def _unchallenged_leader(told: Told) -> str:
    said = f"{titled(told.thread)} has led for {told.since()}, and nothing is recorded against it."
    starter = starter_of(told.thread.hypothesis) if told.thread else None
    if starter is not None:
        return f"{said}\nFor it to work, {escape(starter.assumption)}. Who checks?"
    return f"{said}\nWhat would we see if it were wrong, and who looks?"


def _timebox_passed(told: Told) -> str:
    box = told.moment("timebox") or told.signal.at
    return (
        f"{titled(told.thread)} was to be decided again by {clock(box, told.at)}.\n"
        "Keep it, change it, or drop it?"
    )


def _recurrence(told: Told) -> str:
    seen, action = told.entry(), told.action()
    if action is None:
        return (
            "It is open again after it was resolved.\n"
            "What did we take for the cause, and what speaks against it now?"
        )
    minutes = lasting(timedelta(minutes=told.number("minutes")))
    after = f"{minutes} after *{_words(action.text)}*"
    said = f"It may be back, {after}."
    if seen is not None and seen.kind is Kind.SEEING and seen.text.strip():
        who = name_of(told.names, seen.actor)
        said = f"Back? {who} sees, {after}: “{_words(seen.text, QUOTED)}”"
    return f"{said}\nWas that not it, or is this something else?"


def _action_overdue(told: Told) -> str:
    what, by = _done(told.action(), told.names), told.moment("expected")
    said = f"{what} has run for {told.since('started')}, and nobody said how long it should take."
    if by is not None:
        said = f"{what} was expected by {clock(by, told.at)}."
    return f"{said}\nIs it still running? What should we see, and by when?"


def _reopened_hypothesis(told: Told) -> str:
    earlier = told.incident.investigation(told.number("earlier"))
    said = f"{titled(told.thread)} was looked at before."
    if earlier is not None:
        who = name_of(told.names, earlier.ended_by) if earlier.ended_by else "Somebody"
        at = f" at {clock(earlier.closed_at, told.at)}" if earlier.closed_at else ""
        tried = earlier.ending is Ending.NO_HELP
        how = f"tried this{at}, and it did not help" if tried else f"ruled this out{at}"
        why = f": {_words(earlier.why, QUOTED)}" if earlier.why.strip() else ""
        said = f"{titled(told.thread)} is open again. {who} {how}{why}."
    return f"{said}\nNew evidence is a good reason to look again. What changed?"


def _vagabonding(told: Told) -> str:
    threads, untested = told.number("threads"), told.number("untested")
    without = "nothing tested in any" if untested >= threads else f"nothing tested in {untested}"
    return (
        f"{threads} threads in {told.number('minutes')} minutes, {without} of them.\n"
        "One test each, then the next: which one first, and who?"
    )


def _orphan_symptom(told: Told) -> str:
    seen = told.entry()
    what = "a symptom"
    if seen is not None and seen.text.strip():
        what = f"what {name_of(told.names, seen.actor)} sees: “{_words(seen.text, QUOTED)}”"
    return f"For {told.since()} nobody has looked at {what}.\nWhose is it, or is it unrelated?"


def _no_recent_change(told: Told) -> str:
    return (
        f"For {told.since()} nobody has looked at what changed.\n"
        "What changed since yesterday? Ramps, flags and vendors, too."
    )


def _action_deferred(told: Told) -> str:
    found = told.moment("confirmed") or told.signal.at
    said = f"{titled(told.thread)} was found to be it at {clock(found, told.at)}."
    return f"{said} Nothing has been started since.\nWhat stops us, and who decides?"


def _stale_crew(told: Told) -> str:
    people = told.number("people")
    here = "1 person is here" if people == 1 else f"{people} people are here"
    said = f"Nobody new has come for {told.since()}; {here}.{_absent(told.absent)}"
    return f"{said}\nAsk somebody fresh?"


def _absent(teams: tuple[str, ...]) -> str:
    named = " or ".join(one_line(each, 60) for each in teams[:TEAMS_NAMED])
    return f" Nobody from {named} is here." if named else ""


def _long_haul(told: Told) -> str:
    return f"{been_here(told)} Hand over?"


def been_here(told: Told) -> str:
    """ "You've been here four hours." """
    hours = (told.at - (told.moment("since") or told.signal.at)) // HOUR
    word = NUMBERS[hours] if 0 <= hours < len(NUMBERS) else str(hours)
    return f"You've been here {word} hour{'' if hours == 1 else 's'}."


def _destructive_verb(told: Told) -> str:
    what = _done(told.action(), told.names)
    return f"{what} can't be undone.\nWhich host does that shell read back, and who looks along?"


QUESTIONS: dict[SignalKind, Callable[[Told], str]] = {
    SignalKind.SINGLE_LINE: _single_line,
    SignalKind.CONCENTRATION: _concentration,
    SignalKind.NO_NEW_HYPOTHESIS: _no_new_hypothesis,
    SignalKind.UNCHALLENGED_LEADER: _unchallenged_leader,
    SignalKind.TIMEBOX_PASSED: _timebox_passed,
    SignalKind.RECURRENCE: _recurrence,
    SignalKind.ACTION_OVERDUE: _action_overdue,
    SignalKind.REOPENED_HYPOTHESIS: _reopened_hypothesis,
    SignalKind.VAGABONDING: _vagabonding,
    SignalKind.ORPHAN_SYMPTOM: _orphan_symptom,
    SignalKind.NO_RECENT_CHANGE: _no_recent_change,
    SignalKind.ACTION_DEFERRED: _action_deferred,
    SignalKind.STALE_CREW: _stale_crew,
    SignalKind.LONG_HAUL: _long_haul,
    SignalKind.DESTRUCTIVE_VERB: _destructive_verb,
}


def question(told: Told) -> str:
    """What is asked because of one signal; two lines at most, escaped."""
    return QUESTIONS[told.signal.kind](told)


# -- in a few words: on the board, and in the line that a question shrinks to ----------------------

SHORT: dict[SignalKind, str] = {
    SignalKind.SINGLE_LINE: "one thread only",
    SignalKind.CONCENTRATION: "nearly everybody on one thread",
    SignalKind.NO_NEW_HYPOTHESIS: "no new idea",
    SignalKind.UNCHALLENGED_LEADER: "nothing against the leading idea",
    SignalKind.TIMEBOX_PASSED: "time to decide again",
    SignalKind.RECURRENCE: "back?",
    SignalKind.ACTION_OVERDUE: "an action past its time",
    SignalKind.REOPENED_HYPOTHESIS: "looked at before",
    SignalKind.VAGABONDING: "many threads, little tested",
    SignalKind.ORPHAN_SYMPTOM: "a symptom nobody looks at",
    SignalKind.NO_RECENT_CHANGE: "nobody has looked at what changed",
    SignalKind.ACTION_DEFERRED: "found, and nothing started",
    SignalKind.STALE_CREW: "nobody new",
    SignalKind.LONG_HAUL: "a long time here",
    SignalKind.DESTRUCTIVE_VERB: "can't be undone",
}
ON_THREAD: dict[SignalKind, str] = {
    SignalKind.SINGLE_LINE: "the only one that is worked on",
    SignalKind.CONCENTRATION: "nearly everybody is here",
    SignalKind.UNCHALLENGED_LEADER: "leads, and nothing is recorded against it",
    SignalKind.TIMEBOX_PASSED: "to be decided again",
    SignalKind.ORPHAN_SYMPTOM: "a symptom in it that nobody has",
    SignalKind.DESTRUCTIVE_VERB: "can't be undone, no host named",
}


def mark(signal: Signal, incident: Incident) -> str:
    """A signal in a few words, escaped, as the board has it beside its thread or below all."""
    return _in_words(signal.kind, incident.investigation(signal.investigation or 0))


def marked(mark: Mark, incident: Incident, now: datetime) -> str:
    """The same of what the board marks, with the time since when, by the clock."""
    thread = incident.investigation(mark.investigation or 0)
    return f"{_in_words(SignalKind(mark.kind), thread)}, since {clock(mark.since, now)}"


def _in_words(kind: SignalKind, thread: Investigation | None) -> str:
    return SHORT[kind] if thread is None else ON_THREAD.get(kind, SHORT[kind])


def topics(signals: tuple[Signal, ...]) -> str:
    """What a question was about, in one line."""
    return " · ".join(dict.fromkeys(SHORT[each.kind] for each in signals))

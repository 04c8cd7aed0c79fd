"""What becomes of a question, in one line; and what is said to one person who is not in it."""

from collections.abc import Callable

from bot.incidents.model import Entry, Incident, Investigation, Kind, Record
from bot.incidents.nudges_model import Asked, NudgeOutcome, Rung
from bot.incidents.signals_model import Signal
from handlers.blocks.message import Message
from handlers.blocks.nudges import (
    COME,
    NOT_NOW,
    OFF_THE_LIST,
    about,
    card,
    checked_label,
    for_commander,
    row_of,
    told_of,
    where,
)
from handlers.blocks.nudges_words import Told, been_here, question, titled, topics
from handlers.blocks.text import Names, actions, button, clock, context, name_of, one_line, section

LISTED = 3


def shown(asked: Asked, names: Names) -> Message:
    """A question as it is now, wherever it stands."""
    if not asked.nudge.stands:
        return became(asked, names)
    if asked.nudge.rung is Rung.OUTSIDER:
        return for_outsider(asked, names)
    return for_commander(asked, names) if asked.nudge.asked_of else card(asked, names)


# -- to one person alone ---------------------------------------------------------------------------


def for_outsider(asked: Asked, names: Names) -> Message:
    """To somebody who is not in it: what it is, what is known, one question, and an easy no."""
    incident = asked.incident
    since = incident.clocks.began or incident.clocks.declared or asked.nudge.asked_at
    title = f"*{one_line(incident.title, 150)}*, since {clock(since, asked.nudge.asked_at)}."
    # The first line is what the record shows; whom that asks is those who are in it.
    seen = [question(each).partition("\n")[0] for each in told_of(asked, names)][:1]
    lines = [title, *_known(asked), *seen, "What would you look at first?"]
    head = context("You said you would look with fresh eyes. If not now, nobody hears of it.")
    value = about(asked)
    row = actions(
        row_of(asked),
        button("I'll have a look", COME, value, primary=True),
        button("Not now", NOT_NOW, value),
        button("Take me off the list", OFF_THE_LIST, value),
    )
    return Message(title, (head, section("\n".join(lines)), row))


def _known(asked: Asked) -> list[str]:
    """Where it stands, in two lines."""
    opened = asked.incident.open_investigations()
    ended = tuple(each for each in asked.incident.investigations if not each.is_open)
    lines = [f"Being looked at: {_listed(opened)}."] if opened else []
    return [*lines, *([f"Ended: {_listed(ended)}."] if ended else [])]


def _listed(threads: tuple[Investigation, ...]) -> str:
    before = f"{len(threads) - LISTED} more · " if len(threads) > LISTED else ""
    return before + " · ".join(one_line(each.hypothesis, 80) or "…" for each in threads[-LISTED:])


def recruited(asked: Asked, by: str, names: Names) -> Message:
    """To somebody who was asked by name; only they see it."""
    seen = "\n\n".join(question(each) for each in told_of(asked, names))
    line = f"{name_of(names, by)} asks you to look with fresh eyes.\n{seen}"
    return Message(line.partition("\n")[0], (section(line), context("Only you see this.")))


def long_haul(incident: Incident, signal: Signal, names: Names) -> Message:
    """To whoever has been here for long, and to nobody else."""
    here = been_here(Told(signal, Record(incident), signal.at, names))
    line = f"{here} Hand over?"
    return Message(line, (section(line), context("Only you see this, and nobody hears of it.")))


# -- in one line -----------------------------------------------------------------------------------


def became(asked: Asked, names: Names) -> Message:
    """What a question shrinks to. It never says who has not answered."""
    nudge = asked.nudge
    if nudge.rung is Rung.OUTSIDER:
        line = OUTSIDERS.get(nudge.outcome, NOT_NEEDED).format(where=where(asked.incident))
    else:
        said = OUTCOMES.get(nudge.outcome, _left)(asked, names)
        line = f"Asked {clock(nudge.asked_at)}: {topics(nudge.signals)}. {said}"
    return Message(line, (context(line),))


NOT_NEEDED = "I asked you for fresh eyes; that is not needed any more."
OUTSIDERS = {
    NudgeOutcome.ACTED: "You have a look, thank you: {where}",
    NudgeOutcome.DECLINED: "Not now. Nobody hears of it.",
}


def _who(asked: Asked, names: Names) -> str:
    person = asked.nudge.answered_by
    return name_of(names, person) if person else "Somebody"


def _at(asked: Asked) -> str:
    return f", {clock(asked.nudge.answered_at)}" if asked.nudge.answered_at else ""


def _acted(asked: Asked, names: Names) -> str:
    entry = _entry_of(asked)
    does = DOES.get(entry.kind) if entry else None
    what = does(asked, entry, names) if does and entry else "has taken it up"
    return f"{_who(asked, names)} {what}{_at(asked)}."


def _answered(asked: Asked, names: Names) -> str:
    label = checked_label(asked)
    return f"{label} ({_who(asked, names)}{_at(asked)})."


def _snoozed(asked: Asked, _names: Names) -> str:
    until = asked.nudge.until
    return f"I may ask again after {clock(until)}." if until else "I may ask again later."


def _muted(_asked: Asked, _names: Names) -> str:
    return "Two of you found it not useful: I don't ask about it here again."


def _stopped(asked: Asked, names: Names) -> str:
    return f"Questions are off here ({_who(asked, names)}{_at(asked)})."


def _over(_asked: Asked, _names: Names) -> str:
    return "That is not so any more."


def _declined(_asked: Asked, _names: Names) -> str:
    return "Not now."


def _left(_asked: Asked, _names: Names) -> str:
    return "A later question has taken its place."


OUTCOMES: dict[NudgeOutcome, Callable[[Asked, Names], str]] = {
    NudgeOutcome.ACTED: _acted,
    NudgeOutcome.ANSWERED: _answered,
    NudgeOutcome.SNOOZED: _snoozed,
    NudgeOutcome.MUTED: _muted,
    NudgeOutcome.STOPPED: _stopped,
    NudgeOutcome.OVER: _over,
    NudgeOutcome.DECLINED: _declined,
}


def _entry_of(asked: Asked) -> Entry | None:
    """What whoever answered put on record by that."""
    nudge = asked.nudge
    theirs = [
        each
        for each in asked.record.standing
        if each.actor == nudge.answered_by and each.recorded_at == nudge.answered_at
    ]
    return theirs[-1] if theirs else None


def _looks(asked: Asked, entry: Entry, _names: Names) -> str:
    return f"looks at {titled(asked.incident.investigation(entry.investigation or 0))}"


def _says_why(_asked: Asked, _entry: Entry, _names: Names) -> str:
    return "said why"


def _asks(_asked: Asked, entry: Entry, names: Names) -> str:
    return f"asked {name_of(names, entry.person)} to look" if entry.person else "asked for a look"


def _sets_time(_asked: Asked, _entry: Entry, _names: Names) -> str:
    return "set a time"


DOES: dict[Kind, Callable[[Asked, Entry, Names], str]] = {
    Kind.THREAD: _looks,
    Kind.TAKE: _looks,
    Kind.DECIDED: _says_why,
    Kind.FOR: _says_why,
    Kind.LOOK: _asks,
    Kind.ANSWER: _sets_time,
}

"""What responding looks like: the board, heads of threads, the few lines in the channel."""

from datetime import datetime

from bot.incidents.board import Board
from bot.incidents.model import Action, Ending, Entry, Incident, IncidentState, Investigation, Kind
from bot.incidents.readback import Reading, settled
from bot.incidents.starters import starter_of
from bot.incidents.summary import STAFFED
from handlers.blocks.message import Message
from handlers.blocks.nudges_words import marked
from handlers.blocks.steering import MORE
from handlers.blocks.text import (
    Block,
    Names,
    actions,
    button,
    clock,
    context,
    escape,
    name_of,
    one_line,
    option,
    paragraphs,
    plain,
    section,
)

IN_FULL = 5
HYPOTHESIS_SHOWN = 160
TEXT_SHOWN = 200
TAKE = "take"
NEW_THREAD = "new_thread"
CATCH_UP = "catch_up"
QUESTIONS = "questions"
ASK_AGAIN = "nudge_ask_again"
INDENT = "      "
MARK = "◇"
MARKS_SHOWN = 4

ENDED: dict[Ending, str] = {
    Ending.CONFIRMED: "that's it",
    Ending.RULED_OUT: "not it",
    Ending.NO_HELP: "tried, no help",
    Ending.SET_ASIDE: "set aside",
}

CLAIM_TITLES = {Kind.UNKNOWN: "Not known", Kind.KNOWN: "Known", Kind.BELIEVE: "Believed"}


def board(shown: Board, names: Names, lists: str) -> Message:
    """The board: two lines a thread, five in full, the rest counted; true at a stated time.

    lists: the command that lists threads, as it is installed.
    """
    incident = shown.incident
    lines = [*_heading(shown, names), *_threads(shown, names, lists)]
    lines += [*_stops(shown, names), *_claims(shown, names)]
    if shown.untaken and incident.state is IncidentState.OPEN:
        offered = " · ".join(escape(starter.label) for starter in shown.untaken)
        lines.append(f"*Nobody is looking at:* {offered}")
    if shown.waiting:
        lines.append(f"*{_count(shown.waiting, 'question')} waiting*, for whoever has a minute")
    lines += _ended(incident, names)
    blocks = paragraphs(_no_double_blanks(lines))
    blocks.append(actions("board", *_board_row(shown)))
    blocks.append(context(f"true at {clock(shown.at)}"))
    title = one_line(incident.title, HYPOTHESIS_SHOWN)
    open_now = _count(len(incident.open_investigations()), "open thread")
    return Message(f"Board: {title}, {open_now}", tuple(blocks))


def _no_double_blanks(lines: list[str]) -> list[str]:
    return [line for before, line in zip(["", *lines], lines, strict=False) if before or line]


def _heading(shown: Board, names: Names) -> list[str]:
    incident, now = shown.incident, shown.at
    title = one_line(incident.title, HYPOTHESIS_SHOWN)
    since = incident.clocks.began or incident.clocks.declared or now
    severity = shown.severity or incident.severity or "severity not set"
    line = f"*{title}* · {escape(severity)} · since {clock(since, now)}"
    if incident.state is not IncidentState.OPEN:
        over = incident.clocks.closed or incident.clocks.resolved or now
        line += f" · *{incident.state.value}* {clock(over, now)}"
        line += f" · quiet since {clock(quiet, now)}" if (quiet := incident.quiet_since) else ""
    holds = "" if incident.commander_took else " (declared it)"
    promised = incident.next_update if incident.state is not IncidentState.CLOSED else None
    told = f" · next update by {clock(promised, now)}" if promised else ""
    lines = [line, f"Command: {name_of(names, incident.commander)}{holds}{told}"]
    if incident.quiet:
        lines.append(_questions_off(shown, names))
    if shown.related:
        lines.append(f"Related: incident {' · '.join(map(str, shown.related))}")
    return lines


def _questions_off(shown: Board, names: Names) -> str:
    off = shown.hushed
    if off is None:
        return "Questions are off here."
    return f"Questions are off here ({name_of(names, off.actor)}, {clock(off.at, shown.at)})."


def _threads(shown: Board, names: Names, lists: str) -> list[str]:
    incident, now = shown.incident, shown.at
    opened = incident.open_investigations()
    lines = [""] if opened else ["", "No thread is open. `thread:` and an idea opens one."]
    for thread in opened[:IN_FULL]:
        lines += _thread(shown, thread, names)
    if len(opened) > IN_FULL:
        lines.append(f"… and {len(opened) - IN_FULL} more open: `{escape(lists)}` lists them")
    return [*lines, *_loose_actions(incident, names, now), "", *_marks(shown)]


def _thread(shown: Board, thread: Investigation, names: Names) -> list[str]:
    incident, now = shown.incident, shown.at
    who = name_of(names, thread.owner) if thread.owner else "nobody"
    first = f"*{thread.number} · {one_line(thread.hypothesis, HYPOTHESIS_SHOWN)}* · {who}"
    if thread.timebox:
        first += f" · decide by {clock(thread.timebox, now)}"
    running = [each for each in incident.running if each.investigation == thread.number]
    second = _doing(running[-1], now) if running else _looking(shown, thread)
    more = f" (+{len(running) - 1} more running)" if len(running) > 1 else ""
    return [first, f"{INDENT}{second}{more}{_unchecked(thread)}", *_marks(shown, thread)]


def _marks(shown: Board, thread: Investigation | None = None) -> list[str]:
    """What the record shows of one thread, or of all of it: a mark each, and no more than some."""
    known = {each.number for each in shown.incident.open_investigations()}
    about = [
        each
        for each in shown.marks
        if (each.investigation == thread.number if thread else each.investigation not in known)
    ]
    said = [marked(each, shown.incident, shown.at) for each in about[:MARKS_SHOWN]]
    return [f"{INDENT if thread else ''}{MARK} {each}" for each in dict.fromkeys(said)]


def _unchecked(thread: Investigation) -> str:
    """What must be true for the idea, unless somebody has made sure of it."""
    starter = starter_of(thread.hypothesis)
    if starter is None or thread.checked == "yes":
        return ""
    said = {"no": "It can't work:", "unknown": "Nobody knows:"}.get(thread.checked, "Not checked:")
    return f" · {said} {escape(starter.assumption)}"


def _doing(action: Action, now: datetime) -> str:
    since = f", since {clock(action.started_at, now)}" if action.started_at else ""
    expected = _clause(action.expect) if action.expect else "not said"
    by = f", by {clock(action.by, now)}" if action.by else ""
    by += " (assumed)" if action.assumed else ""
    otherwise = f" Else: {_clause(action.otherwise)}." if action.otherwise else ""
    return f"Doing: {_clause(action.text)}{since}. Expected: {expected}{by}.{otherwise}"


def _clause(text: str) -> str:
    """A part of one of our sentences, which brings the full stop."""
    return one_line(text.rstrip(" ."), TEXT_SHOWN)


def _looking(shown: Board, thread: Investigation) -> str:
    evidence = f"{thread.said_for} for · {thread.said_against} against"
    if not thread.said_for and not thread.said_against:
        evidence = "nothing for or against yet"
    return f"{_since(shown, thread)} · {evidence}"


def _since(shown: Board, thread: Investigation) -> str:
    """Who looks at it and since when; where nothing was heard for long, the board says so."""
    opened, last = thread.opened_at, shown.last_words.get(thread.number)
    if shown.incident.state is not IncidentState.OPEN:
        return f"Left open since {clock(opened, shown.at)}"
    if not thread.owner:
        return f"Nobody looks at it. Open since {clock(opened, shown.at)}"
    if last is not None and shown.at - last > STAFFED:
        return f"No word since {clock(last, shown.at)}"
    return f"Looking since {clock(opened, shown.at)}"


def _loose_actions(incident: Incident, names: Names, now: datetime) -> list[str]:
    """What runs outside the open threads; also what a thread left running when it ended."""
    opened = {each.number for each in incident.open_investigations()}
    loose = [each for each in incident.running if each.investigation not in opened]
    lines = [f"{name_of(names, each.actor)} · {_doing(each, now)}" for each in loose[:IN_FULL]]
    return [*lines, f"… and {len(loose) - IN_FULL} more running"] if len(loose) > IN_FULL else lines


def _ended(incident: Incident, names: Names) -> list[str]:
    over = [each for each in incident.investigations if each.ending is not None]
    lines = [f"{each.number} · {_how(each, names)}" for each in over[-IN_FULL:]]
    before = f" {len(over) - IN_FULL} more before these" if len(over) > IN_FULL else ""
    return ["", f"*Ended:*{before}", *lines] if over else []


def _how(thread: Investigation, names: Names) -> str:
    ending = ENDED[thread.ending] if thread.ending else ""
    why = f": {one_line(thread.why, TEXT_SHOWN)}" if thread.why else ""
    who = f" ({name_of(names, thread.ended_by)})" if thread.ended_by else ""
    return f"{one_line(thread.hypothesis, HYPOTHESIS_SHOWN)} · *{ending}*{why}{who}"


def _claims(shown: Board, names: Names) -> list[str]:
    """What is known, last said last; somebody's unknown stays so until they say it is known."""
    readings = settled(shown.claims, shown.confirmed)
    lines: list[str] = []
    for kind, title in CLAIM_TITLES.items():
        said = [each for each in readings if each.kind is kind]
        told = " · ".join(_reading(each, names, shown.at) for each in said[-IN_FULL:])
        before = f"{len(said) - IN_FULL} earlier · " if len(said) > IN_FULL else ""
        lines += [f"*{title}:* {before}{told}"] if said else []
    return lines


def _reading(known: Reading, names: Names, now: datetime) -> str:
    claim, belief = known.claim, known.belief
    if belief is None:
        by = f" ({name_of(names, claim.actor)}, {clock(claim.at, now)})"
        return one_line(claim.text, TEXT_SHOWN) + by
    says = f" {known.says}" if known.says else f": {one_line(belief.text, TEXT_SHOWN)}"
    who = name_of(names, belief.actor)
    return f"{one_line(claim.text, TEXT_SHOWN)} (unknown; {who} believes{says})"


def _stops(shown: Board, names: Names) -> list[str]:
    return [
        f"*Unsafe*, says {name_of(names, each.actor)}: {one_line(each.text, TEXT_SHOWN)}"
        for each in shown.stops[-IN_FULL:]
    ]


def _choices(shown: Board) -> list[Block]:
    if shown.incident.state is not IncidentState.OPEN:
        return []
    threads = [
        option(f"{each.number} · {each.hypothesis}", f"thread:{each.number}")
        for each in shown.incident.open_investigations()
    ]
    ideas = [option(f"Look at: {each.label}", f"starter:{each.key}") for each in shown.untaken]
    return [*ideas, *threads][:100]


def _board_row(shown: Board) -> list[Block]:
    """What one may do from the board; anything else is under More."""
    choices, incident = _choices(shown), shown.incident
    if incident.state is IncidentState.CLOSED:
        return [button("More", MORE, incident.id)]
    row = [button("New thread", NEW_THREAD, incident.id)]
    row += [_take_one(choices)] if choices else []
    row.append(button("Catch me up", CATCH_UP, incident.id))
    if shown.waiting:
        row.append(button(f"Questions ({shown.waiting})", QUESTIONS, incident.id))
    if incident.quiet:
        row.append(button("Ask again", ASK_AGAIN, incident.id))
    row.append(button("More", MORE, incident.id))
    return row


def _take_one(choices: list[Block]) -> Block:
    return {
        "type": "static_select",
        "action_id": TAKE,
        "placeholder": plain("I'm on …", 150),
        "options": choices,
    }


def thread_root(thread: Investigation, names: Names) -> Message:
    """The one line in the channel under which a thread opened by command lives."""
    hypothesis = one_line(thread.hypothesis, 600)
    who = name_of(names, thread.owner) if thread.owner else "nobody yet"
    line = f"*Thread {thread.number}* · {hypothesis} · {who}"
    return Message(line, (section(line),))


def thread_end(thread: Investigation, names: Names) -> Message:
    """How a thread ended, said once, shown in the channel too."""
    line = f"*Thread {thread.number}* · {_how(thread, names)}"
    return Message(line, (section(line),))


def command_changed(incident: Incident, names: Names) -> Message:
    """Who commands now."""
    line = f"{name_of(names, incident.commander)} has command."
    return Message(line, (section(line),))


def resolved(incident: Incident, entry: Entry, names: Names) -> Message:
    """It is over, from a stated moment; what is still open is said, not hidden."""
    line = f"*Resolved* at {clock(entry.at)} by {name_of(names, entry.actor)}."
    if entry.text:
        line += f" {one_line(entry.text, 1000)}"
    left, running = len(incident.open_investigations()), len(incident.running)
    still = [f"{_count(left, 'thread')} open"] if left else []
    still += [f"{_count(running, 'action')} running"] if running else []
    if still:
        line += f"\nStill {' and '.join(still)}."
    return Message(line, (section(line),))


def unsafe(entry: Entry, names: Names) -> Message:
    """A stop sign under the person's name."""
    line = f"*Unsafe*, says {name_of(names, entry.actor)}: {one_line(entry.text, 1000)}"
    return Message(line, (section(line),))


def topic(incident: Incident) -> str:
    """The channel's topic; plain text, at most 250 characters."""
    return one_line(incident.title, 250)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def threads(shown: Board, names: Names, *, only: int | None = None) -> Message:
    """The threads, every one of them or one, for the person who asked."""
    incident = shown.incident
    wanted = [each for each in incident.investigations if only in {None, each.number}]
    if not wanted:
        none = "No thread is open yet." if only is None else f"There is no thread {only} here."
        line = f"{none} Open one with `thread:` and the idea."
        return Message(line, (section(line),))
    lines: list[str] = []
    for each in sorted(wanted, key=lambda thread: not thread.is_open):
        lines += (
            _thread(shown, each, names)
            if each.is_open
            else [f"{each.number} · {_how(each, names)}"]
        )
    return Message(_count(len(wanted), "thread"), tuple(paragraphs(lines)))


def moved_board(incident: Incident, link: str) -> Message:
    """What is left of a board that was posted again at the bottom."""
    line = f"The board of *{one_line(incident.title, 120)}* is <{link}|further down>."
    return Message("The board is further down", (section(line),))

"""The app's own tab: my incidents, my threads, what waits for me."""

from bot.incidents.homes import Home
from bot.incidents.model import Action, Incident, Investigation
from handlers.blocks import attending
from handlers.blocks.attending import WHO_I_AM
from handlers.blocks.steering import Labels, how_bad
from handlers.blocks.text import Block, actions, button, clock, context, escape, one_line, section

LISTED = 10
TITLE = 120
NOTHING = "No open incident has a part for you. `{command}` and a title declares one."


def home(shown: Home, command: str, labels: Labels, eyes: tuple[Block, ...] = ()) -> Block:
    """The view; everything on it is true at the time it says. eyes: what `teams.on_home` says."""
    blocks = [*_waiting(shown), *_mine(shown, labels), *_threads(shown), *_others(shown, labels)]
    if not blocks:
        blocks = [section(NOTHING.format(command=escape(command)))]
    return {"type": "home", "blocks": [*blocks, *eyes, *_me(shown)]}


def _waiting(shown: Home) -> list[Block]:
    lines = [f"{_late(what, shown)} · {_where(incident)}" for incident, what in shown.late[:LISTED]]
    for incident, count in shown.questions[:LISTED]:
        asked = "1 question waits" if count == 1 else f"{count} questions wait"
        lines.append(f"{asked} · {_where(incident)}")
    return _part("What waits for you", lines)


def _late(what: Investigation | Action, shown: Home) -> str:
    if isinstance(what, Action):
        by = clock(what.by or shown.at, shown.at)
        return f"{one_line(what.text, TITLE)}: expected by {by}. What now?"
    by = clock(what.timebox or shown.at, shown.at)
    return f"{what.number} · {one_line(what.hypothesis, TITLE)}: to be decided by {by}"


def _mine(shown: Home, labels: Labels) -> list[Block]:
    lines = [_incident(each, shown, labels) for each in shown.mine[:LISTED]]
    return _part("Your incidents", lines)


def _threads(shown: Home) -> list[Block]:
    lines = [
        f"{thread.number} · {one_line(thread.hypothesis, TITLE)} · {_where(incident)}"
        for incident, thread in shown.threads[:LISTED]
    ]
    return _part("Your threads", lines)


def _others(shown: Home, labels: Labels) -> list[Block]:
    lines = [_incident(each, shown, labels) for each in shown.others[:LISTED]]
    if len(shown.others) > LISTED:
        lines.append(f"… and {len(shown.others) - LISTED} more")
    return _part("Other open incidents", lines)


def _me(shown: Home) -> list[Block]:
    me = shown.me
    line = f"You said about yourself: {one_line(me.line, TITLE)}" if me.line else "Who are you?"
    row = actions(
        "me",
        button("Change it" if me.line else "Say who you are, once", WHO_I_AM),
        attending.how_much(me),
    )
    return [section(line), row, context(f"Only you see this · true at {clock(shown.at)}")]


def _incident(incident: Incident, shown: Home, labels: Labels) -> str:
    declared = incident.clocks.declared
    since = f" · since {clock(declared, shown.at)}" if declared else ""
    title = one_line(incident.title, TITLE)
    return (
        f"{incident.number} · *{title}* · {how_bad(incident, labels)}{since} · {_where(incident)}"
    )


def _where(incident: Incident) -> str:
    return f"<#{incident.channel}>" if incident.channel else "no channel yet"


def _part(title: str, lines: list[str]) -> list[Block]:
    return [section("\n".join([f"*{title}*", *lines]))] if lines else []

"""What only the person who acted sees: what was recorded, refusals, and the state on request."""

import json
from collections.abc import Callable
from datetime import datetime

from bot.errors import Offer, Refusal
from bot.incidents.model import Action, Done, Ending, Incident, Investigation, Kind
from bot.incidents.rejoin import left
from handlers.blocks import timing
from handlers.blocks.incidents import ENDED
from handlers.blocks.message import Message
from handlers.blocks.ramps import in_words
from handlers.blocks.steering import Labels, how_bad
from handlers.blocks.text import (
    VALUE_MAX,
    Block,
    actions,
    button,
    clock,
    context,
    escape,
    one_line,
    ours,
    paragraphs,
    quoted,
    section,
)

OFFER = "offer"
LISTED = 10
TOO_LONG = "It is too long for a button: copy it from here, make it shorter, and say it again."


def refusal(refused: Refusal) -> Message:
    """Said no: what to do, the text as typed, and a button for each likely intent."""
    blocks = [section(ours(refused.text)), *quoted(refused.given_back)]
    buttons = [
        button(offer.label, f"{OFFER}:{place}", value)
        for place, offer in enumerate(refused.offers)
        if len(value := offer_value(offer)) <= VALUE_MAX
    ]
    if buttons:
        blocks.append(actions("offers", *buttons[:25]))
    elif refused.offers:
        blocks.append(context(TOO_LONG))
    return Message(ours(refused.text), tuple(blocks))


def offer_value(offer: Offer) -> str:
    """An offer as a button carries it; too long a text gets no button but is still given back."""
    kept = {
        "intent": offer.intent,
        "text": offer.text,
        "number": offer.number,
        "incident": offer.incident,
        "again": offer.again or None,
    }
    return json.dumps({key: value for key, value in kept.items() if value}, ensure_ascii=False)


def done(result: Done) -> Message:
    """What was recorded, in one sentence."""
    sentence = ours(result.told) or _SENTENCES.get(result.kind, _recorded)(result)
    if result.happened is not None:
        sentence += f" At {clock(result.happened, result.incident.clocks.declared)}."
    if result.by is not None:
        sentence += f" {_BY.get(result.kind, 'By')} {clock(result.by)}."
    if result.ramp is not None:
        sentence += f" Its window: {in_words(result.ramp, result.incident.clocks.declared)}."
    if result.earlier is not None and result.earlier.ending is not None:
        sentence += f"\n{_looked_at_before(result.earlier, result.earlier.ending)}"
    ended = left(result)
    if ended is not None:
        sentence += f"\n{_has_ended(ended)}"
    blocks = [section(sentence)]
    if ended is not None and result.started is not None:
        blocks.append(_reopen_or_not(result.incident, result.started))
    if result.started is not None and result.asks_time:
        blocks += timing.ask_time(result.incident, result.started)
    return Message(sentence, tuple(blocks))


def _has_ended(thread: Investigation) -> str:
    how = f" ({ENDED[thread.ending]})" if thread.ending else ""
    return f"Thread {thread.number} has ended{how}, so this is outside any thread."


def _reopen_or_not(incident: Incident, action: Action) -> Block:
    offers = (
        Offer("Reopen it", "rejoin", number=action.number, incident=incident.id),
        Offer("Keep it outside any thread", "stay out", incident=incident.id),
    )
    row = (button(o.label, f"{OFFER}:{n}", offer_value(o)) for n, o in enumerate(offers))
    return actions("offers", *row)


def _looked_at_before(thread: Investigation, ending: Ending) -> str:
    who = ours(f"@{thread.ended_by}") if thread.ended_by else "Somebody"
    at = f" at {clock(thread.closed_at)}" if thread.closed_at else ""
    why = f": {one_line(thread.why.rstrip(' .'), 200)}" if thread.why else ""
    return (
        f"{who} ended thread {thread.number}, the same idea, as *{ENDED[ending]}*{at}{why}. "
        "New evidence is a good reason to look again. What changed?"
    )


def _declared(result: Done) -> str:
    incident = result.incident
    if incident.adopted:
        return f"Incident {incident.number} is here now. You hold command until somebody takes it."
    return (
        f"Opening incident {incident.number}: you will be in its channel in a moment. "
        "You hold command until somebody takes it."
    )


def _opened(result: Done) -> str:
    thread = result.investigation
    if thread is None:
        return "Recorded."
    return f"Thread {thread.number} is open and yours: *{one_line(thread.hypothesis, 200)}*"


def _taken(result: Done) -> str:
    return f"Thread {result.investigation.number} is yours." if result.investigation else "Taken."


def _command(_result: Done) -> str:
    return "You have command."


def _resolved(_result: Done) -> str:
    return "Resolved from this moment. Threads and actions stay as they are."


def _recorded(result: Done) -> str:
    about = f" in thread {result.investigation.number}" if result.investigation else ""
    return f"Recorded{about}."


_BY = {Kind.THREAD: "\nDecide again by", Kind.TIMEBOX: "Decide again by", Kind.DOING: "Done by"}
_SENTENCES: dict[Kind, Callable[[Done], str]] = {
    Kind.DECLARE: _declared,
    Kind.THREAD: _opened,
    Kind.TAKE: _taken,
    Kind.COMMAND: _command,
    Kind.RESOLVE: _resolved,
}


DECLARE_FORM = "declare_form"
_DECLARE: Block = actions("declare", button("Declare …", DECLARE_FORM))


def open_incidents(incidents: tuple[Incident, ...], command: str, labels: Labels) -> Message:
    """Which incidents are open, and how to declare one."""
    named = escape(command)
    how = f"Declare one with `{named} TITLE`, or `{named} here` to use this channel."
    if not incidents:
        text = f"No incident is open. {how}"
        return Message(text, (section(text), _DECLARE))
    lines = [_incident_line(each, labels) for each in incidents[:LISTED]]
    if len(incidents) > LISTED:
        lines.append(f"… and {len(incidents) - LISTED} more.")
    one = len(incidents) == 1
    said = "1 incident is open" if one else f"{len(incidents)} incidents are open"
    return Message(said, (*paragraphs(["*Open incidents*", *lines, how]), _DECLARE))


def _incident_line(incident: Incident, labels: Labels) -> str:
    where = f" <#{incident.channel}>" if incident.channel else ""
    declared: datetime | None = incident.clocks.declared
    since = f" · since {clock(declared)}" if declared else ""
    how = how_bad(incident, labels)
    return f"{incident.number} · {one_line(incident.title, 120)} · {how}{since}{where}"


def no_channel(incident: Incident, reason: str) -> Message:
    """No channel could be made: say why in words, and offer the one they are in."""
    if incident.adopted:
        text = (
            f"I can't post here, so “{one_line(incident.title, 150)}” has no board yet. "
            "The incident itself is recorded. Invite me to this channel."
        )
        return Message(text, (section(text),))
    text = (
        f"I could not make a channel for “{one_line(incident.title, 150)}” "
        f"({escape(_REASONS.get(reason, reason))}). The incident itself is recorded."
    )
    offer = Offer("Use this channel", "adopt", incident=incident.id)
    row: Block = actions("offers", button(offer.label, f"{OFFER}:0", offer_value(offer)))
    return Message(text, (section(text), row))


_REASONS = {
    "restricted_action": "this workspace lets only some people make channels",
    "name_taken": "its name and those like it are taken",
}


def talk(text: str) -> Message:
    """A plain sentence of ours."""
    return Message(ours(text), (section(ours(text)),))


def help_page(command: str) -> Message:
    """What can be said, on one page."""
    command = escape(command)
    text = "\n".join(
        (
            f"*Declare*  `{command} TITLE` · `{command} here`",
            (
                f"*Steer*  `{command} command` · `{command} severity critical` · "
                f"`{command} resolve TEXT`"
            ),
            (
                f"*Also*  `{command} update: TEXT, next update by 23:00` · `step back` · "
                "`handover` · `merge 131` · `split 2` · `relate 131` · `reopen` · `close` · "
                "`clock began 02:10` · `quiet` · `list all` · `find: WORDS` · `help privacy`"
            ),
            (
                f"*Look*  `{command} who` who is on what · `changes` · `symptoms` · "
                "`list improvised`"
            ),
            (
                "*Say in the channel or a thread*  `thread:` · `for:` · `against:` · "
                "`doing: X, expect Y, by 02:45, else Z` · `done:` · `failed:`"
            ),
            "*End a thread*  `that's it:` · `not it:` · `no help:` · `set aside:`",
            (
                "*Facts*  `known:` · `unknown:` · `we believe:` · `seeing:` · `changed:` · "
                "`decided:` · `calling:` · `improvised:` · `note:`"
            ),
            "*A change in steps*  `changed: rollout of 4412, 10% 02:10, 50% 02:40, all 03:20`",
            (
                "*Mark a message*  :thread: open a thread from it · :heavy_plus_sign: for · "
                ":heavy_minus_sign: against · :pushpin: timeline. Taking the mark off takes it back"
            ),
            (
                "I keep the words of a message only if it starts with one of these or is marked. "
                "The rest I count and forget."
            ),
        )
    )
    return Message("What you can say", (section(text),))

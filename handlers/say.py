"""*Say it*: a message in an incident's channel or threads that starts with one of our words."""

from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.errors import Offer, Refusal
from bot.incidents import grammar
from bot.incidents.grammar import Minutes, Misspelt, Moment, Said, WallTime, Word
from bot.incidents.model import Done
from bot.incidents.rejoin import left
from handlers import attending, sampling_asking, timing
from handlers.blocks import answers
from handlers.inbox import RECEIVED, ok
from handlers.messenger import person_of
from handlers.parse import MessageEnvelope, message_of, user_of
from handlers.services import Services

# What somebody wrote now; edits, deletions and the notices Slack writes itself are other events.
WRITTEN = (None, "thread_broadcast", "file_share")
DIRECT = "im"


def register(app: AsyncApp, services: Services) -> None:
    """Messages, and what changes about people."""

    async def on_message(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        if body["event"].get("bot_id") or "user" not in body["event"]:
            return ok()
        envelope = message_of(body)
        if body["event"].get("channel_type") == DIRECT:
            return await sampling_asking.typed(services, envelope, context[RECEIVED])
        workspace, channel = envelope.team_id, envelope.event.channel
        incidents = services.incidents
        # A fact costs no read of its own: `say` looks for itself, once the incident is locked.
        if not incidents.likely_here(workspace, channel) and not await incidents.incident_here(
            workspace, channel
        ):
            return ok()
        text = await services.inbox.text_of(workspace, envelope.event.text)
        said = grammar.say(text)
        if isinstance(said, Said):
            return await _recorded(services, envelope, said, context[RECEIVED])
        return await _unrecorded(services, envelope, said, text, context[RECEIVED])

    async def on_person(body: dict[str, Any]) -> BoltResponse:
        envelope = user_of(body)
        await services.directory.learn(person_of(envelope.team_id, envelope.event.user))
        return ok()

    app.event({"type": "message", "subtype": WRITTEN})(on_message)
    app.event("user_change")(on_person)
    app.event("team_join")(on_person)


async def _recorded(
    services: Services, envelope: MessageEnvelope, said: Said, received: float
) -> BoltResponse:
    request = await services.inbox.from_message(envelope, received)
    done = await services.incidents.say(request, said)
    if done is not None and worth_telling(done):
        return await services.inbox.to_message(envelope, answers.done(done))
    return ok()


async def _unrecorded(
    services: Services,
    envelope: MessageEnvelope,
    slip: Misspelt | None,
    text: str,
    received: float,
) -> BoltResponse:
    """A slip is asked about; talk is read by nobody, but may hold the host we asked for."""
    workspace, event = envelope.team_id, envelope.event
    incident = await services.incidents.incident_here(workspace, event.channel)
    if not incident:
        return ok()
    if slip is not None:
        raise misspelt(slip, text)
    await timing.pasted(services, envelope, text, received)
    await attending.talked(services, incident, event.thread_ts)
    return ok()


def worth_telling(done: Done) -> bool:
    """A mark on the message says "recorded"; words only where something was read into them."""
    return any((done.by, done.happened, done.earlier, left(done), done.asks_time, done.ramp))


# A word as people know it, where the record's own name for it is another.
ON_SCREEN = {
    Word.CONFIRMED: "that's it",
    Word.RULED_OUT: "rule out",
    Word.BELIEVE: "we believe",
}
A_THREAD = ("a thread with that name", "Open a thread with that name", Word.THREAD)
A_NOTE = ("a note with that text", "Record it as a note", Word.NOTE)


def _label(word: str, meant: Said) -> str:
    """The word with the title and the time that stood before its colon."""
    when = f"{_spelt(meant.when)} ago" if isinstance(meant.when, Minutes) else _spelt(meant.when)
    by = _spelt(meant.by) if meant.word is Word.TIMEBOX else ""
    return " ".join(part for part in (word, meant.title, when, by) if part)


def _spelt(moment: Moment | None) -> str:
    match moment:
        case Minutes():
            return f"{moment.count} min"
        case WallTime():
            return f"{moment.hour:02}:{moment.minute:02}{' UTC' if moment.utc else ''}"
        case _:
            return ""


def misspelt(slip: Misspelt, text: str, other: tuple[str, str, Word] = A_THREAD) -> Refusal:
    """A word that is nearly ours: nothing is recorded, and both meanings are one press away."""
    meant = slip.meant
    word = ON_SCREEN.get(slip.nearest, slip.nearest.value.replace("_", " "))
    about = f" thread {meant.number}" if meant.number else f" {meant.title}".rstrip()
    return Refusal(
        f"I don't know '{slip.typed}', so nothing changed. Did you mean '{word}{about}', "
        f"or {other[0]}?",
        given_back=text,
        offers=(
            Offer(f"{word}{about}".capitalize(), _label(word, meant), slip.rest, meant.number),
            Offer(other[1], other[2].value, text),
        ),
    )

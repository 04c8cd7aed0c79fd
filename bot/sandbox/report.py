"""What a replay leaves behind: the record of the incident, and how much was said."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.incidents.model import Action, Entry, Incident, Investigation, Kind, Record
from bot.incidents.nudges_model import Nudge, Rung
from bot.incidents.signals_model import Seen, Signal, SignalKind
from bot.sandbox.reading import lines_of
from bot.sandbox.replay import busiest_hour
from bot.sandbox.state import Channel, Message, Workspace

CLOCKS = ("began", "detected", "declared", "mitigated", "resolved", "closed")


@dataclass(frozen=True, slots=True)
class Questions:
    """What was asked in a replay, and where that is read. mark: the words of a mark."""

    nudges: tuple[Nudge, ...]
    workspace: Workspace
    mark: Callable[[Signal, Incident], str]


def report(
    record: Record,
    names: dict[str, str],
    channel: Channel,
    signals: Iterable[Seen],
    questions: Questions,
) -> dict[str, Any]:
    """One incident as plain data: times in UTC, people by the names of their roles."""
    found = tuple(signals)
    return {
        "incident": _incident(record.incident),
        "investigations": [
            _investigation(record, each, names) for each in record.incident.investigations
        ],
        "entries": [_entry(each, names) for each in record.standing],
        "signals": [_signal(record, each) for each in found],
        "nudges": _nudges(record, found, channel, questions),
        "counts": counts(channel),
    }


def counts(channel: Channel) -> dict[str, int]:
    """Lines of the bot in the channel itself, lines of people there and in its threads."""
    bot = [each for each in channel.lines() if each.bot_id]
    return {
        "bot_lines": len(bot),
        "human_lines": channel.human_line_count,
        "bot_lines_max_hour": busiest_hour([_moment(each.ts) for each in bot]),
    }


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def _incident(incident: Incident) -> dict[str, Any]:
    return {
        "title": incident.title,
        "severity": incident.severity.value if incident.severity else None,
        "state": incident.state.value,
        "clocks": {name: _time(getattr(incident.clocks, name)) for name in CLOCKS},
    }


def _investigation(record: Record, thread: Investigation, names: dict[str, str]) -> dict[str, Any]:
    mine = [each for each in record.standing if each.investigation == thread.number]
    done = [each for each in record.actions if each.investigation == thread.number]
    return {
        "number": thread.number,
        "hypothesis": thread.hypothesis,
        "state": record.incident.state_of(thread),
        "owner": names.get(thread.owner or ""),
        "opened_at": _time(thread.opened_at),
        "closed_at": _time(thread.closed_at),
        "evidence_for": [_evidence(each, names) for each in mine if each.kind is Kind.FOR],
        "evidence_against": [_evidence(each, names) for each in mine if each.kind is Kind.AGAINST],
        "actions": [_action(each, names) for each in done],
    }


def _evidence(entry: Entry, names: dict[str, str]) -> dict[str, Any]:
    return {"at": _time(entry.at), "actor": names.get(entry.actor), "text": entry.text}


def _action(action: Action, names: dict[str, str]) -> dict[str, Any]:
    return {
        "started_at": _time(action.started_at),
        "ended_at": _time(action.ended_at),
        "outcome": action.outcome.value,
        "actor": names.get(action.actor),
        "text": action.text,
        "result": action.result,
    }


def _entry(entry: Entry, names: dict[str, str]) -> dict[str, Any]:
    return {
        "at": _time(entry.at),
        "kind": entry.kind.value,
        "investigation": entry.investigation,
        "actor": names.get(entry.actor),
        "text": entry.text,
    }


def _signal(record: Record, seen: Seen) -> dict[str, Any]:
    """With the words it is about, as the record has them now."""
    evidence = dict(seen.signal.evidence)
    entries = [each.text for each in record.standing if each.seq == evidence.get("entry")]
    actions = [each.text for each in record.actions if each.number == evidence.get("action")]
    return {
        "at": _time(seen.signal.at),
        "kind": seen.signal.kind.value,
        "investigation": seen.signal.investigation,
        "evidence": evidence | ({"text": said} if (said := "".join(entries or actions)) else {}),
    }


def _nudges(
    record: Record, signals: tuple[Seen, ...], channel: Channel, questions: Questions
) -> list[dict[str, Any]]:
    """Every question, once, and every mark of the board; what is for one person alone is none."""
    marked = [
        {
            "at": _time(each.seen_at),
            "signal": each.signal.kind.value,
            "rung": Rung.MARK.value,
            "text": questions.mark(each.signal, record.incident),
        }
        for each in signals
        if each.signal.kind is not SignalKind.LONG_HAUL
    ]
    asked = [_nudge(each, channel, questions.workspace) for each in questions.nudges]
    return sorted((*marked, *asked), key=lambda each: str(each["at"]))


def _nudge(nudge: Nudge, channel: Channel, workspace: Workspace) -> dict[str, Any]:
    """By the signal of the highest rank; `also`: the other one, if it asks about two."""
    first, *rest = (each.kind.value for each in nudge.signals)
    asked = {"at": _time(nudge.asked_at), "signal": first, "rung": nudge.rung.value}
    also: dict[str, Any] = {"also": rest[0]} if rest else {}
    return asked | also | {"text": _shown(nudge, channel, workspace)}


def _shown(nudge: Nudge, channel: Channel, workspace: Workspace) -> str:
    """The words as they were shown first; empty where it was asked of nobody."""
    place = workspace.channels.get(nudge.channel, channel)
    found = place.find(nudge.message) if nudge.message else None
    return "" if found is None else "\n".join(lines_of(_as_posted(found), workspace))


def _as_posted(message: Message) -> Message:
    blocks = message.blocks if message.posted is None else message.posted
    words = [each for each in blocks if each["type"] != "actions"]
    return replace(message, blocks=words)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

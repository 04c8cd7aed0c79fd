"""What a replay leaves behind: the record of the incident, and how much was said."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bot.incidents.model import Action, Entry, Incident, Investigation, Kind, Record
from bot.incidents.signals_model import Seen
from bot.sandbox.replay import busiest_hour
from bot.sandbox.state import Channel

CLOCKS = ("began", "detected", "declared", "mitigated", "resolved", "closed")


def report(
    record: Record, names: dict[str, str], channel: Channel, signals: Iterable[Seen]
) -> dict[str, Any]:
    """One incident as plain data: times in UTC, people by the names of their roles."""
    return {
        "incident": _incident(record.incident),
        "investigations": [
            _investigation(record, each, names) for each in record.incident.investigations
        ],
        "entries": [_entry(each, names) for each in record.standing],
        "signals": [_signal(record, each) for each in signals],
        "nudges": [],
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


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

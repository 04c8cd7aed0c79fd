"""Who is on what: the group at work, people and tools together, and no hero (T1).

Whoever has a hand in a thread stands with it, in no order of merit: there are no counts, no times
and no silences here. Who is on no thread is a number; the names are for the commander alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from bot.incidents.model import Incident, Investigation, Kind, Record


@dataclass(frozen=True, slots=True)
class Hands:
    """An open thread and everybody whose hands are in it, as a set that has no first."""

    thread: Investigation
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Everybody here, true at `at`. beside: who does something that belongs to no thread.

    shared: pairs of threads, by number, with the people in both. tools: the bots in the channel.
    on_nothing: who is here and has a hand in none of it.
    """

    incident: Incident
    at: datetime
    threads: tuple[Hands, ...]
    beside: frozenset[str]
    shared: tuple[tuple[int, int, frozenset[str]], ...]
    tools: frozenset[str]
    on_nothing: frozenset[str]

    @property
    def people(self) -> frozenset[str]:
        """Everybody who may have to be named."""
        hands = frozenset().union(*(each.people for each in self.threads))
        return hands | self.beside | self.tools | self.on_nothing | {self.incident.commander}


def group(record: Record, now: datetime, present: Collection[str], tools: Collection[str]) -> Group:
    """The group as the record shows it. present: who is in the channel; tools: bots among them."""
    incident, bots = record.incident, frozenset(tools)
    threads = tuple(
        Hands(each, hands_in(record, each) - bots) for each in incident.open_investigations()
    )
    beside = frozenset(each.actor for each in incident.running if each.investigation is None)
    busy = beside.union({incident.commander}, *(each.people for each in threads))
    return Group(
        incident,
        now,
        threads,
        beside,
        _shared(threads),
        bots,
        on_nothing=frozenset(present) - bots - busy,
    )


def hands_in(record: Record, thread: Investigation) -> frozenset[str]:
    """Who owns it, runs something in it, said or wrote something of it, or was asked to look."""
    people = {thread.owner}
    people |= {
        each.actor for each in record.incident.running if each.investigation == thread.number
    }
    for each in record.standing:
        if each.investigation == thread.number:
            people |= {each.actor, each.author or None}
            people |= {each.person} if each.kind is Kind.LOOK else set()
    return frozenset(each for each in people if each)


def _shared(threads: tuple[Hands, ...]) -> tuple[tuple[int, int, frozenset[str]], ...]:
    pairs = combinations(threads, 2)
    return tuple(
        (one.thread.number, other.thread.number, both)
        for one, other in pairs
        if (both := one.people & other.people)
    )

"""Ideas that are offered, never opened by themselves: "Nobody is looking at …"."""

import re

from bot.incidents.model import Incident, Investigation, Starter

WORD = re.compile(r"\w+")

STARTERS: tuple[Starter, ...] = (
    Starter(
        "changed",
        "what changed",
        "we must see every change, flags, configuration and vendors included",
        ("change", "changes", "changed", "deploy", "deploys", "flag", "flags"),
    ),
    Starter(
        "rollback",
        "rollback",
        "the old version must still run on today's data and schema",
        ("rollback", "revert", "roll back", "rolling back"),
    ),
    Starter(
        "logs",
        "logs",
        "the logs must be complete, and from the right host",
        ("log", "logs"),
    ),
    Starter(
        "capacity",
        "capacity",
        "the limit must really be here",
        ("capacity", "limit", "limits", "saturation"),
    ),
    Starter(
        "traffic",
        "traffic",
        "the traffic must be unusual against this hour last week",
        ("traffic", "load", "abuse", "spam", "ddos"),
    ),
)


# These hold a starter's word and are about something else.
_OTHER_THINGS = ("load balancer", "load balancers", "log in", "log out", "change log")


def starter_of(hypothesis: str, starters: tuple[Starter, ...] = STARTERS) -> Starter | None:
    """The starter whose idea a hypothesis takes up, by its words; None if it is another idea.

    The first word decides: "roll back the deploy" is a rollback, and a deploy only after that.
    """
    said = f" {' '.join(WORD.findall(hypothesis.casefold()))} "
    for other in _OTHER_THINGS:
        said = said.replace(f" {other} ", " · ")
    found = [
        (said.find(f" {word} "), starter)
        for starter in starters
        for word in (" ".join(WORD.findall(starter.label)), *starter.words)
        if f" {word} " in said
    ]
    return min(found, key=lambda each: each[0])[1] if found else None


def untaken(incident: Incident, starters: tuple[Starter, ...] = STARTERS) -> tuple[Starter, ...]:
    """The starters that no thread of the incident has taken up."""
    taken = {starter_of(each.hypothesis, starters) for each in incident.investigations}
    return tuple(starter for starter in starters if starter not in taken)


def assumption_of(thread: Investigation) -> str:
    """What must be true for the thread's idea to work; empty where no starter says."""
    starter = starter_of(thread.hypothesis)
    return starter.assumption if starter else ""

"""Ideas that are offered, never opened by themselves: "Nobody is looking at …"."""

from bot.incidents.checks import same_idea
from bot.incidents.model import Incident, Investigation, Starter

STARTERS: tuple[Starter, ...] = (
    Starter(
        "changed",
        "what changed",
        "we can see every change: flags, configuration and vendors included",
        ("change", "changes", "changed", "deploy", "deploys", "flag", "flags"),
    ),
    Starter(
        "rollback",
        "rollback",
        "the old version must still run on today's data and schema",
        ("rollback", "revert", "roll"),
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


def starter_of(hypothesis: str, starters: tuple[Starter, ...] = STARTERS) -> Starter | None:
    """The starter whose idea a hypothesis takes up, by its words; None if it is another idea."""
    words = {word.strip(".,:;?!()'\"") for word in hypothesis.casefold().split()}
    for starter in starters:
        if same_idea(hypothesis, starter.label) or words & set(starter.words):
            return starter
    return None


def untaken(incident: Incident, starters: tuple[Starter, ...] = STARTERS) -> tuple[Starter, ...]:
    """The starters that no thread of the incident has taken up."""
    taken = {starter_of(each.hypothesis, starters) for each in incident.investigations}
    return tuple(starter for starter in starters if starter not in taken)


def assumption_of(thread: Investigation) -> str:
    """What must be true for the thread's idea to work; empty where no starter says."""
    starter = starter_of(thread.hypothesis)
    return starter.assumption if starter else ""

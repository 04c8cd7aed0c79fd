"""How long is long, for each signal: the rule book's defaults, as a workspace has changed them."""

from dataclasses import dataclass, fields
from datetime import timedelta

from bot.incidents.model import Severity
from bot.workspace.settings import WorkspaceSettings

# The settings' names are older than the signals'.
_CALLED = {"action_overdue": "late_action", "action_deferred": "deferred_action"}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How long each may last before it is a signal, for one severity.

    share: the Herfindahl index from which people count as concentrated. many, untested: threads
    opened within `vagabonding`, and how many of them with nothing tested. verbs: what can't be
    undone, by stem.
    """

    single_line: timedelta
    concentration: timedelta
    no_new_hypothesis: timedelta
    unchallenged_leader: timedelta
    timebox_passed: timedelta
    action_overdue: timedelta
    vagabonding: timedelta
    orphan_symptom: timedelta
    no_recent_change: timedelta
    action_deferred: timedelta
    stale_crew: timedelta
    long_haul: timedelta
    share: float
    many: int
    untested: int
    verbs: tuple[str, ...]


SPANS = tuple(each.name for each in fields(Thresholds) if each.type is timedelta)


def thresholds_of(settings: WorkspaceSettings, severity: Severity | None) -> Thresholds:
    """What counts in this workspace for an incident that is so bad; not set counts as major."""
    spans = {
        name: timedelta(minutes=settings.threshold(_CALLED.get(name, name), severity))
        for name in SPANS
    }
    return Thresholds(
        **spans,
        share=settings.threshold("concentration_share") / 100,
        many=settings.threshold("vagabonding_threads"),
        untested=settings.threshold("vagabonding_untested"),
        verbs=settings.destructive_stems,
    )

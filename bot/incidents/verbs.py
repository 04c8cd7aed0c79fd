"""The verbs of `/incident`, and the spellings of each."""

from enum import StrEnum

from bot.incidents.words import listed


class IncidentVerb(StrEnum):
    """What `/incident` can be asked to do; `say` is an everyday word typed after it."""

    SHOW = "show"
    CATCH_UP = "catch_up"
    DECLARE = "declare"
    HERE = "here"
    UPDATE = "update"
    SEVERITY = "severity"
    COMMAND = "command"
    STEP_BACK = "step_back"
    HANDOVER = "handover"
    MERGE = "merge"
    SPLIT = "split"
    RELATE = "relate"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    QUIET = "quiet"
    LIST = "list"
    FIND = "find"
    HELP = "help"
    HELP_PRIVACY = "help_privacy"
    SETTINGS = "settings"
    CLOCK = "clock"
    GROUP = "group"
    CHANGES = "changes"
    SYMPTOMS = "symptoms"
    SAY = "say"


_VERB_ROWS: tuple[tuple[IncidentVerb, str], ...] = (
    (IncidentVerb.SHOW, "status, threads"),
    (IncidentVerb.CATCH_UP, "catch up, catch me up, catchup"),
    (IncidentVerb.DECLARE, "new, declare"),
    (IncidentVerb.HERE, "here"),
    (IncidentVerb.UPDATE, "update"),
    (IncidentVerb.SEVERITY, "severity, sev"),
    (IncidentVerb.COMMAND, "command, take command, I have command"),
    (IncidentVerb.STEP_BACK, "step back, stepback"),
    (IncidentVerb.HANDOVER, "handover, hand over, handoff, hand off"),
    (IncidentVerb.MERGE, "merge"),
    (IncidentVerb.SPLIT, "split"),
    (IncidentVerb.RELATE, "relate"),
    (IncidentVerb.RESOLVE, "resolve, resolved"),
    (IncidentVerb.REOPEN, "reopen, re-open"),
    (IncidentVerb.CLOSE, "close"),
    (IncidentVerb.QUIET, "quiet"),
    (IncidentVerb.LIST, "list"),
    (IncidentVerb.FIND, "find"),
    (IncidentVerb.HELP, "help, ?"),
    (IncidentVerb.HELP_PRIVACY, "help privacy"),
    (IncidentVerb.SETTINGS, "settings"),
    (IncidentVerb.CLOCK, "clock, clocks"),
    (IncidentVerb.GROUP, "group, who, who is on what, who's on what"),
    (IncidentVerb.CHANGES, "changes, what changed"),
    (IncidentVerb.SYMPTOMS, "symptoms"),
)
LOOKS = frozenset({IncidentVerb.GROUP, IncidentVerb.CHANGES, IncidentVerb.SYMPTOMS})
"""Verbs that only show something: with more behind the colon it was not they that were meant."""

VERBS: dict[str, IncidentVerb] = {
    spelling: verb for verb, names in _VERB_ROWS for spelling in listed(names)
}

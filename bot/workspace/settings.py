"""What a workspace may choose, with defaults that need no choosing. A bad value changes nothing.

Sources: SPEC section 1 (common ground), the defaults of references/fixation-and-charts.md
section 2. Who may change a setting is the service's business.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from unicodedata import normalize

from bot.errors import Refusal

SEVERITIES = ("critical", "major", "minor")
LABEL_MAX = 30
STEMS_MAX = 50
# The row "destructive verb in an action"; `recreate` counts only beside what holds data.
DESTRUCTIVE_STEMS = (
    "delete",
    "remove",
    "wipe",
    "drop",
    "destroy",
    "purge",
    "erase",
    "truncate",
    "overwrite",
    "force",
    "reset",
    "rm",
    "mkfs",
    "recreate",
)
# Minutes, by signal; where it differs by severity, one row each.
THRESHOLDS: Mapping[str, int] = MappingProxyType(
    {
        "single_line_critical": 10,
        "single_line_major": 10,
        "single_line_minor": 20,
        "concentration": 10,
        "no_new_hypothesis": 30,
        "unchallenged_leader": 20,
        "timebox_passed": 5,
        "late_action": 15,
        "vagabonding": 20,
        "orphan_symptom": 10,
        "no_recent_change": 15,
        "deferred_action": 15,
        "stale_crew": 90,
        "long_haul": 240,
    }
)
# Beside the minutes: how many people on one thread (the sum of the squares of their shares, per
# cent), and how many threads at once, of which so many untested.
AMOUNTS: Mapping[str, int] = MappingProxyType(
    {"concentration_share": 65, "vagabonding_threads": 4, "vagabonding_untested": 3}
)
DEFAULTS: Mapping[str, int] = MappingProxyType({**THRESHOLDS, **AMOUNTS})
# What a question in the channel, or of the commander, may be about.
ASKED_ABOUT = (
    "single_line",
    "concentration",
    "no_new_hypothesis",
    "unchallenged_leader",
    "timebox_passed",
    "recurrence",
    "action_overdue",
    "reopened_hypothesis",
    "vagabonding",
    "orphan_symptom",
    "no_recent_change",
    "action_deferred",
    "stale_crew",
)


class Nudges(StrEnum):
    """Where questions go."""

    COMMANDER = "commander"
    CHANNEL = "channel"
    SHADOW = "shadow"


class Verbosity(StrEnum):
    """What somebody is told who has not chosen for themselves."""

    EVERYTHING = "everything"
    CHANGES = "changes"
    BOARD = "board"


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """One workspace's choices. `severity_labels` stand in the order of SEVERITIES.

    nudges_first: minutes after declaring until the first question, at the least. nudges_jitter: how
    much longer a gap between two may be, per cent. nudges_never, nudges_always: signals that are
    not asked about; and those that are even if few found them useful.
    """

    announce_channel: str | None = None
    severity_labels: tuple[str, str, str] = ("critical", "major", "minor")
    nudges: Nudges = Nudges.COMMANDER
    nudges_first: int = 10
    nudges_jitter: int = 20
    nudges_never: tuple[str, ...] = ()
    nudges_always: tuple[str, ...] = ()
    verbosity: Verbosity = Verbosity.EVERYTHING
    channel_prefix: str = "inc"
    quiet_minutes: int = 15
    commander_silence_minutes: int = 10
    destructive_stems: tuple[str, ...] = DESTRUCTIVE_STEMS
    thresholds: Mapping[str, int] = field(default_factory=lambda: DEFAULTS)

    def label_of(self, severity: str | None) -> str:
        """What this workspace calls a severity; empty while it is not set."""
        return self.severity_labels[SEVERITIES.index(severity)] if severity else ""

    def threshold(self, signal: str, severity: str | None = None) -> int:
        """Minutes for a signal, or one of its amounts; a severity not set yet counts as major."""
        by_severity = f"{signal}_{severity or 'major'}"
        return self.thresholds[by_severity if by_severity in THRESHOLDS else signal]


@dataclass(frozen=True, slots=True)
class Described:
    """A setting as a form shows it: `choices` where there are only so many."""

    key: str
    label: str
    value: str
    default: str
    range: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of one setting, as the audit keeps it."""

    key: str
    old: str
    new: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Setting:
    """One setting: how it is called, what fits, how it is read from text and written as text."""

    label: str
    range: str
    read: Callable[[WorkspaceSettings, str], WorkspaceSettings | None]
    show: Callable[[WorkspaceSettings], str]
    choices: tuple[tuple[str, str], ...] = ()


def changed(settings: WorkspaceSettings, key: str, typed: str) -> WorkspaceSettings:
    """The settings with one of them changed. Raises Refusal, naming the key and what fits."""
    setting = _SETTINGS.get(key)
    if setting is None:
        raise Refusal(
            f"There is no setting '{' '.join(key.split())[:60]}', so nothing changed.",
            given_back=typed,
            field=key,
        )
    after = setting.read(settings, normalize("NFKC", typed).strip())
    if after is None:
        raise Refusal(f"{key}: {setting.range}. Nothing changed.", given_back=typed, field=key)
    return after


def restored(stored: Mapping[str, str]) -> WorkspaceSettings:
    """The settings from what is stored; a value that no longer fits is as if never chosen."""
    settings = WorkspaceSettings()
    for key, value in stored.items():
        with suppress(Refusal):
            settings = changed(settings, key, value)
    return settings


def described(settings: WorkspaceSettings) -> tuple[Described, ...]:
    """Every setting in the order of the form."""
    default = WorkspaceSettings()
    return tuple(
        Described(
            key, each.label, each.show(settings), each.show(default), each.range, each.choices
        )
        for key, each in _SETTINGS.items()
    )


def differences(
    before: WorkspaceSettings, after: WorkspaceSettings
) -> tuple[tuple[str, str, str], ...]:
    """Key, old and new value of whatever differs: what the audit keeps."""
    return tuple(
        (key, each.show(before), each.show(after))
        for key, each in _SETTINGS.items()
        if each.show(before) != each.show(after)
    )


# -- readers: None where the text does not fit ---------------------------------------------------

_WHOLE = re.compile(r"(\d{1,4})(?:\s*(?:m|min|mins|minutes?))?", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,3}")
_CHANNEL = re.compile(r"(?:<#)?([CG](?=[A-Z0-9]*\d)[A-Z0-9]{2,20})(?:\|[^>]*)?>?")
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")
_STEM = re.compile(r"[^\W_][\w-]{1,29}")
_SPLIT = re.compile(r"[\s,;·]+")


def _minutes(typed: str, least: int, most: int) -> int | None:
    found = _WHOLE.fullmatch(typed)
    minutes = int(found[1]) if found else least - 1
    return minutes if least <= minutes <= most else None


def _number(name: str, label: str, least: int, most: int) -> _Setting:
    def read(old: WorkspaceSettings, typed: str) -> WorkspaceSettings | None:
        minutes = _minutes(typed, least, most)
        return None if minutes is None else replace(old, **{name: minutes})  # type: ignore[arg-type]

    range_ = f"a whole number of minutes from {least} to {most}"
    return _Setting(label, range_, read, lambda settings: str(getattr(settings, name)))


def _threshold(name: str, label: str) -> _Setting:
    range_ = "a whole number of minutes from 1 to 480"
    return _of_signals(name, label, range_, lambda typed: _minutes(typed, 1, 480))


def _amount(name: str, label: str, least: int, most: int) -> _Setting:
    def read(typed: str) -> int | None:
        amount = int(typed) if _DIGITS.fullmatch(typed) else least - 1
        return amount if least <= amount <= most else None

    return _of_signals(name, label, f"a whole number from {least} to {most}", read)


def _of_signals(name: str, label: str, range_: str, read: Callable[[str], int | None]) -> _Setting:
    def change(old: WorkspaceSettings, typed: str) -> WorkspaceSettings | None:
        amount = read(typed)
        if amount is None:
            return None
        return replace(old, thresholds=MappingProxyType({**old.thresholds, name: amount}))

    return _Setting(label, range_, change, lambda settings: str(settings.thresholds[name]))


def _choice(
    name: str, label: str, kind: type[StrEnum], words: tuple[tuple[str, str], ...]
) -> _Setting:
    def read(old: WorkspaceSettings, typed: str) -> WorkspaceSettings | None:
        wanted = typed.casefold()
        fits = wanted in set(kind)
        return replace(old, **{name: kind(wanted)}) if fits else None  # type: ignore[arg-type]

    range_ = f"one of {', '.join(kind)}"
    return _Setting(label, range_, read, lambda settings: str(getattr(settings, name)), words)


def _severity(place: int) -> _Setting:
    def read(old: WorkspaceSettings, typed: str) -> WorkspaceSettings | None:
        label = " ".join(typed.split())
        labels = [*old.severity_labels]
        others = {each.casefold() for at, each in enumerate(labels) if at != place}
        one_meaning = label.casefold() not in others | ({*SEVERITIES} - {SEVERITIES[place]})
        fits = label.isprintable() and any(map(str.isalnum, label)) and len(label) <= LABEL_MAX
        if not fits or not one_meaning:
            return None
        labels[place] = label
        return replace(old, severity_labels=(labels[0], labels[1], labels[2]))

    range_ = f"1 to {LABEL_MAX} characters, not the name of another severity"
    name = f"What you call {SEVERITIES[place]}"
    return _Setting(name, range_, read, lambda settings: settings.severity_labels[place])


def _announce(old: WorkspaceSettings, typed: str) -> WorkspaceSettings | None:
    if typed.casefold() in {"", "none", "nowhere"}:
        return replace(old, announce_channel=None)
    found = _CHANNEL.fullmatch(typed)
    return replace(old, announce_channel=found[1]) if found else None


def _prefix(old: WorkspaceSettings, typed: str) -> WorkspaceSettings | None:
    return replace(old, channel_prefix=typed) if _PREFIX.fullmatch(typed) else None


def _stems(old: WorkspaceSettings, typed: str) -> WorkspaceSettings | None:
    listed = tuple(dict.fromkeys(each for each in _SPLIT.split(typed.casefold()) if each))
    if not 1 <= len(listed) <= STEMS_MAX or not all(map(_STEM.fullmatch, listed)):
        return None
    return replace(old, destructive_stems=listed)


def _percent(name: str, label: str, most: int) -> _Setting:
    def read(old: WorkspaceSettings, typed: str) -> WorkspaceSettings | None:
        percent = typed.removesuffix("%").strip()
        fits = bool(_DIGITS.fullmatch(percent)) and int(percent) <= most
        return replace(old, **{name: int(percent)}) if fits else None  # type: ignore[arg-type]

    range_ = f"a whole number from 0 to {most}"
    return _Setting(label, range_, read, lambda settings: str(getattr(settings, name)))


def _signals(name: str, label: str) -> _Setting:
    """Some of what is asked about, by the signals' names; `none` for none of it."""

    def read(old: WorkspaceSettings, typed: str) -> WorkspaceSettings | None:
        named = {each for each in _SPLIT.split(typed.casefold()) if each} - {"none"}
        listed = tuple(each for each in ASKED_ABOUT if each in named)
        return replace(old, **{name: listed}) if named <= {*ASKED_ABOUT} else None  # type: ignore[arg-type]

    def show(settings: WorkspaceSettings) -> str:
        return ", ".join(getattr(settings, name)) or "none"

    return _Setting(label, f"none, or some of {', '.join(ASKED_ABOUT)}", read, show)


_NUDGES = (
    ("commander", "Commander only: suggested for your first three incidents"),
    ("channel", "In the incident's channel"),
    ("shadow", "Nowhere: counted, shown to nobody"),
)
_VERBOSITY = (
    ("everything", "Everything"),
    ("changes", "Only what changes: threads, command, the end"),
    ("board", "Only the board"),
)
_SIGNALS = {
    "single_line_critical": "One thread only, critical",
    "single_line_major": "One thread only, major or not set",
    "single_line_minor": "One thread only, minor",
    "concentration": "Most people on one thread",
    "no_new_hypothesis": "No new idea",
    "unchallenged_leader": "Nothing said against the leading idea",
    "timebox_passed": "Time to decide again has passed",
    "late_action": "Action with no time, or past it",
    "vagabonding": "Many threads, none tested",
    "orphan_symptom": "A symptom nobody looks at",
    "no_recent_change": "Nobody has said what changed",
    "deferred_action": "Cause found, nothing done",
    "stale_crew": "Nobody new has joined",
    "long_haul": "One person for a long time",
}
_SETTINGS: dict[str, _Setting] = {
    "announce_channel": _Setting(
        "Announce new incidents in",
        "a channel of this workspace, or none",
        _announce,
        lambda settings: settings.announce_channel or "none",
    ),
    "nudges": _choice("nudges", "Where questions go", Nudges, _NUDGES),
    "verbosity": _choice("verbosity", "What people are told at first", Verbosity, _VERBOSITY),
    "channel_prefix": _Setting(
        "Channel names begin with",
        "1 to 20 of a-z, 0-9, - and _, beginning with a letter or digit",
        _prefix,
        lambda settings: settings.channel_prefix,
    ),
    **{f"severity_{each}": _severity(place) for place, each in enumerate(SEVERITIES)},
    "quiet_minutes": _number("quiet_minutes", "Watch after resolve, minutes", 5, 240),
    "commander_silence_minutes": _number(
        "commander_silence_minutes", "Ask a silent commander after, minutes", 5, 120
    ),
    "destructive_stems": _Setting(
        "Ask which host before these words",
        f"1 to {STEMS_MAX} words of 2 to 30 letters, with commas between",
        _stems,
        lambda settings: ", ".join(settings.destructive_stems),
    ),
    "nudges_first": _number("nudges_first", "First question after, minutes", 10, 120),
    "nudges_jitter": _percent("nudges_jitter", "Gaps between questions vary by, per cent", 50),
    "nudges_never": _signals("nudges_never", "Never ask about"),
    "nudges_always": _signals("nudges_always", "Ask about, even if few find it useful"),
    **{f"threshold_{name}": _threshold(name, label) for name, label in _SIGNALS.items()},
    "threshold_concentration_share": _amount(
        "concentration_share", "How many count as most people, per cent of 100 on one", 34, 100
    ),
    "threshold_vagabonding_threads": _amount("vagabonding_threads", "How many are many", 2, 50),
    "threshold_vagabonding_untested": _amount(
        "vagabonding_untested", "Of the many threads, untested", 1, 50
    ),
}

KEYS = tuple(_SETTINGS)

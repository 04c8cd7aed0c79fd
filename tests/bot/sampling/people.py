"""Studies and volunteers for tests of the plan: the default ones, with whatever is changed."""

import hashlib
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from bot.sampling.calendar import read_windows
from bot.sampling.model import Hours, Item, ItemKind, Protocol, Volunteer, VolunteerState
from bot.sampling.protocol import default_study

SECRET = bytes(range(32))
STUDY_HASH = hashlib.sha256(b"study").hexdigest()
MONDAY = date(2026, 11, 23)
WEEK = (0, 1, 2, 3, 4)


@cache
def default() -> Protocol:
    """The study that is shipped, read once."""
    return default_study()


def hours(windows: str = "09:00-17:00", zone: str = "Europe/Berlin", **changed: Any) -> Hours:
    """As typed; the rest as changed."""
    return replace(Hours(zone, read_windows(windows), WEEK), **changed)


def volunteer(when: Hours | None = None, **changed: Any) -> Volunteer:
    """Somebody whose salt is sixteen zero bytes."""
    one = Volunteer(
        "S1", "vabcde", 1, VolunteerState.ACTIVE, when or hours(), bytes(16), first_day=MONDAY
    )
    return replace(one, **changed)


def study(*, rotate: int = 0, **changed: Any) -> Protocol:
    """The default study under the hash of the vectors; `changed` of its schedule."""
    whole = default()
    items = tuple(Item(f"turn_{n}", ItemKind.TEXT, "What?", max_chars=9) for n in range(rotate))
    return replace(
        whole, digest=STUDY_HASH, rotate=items, schedule=replace(whole.schedule, **changed)
    )

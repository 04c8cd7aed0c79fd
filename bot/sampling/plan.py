"""The plan: which seconds of a volunteer's day are asked about.

Nobody can say beforehand, and anybody can check afterwards. All of it follows from a secret, drawn
at lock, published as a hash at once and in full at the end, and from inputs that are kept with each
day. Integers only, and one stream of HMAC-SHA256: neither NumPy nor `random`, neither of which
promises the same numbers for ever. `docs/sampling/plan.md` says it for whoever writes it again in
another language, with vectors.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from bot.sampling.calendar import (
    Span,
    all_days_off,
    gap_of,
    instants,
    spans,
    tzdata_version,
    within,
)
from bot.sampling.model import DayPlan, Protocol, Schedule, Scheme, Volunteer

FORMAT = "parallax-plan-1"
SECRET_BYTES = 32
SALT_BYTES = 16
FULL_DAY = 480 * 60  # seconds of window for which `per_day` is the mean
RANGE = 1 << 53
QUARTER = RANGE // 4
MINUTE = 60

Draw = Callable[[], int]
"""The next 53-bit integer of a volunteer-day's stream."""


def commitment(study_hash: str, secret: bytes) -> str:
    """What is published at lock: it binds to the secret and gives nothing of it away. Hex."""
    return hashlib.sha256(f"{FORMAT}|{study_hash}|".encode("ascii") + secret).hexdigest()


def stream(secret: bytes, study_hash: str, version: int, salt: bytes, on: date) -> Draw:
    """A volunteer-day's numbers: 53 bits of HMAC-SHA256(secret, head + i) for i = 0, 1, 2 …"""
    if len(secret) != SECRET_BYTES or len(salt) != SALT_BYTES:
        raise ValueError("a secret has 32 bytes, and a salt 16")
    head = f"{FORMAT}|{study_hash}|{version}|".encode("ascii") + salt + f"|{on}|".encode("ascii")
    count = 0

    def draw() -> int:
        nonlocal count
        block = hmac.digest(secret, head + str(count).encode("ascii"), "sha256")
        count += 1
        return int.from_bytes(block[:7], "big") >> 3

    return draw


# -- the circular plan -----------------------------------------------------------------------------


def capacity(length: int, gap: int) -> int:
    """The most prompts that a window may hold: their gaps may fill half of it. Seconds."""
    return length // (2 * gap)


def prompts_of(length: int, gap: int, per_day: int, vary: int, u: Draw) -> int:
    """How many: on average per_day for 480 minutes of window, one more or less where it fits."""
    cap = capacity(length, gap)
    whole, rest = divmod(per_day * length, FULL_DAY)
    count = whole + (1 if u() * FULL_DAY < rest * RANGE else 0)
    x = u()
    if varies(whole, rest, cap, vary):
        count += 1 if x >= 3 * QUARTER else -1 if x < QUARTER else 0
    return min(count, cap)


def varies(whole: int, rest: int, cap: int, vary: int) -> bool:
    """Whether both one fewer and one more are possible, whichever way the fraction fell."""
    return bool(vary) and whole - 1 >= 1 and whole + (1 if rest else 0) + 1 <= cap


def seconds_of(length: int, gap: int, per_day: int, vary: int, u: Draw) -> list[int]:
    """Seconds into the joined windows, in order: arcs of at least `gap` on a circle, turned.

    The turn gives every second the same chance.
    """
    count = prompts_of(length, gap, per_day, vary, u)
    if count == 0:
        return []
    free = length - count * gap
    cuts = sorted(u() * free // RANGE for _ in range(count - 1))
    at = u() * length // RANGE
    found = [at]
    for before, after in pairwise([0, *cuts]):
        at += after - before + gap
        found.append(at % length)
    return sorted(found)


# -- a day -----------------------------------------------------------------------------------------


def plan_day(
    secret: bytes, protocol: Protocol, volunteer: Volunteer, on: date, day: int
) -> DayPlan:
    """Plan a volunteer's date, the `day`th of their study days; not linked into the chain yet.

    `protocol` is the version that they agreed to. A date that is off, or whose hours are too short
    for the gap, has no times.
    """
    hours = volunteer.hours
    inputs = DayPlan(
        study=volunteer.study,
        pseudonym=volunteer.pseudonym,
        date=on,
        day=day,
        version=protocol.version,
        digest_of_study=protocol.digest,
        zone=hours.zone,
        windows=spans(hours, on),
        gap=gap_of(protocol.schedule, more_time=hours.more_time),
        more_time=hours.more_time,
        days_off=all_days_off(hours),
        tzdata=tzdata_version(),
        holidays=hours.holidays.package if hours.holidays else "",
        times=(),
        rotated=(),
    )
    times, rotated = planned(secret, protocol, volunteer.salt, inputs)
    return replace(inputs, times=times, rotated=rotated)


def planned(
    secret: bytes, protocol: Protocol, salt: bytes, inputs: DayPlan
) -> tuple[tuple[datetime, ...], tuple[int, ...]]:
    """The times of a day, UTC, and the number of the rotated item of each, from its inputs alone.

    What `inputs` itself says of times and items is not read.
    """
    u = stream(secret, inputs.digest_of_study, inputs.version, salt, inputs.date)
    off = inputs.date in inputs.days_off
    times = [] if off else _moments(protocol.schedule, inputs, u)
    count = len(protocol.rotate)
    return tuple(times), tuple(u() % count for _ in times) if count else ()


def _moments(schedule: Schedule, inputs: DayPlan, u: Draw) -> list[datetime]:
    windows, gap = inputs.windows, inputs.gap * MINUTE
    length = joined_seconds(windows)
    if schedule.scheme is Scheme.CIRCULAR:
        found = seconds_of(length, gap, schedule.per_day, schedule.vary, u)
        return [place(each, windows) for each in found]
    cap = capacity(length, gap)
    if schedule.scheme is Scheme.INTERVAL:
        step = max(schedule.interval_min * MINUTE, 2 * gap)
        return [place(each, windows) for each in range(step // 2, length, step)][:cap]
    return _fixed(schedule, inputs)[:cap]


def _fixed(schedule: Schedule, inputs: DayPlan) -> list[datetime]:
    """The study's wall times that lie in the windows, none too close to the one before."""
    kept: list[datetime] = []
    for each in instants(schedule.times, inputs.date, inputs.zone):
        apart = not kept or each - kept[-1] >= timedelta(minutes=inputs.gap)
        if apart and within(each, inputs.windows):
            kept.append(each)
    return kept


def joined_seconds(windows: Sequence[Span]) -> int:
    """How long the windows are together."""
    return sum(int((end - begin).total_seconds()) for begin, end in windows)


def place(second: int, windows: Sequence[Span]) -> datetime:
    """The moment that lies so many seconds into the joined windows."""
    for begin, end in windows:
        at = begin + timedelta(seconds=second)
        if at < end:
            return at
        second -= int((end - begin).total_seconds())
    raise ValueError("the windows are not as long")


def position(moment: datetime, windows: Sequence[Span]) -> int:
    """How many seconds into the joined windows a moment lies: `place`, backwards."""
    passed = 0
    for begin, end in windows:
        if begin <= moment < end:
            return passed + int((moment - begin).total_seconds())
        passed += int((end - begin).total_seconds())
    raise ValueError("the moment is in none of the windows")

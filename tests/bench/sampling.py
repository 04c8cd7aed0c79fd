"""What planning costs: a volunteer's day, beside drawing as many numbers from a plain stream."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import SystemClock
from bot.sampling.calendar import read_windows
from bot.sampling.model import Hours, Study, StudyState, Volunteer, VolunteerState
from bot.sampling.plan import plan_day, seconds_of, stream
from bot.sampling.protocol import default_study
from tests.bench.measure import Figure, quantile

DAYS = 2_000
SECRET, SALT_BYTES = bytes(range(32)), 16
FULL_DAY, GAP = 28_800, 3_600


async def sampling(name: str, _url: str, *, quick: bool) -> list[Figure]:
    """Microseconds a volunteer-day, p50: the whole plan, and its seconds alone, each beside the
    bare HMACs that it draws; the database plays no part."""
    count = DAYS // 10 if quick else DAYS
    study, on = default_study(), SystemClock().now().date()
    hours = Hours("Europe/Berlin", read_windows("09:00-17:00"), tuple(range(7)))

    def volunteer(number: int) -> Volunteer:
        salt = number.to_bytes(SALT_BYTES, "big")
        return Volunteer("S", f"v{number}", 1, VolunteerState.ACTIVE, hours, salt, on)

    def whole(number: int) -> object:
        return plan_day(SECRET, study, volunteer(number), on + timedelta(days=number % 365), 1)

    def seconds(number: int) -> object:
        salt = number.to_bytes(SALT_BYTES, "big")
        u = stream(SECRET, study.digest, 1, salt, on)
        return seconds_of(FULL_DAY, GAP, 3, 1, u)

    base = drawing(SALT_BYTES, count)
    return [
        Figure("plan a volunteer-day, p50", name, _median(whole, count), "µs", base),
        Figure("its seconds alone, p50", name, _median(seconds, count), "µs", base),
    ]


def a_study(token: str, began: datetime) -> Study:
    """The default study, as it runs in a workspace of its own."""
    return Study(
        id=token,
        workspace=f"T{token}",
        name="stuck",
        protocol=default_study(),
        state=StudyState.RUNNING,
        commitment="c" * 64,
        secret=bytes(32),
        locked_at=began,
        started_at=began,
    )


def drawing(salt_bytes: int, times: int = DAYS) -> float:
    """Microseconds for the bare HMACs of a volunteer-day, p50.

    As many as a day of three prompts draws: two for the number, two cuts, the start, and three
    items.
    """
    digest = default_study().digest.encode("ascii")

    def bare(number: int) -> object:
        head = digest + number.to_bytes(salt_bytes, "big")
        return [hmac.digest(SECRET, head + bytes([draw]), "sha256") for draw in range(8)]

    return _median(bare, times)


def _median(work: Callable[[int], object], count: int) -> float:
    """Microseconds; the first, which reads zones and fills caches, is left out."""
    clock, taken = SystemClock(), []
    for number in range(count + 1):
        begun = clock.monotonic()
        work(number)
        taken.append((clock.monotonic() - begun) * 1_000_000)
    return quantile(sorted(taken[1:]), 0.5)

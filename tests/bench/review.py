"""What grows with a study, and must not: a page of the review queue, the memory of an export."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.clock import SystemClock, SystemDraws
from bot.sampling.export import Bundle
from bot.sampling.export_bundle import Wanted, Writing
from bot.sampling.export_files import Format
from bot.sampling.exporting import Exporting
from bot.sampling.model import (
    Answer,
    Appointment,
    Hours,
    Outcome,
    Prompt,
    Role,
    Study,
    Trigger,
    Volunteer,
    VolunteerState,
)
from bot.sampling.review_ports import Grant
from bot.sampling.reviewing import Reviewing
from bot.sampling.sealing import Vault
from bot.workspace.model import Person, Request
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bench.measure import Figure, in_place, one_by_one, quantile
from tests.bench.sampling import a_study

EACH = 50  # prompts of a volunteer; every other one is answered
AT_ONCE = 40  # volunteers a transaction
TIMES = 30
READER, OWNER = "UREADER", "UOWNER"
BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
ZONE = "Europe/Berlin"


async def review(name: str, url: str, *, quick: bool) -> list[Figure]:
    """A page in the middle of the queue, p50; and an export: its memory and its rows a second."""
    clock, draws = SystemClock(), SystemDraws()
    db = SqlDatabase(url, clock, draws, vault=Vault(bytes(range(32))))
    study = a_study(draws.token(), BEGAN)
    figures: list[Figure] = []
    first_page = first_memory = 0.0
    filled = 0
    try:
        await db.run(lambda tx: _begin(tx, study, clock.now()))
        for size in (1_000, 10_000) if quick else (1_000, 100_000, 1_000_000):
            await _fill(db, study, filled // EACH, size // EACH)
            filled = size
            in_place(url)
            page = await _page(db, study, clock, size // EACH)
            first_page = first_page or page
            what = f"review page at {size:,} prompts, p50"
            figures.append(Figure(what, name, page, baseline=first_page))
            memory, rows = await _export(db, study, clock)
            first_memory = first_memory or memory
            what = f"export of {size:,} prompts, memory above rest"
            figures.append(Figure(what, name, memory, "MiB", first_memory))
            figures.append(Figure(f"export of {size:,} prompts", name, rows, "rows/s"))
    finally:
        db.close()
    return figures


def _begin(tx: Tx, study: Study, now: datetime) -> None:
    tx.studies.put(study)
    for person, role in ((READER, Role.READER), (READER, Role.ANALYST), (OWNER, Role.OWNER)):
        tx.studies.appoint(study, Appointment(person, role, 1, now))
    until = now + timedelta(days=1)
    tx.review.put_grant(Grant(f"G{study.id}", study.id, READER, OWNER, now, until))


async def _fill(db: SqlDatabase, study: Study, start: int, until: int) -> None:
    for first in range(start, until, AT_ONCE):
        some = range(first, min(first + AT_ONCE, until))
        await db.run(_some(study, some))


def _some(study: Study, numbers: range) -> Callable[[Tx], None]:
    def fill(tx: Tx) -> None:
        for each in numbers:
            _volunteer(tx, study, each)

    return fill


def _volunteer(tx: Tx, study: Study, number: int) -> None:
    who = Volunteer(
        study.id, _name(number), 1, VolunteerState.ACTIVE, Hours(ZONE, (), ()), bytes(16),
        BEGAN.date(), planned_days=-(-EACH // 3),
    )  # fmt: skip
    prompts = [_prompt(study, who.pseudonym, n) for n in range(EACH)]
    answers = [
        Answer(each.id, item, value, item.endswith("_text"), each.first_tap_at)
        for each in prompts
        if each.first_tap_at is not None
        for item, value in (("stuck", "2"), ("stuck_text", f"the build of {number} is slow"))
    ]
    tx.volunteers.put(who)
    tx.prompts.put_all(prompts)
    tx.prompts.answer(answers, study)


def _name(number: int) -> str:
    letters = ""
    for _ in range(5):
        number, rest = divmod(number, 26)
        letters = chr(97 + rest) + letters
    return f"v{letters}"


def _prompt(study: Study, pseudonym: str, n: int) -> Prompt:
    at = BEGAN + timedelta(days=n // 3, hours=2 * (n % 3))
    made = Prompt(
        f"{study.id}.{pseudonym}.{n}", study.id, pseudonym, 1, Trigger.SIGNAL,
        date(at.year, at.month, at.day), n // 3 + 1, n % 3 + 1, 3, at, ZONE, 0, Outcome.EXPIRED,
        sent_at=at,
    )  # fmt: skip
    if n % 2:
        return made
    tapped = at + timedelta(seconds=90)
    return replace(made, outcome=Outcome.COMPLETE, first_tap_at=tapped, ended_at=tapped, valid=True)


async def _page(db: SqlDatabase, study: Study, clock: SystemClock, people: int) -> float:
    reviewing = Reviewing(db, SystemDraws())
    middle = _prompt(study, _name(people // 2), 0).place

    async def page(_: int) -> object:
        person = Person(study.workspace, READER, "reader")
        request = Request(study.workspace, person, clock.now())
        found = await reviewing.queue(request, study.id, middle)
        if not found.cards and people > 1:
            found = await reviewing.queue(request, study.id)
        return found

    return quantile(await one_by_one(page, TIMES), 0.5)


async def _export(db: SqlDatabase, study: Study, clock: SystemClock) -> tuple[float, float]:
    """MiB above what was resident before, and signals a second."""
    service = Exporting(db, SystemDraws())
    wanted, now = Wanted(Bundle.ANALYST, Format.CSV), clock.now()
    before = most = resident()
    begun, rows = clock.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="parallax-bench-") as folder:
        allowed = await service.allowed(study.workspace, study.name, now)
        with Writing(Path(folder) / "out", wanted, allowed.versions) as writing:
            async for one in service.people(allowed):
                rows += writing.add(one, now)
                if rows % 5_000 < EACH:
                    most = max(most, resident())
            told = await service.told(allowed, "bench", now)
            writing.finish(told.about)
    took = clock.monotonic() - begun
    return max(most, resident()) - before, rows / took


def resident() -> float:
    """MiB, by the kernel's own account; only Linux tells."""
    status = Path("/proc/self/status").read_text("utf-8")
    line = next(each for each in status.splitlines() if each.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024

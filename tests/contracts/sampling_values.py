"""Values of a study with every field set, and small ones to start from."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.sampling.model import (
    Answer,
    Condition,
    DayPlan,
    Holidays,
    Hours,
    Item,
    ItemKind,
    Legal,
    Message,
    Option,
    Outcome,
    Prompt,
    Protocol,
    Schedule,
    Scheme,
    Study,
    StudyState,
    Trigger,
    Volunteer,
    VolunteerState,
    Window,
)
from tests.contracts.databases import NOW

DAY = date(2028, 3, 1)
ODD = "null, NA, 007 '; DROP TABLE prompts; --\n🧯 שלום \\"
SECRET = bytes(range(100, 132))
SALT = bytes(range(16))
SCHEDULE = Schedule(
    scheme=Scheme.CIRCULAR,
    per_day=3,
    vary=1,
    gap_min=60,
    windows=("09:00-17:00",),
    days=(0, 1, 2, 3, 4),
    study_days=10,
    expiry_min=30,
    reminder_min=20,
    grace_min=15,
    max_send_lag_min=5,
)
LEGAL = Legal(
    controller="Acme Ltd",
    operator="The platform team",
    contact="privacy@acme.example",
    support="people@acme.example",
    legal_basis="legitimate interest",
    notice_url="https://acme.example/notice",
    delete_on="2028-12-31",
    employee_representatives="asked",
)
STUCK = Item(
    "stuck",
    ItemKind.BUTTONS,
    "Stuck?",
    (Option("1", "Not stuck"), Option("2", "Stuck"), Option("9", "Was not working")),
    required=True,
    ends_if="9",
)
WORDS = Item(
    "words",
    ItemKind.TEXT,
    "What is it?",
    hint="A few words do.",
    max_chars=1000,
    show_if=Condition("stuck", ("2",)),
    source="a paper",
    licence="CC-BY-4.0",
    altered=True,
)
HOURS = Hours("Europe/Berlin", (Window(time(9), time(17)),), (0, 1, 2, 3, 4))
FULL_HOURS = Hours(
    zone="Asia/Kolkata",
    windows=(Window(time(9), time(12)), Window(time(22, 30), time(2))),
    days=(0, 6),
    days_off=(DAY,),
    holidays=Holidays("DE", "BY", "0.109", (date(2028, 12, 25),)),
    quiet=Window(time(12), time(13)),
    more_time=True,
)


def protocol(version: int = 1, **changes: Any) -> Protocol:
    """A small study file, checked."""
    made = Protocol(
        id="stuck",
        title="What gets in the way",
        version=version,
        consent="{readers} read your answers.",
        schedule=SCHEDULE,
        items=(STUCK, WORDS),
        digest=f"{version:064x}",
        decline=(Option("meeting", "Can't: meeting"),),
        planned=30,
        legal=LEGAL,
    )
    return replace(made, **changes)


def study(workspace: str, study_id: str = "", **changes: Any) -> Study:
    """A study that runs."""
    made = Study(
        id=study_id or f"S-{workspace}",
        workspace=workspace,
        name="stuck",
        protocol=protocol(),
        state=StudyState.RUNNING,
        commitment="c" * 64,
        secret=SECRET,
        locked_at=NOW,
        started_at=NOW,
    )
    return replace(made, **changes)


def volunteer(of: Study, pseudonym: str = "vabcde", **changes: Any) -> Volunteer:
    """Somebody who takes part from tomorrow on."""
    made = Volunteer(
        study=of.id,
        pseudonym=pseudonym,
        version=1,
        state=VolunteerState.ACTIVE,
        hours=HOURS,
        salt=SALT,
        first_day=DAY,
        joined_at=NOW,
        planned_to=DAY,
    )
    return replace(made, **changes)


def full_volunteer(of: Study, pseudonym: str = "vzzzzz") -> Volunteer:
    return Volunteer(
        study=of.id,
        pseudonym=pseudonym,
        version=2,
        state=VolunteerState.PAUSED,
        hours=FULL_HOURS,
        salt=bytes(range(240, 256)),
        first_day=DAY,
        planned_to=DAY + timedelta(days=3),
        paused_until=NOW,
        keep_if_gone=True,
        joined_at=NOW,
        left_at=NOW + timedelta(days=1),
        planned_days=4,
        planned_until=NOW,
    )


def prompt(of: Volunteer, prompt_id: str, **changes: Any) -> Prompt:
    """One that is planned."""
    made = Prompt(
        id=f"{of.study}-{prompt_id}",
        study=of.study,
        pseudonym=of.pseudonym,
        version=of.version,
        trigger=Trigger.SIGNAL,
        date=DAY,
        day=1,
        beep=1,
        planned_n=3,
        planned_at=NOW,
        zone=of.hours.zone,
    )
    return replace(made, **changes)


def full_prompt(of: Volunteer, prompt_id: str) -> Prompt:
    return replace(
        prompt(of, prompt_id),
        rotated=2,
        outcome=Outcome.DECLINED,
        reason="meeting",
        sent_at=NOW,
        reminded_at=NOW,
        expires_at=NOW,
        first_tap_at=NOW,
        opened_at=NOW,
        ended_at=NOW,
        shown=("stuck", "words"),
        late=True,
        valid=True,
        message=Message("D1", "1700000000.000100"),
        reminder=Message("D1", "1700000000.000200"),
    )


def day_plan(of: Volunteer, on: date = DAY, day: int = 1) -> DayPlan:
    """A day with two prompts, not yet in the chain. Whole seconds, as all plans have."""
    begin = datetime(on.year, on.month, on.day, 8, tzinfo=UTC)
    return DayPlan(
        study=of.study,
        pseudonym=of.pseudonym,
        date=on,
        day=day,
        version=1,
        digest_of_study="a" * 64,
        zone="Europe/Berlin",
        windows=((begin, begin + timedelta(hours=8)),),
        gap=60,
        more_time=False,
        days_off=(date(2028, 3, 6),),
        tzdata="2026.6",
        holidays="",
        times=(begin + timedelta(seconds=4711), begin + timedelta(hours=5)),
        rotated=(0, 2),
    )


def answer(of: Prompt, item: str = "words", value: str = ODD, **changes: Any) -> Answer:
    """Something written."""
    return replace(Answer(of.id, item, value, is_text=True, at=NOW), **changes)

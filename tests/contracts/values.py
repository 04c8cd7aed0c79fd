"""Values with every field set, in words that databases have stumbled over."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.deliveries.model import Planned, Policy, Priority
from bot.incidents.model import (
    Action,
    Claim,
    Clocks,
    Ending,
    Entry,
    Incident,
    IncidentState,
    Investigation,
    Kind,
    Outcome,
    Ramp,
    Severity,
    Step,
)
from bot.workspace.model import Person
from tests.contracts.databases import NOW

ODD_TEXTS = (
    "",
    " leading and trailing ",
    "two\nlines\r\nand a tab\t",
    "'; DROP TABLE incidents; --",
    "100 % of %s, :name, ? and \\ too",
    "🧯👩🏽‍🚒 e\u0301 ≠ é",
    "שלום \u202eright to left\u202c العربية",
    "zero\u200bwidth\ufeff",
    "x" * 3000,
)
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)
RAMP = Ramp(NOW, NOW + 9 * SECOND, (Step(NOW, 10), Step(NOW + TICK, 50), Step(NOW + SECOND, 100)))


def planned(workspace: str, subject: str = "s", **changes: object) -> Planned:
    """One send that is due now."""
    made = Planned(workspace, "test.send", subject, NOW, "edit")
    return replace(made, **changes)  # type: ignore[arg-type]


def full_planned(workspace: str) -> Planned:
    return Planned(
        workspace=workspace,
        purpose="test.send",
        subject="🧯/7",
        due=NOW - TICK,
        lane="post:C0123",
        policy=Policy.LATEST_WINS,
        priority=Priority.PERSON,
        expires=NOW + SECOND + TICK,
        wanted=7,
    )


def person(workspace: str, person_id: str = "U1") -> Person:
    return Person(
        workspace,
        person_id,
        "Zoë 🧯 הכהן",
        zone="Asia/Kolkata",
        bot=True,
        guest=True,
        external=True,
        deleted=True,
        admin=True,
    )


def entry(seq: int = 1, at: datetime = NOW, **changes: object) -> Entry:
    """One fact of the record."""
    made = Entry(
        seq, Kind.CALLING, "U1", at - SECOND, at, "🧯 מים", 3, "C1", "1700000000.000100", "U2"
    )
    return replace(made, **({"ramp": RAMP} | changes))  # type: ignore[arg-type]


def incident(workspace: str, incident_id: str, **changes: object) -> Incident:
    """An incident as it is declared, nothing below it yet."""
    made = Incident(
        id=incident_id,
        workspace=workspace,
        number=1,
        title="Checkout is slow",
        declared_by="U1",
        clocks=Clocks(declared=NOW),
        channel=f"C-{incident_id}",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def full_incident(workspace: str, incident_id: str) -> Incident:
    """Every field other than its default, and everything below it."""
    return Incident(
        id=incident_id,
        workspace=workspace,
        number=42,
        title="🧯 שריפה",
        declared_by="U1",
        clocks=Clocks(*(NOW + TICK * step for step in range(6))),
        private=True,
        severity=Severity.CRITICAL,
        state=IncidentState.RESOLVED,
        commander="U2",
        commander_took=True,
        channel=f"C-{incident_id}",
        channel_name="inc-0042-x",
        declared_in="C0",
        adopted=True,
        board="1700000000.000200",
        version=9,
        last_entry=8,
        last_action=7,
        last_claim=6,
        channel_lost="archived",
        next_update=NOW + TICK,
        quiet=True,
        quiet_since=NOW + SECOND,
        investigations=(investigation(1), Investigation(2, "The cache is cold", NOW)),
        running=(action(1), Action(2, None, "U3", "waits", None)),
    )


def investigation(number: int) -> Investigation:
    return Investigation(
        number=number,
        hypothesis="The 🗄️ is full",
        opened_at=NOW - TICK,
        owner="U4",
        ending=Ending.RULED_OUT,
        why="df says 12 %",
        ended_by="U5",
        closed_at=NOW + TICK,
        timebox=NOW + SECOND,
        slack_thread="1700000000.000300",
        said_for=2,
        said_against=3,
        head="1700000000.000400",
        checked="unknown",
        checked_by="U6",
    )


def action(number: int, outcome: Outcome = Outcome.RUNNING) -> Action:
    return Action(
        number=number,
        investigation=1,
        actor="U6",
        text="restart 🔁",
        started_at=NOW,
        said_in="1700000000.000300",
        expect="it comes back",
        otherwise="roll back",
        by=NOW + SECOND,
        outcome=outcome,
        ended_at=NOW + TICK,
        result="שום דבר",
        message="1700000000.000500",
        assumed=True,
    )


def claim(number: int, kind: Kind = Kind.BELIEVE) -> Claim:
    return Claim(number, kind, "only EU 🇪🇺 is slow", "U7", NOW + TICK)

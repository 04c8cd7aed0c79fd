"""What the contracts of taking part share: who asks, who has joined, what is planned."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.sampling.model import Hours, Item, ItemKind, Option, Role, Study, Volunteer
from bot.sampling.planning import plan_slice
from bot.sampling.studies import Named, Studies
from bot.sampling.volunteering import Volunteering
from bot.workspace.model import Person, Request
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW
from tests.contracts.sampling_values import HOURS, protocol

# NOW is Wednesday, 1 March 2028, 00:58 in Berlin.
FIRST = date(2028, 3, 1)
DAWN = NOW + timedelta(hours=2)
DAY = timedelta(days=1)
YEARS = Item("years", ItemKind.RADIO, "How long?", (Option("1", "Less"), Option("2", "More")))


def request(workspace: str, who: str = "U1", at: datetime = NOW, **changes: Any) -> Request:
    return Request(workspace, replace(Person(workspace, who, who.title()), **changes), at)


async def a_study(db: SqlDatabase, studies: Studies[Tx], workspace: str) -> Study:
    """A study that people may join; UOWNER is its owner."""
    for each in ("UOWNER", "U1", "U2"):
        known = Person(workspace, each, each.title())
        await db.run(lambda tx, known=known: tx.workspace.save_person(known))  # type: ignore[misc]
    await studies.lock(workspace, protocol(), [Named("UOWNER", Role.OWNER)], NOW)
    return await studies.start(workspace, "stuck", NOW)


async def joined(
    volunteering: Volunteering[Tx], study: Study, who: str = "U1", hours: Hours = HOURS
) -> Volunteer:
    asked = request(study.workspace, who)
    offer = next(o for o in await volunteering.offers(asked) if o.study.id == study.id)
    return await volunteering.join(asked, study.id, hours, offer.consent.digest)


async def planned(db: SqlDatabase, study: Study, at: datetime = DAWN) -> None:
    await db.run(lambda tx: plan_slice(tx, study, "", "seed", at))


async def until_over(
    db: SqlDatabase, study: Study, who: Volunteer, ends: datetime = NOW, **changes: Any
) -> None:
    """All their study days are planned, and the last of them ends then."""
    done = replace(who, planned_days=10, planned_to=FIRST, planned_until=ends, **changes)
    assert who.study == study.id
    await db.run(lambda tx: tx.volunteers.put(done))

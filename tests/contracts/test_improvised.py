"""What was improvised, read across incidents on both databases."""

from dataclasses import replace

from bot.clock import Draws
from bot.incidents.found import Place
from bot.incidents.improvised import Improvised
from bot.incidents.model import Change, Entry, Incident, Kind
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW
from tests.contracts.values import RAMP, SECOND, entry, incident

ALWAYS = NOW - 99 * SECOND


def line(seq: int, text: str, **changes: object) -> Entry:
    made = entry(seq, kind=Kind.IMPROVISED, text=text, recorded_at=NOW + seq * SECOND)
    return replace(made, **changes)  # type: ignore[arg-type]


async def told(db: SqlDatabase, made: Incident, *entries: Entry) -> None:
    def work(tx: Tx) -> None:
        tx.incidents.add(made, entries[0])
        tx.incidents.save(made, Change(made, entries[1:]))

    await db.run(work)


async def texts(db: SqlDatabase, workspace: str, person: str = "U1") -> list[str]:
    found = await db.read(lambda tx: tx.improvised.since(workspace, person, ALWAYS, None, 50))
    return [each.text for each in found]


async def test_what_stands_comes_back_in_its_latest_words(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    made = incident(workspace, draws.token())
    first = line(1, "pinned the replica")
    await told(
        db,
        made,
        first,
        line(2, "not this kind", kind=Kind.NOTE),
        line(3, "", withdrawn_at=NOW),
        line(4, "restarted by hand"),
        line(5, "pinned the old replica", corrects=1),
        line(6, "pinned the oldest replica", corrects=1),
    )
    found = await db.read(lambda tx: tx.improvised.since(workspace, "U1", ALWAYS, None, 50))
    assert [each.text for each in found] == ["restarted by hand", "pinned the oldest replica"]
    assert found[1] == Improvised(
        incident=made.id,
        of=made.number,
        title=made.title,
        home=made.channel,
        seq=1,
        actor=first.actor,
        author="",
        at=first.at,
        recorded_at=first.recorded_at,
        text="pinned the oldest replica",
        channel=first.channel,
        message=first.message,
    )


async def test_only_what_is_newer_and_a_page_at_a_time(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    """Also where many have one time: the key goes on below it."""
    made = incident(workspace, draws.token())
    await told(db, made, *(line(seq, f"{seq}", recorded_at=NOW) for seq in range(1, 8)))
    since = await db.read(lambda tx: tx.improvised.since(workspace, "U1", NOW, None, 50))
    assert since == ()
    seen: list[str] = []
    after: Place | None = None
    while page := await _page(db, workspace, after):
        seen += [each.text for each in page]
        after = page[-1].place
    assert seen == ["7", "6", "5", "4", "3", "2", "1"]


async def _page(db: SqlDatabase, workspace: str, after: Place | None) -> tuple[Improvised, ...]:
    return await db.read(lambda tx: tx.improvised.since(workspace, "U1", ALWAYS, after, 3))


async def test_private_ones_are_their_members_and_no_digest_has_them(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    secret = incident(workspace, draws.token(), private=True)
    await told(db, secret, line(1, "moved the keys"))
    await told(db, incident(workspace, draws.token(), number=2), line(1, "restarted"))
    await db.run(lambda tx: tx.members.joined(secret.id, "U1", NOW))
    assert sorted(await texts(db, workspace)) == ["moved the keys", "restarted"]
    assert await texts(db, workspace, "U2") == ["restarted"]
    assert await texts(db, workspace, "") == ["restarted"]
    await db.run(lambda tx: tx.members.left(secret.id, "U1", NOW + SECOND))
    assert await texts(db, workspace) == ["restarted"]


async def test_a_window_comes_back_as_it_was_told(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    """Open ends, no steps, and none at all."""
    made = incident(workspace, draws.token())
    ramps = (RAMP, replace(RAMP, end=None), replace(RAMP, steps=()), None)
    await told(
        db, made, *(entry(seq, kind=Kind.CHANGED, ramp=each) for seq, each in enumerate(ramps, 1))
    )
    record = await db.read(lambda tx: tx.incidents.record(workspace, made.id))
    assert record is not None
    assert tuple(each.ramp for each in record.entries) == ramps

"""Finding, held against a plain reading of all entries in Python: the same, page by page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from bot.clock import Draws, SeededDraws
from bot.incidents.found import Hit, Place, Term, terms_of
from bot.incidents.model import Change, Entry, Incident, Kind
from storage.engine import SqlDatabase
from storage.full_text import NEWEST, OFTEN, SPELT_OUT
from storage.tx import Tx
from tests.contracts.databases import NOW
from tests.contracts.values import SECOND, incident

# Beginnings of each other; what is said in most entries, and in few.
COMMON = ("graph", "flat", "disk")
RARE = ("graphs", "flatten", "diskette", "db1", "db12", "größe", "שלום", "e")
QUESTIONS = (
    "graph", "flat disk", "graphs", "flatten graph", "disk flat graph", "diskette", "db1", "db12",
    "größ", "שלום graph", "e", "nowhere", "nowhere graph", "gra fla dis",
)  # fmt: skip
PAGE = 3
PEOPLE = ("U1", "U2")


@dataclass(frozen=True)
class Told:
    """All that was said, and who may see it: the reference."""

    incidents: tuple[Incident, ...]
    entries: tuple[tuple[Incident, Entry], ...]

    def holding(self, words: str, person: str) -> list[tuple[str, int]]:
        terms = terms_of(words)
        found = [
            (each.recorded_at, of.id, each.seq)
            for of, each in self.entries
            if (not of.private or person == "U1") and _holds(each.text, terms)
            if each.withdrawn_at is None and not self._corrected(of, each)
        ]
        return [(of, seq) for _, of, seq in sorted(found, reverse=True)]

    def _corrected(self, of: Incident, entry: Entry) -> bool:
        first = entry.corrects or entry.seq
        return any(
            each.corrects == first and each.seq > entry.seq
            for there, each in self.entries
            if there is of
        )


def _holds(text: str, terms: tuple[Term, ...]) -> bool:
    said = re.findall(r"[^\W_]+", text.lower())
    return all(
        any(word.startswith(each.word) if each.begins else word == each.word for word in said)
        for each in terms
    )


def _draw(draws: SeededDraws, *, of: int) -> int:
    return int(draws.uniform(0, of))


def _text(draws: SeededDraws) -> str:
    words = [each for each in COMMON if _draw(draws, of=10)]
    words += [each for each in RARE if not _draw(draws, of=12)]
    return " ".join(words) or "-"


def _entries(draws: SeededDraws, which: tuple[Incident, ...]) -> Iterator[tuple[Incident, Entry]]:
    """Said one after the other, here and there; some corrected, some of those again, some gone."""
    last = dict.fromkeys(which, 0)
    for number in range(90):
        of = which[number] if number < len(which) else which[_draw(draws, of=len(which))]
        last[of] += 1
        at = NOW + number * SECOND
        made = Entry(last[of], Kind.NOTE, "U1", at, at, _text(draws))
        if last[of] > 1 and not _draw(draws, of=5):
            made = replace(made, corrects=1 + _draw(draws, of=min(last[of] - 1, 5)))
        elif last[of] > 1 and not _draw(draws, of=9):
            made = replace(made, text="", withdrawn_at=at)
        yield of, made


@pytest.fixture(params=range(4))
async def told(
    db: SqlDatabase, workspace: str, other_workspace: str, request: pytest.FixtureRequest
) -> Told:
    which = tuple(
        incident(workspace, f"{workspace}-{number}", number=number, private=number == 1)
        for number in (1, 2, 3)
    )
    strange = incident(other_workspace, f"{other_workspace}-1")
    theirs = Entry(1, Kind.NOTE, "U1", NOW, NOW, " ".join((*COMMON, *RARE)))
    made = Told(which, tuple(_entries(SeededDraws(request.param), which)))

    def work(tx: Tx) -> None:
        for of, entry in (*made.entries, (strange, theirs)):
            _add(tx, of, entry)
        tx.members.joined(which[0].id, "U1", NOW)

    await db.run(work)
    return made


def _add(tx: Tx, of: Incident, entry: Entry) -> None:
    if entry.seq == 1:
        tx.incidents.add(of, entry)
    else:
        tx.incidents.save(of, Change(of, (entry,)))


async def _page(
    db: SqlDatabase, workspace: str, person: str, words: str, after: Place | None
) -> tuple[Hit, ...]:
    terms = terms_of(words)
    return await db.read(lambda tx: tx.search.find(workspace, person, terms, after, PAGE))


async def _pages(db: SqlDatabase, workspace: str, person: str, words: str) -> list[Hit]:
    seen: list[Hit] = []
    while page := await _page(db, workspace, person, words, seen[-1].place if seen else None):
        seen += page
    return seen


async def test_all_pages_together_are_what_a_plain_reading_finds(
    db: SqlDatabase, workspace: str, told: Told
) -> None:
    expected = {(p, w): told.holding(w, p) for p in PEOPLE for w in QUESTIONS}
    found = {
        (p, w): [(each.incident, each.seq) for each in await _pages(db, workspace, p, w)]
        for p in PEOPLE
        for w in QUESTIONS
    }
    assert found == expected
    # Data on which nothing is found, or all of it on one page, would show nothing.
    assert max(map(len, expected.values())) > 2 * PAGE
    assert sum(1 for each in expected.values() if 0 < len(each) <= PAGE) > 1


async def test_a_beginning_of_more_words_than_are_spelt_out_finds_all_of_them(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    of = incident(workspace, draws.token())
    count = SPELT_OUT + 2

    def work(tx: Tx) -> None:
        for seq in range(1, count + 1):
            at = NOW + seq * SECOND
            _add(tx, of, Entry(seq, Kind.NOTE, "U1", at, at, f"node{seq} is down"))

    await db.run(work)
    assert [each.seq for each in await _pages(db, workspace, "U1", "node down")] == list(
        range(count, 0, -1)
    )
    assert [each.seq for each in await _pages(db, workspace, "U1", "node7")] == [7]


async def test_what_is_older_than_the_newest_is_found_with_words_said_often_since(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    of = incident(workspace, draws.token())

    def said(seq: int) -> Entry:
        rare = " zebra" if seq in OLD else ""
        at = NOW + seq * SECOND
        return Entry(seq, Kind.NOTE, "U1", at, at, f"the graph is flat{rare}")

    def work(tx: Tx) -> None:
        tx.incidents.add(of, said(1))
        rest = tuple(said(seq) for seq in range(2, NEWEST + OFTEN))
        tx.incidents.save(of, Change(of, rest))

    await db.run(work)
    for words in ("zebra", "flat zebra", "zebra graph flat"):
        found = await _pages(db, workspace, "U1", words)
        assert [each.seq for each in found] == sorted(OLD, reverse=True)
    (*_, last) = await _page(db, workspace, "U1", "flat graph", None)
    assert last.seq == NEWEST + OFTEN - PAGE


OLD = (1, 2, 3, 5, 8)

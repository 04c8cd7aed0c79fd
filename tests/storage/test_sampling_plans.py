"""Studies with many answers: every statement finds its rows by an index, and a page its place."""

# ruff: noqa: S608 - the SQL is ours, written out above where it is run

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from bot.sampling.model import Study
from bot.sampling.sealing import Vault
from storage.tx import Tx
from tests.contracts.databases import NOW, STUDY_KEY, alone
from tests.contracts.sampling_values import answer, day_plan, prompt, study, volunteer
from tests.storage.test_plans import COUNT, Explained

OTHERS = "study-of-others"
# So many rows that nobody can open: a statement that touches one fails, besides being slow.
FILL = (
    (
        "INSERT INTO volunteers (study, whose, who, sealed)"
        f" {COUNT} SELECT :s, 'x' || i, 'y' || i, 'no seal' FROM n"
    ),
    (
        "INSERT INTO prompts (id, study, shelf, waits, sealed)"
        f" {COUNT} SELECT 'p' || i, :s, 'x' || (i / 4), 0, 'no seal' FROM n"
    ),
    (f"INSERT INTO answers (prompt, which, sealed) {COUNT} SELECT 'p' || i, 'w', 'no seal' FROM n"),
    (
        "INSERT INTO study_days (study, number, which, digest, sealed)"
        f" {COUNT} SELECT :s, i, 'd' || i, '', 'no seal' FROM n"
    ),
    (
        "INSERT INTO study_messages (study, whose, which, sealed)"
        f" {COUNT} SELECT :s, 'x' || i, 'm', 'no seal' FROM n"
    ),
)
WHO = "vabcde"


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    with alone(url, request) as own:
        yield own


def tx_on(connection: sa.Connection) -> Tx:
    tokens = (f"token{n:017}" for n in range(99))
    return Tx(connection, lambda: next(tokens), Vault(STUDY_KEY))


@pytest.fixture
def filled(engine: sa.Engine, workspace: str) -> sa.Engine:
    """Somebody's study, beside one with a long past."""
    ours, others = study(workspace), study(workspace, OTHERS, name="others")
    who = volunteer(ours)
    with engine.connect() as connection, connection.begin():
        tx = tx_on(connection)
        for each in (ours, others):
            tx.studies.put(each)
        tx.volunteers.put(who)
        tx.volunteers.identify(who, workspace, "U1")
        tx.studies.append(ours, [day_plan(who)])
        asked = prompt(who, "p")
        tx.prompts.put(asked)
        tx.prompts.answer([answer(asked)], ours)
        for statement in FILL:
            connection.execute(sa.text(statement), {"s": OTHERS})
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("ANALYZE")
    return engine


Query = Callable[[Tx, Study], object]
QUERIES: dict[str, Query] = {
    "of": lambda tx, s: tx.volunteers.of(s.workspace, "U1"),
    "volunteer": lambda tx, s: tx.volunteers.volunteer(s, WHO),
    "volunteers": lambda tx, s: tx.volunteers.volunteers(s, "vaaaaa", 50),
    "person": lambda tx, s: tx.volunteers.person(s, WHO),
    "consents": lambda tx, s: tx.volunteers.consents(volunteer(s)),
    "put_volunteer": lambda tx, s: tx.volunteers.put(volunteer(s)),
    "prompt": lambda tx, s: tx.prompts.prompt(prompt(volunteer(s), "p").id, lock=False),
    "page": lambda tx, s: tx.prompts.prompts(s, limit=50),
    "next_page": lambda tx, s: tx.prompts.prompts(
        s, after=prompt(volunteer(s), "a").place, limit=50
    ),
    "theirs": lambda tx, s: tx.prompts.prompts(s, pseudonym=WHO),
    "open_of": lambda tx, s: tx.prompts.open_of(volunteer(s)),
    "answers": lambda tx, s: tx.prompts.answers([prompt(volunteer(s), "p").id]),
    "messages": lambda tx, s: tx.prompts.messages(s, WHO),
    "plans_of": lambda tx, s: tx.studies.plans(s, pseudonym=WHO),
    "append": lambda tx, s: tx.studies.append(s, [day_plan(volunteer(s))]),
    "erase": lambda tx, s: tx.volunteers.erase(volunteer(s), NOW),
}


def test_every_statement_finds_its_rows_by_an_index(filled: sa.Engine, workspace: str) -> None:
    explained = Explained(filled)
    plans: dict[str, list[str]] = {}

    for name, query in QUERIES.items():
        explained.plans = plans[name] = []
        with filled.connect() as connection, connection.begin() as transaction:
            query(tx_on(connection), study(workspace))
            transaction.rollback()

    read_whole = re.compile(
        r"Seq Scan on (volunteers|prompts|answers|study_days|study_messages|deliveries)"
        r"|^SCAN (volunteers|prompts|answers|study_days|study_messages|deliveries)",
        re.MULTILINE,
    )
    assert all(plans.values())
    assert {n: p for n, each in plans.items() for p in each if read_whole.search(p)} == {}
    for name in ("page", "next_page", "theirs", "open_of"):
        (plan,) = [each for each in plans[name] if "FROM prompts" in each]
        assert "ix_prompts_shelf" in plan

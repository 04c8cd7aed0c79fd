"""A study with volunteers who have answered, and people with roles in it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.sampling.model import Answer, Appointment, Outcome, Prompt, Role, Study, Volunteer
from bot.sampling.protocol import default_study
from bot.sampling.review_ports import TextKey
from bot.workspace.model import Person, Request
from storage.tx import Tx
from tests.bot.sampling import exporting
from tests.contracts import sampling_values as values

AT = exporting.NOW
OWNER, CODER, SECOND, READER, ANALYST = "UOWNER", "UCODER", "USECOND", "UREADER", "UANALYST"
ROLES = (
    (OWNER, Role.OWNER),
    (CODER, Role.CODER),
    (SECOND, Role.CODER),
    (READER, Role.READER),
    (ANALYST, Role.ANALYST),
)
WORDS = (
    "the build is slow",
    "tests are FLAKY again",
    "waiting for review",
    "no idea what it wants",
)


def request(workspace: str, person: str, at: datetime = AT, **who: Any) -> Request:
    """Somebody asks for something."""
    return Request(workspace, Person(workspace, person, person.lower(), **who), at)


@dataclass(frozen=True, slots=True)
class House:
    """What a test works in. texts: every text there is, in the order of the volunteers."""

    study: Study
    volunteers: tuple[Volunteer, ...]
    prompts: tuple[Prompt, ...]
    texts: tuple[TextKey, ...]

    @property
    def id(self) -> str:
        return self.study.id

    def of(self, pseudonym: str) -> list[Prompt]:
        return [each for each in self.prompts if each.pseudonym == pseudonym]


def furnish(
    tx: Tx,
    workspace: str,
    people: int = 6,
    days: int = 5,
    roles: Iterable[tuple[str, Role]] = ROLES,
) -> House:
    """A study that runs since four weeks, with volunteers who answered every day."""
    study = values.study(
        workspace,
        protocol=replace(default_study(), legal=values.LEGAL),
        locked_at=AT - timedelta(days=30),
        started_at=datetime(2028, 3, 6, 7, tzinfo=AT.tzinfo),
    )
    tx.studies.put(study)
    for person, role in roles:
        tx.studies.appoint(study, Appointment(person, role, 1, attested_at=AT))
    made = [_volunteer(tx, study, workspace, number, days) for number in range(people)]
    volunteers = tuple(each for each, _, _ in made)
    prompts = tuple(p for _, own, _ in made for p in own)
    texts = tuple(t for _, _, own in made for t in own)
    return House(study, volunteers, prompts, texts)


def _volunteer(
    tx: Tx, study: Study, workspace: str, number: int, days: int
) -> tuple[Volunteer, list[Prompt], list[TextKey]]:
    who = values.volunteer(study, f"vaaaa{chr(97 + number)}", planned_days=days)
    tx.volunteers.put(who)
    tx.volunteers.identify(who, workspace, f"UV{number}")
    prompts: list[Prompt] = []
    answers: list[Answer] = []
    for day in range(1, days + 1):
        for beep, outcome in ((1, Outcome.COMPLETE), (2, Outcome.NOT_SENT)):
            reason = "incident" if outcome is Outcome.NOT_SENT else ""
            one = exporting.prompt(who.pseudonym, day, beep, outcome, reason)
            one = replace(one, id=f"{study.id}/{one.id}".replace("/", "."), study=study.id)
            prompts.append(one)
            words = WORDS[(day + number) % len(WORDS)]
            answers += exporting.answers(one, words, stuck=1 + (day + number) % 3)
    tx.prompts.put_all(prompts)
    tx.prompts.answer(answers, study)
    return who, prompts, [TextKey(each.prompt, each.item) for each in answers if each.is_text]


def erase(tx: Tx, house: House, number: int) -> None:
    """As a volunteer's own erasing does it in the database."""
    tx.volunteers.erase(house.volunteers[number], AT)


def texts(answers: Iterable[Answer]) -> list[str]:
    return [each.value for each in answers if each.is_text]

"""Answers as coders and readers see them: code name, study day and part of day, never a time."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.sampling.calendar import zone_of
from bot.sampling.export import is_over, moment, part_of_day
from bot.sampling.model import SENT, Answer, Item, Outcome, Prompt, Protocol, Role, Study
from bot.sampling.reading import versions_of
from bot.sampling.review_ports import TOGETHER, Coding, Look, Round, Seen, TextKey, Tx
from bot.sampling.reviewing_desk import (
    Access,
    Visible,
    access,
    check_open,
    with_answers,
)
from bot.workspace.model import Request

CARDS = 10
LOOK_AT = 200  # prompts, for a page of the queue
OPENED = 25  # prompts at a time: most of them have what a page wants
READS = (Role.CODER, Role.READER)


@dataclass(frozen=True, slots=True)
class TextShown:
    """A text as somebody sees it. own: what they gave it; together: what two settled on; others:
    by coder, once the agreement of their round was computed; settles: whether they are one of its
    two. None where there is nothing yet."""

    text: TextKey
    question: str
    words: str
    own: tuple[str, ...] | None = None
    together: tuple[str, ...] | None = None
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One prompt as a coder or reader sees it. choices: question and label."""

    prompt: str
    pseudonym: str
    day: int
    part_of_day: str
    status: str
    choices: tuple[tuple[str, str], ...]
    texts: tuple[TextShown, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Cards in the order of code names and study days. after: to go on from; empty at the end.
    looked: at how many prompts, for not every one has a text."""

    cards: tuple[Card, ...]
    after: str
    looked: int


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, whether to code, and which texts they may compare."""

    person: str
    codes: bool
    closed: Mapping[TextKey, Round]

    def compares(self, text: TextKey) -> bool:
        return self.codes and text in self.closed

    def settles(self, text: TextKey) -> bool:
        made = self.closed.get(text)
        return self.codes and made is not None and self.person in (made.first, made.second)


def folded(text: str) -> str:
    """A text as it is compared: case and form do not count."""
    return unicodedata.normalize("NFKC", text).casefold()


def may_read(tx: Tx, request: Request, study_id: str, *roles: Role) -> Access:
    mine = access(tx, request, study_id, *(roles or READS))
    check_open(tx, mine.study)
    return mine


def page_of(
    tx: Tx, mine: Access, request: Request, after: str, wanted: Callable[[Card], bool]
) -> Page:
    """Cards that are wanted, of prompts after that place; a few prompts are opened at a time."""
    seen = Visible(tx, mine.study, mine.since)
    found: list[Card] = []
    looked = 0
    while looked < LOOK_AT:
        prompts = tx.prompts.prompts(mine.study, after=after, limit=OPENED)
        over = [each for each in prompts if is_over(each, request.at) and each.pseudonym in seen]
        shown = {each.prompt: each for each in cards(tx, mine, over, request.person.id)}
        for prompt in prompts:
            after, looked = prompt.place, looked + 1
            if prompt.id in shown and wanted(shown[prompt.id]):
                found.append(shown[prompt.id])
                if len(found) == CARDS:
                    return Page(tuple(found), after, looked)
        if len(prompts) < OPENED:
            return Page(tuple(found), "", looked)
    return Page(tuple(found), after, looked)


def searching(
    request: Request, study_id: str, so_far: Page, holds: Callable[[Card], bool]
) -> Callable[[Tx], Page]:
    def look(tx: Tx) -> Page:
        mine = may_read(tx, request, study_id)
        found = page_of(tx, mine, request, so_far.after, holds)
        return Page(so_far.cards + found.cards, found.after, so_far.looked + found.looked)

    return look


def cards(tx: Tx, mine: Access, prompts: Iterable[Prompt], person: str) -> list[Card]:
    versions = {each.version: each for each in versions_of(tx, mine.study)}
    both = list(with_answers(tx, prompts))
    texts = [TextKey(a.prompt, a.item) for _, answers in both for a in answers if a.is_text]
    codings: dict[TextKey, list[Coding]] = {each: [] for each in texts}
    for coding in tx.review.codings(mine.study, texts):
        codings[coding.text].append(coding)
    closed = _closed(tx, mine.study, texts)
    viewer = Viewer(person, mine.role is Role.CODER, closed)
    return [
        _card(prompt, answers, versions.get(prompt.version, mine.study.protocol), codings, viewer)
        for prompt, answers in both
    ]


def _closed(tx: Tx, study: Study, texts: Collection[TextKey]) -> dict[TextKey, Round]:
    """Of these the texts that two have coded apart and may compare, with their round."""
    closed = {each.id: each for each in tx.review.rounds(study) if each.closed_at is not None}
    tasks = tx.review.tasks_of(study, texts)
    return {each.text: closed[each.round] for each in tasks if each.round in closed}


def _text(
    answer: Answer,
    question: str,
    codings: Iterable[Coding],
    viewer: "Viewer",
) -> TextShown:
    """A coder sees another's tags only once two may compare; a reader sees nobody's own."""
    key = TextKey(answer.prompt, answer.item)
    by = {each.coder: each.tags for each in codings}  # the newest version comes last
    own = by.get(viewer.person) if viewer.codes else None
    others = tuple((who, tags) for who, tags in by.items() if who not in (viewer.person, TOGETHER))
    shown = others if viewer.compares(key) else ()
    together, settles = by.get(TOGETHER), viewer.settles(key)
    return TextShown(key, question, answer.value, own, together, shown, settles)


def _card(
    prompt: Prompt,
    answers: Sequence[Answer],
    protocol: Protocol,
    codings: Mapping[TextKey, Sequence[Coding]],
    viewer: "Viewer",
) -> Card:
    items = {each.name: each for each in (*protocol.items, *protocol.rotate)}
    known = [each for each in answers if each.item in items]
    texts = tuple(
        _text(each, items[each.item].text, codings[TextKey(each.prompt, each.item)], viewer)
        for each in known
        if each.is_text
    )
    outcome = prompt.outcome
    return Card(
        prompt.id,
        prompt.pseudonym,
        prompt.day,
        part_of_day(moment(prompt).astimezone(zone_of(prompt.zone)).hour),
        (outcome if outcome in SENT else Outcome.NOT_SENT).value,
        tuple(_choice(items[each.item], each) for each in known if not each.is_text),
        texts,
    )


def _choice(item: Item, answer: Answer) -> tuple[str, str]:
    labels = {each.value: each.label for each in item.options}
    return item.text, labels.get(answer.value, answer.value)


def note_seen(tx: Tx, mine: Access, cards: Iterable[Card], request: Request, how: Seen) -> None:
    """Note for each volunteer whose answers are shown who saw them."""
    shown: dict[str, int] = {}
    for each in cards:
        if each.choices or each.texts:
            shown[each.pseudonym] = shown.get(each.pseudonym, 0) + 1
    for pseudonym, times in shown.items():
        look = Look(request.person.id, how, request.at.date(), times)
        tx.review.saw(mine.study, [pseudonym], look, request.at)

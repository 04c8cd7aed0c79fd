"""Rounds of two coders: which texts are drawn, how far they are, and what they differ on.

A text is in one round at most: who has compared cannot code it apart any more. A round is *over*
once both have coded all of it, and *closed* when its agreement was computed: only then do they see
what the other gave, and settle.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Draws
from bot.errors import Refusal
from bot.sampling.agreement import LEAST_TEXTS, Coded, is_enough
from bot.sampling.export import is_over
from bot.sampling.model import Appointment, Role, Study
from bot.sampling.review_ports import TOGETHER, CodeBook, Coding, Round, Task, TextKey, Tx
from bot.sampling.reviewing_cards import Card, may_read
from bot.sampling.reviewing_desk import (
    OF_ANYBODY,
    PAGE,
    Visible,
    access,
    check_open,
    live,
    with_answers,
)
from bot.workspace.model import Request

TOO_FEW = (
    f"A round is of at least {LEAST_TEXTS} texts, or of all there are. {{free}} of {{of}} are in "
    "none yet: wait for more, or code these without a round. Nothing changed."
)
NONE_LEFT = "A round needs a code book, and texts that are in no round yet. Nothing changed."


Given = dict[str, Coding]  # by coder


@dataclass(frozen=True, slots=True)
class Going:
    """A round, and how many texts each of its coders has still to code."""

    round: Round
    left: Mapping[str, int]

    @property
    def over(self) -> bool:
        return not self.left

    def of(self, person: str) -> bool:
        """Whether it is theirs."""
        return person in (self.round.first, self.round.second)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that both of a round may see. taken: it is in a round already."""

    key: TextKey
    pseudonym: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Apart:
    """All that two coded apart by one version. of: how many texts there were to code when the
    newest of their rounds was drawn, at `at`, of volunteers who agreed to `since` or later."""

    rounds: tuple[Round, ...]
    book: CodeBook
    coded: tuple[Coded, ...]
    since: int
    erased: int

    @property
    def at(self) -> datetime:
        return max(each.at for each in self.rounds)

    @property
    def of(self) -> int:
        return max(self.rounds, key=lambda each: each.at).of


@dataclass(frozen=True, slots=True)
class ToSettle:
    """The next text on which two differ, the tags to choose from, and how many texts are left."""

    round: Round
    text: TextKey
    card: Card
    book: CodeBook
    left: int


# -- drawing ---------------------------------------------------------------------------------------


def check_second(tx: Tx, study: Study, request: Request, second: str) -> int:
    """Since which version the other one is a coder. Raises Refusal."""
    held = live(tx.studies.appointments(study), second)
    if second == request.person.id or Role.CODER not in held:
        raise Refusal("A round is for two: name another coder of this study who has attested.")
    return held[Role.CODER].since_version


def texts_after(
    request: Request, study_id: str, second: str, after: str
) -> Callable[[Tx], tuple[list[Text], str | None]]:
    """Texts that both may see, of one page; and where to go on."""

    def look(tx: Tx) -> tuple[list[Text], str | None]:
        mine = may_read(tx, request, study_id, Role.CODER)
        since = max(mine.since, check_second(tx, mine.study, request, second))
        return _page(tx, mine.study, since, request.at, after)

    return look


def _page(
    tx: Tx, study: Study, since: int, until: datetime, after: str
) -> tuple[list[Text], str | None]:
    """Texts that were there then, of volunteers who agreed to that version; and where to go on."""
    seen = Visible(tx, study, since)
    prompts = tx.prompts.prompts(study, after=after, limit=PAGE)
    over = [each for each in prompts if is_over(each, until) and each.pseudonym in seen]
    found = {
        TextKey(each.prompt, each.item): prompt.pseudonym
        for prompt, answers in with_answers(tx, over)
        for each in answers
        if each.is_text and each.at <= until
    }
    taken = {each.text for each in tx.review.tasks_of(study, list(found))}
    texts = [Text(key, pseudonym, key in taken) for key, pseudonym in found.items()]
    return texts, prompts[-1].place if len(prompts) == PAGE else None


def draw(found: Iterable[Text], texts: int, draws: Draws) -> list[Text]:
    """So many of those that are in no round at random, in a random order."""
    rest, drawn = [each for each in found if not each.taken], []
    for _ in range(min(texts, len(rest))):
        at = min(int(draws.uniform(0, len(rest))), len(rest) - 1)
        rest[at], rest[-1] = rest[-1], rest[at]
        drawn.append(rest.pop())
    return drawn


def made_of(tx: Tx, study: Study, picked: Sequence[Text], made: Round) -> tuple[Round, list[Task]]:
    """The round of those that are still there and free, with its tasks. Raises Refusal where
    agreement could not be computed on it and what the two have coded by this version before."""
    taken = {each.text for each in tx.review.tasks_of(study, [each.key for each in picked])}
    there = [
        each
        for each in picked
        if each.key not in taken and tx.prompts.prompt(each.key.prompt, lock=False) is not None
    ]
    if not there:
        raise Refusal(NONE_LEFT)
    of = made.of - (len(picked) - len(there))
    before = sum(len(_pseudonyms(tx, study, each)) for each in _of_both(tx, study, made))
    if not is_enough(len(there) + before, of):
        raise Refusal(TOO_FEW.format(free=len(there), of=of))
    tasks = [
        Task(made.id, number, coder, each.key, each.pseudonym)
        for number, each in enumerate(there, 1)
        for coder in (made.first, made.second)
    ]
    coders = (made.first, made.second)
    return Round(made.id, study.id, made.version, *coders, len(there), of, made.at), tasks


# -- how far they are ------------------------------------------------------------------------------


def rounds_of(tx: Tx, study: Study, text: TextKey) -> list[Round]:
    """The rounds that a text is in, the oldest first."""
    ids = {each.round for each in tx.review.tasks_of(study, [text])}
    return [each for each in reversed(tx.review.rounds(study)) if each.id in ids]


def going(tx: Tx, study: Study) -> tuple[Going, ...]:
    """Every round, the newest first."""
    return tuple(Going(each, tx.review.waiting(each.id)) for each in tx.review.rounds(study))


def _of_both(tx: Tx, study: Study, made: Round) -> list[Round]:
    """Rounds of the same two by the same version, over or not."""
    both = {made.first, made.second}
    return [
        each
        for each in tx.review.rounds(study)
        if {each.first, each.second} == both and each.version == made.version
    ]


# -- agreement -------------------------------------------------------------------------------------


def apart(request: Request, study_id: str, round_id: str) -> Callable[[Tx], Apart]:
    """What the two of a round coded apart, in it and in their others by the same version."""

    def look(tx: Tx) -> Apart:
        study = access(tx, request, study_id, *OF_ANYBODY).study
        check_open(tx, study)
        made = tx.review.round(study, round_id)
        book = None if made is None else tx.review.book(study, made.version)
        if made is None or book is None:
            raise Refusal("There is no such round.")
        if tx.review.waiting(made.id):
            raise Refusal(
                "Agreement is computed once both have coded all texts of the round, and before "
                "they compare."
            )
        over = tuple(e for e in _of_both(tx, study, made) if not tx.review.waiting(e.id))
        there = {k: v for each in over for k, v in _pseudonyms(tx, study, each).items()}
        coded = tuple(_coded(tx, study, made, there))
        erased = sum(each.texts for each in over) - len(there)
        since = _since(tx.studies.appointments(study), made)
        return Apart(over, book, coded, since, erased)

    return look


def counted(
    request: Request, study_id: str, found: Apart, after: str
) -> Callable[[Tx], tuple[int, str | None]]:
    """How many texts there were to code then and still are, of one page; and where to go on."""

    def look(tx: Tx) -> tuple[int, str | None]:
        study = access(tx, request, study_id, *OF_ANYBODY).study
        texts, further = _page(tx, study, found.since, found.at, after)
        return len(texts), further

    return look


def close(request: Request, study_id: str, found: Apart) -> Callable[[Tx], None]:
    """Agreement was computed on these: from now on they may compare."""

    def work(tx: Tx) -> None:
        study = access(tx, request, study_id, *OF_ANYBODY, lock=True).study
        for each in tx.review.rounds(study):
            if each.closed_at is None and each.id in {one.id for one in found.rounds}:
                tx.review.close_round(each, request.at)

    return work


def _since(appointments: Iterable[Appointment], made: Round) -> int:
    """Which version a volunteer has agreed to whom both of the round may see, or might then."""
    both = (made.first, made.second)
    held = (each for each in appointments if each.role is Role.CODER and each.person in both)
    return max((each.since_version for each in held), default=1)


def _tasks(tx: Tx, study: Study, made: Round) -> tuple[Task, ...]:
    """What the first of a round was given, in its order, as far as it is still there."""
    every = [
        each
        for done in (False, True)
        for each in tx.review.tasks(study, made.id, made.first, done=done, limit=made.texts)
    ]
    return tuple(sorted(every, key=lambda each: each.number))


def _pseudonyms(tx: Tx, study: Study, made: Round) -> dict[TextKey, str]:
    """Whose each text of a round is, as far as it is still there."""
    return {each.text: each.pseudonym for each in _tasks(tx, study, made)}


def _given(tx: Tx, study: Study, made: Round, texts: Iterable[TextKey]) -> dict[TextKey, Given]:
    given: dict[TextKey, Given] = {each: {} for each in texts}
    for each in tx.review.codings(study, list(given)):
        if each.version == made.version:
            given[each.text][each.coder] = each
    return given


def _coded(tx: Tx, study: Study, made: Round, whose: Mapping[TextKey, str]) -> list[Coded]:
    """made: the round that is asked about; the two may be the other way round in another."""
    return [
        Coded(
            f"{text.prompt}/{text.item}",
            whose[text],
            made.version,
            frozenset(by[made.first].tags),
            frozenset(by[made.second].tags),
        )
        for text, by in _given(tx, study, made, whose).items()
        if made.first in by and made.second in by
    ]


# -- settling --------------------------------------------------------------------------------------


def to_settle(tx: Tx, study: Study, made: Round) -> list[TextKey]:
    """The texts of a round to which its two gave other tags, and on which they have not settled."""
    texts = list(_pseudonyms(tx, study, made))
    return [
        text
        for text, by in _given(tx, study, made, texts).items()
        if made.first in by
        and made.second in by
        and by[made.first].tags != by[made.second].tags
        and TOGETHER not in by
    ]

"""Coding: which version of the code book a text is coded by, and the rounds of two coders."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from bot.clock import Draws
from bot.errors import Refusal
from bot.sampling.agreement import Coded
from bot.sampling.export import is_over
from bot.sampling.model import Prompt, Role, Study
from bot.sampling.review_ports import Coding, Round, Tag, Task, TextKey, Tx
from bot.sampling.reviewing_cards import folded, may_read
from bot.sampling.reviewing_desk import GONE, PAGE, Access, Visible, live, with_answers
from bot.workspace.model import Request

MOST_TAGS = 10
BOOK_TAGS = 60
TAG_LENGTH = 40


def checked_tags(tags: Sequence[Tag]) -> tuple[Tag, ...]:
    kept = tuple(Tag(" ".join(each.name.split()), each.meaning.strip()) for each in tags)
    names = [folded(each.name) for each in kept]
    if not names or len(names) > BOOK_TAGS or len(set(names)) < len(names):
        raise Refusal(f"A code book has 1 to {BOOK_TAGS} tags, each of them once.")
    if any(not each.name or len(each.name) > TAG_LENGTH for each in kept):
        raise Refusal(f"A tag's name has 1 to {TAG_LENGTH} characters.")
    return kept


def prompt_of(tx: Tx, mine: Access, text: TextKey) -> Prompt:
    """The prompt of a text that they may see. A forged name finds nothing."""
    prompt = tx.prompts.prompt(text.prompt, lock=False)
    if prompt is None or prompt.study != mine.study.id:
        raise Refusal(GONE)
    if prompt.pseudonym not in Visible(tx, mine.study, mine.since):
        raise Refusal(GONE)
    given = tx.prompts.answers([prompt.id])
    if not any(each.item == text.item and each.is_text for each in given):
        raise Refusal(GONE)
    return prompt


def rounds_of(tx: Tx, study: Study, text: TextKey) -> list[Round]:
    """The rounds that a text is in, the oldest first."""
    ids = {each.round for each in tx.review.tasks_of(study, [text])}
    return [each for each in reversed(tx.review.rounds(study)) if each.id in ids]


def task_of(tx: Tx, mine: Access, text: TextKey, request: Request) -> tuple[Task | None, int]:
    """Their own task of a text, if it is one, and by which version of the code book it is coded."""
    rounds = {each.id: each for each in rounds_of(tx, mine.study, text)}
    for task in tx.review.tasks_of(mine.study, [text]):
        made = rounds[task.round]
        if task.coder != request.person.id:
            continue
        if made.closed_at is not None:
            raise Refusal(
                "Both of you have coded this text, and what you gave it apart stays. Settle on it "
                "together. Nothing changed."
            )
        return task, made.version
    book = tx.review.book(mine.study)
    if book is None:
        raise Refusal("There is no code book yet: write one first. Nothing changed.")
    return None, book.version


def coding(
    tx: Tx,
    study: Study,
    prompt: Prompt,
    text: TextKey,
    tags: Collection[str],
    version: int,
    request: Request,
    coder: str,
) -> Coding:
    book = tx.review.book(study, version)
    known = () if book is None else book.names
    if unknown := sorted(set(tags) - set(known)):
        raise Refusal(
            f"Version {version} of the code book has no tag {', '.join(unknown)}. Nothing changed."
        )
    if len(set(tags)) > MOST_TAGS:
        raise Refusal(f"At most {MOST_TAGS} tags fit a text. Nothing changed.")
    chosen = tuple(each for each in known if each in tags)
    made = Coding(text, prompt.pseudonym, coder, version, chosen, request.at)
    tx.review.code(study, made)
    return made


def done(tx: Tx, study: Study, task: Task, at: datetime) -> None:
    """A task is done; with the last one of both the round is."""
    tx.review.finish(study, task)
    made = tx.review.round(study, task.round)
    if made is not None:
        close_if_over(tx, made, at)


def close_if_over(tx: Tx, made: Round, at: datetime) -> None:
    """Close a round of which nothing is left to code: all is done, or what was left was erased."""
    if made.closed_at is None and not tx.review.waiting(made.id):
        tx.review.close_round(made, at)


# -- two coders ------------------------------------------------------------------------------------


def check_second(tx: Tx, study: Study, request: Request, second: str) -> int:
    """Since which version the other one is a coder. Raises Refusal."""
    held = live(tx.studies.appointments(study), second)
    if second == request.person.id or Role.CODER not in held:
        raise Refusal("A round is for two: name another coder of this study who has attested.")
    return held[Role.CODER].since_version


def texts_after(
    request: Request, study_id: str, second: str, after: str
) -> Callable[[Tx], tuple[list[tuple[TextKey, str]], str | None]]:
    """Texts that both may see and that are in no round, of one page; and where to go on."""

    def look(tx: Tx) -> tuple[list[tuple[TextKey, str]], str | None]:
        mine = may_read(tx, request, study_id, Role.CODER)
        since = max(mine.since, check_second(tx, mine.study, request, second))
        seen = Visible(tx, mine.study, since)
        prompts = tx.prompts.prompts(mine.study, after=after, limit=PAGE)
        over = [e for e in prompts if is_over(e, request.at) and e.pseudonym in seen]
        found = [
            (TextKey(a.prompt, a.item), prompt.pseudonym)
            for prompt, answers in with_answers(tx, over)
            for a in answers
            if a.is_text
        ]
        taken = {each.text for each in tx.review.tasks_of(mine.study, [t for t, _ in found])}
        free = [each for each in found if each[0] not in taken]
        return free, prompts[-1].place if len(prompts) == PAGE else None

    return look


def draw(
    found: Sequence[tuple[TextKey, str]], texts: int, draws: Draws
) -> list[tuple[TextKey, str]]:
    """So many of them at random, in a random order."""
    rest, drawn = list(found), []
    for _ in range(min(texts, len(rest))):
        at = min(int(draws.uniform(0, len(rest))), len(rest) - 1)
        rest[at], rest[-1] = rest[-1], rest[at]
        drawn.append(rest.pop())
    return drawn


def coded_in(tx: Tx, study: Study, made: Round) -> list[Coded]:
    tasks = [
        each
        for coder in (made.first, made.second)
        for each in tx.review.tasks(study, made.id, coder, done=True, limit=2 * made.texts)
    ]
    names = {each.text: each.pseudonym for each in tasks}
    given: dict[TextKey, dict[str, tuple[str, ...]]] = {}
    for each in tx.review.codings(study, list(names)):
        if each.version == made.version and each.coder in (made.first, made.second):
            given.setdefault(each.text, {})[each.coder] = each.tags
    return [
        Coded(
            f"{text.prompt}/{text.item}",
            names[text],
            made.version,
            frozenset(by[made.first]),
            frozenset(by[made.second]),
        )
        for text, by in given.items()
        if len(by) == len({made.first, made.second})
    ]

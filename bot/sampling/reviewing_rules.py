"""Coding: what a code book may hold, and by which version of it a text is coded."""

from collections.abc import Collection, Sequence

from bot.errors import Refusal
from bot.sampling.model import Prompt, Study
from bot.sampling.review_ports import Coding, Tag, Task, TextKey, Tx
from bot.sampling.reviewing_cards import folded
from bot.sampling.reviewing_desk import GONE, Access, Visible
from bot.sampling.reviewing_rounds import rounds_of
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
                "together, in the queue or from the agreement. Nothing changed."
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

"""Reading, finding and coding answers: for coders and readers, under code names.

They see study day and part of day, no clock times and no reasons. A coder sees nothing of what
another gave a text that both code apart, until both have coded all of them and the agreement on
that was computed: then they compare, and settle. Everything that is shown is noted for whoever
wrote it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.errors import Refusal
from bot.sampling.agreement import LEAST_TEXTS, Agreement, agreement
from bot.sampling.model import Role, Study
from bot.sampling.review_ports import (
    TOGETHER,
    CodeBook,
    Coding,
    Round,
    Seen,
    Tag,
    Task,
    TextKey,
    Tx,
)
from bot.sampling.reviewing_cards import (
    CARDS,
    READS,
    Card,
    Page,
    cards,
    folded,
    may_read,
    note_seen,
    page_of,
    searching,
)
from bot.sampling.reviewing_desk import OF_ANYBODY, ReviewDesk, access, check_open
from bot.sampling.reviewing_rounds import (
    NONE_LEFT,
    Going,
    Text,
    ToSettle,
    apart,
    check_second,
    close,
    counted,
    draw,
    going,
    made_of,
    rounds_of,
    texts_after,
    to_settle,
)
from bot.sampling.reviewing_rules import checked_tags, coding, prompt_of, task_of
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)

SEARCH = 2000  # prompts, for one search
NOT_YET = (
    "That is for two who have both coded all of a round, after they have looked at its agreement. "
    "Nothing changed."
)


@dataclass(frozen=True, slots=True)
class ToCode:
    """The next text of a round, the tags to choose from, and how many texts are left."""

    round: Round
    task: Task
    card: Card
    book: CodeBook
    left: int


class Reviewing(ReviewDesk[TxT]):
    """What coders and readers do."""

    # -- reading -------------------------------------------------------------------------------

    async def queue(
        self, request: Request, study_id: str, after: str = "", *, texts_only: bool = True
    ) -> Page:
        """A page of prompts, after that place. Only those with a text, unless all are wanted."""

        def work(tx: TxT) -> Page:
            mine = may_read(tx, request, study_id)
            found = page_of(
                tx, mine, request, after, lambda card: bool(card.texts) or not texts_only
            )
            note_seen(tx, mine, found.cards, request, Seen.READ)
            return found

        return await self._run(request, work)

    async def search(self, request: Request, study_id: str, words: str, after: str = "") -> Page:
        """Texts that have all of these words, as far as one search looks; `after` to look on.

        Texts are sealed where they are kept and stand in no index: they are opened page by page.
        """
        wanted = tuple(folded(words).split())
        if not wanted:
            raise Refusal("Search for which words?", given_back=words)

        def holds(card: Card) -> bool:
            return any(all(w in folded(t.words) for w in wanted) for t in card.texts)

        page = Page((), after, 0)
        while page.looked < SEARCH and len(page.cards) < CARDS and (page.after or not page.looked):
            page = await self._look(request, searching(request, study_id, page, holds))

        def note(tx: TxT) -> None:
            mine = may_read(tx, request, study_id)
            note_seen(tx, mine, page.cards, request, Seen.FOUND)

        await self._run(request, note)
        return page

    # -- the code book -------------------------------------------------------------------------

    async def book(self, request: Request, study_id: str) -> CodeBook | None:
        """The newest code book."""

        def look(tx: TxT) -> CodeBook | None:
            return tx.review.book(access(tx, request, study_id, *READS).study)

        return await self._look(request, look)

    async def change_book(self, request: Request, study_id: str, tags: Sequence[Tag]) -> CodeBook:
        """A new version of the code book. Texts keep the version that they were coded by."""
        kept = checked_tags(tags)

        def work(tx: TxT) -> CodeBook:
            study = access(tx, request, study_id, Role.CODER, lock=True).study
            before = tx.review.book(study)
            if before is not None and before.tags == kept:
                raise Refusal("The code book has these tags already. Nothing changed.")
            version = 1 if before is None else before.version + 1
            made = CodeBook(study.id, version, kept, request.person.id, request.at)
            tx.review.put_book(made)
            return made

        return await self._run(request, work)

    # -- coding --------------------------------------------------------------------------------

    async def code(
        self, request: Request, study_id: str, text: TextKey, tags: Collection[str]
    ) -> Coding:
        """Give a text these tags, or none of them. In a round it is the task of it that is done."""

        def work(tx: TxT) -> Coding:
            mine = access(tx, request, study_id, Role.CODER, lock=True)
            check_open(tx, mine.study)
            prompt = prompt_of(tx, mine, text)
            task, version = task_of(tx, mine, text, request)
            made = coding(tx, mine.study, prompt, text, tags, version, request, request.person.id)
            if task is not None:
                tx.review.finish(mine.study, task)
            return made

        return await self._run(request, work)

    # -- two coders ----------------------------------------------------------------------------

    async def start_round(
        self, request: Request, study_id: str, second: str, texts: int = LEAST_TEXTS
    ) -> Round:
        """Draw texts that both are to code apart, in an order of their own."""
        found: list[Text] = []
        after: str | None = ""
        while after is not None:
            more, after = await self._look(request, texts_after(request, study_id, second, after))
            found += more
        picked = draw(found, max(texts, LEAST_TEXTS), self._draws)
        round_id = self._draws.token()

        def work(tx: TxT) -> Round:
            mine = access(tx, request, study_id, Role.CODER, lock=True)
            check_open(tx, mine.study)
            check_second(tx, mine.study, request, second)
            book = tx.review.book(mine.study)
            if book is None:
                raise Refusal(NONE_LEFT)
            coders = (request.person.id, second)
            wanted = Round(
                round_id, mine.study.id, book.version, *coders, len(picked), len(found), request.at
            )
            made, tasks = made_of(tx, mine.study, picked, wanted)
            tx.review.put_round(made, tasks)
            return made

        return await self._run(request, work)

    async def rounds(self, request: Request, study_id: str) -> tuple[Going, ...]:
        """Each with what is left of it, the newest first."""

        def look(tx: TxT) -> tuple[Going, ...]:
            return going(tx, access(tx, request, study_id, *OF_ANYBODY).study)

        return await self._look(request, look)

    async def next_to_code(self, request: Request, study_id: str, round_id: str) -> ToCode | None:
        """The next text of their round; None once they have coded all."""

        def work(tx: TxT) -> ToCode | None:
            mine = may_read(tx, request, study_id, Role.CODER)
            made = tx.review.round(mine.study, round_id)
            me = request.person.id
            if made is None or me not in (made.first, made.second):
                raise Refusal("That round is not yours.")
            tasks = tx.review.tasks(mine.study, round_id, me, done=False)
            book = tx.review.book(mine.study, made.version)
            if not tasks or book is None:
                return None
            prompt = prompt_of(tx, mine, tasks[0].text)
            card = cards(tx, mine, [prompt], me)[0]
            note_seen(tx, mine, (card,), request, Seen.READ)
            return ToCode(made, tasks[0], card, book, tx.review.waiting(round_id)[me])

        return await self._run(request, work)

    async def agreement(self, request: Request, study_id: str, round_id: str) -> Agreement:
        """How far the two of a round agree, on all that they coded apart by its code book. From
        then on they may compare."""
        found = await self._look(request, apart(request, study_id, round_id))
        of = 0
        after: str | None = ""
        while after is not None:
            more, after = await self._look(request, counted(request, study_id, found, after))
            of += more
        of = max(min(of, found.of), len(found.coded))
        made = agreement(found.coded, of, found.book.names, self._draws, found.erased)
        await self._run(request, close(request, study_id, found))
        return made

    # -- together ------------------------------------------------------------------------------

    async def next_to_settle(
        self, request: Request, study_id: str, round_id: str
    ) -> ToSettle | None:
        """The next text to which the two of a round gave other tags; None once all are settled."""

        def work(tx: TxT) -> ToSettle | None:
            mine = may_read(tx, request, study_id, Role.CODER)
            made = tx.review.round(mine.study, round_id)
            if made is None or request.person.id not in (made.first, made.second):
                raise Refusal("That round is not yours.")
            if made.closed_at is None:
                raise Refusal(NOT_YET)
            left = to_settle(tx, mine.study, made)
            book = tx.review.book(mine.study, made.version)
            if not left or book is None:
                return None
            prompt = prompt_of(tx, mine, left[0])
            card = cards(tx, mine, [prompt], request.person.id)[0]
            note_seen(tx, mine, (card,), request, Seen.READ)
            return ToSettle(made, left[0], card, book, len(left))

        return await self._run(request, work)

    async def settle(
        self, request: Request, study_id: str, text: TextKey, tags: Collection[str]
    ) -> Coding:
        """What two coders agree on together, after their round's agreement was computed; what they
        gave apart stays."""

        def work(tx: TxT) -> Coding:
            mine = access(tx, request, study_id, Role.CODER, lock=True)
            check_open(tx, mine.study)
            prompt = prompt_of(tx, mine, text)
            version = _compared(tx, mine.study, text, request).version
            return coding(tx, mine.study, prompt, text, tags, version, request, TOGETHER)

        return await self._run(request, work)

    async def settled_by(self, request: Request, study_id: str, text: TextKey) -> CodeBook:
        """The version of the code book that a text is settled by. Raises Refusal where they may
        not."""

        def look(tx: TxT) -> CodeBook:
            mine = may_read(tx, request, study_id, Role.CODER)
            prompt_of(tx, mine, text)
            made = _compared(tx, mine.study, text, request)
            book = tx.review.book(mine.study, made.version)
            assert book is not None  # noqa: S101 - versions are never deleted
            return book

        return await self._look(request, look)


def _compared(tx: Tx, study: Study, text: TextKey, request: Request) -> Round:
    """Their own round that a text is in, if they may compare what they gave it. Raises Refusal."""
    for made in rounds_of(tx, study, text):
        if made.closed_at is not None and request.person.id in (made.first, made.second):
            return made
    raise Refusal(NOT_YET)

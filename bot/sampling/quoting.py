"""Quotes: nobody's words are shown to others unless their author approved those very words.

The author is asked once, privately; the message holds no word of theirs. They see exactly what
would be shown and where, may shorten it, and take a yes back as easily as give it. A quote is shown
undated. Silence means no.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from bot.errors import Refusal
from bot.sampling.model import Study, Volunteer
from bot.sampling.review_ports import Quote, QuoteState, TextKey, Tx
from bot.sampling.reviewing_cards import READS, may_read
from bot.sampling.reviewing_desk import GONE, ReviewDesk
from bot.sampling.reviewing_rules import prompt_of
from bot.sampling.shown import Asked, Quoted
from bot.sampling.telling import tell
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)

QUOTE = "quote"  # what the note to the author is about
LEFT_OUT = "…"
WORDS = 1000  # characters
PLACE = 200
WAITING = 3  # quotes that wait for one volunteer's answer
NOT_YOURS = "There is no such question to you. Nothing changed."
ANSWERED_SINCE = (
    "You answered this since it was shown to you here. Close it, and open it again to see your word"
    " on it as it stands. Nothing changed."
)


class Quoting(ReviewDesk[TxT]):
    """Asking for quotes, and what their authors say."""

    async def ask(
        self, request: Request, study_id: str, text: TextKey, words: str, place: str
    ) -> Quote:
        """Ask the author whether these words of theirs may be shown in that place."""
        quote_id, place = self._draws.token(), " ".join(place.split())
        if not place or len(place) > PLACE:
            raise Refusal(f"Say where it would be shown, in up to {PLACE} characters.")
        if len(words) > WORDS:
            raise Refusal(f"A quote has up to {WORDS} characters.", given_back=words)

        def work(tx: TxT) -> Quote:
            mine = may_read(tx, request, study_id, *READS)
            prompt = prompt_of(tx, mine, text)
            given = {each.item: each.value for each in tx.prompts.answers([prompt.id])}
            if not words.strip() or words not in given[text.item]:
                raise Refusal("A quote is to the letter: copy it as it stands.", given_back=words)
            _check_not_asked(tx, mine.study, prompt.pseudonym, text)
            made = Quote(
                quote_id, mine.study.id, text, prompt.pseudonym, request.person.id, words, place,
                request.at,
            )  # fmt: skip
            tx.review.put_quote(mine.study, made)
            _tell(tx, mine.study, made, request)
            return made

        return await self._run(request, work)

    async def of_mine(self, request: Request) -> tuple[Asked, ...]:
        """Everything that somebody was asked to let be quoted, in all their studies."""

        def look(tx: TxT) -> tuple[Asked, ...]:
            return tuple(
                Asked(study.name, study.protocol.title, quote)
                for study, volunteer in _own(tx, request)
                for quote in tx.review.quotes(study, volunteer.pseudonym)
            )

        return await self._look(request, look)

    async def answer(
        self,
        request: Request,
        quote_id: str,
        *,
        approve: bool,
        shortened: str | None = None,
        seen: QuoteState = QuoteState.ASKED,
    ) -> Quote:
        """The author says yes, to less of it, or no; at any time, and as often as they like.

        seen: their word as it stood when they were shown the words. A yes to all of them from a
        screen on which it stood otherwise is refused, for less of them may have been agreed since.
        """

        def work(tx: TxT) -> Quote:
            for study, volunteer in _own(tx, request):
                quote = tx.review.quote(study, quote_id)
                if quote is not None and quote.pseudonym == volunteer.pseudonym:
                    if approve and shortened is None and _is_stale(quote, seen):
                        raise Refusal(ANSWERED_SINCE)
                    after = decided(quote, approve=approve, shortened=shortened)
                    tx.review.put_quote(study, after)
                    return after
            raise Refusal(NOT_YOURS)

        return await self._run(request, work)

    async def approved(self, workspace: str, study_id: str) -> tuple[Quoted, ...]:
        """What may be shown: exactly these words, in these places, without a date."""

        def look(tx: TxT) -> tuple[Quoted, ...]:
            study = tx.studies.study(workspace, study_id) if tx.studies.ready() else None
            found = () if study is None else tx.review.quotes(study)
            return tuple(
                Quoted(each.approved, each.place)
                for each in found
                if each.state is QuoteState.APPROVED
            )

        return await self._db.read(look)


def decided(quote: Quote, *, approve: bool, shortened: str | None = None) -> Quote:
    """What the author's word makes of it. Raises Refusal where it is not only shortened."""
    if not approve:
        return replace(quote, state=QuoteState.REFUSED, approved="")
    words = quote.words if shortened is None else shortened.strip()
    if not is_shortened(words, quote.words):
        raise Refusal(
            f"Take words out, and put {LEFT_OUT} for them; nothing else can be changed, so that "
            "it stays your own.",
            given_back=words,
        )
    return replace(quote, state=QuoteState.APPROVED, approved=words)


def is_shortened(words: str, of: str) -> bool:
    """Whether these are the words with some left out, each gap marked."""
    at = 0
    parts = [each.strip() for each in words.replace("...", LEFT_OUT).split(LEFT_OUT)]
    if not any(parts):
        return False
    for part in parts:
        found = of.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _is_stale(quote: Quote, seen: QuoteState) -> bool:
    """Whether they answered since; a yes to the same words said twice is one."""
    return quote.state is not seen and quote.approved != quote.words


def _check_not_asked(tx: Tx, study: Study, pseudonym: str, text: TextKey) -> None:
    there = tx.review.quotes(study, pseudonym)
    if any(each.text == text for each in there):
        raise Refusal("Its author was asked about this answer already. Nobody is asked twice.")
    if sum(each.state is QuoteState.ASKED for each in there) >= WAITING:
        raise Refusal(
            f"{WAITING} questions wait for this volunteer's answer already. Nothing was asked."
        )


def _tell(tx: Tx, study: Study, quote: Quote, request: Request) -> None:
    person = tx.volunteers.person(study, quote.pseudonym)
    if person is None:
        raise Refusal(f"{GONE} Who wrote it can no longer be asked.")
    tell(tx, study, person, QUOTE, request.at)


def _own(tx: Tx, request: Request) -> Iterator[tuple[Study, Volunteer]]:
    if not tx.studies.ready():
        return
    for volunteer in tx.volunteers.all_of(request.workspace, request.person.id):
        study = tx.studies.study(request.workspace, volunteer.study)
        if study is not None:
            yield study, volunteer

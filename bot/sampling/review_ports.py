"""What reviewing is made of, and what it needs of the database.

What came from volunteers (which tags a text was given, words that may be quoted) is sealed as their
answers are. Everything about a volunteer goes when they are erased; that needs no other call.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

import bot.sampling.ports
from bot.sampling.disclosure import Release
from bot.sampling.model import Study

TOGETHER = ""
"""The coder of what two coders settled on after they had compared."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a code book, and when it applies."""

    name: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class CodeBook:
    """One version of a study's code book; a changed one is another version."""

    study: str
    version: int
    tags: tuple[Tag, ...]
    by: str
    at: datetime

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.tags)


@dataclass(frozen=True, slots=True)
class TextKey:
    """One text: the answer to one item of one prompt."""

    prompt: str
    item: str


@dataclass(frozen=True, slots=True)
class Coding:
    """What somebody gave a text, by one version of the code book; none is a coding, too."""

    text: TextKey
    pseudonym: str
    coder: str
    version: int
    tags: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """Texts that two code apart, on one version. of: how many texts there were to code, those of
    other rounds included.

    closed_at: when its agreement was computed; until then neither sees the other's tags.
    """

    id: str
    study: str
    version: int
    first: str
    second: str
    texts: int
    of: int
    at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One text that somebody is to code in a round. number: its place in the round, drawn."""

    round: str
    number: int
    coder: str
    text: TextKey
    pseudonym: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """The owner's leave to export, for one analyst and one hour."""

    id: str
    study: str
    analyst: str
    owner: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was made. digest: of its list of files, SHA-256 in hex. rows: of signals."""

    id: str
    grant: str
    study: str
    analyst: str
    at: datetime
    bundle: str
    format: str
    digest: str
    rows: int


class Seen(StrEnum):
    """In what way somebody saw a volunteer's answers."""

    READ = "read"
    FOUND = "found"  # by a search for words
    EXPORTED = "exported"


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody saw a volunteer's answers: who, in what way, on which date, how many of them.

    digest: of the export, where it was one.
    """

    person: str
    how: Seen
    on: date
    times: int = 1
    digest: str = ""


class QuoteState(StrEnum):
    """What the author said. Silence is no: only `approved` may be shown."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that somebody asked their author to be allowed to quote. Undated wherever shown.

    words: exactly those that would be shown; approved: those that may be, maybe fewer. place:
    exactly where.
    """

    id: str
    study: str
    text: TextKey
    pseudonym: str
    by: str
    words: str
    place: str
    at: datetime
    state: QuoteState = QuoteState.ASKED
    approved: str = ""


class ReviewStore(Protocol):
    """Code books, codings, rounds, grants, who saw what, quotes, releases."""

    def put_book(self, book: CodeBook) -> None: ...

    def book(self, study: Study, version: int = 0) -> CodeBook | None:
        """That version; 0 is the newest."""
        ...

    def code(self, study: Study, coding: Coding) -> None:
        """Keep it; the same coder's of the same text and version takes the older one's place."""
        ...

    def codings(self, study: Study, texts: Collection[TextKey]) -> tuple[Coding, ...]:
        """By everybody, of every version, by text, version and coder."""
        ...

    def put_round(self, made: Round, tasks: Collection[Task]) -> None: ...

    def close_round(self, made: Round, at: datetime) -> None: ...

    def round(self, study: Study, round_id: str) -> Round | None: ...

    def rounds(self, study: Study) -> tuple[Round, ...]:
        """The newest first."""
        ...

    def tasks(
        self, study: Study, round_id: str, coder: str, *, done: bool, after: int = 0, limit: int = 1
    ) -> tuple[Task, ...]:
        """In the order of their numbers."""
        ...

    def waiting(self, round_id: str) -> dict[str, int]:
        """How many texts each coder of a round has still to code."""
        ...

    def tasks_of(self, study: Study, texts: Collection[TextKey]) -> tuple[Task, ...]:
        """Those of these texts, of rounds that are not closed and of those that are."""
        ...

    def finish(self, study: Study, task: Task) -> None:
        """That coder has coded that text."""
        ...

    def put_grant(self, grant: Grant) -> None: ...

    def grants(self, study: Study) -> tuple[Grant, ...]:
        """The newest first."""
        ...

    def put_export(self, made: Exported) -> None: ...

    def exports(self, study: Study) -> tuple[Exported, ...]:
        """The newest first."""
        ...

    def saw(self, study: Study, pseudonyms: Collection[str], look: Look, at: datetime) -> None:
        """Note that somebody saw answers of these volunteers. `times` adds up over a date; the
        digest of an export makes it one of its own."""
        ...

    def looks(self, study: Study, pseudonym: str) -> tuple[Look, ...]:
        """Who saw a volunteer's answers, the newest date first."""
        ...

    def put_quote(self, study: Study, quote: Quote) -> None: ...

    def quote(self, study: Study, quote_id: str) -> Quote | None: ...

    def quotes(self, study: Study, pseudonym: str = "") -> tuple[Quote, ...]:
        """By their ids; of one volunteer or of all."""
        ...

    def put_release(self, study: Study, release: Release) -> None:
        """Keep what was published; what is there already stays as it is."""
        ...

    def releases(self, study: Study, question: str = "") -> tuple[Release, ...]:
        """What was published, less those who were erased since, by question and week."""
        ...


class Tx(bot.sampling.ports.Tx, Protocol):
    """What a transaction offers reviewing."""

    @property
    def review(self) -> ReviewStore: ...

"""What finding and listing give back, a page at a time; and what is asked for."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from unicodedata import normalize

from bot.errors import Refusal
from bot.incidents.model import Incident, IncidentState, Kind

PAGE = 8
WORDS_MAX = 10
QUERY_MAX = 200
# Shorter words, and those with a digit ("db1"), are meant as they stand.
BEGINS_FROM = 3
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One word that an entry must hold; `begins`: a word that only begins so counts, too."""

    word: str
    begins: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: what comes next is older."""

    at: datetime
    incident: str
    seq: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry that was found, with the incident it is of."""

    incident: str
    number: int
    title: str
    private: bool
    channel: str
    state: IncidentState
    seq: int
    kind: Kind
    actor: str
    at: datetime
    recorded_at: datetime
    text: str
    investigation: int | None = None

    @property
    def place(self) -> Place:
        return Place(self.recorded_at, self.incident, self.seq)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found; `more` where the next one begins, if there is one."""

    hits: tuple[Hit, ...]
    more: Place | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of incidents, newest first; `more` is the number below which it goes on."""

    incidents: tuple[Incident, ...]
    more: int | None = None


class SearchStore(Protocol):
    """Private incidents are given only to those who are in their channel."""

    def find(
        self, workspace: str, person: str, terms: tuple[Term, ...], after: Place | None, limit: int
    ) -> tuple[Hit, ...]:
        """Entries with all the words, the latest recorded first; titles and hypotheses are
        entries, too. Where there are many, only as many are read as the page takes."""
        ...

    def listed(
        self,
        workspace: str,
        person: str,
        states: tuple[IncidentState, ...],
        below: int | None,
        limit: int,
        *,
        mine: bool = False,
    ) -> tuple[Incident, ...]:
        """Incidents without what is below them. mine: commanded, declared, or in the channel."""
        ...

    def id_of_number(self, workspace: str, person: str, number: int) -> str | None:
        """The incident of that number, if the person may know of it."""
        ...

    def last_in_channel(self, workspace: str, channel: str) -> str | None:
        """The latest incident of that channel, closed or not."""
        ...


def terms_of(text: str) -> tuple[Term, ...]:
    """The words of a question. Raises Refusal if there are none, or too many."""
    words = _WORD.findall(normalize("NFKC", text).lower())
    if not words:
        raise Refusal("Find what? Say one or more words. Nothing changed.", given_back=text)
    if len(words) > WORDS_MAX or len(text) > QUERY_MAX:
        raise Refusal(f"At most {WORDS_MAX} words, please. Nothing changed.", given_back=text)
    return tuple(
        Term(each, each.isalpha() and len(each) >= BEGINS_FROM) for each in dict.fromkeys(words)
    )

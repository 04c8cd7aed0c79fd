"""Which thread, and which action, somebody means. Where it is not clear, they are asked."""

from dataclasses import dataclass
from datetime import datetime

from bot.errors import Offer, Refusal
from bot.incidents import ramps
from bot.incidents.grammar import Said, Word
from bot.incidents.model import Action, Incident, Investigation, Ramp
from bot.workspace.model import Request

OFFERS_MAX = 10
LABEL_MAX = 60


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing somebody says: who and where, what, when it happened, by when.

    at: when it happened, UTC. by: the time it should be done by, UTC.
    """

    request: Request
    said: Said
    at: datetime
    by: datetime | None = None

    @property
    def actor(self) -> str:
        return self.request.person.id

    @property
    def ramp(self) -> Ramp | None:
        """The window of a change that did not come at once, read in the writer's zone."""
        if self.said.word is not Word.CHANGED:
            return None
        return ramps.read(self.said.text, self.at, self.request.person.zoneinfo())


def short(text: str, limit: int = LABEL_MAX) -> str:
    """One line of at most `limit` characters, for a label."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def thread_meant(incident: Incident, telling: Telling) -> Investigation:
    """The open thread somebody means; raises Refusal, with a picker that keeps the text.

    Named number, then a word of its title, then the Slack thread they are in, then their only one.
    """
    said, request = telling.said, telling.request
    if said.number is not None:
        return _still_open(incident, _numbered(incident, telling, said.number), telling)
    titled = _titled(incident, said.title)
    if len(titled) == 1:
        return titled[0]
    here = incident.in_slack_thread(request.thread)
    if here is not None and not said.title:
        return _still_open(incident, here, telling)
    mine = [each for each in incident.open_investigations() if each.owner == telling.actor]
    if len(mine) == 1 and not said.title:
        return mine[0]
    raise _ask_which(titled or incident.open_investigations(), telling)


def words_before_colon(telling: Telling) -> str:
    """How an offer says the word again: with the title and the time that stood before the colon.

    The time is the one they meant, so that "40 min ago" is not counted from the press.
    """
    said = telling.said
    when = f"{telling.at:%H:%M} UTC" if said.when else ""
    return " ".join(part for part in (_typed(said.word), said.title, when) if part)


def _typed(word: Word) -> str:
    return word.value.replace("_", " ")


def names_no_thread(incident: Incident, said: Said) -> bool:
    """Whether a title is named that no open thread has: "for example: …" is ordinary talk."""
    return bool(said.title) and not _titled(incident, said.title)


def thread_around(incident: Incident, telling: Telling) -> Investigation | None:
    """The thread an entry belongs to where it need not belong to any."""
    said, request = telling.said, telling.request
    if said.number is not None:
        return _numbered(incident, telling, said.number)
    titled = _titled(incident, said.title)
    return titled[0] if len(titled) == 1 else incident.in_slack_thread(request.thread)


def action_meant(incident: Incident, telling: Telling) -> Action:
    """The running action that `done:` or `failed:` ends: the oldest of one's own in this place.

    Raises Refusal, offering to record it as already done: a pasted "Failed: could not connect" is
    not an action.
    """
    around = thread_around(incident, telling)
    here = [each for each in incident.running if _runs_here(each, around, telling)]
    mine = [each for each in here if each.actor == telling.actor]
    if mine:
        return mine[0]
    raise _ask_what_ended(incident, around, here, telling)


def _runs_here(action: Action, around: Investigation | None, telling: Telling) -> bool:
    named = telling.said.number is not None or telling.said.title
    if around is not None and (named or action.investigation is not None):
        return action.investigation == around.number
    return action.said_in == telling.request.thread


def _numbered(incident: Incident, telling: Telling, number: int) -> Investigation:
    found = incident.investigation(number)
    if found is None:
        opened = incident.open_investigations()
        raise Refusal(
            f"There is no thread {number} here, so nothing changed.",
            given_back=telling.said.text,
            offers=_offers(opened, telling),
        )
    return found


def _still_open(incident: Incident, thread: Investigation, telling: Telling) -> Investigation:
    if thread.is_open:
        return thread
    who = "you" if thread.ended_by == telling.actor else f"@{thread.ended_by}"
    ended = f"{who} ended it" if thread.ended_by else "it has ended"
    why = f": {short(thread.why.rstrip(' .'), 200)}" if thread.why else ""
    raise Refusal(
        f"Thread {thread.number} is closed; {ended}{why}. Nothing changed.",
        given_back=telling.said.text,
        offers=(
            Offer(
                "Add it as a note",
                Word.NOTE.value,
                telling.said.text,
                thread.number,
                incident.id,
            ),
        )
        if telling.said.text
        else (),
    )


def _titled(incident: Incident, title: str) -> list[Investigation]:
    if not title.strip():
        return []
    return [each for each in incident.open_investigations() if all_words(title, each.hypothesis)]


def all_words(title: str, hypothesis: str) -> bool:
    """Whether a hypothesis has every word of a title."""
    return all(word in hypothesis.casefold() for word in title.casefold().split())


def _ask_which(
    threads: "list[Investigation] | tuple[Investigation, ...]", telling: Telling
) -> Refusal:
    said = telling.said
    if said.title and not any(all_words(said.title, each.hypothesis) for each in threads):
        return Refusal(
            f"No open thread is called '{short(said.title)}'. Which one is that about, or is it a "
            "new one? Nothing is recorded yet.",
            given_back=said.text,
            offers=(
                *_offers(threads, telling),
                Offer(
                    "Open a thread with that name",
                    Word.THREAD.value,
                    f"{_typed(said.word)} {said.title}: {said.text}",
                ),
            ),
        )
    if not threads:
        return Refusal(
            "No thread is open here, so nothing changed. Open one with 'thread:' and the idea.",
            given_back=telling.said.text,
        )
    return Refusal(
        "Which thread is that about? Nothing is recorded yet.",
        given_back=telling.said.text,
        offers=_offers(threads, telling),
    )


def _offers(
    threads: "list[Investigation] | tuple[Investigation, ...]", telling: Telling
) -> tuple[Offer, ...]:
    word = words_before_colon(telling)
    return tuple(
        Offer(f"{each.number} · {short(each.hypothesis)}", word, telling.said.text, each.number)
        for each in threads[:OFFERS_MAX]
    )


def _ask_what_ended(
    incident: Incident, around: Investigation | None, here: list[Action], telling: Telling
) -> Refusal:
    said = telling.said
    elsewhere = [each for each in incident.running if each.actor == telling.actor]
    number, word = None if around is None else around.number, words_before_colon(telling)
    offers = [Offer(_already(said.word), f"already {word}", said.text, number)] if said.text else []
    offers += [
        Offer(f"It was: {short(each.text, 50)}", f"ends {word}", said.text, each.number)
        for each in (*here, *elsewhere)
    ][:OFFERS_MAX]
    return Refusal(
        "No action of yours is running here, so nothing changed.",
        given_back=said.text,
        offers=tuple(offers),
    )


def _already(word: Word) -> str:
    return "Record as already done" if word is Word.DONE else "Record as already tried"

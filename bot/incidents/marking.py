"""*Mark it*: a reaction records a message; edits and deletions of what is recorded are followed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from bot.errors import Offer, Refusal
from bot.incidents import marking_owed, rules, signals_owed, timing_owed
from bot.incidents.amending import correct, withdraw
from bot.incidents.checks import visible
from bot.incidents.choose import Telling, thread_around
from bot.incidents.desk import (
    Desk,
    find_incident,
    offering,
    outside,
    read_telling,
    written,
)
from bot.incidents.grammar import Said, Word
from bot.incidents.model import Change, Done, Entry, Incident, IncidentState
from bot.incidents.ports import Tx
from bot.workspace.model import Request

TxT = TypeVar("TxT", bound=Tx)

WEIGHS = frozenset({Word.FOR, Word.AGAINST})


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it is now: who wrote it when, its words as they saw them."""

    message: str
    author: str
    text: str
    at: datetime
    thread: str = ""


class Marking(Desk[TxT]):
    """Reactions, edits and deletions. What a message says is read when somebody marks it."""

    async def mark(
        self, request: Request, word: Word, text: Written, number: int | None = None
    ) -> Done | None:
        """Record a message as somebody marked it; None where that changes nothing.

        Raises Refusal, with offers that mark it again and not with its text.
        """

        def work(tx: TxT) -> Done | None:
            found = find_incident(tx, request, "")
            if found is None or _is_recorded(tx, found, request.channel, word, text):
                return None
            try:
                change, done = rules.record(found, _telling(found, request, word, text, number))
            except Refusal as refused:
                raise _marking_again(refused, word, text) from None
            entry = replace(change.entries[0], author=text.author)
            return _recorded(tx, found, replace(change, entries=(entry,)), done, request)

        return await self._run(request, work)

    async def put(
        self,
        request: Request,
        said: Said,
        *,
        incident: str,
        author: str = "",
        at: datetime | None = None,
    ) -> Done:
        """Record what a form says, of a message of `author` if it was opened from one.

        A form is submitted once and on purpose, so nobody is asked whether they mean it.
        """
        told = read_telling(request, said)
        telling = replace(told, at=at) if at else told

        def work(tx: TxT) -> Done:
            found = self._here(tx, request, offering(telling), incident)
            change, done = rules.record(found, telling)
            entry = replace(change.entries[0], author=author)
            change = replace(change, entries=(entry,))
            record = _recorded if request.message else written
            return record(tx, found, change, done, request)

        return await self._run(request, work)

    async def incident(self, request: Request, incident: str = "") -> Incident:
        """The incident that a form is about, not locked; raises Refusal where there is none."""

        def look(tx: TxT) -> Incident:
            which = incident or tx.incidents.id_of_channel(request.workspace, request.channel)
            found = tx.incidents.get(request.workspace, which) if which else None
            hidden = found is not None and found.private and found.channel != request.channel
            if found is None or hidden:
                raise outside(tx, request, Offer("", Word.NOTE.value))
            if found.state is IncidentState.CLOSED:
                raise Refusal("This incident is closed, so nothing can be added to it.")
            return found

        return await self._db.read(look)

    async def unmark(self, request: Request, word: Word) -> None:
        """The reaction is gone, and with it what its owner recorded by it."""

        def mine(entry: Entry) -> bool:
            by_mark = bool(entry.author) and entry.actor == request.person.id
            return by_mark and entry.kind.value == word.value

        def work(tx: TxT) -> None:
            for incident in _incidents_of(tx, request):
                told = _of(tx, incident, request)
                _withdrawn(tx, incident, request, [each for each in told if mine(each)])

        await self._run(request, work)

    async def deleted(self, request: Request) -> None:
        """The message is gone, and with it all that is recorded of it; in closed incidents too."""

        def work(tx: TxT) -> None:
            for incident in _incidents_of(tx, request):
                _withdrawn(tx, incident, request, _of(tx, incident, request), gone=True)

        await self._run(request, work)

    async def is_recorded(self, workspace: str, channel: str, message: str) -> bool:
        """Whether anything is recorded of a message; cheap, for every edit passes here."""
        return await self._db.read(
            lambda tx: bool(tx.incidents.with_message(workspace, channel, message))
        )

    async def edited(self, request: Request, said: Said | None, text: Written) -> Done | None:
        """The message says something else now: what is recorded of it follows.

        `said` is what it says in our words, None where it is talk. Raises Refusal, and then
        everything stays as it was.
        """
        # A time in a message counts from when it was written; the correction is of now.
        then = replace(request, at=text.at)
        telling = read_telling(then, said) if said else None
        if telling is not None:
            telling = replace(telling, request=request)

        def work(tx: TxT) -> Done | None:
            done, incidents = None, _incidents_of(tx, request)
            for incident in incidents:
                if incident.state is not IncidentState.CLOSED:
                    done = _followed(tx, incident, request, telling, text) or done
            if incidents or telling is None:
                return done
            here = find_incident(tx, request, "")
            return None if here is None else _said_anew(tx, here, telling)

        return await self._run(request, work)


def _is_recorded(tx: Tx, incident: Incident, channel: str, word: Word, text: Written) -> bool:
    """Somebody recorded this already, by saying or by marking: a second hand adds nothing."""
    lives_here = incident.in_slack_thread(text.message)
    if word is Word.THREAD and lives_here is not None and lives_here.is_open:
        return True
    told = tx.incidents.entries_of(incident, channel, text.message)
    return any(_stands(each) and each.kind.value == word.value for each in told)


def _stands(entry: Entry) -> bool:
    return entry.withdrawn_at is None and entry.corrects is None


def _telling(
    incident: Incident, request: Request, word: Word, text: Written, number: int | None
) -> Telling:
    """What the mark says for its owner, about the thread that the message is in."""
    if not visible(text.text):
        raise Refusal("That message has no words to record, so nothing changed.")
    if word not in WEIGHS:
        return Telling(request, Said(word, text.text, number), _when(request, word, text))
    here = replace(request, thread=text.thread or text.message)
    opened = incident.open_investigations()
    mine = [each for each in opened if each.owner == request.person.id]
    if number is None and not mine and len(opened) == 1:
        around = incident.in_slack_thread(here.thread)
        number = None if around else opened[0].number
    return Telling(here, Said(word, text.text, number), text.at)


def _when(request: Request, word: Word, text: Written) -> datetime:
    """A thread begins when somebody opens it; a fact is of the time when it was written."""
    return request.at if word is Word.THREAD else text.at


def _marking_again(refused: Refusal, word: Word, text: Written) -> Refusal:
    """The same refusal, with offers that read the message again: the text stays where it is."""
    offers = tuple(
        replace(each, intent=f"mark {each.intent}", text="")
        if each.intent in {word.value, Word.NOTE.value}
        else each
        for each in refused.offers
    )
    return Refusal(refused.text, given_back=text.text, offers=offers)


# -- what is recorded of a message -----------------------------------------------------------------


def _incidents_of(tx: Tx, request: Request) -> list[Incident]:
    """Where something of the message is recorded, locked in one order."""
    named = tx.incidents.with_message(request.workspace, request.channel, request.message)
    return [found for each in named if (found := tx.incidents.lock(request.workspace, each))]


def _of(tx: Tx, incident: Incident, request: Request) -> list[Entry]:
    """The standing entries of the message in their first words, newest first."""
    told = tx.incidents.entries_of(incident, request.channel, request.message)
    return [each for each in reversed(told) if _stands(each)]


def _withdrawn(
    tx: Tx, incident: Incident, request: Request, entries: list[Entry], *, gone: bool = False
) -> None:
    """Take entries back, the newest first, for it may rest on an older one."""
    for each in entries:
        record = tx.incidents.record(incident.workspace, incident.id)
        if record is not None:
            _amended(tx, record.incident, withdraw(record, each, request.at), request)
    if entries and not gone and not _of(tx, incident, request):
        tx.deliveries.plan(marking_owed.unmark(request), request.at)


def _amended(tx: Tx, incident: Incident, change: Change, request: Request) -> None:
    tx.incidents.save(incident, change)
    for planned in marking_owed.following(incident, change, request):
        tx.deliveries.plan(planned, request.at)
    if incident.channel:
        for planned in timing_owed.amended(tx, incident, change.after, request.at):
            tx.deliveries.plan(planned, request.at)
    for look in signals_owed.following(incident, change, request):
        tx.deliveries.plan(look, request.at)


def _followed(
    tx: Tx, incident: Incident, request: Request, telling: Telling | None, text: Written
) -> Done | None:
    """What was marked gets the new words; what was said too, or is taken back and said anew."""
    told = _of(tx, incident, request)
    said = [each for each in told if not each.author]
    for each in told:
        if each.author:
            _corrected(tx, incident, each, _as_marked(request, each, text))
    if telling is None:
        _withdrawn(tx, incident, request, said)
        return None
    if said and all(_says_the_same(incident, each, telling) for each in said):
        for each in said:
            _corrected(tx, incident, each, telling)
        return None
    _withdrawn(tx, incident, request, said, gone=True)
    here = tx.incidents.get(incident.workspace, incident.id)
    return None if here is None else _said_anew(tx, here, telling, shown=bool(told))


def _says_the_same(incident: Incident, entry: Entry, telling: Telling) -> bool:
    """The same word about the same thread: only the text is another."""
    if entry.kind.value != telling.said.word.value:
        return False
    if telling.said.number is None and not telling.said.title:
        return True
    around = thread_around(incident, telling)
    return around is not None and around.number == entry.investigation


def _as_marked(request: Request, entry: Entry, text: Written) -> Telling:
    return Telling(request, Said(Word(entry.kind.value), text.text), entry.at)


def _corrected(tx: Tx, incident: Incident, entry: Entry, telling: Telling) -> None:
    record = tx.incidents.record(incident.workspace, incident.id)
    if record is None:
        return
    now = next((each for each in record.standing if each.seq == entry.seq), entry)
    change = correct(record, now, telling)
    if change is not None:
        _amended(tx, record.incident, change, telling.request)


def _recorded(
    tx: Tx,
    incident: Incident,
    change: Change,
    done: Done,
    request: Request,
    *,
    shown: bool = False,
) -> Done:
    """Written like everything else; the message is an old one, and may show its mark already."""
    shown = shown or bool(_of(tx, incident, request))
    written(tx, incident, change, done, replace(request, message=""))
    if not shown:
        tx.deliveries.plan(marking_owed.mark(request), request.at)
    return done


def _said_anew(tx: Tx, incident: Incident, telling: Telling, *, shown: bool = False) -> Done:
    change, done = rules.record(incident, telling)
    return _recorded(tx, incident, change, done, telling.request, shown=shown)

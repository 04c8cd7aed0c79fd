"""Actions, timers and claims: what people answer to the questions that time asks.

Every answer is of somebody in the incident's own channel: a button is an entry point like any
other, so what it carries is looked up again and never believed.
"""

from datetime import datetime, timedelta
from typing import TypeVar

from bot.clock import Draws
from bot.deliveries.ports import Database
from bot.errors import Offer, Refusal
from bot.incidents import owed, rules, signals_owed, timing_owed
from bot.incidents.asked import Asking
from bot.incidents.choose import Telling, short
from bot.incidents.desk import Desk, written
from bot.incidents.grammar import Word, spoken
from bot.incidents.model import (
    Done,
    IncidentState,
    Kind,
)
from bot.incidents.ports import Tx
from bot.incidents.silence import Answer
from bot.incidents.timing_rules import (
    ASKED,
    NOT_ASKED,
    addressed,
    answered,
    check_second,
    here_now,
    host_asked,
    host_question,
    host_was_asked,
    next_thread,
    noted,
    reopen,
    running_one,
    set_by,
    settle,
    still_asked,
)
from bot.workspace.model import Permit, Person, Request, authorise, permits

TxT = TypeVar("TxT", bound=Tx)

MINUTES = (5, 10, 20, 30)
MORE_MINUTES = 10
A_MINUTE = timedelta(minutes=1)
REMEMBERED = 10_000


class Timing(Desk[TxT]):
    """Answers to the questions of time, and who is active."""

    def __init__(self, db: Database[TxT], draws: Draws) -> None:
        super().__init__(db, draws)
        self._noticed: dict[tuple[str, str, str, str], tuple[datetime, int]] = {}

    # -- actions -------------------------------------------------------------------------------

    async def due_by(self, request: Request, incident: str, number: int, minutes: int) -> Done:
        """Say by when an action should be done, counted from now."""
        by = request.at + timedelta(minutes=minutes)

        def work(tx: TxT) -> Done:
            here = here_now(tx, request, incident)
            change, done = set_by(here, request, number, by)
            asking = tx.askings.asking(here, timing_owed.OUTCOME, str(number))
            if asking is not None and asking.waits:
                settle(tx, change.after, asking, request, "running")
            return written(tx, here, change, done, request)

        return await self._run(request, work)

    async def still_running(self, request: Request, incident: str, number: int) -> Done:
        """It goes on; ask again later."""
        return await self.due_by(request, incident, number, MORE_MINUTES)

    async def ended(
        self, request: Request, incident: str, number: int, word: Word, then: int | None
    ) -> Done:
        """It worked, it failed, or it failed and another thread is next."""

        def work(tx: TxT) -> Done:
            here = here_now(tx, request, incident)
            told = spoken(word, next_thread(here, then))
            change, done = rules.record_with(
                here,
                Telling(request, told, request.at),
                lambda old, telling: rules.end_action(old, telling, running_one(old, number)),
            )
            return written(tx, here, change, done, request)

        return await self._run(request, work)

    # -- what can't be undone ------------------------------------------------------------------

    async def look(self, request: Request, incident: str, number: int, person: Person) -> str:
        """Ask somebody to look along; whom."""

        def work(tx: TxT) -> str:
            here = here_now(tx, request, incident)
            authorise(request.person, Permit.RECORD)
            asking, action = host_question(tx, here, number)
            check_second(action, person)
            settle(tx, here, asking, request, f"{ASKED}{person.id}")
            change = noted(here, request, Kind.LOOK, short(action.text, 200), action)
            change = addressed(change, person.id)
            seq = change.entries[0].seq
            written(tx, here, change, Done(change.after, Kind.LOOK), request)
            tx.deliveries.plan(
                owed.post(change.after, timing_owed.LOOK, request.at, number, seq), request.at
            )
            return person.name

        return await self._run(request, work)

    async def checked(self, request: Request, incident: str, number: int) -> None:
        """Somebody has checked what can't be undone."""

        def work(tx: TxT) -> None:
            here = here_now(tx, request, incident)
            authorise(request.person, Permit.RECORD)
            asking, action = host_question(tx, here, number)
            settle(tx, here, asking, request, "checked")
            text = f"Checked: {short(action.text, 200)}"
            change = noted(here, request, Kind.ANSWER, text, action)
            written(tx, here, change, Done(change.after, Kind.ANSWER), request)

        await self._run(request, work)

    async def host(self, request: Request, host: str) -> bool:
        """Somebody pasted what a shell says, where that was asked; False if it was talk."""
        if not request.thread or Permit.RECORD not in permits(request.person):
            return False
        # Most lines that name a host are talk; only where one was asked for it is worth a lock.
        where = (request.workspace, request.channel)
        if not await self._db.read(lambda tx: host_was_asked(tx, *where)):
            return False

        def work(tx: TxT) -> bool:
            here = tx.incidents.lock_by_channel(request.workspace, request.channel)
            if here is None:
                return False
            action = host_asked(tx, here, request)
            if action is None:
                return False
            change = noted(here, request, Kind.HOST, host[:200], action)
            written(tx, here, change, Done(change.after, Kind.HOST), request)
            seq = change.entries[0].seq
            compared = owed.post(change.after, timing_owed.COMPARED, request.at, action.number, seq)
            tx.deliveries.plan(compared, request.at)
            return True

        return await self._run(request, work)

    # -- claims, unsafe, back ------------------------------------------------------------------

    async def known_now(
        self, request: Request, incident: str, unknown: int, known: int, *, yes: bool
    ) -> None:
        """Whoever said unknown says whether it is known now."""

        def work(tx: TxT) -> None:
            here = here_now(tx, request, incident)
            authorise(request.person, Permit.RECORD)
            asking = still_asked(tx, here, timing_owed.READBACK, f"{unknown}-{known}")
            if asking.asked_of != request.person.id:
                raise Refusal("Only whoever said that can answer this. Nothing changed.")
            settle(tx, here, asking, request, "known" if yes else "unknown")
            said = [each.text for each in tx.incidents.claims(here) if each.number == unknown]
            now = "Known now" if yes else "Still not known"
            change = noted(here, request, Kind.ANSWER, f"{now}: {''.join(said)[:900]}")
            written(tx, here, change, Done(change.after, Kind.ANSWER), request)

        await self._run(request, work)

    async def answer_unsafe(
        self, request: Request, incident: str, seq: int, *, stopped: bool
    ) -> None:
        """A stop sign is answered: go on, or stopped."""

        def work(tx: TxT) -> None:
            here = here_now(tx, request, incident)
            authorise(request.person, Permit.RECORD)
            asking = still_asked(tx, here, owed.UNSAFE, str(seq))
            settle(tx, here, asking, request, "stopped" if stopped else "go_on")
            text = "Unsafe: stopped" if stopped else "Unsafe: answered, go on"
            change = noted(here, request, Kind.ANSWER, text)
            written(tx, here, change, Done(change.after, Kind.ANSWER), request)

        await self._run(request, work)

    async def back(self, request: Request, incident: str, stamp: str, *, again: bool) -> None:
        """A symptom after resolve: it is back, or it was expected."""

        def work(tx: TxT) -> None:
            here = here_now(tx, request, incident)
            authorise(request.person, Permit.STEER)
            asking = still_asked(tx, here, timing_owed.BACK, stamp)
            if here.state is not IncidentState.RESOLVED:
                raise Refusal(NOT_ASKED)
            settle(tx, here, asking, request, "reopen" if again else "expected")
            if again:
                change, done = reopen(here, request, "")
            else:
                change = noted(here, request, Kind.ANSWER, "Back? Expected")
                done = Done(change.after, Kind.ANSWER)
            written(tx, here, change, done, request)

        await self._run(request, work)

    async def reopen(self, request: Request, text: str, *, incident: str = "") -> Done:
        """It is not over after all."""
        return await self._decide(
            request, lambda old: reopen(old, request, text), Offer("", "reopen", text), incident
        )

    # -- command -------------------------------------------------------------------------------

    async def silent_commander(self, request: Request, incident: str, answer: Answer) -> None:
        """What a silent commander says; only they were asked."""

        def work(tx: TxT) -> None:
            here = here_now(tx, request, incident)
            asking = tx.askings.asking(here, timing_owed.SILENCE, request.person.id)
            if asking is None or here.commander != request.person.id:
                raise Refusal("You do not hold command here, so nothing changed.")
            tx.askings.put(here, answered(asking, request, answer.value))
            if answer is Answer.TAKE_OVER:
                once = timing_owed.silence(here, request.at, "once")
                tx.deliveries.plan(once, request.at)

        await self._run(request, work)

    async def take_over(self, request: Request, incident: str) -> Done:
        """Take command, as was offered; one press of whoever had it takes it back."""

        def work(tx: TxT) -> Done:
            here = here_now(tx, request, incident)
            offer = still_asked(tx, here, timing_owed.SILENCE_OFFER, request.person.id)
            change, done = rules.take_command(here, request)
            tx.askings.put(here, answered(offer, request, "taken"))
            about = str(change.after.version)
            had = Asking(timing_owed.TAKEN_OVER, about, request.at, here.commander)
            tx.askings.put(here, had)
            return written(tx, here, change, done, request)

        return await self._run(request, work)

    async def not_now(self, request: Request, incident: str) -> None:
        """They were offered command and would rather not; nobody hears of it."""

        def work(tx: TxT) -> None:
            here = here_now(tx, request, incident)
            offer = still_asked(tx, here, timing_owed.SILENCE_OFFER, request.person.id)
            tx.askings.put(here, answered(offer, request, "not_now"))

        await self._run(request, work)

    async def take_back(self, request: Request, incident: str, version: str) -> Done:
        """Take command back from whoever took it meanwhile."""

        def work(tx: TxT) -> Done:
            here = here_now(tx, request, incident)
            asking = still_asked(tx, here, timing_owed.TAKEN_OVER, version)
            if asking.asked_of != request.person.id:
                raise Refusal(
                    "Only whoever had command takes it back with this. Nothing changed.",
                    offers=(Offer("Take command", "command"),),
                )
            change, done = rules.take_command(here, request)
            settle(tx, change.after, asking, request, "back")
            return written(tx, here, change, done, request)

        return await self._run(request, work)

    # -- who is active -------------------------------------------------------------------------

    async def notice(
        self, workspace: str, channel: str, person: str, thread: str, at: datetime, lines: int
    ) -> None:
        """Somebody was active; written at most once a minute for each place they are in.

        What is counted in between is kept in memory: a crash loses a minute of counting, and no
        word, for none is kept.
        """
        place = (workspace, channel, person, thread)
        last, counted = self._noticed.get(place, (None, 0))
        counted += lines
        if last is not None and at - last < A_MINUTE:
            self._noticed[place] = (last, counted)
            return
        incident = await self._db.read(lambda tx: tx.incidents.id_of_channel(workspace, channel))
        if incident is None:
            return

        def work(tx: TxT) -> None:
            tx.activity.seen(incident, person, thread, at, counted)
            tx.deliveries.plan(signals_owed.look_after_talk(workspace, incident, at), at)

        await self._db.run(work)
        if len(self._noticed) >= REMEMBERED:
            self._noticed.clear()
        self._noticed[place] = (at, 0)

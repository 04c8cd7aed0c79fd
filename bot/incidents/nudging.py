"""Nudging: what people answer to a question that a signal made, and how it is said to them.

Every answer comes by a button: what it carries is looked up again and never believed. A question
in the channel is answered there; one that was asked of one person, by that person alone.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeVar

import bot.incidents.ports
from bot.errors import Refusal
from bot.incidents import nudges_owed, owed, rules, steer, timing_owed
from bot.incidents.desk import Desk, written
from bot.incidents.grammar import Word
from bot.incidents.model import Change, Done, Incident, Kind
from bot.incidents.nudges import found_useless, switched_off
from bot.incidents.nudges_answers import (
    CHECKED,
    RESTS,
    about,
    already,
    answer,
    answerable,
    check,
    check_recruit,
    from_the_channel,
    may_know,
    reason_of,
    said,
)
from bot.incidents.nudges_model import Asked, Judged, Nudge, NudgeOutcome, Rung
from bot.incidents.ports import Tx
from bot.incidents.signals_model import Signal
from bot.incidents.starters import STARTERS
from bot.incidents.timing_rules import ELSEWHERE, NOT_ASKED, addressed, noted, set_by, settle
from bot.workspace.model import Person, Request
from bot.workspace.settings import WorkspaceSettings

TxT = TypeVar("TxT", bound=Tx)


class NudgeMessenger(bot.incidents.ports.Messenger, Protocol):
    """What nudging needs beyond the rest. Every method raises SendFailed."""

    async def post_card(self, asked: Asked, key: str) -> str:
        """A new message at the bottom of the channel; its ts. The key goes along as metadata."""
        ...

    async def ask_one(self, asked: Asked) -> tuple[str, str]:
        """A direct message to `asked.nudge.asked_of`: whoever commands (Rung.COMMANDER), or an
        outsider (Rung.OUTSIDER). Where it stands: the channel of the direct message, and its ts."""
        ...

    async def ask_long_haul(self, incident: Incident, person: str, signal: Signal) -> None:
        """To that person alone, and no trace of it anywhere else."""
        ...

    async def tell_recruited(self, asked: Asked, person: str, by: str) -> None:
        """Only they see it, in the channel: they were asked by name to look at this."""
        ...

    async def show_nudge(self, asked: Asked) -> None:
        """Bring a question that was shown up to date, in `nudge.channel` (or the incident's) at
        `nudge.message`: its buttons while it `stands` (a *not useful* of one person is said on it),
        else one line that says what became of it."""
        ...


Decide = Callable[[Incident, Nudge, Request], tuple[Change, Done]]


class Nudging(Desk[TxT]):
    """Answers to questions. Each raises Refusal; `Done.told` says what came of it."""

    async def asked(self, request: Request, incident: str, number: int) -> Asked:
        """The question as it stands, for a form or a menu."""

        def look(tx: TxT) -> Asked:
            found = tx.incidents.get(request.workspace, incident)
            shown = nudges_owed.shown(tx, found, number) if found else None
            if found is None or shown is None:
                raise Refusal(ELSEWHERE)
            check(tx, request, found, shown.nudge)
            return shown

        return await self._db.read(look)

    # -- I'll look at … ----------------------------------------------------------------------------

    async def take_idea(self, request: Request, incident: str, number: int, starter: str) -> Done:
        """I'll look at …: open a thread for a starter (`Starter.key`), and own it."""
        label = next((each.label for each in STARTERS if each.key == starter), None)
        if label is None:
            raise Refusal(ELSEWHERE)
        return await self.open_thread(request, incident, number, label)

    async def take_thread(self, request: Request, incident: str, number: int, thread: int) -> Done:
        """I'll look at …: own a thread that is open."""
        return await self._acts(
            request, incident, number, lambda old, _, asker: rules.take_thread(old, asker, thread)
        )

    async def open_thread(self, request: Request, incident: str, number: int, text: str) -> Done:
        """I'll look at something else: open a thread for that idea."""
        return await self._says(request, incident, number, lambda _: (Word.THREAD, None), text)

    async def set_time(
        self, request: Request, incident: str, number: int, action: int, minutes: int
    ) -> Done:
        """Say by when an action should be done, counted from now."""
        by = request.at + timedelta(minutes=minutes)

        def work(tx: TxT) -> Done:
            here, nudge, asker = answerable(tx, request, incident, number)
            change, done = set_by(here, asker, action, by)
            asking = tx.askings.asking(here, timing_owed.OUTCOME, str(action))
            if asking is not None and asking.waits:
                settle(tx, change.after, asking, asker, "running")
            written(tx, here, change, done, asker)
            answer(tx, change.after, nudge, asker, NudgeOutcome.ACTED)
            return done

        return await self._run(request, work)

    async def recruit(self, request: Request, incident: str, number: int, person: Person) -> Done:
        """Ask somebody by name to look: they are let into the channel."""

        def work(tx: TxT) -> Done:
            here, nudge, asker = answerable(tx, request, incident, number)
            comes = check_recruit(tx, here, asker, person)
            change = addressed(noted(here, asker, Kind.LOOK, about(nudge)), person.id)
            done = Done(change.after, Kind.LOOK, told=f"Asked @{person.id} to look.")
            written(tx, here, change, done, asker)
            now, after = asker.at, change.after
            if comes:
                tx.deliveries.plan(owed.step(after, owed.INVITE, "invite", now, person.id), now)
            told = nudges_owed.recruit(after, nudge, person.id, asker.person.id, now)
            tx.deliveries.plan(told, now)
            answer(tx, after, nudge, asker, NudgeOutcome.ACTED)
            return done

        return await self._run(request, work)

    async def come(self, request: Request, incident: str, number: int) -> Done:
        """An outsider looks: they are let into the channel."""

        def work(tx: TxT) -> Done:
            here, nudge, asker = answerable(tx, request, incident, number)
            if nudge.rung is not Rung.OUTSIDER or not here.channel or here.channel_lost:
                raise Refusal(ELSEWHERE)
            invited = owed.step(here, owed.INVITE, "invite", asker.at, asker.person.id)
            tx.deliveries.plan(invited, asker.at)
            answer(tx, here, nudge, asker, NudgeOutcome.ACTED)
            where = f"#{here.channel_name}" if here.channel_name else "its channel"
            return Done(here, Kind.LOOK, told=f"Thank you. You will be in {where} in a moment.")

        return await self._run(request, work)

    # -- what there is to say ----------------------------------------------------------------------

    async def give_reason(self, request: Request, incident: str, number: int, text: str) -> Done:
        """Why it is as it is: kept as `decided:`; of an idea that is back, as `for:`."""
        return await self._says(request, incident, number, reason_of, text)

    async def checked(self, request: Request, incident: str, number: int) -> Done:
        """Already checked; what a word of ours says of it is kept as that word."""

        def work(tx: TxT) -> Done:
            here, nudge, asker = answerable(tx, request, incident, number)
            after = here
            for signal in nudge.signals:
                change, done = already(after, signal, asker)
                after = written(tx, after, change, done, asker).incident
            answer(tx, after, nudge, asker, NudgeOutcome.ANSWERED)
            return Done(after, Kind.ANSWER, told=CHECKED)

        return await self._run(request, work)

    async def later(self, request: Request, incident: str, number: int) -> Done:
        """Later: its signals rest for `Nudge.snooze`."""

        def say(nudge: Nudge, here: Incident) -> Done:
            minutes = round(nudge.snooze.total_seconds() / 60)
            return Done(here, Kind.ANSWER, told=f"I ask about that again in {minutes} minutes.")

        return await self._settles(request, incident, number, NudgeOutcome.SNOOZED, say)

    async def not_useful(self, request: Request, incident: str, number: int) -> Done:
        """Not useful: the first press lets it rest for 30 minutes, a second person's mutes it."""

        def work(tx: TxT) -> Done:
            here, nudge, asker = answerable(tx, request, incident, number)
            if asker.person.id in nudge.not_useful:
                raise Refusal("You said so already. A second person mutes it. Nothing changed.")
            useless = found_useless(tx.nudges.nudges(here), nudge, asker.person.id, asker.at)
            nudges_owed.keep(tx, here, useless, asker.at)
            muted = useless.outcome is NudgeOutcome.MUTED
            told = "Muted here: two of you find it not useful." if muted else RESTS
            return Done(here, Kind.ANSWER, told=told)

        return await self._run(request, work)

    async def decline(self, request: Request, incident: str, number: int) -> Done:
        """Whoever was asked alone would rather not; nobody hears of it."""

        def say(nudge: Nudge, here: Incident) -> Done:
            if not nudge.asked_of:
                raise Refusal(NOT_ASKED)
            return Done(here, Kind.ANSWER, told="All right. Nobody hears of it.")

        return await self._settles(request, incident, number, NudgeOutcome.DECLINED, say)

    # -- off and on --------------------------------------------------------------------------------

    async def stop_asking(self, request: Request, incident: str) -> Done:
        """No questions here any more; for whoever commands."""
        return await self._quiet(request, incident, on=True)

    async def ask_again(self, request: Request, incident: str) -> Done:
        """Questions are on again; for whoever commands."""
        return await self._quiet(request, incident, on=False)

    async def off(self, workspace: str) -> tuple[Judged, ...]:
        """What is off by default in a workspace, since too few found it useful; with figures."""

        def look(tx: TxT) -> tuple[Judged, ...]:
            settings: WorkspaceSettings = tx.settings.get(workspace)
            return switched_off(tx.nudges.judged(workspace), settings)

        return await self._db.read(look)

    # -- how an answer is taken --------------------------------------------------------------------

    async def _quiet(self, request: Request, incident: str, *, on: bool) -> Done:
        def work(tx: TxT) -> Done:
            here = tx.incidents.lock(request.workspace, incident)
            if here is None or not may_know(tx, request, here):
                raise Refusal(ELSEWHERE)
            asker = from_the_channel(request, here)
            change, done = steer.set_quiet(here, asker, on=on)
            return written(tx, here, change, done, asker)

        return await self._run(request, work)

    async def _acts(
        self,
        request: Request,
        incident: str,
        number: int,
        decide: Decide,
        outcome: NudgeOutcome = NudgeOutcome.ACTED,
    ) -> Done:
        def work(tx: TxT) -> Done:
            here, nudge, asker = answerable(tx, request, incident, number)
            change, done = decide(here, nudge, asker)
            written(tx, here, change, done, asker)
            answer(tx, change.after, nudge, asker, outcome)
            return done

        return await self._run(request, work)

    async def _says(
        self,
        request: Request,
        incident: str,
        number: int,
        how: Callable[[Nudge], tuple[Word, int | None]],
        text: str,
    ) -> Done:
        """Something goes on the record in their words, as if they had typed it."""

        def decide(old: Incident, nudge: Nudge, asker: Request) -> tuple[Change, Done]:
            word, line = how(nudge)
            return said(old, asker, word, text, line)

        return await self._acts(request, incident, number, decide)

    async def _settles(
        self,
        request: Request,
        incident: str,
        number: int,
        outcome: NudgeOutcome,
        say: Callable[[Nudge, Incident], Done],
    ) -> Done:
        """Nothing goes on the record: only the question is answered."""

        def work(tx: TxT) -> Done:
            here, nudge, asker = answerable(tx, request, incident, number)
            done = say(nudge, here)
            answer(tx, here, nudge, asker, outcome)
            return done

        return await self._run(request, work)

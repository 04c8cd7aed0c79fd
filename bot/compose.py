"""The composition root: builds every object once, and closes them in reverse."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

import handlers
from bot.clock import Clock, Draws
from bot.deliveries.model import Backlog
from bot.deliveries.ports import Sender
from bot.deliveries.service import Ledger, LedgerSettings
from bot.incidents import marking_senders
from bot.incidents.attending import Attending
from bot.incidents.attending_senders import AttendingSenders
from bot.incidents.marking import Marking
from bot.incidents.membership import Membership
from bot.incidents.nudges_senders import NudgeSenders
from bot.incidents.nudging import Nudging
from bot.incidents.searching import Searching
from bot.incidents.senders import IncidentSenders
from bot.incidents.service import Incidents
from bot.incidents.steering import Steering
from bot.incidents.steering_senders import SteeringSenders
from bot.incidents.timing import Timing
from bot.incidents.timing_senders import TimingSenders
from bot.incidents.viewing import Viewing
from bot.jobs import Scheduler, Tick, scheduler
from bot.meter import UNMETERED, Meter
from bot.sampling import asking_senders, planning
from bot.sampling.asking import Asking
from bot.sampling.exporting import Exporting
from bot.sampling.keeping import Keeping
from bot.sampling.quoting import Quoting
from bot.sampling.releasing import Releasing
from bot.sampling.reviewing import Reviewing
from bot.sampling.sealing import Vault
from bot.sampling.studies import Studies
from bot.sampling.tombstones import Tombstones
from bot.sampling.volunteering import Volunteering
from bot.workspace import retention
from bot.workspace.model import Workspace
from bot.workspace.service import Directory, Settings
from bot.workspace.teams_service import Teams
from handlers.app import make_app, who_am_i
from handlers.attending_messenger import SlackAttending
from handlers.dialogs import Dialogs
from handlers.http import HttpHandler, Listening
from handlers.inbox import Inbox
from handlers.lines import Lines
from handlers.messenger import SlackMessenger, SlackPeople
from handlers.nudges_messenger import SlackNudges
from handlers.sampling_messenger import SlackSampling
from handlers.services import Services
from handlers.slack import Slack, make_session
from handlers.socket import SocketHandler
from handlers.steering_messenger import SlackSteering
from handlers.teams import SlackTeams
from handlers.timing_messenger import SlackAsker
from storage.engine import SqlDatabase
from storage.tx import Tx

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 10.0
TAKE_BACK_SECONDS = 20.0
# Events tell of every change; this finds what was missed while nobody listened.
TEAMS_SECONDS = 6 * 3600.0
KEEPING_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the bot is built from. `sockets` connections, so that a refresh loses nothing; none in
    HTTP mode, which is on where `http` is given.

    keep: days to keep a kind of data, where the operator chose; see `bot.workspace.retention`.
    study_key: what studies are sealed with; without it there is no sampling. tombstones: the file
    that says who was erased. backup_days: after how long backups are deleted, as promised.
    """

    bot_token: str
    app_token: str
    api_url: str
    database_url: str
    prefix: str = ""
    sockets: int = 2
    ticking: bool = True
    run_twice: bool = False
    http: Listening | None = None
    meter: Meter = UNMETERED
    keep: Mapping[str, int] = field(default_factory=dict)
    study_key: bytes | None = field(default=None, repr=False)
    tombstones: Path | None = None
    backup_days: int = 30
    ledger: LedgerSettings = field(default_factory=LedgerSettings)


@dataclass(frozen=True, slots=True)
class Bot:
    """The running bot, as its drivers and tests see it."""

    workspace: Workspace
    db: SqlDatabase
    ledger: Ledger[Tx]
    incidents: Incidents[Tx]
    directory: Directory[Tx]
    sockets: tuple[SocketHandler, ...]
    http: HttpHandler | None = None

    @property
    def last_envelope(self) -> float | None:
        """Machine time of the last envelope or request, whichever way it came."""
        came = [each.last_envelope for each in self.sockets]
        came += [self.http.last_envelope] if self.http else []
        return max((each for each in came if each is not None), default=None)

    async def backlog(self, now: datetime, deadline: float) -> Backlog:
        """What the ledger owes. Raises TooLate at `deadline`, of machine time."""
        ours = (self.workspace.id,)
        return await self.db.read(lambda tx: tx.deliveries.backlog(ours, now), deadline=deadline)


@asynccontextmanager
async def running(wiring: Wiring, clock: Clock, draws: Draws) -> AsyncIterator[Bot]:
    """The whole bot, connected; closed in reverse on the way out."""
    async with AsyncExitStack() as stack:
        db = SqlDatabase(
            wiring.database_url,
            clock,
            draws,
            run_twice=wiring.run_twice,
            meter=wiring.meter,
            vault=Vault(wiring.study_key),
        )
        stack.callback(db.close)
        session = await stack.enter_async_context(make_session())
        slack = Slack(wiring.api_url, lambda _workspace: wiring.bot_token, session)
        directory = Directory(db, SlackPeople(slack), clock)
        workspace = await _ours(slack, directory)
        ledger = _ledger(wiring, db, slack, directory, workspace, clock, draws)
        keeping = Keeping(db, draws, Tombstones(wiring.tombstones))
        await keeping.begin()
        await planning.wake(db, workspace.id, clock.now())
        incidents = Incidents(db, draws)
        teams = Teams(db, SlackTeams(slack))
        await teams.refresh(workspace.id)
        app = make_app(wiring.bot_token, wiring.api_url, session, workspace)
        inbox = Inbox(directory.person, slack, clock, _receipts(db), wiring.prefix)
        dialogs = Dialogs(directory.person, slack, clock)
        volunteering = Volunteering(db, draws, wiring.backup_days, keeping.bury)
        services = _services(
            wiring.prefix,
            db,
            draws,
            inbox,
            dialogs,
            directory,
            incidents,
            teams=teams,
            volunteering=volunteering,
        )
        handlers.register(app, services, clock.monotonic)
        if wiring.ticking:
            look = partial(teams.refresh, workspace.id)
            keep = _keep(keeping, workspace, clock)
            await _start_ticking(stack, wiring, db, ledger, clock, look, keep)
        http, sockets = await _reachable(stack, wiring, Lines(app, wiring.api_url, session, clock))
        yield Bot(workspace, db, ledger, incidents, directory, sockets, http)


async def _reachable(
    stack: AsyncExitStack, wiring: Wiring, lines: Lines
) -> tuple[HttpHandler | None, tuple[SocketHandler, ...]]:
    """Over HTTP or over sockets; never over both, for Slack uses one."""
    if wiring.http is not None:
        listening = lines.listening(wiring.http, wiring.meter)
        return await stack.enter_async_context(listening), ()
    connected = lines.connected(wiring.app_token, wiring.sockets, wiring.meter)
    return None, await stack.enter_async_context(connected)


def _services(
    prefix: str,
    db: SqlDatabase,
    draws: Draws,
    inbox: Inbox,
    dialogs: Dialogs,
    directory: Directory[Tx],
    incidents: Incidents[Tx],
    *,
    teams: Teams[Tx],
    volunteering: Volunteering[Tx],
) -> Services:
    return Services(
        inbox=inbox,
        directory=directory,
        incidents=incidents,
        marking=Marking(db, draws),
        timing=Timing(db, draws),
        asking=Asking(db, draws),
        exporting=Exporting(db, draws),
        quoting=Quoting(db, draws),
        releasing=Releasing(db, draws),
        reviewing=Reviewing(db, draws),
        studies=Studies(db, draws),
        attending=Attending(db, draws),
        dialogs=dialogs,
        membership=Membership(db),
        nudging=Nudging(db, draws),
        searching=Searching(db),
        settings=Settings(db),
        steering=Steering(db, draws),
        teams=teams,
        viewing=Viewing(db, draws),
        volunteering=volunteering,
        prefix=prefix,
    )


def _receipts(db: SqlDatabase) -> Callable[[str, str], Awaitable[None]]:
    async def take(workspace: str, key: str) -> None:
        await db.run(lambda _: None, once=(workspace, key))

    return take


async def _ours(slack: Slack, directory: Directory[Tx]) -> Workspace:
    """The workspace our token belongs to, as Slack names it; kept for what it has counted."""
    team, name, bot_user = await who_am_i(slack)
    known = await directory.workspace(team)
    ours = Workspace(team, name, bot_user, known.channel_prefix if known else "inc")
    await directory.save(ours)
    return ours


def _ledger(
    wiring: Wiring,
    db: SqlDatabase,
    slack: Slack,
    directory: Directory[Tx],
    workspace: Workspace,
    clock: Clock,
    draws: Draws,
) -> Ledger[Tx]:
    settings = Settings(db)

    async def prefix_of(workspace: str) -> str:
        return (await settings.of(workspace)).channel_prefix

    messenger = SlackMessenger(slack, directory.person, wiring.prefix)
    senders = _merged(
        IncidentSenders[Tx](db, messenger, clock.now, prefix_of).table(),
        marking_senders.table(messenger),
        SteeringSenders[Tx](db, SlackSteering(slack, directory.person), clock.now).table(),
        TimingSenders[Tx](db, SlackAsker(slack, directory.person), clock.now).table(),
        NudgeSenders[Tx](db, SlackNudges(slack, directory.person), draws).table(),
        AttendingSenders[Tx](
            db, SlackAttending(slack, directory.person, wiring.prefix), clock.now, directory.person
        ).table(),
        asking_senders.table(
            db, SlackSampling(slack, directory.person, wiring.prefix), clock.now, draws
        ),
    )
    ledger = Ledger[Tx](db, senders, lambda: (workspace.id,), clock, draws, wiring.ledger)
    db.on_planned = from_any_thread(ledger.wake)
    return ledger


def _merged(*tables: Mapping[str, Sender[Tx]]) -> dict[str, Sender[Tx]]:
    """One sender a purpose: of two, one would be dead code that looks alive."""
    merged: dict[str, Sender[Tx]] = {}
    for table in tables:
        if twice := merged.keys() & table.keys():
            raise ValueError(f"two senders for {sorted(twice)}")
        merged |= table
    return merged


def from_any_thread(wake: Callable[[], None]) -> Callable[[], None]:
    """Commits happen in the database's threads; an asyncio event belongs to the loop's."""
    loop = asyncio.get_running_loop()
    return lambda: _hand_over(loop, wake)


def _hand_over(loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> None:
    # A commit may end after the loop does, on the way out; then nobody is left to wake.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(wake)


async def _start_ticking(
    stack: AsyncExitStack,
    wiring: Wiring,
    db: SqlDatabase,
    ledger: Ledger[Tx],
    clock: Clock,
    teams: Callable[[], Awaitable[None]],
    keep: Callable[[], Awaitable[None]],
) -> None:
    pump = asyncio.create_task(ledger.pump(), name="ledger")
    ticks = scheduler(
        (
            *_ticks(wiring, db, ledger, clock),
            Tick("teams", TEAMS_SECONDS, teams),
            Tick("keeping", KEEPING_SECONDS, keep),
        )
    )
    ticks.start()
    stack.push_async_callback(_stop_ticking, ticks, ledger, pump)


def _ticks(wiring: Wiring, db: SqlDatabase, ledger: Ledger[Tx], clock: Clock) -> tuple[Tick, ...]:
    keeps = retention.kept(wiring.keep)

    async def claim() -> None:
        ledger.wake()

    async def sweep() -> None:
        await retention.sweep(db, keeps, clock.now())

    async def take_back() -> None:
        await ledger.sweep()

    return (
        Tick("claim", 1.0, claim),
        Tick("take back", TAKE_BACK_SECONDS, take_back),
        Tick("sweep", 3600.0, sweep),
    )


def _keep(
    keeping: Keeping[Tx], workspace: Workspace, clock: Clock
) -> Callable[[], Awaitable[None]]:
    async def keep() -> None:
        await keeping.sweep(workspace.id, clock.now())

    return keep


async def _stop_ticking(ticks: Scheduler, ledger: Ledger[Tx], pump: "asyncio.Task[None]") -> None:
    ticks.shutdown(wait=False)
    ledger.stop()
    try:
        await asyncio.wait_for(pump, DRAIN_SECONDS)
    except TimeoutError:
        log.warning("ledger.drain_timeout")

"""The bot in a process of its own: `parallax run` by an operator's settings, in either mode.

Slack is at another address and below a path of its own. The people stay here, and what journeys
look up in the record is read here, too, by services of our own on the same database.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import Draws, SteppedClock
from bot.compose import Bot, Wiring
from bot.config import PREFIX, Mode
from bot.deliveries.service import Ledger
from bot.incidents.service import Incidents
from bot.sampling.sealing import Vault
from bot.sandbox.workspace import Sandbox
from bot.workspace.model import Person
from bot.workspace.service import Directory
from handlers.manifest import EVENTS_PATH
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.journeys.forks import PATIENCE_SECONDS, Forks, Replica, replica
from tests.journeys.lodging import SOCKETS, Json, Lodger
from tests.journeys.outside import free_port

ELSEWHERE = "/a/prefix/of/theirs"
UNANSWERED_SECONDS = 0.5
PATIENT_ACK_SECONDS = 15.0


class ToldClock(SteppedClock):
    """The bot is told of every step, before anything that follows from it happens."""

    replica: Replica | None = None

    def advance(self, to: datetime) -> None:
        if self.replica is not None:
            self.replica.tells({"now": to.isoformat()})
        super().advance(to)


class Apart:
    """In a process of its own, in one of the two modes."""

    def __init__(self, forks: Forks, mode: Mode) -> None:
        self._forks = forks
        self._mode = mode

    def clock(self, start: datetime) -> SteppedClock:
        return ToldClock(start)

    async def opens(self, sandbox: Sandbox) -> None:
        await sandbox.start(host=loopback("127.0.0.2"), prefix=ELSEWHERE)
        # Two processes wait for each other's turn, which on a busy machine comes late.
        sandbox.hub.ack_timeout = PATIENT_ACK_SECONDS

    @asynccontextmanager
    async def lodges(
        self, sandbox: Sandbox, wiring: Wiring, clock: SteppedClock, draws: Draws
    ) -> AsyncIterator[Lodger]:
        assert isinstance(clock, ToldClock)
        host = loopback("127.0.0.3")
        port, watch = free_port(host), free_port(host)
        settings = self._settings(sandbox, wiring)
        settings |= {"host": host, "port": str(port)}
        settings |= {"metrics_host": host, "metrics_port": str(watch)}
        with TemporaryDirectory() as home:
            settings["tombstones"] = str(wiring.tombstones or Path(home) / "tombstones")
            async with replica(self._forks, _request(settings, wiring, clock)) as process:
                clock.replica = process
                await self._reached(sandbox, f"http://{host}:{port}{EVENTS_PATH}")
                async with _reading(wiring, sandbox.team_id, clock, draws, process) as bot:
                    yield _There(bot, sandbox, process, f"http://{host}:{watch}")
                clock.replica = None
                await process.ends()
                await _forgotten(sandbox)

    def _settings(self, sandbox: Sandbox, wiring: Wiring) -> dict[str, str]:
        """Each mode has the secrets it needs and no others."""
        settings = {
            "bot_token": wiring.bot_token,
            "database_url": wiring.database_url,
            "slack_api_url": wiring.api_url,
            "command_prefix": wiring.prefix,
            "mode": self._mode.value,
        }
        if wiring.study_key:
            settings |= {"study_key": wiring.study_key.hex()}
        if self._mode is Mode.HTTP:
            return settings | {"signing_secret": sandbox.signing_secret}
        return settings | {"app_token": sandbox.app_token}

    async def _reached(self, sandbox: Sandbox, url: str) -> None:
        if self._mode is Mode.HTTP:
            await sandbox.use_http(url)
        else:
            await sandbox.connected(SOCKETS)


def loopback(wanted: str) -> str:
    """That address of this machine; the usual one where it has no other.

    Calls go out from the usual one, so that no call takes a port elsewhere that a bot is to have.
    """
    with socket.socket() as one:
        try:
            one.bind((wanted, 0))
        except OSError:
            return "127.0.0.1"
    return wanted


def _request(settings: Mapping[str, str], wiring: Wiring, clock: SteppedClock) -> Json:
    """See `replica`: what the operator set, and what a test needs besides."""
    return {
        "environment": {f"{PREFIX}{name.upper()}": value for name, value in settings.items()},
        "start": clock.now().isoformat(),
        "ledger": asdict(wiring.ledger),
    }


@asynccontextmanager
async def _reading(
    wiring: Wiring, team: str, clock: SteppedClock, draws: Draws, process: Replica
) -> AsyncIterator[Bot]:
    """What journeys look up, on the same database; it asks Slack nothing and sends nothing."""
    vault = Vault(wiring.study_key)
    db = SqlDatabase(wiring.database_url, clock, draws, run_twice=wiring.run_twice, vault=vault)
    try:
        directory = Directory[Tx](db, _Nobody(), clock)
        workspace = await directory.workspace(team)
        assert workspace is not None, "it began, and has not kept its workspace"
        yield Bot(workspace, db, _FarLedger(process), Incidents[Tx](db, draws), directory, ())
    finally:
        db.close()


class _Nobody:
    """Slack, for services that have no business with it."""

    async def fetch(self, workspace: str, person: str) -> Person:
        raise AssertionError(f"the bot has not kept who {person} is")


async def _forgotten(sandbox: Sandbox) -> None:
    """Return once the sandbox has noticed that nobody is connected any more."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        for each in list(sandbox.connections):
            await each.closed.wait()


class _FarLedger(Ledger[Tx]):
    """What journeys ask of the ledger, asked over there."""

    def __init__(self, process: Replica) -> None:
        self._process = process
        self._ahead = 0.0

    @property
    def seconds_ahead(self) -> float:
        return self._ahead

    @seconds_ahead.setter
    def seconds_ahead(self, seconds: float) -> None:
        self._ahead = seconds
        self._process.tells({"ahead": seconds})

    async def drain(self) -> int:
        return int(await self._process.asks("drain"))

    async def sweep(self) -> int:
        return int(await self._process.asks("sweep"))

    async def next_due(self) -> datetime | None:
        due = await self._process.asks("next_due")
        return datetime.fromisoformat(due) if due else None


@dataclass(slots=True)
class _There:
    bot: Bot
    sandbox: Sandbox
    process: Replica
    watch: str

    async def idle(self) -> None:
        seen = None
        while seen != (seen := self._happened()):
            await self.sandbox.idle()
            if not self.process.dies:
                await self.process.asks("quiet")

    def _happened(self) -> tuple[int, int]:
        tries = sum(each.attempts for each in self.sandbox.deliveries)
        return len(self.sandbox.calls), tries

    def is_cut_off_after_commits(self) -> None:
        """Killed, that is."""
        self.process.dies = True
        self.process.tells({"dies": True})

    async def loses_lines(self) -> None:
        await self.process.asks("lose_lines")

    async def loses_database(self) -> None:
        await self.process.asks("lose_database")

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[str]:
        yield self.watch

    async def takes(self, body: Json) -> str:
        # Half a character can be typed into JSON alone; on other ways it does not arrive as such.
        whole = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        try:
            # What is wrong is answered over HTTP only; on a socket there is silence.
            async with asyncio.timeout(UNANSWERED_SECONDS):
                answer = await self.sandbox.hub.ask(_kind(body), json.loads(whole))
        except TimeoutError:
            return ""
        return json.dumps(answer.payload) if answer.payload else ""

    def logged(self) -> list[Json]:
        return [_line(each) for each in self.process.logged().splitlines()]


def _kind(body: Json) -> str:
    """What Socket Mode calls it."""
    if "command" in body:
        return "slash_commands"
    return "events_api" if "event" in body else "interactive"


def _line(line: str) -> Json:
    """A line of the log as structlog's own capture has it.

    Libraries write plain lines, which nobody here sees of a bot inside; but none should crash.
    """
    try:
        said: Json = json.loads(line)
    except ValueError:
        return {"log_level": "error" if line.startswith("Traceback") else "plain", "event": line}
    return {"log_level": said.pop("level"), **said}

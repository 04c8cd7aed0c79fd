"""The sandbox itself: one workspace, its server and its sockets."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from bot.clock import Clock, Draws, SystemClock
from bot.sandbox.app import DEFAULT_EVENTS, DEFAULT_SCOPES, App
from bot.sandbox.busy import Busy
from bot.sandbox.connections import WARNING_SECONDS, Connection
from bot.sandbox.desk import Desk
from bot.sandbox.faults import Drop, Fault, Faults
from bot.sandbox.feed import Feed
from bot.sandbox.lines import Touched, nobody_listens
from bot.sandbox.mishaps import Kind, Mishap
from bot.sandbox.people import Person
from bot.sandbox.refusals import ApiError
from bot.sandbox.requests import RequestUrl
from bot.sandbox.server import HOST, Call, Server
from bot.sandbox.sockets import Delivery, Hub
from bot.sandbox.state import JSON, Channel, Message, User, Usergroup, Workspace, micros
from bot.sandbox.tiers import Tiers
from bot.sandbox.triggers import Triggers
from bot.sandbox.world import World


class Sandbox:
    """A Slack workspace on this machine.

    The real Bolt app connects over HTTP and a websocket on loopback:

        sandbox = Sandbox(clock, draws)
        await sandbox.start()
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url)
        ... AsyncApp(client=client, ...), AsyncSocketModeHandler(app, sandbox.app_token) ...
        ana = sandbox.person("ana", zone="Europe/Amsterdam")
        general = sandbox.channel("general", members=[ana], bot=True)
        reply = await ana.command("/incident", "checkout is slow", general)
        ts = await ana.says(general, "against: deploy was rolled back")
        await sandbox.idle()
        await sandbox.stop()

    State: `workspace` (users, channels, messages: plain dataclasses in `state`). Readers:
    `channel.lines()`, `.thread(ts)`, `.replies(ts)`, `.notices()`, `.find(ts)`,
    `.bot_line_count`, `.human_line_count`; `person.ephemerals(channel)`, `.modal`, `.home`,
    `.dm`; `sandbox.calls` (every request of the app, see `server.Call`), `sandbox.deliveries`
    (every event sent), `sandbox.refused` (acks that Slack would have refused).

    People (`sandbox.person(...)`, see `people.Person`): command, says, uploads, presses, selects,
    submits, closes, shortcut, message_shortcut, opens_home, dms, edits, deletes, reacts, unreacts,
    pins, joins, leaves, invites, invites_bot, removes_bot, creates, renames, archives, arrives,
    moves, goes. Acts with an answer give a `replies.Reply`; the others are events: await `idle()`.

    Instead of sockets, HTTP: `await use_http(url)`, signed with `signing_secret`.

    Trouble: `fault(...)`, `apply_late()`, `event_fault(...)`, `release_events()`, `drop()`,
    `disconnect(reason)`, `refresh()`, `redeliver(event_id)`, `grant(scopes)`,
    `workspace.forbid_channel_creation`, `workspace.holds_files`, `tiers.enforced`.

    Time: stamps, tiers and Retry-After follow `clock.now()`; acks, resends, triggers and
    response_urls follow machine time. `retries` and `ack_timeout` are machine seconds. An event
    that waits longer than `ack_timeout` for its next try does not keep `idle` waiting.
    """

    def __init__(
        self,
        clock: Clock,
        draws: Draws,
        team: str = "T0SANDBOX",
        name: str = "Sandbox",
        *,
        scopes: Iterable[str] = DEFAULT_SCOPES,
        events: Iterable[str] = DEFAULT_EVENTS,
        commands: Mapping[str, bool] | None = None,
        bot_name: str = "parallax",
        ack_timeout: float = 3.0,
        retries: tuple[float, ...] = (0.0, 60.0, 300.0),
        messages_tab: bool = True,
        messages_read_only: bool = False,
    ) -> None:
        self.workspace = Workspace(team, name, name.lower().replace(" ", "-"))
        app = replace(
            _installed(self.workspace, draws, bot_name),
            scopes=frozenset(scopes),
            events=frozenset(events),
            commands=commands,
            messages_tab=messages_tab,
            messages_read_only=messages_read_only,
        )
        self._people: dict[str, Person] = {}
        self._busy = Busy()
        self._faults = Faults()
        self.world = World(self.workspace, app, clock, draws)
        self.triggers = Triggers(clock, draws)
        self.tiers = Tiers()
        self.hub = Hub(app.app_id, draws, self._busy, ack_timeout, retries)
        self._desk = Desk(self.world, self.triggers, self.hub, self.tiers)
        self._server = Server(self._desk, self._faults, self._busy)
        self._feed = Feed(self.world, self.hub.publish)
        self.url = ""

    # -- running -------------------------------------------------------------------------------

    async def start(self, port: int = 0, host: str = HOST, prefix: str = "") -> None:
        """Listen on a loopback address, on a free port unless one is given; then `api_url` is set.

        `prefix`: a path such as "/slack" below which everything is.
        """
        bound = await self._server.start(port, host, prefix)
        self.url = f"http://{host}:{bound}{prefix}"
        self._desk.http_url = self.url
        self.world.emit = self._feed.offer

    async def stop(self) -> None:
        """Close sockets and server; raises the first error of the sandbox itself, if any."""
        self.world.emit = nobody_listens
        await self._desk.schedule.close()
        await self.hub.close()
        await self._server.stop()
        if self._server.defects:
            raise self._server.defects[0]

    async def connected(self, count: int = 1) -> None:
        """Return once the app holds at least so many sockets."""
        await self.hub.connected(count)

    async def idle(self) -> None:
        """Return once no envelope is unacknowledged and no call is in flight."""
        await self._busy.quiet()

    async def use_http(self, url: str | None) -> None:
        """Deliver to this request URL instead of sockets; None: to sockets again.

        Raises CannotAct if the app does not answer Slack's challenge.
        """
        wall = SystemClock().now
        target = RequestUrl(url, self.signing_secret, wall) if url is not None else None
        await self.hub.use(target)

    @property
    def app(self) -> App:
        return self.world.app

    @property
    def signing_secret(self) -> str:
        return self.app.signing_secret

    def grant(self, scopes: Iterable[str]) -> None:
        """Let the app have these scopes and no others from now on."""
        self.world.app = replace(self.app, scopes=frozenset(scopes))

    @property
    def api_url(self) -> str:
        """The base_url for slack_sdk."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        return self.app.bot_token

    @property
    def app_token(self) -> str:
        return self.app.app_token

    @property
    def bot_user_id(self) -> str:
        return self.app.bot_user_id

    @property
    def bot_id(self) -> str:
        return self.app.bot_id

    @property
    def team_id(self) -> str:
        return self.workspace.team_id

    # -- who and where -------------------------------------------------------------------------

    def person(
        self,
        name: str,
        *,
        zone: str = "UTC",
        real_name: str = "",
        email: str = "",
        admin: bool = False,
        guest: bool = False,
        team: str | None = None,
    ) -> Person:
        """The person with this handle, made if there is none; another `team`: a stranger.

        Nobody is told of a new one; `await person.arrives()` sends team_join.
        """
        if name not in self._people:
            user = User(
                id=self.workspace.new_id("U"),
                name=name,
                real_name=real_name or name.title(),
                team=team or self.team_id,
                tz=zone,
                is_guest=guest,
                is_admin=admin,
                stranger=team not in (None, self.team_id),
                email=email or f"{name}@example.com",
            )
            self.workspace.users[user.id] = user
            self._people[name] = Person(self._desk, user)
        return self._people[name]

    def channel(
        self,
        name: str,
        *,
        private: bool = False,
        members: Iterable[Person] = (),
        bot: bool = False,
    ) -> Channel:
        """The channel with this name, made if there is none; nobody is told.

        `members`, and the bot if `bot`, are put into it without a word.
        """
        found = self.workspace.channel_named(name)
        if found is None:
            found = Channel(
                id=self.workspace.new_id("C"),
                name=name,
                created=micros(self.world.clock.now()) // 1_000_000,
                creator="USLACKBOT",
                private=private,
                general=name == "general",
            )
            self.workspace.channels[found.id] = found
        for user in [*(person.id for person in members), *([self.bot_user_id] if bot else [])]:
            if user not in found.members:
                found.members.append(user)
        return found

    def usergroup(self, handle: str, *people: Person) -> Usergroup:
        """The team with this handle, made if there is none, with these people in it."""
        groups = self.workspace.usergroups
        found = next((g for g in groups.values() if g.handle == handle), None)
        if found is None:
            found = Usergroup(self.workspace.new_id("S"), handle, handle.title())
            groups[found.id] = found
        found.users = [person.id for person in people]
        return found

    def regroup(self, handle: str, *people: Person) -> Usergroup:
        """The same, and the app hears of it."""
        groups = self.workspace.usergroups.values()
        if not any(each.handle == handle for each in groups):
            self.world.tell_group("subteam_created", self.usergroup(handle))
        found = next(each for each in groups if each.handle == handle)
        self.world.regroup(found, [person.id for person in people])
        return found

    def message(self, ts: str) -> Message:
        """The message named `ts`, wherever it is; raises KeyError if there is none."""
        for channel in self.workspace.channels.values():
            found = channel.find(ts) or channel.find_ephemeral(ts)
            if found is not None:
                return found
        raise KeyError(ts)

    # -- what happened -------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Every request of the app so far; may be cleared."""
        return self._server.calls

    def on_call(self, hook: Callable[[Call], None] | None) -> None:
        """Have `hook` told of every request as it is answered."""
        self._server.on_call = hook

    def watched(self, by: Touched) -> None:
        """Have `by` told of every message that came or changed, and (None) of anything else."""
        self.world.touched = by
        self.hub.on_change = lambda: by(None)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every event sent to the app so far."""
        return self.hub.deliveries

    @property
    def refused(self) -> list[ApiError]:
        """Acks of the app that Slack would have refused."""
        return self._desk.refused

    # -- trouble -------------------------------------------------------------------------------

    def fault(
        self,
        method: str,
        *,
        times: int = 1,
        error: str | None = None,
        status: int | None = None,
        retry_after: int = 1,
        slow: float = 0.0,
        drop: Drop | None = None,
        applied: bool = False,
        where: Callable[[JSON], bool] | None = None,
        late: bool = False,
    ) -> None:
        """Let the next `times` calls of `method` go wrong; see `faults.Fault` for the ways."""
        fault = Fault(method, times, error, status, retry_after, slow, drop, applied, where, late)
        self._faults.add(fault)

    def apply_late(self) -> int:
        """Do what `late` calls asked for, now; how many there were."""
        return self._server.apply_late()

    def event_fault(
        self, kind: Kind, *, times: int = 1, where: Callable[[JSON], bool] | None = None
    ) -> None:
        """Let the next `times` events be lost, sent twice, or held until `release_events`."""
        self.hub.mishaps.add(Mishap(kind, times, where))

    def release_events(self, *, newest_first: bool = False) -> int:
        """Send the events that were held, in order or against it; how many there were."""
        return self.hub.release(newest_first=newest_first)

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self._faults.clear()
        self.hub.mishaps.clear()

    @property
    def connections(self) -> list[Connection]:
        """The open sockets of the app."""
        return self.hub.connections

    def drop(self, connection: Connection | None = None) -> None:
        """Cut one socket, or all, without a word."""
        self.hub.drop(connection)

    async def disconnect(
        self, reason: str = "refresh_requested", connection: Connection | None = None
    ) -> None:
        """Ask the app to reconnect: "warning", "refresh_requested", "link_disabled"."""
        await self.hub.disconnect(reason, connection)

    async def refresh(
        self, connection: Connection | None = None, ahead: float = WARNING_SECONDS
    ) -> None:
        """Replace one socket, or all: a warning, the request `ahead` seconds later, the close."""
        for asked in [connection] if connection else list(self.connections):
            await self.hub.refresh(asked, ahead)

    async def redeliver(self, event_id: str, connection: Connection | None = None) -> bool:
        """Send an event again under the same id; whether it was acknowledged again."""
        return await self.hub.redeliver(event_id, connection)


def _installed(workspace: Workspace, draws: Draws, bot_name: str) -> App:
    """The app with a bot of this name, its tokens and secret, and the usual grants."""
    bot = User(
        id=workspace.new_id("U"),
        name=bot_name,
        real_name=bot_name.title(),
        team=workspace.team_id,
        is_bot=True,
    )
    workspace.users[bot.id] = bot
    return App(
        app_id=workspace.new_id("A"),
        bot_user_id=bot.id,
        bot_id=workspace.new_id("B"),
        bot_token=f"xoxb-{draws.token()}",
        app_token=f"xapp-{draws.token()}",
        signing_secret=draws.token(),
        scopes=DEFAULT_SCOPES,
        events=DEFAULT_EVENTS,
    )

"""What no app can do over the wire: a person's acts, and the operator's hand.

The suite needs these two; the sandbox offers both, another server may offer neither, and the rules
that need them are then reported as not offered.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot.clock import SteppedClock
from bot.sandbox.connections import WARNING_SECONDS
from bot.sandbox.people import Person
from bot.sandbox.refusals import CannotAct
from bot.sandbox.replies import Reply
from bot.sandbox.state import View
from bot.sandbox.workspace import Sandbox
from tests.conformance.wire import Json


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person saw after an act. `failed`: an error instead of an answer."""

    text: str = ""
    failed: bool = False
    errors: dict[str, str] = field(default_factory=dict)


class People(Protocol):
    """One person in the room, and a second one who only looks."""

    async def command(self, text: str) -> Shown: ...
    async def says(self, text: str, thread: str | None = None) -> str: ...
    async def dms(self, text: str) -> bool:
        """Write to the bot; False if there is no box to write in."""
        ...

    async def edits(self, ts: str, text: str) -> None: ...
    async def deletes(self, ts: str) -> None: ...
    async def reacts(self, ts: str, name: str) -> None: ...
    async def joins(self, channel: str) -> None: ...
    async def shares(self, name: str, content: bytes) -> str: ...
    async def opens_home(self) -> None: ...
    async def presses(self, ts: str, action_id: str) -> Shown: ...
    async def presses_in_modal(self, action_id: str) -> Shown: ...
    async def submits(self, entries: Json) -> Shown: ...
    async def shortcut(self, callback_id: str) -> Shown: ...
    async def message_shortcut(self, callback_id: str, ts: str) -> Shown: ...
    def sees(self) -> list[str]:
        """The texts of the ephemeral messages on the person's screen."""
        ...

    def other_sees(self) -> list[str]: ...
    def reloads(self) -> None: ...
    def makes_team(self, handle: str) -> str:
        """A usergroup with the person in it; its id."""
        ...

    def modals(self) -> list[str]:
        """The titles of the open modals, the visible one last."""
        ...


class Operator(Protocol):
    """Whoever runs the server: grants, clocks, and trouble."""

    signing_secret: str
    waits: tuple[float, ...]
    warning: float
    scopes: tuple[str, ...]

    def revokes(self, *scopes: str) -> None: ...
    def ages(self, seconds: float) -> None:
        """Triggers and response_urls grow older by so much."""
        ...

    def hastens(self, ack: float, *retries: float) -> None:
        """Shorter waits for acks and between the tries of an event."""
        ...

    def sets_messages_tab(self, *, enabled: bool, read_only: bool) -> None: ...
    def pays_nothing(self) -> None:
        """The workspace is on the free plan."""
        ...

    def holds_files(self) -> None: ...
    def fault(self, method: str, **how: Any) -> None: ...
    def applies_late(self) -> int: ...
    def event_fault(self, kind: Any) -> None: ...
    def releases(self) -> int: ...
    def drops(self) -> None: ...
    async def refreshes(self, ahead: float) -> None: ...
    async def uses(self, url: str) -> bool:
        """HTTP mode; False if the app's answer to the challenge was refused."""
        ...

    async def quiet(self) -> None:
        """Return once nothing is under way."""
        ...


class AgingClock(SteppedClock):
    """A stepped clock whose machine time can be moved on as well."""

    age = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.age


class SandboxPeople:
    """Ana, who acts, and Bob, who looks."""

    def __init__(self, sandbox: Sandbox, room: str, ana: Person, bob: Person) -> None:
        self._sandbox = sandbox
        self._room = room
        self._ana = ana
        self._bob = bob

    async def command(self, text: str) -> Shown:
        return _shown(await self._ana.command("/rule", text, self._room))

    async def says(self, text: str, thread: str | None = None) -> str:
        return await self._ana.says(self._room, text, thread)

    async def dms(self, text: str) -> bool:
        try:
            await self._ana.dms(text)
        except CannotAct:
            return False
        return True

    async def edits(self, ts: str, text: str) -> None:
        await self._ana.edits(ts, text)

    async def deletes(self, ts: str) -> None:
        await self._ana.deletes(ts)

    async def reacts(self, ts: str, name: str) -> None:
        await self._ana.reacts(self._sandbox.message(ts), name)

    async def joins(self, channel: str) -> None:
        await self._bob.joins(channel)

    async def shares(self, name: str, content: bytes) -> str:
        return await self._ana.uploads(self._room, name, content)

    async def opens_home(self) -> None:
        await self._ana.opens_home()

    async def presses(self, ts: str, action_id: str) -> Shown:
        return _shown(await self._ana.presses(self._sandbox.message(ts), action_id))

    async def presses_in_modal(self, action_id: str) -> Shown:
        return _shown(await self._ana.presses(self._modal, action_id))

    async def submits(self, entries: Json) -> Shown:
        return _shown(await self._ana.submits(self._modal, entries))

    async def shortcut(self, callback_id: str) -> Shown:
        return _shown(await self._ana.shortcut(callback_id))

    async def message_shortcut(self, callback_id: str, ts: str) -> Shown:
        message = self._sandbox.message(ts)
        return _shown(await self._ana.message_shortcut(callback_id, message))

    def sees(self) -> list[str]:
        return [message.text for message in self._ana.ephemerals()]

    def other_sees(self) -> list[str]:
        return [message.text for message in self._bob.ephemerals()]

    def reloads(self) -> None:
        self._ana.reloads()

    def makes_team(self, handle: str) -> str:
        return self._sandbox.usergroup(handle, self._ana).id

    def modals(self) -> list[str]:
        stack = self._sandbox.workspace.stacks.get(self._ana.id, [])
        return [view.title for view in stack]

    @property
    def _modal(self) -> View:
        assert self._ana.modal is not None, "no modal is open"
        return self._ana.modal


class SandboxOperator:
    """The sandbox's own knobs."""

    def __init__(self, sandbox: Sandbox, clock: AgingClock) -> None:
        self._sandbox = sandbox
        self._clock = clock
        self.signing_secret = sandbox.signing_secret
        self.waits = sandbox.hub.retries
        self.warning = WARNING_SECONDS
        self.scopes = tuple(sandbox.app.scopes)

    def revokes(self, *scopes: str) -> None:
        self._sandbox.grant(self._sandbox.app.scopes - set(scopes))

    def ages(self, seconds: float) -> None:
        self._clock.age += seconds

    def hastens(self, ack: float, *retries: float) -> None:
        self._sandbox.hub.ack_timeout, self._sandbox.hub.retries = ack, retries

    def sets_messages_tab(self, *, enabled: bool, read_only: bool) -> None:
        self._sandbox.world.app = replace(
            self._sandbox.app, messages_tab=enabled, messages_read_only=read_only
        )

    def pays_nothing(self) -> None:
        self._sandbox.workspace.is_free = True

    def holds_files(self) -> None:
        self._sandbox.workspace.holds_files = True

    def fault(self, method: str, **how: Any) -> None:
        self._sandbox.fault(method, **how)

    def applies_late(self) -> int:
        return self._sandbox.apply_late()

    def event_fault(self, kind: Any) -> None:
        self._sandbox.event_fault(kind)

    def releases(self) -> int:
        return self._sandbox.release_events(newest_first=True)

    def drops(self) -> None:
        self._sandbox.drop()

    async def refreshes(self, ahead: float) -> None:
        await self._sandbox.refresh(self._sandbox.connections[0], ahead)

    async def uses(self, url: str) -> bool:
        try:
            await self._sandbox.use_http(url)
        except CannotAct:
            return False
        return True

    async def quiet(self) -> None:
        await self._sandbox.idle()


def _shown(reply: Reply) -> Shown:
    return Shown(reply.text, bool(reply.failure), dict(reply.errors))

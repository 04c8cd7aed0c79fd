"""Modals and App Homes as they stand on people's screens."""

from collections.abc import Iterator

from bot.sandbox.blockkit import view_problems, view_too_large
from bot.sandbox.forms import initial_values, state_elements
from bot.sandbox.pictures import picture_problems
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import JSON, View
from bot.sandbox.world import World

MOST_STACKED = 3


class Screens:
    """Opens, stacks, changes and closes views; every refusal is an ApiError."""

    def __init__(self, world: World) -> None:
        self._world = world

    def stack(self, user: str) -> list[View]:
        """The modals open for a person, the visible one last."""
        return self._world.workspace.stacks.setdefault(user, [])

    def top(self, user: str) -> View | None:
        """The modal a person sees."""
        stack = self.stack(user)
        return stack[-1] if stack else None

    def open(self, user: str, body: JSON, trigger_id: str | None) -> View:
        """Show a modal in place of whatever was open."""
        self.check(body)
        view = self._new("modal", user, body, trigger_id)
        self._world.workspace.stacks[user] = [view]
        return view

    def push(self, user: str, body: JSON, trigger_id: str | None) -> View:
        """Show a modal on top of the open one; no more than three."""
        self.check(body)
        stack = self.stack(user)
        if not stack:
            raise ApiError("not_found")
        if len(stack) >= MOST_STACKED:
            raise ApiError("push_limit_reached")
        view = self._new("modal", user, body, trigger_id)
        view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        return view

    def update(self, view: View, body: JSON, given_hash: str | None = None) -> View:
        """Change a view in place; what was entered stays where the same input is still there."""
        self.check(body, view.kind, view)
        if given_hash and given_hash != view.hash:
            raise ApiError("hash_conflict")
        self._world.touched(None)
        entered = view.values
        view.body = self._with_ids(body)
        view.hash = self._hash()
        view.values = initial_values(view.blocks)
        for block, action, _element in state_elements(view.blocks):
            if action in entered.get(block, {}):
                view.values.setdefault(block, {})[action] = entered[block][action]
        return view

    def publish(self, user: str, body: JSON, given_hash: str | None = None) -> View:
        """Set a person's App Home."""
        home = self._world.workspace.homes.get(user)
        if home is not None:
            return self.update(home, body, given_hash)
        self.check(body, "home")
        home = self._new("home", user, body, None)
        self._world.workspace.homes[user] = home
        return home

    def close(self, view: View) -> list[View]:
        """Take a modal away together with whatever was on top of it; what was closed."""
        stack = self.stack(view.user)
        at = stack.index(view)
        closed = stack[at:]
        del stack[at:]
        self._world.touched(None)
        return closed

    def clear(self, user: str) -> list[View]:
        """Take all modals away."""
        closed = list(self.stack(user))
        self.stack(user).clear()
        self._world.touched(None)
        return closed

    def check(self, body: JSON, kind: str = "modal", known: View | None = None) -> None:
        """Refuse a view that Slack would refuse."""
        problems = view_problems(body, (kind,))
        problems = problems or picture_problems(self._world, body["blocks"], "/view/blocks")
        if problems:
            raise ApiError("invalid_arguments", [f"[ERROR] {p}" for p in problems])
        if view_too_large(body):
            raise ApiError("view_too_large")
        external = body.get("external_id")
        other = self._world.workspace.view_external(external) if external else None
        if other is not None and other is not known:
            raise ApiError("duplicate_external_id")

    def everything(self) -> Iterator[View]:
        """Every view on anybody's screen."""
        workspace = self._world.workspace
        yield from (view for stack in workspace.stacks.values() for view in stack)
        yield from workspace.homes.values()

    def _new(self, kind: str, user: str, body: JSON, trigger_id: str | None) -> View:
        self._world.touched(None)
        view_id = self._world.workspace.new_id("V")
        body = self._with_ids(body)
        return View(
            id=view_id,
            kind=kind,
            user=user,
            body=body,
            hash=self._hash(),
            root_id=view_id,
            trigger_id=trigger_id,
            values=initial_values(body["blocks"]),
        )

    def _with_ids(self, body: JSON) -> JSON:
        return {**body, "blocks": self._world.with_ids(body["blocks"])}

    def _hash(self) -> str:
        return f"{self._world.seconds()}.{self._world.draws.token()[:8]}"

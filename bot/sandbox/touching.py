"""What a page does in somebody's name: whatever element is touched, by its block and action.

A test names what it means ("press this button"); a browser has the element under its pointer and
its state. Both end in the same acts.
"""

from collections.abc import Iterable
from typing import Any

from bot.sandbox import payloads
from bot.sandbox.acting import Acting
from bot.sandbox.forms import Values, chosen_option, elements, entered, field_of
from bot.sandbox.refusals import CannotAct
from bot.sandbox.replies import Reply, take
from bot.sandbox.state import JSON, Message, View

_EXTERNAL = frozenset({"external_select", "multi_external_select"})
_GIVEN = _EXTERNAL | {"rich_text_input"}


class Touching(Acting):
    """A person as far as they touch the elements of messages and views."""

    async def touches(
        self, where: Message | View, block_id: str, action_id: str, state: JSON
    ) -> Reply:
        """Press or choose; `state` is what was chosen, as Slack's state has it ({} for buttons)."""
        block, element = _element(where, block_id, action_id)
        if element["type"] == "button":
            return await self._acts(where, block, element, {})
        if element["type"] == "overflow":
            chosen = chosen_option(element, _chosen(state))
            return await self._acts(where, block, element, {"selected_option": chosen})
        held = _held(element, state)
        self._enter(where, block_id, action_id, held)
        self._world.touched(where if isinstance(where, Message) else None)
        return await self._acts(where, block, element, held)

    def enters(self, where: Message | View, block_id: str, action_id: str, state: JSON) -> None:
        """Type or choose without an action: it is kept, and later acts carry it."""
        self._sees_screen(where)
        _block, element = _element(where, block_id, action_id)
        self._enter(where, block_id, action_id, _held(element, state))

    async def suggests(
        self, where: Message | View, block_id: str, action_id: str, typed: str
    ) -> JSON:
        """Type into a menu whose options the app supplies: its `options` or `option_groups`."""
        self._sees_screen(where)
        _block, element = _element(where, block_id, action_id)
        if element["type"] not in _EXTERNAL:
            raise CannotAct(f"{action_id} has its own options")
        reply, _trigger = self._reply()
        body = payloads.interaction(self._desk, "block_suggestion", self.user, None)
        body |= {"action_id": action_id, "block_id": block_id, "value": typed}
        body |= self._place_of(where)
        if not take(reply, await self._desk.hub.ask("interactive", body)):
            raise CannotAct("the app did not answer in time")
        return {k: v for k, v in reply.payload.items() if k in ("options", "option_groups")}

    def chosen(self, message: Message) -> Values:
        """What they have chosen in a message so far."""
        return payloads.message_values(self._desk, message, self.user)

    def _place_of(self, where: Message | View) -> JSON:
        if isinstance(where, View):
            return payloads.on_view(self._desk, where)
        place = payloads.on_message(self._desk, where, self.user, "")
        return {k: v for k, v in place.items() if k in ("container", "channel", "message")}

    def _sees_screen(self, where: Message | View) -> None:
        if isinstance(where, Message):
            self._must_see(where)
        elif where.kind == "modal":
            self._on_top(where)


def _element(where: Message | View, block_id: str, action_id: str) -> tuple[JSON, JSON]:
    for block, element in elements(where.blocks):
        if block.get("block_id") == block_id and element.get("action_id") == action_id:
            return block, element
    raise CannotAct(f"there is no {action_id} in {block_id} (any more)")


def _held(element: JSON, state: JSON) -> JSON:
    """The state object of an element after a browser said what is in it."""
    name = field_of(element)
    if element["type"] in _GIVEN:  # only the app, or only the browser, knows what is possible
        return {"type": element["type"], name: state.get(name)}
    value = state.get(name)
    if name == "selected_option":
        value = _chosen(state)
    if name == "selected_options":
        value = [_value(each) for each in _list(value)]
    _check(element, value)
    return entered(element, value)


def _check(element: JSON, value: Any) -> None:
    """Refuse what no screen of Slack could hold, whatever a page sends."""
    kind: type = int if element["type"] == "datetimepicker" else str
    several = element["type"].startswith("multi_") or element["type"] == "checkboxes"
    values = _list(value) if several else [value]
    if not all(each is None or type(each) is kind for each in values):
        raise CannotAct(f"{element['action_id']} cannot hold that")


def _chosen(state: JSON) -> Any:
    chosen = state.get("selected_option")
    return None if chosen is None else _value(chosen)


def _value(option: Any) -> Any:
    if not isinstance(option, dict):
        raise CannotAct("an option is an object with a value")
    return option.get("value")


def _list(value: Any) -> Iterable[Any]:
    if value is not None and not isinstance(value, list):
        raise CannotAct("several options are a list")
    return value or []

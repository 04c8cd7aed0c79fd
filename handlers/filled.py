"""A form as it was filled in, and what it was opened for, checked at the edge."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handlers.parse import TS, Malformed

Model = TypeVar("Model", bound=BaseModel)


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Id(_Shape):
    id: str = Field(min_length=1)


class _Option(_Shape):
    value: str = Field(default="", max_length=2000)


class _Entered(_Shape):
    value: str | None = Field(default=None, max_length=3000)
    selected_option: _Option | None = None
    selected_options: list[_Option] = []


class _State(_Shape):
    values: dict[str, dict[str, _Entered]] = {}


class _View(_Shape):
    callback_id: str
    private_metadata: str = Field(default="", max_length=3000)
    state: _State = _State()


class About(_Shape):
    """What a form was opened for: ids only, for everybody's client holds them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    incident: str = Field(default="", max_length=64)
    channel: str = Field(default="", max_length=64)
    thread: str = Field(default="", pattern=rf"{TS}|^$")
    message: str = Field(default="", pattern=rf"{TS}|^$")
    author: str = Field(default="", max_length=64)
    number: int | None = Field(default=None, ge=1, le=1_000_000)

    def packed(self) -> str:
        """As a form carries it."""
        return self.model_dump_json(exclude_defaults=True)


class Filled(_Shape):
    """A submission."""

    team: _Id
    user: _Id
    trigger_id: str
    view: _View

    def text(self, field: str) -> str:
        """What was typed."""
        return (self._entered(field).value or "").strip()

    def chosen(self, field: str) -> str:
        """What was chosen, or ticked."""
        entered = self._entered(field)
        ticked = entered.selected_options[0] if entered.selected_options else None
        option = entered.selected_option or ticked
        return option.value if option else ""

    def all(self) -> dict[str, str]:
        """Everything that was typed or chosen, by its field; what was left empty is not there."""
        given = {each: self.text(each) or self.chosen(each) for each in self.view.state.values}
        return {field: value for field, value in given.items() if value}

    def ticked(self, field: str) -> tuple[str, ...]:
        """All that was ticked."""
        return tuple(each.value for each in self._entered(field).selected_options)

    def _entered(self, field: str) -> _Entered:
        return self.view.state.values.get(field, {}).get(field, _Entered())

    @property
    def about(self) -> About:
        """Raises Malformed."""
        return _checked(About, self.view.private_metadata or "{}")


class Shortcut(_Shape):
    """A shortcut: from the menu of a message, or global, and then there is neither."""

    class Message(_Shape):
        text: str = ""
        user: str = ""
        bot_id: str = ""
        thread_ts: str = ""

    team: _Id
    user: _Id
    trigger_id: str
    channel: _Id | None = None
    message_ts: str = Field(default="", pattern=rf"{TS}|^$")
    message: Message = Message()


def filled_of(body: dict[str, Any]) -> Filled:
    """Raises Malformed."""
    return _checked(Filled, body)


def shortcut_of(body: dict[str, Any]) -> Shortcut:
    """Raises Malformed."""
    return _checked(Shortcut, body)


def _checked(model: type[Model], given: dict[str, Any] | str) -> Model:
    try:
        if isinstance(given, str):
            return model.model_validate_json(given)
        return model.model_validate(given)
    except ValidationError:
        # Its message would repeat what somebody typed.
        raise Malformed("not a form of ours") from None

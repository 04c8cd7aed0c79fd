"""The acts of a browser as they come over the wire, checked; docs/page.md lists them."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.sandbox.page.ports import Order
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import JSON

LONGEST_TEXT = 40_000
FRAME_BYTES = 1024 * 1024

Id = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class _Act(BaseModel):
    """What every act has: `n` comes back with its answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    n: int = Field(ge=0, le=2**53)


class OnMessage(BaseModel):
    """A place: a message."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    channel: Id
    ts: Id


class OnView(BaseModel):
    """A place: a modal or App Home."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    view: Id


Where = OnMessage | OnView


class _Placed(_Act):
    where: Where
    block_id: Name
    action_id: Name


class _InChannel(_Act):
    channel: Id


class _OnLine(_InChannel):
    ts: Id


class Become(_Act):
    do: Literal["become"]
    user: Id


class Arrive(_Act):
    do: Literal["arrive"]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,20}$")
    zone: Name


class Open(_InChannel):
    do: Literal["open"]


class Read(_OnLine):
    do: Literal["read"]


class Says(_InChannel):
    do: Literal["says"]
    text: Text
    thread: Id | None = None
    broadcast: bool = False


class Command(_InChannel):
    do: Literal["command"]
    text: Annotated[Text, Field(pattern=r"^/\S")]


class Edits(_OnLine):
    do: Literal["edits"]
    text: Text


class OnLine(_OnLine):
    do: Literal["deletes", "pins"]


class Reacts(_OnLine):
    do: Literal["reacts", "unreacts"]
    name: Name


class Acts(_Placed):
    do: Literal["acts"]
    state: JSON


class Suggests(_Placed):
    do: Literal["suggests"]
    text: Text


class Enters(_Placed):
    do: Literal["enters"]
    state: JSON


class Submits(_Act):
    do: Literal["submits"]
    view: Id
    values: dict[str, dict[str, JSON]] = {}


class Closes(_Act):
    do: Literal["closes"]
    view: Id
    everything: bool = False


class Shortcut(_Act):
    do: Literal["shortcut"]
    callback_id: Name


class MessageShortcut(_OnLine):
    do: Literal["message_shortcut"]
    callback_id: Name


class Plain(_Act):
    do: Literal["home", "dm"]


class OfChannel(_InChannel):
    do: Literal["joins", "leaves", "archives"]


class Creates(_Act):
    do: Literal["creates"]
    name: Name
    private: bool = False


class Invites(_InChannel):
    do: Literal["invites"]
    user: Id


class Renames(_InChannel):
    do: Literal["renames"]
    name: Name


class OnStrip(_Act):
    do: Literal["strip"]
    what: Order
    value: Any = None


Act: TypeAlias = (
    Become
    | Arrive
    | Open
    | Read
    | Says
    | Command
    | Edits
    | OnLine
    | Reacts
    | Acts
    | Suggests
    | Enters
    | Submits
    | Closes
    | Shortcut
    | MessageShortcut
    | Plain
    | OfChannel
    | Creates
    | Invites
    | Renames
    | OnStrip
)
_ACT: TypeAdapter[Act] = TypeAdapter(Annotated[Act, Field(discriminator="do")])


def read_act(text: str) -> Act:
    """The act of a frame. Raises CannotAct with what is wrong with it."""
    try:
        return _ACT.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CannotAct(f"{place}: {first['msg']}" if place else first["msg"]) from error


def number_of(text: str) -> int | None:
    """The `n` of a frame that may be no act, so that its sender learns which one was refused."""
    try:
        return _Numbered.model_validate_json(text).n
    except ValidationError:
        return None


class _Numbered(BaseModel):
    n: int = Field(ge=0, le=2**53)

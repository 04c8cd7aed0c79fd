"""What buttons and forms of steering carry, checked when it comes back."""

from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.incidents.clocks import ClockName
from bot.incidents.clocks import read as clock_of
from bot.incidents.found import QUERY_MAX, Place
from bot.incidents.model import Incident
from handlers.blocks.steering import VALUE
from handlers.parse import Malformed

Model = TypeVar("Model", bound=BaseModel)


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kept(_Value):
    """What a form was opened for."""

    incident: str = Field(min_length=1, max_length=64)


class _FoundAt(_Value):
    words: str = Field(max_length=QUERY_MAX)
    after: tuple[AwareDatetime, str, int]


class _ListedBelow(_Value):
    which: Literal["open", "all", "mine", "resolved", "closed"]
    below: int = Field(ge=1, le=10_000_000)


def kept_of(value: str) -> Kept:
    """Raises Malformed."""
    return _read(Kept, value)


def found_at(value: str) -> tuple[str, Place]:
    """The words, and where the last page ended. Raises Malformed."""
    read = _read(_FoundAt, value)
    return read.words, Place(*read.after)


def listed_below(value: str) -> tuple[str, int]:
    """Which list, and the number below which it goes on. Raises Malformed."""
    read = _read(_ListedBelow, value)
    return read.which, read.below


def clocks_of(body: dict[str, Any], incident: Incident) -> dict[ClockName, datetime | None]:
    """The clocks that somebody changed in the form. Raises Malformed."""
    values = body.get("view", {}).get("state", {}).get("values", {})
    changed: dict[ClockName, datetime | None] = {}
    for name in ClockName:
        given = values.get(name.value, {}).get(VALUE, {}).get("selected_date_time")
        was = clock_of(incident.clocks, name)
        if given is not None and not isinstance(given, int):
            raise Malformed("no time of ours")
        if given != (None if was is None else int(was.timestamp())):
            changed[name] = None if given is None else _time(given)
    return changed


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Malformed("no time of ours") from None


def _read(model: type[Model], value: str) -> Model:
    try:
        return model.model_validate_json(value)
    except ValidationError:
        # Its message would repeat the text the button carries.
        raise Malformed("not a value of ours") from None

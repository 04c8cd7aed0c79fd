"""Events that do not arrive as they should: lost, sent twice, or held back and let go later."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.state import JSON

Kind = Literal["lose", "twice", "hold"]


@dataclass(slots=True)
class Mishap:
    """What befalls the next `times` events that `where` accepts (None: any)."""

    kind: Kind
    times: int = 1
    where: Callable[[JSON], bool] | None = None


class Mishaps:
    """The mishaps still to come, oldest first."""

    def __init__(self) -> None:
        self._planned: list[Mishap] = []

    def add(self, mishap: Mishap) -> None:
        """Plan one."""
        self._planned.append(mishap)

    def clear(self) -> None:
        """Let every event arrive again."""
        self._planned.clear()

    def take(self, event: JSON) -> Kind | None:
        """What befalls this event, if anything; counts it down."""
        for mishap in self._planned:
            if mishap.where is None or mishap.where(event):
                mishap.times -= 1
                if mishap.times <= 0:
                    self._planned.remove(mishap)
                return mishap.kind
        return None

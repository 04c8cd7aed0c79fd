"""Faults on demand: the next calls of a method go wrong in a chosen way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.state import JSON

Drop = Literal["before", "after"]


@dataclass(slots=True)
class Fault:
    """How the next `times` calls of `method` ("*": any; "response_url": those) go wrong.

    `slow`: machine seconds of waiting first. `error`: a Slack error code, nothing is done.
    `status`: an HTTP status; with 429, `retry_after` seconds. `applied`: the work is done before
    the error or status is answered. `drop`: the line is cut before or after the work. `where`:
    only calls whose arguments it accepts. `late`: the work is put aside and done when the test
    says so, long after the answer; the line is cut unless `error` or `status` is answered. Nothing
    but `slow`: the call then goes on as usual.
    """

    method: str
    times: int = 1
    error: str | None = None
    status: int | None = None
    retry_after: int = 1
    slow: float = 0.0
    drop: Drop | None = None
    applied: bool = False
    where: Callable[[JSON], bool] | None = None
    late: bool = False

    @property
    def name(self) -> str:
        """What the call log says about it."""
        if self.late:
            return "late"
        if self.drop:
            return f"dropped {self.drop}"
        return self.error or (f"http {self.status}" if self.status else "slow")

    @property
    def does_work(self) -> bool:
        """Whether the call takes effect in spite of the fault."""
        if self.late:
            return False
        if self.drop:
            return self.drop == "after"
        return self.applied or (self.error is None and self.status is None)

    @property
    def cuts(self) -> bool:
        """Whether the line is cut instead of an answer."""
        answered = self.error is not None or self.status is not None
        return self.drop is not None or (self.late and not answered)


class Faults:
    """The faults still to come, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Plan a fault."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Let everything go well again."""
        self._faults.clear()

    def take(self, method: str, args: JSON) -> Fault | None:
        """The fault that meets this call, if any; counts it down."""
        for fault in self._faults:
            if fault.method in (method, "*") and (fault.where is None or fault.where(args)):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

"""How the app's answers look from Slack's side, whichever way they came."""

from dataclasses import dataclass, field

from bot.sandbox.state import JSON

TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Ack:
    """How a payload was answered: in time or not, and with what.

    `why` is Slack's word for a failure, told with the next try; `no_retry`: the app wants none.
    """

    in_time: bool
    payload: JSON = field(default_factory=dict)
    why: str = ""
    no_retry: bool = False


NO_ACK = Ack(in_time=False, why=TIMEOUT)


@dataclass(frozen=True, slots=True)
class Retry:
    """Which try of an event this is (0: the first), and why there is another."""

    attempt: int = 0
    reason: str = ""


FIRST = Retry()

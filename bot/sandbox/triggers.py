"""Short-lived permits on machine time: trigger_ids that open modals, response_urls that answer."""

from dataclasses import dataclass

from bot.clock import Clock, Draws
from bot.sandbox.refusals import ApiError
from bot.sandbox.state import Message

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60.0
RESPONSE_USES = 5


@dataclass(slots=True)
class Trigger:
    """One act of a person that may open one modal. `view`: the modal it was done in."""

    id: str
    user: str
    made_at: float
    view: str | None = None
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """One address for answering an act: five times, thirty minutes."""

    token: str
    user: str
    channel: str
    made_at: float
    message: Message | None = None
    uses: int = 0


class Triggers:
    """Issues and redeems permits. `trigger_seconds` is settable so that tests need not wait."""

    def __init__(self, clock: Clock, draws: Draws) -> None:
        self.trigger_seconds = TRIGGER_SECONDS
        self.response_seconds = RESPONSE_SECONDS
        self._clock = clock
        self._draws = draws
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, ResponseUrl] = {}

    def trigger(self, user: str, view: str | None = None) -> Trigger:
        """A new trigger for an act of `user`."""
        made = Trigger(self._draws.token(), user, self._clock.monotonic(), view)
        self._triggers[made.id] = made
        return made

    def check(self, trigger_id: str | None) -> Trigger:
        """The trigger, if it may still open a modal; raises ApiError otherwise."""
        trigger = self._triggers.get(trigger_id or "")
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self._clock.monotonic() - trigger.made_at > self.trigger_seconds:
            raise ApiError("expired_trigger_id")
        return trigger

    def response_url(self, user: str, channel: str, message: Message | None = None) -> ResponseUrl:
        """A new response_url; `message` is what it may replace or delete."""
        made = ResponseUrl(self._draws.token(), user, channel, self._clock.monotonic(), message)
        self._responses[made.token] = made
        return made

    def respond(self, token: str) -> ResponseUrl:
        """Use a response_url once; raises ApiError when it is used up, too old or unknown."""
        found = self._responses.get(token)
        if found is None:
            raise ApiError("invalid_url")
        if self._clock.monotonic() - found.made_at > self.response_seconds:
            raise ApiError("expired_url")
        if found.uses >= RESPONSE_USES:
            raise ApiError("used_url")
        found.uses += 1
        return found

"""How the stand-in says no: to the app (as Slack would), to a test, and about itself."""

from collections.abc import Sequence

from bot.errors import ParallaxError
from bot.sandbox.state import JSON


class ApiError(ParallaxError):
    """A call is refused with Slack's error `code`; `messages` go into response_metadata."""

    def __init__(self, code: str, messages: Sequence[str] = (), **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.messages = tuple(messages)
        self.extra = extra

    def body(self) -> JSON:
        """The answer as JSON."""
        body: JSON = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": list(self.messages)}
        return body


class RateLimited(ApiError):
    """Too many calls: HTTP 429, come back in `seconds` of domain time."""

    def __init__(self, seconds: int) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds


class CannotAct(ParallaxError):
    """A person tried what Slack's own screens would not let them do: a mistake of the test."""


class SandboxDefect(ParallaxError):
    """The stand-in broke its own rules: a mistake in the sandbox, never in the app."""

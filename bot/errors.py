"""What may go wrong, as types: refusals for people, failures of the outside, and nothing vaguer."""

from dataclasses import dataclass


class ParallaxError(Exception):
    """Root of every error raised on purpose."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The one button under a refusal: the likely intent, ready to press.

    `intent` names what it does (a word of the grammar or a command); `text` is the person's own
    text carried over; `number` and `incident` say where, if that is known; `again` says that the
    person has been asked whether they mean it.
    """

    label: str
    intent: str
    text: str = ""
    number: int | None = None
    incident: str = ""
    again: bool = False


class Refusal(ParallaxError):
    """Said no to a person, privately: what to do, their text given back, nothing changed.

    `text` is ours and may name people as @U0123; `given_back` is theirs, to the letter.
    """

    def __init__(
        self, text: str, *, given_back: str = "", offers: tuple[Offer, ...] = (), field: str = ""
    ) -> None:
        super().__init__(text)
        self.text = text
        self.given_back = given_back
        self.offers = offers
        self.field = field


class AlreadyHandled(ParallaxError):
    """This envelope's work is already committed: acknowledge it and do nothing."""


class TooLate(ParallaxError):
    """The deadline passed before COMMIT: everything was rolled back, nothing is recorded."""


class SendFailed(ParallaxError):
    """The outside said no, or nothing.

    `permanent`: trying again cannot help. `ambiguous`: it may have happened after all.
    `retry_after`: seconds of domain time the outside asked us to wait. `reason` is a code, never
    personal text.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.retry_after = retry_after

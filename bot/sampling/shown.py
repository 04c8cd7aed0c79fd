"""What the services of sampling give to screens."""

from dataclasses import dataclass
from datetime import date

from bot.sampling.model import Study, Volunteer
from bot.sampling.protocol_consent import Consent
from bot.sampling.review_ports import Grant, Look, Quote


@dataclass(frozen=True, slots=True)
class Offer:
    """A study that somebody may join, with the text they would agree to.

    taking_part: what they are in already; then the offer is to agree to an amendment of it.
    agreed: the study as it was when they last did.
    """

    study: Study
    consent: Consent
    taking_part: Volunteer | None = None
    agreed: Study | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody takes part. paused: not asked just now, by their wish or for want of consent.

    answered: prompts and reports of theirs with an answer. last_day: None where no end is in sight.
    """

    study: Study
    volunteer: Volunteer
    paused: bool
    must_agree: bool
    done: bool
    answered: int
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A quote as its author is shown it: of which study, exactly which words, and where."""

    study: str
    title: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words that may be shown in that place. There is no date, and no name of any kind."""

    words: str
    place: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What left of one volunteer's answers, for themselves. zone: theirs. grants: those since they
    joined. looks: exports that they are in, with who has them and the hash of the files. Each the
    newest first."""

    title: str
    zone: str
    grants: tuple[Grant, ...]
    looks: tuple[Look, ...]

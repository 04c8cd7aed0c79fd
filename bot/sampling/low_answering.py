"""When somebody seems to be asked too much: a rule over what became of their own prompts."""

from collections.abc import Iterable, Sequence

from bot.sampling.model import Outcome, Prompt, Trigger

LOOKED_AT = 6
UNANSWERED = 5
SEEN = frozenset({Outcome.COMPLETE, Outcome.PARTIAL, Outcome.DECLINED, Outcome.EXPIRED})


def is_first_time_low(prompts: Iterable[Prompt]) -> bool:
    """Whether of their last six prompts five expired, for the first time.

    Nobody is told twice: the note of a study follows from what happened, so nothing else has to
    remember that it went. A declined prompt is an answer.
    """
    planned = [each for each in prompts if each.trigger is Trigger.SIGNAL]
    seen = [each.outcome is Outcome.EXPIRED for each in planned if each.outcome in SEEN]
    return _is_low(seen) and not any(_is_low(seen[:end]) for end in range(len(seen)))


def _is_low(expired: Sequence[bool]) -> bool:
    last = expired[-LOOKED_AT:]
    return len(last) == LOOKED_AT and sum(last) >= UNANSWERED

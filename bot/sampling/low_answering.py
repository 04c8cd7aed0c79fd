"""When somebody seems to be asked too much: a rule over what became of their own prompts."""

from collections.abc import Iterable

from bot.sampling.model import Outcome, Prompt, Trigger

LOOKED_AT = 6
UNANSWERED = 5
SEEN = frozenset({Outcome.COMPLETE, Outcome.PARTIAL, Outcome.DECLINED, Outcome.EXPIRED})


def is_low(prompts: Iterable[Prompt]) -> bool:
    """Whether of their last six planned prompts five expired. A declined prompt is an answer.

    That nobody is told twice is remembered with the volunteer: answers that come late change this
    history, so it cannot tell.
    """
    planned = [each for each in prompts if each.trigger is Trigger.SIGNAL]
    last = [each.outcome for each in planned if each.outcome in SEEN][-LOOKED_AT:]
    return len(last) == LOOKED_AT and last.count(Outcome.EXPIRED) >= UNANSWERED

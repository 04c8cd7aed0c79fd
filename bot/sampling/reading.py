"""A study read whole: every prompt, page by page, and every version."""

from collections.abc import Iterator

from bot.sampling.model import Prompt, Protocol, Study
from bot.sampling.ports import Tx


def every_prompt(tx: Tx, study: Study, pseudonym: str = "") -> Iterator[Prompt]:
    """All prompts of a study, or of one volunteer, in the order of their places."""
    after = ""
    while page := tx.prompts.prompts(study, pseudonym=pseudonym, after=after):
        yield from page
        after = page[-1].place


def versions_of(tx: Tx, study: Study) -> tuple[Protocol, ...]:
    """Every version of a study, the oldest first."""
    found = (tx.studies.version(study, n + 1) for n in range(study.protocol.version))
    return tuple(each.protocol for each in found if each is not None)

"""A study read whole: every prompt, page by page, and every version."""

from collections.abc import Iterator

from bot.sampling.model import Prompt, Protocol, Study
from bot.sampling.ports import Tx

PAGE = 500


def every_prompt(tx: Tx, study: Study, pseudonym: str = "") -> Iterator[Prompt]:
    """All prompts of a study, or of one volunteer, in the order of their places."""
    after, more = "", True
    while more:
        page = tx.prompts.prompts(study, pseudonym=pseudonym, after=after, limit=PAGE)
        yield from page
        more = len(page) == PAGE  # to look once more would read all of somebody's again
        after = page[-1].place if page else ""


def versions_of(tx: Tx, study: Study) -> tuple[Protocol, ...]:
    """Every version of a study, the oldest first."""
    found = (tx.studies.version(study, n + 1) for n in range(study.protocol.version))
    return tuple(each.protocol for each in found if each is not None)

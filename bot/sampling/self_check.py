"""A study's weekly look at itself, by `bot.sampling.audit`, from what is kept."""

from datetime import datetime

from bot.sampling.audit import Audit, audit
from bot.sampling.model import Prompt, Protocol, Study
from bot.sampling.ports import Tx


def self_check(tx: Tx, study: Study, now: datetime) -> Audit:
    """Whether it was planned as promised and every prompt came to one end. Reads all of it."""
    return audit(
        tx.studies.chain(study),
        _prompts(tx, study),
        study.secret,
        _versions(tx, study),
        now,
        commitment=study.commitment,
    )


def _versions(tx: Tx, study: Study) -> tuple[Protocol, ...]:
    found = (tx.studies.version(study, n + 1) for n in range(study.protocol.version))
    return tuple(each.protocol for each in found if each is not None)


def _prompts(tx: Tx, study: Study) -> list[Prompt]:
    found: list[Prompt] = []
    while page := tx.prompts.prompts(study, after=found[-1].place if found else ""):
        found += page
    return found

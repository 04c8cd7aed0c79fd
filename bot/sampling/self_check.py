"""A study's weekly look at itself, by `bot.sampling.audit`, from what is kept."""

from datetime import datetime

from bot.sampling.audit import Audit, audit
from bot.sampling.model import Study
from bot.sampling.ports import Tx
from bot.sampling.reading import every_prompt, versions_of


def self_check(tx: Tx, study: Study, now: datetime) -> Audit:
    """Whether it was planned as promised and every prompt came to one end. Reads all of it."""
    return audit(
        tx.studies.chain(study),
        tuple(every_prompt(tx, study)),
        study.secret,
        versions_of(tx, study),
        now,
        commitment=study.commitment,
    )

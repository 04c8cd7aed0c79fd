"""What reviewing made of one volunteer's answers, for themselves: who saw them, tags, quotes."""

from typing import Any

from bot.sampling.model import Study, Volunteer
from bot.sampling.review_ports import TOGETHER, Coding, TextKey, Tx


def made_of(tx: Tx, study: Study, volunteer: Volunteer) -> dict[str, Any]:
    """As JSON takes it, for their download and their App Home. Coders are named."""
    return {
        "seen_by": [
            {
                "person": each.person,
                "how": each.how.value,
                "on": each.on.isoformat(),
                "answers": each.times,
                "export_sha256": each.digest,
            }
            for each in tx.review.looks(study, volunteer.pseudonym)
        ],
        "granted": [
            {
                "analyst": each.analyst,
                "by": each.owner,
                "at": each.at.isoformat(),
                "until": each.until.isoformat(),
            }
            for each in tx.review.grants(study)
            if volunteer.joined_at is None or each.until > volunteer.joined_at
        ],
        "tags": [_tagged(each) for each in _codings(tx, study, volunteer)],
        "quotes": [
            {
                "words": each.words,
                "place": each.place,
                "by": each.by,
                "asked_at": each.at.isoformat(),
                "answer": each.state.value,
                "may_be_shown": each.approved,
            }
            for each in tx.review.quotes(study, volunteer.pseudonym)
        ],
    }


def _tagged(coding: Coding) -> dict[str, Any]:
    return {
        "item": coding.text.item,
        "coder": coding.coder if coding.coder != TOGETHER else "settled together",
        "code_book": coding.version,
        "tags": list(coding.tags),
        "at": coding.at.isoformat(),
    }


def _codings(tx: Tx, study: Study, volunteer: Volunteer) -> list[Coding]:
    found: list[Coding] = []
    after = ""
    while page := tx.prompts.prompts(study, pseudonym=volunteer.pseudonym, after=after):
        after = page[-1].place
        answers = tx.prompts.answers([each.id for each in page])
        texts = [TextKey(each.prompt, each.item) for each in answers if each.is_text]
        found += tx.review.codings(study, texts)
    return found

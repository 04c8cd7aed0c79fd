"""Everything there is about one volunteer, for themselves, as JSON takes it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.sampling.model import Answer, Holidays, Outcome, Prompt, Study, Volunteer
from bot.sampling.reading import every_prompt, versions_of
from bot.sampling.review_ports import Coding, Grant, Look, Quote, Seen, TextKey, Tx
from bot.sampling.shown import Shared

Declines = Mapping[tuple[int, str], str]


def everything(tx: Tx, study: Study, volunteer: Volunteer) -> dict[str, Any]:
    """What is kept of them in one study; not a prompt that was not sent yet, for it is ahead."""
    name = volunteer.pseudonym
    asked = tuple(each for each in every_prompt(tx, study, volunteer.pseudonym) if _is_past(each))
    given = tx.prompts.answers([each.id for each in asked])
    texts = [TextKey(each.prompt, each.item) for each in given if each.is_text]
    return {
        "study": study.name,
        "title": study.protocol.title,
        "code_name": name,
        "state": volunteer.state.value,
        "joined_at": _text(volunteer.joined_at),
        "left_at": _text(volunteer.left_at),
        "keep_if_account_is_deactivated": volunteer.keep_if_gone,
        "hours": _hours(volunteer),
        "consents": [
            {"version": version, "text_sha256": digest, "at": at.isoformat()}
            for version, digest, at in tx.volunteers.consents(volunteer)
        ],
        "asked_once": dict(volunteer.survey),
        "prompts": _prompts(asked, given, _declines(tx, study)),
        "tags": [_coding(each) for each in tx.review.codings(study, texts)],
        "quotes_asked_for": [_quote(each) for each in tx.review.quotes(study, name)],
        "who_read_or_exported": [_look(each) for each in tx.review.looks(study, name)],
        "granted": [_grant(each) for each in _grants(tx, study, volunteer)],
    }


def shared(tx: Tx, study: Study, volunteer: Volunteer) -> Shared:
    """The grants and exports that concern them in one study."""
    looks = tx.review.looks(study, volunteer.pseudonym)
    return Shared(
        study.protocol.title,
        volunteer.hours.zone,
        tuple(_grants(tx, study, volunteer)),
        tuple(each for each in looks if each.how is Seen.EXPORTED),
    )


def _grants(tx: Tx, study: Study, volunteer: Volunteer) -> list[Grant]:
    """Those that were in force once they took part."""
    since = volunteer.joined_at
    return [each for each in tx.review.grants(study) if since is None or each.until > since]


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "analyst": grant.analyst,
        "by": grant.owner,
        "at": grant.at.isoformat(),
        "until": grant.until.isoformat(),
    }


def _is_past(prompt: Prompt) -> bool:
    return prompt.outcome is not None or prompt.sent_at is not None


def _hours(volunteer: Volunteer) -> dict[str, Any]:
    hours = volunteer.hours
    return {
        "zone": hours.zone,
        "windows": [f"{each.begins:%H:%M}-{each.ends:%H:%M}" for each in hours.windows],
        "days": list(hours.days),
        "days_off": [each.isoformat() for each in hours.days_off],
        "quiet": f"{hours.quiet.begins:%H:%M}-{hours.quiet.ends:%H:%M}" if hours.quiet else None,
        "holidays_of": _place(hours.holidays) if hours.holidays else None,
        "holidays": [each.isoformat() for each in hours.holidays.dates] if hours.holidays else [],
        "more_time": hours.more_time,
    }


def _place(found: Holidays) -> str:
    place = "-".join(filter(None, (found.country, found.region)))
    return f"{place} (found by holidays {found.package})"


def _declines(tx: Tx, study: Study) -> Declines:
    """What stood on the buttons for "can't", by version and reason."""
    return {
        (protocol.version, each.value): each.label
        for protocol in versions_of(tx, study)
        for each in protocol.decline
    }


def _prompts(
    prompts: tuple[Prompt, ...], answers: Iterable[Answer], declines: Declines
) -> list[dict[str, Any]]:
    given: dict[str, dict[str, str]] = {each.id: {} for each in prompts}
    for each in answers:
        given[each.prompt][each.item] = each.value
    return [_prompt(each, given[each.id], declines) for each in prompts]


def _prompt(prompt: Prompt, answers: dict[str, str], declines: Declines) -> dict[str, Any]:
    # Other outcomes have reasons of the same name.
    declined = prompt.outcome is Outcome.DECLINED
    return {
        "prompt": prompt.id,
        "date": prompt.date.isoformat(),
        "day": prompt.day,
        "beep": prompt.beep,
        "trigger": prompt.trigger.value,
        "outcome": prompt.outcome.value if prompt.outcome else None,
        "reason": prompt.reason,
        "declined_with": declines.get((prompt.version, prompt.reason)) if declined else None,
        "planned_at": _text(prompt.planned_at),
        "sent_at": _text(prompt.sent_at),
        "reminded_at": _text(prompt.reminded_at),
        "first_tap_at": _text(prompt.first_tap_at),
        "ended_at": _text(prompt.ended_at),
        "shown": list(prompt.shown),
        "late": prompt.late,
        "answers": answers,
    }


def _coding(coding: Coding) -> dict[str, Any]:
    return {
        "prompt": coding.text.prompt,
        "item": coding.text.item,
        "coder": coding.coder,
        "code_book_version": coding.version,
        "tags": list(coding.tags),
        "at": coding.at.isoformat(),
    }


def _quote(quote: Quote) -> dict[str, Any]:
    return {
        "words": quote.words,
        "place": quote.place,
        "asked_by": quote.by,
        "asked_at": quote.at.isoformat(),
        "state": quote.state.value,
        "approved": quote.approved,
    }


def _look(look: Look) -> dict[str, Any]:
    return {
        "person": look.person,
        "how": look.how.value,
        "on": look.on.isoformat(),
        "answers": look.times,
        "export_sha256": look.digest,
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

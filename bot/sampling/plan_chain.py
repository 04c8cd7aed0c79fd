"""The chain of planned days, and the proof that every second of it was planned as promised.

Each day holds the hash of the day before it, whoever's that was, so that the newest hash, published
weekly, fixes all of them. A volunteer's salt is hashed with their days: 16 bytes that nobody can
guess, so that a hash tells nothing of the day, and nothing at all once the salt is destroyed.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.sampling.model import DayPlan, Protocol
from bot.sampling.plan import commitment as commitment_to
from bot.sampling.plan import planned

CHAIN = "parallax-day-1"


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day as it is handed out for proof; of one that was erased its two hashes are all."""

    previous: str
    digest: str
    plan: DayPlan | None = None
    salt: bytes | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as promised; where: a volunteer's day, or the study."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a proof looked at. erased: days that can't be planned again, for their salt is gone."""

    days: int
    prompts: int
    erased: int
    differences: tuple[Difference, ...]


def link(plan: DayPlan, salt: bytes, previous: str) -> DayPlan:
    """The day as the newest of the chain whose head is `previous`, empty for the first of all."""
    return replace(plan, previous=previous, digest=digest_of(plan, salt, previous))


def digest_of(plan: DayPlan, salt: bytes, previous: str) -> str:
    """SHA-256, in hex, of "parallax-day-1|", the digest before it, "|", and the day as JSON."""
    text = json.dumps(as_json(plan, salt), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{CHAIN}|{previous}|{text}".encode("ascii")).hexdigest()


def as_json(plan: DayPlan, salt: bytes) -> dict[str, object]:
    """All of a day but its links: what is hashed, and what is handed out when all is revealed."""
    return {
        "date": plan.date.isoformat(),
        "day": plan.day,
        "days_off": [each.isoformat() for each in plan.days_off],
        "gap_min": plan.gap,
        "holidays": plan.holidays,
        "more_time": plan.more_time,
        "pseudonym": plan.pseudonym,
        "rotated": list(plan.rotated),
        "salt": salt.hex(),
        "study": plan.study,
        "study_hash": plan.digest_of_study,
        "times": [utc_text(each) for each in plan.times],
        "tzdata": plan.tzdata,
        "version": plan.version,
        "windows": [[utc_text(begin), utc_text(end)] for begin, end in plan.windows],
        "zone": plan.zone,
    }


def utc_text(moment: datetime) -> str:
    """A whole second, as 2026-11-23T08:28:50Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


# -- the proof -------------------------------------------------------------------------------------


def replay_schedule(
    secret: bytes,
    versions: Collection[Protocol],
    rows: Sequence[DayRow],
    *,
    commitment: str,
    heads: Collection[str] = (),
) -> Replayed:
    """Plan every day again from its inputs, and follow the chain; what differs is told.

    versions: all of the study; the first was committed to. heads: what was published on the way,
    each of which must be in the chain.
    """
    whole = [each.plan for each in rows if each.plan is not None and each.salt is not None]
    found = [
        *_wrong_commitment(secret, versions, commitment),
        *_broken(rows, heads),
        *_twice(whole),
        *_planned_otherwise(secret, versions, rows),
    ]
    prompts = sum(len(each.times) for each in whole)
    return Replayed(len(whole), prompts, len(rows) - len(whole), tuple(found))


def version_of(plan: DayPlan, versions: Iterable[Protocol]) -> Protocol | None:
    """The version of the study that a day was planned by: its number and its hash."""
    wanted = (plan.version, plan.digest_of_study)
    return next((each for each in versions if (each.version, each.digest) == wanted), None)


def _wrong_commitment(
    secret: bytes, versions: Iterable[Protocol], commitment: str
) -> Iterator[Difference]:
    first = min(versions, key=lambda each: each.version)
    if commitment_to(first.digest, secret) != commitment:
        yield Difference("the study", "the secret is not the one that was committed to")


def _broken(rows: Sequence[DayRow], heads: Collection[str]) -> Iterator[Difference]:
    before = ""
    for each in rows:
        if each.previous != before:
            yield Difference(_where(each), "does not follow the day before it in the chain")
        if not _is_what_it_says(each):
            yield Difference(_where(each), "is not what its hash says")
        before = each.digest
    known = {each.digest for each in rows}
    for head in heads:
        if head not in known:
            yield Difference("the study", f"{head} was published and is not in the chain")


def _is_what_it_says(row: DayRow) -> bool:
    if row.plan is None or row.salt is None:
        return True
    return digest_of(row.plan, row.salt, row.previous) == row.digest


def _twice(plans: Iterable[DayPlan]) -> Iterator[Difference]:
    seen: set[tuple[str, object]] = set()
    for each in plans:
        if (key := (each.pseudonym, each.date)) in seen:
            yield Difference(f"{each.pseudonym} {each.date}", "was planned twice")
        seen.add(key)


def _planned_otherwise(
    secret: bytes, versions: Collection[Protocol], rows: Sequence[DayRow]
) -> Iterator[Difference]:
    for each in rows:
        if each.plan is None or each.salt is None:
            continue
        protocol = version_of(each.plan, versions)
        if protocol is None:
            yield Difference(_where(each), "is of no version of the study")
        elif wrong := difference(secret, protocol, each.salt, each.plan):
            yield Difference(_where(each), wrong)


def difference(secret: bytes, protocol: Protocol, salt: bytes, plan: DayPlan) -> str:
    """In what a kept day differs from what its inputs give; empty if in nothing."""
    times, rotated = planned(secret, protocol, salt, plan)
    if times != plan.times:
        told = [", ".join(map(utc_text, each)) or "nothing" for each in (plan.times, times)]
        return f"has {told[0]}; its inputs give {told[1]}"
    if rotated != plan.rotated:
        return f"rotates {list(plan.rotated)}; its inputs give {list(rotated)}"
    return ""


def _where(row: DayRow) -> str:
    return f"{row.plan.pseudonym} {row.plan.date}" if row.plan else f"an erased day, {row.digest}"

"""The proof of a study's plan as one JSON file, for anybody to check without our database.

It holds the secret, so it is written only once that is revealed; and every volunteer's salt and
hours under their code name, so it is as private as the study says of code names.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, pairwise
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
)

from bot.errors import ParallaxError
from bot.sampling.model import DayPlan, Protocol
from bot.sampling.plan_chain import DayRow, Replayed, as_json, replay_schedule
from bot.sampling.protocol import BadStudyError, from_canonical

FORMAT = "parallax-schedule-1"

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
LinkHash = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
Date = date  # for who has a `date` of their own
LONGEST = timedelta(days=2)


def _in_order(windows: tuple[tuple[AwareDatetime, AwareDatetime], ...]) -> "Windows":
    moments = [*chain.from_iterable(windows)]
    if any(before > after for before, after in pairwise(moments)):
        raise ValueError("windows must follow each other")
    if moments and moments[-1] - moments[0] > LONGEST:
        raise ValueError("windows must be of one day")
    return windows


Windows = Annotated[tuple[tuple[AwareDatetime, AwareDatetime], ...], AfterValidator(_in_order)]


class BadProofError(ParallaxError):
    """A file that is no proof of a plan; the message says where."""


class Part(BaseModel):
    """Any part of the file: no key that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DayPart(Part):
    """A day as it is hashed, see `plan_chain.as_json`."""

    date: Date
    day: int
    days_off: tuple[Date, ...]
    gap_min: int = Field(ge=1)
    holidays: str
    more_time: bool
    pseudonym: str
    rotated: tuple[int, ...]
    salt: str = Field(pattern=r"^[0-9a-f]{32}$")
    study: str
    study_hash: Hash
    times: tuple[AwareDatetime, ...]
    tzdata: str
    version: int
    windows: Windows
    zone: str


class RowPart(Part):
    """A link of the chain; of an erased day, its hashes alone."""

    previous: LinkHash
    digest: Hash
    day: DayPart | None = None


class VersionPart(Part):
    """A version of the study, as it was hashed."""

    version: int = Field(ge=1)
    canonical: str


class ProofPart(Part):
    """The whole file."""

    format: Literal["parallax-schedule-1"]
    commitment: Hash
    secret: Hash
    heads: tuple[Hash, ...] = ()
    versions: tuple[VersionPart, ...] = Field(min_length=1)
    days: tuple[RowPart, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """All that is needed to plan a study's days again. heads: what was published on the way."""

    commitment: str
    secret: bytes
    versions: tuple[Protocol, ...]
    rows: tuple[DayRow, ...]
    heads: tuple[str, ...] = ()

    def replay(self) -> Replayed:
        """Plan them again."""
        return replay_schedule(
            self.secret, self.versions, self.rows, commitment=self.commitment, heads=self.heads
        )


def write_proof(proof: Proof) -> str:
    """The file's text."""
    versions = [{"version": each.version, "canonical": each.canonical} for each in proof.versions]
    whole = {
        "format": FORMAT,
        "commitment": proof.commitment,
        "secret": proof.secret.hex(),
        "heads": list(proof.heads),
        "versions": versions,
        "days": [_written(each) for each in proof.rows],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def read_proof(text: str | bytes) -> Proof:
    """What such a file says; nothing of it is believed before it is replayed."""
    try:
        part = ProofPart.model_validate_json(text)
        versions = tuple(from_canonical(each.canonical, each.version) for each in part.versions)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise BadProofError(f"{where}: {first['msg']}") from error
    except BadStudyError as error:
        raise BadProofError(f"versions: {error}") from error
    rows = tuple(map(_row, part.days))
    return Proof(part.commitment, bytes.fromhex(part.secret), versions, rows, part.heads)


def _written(row: DayRow) -> dict[str, object]:
    links: dict[str, object] = {"previous": row.previous, "digest": row.digest}
    if row.plan is None or row.salt is None:
        return links
    return links | {"day": as_json(row.plan, row.salt)}


def _row(part: RowPart) -> DayRow:
    if part.day is None:
        return DayRow(part.previous, part.digest)
    plan = replace(_plan(part.day), previous=part.previous, digest=part.digest)
    return DayRow(part.previous, part.digest, plan, bytes.fromhex(part.day.salt))


def _plan(part: DayPart) -> DayPlan:
    return DayPlan(
        study=part.study,
        pseudonym=part.pseudonym,
        date=part.date,
        day=part.day,
        version=part.version,
        digest_of_study=part.study_hash,
        zone=part.zone,
        windows=part.windows,
        gap=part.gap_min,
        more_time=part.more_time,
        days_off=part.days_off,
        tzdata=part.tzdata,
        holidays=part.holidays,
        times=part.times,
        rotated=part.rotated,
    )

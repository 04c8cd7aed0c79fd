"""Study files: read, checked, hashed.

What is hashed, and so locked, is the *canonical form*: the UTF-8 bytes of one line of JSON,
`{"consent": …, "format": "parallax-study-1", "study": {…}}`, keys sorted, no spaces, no escapes
that JSON does not need. `study` holds every key of the file, those that were left out with their
defaults, texts without spaces around them. `consent` is the text that `[study] consent` names: its
line ends as \\n, without spaces at its end, its placeholders not filled. Comments, the order of
keys and the file's name do not count. Nor does the version: it stands in the plan's stream, beside
the hash. The canonical form is what is kept: a study is read from it again, whatever defaults come
later.
"""

import json
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.errors import ParallaxError
from bot.sampling.model import Protocol
from bot.sampling.protocol_file import (
    DeclinePart,
    ItemPart,
    LegalPart,
    PeoplePart,
    RotatePart,
    SchedulePart,
    StudyFile,
    StudyPart,
    protocol_of,
)
from bot.sampling.protocol_lines import line_of
from bot.sampling.protocol_rules import Place, Problem, problems

FORMAT = "parallax-study-1"
BYTES_MAX = 200_000
TOLD_MAX = 20
DEFAULT_STUDY, DEFAULT_CONSENT = "default-study.toml", "stuck-consent-1.md"

PARTS: tuple[type[BaseModel], ...] = (
    StudyFile, StudyPart, SchedulePart, ItemPart, RotatePart, DeclinePart, PeoplePart, LegalPart,
)  # fmt: skip
_KEYS = frozenset(key for part in PARTS for key in part.model_fields)
_OWN_HOURS = frozenset({"zone", "timezone", "country", "region", "holidays"})
# Of pydantic's messages, those that would not say to a researcher what to do.
_SAID = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "model_type": "must be a table",
    "too_short": "is empty",  # no text and no list of the file has to be longer than one
}
_LIMITS = {
    "too_long": ("is too long: at most {}", "max_length"),
    "literal_error": ("must be {}", "expected"),
}


class BadStudyError(ParallaxError):
    """A study file that is not right; `lines` say each thing that is wrong and where."""

    def __init__(self, lines: Sequence[str]) -> None:
        told = [*lines[:TOLD_MAX]]
        if more := len(lines) - len(told):
            told.append(f"and {more} more")
        super().__init__("\n".join(told))
        self.lines = tuple(lines)


def load_study(path: Path, version: int = 1) -> Protocol:
    """Read a study file, and the consent text beside it."""
    text = _text_of(path)
    file = _file_of(text, path.name)
    return _checked(file, _text_of(path.parent / file.study.consent), text, path.name, version)


def read_study(text: str, consent: str, name: str = "study.toml", version: int = 1) -> Protocol:
    """The same, of texts."""
    return _checked(_file_of(text, name), consent, text, name, version)


def from_canonical(canonical: str, version: int) -> Protocol:
    """A locked study, from what was kept; its hash is of this text."""
    try:
        kept = json.loads(canonical)
        if kept["format"] != FORMAT:
            raise BadStudyError([f"not a study of the format {FORMAT}"])
        file = StudyFile.model_validate_json(json.dumps(kept["study"]))
        return protocol_of(file, kept["consent"], version, canonical)
    except (ValueError, KeyError, TypeError) as error:
        raise BadStudyError(["not the canonical form of a study"]) from error


def default_texts() -> tuple[str, str]:
    """The study that is shipped, and its consent text."""
    data = resources.files("bot.sampling").joinpath("data")
    study, consent = (data.joinpath(each) for each in (DEFAULT_STUDY, DEFAULT_CONSENT))
    return study.read_text("utf-8"), consent.read_text("utf-8")


def default_study() -> Protocol:
    """The study that is shipped, read."""
    return read_study(*default_texts(), name=DEFAULT_STUDY)


def clashes(studies: Iterable[tuple[str, Protocol]]) -> tuple[str, ...]:
    """Of studies by their files' names: which can't be locked in one workspace, for they share an
    id."""
    first: dict[str, str] = {}
    found = []
    for name, protocol in studies:
        if protocol.id in first:
            found.append(f'{name}: [study] id "{protocol.id}" is that of {first[protocol.id]}, too')
        first.setdefault(protocol.id, name)
    return tuple(found)


def _checked(file: StudyFile, consent: str, text: str, name: str, version: int) -> Protocol:
    consent = consent.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    whole = {"consent": consent, "format": FORMAT, "study": file.model_dump(mode="json")}
    canonical = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    protocol = protocol_of(file, consent, version, canonical)
    if wrong := problems(protocol):
        raise BadStudyError([_told(each, text, name) for each in wrong])
    return protocol


def _text_of(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadStudyError([f"{path}: can't be read: {error.strerror or error}"]) from error
    if len(raw) > BYTES_MAX:
        raise BadStudyError([f"{path}: has more than {BYTES_MAX} bytes"])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadStudyError([f"{path}: is not UTF-8 text"]) from error


def _file_of(text: str, name: str) -> StudyFile:
    try:
        read = tomllib.loads(text)
        if wrong := [*_not_finite(read)]:
            raise BadStudyError([_told(each, text, name) for each in wrong])
        said = json.dumps(read, default=str)
    except (ValueError, RecursionError) as error:  # of TOML, its line is in the message
        raise BadStudyError([f"{name}: {_plain(str(error))}"]) from error
    try:
        return StudyFile.model_validate_json(said)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        found = [_problem(each) for each in errors if not _follows(each, errors)]
        raise BadStudyError([_told(each, text, name) for each in found]) from error


def _not_finite(read: object, at: Place = ()) -> Iterator[Problem]:
    """What TOML has and JSON has not."""
    if isinstance(read, float) and not math.isfinite(read):
        yield Problem(at, f"can't be {read}")
    elif isinstance(read, dict):
        for key, each in read.items():
            yield from _not_finite(each, (*at, key))
    elif isinstance(read, list):
        for number, each in enumerate(read):
            yield from _not_finite(each, (*at, number))


def _follows(error: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list is too short only for what is wrong in it, which is told."""
    at = error["loc"]
    return error["type"] == "too_short" and any(
        each["loc"][: len(at)] == at and len(each["loc"]) > len(at) for each in errors
    )


def _problem(error: Mapping[str, Any]) -> Problem:
    at, kind = tuple(error["loc"]), str(error["type"])
    if kind == "extra_forbidden":
        return Problem(at, _no_such_key(str(at[-1])))
    if kind == "value_error":
        return Problem(at, str(error["ctx"]["error"]))
    if kind in _LIMITS:
        said, limit = _LIMITS[kind]
        return Problem(at, said.format(error["ctx"][limit]))
    return Problem(at, _SAID.get(kind, _plain(str(error["msg"]))))


def _no_such_key(key: str) -> str:
    if key in _OWN_HOURS:
        return "there is no such key: zone and holidays are each volunteer's own choice"
    near = get_close_matches(key, _KEYS, n=1)
    return f'there is no such key; is it "{near[0]}"?' if near else "there is no such key"


def _plain(message: str) -> str:
    """A message as the second half of a line."""
    return message[:1].lower() + message[1:]


def _told(problem: Problem, text: str, name: str) -> str:
    """ "study.toml, line 23: item 4, show_if: …" """
    line = line_of(text, problem.at)
    where = f"{name}, line {line}" if line else name
    return f"{where}: {place_text(problem.at)}: {problem.what}"


def place_text(at: Place) -> str:
    """Where in the file, for people: the table in brackets, then numbers from 1, then the key."""
    tables = 2 if at[:2] == ("rotate", "item") else 1
    head = ".".join(map(str, at[:tables])) or "file"
    rest = [str(each + 1) if isinstance(each, int) else each for each in at[tables:]]
    return " ".join([f"[{head}]", *rest])

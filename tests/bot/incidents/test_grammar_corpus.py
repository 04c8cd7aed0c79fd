"""Every line of the corpus has the one meaning that stands beside it."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.incidents.commands import IncidentCommand, incident
from bot.incidents.grammar import (
    End,
    Minutes,
    Misspelt,
    Moment,
    Said,
    Show,
    Take,
    WallTime,
    Word,
    log,
    say,
    threads,
)
from bot.incidents.verbs import IncidentVerb

HERE = Path(__file__).parent
REPLAYS = HERE.parents[2] / "bot" / "sandbox" / "data" / "replays"
CORPUS: dict[str, list[list[Any]]] = tomllib.loads((HERE / "corpus.toml").read_text("utf-8"))

Fields = dict[str, Any]
SURFACES: dict[str, Callable[[str], object]] = {
    "say": say,
    "thread": threads,
    "log": log,
    "inside": lambda text: incident(text, inside=True),
    "outside": lambda text: incident(text, inside=False),
}
ROWS = [
    pytest.param(surface, row[0], row[1], row[2] if row[2:] else {}, id=f"{surface}-{number}")
    for surface, rows in CORPUS.items()
    for number, row in enumerate(rows, 1)
]


def moment(value: int | str) -> Moment:
    if isinstance(value, int):
        return Minutes(value)
    clock, _, zone = value.partition(" ")
    hour, minute = clock.split(":")
    return WallTime(int(hour), int(minute), utc=zone == "UTC")


def after_colon(typed: str, otherwise: str) -> str:
    _, colon, rest = typed.partition(":")
    return rest.strip() if colon else otherwise


def said(kind: str, text: str, fields: Fields) -> Said:
    full: Fields = {"text": text} | fields
    for name in full.keys() & {"when", "by"}:
        full[name] = moment(full[name])
    if kind in {"doing", "thread"}:
        full.setdefault("what", full["text"])
    return Said(Word(kind), **full)


def misspelt(typed: str, fields: Fields) -> Misspelt:
    rest = after_colon(typed, "")
    details = {name: fields[name] for name in fields.keys() - {"typed", "nearest"}}
    meant = said(fields["nearest"], rest, details)
    return Misspelt(fields["typed"], meant.word, rest, meant)


def command(kind: str, typed: str, fields: Fields) -> IncidentCommand:
    verb = IncidentVerb(kind)
    full: Fields = {"text": after_colon(typed, typed if kind == "declare" else "")} | fields
    if "numbers" in full:
        full["numbers"] = tuple(full["numbers"])
    if "nearest" in full:
        full["nearest"] = IncidentVerb(full["nearest"])
    return IncidentCommand(verb, **full, said=say(typed) if kind == "say" else None)


def expected(surface: str, typed: str, kind: str, fields: Fields) -> object:
    plain: dict[str, Callable[[], object]] = {
        "talk": lambda: None,
        "show": lambda: Show(**fields),
        "take": lambda: Take(**fields),
        "end": lambda: End(**fields),
        "misspelt": lambda: misspelt(typed, fields),
    }
    if surface in {"inside", "outside"}:
        return command(kind, typed, fields)
    if kind in plain:
        return plain[kind]()
    whole = (surface, kind) in {("thread", "thread"), ("log", "note")}
    return said(kind, after_colon(typed, typed if whole else ""), fields)


@pytest.mark.parametrize(
    ("surface", "typed", "kind", "fields"),
    ROWS,
)
def test_a_line_has_its_one_meaning(surface: str, typed: str, kind: str, fields: Fields) -> None:
    assert SURFACES[surface](typed) == expected(surface, typed, kind, fields)


def test_the_corpus_is_large_and_has_no_line_twice() -> None:
    lines = [(surface, row[0]) for surface, rows in CORPUS.items() for row in rows]
    replayed = [
        (surface, row[0]) for surface, rows in CORPUS.items() for row in rows if len(row) < 3
    ]
    assert len(lines) >= 320
    assert len(set(replayed)) == len(replayed)


def test_every_word_and_every_verb_is_in_the_corpus() -> None:
    kinds = {row[1] for rows in CORPUS.values() for row in rows}
    assert {word.value for word in Word} <= kinds
    assert {verb.value for verb in IncidentVerb} <= kinds


def test_every_text_of_the_replays_is_in_the_corpus_and_survives() -> None:
    texts = {
        row[2]["text"]
        for rows in CORPUS.values()
        for row in rows
        if len(row) > 2 and "text" in row[2]
    }
    for path in REPLAYS.glob("*.json"):
        for event in json.loads(path.read_text("utf-8"))["events"]:
            assert event["text"] in texts

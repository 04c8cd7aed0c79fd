"""The code book: what every column of every file is, and what its numbers stand for.

One row for each column of each file. Where the versions of a study ask an item in other words or
with other choices, each version has a row of its own: an older answer keeps its older meaning.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.sampling.export import Column, Kind
from bot.sampling.model import Item, ItemKind, Protocol

# Choices that say that there is no answer, by their label.
NO_ANSWER = frozenset(
    {"cannot say", "can't say", "don't know", "do not know", "rather not say", "not applicable",
     "prefer not to say", "no answer"}
)  # fmt: skip
HEAD = (
    "Variable", "File", "Description", "Type", "Values", "Missing codes", "Versions", "Shown if",
    "Rotates", "Source", "Licence", "Altered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One column. versions: of the study; none for a column that is not an item."""

    variable: str
    file: str
    description: str
    kind: Kind
    values: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    versions: tuple[int, ...] = ()
    shown_if: str = ""
    rotates: bool = False
    source: str = ""
    licence: str = ""
    altered: bool = False

    def cells(self) -> tuple[str, ...]:
        """As the row of a table."""
        return (
            self.variable,
            self.file,
            self.description,
            self.kind.value,
            " | ".join(f"{value} = {label}" if label else value for value, label in self.values),
            " ".join(self.missing),
            " ".join(map(str, self.versions)),
            self.shown_if,
            _yes(of=self.rotates, known=bool(self.versions)),
            self.source,
            self.licence,
            _yes(of=self.altered, known=bool(self.versions)),
        )

    def as_json(self) -> dict[str, object]:
        return {
            "variable": self.variable,
            "file": self.file,
            "description": self.description,
            "type": self.kind.value,
            "values": [{"value": value, "label": label} for value, label in self.values],
            "missing_codes": list(self.missing),
            "study_versions": list(self.versions),
            "shown_if": self.shown_if,
            "rotates": self.rotates,
            "source": self.source,
            "licence": self.licence,
            "altered": self.altered,
        }


def missing_codes(item: Item) -> tuple[str, ...]:
    """The choices that are no answer: the one that ends a prompt, and `Cannot say` and the like."""
    return tuple(
        each.value
        for each in item.options
        if each.value == item.ends_if or each.label.strip().casefold() in NO_ANSWER
    )


def code_book(
    tables: Sequence[tuple[str, Sequence[Column]]], versions: Sequence[Protocol]
) -> tuple[Entry, ...]:
    """Of these files with these columns, in their order."""
    return tuple(
        entry
        for file, columns in tables
        for column in columns
        for entry in _entries(file, column, versions)
    )


def _entries(file: str, column: Column, versions: Sequence[Protocol]) -> Iterator[Entry]:
    if column.item is None:
        yield Entry(column.name, file, column.about, column.kind, column.labels)
        return
    for item, those, rotates in _wordings(column.item.name, versions):
        yield Entry(
            column.name,
            file,
            item.text,
            column.kind,
            tuple((each.value, each.label) for each in item.options),
            missing_codes(item),
            those,
            _shown_if(item),
            rotates,
            item.source,
            item.licence,
            item.altered,
        )


def _wordings(
    name: str, versions: Sequence[Protocol]
) -> Iterator[tuple[Item, tuple[int, ...], bool]]:
    """An item as it was worded, with the versions that worded it so."""
    found: dict[tuple[Item, bool], list[int]] = {}
    for protocol in versions:
        rotating = frozenset(each.name for each in protocol.rotate)
        for item in _all(protocol):
            if item.name == name:
                found.setdefault((item, name in rotating), []).append(protocol.version)
    for (item, rotates), those in found.items():
        yield item, tuple(those), rotates


def _all(protocol: Protocol) -> Iterable[Item]:
    return (*protocol.items, *protocol.rotate, *protocol.baseline, *protocol.exit)


def _shown_if(item: Item) -> str:
    if item.show_if is None:
        return ""
    return f"{item.show_if.item} in {', '.join(item.show_if.values)}"


def _yes(*, of: bool, known: bool) -> str:
    if not known:
        return ""
    return "yes" if of else "no"


# -- openESM ---------------------------------------------------------------------------------------


def features(columns: Sequence[Column], versions: Sequence[Protocol]) -> list[dict[str, object]]:
    """Each variable as openESM describes it."""
    book = {each.variable: each for each in code_book([("", columns)], versions)}
    return [_feature(column, book[column.name]) for column in columns]


def _feature(column: Column, entry: Entry) -> dict[str, object]:
    item = column.item
    asked = item is not None
    choices = len(entry.values) - len(entry.missing) if column.kind is Kind.CHOICE else ""
    comments = [f"Missing codes: {', '.join(entry.missing)}."] if entry.missing else []
    comments += [f"Shown if {entry.shown_if}."] if entry.shown_if else []
    comments += ["One of several that rotate."] if entry.rotates else []
    comments += ["Not validated."] if asked else []
    return {
        "name": column.name,
        "description": entry.description,
        "variable_type": _variable_type(column),
        "details": entry.description if asked else "",
        "labels": "\n".join(f"{v} = {label}" for v, label in entry.values if label),
        "transformations": "",
        "source": _source(entry) if asked else "",
        "assessment_type": "ESM" if asked else "Other",
        "construct": "",
        "answer_categories": choices,
        "comments": " ".join(comments),
    }


def _source(entry: Entry) -> str:
    made = "Custom question developed for the study" if entry.source == "own" else entry.source
    return f"{made} ({entry.licence}){', altered' if entry.altered else ''}"


def _variable_type(column: Column) -> str:
    if column.item is not None and column.kind is Kind.CHOICE:
        return "rating_scale" if column.item.kind is ItemKind.RADIO else "categorical"
    if column.labels and len(column.labels) == 2:  # noqa: PLR2004 - no and yes
        return "binary"
    kinds = {Kind.LABEL: "categorical", Kind.TIME: "PosixCt", Kind.TEXT: "open-text"}
    return kinds.get(column.kind, "numeric")

"""What the form of a prompt asks: after a first tap, or before one and then with it.

Before a first tap nobody knows which of the questions that depend on it will be asked. The whole
form therefore has the first question, those that do not depend on it, and one field for words: it
carries every text question that might be meant, and what is in it answers the one that the first
answer chooses. What else depends on the first answer is not asked there, and `shown` says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.errors import Refusal
from bot.sampling.model import Condition, Item, ItemKind, Prompt, Protocol

# No item can be called so: names have no hyphen.
WORDS = "your-words"
RADIO_MAX = 10  # of Slack's; a list holds more


def shown_items(protocol: Protocol, prompt: Prompt, first: str) -> tuple[Item, ...]:
    """What the form of a prompt asks after this first tap."""
    return shown_by(protocol, prompt.rotated, first)


def shown_by(protocol: Protocol, rotated: int | None, first: str) -> tuple[Item, ...]:
    """The same: branches, then what rotates; nothing if the tap ends it."""
    if first == protocol.first.ends_if:
        return ()
    known = {protocol.first.name: first}
    asked = [each for each in protocol.items[1:] if _applies(each.show_if, known)]
    return (*asked, *rotated_items(protocol, rotated))


def rotated_items(protocol: Protocol, number: int | None) -> tuple[Item, ...]:
    """Those that rotate, from the one that the plan drew for this prompt."""
    count = len(protocol.rotate)
    if number is None or not count:
        return ()
    places = range(min(protocol.rotate_show, count))
    return tuple(protocol.rotate[(number + each) % count] for each in places)


def _applies(condition: Condition | None, known: dict[str, str]) -> bool:
    return condition is None or known.get(condition.item) in condition.values


# -- the whole of it, for who has not tapped yet ---------------------------------------------------


def whole_items(protocol: Protocol, rotated: int | None) -> tuple[Item, ...]:
    """The first question, and all that may follow it; on the screen only the first is required."""
    first = protocol.first
    kind = ItemKind.RADIO if len(first.options) <= RADIO_MAX else ItemKind.SELECT
    rest = (*_with_words(protocol.items[1:]), *rotated_items(protocol, rotated))
    return (replace(first, kind=kind, required=True), *(replace(e, required=False) for e in rest))


def _with_words(items: Iterable[Item]) -> Iterator[Item]:
    """What does not depend on the first answer; the texts that do, as one field in their place."""
    items = tuple(items)
    texts = [each for each in items if each.show_if and each.kind is ItemKind.TEXT]
    for each in items:
        if each.show_if is None:
            yield each
        elif texts and each is texts[0]:
            yield _words_of(texts)


def _words_of(texts: list[Item]) -> Item:
    """One field for the text questions of which one will be meant."""
    label = " / ".join(each.text for each in texts)
    limits = [each.max_chars for each in texts if each.max_chars]
    return replace(texts[0], name=WORDS, text=label, max_chars=min(limits, default=0))


def asked_whole(protocol: Protocol, rotated: int | None, first: str) -> tuple[Item, ...]:
    """Which items of the whole form are asked of whoever chooses this first answer."""
    asked = shown_by(protocol, rotated, first)
    text = _text_of(asked)
    return tuple(each for each in asked if each.show_if is None or each is text)


def _text_of(items: Iterable[Item]) -> Item | None:
    return next((each for each in items if each.show_if and each.kind is ItemKind.TEXT), None)


def sorted_whole(
    protocol: Protocol, rotated: int | None, values: Mapping[str, str]
) -> dict[str, str]:
    """What was filled in of the whole form, by the items that are asked.

    A choice that the first answer leaves no question for goes. Words that it leaves none for are
    refused, with their field, so that none are lost.
    """
    asked = asked_whole(protocol, rotated, values.get(protocol.first.name, ""))
    text, names = _text_of(asked), {each.name for each in asked}
    found: dict[str, str] = {}
    for each in whole_items(protocol, rotated)[1:]:
        value = values.get(each.name, "")
        name = text.name if each.name == WORDS and text is not None else each.name
        if name in names:
            found[name] = value
        elif value.strip() and each.kind is ItemKind.TEXT:
            raise Refusal(NO_PLACE, field=each.name)
    return found


NO_PLACE = (
    "No question for words follows that answer. Choose another one above, or take them out here."
)

"""Forms: declare, open a thread, put something on the record, end a thread. Pure rendering.

The fields are few and prefilled: what is left is one text, and perhaps one choice.
"""

from collections.abc import Iterable

from bot.incidents.grammar import Word
from bot.incidents.model import TEXT_MAX, TITLE_MAX, Ending, Incident, Investigation
from handlers.blocks.incidents import ENDED
from handlers.blocks.text import Block, one_line, option, plain, section

DECLARE = "form:declare"
NEW_THREAD = "form:thread"
LOG = "form:log"
MISLED = "form:misled"
END = "form:end"

TEXT, BY, KIND, THREAD, WHEN, PRIVATE, HOW, MEANT = (
    "text",
    "by",
    "kind",
    "thread",
    "when",
    "private",
    "how",
    "meant",
)
NO_THREAD = "none"
NOW, AS_WRITTEN = "0", "written"

# What may be put on the record by form, by the word people know it as.
KINDS: dict[Word, str] = {
    Word.NOTE: "Note",
    Word.SEEING: "Seeing: a symptom",
    Word.CHANGED: "Changed: something was changed",
    Word.DECIDED: "Decided",
    Word.CALLING: "Calling somebody",
    Word.FOR: "For a thread",
    Word.AGAINST: "Against a thread",
    Word.KNOWN: "Known",
    Word.UNKNOWN: "Unknown: nobody knows",
    Word.BELIEVE: "We believe",
    Word.CONFUSED: "Confused: what I see makes no sense",
    Word.ODD: "Odd: why does it do that?",
    Word.IMPROVISED: "Improvised: no runbook for it",
    Word.USED: "Control used",
    Word.NO_MORE: "No more: stop retrying",
}
AGO = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120)


def declare(title: str = "") -> Block:
    """Declare an incident: a title, and whether everybody may know of it."""
    private = {
        "type": "checkboxes",
        "action_id": PRIVATE,
        "options": [option("Private: only its members know of it", PRIVATE)],
    }
    return _form(
        DECLARE,
        "Declare an incident",
        "Declare",
        "",
        _text(TEXT, "What is wrong?", title, limit=TITLE_MAX),
        _input(PRIVATE, "Who may know", private, optional=True),
    )


def new_thread(incident: Incident, about: str) -> Block:
    """Open a thread: the idea, and when to decide again."""
    return _form(
        NEW_THREAD,
        "New thread",
        "Open it",
        about,
        _about(incident),
        _text(TEXT, "What could it be, or what could help?", limit=TEXT_MAX),
        _text(BY, "Decide again by", hint="03:20, or 20 min. It may stay empty.", optional=True),
    )


def log(
    incident: Incident, about: str, *, text: str = "", thread: int | None = None, written: bool
) -> Block:
    """Put something on the record; `written` where it is a message with a time of its own."""
    kinds = [option(label, word.value) for word, label in KINDS.items()]
    threads = _threads(incident.open_investigations())
    chosen = [each for each in threads if each["value"] == str(thread)]
    times = [option("When it was written", AS_WRITTEN)] if written else []
    times += [option(_ago(minutes), str(minutes)) for minutes in AGO]
    return _form(
        LOG,
        "Put it on the record",
        "Record",
        about,
        _about(incident),
        _text(TEXT, "What", text, limit=TEXT_MAX, multiline=True),
        _select(KIND, "As", kinds, kinds[0]),
        _select(THREAD, "About", threads, chosen[0] if chosen else threads[0]),
        _select(WHEN, "When", times, times[0]),
    )


def misled(incident: Incident, about: str, text: str) -> Block:
    """A tool said one thing and meant another."""
    return _form(
        MISLED,
        "The tool misled",
        "Record",
        about,
        _about(incident),
        _text(TEXT, "The tool said", text, limit=TEXT_MAX // 2, multiline=True),
        _text(MEANT, "It meant", limit=TEXT_MAX // 3, multiline=True),
    )


def end(thread: Investigation, about: str) -> Block:
    """End a thread in one of four ways; why may stay empty."""
    ways = [option(label.capitalize(), way.value) for way, label in ENDED.items()]
    radio = {
        "type": "radio_buttons",
        "action_id": HOW,
        "options": ways,
    }
    idea = section(f"*{thread.number}* · {one_line(thread.hypothesis, 600)}")
    why = _text(TEXT, "Why", limit=TEXT_MAX, multiline=True, optional=True)
    return _form(
        END, f"End thread {thread.number}", "End it", about, idea, _input(HOW, "How?", radio), why
    )


def told(text: str) -> Block:
    """A sentence where there is no message to say it in; nothing is left to do."""
    return {
        "type": "modal",
        "callback_id": "form:told",
        "title": plain("Parallax", 24),
        "close": plain("Close", 24),
        "blocks": [section(text)],
    }


WAYS = frozenset(way.value for way in Ending)


def _about(incident: Incident) -> Block:
    return section(f"Incident {incident.number} · {one_line(incident.title, 200)}")


def _threads(threads: Iterable[Investigation]) -> list[Block]:
    told = [option(f"{each.number} · {each.hypothesis}", str(each.number)) for each in threads]
    return [option("No thread in particular", NO_THREAD), *told]


def _ago(minutes: int) -> str:
    return f"{minutes} min ago" if minutes else "Now"


def _text(
    block: str,
    label: str,
    initial: str = "",
    *,
    limit: int = 200,
    multiline: bool = False,
    optional: bool = False,
    hint: str = "",
) -> Block:
    field: Block = {
        "type": "plain_text_input",
        "action_id": block,
        "max_length": limit,
        "multiline": multiline,
    }
    if initial:
        field["initial_value"] = initial[:limit]
    made = _input(block, label, field, optional=optional)
    return made | ({"hint": plain(hint, 200)} if hint else {})


def _select(block: str, label: str, options: list[Block], initial: Block) -> Block:
    field = {
        "type": "static_select",
        "action_id": block,
        "options": options,
        "initial_option": initial,
    }
    return _input(block, label, field)


def _input(block: str, label: str, element: Block, *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": block,
        "label": plain(label, 100),
        "element": element,
        "optional": optional,
    }


def _form(callback: str, title: str, submit: str, about: str, *blocks: Block) -> Block:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": about,
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "blocks": list(blocks),
    }

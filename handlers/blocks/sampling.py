"""What a volunteer sees in their direct messages: the prompt, its reminder, what became of it.

Pure rendering. No answer is ever shown in a message, and what a lock screen shows is never the
question itself.
"""

from collections.abc import Mapping, Sequence

from bot.sampling.model import Item, Option, Prompt, Protocol
from bot.sampling.outcomes import Stage, stage_of
from handlers.blocks import sampling_forms as forms
from handlers.blocks.message import Message
from handlers.blocks.text import Block, actions, button, clock, context, escape, section

TAP = "sampling.tap"
DECLINE = "sampling.decline"
FORM = "sampling.form"
PRACTISE = "sampling.practise"
PRACTICE_TAP = "sampling.practice"
TYPED = "sampling.typed"
JOIN = "sampling.join"
SETTINGS = "sampling.settings"
PAUSE = "sampling.pause"
RESUME = "sampling.resume"
LEAVE = "sampling.leave"
EXIT_FORM = "sampling.exit"
QUOTES = "sampling.quotes"

# Two forms: of whoever has tapped, with choices that are saved as they are made, and the whole one.
CHOSE = "sampling.chose"
WHOLE = "sampling:whole"

# Of everything that asks, always: lock screens and shared screens show it.
NOTIFICATION = "A short question about your work (1 minute)"
PER_ROW = 5


def prompt(protocol: Protocol, asked: Prompt) -> Message:
    """The first question with its answers, and below it the ways to say no."""
    blocks = [
        section(escape(protocol.first.text)),
        *_rows(protocol.first, asked.id),
        actions(f"decline:{asked.id}", *_declines(protocol, asked.id)),
        context(_until(asked)),
    ]
    return Message(NOTIFICATION, tuple(blocks))


def _rows(item: Item, prompt_id: str) -> list[Block]:
    options = item.options
    parts = [options[start : start + PER_ROW] for start in range(0, len(options), PER_ROW)]
    return [
        actions(f"tap:{prompt_id}:{place}", *(_tap(each, prompt_id) for each in part))
        for place, part in enumerate(parts)
    ]


def _tap(option: Option, prompt_id: str) -> Block:
    return button(option.label, f"{TAP}.{option.value}", prompt_id)


def _declines(protocol: Protocol, prompt_id: str) -> list[Block]:
    return [
        button(each.label, f"{DECLINE}.{each.value}", prompt_id)
        for each in protocol.decline[: PER_ROW * 5]
    ]


def _until(asked: Prompt) -> str:
    if asked.expires_at is None:
        return "Only the study's readers see your answers, under a code name."
    return (
        f"Open until {clock(asked.expires_at)}. "
        "Only the study's readers see your answers, under a code name."
    )


def reminder() -> Message:
    """One line; it goes away once the prompt is answered or over."""
    told = section("Your short question from above is still open. No pressure.")
    return Message(NOTIFICATION, (told,))


def became(protocol: Protocol, asked: Prompt) -> Message:
    """The prompt's message once something became of it."""
    stage = stage_of(asked)
    if stage is Stage.ASKS:
        return prompt(protocol, asked)
    text, label = SAID[stage]
    blocks = [section(text)]
    if label:
        blocks.append(actions(f"form:{asked.id}", button(label, FORM, asked.id, primary=True)))
    if stage is Stage.EXPIRED:
        blocks += _rows(protocol.first, asked.id)
    return Message(text, tuple(blocks))


SAID: dict[Stage, tuple[str, str]] = {
    Stage.TAPPED: ("Saved. A few short questions are left.", "Answer them"),
    Stage.DECLINED: ("Noted that you can't just now. Thank you for saying so.", ""),
    Stage.EXPIRED: ("The time for this one is over. Tell us anyway? It counts as late.", ""),
    Stage.KEPT: (
        "Your first answer is kept. The time for the rest is over, but it may still come.",
        "Answer",
    ),
    Stage.DONE: ("Thank you. Saved.", ""),
    Stage.OVER: ("This question is not open any more.", ""),
}


def practice(protocol: Protocol) -> Message:
    """The same as a prompt, and nothing of it is stored."""
    taps = [button(each.label, f"{PRACTICE_TAP}.{each.value}") for each in protocol.first.options]
    blocks = [
        context("Practice. Nothing of this is stored."),
        section(escape(protocol.first.text)),
        *(
            actions(f"practice:{start}", *taps[start : start + PER_ROW])
            for start in range(0, len(taps), PER_ROW)
        ),
    ]
    return Message("Practice: nothing of this is stored", tuple(blocks))


def note(what: str, command: str) -> Message:
    """One private note, by its name."""
    text = NOTES[what].format(command=command)
    return Message(text, (section(text), *_note_row(what)))


def _note_row(what: str) -> list[Block]:
    if what == "too_many":
        row = (button("Change my hours", SETTINGS), button("Pause", PAUSE), button("Leave", LEAVE))
        return [actions("note", *row)]
    if what == "exit":
        return [actions("note", button("A few last questions", EXIT_FORM, primary=True))]
    if what == "quote":
        return [actions("note", button("See the words", QUOTES, primary=True))]
    if what == "amended":
        return [actions("note", button("Read what changed", JOIN, primary=True))]
    return []


NOTES = {
    "too_many": (
        "Several of my questions went unanswered lately, and that is all right. Too many? Change "
        "your hours, pause, or leave. Only you see this."
    ),
    "exit": (
        "Your days in the study are over. Thank you. A few short questions are left, if you like."
    ),
    "amended": (
        "The study changed something that you should agree to first. Until then you are paused "
        "and I ask nothing."
    ),
    "quote": (
        "Somebody who read your answers would like to quote a few words of yours. You see exactly "
        "which, and where they would stand. Not answering means no."
    ),
    "role": (
        "You were named to a role in a study. Nothing of it can be read before you have confirmed "
        "that you lead nobody who takes part: `{command} study` shows your role, and asks."
    ),
}


def report(protocol: Protocol, asked: Prompt) -> Message:
    """A report that nobody asked for begins like a prompt; only its author sees it."""
    blocks = [section(escape(protocol.first.text)), *_rows(protocol.first, asked.id)]
    return Message(NOTIFICATION, (*blocks, context("A report of your own. Nobody asked for it.")))


def answers_form(
    protocol: Protocol,
    items: Sequence[Item],
    about: str,
    given: Mapping[str, str],
    *,
    saves: bool,
) -> Block:
    """The form after a first tap. saves: in time, so that each choice is sent as it is made."""
    view = forms.answers(protocol.title, items, about, given)
    if saves:
        view["blocks"] = [
            context("Choices are saved as you make them, words when you send."),
            *map(_sent_at_once, view["blocks"]),
        ]
    return view


def _sent_at_once(block: Block) -> Block:
    """A choice that cannot be taken back, only changed: of lists and texts that is not so."""
    element = block["element"]
    if element["type"] != "radio_buttons":
        return block
    named = element | {"action_id": f"{CHOSE}.{block['block_id']}"}
    return block | {"dispatch_action": True, "element": named}


def whole_form(
    protocol: Protocol,
    items: Sequence[Item],
    asked: Prompt,
    given: Mapping[str, str],
    *,
    late: bool,
) -> Block:
    """The form of somebody who has not tapped: the question of the message first."""
    view = forms.answers(protocol.title, items, asked.id, given)
    about = f"About the message of {clock(asked.sent_at)}. " if asked.sent_at else ""
    told = "Its time is over, so this counts as late." if late else _until(asked)
    return view | {"callback_id": WHOLE, "blocks": [context(about + told), *view["blocks"]]}


def typed(prompt_id: str, message: str, command: str, *, late: bool = False) -> Message:
    """To whoever types in our direct messages: it is kept by Slack, and not by us.

    message: the ts of theirs, whose words the form is filled with; the button does not carry them.
    late: what is put into the form now counts as late.
    """
    told = "What you type here stays in Slack: I don't store it, and I can't delete it. "
    goes = "The form goes to the study" + (", and counts as late." if late else ".")
    told += goes if prompt_id else f"`{command} help` says what I can do."
    row = actions(
        "typed", button("Put it into the form", TYPED, f"{prompt_id}/{message}", primary=True)
    )
    return Message(told, (section(told), row) if prompt_id else (section(told),))

"""What everybody may see of a study, and quotes: asked of their authors, undated. Rendering."""

from collections.abc import Mapping, Sequence

from bot.sampling.disclosure import SENTENCE, told
from bot.sampling.model import Head, Study
from bot.sampling.releasing_shown import THEME, WHOLE, Choices, Published, by_label
from bot.sampling.review_ports import Quote, QuoteState
from bot.sampling.shown import Asked, Quoted
from handlers.blocks.message import Message
from handlers.blocks.sampling_forms import labelled, modal, text_field
from handlers.blocks.text import (
    BLOCKS_MAX,
    Block,
    actions,
    button,
    context,
    escape,
    one_line,
    option,
    paragraphs,
    quoted,
    section,
)

ASK = "sampling.quote.ask"
ASK_FORM = "sampling:quote"
YES = "sampling.quote.yes"
NO = "sampling.quote.no"
SHORTEN = "sampling.quote.shorten"
SHORTEN_FORM = "sampling:shorten"
PUBLISH = "sampling.publish"
PUBLISH_FORM = "sampling:publish"
WORDS, PLACE, WHAT, WEEK = "words", "place", "what", "week"

WORDS_MAX = 1000
PLACE_MAX = 200
PLACE_SHOWN = 5 * PLACE_MAX  # whole, whatever of it has to be escaped
QUOTES_MAX = 18  # in a form of 100 blocks
NOTHING = "Nothing was published here yet. Figures come from at least five people, or not at all."
NO_CHANGE = "Weeks differ by chance: nothing here says that anything has changed."
THEMES = "What at least five people wrote about (tags)"
OPTIONS_MAX = 100


def results(
    study: Study,
    figures: Sequence[Published],
    themes: Mapping[int, Sequence[str]],
    quotes: Sequence[Quoted],
) -> Message:
    """Words first, then figures: what was published, for everybody."""
    lines = [f"*{one_line(study.protocol.title, 120)}*"]
    lines += [f"“{escape(each.words)}” · {one_line(each.place, PLACE_SHOWN)}" for each in quotes]
    lines += [_themes(week, names) for week, names in themes.items() if names]
    lines += [_figure(each) for each in figures]
    if len(lines) == 1:
        return Message(NOTHING, (section(NOTHING),))
    shown = paragraphs(lines, BLOCKS_MAX)
    return Message("What was published", (*shown, *([context(_about(figures))] if figures else ())))


def sealed(shown: Message, study: Study, heads: Sequence[Head]) -> Message:
    """With what was published of the plan, so that whoever keeps it can check it afterwards."""
    told = f"When people are asked was sealed before it began: `{study.commitment}`."
    if heads:
        told += f" Of the days since, {heads[-1].week}: `{heads[-1].head}`."
    told += " Once the secret is out, `parallax study replay-schedule` checks every second of it."
    return Message(shown.text, (*shown.blocks, context(told)))


def _themes(week: int, names: Sequence[str]) -> str:
    said = ", ".join(one_line(each, 60) for each in names)
    return f"Week {week}: what at least five people wrote about: {said}"


def _about(figures: Sequence[Published]) -> str:
    """What no share is shown without; and what nobody should read out of two of them."""
    asked = [each.question.name for each in figures]
    return f"{SENTENCE} {NO_CHANGE}" if len(set(asked)) < len(asked) else SENTENCE


def _figure(published: Published) -> str:
    """A question with its shares in words of disclosure; the sentence that goes with every share
    stands once below all of them."""
    scope, item = published.figure.scope, published.question
    weeks = f"Week {scope.first}"
    if scope.last != scope.first:
        weeks = f"Weeks {scope.first} to {scope.last}"
    labels = {value: one_line(label, 60) for value, label in by_label(item).items()}
    shares = [each for each in told(published.figure, labels) if each != SENTENCE]
    return "\n".join([f"{weeks}: *{one_line(item.text, 150)}*", *shares])


# -- publishing ------------------------------------------------------------------------------------


def publish_form(choices: Choices) -> Block:
    """Which question, or the themes, and of which week."""
    asked = [option(each.text, each.name) for each in choices.questions]
    newest = range(choices.weeks, max(choices.weeks - OPTIONS_MAX + 2, 0), -1)
    weeks = [option(f"Week {each}", str(each)) for each in newest]
    if choices.over and choices.weeks > 1:
        weeks.append(option("All weeks together", str(WHOLE)))
    note = (
        "It is for everybody, stays as it is, and is refused where fewer than five people, or "
        "one of them, could be told from it."
    )
    return modal(
        PUBLISH_FORM,
        "Publish",
        _chosen(WHAT, "What", [*asked[: OPTIONS_MAX - 1], option(THEMES, THEME)]),
        _chosen(WEEK, "Of which week", weeks),
        context(note),
        submit="Publish",
        about=choices.study.id,
    )


def _chosen(name: str, label: str, options: list[Block]) -> Block:
    """A menu, with the first of its choices chosen."""
    menu = {"type": "static_select", "action_id": name, "options": options}
    return labelled(name, label, menu | {"initial_option": options[0]})


# -- quotes ----------------------------------------------------------------------------------------


def ask_form(carried: str, command: str) -> Block:
    """Which words, to the letter, and where they would be shown."""
    note = (
        "The author sees both, may shorten it, and silence means no. It is never dated. After a "
        f"yes it also stands in `{command} results`."
    )
    return modal(
        ASK_FORM,
        "Ask for a quote",
        text_field(WORDS, "Words, to the letter", limit=WORDS_MAX, multiline=True),
        text_field(PLACE, "Where they would be shown", limit=PLACE_MAX),
        context(note),
        submit="Ask the author",
        about=carried,
    )


def quotes(asked: Sequence[Asked], command: str) -> Block:
    """What somebody was asked to let be quoted, with their word on each; what waits first."""
    waiting_first = sorted(asked, key=lambda each: each.quote.state is not QuoteState.ASKED)
    blocks: list[Block] = []
    for each in waiting_first[:QUOTES_MAX]:
        blocks += _asked(each.quote, command)
    told = "You were asked for no quote." if not asked else "Take a yes back as easily as give it."
    return modal("sampling:quotes", "Your words", *blocks, context(told))


def _asked(quote: Quote, command: str) -> list[Block]:
    """The words to the letter, every place where they would stand, and what may be said."""
    state = {
        QuoteState.ASKED: "Not answered, so nothing is shown.",
        QuoteState.APPROVED: "You said yes.",
        QuoteState.REFUSED: "You said no.",
    }[quote.state]
    place = one_line(quote.place, PLACE_SHOWN)
    where = f"Where: {place}; and in `{command} results`, which everybody here can open.\n{state}"
    # A yes is to the words as they stand above it; those that were shortened have theirs.
    yes = () if quote.approved else (button("Yes, these words", YES, f"{quote.id}|{quote.state}"),)
    others = (button("Shorter …", SHORTEN, quote.id), button("No", NO, quote.id))
    row = actions(f"quote:{quote.id}", *yes, *others)
    return [*quoted(quote.approved or quote.words), section(where), row]


def shorten_form(quote_id: str, words: str, below: str) -> Block:
    """Words may be taken out; nothing else changes. below: the form over which it opens, which has
    to be shown anew afterwards."""
    field = text_field(
        WORDS, "Take words out, and put … for them", words, limit=WORDS_MAX, multiline=True
    )
    return modal(
        SHORTEN_FORM, "Shorter", field, submit="Yes, these words", about=f"{quote_id}|{below}"
    )

"""What everybody may see of a study, and quotes: asked of their authors, undated. Rendering."""

from collections.abc import Mapping, Sequence

from bot.sampling.disclosure import Figure, Share
from bot.sampling.model import Item, Study
from bot.sampling.review_ports import QuoteState
from bot.sampling.shown import Asked, Quoted
from handlers.blocks.message import Message
from handlers.blocks.sampling_forms import modal, text_field
from handlers.blocks.text import (
    BLOCKS_MAX,
    Block,
    actions,
    button,
    context,
    cut,
    escape,
    one_line,
    paragraphs,
    section,
)

ASK = "sampling.quote.ask"
ASK_FORM = "sampling:quote"
YES = "sampling.quote.yes"
NO = "sampling.quote.no"
SHORTEN = "sampling.quote.shorten"
SHORTEN_FORM = "sampling:shorten"
PUBLISH = "sampling.publish"
WORDS, PLACE = "words", "place"

WORDS_MAX = 1000
PLACE_MAX = 200
NOTHING = "Nothing was published here yet. Figures come from at least five people, or not at all."
ABOUT = (
    "Shares of answers, not of people, rounded to 5 points. This is about ordinary work outside "
    "incidents; people who struggle probably answer less."
)


def results(
    study: Study,
    figures: Sequence[Figure],
    themes: Mapping[int, Sequence[str]],
    quotes: Sequence[Quoted],
) -> Message:
    """Words first, then figures: what was published, for everybody."""
    lines = [f"*{one_line(study.protocol.title, 120)}*"]
    lines += [f"“{escape(each.words)}” · {one_line(each.place, PLACE_MAX)}" for each in quotes]
    lines += [_themes(week, names) for week, names in themes.items() if names]
    items = {each.name: each for each in (*study.protocol.items, *study.protocol.rotate)}
    lines += [_figure(each, items.get(each.scope.question)) for each in figures]
    if len(lines) == 1:
        return Message(NOTHING, (section(NOTHING),))
    return Message("What was published", (*paragraphs(lines, BLOCKS_MAX), context(ABOUT)))


def _themes(week: int, names: Sequence[str]) -> str:
    said = ", ".join(one_line(each, 60) for each in names)
    return f"Week {week}: what at least five people wrote about: {said}"


def _figure(figure: Figure, item: Item | None) -> str:
    labels = {each.value: each.label for each in item.options} if item else {}
    asked = one_line(item.text, 150) if item else escape(figure.scope.question)
    weeks = f"week {figure.scope.first}"
    if figure.scope.last != figure.scope.first:
        weeks = f"weeks {figure.scope.first} to {figure.scope.last}"
    if figure.few:
        return f"{asked} ({weeks}, {figure.answers} answers of fewer than ten people)"
    shares = "\n".join(_share(each, labels) for each in figure.shares)
    return f"{asked} ({weeks}, {figure.answers} answers)\n{shares}"


def _share(share: Share, labels: Mapping[str, str]) -> str:
    """With what it would be at worst, whatever those who did not answer would have said."""
    label = one_line(labels.get(share.choice, share.choice), 60)
    likely = "" if share.low is None else f", likely {share.low} to {share.high}"
    return f"{label}: {share.points} %{likely} (at worst {share.least} to {share.most})"


# -- quotes ----------------------------------------------------------------------------------------


def ask_form(carried: str) -> Block:
    """Which words, to the letter, and where they would be shown."""
    return modal(
        ASK_FORM,
        "Ask for a quote",
        text_field(WORDS, "Words, to the letter", limit=WORDS_MAX, multiline=True),
        text_field(PLACE, "Where they would be shown", limit=PLACE_MAX),
        context("The author sees both, may shorten it, and silence means no. It is never dated."),
        submit="Ask the author",
        about=carried,
    )


def quotes(asked: Sequence[Asked]) -> Block:
    """What somebody was asked to let be quoted, with their word on each."""
    blocks: list[Block] = []
    for each in asked[:20]:
        blocks += _asked(each)
    told = "You were asked for no quote." if not asked else "Take a yes back as easily as give it."
    return modal("sampling:quotes", "Your words", *blocks, context(told))


def _asked(asked: Asked) -> list[Block]:
    quote = asked.quote
    words = quote.approved or quote.words
    line = f"“{cut(escape(words), 2000)}”\nWhere: {one_line(quote.place, PLACE_MAX)}\n"
    state = {
        QuoteState.ASKED: "Not answered, so nothing is shown.",
        QuoteState.APPROVED: "You said yes.",
        QuoteState.REFUSED: "You said no.",
    }[quote.state]
    row = actions(
        f"quote:{quote.id}",
        button("Yes, these words", YES, quote.id),
        button("Shorter …", SHORTEN, quote.id),
        button("No", NO, quote.id),
    )
    return [section(line + state), row]


def shorten_form(quote_id: str, words: str) -> Block:
    """Words may be taken out; nothing else changes."""
    field = text_field(
        WORDS, "Take words out, and put … for them", words, limit=WORDS_MAX, multiline=True
    )
    return modal(SHORTEN_FORM, "Shorter", field, submit="Yes, these words", about=quote_id)

"""What coders and readers see: answers under code names, tags, rounds of two, roles. Rendering.

All of it stands in forms that whoever opened them sees alone, never in a message.
"""

from collections.abc import Iterable, Sequence

from bot.sampling.agreement import Agreement, TagAgreement
from bot.sampling.model import Appointment, Role, Study
from bot.sampling.review_ports import CodeBook, Round, Tag, TextKey
from bot.sampling.reviewing_cards import Card, Page, TextShown
from handlers.blocks.sampling_forms import labelled, modal
from handlers.blocks.sampling_results import ASK, PUBLISH
from handlers.blocks.text import (
    BLOCKS_MAX,
    Block,
    actions,
    button,
    context,
    cut,
    escape,
    one_line,
    option,
    paragraphs,
    plain,
    section,
)

QUEUE = "sampling:queue"
CODE = "sampling:code"
BOOK = "sampling:book"
STUDY = "sampling:study"
ROUND = "sampling:round"
MORE = "sampling.review.more"
CODE_ONE = "sampling.review.code"
NEXT = "sampling.round.next"
OPEN_BOOK = "sampling.book"
START_ROUND = "sampling.round.start"
AGREED = "sampling.round.agreement"
ATTEST = "sampling.attest"
GRANT = "sampling.grant"
TAGS, TEXT = "tags", "text"

TITLE_MAX = 120
WORDS_MAX = 2800
QUESTION_MAX = 200
BOOK_MAX = 3000
NO_CODE_BOOK = "There is no code book yet. A coder writes one: one tag a line, `tag: when it fits`."
ATTESTATION = (
    "I lead none of those who may take part, I own nothing of this workspace, and I tell nobody "
    "what I read."
)
SEALED = "Under code names, without times. Every volunteer sees who read their answers."


def queue(study: Study, page: Page, *, coder: bool, words: str = "") -> Block:
    """A page of answers, each text with its question."""
    title = one_line(study.protocol.title, TITLE_MAX)
    found = f"with '{one_line(words, 60)}'" if words else "with a text"
    head = section(f"*{title}*: answers {found}. {len(page.cards)} shown, {page.looked} looked at.")
    blocks = [head, *(block for each in page.cards for block in _card(each, study, coder=coder))]
    if page.after:
        more = f"{study.id}|{page.after}|{words}"[:2000]
        blocks.append(actions("more", button("More", MORE, more)))
    return modal(QUEUE, "Answers", *blocks[:98], context(SEALED))


def _card(card: Card, study: Study, *, coder: bool) -> list[Block]:
    said = [f"{one_line(q, QUESTION_MAX)} _{one_line(a, QUESTION_MAX)}_" for q, a in card.choices]
    line = f"*{escape(card.pseudonym)}* · day {card.day}, {card.part_of_day} · {card.status}"
    blocks = [context("\n".join([line, *said]))]
    return [*blocks, *(_text(each, study, coder=coder) for each in card.texts)]


def _text(shown: TextShown, study: Study, *, coder: bool) -> Block:
    tags = _tags(shown)
    words = cut(escape(shown.words), WORDS_MAX)
    made = section(f"{one_line(shown.question, QUESTION_MAX)}\n{_quote(words)}{tags}")
    if coder:
        label = "Code" if shown.own is None else "Code anew"
        made["accessory"] = button(label, CODE_ONE, about(study, shown.text))
    else:
        made["accessory"] = button("Ask for a quote …", ASK, about(study, shown.text))
    return made


def _quote(words: str) -> str:
    return "\n".join(f"&gt; {line}" for line in words.splitlines())


def _tags(shown: TextShown) -> str:
    lines = []
    if shown.own is not None:
        lines.append(f"Yours: {_names(shown.own)}")
    if shown.together is not None:
        lines.append(f"Together: {_names(shown.together)}")
    lines += [f"The other: {_names(tags)}" for _, tags in shown.others]
    return "".join(f"\n{each}" for each in lines)


def _names(tags: Sequence[str]) -> str:
    return ", ".join(one_line(each, 60) for each in tags) or "none of the tags"


def about(study: Study, text: TextKey, round_id: str = "") -> str:
    """What a form about one text carries: ids."""
    return f"{study.id}|{text.prompt}|{text.item}|{round_id}"


def words(text: str) -> Block:
    """One text to be coded."""
    return section(_quote(cut(escape(text), WORDS_MAX)))


def code(carried: str, shown: Block | None, book: CodeBook, left: int = 0) -> Block:
    """Choose the tags of the text that is shown; to choose none is a coding, too."""
    choices = {
        "type": "multi_static_select",
        "action_id": TAGS,
        "placeholder": plain("None of them", 60),
        "options": [option(each.name, each.name) for each in book.tags[:100]],
    }
    meant = [context("\n".join(_meaning(each) for each in book.tags if each.meaning))]
    note = f"{left} left in this round, this one included. " if left else ""
    return modal(
        CODE,
        "Which tags fit?",
        *([shown] if shown else ()),
        labelled(TAGS, "Tags", choices, optional=True),
        *(meant if any(each.meaning for each in book.tags) else ()),
        actions("quote", button("Ask its author for a quote …", ASK, carried)),
        context(f"{note}Version {book.version} of the code book."),
        submit="Keep",
        about=carried,
    )


def _meaning(tag: Tag) -> str:
    return f"*{one_line(tag.name, 60)}*: {one_line(tag.meaning, QUESTION_MAX)}"


def book(study: Study, newest: CodeBook | None) -> Block:
    """The code book as text: one tag a line."""
    typed = "\n".join(_typed(each) for each in newest.tags) if newest else ""
    element: Block = {
        "type": "plain_text_input",
        "action_id": TEXT,
        "multiline": True,
        "max_length": BOOK_MAX,
    }
    if typed:
        element["initial_value"] = typed[:BOOK_MAX]
    version = f"Version {newest.version} now. " if newest else ""
    return modal(
        BOOK,
        "Code book",
        labelled(TEXT, "One tag a line, a colon, and when it fits", element),
        context(f"{version}A change is a new version; what was coded keeps its own."),
        submit="Keep",
        about=study.id,
    )


def _typed(tag: Tag) -> str:
    return f"{tag.name}: {tag.meaning}" if tag.meaning else tag.name


# -- the study, to those with a role in it ---------------------------------------------------------


def study(
    shown: Study,
    mine: Iterable[Appointment],
    figures: Sequence[str],
    rounds: Sequence[Round],
    me: str,
) -> Block:
    """What a study is doing, and what somebody may do in it. figures: lines that are ours."""
    held = list(mine)
    title = one_line(shown.protocol.title, TITLE_MAX)
    lines = [
        f"*{title}* · version {shown.protocol.version} · {shown.state.value}",
        f"Your part: {', '.join(each.role.value for each in held)}",
        f"Commitment `{shown.commitment[:16]}…` · plan's head `{shown.head[:16] or 'none yet'}`",
        *figures,
    ]
    blocks = [*paragraphs(lines, BLOCKS_MAX)]
    if any(each.attested_at is None for each in held):
        row = actions("attest", button("I confirm", ATTEST, shown.id, primary=True))
        blocks += [section(f"Before anything else: {ATTESTATION}"), row]
        return modal(STUDY, "The study", *blocks)
    return modal(STUDY, "The study", *blocks, *_parts(shown, held, rounds, me))


def _parts(
    shown: Study, held: Sequence[Appointment], rounds: Sequence[Round], me: str
) -> list[Block]:
    roles = {each.role for each in held}
    blocks: list[Block] = []
    if Role.CODER in roles:
        others = {
            "type": "users_select",
            "action_id": START_ROUND,
            "placeholder": plain("Code apart with …", 60),
        }
        row = actions(f"coder:{shown.id}", button("Code book", OPEN_BOOK, shown.id), others)
        blocks += [row, *(_round(shown, each, me) for each in rounds[:10])]
    if Role.OWNER in roles:
        who = {
            "type": "users_select",
            "action_id": GRANT,
            "placeholder": plain("Let an analyst export …", 60),
        }
        publish = button("Publish the last week", PUBLISH, shown.id)
        blocks += [section("An export needs your leave: one analyst, one hour.")]
        blocks.append(actions(f"owner:{shown.id}", who, publish))
    return blocks


def _round(shown: Study, made: Round, me: str) -> Block:
    value = f"{shown.id}|{made.id}"
    line = f"Round of {made.texts} texts, code book version {made.version}"
    block = section(f"{line}: {'both are done' if made.closed_at else 'not done yet'}")
    if made.closed_at is not None:
        block["accessory"] = button("Agreement", AGREED, value)
    elif me in {made.first, made.second}:
        block["accessory"] = button("Code the next", NEXT, value, primary=True)
    return block


def agreement(found: Agreement) -> Block:
    """How far two agree, in figures and no verdict."""
    sets = found.sets
    lines = [
        (
            f"{found.texts} of {found.of} texts, by {found.volunteers} volunteers, "
            f"version {found.version} of the code book."
        ),
        f"Sets of tags, Krippendorff's alpha: MASI {_figure(sets.masi)}, Jaccard "
        f"{_figure(sets.jaccard)}, nominal {_figure(sets.nominal)}. {sets.why}".rstrip(),
        *(_agreed(each) for each in found.tags),
    ]
    note = "Intervals of 95 %, resampled by volunteer. Numbers, no verdict."
    return modal(ROUND, "Agreement", *paragraphs(lines, BLOCKS_MAX), context(note))


def _agreed(tag: TagAgreement) -> str:
    kappa = _figure(tag.kappa)
    if tag.interval is not None:
        kappa += f" ({tag.interval.low:.2f} to {tag.interval.high:.2f})"
    return (
        f"*{one_line(tag.tag, 60)}*: {tag.first} and {tag.second}, both {tag.both} · positive "
        f"agreement {_figure(tag.positive)} · kappa {kappa} {' '.join(tag.why)}".rstrip()
    )


def _figure(number: float | None) -> str:
    return "undefined" if number is None else f"{number:.2f}"


def told(title: str, text: str) -> Block:
    """A sentence in a form."""
    return modal(STUDY, title, section(text))

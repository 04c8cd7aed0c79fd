"""What coders and readers see: answers under code names, tags, rounds of two, roles. Rendering.

All of it stands in forms that whoever opened them sees alone, never in a message.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from bot.sampling.agreement import Agreement, TagAgreement
from bot.sampling.model import Appointment, Role, Study
from bot.sampling.review_ports import CodeBook, Exported, Grant, Tag, TextKey
from bot.sampling.reviewing_cards import Card, Page, TextShown
from bot.sampling.reviewing_rounds import Going, ToSettle
from handlers.blocks.sampling_forms import labelled, modal
from handlers.blocks.sampling_results import ASK, PUBLISH
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
    plain,
    quoted,
    section,
)

QUEUE = "sampling:queue"
CODE = "sampling:code"
SETTLE = "sampling:settle"
BOOK = "sampling:book"
STUDY = "sampling:study"
ROUND = "sampling:round"
MORE = "sampling.review.more"
CODE_ONE = "sampling.review.code"
SETTLE_ONE = "sampling.review.settle"
NEXT = "sampling.round.next"
OPEN_BOOK = "sampling.book"
START_ROUND = "sampling.round.start"
AGREED = "sampling.round.agreement"
SETTLE_NEXT = "sampling.round.settle"
ATTEST = "sampling.attest"
GRANT = "sampling.grant"
FIGURES = "sampling.figures"
TAGS, TEXT = "tags", "text"

TITLE_MAX = 120
CARDS_MAX = 97  # blocks, of a form of 100
QUESTION_MAX = 200
BOOK_MAX = 3000
LEFT_MAX = 3  # of each kind: all of them are in the command line's report
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
    more = f"{study.id}|{page.after}|{words}"[:2000]
    row = [actions("more", button("More", MORE, more))] if page.after else []
    return modal(QUEUE, "Answers", *blocks[:CARDS_MAX], *row, context(SEALED))


def _card(card: Card, study: Study, *, coder: bool) -> list[Block]:
    said = [f"{one_line(q, QUESTION_MAX)} _{one_line(a, QUESTION_MAX)}_" for q, a in card.choices]
    line = f"*{escape(card.pseudonym)}* · day {card.day}, {card.part_of_day} · {card.status}"
    blocks = [context("\n".join([line, *said]))]
    return [*blocks, *(b for each in card.texts for b in _text(each, study, coder=coder))]


def _text(shown: TextShown, study: Study, *, coder: bool) -> list[Block]:
    """The question, what may be done with its answer, and below it the whole of the answer."""
    made = section(f"{one_line(shown.question, QUESTION_MAX)}{_tags(shown)}")
    if shown.settles:
        label = "Settle …" if shown.together is None else "Settle anew …"
        made["accessory"] = button(label, SETTLE_ONE, about(study, shown.text))
    elif coder:
        label = "Code" if shown.own is None else "Code anew"
        made["accessory"] = button(label, CODE_ONE, about(study, shown.text))
    else:
        made["accessory"] = button("Ask for a quote …", ASK, about(study, shown.text))
    return [made, *quoted(shown.words)]


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


def asked(shown: TextShown) -> list[Block]:
    """A text below its question."""
    return [section(one_line(shown.question, QUESTION_MAX)), *quoted(shown.words)]


def about(study: Study, text: TextKey, round_id: str = "") -> str:
    """What a form about one text carries: ids."""
    return f"{study.id}|{text.prompt}|{text.item}|{round_id}"


def code(carried: str, shown: Sequence[Block], book: CodeBook, left: int = 0) -> Block:
    """Choose the tags of the text that is shown; to choose none is a coding, too."""
    note = f"{left} left in this round, this one included. " if left else ""
    return modal(
        CODE,
        "Which tags fit?",
        *shown,
        *_choosing("Tags", book),
        actions("quote", button("Ask its author for a quote …", ASK, carried)),
        context(f"{note}Version {book.version} of the code book."),
        submit="Keep",
        about=carried,
    )


def settle(carried: str, shown: Sequence[Block], book: CodeBook) -> Block:
    """Choose what two agree on together, for the text that is shown with what each gave."""
    return _settling(carried, shown, book, "")


def settle_next(study_id: str, found: ToSettle) -> Block:
    """The next text on which the two of a round differ, with what each gave it."""
    (text,) = (each for each in found.card.texts if each.text == found.text)
    carried = f"{study_id}|{found.text.prompt}|{found.text.item}|{found.round.id}"
    both = set(text.own or ()).intersection(*(tags for _, tags in text.others))
    given = section(_tags(text).strip())
    note = f"{found.left} to settle in this round, this one included. "
    return _settling(carried, [*asked(text), given], found.book, note, both)


def _settling(
    carried: str, shown: Sequence[Block], book: CodeBook, note: str, chosen: Collection[str] = ()
) -> Block:
    return modal(
        SETTLE,
        "Settle together",
        *shown,
        *_choosing("What you two agree on", book, chosen),
        context(f"{note}What each of you gave apart stays. Version {book.version} of the book."),
        submit="We agree",
        about=carried,
    )


def _choosing(label: str, book: CodeBook, chosen: Collection[str] = ()) -> list[Block]:
    """The tags to choose from, and when each fits."""
    choices = {
        "type": "multi_static_select",
        "action_id": TAGS,
        "placeholder": plain("None of them", 60),
        "options": [option(each.name, each.name) for each in book.tags[:100]],
    }
    if chosen:
        choices["initial_options"] = [option(e, e) for e in book.names if e in chosen]
    meant = [_meaning(each) for each in book.tags if each.meaning]
    field = labelled(TAGS, label, choices, optional=True)
    return [field, context("\n".join(meant))] if meant else [field]


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
    left: Sequence[str],
    rounds: Sequence[Going],
    me: str,
    command: str,
) -> Block:
    """What a study is doing, and what somebody may do in it. left: lines about what left it."""
    held = list(mine)
    title = one_line(shown.protocol.title, TITLE_MAX)
    lines = [
        f"*{title}* · version {shown.protocol.version} · {shown.state.value}",
        f"Your part: {', '.join(each.role.value for each in held)}",
        f"Commitment `{shown.commitment[:16]}…` · plan's head `{shown.head[:16] or 'none yet'}`",
        *left,
    ]
    blocks = [*paragraphs(lines, BLOCKS_MAX)]
    if any(each.attested_at is None for each in held):
        row = actions("attest", button("I confirm", ATTEST, shown.id, primary=True))
        blocks += [section(f"Before anything else: {ATTESTATION}"), row]
        return modal(STUDY, "The study", *blocks)
    return modal(STUDY, "The study", *blocks, *_parts(shown, held, rounds, me, command))


def may_export(shown: Study, until: datetime | None, zone: tzinfo, command: str) -> str:
    """To an analyst: how, if the owner lets them just now."""
    if until is None:
        return (
            f"Nothing is granted to you just now. An owner of *{one_line(shown.name, TITLE_MAX)}* "
            f"grants an export in `{command} study`: one analyst, one hour."
        )
    return (
        f"You may export until {until.astimezone(zone):%H:%M}. Where the bot runs: "
        f"`parallax export study {one_line(shown.name, TITLE_MAX)} --out FOLDER`. Every volunteer "
        "in it sees that."
    )


def left_it(grants: Sequence[Grant], exports: Sequence[Exported]) -> list[str]:
    """Which exports were granted and made, the newest of each first."""
    granted = [
        f"<@{each.owner}> let <@{each.analyst}> export on {each.at:%Y-%m-%d}"
        for each in grants[:LEFT_MAX]
    ]
    made = [
        f"<@{each.analyst}> exported on {each.at:%Y-%m-%d}: {each.bundle}, `{each.digest[:16]}…`"
        for each in exports[:LEFT_MAX]
    ]
    return granted + made


def _parts(
    shown: Study, held: Sequence[Appointment], rounds: Sequence[Going], me: str, command: str
) -> list[Block]:
    roles = {each.role for each in held}
    goes_on = [*_goes_on(roles, command)]
    blocks: list[Block] = [section("\n".join(goes_on))] if goes_on else []
    if Role.CODER in roles:
        others = {
            "type": "users_select",
            "action_id": START_ROUND,
            "placeholder": plain("Code apart with …", 60),
        }
        row = actions(f"coder:{shown.id}", button("Code book", OPEN_BOOK, shown.id), others)
        blocks.append(row)
    blocks += [_round(shown, each, me) for each in rounds[:10]]
    if Role.OWNER in roles:
        who = {
            "type": "users_select",
            "action_id": GRANT,
            "placeholder": plain("Let an analyst export …", 60),
        }
        publish = button("Publish …", PUBLISH, shown.id)
        blocks += [section("An export needs your leave: one analyst, one hour.")]
        goes = button("How it goes", FIGURES, shown.id)
        blocks.append(actions(f"owner:{shown.id}", goes, who, publish))
    return blocks


def _goes_on(roles: Collection[Role], command: str) -> Iterator[str]:
    """The commands with which somebody does what they are there for."""
    if not {Role.READER, Role.CODER}.isdisjoint(roles):
        yield f"`{command} review` shows the answers; `{command} review WORDS` those with WORDS."
    if Role.ANALYST in roles:
        yield f"`{command} export` says whether you may export now, and how."


def granted(analyst: str, command: str) -> Block:
    """To the owner: who may export, and how they go on."""
    return told(
        "Granted",
        f"<@{analyst}> may export for one hour; `{command} export` tells them how. Every volunteer"
        " sees that.",
    )


def figures(lines: Sequence[str]) -> Block:
    """A study's figures, as the command line tells them."""
    told = [escape(line.strip() if line.startswith("  ") else f"*{line}*") for line in lines]
    return modal(STUDY, "How it goes", *paragraphs(told, BLOCKS_MAX))


def _round(shown: Study, going: Going, me: str) -> Block:
    made, value = going.round, f"{shown.id}|{going.round.id}"
    line = f"Round of {made.texts} texts, code book version {made.version}"
    block = section(f"{line}: {_how_far(going, me)}")
    if going.over:
        block["accessory"] = button("Agreement", AGREED, value)
    elif going.left.get(me):
        block["accessory"] = button("Code the next", NEXT, value, primary=True)
    return block


def _how_far(going: Going, me: str) -> str:
    if going.round.closed_at is not None:
        return "both are done"
    if going.over:
        return "both are done; look at the agreement, then compare"
    mine = going.left.get(me, 0)
    if going.of(me):
        return f"{mine} left for you" if mine else "you are done, the other is not yet"
    return "not done yet"


def agreement(found: Agreement, settles: str = "") -> Block:
    """How far two agree, in figures and no verdict. settles: their round, if it is theirs."""
    sets = found.sets
    gone = f" {found.erased} more were coded and have been erased since." if found.erased else ""
    lines = [
        (
            f"{found.texts} of {found.of} texts, by {found.volunteers} volunteers, "
            f"version {found.version} of the code book.{gone}"
        ),
        f"Sets of tags, Krippendorff's alpha: MASI {_figure(sets.masi)}, Jaccard "
        f"{_figure(sets.jaccard)}, nominal {_figure(sets.nominal)}. {sets.why}".rstrip(),
        *(_agreed(each) for each in found.tags),
    ]
    note = "Intervals of 95 %, resampled by volunteer. Numbers, no verdict."
    row = [actions("settle", button("Settle what differs …", SETTLE_NEXT, settles))]
    shown = paragraphs(lines, BLOCKS_MAX)
    return modal(ROUND, "Agreement", *shown, *(row if settles else ()), context(note))


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

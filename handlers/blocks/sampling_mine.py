"""What somebody gave, for themselves: everything that is kept of them, page by page. Rendering.

Nothing is cut: what does not fit a page is on the next one, and a long text goes on in more lines.
What this page has no words for is shown as it is kept.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.sampling.calendar import zone_of
from bot.sampling.charts_own import Bar, Chart
from bot.sampling.given import Given
from bot.sampling.model import Item, ItemKind, Trigger
from bot.sampling.review_ports import Seen
from bot.sampling.wanted import WEEKDAYS
from handlers.blocks.text import (
    SECTION_MAX,
    Block,
    actions,
    button,
    context,
    escape,
    one_line,
    ours,
    plain,
    section,
)

PAGE = "sampling.mine.page"
"""The beginning of the buttons' names; the number of the page follows, from 1."""
VIEW = "sampling:mine"

PAGE_MAX = 12_000
# Whatever is escaped grows to five times its length at most.
PIECE_MAX = 500
LABEL_MAX = 1600  # of a question, however much its escapes are
CELLS = 20
CHARTS = "\n*Your answers when you were asked, as shares of them.* They are nobody else's."
ONLY_YOU = "Only you see this."
MOMENTS = frozenset({
    "joined_at", "left_at", "at", "until", "asked_at", "planned_at", "sent_at", "reminded_at",
    "first_tap_at", "ended_at",
})  # fmt: skip
TYPED = frozenset({"answers", "asked_once"})
Line = str
Told = Mapping[str, Any]


def view(gathered: Sequence[Given], number: int = 1) -> Block:
    """One page, from 1; a number that is beyond the last is the last."""
    parts = pages([line for each in gathered for line in _study(each)])
    at = min(max(number, 1), len(parts))
    foot = f"Page {at} of {len(parts)}. {ONLY_YOU}" if len(parts) > 1 else ONLY_YOU
    return {
        "type": "modal",
        "callback_id": VIEW,
        "title": plain("What you gave", 24),
        "close": plain("Close", 24),
        "blocks": [*parts[at - 1], *_turning(at, len(parts)), context(foot)],
    }


def _turning(at: int, last: int) -> list[Block]:
    back = [button("Back", f"{PAGE}.{at - 1}")] if at > 1 else []
    more = [button("More", f"{PAGE}.{at + 1}", primary=True)] if at < last else []
    return [actions("pages", *back, *more)] if back or more else []


def pages(lines: Sequence[Line]) -> list[list[Block]]:
    """All the lines, in order, as the sections of as many pages as they need."""
    made: list[list[str]] = [[""]]
    for line in lines:
        page = made[-1]
        if sum(map(len, page)) + len(line) > PAGE_MAX:
            page = [""]
            made.append(page)
        if len(page[-1]) + len(line) >= SECTION_MAX:
            page.append("")
        page[-1] += line + "\n"
    return [[section(text) for part in page if (text := part.strip("\n"))] for page in made]


# -- one study -------------------------------------------------------------------------------------

# What is told in words below.
TOLD = frozenset({
    "study", "title", "code_name", "state", "joined_at", "left_at", "hours", "consents",
    "keep_if_account_is_deactivated", "asked_once", "prompts", "tags", "quotes_asked_for",
    "who_read_or_exported", "granted",
})  # fmt: skip


def _study(given: Given) -> Iterator[Line]:
    zone = given.told["hours"]["zone"]
    told = _there(given.told, zone_of(zone))
    yield f"*{one_line(told['title'], LABEL_MAX)}* · code name {escape(told['code_name'])}"
    yield f"Study {escape(told['study'])} · {_state(told)}"
    yield f"Times here are those of {escape(zone)}."
    yield f"If your account is deactivated, what you gave is {_kept(told)}."
    yield from _hours(told["hours"])
    yield from map(_consent, told["consents"])
    yield f"Asked or reported: {len(told['prompts'])}"
    yield from map(_looked, told["who_read_or_exported"])
    yield from map(_granted, told.get("granted", ()))
    for quote in told["quotes_asked_for"]:
        yield from _quote(quote)
    if told["asked_once"]:
        yield "\n*Asked once*"
        yield from _answers(told["asked_once"], given.items)
    if given.charts:
        yield CHARTS
    for chart in given.charts:
        yield from _chart(chart)
    yield from _prompts(told, given.items)
    yield from _rest(told, TOLD)


OF_HOURS = frozenset({
    "zone", "windows", "days", "quiet", "days_off", "holidays_of", "holidays", "more_time",
})  # fmt: skip


def _state(told: Told) -> str:
    joined, left = told["joined_at"], told["left_at"]
    parts = (told["state"], joined and f"joined {joined}", left and f"left {left}")
    return " · ".join(filter(None, parts))


def _kept(told: Told) -> str:
    return "kept" if told["keep_if_account_is_deactivated"] else "erased after 30 days"


def _hours(hours: Told) -> Iterator[Line]:
    days = ", ".join(WEEKDAYS[each] for each in hours["days"])
    yield f"Asked {escape(', '.join(hours['windows']))}, {days}, times of {escape(hours['zone'])}"
    if hours["more_time"]:
        yield "With twice the time to answer"
    if hours["quiet"]:
        yield f"Never {escape(hours['quiet'])}"
    yield from _list("Days off", hours["days_off"])
    if hours["holidays_of"]:
        yield f"Holidays of {escape(hours['holidays_of'])}"
    yield from _list("Holidays", hours["holidays"])
    yield from _rest(hours, OF_HOURS)


def _list(name: str, values: Sequence[str]) -> Iterator[Line]:
    """So many to a line that none has to be cut."""
    for start in range(0, len(values), 20):
        yield f"{name}: {escape(', '.join(values[start : start + 20]))}"


def _consent(consent: Told) -> Line:
    version, digest = consent["version"], escape(consent["text_sha256"])
    return f"Agreed to version {version}, {consent['at']}: text sha256 `{digest}`"


def _looked(look: Told) -> Line:
    """Who saw answers of theirs, in what way, and on which day."""
    who, on = _who(look["person"]), look["on"]
    if look["how"] == Seen.EXPORTED.value:
        return f"{who} exported your answers, {on}: sha256 `{escape(look['export_sha256'])}`"
    how = "found by a search" if look["how"] == Seen.FOUND.value else "read"
    return f"{who} {how} {look['answers']} of your answers, {on}"


def _granted(grant: Told) -> Line:
    by, analyst = _who(grant["by"]), _who(grant["analyst"])
    return f"{by} let {analyst} export the study for an hour, {grant['at']} to {grant['until']}"


def _quote(quote: Told) -> Iterator[Line]:
    asked = f"{_who(quote['asked_by'])} asked to quote you, {quote['asked_at']}"
    yield f"{asked}: {escape(quote['state'])}. Where:"
    yield from _typed(quote["place"])
    yield "The words:"
    yield from _typed(quote["words"])
    if quote["approved"]:
        yield "What may be shown:"
        yield from _typed(quote["approved"])


def _who(person: str) -> str:
    return ours(f"@{person}")


# -- prompts ---------------------------------------------------------------------------------------

OF_PROMPT = frozenset({
    # Its id is random, and says nothing of them.
    "prompt", "date", "day", "beep", "trigger", "outcome", "reason", "late", "answers",
    "declined_with", "shown",
    "planned_at", "sent_at", "reminded_at", "first_tap_at", "ended_at",
})  # fmt: skip
TIMES = {
    "planned": "planned_at",
    "sent": "sent_at",
    "reminded": "reminded_at",
    "first tap": "first_tap_at",
    "done": "ended_at",
}


def _prompts(told: Told, items: Mapping[str, Item]) -> Iterator[Line]:
    tags: dict[str, list[Told]] = {}
    for each in told["tags"]:
        tags.setdefault(each["prompt"], []).append(each)
    for prompt in told["prompts"]:
        yield from _prompt(prompt, items)
        for each in tags.pop(prompt["prompt"], ()):
            yield from _tagged(each, items)
    for left in tags.values():
        for each in left:
            yield from _tagged(each, items)


def _prompt(prompt: Told, items: Mapping[str, Item]) -> Iterator[Line]:
    own = prompt["trigger"] == Trigger.SELF_REPORT.value
    where = "reported unasked" if own else f"day {prompt['day']}, question {prompt['beep']}"
    late = ", late" if prompt["late"] else ""
    yield f"\n*{prompt['date']}* · {where} · {_ended(prompt)}{late}"
    yield " · ".join(f"{name} {prompt[key]}" for name, key in TIMES.items() if prompt[key])
    yield from _answers(prompt["answers"], items)
    yield from _left_out(prompt, items)
    yield from _rest(prompt, OF_PROMPT)


def _ended(prompt: Told) -> str:
    """Its outcome, with why: of one they declined, what stood on the button that they pressed."""
    ended = (prompt["outcome"] or "open").replace("_", " ")
    why = prompt["declined_with"] or prompt["reason"].replace("_", " ")
    return f"{ended} ({one_line(why, LABEL_MAX)})" if why else ended


def _left_out(prompt: Told, items: Mapping[str, Item]) -> Iterator[Line]:
    """What was asked of them in the form, and has no answer."""
    for name in prompt["shown"]:
        if name not in prompt["answers"]:
            item = items.get(name)
            yield f"Left out: {one_line(item.text, LABEL_MAX) if item else escape(name)}"


def _answers(answers: Mapping[str, str], items: Mapping[str, Item]) -> Iterator[Line]:
    for name, value in answers.items():
        yield from _answer(items.get(name), name, value)


def _answer(item: Item | None, name: str, value: str) -> Iterator[Line]:
    asked = one_line(item.text, LABEL_MAX) if item else escape(name)
    labels = {each.value: each.label for each in item.options} if item else {}
    if item is not None and item.kind is not ItemKind.TEXT and value in labels:
        yield f"{asked} _{one_line(labels[value], LABEL_MAX)}_"
        return
    yield asked
    yield from _typed(value)


def _typed(text: str) -> Iterator[Line]:
    """Words as they were typed, all of them, as a quotation."""
    for line in text.splitlines() or [""]:
        for start in range(0, max(len(line), 1), PIECE_MAX):
            yield f"&gt; {escape(line[start : start + PIECE_MAX])}"


def _tagged(coding: Told, items: Mapping[str, Item]) -> Iterator[Line]:
    item = items.get(coding["item"])
    about = one_line(item.text, LABEL_MAX) if item else escape(coding["item"])
    by = _who(coding["coder"]) if coding["coder"] else "Two coders together"
    book = f"code book {coding['code_book_version']}, {coding['at']}"
    yield f"{by} tagged “{about}”, {book}:"
    yield from _typed(", ".join(coding["tags"]) or "no tag")


# -- charts ----------------------------------------------------------------------------------------


def _chart(chart: Chart) -> Iterator[Line]:
    """Their own answers alone, as shares of them."""
    yield f"\n*{one_line(chart.item.text, LABEL_MAX)}*"
    weeks = ", ".join(map(str, chart.weeks))
    yield f"Your answers: {chart.answers}; by week: {weeks}"
    for each in chart.bars:
        yield _bar(each)


def _bar(bar: Bar) -> Line:
    full = round(bar.share * CELLS)
    drawn = "█" * full + "·" * (CELLS - full)
    weeks = ", ".join("–" if each is None else _percent(each) for each in bar.weeks)
    label = one_line(bar.label, LABEL_MAX)
    return f"`{drawn}` {label}: {_percent(bar.share)} ({bar.count}); by week: {weeks}"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


# -- parts -----------------------------------------------------------------------------------------


def _there(told: Any, zone: ZoneInfo) -> Any:
    """The same with every time as the clock on their wall had it, to the second."""
    if isinstance(told, Mapping):
        return {
            key: _wall(value, zone) if key in MOMENTS and isinstance(value, str)
            # What they typed is theirs, whatever it is named or looks like.
            else value if key in TYPED else _there(value, zone)
            for key, value in told.items()
        }  # fmt: skip
    return [_there(each, zone) for each in told] if isinstance(told, list) else told


def _wall(at: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(at).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _rest(told: Told, known: frozenset[str] | set[str]) -> Iterator[Line]:
    """What there are no words for here, as it is kept."""
    for key, value in told.items():
        if key not in known and value not in (None, "", [], {}):
            yield f"{escape(key.replace('_', ' '))}:"
            yield from _typed(json.dumps(value, ensure_ascii=False))

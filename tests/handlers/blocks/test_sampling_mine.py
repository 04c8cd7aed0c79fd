"""What somebody gave, as pages: all of it, and each page as Slack takes it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given as over
from hypothesis import strategies as st

from bot.sampling.charts_own import charts
from bot.sampling.given import Given
from bot.sampling.model import Item, ItemKind, Option
from bot.sandbox.blockkit import view_problems
from handlers.blocks.sampling_mine import PAGE, view

STUCK = Item(
    "stuck", ItemKind.BUTTONS, "Were you <stuck> & so?", (Option("1", "No"), Option("2", "Yes"))
)
WORDS = Item("words", ItemKind.TEXT, "On what?")
ITEMS = {each.name: each for each in (STUCK, WORDS)}
BERLIN = ZoneInfo("Europe/Berlin")
AT = "2026-11-20T09:28:5{}.123456+00:00"


def prompt(name: str = "p1", **changes: Any) -> dict[str, Any]:
    made = {
        "prompt": name,
        "date": "2026-11-20",
        "day": 11,
        "beep": 12,
        "trigger": "signal",
        "outcome": "declined",
        "reason": "meeting",
        "declined_with": "Can't: in a meeting",
        "shown": ["stuck", "words"],
        "planned_at": AT.format(1),
        "sent_at": AT.format(2),
        "reminded_at": AT.format(3),
        "first_tap_at": AT.format(4),
        "ended_at": AT.format(5),
        "late": True,
        "answers": {"stuck": "2", "words": "the build\nis *slow* <!channel>"},
    }
    return made | changes


def told(**changes: Any) -> dict[str, Any]:
    """Something of everything that there can be."""
    made: dict[str, Any] = {
        "study": "stuck-study",
        "title": "What gets in the way",
        "code_name": "vabcde",
        "state": "paused",
        "joined_at": "2026-11-19T08:00:01+00:00",
        "left_at": "2026-12-19T08:00:02+00:00",
        "keep_if_account_is_deactivated": False,
        "hours": {
            "zone": "Europe/Berlin",
            "windows": ["09:00-12:00", "13:00-17:00"],
            "days": [0, 4],
            "days_off": ["2026-12-24"],
            "holidays_of": "US-NY (found by holidays 0.109)",
            "holidays": ["2026-12-25"],
            "more_time": True,
            "quiet": "12:00-12:30",
        },
        "consents": [{"version": 21, "text_sha256": "c" * 64, "at": AT.format(6)}],
        "asked_once": {"stuck": "1", "gone": "an answer to what is asked no more"},
        "prompts": [prompt(), prompt("p2", trigger="self_report", note="something new")],
        "tags": [
            {
                "prompt": "p1",
                "item": "words",
                "coder": "U0CODER1",
                "code_book_version": 31,
                "tags": ["tools", "people"],
                "at": AT.format(7),
            },
            {
                "prompt": "p1",
                "item": "words",
                "coder": "",
                "code_book_version": 32,
                "tags": [],
                "at": AT.format(8),
            },
        ],
        "quotes_asked_for": [
            {
                "words": "the build is slow",
                "place": "the digest of May",
                "asked_by": "U0READER1",
                "asked_at": AT.format(9),
                "state": "approved",
                "approved": "build is slow",
            }
        ],
        "who_read_or_exported": [
            {
                "person": "U0R1",
                "how": "read",
                "on": "2026-11-21",
                "answers": 41,
                "export_sha256": "",
            },
            {
                "person": "U0F1",
                "how": "found",
                "on": "2026-11-23",
                "answers": 42,
                "export_sha256": "",
            },
            {
                "person": "U0A1",
                "how": "exported",
                "on": "2026-11-22",
                "answers": 1,
                "export_sha256": "e" * 64,
            },
        ],
        "granted": [
            {
                "analyst": "U0A1",
                "by": "U0OWNER1",
                "at": "2026-11-22T10:00:00+00:00",
                "until": "2026-11-22T11:00:00+00:00",
            }
        ],
        "something_else": {"made": "by a later version"},
    }
    return made | changes


def text_of(page: dict[str, Any]) -> str:
    shown = [b["text"]["text"] for b in page["blocks"] if b["type"] == "section"]
    return "\n".join(shown).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def whole(*gathered: Given) -> str:
    """All pages, each as Slack takes it, to the last."""
    made, number = [], 1
    while True:
        page = view(gathered, number)
        assert view_problems(page) == []
        made.append(text_of(page))
        rows = [each for each in page["blocks"] if each["type"] == "actions"]
        buttons = [e["action_id"] for row in rows for e in row["elements"]]
        if f"{PAGE}.{number + 1}" not in buttons:
            return "\n".join(made)
        number += 1


def leaves(of: Any) -> Iterator[str]:
    """Every text in it but ids of prompts; times as they are in Berlin, to the second."""
    if isinstance(of, dict):
        for key, each in of.items():
            yield from () if key == "prompt" else leaves(each)
    elif isinstance(of, list):
        for each in of:
            yield from leaves(each)
    elif isinstance(of, str) and "T" in of and of.endswith("+00:00"):
        yield f"{datetime.fromisoformat(of).astimezone(BERLIN):%Y-%m-%d %H:%M:%S}"
    elif isinstance(of, str):
        yield of
    elif isinstance(of, int) and not isinstance(of, bool):
        yield str(of)


# What is told in other words: a choice by its label, a day by its name, a kind by what it means.
IN_WORDS = {"1", "2", "0", "4", "signal", "self_report", "read", "exported", "stuck", "words"}


SAID_IN_WORDS = (
    "Monday, Friday",
    "_Yes_",
    "_No_",
    "late",
    "twice the time",
    "\nNever 12:00-12:30\n",
    "\nHolidays of US-NY (found by holidays 0.109)\nHolidays: 2026-12-25\n",
    "declined (Can't: in a meeting), late",
    "<@U0R1> read 41 of your answers",
    "<@U0F1> found by a search 42 of your answers",
    "<@U0A1> exported your answers",
    "reported unasked",
    "Two coders together tagged",
    "no tag",
    "erased after 30 days",
    "stuck> & so?",
)


def test_everything_that_was_gathered_stands_there() -> None:
    shown = whole(Given(told(), ITEMS))

    for each in leaves(told()):
        for line in each.splitlines():
            assert line in shown or each in IN_WORDS, each
    for words in SAID_IN_WORDS:
        assert words in shown


def test_tags_stand_below_what_they_were_given_to() -> None:
    shown = whole(Given(told(), ITEMS))

    asked, own = "day 11, question 12", "reported unasked"
    assert shown.index(asked) < shown.index("<@U0CODER1> tagged") < shown.index(own)


def test_what_was_asked_is_named_only_where_it_has_no_answer() -> None:
    asked = prompt(answers={"words": "the build"}, shown=["stuck", "words", "gone"])

    shown = whole(Given(told(prompts=[asked], tags=[], asked_once={}), ITEMS))

    assert shown.count("Left out: ") == 2
    assert "\nLeft out: Were you <stuck> & so?\nLeft out: gone" in shown


def test_a_reason_without_a_button_is_said_in_words() -> None:
    unsent = prompt(outcome="not_sent", reason="quiet_hours", declined_with=None)

    assert "not sent (quiet hours)" in whole(Given(told(prompts=[unsent]), ITEMS))


def test_whoever_keeps_it_is_told_so() -> None:
    assert "gave is kept" in whole(Given(told(keep_if_account_is_deactivated=True), ITEMS))


def test_nothing_can_page_or_end_the_line() -> None:
    page = view([Given(told(), ITEMS)])

    assert "<!channel>" not in str(page["blocks"])


def test_a_long_study_goes_on_page_by_page_and_back() -> None:
    many = [prompt(f"p{n}", answers={"words": f"{n} " + "& <" * 900}) for n in range(60)]
    gathered = Given(told(prompts=many, tags=[]), ITEMS)

    shown = whole(gathered)

    assert [n for n in range(60) if f"> {n} & <" not in shown] == []
    assert shown.replace("\n> ", "").count("& <") == 60 * 900
    second = view([gathered], 2)
    labels = [e["text"]["text"] for b in second["blocks"] if b["type"] == "actions"
              for e in b["elements"]]  # fmt: skip
    assert labels == ["Back", "More"]
    assert "Page 2 of" in str(second["blocks"][-1])


def test_a_page_beyond_the_last_is_the_last() -> None:
    assert view([Given(told(), ITEMS)], 99) == view([Given(told(), ITEMS)], 1)
    assert text_of(view([Given(told(), ITEMS)], 0)) != ""


def test_every_study_is_told() -> None:
    shown = whole(Given(told(), ITEMS), Given(told(title="An earlier one"), {}))

    assert "An earlier one" in shown
    assert "What gets in the way" in shown


def test_charts_are_bars_of_their_own_answers() -> None:
    asked = [(date(2026, 11, 20) + timedelta(days=n), {"stuck": "12"[n % 2]}) for n in range(10)]
    shown = whole(Given(told(), ITEMS, charts([STUCK], asked, over=True)))

    assert "`██████████··········` No: 50 % (5); by week: 57 %, 33 %" in shown
    assert "`██████████··········` Yes: 50 % (5); by week: 43 %, 67 %" in shown


@over(st.text(max_size=3000), st.text(max_size=300), st.lists(st.text(max_size=40), max_size=5))
def test_whatever_was_typed_fits(words: str, place: str, tags: list[str]) -> None:
    quote = told()["quotes_asked_for"][0] | {"words": words, "place": place}
    coded = [told()["tags"][0] | {"tags": tags}]
    typed = prompt(answers={"words": words, "gone": place})

    whole(Given(told(prompts=[typed], quotes_asked_for=[quote], tags=coded), ITEMS))

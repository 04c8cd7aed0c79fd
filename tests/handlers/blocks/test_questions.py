"""Questions to one person: destructive actions, readback, silence; and the settings."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.incidents.destructive import compare_hosts, host_written
from bot.incidents.model import Action, Claim, Kind
from bot.incidents.nudges_model import Judged
from bot.incidents.signals_model import SignalKind
from bot.sandbox.blockkit import view_problems
from bot.workspace.settings import KEYS, WorkspaceSettings, changed, described
from handlers.blocks import destructive, readback, settings, silence
from handlers.blocks.message import Message
from tests.handlers.blocks.test_any_input import check, lines, named, names, people, small_rooms
from tests.handlers.blocks.test_screens import COPY, GITLAB, NAMES, at
from tests.handlers.reading import read

REMOVE = replace(COPY, text="remove the data directory on db2.")


def shown(message: Message) -> str:
    """As `read`, with a picker of people by its placeholder."""
    blocks = tuple(
        block | {"elements": [_with_people(each) for each in block["elements"]]}
        if block["type"] == "actions"
        else block
        for block in message.blocks
    )
    return read(replace(message, blocks=blocks))


def _with_people(element: dict[str, Any]) -> dict[str, Any]:
    if element["type"] != "users_select":
        return element
    return element | {"options": [{"text": {"text": "everybody"}}]}


# -- destructive actions --------------------------------------------------------------------------


def test_the_destructive_question() -> None:
    asked = destructive.question("I1", REMOVE, "U0BO", NAMES)
    assert (
        shown(asked)
        == """\
This can't be undone. Type hostname in that shell and paste what it says.
Who looks with you?
[Ask Bo] [Somebody else ▾ everybody] [I've checked]
I won't stop you."""
    )
    row = asked.blocks[1]
    assert row["block_id"] == "destructive/I1/3"
    assert [each.get("value") for each in row["elements"]] == ["I1/3/U0BO", None, "I1/3"]


def test_the_question_without_anybody_to_suggest() -> None:
    asked = shown(destructive.question("I1", REMOVE, None, NAMES))
    assert "\n[Somebody else ▾ everybody] [I've checked]\n" in asked


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("db1.cluster.gitlab.com", "*You wrote db2. That shell says db1.*"),
        ("db2.cluster.gitlab.com", "That shell says db2.cluster.gitlab.com, as you wrote."),
        (
            "let me see",
            "I can't see a host in that. Type hostname in that shell and paste what it says.",
        ),
    ],
)
def test_the_comparison(pasted: str, said: str) -> None:
    check_ = compare_hosts(host_written(REMOVE.text), pasted)
    assert read(destructive.comparison(check_)) == said


def test_whoever_is_asked_knows_what_to_look_at() -> None:
    assert read(destructive.look_with(REMOVE, "U0ANA", "U0BO", NAMES)) == (
        "Ana asks Bo to look along: remove the data directory on db2. "
        "Is it the right host, and is there a way back?"
    )


def test_what_the_question_shrinks_to() -> None:
    assert read(destructive.checked_line("U0ANA", NAMES)) == "Can't be undone; Ana has checked."
    assert read(destructive.asked_line("U0BO", NAMES)).startswith("Bo is asked to look along. ")


# -- readback -------------------------------------------------------------------------------------

LOCKED = Claim(1, Kind.UNKNOWN, "whether it is locked?", "U0ANA", at("12:10"))
IT_IS = Claim(4, Kind.KNOWN, "it is locked.", "U0BO", at("12:20"))


def test_the_readback() -> None:
    asked = readback.question("I1", LOCKED, IT_IS, NAMES)
    assert read(asked) == (
        "You said nobody knows whether it is locked (12:10). Bo says: it is locked. Known now?\n"
        "[Known now] [Still not known]"
    )
    assert [each["value"] for each in asked.blocks[1]["elements"]] == ["I1/1/4", "I1/1/4"]


def test_a_readback_of_what_is_no_question() -> None:
    lag = replace(LOCKED, text="the lag on db2")
    told = read(readback.question("I1", lag, replace(IT_IS, text="db2 lag is 4 GB"), NAMES))
    assert told.startswith(
        "You said this is not known (12:10): the lag on db2. Bo says: db2 lag is 4 GB. Known now?"
    )


def test_what_a_readback_shrinks_to() -> None:
    assert read(readback.answered(LOCKED, known=True)) == (
        "whether it is locked: known now. The board shows it."
    )
    assert "still not known" in read(readback.answered(LOCKED, known=False))


# -- silence --------------------------------------------------------------------------------------


def test_a_silent_commander_is_asked() -> None:
    assert (
        read(silence.question(GITLAB, 10))
        == """\
10 minutes without a sign from you in *Replication to db2 has stopped*. Are you with us?
[I'm here] [I'm on the call, don't ask again] [Please take over]"""
    )


def test_the_offer_names_nobody_who_did_not_answer() -> None:
    offer = read(silence.offer(GITLAB, 13, NAMES))
    assert (
        offer
        == """\
*Replication to db2 has stopped* has been without a word from command for 13 minutes. \
You have been here longest. Will you take it? One press gives it back.
[Take command] [Not now]"""
    )
    assert "Ana" not in offer


def test_the_offer_when_the_commander_asks_for_it() -> None:
    offer = read(silence.offer(GITLAB, 0, NAMES, wanted=True))
    assert offer.startswith(
        "Ana asks somebody to take command of *Replication to db2 has stopped*."
    )


# -- settings -------------------------------------------------------------------------------------

DEFAULT = WorkspaceSettings()


def test_the_settings_page() -> None:
    after = changed(changed(DEFAULT, "quiet_minutes", "30"), "announce_channel", "C0123")
    page = settings.page(described(after))
    check(page)
    told = read(page).splitlines()
    assert told[:5] == [
        "*Settings*",
        "Announce new incidents in: *<#C0123>* (default none)",
        "Where questions go: *Commander only: suggested for your first three incidents*",
        "What people are told at first: *Everything*",
        "Channel names begin with: *inc*",
    ]
    assert "Watch after resolve, minutes: *30* (default 15)" in told
    assert told[-2:] == ["[Change]", "Changes are kept with who made them."]


def test_the_settings_page_says_what_is_not_asked_about_any_more() -> None:
    page = settings.page(described(DEFAULT), [Judged(SignalKind.SINGLE_LINE, 24, 5)])
    check(page)
    assert (
        "Not asked about, for few find it useful: *one thread only* (5 of 24). It is asked about "
        "again with `nudges_always single_line`."
    ) in read(page).splitlines()


def test_the_settings_form() -> None:
    form = settings.form(described(DEFAULT))
    assert view_problems(form, ("modal",)) == []
    inputs = {each["block_id"]: each for each in form["blocks"]}
    assert tuple(inputs) == KEYS
    quiet = inputs["quiet_minutes"]
    assert quiet["element"]["initial_value"] == "15"
    assert quiet["hint"]["text"] == "A whole number of minutes from 5 to 240. Default: 15."
    assert inputs["nudges"]["element"]["initial_option"]["value"] == "commander"
    assert inputs["announce_channel"]["optional"] is True
    assert "initial_channel" not in inputs["announce_channel"]["element"]


def test_the_form_with_something_chosen_and_something_refused() -> None:
    after = changed(DEFAULT, "announce_channel", "C0123")
    form = settings.form(described(after), error="quiet_minutes: <too> small")
    assert view_problems(form, ("modal",)) == []
    assert form["blocks"][0]["text"]["text"] == "quiet_minutes: &lt;too&gt; small"
    assert form["blocks"][1]["element"]["initial_channel"] == "C0123"


@given(st.lists(st.text("<&>*`ab \u202e", min_size=1, max_size=30), min_size=3, max_size=3))
def test_labels_of_every_kind(labels: list[str]) -> None:
    some = replace(DEFAULT, severity_labels=(labels[0], labels[1], labels[2]))
    check(settings.page(described(some)))
    assert view_problems(settings.form(described(some)), ("modal",)) == []


# -- whatever people type -------------------------------------------------------------------------

HEAVY = "&" * 3000


@given(lines, lines, people, names)
@example(HEAVY, HEAVY, "U0ANA", "&" * 300)
@example("db1.example.com " * 50, "<" * 3000, "U0ANA", "")
def test_questions_about_anything(typed: str, other: str, person: str, name: str) -> None:
    action = Action(1, None, person, typed, at("22:36"))
    check(destructive.question("I1", action, person, named(name)))
    check(destructive.look_with(action, person, person, named(name)))
    check(destructive.comparison(compare_hosts(host_written(typed), other)))
    unknown, known = replace(LOCKED, text=typed), replace(IT_IS, text=other)
    check(readback.question("I1", unknown, known, named(name)))
    check(readback.answered(unknown, known=True))


@given(small_rooms, names)
def test_silence_in_any_room(incident: Any, name: str) -> None:
    check(silence.question(incident, 10))
    check(silence.offer(incident, 13, named(name)))
    check(silence.offer(incident, 13, named(name), wanted=True))

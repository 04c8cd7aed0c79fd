"""Which thread and which action somebody means; and what they are asked where it is not clear."""

from dataclasses import replace

import pytest

from bot.errors import Refusal
from bot.incidents.choose import (
    OFFERS_MAX,
    Telling,
    action_meant,
    names_no_thread,
    short,
    thread_around,
    thread_meant,
)
from bot.incidents.grammar import Word, spoken
from bot.incidents.model import Action, Ending, Incident, Investigation
from bot.workspace.model import Person
from tests.bot.incidents.test_rules import ANA, BO, NOW, asked, fresh


def thread(
    number: int, hypothesis: str, owner: str = "UANA", *, over: bool = False
) -> Investigation:
    return Investigation(
        number,
        hypothesis,
        NOW,
        owner,
        Ending.RULED_OUT if over else None,
        slack_thread=f"{number}.0",
    )


THREADS = (
    thread(1, "Rollback of 4412"),
    thread(2, "Spam load on the database", "UBO"),
    thread(3, "Open files exhausted", "UBO"),
    thread(4, "Rollback of the schema", "UCY", over=True),
)
INCIDENT = replace(fresh(), investigations=THREADS)


def telling(
    person: Person = ANA,
    *,
    word: Word = Word.FOR,
    number: int | None = None,
    title: str = "",
    at: str = "",
) -> Telling:
    said = replace(spoken(word, "the graph rose", number), title=title)
    return Telling(asked(person, thread=at), said, NOW)


def picked(incident: Incident, told: Telling) -> list[int | None]:
    with pytest.raises(Refusal) as refused:
        thread_meant(incident, told)
    assert refused.value.given_back == "the graph rose"
    assert all("the graph rose" in offer.text for offer in refused.value.offers)
    assert {offer.intent.split()[0] for offer in refused.value.offers} <= {"for", "thread"}
    return [offer.number for offer in refused.value.offers if offer.number]


@pytest.mark.parametrize(
    ("person", "number", "title", "at", "meant"),
    [
        (ANA, 2, "", "", 2),  # the number
        (ANA, 2, "", "1.0", 2),  # the number wins over the place
        (ANA, None, "spam", "", 2),  # a word of its title
        (ANA, None, "SPAM database", "1.0", 2),  # words of a title win over the place
        (ANA, None, "rollback", "", 1),  # what has ended is not meant by a title
        (ANA, None, "", "3.0", 3),  # the place
        (ANA, None, "", "", 1),  # the only one of one's own
        (ANA, None, "", "7.7", 1),  # a Slack thread that is none of ours says nothing
    ],
)
def test_number_then_title_then_place_then_the_only_one(
    person: Person, number: int | None, title: str, at: str, meant: int
) -> None:
    assert (
        thread_meant(INCIDENT, telling(person, number=number, title=title, at=at)).number == meant
    )


def test_a_picker_keeps_the_text_where_it_is_not_clear() -> None:
    assert picked(INCIDENT, telling(BO)) == [1, 2, 3]  # two are Bo's
    two = replace(INCIDENT, investigations=(*THREADS, thread(5, "Spam filter")))
    assert picked(two, telling(title="spam")) == [2, 5]  # both have the word
    assert picked(INCIDENT, telling(title="dns", at="1.0")) == [1, 2, 3]  # none has


def test_a_number_that_is_none_offers_those_that_are() -> None:
    with pytest.raises(Refusal, match="no thread 9 here"):
        thread_meant(INCIDENT, telling(number=9))
    assert picked(INCIDENT, telling(number=9)) == [1, 2, 3]


def test_with_no_thread_open_there_is_nothing_to_pick() -> None:
    empty = replace(INCIDENT, investigations=THREADS[3:])
    with pytest.raises(Refusal, match="No thread is open here") as refused:
        thread_meant(empty, telling(BO))
    assert (refused.value.offers, refused.value.given_back) == ((), "the graph rose")


@pytest.mark.parametrize("where", [{"number": 4}, {"at": "4.0"}])
def test_what_has_ended_is_never_changed_by_number_or_place(where: dict[str, str]) -> None:
    with pytest.raises(Refusal, match="Thread 4 is closed"):
        thread_meant(INCIDENT, telling(**where))  # type: ignore[arg-type]


def test_a_picker_has_room_for_so_many_and_short_labels() -> None:
    many = tuple(thread(n, f"idea {n} " + "long " * 40, "UBO") for n in range(1, 31))
    with pytest.raises(Refusal) as refused:
        thread_meant(replace(INCIDENT, investigations=many), telling())
    assert len(refused.value.offers) == OFFERS_MAX
    assert all(len(offer.label) <= 75 for offer in refused.value.offers)


def test_a_title_that_no_thread_has_is_ordinary_talk() -> None:
    assert names_no_thread(INCIDENT, telling(title="example").said)
    assert not names_no_thread(INCIDENT, telling(title="spam").said)
    assert not names_no_thread(INCIDENT, telling().said)


def test_an_entry_belongs_to_the_thread_around_it_or_to_none() -> None:
    def around(told: Telling) -> int | None:
        found = thread_around(INCIDENT, told)
        return None if found is None else found.number

    assert around(telling(at="4.0")) == 4  # facts may still be told about what has ended
    assert around(telling(number=3, at="1.0")) == 3
    assert around(telling(title="spam", at="1.0")) == 2
    assert around(telling()) is None


def test_done_ends_my_oldest_action_in_this_place() -> None:
    def action(number: int, actor: str, inside: int | None, said_in: str) -> Action:
        return Action(number, inside, actor, f"action {number}", NOW, said_in)

    running = (
        action(1, "UBO", 1, "1.0"),
        action(2, "UANA", 1, "1.0"),
        action(3, "UANA", 1, "1.0"),
        action(4, "UANA", None, ""),
    )
    busy = replace(INCIDENT, running=running)
    assert action_meant(busy, telling(word=Word.DONE, at="1.0")).number == 2
    assert action_meant(busy, telling(word=Word.DONE)).number == 4
    assert action_meant(busy, telling(BO, word=Word.DONE, number=1)).number == 1
    with pytest.raises(Refusal) as refused:
        action_meant(busy, telling(word=Word.FAILED, at="2.0"))
    assert refused.value.offers[0].label == "Record as already tried"
    assert {o.intent.replace("_", " ") for o in refused.value.offers[1:]} == {"ends failed"}
    assert {2, 3, 4} <= {o.number for o in refused.value.offers[1:]}


def test_a_label_is_one_line() -> None:
    assert short("a\n  b") == "a b"
    assert len(short("word " * 40)) <= 60
    assert short("word " * 40).endswith("…")

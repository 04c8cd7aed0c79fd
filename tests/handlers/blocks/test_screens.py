"""The screens as people read them, at 3 a.m., on a phone; modelled on GitLab's night of 2017."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import Offer, Refusal
from bot.incidents.board import Board
from bot.incidents.model import (
    Action,
    Claim,
    Clocks,
    Done,
    Ending,
    Entry,
    Incident,
    IncidentState,
    Investigation,
    Kind,
    Severity,
)
from bot.incidents.starters import starter_of, untaken
from handlers.blocks import answers, heads, incidents
from tests.handlers.reading import LABELS, read, shown

NAMES = {"U0ANA": "Ana", "U0BO": "Bo"}.__getitem__


def at(clock: str, day: int = 31) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2017, 1, day, int(hour), int(minute), tzinfo=UTC)


COPY = Action(
    3,
    1,
    "U0ANA",
    "base copy db1 → db2",
    at("22:36"),
    expect="a running replica",
    otherwise="restart with more WAL senders.",
    by=at("23:10"),
)
REBUILD = Investigation(
    1, "Rebuild db2, fresh base copy", at("22:20"), "U0ANA", slack_thread="1.0", timebox=at("23:20")
)
SPAM = Investigation(2, "Spam load on the database", at("21:20"), "U0BO", said_for=2)
REINDEX = Investigation(
    3,
    "A long query holds a lock",
    at("22:05"),
    "U0BO",
    Ending.RULED_OUT,
    "none runs longer than 2 s",
    "U0BO",
    at("22:12"),
)
GITLAB = Incident(
    "I1",
    "T1",
    131,
    "Replication to db2 has stopped",
    "U0ANA",
    Clocks(declared=at("22:00")),
    severity=Severity.CRITICAL,
    commander="U0ANA",
    channel="C1",
    investigations=(REBUILD, SPAM, REINDEX),
    running=(COPY,),
)
CLAIMS = (
    Claim(1, Kind.UNKNOWN, "why the copy prints nothing", "U0ANA", at("22:39")),
    Claim(2, Kind.KNOWN, "lag is 4 GB", "U0BO", at("22:10")),
)
NOW = at("22:41")


def board(incident: Incident = GITLAB, claims: tuple[Claim, ...] = CLAIMS) -> str:
    return read(incidents.board(Board(incident, NOW, claims, untaken(incident)), NAMES, "/thread"))


@pytest.mark.row("F1", "F8", "F9")
def test_the_board() -> None:
    assert (
        board()
        == """\
*Replication to db2 has stopped* · critical · since 22:00
Command: Ana (declared it)

*1 · Rebuild db2, fresh base copy* · Ana · decide by 23:20
      Doing: base copy db1 → db2, since 22:36. Expected: a running replica, by 23:10. \
Else: restart with more WAL senders.
*2 · Spam load on the database* · Bo
      Looking since 21:20 · 2 for · 0 against · Not checked: the traffic must be unusual \
against this hour last week

*Not known:* why the copy prints nothing (Ana, 22:39)
*Known:* lag is 4 GB (Bo, 22:10)
*Nobody is looking at:* what changed · rollback · logs · capacity

*Ended:*
3 · A long query holds a lock · *not it*: none runs longer than 2 s (Bo)
[New thread] [I'm on … ▾ Look at: what changed | Look at: rollback | Look at: logs \
| Look at: capacity \
| 1 · Rebuild db2, fresh base copy | 2 · Spam load on the database] [Catch me up] [More]
true at 22:41"""
    )


def test_the_board_of_a_new_incident() -> None:
    new = replace(GITLAB, investigations=(), running=(), severity=None, commander_took=True)
    assert (
        board(new, ())
        == """\
*Replication to db2 has stopped* · severity not set · since 22:00
Command: Ana

No thread is open. `thread:` and an idea opens one.

*Nobody is looking at:* what changed · rollback · logs · capacity · traffic
[New thread] [I'm on … ▾ Look at: what changed | Look at: rollback | Look at: logs \
| Look at: capacity | Look at: traffic] [Catch me up] [More]
true at 22:41"""
    )


def test_the_board_after_it_is_over_offers_nothing_more() -> None:
    clocks = replace(GITLAB.clocks, resolved=at("22:30"))
    over = replace(GITLAB, state=IncidentState.RESOLVED, clocks=clocks)
    told = board(over)
    assert "since 22:00 · *resolved* 22:30" in told
    assert "Nobody is looking" not in told
    assert "I'm on" not in told
    assert "base copy db1 → db2" in told  # what still runs is not hidden


def test_nothing_that_runs_is_missing_from_the_board() -> None:
    loose = replace(
        COPY, number=4, investigation=None, actor="U0BO", expect="", otherwise="", by=None
    )
    second = replace(COPY, number=5, text="checking disk")
    told = board(replace(GITLAB, running=(COPY, loose, second)))
    assert "Doing: checking disk, since 22:36" in told
    assert "(+1 more running)" in told
    assert "Bo · Doing: base copy db1 → db2, since 22:36. Expected: not said." in told

    ended = replace(REBUILD, ending=Ending.SET_ASIDE, ended_by="U0ANA", closed_at=NOW)
    left = board(replace(GITLAB, investigations=(ended, SPAM)))
    assert "Ana · Doing: base copy db1 → db2" in left


@pytest.mark.row("F1")
def test_five_threads_in_full_and_the_rest_counted() -> None:
    many = tuple(replace(SPAM, number=n, hypothesis=f"idea {n}") for n in range(1, 13))
    told = board(replace(GITLAB, investigations=many, running=()))
    assert "*5 · idea 5*" in told
    assert "*6 · idea 6*" not in told
    assert "… and 7 more open: `/thread` lists them" in told
    assert "| 12 · idea 12]" in told  # but any of them can be taken

    over = tuple(replace(REINDEX, number=n) for n in range(1, 13))
    told = board(replace(GITLAB, investigations=over, running=()))
    assert "*Ended:* 7 more before these" in told


def test_a_thread_of_nobody_is_not_looked_at() -> None:
    told = board(replace(GITLAB, investigations=(replace(SPAM, owner=None),), running=()))
    assert "*2 · Spam load on the database* · nobody\n" in told
    assert "Nobody looks at it. Open since 21:20 · 2 for · 0 against" in told


def test_another_day_is_said() -> None:
    later = NOW + timedelta(hours=30)
    told = read(incidents.board(Board(GITLAB, later, CLAIMS, ()), NAMES, "/thread"))
    assert "since Jan 31 22:00" in told
    assert "(Bo, Jan 31 22:10)" in told


@pytest.mark.row("F6")
def test_a_claim_said_again_takes_the_place_of_the_first() -> None:
    claims = (*CLAIMS, Claim(3, Kind.KNOWN, "Why the  copy prints nothing", "U0ANA", NOW))
    told = board(claims=claims)
    assert "*Not known:*" not in told
    assert "*Known:* lag is 4 GB (Bo, 22:10) · Why the copy prints nothing (Ana, 22:41)" in told
    many = tuple(Claim(n, Kind.BELIEVE, f"belief {n}", "U0BO", NOW) for n in range(1, 10))
    assert "*Believed:* 4 earlier · belief 5 (Bo, 22:41)" in board(claims=many)


def test_every_thread_is_listed_open_ones_first() -> None:
    shown_board = Board(GITLAB, NOW, (), ())
    text = read(incidents.threads(shown_board, NAMES))
    assert [line[:5] for line in text.splitlines()] == ["*1 · ", "     ", "*2 · ", "     ", "3 · A"]
    assert read(incidents.threads(shown_board, NAMES, only=3)) == (
        "3 · A long query holds a lock · *not it*: none runs longer than 2 s (Bo)"
    )
    none = read(incidents.threads(shown_board, NAMES, only=9))
    assert none == "There is no thread 9 here. Open one with `thread:` and the idea."
    many = tuple(replace(SPAM, number=n, hypothesis=f"idea {n}") for n in range(1, 51))
    everything = read(
        incidents.threads(
            replace(shown_board, incident=replace(GITLAB, investigations=many)), NAMES
        )
    )
    assert "*50 · idea 50*" in everything


@pytest.mark.row("F5")
def test_the_head_of_a_thread_says_what_must_be_true() -> None:
    thread = Investigation(1, "Emergency rollback", at("22:00"), "U0ANA", timebox=at("22:40"))
    quiet = replace(GITLAB, running=())
    head = heads.head(quiet, thread, starter_of(thread.hypothesis), NAMES)
    assert (
        read(head)
        == """\
*Thread 1* · Emergency rollback · Ana
For this to work, the old version must still run on today's data and schema. Has anyone checked?
Decide again by 22:40.
[Checked: yes] [It can't] [Nobody knows] [End …]
Say it here: `for:` · `against:` · `doing:` · `not it:`"""
    )
    assert "For this to work" not in read(heads.head(GITLAB, SPAM, None, NAMES))


def test_the_few_lines_in_the_channel() -> None:
    said = Entry(9, Kind.RESOLVE, "U0ANA", at("23:10"), at("23:10"), "failed over to db2")
    assert read(incidents.thread_root(SPAM, NAMES)) == "*Thread 2* · Spam load on the database · Bo"
    assert read(incidents.thread_end(REINDEX, NAMES)) == (
        "*Thread 3* · A long query holds a lock · *not it*: none runs longer than 2 s (Bo)"
    )
    assert read(incidents.command_changed(GITLAB, NAMES)) == "Ana has command."
    assert read(incidents.resolved(GITLAB, said, NAMES)) == (
        "*Resolved* at 23:10 by Ana. failed over to db2\nStill 2 threads open and 1 action running."
    )
    tidy = replace(GITLAB, investigations=(REINDEX,), running=())
    assert read(incidents.resolved(tidy, replace(said, text=""), NAMES)) == (
        "*Resolved* at 23:10 by Ana."
    )
    stop = replace(said, text="db1 is still the primary!", kind=Kind.UNSAFE)
    assert read(incidents.unsafe(stop, NAMES)) == "*Unsafe*, says Ana: db1 is still the primary!"
    assert incidents.topic(GITLAB) == "Replication to db2 has stopped"


def test_a_refusal_gives_back_the_text_with_the_likely_intent() -> None:
    refused = Refusal(
        "I don't know 'rull out', so nothing changed. Did you mean 'ruled out thread 2'?",
        given_back="rull out 2: the graph\n\nwas <flat> & stayed so",
        offers=(Offer("Ruled out thread 2", "ruled_out", "the graph", 2),),
    )
    assert (
        read(answers.refusal(refused))
        == """\
I don't know 'rull out', so nothing changed. Did you mean 'ruled out thread 2'?
> rull out 2: the graph
> 
> was <flat> & stayed so
[Ruled out thread 2]"""  # noqa: W291
    )


def test_a_text_too_long_for_a_button_is_still_given_back_whole() -> None:
    offers = (Offer("Thread 1", "for", "a" * 3000, 1), Offer("Thread 2", "for", "a" * 3000, 2))
    told = read(answers.refusal(Refusal("Which thread?", given_back="a" * 3000, offers=offers)))
    assert told.count("a" * 590) >= 5
    assert told.endswith(answers.TOO_LONG)


@pytest.mark.parametrize(
    "text", ["&" * 3000, "a\n" * 1500, "word " * 600, "x" * 3000, "<!>" * 1000]
)
def test_nothing_typed_is_lost(text: str) -> None:
    told = read(answers.refusal(Refusal("No.", given_back=text)))
    back = "".join(line.removeprefix("> ") for line in told.splitlines()[1:])
    assert back == "".join(text.splitlines())


def test_what_was_done_is_one_sentence() -> None:
    def told(kind: Kind, thread: Investigation | None = None, **more: datetime) -> str:
        return read(answers.done(Done(GITLAB, kind, thread, **more)))  # type: ignore[arg-type]

    assert told(Kind.THREAD, SPAM) == "Thread 2 is open and yours: *Spam load on the database*"
    assert told(Kind.THREAD, SPAM, by=NOW).endswith("Decide again by 22:41.")
    assert told(Kind.DOING, SPAM, by=NOW) == "Recorded in thread 2. Done by 22:41."
    assert told(Kind.TIMEBOX, SPAM, by=NOW) == "Recorded in thread 2. Decide again by 22:41."
    assert told(Kind.NOTE) == "Recorded."
    assert told(Kind.TAKE, SPAM) == "Thread 2 is yours."
    assert told(Kind.COMMAND) == "You have command."
    assert told(Kind.RESOLVE).startswith("Resolved from this moment.")
    assert "You hold command until somebody takes it." in told(Kind.DECLARE)


def test_an_idea_that_was_ruled_out_comes_back_with_its_reason() -> None:
    again = replace(REINDEX, number=4, ending=None, owner="U0ANA")
    told = read(answers.done(Done(GITLAB, Kind.THREAD, again, earlier=REINDEX)))
    assert told == (
        "Thread 4 is open and yours: *A long query holds a lock*\n"
        "@U0BO ended thread 3, the same idea, as *not it* at 22:12: none runs longer than 2 s. "
        "New evidence is a good reason to look again. What changed?"
    )


def test_open_incidents_and_how_to_declare() -> None:
    how = "Declare one with `/x-incident TITLE`, or `/x-incident here` to use this channel."
    none = read(answers.open_incidents((), "/x-incident", LABELS))
    assert none == f"No incident is open. {how}\n[Declare …]"
    listed = answers.open_incidents((GITLAB,) * 12, "/x-incident", LABELS)
    lines = read(listed).splitlines()
    assert lines[1] == "131 · Replication to db2 has stopped · critical · since 22:00 <#C1>"
    assert lines[-3:] == ["… and 2 more.", how, "[Declare …]"]
    assert listed.text == "12 incidents are open"


def test_no_channel_could_be_made() -> None:
    told = answers.no_channel(GITLAB, "restricted_action")
    assert read(told) == (
        "I could not make a channel for “Replication to db2 has stopped” (this workspace lets only "
        "some people make channels). The incident itself is recorded.\n[Use this channel]"
    )
    adopted = read(answers.no_channel(replace(GITLAB, adopted=True), "not_in_channel"))
    assert "Invite me to this channel" in adopted


def test_what_is_said_to_people_has_the_words_of_the_screen() -> None:
    everything = board() + read(answers.help_page("/incident"))
    for word in ("investigation", "claim", "knob", "puzzle", "believed:"):
        assert word not in everything.lower().replace("*believed:*", "")


def test_the_text_for_notifications_says_what_it_is() -> None:
    message = incidents.board(Board(GITLAB, NOW, (), ()), NAMES, "/thread")
    assert message.text == "Board: Replication to db2 has stopped, 2 open threads"
    assert shown(incidents.thread_end(REINDEX, NAMES).text).startswith("*Thread 3*")

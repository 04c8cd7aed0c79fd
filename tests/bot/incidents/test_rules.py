"""What each word does to an incident, one by one; and what no sequence of words can do."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.errors import Refusal
from bot.incidents import rules
from bot.incidents.choose import Telling
from bot.incidents.grammar import Said, Word, spoken
from bot.incidents.model import (
    CLAIMS,
    ENDINGS,
    TEXT_MAX,
    THREADS_MAX,
    Change,
    Done,
    Ending,
    Incident,
    IncidentState,
    Kind,
    Outcome,
    Severity,
)
from bot.workspace.model import Person, Request

T = TypeVar("T")
NOW = datetime(2026, 11, 20, 3, 7, tzinfo=UTC)
ANA = Person("T1", "UANA", "Ana")
BO = Person("T1", "UBO", "Bo")
GUEST = Person("T1", "UGUEST", "Gus", guest=True)
STRANGER = Person("T1", "UEXT", "Eve", external=True)
BOT = Person("T1", "UBOT", "Bot", bot=True)
GONE = Person("T1", "UGONE", "Gil", deleted=True)
ADMIN = Person("T1", "UADM", "Ada", admin=True)
ENDS = (Word.CONFIRMED, Word.RULED_OUT, Word.NO_HELP, Word.SET_ASIDE)
FACTS = (
    Word.SEEING,
    Word.CHANGED,
    Word.DECIDED,
    Word.CALLING,
    Word.CONFUSED,
    Word.ODD,
    Word.IMPROVISED,
    Word.USED,
    Word.NO_MORE,
    Word.UNSAFE,
    Word.NOTE,
)


def asked(person: Person = ANA, *, thread: str = "", message: str = "", later: int = 0) -> Request:
    at = NOW + timedelta(minutes=later)
    return Request("T1", person, at, channel="C1", thread=thread, message=message)


def fresh() -> Incident:
    made, _ = rules.declare(asked(), "I1", 131, "db2 has stopped")
    return replace(made, channel="C1")


@dataclass
class Room:
    """An incident, and people who say things in it."""

    incident: Incident
    last: Change
    done: Done

    def say(
        self,
        word: Word,
        text: str = "",
        person: Person = ANA,
        *,
        number: int | None = None,
        thread: str = "",
        message: str = "",
        title: str = "",
    ) -> Change:
        said = replace(spoken(word, text, number), title=title)
        return self.tell(said, person, thread=thread, message=message)

    def tell(
        self, said: Said, person: Person = ANA, *, thread: str = "", message: str = ""
    ) -> Change:
        request = asked(person, thread=thread, message=message)
        by = NOW + timedelta(minutes=30) if said.by else None
        self.last, self.done = rules.record(self.incident, Telling(request, said, NOW, by))
        self.incident = self.last.after
        return self.last

    def refused(self, word: Word, text: str = "", person: Person = ANA, **where: str) -> Refusal:
        before = self.incident
        with pytest.raises(Refusal) as refused:
            self.say(word, text, person, thread=where.get("thread", ""))
        assert self.incident is before
        return refused.value


@pytest.fixture
def room() -> Room:
    incident = fresh()
    return Room(incident, Change(incident), Done(incident, Kind.DECLARE))


@pytest.fixture
def with_thread(room: Room) -> Room:
    room.say(Word.THREAD, "rollback of 4412?", message="10.1")
    return room


# -- declaring ------------------------------------------------------------------------------------


def test_the_declarer_holds_command_until_somebody_takes_it() -> None:
    incident, entry = rules.declare(asked(), "I1", 131, "db2 has stopped", private=True)
    assert (incident.commander, incident.commander_took) == ("UANA", False)
    assert (incident.version, incident.last_entry, entry.seq) == (1, 1, 1)
    assert (incident.declared_in, incident.clocks.declared) == ("C1", NOW)
    assert (entry.kind, entry.text, incident.private) == (Kind.DECLARE, "db2 has stopped", True)
    assert incident.severity is None
    assert incident.state is IncidentState.OPEN


# -- threads --------------------------------------------------------------------------------------


def test_who_opens_a_thread_owns_it_and_nothing_else_was_set(room: Room) -> None:
    room.say(Word.THREAD, "rollback of 4412?", message="10.1")
    (thread,) = room.incident.investigations
    assert (thread.number, thread.hypothesis, thread.owner) == (1, "rollback of 4412?", "UANA")
    assert (thread.slack_thread, thread.opened_at) == ("10.1", NOW)
    assert room.incident.state_of(thread) == "looking"
    assert room.done.investigation == thread


@pytest.mark.parametrize(
    ("thread", "message", "lives_in"),
    [
        ("", "10.1", "10.1"),  # said in the channel: there
        ("9.9", "10.1", "9.9"),  # said in a Slack thread that is nobody's: that thread
        ("", "", ""),  # by command: the bot has to post one
        ("5.5", "10.1", ""),  # said in another thread's Slack thread: its own
    ],
)
def test_where_a_thread_lives(room: Room, thread: str, message: str, lives_in: str) -> None:
    room.say(Word.THREAD, "the first", message="5.5")
    room.say(Word.THREAD, "the second", thread=thread, message=message)
    assert room.incident.investigations[1].slack_thread == lives_in


def test_a_thread_keeps_by_when_to_decide_and_its_idea_without_the_clause(room: Room) -> None:
    room.say(Word.THREAD, "rollback, by 03:40")
    (thread,) = room.incident.investigations
    assert thread.hypothesis == "rollback"
    assert thread.timebox == NOW + timedelta(minutes=30)
    assert room.done.by == thread.timebox
    assert room.last.entries[0].text == "rollback, by 03:40"  # the record has it as typed


def test_an_idea_that_is_open_already_is_offered_to_be_taken(with_thread: Room) -> None:
    refused = with_thread.refused(Word.THREAD, "Rollback of 4412", BO)
    assert refused.text.startswith("Thread 1 is that idea already")
    assert refused.given_back == "Rollback of 4412"
    (offer,) = refused.offers
    assert (offer.label, offer.intent, offer.number) == ("I'm on 1", "take", 1)


def test_an_idea_that_ended_comes_back_with_its_reason(with_thread: Room) -> None:
    with_thread.say(Word.RULED_OUT, "the graph was flat", number=1)
    with_thread.say(Word.THREAD, "rollback of 4412", BO)
    assert with_thread.done.earlier is not None
    assert with_thread.done.earlier.why == "the graph was flat"
    assert len(with_thread.incident.investigations) == 2


def test_there_is_room_for_so_many_threads(room: Room) -> None:
    for number in range(THREADS_MAX):
        room.say(Word.THREAD, f"idea {number}")
    refused = room.refused(Word.THREAD, "one more idea")
    assert str(THREADS_MAX) in refused.text
    assert refused.given_back == "one more idea"


def test_taking_a_thread_makes_it_yours(with_thread: Room) -> None:
    change, done = rules.take_thread(with_thread.incident, asked(BO), 1)
    assert change.after.investigations[0].owner == "UBO"
    assert (change.entries[0].kind, change.entries[0].investigation) == (Kind.TAKE, 1)
    assert done.investigation == change.after.investigations[0]
    for number, who, told in ((1, ANA, "yours already"), (7, BO, "is not open")):
        with pytest.raises(Refusal, match=told):
            rules.take_thread(with_thread.incident, asked(who), number)
    with_thread.say(Word.SET_ASIDE, number=1)
    with pytest.raises(Refusal, match="is not open"):
        rules.take_thread(with_thread.incident, asked(BO), 1)


@pytest.mark.parametrize("word", ENDS)
def test_a_thread_ends_in_one_of_four_ways(with_thread: Room, word: Word) -> None:
    with_thread.say(word, "the graph is flat", thread="10.1")
    (thread,) = with_thread.incident.investigations
    assert thread.ending is Ending(word.value)
    assert (thread.why, thread.ended_by, thread.closed_at) == ("the graph is flat", "UANA", NOW)
    assert with_thread.incident.state_of(thread) == word.value
    assert with_thread.last.entries[0].investigation == 1


def test_a_thread_may_end_without_a_reason(with_thread: Room) -> None:
    with_thread.say(Word.NO_HELP, thread="10.1")
    assert with_thread.incident.investigations[0].why == ""


def test_what_has_ended_is_said_with_its_reason_and_the_text_can_still_be_kept(
    with_thread: Room,
) -> None:
    with_thread.say(Word.RULED_OUT, "flat", thread="10.1")
    refused = with_thread.refused(Word.FOR, "it rose", BO, thread="10.1")
    assert refused.text.startswith("Thread 1 is closed; @UANA ended it: flat")
    assert refused.text.endswith("Nothing changed.")
    assert refused.given_back == "it rose"
    assert [(o.label, o.intent, o.text, o.number) for o in refused.offers] == [
        ("Add it as a note", "note", "it rose", 1)
    ]


def test_evidence_is_counted_on_its_thread(with_thread: Room) -> None:
    with_thread.say(Word.FOR, "errors began with it", thread="10.1")
    with_thread.say(Word.AGAINST, "staging has it too", number=1)
    with_thread.say(Word.AGAINST, "so has eu")  # Ana's only one
    (thread,) = with_thread.incident.investigations
    assert (thread.said_for, thread.said_against) == (1, 2)


def test_a_timebox_is_a_time_to_decide_again(with_thread: Room) -> None:
    with_thread.say(Word.TIMEBOX, "20 min", thread="10.1")
    assert with_thread.incident.investigations[0].timebox == NOW + timedelta(minutes=30)
    refused = with_thread.refused(Word.TIMEBOX, "soon", thread="10.1")
    assert "timebox: 20 min" in refused.text
    assert refused.given_back == "soon"


# -- actions --------------------------------------------------------------------------------------


@pytest.mark.row("B17", "F3")
def test_an_action_has_four_parts_and_makes_its_thread_wait(with_thread: Room) -> None:
    typed = "restart db1, expect lag falls, by 03:40, else fail over"
    with_thread.say(Word.DOING, typed, thread="10.1")
    (action,) = with_thread.incident.running
    assert (action.text, action.expect, action.otherwise) == (
        "restart db1",
        "lag falls",
        "fail over",
    )
    assert (action.number, action.investigation, action.said_in) == (1, 1, "10.1")
    assert (action.started_at, action.by) == (NOW, NOW + timedelta(minutes=30))
    assert with_thread.incident.state_of(with_thread.incident.investigations[0]) == "waiting"
    with_thread.say(Word.FAILED, "lag grew", thread="10.1")
    (ended,) = with_thread.last.ended_actions
    assert (ended.outcome, ended.result, ended.ended_at) == (Outcome.FAILED, "lag grew", NOW)
    assert with_thread.incident.running == ()
    assert with_thread.incident.state_of(with_thread.incident.investigations[0]) == "looking"


def test_an_action_may_belong_to_no_thread(room: Room) -> None:
    room.say(Word.DOING, "calling the provider")
    assert room.incident.running[0].investigation is None
    room.say(Word.THREAD, "an idea")
    room.say(Word.DOING, "looking at it")
    assert room.incident.running[1].investigation == 1  # the only one Ana owns
    room.say(Word.DOING, "asking around", BO)
    assert room.incident.running[2].investigation is None


def test_done_without_an_action_of_mine_here_keeps_the_text(with_thread: Room) -> None:
    with_thread.say(Word.DOING, "restart db1", BO, thread="10.1")
    refused = with_thread.refused(Word.FAILED, "could not connect")
    assert refused.text.startswith("No action of yours is running here")
    assert refused.given_back == "could not connect"
    assert refused.offers[0].intent.replace("_", " ") == "already failed"
    others = with_thread.refused(Word.DONE, "it is up", thread="10.1")
    assert [(o.label, o.intent.replace("_", " "), o.number) for o in others.offers] == [
        ("Record as already done", "already done", 1),
        ("It was: restart db1", "ends done", 1),
    ]


def test_done_ends_the_oldest_of_mine_in_this_place(with_thread: Room) -> None:
    for text in ("first", "second"):
        with_thread.say(Word.DOING, text, thread="10.1")
    with_thread.say(Word.DOING, "elsewhere", BO)
    with_thread.say(Word.DONE, thread="10.1")
    assert with_thread.last.ended_actions[0].text == "first"
    assert [each.text for each in with_thread.incident.running] == ["second", "elsewhere"]


def test_somebody_elses_action_is_ended_by_its_number(with_thread: Room) -> None:
    with_thread.say(Word.DOING, "restart db1", BO, thread="10.1")
    (action,) = with_thread.incident.running
    telling = Telling(asked(ANA), spoken(Word.DONE, "it is up"), NOW)
    effect = rules.end_action(with_thread.incident, telling, action)
    assert effect.incident.running == ()
    assert effect.ended[0].actor == "UBO"
    assert effect.ended[0].outcome is Outcome.DONE


def test_what_was_done_before_anybody_said_so_has_no_start(with_thread: Room) -> None:
    telling = Telling(asked(thread="10.1"), spoken(Word.DONE, "restarted db1"), NOW)
    change, _ = rules.record_with(with_thread.incident, telling, rules.already_ended)
    (action,) = change.ended_actions
    assert (action.number, action.started_at, action.investigation) == (1, None, 1)
    assert change.after.last_action == 1
    assert change.after.running == ()


# -- claims and facts -----------------------------------------------------------------------------


@pytest.mark.parametrize("word", [Word.KNOWN, Word.UNKNOWN, Word.BELIEVE])
def test_a_claim_is_numbered_and_attributed(room: Room, word: Word) -> None:
    room.say(word, "the door is locked", BO)
    (claim,) = room.last.claims
    assert (claim.number, claim.kind, claim.actor) == (1, Kind(word.value), "UBO")
    assert claim.kind in CLAIMS
    assert room.incident.last_claim == 1


@pytest.mark.parametrize("word", FACTS)
def test_a_fact_changes_nothing_but_the_record(with_thread: Room, word: Word) -> None:
    before = with_thread.incident
    with_thread.say(word, "the disk is full", BO, thread="10.1")
    (entry,) = with_thread.last.entries
    assert (entry.kind, entry.text, entry.investigation) == (
        Kind(word.value),
        "the disk is full",
        1,
    )
    assert with_thread.incident == replace(before, version=before.version + 1, last_entry=3)


def test_who_was_called_is_kept_as_a_field(room: Room) -> None:
    request = replace(asked(), mentions=("UBO", "UADM"))
    telling = Telling(request, spoken(Word.CALLING, "@Bo by phone"), NOW)
    change, _ = rules.record(room.incident, telling)
    assert change.entries[0].person == "UBO"
    note, _ = rules.record(room.incident, replace(telling, said=spoken(Word.NOTE, "@Bo is here")))
    assert note.entries[0].person is None


def test_when_it_happened_and_when_it_was_told_are_two_times(room: Room) -> None:
    earlier = NOW - timedelta(minutes=40)
    telling = Telling(asked(message="10.5"), spoken(Word.NOTE, "db1 was restarted"), earlier)
    change, _ = rules.record(room.incident, telling)
    (entry,) = change.entries
    assert (entry.at, entry.recorded_at) == (earlier, NOW)
    assert (entry.channel, entry.message, entry.seq) == ("C1", "10.5", 2)


@pytest.mark.parametrize(
    "word",
    [w for w in Word if w not in {*ENDS, Word.DONE, Word.FAILED, Word.TIMEBOX, Word.THREAD}],
)
def test_a_word_without_text_says_nothing(with_thread: Room, word: Word) -> None:
    refused = with_thread.refused(word, "\u200b", thread="10.1")
    assert refused.text == "There is no text after that word, so nothing changed. Say what it is."


@pytest.mark.parametrize("word", [w for w in Word if w not in {Word.TIMEBOX, Word.THREAD}])
def test_a_text_that_is_too_long_is_given_back(with_thread: Room, word: Word) -> None:
    with_thread.say(Word.DOING, "restart", thread="10.1")
    long = "a" * (TEXT_MAX + 1)
    refused = with_thread.refused(word, long, thread="10.1")
    assert "3,001 characters; at most 3,000" in refused.text
    assert refused.given_back == long


# -- steering -------------------------------------------------------------------------------------


def test_command_is_taken_once(room: Room) -> None:
    change, done = rules.take_command(room.incident, asked(ANA))  # held is not taken
    assert change.after.commander_took
    with pytest.raises(Refusal, match="You hold command already"):
        rules.take_command(change.after, asked(ANA))
    again, _ = rules.take_command(change.after, asked(BO))
    assert again.after.commander == "UBO"
    assert (done.kind, again.entries[0].kind) == (Kind.COMMAND, Kind.COMMAND)


def test_severity_is_said_once(room: Room) -> None:
    change, _ = rules.set_severity(room.incident, asked(), Severity.CRITICAL, "critical")
    assert change.after.severity is Severity.CRITICAL
    assert change.entries[0].text == "critical"
    with pytest.raises(Refusal, match="critical already"):
        rules.set_severity(change.after, asked(), Severity.CRITICAL, "critical")


@pytest.mark.row("S4")
def test_resolve_holds_from_the_press_and_ends_no_thread_or_action(with_thread: Room) -> None:
    with_thread.say(Word.DOING, "restart", thread="10.1")
    change, _ = rules.resolve(with_thread.incident, asked(later=5), "failed over")
    after = change.after
    assert (after.state, after.clocks.resolved) == (
        IncidentState.RESOLVED,
        NOW + timedelta(minutes=5),
    )
    assert after.clocks.declared == NOW
    assert after.clocks.mitigated is None
    assert after.running == with_thread.incident.running
    assert after.investigations == with_thread.incident.investigations
    assert change.entries[0].text == "failed over"
    with pytest.raises(Refusal, match="resolved already") as refused:
        rules.resolve(after, asked(), "again")
    assert refused.value.given_back == "again"


def test_people_still_look_after_it_is_resolved_but_not_after_it_is_closed(room: Room) -> None:
    resolved, _ = rules.resolve(room.incident, asked(), "")
    room.incident = resolved.after
    room.say(Word.SEEING, "errors again")
    room.incident = replace(room.incident, state=IncidentState.CLOSED)
    for word in Word:
        refused = room.refused(word, "anything at all")
        assert refused.text == "This incident is closed, so nothing changed."
        assert refused.given_back == "anything at all"
    with pytest.raises(Refusal, match="closed"):
        rules.take_command(room.incident, asked(BO))
    with pytest.raises(Refusal, match="closed"):
        rules.set_severity(room.incident, asked(), Severity.MINOR, "minor")


# -- who may --------------------------------------------------------------------------------------

MAY = {
    #            record own-end end  steer unsafe
    "member": (True, True, True, True, True),
    "admin": (True, True, True, True, True),
    "guest": (True, True, False, False, True),
    "external": (False, False, False, False, True),
    "bot": (False, False, False, False, False),
    "deleted": (False, False, False, False, False),
}
PEOPLE = {
    "member": BO,
    "admin": ADMIN,
    "guest": GUEST,
    "external": STRANGER,
    "bot": BOT,
    "deleted": GONE,
}


@pytest.mark.parametrize("who", sorted(MAY))
def test_who_may_do_what(with_thread: Room, who: str) -> None:
    person, (record, own_end, end, steer, unsafe) = PEOPLE[who], MAY[who]
    theirs = replace(with_thread.incident.investigations[0], owner=person.id)
    owned = replace(with_thread.incident, investigations=(theirs,))
    old = with_thread.incident

    def says(incident: Incident, word: Word) -> bool:
        telling = Telling(asked(person, thread="10.1"), spoken(word, "text and so on"), NOW)
        return _allowed(lambda: rules.record(incident, telling), "text and so on")

    facts = [word for word in FACTS if word is not Word.UNSAFE]
    recording = [*facts, Word.FOR, Word.AGAINST, Word.DOING, Word.KNOWN, Word.UNKNOWN, Word.THREAD]
    assert says(old, Word.UNSAFE) is unsafe
    assert {says(old, word) for word in recording} == {record}
    assert {says(old, word) for word in ENDS} == {end}
    assert {says(owned, word) for word in ENDS} == {own_end}
    assert _allowed(lambda: rules.take_thread(old, asked(person), 1)) is record
    assert _allowed(lambda: rules.take_command(old, asked(person))) is steer
    assert _allowed(lambda: rules.resolve(old, asked(person), "over"), "over") is steer
    minor = Severity.MINOR
    assert _allowed(lambda: rules.set_severity(old, asked(person), minor, "minor")) is steer


def _allowed(act: Callable[[], object], given_back: str = "") -> bool:
    outcome = attempt(act)
    if not isinstance(outcome, Refusal):
        return True
    assert outcome.given_back == given_back
    assert "Nothing changed." in outcome.text
    return False


def attempt(act: Callable[[], T]) -> T | Refusal:
    try:
        return act()
    except Refusal as refused:
        return refused


# -- what no sequence of words can do -------------------------------------------------------------

texts = st.sampled_from(
    [
        "",
        "rollback",
        "Rollback?",
        "logs of db1",
        "x",
        "restart, expect up, by 03:40",
        "🔥",
        "a" * 3001,
    ]
)
people = st.sampled_from([ANA, BO, ADMIN, GUEST, STRANGER, BOT])
places = st.just("") | st.integers(1, 9).map("{}.0".format)
numbers = st.none() | st.integers(1, 6)


class AnythingSaid(RuleBasedStateMachine):
    """Anybody says anything, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.incident = fresh()
        self.seen: dict[int, str] = {}
        self.said = 0

    def follow(self, change: Change) -> None:
        before, after = self.incident, change.after
        assert after.version > before.version
        assert [e.seq for e in change.entries] == list(
            range(before.last_entry + 1, after.last_entry + 1)
        )
        assert change.entries
        assert after.last_action - before.last_action in {0, 1}
        assert after.last_claim - before.last_claim == len(change.claims)
        assert all(a.outcome is not Outcome.RUNNING and a.ended_at for a in change.ended_actions)
        assert {a.number for a in change.ended_actions}.isdisjoint(a.number for a in after.running)
        assert len(after.investigations) >= len(before.investigations)
        for old, new in zip(before.investigations, after.investigations, strict=False):
            assert (old.number, old.hypothesis) == (new.number, new.hypothesis)
            assert old == new or old.is_open
        self.incident = after

    @rule(
        word=st.sampled_from(Word),
        text=texts,
        who=people,
        at=places,
        typed=st.booleans(),
        number=numbers,
    )
    def say(
        self, word: Word, text: str, who: Person, at: str, typed: bool, number: int | None
    ) -> None:
        said = spoken(word, text, number)
        by = NOW + timedelta(minutes=30) if said.by else None
        before = self.incident
        self.said += 1
        message = f"{self.said}.0" if typed else ""
        telling = Telling(asked(who, thread=at, message=message), said, NOW, by)
        outcome = attempt(lambda: rules.record(before, telling))
        if isinstance(outcome, Refusal):
            assert "othing" in outcome.text
            assert outcome.given_back in {"", text, said.what}
            return
        change, done = outcome
        assert done.incident == change.after
        assert not who.bot
        assert not who.external or word is Word.UNSAFE
        self.follow(change)

    def outcome(self, act: Callable[[], tuple[Change, Done]]) -> None:
        done = attempt(act)
        if not isinstance(done, Refusal):
            self.follow(done[0])

    @rule(text=texts, who=people, at=places, word=st.sampled_from([Word.DONE, Word.FAILED]))
    def tell_afterwards(self, text: str, who: Person, at: str, word: Word) -> None:
        telling = Telling(asked(who, thread=at), spoken(word, text), NOW)
        self.outcome(lambda: rules.record_with(self.incident, telling, rules.already_ended))

    @rule(who=people, number=st.integers(1, 6))
    def take(self, who: Person, number: int) -> None:
        self.outcome(lambda: rules.take_thread(self.incident, asked(who), number))

    @rule(who=people, severity=st.sampled_from(Severity), which=st.integers(0, 2))
    def steer(self, who: Person, severity: Severity, which: int) -> None:
        acts: tuple[Callable[[], tuple[Change, Done]], ...] = (
            lambda: rules.take_command(self.incident, asked(who)),
            lambda: rules.set_severity(self.incident, asked(who), severity, severity.value),
            lambda: rules.resolve(self.incident, asked(who), "over"),
        )
        self.outcome(acts[which])

    @invariant()
    def every_running_action_runs(self) -> None:
        running = self.incident.running
        assert all(a.outcome is Outcome.RUNNING and a.ended_at is None for a in running)
        assert len({a.number for a in running}) == len(running)
        assert all(a.number <= self.incident.last_action for a in running)

    @invariant()
    def states_follow(self) -> None:
        for each in self.incident.investigations:
            state = self.incident.state_of(each)
            assert state in {"proposed", "looking", "waiting", *(kind.value for kind in ENDINGS)}
            assert (each.ending is None) == (each.closed_at is None) == (each.ended_by is None)
            if each.number in self.seen and self.seen[each.number] in {e.value for e in Ending}:
                assert state == self.seen[each.number]
            self.seen[each.number] = state

    @invariant()
    def numbers_count_from_one(self) -> None:
        threads = self.incident.investigations
        assert [each.number for each in threads] == list(range(1, len(threads) + 1))
        lived_in = [each.slack_thread for each in threads if each.slack_thread]
        assert len(lived_in) == len(set(lived_in)), "two threads in one Slack thread"


TestAnythingSaid = AnythingSaid.TestCase

"""The form of whoever has not tapped, choices saved as they are made, and what nobody knew came."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import Refusal
from bot.sampling import asking_form
from bot.sampling.model import Condition, ItemKind, Message, Outcome, VolunteerState
from bot.sampling.outcomes import Stage, stage_of
from bot.workspace.purse import PROMPT
from tests.bot.sampling.asked import MINUTE, SECOND, World
from tests.bot.sampling.fakes import ITEMS, NOW, PROTOCOL, a_request, delivery_of

WORDS = asking_form.WORDS


@pytest.fixture
def world() -> World:
    return World()


async def sends(world: World, **values: str) -> Any:
    return await world.asking.whole(a_request(at=world.clock.now()), "p1", values)


async def typed(world: World, person: str = "U1") -> Any:
    return await world.asking.typed(a_request(person, world.clock.now()))


class TestWhatIsTyped:
    async def test_before_the_first_tap_it_opens_the_whole_form(self, world: World) -> None:
        assert await typed(world) is None
        await world.at(NOW + MINUTE)

        form = await typed(world)

        assert form.prompt == world.prompt
        assert (form.whole, form.late) == (True, False)
        names = [each.name for each in form.items]
        assert names == ["stuck", "activity", WORDS, "feeling"]
        first = form.items[0]
        assert (first.kind, first.options) == (ItemKind.RADIO, PROTOCOL.first.options)

    async def test_after_it_the_form_that_follows(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.taps("2")
        form = await typed(world)
        assert [each.name for each in form.items] == ["activity", "stuck_text", "feeling"]
        assert not form.whole
        assert await typed(world, "U9") is None

    async def test_late_says_so_and_not_for_ever(self, world: World) -> None:
        await world.at(NOW + 30 * MINUTE)
        assert (await typed(world)).late
        await world.at(NOW + timedelta(days=1) - SECOND)
        assert (await typed(world)).late
        await world.at(NOW + timedelta(days=1))
        assert await typed(world) is None

    @pytest.mark.parametrize("minutes", [1, 46])
    async def test_not_where_nothing_would_be_taken(self, world: World, minutes: int) -> None:
        await world.at(NOW + MINUTE)
        await world.taps("2")
        await world.at(NOW + minutes * MINUTE)
        assert (await typed(world)).prompt.id == "p1"
        await world.fills(activity="1")
        assert await typed(world) is None

    async def test_not_after_declining_or_leaving(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.asking.decline(a_request(at=world.clock.now()), "p1", "focus")
        assert await typed(world) is None
        world.volunteer(state=VolunteerState.LEFT)
        assert await typed(world) is None


class TestTheWholeForm:
    @pytest.mark.parametrize(("value", "item"), [("2", "stuck_text"), ("1", "other_text")])
    async def test_one_press_gives_tap_and_answers(
        self, world: World, value: str, item: str
    ) -> None:
        await world.at(NOW + MINUTE)
        await world.asking.form(a_request(at=world.clock.now()), "p1")
        await world.at(NOW + 2 * MINUTE)

        await sends(world, stuck=value, activity="3", **{WORDS: "the build"})

        assert world.answers() == {"stuck": value, "activity": "3", item: "the build"}
        assert [e.item for e in world.db.rows.answers.values() if e.is_text] == [item]
        done = world.prompt
        assert (done.outcome, done.valid, done.late) == (Outcome.COMPLETE, True, False)
        assert (done.opened_at, done.first_tap_at) == (NOW + MINUTE, NOW + 2 * MINUTE)
        assert done.shown == ("activity", item, "feeling")

    async def test_late_it_is_late(self, world: World) -> None:
        await world.at(NOW + 31 * MINUTE)
        done = await sends(world, stuck="2", activity="3")
        assert (done.outcome, done.valid, done.late) == (Outcome.COMPLETE, False, True)

    async def test_the_first_answer_alone_is_a_first_tap(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        after = await sends(world, stuck="2")
        assert (after.outcome, after.expires_at) == (None, NOW + 45 * MINUTE)
        assert stage_of(after) is Stage.TAPPED

    async def test_an_answer_that_ends_it_ends_it(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        done = await sends(world, stuck="9", activity="3")
        assert (done.outcome, world.answers()) == (Outcome.COMPLETE, {"stuck": "9"})

    async def test_no_words_are_lost_in_it(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        with pytest.raises(Refusal, match="No question for words") as refused:
            await sends(world, stuck="9", **{WORDS: "a day off"})
        assert refused.value.field == WORDS
        assert (world.prompt.first_tap_at, world.answers()) == (None, {})

    async def test_what_is_wrong_stands_where_it_is(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        for values, field in (
            ({"stuck": "2", WORDS: "x" * 21}, WORDS),
            ({"stuck": "2", "activity": "77"}, "activity"),
            ({"activity": "1"}, ""),
        ):
            with pytest.raises(Refusal) as refused:
                await sends(world, **values)
            assert refused.value.field == field
        assert (world.prompt.first_tap_at, world.answers()) == (None, {})

    async def test_a_tap_that_was_made_meanwhile_stays(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.taps("2")
        with pytest.raises(Refusal, match="in the message already") as refused:
            await sends(world, stuck="1", **{WORDS: "the build"})
        assert refused.value.field == "stuck"
        await world.at(NOW + 2 * MINUTE)
        await sends(world, stuck="2", **{WORDS: "the build"})
        assert world.answers() == {"stuck": "2", "stuck_text": "the build"}
        assert world.prompt.first_tap_at == NOW + MINUTE
        with pytest.raises(Refusal, match="already"):
            await sends(world, stuck="2", activity="1")

    async def test_only_by_whose_it_is(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        with pytest.raises(Refusal, match="not there any more"):
            await world.asking.whole(a_request("U2"), "p1", {"stuck": "2"})

    async def test_opened_it_is_not_reminded_of(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.asking.form(a_request(at=world.clock.now()), "p1")
        await world.at(NOW + 2 * timedelta(hours=1))
        assert "remind" not in world.told()
        assert world.outcome() is Outcome.EXPIRED

    def test_it_has_one_field_for_words_and_no_question_that_may_not_be_meant(self) -> None:
        two = Condition("stuck", ("2",))
        more = replace(ITEMS[1], name="more", show_if=two, required=True)
        must = replace(ITEMS[1], name="must", required=True)
        protocol = replace(PROTOCOL, items=(*ITEMS, more, must), rotate=())
        whole = asking_form.whole_items(protocol, None)
        assert [each.name for each in whole] == ["stuck", "activity", WORDS, "must"]
        assert [each.required for each in whole] == [True, False, False, False]
        assert (whole[2].text, whole[2].max_chars) == ("Against which wall? / What was it?", 20)
        asked = asking_form.asked_whole(protocol, None, "2")
        assert [each.name for each in asked] == ["activity", "stuck_text", "must"]

    def test_more_options_than_radio_buttons_hold_are_a_list(self) -> None:
        options = tuple(replace(PROTOCOL.first.options[0], value=str(n)) for n in range(11))
        many = replace(PROTOCOL, items=(replace(ITEMS[0], options=options), *ITEMS[1:]))
        assert asking_form.whole_items(many, 0)[0].kind is ItemKind.SELECT


class TestChoices:
    async def choose(self, world: World, name: str, value: str, person: str = "U1") -> bool:
        request = a_request(person, world.clock.now())
        return await world.asking.choose(request, "p1", name, value)

    async def test_a_form_that_is_closed_loses_none(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        form = await world.taps("2")
        assert form.saves
        await world.at(NOW + 44 * MINUTE)
        assert await self.choose(world, "feeling", "1")
        assert await self.choose(world, "feeling", "4")
        await world.at(NOW + timedelta(hours=2))
        assert world.answers() == {"stuck": "2", "feeling": "4"}
        assert (world.prompt.outcome, world.prompt.valid) == (Outcome.PARTIAL, True)

    async def test_opened_again_the_form_has_them(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.taps("2")
        await self.choose(world, "feeling", "4")
        form = await world.asking.form(a_request(at=world.clock.now()), "p1")
        assert form.given["feeling"] == "4"

    async def test_not_after_the_grace_and_not_after_the_form(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.taps("2")
        await world.at(NOW + 45 * MINUTE)
        assert not await self.choose(world, "feeling", "1")
        await world.fills(feeling="2")
        assert not await self.choose(world, "feeling", "1")
        assert world.answers() == {"stuck": "2", "feeling": "2"}

    @pytest.mark.parametrize(
        ("name", "value"),
        [("stuck", "1"), ("activity", "1"), ("stuck_text", "x"), ("feeling", "77"), ("no", "1")],
    )
    async def test_only_what_is_shown_as_radio_buttons(
        self, world: World, name: str, value: str
    ) -> None:
        await world.at(NOW + MINUTE)
        await world.taps("2")
        with pytest.raises(Refusal):
            await self.choose(world, name, value)
        assert world.answers() == {"stuck": "2"}

    async def test_not_of_others_and_not_after_leaving(self, world: World) -> None:
        await world.at(NOW + MINUTE)
        await world.taps("2")
        with pytest.raises(Refusal, match="not there any more"):
            await self.choose(world, "feeling", "1", "U2")
        world.volunteer(state=VolunteerState.LEFT)
        with pytest.raises(Refusal, match="over for you"):
            await self.choose(world, "feeling", "1")
        assert world.answers() == {"stuck": "2"}


class TestNobodyKnew:
    """The ledger lost sight of the message; whoever taps it shows that it is there."""

    MESSAGE = Message("DU1", f"{(NOW + SECOND).timestamp():.6f}")

    async def lost(self, world: World) -> None:
        sender: Any = world.senders[PROMPT]
        owed = world.ledger.owed(PROMPT)[0]
        doubted = delivery_of(owed, NOW + 6 * MINUTE, in_doubt=True, attempts=2)
        await world.db.run(lambda tx: sender.missed(tx, doubted, NOW + 6 * MINUTE))
        world.db.rows.owed.clear()
        world.clock.advance(NOW + 6 * MINUTE)
        assert world.outcome() is Outcome.UNKNOWN

    async def taps(self, world: World) -> Any:
        request = a_request(at=world.clock.now())
        return await world.asking.tap(request, "p1", "2", self.MESSAGE)

    async def test_a_tap_in_time_makes_it_a_prompt_like_any_other(self, world: World) -> None:
        await self.lost(world)
        await self.taps(world)

        there = world.prompt
        assert (there.message, there.sent_at) == (self.MESSAGE, NOW + SECOND)
        assert there.expires_at == NOW + 45 * MINUTE + SECOND
        assert (await typed(world)).prompt.id == "p1"
        await world.at(NOW + 7 * MINUTE)
        assert world.told() == ["show"]
        assert (await world.asking.form(a_request(at=world.clock.now()), "p1")).items
        await world.at(NOW + 46 * MINUTE)
        assert (world.prompt.outcome, world.prompt.valid) == (Outcome.PARTIAL, True)

    async def test_a_late_one_is_late(self, world: World) -> None:
        await self.lost(world)
        world.clock.advance(NOW + 31 * MINUTE)
        await self.taps(world)
        assert (world.prompt.outcome, world.prompt.late) == (Outcome.PARTIAL, True)
        assert world.prompt.message == self.MESSAGE

    async def test_it_can_be_declined_in_time(self, world: World) -> None:
        await self.lost(world)
        request = a_request(at=world.clock.now())
        await world.asking.decline(request, "p1", "meeting", self.MESSAGE)
        assert (world.prompt.outcome, world.prompt.message) == (Outcome.DECLINED, self.MESSAGE)
        await world.at(NOW + 7 * MINUTE)
        assert world.told() == ["show"]

    async def test_a_tap_that_is_faster_than_our_writing_counts_once(self, world: World) -> None:
        sender: Any = world.senders[PROMPT]
        owed = delivery_of(world.ledger.owed(PROMPT)[0], NOW)
        world.clock.advance(NOW)
        sent = await sender.send(owed)
        world.clock.advance(NOW + 2 * SECOND)
        await self.taps(world)
        await world.db.run(lambda tx: sender.sent(tx, owed, sent, NOW + 3 * SECOND))
        assert (world.prompt.sent_at, world.prompt.message) == (NOW + SECOND, self.MESSAGE)

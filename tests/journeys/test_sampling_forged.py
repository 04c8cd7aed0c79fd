"""Every entry point of experience sampling, forged by everybody who is nobody to a study.

Nobody but the author and the study's coders and readers ever reads an answer. A word stands in one
answer, and in nothing that a forger is shown, whatever they send; and nothing of the author's or
the study's is changed by it.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.sampling.commands import Verb
from bot.sampling.model import Outcome, Role
from bot.sampling.studies import Named
from storage.tx import Tx
from tests.journeys.forging import ACTIONS, GUESS, REST, VIEWS, Forger, Loot, listened_to
from tests.journeys.stage import Human, World
from tests.journeys.studying import Lab, a_lab, joins, presses_in_form, reports, screen, submits

SENTINEL = "Zwetschgenröster"
ANSWER = f"the {GUESS} of {SENTINEL} is slow"


def test_everything_that_is_listened_to_is_forged() -> None:
    """A new button, form or verb fails this until somebody decides what a forger would send."""
    heard = listened_to()
    assert heard.keys() == {"action", "view", "command"}
    for kind, forged in (("action", set(ACTIONS)), ("view", set(VIEWS))):
        fits = {each: {n for n in heard[kind] if re.fullmatch(n, each)} for each in forged}
        assert set().union(*fits.values()) == heard[kind], f"a new {kind}"
        assert {each for each, found in fits.items() if not found} == set(), f"no {kind} of ours"
    assert heard["command"] == {"/sampling"}
    assert REST.keys() == set(Verb)
    assert len(heard["action"]) > 35


@dataclass
class Stolen:
    """A study in full swing, and all its ids. author: of the answer that nobody else may read."""

    lab: Lab
    loot: Loot
    author: Human
    reader: Human
    coder: Human
    gone: Human
    other: Human

    def forger(self, human: Human, team: str = "", own: str = "") -> Forger:
        return Forger(self.lab.world, human, replace(self.loot, own=own), team)


@pytest.fixture
async def stolen(world: World) -> Stolen:
    roles = {name: world.person(name) for name in ("coder1", "coder2", "reader", "reader2")}
    roles["analyst"] = world.person("analyst")
    lab = await a_lab(world, world.person("olga"), **roles)
    volunteers = [world.person(f"vol{place}") for place in range(7)]
    for each in volunteers:
        await joins(each)
        await reports(each, ANSWER if each is volunteers[0] else "nothing of note")
        await begins_a_report(each)
    for each in (lab.owner, *roles.values()):
        await each.commands("/sampling study")
        await presses_in_form(each, "I confirm")
    await reads_and_is_removed(lab, roles["reader2"])
    made = await two_have_coded(lab, roles["coder1"], roles["coder2"])
    loot = await all_ids(lab, volunteers[0], roles, made)
    author, other, reader = volunteers[0], volunteers[1], roles["reader"]
    return Stolen(lab, loot, author, reader, roles["coder1"], roles["reader2"], other)


async def begins_a_report(human: Human) -> None:
    """Another one, whose form is still open."""
    await human.commands("/sampling now")
    await human.presses("Badly stuck")


async def open_prompt(lab: Lab, human: Human) -> str:
    (found,) = [e for e in await lab.prompts(human) if e.first_tap_at and not e.outcome]
    return found.id


async def reads_and_is_removed(lab: Lab, reader: Human) -> None:
    await reader.commands("/sampling review")
    assert SENTINEL in screen(reader)
    team, now = lab.study.workspace, lab.world.clock.now()
    await lab.studies.remove(team, lab.study.name, Named(reader.id, Role.READER), now)


async def two_have_coded(lab: Lab, one: Human, two: Human) -> str:
    """A round that both have coded, of which the agreement was not computed; its id."""
    await one.commands("/sampling study")
    await presses_in_form(one, "Code book")
    await submits(one, {"text": "tools\npeople"})
    await one.commands("/sampling study")
    await presses_in_form(one, "Code apart with", two.id)
    for coder, tag in ((one, "tools"), (two, "people")):
        await coder.commands("/sampling study")
        await presses_in_form(coder, "Code the next")
        while "coded all" not in screen(coder):
            await submits(coder, {"tags": [tag]})
    (made,) = await lab.world.bot.db.read(lambda tx: tx.review.rounds(lab.study))
    return made.id


async def all_ids(lab: Lab, author: Human, roles: dict[str, Human], round_id: str) -> Loot:
    await author.person.dms(ANSWER)
    await lab.world.settles()
    assert author.person.dm is not None
    typed = next(each for each in author.person.dm.lines() if each.user == author.id)
    await roles["reader"].commands(f"/sampling review {SENTINEL}")
    await presses_in_form(roles["reader"], "Ask for a quote")
    assert await submits(roles["reader"], {"words": ANSWER, "place": "the digest"}) == {}
    (quote,) = await lab.world.bot.db.read(lambda tx: tx.review.quotes(lab.study))
    (prompt,) = [e for e in await lab.prompts(author) if e.outcome is Outcome.COMPLETE]
    me = await lab.volunteer(author)
    consents = await lab.world.bot.db.read(lambda tx: tx.volunteers.consents(me))
    return Loot(
        lab.study.id, prompt.id, round_id, quote.id, consents[0][1], author.person.dm.id, typed.ts,
        roles["coder2"].id, roles["analyst"].id,
    )  # fmt: skip


async def kept(stolen: Stolen) -> object:
    """All that a forger must not change."""
    lab, me = stolen.lab, await stolen.lab.volunteer(stolen.author)

    def look(tx: Tx) -> list[Any]:
        prompts = tx.prompts.prompts(lab.study, pseudonym=me.pseudonym)
        return [
            me,
            prompts,
            tx.prompts.answers([each.id for each in prompts]),
            tx.review.quotes(lab.study),
            tx.review.book(lab.study),
            tx.review.rounds(lab.study),
            tx.review.codings(lab.study, []),
            tx.review.releases(lab.study),
            tx.review.grants(lab.study),
            tx.studies.appointments(lab.study),
            tx.review.looks(lab.study, me.pseudonym),
        ]

    return await lab.world.bot.db.read(look)


Who = Callable[[Stolen], Awaitable[Forger]]


async def _manager(stolen: Stolen) -> Forger:
    return stolen.forger(stolen.lab.world.person("mona"))


async def _admin(stolen: Stolen) -> Forger:
    return stolen.forger(stolen.lab.world.person("boss", admin=True))


async def _guest(stolen: Stolen) -> Forger:
    return stolen.forger(stolen.lab.world.person("gus", guest=True))


async def _stranger(stolen: Stolen) -> Forger:
    return stolen.forger(stolen.lab.world.person("sue", team="T0OTHER"))


async def _elsewhere(stolen: Stolen) -> Forger:
    """A reader by their id, who says to be in another workspace."""
    return stolen.forger(stolen.reader, team="T0OTHER")


async def _removed(stolen: Stolen) -> Forger:
    return stolen.forger(stolen.gone)


async def _volunteer(stolen: Stolen) -> Forger:
    """With a prompt of their own, through whose form they try to read what the author typed."""
    own = await open_prompt(stolen.lab, stolen.other)
    return stolen.forger(stolen.other, own=own)


NOBODIES: dict[str, Who] = {
    "a manager": _manager,
    "a workspace admin": _admin,
    "a guest": _guest,
    "somebody of another organisation": _stranger,
    "a reader, from another workspace": _elsewhere,
    "a reader who was removed": _removed,
    "another volunteer": _volunteer,
}


def excuses(world: World) -> None:
    """Slack refuses forged triggers, views and messages; never what we say."""
    for call in world.sandbox.calls:
        if call.error and not call.error.startswith(("invalid_blocks", "invalid_arguments")):
            world.excuses(call.method, call.error)


@pytest.mark.parametrize("who", NOBODIES)
async def test_nobody_reads_or_changes_an_answer(stolen: Stolen, who: str) -> None:
    before = await kept(stolen)
    forger = await NOBODIES[who](stolen)
    shown = await forger.sends_everything()
    assert [name for name, text in shown.items() if SENTINEL in text] == []
    assert await kept(stolen) == before
    excuses(stolen.lab.world)


async def test_the_owner_and_an_analyst_read_none_either(stolen: Stolen) -> None:
    analyst = stolen.lab.world.person("analyst")
    for each in (stolen.lab.owner, analyst):
        shown = await stolen.forger(each).sends_everything()
        assert [name for name, text in shown.items() if SENTINEL in text] == []
    excuses(stolen.lab.world)


async def test_whoever_may_read_it_is_shown_it(stolen: Stolen) -> None:
    """Else the others would prove nothing: the same payloads, by those whom they are for."""
    shown = await stolen.forger(stolen.reader).sends_everything()
    assert {name for name, text in shown.items() if SENTINEL in text} == {
        "/sampling review", f"/sampling review {GUESS}", "sampling.review.more",
    }  # fmt: skip
    shown = await stolen.forger(stolen.coder).sends_everything()
    assert SENTINEL in shown["sampling.review.more"]
    assert "nothing of note" in shown["sampling.round.settle"]
    # In the end the author erases it.
    own = await open_prompt(stolen.lab, stolen.author)
    shown = await stolen.forger(stolen.author, own=own).sends_everything()
    found = {name for name, text in shown.items() if SENTINEL in text}
    assert {"/sampling mine", "sampling.quote.no", "sampling.typed"} <= found
    assert {name for name in found if re.search("review|round", name)} == set()
    excuses(stolen.lab.world)

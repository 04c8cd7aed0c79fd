"""What an amendment changed for somebody who agreed to an older version."""

from dataclasses import replace
from datetime import time

from bot.sampling.amending import FIGURES, Changes, Figure, changes
from bot.sampling.model import Appointment, Item, Protocol, Role, Schedule
from bot.sampling.protocol import default_study

BEFORE = default_study()


def of(after: Protocol, *held: Appointment) -> Changes:
    return changes(BEFORE, after, held)


def test_figures_are_told_before_and_after() -> None:
    load = replace(BEFORE.schedule, per_day=2, days=(0, 2), times=(time(9, 30),))
    kept = replace(BEFORE.legal, delete_on="2029-01-01")

    found = of(replace(BEFORE, schedule=load, legal=kept))

    assert found.parts == ("schedule", "legal section")
    assert Figure("questions a day", str(BEFORE.schedule.per_day), "2") in found.figures
    assert Figure("times of day", "", "09:30") in found.figures
    assert Figure("deleted on", BEFORE.legal.delete_on, "2029-01-01") in found.figures
    (days,) = [each for each in found.figures if each.label == "days that are proposed"]
    assert days.after == "Monday, Wednesday"
    assert len(found.figures) == 4


def test_every_figure_of_a_schedule_has_its_words() -> None:
    assert FIGURES.keys() == set(Schedule.__dataclass_fields__)


def test_questions_are_told_by_their_words() -> None:
    first, second, *others = BEFORE.items
    anew = replace(second, text="Worded anew?")
    added = Item("added", second.kind, "One more?", second.options)

    found = of(replace(BEFORE, items=(first, anew, *others[1:], added)))

    assert found.asked == ("Worded anew?", "One more?")
    assert found.dropped == (others[0].text,)


def test_roles_are_those_given_since() -> None:
    was = Appointment("U1", Role.OWNER, BEFORE.version)
    new = Appointment("U2", Role.CODER, BEFORE.version + 1)

    assert of(BEFORE, was, new) == Changes((), (), (), (), (new,))

"""What the six of the sample study say: invented, short, in our own words."""

from dataclasses import dataclass

from bot.clock import Draws
from bot.sandbox.answering import TAP, chance, one_of
from bot.sandbox.people import Person

NOT_STUCK, A_BIT, BADLY, NOT_WORKING = "1", "2", "3", "9"
OFTEN = NOT_STUCK * 9 + A_BIT * 7 + BADLY * 3 + NOT_WORKING

# What they were doing (a value of the item), in their words, how challenging, how well in hand.
SCENES: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    NOT_STUCK: (
        ("1", "writing tests for the import", "2", "4"),
        ("6", "sketching what the next release holds", "3", "4"),
        ("7", "planning round, went well", "1", "5"),
        ("3", "a small review, easy to follow", "2", "5"),
        ("8", "showing somebody how we set things up", "2", "5"),
        ("5", "reading up on indexes", "3", "3"),
        ("1", "tidying an old function", "2", "5"),
        ("10", "writing down what happened last week", "3", "4"),
        ("1", "the new filter, nearly there", "3", "4"),
        ("4", "a release, all green for once", "2", "4"),
        ("6", "turning a vague wish into three tickets", "3", "4"),
    ),
    A_BIT: (
        ("4", "the deploy takes half an hour and I have to watch it", "2", "4"),
        ("5", "the documentation is of two versions ago", "3", "3"),
        ("9", "waiting for a review since yesterday", "1", "5"),
        ("8", "three conversations at once, lost my place", "3", "4"),
        ("2", "the log says error, not which", "3", "3"),
        ("6", "nobody can say who decides this", "3", "2"),
        ("1", "the same change in six places", "2", "5"),
        ("4", "my environment wants updating again", "2", "4"),
        ("7", "a meeting in which I was not needed", "1", "5"),
        ("2", "works here, not there", "4", "3"),
    ),
    BADLY: (
        ("2", "a test that only fails on the build server", "4", "3"),
        ("4", "the build is red and nobody knows why", "4", "2"),
        ("9", "third day without access to the test database", "2", "4"),
        ("2", "memory grows and the profile says nothing", "5", "2"),
        ("3", "forty files to review and no description", "4", "3"),
        ("1", "time zones, again", "4", "3"),
    ),
}
FEELING = {NOT_STUCK: "3445", A_BIT: "2334", BADLY: "1223"}


@dataclass(slots=True)
class Volunteer:
    """Somebody who takes part: how likely they answer, and can't; at most how long they take, in
    seconds; and draws of their own."""

    person: Person
    answers: float
    declines: float
    slowest: float
    draws: Draws
    fills_in: float = 0.92

    @property
    def takes(self) -> float:
        """Seconds until they press something, this time."""
        return self.draws.uniform(20, self.slowest)

    def meant(self, taps: list[str], declines: list[str]) -> str:
        """Which button they mean to press; none where they let it pass."""
        if not chance(self.draws, self.answers):
            return ""
        if declines and chance(self.draws, self.declines):
            return one_of(self.draws, declines)
        return _tap(taps, one_of(self.draws, OFTEN))


def _tap(taps: list[str], value: str) -> str:
    wanted = f"{TAP}{value}"
    return wanted if wanted in taps else taps[0]


def entries(value: str, draws: Draws) -> dict[str, str]:
    """What somebody fills in who tapped that; some leave out a question."""
    activity, words, challenge, skill = one_of(draws, SCENES[value])
    filled = {
        "activity": activity,
        "stuck_text": words,
        "other_text": words,
        "challenge": challenge,
        "skill": skill,
        "feeling": one_of(draws, FEELING[value]),
        "interrupted": one_of(draws, "001123"),
        "pressure": one_of(draws, "122334"),
    }
    return {name: each for name, each in filled.items() if not chance(draws, 0.05)}

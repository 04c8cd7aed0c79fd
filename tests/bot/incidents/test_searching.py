"""A search that takes too long is an answer, and says what would help."""

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import Refusal, TooLate
from bot.incidents.searching import TOO_BROAD, Searching
from tests.bot.incidents.test_rules import asked


class Slow:
    """A database in which nothing is read in time."""

    async def run(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("nothing is written by finding")

    async def read(self, *_: Any, deadline: float | None = None) -> Any:
        assert deadline == DEADLINE
        raise TooLate


DEADLINE = 7.5


async def test_a_search_that_is_too_broad_asks_for_a_word_more_and_gives_the_words_back() -> None:
    request = replace(asked(), deadline=DEADLINE)

    with pytest.raises(Refusal) as refused:
        await Searching(Slow()).find(request, "the graph")

    assert (refused.value.text, refused.value.given_back) == (TOO_BROAD, "the graph")

"""What everybody sees of a study, and what coders and authors see of words: as they read it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sampling.disclosure import SENTENCE, Figure, Scope, Share
from bot.sampling.model import Study
from bot.sampling.protocol import default_study
from bot.sampling.releasing_shown import WHOLE, Choices, Published
from bot.sampling.review_ports import Quote, QuoteState, TextKey
from bot.sampling.reviewing_cards import Card, Page, TextShown
from bot.sampling.shown import Asked
from handlers.blocks import sampling_results as results
from handlers.blocks import sampling_review as review
from handlers.sampling_review import _beside
from tests.contracts.sampling_values import study as a_study
from tests.journeys.stage import plain, unsafe_parts, words

PROTOCOL = default_study()
ITEM = PROTOCOL.first
AT = datetime(2028, 3, 6, tzinfo=UTC)
SHARES = (
    Share("1", 60, 40, 75, 45, 70),
    Share("2", 30, 20, 50, 20, 40),
    Share("3", 10, 5, 35, 5, 20),
)
NASTY = "\n".join(["<!channel> & <b> `x` ```", "a" * 700, *["short & <sharp>"] * 120])


@pytest.fixture
def study() -> Study:
    return a_study("T1", protocol=PROTOCOL)


def figure(week: int, *, few: bool) -> Published:
    shares = tuple(replace(e, low=None, high=None) for e in SHARES) if few else SHARES
    return Published(Figure(Scope("stuck", week, week), 40, few, shares), ITEM)


def read(study: Study, *figures: Published) -> list[str]:
    shown = results.results(study, figures, {}, ())
    assert list(unsafe_parts(shown.blocks)) == []
    return words(list(shown.blocks)).splitlines()


class TestFigures:
    def test_of_ten_and_more_have_shares_with_intervals_and_bounds(self, study: Study) -> None:
        lines = read(study, figure(3, few=False))
        assert lines[1] == f"Week 3: *{ITEM.text}*"
        assert lines[2].startswith("Not stuck: 60 %")
        assert all(each in lines[2] for each in ("45 to 70 %", "between 40 and 75 %"))
        assert lines[-2].startswith("Of 40 answers by at least 5 people")
        assert lines[-1] == SENTENCE

    def test_below_ten_have_words_for_every_share(self, study: Study) -> None:
        lines = read(study, figure(3, few=True))
        assert lines[2].startswith("Not stuck: somewhat more than half of the answers")
        assert lines[3].startswith("A bit stuck: about a third of the answers")
        assert lines[4].startswith("Badly stuck: few of the answers")
        assert not any(f"{each.points} %" in " ".join(lines) for each in SHARES[:1])

    def test_of_two_weeks_claim_no_change_and_say_the_caveat_once(self, study: Study) -> None:
        lines = read(study, figure(1, few=False), figure(2, few=False))
        assert lines[-1] == f"{SENTENCE} {results.NO_CHANGE}"
        assert "\n".join(lines).count(SENTENCE) == 1
        assert results.NO_CHANGE not in "\n".join(read(study, figure(1, few=False)))

    def test_all_weeks_are_offered_only_after_the_end(self, study: Study) -> None:
        for over in (False, True):
            made = results.publish_form(Choices(study, (ITEM,), 140, over))
            weeks = made["blocks"][1]["element"]["options"]
            assert weeks[0]["value"] == "140"
            assert len(weeks) <= 100
            assert any(each["value"] == str(WHOLE) for each in weeks) is over


class TestWords:
    """To the letter, however long and however much of them has to be escaped."""

    def page(self, **shown: Any) -> Page:
        texts = tuple(
            TextShown(TextKey(f"p{n}", "stuck_text"), "What?", NASTY, **shown) for n in (1, 2)
        )
        card = Card("p1", "vabcde", 1, "morning", "complete", (), texts)
        return Page((card,), "", 1)

    def test_a_coder_reads_the_whole_of_a_text_in_the_queue_and_codes_that(
        self, study: Study
    ) -> None:
        view = review.queue(study, self.page(own=("tests",)), coder=True)
        assert list(unsafe_parts(view["blocks"])) == []
        assert "Yours: tests" in words(view["blocks"])
        assert unquoted(view["blocks"]).count(NASTY) == 2
        buttons = [each["accessory"]["value"] for each in view["blocks"] if "accessory" in each]
        assert len(buttons) == 2
        for value in buttons:
            below = _beside({"view": view}, value)
            assert unquoted(below).count(NASTY) == 1
        assert _beside({"view": view}, "forged") == []

    @pytest.mark.parametrize("state", QuoteState)
    def test_an_author_reads_exactly_what_would_be_shown_and_where(
        self, study: Study, state: QuoteState
    ) -> None:
        approved = "short" if state is QuoteState.APPROVED else ""
        place = "the & digest <of> " + "&" * 180
        quote = Quote(
            "Q", study.id, TextKey("p", "i"), "v", "U1", NASTY[:1000], place, AT, state, approved
        )
        view = results.quotes([Asked("stuck", "t", quote)], "/x-sampling")
        shown = unquoted(view["blocks"])
        assert (approved or NASTY[:1000]) in shown
        assert f"Where: {place}; and in `/x-sampling results`" in shown
        labels = [e["text"]["text"] for b in view["blocks"] for e in b.get("elements", ())
                  if b["type"] == "actions"]  # fmt: skip
        assert ("Yes, these words" in labels) is (state is not QuoteState.APPROVED)

    def test_what_waits_for_an_answer_is_never_hidden_by_what_was_answered(
        self, study: Study
    ) -> None:
        def quote(n: int, state: QuoteState) -> Asked:
            text = TextKey("p", "i")
            return Asked(
                "stuck", "t", Quote(f"Q{n}", study.id, text, "v", "U", f"w{n}", "x", AT, state)
            )

        answered = [quote(n, QuoteState.REFUSED) for n in range(40)]
        view = results.quotes([*answered, quote(41, QuoteState.ASKED)], "/sampling")
        assert words(view["blocks"]).startswith("> w41")
        assert len(view["blocks"]) <= 100


def unquoted(blocks: list[dict[str, Any]]) -> str:
    """All sections, their quotations taken out of their marks; a long line is in one again."""
    lines = "\n".join(plain(b["text"]["text"]) for b in blocks if b["type"] == "section")
    return "\n".join(line.removeprefix("> ") for line in lines.splitlines())

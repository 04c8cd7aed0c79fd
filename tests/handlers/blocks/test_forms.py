"""Forms: valid for Slack whatever people type, and ids alone in what they carry."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.grammar import Word
from bot.incidents.model import Clocks, Incident, Investigation
from bot.sandbox.blockkit import view_problems
from handlers.blocks import forms
from handlers.filled import About

NOW = datetime(2026, 11, 20, 3, 7, tzinfo=UTC)
texts = st.text(max_size=200) | st.sampled_from(["&" * 5000, "<!channel>", "\n" * 400, "x" * 4000])


def incident(title: str, threads: int) -> Incident:
    return Incident(
        "i1",
        "T1",
        1,
        title,
        "U1",
        Clocks(declared=NOW),
        investigations=tuple(Investigation(n + 1, title or "x", NOW, "U1") for n in range(threads)),
    )


@given(texts, texts, st.integers(0, 50))
def test_every_form_is_valid(title: str, text: str, threads: int) -> None:
    about = About(incident="i1", channel="C1", message="1.1", author="U1", number=1).packed()
    it = incident(title, threads)
    views: list[dict[str, Any]] = [
        forms.declare(title),
        forms.new_thread(it, about),
        forms.log(it, about, text=text, thread=1, written=True),
        forms.log(it, about, written=False),
        forms.misled(it, about, text),
        forms.end(Investigation(50, title, NOW), about),
        forms.told("No."),
    ]
    assert [problem for view in views for problem in view_problems(view)] == []


def test_a_form_carries_ids_and_no_words() -> None:
    about = About(incident="i1", channel="C1", message="1.1", author="U1")
    view = forms.log(incident("a title", 1), about.packed(), text="a text", written=True)
    assert view["private_metadata"] == (
        '{"incident":"i1","channel":"C1","message":"1.1","author":"U1"}'
    )


def test_every_kind_on_the_form_is_a_word() -> None:
    assert set(forms.KINDS) <= set(Word)

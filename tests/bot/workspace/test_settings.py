"""Settings: what fits, and that what does not is refused by name and changes nothing."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.workspace.settings import (
    KEYS,
    THRESHOLDS,
    Nudges,
    Verbosity,
    WorkspaceSettings,
    changed,
    described,
    differences,
)

DEFAULT = WorkspaceSettings()


def refused(key: str, typed: str) -> Refusal:
    with pytest.raises(Refusal) as said:
        changed(DEFAULT, key, typed)
    assert said.value.given_back == typed
    assert said.value.field == key
    assert "othing changed" in said.value.text
    return said.value


@pytest.mark.parametrize(
    ("key", "typed", "name", "value"),
    [
        ("announce_channel", "C0123ABC", "announce_channel", "C0123ABC"),
        ("announce_channel", "<#C0123ABC|incidents>", "announce_channel", "C0123ABC"),
        ("announce_channel", "none", "announce_channel", None),
        ("announce_channel", "", "announce_channel", None),
        ("nudges", "Shadow", "nudges", Nudges.SHADOW),
        ("verbosity", "board", "verbosity", Verbosity.BOARD),
        ("channel_prefix", "incident", "channel_prefix", "incident"),
        ("quiet_minutes", "30", "quiet_minutes", 30),
        ("quiet_minutes", " 30 min ", "quiet_minutes", 30),
        ("quiet_minutes", "３０", "quiet_minutes", 30),
        ("commander_silence_minutes", "120", "commander_silence_minutes", 120),
        (
            "destructive_stems",
            "Delete, drop; drop rm",
            "destructive_stems",
            ("delete", "drop", "rm"),
        ),
        ("severity_critical", "SEV 1", "severity_labels", ("SEV 1", "major", "minor")),
        ("severity_minor", "klein", "severity_labels", ("critical", "major", "klein")),
        ("nudges_first", "15 min", "nudges_first", 15),
        ("nudges_jitter", "0 %", "nudges_jitter", 0),
        (
            "nudges_never",
            "Stale_crew single_line, stale_crew",
            "nudges_never",
            ("single_line", "stale_crew"),
        ),
        ("nudges_always", "none", "nudges_always", ()),
    ],
)
def test_what_fits_is_taken(key: str, typed: str, name: str, value: object) -> None:
    assert getattr(changed(DEFAULT, key, typed), name) == value


@pytest.mark.parametrize(
    ("key", "typed", "range_"),
    [
        ("quiet_minutes", "4", "from 5 to 240"),
        ("quiet_minutes", "241", "from 5 to 240"),
        ("quiet_minutes", "-5", "whole number"),
        ("quiet_minutes", "a while", "whole number"),
        ("quiet_minutes", "1e3", "whole number"),
        ("quiet_minutes", "9" * 5000, "whole number"),
        ("commander_silence_minutes", "3", "from 5 to 120"),
        ("announce_channel", "#general", "a channel"),
        ("announce_channel", "D0123", "a channel"),
        ("nudges", "everywhere", "one of commander, channel, shadow"),
        ("verbosity", "", "one of everything, changes, board"),
        ("channel_prefix", "Inc!", "a-z"),
        ("channel_prefix", "-inc", "beginning with"),
        ("channel_prefix", "x" * 21, "1 to 20"),
        ("severity_critical", "Major", "not the name of another severity"),
        ("severity_critical", "x" * 31, "1 to 30"),
        ("severity_critical", "\u200b", "1 to 30"),
        ("destructive_stems", "", "1 to 50 words"),
        ("destructive_stems", "x", "2 to 30 letters"),
        ("destructive_stems", "a.*b", "2 to 30 letters"),
        ("destructive_stems", " ".join(f"word{n}" for n in range(51)), "1 to 50 words"),
        ("threshold_single_line_minor", "0", "from 1 to 480"),
        ("threshold_concentration_share", "33", "from 34 to 100"),
        ("threshold_concentration_share", "101", "from 34 to 100"),
        ("threshold_concentration_share", "65 min", "from 34 to 100"),
        ("threshold_vagabonding_threads", "1", "from 2 to 50"),
        ("threshold_vagabonding_untested", "٣", "from 1 to 50"),
        ("nudges_first", "9", "from 10 to 120"),
        ("nudges_jitter", "51", "from 0 to 50"),
        ("nudges_jitter", "a bit", "from 0 to 50"),
        ("nudges_never", "long_haul", "none, or some of single_line"),
        ("nudges_always", "single_line, everything", "none, or some of single_line"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_key_and_the_range(
    key: str, typed: str, range_: str
) -> None:
    said = refused(key, typed)
    assert said.text.startswith(f"{key}: ")
    assert range_ in said.text


def test_an_unknown_key_is_named() -> None:
    assert refused("colour", "blue").text == "There is no setting 'colour', so nothing changed."


def test_a_threshold_is_by_severity_where_the_rule_book_says_so() -> None:
    after = changed(DEFAULT, "threshold_single_line_minor", "25")
    assert after.threshold("single_line", "minor") == 25
    assert after.threshold("single_line") == 10  # not set yet counts as major
    assert after.threshold("long_haul", "minor") == 240
    assert DEFAULT.threshold("single_line", "minor") == 20
    assert THRESHOLDS["single_line_minor"] == 20


def test_the_form_describes_every_setting() -> None:
    keys = [each.key for each in described(DEFAULT)]
    assert tuple(keys) == KEYS
    assert {f"threshold_{name}" for name in THRESHOLDS} <= set(keys)
    plain = {each.name for each in fields(DEFAULT)} - {"thresholds", "severity_labels"}
    assert plain <= set(keys)
    assert all(each.value == each.default for each in described(DEFAULT))


def test_what_the_form_shows_can_be_typed_back() -> None:
    for each in described(DEFAULT):
        assert changed(DEFAULT, each.key, each.value) == DEFAULT


def test_the_audit_says_what_was_and_what_is() -> None:
    after = changed(changed(DEFAULT, "quiet_minutes", "30"), "nudges", "channel")
    assert differences(DEFAULT, after) == (
        ("nudges", "commander", "channel"),
        ("quiet_minutes", "15", "30"),
    )


def attempt(key: str, typed: str) -> WorkspaceSettings:
    """What is taken; the settings as they were if it is refused."""
    try:
        return changed(DEFAULT, key, typed)
    except Refusal:
        return DEFAULT


@given(st.sampled_from(KEYS), st.text(max_size=60))
def test_whatever_is_typed_is_taken_or_refused(key: str, typed: str) -> None:
    after = attempt(key, typed)
    assert [each[0] for each in differences(DEFAULT, after)] in ([], [key])
    shown = {each.key: each.value for each in described(after)}
    assert changed(after, key, shown[key]) == after

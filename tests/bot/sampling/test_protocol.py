"""Study files: what is read, what is hashed, and what is refused, by file, line and key."""

import hashlib
import json
import re
from contextlib import suppress
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sampling.export import ALIASES, PART_OF_DAY, SIGNALS
from bot.sampling.model import Condition, ItemKind, Protocol, Scheme
from bot.sampling.protocol import (
    PARTS,
    BadStudyError,
    clashes,
    default_study,
    default_texts,
    from_canonical,
    load_study,
    read_study,
)
from bot.sampling.protocol_file import read_condition
from bot.sampling.protocol_rules import RESERVED

STUDY, CONSENT = default_texts()
PAGE = Path(__file__).parents[3] / "docs" / "sampling" / "study-files.md"
SMALLEST = """\
[study]
id = "tiny"
title = "Tiny"
consent = "tiny.md"

[[item]]
name = "stuck"
kind = "buttons"
text = "Stuck?"
options = [["1", "No"], ["2", "Yes"]]
"""
LEGAL = """\
[legal]
controller = "Example"
operator = "Example's platform team"
contact = "privacy@example.org"
support = "The company doctor"
legal_basis = "Article 6 (1) (f)"
notice_url = "https://example.org/notice"
delete_on = 2027-12-31
employee_representatives = "asked"
"""


def read(text: str, consent: str = "Take part? {readers}") -> Protocol:
    return read_study(text, consent, "tiny.toml")


def refusals(text: str, consent: str = "Take part?") -> tuple[str, ...]:
    with pytest.raises(BadStudyError) as refused:
        read(text, consent)
    return refused.value.lines


def changed(old: str, new: str, text: str = STUDY) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


class TestDefault:
    def test_is_what_the_protocol_says(self) -> None:
        study = default_study()
        schedule = study.schedule

        assert (study.id, study.version, study.planned) == ("stuck", 1, 30)
        assert (schedule.scheme, schedule.per_day, schedule.vary) == (Scheme.CIRCULAR, 3, 1)
        assert (schedule.gap_min, schedule.windows) == (60, ("09:00-17:00",))
        assert (schedule.days, schedule.study_days) == ((0, 1, 2, 3, 4), 10)
        assert (schedule.expiry_min, schedule.reminder_min, schedule.grace_min) == (30, 20, 15)
        assert schedule.max_send_lag_min == 5
        assert [each.name for each in study.items] == [
            "stuck", "activity", "stuck_text", "other_text", "challenge", "skill"
        ]  # fmt: skip
        assert [each.name for each in study.rotate] == ["feeling", "interrupted", "pressure"]
        assert [each.value for each in study.decline] == ["meeting", "focus", "incident", "other"]
        assert [each.name for each in study.baseline] == ["years", "stuck_week"]
        assert len(study.exit) == 4
        assert study.first.ends_if == "9"
        assert study.items[2].show_if == Condition("stuck", ("2", "3"))
        assert study.items[2].text == (
            "What are you currently banging your head against the wall about?"
        )
        assert (study.items[2].kind, study.items[2].max_chars) == (ItemKind.TEXT, 1000)

    def test_is_ours_and_says_so(self) -> None:
        study = default_study()
        every = (*study.items, *study.rotate, *study.baseline, *study.exit)

        assert {(each.source, each.licence, each.altered) for each in every} == {
            ("own", "Apache-2.0", False)
        }

    def test_its_hash_is_fixed_for_ever(self) -> None:
        assert default_study().digest == (
            "9d8166ea91e8c2014d972c5aca583ac7a8f6f038eacc89c674aac268911537a4"
        )

    def test_the_page_names_it_and_every_key(self) -> None:
        page = PAGE.read_text("utf-8")
        keys = {key for part in PARTS for key in part.model_fields} - {"study", "schedule", "legal"}

        assert f"`{default_study().digest}`" in page
        assert sorted(key for key in keys if not re.search(rf"\b{key}\b", page)) == []

    def test_its_consent_has_the_words_that_were_counted(self) -> None:
        body = CONSENT.rsplit("\n\n", 1)[0]

        assert 215 <= len(body.split()) <= 235


class TestHash:
    def test_is_of_the_canonical_form(self) -> None:
        study = read(SMALLEST)

        assert study.digest == hashlib.sha256(study.canonical.encode("utf-8")).hexdigest()
        kept = json.loads(study.canonical)
        assert kept["format"] == "parallax-study-1"
        assert kept["consent"] == "Take part? {readers}"
        assert kept["study"]["schedule"]["gap_min"] == 60  # although the file leaves it out
        assert study.canonical == json.dumps(
            kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )

    def test_a_study_is_read_from_it_again(self) -> None:
        for study in (read(SMALLEST), default_study(), read(SMALLEST + LEGAL)):
            assert from_canonical(study.canonical, 1) == study

    def test_the_version_is_not_in_it(self) -> None:
        study = read(SMALLEST)
        second = from_canonical(study.canonical, 2)

        assert (second.version, second.digest) == (2, study.digest)

    @pytest.mark.parametrize(
        "same",
        [
            SMALLEST + "\n# a comment\n",
            SMALLEST.replace("\n", "\r\n"),
            changed('title = "Tiny"', 'title = " Tiny "', SMALLEST),
            SMALLEST + "[schedule]\nper_day = 3\n",
            changed('id = "tiny"\ntitle = "Tiny"', 'title = "Tiny"\nid = "tiny"', SMALLEST),
        ],
        ids=["comment", "line ends", "spaces", "a default said", "order"],
    )
    def test_what_means_the_same_has_the_same(self, same: str) -> None:
        assert read(same, "Take part? {readers}\r\n").digest == read(SMALLEST).digest

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("study_days = 10", "study_days = 11"),
            ('"Not stuck"', '"Not stuck at all"'),
            ('"Can\'t: meeting"', '"In a meeting"'),
            ("planned = 30", "planned = 31"),
            ('"1 - None"', '"1 - none"'),
        ],
    )
    def test_anything_else_has_another(self, old: str, new: str) -> None:
        other = read_study(changed(old, new), CONSENT)

        assert other.digest != default_study().digest

    def test_so_has_another_consent(self) -> None:
        assert read_study(STUDY, CONSENT + "More.").digest != default_study().digest

    @pytest.mark.parametrize(
        "text", ["", "[]", "{}", '{"format": "other"}', '{"format":"parallax-study-1","study":{}}']
    )
    def test_what_is_no_canonical_form_is_refused(self, text: str) -> None:
        with pytest.raises(BadStudyError):
            from_canonical(text, 1)


class TestFiles:
    def test_the_consent_stands_beside_the_study(self, tmp_path: Path) -> None:
        (tmp_path / "tiny.toml").write_text(SMALLEST, "utf-8")
        (tmp_path / "tiny.md").write_text("Take part?\n", "utf-8")

        assert load_study(tmp_path / "tiny.toml").consent == "Take part?"

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "tiny.toml").write_text(SMALLEST, "utf-8")

        for missing in ("none.toml", "tiny.toml"):
            with pytest.raises(BadStudyError, match="can't be read") as refused:
                load_study(tmp_path / missing)
        assert "tiny.md" in str(refused.value)

    @pytest.mark.parametrize(
        ("raw", "why"), [(b"\xff\xfe", "UTF-8"), (b"#" * 200_001, "200000 bytes")]
    )
    def test_a_file_that_is_no_text_is_refused(self, tmp_path: Path, raw: bytes, why: str) -> None:
        (tmp_path / "x.toml").write_bytes(raw)

        with pytest.raises(BadStudyError, match=why):
            load_study(tmp_path / "x.toml")

    @pytest.mark.parametrize("name", ["../tiny.md", "/etc/passwd.md", "a/b.md", ".md", "x.txt"])
    def test_the_consent_is_nowhere_else(self, name: str) -> None:
        lines = refusals(changed('"tiny.md"', f'"{name}"', SMALLEST))

        assert lines[0].startswith("tiny.toml, line 4: [study] consent: ")

    def test_two_studies_of_one_id_are_told(self) -> None:
        one, other = read(SMALLEST), default_study()

        assert clashes([("a.toml", one), ("b.toml", other)]) == ()
        assert clashes([("a.toml", other), ("b.toml", other)]) == (
            'b.toml: [study] id "stuck" is that of a.toml, too',
        )


ITEM = '\n[[item]]\nname = "more"\nkind = "text"\ntext = "What?"\n'
WRONG: dict[str, tuple[str, str]] = {
    "no TOML": ("[study\n", "tiny.toml: expected"),
    "no study": ("", "tiny.toml: [study]: is missing"),
    "two studies": (SMALLEST + "[study]\n", "tiny.toml: cannot declare"),
    "no items": (
        SMALLEST.split("[[item]]", maxsplit=1)[0],
        "tiny.toml: [item]: the study asks nothing",
    ),
    "not a table": ("study = 3\n", "tiny.toml, line 1: [study]: must be a table"),
    "not a number": (
        SMALLEST + '[schedule]\ngap_min = "60"\n',
        "tiny.toml, line 12: [schedule] gap_min: must be a whole number",
    ),
    "half a number": (
        SMALLEST + "[schedule]\nper_day = 2.5\n",
        "line 12: [schedule] per_day: must be a whole number",
    ),
    "infinite": (
        SMALLEST + "[schedule]\nper_day = inf\n",
        "tiny.toml, line 12: [schedule] per_day: can't be inf",
    ),
    "nan in a list": (
        SMALLEST + "[schedule]\ndays = [nan]\n",
        "tiny.toml, line 12: [schedule] days 1: can't be nan",
    ),
    "no days": (SMALLEST + "[schedule]\ndays = []\n", "line 12: [schedule] days: is empty"),
    "a long title": (
        changed('"Tiny"', f'"{76 * "x"}"', SMALLEST),
        "line 3: [study] title: is too long: at most 75",
    ),
    "a consent in a folder": (
        changed('"tiny.md"', '"a/tiny.md"', SMALLEST),
        "[study] consent: must be the name of a file beside the study that ends in .md",
    ),
    "an id in capitals": (
        changed('"tiny"', '"Tiny"', SMALLEST),
        "[study] id: must be 2 to 32 lower-case letters, digits and -, a letter first",
    ),
    "a name in capitals": (
        changed('name = "stuck"', 'name = "Stuck"', SMALLEST),
        "[item] 1 name: must be at most 40 lower-case letters, digits and _, a letter first",
    ),
    "an unknown key": (
        SMALLEST + "[schedule]\ngap_minutes = 60\n",
        'line 12: [schedule] gap_minutes: there is no such key; is it "gap_min"?',
    ),
    "an unknown key of an item": (
        SMALLEST + ITEM + "colour = 3\n",
        "line 16: [item] 2 colour: there is no such key",
    ),
    "an unknown table": (SMALLEST + "[weather]\n", "line 11: [weather]: there is no such key"),
    "a zone": (
        SMALLEST + '[schedule]\nzone = "Mars/Olympus"\n',
        "zone and holidays are each volunteer's own choice",
    ),
    "an impossible gap": (
        SMALLEST + "[schedule]\ngap_min = 120\nexpiry_min = 30\n",
        "line 12: [schedule] gap_min: 4 prompts that are 120 minutes apart do not fit",
    ),
    "an impossible number": (
        SMALLEST + "[schedule]\nper_day = 4\n",
        "[schedule] gap_min: 5 prompts that are 60 minutes apart do not fit",
    ),
    "a short window": (
        SMALLEST + '[schedule]\nwindow = ["09:00-10:30"]\n',
        "line 12: [schedule] window: The hours must come to at least 120 minutes",
    ),
    "a long window": (
        SMALLEST + '[schedule]\nwindow = ["06:00-18:00"]\n',
        "[schedule] window: The hours must come to at most 600 minutes",
    ),
    "overlapping windows": (
        SMALLEST + '[schedule]\nwindow = ["09:00-12:00", "11:00-15:00"]\n',
        "[schedule] window: The two windows overlap",
    ),
    "no window": (SMALLEST + "[schedule]\nwindow = []\n", "[schedule] window: Give one or two"),
    "a strange window": (
        SMALLEST + '[schedule]\nwindow = ["nine to five"]\n',
        "line 12: [schedule] window 1: Hours are written like 09:00-17:00.",
    ),
    "a strange day": (SMALLEST + '[schedule]\ndays = ["mo"]\n', "[schedule] days 1: "),
    "a late reminder": (
        SMALLEST + "[schedule]\nreminder_min = 30\n",
        "line 12: [schedule] reminder_min: the reminder must come before the expiry",
    ),
    "a long expiry": (
        SMALLEST + "[schedule]\nexpiry_min = 45\n",
        "line 12: [schedule] expiry_min: expiry and grace, 45 + 15, must be less than the gap, 60",
    ),
    "a late sending": (SMALLEST + "[schedule]\nmax_send_lag_min = 30\n", "max_send_lag_min: "),
    "fixed without times": (
        SMALLEST + '[schedule]\nscheme = "fixed"\n',
        "[schedule] times: the fixed scheme needs times",
    ),
    "times without fixed": (
        SMALLEST + '[schedule]\ntimes = ["10:00"]\n',
        "[schedule] times: times are of the fixed scheme only",
    ),
    "times too close": (
        SMALLEST + '[schedule]\nscheme = "fixed"\ntimes = ["10:00", "10:30"]\n',
        "[schedule] times: two of them are 30 minutes apart, and the gap is 60",
    ),
    "an interval too short": (
        SMALLEST + '[schedule]\nscheme = "interval"\ninterval_min = 119\n',
        "[schedule] interval_min: must be at least twice the gap, 120",
    ),
    "500 items": (
        SMALLEST + "".join(ITEM.replace("more", f"more_{n}") for n in range(499)),
        "line 6: [item]: 500 items, and those that rotate; at most 20",
    ),
    "a name twice": (
        SMALLEST + ITEM.replace("more", "stuck"),
        'line 13: [item] 2 name: there are two items named "stuck"',
    ),
    "a name twice, elsewhere": (
        SMALLEST + ITEM + ITEM.replace("[[item]]", "[[exit]]"),
        'line 18: [exit] 1 name: there are two items named "more"',
    ),
    "a name of a column": (
        SMALLEST + ITEM.replace("more", "weekday"),
        'line 13: [item] 2 name: "weekday" is a column of every export',
    ),
    "a strange name": (SMALLEST + ITEM.replace("more", "Was it you?"), "line 13: [item] 2 name: "),
    "no options": (
        changed('options = [["1", "No"], ["2", "Yes"]]', "", SMALLEST),
        "line 6: [item] 1 options: 0 options; buttons takes 2 to 5",
    ),
    "eleven radio buttons": (
        SMALLEST
        + ITEM.replace('"text"', '"radio"')
        + f"options = {[[str(n), f'o {n}'] for n in range(11)]}\n",
        "line 16: [item] 2 options: 11 options; radio takes 2 to 10",
    ),
    "a value that is no integer": (
        changed('["2", "Yes"]', '["yes", "Yes"]', SMALLEST),
        'line 10: [item] 1 options: "yes" is stored as an integer, and is none',
    ),
    "a value twice": (
        changed('["2", "Yes"]', '["1", "Yes"]', SMALLEST),
        'line 10: [item] 1 options: two options have the value "1"',
    ),
    "a label twice": (changed('"Yes"', '"No"', SMALLEST), 'two options have the label "No"'),
    "a long label": (
        changed('"Yes"', f'"{"y" * 76}"', SMALLEST),
        "line 10: [item] 1 options 2 2: ",
    ),
    "two lines": (
        changed('text = "Stuck?"', 'text = "Stuck\\nor not?"', SMALLEST),
        "line 9: [item] 1 text: must be one line, without control characters",
    ),
    "options of a text": (
        SMALLEST + ITEM + 'options = [["1", "a"]]\n',
        "line 16: [item] 2 options: a text has no options",
    ),
    "the length of a choice": (SMALLEST + "max = 9\n", "line 11: [item] 1 max: is of a text only"),
    "no buttons first": (
        changed('"buttons"', '"radio"', SMALLEST),
        "line 8: [item] 1 kind: the first item is asked in the message: buttons",
    ),
    "buttons again": (
        SMALLEST + ITEM.replace('"text"', '"buttons"') + 'options = [["1", "a"], ["2", "b"]]\n',
        "line 14: [item] 2 kind: only the first item is asked in the message",
    ),
    "a condition that is none": (
        SMALLEST + ITEM + 'show_if = "stuck > 1"\n',
        'line 16: [item] 2 show_if: is written like "stuck == 1" or "stuck in [2, 3]"',
    ),
    "a condition that is code": (
        SMALLEST + ITEM + "show_if = \"__import__('os').system('x') == 1\"\n",
        "line 16: [item] 2 show_if: is written like",
    ),
    "a condition on another item": (
        SMALLEST + ITEM + 'show_if = "mood == 1"\n',
        'line 16: [item] 2 show_if: names "mood", but only "stuck" is answered',
    ),
    "a condition on no option": (
        SMALLEST + ITEM + 'show_if = "stuck in [2, 7]"\n',
        'line 16: [item] 2 show_if: "stuck" opens no form with 7',
    ),
    "a condition on what ends it": (
        SMALLEST + 'ends_if = "1"\n' + ITEM + 'show_if = "stuck == 1"\n',
        'line 17: [item] 2 show_if: "stuck" opens no form with 1',
    ),
    "a condition of the first": (
        SMALLEST + 'show_if = "stuck == 1"\n',
        "line 11: [item] 1 show_if: is for items of the form only",
    ),
    "an end that is no option": (
        SMALLEST + 'ends_if = "7"\n',
        'line 11: [item] 1 ends_if: "7" is none of its options',
    ),
    "an end in the form": (
        SMALLEST + ITEM + 'ends_if = "1"\n',
        "line 16: [item] 2 ends_if: only the first item can end the form before it opens",
    ),
    "a reason that there is none for": (
        SMALLEST + '[decline]\noptions = [["lunch", "Lunch"]]\n',
        'line 12: [decline] options: "lunch" is no reason; there are meeting, focus, ',
    ),
    "two rotated at once": (
        SMALLEST + "[rotate]\nshow = 2\n" + ITEM.replace("[[item]]", "[[rotate.item]]"),
        "line 12: [rotate] show: ",
    ),
    "a wrong rotated item": (
        SMALLEST + "[rotate]\n" + ITEM.replace("[[item]]", "  [[rotate.item]]") + "max = 0\n",
        "line 17: [rotate.item] 1 max: ",
    ),
    "four baseline questions": (
        SMALLEST
        + "".join(
            ITEM.replace("[[item]]", "[[baseline]]").replace("more", f"b{n}") for n in range(4)
        ),
        "[baseline]: 4 questions; at most 3",
    ),
    "a baseline that is written": (
        SMALLEST + ITEM.replace("[[item]]", "[[baseline]]"),
        "line 14: [baseline] 1 kind: a baseline asks coarse choices, no text",
    ),
    "half a legal section": (
        SMALLEST + '[legal]\ncontroller = "Example"\n',
        "[legal] operator: is empty, and others are not; fill all of them, or none",
    ),
    "a strange deletion date": (
        SMALLEST + LEGAL.replace("2027-12-31", '"in spring"'),
        "line 18: [legal] delete_on: ",
    ),
    "a strange notice": (
        SMALLEST + LEGAL.replace("https://", "ftp://"),
        "line 17: [legal] notice_url: must begin with https:// or http://",
    ),
    "representatives asked perhaps": (
        SMALLEST + LEGAL.replace('"asked"', '"maybe"'),
        "line 19: [legal] employee_representatives: ",
    ),
    "a source without a licence": (
        SMALLEST + 'source = "A scale (2001)"\n',
        'line 6: [item] 1 licence: name the licence of an item from "A scale (2001)"',
    ),
    "own and altered": (
        SMALLEST + "altered = true\n",
        "line 11: [item] 1 altered: your own wording is not altered; name its source",
    ),
}


class TestRefusals:
    @pytest.mark.parametrize("case", WRONG)
    def test_name_the_file_the_line_and_the_key(self, case: str) -> None:
        text, told = WRONG[case]

        lines = refusals(text)

        assert any(told in line for line in lines), lines
        assert all(line.startswith("tiny.toml") for line in lines)

    def test_no_item_can_take_the_name_of_a_column(self) -> None:
        columns = {each.name for each in (*SIGNALS, PART_OF_DAY, *ALIASES)}

        assert columns <= RESERVED

    def test_a_bad_day_is_told_once(self) -> None:
        (told,) = refusals(SMALLEST + '[schedule]\ndays = ["monday"]\n')

        assert "[schedule] days 1: must be 'mon', 'tue'" in told

    def test_a_limit_is_told_with_its_figures(self) -> None:
        told, _ = refusals(SMALLEST + "[schedule]\ngap_min = 120\n")

        assert told.endswith(
            "gaps may fill half of the window (4 x 120 = 480, and half of 480 is 240)"
        )

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        lines = refusals(
            SMALLEST + "[schedule]\nper_day = 4\nreminder_min = 40\ntimes = ['9:99']\n"
        )

        assert len(lines) == 1  # a file that can't be read is not judged as a whole
        lines = refusals(SMALLEST + "[schedule]\nper_day = 4\nreminder_min = 40\n")
        assert len(lines) == 2

    def test_many_are_cut_short(self) -> None:
        text = SMALLEST + "".join(ITEM for _ in range(60))

        with pytest.raises(BadStudyError) as refused:
            read(text)
        assert len(refused.value.lines) > 50
        assert str(refused.value).splitlines()[-1].startswith("and ")

    @pytest.mark.parametrize(
        ("consent", "told"),
        [
            ("  \n", "the consent text is empty"),
            ("{reader} read it", "the consent text has {reader}; there are only: "),
            ("x" * 9001, "more than 9000 characters"),
        ],
    )
    def test_so_are_those_of_the_consent(self, consent: str, told: str) -> None:
        assert told in refusals(SMALLEST, consent)[0]

    @given(st.text(max_size=200))
    def test_no_text_breaks_the_reader(self, text: str) -> None:
        with pytest.raises(BadStudyError):
            read(text)

    @given(st.data())
    def test_nor_does_a_damaged_study(self, data: st.DataObject) -> None:
        begin = data.draw(st.integers(0, len(STUDY)))
        end = data.draw(st.integers(begin, min(len(STUDY), begin + 300)))
        put = data.draw(st.text(max_size=12))
        with suppress(BadStudyError):
            read_study(STUDY[:begin] + put + STUDY[end:], CONSENT)


class TestConditions:
    @pytest.mark.parametrize(
        ("text", "values"),
        [
            ("stuck == 1", ("1",)),
            ("stuck==1", ("1",)),
            ("stuck in [2, 3]", ("2", "3")),
            ("stuck in [2]", ("2",)),
            ("stuck in ['2', \"3\"]", ("2", "3")),
            (" stuck  ==  -1 ", ("-1",)),
        ],
    )
    def test_are_read(self, text: str, values: tuple[str, ...]) -> None:
        assert read_condition(text) == Condition("stuck", values)

    @pytest.mark.parametrize(
        "text",
        ["", "stuck", "stuck =", "stuck = 1", "stuck in 2", "stuck in []", "stuck in [2,]",
         "stuck == 1 or True", "stuck == one", "1 == stuck", "stuck inside [1]"],
    )  # fmt: skip
    def test_nothing_else_is(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"is written|has its values|has a value"):
            read_condition(text)


class TestOtherSchemes:
    def test_fixed_times_say_how_many_there_are(self) -> None:
        study = read(SMALLEST + '[schedule]\nscheme = "fixed"\ntimes = ["14:00", "10:30"]\n')

        assert study.schedule.times == (time(10, 30), time(14))
        assert (study.schedule.per_day, study.schedule.vary) == (2, 0)

    def test_so_does_an_interval(self) -> None:
        study = read(SMALLEST + '[schedule]\nscheme = "interval"\ninterval_min = 150\n')

        assert (study.schedule.per_day, study.schedule.vary) == (3, 0)

"""Exports read back by what researchers use: real R (base R alone) and pandas.

The assertions in R copy what each consumer checks before it works: esmtools (`dataInfo`), openESM
(its rules for contributions), esmpack (`lagvar`), mlVAR and graphicalVAR, mlts, ctsem.
"""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import pytest

from bot.sampling.export import Bundle, OnePerson
from bot.sampling.export_bundle import Event, Wanted, Writing
from bot.sampling.export_files import Format
from bot.sampling.model import Outcome, Trigger
from tests.bot.sampling.exporting import NASTY, NOW, STUDY, about, answers, person, prompt

PEOPLE = 6
ALONE = ("=1+1", "NA", "null", "007", "two\nlines", "🧯 מלא, ünïcödé", 'she said "no", twice')
CSV_TEXTS = {each.replace("\r\n", "\n") for each in NASTY}
TSV_TEXTS = {each.replace("\r\n", "\n").replace("\n", " ").replace("\t", " ") for each in NASTY}
TABLES = (Format.CSV, Format.TSV)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every bundle in every format that it has."""
    root = tmp_path_factory.mktemp("bundles")
    for bundle in Bundle:
        for kind in Format:
            if bundle is Bundle.OPENESM and kind is not Format.TSV:
                continue
            folder = root / f"{bundle.value}-{kind.value}"
            with Writing(folder, Wanted(bundle, kind), (STUDY,)) as writing:
                for number in range(PEOPLE):
                    writing.add(person(number), NOW)
                writing.finish(about())
                writing.keep()
    return root


def at(hour: int, minute: int, second: int = 0) -> datetime:
    """On the day on which the clocks of Berlin go back, at 01:00 UTC."""
    return datetime(2026, 10, 25, hour, minute, second, tzinfo=UTC)


def over_the_change() -> OnePerson:
    """Planned at 02:55 summer time, tapped ten minutes later at 02:05 winter time; and a report of
    their own that was begun before and sent after."""
    asked = replace(
        prompt("vabcde", 1, 1, Outcome.COMPLETE),
        date=date(2026, 10, 24),
        planned_at=at(0, 55),
        sent_at=at(0, 55, 7) + timedelta(microseconds=600_000),
        first_tap_at=at(1, 5) + timedelta(microseconds=400_000),
        opened_at=at(1, 5, 2),
        ended_at=at(1, 6, 30),
        expires_at=at(1, 40, 7),
    )
    own = replace(
        asked, id="own", trigger=Trigger.SELF_REPORT, planned_at=None, beep=0,
        first_tap_at=at(0, 58), ended_at=at(1, 2),
    )  # fmt: skip
    given = (*answers(asked, "late shift"), *answers(own, "still here"))
    return OnePerson("vabcde", 1, (asked, own), given)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The analyst's bundle of one night on which the clocks went back, in every format."""
    root = tmp_path_factory.mktemp("changed")
    for kind in Format:
        with Writing(root / kind.value, Wanted(Bundle.ANALYST, kind), (STUDY,)) as writing:
            writing.event(Event("locked", at(0, 30), 1))
            writing.event(Event("amended", None, 1))
            writing.add(over_the_change(), NOW)
            writing.finish(about())
            writing.keep()
    return root


# -- R ---------------------------------------------------------------------------------------------

BEGIN = """
options(warn = 2)
source("read_study.R")
study <- read_study(".")
data <- study$signals
"""
CONSUMERS = {
    "esmtools": """
        raw <- read.csv("signals.csv", na.strings = "", encoding = "UTF-8")
        for (name in c("id", "obsno", "daycum", "beepno", "scheduled", "sent", "start", "end",
                       "valid"))
          stopifnot(name %in% names(raw))
        # dataInfo: `valid` is only TRUE, FALSE, 0, 1 or NA; times in this format, or none
        stopifnot(sum(raw$valid %in% c(0, 1)) == nrow(raw), !anyNA(raw$valid))
        for (name in c("scheduled", "sent", "start", "end")) {
          given <- raw[[name]][!is.na(raw[[name]])]
          stopifnot(length(given) > 0)
          stopifnot(!anyNA(as.POSIXct(given, format = "%Y-%m-%d %H:%M:%S", tz = "UTC")))
        }
        compliance <- mean(ave(raw$valid, raw$id, FUN = function(x) sum(x, na.rm = TRUE)/length(x)))
        stopifnot(compliance > 0, compliance < 1)
        book <- read.csv("codebook.csv", encoding = "UTF-8")
        stopifnot("Variable" %in% names(book))
        stopifnot(all(names(raw) %in% book$Variable))
        # left_join by Variable needs each name once for each file
        stopifnot(!anyDuplicated(book$Variable[book$File == "signals.csv"]))
    """,
    "lagvar": """
        # esmpack: obs is numeric and not repeated within subjects; lengths agree; time is POSIXct
        stopifnot(is.numeric(data$obsno))
        stopifnot(!any(sapply(split(data$obsno, data$id),
                              function(x) length(x) != length(unique(x)))))
        stopifnot(length(data$stuck) == length(data$id), length(data$day) == length(data$id))
        stopifnot(inherits(data$scheduled, "POSIXct"), !anyNA(data$scheduled))
        # within a day the beep before is one obs before, so a lag never skips over a gap unseen
        by <- split(data, data$id)
        stopifnot(all(sapply(by, function(s) identical(s$obsno, seq_len(nrow(s))))))
        # the sub-rule of lagvar itself: a lagged value exists only within a day
        lagged <- unlist(lapply(by, function(s) c(NA, ifelse(diff(s$day) == 0, head(s$stuck, -1),
                                                             NA))))
        stopifnot(length(lagged) == nrow(data), any(!is.na(lagged)))
    """,
    "mlvar": """
        # mlVAR, graphicalVAR: idvar, dayvar, beepvar; whole numbers, one row for each of them
        key <- data[c("id", "day", "beep")]
        stopifnot(!anyDuplicated(key), !anyNA(key))
        stopifnot(is.integer(data$day), is.integer(data$beep), all(data$day >= 1),
                  all(data$beep >= 1))
        stopifnot(all(sapply(data[c("stuck", "challenge", "skill")], is.numeric)))
        stopifnot(!is.unsorted(order(data$id, data$day, data$beep)))
    """,
    "mlts": """
        # mlts: an id, series that are numeric, a time to put on a grid; days and beeps for nights
        stopifnot(all(c("id", "day", "beep", "hours_since_start") %in% names(data)))
        stopifnot(is.numeric(data$hours_since_start), !anyNA(data$hours_since_start))
        stopifnot(all(data$hours_since_start >= 0))
        stopifnot(all(tapply(data$hours_since_start, data$id, function(x) all(diff(x) > 0))))
    """,
    "ctsem": """
        # ctsem: long, sorted by id and a numeric time that grows within an id
        stopifnot(is.numeric(data$hours_since_start))
        stopifnot(identical(order(data$id, data$hours_since_start), seq_len(nrow(data))))
        stopifnot(!any(tapply(data$hours_since_start, data$id, anyDuplicated)))
    """,
    "emaeval": """
        # EMAeval: a start and an end of each questionnaire, and items that are numbers
        both <- !is.na(data$start) & !is.na(data$end)
        stopifnot(any(both), all(data$end[both] >= data$start[both]))
        stopifnot(all(sapply(data[c("challenge", "skill", "feeling")], is.integer)))
        took <- as.numeric(difftime(data$end, data$start, units = "secs"))
        stopifnot(isTRUE(all.equal(took[both], as.numeric(data$duration_s[both]))))
    """,
    "lme4": """
        # whatever takes a long table: complete cases of choices, within and between persons
        wide <- data[!is.na(data$challenge), ]
        stopifnot(nrow(wide) > 10, length(unique(wide$id)) == 6)
        model <- lm(challenge ~ day + factor(id), data = wide)
        stopifnot(all(is.finite(coef(model))))
    """,
}


def in_r(rscript: str, folder: Path, code: str) -> str:
    """Run it there, warnings being errors; what it printed. In the plainest locale there is."""
    done = subprocess.run(  # noqa: S603 - our own code
        [rscript, "--vanilla", "-"],
        input=code,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "Pacific/Auckland"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestR:
    def test_every_consumer_finds_what_it_checks_for(self, rscript: str, bundles: Path) -> None:
        code = BEGIN + "".join(
            f'\ncat("{name}\\n")\nlocal({{{asserted}}})\n' for name, asserted in CONSUMERS.items()
        )
        assert in_r(rscript, bundles / "analyst-csv", code).split() == [*CONSUMERS]

    def test_and_from_tsv_where_names_are_not_esmtools(self, rscript: str, bundles: Path) -> None:
        names = [each for each in CONSUMERS if each != "esmtools"]
        code = BEGIN + "".join(f"local({{{CONSUMERS[each]}}})\n" for each in names)
        in_r(rscript, bundles / "analyst-tsv", f'{code}\ncat("done")')

    @pytest.mark.parametrize("kind", TABLES)
    def test_texts_survive(self, rscript: str, bundles: Path, kind: Format) -> None:
        code = f"""{BEGIN}
        given <- data$stuck_text[data$stuck_text_given == 1]
        stopifnot(is.character(given), !anyNA(data$stuck_text))
        cat(sprintf("%s\\n", vapply(given, function(x) paste(utf8ToInt(enc2utf8(x)),
            collapse = " "), "")), sep = "")
        """
        told = in_r(rscript, bundles / f"analyst-{kind.value}", code).splitlines()
        read = {"".join(chr(int(code)) for code in line.split()) for line in told}
        assert read == (CSV_TEXTS if kind is Format.CSV else TSV_TEXTS)

    @pytest.mark.parametrize("kind", TABLES)
    def test_types_times_and_missing(self, rscript: str, bundles: Path, kind: Format) -> None:
        code = f"""{BEGIN}
        stopifnot(is.integer(data$stuck), is.integer(data$valid), is.integer(data$stuck_text_given))
        stopifnot(anyNA(data$stuck), anyNA(data$start), anyNA(data$missing_reason))
        stopifnot(!anyNA(data$valid), !anyNA(data$stuck_text_given))
        stopifnot(inherits(data$start, "POSIXct"))
        stopifnot(identical(format(data$scheduled[1], tz = "UTC"), "2028-03-06 08:15:30"))
        stopifnot(all(data$stuck_text[data$stuck_text_given == 0] == ""))
        stopifnot(nrow(data) == 108, nrow(study$self_reports) == 6, nrow(study$static) == 6)
        stopifnot(all(is.na(data$stuck[data$status == "expired"])))
        """
        in_r(rscript, bundles / f"analyst-{kind.value}", code)

    def test_even_where_the_machine_speaks_no_unicode(self, rscript: str, bundles: Path) -> None:
        code = """
        invisible(Sys.setlocale("LC_ALL", "C"))
        source("read_study.R")
        given <- read_study(".")$signals$stuck_text
        stopifnot(any(vapply(given, function(x) identical(utf8ToInt(x)[1], 129519L), TRUE)))
        """
        in_r(rscript, bundles / "analyst-csv", code)

    @pytest.mark.parametrize("kind", TABLES)
    def test_no_time_is_an_hour_wrong_where_the_clocks_change(
        self, rscript: str, changed: Path, kind: Format
    ) -> None:
        code = f"""{BEGIN}
        utc <- function(x) format(x, "%Y-%m-%d %H:%M:%S", tz = "UTC")
        stopifnot(identical(utc(data$scheduled), "2026-10-25 00:55:00"))
        stopifnot(identical(utc(data$sent), "2026-10-25 00:55:07"))
        stopifnot(identical(utc(data$start), "2026-10-25 01:05:00"))
        stopifnot(identical(utc(data$end), "2026-10-25 01:06:30"))
        stopifnot(identical(utc(data$expires), "2026-10-25 01:40:07"))
        stopifnot(data$latency_s == as.numeric(difftime(data$start, data$sent, units = "secs")))
        own <- study$self_reports
        stopifnot(identical(utc(own$start), "2026-10-25 00:58:00"))
        stopifnot(identical(utc(own$end), "2026-10-25 01:02:00"))
        events <- study$events
        stopifnot(inherits(events$at, "POSIXct"), is.na(events$at[2]))
        stopifnot(identical(utc(events$at[1]), "2026-10-25 00:30:00"))
        """
        in_r(rscript, changed / kind.value, code)

    def test_nor_do_they_run_backwards_as_they_are_written(
        self, rscript: str, changed: Path
    ) -> None:
        """esmtools and EMAeval take the wall clock as it stands: nothing ends before it begins."""
        code = """
        raw <- read.csv("signals.csv", na.strings = "", encoding = "UTF-8")
        times <- lapply(raw[c("scheduled", "sent", "start", "end", "expires")], as.POSIXct,
                        format = "%Y-%m-%d %H:%M:%S", tz = "UTC")
        stopifnot(all(diff(as.numeric(unlist(times))) > 0))
        stopifnot(as.numeric(times$end) - as.numeric(times$start) == raw$duration_s)
        """
        in_r(rscript, changed / "csv", code)

    @pytest.mark.parametrize("kind", [Format.PARQUET, Format.JSON])
    def test_what_r_is_not_given_a_reader_for_is_said(
        self, rscript: str, bundles: Path, kind: Format
    ) -> None:
        code = """
        source("read_study.R")
        cat(conditionMessage(tryCatch(read_study("."), error = identity)))
        """
        told = in_r(rscript, bundles / f"analyst-{kind.value}", code)
        assert told.startswith(f"read_study.R reads csv and tsv, not signals.{kind.value}")

    def test_openesm_rules(self, rscript: str, bundles: Path) -> None:
        code = """
        data <- read.delim("stuck_ts.tsv")   # NA is their missing value, and R's own
        stopifnot(all(c("id", "day", "beep") %in% names(data)))
        stopifnot(all(grepl("^[a-z][a-z0-9_]*$", names(data))))
        stopifnot(is.integer(data$day), is.integer(data$beep), min(data$day) == 1,
                  min(data$beep) == 1)
        stopifnot(all(tapply(data$day, data$id, min) == 1))
        stopifnot(!anyDuplicated(data[c("id", "day", "beep")]))
        text <- data[sapply(data, is.character)]
        stopifnot(!any(text == "", na.rm = TRUE), !anyNA(data$valid))
        static <- read.delim("stuck_static.tsv")
        stopifnot(all(data$id %in% static$id), !anyDuplicated(static$id))
        # nothing in the time series that does not vary within a person, save the id
        stopifnot(!any(c("years", "stuck_week") %in% names(data)))
        source("read_study.R")
        study <- read_study(".")
        stopifnot(identical(dim(study$signals), dim(data)), nrow(study$static) == 6)
        """
        in_r(rscript, bundles / "openesm-tsv", code)

    def test_a_readers_bundle_opens_too(self, rscript: str, bundles: Path) -> None:
        in_r(rscript, bundles / "reader-csv", BEGIN + "stopifnot(nrow(data) == 108)")


# -- pandas ----------------------------------------------------------------------------------------


def read(folder: Path) -> dict[str, pd.DataFrame]:
    """By the reader that is in the folder itself."""
    spec = importlib.util.spec_from_file_location("shipped_reader", folder / "read_study.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
    found: dict[str, pd.DataFrame] = module.read_study(folder)
    return found


class TestPandas:
    @pytest.mark.parametrize("kind", Format)
    def test_texts_survive(self, bundles: Path, kind: Format) -> None:
        data = read(bundles / f"analyst-{kind.value}")["signals"]
        given = set(data.loc[data["stuck_text_given"] == 1, "stuck_text"])
        assert given == (TSV_TEXTS if kind is Format.TSV else CSV_TEXTS)
        assert set(data.loc[data["stuck_text_given"] == 0, "stuck_text"]) == {""}
        assert kind is Format.TSV or set(ALONE) <= given

    @pytest.mark.parametrize("kind", Format)
    def test_types_times_and_missing(self, bundles: Path, kind: Format) -> None:
        found = read(bundles / f"analyst-{kind.value}")
        data = found["signals"]
        assert len(data) == 108
        assert len(found["self_reports"]) == PEOPLE
        assert len(found["static"]) == PEOPLE
        for name in ("stuck", "valid", "day", "careless_flag", "stuck_text_given"):
            assert pd.api.types.is_integer_dtype(data[name]), name
        assert data["valid"].isin([0, 1]).all()
        assert data["stuck"].isna().any()
        assert data["missing_reason"].isna().any()
        first: Any = data["scheduled"].iloc[0]
        assert pd.Timestamp(first) == pd.Timestamp("2028-03-06T08:15:30Z")
        assert data["start"].isna().any()
        both = data.dropna(subset=["start", "end"])
        took = (both["end"] - both["start"]).dt.total_seconds()
        assert (took == both["duration_s"].astype(float)).all()

    @pytest.mark.parametrize("kind", Format)
    def test_all_formats_tell_the_same(self, bundles: Path, kind: Format) -> None:
        one = read(bundles / "analyst-json")["signals"]
        other = read(bundles / f"analyst-{kind.value}")["signals"]
        for name in ("id", "obsno", "status", "stuck", "feeling", "latency_s", "items_shown"):
            assert one[name].fillna(-1 if name != "items_shown" else "").tolist() == (
                other[name].fillna(-1 if name != "items_shown" else "").tolist()
            ), name

    @pytest.mark.parametrize("kind", Format)
    def test_no_time_is_an_hour_wrong_where_the_clocks_change(
        self, changed: Path, kind: Format
    ) -> None:
        found = read(changed / kind.value)
        row: Any = found["signals"].iloc[0]
        told = [pd.Timestamp(row[name]) for name in ("scheduled", "sent", "start", "end")]
        assert told == [at(0, 55), at(0, 55, 7), at(1, 5), at(1, 6, 30)]
        assert pd.Timestamp(row["expires"]) == at(1, 40, 7)
        assert row["latency_s"] == 593  # of the seconds that are written
        own: Any = found["self_reports"].iloc[0]
        assert [pd.Timestamp(own[name]) for name in ("start", "end")] == [at(0, 58), at(1, 2)]
        events = found["events"]
        assert pd.Timestamp(events["at"].iloc[0]) == at(0, 30)
        assert events["at"].isna().tolist() == [False, True]

    def test_others_bundles_open_too(self, bundles: Path) -> None:
        for name in ("reader-csv", "reader-tsv", "reader-json", "reader-parquet", "openesm-tsv"):
            data = read(bundles / name)["signals"]
            assert len(data) == 108
            assert set(data["status"]) == {
                "complete", "partial", "expired", "declined", "not_sent",
            }  # fmt: skip
            assert "stuck_text" not in data.columns

    def test_columns_that_are_not_the_code_books_are_refused(self, tmp_path: Path) -> None:
        with Writing(tmp_path / "x", Wanted(Bundle.READER, Format.CSV), (STUDY,)) as writing:
            folder = writing.finish(about()).folder
            writing.keep()
        path = folder / "signals.csv"
        path.write_text(path.read_text("utf-8").replace("beep", "bleep"), "utf-8")
        with pytest.raises(ValueError, match="not those of codebook"):
            read(folder)

    def test_plain_pandas_reads_the_rest(self, bundles: Path) -> None:
        book = json.loads((bundles / "analyst-csv" / "codebook.json").read_text("utf-8"))
        challenge = next(each for each in book if each["variable"] == "challenge")
        assert challenge["values"][0] == {"value": "1", "label": "1 - Not at all"}

"""The small files of an export: the schedule's proof, openESM's metadata, what is in the folder."""

from collections.abc import Sequence

from bot.sampling.export import Bundle
from bot.sampling.export_about import About
from bot.sampling.export_tally import Tally
from bot.sampling.export_words import joined, number, plural
from bot.sampling.model import Protocol, Schedule, Scheme
from bot.sampling.plan import FULL_DAY, MINUTE
from bot.sampling.protocol_rates import chances
from bot.sampling.rates import CAVEAT

NOT_ANONYMOUS = "not anonymous; review before sharing"
RULE = "parallax-plan-1"
NOT_SENT = (
    "Every prompt that was not sent reads not_sent: held back, failed, of unknown fate, or "
    "cancelled. Cancelled prompts are in no rate of methods.md, so coverage and compliance cannot "
    "be computed from this file and differ from those there; the response rate can."
)


def schedule(about: About) -> dict[str, object]:
    """How the moments were chosen, and by what that can be checked; the key once it is published.

    No time that is still to come is in it.
    """
    return {
        "study": about.name,
        "rule": RULE,
        "commitment": about.commitment,
        "key": about.secret.hex() if about.revealed_at is not None else None,
        "chain_head": about.head,
        "versions": [_version(each) for each in about.versions],
    }


def _version(protocol: Protocol) -> dict[str, object]:
    plan = protocol.schedule
    return {
        "version": protocol.version,
        "study_hash": protocol.digest,
        "scheme": plan.scheme.value,
        "default_scheme": plan.scheme is Scheme.CIRCULAR,
        "per_480_minutes": plan.per_day,
        "vary": plan.vary,
        "times": [f"{each:%H:%M}" for each in plan.times],
        "interval_min": plan.interval_min,
        "gap_min": plan.gap_min,
        "expiry_min": plan.expiry_min,
        "reminder_min": plan.reminder_min,
        "grace_min": plan.grace_min,
        "max_send_lag_min": plan.max_send_lag_min,
        "study_days": plan.study_days,
        "rotating_items": [each.name for each in protocol.rotate],
        "rotating_shown": protocol.rotate_show,
    }


def openesm(about: About, tally: Tally, features: Sequence[dict[str, object]]) -> dict[str, object]:
    """The metadata of the openESM bundle; what only its authors know is left empty."""
    plan = about.newest.schedule
    surveys = any(each.baseline or each.exit for each in about.versions)
    return {
        "first_author": "",
        "dataset": about.name,
        "year": about.made_at.year,
        "reference_a": "",
        "reference_b": None,
        "paper_doi": "",
        "link_to_zenodo": "",
        "link_to_data": "",
        "link_to_codebook": "codebook.csv",
        "link_to_code": "",
        "license": "",
        "n_participants": tally.people,
        "n_time_points": tally.most,
        "n_beeps_per_day": _a_day(plan),
        "passive_data_available": "no",
        "which_passive_data": "",
        "cross_sectional_available": "yes" if surveys else "no",
        "topics": about.newest.title,
        "implicit_missingness": "no",
        "raw_time_stamp": "no",
        "sampling_scheme": _scheme(plan),
        "participants": "",
        "additional_comments": (
            f"{NOT_ANONYMOUS}. No free text, clock times or reasons. {NOT_SENT} {CAVEAT}"
        ),
        "coder_data": "",
        "coder_metadata": f"Parallax {about.software}",
        "features": list(features),
    }


def _scheme(plan: Schedule) -> str:
    if plan.scheme is Scheme.FIXED:
        return (
            f"fixed, at {joined(f'{each:%H:%M}' for each in plan.times)}, in windows of their own"
        )
    often = f"{_a_day(plan)}x/day, {plan.scheme.value}"
    return f"{often}, minimum gap {plan.gap_min} min, windows chosen by each volunteer"


def _a_day(plan: Schedule) -> str:
    """How many prompts a full day of eight hours can have."""
    if plan.scheme is Scheme.FIXED:
        return str(len(plan.times))
    if plan.scheme is Scheme.INTERVAL:
        step = max(plan.interval_min, 2 * plan.gap_min) * MINUTE
        return str(len(range(step // 2, FULL_DAY, step)))
    counts = sorted(chances(FULL_DAY, plan.gap_min * MINUTE, plan.per_day, plan.vary))
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]}-{counts[-1]}"


def readme(about: About, bundle: Bundle, tables: Sequence[tuple[str, str]]) -> str:
    """What is in the folder, and how to read it. tables: what each is, and its file."""
    whole = (
        "It holds what people wrote, clock times and reasons: keep it where the study's consent "
        "text says it is kept, and nowhere else. It is pseudonymous, not anonymous."
        if bundle.is_whole
        else f"**This is {NOT_ANONYMOUS}.** There is no free text, no clock time and no reason in "
        f"it; but rhythms of answering can still give somebody away to whoever knows them.\n\n"
        f"{NOT_SENT}"
    )
    count = len(about.versions)
    return f"""# {about.newest.title}: {bundle.value} bundle

{whole}

| file | what |
|-|-|
{_files(tables)}| codebook.csv, codebook.json | every column, exact wording, labels, missing codes |
| schedule.json | how moments were drawn, with the published commitment |
| methods.md | a methods section with its figures filled in, and CREMAS |
| read_study.R, read_study.py | read it with the right types; R reads csv and tsv |
| SHA256SUMS | the hash of every file |

    source("read_study.R"); study <- read_study(".")
    from read_study import read_study; study = read_study(".")

An empty cell is missing{_but(bundle)}.
`items_shown` tells an item that was skipped from one that was not asked. `valid` is 1 where
somebody answered in time, 0 otherwise, and never empty. Choices are integers; the code book has
their labels and which of them are no answer. Prompts are in the order in which they were planned.
The study has {number(count)} {plural(count, "version")}.{_times(bundle)}

{CAVEAT}
"""


TABLES = {
    "signals": "one row for each planned prompt, whatever became of it",
    "self_reports": "reports that people volunteered; in no rate",
    "static": "one row for each volunteer: what was asked at the beginning and the end",
    "events": "when the study and its volunteers began and ended; UTC",
}


def _files(tables: Sequence[tuple[str, str]]) -> str:
    return "".join(f"| {name} | {TABLES[table]} |\n" for table, name in tables)


def _times(bundle: Bundle) -> str:
    if not bundle.is_whole:
        return ""
    return """

The times of a row are told by the offset that held at its planned second, `utc_offset_min`. Where
the clocks changed a little later, the row's other times run on by the old one, so that they stay in
order and one subtraction gives UTC."""


def _but(bundle: Bundle) -> str:
    if bundle is Bundle.OPENESM:
        return " and reads `NA`"
    return ", but in text columns an empty text; `<item>_given` tells whether there was one"

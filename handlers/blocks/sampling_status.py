"""How somebody takes part: status, pausing, leaving, erasing, help. Rendering.

Only its reader sees any of it, and no time that is still to come is on it.
"""

from collections.abc import Sequence
from datetime import date, datetime

from bot.sampling.calendar import zone_of
from bot.sampling.model import Hours
from bot.sampling.shown import Offer, Shared, Standing
from bot.sampling.taking_part import Returned, days_begun
from bot.sampling.wanted import WEEKDAYS, windows_as_typed
from handlers.blocks.message import Message
from handlers.blocks.sampling import EXIT_FORM, JOIN, LEAVE, PAUSE, PRACTISE, RESUME, SETTINGS
from handlers.blocks.text import (
    Block,
    actions,
    button,
    context,
    escape,
    one_line,
    ours,
    plain,
    section,
)

NOW = "sampling.now"
DAYS_OFF = "sampling.days_off"
MINE = "sampling.mine"
LEAVE_KEEP = "sampling.leave.keep"
LEAVE_ERASE = "sampling.leave.erase"
STAY = "sampling.stay"
ERASE = "sampling.erase"
PAUSE_OPEN = "sampling.pause.open"
PAUSE_TOMORROW = "sampling.pause.tomorrow"
PAUSE_WEEK = "sampling.pause.week"
KEEP_IF_GONE = "sampling.gone.keep"
ERASE_IF_GONE = "sampling.gone.erase"
KEEP_RETURNED = "sampling.returned.keep"

TITLE_MAX = 150
HOME_LINES = 5  # of exports, and of grants; the others are in the form
SHORT_HASH = 12
NO_STUDY = "No study takes volunteers here just now. Nothing is asked of you."


def offered(offers: Sequence[Offer], command: str) -> Message:
    """What somebody who is in no study may join, or must agree to anew."""
    if not offers:
        return Message(NO_STUDY, (section(NO_STUDY),))
    blocks: list[Block] = []
    for place, each in enumerate(offers):
        title = one_line(each.study.protocol.title, TITLE_MAX)
        line = (
            f"*{title}* was changed. You are paused until you have read and agreed, or left."
            if each.taking_part
            else f"*{title}* takes volunteers. You read first what it is; nothing begins before."
        )
        row = actions(f"join:{place}", button("Read it", JOIN, each.study.id, primary=True))
        blocks += [section(line), row]
    told = f"{len(offers)} to read" if len(offers) > 1 else "A study to read"
    return Message(told, (*blocks, context(f"`{command} help` says more.")))


def with_returned(message: Message, found: Sequence[Returned]) -> Message:
    """Before all else: what is about to be erased, because their account was deactivated."""
    rows = [block for each in found for block in returned(each)]
    return Message(message.text, (*rows, *message.blocks))


def returned(back: Returned) -> list[Block]:
    """To whoever came back in time: what is about to be erased, and a way to keep it."""
    title, study = one_line(back.study.protocol.title, TITLE_MAX), back.study.id
    again = " or take part again" if back.open else ""
    told = (
        f"Your account was deactivated, so you left *{title}*. What you gave there is erased on "
        f"{back.erased_at:%A, %d %B}, unless you keep it{again}."
    )
    row = actions(f"returned:{study}", button("Keep what I gave", KEEP_RETURNED, study))
    return [section(told), row]


def standing(shown: Standing, now: datetime) -> Message:
    """How they take part, and what they can do about it."""
    return Message("How you take part", tuple(_standing(shown, now)))


def in_one_already(shown: Standing, now: datetime) -> Message:
    """To whoever takes part and asks to join."""
    told = "You take part already. One study at a time is enough."
    return Message(told, (section(told), *_standing(shown, now)))


def on_home(
    shown: Standing | None,
    now: datetime,
    left: Sequence[Shared] = (),
    command: str = "",
) -> list[Block]:
    """The same on their own tab, and what left of their answers; nothing for whom neither concerns.

    left: also of studies that they take part in no more. command: ours, as it is installed.
    """
    standing = [] if shown is None else _standing(shown, now)
    return [*standing, *(block for each in left for block in _left(each, command))]


def _left(shared: Shared, command: str) -> list[Block]:
    """Who was allowed to export, and who did, with a hash to hold against the files'."""
    looks = [_exported(e.person, e.on.isoformat(), e.digest) for e in shared.looks]
    grants = [_allowed(e.owner, e.analyst, e.at, shared.zone) for e in shared.grants]
    if not looks and not grants:
        return []
    lines = [f"*{one_line(shared.title, TITLE_MAX)}*: what left of your answers"]
    for each in (looks, grants):
        lines += each[:HOME_LINES]
        if len(each) > HOME_LINES:
            lines.append(f"and {len(each) - HOME_LINES} before")
    return [section("\n".join(lines)), context(f"Whole hashes, and who read: `{command} mine`")]


def _standing(shown: Standing, now: datetime) -> list[Block]:
    protocol, me = shown.study.protocol, shown.volunteer
    days = protocol.schedule.study_days
    lines = [
        f"*{one_line(protocol.title, TITLE_MAX)}*: {_state(shown, now)}",
        f"{hours_line(me.hours)}",
        (
            f"{min(days_begun(me, now), days)} of {days} days have begun · "
            f"answered: {shown.answered}{_ends(shown)}"
        ),
        (
            "If your account is deactivated, what you gave is "
            f"{'kept' if me.keep_if_gone else 'erased after 30 days'}."
        ),
    ]
    return [section("\n".join(lines)), *_rows(shown), context(WHO_SEES)]


WHO_SEES = "Only you see this. The study's readers see your answers, under a code name."


def _state(shown: Standing, now: datetime) -> str:
    until = shown.volunteer.paused_until
    if shown.must_agree:
        return "changed since you agreed, so you are paused"
    if shown.done:
        return "your days are over. Thank you"
    if shown.paused:
        return f"paused until {_day(until, now, shown)}" if until else "paused until you resume"
    return "you take part"


def _day(until: datetime, now: datetime, shown: Standing) -> str:
    """The day on which a pause ends, where they are: a pause is of whole days."""
    zone = shown.volunteer.hours.zone
    return day_of(until.astimezone(zone_of(zone)).date(), now, zone)


def day_of(day: date, now: datetime, zone: str) -> str:
    """A day in words, with its year unless that is the year there now."""
    this_year = day.year == now.astimezone(zone_of(zone)).year
    return f"{day:%A, %d %B}" if this_year else f"{day:%A, %d %B %Y}"


def _ends(shown: Standing) -> str:
    return f" · last day {shown.last_day:%d %b}" if shown.last_day and not shown.done else ""


def _rows(shown: Standing) -> list[Block]:
    pause = button("Resume", RESUME) if shown.paused else button("Pause …", PAUSE)
    if shown.must_agree:
        pause = button("Read what changed", JOIN, shown.study.id, primary=True)
    gone = shown.volunteer.keep_if_gone
    other = button(
        "Erase it if I am gone" if gone else "Keep it if I am gone",
        ERASE_IF_GONE if gone else KEEP_IF_GONE,
    )
    return [
        *_last_questions(shown),
        actions(
            "sampling:1",
            button("Report something now", NOW),
            pause,
            button("Hours", SETTINGS),
            button("Days off", DAYS_OFF),
        ),
        actions(
            "sampling:2",
            button("What I gave", MINE),
            button("Practise", PRACTISE),
            other,
            button("Leave …", LEAVE),
        ),
    ]


def _last_questions(shown: Standing) -> list[Block]:
    """What is asked once, when their days are over or the study was stopped."""
    if not shown.done or not shown.study.protocol.exit:
        return []
    return [actions("sampling:exit", button("A few last questions", EXIT_FORM, primary=True))]


def hours_line(hours: Hours) -> str:
    """Hours in a line."""
    days = ", ".join(WEEKDAYS[each][:3] for each in hours.days)
    line = f"Asked {windows_as_typed(hours.windows)}, {days}, times of {escape(hours.zone)}"
    if hours.quiet:
        line += f", never {windows_as_typed([hours.quiet])}"
    off = {*hours.days_off, *(hours.holidays.dates if hours.holidays else ())}
    line += f" · {len(off)} {'day' if len(off) == 1 else 'days'} off" if off else ""
    return line + (" · with twice the time to answer" if hours.more_time else "")


def begun(first: date) -> Block:
    """After joining: what happens next, without a time of it; and what a question is like."""
    view = _view(
        "Thank you",
        "You take part now. The first day on which I may ask you is "
        f"{first:%A, %d %B}. A question comes as a direct message from me; one tap is enough, and "
        "not answering is all right.\n*Just before this message arrived* means the moment that the "
        "message interrupted: not now, and not the whole day.\nChange hours, pause or leave in my "
        "Home tab at any time.",
    )
    practise = actions("practise", button("Practise", PRACTISE))
    small = context("Practising shows what a question is like. Nothing of it is stored.")
    return view | {"blocks": [*view["blocks"], practise, small]}


def kept(text: str) -> Block:
    """A form that has done what it was for."""
    return _view("Done", text)


def _view(title: str, text: str) -> Block:
    return {
        "type": "modal",
        "callback_id": "sampling:told",
        "title": plain(title, 24),
        "close": plain("Close", 24),
        "blocks": [section(text)],
    }


def in_a_form(message: Message) -> Block:
    """A message where there is no place for one."""
    return _view("Parallax", "") | {"blocks": list(message.blocks)}


def pausing() -> Message:
    """For how long?"""
    row = actions(
        "pause",
        button("Until tomorrow", PAUSE_TOMORROW),
        button("For a week", PAUSE_WEEK),
        button("Until I resume", PAUSE_OPEN),
    )
    told = "For how long? Nothing is asked meanwhile, and nobody is told."
    return Message(told, (section(told), row))


def leaving() -> Message:
    """Two ways to leave, of equal weight."""
    told = (
        "You can leave at any time, without a reason. What about what you gave so far? If it is "
        "erased, we delete our messages to you; Slack may keep copies of them, and what you typed "
        "here yourself stays."
    )
    row = actions(
        "leave",
        button("Leave, keep what I gave", LEAVE_KEEP),
        button("Leave, erase what I gave", LEAVE_ERASE),
        button("I stay", STAY),
    )
    return Message(told, (section(told), row))


def erasing() -> Message:
    """Asked once more, for it cannot be undone."""
    told = (
        "Everything you gave, in every study here, and our messages to you: erased for good. "
        "Published results and Slack's own copies stay, and what you typed here yourself."
    )
    row = actions("erase", button("Erase everything", ERASE), button("No", STAY))
    return Message(told, (section(told), row))


def helped(command: str) -> Message:
    """What `/sampling` takes."""
    lines = [
        "*Studies of how work goes, for those who want to take part*",
        f"`{command}` how you take part · `{command} join` read what it is, then decide",
        f"`{command} pause` (`3 days`, `2026-12-24`) · `{command} resume` · `{command} settings`",
        (
            f"`{command} now` report something unasked · "
            f"`{command} practice` see what a question is like"
        ),
        f"`{command} mine` what you gave, and who read it · `{command} leave` · `{command} erase`",
        (
            f"`{command} results` what was published · for those with a role: `{command} review` · "
            f"`{command} study` · `{command} export`"
        ),
        (
            "Nobody at work is told who takes part. You are pseudonymous here, not anonymous: "
            "whoever runs the server could link you."
        ),
    ]
    return Message("What this can do", (section("\n".join(lines)),))


def _exported(person: str, on: str, digest: str) -> str:
    """That somebody has files with their answers. digest: of the files' SHA256SUMS, in hex."""
    return f"{ours(f'@{person}')} exported your answers, {on}: sha256 `{digest[:SHORT_HASH]}…`"


def _allowed(owner: str, analyst: str, at: datetime, zone: str) -> str:
    who, whom = ours(f"@{owner}"), ours(f"@{analyst}")
    there = f"{at.astimezone(zone_of(zone)):%Y-%m-%d %H:%M} ({escape(zone)})"
    return f"{who} let {whom} export the study for an hour, {there}"

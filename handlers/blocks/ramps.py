"""The window of a change: a bar that renders on a phone, and the same in words for who hears it.

02:10 ░░░░▒|▒▒▒▒▒█ 03:20 · first symptom 02:52, at 50 %
10 % from 02:10 · 50 % from 02:40 · all from 03:20
"""

from datetime import datetime

from bot.incidents.changes import Noticed
from bot.incidents.model import Ramp
from bot.incidents.ramps import ALL, share_at
from handlers.blocks.text import clock

CELLS = 12
SHADES = "░▒▓█"
UNSAID = "▒"  # nobody said how much had it, only from when to when
NONE = "·"
MARK = "|"
STEPS_SHOWN = 8


def window(ramp: Ramp, noticed: Noticed | None, now: datetime) -> str:
    """The bar between its two times, and where in it something was first noticed."""
    end = clock(ramp.end, now) if ramp.end else "goes on"
    line = f"{clock(ramp.start, now)} {_bar(ramp, noticed, now)} {end}"
    return f"{line} · {_fell(ramp, noticed, now)}" if noticed else line


def in_words(ramp: Ramp, now: datetime | None) -> str:
    """The same without a picture: each step, or the two times."""
    if not ramp.steps:
        end = f"until {clock(ramp.end, now)}" if ramp.end else "and goes on"
        return f"from {clock(ramp.start, now)} {end}"
    shown = [f"{_share(each.share)} from {clock(each.at, now)}" for each in ramp.steps]
    more = len(shown) - STEPS_SHOWN
    counted = [f"and {more} more steps"] if more > 0 else []
    begun = [f"begun {clock(ramp.start, now)}"] if ramp.start < ramp.steps[0].at else []
    ended = [f"ended {clock(ramp.end, now)}"] if ramp.end and ramp.steps[-1].share != ALL else []
    return " · ".join([*begun, *shown[:STEPS_SHOWN], *counted, *ended])


def _share(share: int) -> str:
    return "all" if share == ALL else f"{share} %"


def _bar(ramp: Ramp, noticed: Noticed | None, now: datetime) -> str:
    """Each cell shows how much had the change at its moment; a mark stands where it was noticed."""
    end = max(ramp.end or now, ramp.start)
    span = end - ramp.start
    cells = [_cell(ramp, ramp.start + span * place / (CELLS - 1)) for place in range(CELLS)]
    if noticed is not None and span and ramp.start <= noticed.at <= end:
        cells.insert(round((noticed.at - ramp.start) / span * (CELLS - 1)), MARK)
    return "".join(cells)


def _cell(ramp: Ramp, at: datetime) -> str:
    if not ramp.steps:
        return UNSAID
    share = share_at(ramp, at) or 0
    # A quarter of a hundred is one shade.
    return SHADES[min((share - 1) // 25, len(SHADES) - 1)] if share else NONE


def _fell(ramp: Ramp, noticed: Noticed, now: datetime) -> str:
    said = f"{noticed.sign} {clock(noticed.at, now)}"
    if noticed.at < ramp.start:
        return f"{said}, before it began"
    if ramp.end and noticed.at > ramp.end:
        return f"{said}, after it was complete"
    share = share_at(ramp, noticed.at)
    return f"{said}, at {share} %" if share else f"{said}, while it went on"

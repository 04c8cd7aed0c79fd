"""Whether a moment fits somebody's hours: their quiet ones, their days, their windows."""

from datetime import datetime, time, timedelta

from bot.sampling.calendar import is_working_day, spans, within, zone_of
from bot.sampling.model import Hours, Prompt, Window

A_DAY = timedelta(days=1)


def in_own_quiet_hours(hours: Hours, now: datetime) -> bool:
    """Whether it is one of the hours in which they never want to be asked."""
    if hours.quiet is None:
        return False
    return _in_window(hours.quiet, now.astimezone(zone_of(hours.zone)).time())


def _in_window(window: Window, wall: time) -> bool:
    if window.begins <= window.ends:
        return window.begins <= wall < window.ends
    return wall >= window.begins or wall < window.ends


def outside(hours: Hours, prompt: Prompt, planned: datetime) -> str:
    """`day_off` or `outside_window` where the moment no longer fits the hours; empty if it does."""
    near = [prompt.date + ahead * A_DAY for ahead in (-1, 0, 1)]
    holding = [each for each in near if within(planned, spans(hours, each))]
    if any(is_working_day(hours, each) for each in holding):
        return ""
    off = bool(holding) or not is_working_day(hours, prompt.date)
    return "day_off" if off else "outside_window"

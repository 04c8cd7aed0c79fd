"""What somebody gave, gathered for themselves: everything that is kept, what reads it, charts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.sampling import who_may
from bot.sampling.charts_own import Asked, Chart, charts
from bot.sampling.model import Item, Study, Trigger, Volunteer, VolunteerState
from bot.sampling.own import everything
from bot.sampling.reading import versions_of
from bot.sampling.review_ports import Tx


@dataclass(frozen=True, slots=True)
class Given:
    """Everything there is of somebody in one study. told: as JSON takes it. items: by name, to read
    the answers by. charts: of their own answers, once their part is over."""

    told: dict[str, Any]
    items: Mapping[str, Item]
    charts: tuple[Chart, ...] = ()


def gather(tx: Tx, study: Study, volunteer: Volunteer, now: datetime) -> Given:
    """No prompt that is still to come is in it."""
    told = everything(tx, study, volunteer)
    items = _items(tx, study, volunteer)
    over = volunteer.state is VolunteerState.LEFT or who_may.is_over(tx, study, volunteer, now)
    return Given(told, items, charts(items.values(), _asked(told), over=over))


def _items(tx: Tx, study: Study, volunteer: Volunteer) -> dict[str, Item]:
    """Of every version up to the one that they agreed to; the newest wording of each."""
    found: dict[str, Item] = {}
    for each in versions_of(tx, study):
        if each.version <= volunteer.version:
            every = (*each.baseline, *each.items, *each.rotate, *each.exit)
            found |= {item.name: item for item in every}
    return found


def _asked(told: Mapping[str, Any]) -> list[Asked]:
    """Prompts that were planned; what they reported unasked is not of a random moment."""
    return [
        (date.fromisoformat(each["date"]), each["answers"])
        for each in told["prompts"]
        if each["trigger"] == Trigger.SIGNAL.value
    ]

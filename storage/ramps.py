"""The window of a change as one value of JSON: it is read with its entry, and never searched."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.incidents.model import Ramp, Step


class RampJson(sa.TypeDecorator[Ramp]):
    """A Ramp: its start, its end or null, and the steps as pairs of a time and a share."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Ramp | None, _dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        return {
            "start": value.start.isoformat(),
            "end": value.end.isoformat() if value.end else None,
            "steps": [[each.at.isoformat(), each.share] for each in value.steps],
        }

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> Ramp | None:
        if value is None:
            return None
        end = value["end"]
        return Ramp(
            datetime.fromisoformat(value["start"]),
            datetime.fromisoformat(end) if end else None,
            tuple(Step(datetime.fromisoformat(at), share) for at, share in value["steps"]),
        )

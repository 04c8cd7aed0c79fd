"""Rate limits, on domain time.

Tiers 1 to 4 allow 1, 20, 50 and 100 calls of one method in any 60 seconds; chat.postMessage has
its own rule, one a second in a channel. Tier "t5" of the data file means "special": those methods
are not limited here. The limits are the floors that Slack promises; it often allows bursts, which
we do not, so that an app that passes here passes there.
"""

import math
from collections import deque
from datetime import datetime, timedelta

PER_MINUTE = {"t1": 1, "t2": 20, "t3": 50, "t4": 100}
WINDOW = timedelta(seconds=60)
POST_SPACING = timedelta(seconds=1)


class Tiers:
    """Counts the calls of one workspace. `enforced = False` switches all limits off."""

    def __init__(self) -> None:
        self.enforced = True
        self._calls: dict[str, deque[datetime]] = {}
        self._posts: dict[str, datetime] = {}

    def call(self, method: str, tier: str | None, now: datetime) -> int | None:
        """Count a call; if it is one too many, seconds to wait (and it is not counted)."""
        limit = PER_MINUTE.get(tier or "")
        if limit is None or not self.enforced:
            return None
        calls = self._calls.setdefault(method, deque())
        while calls and now - calls[0] >= WINDOW:
            calls.popleft()
        if len(calls) >= limit:
            return _seconds(calls[0] + WINDOW - now)
        calls.append(now)
        return None

    def post(self, channel: str, now: datetime) -> int | None:
        """Count a message into a channel; if it comes too soon, seconds to wait."""
        last = self._posts.get(channel)
        if self.enforced and last is not None and now - last < POST_SPACING:
            return _seconds(last + POST_SPACING - now)
        self._posts[channel] = now
        return None


def _seconds(left: timedelta) -> int:
    """What Retry-After says: whole seconds, at least one."""
    return max(1, math.ceil(left.total_seconds()))

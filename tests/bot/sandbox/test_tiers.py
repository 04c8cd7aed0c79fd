"""Rate limits on domain time."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.tiers import Tiers
from tests.bot.sandbox.conftest import Town

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(("tier", "limit"), [("t1", 1), ("t2", 20), ("t3", 50), ("t4", 100)])
def test_a_tier_allows_so_many_in_any_minute(tier: str, limit: int) -> None:
    """slack-platform.md section 3: tiers per method, per workspace, per app."""
    tiers = Tiers()
    assert all(tiers.call("m", tier, NOW) is None for _ in range(limit))
    assert tiers.call("m", tier, NOW + timedelta(seconds=20)) == 40
    assert tiers.call("other", tier, NOW) is None
    assert tiers.call("m", tier, NOW + timedelta(seconds=60)) is None


def test_the_window_slides() -> None:
    tiers = Tiers()
    for second in range(20):
        tiers.call("m", "t2", NOW + timedelta(seconds=second))
    assert tiers.call("m", "t2", NOW + timedelta(seconds=59.5)) == 1
    assert tiers.call("m", "t2", NOW + timedelta(seconds=60)) is None
    assert tiers.call("m", "t2", NOW + timedelta(seconds=60)) == 1


def test_special_methods_are_not_limited_here() -> None:
    tiers = Tiers()
    assert all(tiers.call("auth.test", "t5", NOW) is None for _ in range(500))
    assert tiers.call("blocks.validate", None, NOW) is None


def test_posts_need_a_second_between_them_in_one_channel() -> None:
    """slack-platform.md section 3: chat.postMessage about 1/s a channel."""
    tiers = Tiers()
    assert tiers.post("C1", NOW) is None
    assert tiers.post("C1", NOW + timedelta(seconds=0.999)) == 1
    assert tiers.post("C2", NOW) is None
    assert tiers.post("C1", NOW + timedelta(seconds=1)) is None


def test_limits_can_be_switched_off() -> None:
    tiers = Tiers()
    tiers.enforced = False
    assert all(tiers.call("m", "t1", NOW) is None for _ in range(5))
    assert tiers.post("C1", NOW) is None
    assert tiers.post("C1", NOW) is None


async def test_over_http_it_is_429_with_retry_after(api: Town) -> None:
    """slack-platform.md section 3: 429 with Retry-After; a refused post is not there."""
    api.sandbox.tiers.enforced = True
    assert await api.error("chat.postMessage", channel=api.general.id, text="1") == ""
    answer = await api.call("chat.postMessage", channel=api.general.id, text="2")
    assert answer == {"ok": False, "error": "ratelimited"}
    assert api.sandbox.calls[-1].status == 429
    assert len(api.general.lines()) == 1
    api.clock.advance_by(1.0)
    assert await api.error("chat.postMessage", channel=api.general.id, text="3") == ""


async def test_the_status_board_budget_is_shared_by_all_channels(api: Town) -> None:
    """slack-platform.md section 3: chat.update shares one Tier 3 budget."""
    posted = await api.call("chat.postMessage", channel=api.general.id, text="board")
    api.sandbox.tiers.enforced = True
    update = {"channel": api.general.id, "ts": posted["ts"]}
    for number in range(50):
        assert await api.error("chat.update", **update, text=str(number)) == ""
    assert await api.error("chat.update", **update, text="x") == "ratelimited"

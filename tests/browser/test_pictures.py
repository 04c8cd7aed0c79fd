"""Pictures of the page's main states, to be looked at: `pytest tests/browser --screenshots DIR`."""

from pathlib import Path

import pytest

from tests.browser.conftest import Visit
from tests.browser.stage import DARK_DESK, DARK_PHONE, DESK, PHONE, Demo, Sight
from tests.browser.states import STATES

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIGHTS = (DESK, DARK_DESK, PHONE, DARK_PHONE)


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda each: each.name)
@pytest.mark.parametrize("state", STATES)
async def test_picture(
    played: Demo, visit: Visit, screenshots: Path, state: str, sight: Sight
) -> None:
    path = screenshots / f"{state}-{sight.name}.png"
    viewer = await visit(played, sight)
    await STATES[state](viewer)
    await viewer.page.screenshot(path=path, animations="disabled")
    assert path.stat().st_size > 0

"""axe-core finds nothing serious, in any main state of the page, on either screen, in any colours.

axe-core is evaluated in the page by the test and never shipped; `npm ci --prefix tests/browser`
fetches it.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Visit
from tests.browser.stage import DARK_DESK, DARK_PHONE, DESK, PHONE, Demo, Sight
from tests.browser.states import STATES
from tests.conftest import not_run

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
SERIOUS = {"serious", "critical"}
# Colours change over a fraction of a second; what is measured is where they end.
STILL = """() => {
  for (const each of document.getAnimations()) {
    try { each.finish(); } catch { each.cancel(); }
  }
}"""
RUN = "axe.run(document, {resultTypes: ['violations'], elementRef: false})"
DESKS = (DESK, DARK_DESK)
PHONES = (PHONE, DARK_PHONE)


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        not_run("axe-core: npm ci --prefix tests/browser")
    return AXE.read_text()


@pytest.mark.parametrize("sights", [DESKS, PHONES], ids=["desk", "phone"])
@pytest.mark.parametrize("state", STATES)
async def test_nothing_serious(
    played: Demo, visit: Visit, axe: str, state: str, sights: tuple[Sight, ...]
) -> None:
    viewer = await visit(played, sights[0])
    await STATES[state](viewer)
    await viewer.page.evaluate(axe)
    found = {each.name: await violations(viewer.page, each) for each in sights}
    assert {name: each for name, each in found.items() if each} == {}


async def violations(page: Page, sight: Sight) -> list[str]:
    """What axe-core finds that is serious or worse, in the colours of `sight`."""
    await page.emulate_media(color_scheme="dark" if sight.dark else "light")
    await page.evaluate(STILL)
    result = await page.evaluate(RUN)
    return [told(each) for each in result["violations"] if each["impact"] in SERIOUS]


def told(violation: dict[str, Any]) -> str:
    """What is wrong, and where."""
    nodes = [f"{each['html'][:160]} ({each['failureSummary']})" for each in violation["nodes"][:4]]
    return "\n".join([f"{violation['impact']}: {violation['help']}", *nodes])

"""What the page weighs, and whether a channel with much in it stays light."""

import pytest
from playwright.async_api import Request, expect

from tests.browser.conftest import Figures, Visit
from tests.browser.stage import Demo

pytestmark = pytest.mark.asyncio(loop_scope="session")

BYTES = 150_000
MANY = 2_000
SHARE_DRAWN = 0.25  # of all messages; the rest costs nothing until it is scrolled to

# Scrolls from the end to the start, half a screen a frame; gives each frame's milliseconds.
SCROLLS = """async (list) => {
  const box = list.parentElement;
  const frame = () => new Promise(requestAnimationFrame);
  const frames = [];
  let last = await frame();
  for (let before = -1; before !== box.scrollTop; ) {
    before = box.scrollTop;
    box.scrollTop -= 400;
    const now = await frame();
    frames.push(now - last);
    last = now;
  }
  return frames;
}"""
DRAWN = """list => [...list.querySelectorAll("[role=article], article")]
  .filter((each) => each.firstElementChild.checkVisibility({contentVisibilityAuto: true})).length"""


async def test_all_it_loads(demo: Demo, visit: Visit, figures: Figures) -> None:
    """Every byte that crosses the wire before somebody can use the page."""
    viewer = await visit(demo, comes=False)
    loaded: list[Request] = []
    viewer.page.on("requestfinished", lambda request: loaded.extend([request]))
    await viewer.comes(demo.url)
    sizes = [(each.url, (await each.sizes())["responseBodySize"]) for each in loaded]
    total = sum(size for _url, size in sizes)
    figures.append(f"the page: {total / 1000:.1f} kB in {len(sizes)} files")
    assert len(sizes) > 10
    assert total <= BYTES


async def test_two_thousand_messages(demo: Demo, visit: Visit, figures: Figures) -> None:
    """They scroll, only what is near the screen is laid out, and one more redraws none of them."""
    viewer = await visit(demo)
    people = [demo.sandbox.person(name) for name in ("ana", "bo", "cleo")]
    talk = demo.sandbox.channel("talk", members=people)
    for number in range(MANY):
        text = f"line {number}: `db{number % 7}` answers in *{number % 90} ms*, :eyes: again"
        demo.sandbox.world.post(talk, people[number // 5 % 3].id, text)
    await viewer.goes_to("#talk")
    await viewer.sees(f"line {MANY - 1}:")
    frames = sorted(await viewer.talk.evaluate(SCROLLS))
    p95 = frames[int(len(frames) * 0.95)]
    figures.append(
        f"2,000 messages: {len(frames)} frames, p95 {p95:.0f} ms, longest {frames[-1]:.0f} ms"
    )
    assert len(frames) > 100
    assert await viewer.talk.evaluate(DRAWN) < MANY * SHARE_DRAWN
    first = viewer.talk.get_by_role("article").first
    await first.evaluate("node => { node.known = true }")
    await viewer.says("one more")
    await viewer.sees("one more")
    assert await first.evaluate("node => node.known")
    await expect(viewer.message("one more")).to_be_in_viewport()

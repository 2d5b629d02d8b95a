"""How the voice mode stands in small windows: in one row, nothing cut off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from e2e.conftest import NewVisitor, OpenTab
from e2e.test_page_axe import check
from e2e.voice_page import Enter, rooms
from trunkline.calls import CallState

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LONG = "It is noon in Paris, and it will rain from morning to evening tomorrow, so take an umbrella along. " * 3
STATES: tuple[CallState, ...] = ("listening", "hearing", "thinking", "speaking", "stopped")
ROWS = """(dock) => new Set([...dock.querySelectorAll(".voice-control")]
  .map((control) => Math.round(control.getBoundingClientRect().top))).size"""
OVERFLOWS = """(dock) => [dock, ...dock.querySelectorAll("*")]
  .filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1)
  .filter((one) => !one.matches("select, option, input"))
  .map((one) => one.className)"""


@pytest_asyncio.fixture(loop_scope="session")
async def enter(tmp_path: Path, new_visitor: NewVisitor, open_tab: OpenTab) -> AsyncIterator[Enter]:
    async with rooms(tmp_path, new_visitor, open_tab) as begin:
        yield begin


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (844, 390)])
async def test_all_of_it_fits_a_phone(width: int, height: int, enter: Enter) -> None:
    room = await enter(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    voice = await room.talk()
    await expect(room.dock.get_by_role("combobox", name="Microphone", exact=True)).to_be_visible()
    for state in STATES:
        await voice.show(state, LONG)
        await expect(room.dock).to_have_class(f"voice voice-{state}")
        assert await room.dock.evaluate(ROWS) == 1
        assert await room.dock.evaluate(OVERFLOWS) == []
    await voice.say(LONG)
    await expect(room.dock.get_by_role("alert")).to_be_visible()
    await room.dock.get_by_role("button", name="Language, voice and speed", exact=True).click()
    for control in (
        room.control("End the call"),
        room.dock.get_by_role("combobox", name="Speed", exact=True),
        room.chat.box,
    ):
        await control.scroll_into_view_if_needed()
        box = await control.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
    await check(room.chat.page)

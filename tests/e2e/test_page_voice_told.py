"""What the voice mode tells in a real browser: what cannot be had, what is agreed to, who is heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import expect

from e2e.conftest import NewVisitor, OpenTab
from e2e.test_page_axe import check
from e2e.voice_page import KEEP_TRACKS, Enter, heard_on, rooms, tone
from trunkline.calls import Pressed

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def enter(tmp_path: Path, new_visitor: NewVisitor, open_tab: OpenTab) -> AsyncIterator[Enter]:
    async with rooms(tmp_path, new_visitor, open_tab) as begin:
        yield begin


# What cannot be had


MISS_ONCE = """() => {
  const {prototype} = AudioWorklet;
  const {addModule} = prototype;
  prototype.addModule = function () {
    prototype.addModule = addModule;
    return addModule.call(this, new URL("/static/none.js", location.href).href);
  };
}"""


async def test_what_plays_and_captures_may_fail_to_load(enter: Enter) -> None:
    room = await enter()
    page = room.chat.page
    await page.evaluate(MISS_ONCE)
    await room.chat.button("Talk").click()
    await expect(room.dock.get_by_role("alert")).to_contain_text("could not be loaded")
    await check(page)
    await room.control("Try again").click()
    await room.answered(1)
    await heard_on(room)


async def test_who_ends_the_call_for_the_visitor_says_why(enter: Enter) -> None:
    room = await enter()
    voice = await room.talk()
    await voice.say("This app only reads.")
    await voice.leave()
    await expect(room.dock).to_have_count(0)
    await expect(room.complaint).to_have_text("This app only reads.")
    await expect(room.chat.box).to_be_focused()


async def test_what_is_kept_is_agreed_to_before(enter: Enter) -> None:
    room = await enter(records=True)
    page = room.chat.page
    await page.evaluate(KEEP_TRACKS)
    await room.chat.button("Talk").click()
    await expect(room.state).to_contain_text("kept as sound")
    await expect(room.dock).to_be_focused()
    assert await page.evaluate("window.tracks") == []
    await check(page)
    await room.control("End the call").click()
    await expect(room.dock).to_have_count(0)
    assert room.taker.held == []

    await room.chat.button("Talk").click()
    await expect(room.dock).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(room.control("Agree and talk")).to_be_focused()
    await page.keyboard.press("Enter")
    await room.answered(1)
    await expect(room.dock).to_be_focused()


# What is seen

HEIGHTS = """() => [...document.querySelector("trunkline-chat").shadowRoot.querySelectorAll(".voice-levels i")]
  .map((bar) => new DOMMatrix(getComputedStyle(bar).transform).d)"""
"""How tall the bars of the level meter are, of 1."""


async def test_the_level_meter_shows_who_is_heard(enter: Enter) -> None:
    room = await enter()
    page = room.chat.page
    voice = await room.talk()
    await page.wait_for_function(f"() => Math.max(...({HEIGHTS})()) > 0.4")
    await room.control("Mute").click()
    await page.wait_for_function(f"() => Math.max(...({HEIGHTS})()) < 0.1")
    await voice.show("speaking", "Here I am.")
    await voice.play(tone(3))
    await page.wait_for_function(f"() => Math.max(...({HEIGHTS})()) > 0.4")
    heights = np.array(await page.evaluate(HEIGHTS))
    assert len(heights) == 24
    await voice.ended()
    async with asyncio.timeout(15):
        await voice.drained()
    await page.wait_for_function(f"() => Math.max(...({HEIGHTS})()) < 0.1")


async def test_nothing_is_sent_while_one_is_muted(enter: Enter) -> None:
    room = await enter()
    sent: list[int] = []

    def note(data: str | bytes) -> None:
        if isinstance(data, bytes):
            sent.append(len(data))

    room.chat.page.on("websocket", lambda socket: socket.on("framesent", note))
    await room.chat.page.reload()
    await room.talk()
    await heard_on(room)
    await room.control("Mute").click()
    await room.taker.told(1, Pressed)
    await expect(room.state).to_have_text("You are muted")
    before = len(sent)
    await room.chat.page.wait_for_function(f"() => Math.max(...({HEIGHTS})()) < 0.1")
    assert len(sent) == before
    await room.control("Mute").click()
    await heard_on(room)

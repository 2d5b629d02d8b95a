"""The voice mode in a real browser: a fake microphone, and a fake of whoever runs calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import expect

from e2e.conftest import NewVisitor, OpenTab
from e2e.test_page_axe import check
from e2e.voice_page import KEEP_TRACKS, OUTPUT, Enter, heard, rooms, tone
from e2e.website import website
from trunkline.calls import Pressed, Sound, Tuning

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}}


@pytest_asyncio.fixture(loop_scope="session")
async def enter(tmp_path: Path, new_visitor: NewVisitor, open_tab: OpenTab) -> AsyncIterator[Enter]:
    async with rooms(tmp_path, new_visitor, open_tab) as begin:
        yield begin


async def test_the_microphone_reaches_the_server_and_the_reply_the_ear(enter: Enter) -> None:
    room = await enter()
    voice = await room.talk()
    pcm = await heard(room, 2.5)
    assert np.abs(pcm).max() > 1000, "the fake microphone beeps"
    assert {event.chunk[0] for event in room.taker.events if isinstance(event, Sound)} == {16_000}

    await voice.show("hearing", "what is")
    await voice.show("thinking", "What is the time?")
    await expect(room.dock.locator("dd")).to_have_text("What is the time?")
    await voice.show("speaking", "It is noon.")
    await expect(room.dock.locator("dd")).to_have_text(["What is the time?", "It is noon."])
    await voice.play(tone(1.0))
    await voice.ended()
    async with asyncio.timeout(15):
        await voice.drained()
    assert voice.played == OUTPUT


async def test_a_reply_without_an_end_is_played_to_its_last_sample(enter: Enter) -> None:
    room = await enter()
    voice = await room.talk()
    for _ in range(3):
        await voice.play(tone(0.011))
        async with asyncio.timeout(5):
            await voice.drained()
    assert voice.played == 3 * len(tone(0.011))


RUN_AT = """(rate) => {
  const Real = AudioContext;
  window.AudioContext = class extends Real {
    constructor(options) { super({...options, sampleRate: rate}); }
  };
}"""


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
async def test_loudspeakers_of_any_rate(rate: int, enter: Enter) -> None:
    room = await enter()
    await room.chat.page.evaluate(RUN_AT, rate)
    voice = await room.talk()
    pcm = await heard(room, 2.5)
    assert np.abs(pcm).max() > 1000, "the fake microphone beeps"
    first, *_, last = [event for event in room.taker.events if isinstance(event, Sound)]
    assert abs(last.at - first.at - (len(pcm) - len(last.chunk[1])) / 16_000) < 0.5, "as long as it took to say"
    await voice.play(tone(0.5))
    await voice.ended()
    async with asyncio.timeout(15):
        await voice.drained()
    assert voice.played == len(tone(0.5))


async def test_a_reply_is_cut_off_at_once_and_told_to_the_sample(enter: Enter) -> None:
    room = await enter()
    voice = await room.talk()
    await voice.show("speaking")
    playing = asyncio.create_task(voice.play(tone(20)))
    async with asyncio.timeout(15):
        while voice.played < OUTPUT // 2:
            await room.taker.told(len(room.taker.events) + 1)
    before = voice.played
    await voice.stop_playing()
    async with asyncio.timeout(15):
        await playing
    stopped = voice.played
    assert before <= stopped < before + OUTPUT // 2
    await heard(room, 4)
    assert voice.played == stopped, "nothing more is played"


async def test_controls(enter: Enter) -> None:
    room = await enter()
    voice = await room.talk()
    await expect(room.control("Interrupt")).to_have_attribute("aria-disabled", "true")
    await voice.show("speaking")
    await expect(room.state).to_have_text("Speaking")
    await room.control("Interrupt").click()
    await room.control("Stop the conversation").click()
    await voice.show("stopped")
    await room.control("Start the conversation").click()
    await voice.show("listening")
    await room.control("Mute").click()
    await expect(room.control("Mute")).to_have_attribute("aria-pressed", "true")
    await expect(room.state).to_have_text("You are muted")
    pressed = [event.control for event in await room.taker.told(5, Pressed) if isinstance(event, Pressed)]
    assert pressed == ["interrupt", "interrupt", "stop", "start", "mute"]
    await room.control("Mute").click()
    await voice.say("The app failed: say it again.")
    await expect(room.dock.get_by_role("alert")).to_have_text("The app failed: say it again.")
    await room.control("End the call").click()
    await expect(room.dock).to_have_count(0)
    await expect(room.chat.box).to_be_focused()
    await room.taker.ended()


async def test_by_keyboard_alone(enter: Enter) -> None:
    room = await enter()
    page = room.chat.page
    await expect(room.chat.button("Talk")).to_be_visible()
    await room.chat.box.focus()
    await page.keyboard.press("Tab")
    await expect(room.chat.button("Record a voice clip")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(room.chat.button("Talk")).to_be_focused()
    await page.keyboard.press("Enter")
    voice = await room.taker.call()
    await voice.show("listening")
    await expect(room.dock).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(room.control("Mute")).to_be_focused()
    await voice.show("speaking")
    await expect(room.state).to_have_text("Speaking")
    await page.keyboard.press("Escape")
    pressed = await room.taker.told(1, Pressed)
    assert pressed == [Pressed("interrupt", "visitor")]
    await expect(room.control("Mute")).to_be_focused()


async def test_one_may_write_while_one_talks(enter: Enter) -> None:
    room = await enter()
    await room.talk()
    await room.chat.say("typed")
    turn = await room.web.core.begun()
    await turn.finish("Read.")
    await expect(room.chat.reply).to_contain_text("Read.")
    await expect(room.dock).to_be_visible()


async def test_a_refused_microphone_is_explained(enter: Enter) -> None:
    room = await enter(permissions=[])
    await room.chat.button("Talk").click()
    await expect(room.dock.get_by_role("alert")).to_contain_text("allow it in the browser’s address bar")
    assert room.taker.held == []
    await room.chat.page.context.grant_permissions(["microphone"])
    await room.control("Try again").click()
    await room.taker.call()


GIVES_NONE = """() => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("none", "NotFoundError"));
}"""
IS_INSECURE = """() => Object.defineProperty(navigator, "mediaDevices", {value: undefined})"""


@pytest.mark.parametrize(
    ("script", "words"),
    [(GIVES_NONE, "No microphone was found"), (IS_INSECURE, "over a secure connection only")],
    ids=["none", "insecure"],
)
async def test_a_microphone_that_cannot_be_had_is_explained(script: str, words: str, enter: Enter) -> None:
    room = await enter()
    await room.chat.page.evaluate(script)
    await room.chat.button("Talk").click()
    await expect(room.dock.get_by_role("alert")).to_contain_text(words)
    await check(room.chat.page)
    await room.control("End the call").click()
    await expect(room.dock).to_have_count(0)


FRAMED = """<!doctype html><html lang="en"><title>Shop</title>
<iframe src="{widget}" width="500" height="700"></iframe></html>"""
FILLED = """<!doctype html><html lang="en"><title>Chat</title>
<script src="{widget}" data-placement="page" async></script></html>"""


async def test_a_frame_that_may_not_use_the_microphone_is_explained(enter: Enter, new_visitor: NewVisitor) -> None:
    room = await enter()
    page = await (await new_visitor(permissions=["microphone"])).new_page()
    async with website(FRAMED) as outer, website(FILLED) as site:
        site.widget = f"{room.web.base}/widget.js"
        outer.widget = site.url
        await page.goto(outer.url)
        frame = page.frame_locator("iframe")
        await frame.get_by_role("button", name="Talk", exact=True).click()
        await expect(frame.locator('[part="voice"]').get_by_role("alert")).to_contain_text('allow="microphone"')


LOSE_TRACK = """() => {
  const made = window.tracks.at(-1);
  made.stop();
  made.dispatchEvent(new Event("ended"));
}"""


async def test_a_microphone_that_goes_away_pauses_the_call(enter: Enter) -> None:
    room = await enter()
    await room.chat.page.evaluate(KEEP_TRACKS)
    await room.talk()
    await room.chat.page.evaluate(LOSE_TRACK)
    await expect(room.state).to_contain_text("Paused")
    assert await room.taker.told(1, Pressed) == [Pressed("mute", "visitor")]
    await check(room.chat.page)
    await room.control("Resume").click()
    await expect(room.state).to_have_text("Listening")
    assert (await room.taker.told(2, Pressed))[1] == Pressed("unmute", "visitor")
    known = len([event for event in room.taker.events if isinstance(event, Sound)])
    await room.taker.told(known + 3, Sound)


async def test_a_lost_connection_is_told_and_the_call_goes_on(enter: Enter) -> None:
    room = await enter()
    voice = await room.talk()
    room.chat.server_may_go = True
    (session,) = room.web.bridge._site.everyone()  # type: ignore[union-attr]
    session.close(1013, "Come back.")
    await expect(room.state).to_contain_text("Connection lost")
    await expect(room.state).to_have_text("Listening")
    await voice.show("speaking", "There you are.")
    await voice.play(tone(0.3))
    await voice.ended()
    async with asyncio.timeout(15):
        await voice.drained()
    assert voice.played == len(tone(0.3))
    assert len(room.taker.held) == 1


async def test_a_call_ends_with_its_chat(enter: Enter) -> None:
    room = await enter()
    await room.talk()
    await room.chat.button("Chats").click()
    await room.chat.button("New chat").first.click()
    await room.taker.ended()
    await expect(room.dock).to_have_count(0)


async def test_language_voice_and_speed_are_chosen_and_kept(enter: Enter) -> None:
    room = await enter()
    await room.chat.say("hello")
    await (await room.web.core.begun()).finish("Hi.")
    await expect(room.chat.reply).to_contain_text("Hi.")
    voice = await room.talk()
    tuning = room.dock.get_by_label("Language, voice and speed")
    await tuning.click()
    await room.dock.get_by_role("combobox", name="Language", exact=True).select_option(label="français")
    named = room.dock.get_by_role("textbox", name="Voice", exact=True)
    await named.fill("f2")
    # What is typed stays, though the call draws anew meanwhile.
    await voice.show("thinking")
    await expect(room.state).to_have_text("Thinking")
    await named.press("Tab")
    await room.dock.get_by_role("combobox", name="Speed", exact=True).select_option("1.5")
    await check(room.chat.page)
    await room.control("End the call").click()
    await room.taker.ended()
    assert voice.tuning == Tuning("fr", "f2", 1.5)

    await room.chat.page.reload()
    await expect(room.chat.reply).to_contain_text("Hi.")
    again = await room.talk()
    assert again is not voice
    assert again.tuning == Tuning("fr", "f2", 1.5)


async def test_nobody_is_listened_to_by_a_window_that_is_closed(enter: Enter, new_visitor: NewVisitor) -> None:
    room = await enter()
    page = await (await new_visitor(permissions=["microphone"])).new_page()
    async with website() as site:
        site.widget = f"{room.web.base}/widget.js"
        await page.goto(site.url)
        await page.get_by_role("button", name="Open the chat").click()
        await page.get_by_role("button", name="Talk", exact=True).click()
        await room.taker.call()
        await expect(page.locator('[part="voice"]')).to_be_visible()
        await page.get_by_role("button", name="Close").first.click()
        await room.taker.ended()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])
async def test_axe_finds_nothing(theme: str, size: dict[str, Any], enter: Enter) -> None:
    room = await enter(color_scheme=theme, **size)
    await check(room.chat.page)
    voice = await room.talk()
    for state in ("listening", "hearing", "thinking", "speaking", "stopped"):
        await voice.show(state, "What is the time?")
        await expect(room.dock).to_have_class(f"voice voice-{state}")
        await check(room.chat.page)

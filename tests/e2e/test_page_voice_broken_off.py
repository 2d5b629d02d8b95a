"""What takes a call's sound or its connection away, in a real browser: phones, devices, networks, other pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from e2e.cable import Cable
from e2e.conftest import NewVisitor, OpenTab
from e2e.voice_page import KEEP_TRACKS, OUTPUT, Enter, Room, heard, heard_on, rooms, tone
from e2e.website import documented_policy, website
from trunkline.calls import Line, Pressed, Sound

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def enter(tmp_path: Path, new_visitor: NewVisitor, open_tab: OpenTab) -> AsyncIterator[Enter]:
    async with rooms(tmp_path, new_visitor, open_tab) as begin:
        yield begin


# The system

KEEP_CONTEXTS = """() => {
  window.contexts = [];
  const Real = AudioContext;
  window.AudioContext = class extends Real {
    constructor(...given) { super(...given); window.contexts.push(this); }
  };
}"""


async def test_a_phone_call_pauses_this_one(enter: Enter) -> None:
    """Phones suspend the page's sound."""
    room = await enter()
    page = room.chat.page
    await page.evaluate(KEEP_CONTEXTS)
    await room.talk()
    await page.evaluate("window.contexts.at(-1).suspend()")
    await expect(room.state).to_contain_text("Paused")
    await expect(room.dock).to_be_focused()
    assert await room.taker.told(1, Pressed) == [Pressed("mute", "visitor")]
    await room.control("Resume").click()
    await expect(room.state).to_have_text("Listening")
    await expect(room.dock).to_be_focused()
    assert (await room.taker.told(2, Pressed))[1] == Pressed("unmute", "visitor")
    await heard_on(room)


SILENCE_TRACK = """(muted) => {
  const track = window.tracks.at(-1);
  Object.defineProperty(track, "muted", {value: muted, configurable: true});
  track.dispatchEvent(new Event(muted ? "mute" : "unmute"));
}"""


async def test_a_microphone_that_the_system_silences_pauses_the_call(enter: Enter) -> None:
    room = await enter()
    await room.chat.page.evaluate(KEEP_TRACKS)
    await room.talk()
    await room.chat.page.evaluate(SILENCE_TRACK, True)
    await expect(room.state).to_contain_text("Paused")
    await room.control("Resume").click()
    await expect(room.dock.get_by_role("alert")).to_contain_text("used by another program")
    await room.chat.page.evaluate(SILENCE_TRACK, False)
    await room.control("Resume").click()
    await expect(room.state).to_have_text("Listening")
    await expect(room.dock.get_by_role("alert")).to_have_count(0)


COUNT_LOCKS = """() => {
  window.locks = {held: 0, asked: 0};
  const {locks} = window;
  const request = async () => {
    locks.held += 1;
    locks.asked += 1;
    return {release: async () => { locks.held -= 1; }};
  };
  Object.defineProperty(navigator, "wakeLock", {value: {request}});
}"""
HIDE = """(hidden) => {
  Object.defineProperty(document, "visibilityState", {value: hidden ? "hidden" : "visible", configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_the_screen_stays_lit_while_one_talks(enter: Enter) -> None:
    room = await enter()
    page = room.chat.page
    await page.evaluate(COUNT_LOCKS)
    await room.talk()
    assert await page.evaluate("window.locks") == {"held": 1, "asked": 1}
    await page.evaluate("window.locks.held = 0")
    await page.evaluate(HIDE, True)
    assert await page.evaluate("window.locks.asked") == 1
    await page.evaluate(HIDE, False)
    assert await page.evaluate("window.locks") == {"held": 1, "asked": 2}
    await expect(room.state).to_have_text("Listening")
    await room.control("End the call").click()
    await expect(room.dock).to_have_count(0)
    await page.wait_for_function("() => window.locks.held === 0")


# Devices

FAIL_NEXT = """() => {
  const {mediaDevices} = navigator;
  const real = mediaDevices.getUserMedia;
  mediaDevices.getUserMedia = async () => {
    mediaDevices.getUserMedia = real;
    throw new DOMException("busy", "NotReadableError");
  };
}"""


async def test_the_microphone_can_be_chosen(enter: Enter) -> None:
    room = await enter()
    page = room.chat.page
    await page.evaluate(KEEP_TRACKS)
    await room.talk()
    devices = room.dock.get_by_role("combobox", name="Microphone", exact=True)
    await expect(devices.get_by_role("option")).to_have_count(3)
    first = await devices.input_value()
    await devices.select_option(index=2)
    await page.wait_for_function("() => window.tracks.length === 2 && window.tracks[0].readyState === 'ended'")
    second = await devices.input_value()
    assert second != first
    assert await page.evaluate("window.wanted.audio.deviceId.exact") == second
    await heard_on(room)
    await expect(room.state).to_have_text("Listening")

    await page.evaluate(FAIL_NEXT)
    await devices.select_option(first)
    await expect(room.dock.get_by_role("alert")).to_contain_text("used by another program")
    await expect(devices).to_have_value(second)
    await heard_on(room)
    assert not [event for event in room.taker.events if isinstance(event, Pressed)], "it was never paused"


UNPLUG = """async () => {
  const {mediaDevices} = navigator;
  const left = (await mediaDevices.enumerateDevices()).filter(({kind}) => kind === "audioinput").slice(0, 2);
  mediaDevices.enumerateDevices = async () => left;
  const lost = window.tracks.at(-1);
  lost.stop();
  lost.dispatchEvent(new Event("ended"));
  mediaDevices.dispatchEvent(new Event("devicechange"));
}"""


async def test_a_headset_that_is_pulled_out_leaves_the_other_microphones(enter: Enter) -> None:
    room = await enter()
    page = room.chat.page
    await page.evaluate(KEEP_TRACKS)
    await room.talk()
    devices = room.dock.get_by_role("combobox", name="Microphone", exact=True)
    await devices.select_option(index=2)
    await page.wait_for_function("() => window.tracks.length === 2")
    await page.evaluate(UNPLUG)
    await expect(room.state).to_contain_text("Paused")
    await room.control("Resume").click()
    await expect(room.state).to_have_text("Listening")
    await expect(devices.get_by_role("option")).to_have_count(2)
    assert await devices.input_value() == await page.evaluate("window.tracks.at(-1).getSettings().deviceId")
    await heard_on(room)


# The network

LOST = "Connection lost. Trying again…"


async def wired(room: Room) -> Cable:
    """The room's page over a cable."""
    cable = Cable()
    await cable.lay(room.chat.page.context)
    room.chat.server_may_go = True
    await room.chat.page.reload()
    await expect(room.chat.button("Talk")).to_be_visible()
    return cable


async def test_a_reply_goes_on_where_the_connection_was_lost(enter: Enter) -> None:
    room = await enter()
    cable = await wired(room)
    voice = await room.talk()
    await voice.show("speaking", "It is a long story.")
    length = 4 * OUTPUT
    playing = asyncio.create_task(voice.play(tone(4)))
    async with asyncio.timeout(15):
        while voice.played < OUTPUT:
            await room.taker.told(len(room.taker.events) + 1)
    await cable.pull()
    await expect(room.state).to_have_text(LOST)
    assert await room.taker.told(1, Line) == [Line(up=False)]
    lost_at = voice.played
    cable.put_back()
    await expect(room.state).to_have_text("Speaking")
    async with asyncio.timeout(20):
        await playing
        await voice.ended()
        await voice.drained()
    assert lost_at < length
    assert voice.played == length, "each sample was heard, none counted twice"
    await voice.show("listening")
    await heard_on(room)


async def test_what_was_being_said_is_sent_again_when_the_connection_is_back(enter: Enter) -> None:
    room = await enter()
    cable = await wired(room)
    voice = await room.talk()
    await voice.show("hearing")
    await expect(room.state).to_have_text("Hearing you")
    await heard(room, 1.5)
    await cable.pull()
    await expect(room.state).to_have_text(LOST)
    cable.put_back()
    await room.taker.told(2, Line)
    back = room.taker.events.index(Line(up=True))
    before = sum(isinstance(event, Sound) for event in room.taker.events[:back])
    sounds = (await room.taker.told(before + 40, Sound))[before:]
    first, *_, last = [sound.at for sound in sounds if isinstance(sound, Sound)]
    assert last - first < 40 * 0.032 / 2, "it comes faster than it was said"


async def test_a_call_that_ended_while_the_connection_was_lost_begins_anew(enter: Enter) -> None:
    room = await enter()
    await room.chat.say("hello")
    await (await room.web.core.begun()).finish("Hi.")
    await expect(room.chat.reply).to_contain_text("Hi.")
    cable = await wired(room)
    voice = await room.talk()
    await voice.play(tone(0.2))
    await cable.pull()
    await expect(room.state).to_have_text(LOST)
    await voice.leave()
    await room.taker.ended()
    cable.put_back()
    again = await room.answered(2)
    assert again.conversation == voice.conversation
    await heard_on(room)
    await again.play(tone(0.5))
    await again.ended()
    async with asyncio.timeout(15):
        await again.drained()
    assert again.played == len(tone(0.5))


# Other pages


async def test_who_talks_in_one_window_cannot_in_another(enter: Enter, open_tab: OpenTab) -> None:
    room = await enter()
    await room.talk()
    other = await open_tab(room.chat.page.context, f"{room.web.base}/")
    await other.button("Talk").click()
    said = other.page.locator('[part="composer"]').get_by_role("alert")
    await expect(said).to_contain_text("talking in another window")
    await expect(other.page.locator('[part="voice"]')).to_have_count(0)
    await expect(room.state).to_have_text("Listening")
    await room.control("End the call").click()
    await room.taker.ended()
    await other.button("Talk").click()
    await room.taker.call(2)


async def elsewhere(room: Room, visitor: BrowserContext, script: str) -> Page:
    """A call on somebody else's page, which then does something."""
    page = await visitor.new_page()
    async with website() as site:
        site.widget = f"{room.web.base}/widget.js"
        site.policy = documented_policy(f"{room.web.base}/")
        await page.goto(site.url)
        await page.get_by_role("button", name="Open the chat").click()
        await page.get_by_role("button", name="Talk", exact=True).click()
        await room.taker.call()
        await heard_on(room)
        await page.evaluate(script)
        await room.taker.ended()
    return page


@pytest.mark.parametrize(
    "script",
    ["document.querySelector('trunkline-chat').remove()", "location.href = '/elsewhere'"],
    ids=["removed", "left"],
)
async def test_a_call_ends_with_its_page(script: str, enter: Enter, new_visitor: NewVisitor) -> None:
    """Over the strictest policy that a page with the widget may have; the server waits for nobody."""
    room = await enter()
    await elsewhere(room, await new_visitor(permissions=["microphone"]), script)

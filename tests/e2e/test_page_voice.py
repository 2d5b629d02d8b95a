"""The voice mode in a real browser: a fake microphone, and a fake of whoever runs calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from playwright.async_api import Locator, expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, OpenTab
from e2e.test_page_axe import check
from e2e.website import website
from fakes.taker import FakeTaker
from fakes.web_server import Served, serving
from trunkline.calls import NoSpeech, Pressed, Sound, Tuning, VoiceTransport

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

OUTPUT = 24_000
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}}


class Ears(NoSpeech):
    """Engines that hear and speak."""

    hears = True
    speaks = True


class Room:
    """A page with a voice mode, and who runs its calls."""

    def __init__(self, web: Served, taker: FakeTaker, chat: ChatPage) -> None:
        self.web = web
        self.taker = taker
        self.chat = chat

    @property
    def dock(self) -> Locator:
        return self.chat.page.locator('[part="voice"]')

    @property
    def state(self) -> Locator:
        return self.dock.get_by_role("status")

    def control(self, name: str) -> Locator:
        return self.dock.get_by_role("button", name=name, exact=True)

    async def talk(self) -> VoiceTransport:
        """Begin a call."""
        count = len(self.taker.held) + 1
        await self.chat.button("Talk").click()
        voice = await self.taker.call(count)
        await voice.show("listening")
        await expect(self.state).to_have_text("Listening")
        return voice


class Enter(Protocol):
    async def __call__(self, **visitor: Any) -> Room: ...


@pytest_asyncio.fixture(loop_scope="session")
async def enter(tmp_path: Path, new_visitor: NewVisitor, open_tab: OpenTab) -> AsyncIterator[Enter]:
    async with AsyncExitStack() as stack:

        async def begin(**visitor: Any) -> Room:
            taker = FakeTaker()
            web = await stack.enter_async_context(
                serving(tmp_path, calls=taker.calls, speech=Ears(), allowed_origins=("*",))
            )
            visitor.setdefault("permissions", ["microphone"])
            chat = await open_tab(await new_visitor(**visitor), f"{web.base}/")
            # Before the server goes: a page that finds it gone complains.
            stack.push_async_callback(chat.page.close)
            return Room(web, taker, chat)

        yield begin


def tone(seconds: float, hertz: float = 440.0) -> NDArray[np.int16]:
    at = np.arange(int(seconds * OUTPUT)) / OUTPUT
    return (8000 * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


async def heard(room: Room, seconds: float) -> NDArray[np.int16]:
    """What the microphone gave, once it is so long."""
    while True:
        sounds = [event for event in room.taker.events if isinstance(event, Sound)]
        if sum(len(sound.chunk[1]) for sound in sounds) >= seconds * 16_000:
            return np.concatenate([sound.chunk[1] for sound in sounds])
        await room.taker.told(len(sounds) + 1, Sound)


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
KEEP_TRACKS = """() => {
  window.tracks = [];
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
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

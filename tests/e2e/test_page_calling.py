"""Talking to real apps from a real browser: its microphone hears a person's recording."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page, WebSocket, async_playwright, expect

from e2e.chat_page import ChatPage
from e2e.conftest import FLAGS, PATIENCE_MS
from e2e.serving import served
from fakes.fixtures import StartApp
from fakes.gradio_apps import call
from trunkline.audio.codecs import decode, wav

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

SPHINX = Path("/usr/share/pocketsphinx/test/data")
GRAMMAR = f"pocketsphinx:{SPHINX / 'goforward.gram'}"
SAID = "go forward ten meters"
RATE = 48_000
HALF_SECOND = 12_000
"""Samples that a page plays."""


def microphone(folder: Path, *seconds: float) -> Path:
    """A file for a fake microphone: a person's sentence, with so much silence behind each time it is said."""
    source = folder / "said.wav"
    source.write_bytes(wav(np.frombuffer((SPHINX / "goforward.raw").read_bytes(), "<i2"), 16_000))
    said = decode(source.read_bytes(), rate=RATE, channels=1).reshape(-1)
    # A busy machine takes a while from the microphone to the call.
    parts = [np.zeros(3 * RATE, np.int16)]
    for quiet in seconds:
        parts += [said, np.zeros(int(quiet * RATE), np.int16)]
    target = folder / "microphone.wav"
    target.write_bytes(wav(np.concatenate(parts), RATE))
    return target


class Wire:
    """What goes over a page's WebSocket about its call."""

    def __init__(self, page: Page) -> None:
        self.played: dict[int, int] = {}
        """Samples heard, by track."""
        self.flushed: set[int] = set()
        """Tracks that were cut off."""
        self.cut = asyncio.Event()
        """Set once the page has told how much was heard of a track that was cut off."""
        self.heard = asyncio.Event()
        """Set once half a second of one sound was heard: tones are shorter."""
        self.told: list[tuple[float, str]] = []
        """When the call got into which state, by the loop's clock, and when a "sound" came."""
        self._sounded = asyncio.Event()
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._came)

    def _sent(self, data: str | bytes) -> None:
        frame = json.loads(data) if isinstance(data, str) else {}
        if frame.get("type") == "call.played":
            self.played[frame["track"]] = frame["samples"]
            self._sounded.set()
            if frame["samples"] >= HALF_SECOND:
                self.heard.set()
            if frame["track"] in self.flushed and frame["done"] and frame["samples"]:
                self.cut.set()

    def _came(self, data: str | bytes) -> None:
        now = asyncio.get_running_loop().time()
        if isinstance(data, bytes):
            self.told.append((now, "sound"))
            return
        frame = json.loads(data)
        if frame["type"] == "call.flush":
            self.flushed.add(frame["track"])
        if frame["type"] == "call":
            self.told.append((now, frame["state"]))

    async def sounded(self, count: int) -> None:
        """Returns once that many sounds were heard, be it in part."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while len(self.played) < count:
                self._sounded.clear()
                await self._sounded.wait()

    def between(self, one: str, other: str) -> float:
        """Seconds from the first time that the call was in a state to the next of another."""
        begun = next(at for at, what in self.told if what == one)
        return next(at for at, what in self.told if what == other and at >= begun) - begun


@asynccontextmanager
async def visiting(address: str, sound: Path, **options: Any) -> AsyncIterator[tuple[ChatPage, Wire]]:
    """A page in a browser whose microphone hears a file, over and over; `options` are those of its context."""
    chromium = shutil.which("chromium")
    assert chromium, "these tests drive Chromium: install Debian's package chromium (`make test` does)"
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        hears = f"--use-file-for-fake-audio-capture={sound}"
        flags = [*FLAGS, hears, "--autoplay-policy=no-user-gesture-required"]
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        context = await browser.new_context(locale="en-GB", permissions=["microphone"], **options)
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        chat, wire = ChatPage(page, address), Wire(page)
        await chat.open()
        yield chat, wire
        await browser.close()
        assert chat.complaints == [], "the page's console is not silent"


async def test_a_question_asked_aloud_is_answered_aloud(gradio_app: StartApp, tmp_path: Path) -> None:
    sound = microphone(tmp_path, 14)
    async with (
        served(gradio_app("typing_echo"), tmp_path, speech={"to_text": GRAMMAR, "from_text": "espeak"}) as address,
        visiting(address, sound) as (chat, wire),
    ):
        await chat.button("Talk").click()
        await expect(chat.said).to_have_text([SAID])
        await expect(chat.reply).to_contain_text(f"You typed: {SAID}")
        dock = chat.page.locator('[part="voice"]')
        await expect(dock.get_by_role("status")).to_have_text("Speaking")
        await expect(dock.get_by_role("status")).to_have_text("Listening")

        longest = max(wire.played.values())
        assert longest > 24_000, "more than a second was heard"
        print(f"\nwidget: end of speech to first sound {wire.between('thinking', 'sound') * 1000:.0f} ms")
        wire.heard.clear()
        await chat.say("typed")
        await expect(chat.said).to_have_count(2)
        async with asyncio.timeout(20):
            await wire.heard.wait()


async def test_who_speaks_interrupts_the_reply(gradio_app: StartApp, tmp_path: Path) -> None:
    sound = microphone(tmp_path, 3.0, 3.6, 4.2)
    speech = {"to_text": GRAMMAR, "from_text": "espeak", "speed": 0.3}
    async with (
        served(gradio_app("typing_echo"), tmp_path, speech=speech) as address,
        visiting(address, sound) as (chat, wire),
    ):
        await chat.button("Talk").click()
        async with asyncio.timeout(60):
            await wire.cut.wait()
        await expect(chat.said.last).to_contain_text(SAID)


async def test_the_conversational_guide_hears_and_speaks(fresh_gradio_app: StartApp, tmp_path: Path) -> None:
    app, sound = fresh_gradio_app("spoken_chat"), microphone(tmp_path, 14)
    async with served(app, tmp_path, speech={}) as address, visiting(address, sound) as (chat, wire):
        await chat.button("Talk").click()
        await expect(chat.reply.locator("audio").first).to_be_attached()
        await expect(chat.said.locator("audio").first).to_be_attached()
        assert sum(length for length, _ in await call(app, "heard")) >= 16_000
        print(f"\nwidget, guide: thinking to first sound {wire.between('thinking', 'sound') * 1000:.0f} ms")


async def test_a_reply_is_heard_while_the_app_still_makes_it(fresh_gradio_app: StartApp, tmp_path: Path) -> None:
    app, sound = fresh_gradio_app("talking_chat"), microphone(tmp_path, 14)
    async with (
        served(app, tmp_path, speech={"to_text": GRAMMAR}) as address,
        visiting(address, sound) as (chat, wire),
    ):
        await chat.button("Talk").click()
        await expect(chat.said).to_have_text([SAID])
        # A piece is handed out with a later one: the first for certain with the third, at which the app waits.
        for _ in range(2):
            assert await call(app, "reached")
            await call(app, "open")
        async with asyncio.timeout(20):
            await wire.heard.wait()
        await expect(chat.reply).to_contain_text("Piece 3")
        await call(app, "open")

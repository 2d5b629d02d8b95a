"""A page with a voice mode, a fake microphone, and a fake of whoever runs calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Locator, expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, OpenTab
from fakes.taker import Ears, FakeTaker
from fakes.web_server import Served, serving
from trunkline.calls import Sound, VoiceTransport

OUTPUT = 24_000


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

    @property
    def complaint(self) -> Locator:
        """What the composer says once the call is over."""
        return self.chat.page.locator('[part="composer"]').get_by_role("alert")

    def control(self, name: str) -> Locator:
        return self.dock.get_by_role("button", name=name, exact=True)

    async def talk(self) -> VoiceTransport:
        """Begin a call."""
        count = len(self.taker.held) + 1
        await self.chat.button("Talk").click()
        return await self.answered(count)

    async def answered(self, count: int) -> VoiceTransport:
        """The `count`-th call, once it listens."""
        voice = await self.taker.call(count)
        await voice.show("listening")
        await expect(self.state).to_have_text("Listening")
        return voice


class Enter(Protocol):
    async def __call__(self, *, records: bool = False, **visitor: Any) -> Room: ...


@asynccontextmanager
async def rooms(folder: Path, new_visitor: NewVisitor, open_tab: OpenTab) -> AsyncIterator[Enter]:
    """Rooms, each with a server of its own; `records`: what is said there is kept."""
    async with AsyncExitStack() as stack:

        async def enter(*, records: bool = False, **visitor: Any) -> Room:
            taker = FakeTaker(records=records)
            web = await stack.enter_async_context(
                serving(folder, calls=taker.calls, speech=Ears(), allowed_origins=("*",))
            )
            visitor.setdefault("permissions", ["microphone"])
            chat = await open_tab(await new_visitor(**visitor), f"{web.base}/")
            # Before the server goes: a page that finds it gone complains.
            stack.push_async_callback(chat.page.close)
            return Room(web, taker, chat)

        yield enter


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


async def heard_on(room: Room) -> None:
    """Returns once more of the microphone has come."""
    known = sum(isinstance(event, Sound) for event in room.taker.events)
    await room.taker.told(known + 5, Sound)


KEEP_TRACKS = """() => {
  window.tracks = [];
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    window.wanted = wanted;
    const stream = await real(wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}"""
"""Keeps the page's microphones in `tracks`, and in `wanted` what was asked for last."""

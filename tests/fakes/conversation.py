"""Holds one conversation with a backend the way the router does: it owns the history, the app is handed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

from trunkline.backend import (
    Again,
    Backend,
    PressButton,
    Rating,
    SendExample,
    SendMessage,
    SendOption,
    TurnInput,
    TurnRequest,
)
from trunkline.messages import (
    AppFile,
    Json,
    Media,
    Message,
    Notice,
    Part,
    Reply,
    Speaker,
    Text,
    replace_media,
    walk,
)

from .blobs import MemoryBlobs

FETCH_LIMIT = 2**20
TURN_SECONDS = 30.0


class Conversation:
    """One conversation. `snapshots` are those of its newest turn, `history` what was committed."""

    def __init__(self, backend: Backend, blobs: MemoryBlobs, name: str) -> None:
        self.backend = backend
        self.history: list[Message] = list(backend.profile.greeting)
        self.settings: dict[str, Json] = {}
        self.speaker: Speaker | None = None
        self.snapshots: list[Reply] = []
        self.name = name
        self.blobs = blobs
        self._shown = asyncio.Condition()

    async def say(self, text: str, *media: Media) -> Reply:
        parts: tuple[Part, ...] = (*media, Text(text)) if text else media
        return await self.run(SendMessage(parts), Message("user", parts))

    async def choose(self, index: int) -> Reply:
        """Press an option of the last message."""
        at = len(self.history) - 1
        option = self.history[at].options[index]
        return await self.run(SendOption(at, index, option.value), _words(option.value))

    async def use_example(self, index: int) -> Reply:
        example = self.backend.profile.examples[index]
        return await self.run(SendExample(index), Message("user", (*example.media, Text(example.text))))

    async def press(self, label: str) -> Reply:
        """Press a button of the app's by its label; the reply is not committed."""
        button = next(button for button in self.backend.profile.buttons if button.label == label)
        return await self._last(PressButton(button.id))

    async def again(self, again: Again) -> Reply:
        """Fire the app's own retry or edit handler; the reply is not committed."""
        return await self._last(again)

    async def rate(self, message: int, value: str) -> None:
        """Rate a message of the history by its index."""
        await self.backend.rate(Rating(self.name, tuple(self.history), message, value, self.settings))

    async def stop(self) -> None:
        await self.backend.stop(self.name)

    async def run(self, asked: TurnInput, said: Message) -> Reply:
        """One turn to its end; a failed one leaves no trace in the history."""
        reply = await self._last(asked)
        if reply.state != "failed":
            self.history += [await self._held(message) for message in (said, *reply.messages)]
        return reply

    async def until(self, text: str) -> Reply:
        """Wait for the turn to show `text`, or to have shown it; the first snapshot that does."""
        return await self.until_holds(lambda reply: text in reply.text)

    async def until_noticed(self, level: str) -> Notice:
        """Wait for the turn to hold a notice of a level, or to have held one; the first."""
        reply = await self.until_holds(lambda reply: any(notice.level == level for notice in reply.notices))
        return next(notice for notice in reply.notices if notice.level == level)

    async def until_holds(self, holds: Callable[[Reply], bool]) -> Reply:
        """Wait for a snapshot of which that is true; the first."""
        async with asyncio.timeout(TURN_SECONDS), self._shown:
            await self._shown.wait_for(lambda: any(map(holds, self.snapshots)))
            return next(filter(holds, self.snapshots))

    async def _last(self, asked: TurnInput) -> Reply:
        request = TurnRequest(self.name, asked, tuple(self.history), dict(self.settings), self.speaker)
        self.snapshots = []
        async with asyncio.timeout(TURN_SECONDS):
            async for reply in self.backend.turn(request):
                async with self._shown:
                    self.snapshots.append(reply)
                    self._shown.notify_all()
        assert self.snapshots, "the turn ended without a snapshot"
        assert [snapshot.running for snapshot in self.snapshots] == _only_the_last_is_not(len(self.snapshots))
        return self.snapshots[-1]

    async def _held(self, message: Message) -> Message:
        """The message with its files fetched, as the store holds it."""
        changed = {media: await self._fetched(media) for media in files(message.parts)}
        return Message(message.role, replace_media(message.parts, changed), message.options, message.speaker)

    async def _fetched(self, media: Media) -> Media:
        assert isinstance(media.source, AppFile)
        fetched = await self.backend.fetch(media.source, FETCH_LIMIT)
        return replace(media, source=self.blobs.add(fetched.data))


def files(parts: Iterable[Part]) -> list[Media]:
    """The media among parts, nested ones included, that lie on the app's server."""
    return [part for part in walk(tuple(parts)) if isinstance(part, Media) and isinstance(part.source, AppFile)]


def parts_of(reply: Reply) -> list[Part]:
    """What the reply is made of, message after message."""
    return [part for message in reply.messages for part in message.parts]


def _words(text: str) -> Message:
    return Message("user", (Text(text),))


def _only_the_last_is_not(count: int) -> list[bool]:
    return [True] * (count - 1) + [False]

"""Streaming on Discord in virtual time: calls for each reply, and how old the text is that people do not see yet.

Three ways under the same limits (5 edits and 5 messages per 5 s and channel, 429 with a time to wait, 120 ms for
a call): ours; an edit for every chunk; an edit every second. Replies of 10 to 90 s at 8 words a second, one and
three at a time in a channel.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from fakes.core import text_reply
from fakes.discord.raw import Answer, Raw, raw_client
from fakes.discord.virtual import Virtual, virtual_discord

LATENCY = 0.12
WORDS_PER_SECOND = 8
ROUNDS: Sequence[Sequence[int]] = ((10,), (30,), (60,), (90,), (20, 45, 75))
"""Seconds of the replies that begin together."""
_LOOK = 0.1
"""Seconds between two looks at what can be read."""
_PAGE = 1900
_LIMITED = 429


class Watched:
    """One reply: its words as they come, and what can be read of it."""

    def __init__(self, place: Virtual, number: int, seconds: int) -> None:
        self.place = place
        self.number = number
        self.words = seconds * WORDS_PER_SECOND
        self.came: list[float] = []
        self.staleness: list[float] = []
        self.ended = asyncio.Event()
        self._grown = asyncio.Event()

    @property
    def text(self) -> str:
        return self.up_to(len(self.came))

    def up_to(self, count: int) -> str:
        """The first words; they tell which reply they are of and which of its words."""
        return " ".join(f"r{self.number}w{word}" for word in range(count))

    async def come(self, tell: Callable[[], None] = lambda: None) -> None:
        for _ in range(self.words):
            await self.place.clock.sleep(1 / WORDS_PER_SECOND)
            self.came.append(self.place.clock.now())
            self._grown.set()
            tell()

    async def grown(self, beyond: int) -> None:
        """Returns once there are more words than that."""
        while len(self.came) <= beyond:
            self._grown.clear()
            await self._grown.wait()

    @property
    def whole(self) -> bool:
        return len(self.came) == self.words

    async def look(self) -> None:
        """Note every so often how long the first word that cannot be read yet has been waiting."""
        clock, history = self.place.clock, self.place.discord.world.history
        word = re.compile(rf"\br{self.number}w(\d+)\b")
        while not self.ended.is_set():
            await clock.sleep(_LOOK)
            if not self.came:
                continue
            contents = (message.content for message in history(self.place.general.id))
            seen = max((int(found) for content in contents for found in word.findall(content)), default=-1)
            late = clock.now() - self.came[seen + 1] if seen + 1 < len(self.came) else 0.0
            self.staleness.append(late)


async def ours(place: Virtual, reply: Watched, raw: Raw) -> None:
    delivery = place.delivery(place.asked())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(delivery.run())
        await reply.come(lambda: delivery.show(text_reply(reply.text, running=True)))
        await delivery.finish(text_reply(reply.text))


class Pages:
    """A reply of one who edits by himself: messages of a page each; a refused call is made again."""

    def __init__(self, place: Virtual, raw: Raw) -> None:
        self._place = place
        self._raw = raw
        self._path = f"/channels/{place.general.id}/messages"
        self._ids: list[str] = []
        self._shown: list[str] = []

    async def show(self, text: str) -> None:
        """Bring the messages to that text."""
        pages = _pages(text)
        while True:
            number = next((n for n, page in enumerate(pages) if self._shown[n : n + 1] != [page]), None)
            if number is None:
                return
            form = {"content": pages[number]}
            if number == len(self._ids):
                answer = await self._call("POST", self._path, form)
            else:
                answer = await self._call("PATCH", f"{self._path}/{self._ids[number]}", form)
            if answer.status == _LIMITED:
                await self._place.clock.sleep(float(answer.body["retry_after"]))
                continue
            self._ids[number : number + 1] = [str(answer.body["id"])]
            self._shown[number : number + 1] = [pages[number]]

    async def _call(self, method: str, path: str, form: dict[str, str]) -> Answer:
        await self._place.clock.sleep(LATENCY / 2)
        async with self._place.under_way.call():
            answer = await self._raw.call(method, path, form)
        await self._place.clock.sleep(LATENCY / 2)
        return answer


def _pages(text: str) -> list[str]:
    pages = [""]
    for word in text.split():
        longer = f"{pages[-1]} {word}".strip()
        if len(longer) > _PAGE:
            pages.append(word)
        else:
            pages[-1] = longer
    return pages


async def per_chunk(place: Virtual, reply: Watched, raw: Raw) -> None:
    """Every chunk is shown, in its turn."""
    pages = Pages(place, raw)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(reply.come())
        for count in range(1, reply.words + 1):
            await reply.grown(count - 1)
            await pages.show(reply.up_to(count))


async def fixed(place: Virtual, reply: Watched, raw: Raw) -> None:
    """The newest text is shown every second, for as long as there is more."""
    pages = Pages(place, raw)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(reply.come())
        await reply.grown(0)
        while not reply.whole:
            await pages.show(reply.text)
            await place.clock.sleep(1.0)
        await pages.show(reply.text)


Strategy = Callable[[Virtual, Watched, Raw], Awaitable[None]]
STRATEGIES: dict[str, Strategy] = {"ours": ours, "per_chunk": per_chunk, "fixed": fixed}


async def _stream(place: Virtual, raw: Raw, strategy: Strategy, replies: Sequence[Watched]) -> None:
    async def one(reply: Watched) -> None:
        try:
            await strategy(place, reply, raw)
        finally:
            reply.ended.set()

    async with asyncio.TaskGroup() as tasks:
        for reply in replies:
            tasks.create_task(one(reply))
            tasks.create_task(reply.look())
    # The next round finds the budgets whole.
    await place.clock.sleep(60.0)


async def run(strategy: str, rounds: Sequence[Sequence[int]] = ROUNDS) -> dict[str, float]:
    """Calls for each reply, and the median and the 95th percentile of the staleness in milliseconds."""
    replies: list[Watched] = []
    with tempfile.TemporaryDirectory() as folder:
        async with virtual_discord(Path(folder)) as place, raw_client(place.discord) as raw:
            place.rest.latency = LATENCY
            for seconds in rounds:
                begun = [Watched(place, len(replies) + n, each) for n, each in enumerate(seconds)]
                replies += begun
                await place.run(asyncio.ensure_future(_stream(place, raw, STRATEGIES[strategy], begun)))
            calls = len(place.discord.calls)
    staleness = sorted(late * 1000 for reply in replies for late in reply.staleness)
    return {
        "calls_per_reply": calls / len(replies),
        "staleness_p50_ms": statistics.median(staleness),
        "staleness_p95_ms": staleness[int(0.95 * (len(staleness) - 1))],
    }


async def measure() -> dict[str, Any]:
    return {
        f"discord.{strategy}.{key}": round(value, 3)
        for strategy in STRATEGIES
        for key, value in (await run(strategy)).items()
    }

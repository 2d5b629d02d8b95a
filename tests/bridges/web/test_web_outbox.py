"""What goes out to one connection: in order, at its own pace, and a snapshot where frames are missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from trunkline.bridge import TurnChange
from trunkline_bridges.web.outbox import Outbox, Snapshot
from trunkline_bridges.web.stream import Key, Stream


@dataclass
class Reader:
    """The other end of a connection. `gate` shut: it reads nothing."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, data: bytes) -> None:
        await self.gate.wait()
        async with self.news:
            self.frames.append(json.loads(data))
            self.news.notify_all()

    async def has(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: len(self.frames) >= count)
        return self.frames


async def snapshot(stream: Stream) -> Snapshot:
    stream.given()
    data = json.dumps({"type": "snapshot", "stream": stream.name, "seq": stream.seq}).encode()
    return Snapshot(data, stream.name, stream.seq)


def say(stream: Stream, turn: int) -> None:
    stream.changed(TurnChange(turn, 7, "removed"), "", 0.0)


@pytest.fixture
def stream() -> Stream:
    made = Stream(Key("demo", "visitor", 7), 0.0, lambda value: value)
    made.given()
    return made


@pytest.fixture
async def reader() -> Reader:
    made = Reader()
    made.gate.set()
    return made


@pytest.fixture
async def outbox(reader: Reader) -> AsyncIterator[Outbox]:
    made = Outbox(reader.send, snapshot)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    made.close()


async def test_an_answer_comes_after_what_the_stream_held_before_it(
    outbox: Outbox, reader: Reader, stream: Stream
) -> None:
    outbox.follow(b'{"type":"snapshot"}', stream, stream.name, 0)
    await reader.has(1)
    reader.gate.clear()
    say(stream, 1)
    outbox.put({"type": "ack"})
    say(stream, 2)
    reader.gate.set()

    assert [frame["type"] for frame in await reader.has(4)] == ["snapshot", "turn", "turn", "ack"]


async def test_a_stream_that_was_renewed_is_shown_anew_however_much_it_holds_by_then(
    outbox: Outbox, reader: Reader, stream: Stream
) -> None:
    say(stream, 1)
    say(stream, 2)
    outbox.follow(b'{"type":"snapshot"}', stream, stream.name, stream.seq)
    await reader.has(1)
    reader.gate.clear()
    stream.renew()
    for turn in range(3, 8):
        say(stream, turn)
    reader.gate.set()
    shown = (await reader.has(2))[1]

    assert (shown["type"], shown["stream"], shown["seq"]) == ("snapshot", stream.name, 5)


async def test_another_stream_takes_the_place_of_the_first(outbox: Outbox, reader: Reader, stream: Stream) -> None:
    other = Stream(Key("demo", "visitor", 8), 0.0, lambda value: value)
    other.given()
    outbox.follow(b'{"type":"snapshot","conversation":7}', stream, stream.name, 0)
    outbox.follow(b'{"type":"snapshot","conversation":8}', other, other.name, 0)
    await reader.has(2)
    say(stream, 1)
    say(other, 2)

    assert [frame["conversation"] for frame in await reader.has(3)] == [7, 8, 8]
    assert not stream.watchers
    outbox.close()
    assert not other.watchers


async def test_requests_wait_while_answers_are_not_read(outbox: Outbox, reader: Reader) -> None:
    reader.gate.clear()
    for number in range(70):
        outbox.put({"type": "ack", "id": str(number)})
    waiting = asyncio.create_task(outbox.room())
    outbox.push(b'{"type":"conversations"}')
    await asyncio.wait((waiting,), timeout=0)
    assert not waiting.done()
    reader.gate.set()
    await asyncio.wait_for(waiting, 10)
    await outbox.room(0)

    assert [frame.get("id") for frame in reader.frames] == [str(number) for number in range(70)]


async def test_what_is_no_longer_followed_is_not_sent_however_slow_the_reader(
    outbox: Outbox, reader: Reader, stream: Stream
) -> None:
    """Another person sits there now: only what was on its way already still arrives."""
    outbox.follow(b'{"type":"resumed"}', stream, stream.name, 0)
    await reader.has(1)
    reader.gate.clear()
    for turn in range(1, 4):
        say(stream, turn)
    await asyncio.sleep(0)
    outbox.follow(
        b'{"type":"snapshot"}', Stream(stream.key._replace(conversation=8), 0.0, lambda value: value), "x", 0
    )
    outbox.put({"type": "ack"})
    outbox.unfollow()
    outbox.put({"type": "welcome"})
    say(stream, 4)
    reader.gate.set()

    frames = await reader.has(4)
    await outbox.room(0)
    assert [frame["type"] for frame in frames] == ["resumed", "turn", "ack", "welcome"]
    assert stream.watchers == ()

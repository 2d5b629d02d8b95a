"""How an utterance is cut and handed over, against a scripted app that takes its time."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.event_server import EventServer
from trunkline.errors import AppRefused, SessionLost
from trunkline.gradio.client import AppClient
from trunkline.gradio.config import AppConfig, parse_config
from trunkline.gradio.files import AppFiles
from trunkline.gradio.graph import find_chat
from trunkline.gradio.session import AppSession
from trunkline.gradio.turn import Values
from trunkline.gradio.utterance import Listening, LiveUtterance, cut, listen_to, wav
from trunkline.messages import Blob, Media
from trunkline.utterance import SendUtterance

RATE = 1_000
EVERY = 0.1
PIECE = 200
"""Bytes of 0.1 s at that rate."""
OFF = {"__type__": "update", "recording": False}


def frames(data: bytes) -> bytes:
    with wave.open(io.BytesIO(data)) as sound:
        return bytes(sound.readframes(sound.getnframes()))


@given(
    st.binary(min_size=1, max_size=2_000),
    st.integers(1, 3),
    st.integers(1, 4),
    st.floats(0.001, 1.0),
)
def test_the_pieces_of_a_clip_are_the_clip(data: bytes, channels: int, width: int, seconds: float) -> None:
    size = channels * width
    pcm = data[: len(data) // size * size] or bytes(size)

    pieces = cut(wav(pcm, RATE, channels=channels, width=width), seconds)

    assert b"".join(map(frames, pieces)) == pcm
    lengths = [len(frames(piece)) for piece in pieces]
    assert set(lengths[:-1]) <= {max(1, int(RATE * seconds)) * size}
    assert 0 < lengths[-1] <= max(1, int(RATE * seconds)) * size


@pytest.mark.parametrize("clip", [b"OggS and more", wav(b"\x00" * 64, RATE)[:40]])
def test_what_is_no_plain_wav_stays_whole(clip: bytes) -> None:
    assert cut(clip, EVERY) == [clip]


@pytest.mark.parametrize("clip", [b"", b"RIFF", b"RIFF\x08\x00\x00\x00WAVEfmt ", wav(b"", RATE)])
def test_a_clip_without_a_sound_is_refused(clip: bytes) -> None:
    with pytest.raises(AppRefused):
        cut(clip, EVERY)


# ---------------------------------------------------------------- against a scripted app


def listening_app(url: str, version: str) -> AppConfig:
    """A microphone that streams, and what answers when it stops."""
    components = [
        {"id": 1, "type": "audio", "props": {}},
        {"id": 2, "type": "chatbot", "props": {"type": "messages"}},
        {"id": 3, "type": "state", "props": {}},
    ]
    listen = {"id": 0, "targets": [[1, "stream"]], "inputs": [1, 3], "outputs": [1, 3], "connection": "stream"}
    answer = {"id": 1, "targets": [[1, "stop_recording"]], "inputs": [3], "outputs": [2, 3]}
    raw = {
        "version": version,
        "components": components,
        "dependencies": [{**listen, "stream_every": EVERY, "time_limit": 30}, answer],
        "layout": {"children": [{"id": 1}, {"id": 2}]},
        "api_prefix": "/gradio_api",
    }
    return parse_config(raw, url)


class Ears:
    """An app that listens, seen from both sides."""

    def __init__(self, server: EventServer, client: AppClient, version: str = "6.31.0") -> None:
        self.server = server
        self.session = AppSession(client)
        self._graph = find_chat(listening_app(server.url, version))
        self._files = AppFiles(client, None)

    async def open(self, ended: asyncio.Event | None = None) -> Listening:
        values = Values(self._graph, self.session)
        return await listen_to(self._graph, self._files, values, ended or asyncio.Event())

    def live(self) -> LiveUtterance:
        return LiveUtterance(self.open, RATE, EVERY)

    def taken(self, microphone: Any = None, event: str = "event1") -> None:
        """The app has looked at a piece."""
        output = {"data": [microphone, None]}
        self.server.send({"msg": "process_streaming", "event_id": event, "success": True, "output": output})

    def over(self, event: str = "event1") -> None:
        output = {"data": [None, None]}
        self.server.send({"msg": "process_completed", "event_id": event, "success": True, "output": output})
        self.server.send({"msg": "close_stream"})

    async def pushed(self) -> str:
        return await asyncio.wait_for(self.server.pushed.get(), 10)

    @property
    def heard(self) -> list[int]:
        return [len(frames(piece)) for piece in self.server.uploads]


@pytest.fixture
async def ears(server: EventServer, client: AppClient) -> AsyncIterator[Ears]:
    made = Ears(server, client)
    yield made
    await made.session.close()


async def test_a_piece_waits_until_the_one_before_was_looked_at(ears: Ears) -> None:
    live = ears.live()
    await live.send(b"a" * PIECE)
    await live.send(b"b" * PIECE + b"c" * 10)
    ears.taken()
    assert await ears.pushed() == "piece event1"
    assert ears.heard == [PIECE, PIECE]
    ending = asyncio.create_task(live.finish())
    ears.taken()
    assert await ears.pushed() == "piece event1"
    ears.taken()
    assert await ears.pushed() == "close event1"
    ears.over()
    await asyncio.wait_for(ending, 10)

    assert [frames(piece)[:1] for piece in ears.server.uploads] == [b"a", b"b", b"c"]
    bodies = [body for _, body in ears.server.bodies]
    assert [body["data"][0]["path"] for body in bodies] == [f"/tmp/upload{n}.wav" for n in (1, 2, 3)]
    assert all(body["data"][0]["is_stream"] for body in bodies)
    assert {body["trigger_id"] for body in bodies} == {1}
    assert live.ended.is_set()
    whole = SendUtterance(Media("audio", Blob("0", 0)), live.id)
    assert await live.heard(SendUtterance(whole.media, "another"), ears.session) is None
    assert await live.heard(whole, ears.session) is not None
    assert await live.heard(whole, ears.session) is None, "a retry has to be heard again"


async def test_an_app_that_lags_gets_what_was_said_meanwhile_as_one_piece(ears: Ears) -> None:
    live = ears.live()
    for _ in range(20):
        await live.send(b"x" * (PIECE // 2))
    ears.taken()
    ending = asyncio.create_task(live.finish())
    assert await ears.pushed() == "close event1"
    ears.over()
    await asyncio.wait_for(ending, 10)

    # All of it was said before the app's page was open.
    assert ears.heard == [10 * PIECE]


async def test_an_app_that_switches_its_microphone_off_hears_no_more(ears: Ears) -> None:
    live = ears.live()
    await live.send(b"a" * PIECE)
    ears.taken(OFF)
    await asyncio.wait_for(live.ended.wait(), 10)
    await live.send(b"b" * PIECE)
    assert await ears.pushed() == "close event1"
    ears.over()
    await asyncio.wait_for(live.finish(), 10)

    assert ears.heard == [PIECE]


async def test_a_step_whose_time_is_over_says_so_late(ears: Ears) -> None:
    """Gradio 5 answers a piece for a step that has ended with 500, and with its end a moment later."""
    ears.server.push_status = 500
    listening = await ears.open()
    ears.taken()
    await listening.hear(wav(b"a" * PIECE, RATE))
    second = asyncio.create_task(listening.hear(wav(b"b" * PIECE, RATE)))
    assert await ears.pushed() == "piece event1"
    ears.over()
    await asyncio.wait_for(second, 10)

    assert listening.ended.is_set()
    assert listening.failed is None


async def test_a_step_that_is_gone_is_a_lost_session(ears: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trunkline.gradio.session._END_SECONDS", 0.01)
    ears.server.push_status = 404
    listening = await ears.open()
    ears.taken()
    await listening.hear(wav(b"a" * PIECE, RATE))

    with pytest.raises(SessionLost):
        await listening.hear(wav(b"b" * PIECE, RATE))
    listening.drop()


async def test_a_stream_that_breaks_is_heard_again_as_a_whole(ears: Ears) -> None:
    live = ears.live()
    await live.send(b"a" * PIECE)
    ears.server.send({"msg": "unexpected_error", "session_not_found": True}, None)
    await asyncio.wait_for(live.ended.wait(), 10)

    assert await live.heard(SendUtterance(Media("audio", Blob("0", 0)), live.id), ears.session) is None


async def test_before_6_31_a_step_is_cancelled_and_never_closed(server: EventServer, client: AppClient) -> None:
    """It would hear the last piece twice."""
    ears = Ears(server, client, "5.49.1")
    listening = await ears.open()
    ears.taken()
    await listening.hear(wav(b"a" * PIECE, RATE))
    await listening.finish()

    assert server.names() == ["join", "cancel"]
    assert server.pushed.empty()
    await ears.session.close()


async def test_who_gives_up_leaves_nothing_running(ears: Ears) -> None:
    live = ears.live()
    await live.send(b"a" * PIECE)
    ears.taken()
    await live.send(b"b" * PIECE)
    assert await ears.pushed() == "piece event1"
    await live.close()
    await live.close()
    await asyncio.wait_for(ears.server.cancelled.wait(), 10)

    assert live.ended.is_set()
    assert not ears.session.busy

"""Recordings of speech that have to go before the words beside them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from fakes.clock import VirtualClock
from fakes.stored import Desk
from trunkline.app import descriptors, open_service
from trunkline.inbound import Heard, Say
from trunkline.messages import Blob, Media, Text
from trunkline.settings import load
from trunkline.store import history, media_rows, recordings
from trunkline.store.records import TurnRecord
from trunkline.store.schema import media

SPOKEN = Media("audio", Blob("a" * 64, 1), "speech.wav", "audio/wav", recording=True)
READ = Media("audio", Blob("b" * 64, 1), "reply.wav", "audio/wav")
CLIP = Media("audio", Blob("c" * 64, 1), "clip.ogg", "audio/ogg")
OLD, NEW = 500.0, 2_000.0


def let_go(conn: Connection) -> set[str]:
    """The files that the next collection takes."""
    return {row.sha256[0] for row in conn.execute(select(media.c.sha256).where(media.c.last_used == 0))}


async def spoken(desk: Desk, text: str = "What is new?") -> TurnRecord:
    """A turn of a call, the question and the reply recorded."""
    for file in (SPOKEN, READ, CLIP):
        assert isinstance(file.source, Blob)
        await desk.store.write(media_rows.touch, file.source.sha256, 1, file.mime, desk.now)
    accepted = await desk.accept(Say((Text(text), SPOKEN)))
    await desk.answer(accepted.turn, "Nothing.")
    await desk.finish(accepted.turn)
    kept = Heard(accepted.turn.id, recording=READ)
    assert await desk.store.write(history.keep_heard, accepted.turn.conversation, kept)
    return await desk.turn(accepted.turn.id)


async def test_recordings_go_and_words_stay(desk: Desk) -> None:
    turn = await spoken(desk)
    assert await recordings.enforce(desk.store, NEW) == 1
    left = await desk.turn(turn.id)
    assert left.command == Say((Text("What is new?"),))
    assert left.reply is not None
    assert [message.parts for message in left.reply.messages] == [(Text("Nothing."),)]
    stored = await desk.store.read(history.history, turn.conversation)
    assert [entry.message.parts for entry in stored] == [(Text("What is new?"),), (Text("Nothing."),)]
    assert await desk.store.read(let_go) == {"a", "b"}
    assert await recordings.enforce(desk.store, NEW) == 0


async def test_newer_ones_and_those_of_open_turns_stay(desk: Desk) -> None:
    turn = await spoken(desk)
    assert await recordings.enforce(desk.store, OLD) == 0
    waiting = (await desk.accept(Say((Text("And now?"), SPOKEN)))).turn
    assert await recordings.enforce(desk.store, NEW) == 1
    assert (await desk.turn(waiting.id)).command == Say((Text("And now?"), SPOKEN))
    assert await desk.store.read(let_go) == {"b"}
    assert (await desk.turn(turn.id)).command == Say((Text("What is new?"),))


async def test_a_voice_message_is_its_transcript_from_then_on(desk: Desk) -> None:
    await desk.store.write(media_rows.touch, "c" * 64, 1, CLIP.mime, desk.now)
    accepted = await desk.accept(Say((CLIP,)))
    asked = (Text("What is new?"), replace(CLIP, recording=True))
    turn = replace(accepted.turn, command=Say(asked))
    await desk.answer(turn, "Nothing.")
    await desk.finish(accepted.turn)
    assert await recordings.enforce(desk.store, NEW) == 1
    assert (await desk.turn(turn.id)).command == Say((Text("What is new?"),))
    assert await desk.store.read(let_go) == {"c"}


async def test_what_is_sent_as_sound_is_no_recording(desk: Desk) -> None:
    accepted = await desk.accept(Say((CLIP,)))
    await desk.answer(accepted.turn, parts=(Text('It says {"recording":true}.'),))
    await desk.finish(accepted.turn)
    assert await recordings.enforce(desk.store, NEW) == 0
    assert (await desk.turn(accepted.turn.id)).command == Say((CLIP,))


async def test_it_goes_on_in_small_steps(desk: Desk) -> None:
    for number in range(5):
        await spoken(desk, str(number))
    assert await recordings.enforce(desk.store, NEW, window=2) == 5


@pytest.mark.parametrize(("days", "left"), [(0, 1), (30, 0), (1_000, 1)])
async def test_housekeeping_keeps_recordings_as_long_as_the_settings_say(
    tmp_path: Path, days: int, left: int
) -> None:
    overrides = {
        "apps": {"default": {"url": "http://127.0.0.1:9"}},
        "store": {"url": str(tmp_path / "a.db")},
        "voice": {"record_days": days},
    }
    clock = VirtualClock()
    settings = load(descriptors(), overrides=overrides, environment={})
    async with open_service(settings, process="p", clock=clock) as service:
        desk = Desk(service.store, now=clock.now())
        kept = await service.media.put(b"sound", mime="audio/wav")
        accepted = await desk.accept(Say((Text("Hi"), replace(SPOKEN, source=kept))))
        await desk.answer(accepted.turn)
        await desk.finish(accepted.turn)
        await clock.advance(100 * 86_400.0)
        keeping = asyncio.create_task(service.keep_house())
        # It goes to rest for an hour once all is done.
        await clock.somebody_sleeps()
        keeping.cancel()
        assert service.media.exists(kept.sha256) == bool(left)

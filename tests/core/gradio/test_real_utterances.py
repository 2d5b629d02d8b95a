"""What is said to real apps aloud, as a clip or while it is said; and what they say, while they say it."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib

import pytest

from fakes.conversation import Conversation
from fakes.fixtures import Connect, Converse, StartApp
from fakes.gradio_apps import Version, call
from fakes.samples import wav
from trunkline.errors import AppRefused, MediaError
from trunkline.gradio import utterance
from trunkline.messages import AppFile, Media, Message, Reply
from trunkline.utterance import SPEECH_RATE, SendUtterance

pytestmark = pytest.mark.apps

LIMIT = 10**6
ADTS = b"\xff\xf1"


def counting(count: int, first: int = 1) -> bytes:
    """Samples of which no two stretches are alike."""
    return b"".join(struct.pack("<h", (first + 7 * n) % 30_000) for n in range(count))


def pieces(pcm: bytes, *lengths: int) -> list[list[int]]:
    """What `spoken_chat` says that it heard, where it heard these many samples at a time."""
    found, at = [], 0
    for length in lengths:
        found.append([length, zlib.crc32(pcm[2 * at : 2 * (at + length)])])
        at += length
    return found


def clip_of(chat: Conversation, pcm: bytes) -> Media:
    return clip(chat, utterance.wav(pcm, SPEECH_RATE))


def clip(chat: Conversation, data: bytes) -> Media:
    return chat.blobs.media(data, "clip.wav", "audio/wav", "audio")


async def utter(chat: Conversation, said: Media, stream: str = "") -> Reply:
    return await chat.run(SendUtterance(said, stream), Message("user", (said,)))


def voice_of(reply: Reply) -> AppFile | None:
    """The sound beside the chat."""
    for artifact in reply.artifacts:
        if artifact.media is not None and isinstance(artifact.media.source, AppFile):
            return artifact.media.source
    return None


async def first_sound(chat: Conversation) -> AppFile:
    """The sound that the running turn names, as soon as it does."""
    found = voice_of(await chat.until_holds(lambda reply: voice_of(reply) is not None))
    assert found is not None
    return found


# ---------------------------------------------------------------- what is said to an app


async def test_a_clip_is_heard_in_pieces_and_nothing_of_it_twice(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("spoken_chat", version)
    chat = await converse(url)
    first, second = counting(19_744), counting(8_000, first=5)

    one = await utter(chat, clip_of(chat, first))
    two = await chat.say("", clip_of(chat, second))

    assert await call(url, "heard") == [*pieces(first, 8_000, 8_000, 3_744), *pieces(second, 8_000)]
    for reply in (one, two):
        assert reply.state == "final"
        (said,) = reply.messages
        (answer,) = said.media
        assert isinstance(answer.source, AppFile)
        assert (await chat.backend.fetch(answer.source, LIMIT)).data == wav(200)
        sound = voice_of(reply)
        assert sound is not None
        assert sound.live


async def test_the_app_ends_an_utterance_itself(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("spoken_chat", version)
    chat = await converse(url)
    said = counting(8_000) + bytes(16_000) + counting(16_000)

    reply = await utter(chat, clip_of(chat, said))

    assert reply.state == "final"
    assert await call(url, "heard") == pieces(said, 8_000, 8_000)


@pytest.mark.parametrize("paused", [False, True], ids=["we end it", "the app ends it"])
async def test_an_utterance_is_heard_while_it_is_said(
    fresh_gradio_app: StartApp, converse: Converse, version: Version, paused: bool
) -> None:
    url = fresh_gradio_app("spoken_chat", version)
    chat = await converse(url)
    said = counting(8_000) + (bytes(16_000) if paused else counting(3_000, first=9))

    stream = await chat.backend.open_utterance(chat.name)
    for start in range(0, len(said), 641):
        await stream.send(said[start : start + 641])
    if paused:
        await asyncio.wait_for(stream.ended.wait(), 30)
        await stream.send(counting(8_000))
    await stream.finish()
    heard = await call(url, "heard")
    reply = await utter(chat, clip_of(chat, said), stream.id)

    assert heard == pieces(said, 8_000, 8_000 if paused else 3_000)
    assert await call(url, "heard") == heard, "what was heard already is not said again"
    assert reply.state == "final"
    assert len(reply.messages) == 1


async def test_an_utterance_that_was_heard_in_a_lost_session_is_heard_again(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("spoken_chat", version)
    chat = await converse(url)
    said = counting(4_000)
    stream = await chat.backend.open_utterance(chat.name)
    await stream.send(said)
    await stream.finish()
    await chat.backend.forget(chat.name)

    reply = await utter(chat, clip_of(chat, said), stream.id)

    assert reply.state == "final"
    assert await call(url, "heard") == pieces(said, 4_000) * 2


async def test_an_utterance_is_given_up(fresh_gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(fresh_gradio_app("spoken_chat", version))
    stream = await chat.backend.open_utterance(chat.name)
    await stream.send(counting(9_000))

    await stream.close()
    reply = await utter(chat, clip_of(chat, counting(2_000)))

    assert stream.ended.is_set()
    assert reply.state == "final"


async def test_words_to_an_app_that_only_listens_are_refused(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("spoken_chat", version))

    with pytest.raises(AppRefused, match="cannot read"):
        await chat.say("hello")
    with pytest.raises(AppRefused, match="no sound"):
        await utter(chat, clip_of(chat, b""))


async def test_what_an_app_hears_and_speaks_is_in_its_profile(
    gradio_app: StartApp, connect: Connect, version: Version
) -> None:
    profile = (await connect(gradio_app("spoken_chat", version))).profile
    accepts, voice = profile.accepts, profile.voice

    assert (accepts.text, accepts.speech, accepts.microphone, accepts.file_types) == (
        False,
        True,
        True,
        ("audio",),
    )
    assert (voice.stream_every, voice.time_limit) == (0.5, 30)
    assert (voice.speaks, voice.live) == (("Output Audio",), True)
    assert [button.effect for button in profile.buttons] == ["stop"]


@pytest.mark.parametrize("by", ["stop_recording", "change", "button", "reading"])
async def test_a_recording_is_the_message(
    gradio_app: StartApp, converse: Converse, version: Version, by: str
) -> None:
    chat = await converse(gradio_app("heard_whole", version, by=by))
    said = clip(chat, wav(1100))

    replies = [await utter(chat, said), await chat.say("", said)]

    assert chat.backend.profile.accepts.speech
    assert chat.backend.profile.history == "injected"
    assert chat.backend.profile.voice.stream_every is None
    for reply in replies:
        assert reply.text.startswith("Heard 1100 ms in a .wav file")
    with pytest.raises(AppRefused):
        await chat.backend.open_utterance(chat.name)


async def test_a_microphone_beside_a_box(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("spoken_or_written", version))
    said = clip_of(chat, counting(8_000))

    heard = [(await utter(chat, said)).text, (await chat.say("", said)).text]
    read = (await chat.say("hello")).text

    assert heard == ["8000 samples in 3 pieces"] * 2
    assert read == "Read hello"
    assert chat.backend.profile.history == "injected"
    assert (chat.backend.profile.accepts.text, chat.backend.profile.accepts.speech) == (True, True)


async def test_a_chat_interface_takes_an_utterance_as_a_file(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("voice_notes", version))

    reply = await utter(chat, clip(chat, wav(500)))

    assert "audio True" in reply.text
    assert not chat.backend.profile.accepts.speech


@pytest.mark.parametrize(("at", "words"), [("listening", "My ears hurt"), ("answering", "I am speechless")])
async def test_an_app_that_fails_to_listen_or_to_answer(
    gradio_app: StartApp, converse: Converse, version: Version, at: str, words: str
) -> None:
    chat = await converse(gradio_app("deaf_chat", version, at=at))

    for _ in range(2):
        reply = await utter(chat, clip_of(chat, counting(16_000)))
        assert (reply.state, reply.error) == ("failed", words)


async def test_an_app_that_fails_while_somebody_speaks(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("deaf_chat", version, at="listening"))
    said = counting(16_000)
    stream = await chat.backend.open_utterance(chat.name)

    await stream.send(said)
    await asyncio.wait_for(stream.ended.wait(), 30)
    reply = await utter(chat, clip_of(chat, said), stream.id)

    assert (reply.state, reply.error) == ("failed", "My ears hurt")


# ---------------------------------------------------------------- what an app says


@pytest.mark.parametrize("form", ["wav", "mp3"])
async def test_a_sound_is_heard_while_it_is_made(
    fresh_gradio_app: StartApp, converse: Converse, version: Version, form: str
) -> None:
    url = fresh_gradio_app("talking_chat", version)
    chat = await converse(url)
    turn = asyncio.create_task(chat.say(form))
    sound = await first_sound(chat)
    heard = chat.backend.listen(sound, LIMIT)

    # Gradio 6 may hand out the sound of a piece with the next piece only.
    coming, opened = asyncio.ensure_future(anext(heard)), 0
    while not coming.done() and opened < 2:
        assert await call(url, "reached")
        await call(url, "open")
        opened += 1
    first = await asyncio.wait_for(coming, 20)
    assert not turn.done()
    for _ in range(opened, 3):
        await call(url, "open")
    whole = [first, *[piece async for piece in heard]]
    reply = await turn
    kept = await chat.backend.fetch(sound, LIMIT)

    assert reply.text == "Piece 3"
    assert voice_of(reply) == sound
    assert len(whole) >= 2
    assert first.startswith(ADTS)
    assert 2.5 < seconds_of(b"".join(whole)) < 3.6
    assert (kept.mime, kept.name) == ("audio/aac", "sound.aac")
    assert kept.data == b"".join(whole)


@pytest.mark.parametrize("how", ["it fails", "it is stopped"])
async def test_a_sound_ends_with_the_turn_that_makes_it(
    fresh_gradio_app: StartApp, converse: Converse, version: Version, how: str
) -> None:
    url = fresh_gradio_app("talking_chat", version)
    chat = await converse(url)
    turn = asyncio.create_task(chat.say("stumble"))
    heard = chat.backend.listen(await first_sound(chat), LIMIT)

    await call(url, "open")
    assert (await asyncio.wait_for(anext(heard), 20)).startswith(ADTS)
    if how == "it fails":
        await call(url, "open")
    else:
        await chat.stop()
    async with asyncio.timeout(30):
        rest = [piece async for piece in heard]
    reply = await turn
    await call(url, "open")

    assert len(rest) <= 2
    expected = ("failed", "Lost for words") if how == "it fails" else ("stopped", "")
    assert (reply.state, reply.error) == expected


async def test_sounds_that_cannot_be_listened_to(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("live_sound", version))
    sound = voice_of(await chat.say("speak"))
    assert sound is not None

    with pytest.raises(MediaError, match="larger"):
        await anext(chat.backend.listen(sound, 100))
    with pytest.raises(MediaError, match="no longer"):
        await anext(chat.backend.listen(AppFile("none/1/3/playlist.m3u8", live=True), LIMIT))


async def test_a_whole_sound_can_be_listened_to_as_well(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("heard_whole", version, by="stop_recording"))
    sound = voice_of(await utter(chat, clip(chat, wav(300))))
    assert sound is not None

    assert [piece async for piece in chat.backend.listen(sound, LIMIT)] == [wav()]


async def test_an_answer_that_is_no_sound(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("broken_sound", version))
    whole = await chat.say("", clip(chat, wav(300)))
    live = await converse(gradio_app("broken_sound", version, live="1"))
    failed = await live.say("", clip(live, wav(300)))

    sound = voice_of(whole)
    assert whole.text == "Listen:"
    assert sound is not None
    assert (await chat.backend.fetch(sound, LIMIT)).data.startswith(b"this is no sound")
    assert (failed.state, bool(failed.error)) == ("failed", True)


def seconds_of(data: bytes) -> float:
    """How long a sound is, decoded."""
    av = pytest.importorskip("av")
    with av.open(io.BytesIO(data)) as container:
        return float(sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0)))

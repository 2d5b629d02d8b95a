"""Sound itself: apps that hear, apps that speak, recordings, and how soon a reply begins."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import Any

import numpy as np
import pytest

from fakes.backend import reply
from fakes.calls import FakeCall
from fakes.clock import settle
from fakes.tones import encoded
from trunkline.audio.codecs import wav
from trunkline.backend import Abilities, Accepts
from trunkline.errors import AppUnreachable
from trunkline.inbound import Choose, Edit, Heard, Say, Stop
from trunkline.messages import AppFile, Blob, Media, Text
from trunkline.utterance import Voice
from trunkline_bridges.voice.earcons import earcon

CLIPS = {"accepts": Accepts(files=True, file_types=("audio",))}
LISTENS = {
    "accepts": Accepts(text=False, speech=True),
    "voice": Voice(stream_every=0.5, speaks=("Reply",), live=True),
}


def seconds_of(file: bytes) -> float:
    with wave.open(io.BytesIO(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth(), opened.getframerate()) == (1, 2, 16_000)
        return float(opened.getnframes() / opened.getframerate())


async def kept(phone: Any, media: Any) -> bytes:
    assert isinstance(media.source, Blob)
    return bytes(await phone.core.media.read(media.source.sha256))


async def test_an_app_that_takes_clips_is_sent_what_was_said(ring: Any) -> None:
    phone = await ring(profile=CLIPS)
    await phone.say("This is long enough to be no word that stops.", seconds=3.0)
    ((media,),) = [event.command.parts for event in phone.commands(Say)]
    assert (media.kind, media.mime, media.recording) == ("audio", "audio/wav", False)
    assert 3.0 <= seconds_of(await kept(phone, media)) <= 4.5
    assert not phone.speech.heard
    assert phone.call.asked[-1] == ("ann", "", media)


async def test_it_is_stopped_by_a_word_all_the_same(ring: Any) -> None:
    phone = await ring(profile=CLIPS)
    await phone.say("Stop.", seconds=0.5)
    assert phone.call.state == "stopped"
    await phone.call.press("start")
    await phone.say("Hello.", seconds=0.5)
    ((media,),) = [event.command.parts for event in phone.commands(Say)]
    assert not media.recording
    assert phone.call.asked[-1][1] == "Hello.", "who knows the words shows them"


async def test_what_is_added_to_a_clip_makes_one_clip(ring: Any) -> None:
    phone = await ring(profile=CLIPS)
    await phone.say("The first half of a question.", seconds=3.0)
    phone.speech.words.clear()
    first = phone.turn.id
    await phone.say("The second half.", seconds=3.0)
    command = await phone.asked(Edit)
    assert command.turn == first
    (media,) = command.parts
    assert 6.0 <= seconds_of(await kept(phone, media)) <= 9.0


async def test_an_app_that_listens_hears_the_utterance_while_it_is_said(ring: Any) -> None:
    phone = await ring(profile=LISTENS)
    await phone.call.speak(0.5)
    (heard,) = phone.core.app.utterances
    first = len(heard.pcm)
    assert first > 0
    await phone.call.speak(2.5)
    assert len(heard.pcm) > first + 2 * 32_000
    assert heard.state == "open"
    await phone.call.wait(1.0)
    assert heard.state == "finished"
    ((media,),) = [event.command.parts for event in phone.commands(Say)]
    assert phone.commands(Say)[0].command.stream == heard.id
    file = await kept(phone, media)
    assert bytes(heard.pcm) == file[-len(heard.pcm) :], "the same sound, from the pre-roll on"
    assert len(heard.pcm) == round(seconds_of(file) * 32_000)


async def test_an_app_that_has_heard_enough_ends_the_utterance(ring: Any) -> None:
    phone = await ring(profile=LISTENS)
    await phone.call.speak(3.0)
    phone.core.app.utterances[0].ended.set()
    await phone.call.speak(0.1)
    assert len(phone.commands(Say)) == 1
    assert phone.call.state == "thinking"


async def test_an_utterance_that_counts_for_nothing_is_given_up(ring: Any) -> None:
    phone = await ring(profile=LISTENS)
    await phone.call.speak(0.5)
    await phone.call.press("stop")
    assert phone.core.app.utterances[0].state == "closed"
    await phone.call.press("start")
    await phone.call.speak(0.5)
    await phone.call.go("ann")
    assert phone.core.app.utterances[1].state == "closed"
    await phone.call.join("ann")
    await phone.say("Stop.", seconds=0.5)
    assert phone.core.app.utterances[2].state == "closed"


async def test_an_app_that_fails_to_listen_is_sent_the_clip(ring: Any) -> None:
    phone = await ring(profile=LISTENS)
    phone.core.app.refuses = AppUnreachable("Nobody there.")
    await phone.say("What?", seconds=3.0)
    (event,) = phone.commands(Say)
    assert event.command.stream == ""
    assert len(event.command.parts) == 1


@pytest.mark.parametrize(("container", "codec"), [("mp3", "mp3"), ("adts", "aac")])
async def test_an_apps_own_sound_is_heard_from_its_first_piece(ring: Any, container: str, codec: str) -> None:
    phone = await ring(profile=LISTENS)
    await phone.say("Sing.", seconds=3.0)
    sound, more = encoded(2.0, container, codec), asyncio.Event()
    cut = len(sound) // 2
    phone.core.app.sounds["/live.m3u8"] = [sound[:cut], more, sound[cut:]]
    song = Media("audio", AppFile("/live.m3u8", live=True))
    running = reply(song, "La la.", state="running")
    phone.turn.show(running)
    await settle(60)
    assert phone.call.pieces, "nothing more had to come"
    await phone.call.wait(0.5)
    assert phone.call.state == "speaking"
    more.set()
    await phone.call.wait(0.1)
    blob = Blob("0" * 64, len(sound))
    await phone.answer(reply(Media("audio", blob), "La la."))
    assert not phone.speech.spoken, "what speaks itself is not read out"
    assert abs(len(phone.call.heard) / phone.call.rate - 2.0) < 0.1
    assert phone.call.state == "listening"


async def test_an_interrupted_song_is_kept_as_far_as_it_was_heard(ring: Any) -> None:
    phone = await ring(profile=CLIPS)
    await phone.say("Sing.", seconds=3.0)
    phone.core.app.sounds["/live"] = [wav(np.full(5 * 16_000, 1_000, np.int16), 16_000)]
    phone.turn.show(reply(Media("audio", AppFile("/live", live=True)), state="running"))
    await phone.call.wait(1.0)
    await phone.call.press("interrupt")
    stop, heard = (event.command for event in phone.core.events[-2:])
    assert stop == Stop(phone.turn.id)
    assert heard.text is None
    assert 900 <= heard.ms <= 1_020


async def test_options_of_an_app_that_speaks_are_still_read_out(ring: Any) -> None:
    phone = await ring(profile=CLIPS)
    await phone.say("Sing.", seconds=3.0)
    file = wav(np.full(1_600, 1_000, np.int16), 16_000)
    blob = await phone.core.media.put(file, mime="audio/wav", name="song.wav", limit=2**20)
    await phone.answer(reply(Media("audio", blob), "Once more?", options=("Yes", "No")))
    offered = phone.turn.id
    phone.speech.words.clear()
    assert [text for text, _ in phone.speech.spoken] == ["One: Yes.", "Two: No."]
    await phone.say("No.", seconds=3.0)
    assert phone.core.events[-1].command == Choose(1, offered)


async def test_what_is_said_and_read_is_kept_where_it_is_wanted(ring: Any) -> None:
    phone = await ring(record=True)
    await phone.say("What is new?")
    text, recording = phone.commands(Say)[0].command.parts
    assert text == Text("What is new?")
    assert recording.recording
    assert 1.0 <= seconds_of(await kept(phone, recording)) <= 2.3
    await phone.answer("One two three. Four five.")
    await phone.call.wait(0.1)
    heard = await phone.asked(Heard)
    assert (heard.turn, heard.text, heard.ms) == (phone.turn.id, None, None)
    assert abs(seconds_of(await kept(phone, heard.recording)) - 0.5) < 0.02


async def test_of_an_interrupted_reply_only_what_was_heard_is_kept(ring: Any) -> None:
    phone = await ring(record=True)
    await phone.say("Count.")
    await phone.finish("One two three four five six seven eight nine ten.")
    await phone.call.wait(0.4)
    await phone.call.press("interrupt")
    heard = await phone.asked(Heard)
    assert heard.text == "One two three four"
    assert abs(seconds_of(await kept(phone, heard.recording)) - 0.4) < 0.04


async def test_nothing_is_kept_while_somebody_does_not_consent(ring: Any) -> None:
    phone = await ring(record=True)
    await phone.call.join("bob", consents=False)
    await phone.say("What is new?")
    assert phone.commands(Say)[0].command.parts == (Text("What is new?"),)
    await phone.answer("Nothing.")
    await phone.call.wait(0.1)
    assert not phone.commands(Heard)
    assert phone.core.media.puts == 0


async def test_joined_questions_keep_both_recordings_as_one(ring: Any) -> None:
    phone = await ring(record=True, profile={"abilities": Abilities(edit=False)})
    await phone.say("What is the weather?")
    await phone.say("In Rome.")
    text, recording = (await phone.asked(Say, 2)).parts
    assert text == Text("What is the weather? In Rome.")
    assert 2.0 <= seconds_of(await kept(phone, recording)) <= 4.6


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 2), (24_000, 1), (16_000, 1), (44_100, 2)])
async def test_every_transport_gets_its_rate_and_channels(ring: Any, rate: int, channels: int) -> None:
    def shape(call: FakeCall) -> None:
        call.rate, call.channels = rate, channels

    phone = await ring(call=shape, earcons=True)
    before = len(phone.call.pieces)
    await phone.say("Hello.")
    await phone.answer("One two three four.")
    assert before, "a tone said that it listens"
    sound = np.concatenate([piece.pcm for piece in phone.call.pieces[before:]])
    assert sound.shape[1] == channels
    assert abs(len(sound) / rate - 0.4) < 0.01
    assert sound.max() >= 300, "words of three to five letters are tones of that loudness"


async def test_only_so_much_is_made_ahead(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    await phone.finish(" ".join(f"Word{number} and one." for number in range(100)))
    await phone.call.wait(1.0)
    assert len(phone.speech.spoken) < 20
    await phone.call.press("interrupt")
    assert len(phone.speech.spoken) < 20


@pytest.mark.parametrize("tone", ["listening", "thinking", "failed", "stopped"])
def test_earcons_are_short_soft_and_begin_and_end_in_silence(tone: Any) -> None:
    sound = earcon(tone, 48_000)
    assert sound.dtype == np.int16
    assert 0.05 <= len(sound) / 48_000 <= 0.3
    assert 1_000 <= abs(sound.astype(int)).max() <= 6_000
    assert abs(sound[:10].astype(int)).max() < 150 > abs(sound[-10:].astype(int)).max()

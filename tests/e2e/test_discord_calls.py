"""Calls in Discord's voice channels with real apps: asked aloud, answered aloud, interrupted."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from e2e.discord_room import Room, read
from e2e.voice_channel import ASKED, WITHIN_S, Lounge, goodbye, grammar, lounge_with, number_one, question, spoken
from fakes.discord.people import shown_files
from fakes.fixtures import StartApp
from fakes.gradio_apps import Version, call
from trunkline.audio.codecs import wav
from trunkline.words import words

pytestmark = [pytest.mark.apps]


def told(seconds: float, who: str) -> None:
    print(f"\ndiscord, {who}: end of speech to first packet {seconds * 1000:.0f} ms")


async def test_a_text_app_is_asked_and_answers_aloud_beside_what_is_written(
    gradio_app: StartApp, tmp_path: Path
) -> None:
    speech, voice = (
        {"to_text": grammar(tmp_path, "goodbye"), "from_text": "espeak", "speed": 2.0},
        {"record": True},
    )
    async with lounge_with(gradio_app("failing"), tmp_path, speech=speech, voice=voice) as room:
        await room.calls()
        told(await room.is_answered(await room.says(question())), "text app")
        answer = await room.answered(ASKED, room.lounge)
        assert f"**Ada**: {ASKED}" in read(answer)
        await room.until(lambda: [one for one in room.ours(room.lounge) if shown_files(one)] or None)
        await room.falls_silent()

        began = time.time()
        room.ada.post(room.lounge, f"{room.bot} what was said")
        await room.answered(f"user: {ASKED} | assistant: {ASKED} | what was said", room.lounge)
        await room.is_answered(began)
        await room.falls_silent()

        await room.panel("Listening")
        began = await room.says(goodbye())
        await room.answered("The model is out of tokens.", room.lounge)
        await room.is_answered(began)
        await room.panel("Listening")


async def test_who_speaks_interrupts_and_the_history_keeps_what_was_heard(
    gradio_app: StartApp, tmp_path: Path
) -> None:
    speech = {"to_text": grammar(tmp_path, "what was said"), "from_text": "espeak", "speed": 0.3}
    async with lounge_with(gradio_app("failing"), tmp_path, speech=speech) as room:
        await room.calls()
        await room.is_answered(await room.says(question()))
        late = await room.interrupts(spoken("what was said"))
        print(f"\ndiscord: last packet {late * 1000:.0f} ms after 250 ms of speech")
        assert late <= WITHIN_S
        answer = read(await room.answered("what was said", room.lounge))
        heard = answer.split("assistant: ")[1].split(" | ")[0]
        assert ASKED.startswith(heard.removesuffix("…").strip())
        assert heard != ASKED
        await room.is_answered(time.time())
        await room.told(room.ada.slash(room.lounge, "stop"))
        await room.panel("Stopped")


async def test_the_conversational_guide_is_talked_to(
    fresh_gradio_app: StartApp, tmp_path: Path, version: Version
) -> None:
    app = fresh_gradio_app("spoken_chat", version)
    async with lounge_with(app, tmp_path, voice={"earcons": False}) as room:
        await room.calls()
        told(await room.is_answered(await room.says(question()), packets=8), f"guide on Gradio {version}")
        heard = sum(length for length, _ in await call(app, "heard"))
        assert heard >= 16_000, "more than a second reached the app while it was said"
        await room.until(lambda: _named(room, "speech.wav") and _named(room, "said0"))
        await room.falls_silent()
        await room.is_answered(await room.says(spoken("what was said")), packets=8)
        await room.until(lambda: _named(room, "said2"))


def _named(room: Room, name: str) -> bool:
    assert isinstance(room, Lounge)
    return any(name in file for one in room.ours(room.lounge) for file in shown_files(one))


async def test_a_reply_is_played_while_the_app_still_makes_it(fresh_gradio_app: StartApp, tmp_path: Path) -> None:
    app = fresh_gradio_app("talking_chat")
    async with lounge_with(app, tmp_path, speech={"to_text": grammar(tmp_path, "stop talking")}) as room:
        await room.calls()
        ended = await room.says(question())
        # A piece is handed out with a later one: the first for certain with the third, at which the app waits.
        for _ in range(2):
            assert await call(app, "reached")
            await call(app, "open")
        assert await call(app, "reached")
        told(await room.is_answered(ended, packets=20), "app that speaks")
        await room.says(spoken("stop talking"))
        await room.panel("Stopped")
        assert len(room.reply(ended)) < 50 * 1.7, "what followed its first second was cut off"
        await call(app, "open")


async def test_options_are_read_out_and_chosen_by_voice(gradio_app: StartApp, tmp_path: Path) -> None:
    speech = {"to_text": grammar(tmp_path, "one"), "from_text": "espeak", "speed": 3.0}
    async with lounge_with(gradio_app("preset_answers"), tmp_path, speech=speech) as room:
        await room.calls()
        await room.is_answered(await room.says(question()))
        await room.falls_silent()
        await room.says(number_one())
        await room.answered("Great! (user: go forward", room.lounge)


async def test_thoughts_are_posted_and_not_read_out(gradio_app: StartApp, tmp_path: Path) -> None:
    speech = {"to_text": grammar(tmp_path), "from_text": f"{gradio_app('speaks_text')}#/speak"}
    voice = {"earcons": False}
    async with lounge_with(gradio_app("thinking_chat"), tmp_path, speech=speech, voice=voice) as room:
        await room.calls()
        ended = await room.says(spoken(ASKED))
        await room.shows("Thinking step by step", room.lounge)
        answer = f"My answer to {ASKED}, after 0."
        await room.answered(answer, room.lounge)
        await room.is_answered(ended)
        await room.falls_silent()
        seconds = len(room.heard.since(ended)) * 0.02
        assert seconds == pytest.approx(0.2 * len(answer.split()), abs=0.15)


async def test_without_speech_recognition_a_text_app_cannot_be_called(
    gradio_app: StartApp, tmp_path: Path
) -> None:
    async with lounge_with(gradio_app("typing_echo"), tmp_path) as room:
        room.voice.join(room.ada, room.lounge)
        await room.told(room.ada.slash(room.lounge, "join"))
        await room.shows(words("call_deaf"), room.lounge)
        await room.panel("The call has ended")


async def test_a_voice_message_is_transcribed_for_a_text_app(gradio_app: StartApp, tmp_path: Path) -> None:
    async with lounge_with(gradio_app("typing_echo"), tmp_path, speech={"to_text": grammar(tmp_path)}) as room:
        rate, pcm = question()
        room.ada.speak(room.ada.dm, wav(pcm, rate))
        await room.answered(f"You typed: {ASKED}", room.ada.dm)

"""What needs no call: what of a reply is heard, what the settings take, what a question is made of."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fakes.backend import profile, reply
from fakes.core import text_reply
from trunkline.bridge import View
from trunkline.messages import (
    AppFile,
    Artifact,
    Blob,
    Inline,
    Link,
    Media,
    Message,
    Option,
    Reply,
    Source,
    Text,
    Thought,
)
from trunkline.utterance import Voice
from trunkline_bridges.voice.options import VoiceOptions
from trunkline_bridges.voice.parse import Question, Spoken, call_of, spoken
from trunkline_bridges.voice.render import render

VIEW = View(profile(), 7, {"call": "call-1"})
SPEAKS = replace(VIEW, profile=replace(VIEW.profile, voice=Voice(speaks=("Reply",))))
BLOB = Blob("0" * 64, 9)


def heard(shown: Reply, view: View = VIEW) -> Spoken:
    """What is heard of a reply, as the call reads it."""
    (post,) = render(shown, view, (), 0.0)
    return spoken(post.body)


def sound(source: Source | None, **more: object) -> Media:
    return Media("audio", source, **more)  # type: ignore[arg-type]


def test_sentences_are_read_and_options_follow() -> None:
    assert heard(reply("Tea? Or coffee.", options=("Tea", "Coffee"))) == Spoken(
        7, "final", ("Tea?", "Or coffee.", "One: Tea.", "Two: Coffee."), (), (Option("Tea"), Option("Coffee"))
    )


def test_thoughts_and_code_are_not_read() -> None:
    shown = Reply(
        (Message("assistant", (Thought("Thinking", (Text("hmm"),)), Text("Look:\n\n```\nx = 1\n```\nDone."))),),
        state="final",
    )
    assert heard(shown).sentences == ("Look:", "The code is in the chat.", "Done.")


def test_a_running_reply_is_read_as_far_as_it_is_sure() -> None:
    assert heard(text_reply("One. Tw", running=True)).sentences == ("One.",)
    assert heard(text_reply("One. Tw", running=True)).running


@given(st.text(alphabet="abc .,!?\n#*`-|1", max_size=200), st.data())
def test_more_text_only_adds_sentences(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    before = heard(text_reply(text[:cut], running=True)).sentences
    assert heard(text_reply(text, running=True)).sentences[: len(before)] == before
    assert heard(text_reply(text)).sentences[: len(before)] == before


def test_an_app_that_speaks_is_not_read_out_but_for_options_and_failures() -> None:
    song = sound(BLOB)
    assert heard(reply(song, "La la.", options=("More",))).sentences == ("One: More.",)
    assert heard(reply(song, "La la.")).sounds == (BLOB,)
    assert heard(reply("La la.", state="running"), SPEAKS).sentences == ()
    assert heard(reply("La la."), SPEAKS).sentences == ("La la.",), "it did not speak this time"
    assert heard(reply(song, "La.", state="failed", error="No voice."), SPEAKS).sentences == ("No voice.",)


def test_a_sound_beside_the_chat_is_played_too() -> None:
    shown = replace(
        reply("La la."), artifacts=(Artifact("media", "Reply", media=sound(AppFile("/a", live=True))),)
    )
    assert heard(shown).sounds == (AppFile("/a", live=True),)
    assert heard(shown).sentences == ()


@pytest.mark.parametrize(
    ("source", "running", "played"),
    [
        (AppFile("/a", live=True), True, True),
        (AppFile("/a"), True, False),
        (BLOB, True, True),
        (BLOB, False, True),
        (Inline(b"x"), True, False),
        (Link("https://elsewhere.test/a.mp3"), False, False),
        (None, False, False),
    ],
)
def test_what_may_still_change_waits(source: Source | None, running: bool, played: bool) -> None:
    shown = heard(reply(sound(source), sound(BLOB), state="running" if running else "final"))
    assert (shown.sounds[:1] == (source,)) is played
    assert shown.sounds[-1:] == (() if running and not played else (BLOB,)), "nothing overtakes it"


def test_recordings_and_pictures_are_no_sounds_of_the_apps() -> None:
    shown = heard(reply("Hi.", sound(BLOB, recording=True), Media("image", BLOB)))
    assert shown.sounds == ()
    assert shown.sentences == ("Hi.", "A picture is in the chat.")


def test_of_a_chat_begun_anew_only_the_answer_is_heard() -> None:
    old, song = Message("assistant", (sound(Blob("1" * 64, 1)),)), Message("assistant", (sound(BLOB),))
    shown = Reply((old, Message("user", (Text("again"),)), song), state="final", anew=True)
    assert heard(shown).sounds == (BLOB,)


def test_options_are_counted_in_the_calls_language() -> None:
    german = replace(VIEW, target={"call": "call-1", "language": "de"})
    assert heard(reply("Na?", options=("Tee",)), german).sentences[-1] == "Eins: Tee."


def test_the_call_of_a_delivery() -> None:
    assert call_of({"call": "a"}) == "a"
    assert call_of({}) == call_of({"call": 3}) == ""


def test_a_question_is_its_words_with_their_recording_or_the_sound_itself() -> None:
    speaker, clip = Message("user", ()).speaker, sound(BLOB)
    asked = Question(speaker, "Hi", sound=clip)  # type: ignore[arg-type]
    assert asked.parts == (Text("Hi"), replace(clip, recording=True))
    assert replace(asked, text="").parts == (clip,)
    assert replace(asked, sound=None).parts == (Text("Hi"),)


@pytest.mark.parametrize(
    "settings",
    [
        {"threshold": 0.3, "leave": 0.4},
        {"turn_taking": "wake", "wake_words": ()},
        {"end_of_turn": "smart-turn"},
        {"end_ms": 0},
        {"cap_s": 0},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        VoiceOptions.model_validate(settings)


def test_what_draws_a_reply_needs_no_package_for_sound() -> None:
    code = (
        "import sys; from trunkline_bridges.voice import descriptor; "
        "print([m for m in ('numpy', 'av', 'pydub') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

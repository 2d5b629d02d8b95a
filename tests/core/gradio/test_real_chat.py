"""Real ChatInterface apps: what is said, in which history, and what comes back."""

from __future__ import annotations

import itertools
import json

import pytest

from fakes.blobs import MemoryBlobs
from fakes.conversation import parts_of
from fakes.fixtures import Connect, Converse, StartApp
from fakes.gradio_apps import Version, call
from fakes.samples import BLUE, GREEN, png, wav
from trunkline.messages import AppFile, Media, Message, Option, Speaker, Text, Thought

pytestmark = pytest.mark.apps


async def test_a_function_that_returns_text(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("yes_or_no", version))

    reply = await chat.say("even")

    assert reply.messages == (Message("assistant", (Text("Yes"),)),)
    assert reply.state == "final"
    assert reply.notices == ()
    assert (await chat.say("odd")).text == "No"


async def test_the_function_sees_our_history(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("agreeing", version))

    replies = [(await chat.say(text)).text for text in ("tea is good", "coffee too", "and water")]

    assert replies == ["Yes, I do think that: tea is good", "I don't think so", "Yes, I do think that: and water"]


async def test_streamed_snapshots_grow_to_the_whole(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("typing_echo", version))

    reply = await chat.say("good morning")

    texts = [snapshot.text for snapshot in chat.snapshots if snapshot.text]
    assert reply.text == "You typed: good morning"
    assert len(set(texts)) > 1
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))


async def test_two_conversations_share_nothing(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    url = gradio_app("memory", version)
    ann, bob = await converse(url), await converse(url)
    await ann.say("I am Ann")
    await bob.say("I am Bob")

    assert (await ann.say("who?")).text == "user: I am Ann | assistant: now: I am Ann | now: who?"
    assert (await bob.say("who?")).text == "user: I am Bob | assistant: now: I am Bob | now: who?"


async def test_the_app_is_asked_with_the_history_of_the_request_alone(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("memory", version))
    await chat.say("one")
    await chat.say("two")
    kept = chat.history[:2]

    chat.history = list(kept)
    undone = await chat.say("three")
    chat.history = []
    cleared = await chat.say("four")
    chat.history = [*kept, Message("user", (Text("never sent"),)), Message("assistant", (Text("Forked"),))]
    forked = await chat.say("five")

    assert undone.text == "user: one | assistant: now: one | now: three"
    assert cleared.text == "now: four"
    assert forked.text == ("user: one | assistant: now: one | user: never sent | assistant: Forked | now: five")


async def test_one_reply_of_several_messages(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("several_messages", version))

    reply = await chat.say("go")

    words, thought, picture, file, question = parts_of(reply)
    assert words == Text("First, words.")
    assert thought == Thought("Thinking", (Text("Then a picture."),))
    assert isinstance(picture, Media)
    assert (picture.kind, picture.mime, picture.name) == ("image", "image/png", "blue.png")
    assert isinstance(file, Media)
    assert (file.kind, file.mime, file.name) == ("file", "text/plain", "notes.txt")
    assert question == Text("Anything else?")
    assert reply.options == (Option("no"),)


async def test_a_reply_of_several_messages_goes_back_as_history(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("several_messages", version))
    await chat.say("go")

    lines = (await chat.say("history")).text.split(" | ")

    assert lines[:3] == [
        "user: go",
        "assistant: First, words.",
        "assistant (Thinking): Then a picture.",
    ]
    assert lines[3] in {"assistant: <image>", "assistant: <file blue.png>"}
    assert lines[4:] == ["assistant: <file notes.txt>", "assistant: Anything else?"]


async def test_options_are_offered_and_chosen(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("preset_answers", version))

    offered = await chat.say("write it")
    chosen = await chat.choose(0)

    assert offered.options == (Option("Yes, that is correct.", "Yes"), Option("No"))
    assert offered.text == "Here is the code I wrote. Is it correct?"
    assert chosen.text == "Great! (user: write it | assistant: Here is the code I wrote. Is it correct?)"
    assert chosen.options == ()


async def test_an_option_outlives_the_session_it_was_offered_in(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("preset_answers", version))
    await chat.say("write it")

    await chat.backend.forget(chat.name)
    chosen = await chat.choose(0)

    assert chosen.text == "Great! (user: write it | assistant: Here is the code I wrote. Is it correct?)"


async def test_several_files_reach_the_function(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("read_files", version))
    picture = blobs.media(png(GREEN), "green.png", "image/png")
    tone = blobs.media(wav(), "tone.wav", "audio/wav", kind="audio")
    notes = blobs.media(b"twelve bytes", "my notes.txt", "text/plain", kind="file")

    lines = (await chat.say("read them", picture, tone, notes)).text.split("\n")

    assert lines[0] == "text: read them"
    assert lines[1] == f"green.png: {len(png(GREEN))} bytes"
    assert lines[2] == f"tone.wav: {len(wav())} bytes"
    assert lines[3].endswith("notes.txt: 12 bytes")
    assert lines[4] == "before: []"


async def test_a_file_without_words_is_a_message(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("count_images", version))

    reply = await chat.say("", blobs.media(png(BLUE), "blue.png", "image/png"))

    assert reply.text == "1 pictures now, 1 in all"


async def test_files_of_earlier_turns_stay_in_the_history(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("count_images", version))
    await chat.say("two", *(blobs.media(png(GREEN, width), f"{width}.png", "image/png") for width in (3, 4)))

    one_more = await chat.say("and one", blobs.media(png(BLUE), "blue.png", "image/png"))
    await chat.backend.forget(chat.name)
    after_a_new_session = await chat.say("still there?")

    assert one_more.text == "1 pictures now, 3 in all"
    assert after_a_new_session.text == "0 pictures now, 3 in all"


async def test_pairs_are_messages_to_us(
    fresh_gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    url = fresh_gradio_app("pairs", version)
    chat = await converse(url)

    first = await chat.say("hello", blobs.media(png(GREEN), "green.png", "image/png"))
    picture = await chat.say("picture")
    second = await chat.say("and now")

    assert first.messages == (Message("assistant", (Text("hello"),)),)
    (shown,) = parts_of(picture)
    assert isinstance(shown, Media)
    assert shown.kind == "image"
    lines = second.text.split(" | ")
    assert lines[:4] == ["user: <file green.png>", "user: hello", "assistant: hello", "user: picture"]
    assert lines[4].startswith("assistant: <")
    assert lines[5:] == ["and now"]
    expected = {"list", "tuple"} if version == "5" else {"dict"}
    assert {shape for shapes in await call(url, "shapes") for shape in shapes} <= expected


async def test_the_endpoint_may_be_renamed_or_hidden(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    named = await converse(gradio_app("named_endpoint", version))
    hidden = await converse(gradio_app("hidden_endpoint", version))

    assert (await named.say("hello")).text == "Named: hello"
    await hidden.say("hello")
    assert (await hidden.say("again")).text == "Hidden: again after 2"


async def test_saved_history_is_our_history(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("saved_history", version))

    assert (await chat.say("a")).text == "0 before: a"
    assert (await chat.say("b")).text == "2 before: b"


async def test_editing_is_asking_again_with_the_history_before(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("editable_chat", version))
    await chat.say("one")
    await chat.say("two")

    chat.history = chat.history[:2]
    edited = await chat.say("deux")

    assert edited.text == "user: one | assistant: now: one | now: deux"


async def test_the_history_may_be_set_by_a_button(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("prefilled", version))
    (button,) = chat.backend.profile.buttons

    told = await chat.press("Tell the story")
    chat.history = list(told.messages)

    assert (button.label, button.effect) == ("Tell the story", "turn")
    assert told.messages == (
        Message("user", (Text("Do you know Ann?"),)),
        Message("assistant", (Text("I do."),)),
    )
    assert (await chat.say("second")).text == "user: Do you know Ann? | assistant: I do. | second"


async def test_a_button_that_sets_the_history_takes_the_place_of_what_was_said(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("prefilled", version))
    await chat.say("one")
    await chat.say("two")

    told = await chat.press("Tell the story")
    chat.history = list(told.messages)
    again = await chat.press("Tell the story")

    assert told.state == again.state == "final"
    assert (told.anew, again.anew) == (True, False)
    assert [message.text for message in told.messages] == ["Do you know Ann?", "I do."]
    assert again.messages == ()
    assert (await chat.say("three")).text == "user: Do you know Ann? | assistant: I do. | three"


async def test_a_greeting_starts_the_history(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("greeting_value", version))

    assert chat.history == [
        Message("assistant", (Text("Welcome! I am **Ann**."),)),
        Message("assistant", (Text("What shall we do?"),), (Option("sing"), Option("dance"))),
    ]
    reply = await chat.choose(1)
    assert reply.messages == (
        Message(
            "assistant",
            (Text("assistant: Welcome! I am **Ann**. | assistant: What shall we do? | dance"),),
        ),
    )


async def test_load_events_run_before_the_first_turn(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(fresh_gradio_app("greeting_load", version))

    assert chat.history == [Message("assistant", (Text("Good day. Ask me."),))]
    reply = await chat.say("hello")
    assert reply.messages == (Message("assistant", (Text("ready: assistant: Good day. Ask me. | hello"),)),)


async def test_every_kind_of_additional_input(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("every_input", version))
    by_default = json.loads((await chat.say("hello")).text)

    chat.settings = {"name": "Bob", "count": 5, "loud": False, "colour": "mauve", "pets": ["dog", "fish"]}
    chosen = json.loads((await chat.say("hello")).text)

    assert by_default == {
        "name": "Ann",
        "count": 3,
        "level": 0.5,
        "loud": True,
        "size": "small",
        "colour": "b",
        "pets": ["cat"],
        "paint": "#336699",
        "data": {"a": 1},
        "when": "2026-01-02 03:04:05",
    }
    assert chosen == by_default | chat.settings


async def test_an_input_bound_to_the_speaker_is_nobody_else_s_to_set(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("every_input", version), inputs={"name": "{user.name}", "paint": "{user.id}"})
    chat.speaker = Speaker("discord", "#778899", "Cleo")
    chat.settings = {"name": "Mallory", "count": 2}

    given = json.loads((await chat.say("hello")).text)

    assert (given["name"], given["paint"], given["count"]) == ("Cleo", "#778899", 2)


async def test_additional_inputs_may_be_anywhere_on_the_page(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("inputs_in_blocks", version))
    chat.settings = {"system_prompt": "Be kind.", "tokens": 30}

    assert (await chat.say("hello")).text == "System prompt: Be kind.\nMessage: hello."[:30]


async def test_additional_inputs_with_a_stream(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("system_prompt", version))

    assert (await chat.say("hi")).text == "System prompt: You are a helpful AI.\nMessage: hi."
    chat.settings = {"tokens": 10}
    assert (await chat.say("hi")).text == "System pro"


async def test_a_state_among_the_additional_inputs(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(fresh_gradio_app("clearing_state", version))

    assert chat.backend.profile.inputs == ()
    assert (await chat.say("hello")).text.startswith("hello with id ")


async def test_two_backends_of_one_app(gradio_app: StartApp, connect: Connect, version: Version) -> None:
    url = gradio_app("memory", version)
    first, second = await connect(url), await connect(url)

    assert first.profile.fingerprint == second.profile.fingerprint != ""


async def test_a_picture_can_be_fetched(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("several_messages", version))

    reply = await chat.say("go")

    (picture,) = [part for part in parts_of(reply) if isinstance(part, Media) and part.kind == "image"]
    assert isinstance(picture.source, AppFile)
    fetched = await chat.backend.fetch(picture.source, 10_000)
    assert (fetched.data, fetched.mime) == (png(BLUE), "image/png")


async def test_hostile_texts_arrive_as_they_were_written(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("hostile", version))

    reply = await chat.say("texts")

    assert len(reply.messages) > 150
    assert reply.messages[0] == Message("assistant", (Text("<script>alert(1)</script>"),))
    assert chat.backend.profile.title == "<img src=x onerror=alert(1)>"

"""Turns of a call: heard, asked, answered aloud, in order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np

from fakes.backend import reply
from fakes.calls import FakeCall
from fakes.clock import settle
from fakes.core import text_reply
from trunkline.backend import Abilities
from trunkline.calls import Sound, Tuning
from trunkline.inbound import Choose, Edit, Heard, Inbound, Say, Stop
from trunkline.messages import Speaker, Text


def sound(seconds: float, name: str = "ann") -> Sound:
    return Sound(name, (16_000, np.full(round(16_000 * seconds), 0.9, np.float32)), 0.0)


def echoing(call: FakeCall) -> None:
    call.echoes = True


async def test_a_question_asked_aloud_is_answered_aloud(ring: Any) -> None:
    phone = await ring()
    await phone.say("What is new?")
    (event,) = phone.commands(Say)
    assert event.command == Say((Text("What is new?"),))
    assert event.target["call"] == "call-1"
    assert phone.call.asked[-1] == ("ann", "What is new?", None)
    assert phone.call.states == ["listening", "hearing", "thinking"]
    await phone.answer("Nothing at all. Good night.")
    assert [text for text, _ in phone.speech.spoken] == ["Nothing at all.", "Good night."]
    assert len(phone.call.heard) == 5 * phone.call.rate // 10
    assert phone.call.states[-2:] == ["speaking", "listening"]
    assert not phone.commands(Heard)
    assert not phone.commands(Stop)


async def test_speech_ends_the_reply_and_the_history_keeps_what_was_heard(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    await phone.finish("One two. Three four five six.")
    await phone.call.wait(0.3)
    assert phone.call.state == "speaking"
    began = phone.clock.now()
    await phone.call.speak(0.4)
    (stopped,) = phone.call.stops
    assert 0.22 <= stopped - began <= 0.29, "a frame of 32 ms more or less"
    assert phone.call.state == "hearing"
    length = len(phone.call.heard)
    await phone.call.wait(1.0)
    assert len(phone.call.heard) == length
    stop, heard = phone.core.events[-2:]
    assert stop.command == Stop(phone.turn.id)
    assert heard.command == Heard(phone.turn.id, text="One two. Three four five")
    assert heard.conversation == phone.turn.conversation
    phone.speech.words = ["And now?"]
    await phone.say("And now?")
    assert phone.commands(Say)[-1].command == Say((Text("And now?"),))


async def test_stop_playing_is_called_before_anything_else_happens(ring: Any) -> None:
    """Within the step of the loop that hears the packet which completes 250 ms of speech."""
    phone = await ring()
    await phone.say("Count.")
    await phone.finish("One two three four five six.")
    await phone.call.wait(0.2)
    await phone.call.speak(0.24)
    assert not phone.call.stops
    steps = 0
    phone.call._events.put_nowait(sound(0.1))
    while not phone.call.stops:
        await asyncio.sleep(0)
        steps += 1
    # One wakes the reader of events; it hears and stops within that one.
    assert steps <= 2


async def test_the_echo_of_the_beginning_of_a_reply_does_not_end_it(ring: Any) -> None:
    phone = await ring(call=echoing)
    await phone.say("Count.")
    await phone.finish("One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen.")
    await phone.call.wait(0.06)
    await phone.call.speak(0.6)
    await phone.call.wait(0.1)
    assert phone.call.state == "speaking"
    assert not phone.call.stops
    await phone.call.wait(0.3)
    await phone.call.speak(0.3)
    assert len(phone.call.stops) == 1


async def test_what_is_added_while_the_app_thinks_is_asked_together(ring: Any) -> None:
    phone = await ring()
    await phone.say("What is the weather?")
    first = phone.turn.id
    await phone.say("In Rome.")
    stop, again = phone.core.events[-2:]
    assert stop.command == Stop(first)
    assert again.command == Edit((Text("What is the weather? In Rome."),), first)
    assert phone.call.asked[-1] == ("ann", "What is the weather? In Rome.", None)
    await phone.answer("Sunny.")
    assert [text for text, _ in phone.speech.spoken] == ["Sunny."]
    assert phone.call.state == "listening"


async def test_an_app_that_takes_no_edits_is_asked_once_more(ring: Any) -> None:
    phone = await ring(profile={"abilities": Abilities(edit=False)})
    await phone.say("What is the weather?")
    await phone.say("In Rome.")
    assert phone.core.events[-1].command == Say((Text("What is the weather? In Rome."),))


async def test_a_reply_is_held_while_the_asker_goes_on(ring: Any) -> None:
    phone = await ring()
    await phone.say("What is the weather?")
    await phone.call.speak(0.4)
    await phone.finish("Sunny.")
    await phone.call.speak(0.4)
    assert not phone.call.pieces
    await phone.call.wait(1.2)
    # They said nothing that could be understood.
    assert phone.call.states[-3:] == ["thinking", "speaking", "listening"]
    assert len(phone.call.heard) == phone.call.rate // 10


async def test_questions_of_several_people_are_answered_one_after_the_other(ring: Any) -> None:
    phone = await ring()
    await phone.call.join("bob")
    await phone.say("One?")
    await phone.say("Two?", name="bob")
    assert len(phone.commands(Say)) == 1
    await phone.answer("First.")
    await phone.call.wait(0.1)
    assert [event.speaker.name for event in phone.commands(Say)] == ["Ann", "Bob"]
    await phone.answer("Second.")
    assert [text for text, _ in phone.speech.spoken] == ["First.", "Second."]
    assert phone.call.state == "listening"


async def test_with_wake_words_only_who_calls_is_answered(ring: Any) -> None:
    phone = await ring(turn_taking="wake", wake_words=("Trunkline",), wake_s=8)
    await phone.call.join("bob")
    await phone.say("Where do we eat?", name="bob")
    assert not phone.commands(Say)
    assert phone.call.states == ["listening", "hearing", "listening"]
    await phone.say("Hey Trunkline, what is new?")
    assert phone.commands(Say)[-1].command == Say((Text("what is new?"),))
    await phone.finish("A lot. More than can be told in a few words, and more again.")
    await phone.call.wait(0.2)
    await phone.call.speak(0.4, "bob")
    assert not phone.call.stops, "bob does not talk to the app"
    phone.speech.words.append("I am hungry.")
    await phone.call.wait(3.0)
    assert phone.call.state == "listening"
    await phone.say("Go on.")
    assert phone.commands(Say)[-1].command == Say((Text("Go on."),))
    await phone.answer("No.")
    await phone.call.wait(9.0)
    await phone.say("I am hungry too.")
    assert len(phone.commands(Say)) == 2


async def test_a_name_alone_is_answered_by_listening(ring: Any) -> None:
    phone = await ring(turn_taking="wake")
    await phone.say("Trunkline!")
    assert not phone.commands(Say)
    await phone.say("What is new?")
    assert phone.commands(Say)[-1].command == Say((Text("What is new?"),))


async def test_push_to_talk_hears_while_the_button_is_held(ring: Any) -> None:
    phone = await ring(turn_taking="push")
    await phone.say("Nobody hears this.")
    phone.speech.words.clear()
    assert not phone.speech.heard
    await phone.call.press("talk", "ann")
    assert phone.call.state == "hearing"
    await phone.call.speak(0.5)
    await phone.call.wait(1.5)
    await phone.call.speak(0.5)
    assert not phone.speech.heard, "a pause does not end what a button holds"
    phone.speech.words.append("What is new?")
    await phone.call.press("talked", "ann")
    assert phone.commands(Say)[-1].command == Say((Text("What is new?"),))
    await phone.finish("One two three four five six.")
    await phone.call.wait(0.2)
    await phone.call.press("talk", "ann")
    assert len(phone.call.stops) == 1
    await phone.call.press("talked", "ann")
    assert phone.call.state == "listening"


async def test_options_are_read_out_and_chosen_aloud(ring: Any) -> None:
    phone = await ring()
    await phone.say("Something to drink.")
    await phone.answer(reply("Which one?", options=("Tea", "Coffee")))
    offered = phone.turn.id
    assert [text for text, _ in phone.speech.spoken] == ["Which one?", "One: Tea.", "Two: Coffee."]
    await phone.say("The second one.")
    assert phone.core.events[-1].command == Choose(1, offered)
    await phone.answer("Here you are.")
    await phone.say("Two.")
    assert phone.core.events[-1].command == Say((Text("Two."),))


async def test_the_word_stop_ends_the_conversation_till_it_is_started_again(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    await phone.finish("One two three four five six.")
    await phone.call.wait(0.2)
    await phone.say("Stop.")
    assert phone.call.state == "stopped"
    assert phone.commands(Stop)[-1].command == Stop(phone.turn.id)
    await phone.say("Anybody there?")
    assert len(phone.commands(Say)) == 1
    assert phone.speech.words == ["Anybody there?"]
    phone.speech.words.clear()
    await phone.call.press("start")
    assert phone.call.state == "listening"
    await phone.say("Hello?")
    assert len(phone.commands(Say)) == 2


async def test_the_stop_button_drops_what_is_being_understood(ring: Any) -> None:
    phone = await ring()
    phone.speech.gate = asyncio.Event()
    await phone.say("What is new?")
    assert phone.call.state == "thinking"
    await phone.call.press("stop")
    phone.speech.gate.set()
    await phone.call.wait(0.2)
    assert not phone.commands(Say)
    await phone.call.press("start")
    phone.speech.words = []
    await phone.say("Once more.")
    assert phone.commands(Say)[-1].command == Say((Text("Once more."),))


async def test_the_interrupt_button_ends_a_turn_that_is_still_thought_about(ring: Any) -> None:
    phone = await ring()
    await phone.say("What is new?")
    await phone.call.press("interrupt")
    assert phone.commands(Stop)[-1].command == Stop(phone.turn.id)
    assert not phone.commands(Heard), "nothing of it was heard, and what is written stands"
    assert phone.call.state == "listening"


async def test_who_is_muted_is_not_heard(ring: Any) -> None:
    phone = await ring()
    await phone.call.speak(0.5)
    await phone.call.press("mute", "ann")
    assert phone.call.state == "listening"
    await phone.call.speak(0.5)
    await phone.call.wait(1.0)
    assert not phone.speech.heard
    await phone.call.press("unmute")
    await phone.say("Hello?")
    assert len(phone.commands(Say)) == 1


async def test_a_question_that_was_written_is_answered_aloud(ring: Any) -> None:
    phone = await ring()
    place = phone.call.place
    written = Inbound("k", place, Speaker("fake", "bob"), Say((Text("hi"),)), 0.0, target={"call": "call-1"})
    await phone.core.accept(written)
    await settle(80)
    await phone.answer("Hello Bob.")
    assert [text for text, _ in phone.speech.spoken] == ["Hello Bob."]
    assert phone.call.states[-2:] == ["speaking", "listening"]


async def test_a_reply_stopped_in_the_chat_falls_silent(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    phone.turn.show("One two three four five six. Seven")
    await phone.call.wait(0.3)
    assert phone.call.state == "speaking"
    await phone.finish(replace(text_reply("One two three four five six. Seven"), state="stopped"))
    await phone.call.wait(0.1)
    assert len(phone.call.stops) == 1
    assert phone.call.state == "listening"
    assert phone.commands(Heard)[-1].command == Heard(phone.turn.id, text="One two")


async def test_a_sentence_is_spoken_while_the_next_is_being_written(ring: Any) -> None:
    phone = await ring()
    await phone.say("Count.")
    phone.turn.show("One two. Three")
    await phone.call.wait(0.1)
    assert [text for text, _ in phone.speech.spoken] == ["One two."]
    assert phone.call.captions[-1] == "One two."
    phone.turn.show("One two. Three four. Fi")
    await phone.call.wait(0.1)
    await phone.answer("One two. Three four. Five.")
    assert [text for text, _ in phone.speech.spoken] == ["One two.", "Three four.", "Five."]
    assert phone.call.ends, "the transport knows that no more comes"


async def test_how_it_sounds_is_the_conversations_own(ring: Any) -> None:
    def french(call: FakeCall) -> None:
        call.tuning = Tuning("fr", "Amélie", 1.2)

    phone = await ring(call=french)
    await phone.say("Bonjour.")
    await phone.answer("Salut.")
    assert phone.speech.heard[-1][1] == "fr"
    assert phone.speech.spoken[-1] == ("Salut.", Tuning("fr", "Amélie", 1.2))

"""What people see of everything that is no message: clear, feedback, settings, conversations, media."""

from __future__ import annotations

import asyncio

from contract.harness import ANN, BEN, Harness
from fakes.backend import reply, said
from fakes.samples import BLUE, RED, png
from trunkline.access import Limits, Rules
from trunkline.backend import Accepts, AppInput, Button, Choice, Example, Feedback
from trunkline.errors import AppUnreachable
from trunkline.inbound import (
    Clear,
    Configure,
    DeleteConversation,
    Edit,
    ForgetMe,
    MessageDeleted,
    NewConversation,
    Pause,
    Press,
    Rate,
    RenameConversation,
    Stop,
    SwitchConversation,
    Undo,
    UseExample,
)
from trunkline.messages import AppFile, Inline, Media, Message, Text


def texts(harness: Harness, channel: str = "general") -> list[str]:
    return [post.text for post in harness.posts(channel) if post.text]


def files(harness: Harness) -> int:
    return sum(bool(post.file) for post in harness.posts())


async def heard(harness: Harness) -> list[str]:
    return [message.text for message in await harness.history()]


async def test_clear_leaves_the_posts_without_controls_and_divides(harness: Harness) -> None:
    await harness.say("one")
    await harness.settled()
    answer = await harness.do(Clear())
    assert answer.outcome == "done"
    assert await harness.history() == ()
    assert texts(harness)[:1] == (["Turn 1 heard: one"] if harness.keeps_cleared else [])
    if harness.capabilities.divider:
        assert texts(harness)[1:] == ["(The conversation was cleared here.)"]
    if harness.capabilities.controls and harness.capabilities.edit:
        assert not any(post.controls for post in harness.posts())
    await harness.say("two")
    await harness.settled()
    assert harness.backend.requests[1].history == ()
    assert texts(harness)[-1] == "Turn 2 heard: two"


async def test_clear_stops_what_runs_and_drops_what_waits(harness: Harness) -> None:
    harness.backend.script = lambda request, number: ["So far", asyncio.Event()]
    await harness.say("one")
    await harness.say("two")
    await harness.backend.asked.wait()
    await harness.do(Clear())
    await harness.settled()
    assert await harness.history() == ()
    assert len(harness.backend.requests) == 1


async def test_what_the_app_forbids_is_refused_in_words(harness: Harness) -> None:
    abilities = harness.backend.profile.abilities
    harness.backend.change(
        abilities=type(abilities)(stop=True, retry=False, undo=False, edit=False, clear=False),
        feedback=Feedback(),
    )
    first = await harness.say("one")
    await harness.settled()
    for command in (Undo(), Clear(), Edit((Text("uno"),), first.turn), Rate("Like")):
        answer = await harness.do(command)
        await harness.settled()
        assert answer.outcome == "denied"
        assert "does not" in answer.text
    assert await heard(harness) == ["one", "Turn 1 heard: one"]


async def test_handlers_of_the_apps_own_are_fired(harness: Harness) -> None:
    harness.backend.own = frozenset({"undo", "clear"})
    await harness.say("one")
    await harness.settled()
    await harness.say("two")
    await harness.settled()
    await harness.do(Undo())
    await harness.do(Clear())
    assert [(kind, len(messages)) for kind, messages in harness.backend.fired] == [("undo", 4), ("clear", 2)]


async def test_feedback_reaches_the_app_and_can_be_taken_back(harness: Harness) -> None:
    await harness.say("one")
    await harness.settled()
    assert (await harness.do(Rate("Like"))).text == "Thank you for the feedback."
    assert (await harness.do(Rate(""))).text == "Your feedback was taken back."
    assert (await harness.do(Rate("Spam"))).outcome == "denied"
    assert [(rating.message, rating.value) for rating in harness.backend.ratings] == [(1, "Like"), (1, "")]


async def test_feedback_is_kept_when_the_app_is_away(harness: Harness) -> None:
    await harness.say("one")
    await harness.settled()
    harness.backend.refuses = AppUnreachable("Nobody answers.")
    assert (await harness.do(Rate("Dislike"))).outcome == "done"


async def test_settings_hold_for_the_conversation(harness: Harness) -> None:
    tone = AppInput(1, "tone", "Tone", "dropdown", choices=(Choice("Kind", "kind"), Choice("Rude", "rude")))
    size = AppInput(2, "size", "Size", "slider", minimum=1, maximum=10)
    harness.backend.change(inputs=(tone, size))
    assert (await harness.do(Configure({"tone": "Kind", "size": "3"}))).outcome == "done"
    await harness.say("one")
    await harness.settled()
    await harness.say("elsewhere", channel="other")
    await harness.settled()
    assert [dict(request.settings) for request in harness.backend.requests] == [{"tone": "kind", "size": 3}, {}]
    refused = [
        await harness.do(Configure(values)) for values in ({"tone": "loud"}, {"size": 11}, {"colour": "red"})
    ]
    assert [answer.outcome for answer in refused] == ["denied"] * 3
    assert "Kind, Rude" in refused[0].text
    assert "the most is 10" in refused[1].text
    assert "It has: tone, size" in refused[2].text
    await harness.do(Configure({"tone": None}))
    await harness.say("two")
    await harness.settled()
    assert dict(harness.backend.requests[2].settings) == {"size": 3}


async def test_a_place_has_several_conversations(harness: Harness) -> None:
    first = await harness.say("one")
    await harness.settled()
    await harness.do(NewConversation("Second"))
    second = await harness.say("two")
    await harness.settled()
    assert harness.backend.requests[1].history == ()
    assert harness.backend.requests[1].conversation != harness.backend.requests[0].conversation
    await harness.do(SwitchConversation(first.conversation))
    await harness.say("three")
    await harness.settled()
    assert [m.text for m in harness.backend.requests[2].history] == ["one", "Turn 1 heard: one"]
    renamed = await harness.do(RenameConversation(second.conversation, "Other"))
    assert renamed.text == "Renamed to “Other”."
    assert (await harness.do(DeleteConversation(second.conversation))).text == "Deleted “Other”."
    for command in (SwitchConversation(second.conversation), DeleteConversation(second.conversation)):
        assert (await harness.do(command)).outcome == "denied"


async def test_a_conversation_of_another_place_cannot_be_reached(harness: Harness) -> None:
    theirs = await harness.say("secret", channel="private")
    await harness.settled()
    await harness.say("mine")
    await harness.settled()
    stranger = theirs.conversation
    for command in (
        SwitchConversation(stranger),
        DeleteConversation(stranger),
        RenameConversation(stranger, "x"),
        Rate("Like", turn=theirs.turn),
        Edit((Text("uno"),), theirs.turn),
    ):
        assert (await harness.do(command)).outcome == "denied"
    for meant in (Stop(), Undo(), Clear(), Rate("Like")):
        assert (await harness.do(meant, conversation=stranger)).outcome == "denied"
    assert [m.text for m in await harness.history("private")] == ["secret", "Turn 1 heard: secret"]
    assert texts(harness, "private") == ["Turn 1 heard: secret"]


async def test_a_paused_place_keeps_quiet(harness: Harness) -> None:
    await harness.do(Pause(True))
    answer = await harness.say("hello")
    await harness.settled()
    assert answer.outcome == "ignored"
    assert texts(harness) == []
    await harness.do(Pause(False))
    await harness.say("again")
    await harness.settled()
    assert texts(harness) == ["Turn 1 heard: again"]


async def test_forget_me_erases_and_says_what(harness: Harness) -> None:
    await harness.say("my secret", person=ANN)
    await harness.settled()
    await harness.say("not mine", person=BEN)
    await harness.settled()
    await harness.do(Rate("Like"), person=ANN)
    answer = await harness.do(ForgetMe(), person=ANN)
    assert answer.detail == {"messages": 2, "media": 0, "feedback": 1}
    assert "2 messages" in answer.text
    assert "my secret" not in " ".join(await heard(harness))
    assert "not mine" in " ".join(await heard(harness))


async def test_forget_me_ends_what_runs(harness: Harness) -> None:
    harness.backend.script = lambda request, number: ["So far", asyncio.Event()]
    await harness.say("my secret")
    await harness.backend.asked.wait()
    await harness.do(ForgetMe())
    await harness.settled()
    assert await harness.history() == ()


async def test_a_deleted_message_leaves_the_history(harness: Harness) -> None:
    await harness.say("hello")
    await harness.settled()
    await harness.do(MessageDeleted(harness.message_id("hello")))
    assert await heard(harness) == ["Turn 1 heard: hello"]
    await harness.do(MessageDeleted(harness.posts()[0].id))
    assert await harness.history() == ()
    assert (await harness.do(MessageDeleted("unheard of"))).outcome == "ignored"


async def test_a_message_that_is_deleted_while_it_waits_is_not_answered(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer to {said(request)}"]
    for text in ("one", "two", "three"):
        await harness.say(text)
    await harness.do(MessageDeleted(harness.message_id("two")))
    gate.set()
    await harness.settled()
    assert texts(harness) == ["Answer to one", "Answer to three"]


async def test_a_message_that_is_deleted_while_it_is_answered_stays_out_of_the_history(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, "Answer"]
    await harness.say("secret")
    await harness.backend.asked.wait()
    await harness.do(MessageDeleted(harness.message_id("secret")))
    gate.set()
    await harness.settled()
    assert await heard(harness) == ["Answer"]


async def test_a_message_that_is_edited_while_it_waits_is_answered_as_edited(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer to {said(request)}"]
    await harness.say("one")
    await harness.say("two")
    await harness.do(Edit((Text("deux"),), -1, harness.message_id("two")))
    gate.set()
    await harness.settled()
    assert texts(harness) == ["Answer to one", "Answer to deux"]


async def test_an_edited_message_is_answered_again_in_its_place(harness: Harness) -> None:
    await harness.say("one")
    await harness.settled()
    unchanged = await harness.do(Edit((Text("one"),), -1, harness.message_id("one")))
    assert unchanged.outcome == "ignored"
    for edited in ("uno", "eins"):
        await harness.do(Edit((Text(edited),), -1, harness.message_id("one")))
        await harness.settled()
    assert await heard(harness) == ["eins", "Turn 3 heard: eins"]
    assert (await harness.do(Edit((Text("x"),), -1, "unheard of"))).outcome == "ignored"


async def test_media_of_the_app_arrives(harness: Harness) -> None:
    harness.backend.files = {"/tmp/cat.png": png(RED)}
    cat = Media("image", AppFile("/tmp/cat.png"), name="cat.png", mime="image/png")
    dot = Media("image", Inline(png(BLUE)), name="dot.png", mime="image/png")
    harness.backend.script = lambda request, number: [reply("Look:", cat, dot, state="running")]
    await harness.say("show me")
    await harness.settled()
    assert texts(harness)[0] == "Look:"
    assert files(harness) == 2


async def test_media_that_cannot_be_had_says_so(harness: Harness) -> None:
    gone = Media("image", AppFile("/tmp/gone.png"), name="gone.png")
    harness.backend.script = lambda request, number: [reply("Look:", gone)]
    await harness.say("show me")
    await harness.settled()
    assert "gone.png: The app no longer has /tmp/gone.png." in texts(harness)[0]
    assert files(harness) == 0


async def test_eleven_files_arrive(harness: Harness) -> None:
    names = [f"/tmp/{number}.png" for number in range(11)]
    harness.backend.files = {name: png(width=number + 1) for number, name in enumerate(names)}
    media = [Media("image", AppFile(name), name=name[5:]) for name in names]
    harness.backend.script = lambda request, number: [reply("Eleven:", *media)]
    await harness.say("show me")
    await harness.settled()
    assert files(harness) == 11


async def test_files_that_the_app_does_not_take_are_named_and_the_text_is_sent(harness: Harness) -> None:
    await harness.say("look", media=[Media("image", Inline(png()), name="cat.png", mime="image/png")])
    await harness.settled()
    assert said(harness.backend.requests[0]) == "look"
    assert "cat.png was not sent" in texts(harness)[0]


async def test_a_message_that_is_too_long_is_refused_before_the_app_is_asked(harness: Harness) -> None:
    harness.backend.change(accepts=Accepts(max_length=10))
    await harness.say("x" * 11)
    await harness.settled()
    assert "at most 10" in texts(harness)[0]
    assert harness.backend.requests == []


async def test_an_example_starts_a_conversation(harness: Harness) -> None:
    harness.backend.change(examples=(Example("What can you do?"),))
    await harness.say("hello")
    await harness.settled()
    await harness.do(UseExample(0))
    await harness.settled()
    assert texts(harness)[-1] == "Turn 2 heard: example 0"
    assert (await heard(harness))[2] == "What can you do?"
    assert (await harness.do(UseExample(7))).outcome == "denied"


async def test_the_greeting_starts_every_history(harness: Harness) -> None:
    harness.backend.change(greeting=(Message("assistant", (Text("Welcome!"),)),))
    await harness.say("hello")
    await harness.settled()
    await harness.say("again")
    await harness.settled()
    assert [[m.text for m in request.history] for request in harness.backend.requests] == [
        ["Welcome!"],
        ["Welcome!", "hello", "Turn 1 heard: hello"],
    ]


async def test_buttons_of_the_app(harness: Harness) -> None:
    harness.backend.change(buttons=(Button("b1", "Regenerate", "turn"), Button("b2", "Halt", "stop")))
    harness.backend.script = lambda request, number: ["So far", asyncio.Event()] if number == 1 else ["Pressed"]
    await harness.say("hello")
    await harness.backend.asked.wait()
    assert (await harness.do(Press("b2"))).text == "Stopped."
    await harness.settled()
    await harness.do(Press("b1"))
    await harness.settled()
    assert texts(harness)[-1] == "Pressed"
    assert (await harness.do(Press("b9"))).outcome == "denied"


async def test_limits_are_told_politely(harness: Harness) -> None:
    harness.reconfigure(limits=Limits(per_minute=2))
    answers = [await harness.say(f"message {number}") for number in range(3)]
    await harness.settled()
    assert [answer.outcome for answer in answers][2] == "denied"
    assert "try again in" in answers[2].text
    assert (await harness.say("from somebody else", person=BEN)).outcome != "denied"
    await harness.settled()
    harness.reconfigure(limits=Limits(per_day=3))
    assert (await harness.say("third of the day")).outcome != "denied"
    await harness.settled()
    answer = await harness.say("fourth of the day")
    assert answer.outcome == "denied"
    assert "today's limit of 3" in answer.text
    assert len(harness.backend.requests) == 4


async def test_who_is_not_allowed_gets_no_answer(harness: Harness) -> None:
    harness.reconfigure(rules=Rules(block_users=frozenset({"ben"})))
    answer = await harness.say("hello", person=BEN)
    assert answer.outcome == "denied"
    await harness.settled()
    assert texts(harness) == []


async def test_an_app_that_was_away_is_found_when_it_comes_back(harness: Harness) -> None:
    harness.backend.refuses = AppUnreachable("Nobody answers at http://app.test.")
    await harness.say("hello")
    await harness.settled()
    assert texts(harness) == ["[failed] Nobody answers at http://app.test."]
    harness.backend.refuses = None
    await harness.say("again")
    await harness.settled()
    assert await heard(harness) == ["again", "Turn 1 heard: again"]

"""Real custom chatbots made of Blocks: other chains, buttons, several chatbots, states, no chatbot at all."""

from __future__ import annotations

import asyncio

import pytest

from fakes.blobs import MemoryBlobs
from fakes.fixtures import Connect, Converse, StartApp
from fakes.gradio_apps import Version, call
from fakes.samples import GREEN, png
from trunkline.errors import TrunklineError, UnsupportedApp
from trunkline.messages import Message, Text

pytestmark = pytest.mark.apps


async def test_one_function_for_the_whole_history(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("blocks_simple", version))

    assert chat.backend.profile.history == "injected"
    assert [(await chat.say("hi")).text for _ in range(3)] == [
        "How are you?",
        "Today is a great day",
        "I'm very hungry",
    ]
    chat.history = chat.history[:2]
    assert (await chat.say("hi")).text == "Today is a great day"


async def test_chat_message_objects(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("blocks_chat_message", version))

    assert (await chat.say("hi")).messages == (Message("assistant", (Text("**That's cool!**"),)),)


async def test_a_chain_that_streams(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("blocks_streaming", version))
    await chat.say("one")

    reply = await chat.say("two")

    assert reply.text == "two is message number 3"
    assert "two is message" in {snapshot.text for snapshot in chat.snapshots}


async def test_the_multimodal_chain_of_the_guide(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("blocks_multimodal", version))

    first = await chat.say("see", blobs.media(png(GREEN), "green.png", "image/png"))
    second = await chat.say("and?")

    assert first.text == "**That's cool!** I see 1 files in 2 messages"
    assert second.text == "**That's cool!** I see 1 files in 4 messages"
    assert chat.backend.profile.accepts.files
    assert chat.backend.profile.accepts.microphone


async def test_a_button_that_sends(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("send_button", version))

    assert (await chat.say("me")).text == "You clicked me"
    assert [button.label for button in chat.backend.profile.buttons] == []


@pytest.mark.parametrize(("choice", "answer"), [("Quiet", "hello"), ("/shout", "HELLO"), ("Loud", "HELLO")])
async def test_one_of_several_chatbots_is_chosen(
    gradio_app: StartApp, converse: Converse, version: Version, choice: str, answer: str
) -> None:
    chat = await converse(gradio_app("several_chatbots", version), chatbot=choice)

    assert (await chat.say("Hello")).text == answer


@pytest.mark.parametrize("choice", [None, "Third"])
async def test_several_chatbots_are_listed_when_none_is_chosen(
    gradio_app: StartApp, connect: Connect, version: Version, choice: str | None
) -> None:
    with pytest.raises(TrunklineError) as refused:
        await connect(gradio_app("several_chatbots", version), chatbot=choice)

    assert "Loud" in refused.value.user_message
    assert "Quiet" in refused.value.user_message


async def test_an_app_with_only_a_public_endpoint(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("only_api", version))

    assert chat.backend.profile.history == "api"
    assert not chat.backend.profile.abilities.undo
    assert [(await chat.say(text)).text for text in ("a", "b")] == ["a after 0", "b after 1"]


async def test_a_public_endpoint_can_be_forced(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("named_endpoint", version), api_name="/ask_me")

    assert chat.backend.profile.history == "api"
    assert (await chat.say("hello")).text == "Named: hello"


async def test_a_step_in_javascript_is_refused_unless_it_is_ignored(
    gradio_app: StartApp, connect: Connect, converse: Converse, version: Version
) -> None:
    url = gradio_app("js_step", version)

    with pytest.raises(UnsupportedApp) as refused:
        await connect(url)

    assert "browser" in refused.value.user_message
    assert "ignore_js" in refused.value.user_message
    chat = await converse(url, ignore_js=True)
    assert (await chat.say("hi")).text == "Got hi"


async def test_apps_that_nobody_can_chat_with(gradio_app: StartApp, connect: Connect, version: Version) -> None:
    with pytest.raises(UnsupportedApp) as refused:
        await connect(gradio_app("no_chatbot", version))

    assert len(refused.value.user_message) > 20
    assert "\n" not in refused.value.user_message


async def test_a_state_of_the_apps_own_is_kept_and_admitted(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("own_state", version))
    profile = chat.backend.profile

    replies = [(await chat.say(text)).text for text in ("a", "b")]

    assert replies == ["known: a; shown: 0", "known: a, b; shown: 2"]
    assert profile.history == "app"
    assert (profile.abilities.retry, profile.abilities.undo, profile.abilities.edit) == (False, False, False)
    assert profile.limits


async def test_a_lost_session_of_such_an_app_is_admitted_in_the_reply(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("own_state", version))
    await chat.say("a")

    await chat.backend.forget(chat.name)
    reply = await chat.say("b")

    assert reply.text.startswith("known: b;")
    assert [notice.level for notice in reply.notices] in (["info"], ["warning"])
    assert len(reply.notices[0].text) > 20


async def test_the_app_s_own_buttons(fresh_gradio_app: StartApp, converse: Converse, version: Version) -> None:
    url = fresh_gradio_app("vote_buttons", version)
    chat = await converse(url)
    await chat.say("hello")

    again = await chat.press("🔄 Regenerate")
    up = await chat.press("👍 Upvote")

    effects = {button.label: button.effect for button in chat.backend.profile.buttons}
    assert effects["Stop"] == "stop"
    assert effects["🔄 Regenerate"] == "turn"
    assert effects["👍 Upvote"] == effects["👎 Downvote"] == "quiet"
    assert "Send" not in effects
    assert again.text == "hello again at 1 after 0"
    assert up.state == "final"
    assert up.messages == ()
    assert await call(url, "votes") == [["up", ["user: hello", "assistant: hello at 1 after 0"]]]


async def test_a_button_that_fills_the_chat_through_another_component(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("story_button", version))

    told = await chat.press("Tell the story")
    chat.history = list(told.messages)
    reply = await chat.say("and then?")

    assert [(message.role, message.text) for message in told.messages] == [
        ("user", "Do you know Ann?"),
        ("assistant", "I do."),
    ]
    assert reply.text == "user: Do you know Ann? | assistant: I do. | and then?"


async def test_settings_beside_a_custom_chatbot(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("vote_buttons", version))

    assert [given.name for given in chat.backend.profile.inputs] == ["temperature"]
    chat.settings = {"temperature": 0.5}
    assert (await chat.say("hello")).text == "hello at 0.5 after 0"


async def test_a_stop_button_of_the_app_s(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("vote_buttons", version)
    chat = await converse(url)

    async with asyncio.TaskGroup() as group:
        turn = group.create_task(chat.say("hold on"))
        await chat.until("hold on")
        assert await call(url, "reached")
        await chat.stop()
    await call(url, "open")

    assert turn.result().state == "stopped"
    assert turn.result().text == "hold on"


async def test_a_state_that_changes_answers(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("changed_state", version))

    assert [(await chat.say(text)).text for text in ("red", "blue")] == [
        "State changed to red",
        "State changed to blue",
    ]


async def test_a_box_that_is_rendered_late(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("rendered", version))

    assert (await chat.say("hello")).text == "Rendered hello"


async def test_steps_for_success_and_for_failure(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("outcome_steps", version)
    chat = await converse(url)

    good = await chat.say("hello")
    bad = await chat.say("fail")

    assert good.text == "It went well."
    assert (bad.state, bad.error) == ("failed", "As you wish.")

"""Thoughts and tool use of real apps, as Gradio's guide on agents shows them."""

from __future__ import annotations

import asyncio

import pytest

from fakes.conversation import parts_of
from fakes.fixtures import Converse, StartApp
from fakes.gradio_apps import Version, call
from fakes.samples import BLUE, GREEN, png
from trunkline.messages import AppFile, Media, Message, Text, Thought, walk

pytestmark = pytest.mark.apps


async def test_a_thought_is_pending_then_done(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("thinking_chat", version))

    reply = await chat.say("life")

    title = "🧠 Thinking step by step"
    pending = [part for snapshot in chat.snapshots[:-1] for part in parts_of(snapshot)]
    assert Thought(title, (Text("First, I read the message."),), "pending", id="think") in pending
    steps = Text("First, I read the message.\nThen I consider it.\nNow I know.")
    assert parts_of(reply) == [
        Thought(title, (steps,), "done", 2.5, "3 steps", "think"),
        Text("My answer to life, after 0."),
    ]


async def test_thoughts_go_back_to_the_app_as_history(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("thinking_chat", version))
    await chat.say("life")

    # The user's message, the thought and the answer.
    assert parts_of(await chat.say("more"))[-1] == Text("My answer to more, after 3.")


async def test_thoughts_nest(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("nested_thoughts", version))

    plan, check, answer = parts_of(await chat.say("it"))

    assert isinstance(plan, Thought)
    assert (plan.title, plan.status) == ("Plan", "done")
    text, search, look = plan.parts
    assert text == Text("The plan.")
    page = Thought("Read", (Text("A page."),), log="1 page", id="3")
    assert search == Thought("Search", (Text("Searching."), page), duration=0.5, id="2")
    assert isinstance(look, Thought)
    (picture,) = look.parts
    assert isinstance(picture, Media)
    assert isinstance(picture.source, AppFile)
    assert (await chat.backend.fetch(picture.source, 10_000)).data == png(GREEN)
    assert isinstance(check, Thought)
    assert (check.title, check.parts) == ("Check", (Text("Still on it."),))
    assert answer == Text("About it: done.")


async def test_a_step_is_pending_while_the_app_works(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = gradio_app("thinking_slowly", version)
    chat = await converse(url)

    async with asyncio.TaskGroup() as tasks:
        said = tasks.create_task(chat.say("it"))
        assert await call(url, "reached")
        await call(url, "open")

    step = Thought("Search the web", (Text("A query."),), "pending", id="step")
    assert any(step in walk(parts_of(snapshot)) for snapshot in chat.snapshots[:-1])
    plan, answer = parts_of(said.result())
    assert [part.status for part in walk((plan,)) if isinstance(part, Thought)] == ["done", "done"]
    assert answer == Text("Found it.")


async def test_an_initial_value_with_a_thought(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("thoughts", version))

    assert [message.role for message in chat.history if message.role == "user"] == ["user"]
    parts = [part for message in chat.history for part in message.parts]
    assert parts == [
        Text("What is the weather in San Francisco?"),
        Thought("🧠 Thinking", (Text("I need to use the weather API tool"),)),
        Text("It is sunny."),
    ]
    assert (await chat.say("hello")).text == "3 messages before hello"


async def test_an_agent_that_paints(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("image_agent", version))

    reply = await chat.say("a blue square")

    thought, tool, picture, words = parts_of(reply)
    assert thought == Thought("🧠 Thought", (Text("I need a picture."),))
    assert tool == Thought("🛠️ Used tool image_generator", (Text("image_generator('a blue square')"),))
    assert words == Text("Here it is.")
    assert isinstance(picture, Media)
    assert isinstance(picture.source, AppFile)
    assert (await chat.backend.fetch(picture.source, 10_000)).data == png(BLUE)
    avatar = chat.backend.profile.avatars[1]
    assert avatar is not None
    assert avatar.kind == "image"


async def test_an_agent_that_searches(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("search_agent", version))

    reply = await chat.say("cats")

    assert parts_of(reply) == [
        Thought("🛠️ Used tool search", (Text("Looking for cats"),)),
        Thought("🛠️ Used tool calculator", (Text("2 + 2 = 4"),)),
        Thought("🛠️ Used tool clock", (Text("It is noon"),)),
        Text("Found cats"),
    ]
    shown = [parts_of(snapshot) for snapshot in chat.snapshots]
    assert parts_of(reply)[:1] in shown


async def test_a_model_that_thinks_aloud(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("thinking_model", version))

    reply = await chat.say("rain")

    title = "⏳Thinking: *The thoughts are those of the model*"
    assert parts_of(reply) == [
        Thought(title, (Text("Let me see what that means"),)),
        Text("I thought about rain"),
    ]


async def test_citations_are_a_thought_behind_the_answer(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("cited_answers", version))

    reply = await chat.say("the weather")

    assert parts_of(reply) == [
        Text("About the weather: see 0 documents."),
        Thought("📚 Citations", (Text("nothing"),)),
    ]
    assert chat.backend.profile.accepts.file_types == (".pdf", ".txt")
    assert chat.history[0] == Message("user", (Text("the weather"),))

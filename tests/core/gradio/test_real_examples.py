"""Examples of real apps: with files, with settings, cached eagerly and lazily."""

from __future__ import annotations

import pytest

from fakes.fixtures import Connect, Converse, StartApp
from fakes.gradio_apps import Version, call
from trunkline.backend import Example

pytestmark = pytest.mark.apps


async def test_examples_cached_at_launch_do_not_ask_the_function(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("yes_man", version)
    chat = await converse(url)

    assert [(example.text, example.cached) for example in chat.backend.profile.examples] == [
        ("Hello", True),
        ("Am I cool?", True),
        ("Are tomatoes vegetables?", True),
    ]
    asked = await call(url, "asked")
    answers = [(await chat.use_example(index)).text for index in (0, 1)]
    assert answers == ["Ask me anything!", "Yes"]
    assert await call(url, "asked") == asked


async def test_a_cached_example_is_followed_by_a_turn_that_knows_it(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("yes_man", version))
    await chat.use_example(1)

    assert (await chat.say("Really?")).text == "Yes"
    assert [message.text for message in chat.history] == ["Am I cool?", "Yes", "Really?", "Yes"]


async def test_examples_cached_lazily_ask_the_function_once(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("cached_lazily", version)
    first, second = await converse(url), await converse(url)

    answers = [(await chat.use_example(0)).text for chat in (first, second, second)]

    assert answers == ["The answer to one is long"] * 3
    assert await call(url, "asked") == ["one"]


async def test_examples_bring_settings(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("example_table", version))

    examples = chat.backend.profile.examples
    assert [(example.text, dict(example.settings)) for example in examples] == [
        ("Hello", {"manner": "loud", "times": 2}),
        ("Good night", {"manner": "calm", "times": 3}),
        # A slider that is given nothing stands at its minimum.
        ("Well", {"times": 1}),
    ]
    assert not any(example.cached for example in examples)
    assert (await chat.use_example(0)).text == "loud: Hello Hello"
    assert (await chat.use_example(1)).text == "calm: Good night Good night Good night"


async def test_cached_examples_that_bring_settings(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("example_table_cached", version)
    chat = await converse(url)
    asked = await call(url, "asked")

    assert chat.backend.profile.examples == (
        Example("Hello", settings={"manner": "loud"}, cached=True),
        Example("Good night", settings={"manner": "calm"}, cached=True),
    )
    assert (await chat.use_example(0)).text == "loud: Hello"
    assert await call(url, "asked") == asked


async def test_examples_with_labels_icons_and_files(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("example_cards", version))

    red, two, words = chat.backend.profile.examples
    assert (red.text, red.label, [media.name for media in red.media]) == ("What is red?", "Red", ["red.png"])
    assert [(media.kind, media.name) for media in two.media] == [("image", "green.png"), ("file", "notes.txt")]
    assert words.media == ()
    assert words.icon is not None
    assert words.icon.name == "blue.png"
    assert (await chat.use_example(1)).text == "'Compare them' with 2 files after 0"
    # A multimodal message with files is one entry for each file and one for the words.
    assert (await chat.use_example(2)).text == "'Just words' with 0 files after 4"


async def test_examples_that_only_fill_the_box_are_sent(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("example_list", version))

    assert (await chat.use_example(1)).text == "You asked: What is new?"


async def test_examples_of_apps_on_model_libraries(
    gradio_app: StartApp, connect: Connect, version: Version
) -> None:
    backend = await connect(gradio_app("lib_llamaindex", version))

    assert [example.shown for example in backend.profile.examples] == ["What do dogs like?"]

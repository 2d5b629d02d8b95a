"""What is learnt of real apps before anybody says a word."""

from __future__ import annotations

import pytest

from fakes.fixtures import Connect, StartApp
from fakes.gradio_apps import Version
from trunkline.backend import Accepts, AppInput, Choice, Look

pytestmark = pytest.mark.apps


async def test_the_looks_of_a_chat_interface(gradio_app: StartApp, connect: Connect, version: Version) -> None:
    url = gradio_app("yes_man", version)

    profile = (await connect(url)).profile

    assert (profile.mode, profile.history, profile.url) == ("chat_interface", "injected", url)
    assert profile.version.startswith(f"{version}.")
    assert profile.title == "Yes Man"
    assert profile.description == "Ask Yes Man any question"
    assert profile.placeholder == "<strong>Your personal yes-man</strong><br>Ask me anything"
    assert profile.input_placeholder == "Ask me a yes or no question"
    assert profile.accepts == Accepts(max_length=40)
    assert profile.latex_delimiters == (("$$", "$$", True),)
    assert profile.chain
    assert profile.greeting == ()


async def test_the_ways_of_a_page(gradio_app: StartApp, connect: Connect, version: Version) -> None:
    profile = (await connect(gradio_app("voice_notes", version))).profile

    assert profile.look == Look(autofocus=True, autoscroll=False, progress="hidden", send_button=False)
    assert profile.accepts == Accepts(files=True, file_types=("image", "audio"), microphone=True, camera=True)
    assert profile.input_placeholder == ""


async def test_how_texts_are_set(gradio_app: StartApp, connect: Connect, version: Version) -> None:
    profile = (await connect(gradio_app("typeset", version))).profile

    assert profile.latex_delimiters == (
        ("$$", "$$", True),
        ("\\[", "\\]", True),
        ("$", "$", False),
        ("\\(", "\\)", False),
    )
    assert not profile.line_breaks
    assert profile.render_markdown


async def test_a_plain_chat_interface_claims_nothing(
    gradio_app: StartApp, connect: Connect, version: Version
) -> None:
    profile = (await connect(gradio_app("yes_or_no", version))).profile

    assert (profile.inputs, profile.outputs, profile.examples, profile.buttons) == ((), (), (), ())
    assert profile.accepts == Accepts()
    assert profile.description == ""
    # The placeholder of the box is a marker that Gradio's page translates.
    assert "__i18n__" not in profile.input_placeholder
    assert profile.limits == ()


async def test_what_a_message_may_hold(gradio_app: StartApp, connect: Connect, version: Version) -> None:
    images = (await connect(gradio_app("count_images", version))).profile.accepts
    one = (await connect(gradio_app("one_picture", version))).profile.accepts
    documents = (await connect(gradio_app("read_files", version))).profile.accepts

    assert images == Accepts(files=True, file_types=("image",), camera=True)
    assert one == Accepts(files=True, file_types=(".png", "audio"), max_files=1, microphone=True)
    assert documents == Accepts(files=True, camera=True)


async def test_the_types_and_ranges_of_additional_inputs(
    gradio_app: StartApp, connect: Connect, version: Version
) -> None:
    profile = (await connect(gradio_app("every_input", version))).profile
    inputs = {given.name: given for given in profile.inputs}

    assert list(inputs) == [
        "name",
        "count",
        "level",
        "loud",
        "size",
        "colour",
        "pets",
        "paint",
        "data",
        "when",
    ]
    assert [given.kind for given in profile.inputs] == [
        "text",
        "number",
        "slider",
        "checkbox",
        "radio",
        "dropdown",
        "multiselect",
        "color",
        "json",
        "date",
    ]
    name = inputs["name"]
    assert name == AppInput(
        name.id, "name", "Name", "text", "Ann", info="Who asks", placeholder="your name", max_length=20
    )
    count, level = inputs["count"], inputs["level"]
    assert (count.default, count.minimum, count.maximum, count.step) == (3, 1, 9, 1)
    assert (level.default, level.minimum, level.maximum, level.step) == (0.5, 0, 1, 0.25)
    assert inputs["size"].choices == (Choice("small", "small"), Choice("large", "large"))
    colour = inputs["colour"]
    assert colour.choices == (Choice("Red", "r"), Choice("Blue", "b"))
    assert (colour.default, colour.allow_custom) == ("b", True)
    assert inputs["pets"].default == ["cat"]


async def test_inputs_placed_by_the_author_and_their_lines(
    gradio_app: StartApp, connect: Connect, version: Version
) -> None:
    profile = (await connect(gradio_app("system_prompt", version))).profile

    assert [(given.label, given.lines) for given in profile.inputs] == [("System Prompt", 3), ("Tokens", 1)]


async def test_the_title_of_a_page_of_blocks(gradio_app: StartApp, connect: Connect, version: Version) -> None:
    profile = (await connect(gradio_app("chatbot_events", version))).profile

    assert profile.mode == "blocks"
    assert "Chat with handlers of its own" in profile.title
    assert profile.labels.chatbot == "Agent"


async def test_an_app_without_events_of_its_own_says_what_it_cannot_do(
    gradio_app: StartApp, connect: Connect, version: Version
) -> None:
    own = (await connect(gradio_app("own_state", version))).profile
    simple = (await connect(gradio_app("blocks_simple", version))).profile

    assert own.limits
    assert simple.limits == ()
    assert (simple.abilities.retry, simple.abilities.undo, simple.abilities.edit) == (True, True, True)

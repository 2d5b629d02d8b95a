"""What bridges are told of an app, from recorded configs and small made ones."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from fakes.recorded import URL, recorded
from trunkline.backend import AppProfile, Choice, Feedback, Look
from trunkline.errors import UnsupportedApp
from trunkline.gradio.config import AppConfig, check_version, parse_config
from trunkline.gradio.graph import find_chat
from trunkline.gradio.profile import build_profile, own_handlers


@pytest.fixture(params=["5", "6"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def profile(config: AppConfig, **more: Any) -> AppProfile:
    return build_profile(find_chat(config), "app", **more)


def page(*components: dict[str, Any], **more: Any) -> AppConfig:
    """A chatbot (1) and a box (2) whose submit reads and writes both, among `components`."""
    submit = {"id": 0, "targets": [[2, "submit"]], "inputs": [2, 1], "outputs": [2, 1], "api_name": "respond"}
    parts = [
        *components,
        {"id": 1, "type": "chatbot", "props": more.pop("chatbot", {})},
        {"id": 2, "type": "textbox", "props": more.pop("box", {})},
    ]
    raw = {"version": "6.0", "app_id": 1, "components": parts, "dependencies": [submit, *more.pop("then", [])]}
    return parse_config({**raw, "layout": {"children": [{"id": p["id"]} for p in parts]}, **more}, URL)


def test_inputs_with_their_kinds_ranges_and_choices(version: str) -> None:
    manner, times = profile(recorded("example_table", version)).inputs

    assert (manner.name, manner.kind, manner.default) == ("manner", "dropdown", "calm")
    assert manner.choices == (Choice("calm", "calm"), Choice("loud", "loud"))
    assert (times.kind, times.minimum, times.maximum, times.step) == ("slider", 1.0, 5.0, 1.0)


def test_inputs_are_named_as_the_api_names_them(version: str) -> None:
    config = replace(recorded("example_table", version), info={"chat": ("message", "mood", "param_3")})
    names = [name for d in config.dependencies.values() if (name := d.api_name) in ("chat", "answer")]
    config = replace(config, info=dict.fromkeys(names, ("message", "mood", "param_3")))

    assert [item.name for item in profile(config).inputs] == ["mood", "times"]


def test_bound_inputs_are_not_offered(version: str) -> None:
    inputs = profile(recorded("example_table", version), bound=("manner",)).inputs

    assert [item.name for item in inputs] == ["times"]


def test_examples_of_a_table_bring_their_settings(version: str) -> None:
    examples = profile(recorded("example_table", version)).examples

    assert [(e.text, dict(e.settings), e.cached) for e in examples] == [
        ("Hello", {"manner": "loud", "times": 2}, False),
        ("Good night", {"manner": "calm", "times": 3}, False),
        ("Well", {"times": 1}, False),
    ]


def test_what_the_app_allows_follows_who_holds_the_history(version: str) -> None:
    free, bound = profile(recorded("blocks_streaming", version)), profile(recorded("own_state", version))

    assert (free.abilities.retry, free.abilities.undo, free.abilities.edit) == (True, True, True)
    assert (bound.abilities.retry, bound.abilities.undo, bound.abilities.edit) == (False, False, False)
    assert free.limits == ()
    assert "gr.State" in bound.limits[0]


def test_chat_interface_has_no_handlers_that_must_be_fired(version: str) -> None:
    assert own_handlers(find_chat(recorded("saved_history", version))) == frozenset()


def test_a_title_in_its_heading(version: str) -> None:
    assert profile(recorded("saved_history", version)).title == "Kept"
    assert profile(recorded("vote_buttons", version)).title == "Vote"


def test_the_words_after_a_heading_describe() -> None:
    about = {"id": 9, "type": "markdown", "props": {"value": "# Cats\nAll about them."}}

    found = profile(page(about, title="Gradio"))

    assert (found.title, found.description) == ("Cats", "All about them.")


def test_feedback_is_what_the_options_say_and_none_without_an_event() -> None:
    like = {"id": 5, "targets": [[1, "like"]], "inputs": [], "outputs": [], "like_user_message": True}
    options = {"feedback_options": ["Like", "Wrong"]}

    assert profile(page(chatbot=options)).feedback == Feedback()
    assert profile(page(chatbot=options, then=[like])).feedback == Feedback(True, False, ("Wrong",), True)


def test_the_page_s_ways_are_those_of_the_app() -> None:
    assert profile(page()).look == Look()
    quiet = page(chatbot={"autoscroll": False}, box={"autofocus": True, "submit_btn": False})
    (step,) = (replace(step, show_progress="hidden") for step in quiet.dependencies.values())
    quiet = replace(quiet, dependencies={step.id: step}, children={None: (step,)})

    assert profile(quiet).look == Look(autofocus=True, autoscroll=False, progress="hidden")
    assert profile(replace(quiet, mode="chat_interface")).look.send_button is False


@pytest.mark.parametrize(
    ("types", "microphone", "camera"),
    [
        (None, True, True),
        (["image"], False, True),
        (["audio", ".pdf"], True, False),
        ([".wav"], True, False),
        (["file"], True, True),
    ],
)
def test_clips_and_photos_are_taken_where_their_types_are(
    types: list[str] | None, microphone: bool, camera: bool
) -> None:
    config = page(box={"sources": ["upload", "microphone"], "file_types": types})
    box = replace(config.components[2], type="multimodaltextbox")
    accepts = profile(replace(config, components={**config.components, 2: box})).accepts

    assert (accepts.files, accepts.microphone, accepts.camera) == (True, microphone, camera)


def test_texts_in_the_app_s_own_language() -> None:
    def marker(key: str) -> str:
        return "__i18n__" + json.dumps({"__type__": "translation_metadata", "key": key})

    config = page(
        chatbot={"label": marker("bot"), "placeholder": marker("chat_interface.chatbot")},
        box={"placeholder": f"[{marker('nobody_knows')}]"},
        i18n_translations={"en": {"bot": "Helper"}, "de": {"bot": "Helfer"}},
    )

    found = profile(config)

    assert found.labels.chatbot == "Helper"
    assert found.placeholder == "Chatbot"
    assert found.input_placeholder == "[Nobody knows]"


@pytest.mark.parametrize("old", ["4.44.1", "3.50", "", "dev"])
def test_versions_that_are_not_spoken(old: str) -> None:
    with pytest.raises(UnsupportedApp, match="Gradio 5 and 6 are supported"):
        check_version({"version": old}, URL)


def test_versions_that_are_spoken() -> None:
    for version in ("5.0.0", "5.49.1", "6.31.0", "7.0.0"):
        check_version({"version": version}, URL)

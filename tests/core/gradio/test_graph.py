"""The parts of an app, found in recorded configs of both versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.recorded import recorded
from trunkline.errors import UnsupportedApp
from trunkline.gradio.config import AppConfig
from trunkline.gradio.graph import ChatGraph, find_chat

VERSIONS = ("5", "6")


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def fired(graph: ChatGraph) -> list[str]:
    return list(graph.chain_names)


def test_a_turn_of_chat_interface_injects_saves_and_answers(version: str) -> None:
    graph = find_chat(recorded("inputs_in_blocks", version))

    assert graph.history == "injected"
    assert graph.inject is not None
    assert [config_type(graph, o) for o in graph.inject.outputs] == ["state", "state"]
    assert len(graph.submit.steps) == 2
    assert fired(graph)[1:] == ["_clear_and_save_textbox", "_submit_fn"]
    assert graph.memory == frozenset()
    assert graph.js_steps == ()


def test_additional_inputs_are_those_the_answer_reads(version: str) -> None:
    graph = find_chat(recorded("inputs_in_blocks", version))

    assert [graph.config.components[i].label for i in graph.inputs] == ["System Prompt", "Tokens"]


def test_what_chat_interface_does_for_its_own_page_is_no_part_of_the_chat(version: str) -> None:
    graph = find_chat(recorded("saved_history", version))

    assert graph.buttons == ()
    assert graph.loads is None
    assert graph.inputs == ()
    assert len(graph.submit.steps) == 2


def test_pairs_are_told_from_messages(version: str) -> None:
    assert find_chat(recorded("pairs", version)).tuples is (version == "5")
    assert not find_chat(recorded("saved_history", version)).tuples


def test_a_blocks_chain_runs_every_step_that_writes_the_chat(version: str) -> None:
    graph = find_chat(recorded("blocks_streaming", version))

    assert graph.inject is None
    assert graph.history == "injected"
    assert len(fired(graph)) == 2
    assert "Clear" not in [b.component.props.get("value") for b in graph.buttons]


def test_a_state_that_turns_read_and_write_is_the_app_s_memory(version: str) -> None:
    graph = find_chat(recorded("own_state", version))

    assert graph.history == "app"
    assert [config_type(graph, state) for state in graph.memory] == ["state"]


def test_buttons_by_what_they_do_to_the_chat(version: str) -> None:
    graph = find_chat(recorded("vote_buttons", version))

    assert {b.component.props["value"]: b.effect for b in graph.buttons} == {
        "Stop": "stop",
        "🔄 Regenerate": "turn",
        "👍 Upvote": "quiet",
        "👎 Downvote": "quiet",
    }


def test_an_examples_table_with_settings(version: str) -> None:
    graph = find_chat(recorded("example_table", version))

    assert graph.dataset is not None
    assert not graph.dataset.cached
    assert [config_type(graph, c) for c in graph.dataset.columns] == ["textbox", "dropdown", "slider"]


def test_several_chatbots_have_to_be_chosen_from(version: str) -> None:
    config = recorded("several_chatbots", version)

    with pytest.raises(UnsupportedApp) as refused:
        find_chat(config)

    assert '"Loud" (/shout)' in refused.value.user_message
    assert '"Quiet" (/whisper)' in refused.value.user_message
    assert label(find_chat(config, chatbot="quiet")) == "Quiet"
    assert label(find_chat(config, chatbot="/shout")) == "Loud"
    with pytest.raises(UnsupportedApp, match="no chatbot named 'Middle'"):
        find_chat(config, chatbot="Middle")


def test_a_step_in_javascript_is_named(version: str) -> None:
    assert find_chat(recorded("js_step", version)).js_steps == ("respond",)


def test_a_page_without_a_chatbot_is_refused(version: str) -> None:
    config = without(recorded("blocks_streaming", version), "chatbot")

    with pytest.raises(UnsupportedApp, match="no chatbot on its page"):
        find_chat(config)


def test_a_page_without_a_text_box_is_refused(version: str) -> None:
    config = without(recorded("blocks_streaming", version), "textbox")

    with pytest.raises(UnsupportedApp, match="nothing on the page sends a text"):
        find_chat(config)


def test_an_endpoint_by_name(version: str) -> None:
    config = recorded("several_chatbots", version)

    graph = find_chat(config, api_name="/whisper")

    assert graph.history == "api"
    assert graph.chatbot is None
    assert graph.box.label == "Whisper"
    with pytest.raises(UnsupportedApp, match="/shout"):
        find_chat(config, api_name="nothing")


def without(config: AppConfig, kind: str) -> AppConfig:
    """The config with every component of a kind gone."""
    kept = {i: c for i, c in config.components.items() if c.type != kind}
    return replace(config, components=kept)


def config_type(graph: ChatGraph, component: int) -> str:
    return graph.config.type_of(component)


def label(graph: ChatGraph) -> str:
    assert graph.chatbot is not None
    return graph.chatbot.label

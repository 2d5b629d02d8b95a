"""Where an app hears people, found in pages of every make."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.backend import Accepts
from trunkline.errors import UnsupportedApp
from trunkline.gradio.config import AppConfig, parse_config
from trunkline.gradio.graph import ChatGraph, find_chat
from trunkline.gradio.hearing import hearings
from trunkline.gradio.profile import build_profile
from trunkline.utterance import Voice

MICROPHONE, CHATBOT, STATE, SPEAKER, BUTTON, BOX = range(1, 7)
TYPES: dict[int, tuple[str, dict[str, Any]]] = {
    MICROPHONE: ("audio", {"sources": ["microphone"]}),
    CHATBOT: ("chatbot", {"type": "messages"}),
    STATE: ("state", {}),
    SPEAKER: ("audio", {"label": "Voice", "streaming": True}),
    BUTTON: ("button", {"value": "Send"}),
    BOX: ("textbox", {}),
}


def step(number: int, inputs: list[int], outputs: list[int], *targets: tuple[int, str], **more: Any) -> Any:
    return {
        "id": number,
        "targets": targets,
        "inputs": inputs,
        "outputs": outputs,
        "api_name": f"s{number}",
        **more,
    }


def listening(number: int = 0, inputs: list[int] | None = None, outputs: list[int] | None = None) -> Any:
    taken = step(number, inputs or [MICROPHONE, STATE], outputs or [STATE], (MICROPHONE, "stream"))
    return {**taken, "connection": "stream", "stream_every": 0.25, "time_limit": 20}


def page(*steps: Any, **changed: dict[str, Any]) -> AppConfig:
    """A page with every component that a step touches."""
    used = {i for s in steps for i in (*s["inputs"], *s["outputs"], *(t[0] for t in s["targets"]))} | {CHATBOT}
    components = [
        {"id": i, "type": TYPES[i][0], "props": {**TYPES[i][1], **changed.get(TYPES[i][0], {})}}
        for i in sorted(used)
    ]
    layout = {"children": [{"id": i} for i in sorted(used) if i != STATE]}
    raw = {"version": "6.31.0", "components": components, "dependencies": list(steps), "layout": layout}
    return parse_config(raw, "http://app.test")


def chat(*steps: Any, **changed: dict[str, Any]) -> ChatGraph:
    return find_chat(page(*steps, **changed))


def test_the_guide_s_conversation() -> None:
    graph = chat(
        listening(outputs=[MICROPHONE, STATE]),
        step(1, [STATE], [SPEAKER, STATE], (MICROPHONE, "stop_recording")),
        step(2, [STATE], [CHATBOT], trigger_after=1),
        step(3, [STATE], [MICROPHONE], (SPEAKER, "stop")),
    )
    profile = build_profile(graph, "app")

    assert graph.hearing is not None
    assert graph.spoken_only
    assert graph.chain_names == ("s0", "s1", "s2")
    assert graph.history == "app"
    assert profile.accepts == Accepts(
        text=False, files=True, file_types=("audio",), max_files=1, microphone=True, speech=True
    )
    assert profile.voice == Voice(0.25, 20.0, ("Voice",), True)
    assert profile.inputs == ()


@pytest.mark.parametrize("event", ["stop_recording", "change", "input", "upload"])
def test_a_recording_that_is_answered(event: str) -> None:
    graph = chat(step(0, [MICROPHONE, CHATBOT], [CHATBOT, MICROPHONE], (MICROPHONE, event)))

    assert graph.hearing is not None
    assert graph.hearing.listen is None
    assert graph.hearing.chain.trigger == (MICROPHONE, event)
    assert graph.hearing.reads_file(graph.config)
    assert graph.history == "injected"


def test_the_end_of_a_recording_goes_before_its_file() -> None:
    both = [(MICROPHONE, "upload"), (MICROPHONE, "stop_recording")]
    graph = chat(
        step(0, [MICROPHONE, CHATBOT], [CHATBOT], *both), step(1, [MICROPHONE], [STATE], (MICROPHONE, "change"))
    )

    assert graph.hearing is not None
    assert graph.hearing.chain.trigger == (MICROPHONE, "stop_recording")
    assert [sorted(chain.steps) for chain in graph.hearing.announced] == [[1]]


def test_a_button_that_sends_the_recording() -> None:
    graph = chat(step(0, [MICROPHONE, CHATBOT], [CHATBOT], (BUTTON, "click")))

    assert graph.spoken_only
    assert graph.hearing is not None
    assert graph.hearing.component.id == MICROPHONE
    assert graph.buttons == ()


def test_a_chat_that_follows_a_state() -> None:
    graph = chat(
        listening(),
        step(1, [STATE], [STATE], (MICROPHONE, "stop_recording")),
        step(2, [STATE], [CHATBOT], (STATE, "change")),
    )

    assert graph.hearing is not None
    assert graph.hearing.chain.through == {STATE}


def test_what_follows_the_stream_itself_answers() -> None:
    graph = chat(listening(), step(1, [STATE, CHATBOT], [CHATBOT], trigger_after=0))

    assert graph.hearing is not None
    assert graph.hearing.chain.steps == {1}


def test_a_stream_that_writes_the_chat() -> None:
    graph = chat(listening(outputs=[CHATBOT, STATE]))

    assert graph.hearing is not None
    assert graph.hearing.chain.steps == frozenset()
    assert graph.chain_names == ("s0",)


def test_a_state_that_begins_anew_with_each_recording_is_no_memory() -> None:
    steps = [listening(), step(1, [STATE, CHATBOT], [CHATBOT], (MICROPHONE, "stop_recording"))]
    begins = step(2, [], [STATE], (MICROPHONE, "start_recording"))

    assert (chat(*steps).history, chat(*steps, begins).history) == ("app", "injected")


def test_a_box_goes_before_a_microphone() -> None:
    graph = chat(
        step(0, [BOX, CHATBOT], [CHATBOT], (BOX, "submit")),
        listening(1),
        step(2, [STATE, CHATBOT], [CHATBOT, SPEAKER], (MICROPHONE, "stop_recording")),
    )
    profile = build_profile(graph, "app")

    assert (graph.box.id, graph.spoken_only, graph.history) == (BOX, False, "injected")
    assert graph.chain_names == ("s0",)
    assert profile.accepts == Accepts(microphone=True, speech=True)
    assert profile.voice.stream_every == 0.25


def test_a_box_is_not_lost_over_a_microphone_that_needs_a_browser() -> None:
    graph = chat(
        step(0, [BOX, CHATBOT], [CHATBOT], (BOX, "submit")),
        step(1, [MICROPHONE, CHATBOT], [CHATBOT], (MICROPHONE, "stop_recording"), js="() => 1"),
    )

    assert graph.hearing is None
    assert graph.js_steps == ()


@pytest.mark.parametrize(
    "steps",
    [
        [step(0, [MICROPHONE], [SPEAKER], (MICROPHONE, "stop_recording"))],
        [step(0, [SPEAKER, CHATBOT], [CHATBOT], (MICROPHONE, "stop_recording"))],
        [listening(), step(1, [STATE], [SPEAKER], (MICROPHONE, "stop_recording"))],
    ],
    ids=["it answers elsewhere", "it reads something else", "it never comes to the chat"],
)
def test_a_microphone_that_leads_nowhere(steps: list[Any]) -> None:
    config = page(*steps)

    assert list(hearings(config, config.components[CHATBOT])) == []
    with pytest.raises(UnsupportedApp, match=r"gr\.Audio"):
        find_chat(config)


@pytest.mark.parametrize("props", [{"visible": False}, {"interactive": False}])
def test_a_microphone_that_nobody_can_use(props: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedApp):
        chat(step(0, [MICROPHONE, CHATBOT], [CHATBOT], (MICROPHONE, "stop_recording")), audio=props)

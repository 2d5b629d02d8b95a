"""Which component beside a plain text box takes a file, and what stands there later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from trunkline.errors import AppRefused, MediaError
from trunkline.gradio.attaching import (
    Slot,
    accepts_beside,
    fill,
    place,
    slot_of,
    slots_of,
    standing,
    uploaded_settings,
    without_files,
)
from trunkline.gradio.client import AppClient
from trunkline.gradio.config import AppConfig, Component, parse_config
from trunkline.gradio.graph import find_chat
from trunkline.gradio.profile import app_inputs, build_profile
from trunkline.gradio.session import AppSession
from trunkline.messages import Blob, Media, MediaKind, Message, Text

MIMES: dict[str, str] = {
    "image": "image/png",
    "audio": "audio/wav",
    "video": "video/mp4",
    "file": "application/pdf",
}


def media(kind: MediaKind, name: str) -> Media:
    return Media(kind, Blob(name, 1), name=name, mime=MIMES[kind])


CAT, DOG = media("image", "cat.png"), media("image", "dog.png")
TONE, PAPER = media("audio", "tone.wav"), media("file", "paper.pdf")


def slot(number: int, kind: str, *, written: bool = False, **props: Any) -> Slot:
    return slot_of(Component(number, kind, props), written)


IMAGE, ANY, PAPERS = slot(1, "image"), slot(2, "file"), slot(3, "file", file_types=[".pdf"], file_count="multiple")


async def upload(file: Media) -> dict[str, Any]:
    return {"path": f"/up/{file.name}"}


async def gone(file: Media) -> dict[str, Any]:
    raise MediaError(f"{file.name} is gone.")


def said(text: str, *files: Media) -> Message:
    return Message("user", (*files, Text(text)))


def page(*components: tuple[str, dict[str, Any]], box: str = "textbox", outputs: Sequence[int] = ()) -> AppConfig:
    """A chatbot (1), a box (2) and `components` from 3 on, which a submit reads."""
    numbers = list(range(3, 3 + len(components)))
    submit = {"id": 0, "targets": [[2, "submit"]], "inputs": [2, 1, *numbers], "outputs": [1, *outputs]}
    parts = [
        {"id": 1, "type": "chatbot", "props": {}},
        {"id": 2, "type": box, "props": {}},
        *({"id": n, "type": kind, "props": props} for n, (kind, props) in zip(numbers, components, strict=True)),
    ]
    layout = {"children": [{"id": part["id"]} for part in parts]}
    raw = {"version": "6.0", "components": parts, "dependencies": [submit], "layout": layout}
    return parse_config(raw, "http://app.test")


def test_a_file_goes_into_the_first_place_that_takes_it() -> None:
    placed, left = place((CAT, TONE, DOG, PAPER), (IMAGE, PAPERS, ANY))

    assert placed == {1: (CAT,), 2: (TONE,), 3: (PAPER,)}
    assert left == (DOG,)


def test_a_place_for_several_takes_them_all() -> None:
    other = media("file", "other.pdf")

    assert place((PAPER, other, CAT), (PAPERS,)) == ({3: (PAPER, other)}, (CAT,))


def test_what_a_message_may_hold_is_the_sum_of_the_places() -> None:
    audio = slot(4, "audio", sources=["upload", "microphone"])

    assert accepts_beside((), 20).files is False
    both = accepts_beside((IMAGE, audio), 20)
    assert (both.file_types, both.max_files, both.max_length, both.microphone) == (("image", "audio"), 2, 20, True)
    assert accepts_beside((IMAGE, ANY), None).file_types == ()
    assert accepts_beside((IMAGE, PAPERS), None).max_files is None


@pytest.mark.parametrize(
    ("kind", "props", "taken"),
    [
        ("image", {}, True),
        ("image", {"visible": False}, False),
        ("image", {"interactive": False}, False),
        ("slider", {}, False),
    ],
)
def test_only_what_a_person_can_fill_takes_files(kind: str, props: dict[str, Any], taken: bool) -> None:
    graph = find_chat(page((kind, props)))

    assert [found.id for found in graph.slots] == ([3] if taken else [])
    assert build_profile(graph, "app").accepts.files is taken


def test_a_box_that_takes_files_takes_them_all() -> None:
    assert find_chat(page(("image", {}), box="multimodaltextbox")).slots == ()


def test_places_for_one_kind_come_first_and_know_whether_the_app_empties_them() -> None:
    config = page(("file", {}), ("image", {}), outputs=[4])
    graph = find_chat(config)

    assert [(found.id, found.written) for found in graph.slots] == [(4, True), (3, False)]
    assert slots_of(config, (), (), config.components[2]) == ()


def test_a_film_is_wrapped_for_gradio_5() -> None:
    film = slot(5, "video")

    assert film.value([{"path": "a"}], 5) == {"video": {"path": "a"}, "subtitles": None}
    assert film.value([{"path": "a"}], 6) == {"path": "a"}
    assert film.value([], 5) is None


def test_the_newest_file_stands_until_another_comes() -> None:
    history = (said("a", CAT), Message("assistant", (TONE,)), said("b", DOG), said("c", PAPER), said("d"))

    assert standing(history, (IMAGE, ANY)) == {1: (DOG,), 2: (PAPER,)}
    assert standing(history[:2], (IMAGE, ANY)) == {1: (CAT,)}


@pytest.mark.parametrize("written", [False, True])
async def test_what_a_component_holds_from_turn_to_turn(written: bool) -> None:
    session = AppSession(AppClient("http://app.test"))
    slots = (slot(1, "image", written=written),)
    history = (said("a", CAT),)

    first = await fill(session, slots, {1: (CAT,)}, (), upload, 6)
    kept = await fill(session, slots, {}, history, upload, 6)
    taken_back = await fill(session, slots, {}, (), upload, 6)

    assert first == ({}, [1])
    assert kept == ({1: {"path": "/up/cat.png"}}, [])
    assert taken_back == ({}, [])


async def test_a_new_session_is_given_a_file_unless_the_app_empties_its_component() -> None:
    history = (said("a", CAT),)

    stays = await fill(AppSession(AppClient("http://a")), (IMAGE,), {}, history, upload, 6)
    emptied = await fill(
        AppSession(AppClient("http://a")), (slot(1, "image", written=True),), {}, history, upload, 6
    )

    assert stays == ({1: {"path": "/up/cat.png"}}, [1])
    assert emptied == ({}, [])


async def test_what_the_app_wrote_is_left_until_a_file_comes() -> None:
    session = AppSession(AppClient("http://app.test"))
    session.values[1] = None

    left = await fill(session, (IMAGE,), {}, (said("a", CAT),), upload, 6)
    came = await fill(session, (IMAGE,), {1: (DOG,)}, (said("a", CAT),), upload, 6)

    assert left == ({}, [])
    assert came == ({}, [1])
    assert 1 not in session.values


async def test_a_file_that_retention_took_leaves_its_component_empty() -> None:
    session = AppSession(AppClient("http://app.test"))

    assert await fill(session, (IMAGE,), {}, (said("a", CAT),), gone, 6) == ({}, [])


async def test_settings_are_uploaded_and_what_the_app_named_goes_back() -> None:
    config = page(("file", {"file_count": "multiple", "label": "Papers"}), ("image", {"label": "Picture"}))
    inputs = app_inputs(find_chat(config))
    blob = {"type": "blob", "sha256": "ab", "size": 2, "name": "a.pdf"}
    own = {"path": "/tmp/own.png", "meta": {"_type": "gradio.FileData"}}

    found = await uploaded_settings({3: [blob, blob], 4: own}, inputs, config, upload)
    none = await uploaded_settings({3: None, 4: []}, inputs, config, upload)

    assert found == {3: [{"path": "/up/a.pdf"}, {"path": "/up/a.pdf"}], 4: own}
    assert none == {3: None, 4: []}


@pytest.mark.parametrize("value", [{"type": "blob"}, {"type": "media", "source": 3}])
async def test_a_setting_that_is_no_file_is_refused(value: dict[str, Any]) -> None:
    config = page(("image", {}))

    with pytest.raises(AppRefused, match="set it again"):
        await uploaded_settings({3: value}, app_inputs(find_chat(config)), config, upload)


def test_a_history_without_the_files_of_people() -> None:
    history = (said("see", CAT), Message("assistant", (DOG, Text("seen"))))

    assert without_files(history) == (Message("user", (Text("see"),)), history[1])

"""The web protocol's schema: valid itself, and every frame type has an example that fits exactly."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import trunkline_bridges
from trunkline import codec, inbound, messages

PROTOCOL = Path(str(resources.files(trunkline_bridges))) / "web" / "protocol"
SCHEMA: dict[str, Any] = json.loads((PROTOCOL / "v1.schema.json").read_text(encoding="utf-8"))
EXAMPLES = sorted((PROTOCOL / "examples").glob("*.json"))


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with every described object closed: what it allows only for the future is refused."""
    strict = copy.deepcopy(schema)
    for node in _objects(strict):
        node.setdefault("additionalProperties", False)
    return strict


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            yield node
        for child in node.values():
            yield from _objects(child)
    elif isinstance(node, list):
        for child in node:
            yield from _objects(child)


def validator(definition: str, *, strict: bool = True) -> Draft202012Validator:
    schema = closed(SCHEMA) if strict else SCHEMA
    return Draft202012Validator({**schema, "anyOf": [{"$ref": f"#/$defs/{definition}"}]})


def frame_types(side: str) -> set[str]:
    members = SCHEMA["$defs"][f"{side.capitalize()}Frame"]["oneOf"]
    names = [member["$ref"].removeprefix("#/$defs/") for member in members]
    return {SCHEMA["$defs"][name]["properties"]["type"]["const"] for name in names}


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_fits_its_sender(path: Path) -> None:
    side = path.name.partition(".")[0]
    frame = json.loads(path.read_text(encoding="utf-8"))

    assert path.name.removeprefix(f"{side}.").removesuffix(".json").partition("-")[0] == frame["type"]
    validator(f"{side.capitalize()}Frame").validate(frame)


@pytest.mark.parametrize("side", ["client", "server"])
def test_every_frame_type_has_an_example(side: str) -> None:
    shown = {json.loads(path.read_text("utf-8"))["type"] for path in EXAMPLES if path.name.startswith(f"{side}.")}

    assert shown == frame_types(side)


@pytest.mark.parametrize("side", ["client", "server"])
def test_unknown_members_are_allowed_and_missing_ones_are_not(side: str) -> None:
    lenient = validator(f"{side.capitalize()}Frame", strict=False)
    for path in EXAMPLES:
        if not path.name.startswith(f"{side}."):
            continue
        frame = json.loads(path.read_text(encoding="utf-8"))
        assert lenient.is_valid({**frame, "of_a_later_version": 1}), path.name
        for name in SCHEMA["$defs"][_definition(side, frame["type"])]["required"]:
            short = {key: value for key, value in frame.items() if key != name}
            assert not lenient.is_valid(short), f"{path.name} without {name}"


def _definition(side: str, frame_type: str) -> str:
    words = frame_type.replace("_", ".").split(".")
    return side.capitalize() + "".join(word.capitalize() for word in words)


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "send", "id": "short", "conversation": 7, "parts": [{"type": "text", "text": "hi"}]},
        {"type": "send", "id": "m-00000001", "conversation": 7, "parts": []},
        {"type": "send", "id": "m-00000001", "conversation": -1, "parts": [{"type": "text", "text": "hi"}]},
        {
            "type": "send",
            "id": "m-00000001",
            "conversation": 7,
            "parts": [{"type": "media", "kind": "image", "source": {"path": "/etc/passwd"}}],
        },
        {"type": "choose", "id": "m-00000001", "conversation": 7, "turn": -1, "index": 0},
        {"type": "hello", "protocol": 2, "locale": "en"},
        {"type": "shout", "id": "m-00000001"},
    ],
)
def test_bad_client_frames_are_refused(frame: dict[str, Any]) -> None:
    assert not validator("ClientFrame", strict=False).is_valid(frame)


def test_what_the_codec_writes_fits() -> None:
    message = messages.Message(
        "assistant",
        (
            messages.Text("Hello"),
            messages.Thought(
                "Search", (messages.Text("…"), messages.Thought("Deeper")), "pending", 0.5, "log", "t1"
            ),
            messages.Media("audio", name="said.wav", heard_ms=9, recording=True),
            messages.Media("html", spec="<b>x</b>", name="a", mime="text/html", alt="b", caption="c", group="g"),
            messages.Artifact("table", "T", {"headers": ["a"], "data": [[1]]}),
        ),
        (messages.Option("v", "l"),),
        messages.Speaker("web", "visitor", "Ada", "team"),
    )
    reply = messages.Reply(
        (message,),
        (messages.Artifact("code", "C", "x", "python"),),
        (messages.Notice("progress", "p", "t", 0.5), messages.Notice("queue", rank=1, queue_size=2, eta=3.0)),
        "failed",
        "It failed.",
    )

    validator("Body").validate(codec.encode(reply))
    validator("Body").validate(codec.encode(message))


def test_commands_carry_what_the_vocabulary_needs() -> None:
    commands: dict[str, type[Any]] = {
        "choose": inbound.Choose,
        "example": inbound.UseExample,
        "press": inbound.Press,
        "retry": inbound.Retry,
        "rate": inbound.Rate,
        "settings.set": inbound.Configure,
        "conversation.rename": inbound.RenameConversation,
        "conversation.delete": inbound.DeleteConversation,
        "conversation.switch": inbound.SwitchConversation,
        "conversation.new": inbound.NewConversation,
    }
    for frame_type, command in commands.items():
        members = SCHEMA["$defs"][_definition("client", frame_type)]["properties"]
        assert {field.name for field in dataclasses.fields(command)} <= set(members), frame_type

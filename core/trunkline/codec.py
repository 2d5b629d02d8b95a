"""The vocabulary as JSON, and back: what the store keeps, the web protocol carries and `--json` prints.

A value becomes an object whose `type` is its class name in snake case and whose fields are those that differ
from their defaults. Unknown fields are ignored on the way back, so that older and newer versions read each
other; an unknown `type` raises `ValueError`. Bytes (`Inline`) are base64.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar, cast

from . import inbound, messages
from .messages import Json

T = TypeVar("T")

_CLASSES: tuple[type[Any], ...] = (
    messages.Blob,
    messages.AppFile,
    messages.Inline,
    messages.Link,
    messages.Text,
    messages.Media,
    messages.Artifact,
    messages.Thought,
    messages.Option,
    messages.Speaker,
    messages.Message,
    messages.Notice,
    messages.Reply,
    inbound.Place,
    inbound.Say,
    inbound.Choose,
    inbound.UseExample,
    inbound.Press,
    inbound.Retry,
    inbound.Edit,
    inbound.Undo,
    inbound.Clear,
    inbound.Stop,
    inbound.Rate,
    inbound.Configure,
    inbound.NewConversation,
    inbound.SwitchConversation,
    inbound.RenameConversation,
    inbound.DeleteConversation,
    inbound.ChooseApp,
    inbound.Pause,
    inbound.ForgetMe,
    inbound.TakeOver,
    inbound.MessageDeleted,
    inbound.Heard,
    inbound.Inbound,
)
_TYPE_NAMES = {cls: re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower() for cls in _CLASSES}
_BY_NAME = {name: cls for cls, name in _TYPE_NAMES.items()}
# Fields that hold plain JSON and are passed through as they are.
_VERBATIM = {
    (messages.Media, "spec"),
    (messages.Artifact, "value"),
    (inbound.Configure, "values"),
    (inbound.Inbound, "context"),
    (inbound.Inbound, "target"),
}


def encode(value: object) -> Json:
    """`value` and what it holds as JSON. `TypeError` for what is no part of the vocabulary."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    name = _TYPE_NAMES.get(type(value))
    if name is None:
        raise TypeError(f"{type(value).__name__} is no part of the vocabulary")
    encoded: dict[str, Json] = {"type": name}
    for field_name, default, verbatim in _LAYOUTS[type(value)]:
        item = getattr(value, field_name)
        if item != default:
            encoded[field_name] = item if verbatim else encode(item)
    return encoded


def decode(value: Json, expected: type[T]) -> T:
    """What `encode` made, back. `ValueError` when it is nothing of the kind, `expected` included."""
    decoded = _decode(value)
    if not isinstance(decoded, expected):
        raise ValueError(f"expected {expected.__name__}, found {type(decoded).__name__}")
    return decoded


def decode_all(values: Json, expected: type[T]) -> tuple[T, ...]:
    """`decode` for each item of an array."""
    if not isinstance(values, list | tuple):
        raise ValueError(f"expected an array of {expected.__name__}, found {type(values).__name__}")
    return tuple(decode(value, expected) for value in values)


def _default(field: Any) -> object:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return cast("Callable[[], object]", field.default_factory)()
    return MISSING


_LAYOUTS = {cls: tuple((f.name, _default(f), (cls, f.name) in _VERBATIM) for f in fields(cls)) for cls in _CLASSES}


def _decode(value: Json) -> object:
    if isinstance(value, list | tuple):
        return tuple(_decode(item) for item in value)
    if not isinstance(value, Mapping):
        return value
    cls = _BY_NAME.get(str(value.get("type")))
    if cls is None:
        raise ValueError(f"unknown type {str(value.get('type'))!r}")
    known: dict[str, object] = {}
    for name, default, verbatim in _LAYOUTS[cls]:
        if name in value:
            item = value[name]
            known[name] = item if verbatim else _decode(item)
        elif default is MISSING:
            raise ValueError(f"a {value.get('type')} lacks {name!r}")
    if cls is messages.Inline:
        return messages.Inline(base64.b64decode(str(known["data"])))
    return cls(**known)

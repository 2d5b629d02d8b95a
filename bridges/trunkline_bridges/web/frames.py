"""Frames as the bytes that go over the wire."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from trunkline.messages import Json

Frame = Mapping[str, Json]


def _members(value: object) -> dict[str, Json]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_members)
_escaping = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False, default=_members)


def dumps(frame: Frame) -> bytes:
    """`frame` as JSON in UTF-8.

    Numbers that JSON does not have (NaN and infinities, as tables may hold) become null; half a surrogate pair,
    as an app's tokens may end in, is escaped.
    """
    try:
        text = _encoder.encode(frame)
    except ValueError:
        frame = _finite(frame)
        text = _encoder.encode(frame)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _escaping.encode(frame).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value

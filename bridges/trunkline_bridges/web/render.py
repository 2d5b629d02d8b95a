"""What a reply looks like in a browser: one post whose body is the web protocol's. Pure.

A post's body is `{"conversation", "turn", "role", "body"}`; the last is the protocol's `Body`, with media sources
as the core knows them: `media.with_addresses` makes them addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from trunkline import codec
from trunkline.backend import AppProfile
from trunkline.bridge import Post, Shown, TurnView, View
from trunkline.messages import Json, Message, Part, Reply, Text, Thought

REPLY_KEY = "reply"
_NEWEST_ONLY = frozenset({"retry", "undo", "choose"})


class _Recent:
    """What was encoded lately, by identity: a snapshot shares all but its newest parts with the one before.

    Two generations of at most `size` entries each; an entry holds its value, so that no id is given twice.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._young: dict[int, tuple[object, Json]] = {}
        self._old: dict[int, tuple[object, Json]] = {}

    def get(self, value: object) -> Json | None:
        key = id(value)
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is None:
                return None
            self._young[key] = found
        return found[1]

    def put(self, value: object, encoded: Json) -> None:
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}
        self._young[id(value)] = (value, encoded)


_recent = _Recent(256)


def render(reply: Reply, view: View, shown: Sequence[Shown], now: float) -> tuple[Post, ...]:
    """One post. A thought's `started_at` is when it was first drawn pending: what is shown remembers it."""
    standing = next((one.post.body.get("body") for one in shown if one.post.key == REPLY_KEY), None)
    body = reply_body(reply, view.profile, newest=view.newest)
    if reply.running:
        body["messages"] = _with_clocks(reply, cast("list[Json]", body["messages"]), standing, now)
    return (
        Post(
            REPLY_KEY,
            {"conversation": view.conversation, "turn": view.turn, "role": "assistant", "body": body},
        ),
    )


def reply_body(reply: Reply, profile: AppProfile, *, newest: bool) -> dict[str, Json]:
    """The protocol's `ReplyBody`."""
    body: dict[str, Json] = {"type": "reply", "messages": [message_body(message) for message in reply.messages]}
    if reply.artifacts:
        body["artifacts"] = [_part_body(artifact) for artifact in reply.artifacts]
    if reply.notices:
        body["notices"] = [codec.encode(notice) for notice in reply.notices]
    if not reply.running:
        body["state"] = reply.state
        if reply.error:
            body["error"] = reply.error
        allowed = controls(reply, profile, newest=newest)
        if allowed:
            body["controls"] = allowed
    return body


def controls(reply: Reply, profile: AppProfile, *, newest: bool) -> list[Json]:
    """The commands that an ended turn takes. A failed one left no history: it can only be tried again."""
    abilities, failed = profile.abilities, reply.state == "failed"
    offered = {
        "retry": newest and abilities.retry,
        "undo": newest and abilities.undo and not failed,
        "edit": abilities.edit and not failed,
        "rate": profile.feedback.offered and not failed,
        "choose": newest and bool(reply.options) and not failed,
    }
    return [name for name, is_offered in offered.items() if is_offered]


def without_newest_controls(body: Mapping[str, Json]) -> Mapping[str, Json]:
    """The body of a turn that a newer one follows."""
    now = cast("Sequence[str]", body.get("controls", ()))
    left: list[Json] = [name for name in now if name not in _NEWEST_ONLY]
    if len(left) == len(now):
        return body
    others = {name: value for name, value in body.items() if name != "controls"}
    return {**others, "controls": left} if left else others


def message_body(message: Message) -> Json:
    known = _recent.get(message)
    if known is not None:
        return known
    body: dict[str, Json] = {
        "type": "message",
        "role": message.role,
        "parts": [_part_body(part) for part in message.parts],
    }
    if message.options:
        body["options"] = [codec.encode(option) for option in message.options]
    # A visitor's id stands for who they are: it is nobody else's to see, and they know their own name.
    _recent.put(message, body)
    return body


def _part_body(part: Part) -> Json:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    known = _recent.get(part)
    if known is not None:
        return known
    body = codec.encode(part)
    _recent.put(part, body)
    return body


def turn_posts(turn: TurnView, profile: AppProfile, *, newest: bool) -> list[dict[str, Json]]:
    """The posts of a stored turn as the protocol's `PostState`s."""
    posts: list[dict[str, Json]] = []
    if turn.user is not None:
        posts.append({"post": f"{turn.id}.user", "role": "user", "body": message_body(turn.user), "at": turn.at})
    if turn.state not in {"received", "running"} or turn.reply.messages:
        body = reply_body(turn.reply, profile, newest=newest)
        posts.append({"post": f"{turn.id}.{REPLY_KEY}", "role": "assistant", "body": body})
    return posts


def _with_clocks(reply: Reply, bodies: list[Json], standing: Json, now: float) -> list[Json]:
    before = standing.get("messages") if isinstance(standing, Mapping) else None
    old = before if isinstance(before, list | tuple) else ()
    return [
        _clocked(body, old[index] if index < len(old) else None, now) if _thinks(message) else body
        for index, (message, body) in enumerate(zip(reply.messages, bodies, strict=True))
    ]


def _thinks(message: Message) -> bool:
    return any(isinstance(part, Thought) for part in message.parts)


def _clocked(value: Json, before: Json, now: float) -> Json:
    """`value` with `started_at` at every pending thought; the same object where there is none."""
    if isinstance(value, list | tuple):
        old = before if isinstance(before, list | tuple) else ()
        items = [_clocked(item, old[i] if i < len(old) else None, now) for i, item in enumerate(value)]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if not isinstance(value, Mapping) or ("parts" not in value and not _pending(value)):
        return value
    known = before if isinstance(before, Mapping) else {}
    clocked = dict(value)
    if "parts" in value:
        clocked["parts"] = _clocked(value["parts"], known.get("parts"), now)
    if _pending(value):
        same = known.get("title") == value.get("title") and known.get("id") == value.get("id")
        started = known.get("started_at") if same else None
        clocked["started_at"] = now if started is None else started
    elif clocked.get("parts") is value.get("parts"):
        return value
    return clocked


def _pending(value: Mapping[str, Json]) -> bool:
    return value.get("type") == "thought" and value.get("status") == "pending"

"""Chatbot values as messages, for every format Gradio speaks. `history.py` is the way back.

Gradio 6 sends `{"role", "content": [{"type": "text" | "file" | "component", …}], "metadata", "options"}`;
Gradio 5 a single content (string, file or component), or pairs `[user, assistant]` of such contents.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from ..errors import AppFailed
from ..messages import Artifact, Inline, Media, Message, Option, Part, Role, Text, Thought
from .files import is_file, media_of

Format: TypeAlias = Literal["blocks", "single", "tuples"]
"""How a chatbot holds messages: content blocks (6.x), one content a message (5.x), or pairs (5.x)."""
RawMessage: TypeAlias = dict[str, Any]

_FILE_LIKE = {"image", "audio", "video", "file", "model3d"}


_HIDDEN = Message("assistant", ())
"""Stands for a message of a role that Gradio's page does not show (system)."""
_SHOWN_ROLES = ("user", "assistant")


def messages_of(value: object, root: str) -> tuple[Message, ...]:
    """A whole chatbot value as messages. `AppFailed` when it is none."""
    reader = ReplyReader(0, root, skip_user=False)
    reader.update(value, None)
    return reader.messages


class ReplyReader:
    """Reads the growing value of a chatbot: only what came after the history and the user's message.

    `start` is the number of raw messages (or pairs) of the history, `last` its last message: an app may cut the
    history or begin anew, and then the reply is what follows the last message of the user. Without `skip_user`
    messages of the user are read too, and all of them where the history was replaced. Given the indices that
    changed, it converts those again and nothing else.
    """

    def __init__(self, start: int, root: str, *, last: Message | None = None, skip_user: bool = True) -> None:
        self._start = start
        self._last = last
        self._root = root
        self._skip_user = skip_user
        self._after = 0
        self._first = 0
        self._own: list[Message] = []
        self._raw: list[Any] = []
        self.messages: tuple[Message, ...] = ()
        self.anew = False
        """The app put a chat of its own in place of the history."""

    def update(self, value: object, touched: set[int] | None) -> None:
        """Take the chatbot's new value; `touched` None means that anything may have changed."""
        if value is None:
            value = []
        if not isinstance(value, list):
            raise _invalid(value)
        pairs = bool(value) and isinstance(value[0], list | tuple)
        start = self._start
        if pairs and not self._skip_user and len(value) <= start:
            start = 0
        raw = _from_pairs(value, start) if pairs else value
        if touched is None or pairs or raw is not self._raw:
            self._raw = raw
            self.anew = start < self._start
            self._first = self._find_first(0 if pairs else start)
            self._own = [self._convert(i) for i in range(self._first, len(raw))]
        else:
            for index in sorted(i for i in touched if i >= self._first):
                position = index - self._first
                if position < len(self._own):
                    self._own[position] = self._convert(index)
                elif self._skip_user and not self._own and (_role(raw[index]) == "user" or is_unseen(raw[index])):
                    self._first = index + 1
                else:
                    self._own.append(self._convert(index))
        self.messages = self._nested()

    def _find_first(self, start: int) -> int:
        """Where the reply begins: behind the history and the messages of the user that follow it."""
        raw = self._raw
        if start and not self._holds_history(start):
            start = _after_last_user(raw) if self._skip_user else 0
            self.anew = not self._skip_user
        self._after = first = start
        while self._skip_user and first < len(raw) and (_role(raw[first]) == "user" or is_unseen(raw[first])):
            first += 1
        return first

    @property
    def said(self) -> tuple[Message, ...]:
        """The messages of the user that the reply follows, as the app shows them."""
        shown = range(self._after, min(self._first, len(self._raw)))
        return tuple(self._convert(i) for i in shown if not is_unseen(self._raw[i]))

    def unseen(self) -> list[tuple[int, RawMessage]]:
        """The messages that are never shown and came with the reply, with how many of the user's and of the
        reply's stand before each."""
        found: list[tuple[int, RawMessage]] = []
        before = 0
        for index, raw in enumerate(self._raw[self._after :], self._after):
            if is_unseen(raw):
                found.append((before, raw))
            elif index < self._first:
                before = 1
            elif not _metadata(raw).get("parent_id"):
                before += 1
        return found

    def _holds_history(self, start: int) -> bool:
        """The history's last message still stands where we sent it."""
        if len(self._raw) < start:
            return False
        while start > 1 and is_unseen(self._raw[start - 1]):
            start -= 1
        found = self._convert(start - 1)
        return self._last is None or found.text.split() == self._last.text.split()

    def _convert(self, index: int) -> Message:
        raw = self._raw[index]
        if is_unseen(raw):
            return _HIDDEN
        return message_of(raw, self._root, str(index))

    def _nested(self) -> tuple[Message, ...]:
        """The messages as they are shown: thoughts in their parents, other roles than the two left out."""
        raw = self._raw
        parents = [_metadata(raw[self._first + i]).get("parent_id") for i in range(len(self._own))]
        nested = _nest(self._own, parents) if any(parents) else tuple(self._own)
        return tuple(message for message in nested if message is not _HIDDEN)


def message_of(raw: object, root: str, key: str = "") -> Message:
    """One raw message. `AppFailed` when it is none. `key` tells galleries of different messages apart."""
    if not isinstance(raw, dict) or "content" not in raw:
        raise _invalid(raw)
    parts = tuple(_content_parts(raw["content"], root, key))
    metadata = _metadata(raw)
    title = metadata.get("title")
    if isinstance(title, str) and title:
        parts = (_thought(title, metadata, parts),)
    return Message(_role(raw), parts, _options(raw.get("options")))


def _thought(title: str, metadata: Mapping[str, Any], parts: tuple[Part, ...]) -> Thought:
    duration = metadata.get("duration")
    identity = metadata.get("id")
    return Thought(
        title=title,
        parts=parts,
        status="pending" if metadata.get("status") == "pending" else "done",
        duration=float(duration) if isinstance(duration, int | float) else None,
        log=str(metadata.get("log") or ""),
        id="" if identity is None else str(identity),
    )


def _nest(own: Sequence[Message], parents: Sequence[object]) -> tuple[Message, ...]:
    """Thoughts put into their parents. One whose parent is unknown stands by itself, as on Gradio's page."""
    thoughts = {
        part.id: i for i, m in enumerate(own) for part in m.parts[:1] if isinstance(part, Thought) and part.id
    }
    children: dict[int, list[int]] = {}
    roots: list[int] = []
    for index, parent in enumerate(parents):
        above = thoughts.get(str(parent)) if parent else None
        if above is None or above >= index:
            roots.append(index)
        else:
            children.setdefault(above, []).append(index)

    def with_children(index: int) -> Message:
        message = own[index]
        if index not in children:
            return message
        thought = message.parts[0]
        assert isinstance(thought, Thought)
        inner = tuple(part for child in children[index] for part in with_children(child).parts)
        return replace(message, parts=(replace(thought, parts=thought.parts + inner), *message.parts[1:]))

    return tuple(with_children(index) for index in roots)


def _content_parts(content: object, root: str, key: str) -> list[Part]:
    if content is None:
        return []
    if isinstance(content, str):
        return [Text(content)] if content else []
    if isinstance(content, list):
        if content and is_tuple_file(content):
            return [_tuple_file(content, root)]
        return [part for n, item in enumerate(content) for part in _content_parts(item, root, f"{key}.{n}")]
    if not isinstance(content, dict):
        raise _invalid(content)
    if "component" in content:
        return component_parts(
            str(content["component"]), content.get("value"), content.get("props") or {}, root, key
        )
    if content.get("type") == "text" or (isinstance(content.get("text"), str) and "path" not in content):
        return [Text(str(content["text"]))] if content.get("text") else []
    file = content["file"] if is_file(content.get("file")) else content
    if not is_file(file):
        raise _invalid(content)
    return [media_of(file, root, alt=str(content.get("alt_text") or ""))]


def is_tuple_file(content: Sequence[Any]) -> bool:
    """`[path]` or `[path, alt text]`: how pairs may hold a file that was not post-processed."""
    return len(content) <= 2 and isinstance(content[0], str) and "/" in content[0]


def _tuple_file(content: Sequence[Any], root: str) -> Media:
    alt = str(content[1] or "") if len(content) > 1 else ""
    return media_of({"path": content[0]}, root, alt=alt)


def component_parts(name: str, value: Any, props: Mapping[str, Any], root: str, key: str = "") -> list[Part]:
    """The value of a component of Gradio's as parts; [] when it shows nothing."""
    if value is None:
        return []
    if name == "gallery":
        return list(_gallery(value, root, f"gallery:{key}"))
    if name in _FILE_LIKE:
        return list(_files(name, value, props, root))
    if name in ("plot", "nativeplot"):
        plot = _plot(value, _alt(props))
        return [plot] if plot else []
    if name == "html":
        return [Media("html", spec=str(value))] if value else []
    if name in ("markdown", "textbox", "text", "textarea"):
        return [Text(str(value))] if value != "" else []
    artifact = _artifact_of(name, value, props)
    return [artifact] if artifact else []


def artifact_of(name: str, value: Any, props: Mapping[str, Any], root: str, key: str) -> tuple[Artifact, ...]:
    """The value of an additional output as what is shown beside the reply."""
    label = props.get("label")
    label = label if isinstance(label, str) else ""
    shown: list[Artifact] = []
    for part in component_parts(name, value, props, root, key):
        if isinstance(part, Artifact):
            shown.append(replace(part, label=label))
        elif isinstance(part, Media):
            shown.append(Artifact("media", label=label, media=part))
        elif isinstance(part, Text):
            shown.append(Artifact("text", label=label, value=part.text))
    return tuple(shown)


def _artifact_of(name: str, value: Any, props: Mapping[str, Any]) -> Artifact | None:
    if name == "code":
        return Artifact("code", value=str(value), language=str(props.get("language") or "")) if value else None
    if name == "dataframe" and isinstance(value, Mapping):
        table = {"headers": list(value.get("headers") or ()), "data": list(value.get("data") or ())}
        return Artifact("table", value=table) if table["data"] else None
    if name == "json":
        return Artifact("json", value=value)
    if isinstance(value, str | int | float):
        return Artifact("text", value=str(value)) if value != "" else None
    return Artifact("json", value=value)


def _files(name: str, value: Any, props: Mapping[str, Any], root: str) -> list[Media]:
    kind: Any = name if name in ("image", "audio", "video", "file") else "file"
    found: list[Media] = []
    for item in value if isinstance(value, list) else [value]:
        file = item.get("video") if isinstance(item, Mapping) and is_file(item.get("video")) else item
        if is_file(file):
            found.append(media_of(file, root, kind, alt=_alt(props)))
        elif isinstance(file, str) and file.startswith("data:"):
            found.append(_data_media(file, kind, _alt(props)))
        elif isinstance(file, str) and file:
            found.append(media_of({"path": file}, root, kind, alt=_alt(props)))
    return found


def _gallery(value: Any, root: str, group: str) -> list[Media]:
    found = []
    for item in value if isinstance(value, list) else []:
        entry = item if isinstance(item, Mapping) else {}
        file = entry.get("image") or entry.get("video")
        if is_file(file):
            kind: Any = "image" if entry.get("image") else "video"
            caption = str(entry.get("caption") or "")
            found.append(media_of(file, root, kind, caption=caption, group=group))
    return found


def _plot(value: Any, alt: str) -> Media | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("plot"), str):
        return None
    plot = value["plot"]
    if plot.startswith("data:"):
        return replace(_data_media(plot, "plot", alt), name="plot.png" if "png" in plot[:24] else "plot")
    return Media("plot", alt=alt, spec={"type": str(value.get("type") or ""), "plot": plot})


def _data_media(uri: str, kind: Any, alt: str) -> Media:
    head, _, body = uri.partition(",")
    mime = head.removeprefix("data:").split(";")[0]
    try:
        data = base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        return Media(kind, mime=mime, alt=alt, error="The app sent a picture that cannot be read.")
    return Media(kind, Inline(data), mime=mime, alt=alt)


def _alt(props: Mapping[str, Any]) -> str:
    alt = props.get("alt_text") or props.get("label")
    return alt if isinstance(alt, str) else ""


def _options(raw: object) -> tuple[Option, ...]:
    if not isinstance(raw, list):
        return ()
    found = []
    for item in raw:
        value = item.get("value") if isinstance(item, Mapping) else item
        if value is not None:
            label = item.get("label") if isinstance(item, Mapping) else None
            found.append(Option(str(value), str(label or "")))
    return tuple(found)


def _metadata(raw: object) -> Mapping[str, Any]:
    metadata = raw.get("metadata") if isinstance(raw, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def is_unseen(raw: object) -> bool:
    """Whether a raw message is one that Gradio's page keeps but does not show."""
    return isinstance(raw, dict) and raw.get("role") not in _SHOWN_ROLES


def _role(raw: object) -> Role:
    return "user" if isinstance(raw, dict) and raw.get("role") == "user" else "assistant"


def _after_last_user(raw: Sequence[Any]) -> int:
    return next((i + 1 for i in range(len(raw) - 1, -1, -1) if _role(raw[i]) == "user"), 0)


def _from_pairs(pairs: Sequence[Any], start: int) -> list[RawMessage]:
    """The pairs from `start` on as messages of one content each."""
    found: list[RawMessage] = []
    for pair in pairs[start:] if len(pairs) > start else pairs[-1:]:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise _invalid(pair)
        if pair[0] is not None:
            found.append({"role": "user", "content": pair[0]})
        if pair[1] is not None:
            found.append({"role": "assistant", "content": pair[1]})
    return found


def _invalid(raw: object) -> AppFailed:
    shape = f"an object with the keys {sorted(map(str, raw))}" if isinstance(raw, Mapping) else type(raw).__name__
    return AppFailed(
        f"The app sent a reply that is no chat message ({shape}); each one needs a role and a content."
    )

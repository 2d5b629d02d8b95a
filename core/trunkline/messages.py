"""The vocabulary: what people and apps say to each other, whatever the platform.

Everything here is an immutable value. The module imports nothing of ours, so that every other module may
import it. Families:

* where bytes are: `Blob`, `AppFile`, `Inline`, `Link` (together `Source`);
* what a message is made of: `Text`, `Thought`, `Media`, `Artifact` (together `Part`);
* what is said: `Message` with `Option`, by a `Speaker`;
* what a turn shows: `Reply` with `Notice`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""Any value that JSON can hold. Values that reach us this way are never changed in place."""

Role: TypeAlias = Literal["user", "assistant"]
MediaKind: TypeAlias = Literal["image", "audio", "video", "file", "plot", "html"]
ArtifactKind: TypeAlias = Literal["code", "json", "table", "text", "media"]
NoticeLevel: TypeAlias = Literal["info", "warning", "error", "progress", "queue"]
ReplyState: TypeAlias = Literal["running", "final", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that the media store holds under the hex SHA-256 of their content."""

    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class AppFile:
    """A file on the app's server, named by the path the app gave; not fetched yet."""

    path: str
    live: bool = False
    """The path is a playlist whose segments are still being written."""


@dataclass(frozen=True, slots=True)
class Inline:
    """Bytes that came inside the app's answer, as a data URI does."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """An address on an origin other than the app's. We never fetch it: it is shown or handed on."""

    url: str


Source: TypeAlias = "Blob | AppFile | Inline | Link"


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown, as the app or a person wrote it."""

    text: str


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, sound, film, file, plot or piece of HTML.

    `spec` holds what is not bytes: the JSON of an interactive plot (`{"type": "plotly" | "altair" | "bokeh",
    "plot": str}`, as Gradio sends it) or the source of a piece of HTML (`str`). A matplotlib plot has a `source`.
    Media with the same `group` belong to one gallery. `error` says why the bytes cannot be had.
    """

    kind: MediaKind
    source: Source | None = None
    name: str = ""
    mime: str = ""
    alt: str = ""
    caption: str = ""
    spec: Json = None
    group: str = ""
    error: str = ""
    heard_ms: int | None = None
    """How much of a spoken reply was played before it was interrupted; None means all."""
    recording: bool = False
    """The sound of what stands beside it as text: people can play it, the app is never sent it."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """The value of an additional output: shown beside the reply, never part of what the app is sent back.

    `value` is the code (`str`), any JSON, a table (`{"headers": [...], "data": [[...]]}`) or text (`str`);
    with kind `media` it is None and `media` holds the value.
    """

    kind: ArtifactKind
    label: str = ""
    value: Json = None
    language: str = ""
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class Thought:
    """A step the app shows of its work; steps nest through `parts`."""

    title: str
    parts: tuple[Part, ...] = ()
    status: Literal["pending", "done"] = "done"
    duration: float | None = None
    """Seconds, as the app measured them."""
    log: str = ""
    id: str = ""


Part: TypeAlias = "Text | Thought | Media | Artifact"


@dataclass(frozen=True, slots=True)
class Option:
    """A preset answer under a reply. `value` is what is sent; `label` what is shown ("" shows the value)."""

    value: str
    label: str = ""

    @property
    def shown(self) -> str:
        return self.label or self.value


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who said something: a person as one platform knows them."""

    platform: str
    user_id: str
    name: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """An entry of the history. For an app it is one chat message; thoughts of its own nest in its parts."""

    role: Role
    parts: tuple[Part, ...]
    options: tuple[Option, ...] = ()
    speaker: Speaker | None = None

    @property
    def text(self) -> str:
        """The words outside thoughts, paragraphs apart."""
        return "\n\n".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def media(self) -> tuple[Media, ...]:
        """The media outside thoughts and artifacts."""
        return tuple(part for part in self.parts if isinstance(part, Media))


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the app or the bridge says about the turn; never part of the history.

    `level` "progress" carries `progress` (0 to 1, None when unknown); "queue" carries `rank` (0 is next),
    `queue_size` and `eta` (seconds).
    """

    level: NoticeLevel
    text: str = ""
    title: str = ""
    progress: float | None = None
    rank: int | None = None
    queue_size: int | None = None
    eta: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A snapshot of the assistant's side of a turn. The last snapshot of a turn is not `running`.

    `notices` are those that hold now: a status line, gone in the final except for what a person must read.
    `error` is the sentence shown when `state` is "failed". With `anew` the app began its chat anew: the messages,
    those of the user among them, stand in place of the history and not behind it.
    """

    messages: tuple[Message, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    notices: tuple[Notice, ...] = ()
    state: ReplyState = "running"
    error: str = ""
    anew: bool = False

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def text(self) -> str:
        return "\n\n".join(message.text for message in self.messages if message.text)

    @property
    def options(self) -> tuple[Option, ...]:
        """The options of the last message: the ones that can still be chosen."""
        return self.messages[-1].options if self.messages else ()


def walk(parts: Sequence[Part]) -> Iterator[Part]:
    """Every part, those inside thoughts and the media of artifacts included, in reading order."""
    for part in parts:
        yield part
        if isinstance(part, Thought):
            yield from walk(part.parts)
        elif isinstance(part, Artifact) and part.media is not None:
            yield part.media


def replace_media(parts: tuple[Part, ...], changed: Mapping[Media, Media]) -> tuple[Part, ...]:
    """`parts` with media exchanged wherever `changed` names them; the same tuple when nothing changes."""
    fresh = tuple(_replace_in(part, changed) for part in parts)
    return parts if all(a is b for a, b in zip(parts, fresh, strict=True)) else fresh


def _replace_in(part: Part, changed: Mapping[Media, Media]) -> Part:
    if isinstance(part, Media):
        return _exchanged(part, changed)
    if isinstance(part, Thought):
        inner = replace_media(part.parts, changed)
        return part if inner is part.parts else replace(part, parts=inner)
    if isinstance(part, Artifact) and part.media is not None:
        media = _exchanged(part.media, changed)
        return part if media is part.media else replace(part, media=media)
    return part


def _exchanged(media: Media, changed: Mapping[Media, Media]) -> Media:
    # A plot cannot be looked up: its JSON has no hash.
    return changed.get(media, media) if media.spec is None or isinstance(media.spec, str) else media

"""The seam to an app: what we know of it, and the few things a core may ask of it.

`gradio/` implements `Backend` for Gradio apps; tests have scripted ones behind the same protocol.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from .messages import AppFile, Json, Media, Message, Part, Reply, Speaker
from .utterance import SPEECH_RATE, SendUtterance, UtteranceStream, Voice

HistoryMode: TypeAlias = Literal["injected", "app", "api"]
"""Who holds the history: we inject it; the app keeps a state of its own; or only a public endpoint exists."""

InputKind: TypeAlias = Literal[
    "text",
    "number",
    "slider",
    "checkbox",
    "radio",
    "dropdown",
    "multiselect",
    "file",
    "date",
    "color",
    "json",
]


@dataclass(frozen=True, slots=True)
class Choice:
    label: str
    value: Json


@dataclass(frozen=True, slots=True)
class AppInput:
    """An additional input of the app: one of its settings."""

    id: int
    """The component's id in the app's config."""
    name: str
    """The parameter's name where the app's API names it, else the label made an identifier; unique in the app."""
    label: str
    kind: InputKind
    default: Json = None
    choices: tuple[Choice, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    info: str = ""
    placeholder: str = ""
    lines: int = 1
    max_length: int | None = None
    allow_custom: bool = False
    """A dropdown takes values that are not among its choices."""
    many: bool = False
    """It holds any number of files."""
    file_types: tuple[str, ...] = ()
    """Of its files, as Gradio names them. Empty: any."""
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt to start with; `settings` are the values of additional inputs it brings, by input name."""

    text: str = ""
    label: str = ""
    icon: Media | None = None
    media: tuple[Media, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict)
    cached: bool = False
    """The app answers it from its cache, without calling its function."""

    @property
    def shown(self) -> str:
        return self.label or self.text


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the app takes as feedback. All empty: it takes none and none is offered."""

    like: bool = False
    dislike: bool = False
    others: tuple[str, ...] = ()
    user_messages: bool = False
    """The messages of people can be rated too."""

    @property
    def offered(self) -> bool:
        return self.like or self.dislike or bool(self.others)

    @property
    def values(self) -> tuple[str, ...]:
        """What the app takes, in the order in which it is offered."""
        return (*(["Like"] if self.like else []), *(["Dislike"] if self.dislike else []), *self.others)


@dataclass(frozen=True, slots=True)
class Accepts:
    """What a message to the app may hold."""

    text: bool = True
    files: bool = False
    file_types: tuple[str, ...] = ()
    """As Gradio names them: "image", "audio", ".pdf", … Empty: any."""
    max_files: int | None = None
    max_length: int | None = None
    """Characters."""
    microphone: bool = False
    """Voice clips may be recorded, also where no other files are taken."""
    camera: bool = False
    """Photos may be taken where a message is written."""
    speech: bool = False
    """A `SendUtterance` is a message by itself: the app listens while it is said, or takes it as a file."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the app's own that reads, writes or stops the chat."""

    id: str
    label: str
    effect: Literal["turn", "stop", "quiet"]
    """It makes a reply, ends the running turn, or changes nothing that is shown."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """Which commands the app allows. Controls never lie: what is False here is not offered."""

    stop: bool = True
    retry: bool = True
    undo: bool = True
    edit: bool = True
    clear: bool = True


@dataclass(frozen=True, slots=True)
class Labels:
    """Texts and looks that the app's page sets for itself; "" leaves ours."""

    submit: str = ""
    stop: str = ""
    settings: str = ""
    examples: str = ""
    chatbot: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """How the app's page behaves; a bridge with a page of its own does the same."""

    autofocus: bool = False
    """The box has the focus when the page opens."""
    autoscroll: bool = True
    """The page follows the end of a reply that is being written."""
    progress: Literal["full", "minimal", "hidden"] = "full"
    """What of a running reply's progress is shown: all, a sign that it runs, nothing."""
    send_button: bool = True


@dataclass(frozen=True, slots=True)
class AppProfile:
    """What we learnt from an app's config: everything a bridge needs to offer what the app can do."""

    name: str
    url: str
    version: str
    mode: str
    history: HistoryMode
    title: str = ""
    description: str = ""
    placeholder: str = ""
    """Markdown shown in an empty chat."""
    input_placeholder: str = ""
    accepts: Accepts = field(default_factory=Accepts)
    abilities: Abilities = field(default_factory=Abilities)
    feedback: Feedback = field(default_factory=Feedback)
    inputs: tuple[AppInput, ...] = ()
    outputs: tuple[str, ...] = ()
    """Labels of the additional outputs, shown as artifacts."""
    examples: tuple[Example, ...] = ()
    greeting: tuple[Message, ...] = ()
    """Messages that start every history: the chatbot's initial value, after the app's `load` events."""
    buttons: tuple[Button, ...] = ()
    avatars: tuple[Media | None, Media | None] = (None, None)
    """Of the user and of the assistant."""
    latex_delimiters: tuple[tuple[str, str, bool], ...] = ()
    """Left, right, display."""
    line_breaks: bool = True
    """A single line end in a text is one, and no space."""
    render_markdown: bool = True
    """Texts are Markdown; else they are shown as they were written."""
    labels: Labels = field(default_factory=Labels)
    look: Look = field(default_factory=Look)
    theme: Mapping[str, Json] = field(default_factory=dict)
    """How the app's own page looks: `light` and `dark` to custom property of its theme to value."""
    voice: Voice = field(default_factory=Voice)
    fingerprint: str = ""
    """Changes when the app was restarted or redeployed."""
    chain: tuple[str, ...] = ()
    """The steps of a turn, for a person to read."""
    limits: tuple[str, ...] = ()
    """Sentences: what of the app cannot be bridged, and why."""

    @property
    def settings(self) -> tuple[AppInput, ...]:
        """The inputs that people may set."""
        return tuple(one for one in self.inputs if one.visible)


@dataclass(frozen=True, slots=True)
class SendMessage:
    """A message typed, spoken or attached."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class SendOption:
    """An option under a message of the history.

    `message` is the index of that message in `TurnRequest.history`, `index` the option's place in it.
    """

    message: int
    index: int
    value: str


@dataclass(frozen=True, slots=True)
class SendExample:
    """An example of the profile, by position."""

    index: int


@dataclass(frozen=True, slots=True)
class PressButton:
    """A button of the profile, by id."""

    button: str


@dataclass(frozen=True, slots=True)
class Again:
    """Fire the app's own retry or edit handler; only where `Backend.own_handlers` names it.

    `message` is the index in `TurnRequest.history` of the user's message; `parts` its new content for an edit.
    """

    kind: Literal["retry", "edit"]
    message: int
    parts: tuple[Part, ...] = ()


TurnInput: TypeAlias = "SendMessage | SendUtterance | SendOption | SendExample | PressButton | Again"


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """One turn as the app is asked for it.

    `conversation` gives turns of one conversation the same app session (a cache, filled from `history` at any
    time). `history` is what came before, oldest first, already cut to the window, the greeting included;
    files in it are `Blob`s. `settings` are values of additional inputs by input name; a missing one means
    the app's default.
    """

    conversation: str
    input: TurnInput
    history: tuple[Message, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict)
    speaker: Speaker | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """Feedback as the app takes it: `value` is "Like", "Dislike", an own option, or "" to take it back.

    `message` is the index in `history` of the message that is rated.
    """

    conversation: str
    history: tuple[Message, ...]
    message: int
    value: str
    settings: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """Bytes fetched from the app: `data`, their type and name."""

    data: bytes
    mime: str
    name: str


class BlobReader(Protocol):
    """Where a backend gets the bytes of a history's `Blob`s for upload."""

    async def read(self, sha256: str) -> bytes:
        """The bytes; `MediaError` when they are no longer held."""
        ...


class Backend(Protocol):
    """An app. Raises `AppError` and `AppUnreachable` only."""

    @property
    def profile(self) -> AppProfile:
        """The newest profile; `connect` must have been called."""
        ...

    @property
    def own_handlers(self) -> frozenset[Literal["retry", "undo", "edit", "clear"]]:
        """The commands for which the app has handlers of its own that must be fired instead of a re-sync."""
        ...

    async def connect(self, tell: Callable[[str], None] | None = None) -> AppProfile:
        """Read the app's config, log in, wake it. Called again it refreshes the profile.

        `tell` hears sentences while that takes long, as it does when a Space has to wake.
        """
        ...

    def turn(self, request: TurnRequest) -> AsyncIterator[Reply]:
        """Run one turn; yields snapshots, the last one not `running`.

        Every snapshot holds only what came after `request.history` and the user's message. A stopped turn ends
        with state "stopped", a failed one with "failed" and the sentence in `error`; errors before the app
        began are raised. Closing the iterator cancels the turn.
        """
        ...

    async def stop(self, conversation: str) -> None:
        """End the running turn of a conversation: its iterator yields a last snapshot at once."""
        ...

    async def open_utterance(
        self,
        conversation: str,
        *,
        rate: int = SPEECH_RATE,
        settings: Mapping[str, Json] | None = None,
        speaker: Speaker | None = None,
    ) -> UtteranceStream:
        """Begin to hand over what a person is saying, as samples at `rate` Hz; the turn that answers it follows.

        Returns at once: what is said before the app hears it is kept until it does. `AppRefused` where the app
        does not listen while somebody speaks (`AppProfile.voice.stream_every` is None).
        """
        ...

    async def rate(self, rating: Rating) -> None:
        """Tell the app what a person thinks of a message."""
        ...

    async def fire(
        self, kind: Literal["undo", "clear"], conversation: str, history: Sequence[Message]
    ) -> tuple[Message, ...] | None:
        """Fire the app's own handler for a command; the history it left, None when it gave none."""
        ...

    async def fetch(self, file: AppFile, limit: int) -> FetchedFile:
        """The bytes of a file of the app; `MediaError` when gone or larger than `limit` bytes."""
        ...

    def listen(self, file: AppFile, limit: int) -> AsyncIterator[bytes]:
        """A file of the app as its pieces come; ends when it does, or with the turn that makes it.

        Pieces of a live sound are AAC (ADTS), those of a live film MPEG-TS, each of them whole. `MediaError` when
        it is gone, or larger than `limit` bytes.
        """
        ...

    async def forget(self, conversation: str) -> None:
        """Drop what is held for a conversation; the next turn fills a new session."""
        ...

    async def close(self) -> None: ...

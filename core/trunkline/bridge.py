"""The seam to a platform: what a bridge declares, draws and does.

A bridge is a light descriptor (`Descriptor`: name, abilities, options, a pure `render`) and, once connected, a
`Bridge` that turns platform events into `Inbound`s and carries out the operations that `delivery.py` decides on.
A bridge never streams, splits, throttles or retries by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from .backend import AppProfile
from .calls import Calls, NoSpeech, Speech
from .messages import AppFile, Blob, Json, Message, Reply, Speaker

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from pydantic import BaseModel

    from .inbound import Inbound, Place
    from .utterance import UtteranceStream

Mutability: TypeAlias = Literal["replace", "append", "fixed"]
Target: TypeAlias = Mapping[str, Json]
"""Where on its platform a bridge delivers to: channel, thread, the message replied to. Opaque to the core."""

STATUS_KEY = "status"
"""The key of a reply's status line: the one post that goes as soon as it is not wanted, also while running."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message on a platform, as `render` wants it to look.

    `key` names it within its delivery ("reply", "file:<sha256>"). `body` is the platform's own JSON. For an
    append-only post `text` is what it shows; more text must begin with what is shown. `kind` is compared only
    for change (a Discord post never goes back from V2). `final` marks a post that only a reply that is no
    longer running may create, such as a file.

    What stands under a key that the final does not want goes once the final stands: where edits tell nobody that
    there is news, a final has keys of its own.
    """

    key: str
    body: Mapping[str, Json]
    mutability: Mutability = "replace"
    text: str = ""
    kind: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A post that stands on the platform: its id there and how it looks."""

    id: str
    post: Post


@dataclass(frozen=True, slots=True)
class View:
    """What a reply is drawn for: everything `render` may know beside the reply and what is shown."""

    profile: AppProfile
    turn: int = 0
    target: Target = field(default_factory=dict)
    newest: bool = True
    """The turn is the conversation's last: it carries the controls."""
    conversation: int = 0
    options: Mapping[str, Json] = field(default_factory=dict)
    """The bridge's own settings."""
    link: Callable[[str, str], str] | None = None
    """`(sha256, name)` to a signed, expiring address, where one can be had."""
    words: Callable[[str], str] = str
    """A key of the catalogue of interface strings to the words, in the place's language."""
    chosen: int = -1
    """The index of the reply's option that a later turn chose; -1: none."""
    standing: bool = False
    """The reply ended long since and stands as it is: only its controls are drawn anew."""


Render: TypeAlias = "Callable[[Reply, View, Sequence[Shown], float], tuple[Post, ...]]"
"""`render(reply, view, shown, now)`, pure: `now` in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `calls` of one scope in `seconds`; `reserve` of them are kept for finals. `calls` 0: no limit."""

    calls: int = 0
    seconds: float = 1.0
    reserve: int = 0
    interval: float = 0.0
    """Seconds between two edits of a running reply, at least."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do. What happens without an ability stands beside it."""

    edit: bool = True  # else: only the final is posted
    delete: bool = True  # else: an undone turn's posts stay, its controls gone
    append: bool = False  # else: posts are replaced as a whole
    find: bool = True  # a lost create can be looked up; else: it is repeated and may stand twice
    repeatable: bool = False  # a create with the same nonce gives the same post; else: it is looked up first
    options: bool = True  # options can be pressed; else: they are numbered and chosen by their number
    private: bool = True  # an answer that only one person sees; else: it is said to all, briefly
    files: bool = True  # else: a signed link
    max_file_bytes: int = 0  # 0: no limit of the platform's; above it: a signed link
    controls: bool = False  # posts carry controls, which older turns lose; else: nothing is redrawn
    divider: bool = False  # Clear leaves a dividing post; else: the platform shows by itself that all is cleared
    retry_in_place: bool = True  # a retry edits the old reply's posts; else: they are removed and made anew
    transcripts: bool = False  # the words of a voice message stand in it; else: the reply says what was heard
    several_people: bool = True  # people share a place; else: speaker names are never put before messages


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an event. `text` is for the one who asked, "" when the reply itself answers."""

    outcome: Literal["started", "queued", "merged", "done", "duplicate", "ignored", "denied"]
    text: str = ""
    turn: int = 0
    conversation: int = 0
    detail: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as a person sees it in the history."""

    id: int
    state: str
    user: Message | None
    reply: Reply
    at: float
    ratings: Mapping[int, str] = field(default_factory=dict)
    """Feedback by index of the reply's message; -1 is the user's own message."""


@dataclass(frozen=True, slots=True)
class FoundTurn:
    """A turn with where it was said, by whom, and where it is answered."""

    view: TurnView
    place: Place
    speaker: Speaker
    conversation: int
    target: Target
    newest: bool
    """It is the conversation's last one that counts, or still waits or runs."""


@dataclass(frozen=True, slots=True)
class TurnChange:
    """What became of a turn: a state of `turns.TurnState`, or "removed" when it was taken back.

    `replaces` is the oldest turn that this one stands in the place of (retry, edit); 0 for none. `position`
    counts the turns that run or wait before it.
    """

    turn: int
    conversation: int
    state: str
    user: Message | None = None
    replaces: int = 0
    position: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class ConversationView:
    id: int
    title: str
    updated_at: float
    current: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a conversation looks like now. `values` are the settings that differ from the app's defaults."""

    conversation: int
    title: str = ""
    greeting: tuple[Message, ...] = ()
    turns: tuple[TurnView, ...] = ()
    values: Mapping[str, Json] = field(default_factory=dict)
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation that is drawn for the operator as it looks on a platform; nothing is sent anywhere."""

    name: str
    """What the operator's pages call it."""
    turns: tuple[TurnView, ...]
    profile: AppProfile
    options: Mapping[str, Json]
    """The bridge's own settings."""
    link: Callable[[str, str], str]
    """`(sha256, name)` to an address of media that the operator's browser can open."""
    now: float


Preview: TypeAlias = "Callable[[Scene], str]"
"""The HTML of a page: how the scene looks on the platform, drawn from what `render` gives for it.

It loads nothing but `data:` addresses, those of `scene.link`, and scripts and styles of our own server.
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation of anybody's, as the operator's lists name it."""

    id: int
    platform: str
    app: str
    title: str
    updated_at: float


class Archive(Protocol):
    """Everybody's conversations: for the operator's address alone, never for what a visitor asks."""

    async def newest(self, limit: int) -> Sequence[Kept]:
        """The conversations that were last used, the newest first."""
        ...

    async def transcript(self, conversation: int, *, limit: int = 50) -> tuple[Kept, Transcript] | None:
        """A conversation and its newest turns; None when there is none of that number."""
        ...


class MediaShelf(Protocol):
    """Where a bridge puts the bytes it received and gets those it shows."""

    async def put(self, data: bytes | AsyncIterable[bytes], *, mime: str, name: str, limit: int) -> Blob:
        """Keep the bytes; `TooLarge` above `limit` bytes, `MediaError` when they cannot be kept."""
        ...

    async def read(self, sha256: str) -> bytes:
        """The bytes; `MediaError` when they are no longer held."""
        ...

    def path(self, sha256: str) -> Path:
        """The file that holds the bytes (it may be gone); `ValueError` for what is no hex SHA-256."""
        ...


class Vault(Protocol):
    """What a bridge keeps for itself, by kind and key: installations, tokens.

    Of what people say only what was not taken in yet, for minutes: an utterance of a call till its turn is stored.

    `StoreError` when the database does not do it.
    """

    async def put(
        self, kind: str, key: str, value: Json, until: float = 0.0, *, speaker: Speaker | None = None
    ) -> None:
        """Keep a value in place of an earlier one; `until` (seconds since the epoch) ends it, 0.0 never does.

        `speaker` is whose it is: it is erased with all that is theirs.
        """
        ...

    async def get(self, kind: str, key: str) -> Json:
        """The value; None when there is none, or it has ended."""
        ...

    async def take(self, kind: str, key: str) -> Json:
        """`get`, and it is gone: of several who take at once one has it."""
        ...

    async def drop(self, kind: str, key: str) -> None:
        """Forget a value, if there is one."""
        ...

    async def keys(self, kind: str, prefix: str = "") -> Sequence[str]:
        """The keys of a kind that begin with `prefix`, in order."""
        ...


Mount: TypeAlias = "Callable[[str, Callable[..., Awaitable[object]]], Callable[[], None]]"
"""`mount(path, handler)`: answer requests at and below a path of the public web server until the result is called.

The handler is aiohttp's: a request in, a response out. `UsageError` while no bridge of this process runs a server.
"""


class Core(Protocol):
    """What a bridge may ask of the core."""

    @property
    def media(self) -> MediaShelf: ...

    @property
    def draining(self) -> bool:
        """Running turns end and no new one is begun: whoever sends people here should send them elsewhere."""
        ...

    async def accept(self, event: Inbound) -> Answer:
        """Store the event and start what it asks for; returns once it is stored.

        What a person may not do comes back as an answer with outcome "denied" and the reason. `StoreError`
        means that nothing was stored: the platform must not be told that the event was received.
        """
        ...

    async def profile(self, app: str) -> AppProfile:
        """The app's profile, connected when needed. `AppError` or `AppUnreachable` say why there is none."""
        ...

    async def conversations(
        self, place: Place, *, query: str = "", limit: int = 50, before: tuple[float, int] = (0.0, 0)
    ) -> tuple[ConversationView, ...]:
        """The place's conversations, newest first; with `query` those whose title or text holds it.

        With `before`, the `(updated_at, id)` of the last one of a page, the page after it. Id 0 there leaves out
        all that were last used at that same moment.
        """
        ...

    async def transcript(
        self, place: Place, conversation: int = 0, *, limit: int = 200, before: int = 0
    ) -> Transcript:
        """The newest turns of a conversation of the place, oldest first; 0 is its current one.

        With `before` the newest of those older than that turn. `Denied` for a conversation of another place.
        """
        ...

    async def turn(self, number: int) -> FoundTurn | None:
        """A turn of any place; None when it was taken back, answered anew, or erased.

        Whether the one who asks may see it is the bridge's to tell.
        """
        ...

    async def turn_of(self, place: Place, message_id: str) -> int:
        """The turn that a person's message or a post of ours in the place's channel belongs to; 0 for none.

        Where it was answered anew, the turn that stands in its place now.
        """
        ...

    async def heard_since(self, platform: str, since: float) -> Sequence[tuple[Place, Target, str]]:
        """For each place with turns received since then its newest one's target and message, the oldest first."""
        ...

    async def spoken_in(self, place: Place, speaker: Speaker, *, limit: int = 1) -> tuple[Place, ...]:
        """The places of the place's channel, with any thread and app, in which they said something.

        Without a channel: those of all channels of its team.
        It counts in the place's current conversation; where they did last comes first.
        """
        ...

    async def app_of(self, place: Place) -> str:
        """The app that was chosen there (`ChooseApp`), whatever `place.app` says; "" where none was."""
        ...

    async def listen(self, place: Place, speaker: Speaker, conversation: int = 0) -> UtteranceStream:
        """Begin to tell the app what somebody is saying, in 16-bit mono samples of 16 kHz; `Say.stream` names it.

        `AppRefused` where the app does not listen while somebody speaks; else `AppError` or `AppUnreachable`.
        """
        ...

    def sound(self, app: str, file: AppFile) -> AsyncIterator[bytes]:
        """The bytes of a sound of an app's running reply, as they are written; `MediaError` when it breaks off."""
        ...

    def words(self, key: str, **values: object) -> str:
        """An interface string of the one catalogue."""
        ...


class Bridge(Protocol):
    """A connected platform. Raises `PlatformError` only."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def run(self, core: Core) -> None:
        """Receive events until cancelled. Everything it starts ends with it.

        It begins before what an earlier process left is delivered: `find` may ask the core from the first step on.
        """
        ...

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        """Further deliveries of a reply: names of bridges and where on theirs (the text side of a call)."""
        ...

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        """The scope whose budget the operation uses, and that budget."""
        ...

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        """Post it; returns the platform's id. `Unconfirmed` when the answer was lost."""
        ...

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        """Make `shown` look like `post`."""
        ...

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        """Add to an append-only post what `post.text` has more than it shows."""
        ...

    async def delete(self, target: Target, shown: Shown) -> None:
        """Remove it; no error when it is gone already."""
        ...

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        """The id of the post that was created under `nonce`, None when there is none; `after` are those known."""
        ...

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        """A turn got into another state: typing, status, titles. A small operation apart, never repeated.

        The turn goes on when this returns: begin here what takes long, do not wait for it. The answer to
        `Core.accept` comes after the call for "received".
        """
        ...


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a bridge is given when it is opened."""

    name: str
    options: BaseModel
    app: str
    """The name of the app it talks to when nothing names another."""
    apps: tuple[str, ...]
    secret: bytes
    """32 random bytes, the same in every process that shares the store: for signatures."""
    media: MediaShelf
    metrics: CollectorRegistry
    vault: Vault
    mount: Mount
    archive: Archive | None = None
    """For a bridge that has pages for the operator."""
    installed: Sequence[tuple[Descriptor, Mapping[str, Json]]] = ()
    """All bridges with their settings, whether they run or not."""
    calls: Calls = field(default_factory=Calls)
    """Where a bridge brings its calls; the voice bridge takes them."""
    speech: Speech = field(default_factory=NoSpeech)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `trunkline check`: what holds, or what is wrong and what to do."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a bridge's package offers without loading the platform's library."""

    name: str
    capabilities: Capabilities
    options: type[BaseModel]
    """Its settings: the table `[<name>]` of trunkline.toml."""
    render: Render
    open: Callable[[Wiring], Bridge]
    """Makes the bridge; loads the platform's library. `MissingExtra` when that is not installed."""
    link: Callable[[Wiring], Callable[[str, str], str] | None] | None = None
    """Gives `(sha256, name)` to a signed, expiring address, for a bridge that serves media to the outside."""
    check: Callable[[Wiring], Awaitable[Sequence[Finding]]] | None = None
    """Checks the platform for `trunkline check`."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Environment variable to option, for what must not stand in a file."""
    needs: Callable[[BaseModel], tuple[str, ...]] | None = None
    """Further bridges that have to run in the same process, by its settings."""
    starts: Callable[[BaseModel], bool] | None = None
    """Whether its settings are enough to run it unasked; without this, when all its `secrets` are set."""
    preview: Preview | None = None
    """Draws a conversation as it looks on the platform; loads no library of the platform's."""

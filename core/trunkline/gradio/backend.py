"""`GradioBackend`: a Gradio app behind the `Backend` seam."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Literal

import aiohttp

from ..backend import AppProfile, BlobReader, FetchedFile, Rating, TurnRequest
from ..errors import AppFailed, AppRefused, AppUnreachable, SessionLost, TrunklineError
from ..messages import AppFile, Json, Message, Reply, Speaker
from ..utterance import SPEECH_RATE
from ..words import words
from .attaching import fill, uploaded_settings, without_files
from .chain import Chain
from .chat import ReplyReader, messages_of
from .client import AppClient
from .config import AppConfig, fetch_config
from .conversations import Conversation, Conversations, Running
from .files import AppFiles
from .firing import Firing
from .graph import ChatGraph
from .history import RawHistory, flatten
from .opening import Greeting, Wanted, greeting_of, ignore, open_page
from .plan import Plan, View, like_event, plan_turn, undo_event
from .profile import build_profile, own_handlers
from .session import AppSession
from .sound import pieces_of
from .spaces import resolve
from .turn import ChainRun, HistoryRefused, Outcome, Snapshot, Values, inject
from .utterance import Ear, Listening, LiveUtterance, listen_to

TURN_SECONDS = 600.0
RESTART_CHECK_SECONDS = 1.0
"""The app's id is asked for at most this often: all conversations share the answer."""
_STATES: Mapping[Outcome, Literal["final", "failed", "stopped"]] = {
    "done": "final",
    "failed": "failed",
    "stopped": "stopped",
}


class GradioBackend:
    """A chat of a Gradio 5 or 6 app, driven as its own page drives it.

    `target` is the app's address or the name of a Space. `chatbot` chooses one of several by label or endpoint,
    `api_name` uses a public endpoint and nothing else. `inputs` binds additional inputs, by name, to the
    speaker (`"{user.id}"`, `"{user.name}"`, `"{platform}"`); nobody else can set those. `turn_timeout` is in
    seconds. An injected `http` session is left open by `close`.
    """

    def __init__(
        self,
        target: str,
        *,
        name: str = "app",
        auth: tuple[str, str] | None = None,
        hf_token: str | None = None,
        chatbot: str | None = None,
        api_name: str | None = None,
        ignore_js: bool = False,
        inputs: Mapping[str, str] | None = None,
        blobs: BlobReader | None = None,
        turn_timeout: float = TURN_SECONDS,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        self._target = target
        self._name = name
        self._auth = auth
        self._hf_token = hf_token
        self._wanted = Wanted(chatbot, api_name, ignore_js, dict(inputs or {}))
        self._blobs = blobs
        self._turn_timeout = turn_timeout
        self._http = http
        self._client: AppClient | None = None
        self._files: AppFiles | None = None
        self._config: AppConfig | None = None
        self._view: View | None = None
        self._profile: AppProfile | None = None
        self._greeting = Greeting()
        self._shows_files = True
        """The app shows the files of a message in its chat. Learnt from its answers."""
        self._conversations = Conversations(lambda: AppSession(self._app))
        self._connecting = asyncio.Lock()
        self._checked = 0.0
        self._closed = False

    @property
    def profile(self) -> AppProfile:
        """The newest profile; `connect` must have been called."""
        assert self._profile is not None, "connect first"
        return self._profile

    @property
    def own_handlers(self) -> frozenset[Literal["retry", "undo", "edit", "clear"]]:
        """The commands for which the app has handlers of its own that must be fired instead of a re-sync."""
        return own_handlers(self._view.graph) if self._view is not None else frozenset()

    async def connect(self, tell: Callable[[str], None] | None = None) -> AppProfile:
        """Read the app's config, log in, wake it. Called again it refreshes the profile.

        `tell` hears sentences while a Space wakes.
        Raises `NotGradio`, `UnsupportedApp`, `LoginFailed`, `SpaceNotRunning`, `AppUnreachable`.
        """
        self._closed = False
        return await self._connect(tell)

    async def _connect(self, tell: Callable[[str], None] | None) -> AppProfile:
        async with self._connecting:
            if self._closed:
                raise AppUnreachable("The connection to the app was closed.")
            address = await resolve(self._target, self._hf_token, tell)
            if self._client is None:
                self._client = AppClient(address, auth=self._auth, hf_token=self._hf_token, http=self._http)
                self._files = AppFiles(self._client, self._blobs)
            config = await fetch_config(self._client)
            if self._config is not None and self._config.app_id != config.app_id:
                self._app_files.forget()
                await self._conversations.renew_all()
            self._config = config
            session = AppSession(self._client)
            try:
                self._view, values = await self._open_page(session)
            finally:
                await session.close()
            self._wanted.check(self._view)
            graph = self._view.graph
            self._greeting = greeting_of(graph, values)
            self._profile = build_profile(
                graph, self._name, greeting=self._greeting.shown, bound=tuple(self._wanted.bound)
            )
            self._checked = time.monotonic()
            return self._profile

    async def _open_page(self, session: AppSession) -> tuple[View, Values]:
        assert self._config is not None
        return await open_page(self._config, self._view, session, self._wanted)

    # ------------------------------------------------------------ turns

    async def turn(self, request: TurnRequest) -> AsyncGenerator[Reply, None]:
        """Run one turn; yields snapshots, the last one not `running`.

        Every snapshot holds only what came after the history and the user's message. Errors before the app
        began are raised; after that the turn ends as "failed". Closing the iterator cancels the turn.
        """
        if self._view is None:
            await self.connect()
        conversation = self._conversations.use(request.conversation)
        async with conversation.lock:
            running = conversation.running = Running()
            task = asyncio.create_task(self._drive(request, conversation, running), name="gradio turn")
            task.add_done_callback(running.end)
            try:
                while True:
                    reply = await running.next()
                    yield reply
                    if not reply.running:
                        return
            finally:
                conversation.running = None
                task.cancel()
                await asyncio.wait([task])
                if self._config is not None and self._config.heartbeat:
                    self._conversations.rest(conversation, renew=self._config.has_unload)

    async def _drive(self, request: TurnRequest, conversation: Conversation, running: Running) -> None:
        """Run the turn to its last snapshot; a lost session is replaced and the turn run again, once."""
        try:
            async with asyncio.timeout(self._turn_timeout):
                try:
                    await self._attempt(request, conversation, running)
                except (SessionLost, HistoryRefused):
                    await self._connect(running.tell)
                    self._app_files.forget()
                    await self._conversations.renew(conversation)
                    await self._attempt(request, conversation, running)
        except TimeoutError:
            running.fail(f"The app did not finish its answer within {self._turn_timeout / 60:.0f} minutes.")
        except TrunklineError as error:
            if not running.shown:
                raise
            running.fail(error.user_message)

    async def _attempt(self, request: TurnRequest, conversation: Conversation, running: Running) -> None:
        session = conversation.session
        if session.lost:
            raise SessionLost("The session with the app was lost.")
        if self._config is not None and self._config.heartbeat:
            session.hold_heartbeat()
        view = conversation.view or (await self._open_page(session))[0]
        conversation.view, fresh, conversation.fresh = view, conversation.fresh, False
        graph = view.graph
        upload = self._app_files.upload
        raw = await self._raw(conversation, view, request.history)
        plan = await plan_turn(view, request, raw, upload)
        settings = await self._settings(view, request.settings, request.speaker)
        kept, filled = await fill(session, graph.slots, plan.attached, request.history, upload, graph.config.major)
        values = Values(graph, session, {**kept, **settings, **plan.values})
        if graph.chatbot is not None:
            values.turn.setdefault(graph.chatbot.id, raw.value)
        reader = ReplyReader(plan.start, graph.config.url, last=plan.last, skip_user=not plan.fills)
        snapshot = Snapshot(graph, reader, plan.notices, running.emit)
        if fresh and graph.memory and len(request.history) > len(self.profile.greeting):
            snapshot.warn(words("app_forgot"))
        chain = ChainRun(graph, session, values, snapshot)
        running.snapshot, running.chain = snapshot, chain
        firing = Firing(graph, plan, chain, Ear(self._app_files, graph, chain, values, snapshot))
        try:
            outcome = await firing.run(self._prepare(graph, session, raw), filled, conversation.utterance)
        finally:
            if firing.history_changed:
                session.injected = None
        if outcome == "done":
            self._learn(conversation, plan, reader, len(request.history))
        running.emit(snapshot.reply(_STATES[outcome]))

    async def _raw(self, conversation: Conversation, view: View, history: Sequence[Message]) -> RawHistory:
        """A history as the app is given it: as its own page would hold it."""
        graph = view.graph
        if graph.slots and (graph.inject is not None or not self._shows_files):
            history = without_files(history)
        unseen = [*self._greeting.unseen, *(conversation.unseen if history else ())]
        return await flatten(history, view.format, self._app_files.upload, unseen)

    async def _settings(self, view: View, values: Mapping[str, Json], speaker: Speaker | None) -> dict[int, Any]:
        found = view.settings(values, speaker)
        return await uploaded_settings(found, view.inputs, view.graph.config, self._app_files.upload)

    def _learn(self, conversation: Conversation, plan: Plan, reader: ReplyReader, before: int) -> None:
        """What the app's own chat holds beside the reply: files of the message, messages that nobody sees."""
        sent = [known for known in conversation.unseen if before and known[0] <= before]
        came = [] if plan.fills else reader.unseen()
        conversation.unseen = [*sent, *((before + number, raw) for number, raw in came)]
        if plan.attached and reader.said:
            self._shows_files = any(message.media for message in reader.said)

    async def _prepare(self, graph: ChatGraph, session: AppSession, raw: RawHistory) -> None:
        """The history in the app's states, and certainty that the app is the one we know."""
        injected = None if graph.inject is None else inject(graph, session, raw.value)
        now = time.monotonic()
        if now - self._checked < RESTART_CHECK_SECONDS:
            if injected is not None:
                await injected
            return
        self._checked = now
        await asyncio.gather(self._check_restart(), *([injected] if injected is not None else []))

    async def _check_restart(self) -> None:
        """`SessionLost` when the app is no longer the process whose config we hold."""
        status, answer = await self._app.get(self._app.address("app_id"))
        known = self._config.app_id if self._config else ""
        if status == 200 and isinstance(answer, dict) and known and str(answer.get("app_id")) != known:
            self._checked = 0.0
            raise SessionLost("The app was restarted.")

    async def open_utterance(
        self,
        conversation: str,
        *,
        rate: int = SPEECH_RATE,
        settings: Mapping[str, Json] | None = None,
        speaker: Speaker | None = None,
    ) -> LiveUtterance:
        """Begin to hand over what a person is saying; the turn that answers it follows.

        `AppRefused` where the app does not listen while somebody speaks.
        """
        if self._view is None:
            await self.connect()
        every = self.profile.voice.stream_every
        if every is None:
            raise AppRefused("This app hears an utterance only when it is over: send it as a whole.")
        held = self._conversations.use(conversation)

        async def open_page(ended: asyncio.Event) -> Listening:
            async with held.lock:
                view = await self._view_in(held)
                values = Values(view.graph, held.session, await self._settings(view, settings or {}, speaker))
                return await listen_to(view.graph, self._app_files, values, ended)

        if held.utterance is not None:
            await held.utterance.close()
        held.utterance = LiveUtterance(open_page, rate, every)
        return held.utterance

    async def stop(self, conversation: str) -> None:
        """End the running turn of a conversation: its iterator yields a last snapshot at once."""
        found = self._conversations.find(conversation)
        running = found.running if found else None
        if running is None:
            return
        if running.snapshot is None:
            running.emit(Reply(state="stopped"))
            return
        step = running.chain.current if running.chain else None
        if step is not None and not step.generator:
            running.snapshot.warn(words("app_goes_on"))
        running.emit(running.snapshot.reply("stopped"))

    # ------------------------------------------------------------ the rest of the seam

    async def rate(self, rating: Rating) -> None:
        """Tell the app what a person thinks of a message. `AppFailed` when it takes no feedback or fails."""
        conversation = self._conversations.use(rating.conversation)
        view = await self._view_in(conversation)
        chain = view.graph.events.get("like")
        if chain is None:
            raise AppFailed("This app takes no feedback.")
        raw = await self._raw(conversation, view, rating.history)
        settings = await self._settings(view, rating.settings, None)
        await self._fire_quietly(chain, conversation, raw.value, like_event(rating, raw, view.graph), settings)

    async def fire(
        self, kind: Literal["undo", "clear"], conversation: str, history: Sequence[Message]
    ) -> tuple[Message, ...] | None:
        """Fire the app's own handler for a command; the history it left, None when it gave none."""
        held = self._conversations.use(conversation)
        async with held.lock:
            view = await self._view_in(held)
            graph = view.graph
            chain = graph.events.get(kind)
            if chain is None or graph.chatbot is None:
                return None
            raw = await self._raw(held, view, history)
            # The page empties the chatbot before it fires `clear`.
            value, event = ([], None) if kind == "clear" else (raw.value, undo_event(history, raw))
            values = await self._fire_quietly(chain, held, value, event, {})
            held.session.injected = None
            if kind == "clear":
                held.unseen.clear()
        writes = any(graph.chatbot.id in graph.config.dependencies[step].outputs for step in chain.steps)
        return messages_of(values.of(graph.chatbot.id), graph.config.url) if writes else None

    async def _fire_quietly(
        self,
        chain: Chain,
        conversation: Conversation,
        chat: Sequence[Any],
        event: Any,
        settings: Mapping[int, Any],
    ) -> Values:
        """Fire a chain that answers nothing, with `chat` in the chatbot."""
        view = await self._view_in(conversation)
        graph, session = view.graph, conversation.session
        assert graph.chatbot is not None
        values = Values(graph, session, {**settings, graph.chatbot.id: chat})
        snapshot = Snapshot(graph, ReplyReader(0, graph.config.url, skip_user=False), (), ignore)
        if await ChainRun(graph, session, values, snapshot).run(chain, event) == "failed":
            raise AppFailed(snapshot.error)
        return values

    async def _view_in(self, conversation: Conversation) -> View:
        """How the app looks in a conversation's session, its page opened first where it is not."""
        if self._view is None:
            await self.connect()
        if conversation.session.lost:
            await self._conversations.renew(conversation)
        if conversation.view is None:
            conversation.view = (await self._open_page(conversation.session))[0]
        return conversation.view

    async def fetch(self, file: AppFile, limit: int) -> FetchedFile:
        """The bytes of a file of the app; `MediaError` when gone or larger than `limit` bytes."""
        if self._files is None:
            await self.connect()
        return await self._app_files.fetch(file, limit)

    async def listen(self, file: AppFile, limit: int) -> AsyncGenerator[bytes, None]:
        """A file of the app as its pieces come; `MediaError` when gone or larger than `limit` bytes."""
        if self._files is None:
            await self.connect()
        session = self._conversations.session(file.path.partition("/")[0])
        async for piece in pieces_of(file, limit, self._app_files, self._app, session):
            yield piece

    async def forget(self, conversation: str) -> None:
        """Drop what is held for a conversation; the next turn fills a new session."""
        await self._conversations.forget(conversation)

    async def close(self) -> None:
        """End every session. Turns under way end with an error."""
        self._closed = True
        await self._conversations.close()
        if self._client is not None:
            await self._client.close()
        self._client = self._files = self._view = None

    @property
    def _app(self) -> AppClient:
        assert self._client is not None, "connect first"
        return self._client

    @property
    def _app_files(self) -> AppFiles:
        assert self._files is not None, "connect first"
        return self._files

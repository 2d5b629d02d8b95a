"""A conversation at the terminal: what is typed becomes events, what becomes of them is told."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from trunkline.bridge import Answer, Core, Transcript, TurnChange
from trunkline.clock import Clock
from trunkline.errors import TrunklineError, UsageError
from trunkline.inbound import (
    Choose,
    Clear,
    Command,
    Configure,
    Edit,
    Inbound,
    NewConversation,
    Place,
    Say,
    Stop,
    SwitchConversation,
    Undo,
)
from trunkline.messages import Json, Message, Part, Speaker, Text
from trunkline.words import words

from .console import Console, Signals, TerminalClosed, lines_of
from .limits import CONVERSATIONS, TICK_SECONDS, TURNS_SHOWN
from .options import TerminalOptions
from .parse import Ask, Attach, Known, Leave, Mistake, Rewrite, Topic, Write, names, parse
from .prompt import Editor, Key, Keyboard, Press
from .render import message_body, reply_body
from .saving import Attached, Saved
from .screen import Screen
from .wording import history_text, offer_text, settings_text

T = TypeVar("T")

_UNDER_WAY = frozenset({"received", "running", "answered"})
_MOVES = (Clear, NewConversation, SwitchConversation, Undo)
"""Commands after which something else can be chosen."""
_INTERRUPTED = 128 + signal.SIGINT
_BROKEN_PIPE = 128 + signal.SIGPIPE


class Chat:
    """One conversation; `run` returns the exit status. `begun` is set when replies can be shown."""

    def __init__(
        self,
        core: Core,
        options: TerminalOptions,
        *,
        place: Place,
        console: Console,
        screen: Screen,
        saved: Saved,
        clock: Clock,
        begun: asyncio.Event,
        transcribes: bool = False,
    ) -> None:
        self._core = core
        self._options = options
        self._place = place
        self._speaker = Speaker(place.platform, place.user, place.user)
        self._console = console
        self._screen = screen
        self._saved = saved
        self._clock = clock
        self._begun = begun
        self._known = Known()
        self._attached = Attached()
        self._hears = False
        """The app listens."""
        self._transcribes = transcribes
        """Speech becomes text."""
        self._under_way: set[int] = set()
        self._changed = asyncio.Event()
        self._leaving = asyncio.Event()
        self._status = 0
        self._interrupted = False
        self._editor: Editor | None = None
        self._waiting: dict[int, str] = {}

    async def run(self) -> int:
        """Talk until the input ends or the person leaves. Errors of the conversation's beginning are raised."""
        failure: TrunklineError | None = None
        async with asyncio.TaskGroup() as self._group:
            ticking = self._group.create_task(self._tick())
            try:
                await self._converse()
            except TerminalClosed:
                self.closed()
            except TrunklineError as error:
                failure = error
            finally:
                ticking.cancel()
        if failure is not None:
            raise failure
        return self._status

    async def _converse(self) -> None:
        signals = Signals(self._interrupt, lambda number: self._leave(128 + number), self._resized)
        with self._console.attend(signals, keys=self._is_interactive):
            try:
                await self._begin()
                self._begun.set()
                await self._talk()
            finally:
                if self._leaving.is_set():
                    # Whoever leaves while a reply runs does not want it any more.
                    await self._stop()
                self._screen.close()

    # What the bridge tells

    def shown(self, body: Mapping[str, Json]) -> None:
        """A snapshot was shown: what it offers can be chosen once it is final."""
        options = body["options"]
        if body["final"] and body["state"] != "failed" and isinstance(options, list):
            self._known = replace(self._known, options=len(options), turn=int(str(body["turn"])))

    def changed(self, change: TurnChange) -> None:
        """A turn of this conversation got into another state."""
        if change.state in _UNDER_WAY:
            self._under_way.add(change.turn)
        else:
            self._under_way.discard(change.turn)
            self._ended(change)
        waited = self._waiting.pop(change.turn, "") if change.state != "received" else ""
        if waited and change.state == "running":
            self._screen.echo(waited)
        self._changed.set()
        self._retype()

    def closed(self) -> None:
        """Nobody reads the output any more."""
        self._leave(_BROKEN_PIPE)

    # The course of a conversation

    @property
    def _is_interactive(self) -> bool:
        return (
            not self._options.messages
            and not self._options.json_lines
            and self._console.has_keys
            and self._console.is_screen
        )

    @property
    def _is_spoken(self) -> bool:
        """What is attached is a message by itself."""
        return bool(self._attached) and (self._hears or (self._transcribes and self._attached.is_sound))

    async def _begin(self) -> None:
        self._saved.check()
        profile = await self._core.profile(self._place.app)
        transcript = await self._transcript()
        self._hears = profile.accepts.speech
        self._screen.begin(profile, introduce=self._is_interactive)
        if self._is_interactive:
            self._editor = Editor(tuple(f"/{name}" for name in names()))
            self._show_past(transcript)
        if self._options.set:
            answer = await self._send(Configure(dict(self._options.set)))
            if answer.outcome == "denied":
                raise UsageError(answer.text)
        await self._attached.add(self._options.files, self._core.media)

    async def _talk(self) -> None:
        if self._options.messages:
            for text in self._options.messages:
                await self._say_and_wait(text)
            return
        spoken = self._is_spoken
        if spoken:
            await self._say_and_wait("")
        if self._editor is not None:
            await self._type(self._editor)
        elif not spoken:
            await self._read_lines()

    async def _say_and_wait(self, text: str) -> None:
        if self._leaving.is_set():
            return
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                "A --message is not UTF-8: check how the terminal or the script encodes it."
            ) from error
        answer = await self._send(Say(self._parts(text)))
        if answer.outcome not in {"started", "queued"}:
            self._complain(answer.text, 1)
        await self._idle()

    async def _read_lines(self) -> None:
        """Take the lines of a pipe or a file in turn. One that is no text is named and passed over."""
        number = 0
        async for line in lines_of(lambda: self._unless_leaving(self._console.read())):
            number += 1
            try:
                text = line.decode()
            except UnicodeDecodeError:
                self._complain(words("line_not_text", number=number), 2)
                continue
            await self._take(text)
            await self._idle()
            if self._leaving.is_set():
                return

    async def _type(self, editor: Editor) -> None:
        keyboard = Keyboard()
        while not self._leaving.is_set():
            self._retype()
            data = await self._unless_leaving(self._console.read())
            if not data:
                self._leave(0)
            for press in keyboard.feed(data or b""):
                await self._press(editor, press)

    async def _press(self, editor: Editor, press: Press) -> None:
        if press is Key.END_OF_INPUT and not editor.line.text:
            self._leave(0)
            return
        text = editor.press(press)
        if text is not None:
            try:
                await self._take(text)
            except TerminalClosed:
                raise
            except TrunklineError as error:
                self._screen.complain(error.user_message)

    async def _tick(self) -> None:
        """The clocks of a running reply go on while the app is silent."""
        while True:
            await self._clock.sleep(TICK_SECONDS)
            if self._under_way:
                self._draw(self._screen.refresh)

    # What a line asks for

    async def _take(self, line: str) -> None:
        typed = parse(line, self._known)
        match typed:
            case None:
                if self._is_spoken:
                    await self._begin_turn(Say(self._parts("")), line)
            case Mistake(text):
                self._screen.echo(line)
                self._complain(text, 2)
            case Write(text):
                await self._begin_turn(Say(self._parts(text)), line)
            case Rewrite(text):
                await self._begin_turn(Edit(self._parts(text)), line)
            case Leave():
                self._leave(0)
            case Ask(topic):
                self._screen.echo(line)
                self._screen.tell(await self._listed(topic))
            case Attach(paths):
                self._screen.echo(line)
                await self._attach(paths)
            case _:
                await self._begin_turn(typed, line)

    async def _begin_turn(self, command: Command, line: str) -> None:
        """Send a command. A message that has to wait is echoed when its turn comes."""
        waits = bool(self._under_way) and isinstance(command, Say | Edit | Choose)
        if not waits:
            self._screen.echo(line)
        answer = await self._send(command)
        if waits and answer.turn in self._under_way:
            self._waiting[answer.turn] = line
            self._retype()
            return
        if answer.outcome == "denied":
            self._complain(answer.text, 1)
            return
        if answer.text:
            self._screen.tell(answer.text)
        if isinstance(command, _MOVES):
            transcript = await self._transcript()
            if isinstance(command, SwitchConversation) and self._is_interactive:
                self._show_past(transcript)

    async def _send(self, command: Command) -> Answer:
        event = Inbound(
            event_key=f"terminal:{uuid.uuid4().hex}",
            place=self._place,
            speaker=self._speaker,
            command=command,
            at=time.time(),
            target={"channel": self._place.channel},
        )
        return await self._core.accept(event)

    async def _attach(self, paths: tuple[str, ...]) -> None:
        try:
            await self._attached.add(paths, self._core.media)
        except UsageError as error:
            self._complain(error.user_message, 2)
            return
        self._screen.tell(str(self._attached))

    def _parts(self, text: str) -> tuple[Part, ...]:
        return (*((Text(text),) if text else ()), *self._attached.take())

    async def _listed(self, topic: Topic) -> str:
        profile = await self._core.profile(self._place.app)
        match topic:
            case "settings":
                return settings_text(profile, (await self._core.transcript(self._place, limit=1)).values)
            case "files":
                return str(self._attached)
            case "history":
                conversations = await self._core.conversations(self._place, limit=CONVERSATIONS)
                self._known = replace(self._known, conversations=tuple(one.id for one in conversations))
                return history_text(conversations)
            case _:
                return offer_text(topic, profile)

    def _complain(self, text: str, status: int) -> None:
        """Say what was wrong; a script, which nobody watches, ends with `status` for it."""
        self._screen.complain(text)
        if self._editor is None:
            self._status = self._status or status

    # What is there already

    async def _transcript(self) -> Transcript:
        """The conversation as it is stored; what can be chosen in it is known afterwards."""
        profile = await self._core.profile(self._place.app)
        transcript = await self._core.transcript(self._place, limit=TURNS_SHOWN)
        options, turn = 0, 0
        if transcript.greeting and not transcript.turns:
            options = len(transcript.greeting[-1].options)
        for one in transcript.turns:
            if one.state in {"delivered", "stopped", "undeliverable"}:
                options, turn = len(one.reply.options), one.id
        self._known = replace(
            self._known,
            options=options,
            turn=turn,
            examples=len(profile.examples),
            feedback=profile.feedback.values,
            buttons=tuple(button.id for button in profile.buttons),
        )
        return transcript

    def _show_past(self, transcript: Transcript) -> None:
        thoughts = self._options.thoughts
        if not transcript.turns:
            for message in transcript.greeting:
                self._screen.show(message_body(message, thoughts))
        for turn in transcript.turns:
            if turn.user is not None:
                self._screen.echo(_in_words(turn.user))
            if not turn.reply.running:
                self._screen.show(reply_body(turn.reply, turn.id, thoughts))

    # Ends

    def _interrupt(self) -> None:
        """Ctrl-C: ends the running reply; pressed again, or where nothing runs, it ends the conversation."""
        if self._under_way and not self._interrupted:
            self._interrupted = True
            self._group.create_task(self._stop())
        elif self._editor is not None and self._editor.line.text and not self._interrupted:
            self._editor.clear()
            self._draw(self._retype)
        else:
            self._leave(_INTERRUPTED if self._editor is None else 0)

    def _ended(self, change: TurnChange) -> None:
        if change.state in {"failed", "undeliverable"} and self._editor is None:
            self._status = self._status or 1
        if self._interrupted:
            self._interrupted = False
            if self._editor is None:
                # A script that is interrupted ends with what came so far.
                self._leave(_INTERRUPTED)

    def _leave(self, status: int) -> None:
        self._status = self._status or status
        self._leaving.set()
        self._changed.set()

    async def _stop(self) -> None:
        if self._under_way:
            with contextlib.suppress(TrunklineError):
                await self._send(Stop())

    async def _idle(self) -> None:
        """Returns when no turn of the conversation is under way, or the person leaves."""
        while self._under_way and not self._leaving.is_set():
            self._changed.clear()
            await self._changed.wait()

    async def _unless_leaving(self, work: Awaitable[T]) -> T | None:
        """What `work` gives; None when the person leaves first."""
        working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self._leaving.wait())
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            working.cancel()
            leaving.cancel()

    def _retype(self) -> None:
        line = self._editor.line if self._editor is not None else None
        self._screen.type(line, tuple(self._waiting.values()), busy=bool(self._under_way))

    def _resized(self) -> None:
        self._draw(lambda: self._screen.refresh(resized=True))

    def _draw(self, drawing: Callable[[], None]) -> None:
        """Draw where nobody could be told that the output is closed."""
        try:
            drawing()
        except TerminalClosed:
            self.closed()


def _in_words(message: Message) -> str:
    return "\n".join(text for text in (message.text, *(f"[{media.name}]" for media in message.media)) if text)

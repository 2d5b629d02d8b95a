"""The terminal bridge: shows the core's turns where they were asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from trunkline.bridge import Budget, Capabilities, Core, Post, Shown, Target, TurnChange
from trunkline.clock import Clock, SystemClock
from trunkline.inbound import Place
from trunkline.messages import Json
from trunkline.words import words

from .chat import Chat
from .console import Console, TerminalClosed, user_name
from .limits import CAPABILITIES, REDRAW, UNPACED
from .options import TerminalOptions
from .saving import Saved
from .screen import JsonLines, PlainText, Screen

_SCOPE: Final = "terminal"


class TerminalBridge:
    """A `Bridge` to one terminal, or to the files and pipes in its place. `target` is `{"channel"}`.

    `run` ends with the conversation; `exit_status` is then the program's: 0 when all was answered, 1 when the
    app failed, 2 when the input was wrong, 128 and its number after a signal. `transcribes`: speech becomes text.
    """

    def __init__(
        self,
        options: TerminalOptions,
        *,
        app: str,
        console: Console,
        clock: Clock | None = None,
        user: str | None = None,
        transcribes: bool = False,
    ) -> None:
        self.exit_status = 0
        self.place = Place("terminal", app, channel=options.conversation, user=user or user_name())
        self._options = options
        self._transcribes = transcribes
        self._console = console
        self._clock = clock or SystemClock()
        self._saved = Saved(options)
        self._screen = self._make_screen()
        self._core: Core | None = None
        self._begun = asyncio.Event()
        self._chat: Chat | None = None
        self._told_folder = bool(options.save) or not self._draws

    @property
    def name(self) -> str:
        return "terminal"

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def run(self, core: Core) -> None:
        """Talk until the conversation ends. Raises what keeps it from beginning."""
        self._core = core
        self._chat = Chat(
            core,
            self._options,
            place=self.place,
            console=self._console,
            screen=self._screen,
            saved=self._saved,
            clock=self._clock,
            begun=self._begun,
            transcribes=self._transcribes,
        )
        try:
            self.exit_status = await self._chat.run()
        finally:
            # What is still on its way waits for nobody.
            self._begun.set()

    # Delivering

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        return ()

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        return _SCOPE, REDRAW if self._draws else UNPACED

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        """The id is `<turn>.<key>`: the same create gives the same post."""
        await self._show(target, post.body)
        return f"{post.body['turn']}.{post.key}"

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        await self._show(target, post.body)

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        await self.edit(target, shown, post)

    async def delete(self, target: Target, shown: Shown) -> None:
        """What was printed stays."""

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        """Nothing has to be looked up: a create may be repeated."""
        return None

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        if self._chat is not None and self._is_ours(target):
            try:
                self._chat.changed(change)
            except TerminalClosed:
                self._chat.closed()

    async def _show(self, target: Target, body: Mapping[str, Json]) -> None:
        """A turn of another conversation, left by a process that died, is kept for who opens that one."""
        if not self._is_ours(target):
            return
        # A turn that an earlier process left may be taken up before anybody can see it.
        await self._begun.wait()
        assert self._core is not None, "set before the conversation begins"
        if body["final"]:
            body = await self._saved.keep(body, self._core.media)
        try:
            self._screen.show(body)
            if self._chat is not None:
                self._chat.shown(body)
            self._tell_folder()
        except TerminalClosed:
            if self._chat is not None:
                self._chat.closed()
            raise

    def _tell_folder(self) -> None:
        """Say once where files go that nobody named a folder for."""
        if not self._told_folder and self._saved.used:
            self._told_folder = True
            self._screen.tell(words("saved_in", folder=self._saved.folder))

    def _is_ours(self, target: Target) -> bool:
        return target.get("channel", "") == self.place.channel

    @property
    def _draws(self) -> bool:
        return self._console.is_screen and not self._options.json_lines

    def _make_screen(self) -> Screen:
        if self._options.json_lines:
            return JsonLines(self._console)
        if self._draws:
            from .live import LiveScreen

            return LiveScreen(self._console, self._options, self._clock)
        return PlainText(self._console)

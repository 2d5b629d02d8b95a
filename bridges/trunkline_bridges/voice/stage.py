"""What the parts of a call share: its transport, its course, its tasks, and what people are shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass

from trunkline.audio.call import Action, CallMachine, CallSettings, State, Tone
from trunkline.audio.endpointing import EndOfTurn
from trunkline.audio.vad import VadPool
from trunkline.bridge import Core
from trunkline.calls import Speech, VoiceTransport
from trunkline.clock import Clock
from trunkline.errors import PlatformError
from trunkline.telemetry import log

from .earcons import earcon
from .held import Held
from .limits import CLOSING_S
from .options import VoiceOptions
from .parse import Question
from .sounding import Loudspeaker
from .timing import Timing

Do = Callable[[Sequence[Action[Question]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all calls of a process share."""

    core: Core
    speech: Speech
    options: VoiceOptions
    pool: VadPool
    rule: Callable[[], EndOfTurn]
    clock: Clock
    timing: Timing
    held: Held


class Stage:
    """One call. `do` carries out what the machine decides."""

    def __init__(self, transport: VoiceTransport, shared: Circumstances, do: Do) -> None:
        self.transport = transport
        self.shared = shared
        self.core = shared.core
        self.speech = shared.speech
        self.options = shared.options
        self.do = do
        self.machine: CallMachine[Question] = CallMachine(_settings(shared.options, transport))
        self.loudspeaker = Loudspeaker(transport)
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._late: set[asyncio.Task[None]] = set()
        self._shown: tuple[State, str] = ("listening", "")
        self._changed = asyncio.Event()

    @property
    def open(self) -> bool:
        """The call goes on."""
        return self._group is not None

    @property
    def language(self) -> str:
        """BCP 47: what is spoken in the call; "" for any."""
        return self.transport.tuning.language or self.speech.language

    def begin(self, group: asyncio.TaskGroup) -> None:
        """All tasks of the call are the group's."""
        self._group = group
        self._changed.set()
        self.spawn(self._show())

    def end(self) -> None:
        """End them; those that outlast the call are waited for, yet not for long."""
        group, self._group = self._group, None
        for task in self._tasks:
            task.cancel()
        if group is not None and self._late:
            group.create_task(self._end_late())

    async def _end_late(self) -> None:
        patience = asyncio.ensure_future(self.shared.clock.sleep(CLOSING_S))
        late = asyncio.gather(*self._late, return_exceptions=True)
        try:
            await asyncio.wait((late, patience), return_when=asyncio.FIRST_COMPLETED)
        finally:
            patience.cancel()
            for task in self._late:
                task.cancel()

    def spawn(self, work: Coroutine[object, object, None], *, outlasts: bool = False) -> asyncio.Task[None]:
        assert self._group is not None, "the call goes on"
        task = self._group.create_task(work)
        tasks = self._late if outlasts else self._tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    def now(self) -> float:
        return self.shared.clock.now()

    async def quietly(self, work: Awaitable[None]) -> None:
        """What a platform makes of a small operation does not end the call."""
        try:
            await work
        except PlatformError as error:
            log.warning("call: not done", bridge=self.transport.bridge, error=type(error).__name__)

    async def say(self, sentence: str) -> None:
        await self.quietly(self.transport.say(sentence))

    def tone(self, tone: Tone) -> None:
        if self.options.earcons:
            self.spawn(self.quietly(self.loudspeaker.tone(earcon(tone, self.transport.rate))))

    def tell(self, state: State, caption: str = "") -> None:
        """Have it shown, with what is being said."""
        if (state, caption) != self._shown:
            self._shown = (state, caption)
            self._changed.set()

    def caption(self, text: str) -> None:
        self.tell(self._shown[0], text)

    async def _show(self) -> None:
        """The transport shows the newest, however slow it is."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.quietly(self.transport.show(*self._shown))


def _settings(options: VoiceOptions, transport: VoiceTransport) -> CallSettings:
    wakes = options.turn_taking == "wake"
    return CallSettings(
        interrupt="asker" if wakes and options.interrupt == "anyone" else options.interrupt,
        join_question=options.join_question,
        echo_guard_s=options.echo_guard_ms / 1_000 if transport.echoes else 0.0,
        thinking_after_s=options.thinking_after_s,
        thinking_every_s=options.thinking_every_s,
        eager=not wakes,
    )

"""An engine in a process of its own: started when first needed, kept, ended with a call that is cancelled.

Both sides send messages: a line of JSON, then as many bytes as its `size` says.

    ← {"ready": true}                                   once, when the model is loaded
    → {"language": "en", "size": 32044} + WAV
    ← {"text": "…", "language": "en"}
    → {"text": "…", "voice": "", "language": "", "speed": 1.0, "size": 0}
    ← {"rate": 22050, "size": 4096} + int16 PCM …       as often as there is more, then {"end": true}
    ← {"error": "…"}                                    in place of any of these
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ...errors import SpeechError
from ..speech import Transcript

if TYPE_CHECKING:
    from ..pcm import Chunk

LOAD_SECONDS = 600.0
"""For a model to load: the first time it may have to be fetched."""
ANSWER_SECONDS = 60.0
"""For the next message of an engine that is at work."""
LAST_WORDS_SECONDS = 5.0
"""For a process to say why it ends."""
_LINE = 1 << 20
"""Bytes of the longest line: a transcript."""


class EngineProcess:
    """One engine, asked for one thing at a time; who comes meanwhile waits.

    `name` is what the settings call it, `command` what runs it.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        load_seconds: float = LOAD_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._name = name
        self._command = tuple(command)
        self._load_seconds = load_seconds
        self._answer_seconds = answer_seconds
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._closed = False

    async def ask(
        self, question: Mapping[str, object], data: bytes = b""
    ) -> AsyncGenerator[tuple[dict[str, Any], bytes], None]:
        """The engine's messages up to and with the last one. Closed before that, it ends the engine.

        `SpeechError` when it cannot start, breaks off, answers too late or says what is wrong.
        """
        async with self._turn:
            if self._closed:
                raise SpeechError(f"The speech engine {self._name} was closed.")
            whole = False
            try:
                process = self._process or await self._start()
                self._process = process
                await self._send(process, {**question, "size": len(data)}, data)
                while not whole:
                    message, body = await self._next(process, self._answer_seconds)
                    whole = "size" not in message
                    if "error" in message:
                        raise SpeechError(str(message["error"]))
                    yield message, body
            finally:
                if not whole:
                    await self._end()

    async def close(self) -> None:
        """End the process, also in the middle of an answer."""
        self._closed = True
        await self._end()

    async def _start(self) -> Process:
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - it is held for as long as the engine loads
        with errors:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command, stdin=PIPE, stdout=PIPE, stderr=errors, limit=_LINE
                )
            except OSError as error:
                raise SpeechError(
                    f"The speech engine {self._name} cannot be started: {error.strerror}."
                ) from error
            # Held from here on, so that whatever breaks off ends it.
            self._process = process
            try:
                message, _ = await self._next(process, self._load_seconds)
            except SpeechError as error:
                await _ended(process)
                reason = _last_line(errors)
                if not reason:
                    raise
                raise SpeechError(f"The speech engine {self._name} did not start: {reason}") from error
        if "error" in message:
            await self._end()
            raise SpeechError(str(message["error"]))
        return process

    async def _send(self, process: Process, header: Mapping[str, object], data: bytes) -> None:
        assert process.stdin is not None
        try:
            async with asyncio.timeout(self._answer_seconds):
                process.stdin.write(json.dumps(header).encode() + b"\n" + data)
                await process.stdin.drain()
        except TimeoutError as error:
            raise SpeechError(f"The speech engine {self._name} does not take what is said to it.") from error
        except (BrokenPipeError, ConnectionResetError):
            # What it says of its end, or that it says nothing, is found when its answer is read.
            return

    async def _next(self, process: Process, seconds: float) -> tuple[dict[str, Any], bytes]:
        assert process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                line = await process.stdout.readline()
                message = json.loads(line)
                return message, await process.stdout.readexactly(message.get("size", 0))
        except TimeoutError as error:
            raise SpeechError(
                f"The speech engine {self._name} did not answer within {seconds:g} seconds: take a smaller model."
            ) from error
        except (asyncio.IncompleteReadError, ValueError) as error:
            raise SpeechError(
                f"The speech engine {self._name} broke off; the next sentence starts it again."
            ) from error

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()


class LocalSpeechToText:
    """Recognises speech with an engine of `worker.py`."""

    def __init__(self, process: EngineProcess) -> None:
        self._process = process

    async def transcribe(self, wav: bytes, *, language: str = "") -> Transcript:
        text, heard = "", ""
        async for message, _ in self._process.ask({"language": language}, wav):
            text, heard = str(message["text"]), str(message["language"])
        return Transcript(text, heard or language)

    async def close(self) -> None:
        await self._process.close()


class LocalTextToSpeech:
    """Speaks with an engine of `worker.py`."""

    def __init__(self, process: EngineProcess) -> None:
        self._process = process

    async def speak(
        self, text: str, *, voice: str = "", language: str = "", speed: float = 1.0
    ) -> AsyncGenerator[Chunk, None]:
        if not text.strip():
            return
        question = {"text": text, "voice": voice, "language": language, "speed": speed}
        answers = self._process.ask(question)
        try:
            async for message, data in answers:
                if data:
                    yield int(message["rate"]), np.frombuffer(data, np.int16)
        finally:
            await answers.aclose()

    async def close(self) -> None:
        await self._process.close()


def worker(engine: str, model: str) -> tuple[str, ...]:
    """The command that runs an engine of `worker.py`."""
    # -P: nothing in the folder that we were started in stands for a library.
    return (sys.executable, "-P", "-m", "trunkline.audio.engines.worker", engine, model)


async def _ended(process: Process) -> None:
    """Wait for the last words of a process that has let go of its answers."""
    assert process.stdout is not None
    if process.stdout.at_eof():
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await process.wait()


def _last_line(file: IO[bytes]) -> str:
    """What a program said last, before it heard anything of anybody."""
    file.seek(0)
    lines = file.read().decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[:300]

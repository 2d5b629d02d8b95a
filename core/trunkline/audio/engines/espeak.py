"""espeak-ng: a small program of the system that speaks a hundred languages, at once and without a model."""

from __future__ import annotations

import asyncio
import re
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Final

import numpy as np

from ...errors import SpeechError, UsageError

if TYPE_CHECKING:
    from ..pcm import Chunk

PROGRAM: Final = "espeak-ng"
WORDS_PER_MINUTE: Final = 175
"""espeak-ng's own pace."""
SLOWEST: Final = 80
FASTEST: Final = 450
"""Words a minute that it takes."""
ANSWER_SECONDS: Final = 20.0
"""For the next piece of sound."""
HEADER: Final = 44
"""Bytes of the WAV header, which knows nothing of the length."""
PIECE: Final = 8_192
"""Bytes of the largest piece: 186 ms."""
_NAME: Final = re.compile(r"[A-Za-z0-9]+(?:[-_+/][A-Za-z0-9]+)*")


class Espeak:
    """Speaks with espeak-ng, a process for each sentence. `UsageError` where it is not installed."""

    def __init__(self, program: str = PROGRAM) -> None:
        found = shutil.which(program)
        if found is None:
            raise UsageError(f"{program} is not installed: install the system's package espeak-ng.")
        self._program = found

    async def speak(
        self, text: str, *, voice: str = "", language: str = "", speed: float = 1.0
    ) -> AsyncGenerator[Chunk, None]:
        """`voice` is one of `espeak-ng --voices` ("en-us+f3"); without one `language` chooses."""
        name = voice or language or "en"
        if not _NAME.fullmatch(name):
            raise SpeechError(f"{name!r} is no voice of espeak-ng: espeak-ng --voices lists them.")
        if not text.strip():
            return
        process = await self._start(name, speed)
        try:
            async for chunk in _chunks(process, text):
                yield chunk
            await process.wait()
        finally:
            await _end(process)
        if process.returncode:
            raise SpeechError(f"espeak-ng has no voice {name!r}: espeak-ng --voices lists them.")

    async def close(self) -> None:
        """Nothing is held between two sentences."""

    async def _start(self, name: str, speed: float) -> Process:
        pace = round(min(max(WORDS_PER_MINUTE * speed, SLOWEST), FASTEST))
        # The text goes in by a pipe: other users of the machine see the arguments of a program.
        command = (self._program, "-v", name, "-s", str(pace), "-b", "1", "--stdin", "--stdout")
        try:
            return await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=asyncio.subprocess.DEVNULL
            )
        except OSError as error:
            raise SpeechError(f"espeak-ng cannot be started: {error.strerror}.") from error


async def _end(process: Process) -> None:
    """No process, and no pipe of one, is left behind."""
    if process.returncode is None:
        process.kill()
    assert process.stdout is not None
    # A pipe that nobody reads to its end stays open.
    while await process.stdout.read(PIECE):
        pass
    await process.wait()


async def _chunks(process: Process, text: str) -> AsyncIterator[Chunk]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            # "[[" would begin phonemes.
            process.stdin.write(text.replace("[[", "[ [").encode("utf-8", "replace"))
            await process.stdin.drain()
            process.stdin.close()
            header = await process.stdout.readexactly(HEADER)
    except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError):
        return  # its status tells why
    except TimeoutError as error:
        raise SpeechError("espeak-ng does not answer.") from error
    rate = int.from_bytes(header[24:28], "little")
    async for pcm in _pieces(process.stdout):
        yield rate, np.frombuffer(pcm, np.int16)


async def _pieces(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """What comes as it comes, in whole samples."""
    half = b""
    while True:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                data = half + await stream.read(PIECE)
        except TimeoutError as error:
            raise SpeechError("espeak-ng does not answer.") from error
        whole = len(data) & ~1
        if data == half:
            return
        half = data[whole:]
        if whole:
            yield data[:whole]

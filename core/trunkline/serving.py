"""What the commands of the command line do, from settings to exit."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from .app import Service, chosen, descriptors, make_folder, open_service
from .bridge import Descriptor
from .errors import SettingsError
from .settings import CoreSettings, load
from .telemetry import configure_logging

SETTINGS_FILE = Path("trunkline.toml")


@dataclass(frozen=True, slots=True)
class AppOptions:
    """What the command line says of one app."""

    url: str
    user: str = ""
    password: str = ""
    hf_token: str = ""
    chatbot: str = ""
    api_name: str = ""
    ignore_js: bool = False

    def table(self) -> dict[str, Any]:
        """The app's table, whole: nothing of a file's table (a password, a token) goes to another address."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def read_settings(
    config: Path | None, overrides: Mapping[str, Any], known: Sequence[Descriptor] | None = None
) -> CoreSettings:
    """The settings of a file (trunkline.toml where the command runs, if it is there) under `overrides`."""
    file = config if config is not None else (SETTINGS_FILE if SETTINGS_FILE.is_file() else None)
    return load(descriptors() if known is None else known, file=file, overrides=overrides)


def selected(settings: CoreSettings, known: Sequence[Descriptor], asked: Sequence[str]) -> tuple[Descriptor, ...]:
    """The bridges to run: those asked for, else the web and whichever has its secrets; and what those need."""
    unasked = tuple(d for d in known if d.name == "web" or _starts(settings, d))
    first = chosen(asked, known) if asked else unasked
    needed = [name for d in first if d.needs is not None for name in d.needs(settings.options(d.name))]
    names = dict.fromkeys([*(d.name for d in first), *needed])
    return chosen(tuple(names), known)


def _starts(settings: CoreSettings, descriptor: Descriptor) -> bool:
    """Whether a bridge that nobody asked for has what it needs to run."""
    options = settings.options(descriptor.name)
    if descriptor.starts is not None:
        return descriptor.starts(options)
    return bool(descriptor.secrets) and all(bool(getattr(options, n, "")) for n in descriptor.secrets.values())


async def serve(settings: CoreSettings, bridges: Sequence[Descriptor]) -> None:
    """Run bridges until told to stop, then drain."""
    configure_logging(settings.log.level, settings.log.form)
    with only_process(settings) as name, told_to_stop() as told:
        async with open_service(settings, process=name) as service:
            for descriptor in bridges:
                await service.wire(descriptor)
            await _run_until(told, service)


async def _run_until(told: asyncio.Event, service: Service) -> None:
    """Run the service until told to stop. Running turns drain while the bridges still show what comes."""
    running = asyncio.create_task(service.run(), name="service")
    stopping = asyncio.create_task(told.wait(), name="signals")
    try:
        await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await service.router.close(service.settings.turns.drain_s)
    finally:
        stopping.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def private_service(settings: CoreSettings) -> AsyncIterator[Service]:
    """A service for one command: it takes over nobody's turns, and shares the store with a running service."""
    async with open_service(
        settings, process=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
    ) as service:
        yield service


@asynccontextmanager
async def chat_service(settings: CoreSettings, conversation: str) -> AsyncIterator[Service]:
    """A service for a conversation at the terminal: it takes up at once what an earlier process left of it.

    While another process has the conversation open, that one's turns are left to it.
    """
    if conversation:
        name = f"{socket.gethostname()}-chat-{hashlib.sha256(conversation.encode()).hexdigest()[:12]}"
        with ExitStack() as stack:
            try:
                process = stack.enter_context(only_process(settings, name))
            except SettingsError:
                process = ""
            if process:
                async with open_service(settings, process=process) as service:
                    yield service
                return
    async with private_service(settings) as service:
        yield service


@contextmanager
def only_process(settings: CoreSettings, name: str = "") -> Iterator[str]:
    """The name of this process among those that share the store; `name` in place of the settings'.

    A process takes over at once what its earlier life left, so that no two may run under one name:
    `SettingsError` when another process on this machine does.
    """
    name = name or settings.store.process or socket.gethostname()
    location = settings.store.location()
    folder = Path(location).parent if "://" not in location else settings.store.media_folder()
    make_folder(folder)
    with _opened(folder / f".{name}.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(
                f"Another trunkline already runs on {location} as {name!r}. Stop it, or give this one a name of "
                "its own: store.process."
            ) from error
        yield name


def _opened(lock: Path) -> TextIO:
    try:
        return lock.open("w")
    except OSError as error:
        text = f"{lock} cannot be written: {error.strerror}. Choose another store.url."
        raise SettingsError(text) from error


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """Set by SIGINT and SIGTERM; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def stop(number: int) -> None:
        if told.is_set():
            os._exit(128 + number)
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        yield told
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        sys.stderr.flush()

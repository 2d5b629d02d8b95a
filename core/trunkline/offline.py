"""The commands that end by themselves: chat, inspect, check, export, forget."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Connection

from . import serving
from .app import backend_for, chosen, descriptors
from .backend import AppProfile
from .bridge import Descriptor, Finding
from .errors import MediaError, TrunklineError, UsageError
from .messages import Speaker
from .serving import AppOptions
from .settings import AppTable, CoreSettings
from .store import Store, people
from .store import export as exporting
from .store.export import Format, What
from .store.records import Erased
from .telemetry import configure_logging

_CHAT_DRAIN_S = 3.0


class Finite(Protocol):
    """A bridge whose `run` comes to an end: the terminal's."""

    exit_status: int


async def chat(options: AppOptions, config: Path | None, terminal: Mapping[str, Any]) -> int:
    """Talk to an app in the terminal; the exit status. A conversation without a name is kept nowhere."""
    known = descriptors()
    (descriptor,) = chosen(["terminal"], known)
    overrides: dict[str, Any] = {"apps": {options.url: options.table()}, "default_app": options.url}
    overrides["terminal"] = dict(terminal)
    name = str(terminal.get("conversation", ""))
    # Whoever leaves wants the prompt back; and the screen is the conversation's, not the log's.
    overrides["turns"] = {"drain_s": _CHAT_DRAIN_S}
    with ExitStack() as stack:
        if not name:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-chat-"))
            overrides["store"] = {"url": str(Path(folder) / "chat.db"), "media": str(Path(folder) / "media")}
        settings = serving.read_settings(config, overrides, known)
        configure_logging("error", settings.log.form)
        async with serving.chat_service(settings, name) as service:
            await service.services.apps.connected(options.url)
            bridge = await service.wire(descriptor, app=options.url)
            async with service.attended():
                await bridge.run(service.router)
            return cast("Finite", bridge).exit_status


async def profile_of(options: AppOptions) -> AppProfile:
    """What we understand of an app."""
    backend = backend_for("default", AppTable(**options.table()), NoBlobs())
    try:
        return await backend.connect()
    finally:
        await backend.close()


class NoBlobs:
    """Media of a command that sends none."""

    async def read(self, sha256: str) -> bytes:
        raise MediaError(f"No file {sha256[:12]} is kept here.")


async def check(settings: CoreSettings, bridges: Sequence[Descriptor]) -> list[Finding]:
    """Reach every app; let every bridge check its platform."""
    findings: list[Finding] = []
    async with serving.private_service(settings) as service:
        findings.append(Finding(True, f"store: {settings.store.location().rpartition('@')[2]}"))
        for name in service.services.apps.names:
            try:
                profile = (await service.services.apps.connected(name)).profile
            except TrunklineError as error:
                findings.append(Finding(False, f"app {name}: {error.user_message}"))
            else:
                title = profile.title or profile.url
                findings.append(Finding(True, f"app {name}: {title} (Gradio {profile.version})"))
        for descriptor in bridges:
            if descriptor.check is None:
                continue
            wiring = await service.wiring(descriptor)
            findings += await descriptor.check(wiring)
    return findings


async def export(settings: CoreSettings, what: What, form: Format, out: Path | None) -> int:
    """Write transcripts or feedback to a file or standard output; how many rows."""
    store = await Store.open(settings.store.location())
    try:
        with ExitStack() as stack:
            lines = stack.enter_context(_opened(out)) if out else sys.stdout
            total = await store.read(exporting.count, what)
            progress = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
            bar = progress.add_task(what, total=total)
            return await exporting.export(
                store, what, form, lines, lambda done: progress.update(bar, completed=done)
            )
    finally:
        await store.close()


def _opened(out: Path) -> TextIO:
    try:
        return out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}. Choose another file.") from error


async def forget(settings: CoreSettings, user: str) -> Erased:
    """Erase a person by platform and id."""
    platform, colon, rest = user.partition(":")
    if not colon or not rest:
        raise UsageError(f"{user!r} names nobody: write PLATFORM:USER_ID, for example discord:123456789.")
    async with serving.private_service(settings) as service:
        erased = await service.store.write(_forget, platform, rest)
        await service.media.collect()
        return erased


def _forget(conn: Connection, platform: str, who: str) -> Erased:
    """Ids and teams may hold colons themselves: of the ways to read it, the first that names somebody counts."""
    cuts = [0, *(place + 1 for place, sign in enumerate(who) if sign == ":")]
    for cut in cuts:
        speaker = Speaker(platform, who[cut:], team=who[: max(cut - 1, 0)])
        if people.person_of(conn, speaker) is not None:
            return people.forget(conn, speaker)
    return Erased()

"""Builds the service from its settings, starts it in order and stops it in reverse.

store → media → apps → router → bridges         intake closes first, then running turns drain,
                                                 then apps and store are let go
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from .access import rules_of
from .apps import Apps
from .archive import StoredArchive
from .backend import Backend, BlobReader
from .bridge import Bridge, Descriptor, Mount, Wiring
from .calls import Calls
from .clock import Clock, SystemClock
from .errors import SettingsError, StoreError, TrunklineError, UsageError
from .gradio import GradioBackend
from .media import MediaStore
from .messages import Json
from .router import Router
from .services import Connected, Services
from .settings import AppTable, CoreSettings
from .speaking import speech_of
from .store import Store, meta, recordings, retention, vault
from .telemetry import Metrics, log
from .vault import StoredVault

_HOUR = 3_600.0
_DAY = 24 * _HOUR
_UPLOAD_GRACE = _DAY
"""Seconds for which a file is kept that no message refers to yet."""


def descriptors() -> tuple[Descriptor, ...]:
    """The installed bridges, ours and others', by their entry point; none loads its platform's library."""
    found = sorted(entry_points(group="trunkline.bridges"), key=lambda point: point.name)
    return tuple(cast("Descriptor", point.load()) for point in found)


def backend_for(name: str, table: AppTable, blobs: BlobReader) -> GradioBackend:
    """The backend of an app's table."""
    password, token = table.password.get_secret_value(), table.hf_token.get_secret_value()
    return GradioBackend(
        table.url,
        name=name,
        auth=(table.user, password) if table.user else None,
        hf_token=token or os.environ.get("HF_TOKEN"),
        chatbot=table.chatbot or None,
        api_name=table.api_name or None,
        ignore_js=table.ignore_js,
        inputs=table.inputs,
        blobs=blobs,
    )


class Service:
    """The core of one process, open: `router` is what bridges and commands talk to."""

    def __init__(self, settings: CoreSettings, services: Services, router: Router, media: MediaStore) -> None:
        self.settings = settings
        self.services = services
        self.router = router
        self.media = media
        self.bridges: dict[str, Bridge] = {}
        self.calls = Calls()

    @property
    def store(self) -> Store:
        return self.services.store

    async def wire(self, descriptor: Descriptor, *, app: str | None = None) -> Bridge:
        """Open a bridge and let it deliver; it receives once its `run` is started."""
        wiring = await self.wiring(descriptor, app=app)
        options = wiring.options
        bridge = descriptor.open(wiring)
        link = await self._link(descriptor, wiring)
        self.router.connect(
            Connected(descriptor, bridge, self._shown_options(descriptor), link), rules_of(options)
        )
        self.bridges[descriptor.name] = bridge
        return bridge

    async def _link(self, descriptor: Descriptor, wiring: Wiring) -> Callable[[str, str], str] | None:
        """Addresses of media for the people on a platform: its own, else those of a bridge that serves media."""
        if descriptor.link is not None:
            return descriptor.link(wiring)
        for other in descriptors():
            if other.link is not None and other.name in type(self.settings).model_fields:
                link = other.link(await self.wiring(other))
                if link is not None:
                    return link
        return None

    async def wiring(self, descriptor: Descriptor, *, app: str | None = None) -> Wiring:
        """What a bridge is given when it is opened."""
        return Wiring(
            name=descriptor.name,
            options=self.settings.options(descriptor.name),
            app=app or self.settings.app_of(descriptor.name),
            apps=self.services.apps.names,
            secret=await self.store.write(meta.secret, secrets.token_hex(32)),
            media=self.media,
            metrics=self.services.metrics.registry,
            vault=StoredVault(self.store, self.services.clock, descriptor.name),
            mount=self._mount,
            archive=StoredArchive(self.store),
            installed=tuple((known, self._shown_options(known)) for known in descriptors()),
            calls=self.calls,
            speech=self.services.speech,
        )

    def _mount(self, path: str, handler: Callable[..., Awaitable[object]]) -> Callable[[], None]:
        """`bridge.Mount` on whichever bridge of this process runs a server."""
        for bridge in self.bridges.values():
            mount: Mount | None = getattr(bridge, "mount", None)
            if mount is not None:
                return mount(path, handler)
        raise UsageError(f"{path} needs a web server: run the web bridge too (trunkline run --web).")

    def _shown_options(self, descriptor: Descriptor) -> Mapping[str, Json]:
        """The table of a bridge; its defaults when the settings were read without it."""
        known = descriptor.name in type(self.settings).model_fields
        options = self.settings.options(descriptor.name) if known else descriptor.options()
        return cast("Mapping[str, Json]", options.model_dump(mode="json"))

    async def run(self) -> None:
        """Take up what was left, and receive until cancelled. The first `TrunklineError` of a bridge ends it."""
        try:
            await self._run()
        except* TrunklineError as failures:
            first = failures.exceptions[0]
            while isinstance(first, ExceptionGroup):
                first = first.exceptions[0]
            raise first from None

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.router.keep_leases(), name="leases")
            group.create_task(self.keep_house(), name="housekeeping")
            for name, bridge in self.bridges.items():
                log.info("bridge starts", bridge=name)
                group.create_task(bridge.run(self.router), name=f"bridge {name}")
            # Behind them: a post that an earlier process may have made is looked for by what the core knows.
            await self.router.resume()

    @asynccontextmanager
    async def attended(self) -> AsyncIterator[None]:
        """For a command that talks by itself: leases are kept meanwhile, and what was left is taken up."""
        keeping = asyncio.create_task(self.router.keep_leases(), name="leases")
        try:
            await self.router.resume()
            yield
        finally:
            keeping.cancel()
            await asyncio.wait((keeping,))

    async def keep_house(self) -> None:
        """Once an hour, erase what is older than the settings keep, and files that nobody refers to."""
        clock, keep_days = self.services.clock, self.settings.store.keep_days
        # Of a bridge's table: settings that were read without that bridge have none.
        record_days: int = getattr(getattr(self.settings, "voice", None), "record_days", 0)
        while True:
            try:
                now = clock.now()
                if keep_days:
                    await retention.enforce(self.store, now - keep_days * _DAY, now)
                if record_days:
                    await recordings.enforce(self.store, now - record_days * _DAY)
                await self.media.keep(self.services.apps.kept_media())
                await self.media.collect(_UPLOAD_GRACE)
                await self.store.write(vault.sweep, now)
            except (StoreError, OSError) as error:
                log.warning("housekeeping failed", error=type(error).__name__)
            await clock.sleep(_HOUR)


@asynccontextmanager
async def open_service(
    settings: CoreSettings,
    *,
    process: str,
    clock: Clock | None = None,
    make_backend: Callable[[str, AppTable, BlobReader], Backend] = backend_for,
) -> AsyncIterator[Service]:
    """The service without bridges yet; closes in reverse order, running turns first.

    `process` names this process among those that share the store; no two may run under one name.
    """
    if not settings.apps:
        raise SettingsError("No app is named: give --app URL, or [apps.default] with its url in trunkline.toml.")
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        location = settings.store.location()
        if "://" not in location:
            make_folder(Path(location).parent)
        store = await Store.open(location)
        stack.push_async_callback(store.close)
        media = MediaStore(settings.store.media_folder(), store)
        backends = {name: make_backend(name, table, media) for name, table in settings.apps.items()}
        apps = Apps(backends, media)
        stack.push_async_callback(apps.close)
        routing = settings.router()
        services = Services(
            store, media, apps, clock, routing.turns, Metrics(), f"{process}/{secrets.token_hex(4)}"
        )
        speech = speech_of(settings.speech, os.environ.get("HF_TOKEN"))
        if speech is not None:
            services.speech = speech
            stack.push_async_callback(speech.close)
        router = Router(services, routing)
        stack.push_async_callback(router.close, settings.turns.drain_s)
        yield Service(settings, services, router, media)


def make_folder(folder: Path) -> None:
    """Make a folder of the store's where it is not there yet. `SettingsError` when that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} cannot be made: {error.strerror}. Choose another store.url."
        ) from error


def chosen(names: Sequence[str], known: Sequence[Descriptor]) -> tuple[Descriptor, ...]:
    """The bridges of these names. `SettingsError` for one that is not installed."""
    by_name = {descriptor.name: descriptor for descriptor in known}
    for name in names:
        if name not in by_name:
            raise SettingsError(f"There is no bridge {name!r}. Installed are: {', '.join(by_name)}.")
    return tuple(by_name[name] for name in names)

"""Fixtures that several folders of tests use."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fakes.blobs import MemoryBlobs
from fakes.conversation import Conversation
from fakes.fixtures import Connect, Converse, StartApp
from fakes.gradio_apps import VERSIONS, AppHost, LoneApp, Version

if TYPE_CHECKING:
    from trunkline.gradio import GradioBackend

SHARED_APPS = 16

conversation_names = (f"conversation {number}" for number in itertools.count(1))


@pytest.fixture(params=VERSIONS, ids=lambda version: f"gradio{version}")
def version(request: pytest.FixtureRequest) -> Version:
    """Each version of Gradio in turn."""
    chosen: Version = request.param
    return chosen


@pytest.fixture(scope="session")
def app_hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Version], AppHost]]:
    """One host per version, started when first asked for."""
    hosts: dict[Version, AppHost] = {}

    def host(version: Version) -> AppHost:
        if version not in hosts:
            hosts[version] = AppHost(version, tmp_path_factory.mktemp(f"gradio{version}"))
        return hosts[version]

    yield host
    for running in hosts.values():
        running.close()


@pytest.fixture(scope="session")
def gradio_app(app_hosts: Callable[[Version], AppHost]) -> StartApp:
    """Apps shared by the tests of the session: for tests that do not look into what the app keeps.

    An app not asked for while `SHARED_APPS` others were is stopped: an idle app costs time as well.
    """
    held: OrderedDict[tuple[Version, str, tuple[tuple[str, str], ...]], str] = OrderedDict()

    def start(name: str, version: Version = "6", **options: str) -> str:
        key = (version, name, tuple(sorted(options.items())))
        if key not in held:
            held[key] = app_hosts(version).start(name, options=options)
        held.move_to_end(key)
        if len(held) > SHARED_APPS:
            (oldest, *_), url = held.popitem(last=False)
            app_hosts(oldest).stop(url)
        return held[key]

    return start


@pytest.fixture
def fresh_gradio_app(app_hosts: Callable[[Version], AppHost]) -> Iterator[StartApp]:
    """Instances of apps that belong to one test: counters at zero, gates shut."""
    started: list[tuple[AppHost, str]] = []

    def start(name: str, version: Version = "6", **options: str) -> str:
        host = app_hosts(version)
        started.append((host, host.start(name, options=options)))
        return started[-1][1]

    yield start
    for host, url in started:
        host.stop(url)


@pytest.fixture
def lone_gradio_app(tmp_path: Path) -> Iterator[Callable[[str, Version], LoneApp]]:
    """Apps in a process of their own, to be killed and started again by the test."""
    started: list[LoneApp] = []

    def start(name: str, version: Version = "6", options: Mapping[str, str] | None = None) -> LoneApp:
        started.append(LoneApp(name, version, tmp_path / f"app{len(started)}", options))
        return started[-1]

    yield start
    for app in started:
        app.close()


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.fixture
async def connect(blobs: MemoryBlobs) -> AsyncIterator[Connect]:
    """Backends that are closed when the test ends."""
    # Loaded here and not above: most tests need no app.
    from trunkline.gradio import GradioBackend

    backends: list[GradioBackend] = []

    async def open_backend(url: str, **options: Any) -> GradioBackend:
        backend = GradioBackend(url, blobs=blobs, **options)
        backends.append(backend)
        await backend.connect()
        return backend

    yield open_backend
    for backend in backends:
        await backend.close()


@pytest.fixture
def converse(connect: Connect, blobs: MemoryBlobs) -> Converse:
    async def start(url: str, **options: Any) -> Conversation:
        return Conversation(await connect(url, **options), blobs, next(conversation_names))

    return start

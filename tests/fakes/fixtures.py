"""What the fixtures of `conftest.py` that are functions take and give, for the annotations of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from .conversation import Conversation
from .gradio_apps import Version

if TYPE_CHECKING:
    from trunkline.gradio import GradioBackend


class StartApp(Protocol):
    """Starts an app of `tests/apps` on a version of Gradio; returns its address."""

    def __call__(self, name: str, version: Version = "6", **options: str) -> str: ...


class Connect(Protocol):
    """Connects a `GradioBackend` to an address; `options` are those of its constructor."""

    async def __call__(self, url: str, **options: Any) -> GradioBackend: ...


class Converse(Protocol):
    """Starts a conversation of its own with the app at an address; `options` are the backend's."""

    async def __call__(self, url: str, **options: Any) -> Conversation: ...

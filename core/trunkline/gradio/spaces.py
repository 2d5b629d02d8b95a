"""Addresses of apps: a URL is used as it is, a Space is found by name at the hub and woken.

The hub is the public one unless `HF_ENDPOINT` names another. No token but the given one is ever sent: a Space's
app would see it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, repeat

import aiohttp

from ..errors import AppUnreachable, LoginFailed, NotGradio, SpaceNotRunning

HUB = "https://huggingface.co"
WAKE_SECONDS = 600.0
"""How long a Space is waited for: a large one takes minutes to build."""
_HUB_SECONDS = 15.0
_POLLS = (0.1, 0.5, 1.0, 2.0)
"""Seconds between two looks at a Space that wakes; the last one goes on."""
_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_READY = {"RUNNING", "RUNNING_BUILDING", "RUNNING_APP_STARTING"}
_WAKING = {"SLEEPING", "BUILDING", "APP_STARTING", "STOPPED", "STARTING"}
_SAID = {
    "SLEEPING": "sleeps: it is being woken, which takes a few minutes",
    "BUILDING": "is being built, which takes a few minutes",
    "APP_STARTING": "is starting",
}
_BROKEN = {
    "PAUSED": "is paused: its owner has to restart it",
    "BUILD_ERROR": "could not be built: its owner has to repair it",
    "RUNTIME_ERROR": "crashed: its owner has to repair it",
    "CONFIG_ERROR": "has an invalid configuration: its owner has to repair it",
    "NO_APP_FILE": "holds no app",
    "DELETING": "is being deleted",
}


@dataclass(frozen=True, slots=True)
class Space:
    """What the hub says of a Space: the address of its app and the stage it is in."""

    id: str
    host: str
    stage: str


def is_space(target: str) -> bool:
    """Whether `target` is the name of a Space (`owner/name`) rather than an address."""
    return "://" not in target and _NAME.fullmatch(target) is not None


async def resolve(target: str, hf_token: str | None, on_status: Callable[[str], None] | None = None) -> str:
    """The address of the app that `target` names, awake when it is a Space.

    Raises `LoginFailed` where the hub does not show the Space to us, `SpaceNotRunning` where it cannot be woken
    or does not wake within `WAKE_SECONDS`, `AppUnreachable` where the hub does not answer.
    """
    if "://" in target:
        return target.rstrip("/")
    if not is_space(target):
        raise NotGradio(f"{target!r} is neither an address (http://…) nor the name of a Space (owner/name).")
    headers = {"Authorization": f"Bearer {hf_token}"} if hf_token else {}
    timeout = aiohttp.ClientTimeout(total=_HUB_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as http:
        space = await _look(http, target)
        if space.stage not in _READY:
            await _wake(http, space, on_status or _silent)
        return space.host


async def _wake(http: aiohttp.ClientSession, space: Space, on_status: Callable[[str], None]) -> None:
    """Wait until a Space runs; visiting its address is what wakes it."""
    until = time.monotonic() + WAKE_SECONDS
    said = ""
    for pause in chain(_POLLS, repeat(_POLLS[-1])):
        if space.stage in _READY:
            return
        if space.stage not in _WAKING:
            raise SpaceNotRunning(f"The Space {space.id} {_BROKEN.get(space.stage, f'is {space.stage}')}.")
        if time.monotonic() > until:
            raise SpaceNotRunning(f"The Space {space.id} did not start within {WAKE_SECONDS / 60:.0f} minutes.")
        if space.stage != said:
            said = space.stage
            on_status(f"The Space {space.id} {_SAID.get(said, 'is starting')}.")
        if space.stage in ("SLEEPING", "STOPPED"):
            await _visit(http, space)
        await asyncio.sleep(pause)
        space = await _look(http, space.id)


async def _look(http: aiohttp.ClientSession, name: str) -> Space:
    """Ask the hub for a Space."""
    endpoint = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    try:
        async with http.get(f"{endpoint}/api/spaces/{name}") as response:
            status, body = response.status, await response.read()
    except (aiohttp.ClientError, OSError) as error:
        raise AppUnreachable(f"The hub at {endpoint} cannot be reached to look up the Space {name}.") from error
    if status in (401, 403, 404):
        raise LoginFailed(
            f"The hub shows no Space {name}: it does not exist, or it is private and needs a token (hf_token)."
        )
    try:
        info = json.loads(body) if status == 200 else None
    except ValueError:
        info = None
    if not isinstance(info, dict):
        raise AppUnreachable(f"The hub cannot tell about the Space {name} (status {status}).")
    host = info.get("host")
    if not isinstance(host, str) or not host:
        raise SpaceNotRunning(f"The Space {name} has no address yet: is it a Gradio Space that was built once?")
    return Space(name, host.rstrip("/"), str((info.get("runtime") or {}).get("stage") or "RUNNING"))


async def _visit(http: aiohttp.ClientSession, space: Space) -> None:
    """Open a Space's address, as somebody would who wants to see it."""
    try:
        async with http.get(space.host, allow_redirects=False):
            return
    except (aiohttp.ClientError, OSError):
        # It sleeps: what counts is that it was asked for. The next look tells whether it wakes.
        return


def _silent(sentence: str) -> None:
    """Nobody wants to know."""

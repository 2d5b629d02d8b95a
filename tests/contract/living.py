"""The core of a life, as a bridge calls it whose platform outlives the life."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar, cast

from contract.harness import FakeHarness
from trunkline.backend import AppProfile
from trunkline.bridge import Answer, ConversationView, FoundTurn, Target, Transcript
from trunkline.inbound import Inbound, Place
from trunkline.messages import Speaker

T = TypeVar("T")


class LivingCore:
    """The core of a life as its bridge calls it: the router of the settings that hold now.

    A dead process answers nobody: a call that outlives its life never returns.
    """

    def __init__(self, harness: FakeHarness) -> None:
        self._harness = harness
        self._life = harness.life

    @property
    def media(self) -> Any:
        return self._harness.router.media

    async def accept(self, event: Inbound) -> Answer:
        return await self._alive(self._harness.router.accept(event))

    async def profile(self, app: str) -> AppProfile:
        return await self._alive(self._harness.router.profile(app))

    async def conversations(self, place: Place, **page: Any) -> tuple[ConversationView, ...]:
        return await self._alive(self._harness.router.conversations(place, **page))

    async def transcript(self, place: Place, conversation: int = 0, **page: Any) -> Transcript:
        return await self._alive(self._harness.router.transcript(place, conversation, **page))

    async def turn(self, number: int) -> FoundTurn | None:
        return await self._harness.in_life(self._life, self._harness.router.turn(number))

    async def turn_of(self, place: Place, message_id: str) -> int:
        return await self._alive(self._harness.router.turn_of(place, message_id))

    async def heard_since(self, platform: str, since: float) -> Sequence[tuple[Place, Target, str]]:
        return await self._alive(self._harness.router.heard_since(platform, since))

    async def app_of(self, place: Place) -> str:
        return await self._alive(self._harness.router.app_of(place))

    async def spoken_in(self, place: Place, speaker: Speaker, *, limit: int = 1) -> tuple[Place, ...]:
        return await self._alive(self._harness.router.spoken_in(place, speaker, limit=limit))

    def words(self, key: str, **values: object) -> str:
        return self._harness.router.words(key, **values)

    async def _alive(self, work: Coroutine[Any, Any, T]) -> T:
        found = await self._harness.in_life(self._life, work)
        if found is None:
            await asyncio.Event().wait()
        return cast("T", found)

"""Interactions as they live: made by a person, answered within 3 s, followed up for 15 minutes.

reference: Interactions (3 s, 15 min, 10062, 40060, 40094, callback types, one response), Components V2 ("Deferred
replies", modals only as the first response).
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from fakes.discord.calls import Upload
from fakes.discord.drafts import Drafts
from fakes.discord.errors import Json
from fakes.discord.events import Events
from fakes.discord.payloads import Payloads
from fakes.discord.world import DM, Channel, Message, User, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5

TO_ANSWER, TO_FOLLOW_UP = 3.0, 15 * 60.0


@dataclass(eq=False)
class Interaction:
    """What a person did, and what the app made of it.

    `response` is the callback's type once there was one; `original` the message it made, or was made on.
    """

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    data: Json
    created_at: float
    message: Message | None = None
    installed_by_user: bool = False
    response: int | None = None
    original: Message | None = None
    modal: Json | None = None
    choices: list[Json] | None = None
    follow_ups: list[Message] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def metadata(self) -> Json:
        """What its messages tell of it."""
        return {
            "id": str(self.id),
            "type": self.kind,
            "user": {"id": str(self.user.id), "username": self.user.name, "discriminator": "0", "avatar": None},
            "authorizing_integration_owners": {},
        }

    async def response_type(self, seconds: float = 10.0) -> int:
        """The callback's type, as soon as there is one."""
        async with asyncio.timeout(seconds):
            await self.answered.wait()
        assert self.response is not None
        return self.response


class Interactions:
    """All interactions, by token."""

    def __init__(self, world: World, payloads: Payloads, events: Events, drafts: Drafts) -> None:
        self.by_token: dict[str, Interaction] = {}
        self.to_answer = TO_ANSWER
        """Seconds for the first response."""
        self.to_follow_up = TO_FOLLOW_UP
        """Seconds for which the token is valid."""
        self._world = world
        self._payloads = payloads
        self._events = events
        self._drafts = drafts

    def begin(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        message: Message | None = None,
        *,
        installed_by_user: bool = False,
    ) -> Interaction:
        """A person does something; the app hears of it by INTERACTION_CREATE."""
        world = self._world
        token = secrets.token_urlsafe(48)
        made = Interaction(
            world.new_id(), token, kind, user, channel, data, world.now(), message, installed_by_user
        )
        self.by_token[token] = made
        self._events.interaction(self._write(made), channel.guild_id)
        return made

    def failed(self, interaction: Interaction) -> bool:
        """Whether the person reads "This interaction failed": nothing came within 3 s."""
        late = self._world.now() - interaction.created_at > self.to_answer
        return interaction.response is None and late

    def _write(self, made: Interaction) -> Json:
        world, channel = self._world, made.channel
        guild = world.guild_of(channel)
        owner = {"1": str(made.user.id)} if made.installed_by_user else {"0": str(guild.id if guild else 0)}
        written: Json = {
            "id": str(made.id),
            "application_id": str(world.bot.id),
            "type": made.kind,
            "token": made.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": self._payloads.channel(channel)
            | {"permissions": str(world.permissions(made.user.id, channel))},
            "data": made.data,
            "app_permissions": str(world.permissions(world.bot.id, channel)),
            "locale": "en-US",
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": owner,
            "context": 1 if channel.type == DM else 0,
            "attachment_size_limit": self._drafts.file_limit(guild),
        }
        if made.message is not None:
            written["message"] = self._payloads.message(made.message)
        if guild is None:
            return written | {"user": self._payloads.user(made.user)}
        held = {"permissions": str(world.permissions(made.user.id, channel))}
        return written | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": self._payloads.member(guild, made.user) | held,
        }

    def attachment(self, channel: Channel, filename: str, content: bytes) -> Json:
        """A file that a person gives to a command or a modal, as `resolved` shows it."""
        stored = self._drafts.store(Upload("0", filename, content), {})
        return self._payloads.attachment(channel.id, stored)

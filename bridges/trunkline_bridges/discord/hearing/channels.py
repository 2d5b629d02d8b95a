"""What the connected client knows of channels, and what has to be asked for: by REST, never from the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import discord

from trunkline.errors import PlatformError
from trunkline.telemetry import log

from ..desk import Desk
from ..facts import Spot, Written
from .reading import is_spoken, message_from, spot_from, spot_of, written

PAGE: Final = 100
"""Messages that one call reads at most."""


class Channels:
    """Channels by their ids. `client` is the one that is connected now."""

    def __init__(self, desk: Desk) -> None:
        self.client: discord.Client | None = None
        self._desk = desk

    def spot(self, channel: str, guild: str) -> Spot:
        """Where a channel is, as far as it is known without asking."""
        return spot_of(self._channel(channel, guild), self._guild(guild), self._desk.bot)

    def is_known(self, channel: str, guild: str) -> bool:
        """An archived thread is not, and neither is a channel of a server that was not told of yet."""
        return not guild or not isinstance(self._channel(channel, guild), discord.PartialMessageable)

    async def find(self, channel: str, guild: str) -> Spot:
        """Where a channel is; Discord is asked where it is not known."""
        if self.is_known(channel, guild):
            return self.spot(channel, guild)
        try:
            payload = await self._desk.rest.call("GET", f"/channels/{channel}", patient=True)
        except PlatformError as error:
            log.warning("discord channel unknown", channel=channel, error=type(error).__name__)
            return self.spot(channel, guild)
        home = self._guild(guild)
        parent = home.get_channel(int(payload.get("parent_id") or 0)) if home is not None else None
        return spot_from(payload, parent, home, self._desk.bot)

    async def placed(self, one: Written) -> Written:
        """The message with where it is, asked for where it was not known."""
        if self.is_known(one.spot.channel, one.spot.guild):
            return one
        return replace(one, spot=await self.find(one.spot.channel, one.spot.guild))

    async def since(self, spot: Spot, after: int, most: int) -> Sequence[Written]:
        """The newest that people wrote in a channel after a message or moment, oldest first. `PlatformError`."""
        return await self._said(spot, await self._history(spot.channel, after, most))

    async def following(self, spot: Spot, first: int) -> Sequence[Written]:
        """A message and what people wrote right behind it, oldest first. `PlatformError`."""
        page = await self._page(spot.channel, "after", first - 1)
        return await self._said(spot, sorted(page, key=lambda payload: int(payload["id"])))

    async def _said(self, spot: Spot, payloads: Sequence[Any]) -> list[Written]:
        found: list[Written] = []
        roles: dict[str, frozenset[str]] = {}
        channel = self._channel(spot.channel, spot.guild)
        for payload in payloads:
            one = self._read(channel, spot, payload)
            if one is not None:
                found.append(await self._with_roles(one, roles))
        return found

    async def _history(self, channel: str, after: int, most: int) -> list[Any]:
        """Payloads, the oldest first. Where there are more than can be read, the oldest ones are left out."""
        payloads = {int(payload["id"]): payload for payload in await self._page(channel, "after", after)}
        if len(payloads) >= PAGE:
            first, before = max(payloads), 1 << 63
            while before > first + 1 and len(payloads) < most + PAGE:
                page = {int(payload["id"]): payload for payload in await self._page(channel, "before", before)}
                payloads |= {key: payload for key, payload in page.items() if key > after}
                if len(page) < PAGE:
                    break
                before = min(page)
        return [payloads[key] for key in sorted(payloads)[-most:]]

    async def _page(self, channel: str, side: str, message: int) -> Any:
        query: dict[str, str | int] = {side: message, "limit": PAGE}
        return await self._desk.rest.call("GET", f"/channels/{channel}/messages", query=query, patient=True) or ()

    def _read(self, channel: Any, spot: Spot, payload: Any) -> Written | None:
        assert self.client is not None, "set before anything is heard"
        message = message_from(self.client, channel, payload)
        if message is None or not is_spoken(message):
            return None
        return replace(written(message, self._desk.bot, readable=self._desk.readable), spot=spot)

    async def _with_roles(self, one: Written, known: dict[str, frozenset[str]]) -> Written:
        """History does not tell people's roles; they are asked for only where they matter."""
        options, author = self._desk.options, one.author
        if not one.spot.guild or author.bot or not (options.allow_roles or options.block_roles):
            return one
        if author.id not in known:
            path = f"/guilds/{one.spot.guild}/members/{author.id}"
            try:
                member = await self._desk.rest.call("GET", path, patient=True)
            except PlatformError:
                # Who left has none.
                member = {}
            known[author.id] = frozenset(str(role) for role in member.get("roles", ()))
        return replace(one, author=replace(author, roles=known[author.id]))

    def _guild(self, guild: str) -> discord.Guild | None:
        return self.client.get_guild(int(guild)) if self.client is not None and guild else None

    def _channel(self, channel: str, guild: str) -> Any:
        assert self.client is not None, "set before anything is heard"
        home = self._guild(guild)
        found = home.get_channel_or_thread(int(channel)) if home is not None else None
        return found or self.client.get_partial_messageable(int(channel), guild_id=int(guild) if guild else None)

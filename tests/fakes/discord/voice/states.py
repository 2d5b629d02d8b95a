"""Voice states: who is in which voice channel, muted or deaf; each change is an event of the main gateway."""

from __future__ import annotations

import secrets
from typing import Any

from fakes.discord.gateway import Gateway
from fakes.discord.payloads import Payloads
from fakes.discord.world import Channel, Guild, User, VoiceState, World

GUILD_VOICE_STATES = 1 << 7
"""The intent without which no VOICE_STATE_UPDATE comes, one's own included."""


class VoiceStates:
    """The voice states of all guilds."""

    def __init__(self, world: World, payloads: Payloads, gateway: Gateway) -> None:
        self._world = world
        self._payloads = payloads
        self._gateway = gateway

    def of(self, user: int, channel: Channel) -> VoiceState:
        """The state of who is in a channel, or a blank one."""
        assert channel.guild_id is not None
        state = self._world.voice_states.get((channel.guild_id, user))
        return state if state is not None else VoiceState(channel.guild_id, user, None, "")

    def in_guild(self, user: int, guild: Guild) -> VoiceState | None:
        return self._world.voice_states.get((guild.id, user))

    def put(self, user: User, channel: Channel, **flags: Any) -> VoiceState:
        """Somebody joins, or is moved; who comes anew has a new session id."""
        assert channel.guild_id is not None
        key = (channel.guild_id, user.id)
        if key not in self._world.voice_states:
            self._world.voice_states[key] = VoiceState(*key, None, secrets.token_hex(16))
        state = self._world.voice_states[key]
        state.channel_id = channel.id
        self._set(state, flags)
        return state

    def change(self, user: int, channel: Channel, **flags: Any) -> None:
        """Flags of who is in a channel: self_mute, self_deaf, mute, deaf, suppress."""
        self._set(self.of(user, channel), flags)

    def remove(self, user: User, channel: Channel) -> None:
        """Somebody leaves, or is put out."""
        state = self.of(user.id, channel)
        state.channel_id = None
        self._world.voice_states.pop((state.guild_id, user.id), None)
        self._set(state, {})

    def _set(self, state: VoiceState, flags: dict[str, Any]) -> None:
        for name, value in flags.items():
            setattr(state, name, value)
        guild = self._world.guilds[state.guild_id]
        written = self._payloads.voice_state(state) | {
            "guild_id": str(guild.id),
            "member": self._payloads.member(guild, self._world.users[state.user_id]),
        }
        self._gateway.dispatch("VOICE_STATE_UPDATE", GUILD_VOICE_STATES, guild.id, lambda _: written)

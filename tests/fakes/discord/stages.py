"""REST: a bot's own voice state on a stage.

Rules as Discord's documentation lists them under "Modify Current User Voice State": one must be there already, it
must be a stage, MUTE_MEMBERS is needed to make oneself a speaker and REQUEST_TO_SPEAK to ask for it.
"""

from __future__ import annotations

from datetime import datetime

from fakes.discord import errors
from fakes.discord.calls import Call, Reply
from fakes.discord.gateway import Gateway
from fakes.discord.messages import Routes
from fakes.discord.payloads import Payloads
from fakes.discord.voice.states import VoiceStates
from fakes.discord.world import STAGE, Permission, World


class Stages:
    """Who speaks on stages."""

    def __init__(self, world: World, payloads: Payloads, gateway: Gateway) -> None:
        self.requests: list[datetime] = []
        """When the bot asked to speak."""
        self._world = world
        self._states = VoiceStates(world, payloads, gateway)

    def routes(self) -> Routes:
        return [("PATCH", "/guilds/{guild_id}/voice-states/@me", self._change)]

    async def _change(self, call: Call) -> Reply:
        bot = self._world.bot.id
        state = self._world.voice_states.get((call.id("guild_id"), bot))
        channel = self._world.channels.get(int(call.form.get("channel_id") or 0))
        if state is None or channel is None or state.channel_id != channel.id:
            raise errors.Refused(400, 10065, "Unknown Voice State")
        if channel.type != STAGE:
            raise errors.Refused(400, 50024, "Cannot execute action on this channel type")
        if call.form.get("suppress") is False:
            self._check(bot, channel.id, Permission.MUTE_MEMBERS)
            self._states.change(bot, channel, suppress=False)
        if call.form.get("request_to_speak_timestamp"):
            self._check(bot, channel.id, Permission.REQUEST_TO_SPEAK)
            self.requests.append(datetime.fromisoformat(call.form["request_to_speak_timestamp"]))
        return Reply(status=204)

    def _check(self, user: int, channel: int, permission: int) -> None:
        if not self._world.may(user, self._world.channels[channel], permission):
            raise errors.missing_permissions()

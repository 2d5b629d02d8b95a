"""On a stage nobody is heard who only came: a bot makes itself a speaker where it may, else it asks."""

from __future__ import annotations

from datetime import UTC, datetime

import discord

from trunkline.errors import PlatformError
from trunkline.messages import Json
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..voice import DiscordCall


async def ask_to_speak(desk: Desk, call: DiscordCall, stage: discord.StageChannel) -> None:
    """Be heard, or have people told what that takes. `PlatformError` where nothing can be said there."""
    rights = stage.permissions_for(stage.guild.me)
    body: dict[str, Json] = {"channel_id": str(stage.id)}
    if rights.mute_members:
        sentence = ""
        body["suppress"] = False
    elif rights.request_to_speak:
        sentence = words("discord_voice_stage_asks")
        body["request_to_speak_timestamp"] = datetime.fromtimestamp(desk.clock.now(), UTC).isoformat()
    else:
        await call.say(words("discord_voice_stage_silent"))
        return
    try:
        await desk.rest.call("PATCH", f"/guilds/{stage.guild.id}/voice-states/@me", json=body)
    except PlatformError as error:
        log.info("stage not taken", bridge="discord", reason=error.user_message)
        sentence = words("discord_voice_stage_silent")
    if sentence:
        await call.say(sentence)


__all__ = ["ask_to_speak"]

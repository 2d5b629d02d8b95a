"""The calls of this process: joined and left, who comes and goes, and who may."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable
from typing import Final, TypeAlias

import discord

from trunkline.audio.codecs import load_opus
from trunkline.calls import Calls, Tuning
from trunkline.errors import Denied, Forbidden, PlatformError, TrunklineError, UsageError
from trunkline.messages import Json
from trunkline.telemetry import causes, log
from trunkline.words import words
from trunkline.workers import Workers

from ..desk import Desk
from ..facts import Member
from ..hearing.reading import member_of, spot_of
from ..parse import permitted
from ..voice import DiscordCall, Here, Manner
from .consents import Consents
from .line import Line
from .onstage import ask_to_speak
from .troubles import Troubles
from .unasked import Unasked
from .waiting import stays

CONNECT_S: Final = 20.0
"""So long Discord may take to let us into a channel."""
LOST_S: Final = 60.0
"""Seconds without a connection after which a call ends."""
DRAIN_S: Final = 2.0
"""Seconds in which calls end when the bridge does."""
TUNING: Final = "voice_tuning"

Vocal: TypeAlias = "discord.VoiceChannel | discord.StageChannel"


class Rooms:
    """At most one call in a server, as Discord has it. `client` is the connection that hears."""

    def __init__(self, desk: Desk, calls: Calls, manner: Manner) -> None:
        self.client: discord.Client | None = None
        self.consents = Consents(desk.vault, desk.clock)
        self._desk = desk
        self._calls = calls
        self._manner = manner
        self._held: dict[str, DiscordCall] = {}
        self._joining: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._workers = Workers()
        self._unasked = Unasked(desk, calls, self)
        self._closed = False

    async def close(self) -> None:
        """Leave all calls."""
        self._closed = True
        for call in tuple(self._held.values()):
            self._workers.start(call.hang_up(), "discord leaving")
        await self._workers.drain(DRAIN_S)

    # Joining and leaving

    def call_in(self, guild: str) -> DiscordCall | None:
        """The call of a server."""
        return self._held.get(guild)

    def channel_of(self, guild: str, user: str) -> Vocal | None:
        """The voice channel that somebody is in."""
        known = self._guild(guild)
        channels = _vocal(known) if known is not None else ()
        return next((channel for channel in channels if int(user) in channel.voice_states), None)

    def voice_channel(self, channel: str) -> Vocal | None:
        found = self.client.get_channel(int(channel)) if self.client is not None else None
        return found if isinstance(found, discord.VoiceChannel | discord.StageChannel) else None

    async def join(self, channel: Vocal) -> bool:
        """Talk in a channel; False where the bot does so already. From another one of the server it moves there.

        `Denied`, `MissingExtra` or `PlatformError` say why not.
        """
        guild = str(channel.guild.id)
        async with self._joining[guild]:
            call = self._held.get(guild)
            if call is not None and call.here.spot.channel == str(channel.id):
                return False
            if not self._calls.taken:
                raise Denied(words("discord_voice_off"))
            _check_rights(channel)
            if call is not None:
                await call.line.move_to(channel, timeout=CONNECT_S)
                return True
            await self._begin(channel)
            return True

    async def _begin(self, channel: Vocal) -> None:
        load_opus()
        await self._load_consents(channel.guild)
        here = await self._here(channel)
        line = await self._connect(channel)
        call = DiscordCall(self._desk, line, here, self._manner)
        troubles = Troubles(call, self._start)
        call.trouble = troubles.told
        try:
            await call.board.post(here.spot.channel)
        except PlatformError:
            # Nobody could be asked whether they want to be heard.
            await call.hang_up()
            raise
        self._held[here.spot.guild] = call
        self._seat_all(call, channel)
        self._workers.start(self._run(call), "discord call")
        if isinstance(channel, discord.StageChannel):
            self._start(ask_to_speak(self._desk, call, channel), "discord stage")

    async def _load_consents(self, guild: discord.Guild) -> None:
        """Who agreed; with consents that end with a call, of those alone who did not hang up since."""
        key = str(guild.id)
        await self.consents.load(key)
        if self._desk.options.voice_consent == "call":
            present = {str(user) for channel in _vocal(guild) for user in channel.voice_states}
            for user in set(self.consents.of(key)) - present:
                await self.consents.take_back(key, user)

    async def _connect(self, channel: Vocal) -> Line:
        clock = self._desk.clock
        try:
            return await channel.connect(
                timeout=CONNECT_S,
                cls=lambda client, where: Line(client, where, clock),
                self_deaf=False,
            )
        except (TimeoutError, discord.ClientException, discord.ConnectionClosed, OSError) as error:
            log.warning("voice channel not joined", errors=causes(error))
            raise PlatformError(words("discord_voice_unreachable")) from error

    async def _here(self, channel: Vocal) -> Here:
        desk = self._desk
        spot = spot_of(channel, channel.guild, desk.bot)
        return Here(spot, await desk.place(spot, ""), await self._tuning(spot.channel))

    async def _run(self, call: DiscordCall) -> None:
        """A call until it ends, and what only accompanies it."""
        began = self._desk.clock.now()
        beside = [
            self._workers.start(work, name)
            for work, name in (
                (call.board.run(), "discord call panel"),
                (call.line.keep_alive(), "discord call line"),
                (self._leave_empty(call), "discord call empty"),
                (self._leave_lost(call), "discord call lost"),
            )
        ]
        log.info("call begun", bridge="discord", call=call.name)
        held = asyncio.create_task(self._calls.hold(call), name="discord call held")
        try:
            await asyncio.wait((held,))
        finally:
            held.cancel()
            for task in beside:
                task.cancel()
            await asyncio.wait((held, *beside))
            error = None if held.cancelled() else held.exception()
            await self._over(call, error)
        wanted = not (self._closed or call.leaving or call.line.put_out) and self._calls.taken
        if wanted and self._unasked.wants(call.here.spot.channel):
            lasted = self._desk.clock.now() - began
            dismissed = call.dismissed or isinstance(error, Denied | UsageError)
            again = self._unasked.come_back(call.here.spot.channel, lasted=lasted, dismissed=dismissed)
            self._start(again, "discord joining")

    def _forget(self, call: DiscordCall) -> None:
        guild = call.here.spot.guild
        if self._held.get(guild) is call:
            del self._held[guild]
            self.consents.unload(guild)

    async def _over(self, call: DiscordCall, error: BaseException | None) -> None:
        """It has ended; with an error, which may be one that nobody foresaw, people are told so."""
        alone = call.line.over and not (call.leaving or call.dismissed)
        # Who wants to join meanwhile waits: the library has one connection in a server.
        async with self._joining[call.here.spot.guild]:
            if not call.line.over:
                await call.part()
            self._forget(call)
        if error is not None:
            log.error("call broke off", bridge="discord", call=call.name, errors=causes(error))
            reason = error.user_message if isinstance(error, TrunklineError) else words("call_broke_off")
            await self._quietly(call.say(reason))
        elif alone:
            await self._quietly(call.say(words("discord_voice_put_out")))
        call.gone()
        await call.board.draw()
        log.info("call ended", bridge="discord", call=call.name)

    async def _leave_empty(self, call: DiscordCall) -> None:
        """Leave once nobody was there for as long as the settings say."""
        await stays(call.emptied, call.occupied, self._desk.clock, self._desk.options.voice_leave_seconds)
        await call.leave()

    async def _leave_lost(self, call: DiscordCall) -> None:
        """Leave once there was no connection for long."""
        await stays(call.line.away, call.line.there, self._desk.clock, LOST_S)
        await call.part()

    # Who is where

    def changed(self, member: discord.Member, before: str, after: str) -> None:
        """Somebody, perhaps the bot itself, was in the voice channel `before` and is in `after`; "" is none."""
        guild = str(member.guild.id)
        call = self._held.get(guild)
        if str(member.id) == self._desk.bot:
            if call is not None and after and after != call.here.spot.channel:
                self._start(self._moved(call, after), "discord call moved")
            elif call is not None and after:
                self._hushed(call, member)
            return
        if member.bot:
            return
        if call is not None and after == call.here.spot.channel:
            self._sit(call, member)
        elif call is not None:
            call.rise(str(member.id))
            if not after:
                self._hung_up(guild, str(member.id))
        if call is None and after != before and self._unasked.wants(after):
            self._start(self._unasked.come(after), "discord joining")

    def _hushed(self, call: DiscordCall, me: discord.Member) -> None:
        """Somebody muted us, or took the right to speak away; or gave it back."""
        hushed = me.voice is not None and (me.voice.mute or me.voice.suppress)
        if hushed and not call.hushed and not isinstance(call.line.channel, discord.StageChannel):
            self._start(call.say(words("discord_voice_hushed")), "discord call hushed")
        call.hushed = hushed

    def available(self, guild: discord.Guild) -> None:
        """A server is known now: people may wait in a channel that is joined unasked."""
        for channel in _vocal(guild):
            key = str(channel.id)
            # In a call that goes on over a new session of the gateway we are already.
            if self._unasked.wants(key) and str(guild.id) not in self._held and _people(channel):
                self._start(self._unasked.come(key), "discord joining")

    async def _moved(self, call: DiscordCall, key: str) -> None:
        channel = self.voice_channel(key)
        if channel is None:
            await call.hang_up()
            return
        former = call.here.spot.channel
        call.moved(await self._here(channel))
        try:
            await call.board.post(key)
        except PlatformError:
            await call.hang_up()
            raise
        log.info("call moved", bridge="discord", call=call.name, former=former, channel=key)
        self._seat_all(call, channel)
        if isinstance(channel, discord.StageChannel):
            await ask_to_speak(self._desk, call, channel)

    def _seat_all(self, call: DiscordCall, channel: Vocal) -> None:
        for user in channel.voice_states:
            member = channel.guild.get_member(user)
            if str(user) == self._desk.bot or (member is not None and member.bot):
                continue
            if member is not None:
                self._sit(call, member)
            else:
                # Somebody of whom Discord told no more than that they are here.
                call.sit(Member(str(user)), consents=self.consents.given(call.here.spot.guild, str(user)))

    def _sit(self, call: DiscordCall, member: discord.Member) -> None:
        seated = member_of(member, member.guild.get_channel(int(call.here.spot.channel)))
        call.sit(seated, consents=self._may_hear(call, seated))

    def _may_hear(self, call: DiscordCall, member: Member) -> bool:
        spot = call.here.spot
        return self.consents.given(spot.guild, member.id) and permitted(self._desk.options, spot, member)

    def _hung_up(self, guild: str, user: str) -> None:
        """Somebody left the server's voice channels; who only changes between them may come along with the bot."""
        if self._desk.options.voice_consent == "call" and self.consents.given(guild, user):
            self._start(self.consents.take_back(guild, user), "discord consent")

    # Consent and manner

    async def listen_to(self, call: DiscordCall, member: Member) -> None:
        """They agree to be heard. `StoreError`."""
        await self.consents.give(call.here.spot.guild, member.id)
        if call.present(member.id):
            call.sit(member, consents=self._may_hear(call, member))

    async def do_not_listen(self, guild: str, member: Member) -> None:
        """They are not heard any more. `StoreError`; they are not heard all the same."""
        call = self._held.get(guild)
        try:
            await self.consents.take_back(guild, member.id)
        finally:
            if call is not None and call.present(member.id):
                call.sit(member, consents=False)

    async def forget(self, member: Member) -> None:
        """Likewise, in all servers."""
        for guild in await self.consents.forget(member.id):
            await self.do_not_listen(guild, member)

    async def tune(self, channel: str, tuning: Tuning) -> None:
        """How the calls in a channel sound from now on. `StoreError`."""
        if self._desk.vault is not None:
            value: Json = {"language": tuning.language, "voice": tuning.voice, "speed": tuning.speed}
            await self._desk.vault.put(TUNING, channel, value)
        for call in self._held.values():
            if call.here.spot.channel == channel:
                call.here.tuning = tuning

    async def _tuning(self, channel: str) -> Tuning:
        held = await self._desk.vault.get(TUNING, channel) if self._desk.vault is not None else None
        return tuning_of(held)

    async def tuning_in(self, channel: str) -> Tuning:
        """How the calls in a channel sound."""
        for call in self._held.values():
            if call.here.spot.channel == channel:
                return call.tuning
        return await self._tuning(channel)

    # Tasks

    def _start(self, work: Awaitable[None], name: str) -> None:
        self._workers.start(self._quietly(work), name)

    async def _quietly(self, work: Awaitable[None]) -> None:
        try:
            await work
        except TrunklineError as error:
            log.warning("call not served", bridge="discord", error=type(error).__name__, reason=error.user_message)

    def _guild(self, guild: str) -> discord.Guild | None:
        return self.client.get_guild(int(guild)) if self.client is not None and guild else None


def tuning_of(held: Json) -> Tuning:
    """What the vault holds as a tuning; what is no tuning is none."""
    if not isinstance(held, dict):
        return Tuning()
    speed = held.get("speed")
    known = float(speed) if isinstance(speed, int | float) else 0.0
    return Tuning(str(held.get("language") or ""), str(held.get("voice") or ""), known)


def _vocal(guild: discord.Guild) -> list[Vocal]:
    return [*guild.voice_channels, *guild.stage_channels]


def _people(channel: Vocal) -> bool:
    return any(not member.bot for member in channel.members)


def _check_rights(channel: Vocal) -> None:
    """`Forbidden` where the bot may not come in, be heard, or write."""
    rights = channel.permissions_for(channel.guild.me)
    needed = {
        "View Channel": rights.view_channel,
        "Connect": rights.connect,
        # On a stage it is asked for.
        "Speak": rights.speak or isinstance(channel, discord.StageChannel),
        "Send Messages": rights.send_messages,
    }
    missing = [name for name, granted in needed.items() if not granted]
    if missing:
        raise Forbidden(words("discord_no_permission", permission=", ".join(missing)))
    full = channel.user_limit and len(channel.voice_states) >= channel.user_limit and not rights.move_members
    if full:
        raise Forbidden(words("discord_voice_full"))


__all__ = ["Rooms", "tuning_of"]

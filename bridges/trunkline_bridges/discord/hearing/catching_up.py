"""What was written while nobody listened: the gateway repeats nothing after a break, so that history is read."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trunkline.bridge import Target
from trunkline.errors import PlatformError, RateLimited
from trunkline.inbound import Place
from trunkline.pacing import backoff
from trunkline.telemetry import log

from ..desk import PLATFORM, Desk
from ..facts import Spot, Written
from ..limits import EPOCH_MS, timestamp
from .channels import Channels
from .intake import Intake
from .lanes import Job, Lane, patiently

GIVE_UP_SECONDS: Final = 900.0
"""For so long a channel is tried again that Discord does not let us read just now."""
BACK_SECONDS: Final = 24 * 3600.0
"""How far back places count as active."""
MOST_MESSAGES: Final = 500
"""Messages that are read of one channel."""
MOST_AT_ONCE: Final = 8
"""Channels that are read at the same time: replies need Discord's budget of calls too."""
MOST_FURTHER: Final = 200
"""Channels in which nobody talked to the bot lately, but somebody wrote something, that are looked into."""
_LISTENED: Final = "listened"
_SETTLED_SECONDS: Final = 3600.0
SLACK_SECONDS: Final = 120.0
"""What came so shortly before the newest event may not have been stored yet: work on it takes a while."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What has to be read of a channel."""

    after: int
    """The message, or a moment as an id, after which it begins."""
    since: float
    """Up to this moment messages may be known already. Seconds since the epoch."""
    asker: str = ""
    newest: int = 0
    """What this person wrote up to this message is part of a turn."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """The channels to read, by server ("" for direct messages) and channel."""

    by_guild: Mapping[str, Mapping[str, Gap]]
    since: float
    """When anything was heard last, 0.0 for never: what was written elsewhere after it may be for the bot."""
    heard: int = 0
    """What came before this moment, as an id, was heard by this process."""


def snowflake(moment: float) -> int:
    """The first id of a moment, in seconds since the epoch."""
    return max(0, round(moment * 1000) - EPOCH_MS) << 22


def shard_of(guild: str, shards: int) -> int:
    """The shard that hears of a server; direct messages are told to the first."""
    return (int(guild) >> 22) % shards if guild.isdigit() else 0


def gaps_of(heard: Iterable[tuple[Place, Target, str]]) -> Gaps:
    """What to read, by the newest turn of each place. Pure."""
    found: dict[str, dict[str, Gap]] = {}
    latest = 0.0
    for place, target, message_id in heard:
        moment = _moment(target, message_id)
        latest = max(latest, moment)
        channels = found.setdefault(place.team, {})
        channel = str(target.get("channel") or place.channel)
        _widen(channels, channel, _gap(target, message_id, moment))
        if channel != place.channel:
            # Threads are opened for messages of their channel, where nothing else may have been answered.
            _widen(channels, place.channel, _around(moment))
    return Gaps(found, latest)


def _gap(target: Target, message_id: str, moment: float) -> Gap:
    if not message_id.isdigit() or target.get("reply_to") != message_id:
        # Not made of a message of this channel: of a command, say.
        return _around(moment)
    newest = str(target.get("newest") or message_id)
    return Gap(int(message_id), moment, str(target.get("asker") or ""), int(newest))


def _around(moment: float) -> Gap:
    return Gap(snowflake(moment - SLACK_SECONDS), moment)


def _moment(target: Target, message_id: str) -> float:
    at = target.get("at")
    known = float(at) if isinstance(at, int | float) else 0.0
    return max(known, timestamp(str(target.get("newest") or "")), timestamp(message_id))


def _widen(channels: dict[str, Gap], channel: str, gap: Gap) -> None:
    """Of several turns in a channel the newest counts: each was stored after all that came before it there."""
    known = channels.get(channel)
    if known is None or gap.since > known.since:
        channels[channel] = gap


@dataclass(eq=False, slots=True)
class Session:
    """A session of one shard, from its beginning on."""

    shard: int
    gaps: asyncio.Task[Gaps]


class CatchingUp:
    """Reads the gaps whenever a session begins anew; what comes meanwhile in a channel waits behind its gap."""

    def __init__(self, desk: Desk, intake: Intake, channels: Channels) -> None:
        self._desk = desk
        self._intake = intake
        self._channels = channels
        self._sessions: dict[int, Session] = {}
        self._heard_at: dict[int, float] = {}
        self._reading = asyncio.Semaphore(MOST_AT_ONCE)

    def heard(self, shard: int, at: float) -> None:
        """A message came over the gateway: nothing of its shard was missed until then."""
        self._heard_at[shard] = at

    def begin(self, shard: int, shards: int, guilds: Iterable[str]) -> None:
        """A session of a shard began: its servers are held until their gaps are ahead of what comes."""
        scopes = (*guilds, "") if shard == 0 else tuple(guilds)
        for scope in scopes:
            self._intake.lanes.hold(scope)
        # Now, and not when the gaps are looked up: what this session hears first says nothing of what was missed.
        heard_at = self._heard_at.get(shard, 0.0)
        gaps = self._intake.lanes.start(self._find(shard, shards, heard_at), "discord gaps")
        session = self._sessions[shard] = Session(shard, gaps)
        if shard == 0:
            self._intake.lanes.start(self._read(session, "", {}), "discord catching up")

    def available(self, shard: int, guild: str, last: Mapping[str, int]) -> None:
        """A server's channels are known, `last` are the newest messages in them."""
        if guild in self._intake.lanes.held:
            self._intake.lanes.start(self._read(self._sessions[shard], guild, last), "discord catching up")

    def ready(self, shard: int, shards: int) -> None:
        """No more is coming of a shard's servers: those that are not there are held no longer."""
        session = self._sessions.get(shard)
        if session is not None:
            left = [scope for scope in self._intake.lanes.held if scope and shard_of(scope, shards) == shard]
            self._intake.lanes.start(self._let_go(session, left), "discord catching up")

    async def _let_go(self, session: Session, scopes: Iterable[str]) -> None:
        try:
            # Those that are there wait for the same, and were before.
            await asyncio.shield(session.gaps)
        finally:
            if self._sessions.get(session.shard) is session:
                for scope in scopes:
                    self._intake.lanes.release(scope)

    async def _find(self, shard: int, shards: int, heard_at: float) -> Gaps:
        desk = self._desk
        since = desk.clock.now() - BACK_SECONDS
        heard = await patiently(desk.clock, lambda: desk.core.heard_since(PLATFORM, since))
        own = [one for one in heard if shard_of(one[0].team, shards) == shard]
        for place, target, _ in own:
            desk.heard_in(place.channel, str(target.get("channel") or place.channel))
        gaps = gaps_of(own)
        began = await patiently(desk.clock, lambda: self._began(f"{shard}/{shards}"))
        if not heard_at:
            return replace(gaps, since=gaps.since or began)
        return replace(gaps, since=heard_at, heard=snowflake(heard_at - SLACK_SECONDS))

    async def _began(self, shard: str) -> float:
        """From when on the shard was listened to; the session that asks counts once an hour has passed.

        Until then an earlier one may have been cut off before it stored anything.
        """
        vault, now = self._desk.vault, self._desk.clock.now()
        if vault is None:
            return 0.0
        known = await vault.get(_LISTENED, shard)
        # What was written before the first session of all is nobody's to answer.
        began = float(known) if isinstance(known, int | float) else now + SLACK_SECONDS
        if known is None or now - began > _SETTLED_SECONDS:
            await vault.put(_LISTENED, shard, began if known is None else now)
        return began

    async def _read(self, session: Session, guild: str, last: Mapping[str, int]) -> None:
        try:
            gaps = await asyncio.shield(session.gaps)
            found = {**self._further(gaps, last), **gaps.by_guild.get(guild, {})}
            for channel, gap in found.items():
                self._put(channel, guild, replace(gap, after=max(gap.after, gaps.heard)))
        finally:
            if self._sessions.get(session.shard) is session:
                self._intake.lanes.release(guild)

    def _further(self, gaps: Gaps, last: Mapping[str, int]) -> dict[str, Gap]:
        """Channels without turns of late in which something was written since anything was heard."""
        if not gaps.since:
            return {}
        gap = _around(gaps.since)
        newer = sorted((channel for channel in last if last[channel] > gap.after), key=lambda one: -last[one])
        if len(newer) > MOST_FURTHER:
            log.warning("not all channels were read", channels=len(newer) - MOST_FURTHER)
        return dict.fromkeys(newer[:MOST_FURTHER], gap)

    def _put(self, channel: str, guild: str, gap: Gap) -> None:
        async def work(lane: Lane) -> None:
            await self._fill(lane, channel, guild, gap)

        self._intake.lanes.put(channel, guild, Job(work), first=True)

    async def _fill(self, lane: Lane, channel: str, guild: str, gap: Gap) -> None:
        spot: Spot = await self._channels.find(channel, guild)
        try:
            messages = await self._all_since(spot, gap.after)
        except PlatformError as error:
            # It is gone, or nobody lets us read it.
            log.info("channel not read", channel=channel, error=type(error).__name__)
            return
        missed = [one for one in messages if one.author.id != gap.asker or int(one.id) > gap.newest]
        self._intake.hear_late(lane, missed, gap.since)

    async def _all_since(self, spot: Spot, after: int) -> Sequence[Written]:
        """What was written; a failure that passes is waited out, as nobody tells of it again.

        What comes in the channel meanwhile waits: it was written later.
        """
        clock = self._desk.clock
        until = clock.now() + GIVE_UP_SECONDS
        attempt = 0
        while True:
            try:
                async with self._reading:
                    return await self._channels.since(spot, after, MOST_MESSAGES)
            except PlatformError as error:
                if not error.retryable or clock.now() > until:
                    raise
                limited = error.retry_after if isinstance(error, RateLimited) else 0.0
            await clock.sleep(max(limited, backoff(attempt, random.random)))
            attempt += 1

"""The fault run of the Discord bridge: people talk in many channels while REST, gateway, service and app break.

What counts is what stands in each channel when all is done: Discord itself is the fake one, in this process.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fakes.discord.people import Person, text_of
from fakes.discord.server import FakeDiscord, running_discord
from fakes.discord.world import Channel, Message
from faults.ledger import Count, Standing, answer_to, count
from faults.processes import Killable, app_process, free_port, service_process
from faults.trouble import Trouble

CHANNELS = 20
IN_FLIGHT = 2
"""Messages a person sends before the first of them is answered."""
SETTLE_S = 240.0
_REST = ("create", "edit", "delete", "/typing", "/messages")
"""The calls that fail: of one kind, or any on messages."""
_FAILED = "⚠️"
"""Stands before the sentence that says why a turn failed."""


class Talker:
    """One person in a channel of their own, where every message is meant for the bot."""

    def __init__(self, discord: FakeDiscord, person: Person, channel: Channel, messages: Sequence[str]) -> None:
        self.sent = list(messages)
        self._discord = discord
        self._person = person
        self._channel = channel
        self._posted: list[Message] = []

    async def talk(self, said: asyncio.Queue[str], answering: asyncio.Event) -> None:
        """Post everything, a few at a time; tell `said` of each."""
        for index, text in enumerate(self.sent):
            await answering.wait()
            self._posted.append(self._person.post(self._channel, text))
            said.put_nowait(text)
            if index + 1 >= IN_FLIGHT:
                await self._settled(index + 2 - IN_FLIGHT)
        await self._settled(len(self.sent))

    async def _settled(self, messages: int) -> None:
        def done() -> bool:
            return all(_ended(one) for one in self.standing()[:messages])

        try:
            await self._discord.world.until(done, SETTLE_S)
        except TimeoutError:
            # What is missing is counted at the end; the others go on.
            return

    def standing(self) -> list[Standing]:
        """Their messages in the order in which they were answered; those without an answer behind."""
        history = self._discord.world.history(self._channel.id)
        replies = [one for one in history if one.author_id == self._discord.world.bot.id]
        order = {one.reply_to: place for place, one in reversed(list(enumerate(replies)))}
        said = sorted(self._posted, key=lambda one: (order.get(one.id, len(replies)), one.id))
        return [_standing(one, [reply for reply in replies if reply.reply_to == one.id]) for one in said]


def _ended(one: Standing) -> bool:
    return one.failed or answer_to(one.said) in one.replies


def _standing(said: Message, replies: Sequence[Message]) -> Standing:
    failed = any(_FAILED in text_of(reply) for reply in replies)
    return Standing(said.content, () if failed else tuple(map(text_of, replies)), failed)


class DiscordTrouble(Trouble):
    """REST calls fail all the while, the connection now and then."""

    one_in = 4

    def __init__(self, rng: random.Random, discord: FakeDiscord, app: Killable, service: Killable) -> None:
        super().__init__(rng, app, service)
        self._discord = discord
        self.answering.set()

    def _others(self, count: int) -> list[str]:
        return ["gateway"] * (count // 4) + ["rest"] * (count - count // 4)

    async def _strike_otherwise(self, what: str) -> None:
        if what == "gateway":
            self._break_gateway()
        else:
            self._break_rest()

    def _break_gateway(self) -> None:
        gateway = self._discord.gateway
        match self._rng.randrange(6):
            case 0:
                gateway.disconnect()
            case 1:
                gateway.disconnect(4000)
            case 2:
                gateway.reconnect()
            case 3:
                gateway.invalidate()
            case 4:
                gateway.duplicates += 3
            case _:
                gateway.malformed()

    def _break_rest(self) -> None:
        faults, kind = self._discord.faults, self._rng.choice(_REST)
        match self._rng.randrange(5):
            case 0:
                faults.rate_limit(kind, self._rng.uniform(0.1, 1.5), 2)
            case 1:
                faults.error(kind, self._rng.choice((500, 502, 503, 504)), 2)
            case 2:
                faults.lose(kind)
            case 3:
                faults.drop(kind)
            case _:
                faults.rate_limit(kind, 0.5, scope="shared")


def discord_process(discord: FakeDiscord, app_port: int, folder: Path, channels: Sequence[str] = ()) -> Killable:
    """`trunkline run --discord` for the fake, where each message of these channels is meant for the bot."""
    return service_process(
        app_port,
        folder,
        "discord",
        ready='"bridge starts"',
        token=discord.token,
        api_url=discord.api,
        gateway_url=discord.gateway.url,
        cdn_url=discord.cdn_url,
        channels=json.dumps(channels),
    )


async def run(seed: int, turns: int, *, kills: int = 2) -> Count:
    """One seeded run of about `turns` turns over some channels of two servers; what stands there at its end."""
    rng = random.Random(seed)
    channels = min(CHANNELS, max(2, turns // 5))
    each = turns // channels
    async with running_discord() as discord:
        owner = discord.person("owner")
        guilds = [discord.guild(name, owner) for name in ("Home", "Work")]
        talkers = []
        for number in range(channels):
            guild = guilds[number % 2]
            person = discord.person(f"person-{number}", guild)
            channel = discord.channel(guild, f"room-{number}")
            talkers.append(Talker(discord, person, channel, [f"m-{number}-{n}" for n in range(each)]))
        with tempfile.TemporaryDirectory(prefix="trunkline-faults-") as name:
            folder, app_port = Path(name), free_port()
            rooms = [str(one.id) for one in discord.world.channels.values() if one.guild_id]
            app, service = app_process(app_port, folder), discord_process(discord, app_port, folder, rooms)
            trouble = DiscordTrouble(rng, discord, app, service)
            try:
                await app.start()
                await service.start()
                await discord.gateway.connected(seconds=60)
                # Nobody can tell what was written before it listened for the first time.
                lobby = discord.channel(guilds[0], "lobby")
                owner.post(lobby, f"<@{discord.world.bot.id}> hello")
                await owner.waits_for(lobby, answer_to("hello"), SETTLE_S)
                said: asyncio.Queue[str] = asyncio.Queue()
                async with asyncio.TaskGroup() as group:
                    for talker in talkers:
                        group.create_task(talker.talk(said, trouble.answering))
                    group.create_task(trouble.make(said, channels * each, kills))
                return sum((count(talker.sent, talker.standing()) for talker in talkers), Count())
            finally:
                await service.kill()
                await app.kill()

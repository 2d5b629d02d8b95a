"""What the tests of sending share: a bridge without a gateway, targets, posts, deferred commands."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.discord.interactions import Interaction
from fakes.discord.people import Person
from fakes.discord.raw import Raw
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Message
from trunkline.bridge import Mutability, Post, Shown, TurnChange
from trunkline.messages import Json
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.facts import Spot, target_of
from trunkline_bridges.discord.limits import COMPONENTS_V2, TOKEN_SECONDS
from trunkline_bridges.discord.options import DiscordOptions

COMMAND = 2
DEFERRED = 5


def options_of(discord: FakeDiscord, **more: Any) -> DiscordOptions:
    return DiscordOptions(token=SecretStr(discord.token), api_url=discord.api, **more)


def bridge_of(discord: FakeDiscord, clock: VirtualClock, shelf: FolderShelf, **more: Any) -> DiscordBridge:
    return DiscordBridge(options_of(discord, **more), default_app="app", media=shelf, clock=clock)


def text(content: str, key: str = "reply:0", **body: Json) -> Post:
    return Post(key, {"content": content, "components": [], **body})


def layout(*components: Json, key: str = "media:x", mutability: Mutability = "fixed", **body: Json) -> Post:
    made: dict[str, Json] = {"flags": COMPONENTS_V2, "components": list(components), **body}
    return Post(key, made, kind="layout", mutability=mutability)


def target(channel: Channel, clock: VirtualClock, asked: Message | None = None, **more: Any) -> dict[str, Json]:
    """Where a turn that a message asked for is answered."""
    spot = Spot(str(channel.id), guild=str(channel.guild_id or ""))
    reply_to = str(asked.id) if asked else ""
    author = str(asked.author_id) if asked else ""
    return {**target_of(spot, author, clock.now(), reply_to=reply_to, newest=reply_to), **more}


async def deferred(discord: FakeDiscord, raw: Raw, person: Person, channel: Channel) -> Interaction:
    """A slash command whose answer was deferred."""
    foreign = (
        channel.guild_id is not None and discord.world.bot.id not in discord.world.guilds[channel.guild_id].members
    )
    data = {"id": "1", "name": "ask", "type": 1}
    begun = discord.interactions.begin(COMMAND, person.user, channel, data, installed_by_user=foreign)
    answer = await raw.call("POST", f"/interactions/{begun.id}/{begun.token}/callback", {"type": DEFERRED})
    assert answer.status == 204
    return begun


def by_token(
    interaction: Interaction, channel: Channel, clock: VirtualClock, *, foreign: bool = False
) -> dict[str, Json]:
    spot = Spot(str(channel.id), guild=str(channel.guild_id or ""), foreign=foreign)
    until = clock.now() + TOKEN_SECONDS
    asker = str(interaction.user.id)
    return target_of(spot, asker, clock.now(), token=interaction.token, until=until, original=True)


def change(state: str, turn: int = 1, position: int = 0) -> TurnChange:
    return TurnChange(turn, 1, state, position=position)


def shown(post_id: str, post: Post) -> Shown:
    return Shown(post_id, post)

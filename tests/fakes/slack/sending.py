"""What the tests of sending share: the pieces without a bridge that hears, targets, posts, logs of streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.slack.apps import App
from fakes.slack.server import FakeSlack
from fakes.slack.world import IM, Message
from fakes.vault import MemoryVault, no_mount
from trunkline.bridge import Post, Shown, Target, TurnChange
from trunkline.messages import Json, Text
from trunkline.messages import Message as Said
from trunkline_bridges.slack.bridge import SlackBridge
from trunkline_bridges.slack.facts import Member, Spot, target_of
from trunkline_bridges.slack.options import SlackOptions
from trunkline_bridges.slack.sending.api import Api
from trunkline_bridges.slack.sending.posts import Posts
from trunkline_bridges.slack.sending.streams import Streams

NONCE = "abcdefghijklmnopqrstuvwx"


def options_of(slack: FakeSlack, app: App, **more: Any) -> SlackOptions:
    tokens = {"bot_token": SecretStr(app.token), "app_token": SecretStr(app.app_token)}
    return SlackOptions(**{**tokens, "api_url": slack.api, **more})


def bridge_of(slack: FakeSlack, app: App, clock: VirtualClock, shelf: FolderShelf, **more: Any) -> SlackBridge:
    return SlackBridge(
        options_of(slack, app, **more),
        default_app="app",
        media=shelf,
        vault=MemoryVault(clock.now),
        mount=no_mount,
        clock=clock,
    )


@dataclass
class Sender:
    """Streams and posts, and what Slack said of sessions by itself."""

    api: Api
    posts: Posts
    streams: Streams
    noted: list[str]


@asynccontextmanager
async def sending(slack: FakeSlack, app: App, clock: VirtualClock) -> AsyncIterator[Sender]:
    async with Api(options_of(slack, app), clock) as api:
        noted: list[str] = []
        posts = Posts(api)
        yield Sender(api, posts, Streams(api, posts, clock, lambda target, status: noted.append(status)), noted)


def target(slack: FakeSlack, asked: Message, clock: VirtualClock, *, native: bool = False) -> Target:
    """Where a turn that a message asked for is answered."""
    channel = slack.world.channels[asked.channel_id]
    asker = slack.world.users[asked.user_id]
    spot = Spot(channel.teams[0], channel.id, asked.root_ts, private=channel.kind == IM)
    at = clock.now()
    return target_of(spot, Member(asker.id, asker.name, asker.team_id), at, native=native, newest=asked.ts)


def text(words: str, key: str = "reply:0", **body: Json) -> Post:
    return Post(key, {"text": words, **body})


def chunk(words: str) -> dict[str, Json]:
    return {"type": "markdown_text", "text": words}


def stop(*blocks: Json, status: str = "active") -> dict[str, Json]:
    return {"type": "stop", "blocks": list(blocks), "status": status}


def stream(*log: dict[str, Json], key: str = "stream:0", **body: Json) -> Post:
    """A post that is streamed; its body is what its texts come to."""
    words = "".join(str(one["text"]) for one in log if one["type"] == "markdown_text")
    whole: dict[str, Json] = {"text": words, "blocks": [{"type": "markdown", "text": words}], **body}
    return Post(key, whole, mutability="append", text="".join(json.dumps(one) + "\n" for one in log))


def change(state: str, said: str = "", position: int = 0) -> TurnChange:
    user = Said("user", (Text(said),)) if said else None
    return TurnChange(1, 1, state, user, position=position)


def shown(post_id: str, post: Post) -> Shown:
    return Shown(post_id, post)

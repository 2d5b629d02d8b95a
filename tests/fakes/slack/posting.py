"""What a message may hold, for every method that posts one.

reference: section 4 (50 blocks, text truncated at 40,000, one source of images, upload processed before use).
"""

from __future__ import annotations

import copy

from fakes.slack import blocks as kit
from fakes.slack.calls import Call
from fakes.slack.errors import Json, Problems, Refused
from fakes.slack.world import CHANNEL, Channel, Install, User, World

TEXT_CHARACTERS = 40_000
"""Longer text is cut off. reference: section 4, "truncated at 40,000"."""


class Posting:
    """Reads and checks what is to be posted."""

    def __init__(self, world: World) -> None:
        self._world = world

    def channel(self, call: Call, name: str = "channel", *, posting: bool = True) -> Channel:
        """A conversation the caller's bot is in. A user's id names the DM with them."""
        key = call.text(name, error="channel_not_found")
        install = call.install
        if key in self._world.users and key != install.bot.id and posting:
            return self._world.direct(self._world.teams[install.team_id], [self._world.users[key], install.bot])
        channel = self._world.channels.get(key)
        if channel is None or install.team_id not in channel.teams:
            raise Refused("channel_not_found")
        if install.bot.id not in channel.members:
            raise Refused("channel_not_found" if channel.kind != CHANNEL else "not_in_channel")
        if posting and channel.archived:
            raise Refused("is_archived")
        return channel

    def thread(self, call: Call, channel: Channel) -> str:
        return self._world.find_root(channel, call.text("thread_ts")) if call.has("thread_ts") else ""

    def blocks(self, call: Call, channel: Channel, name: str = "blocks") -> list[Json]:
        """The blocks of a message."""
        found = call.array(name, "invalid_blocks")
        return self.stamped(self.check(found, call.install.bot, channel))

    def check(self, blocks: list[Json], bot: User, channel: Channel) -> list[Json]:
        """Raises `Refused` for blocks that a message cannot have."""
        kit.check_blocks(blocks)
        problems = Problems()
        for index, block in enumerate(kit.walk(blocks)):
            self._check_file(block, bot, channel, f"/blocks/{index}", problems)
            if isinstance(block.get("accessory"), dict):
                self._check_file(block["accessory"], bot, channel, f"/blocks/{index}/accessory", problems)
        problems.refuse()
        return blocks

    def _check_file(self, image: Json, bot: User, channel: Channel, place: str, problems: Problems) -> None:
        """reference: section 4, "a `slack_file` can be used only after the upload is processed and visible"."""
        source = image.get("slack_file")
        if not isinstance(source, dict):
            return
        key = source.get("id") or next((each for each in self._world.files if each in source.get("url", "")), "")
        file = self._world.files.get(key)
        usable = (
            file is not None
            and not file.deleted
            and file.processed
            and file.mimetype.startswith("image/")
            and (file.user_id == bot.id or any(shared == channel.id for shared, _ in file.shares))
        )
        if not usable:
            problems.add(f"{place}/slack_file", "invalid slack file")

    def stamped(self, blocks: list[Json]) -> list[Json]:
        """Blocks as Slack keeps them: what had no `block_id` or `action_id` has one."""
        stamped = copy.deepcopy(blocks)
        for block in kit.walk(stamped):
            if block["type"] == "markdown" or not block.get("block_id"):
                block["block_id"] = self._world.new_id("b")
            for element in interactive(block):
                element.setdefault("action_id", self._world.new_id("a"))
        return stamped

    def metadata(self, call: Call) -> Json | None:
        """reference: section 4, "Metadata". Bolt's assistant sends a null payload where it knows no context."""
        found = call.table("metadata", "invalid_metadata_format")
        if found is None:
            return None
        if not isinstance(found.get("event_type"), str) or not isinstance(
            found.get("event_payload", ""), dict | None
        ):
            raise Refused("invalid_metadata_format")
        return found | {"event_payload": found["event_payload"] or {}}

    def appearance(self, call: Call, install: Install) -> tuple[str, str]:
        """Another name and icon need a scope of their own. reference: section 2."""
        icon = call.text("icon_emoji", "") or call.text("icon_url", "")
        name = call.text("username", "")
        if (icon or name) and "chat:write.customize" not in install.scopes:
            raise Refused("missing_scope", needed="chat:write.customize", provided=",".join(install.scopes))
        return name, icon


def interactive(block: Json) -> list[Json]:
    """The elements of a block that somebody can act on."""
    single = [block[name] for name in ("accessory", "element") if isinstance(block.get(name), dict)]
    several = [*(block.get("elements") or []), *(block.get("actions") or [])]
    quiet = ("image", "plain_text", "mrkdwn", "card", None)
    return [
        each
        for each in [*single, *several]
        if isinstance(each, dict)
        and each.get("type") not in quiet
        and not str(each["type"]).startswith("rich_text_")
    ]

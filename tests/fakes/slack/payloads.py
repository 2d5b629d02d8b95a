"""Things of the world as Slack writes them."""

from __future__ import annotations

import re
from typing import Any

from fakes.slack.apps import App
from fakes.slack.errors import Json
from fakes.slack.world import CHANNEL, GROUP, IM, MPIM, Channel, File, Message, Stream, Team, User, World

_MARKUP = re.compile(r"<(?:@[UW]\w+|#C\w+|!(?:here|channel|everyone|subteam\^\w+)|https?://[^>]+)[^>]*>")


class Payloads:
    """Writes users, channels, messages, files and views."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.url = ""

    def user(self, user: User) -> Json:
        name = user.name.capitalize()
        return {
            "id": user.id,
            "team_id": user.team_id,
            "name": user.name,
            "deleted": user.deleted,
            "real_name": name,
            "tz": user.tz,
            "profile": {"real_name": name, "display_name": user.name, "team": user.team_id}
            | ({"bot_id": user.bot_id, "api_app_id": user.app_id} if user.is_bot else {}),
            "is_admin": user.admin,
            "is_owner": False,
            "is_restricted": user.guest,
            "is_ultra_restricted": False,
            "is_bot": user.is_bot,
            "is_app_user": False,
        }

    def channel(self, channel: Channel, seen_by: User) -> Json:
        written: Json = {
            "id": channel.id,
            "name": channel.name,
            "is_channel": channel.kind == CHANNEL,
            "is_group": channel.kind == GROUP,
            "is_im": channel.kind == IM,
            "is_mpim": channel.kind == MPIM,
            "is_private": channel.is_private,
            "is_archived": channel.archived,
            "is_member": seen_by.id in channel.members,
            "is_ext_shared": len(channel.teams) > 1,
            "is_shared": len(channel.teams) > 1,
            "context_team_id": seen_by.team_id,
            "shared_team_ids": channel.teams,
        }
        if channel.kind == IM:
            written["user"] = next((each for each in channel.members if each != seen_by.id), seen_by.id)
        return written

    def file(self, file: File) -> Json:
        """A file; until it was processed it has hardly more than an id and a title."""
        address = f"{self.url}/files-pri/{file.team_id}-{file.id}"
        shares: Json = {}
        for channel_id, ts in file.shares:
            kind = "private" if self._world.channels[channel_id].is_private else "public"
            shares.setdefault(kind, {}).setdefault(channel_id, []).append({"ts": ts})
        written: Json = {
            "id": file.id,
            "name": file.name,
            "title": file.title or file.name,
            "mimetype": file.mimetype if file.processed else "",
            "filetype": file.name.rpartition(".")[2],
            "size": len(file.content),
            "user": file.user_id,
            "created": int(file.created),
            "mode": "snippet" if file.snippet_type else "hosted",
            "is_external": False,
            "url_private": f"{address}/{file.name}",
            "url_private_download": f"{address}/download/{file.name}",
            "permalink": f"{self.url}/files/{file.user_id}/{file.id}/{file.name}",
            "shares": shares,
            "file_access": "visible",
        }
        if file.alt_text:
            written["alt_txt"] = file.alt_text
        if file.subtype:
            # reference: section 4, "Audio clips".
            written |= {"subtype": file.subtype, "duration_ms": int(file.seconds * 1000)}
            written["transcription"] = {"status": "processing"}
        return written

    def message(self, message: Message, *, metadata: bool = True) -> Json:
        """A message as history, events and interactions have it."""
        text, blocks = self.content(message)
        written: Json = {"type": "message", "user": message.user_id, "ts": message.ts, "text": text}
        written["team"] = self._world.users[message.user_id].team_id
        if message.bot_id:
            written |= {"bot_id": message.bot_id, "app_id": message.app_id}
        else:
            written["client_msg_id"] = f"{message.ts}-client"
        if blocks:
            written["blocks"] = blocks
        if message.attachments:
            written["attachments"] = message.attachments
        if message.files:
            written |= {"files": [self.file(file) for file in message.files], "upload": True}
        if message.subtype:
            written["subtype"] = message.subtype
        if message.username:
            written["username"] = message.username
        if message.edited_ts:
            written["edited"] = {"user": message.user_id, "ts": message.edited_ts}
        if metadata and message.metadata is not None:
            written["metadata"] = message.metadata
        if message.reactions:
            written["reactions"] = [
                {"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()
            ]
        return written | self._threading(message)

    def _threading(self, message: Message) -> Json:
        if message.thread_ts:
            root = self._world.channels[message.channel_id].messages.get(message.thread_ts)
            return {"thread_ts": message.thread_ts} | ({"parent_user_id": root.user_id} if root else {})
        if message.only_for:
            return {}
        replies = self._world.thread(self._world.channels[message.channel_id], message.ts)[1:]
        if not replies:
            return {}
        return {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}

    def content(self, message: Message) -> tuple[str, list[Json]]:
        """Text and blocks; a stream's are its parts and what was added when it stopped."""
        if message.stream is None:
            return message.text, message.blocks
        return message.stream.text, stream_blocks(message.stream, message.stream.parts) + message.blocks

    def team(self, team: Team) -> Json:
        return {"id": team.id, "name": team.name, "domain": team.name}

    def acting(self, user: User) -> Json:
        """A person as interactions name them."""
        return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}

    def envelope(self, app: App, team_id: str, bot_id: str, event: Json, *, shared: bool = False) -> Json:
        """The wrapper of an event."""
        return {
            "token": "verification-token",
            "team_id": team_id,
            "context_team_id": team_id,
            "context_enterprise_id": None,
            "api_app_id": app.id,
            "event": event,
            "type": "event_callback",
            "event_id": self._world.new_id("Ev"),
            "event_time": int(self._world.real_time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team_id,
                    "user_id": bot_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": shared,
        }


def stream_blocks(stream: Stream, parts: list[Any]) -> list[Json]:
    """The blocks that parts of a stream are shown as; with `plan` all cards stand in one."""
    cards: list[Json] = []
    blocks: list[Json] = []
    for part in parts:
        if isinstance(part, str):
            blocks.append({"type": "markdown", "text": part})
        elif isinstance(part, list):
            blocks += part
        else:
            card: Json = {"type": "task_card", "task_id": part.id, "title": part.title, "status": part.status}
            card |= {name: getattr(part, name) for name in ("details", "output", "sources") if getattr(part, name)}
            (cards if stream.display == "plan" else blocks).append(card)
    if stream.display == "plan" and (cards or stream.plan):
        blocks.insert(0, {"type": "plan", "title": stream.plan, "tasks": cards})
    return blocks


def typed(text: str) -> str:
    """What a person types, as Slack writes it: mentions and links stay, the rest is escaped."""
    kept: list[str] = []
    at = 0
    for found in _MARKUP.finditer(text):
        kept += [_escape(text[at : found.start()]), found.group()]
        at = found.end()
    return "".join([*kept, _escape(text[at:])])


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def rich_text(text: str) -> list[Json]:
    """The blocks that Slack's client sends along with what is typed."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}] if text else []

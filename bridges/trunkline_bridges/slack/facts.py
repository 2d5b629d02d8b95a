"""What happened on Slack, as plain values taken from its payloads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trunkline.inbound import Place
from trunkline.messages import Json, Speaker

from .options import SlackOptions

PLATFORM: Final = "slack"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something happened. `team` is the workspace the app was installed in, never that of a guest."""

    team: str
    channel: str
    thread: str = ""
    """`thread_ts` of the thread, "" at the top level."""
    private: bool = False
    """A direct message with the bot (D…)."""
    enterprise: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    id: str
    name: str = ""
    team: str = ""
    """Their own workspace; another than the spot's for guests of Slack Connect."""
    bot: str = ""
    """The bot id of another bot (B…)."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message, still on Slack's side; `url` needs the bot token."""

    id: str
    url: str
    name: str
    mime: str = ""
    size: int = 0
    """Bytes."""
    alt: str = ""
    seconds: float = 0.0
    """Length of an audio clip."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message of a person. `text` is Markdown, with names in place of mentions and not the bot's own."""

    ts: str
    spot: Spot
    author: Member
    text: str = ""
    files: tuple[Attached, ...] = ()
    mentions_bot: bool = False
    edited_ts: str = ""

    @property
    def at(self) -> float:
        return float(self.ts)


def place_of(options: SlackOptions, spot: Spot, app: str) -> Place:
    """The place of a spot, always keyed by team; a thread has its own history unless the channel shares one."""
    return Place(
        platform=PLATFORM,
        app=app,
        team=spot.team,
        channel=spot.channel,
        thread=spot.thread if options.history == "thread" else "",
    )


def speaker_of(member: Member, team: str) -> Speaker:
    """Who said it, in the workspace `team` or as a guest from theirs."""
    return Speaker(PLATFORM, member.id, member.name, member.team or team)


def target_of(
    spot: Spot,
    asker: Member,
    at: float,
    *,
    native: bool = False,
    asked: str = "",
    newest: str = "",
) -> dict[str, Json]:
    """Where a turn is answered: what the bridge keeps with it.

    Posts go to `channel`, into `thread` ("" for the top level). With `native` Slack's own streams are tried there.
    `asked` is a line of mrkdwn for what nobody else sees (an option that was chosen, a command's question),
    `newest` the `ts` of the last message that the turn was made of.
    """
    target: dict[str, Json] = {
        "team": spot.team,
        "channel": spot.channel,
        "asker": asker.id,
        "at": at,
    }
    further: Mapping[str, Json] = {
        "thread": spot.thread,
        "enterprise": spot.enterprise,
        "private": spot.private,
        "asker_team": asker.team,
        "native": native,
        "asked": asked,
        "newest": newest,
    }
    return target | {name: value for name, value in further.items() if value}

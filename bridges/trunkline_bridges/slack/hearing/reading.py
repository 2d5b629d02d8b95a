"""Slack's events as plain values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ..facts import PLATFORM, Attached, Member, Spot, Written
from ..limits import timestamp
from ..mrkdwn import mentions
from ..options import SlackOptions


@dataclass(frozen=True, slots=True)
class Bot:
    """Who we are in a workspace."""

    team: str
    user: str
    bot: str = ""
    enterprise: str = ""
    """The organisation, where it and no single workspace installed the app."""


@dataclass(frozen=True, slots=True)
class Said:
    """A new message. Its text is Slack's mrkdwn, with ids in place of names."""

    written: Written
    follows: bool = False
    """It stands in a thread that it did not begin."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A message that was written anew; its text as in `Said`."""

    written: Written


@dataclass(frozen=True, slots=True)
class Deleted:
    spot: Spot
    ts: str
    at: float


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody put an emoji to a message of ours, or took it away."""

    spot: Spot
    ts: str
    member: Member
    emoji: str
    added: bool
    at: float
    key: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody pressed Slack's own Stop; the `streams` were ended by Slack."""

    spot: Spot
    member: Member
    streams: tuple[str, ...]
    at: float
    key: str


@dataclass(frozen=True, slots=True)
class Titled:
    """Somebody gave an agent's session, which is a thread, another title."""

    spot: Spot
    member: Member
    title: str
    at: float
    key: str


Happening: TypeAlias = "Said | Changed | Deleted | Reacted | Stopped | Titled"


HEARD: Final = frozenset(
    {
        *("message", "app_mention", "reaction_added", "reaction_removed"),
        *("agent_session_stopped", "agent_session_title_changed"),
    }
)
"""The types of events that `read` knows."""
THUMBS: Final[Mapping[str, str]] = {"+1": "Like", "thumbsup": "Like", "-1": "Dislike", "thumbsdown": "Dislike"}
"""Emoji that are feedback."""
_SOUNDS: Final[Mapping[str, str]] = {"mp4": "m4a", "webm": "weba"}
"""Endings of sound in containers that hold films as well."""
_SPOKEN: Final = frozenset({"", "file_share", "thread_broadcast", "me_message", "bot_message"})


def team_of(envelope: Mapping[str, Any]) -> str:
    """The workspace that the app was installed in and hears it through, also where a guest spoke."""
    authorized: Mapping[str, Any] = next(iter(envelope.get("authorizations") or ()), {})
    return str(authorized.get("team_id") or envelope.get("context_team_id") or envelope.get("team_id") or "")


def read(envelope: Mapping[str, Any], bot: Bot, options: SlackOptions) -> Happening | None:
    """What an event tells; None for what is none of ours, our own messages among it."""
    event = envelope.get("event") or {}
    kind = event.get("type")
    if kind in {"message", "app_mention"}:
        return _message(envelope, event, bot, options)
    if kind in {"reaction_added", "reaction_removed"}:
        return _reaction(envelope, event, bot)
    if kind in {"agent_session_stopped", "agent_session_title_changed"}:
        return _session(envelope, event, bot)
    return None


def _message(
    envelope: Mapping[str, Any], event: Mapping[str, Any], bot: Bot, options: SlackOptions
) -> Happening | None:
    subtype = str(event.get("subtype") or "")
    if subtype == "message_changed":
        return _changed(envelope, event, bot, options)
    if subtype == "message_deleted":
        before = event.get("previous_message") or {}
        return _deleted(envelope, event, before, bot)
    if subtype not in _SPOKEN or event.get("hidden"):
        return None
    written = _written(envelope, event, event, bot, options)
    if written is None:
        return None
    thread = str(event.get("thread_ts") or "")
    return Said(written, follows=bool(thread) and thread != written.ts)


def _changed(
    envelope: Mapping[str, Any], event: Mapping[str, Any], bot: Bot, options: SlackOptions
) -> Happening | None:
    """An edit by its author. Previews of links, new replies and pins come as changes too, and change no text."""
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    if now.get("subtype") == "tombstone":
        return _deleted(envelope, event, before or now, bot)
    edited = str((now.get("edited") or {}).get("ts") or "")
    known = str((before.get("edited") or {}).get("ts") or "")
    same = now.get("text") == before.get("text") and _ids(now) == _ids(before)
    if not edited or edited == known or same or str(now.get("subtype") or "") not in _SPOKEN:
        return None
    written = _written(envelope, event, now, bot, options, edited)
    return Changed(written) if written is not None and not written.author.bot else None


def _deleted(
    envelope: Mapping[str, Any], event: Mapping[str, Any], before: Mapping[str, Any], bot: Bot
) -> Happening | None:
    """A message of a person that is gone. Of our own we know."""
    ts = str(event.get("deleted_ts") or before.get("ts") or "")
    if not ts or _is_ours(before, bot) or before.get("bot_id"):
        return None
    spot = _spot(envelope, event, bot, str(before.get("thread_ts") or ""))
    return Deleted(spot, ts, timestamp(str(event.get("event_ts") or event.get("ts") or ts)))


def _written(
    envelope: Mapping[str, Any],
    event: Mapping[str, Any],
    message: Mapping[str, Any],
    bot: Bot,
    options: SlackOptions,
    edited: str = "",
) -> Written | None:
    ts, channel = str(message.get("ts") or ""), str(event.get("channel") or "")
    if not ts or not channel or _is_ours(message, bot):
        return None
    private = _is_private(event)
    thread = str(message.get("thread_ts") or "")
    # Answers go into the thread of what is answered; in a plain direct message they stand below it.
    within = thread or ("" if private and options.agent == "none" else ts)
    text = str(message.get("text") or "")
    return Written(
        ts=ts,
        spot=_spot(envelope, event, bot, within),
        author=_author(envelope, message, bot),
        text=text,
        files=tuple(attached(file) for file in message.get("files") or () if _is_file(file)),
        mentions_bot=event.get("type") == "app_mention" or bot.user in mentions(text),
        edited_ts=edited,
    )


def _reaction(envelope: Mapping[str, Any], event: Mapping[str, Any], bot: Bot) -> Reacted | None:
    item, user = event.get("item") or {}, str(event.get("user") or "")
    emoji, added = str(event.get("reaction") or ""), event.get("type") == "reaction_added"
    ours = str(event.get("item_user") or bot.user) == bot.user
    thumb = emoji.partition("::")[0] in THUMBS
    if item.get("type") != "message" or not user or user == bot.user or not ours or not thumb:
        return None
    spot = _spot(envelope, item, bot, "")
    at = str(event.get("event_ts") or "")
    key = f"{key_at(spot, str(item.get('ts')))}:rate:{user}:{at}:{emoji if added else ''}"
    member = Member(user, team=_home(envelope, event, bot))
    return Reacted(spot, str(item.get("ts")), member, emoji, added, timestamp(at), key)


def _session(envelope: Mapping[str, Any], event: Mapping[str, Any], bot: Bot) -> Stopped | Titled | None:
    """What a person did to an agent's session."""
    thread, user = str(event.get("thread_ts") or ""), str(event.get("user") or "")
    if not event.get("channel") or not thread or user == bot.user:
        return None
    stamp = str(event.get("event_ts") or "")
    spot, at = _spot(envelope, event, bot, thread), timestamp(stamp)
    member = Member(user, team=_home(envelope, event, bot))
    if event.get("type") == "agent_session_stopped":
        streams = tuple(str(ts) for ts in event.get("streaming_message_ts") or ())
        return Stopped(spot, member, streams, at, f"{key_at(spot, thread)}:stop:{stamp}")
    title = " ".join(str(event.get("title") or "").split())
    return Titled(spot, member, title, at, f"{key_at(spot, thread)}:title:{stamp}") if title else None


def attached(file: Mapping[str, Any]) -> Attached:
    """A file of a message, or of a form."""
    name = str(file.get("name") or file.get("title") or file.get("id") or "file")
    clip = file.get("subtype") == "slack_audio"
    return Attached(
        id=str(file.get("id") or ""),
        url=str(file.get("url_private_download") or file.get("url_private") or ""),
        name=_sound_name(name) if clip else name,
        mime=str(file.get("mimetype") or "").partition(";")[0].strip().lower(),
        size=int(file.get("size") or 0),
        alt=str(file.get("alt_txt") or ""),
        seconds=float(file.get("duration_ms") or 0) / 1000 if clip else 0.0,
    )


def _sound_name(name: str) -> str:
    """Clips have the endings of films, by which apps would take them for such."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{_SOUNDS[ending.lower()]}" if stem and ending.lower() in _SOUNDS else name


def _is_file(file: Mapping[str, Any]) -> bool:
    return file.get("mode") not in {"tombstone", "hidden_by_limit"}


def _ids(message: Mapping[str, Any]) -> list[str]:
    return [str(file.get("id")) for file in message.get("files") or () if _is_file(file)]


def _is_ours(message: Mapping[str, Any], bot: Bot) -> bool:
    return message.get("user") == bot.user or bool(bot.bot and message.get("bot_id") == bot.bot)


def _is_private(event: Mapping[str, Any]) -> bool:
    """A direct message with the bot; `app_mention` does not say, but the id does."""
    return event.get("channel_type", "im") == "im" and str(event.get("channel") or "").startswith("D")


def _spot(envelope: Mapping[str, Any], event: Mapping[str, Any], bot: Bot, thread: str) -> Spot:
    return Spot(
        team=team_of(envelope) or bot.team,
        channel=str(event.get("channel") or ""),
        thread=thread,
        private=_is_private(event),
        enterprise=bot.enterprise,
    )


def _author(envelope: Mapping[str, Any], message: Mapping[str, Any], bot: Bot) -> Member:
    profile = message.get("user_profile") or {}
    name = str(profile.get("display_name") or profile.get("real_name") or message.get("username") or "")
    other = str(message.get("bot_id") or "")
    return Member(str(message.get("user") or other), name, _home(envelope, message, bot), other)


def _home(envelope: Mapping[str, Any], event: Mapping[str, Any], bot: Bot) -> str:
    """Their own workspace. Workspaces of one organisation are at home with each other."""
    team = team_of(envelope) or bot.team
    if not envelope.get("is_ext_shared_channel"):
        return team
    return str(event.get("user_team") or event.get("source_team") or event.get("team") or team)


def key_at(spot: Spot, ts: str) -> str:
    """The beginning of every key of an event about a message."""
    return f"{PLATFORM}:{spot.team}:{spot.channel}:{ts}"

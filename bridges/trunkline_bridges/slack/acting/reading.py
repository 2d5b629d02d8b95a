"""Who did what where, out of Slack's payloads of presses, commands, shortcuts and forms. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from trunkline.errors import Denied
from trunkline.words import words

from ..facts import Member, Spot
from .requests import Gesture

METADATA: Final = 3000
"""Characters that Slack keeps with a view."""


def gesture_of(body: Mapping[str, Any], team: str, enterprise: str, now: float) -> Gesture:
    """What was done; `team` and `enterprise` are those of the installation that heard it.

    `Denied` for a view of another team.
    """
    container = body.get("container") or {}
    view = body.get("view") or {}
    message = body.get("message") or {}
    kept = metadata_of(view)
    if kept.get("team", team) != team:
        raise Denied(words("slack_elsewhere"))
    channel = _id_of(body.get("channel")) or str(body.get("channel_id") or kept.get("channel") or "")
    ephemeral = bool(container.get("is_ephemeral"))
    thread = str(container.get("thread_ts") or message.get("thread_ts") or kept.get("thread") or "")
    seen = str(message.get("ts") or "")
    return Gesture(
        id=str(body.get("trigger_id") or view.get("id") or ""),
        spot=Spot(team, channel, thread or seen, private=channel.startswith("D"), enterprise=enterprise),
        member=_member(body, team),
        at=now,
        trigger=str(body.get("trigger_id") or ""),
        response_url=str(body.get("response_url") or ""),
        message=seen,
        ephemeral=ephemeral,
        view=str(view.get("id") or "") if view.get("type") == "modal" else "",
        home=view.get("type") == "home" or bool(kept.get("home")),
        command=str(body.get("command") or kept.get("command") or ""),
    )


def _member(body: Mapping[str, Any], team: str) -> Member:
    user = body.get("user")
    if not isinstance(user, Mapping):
        return Member(str(body.get("user_id") or ""), str(body.get("user_name") or ""), team)
    # Workspaces of one organisation are at home with each other.
    home = team if body.get("enterprise") else str(user.get("team_id") or team)
    return Member(str(user.get("id") or ""), str(user.get("name") or user.get("username") or ""), home)


def _id_of(value: object) -> str:
    return str(value.get("id") or "") if isinstance(value, Mapping) else ""


def values_of(action: Mapping[str, Any]) -> list[str]:
    """What was chosen in a select or by feedback buttons; nothing for a button, whose id says all."""
    option = action.get("selected_option")
    if isinstance(option, Mapping):
        return [str(option.get("value") or "")]
    if action.get("type") == "feedback_buttons":
        return [str(action.get("value") or "")]
    return []


# What a view keeps


def metadata_of(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """What we kept with a view; nothing where it is not ours."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, Mapping) else {}


def kept_with(gesture: Gesture, **more: object) -> str:
    """Where a view was opened, and what else it needs, for when it is submitted."""
    where: dict[str, object] = {"team": gesture.spot.team, "channel": gesture.spot.channel}
    where |= {"thread": gesture.spot.thread} if gesture.spot.thread else {}
    where |= {"home": True} if gesture.home else {}
    where |= {"command": gesture.command} if gesture.command else {}
    return json.dumps({**where, **more}, ensure_ascii=False, separators=(",", ":"))


def in_thread(gesture: Gesture, thread: str) -> Gesture:
    """The same, done in another thread of the channel."""
    return replace(gesture, spot=replace(gesture.spot, thread=thread))

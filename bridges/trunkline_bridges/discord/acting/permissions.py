"""What the bot may do in a channel, out of roles and overwrites as Discord describes them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..limits import ADMINISTRATOR, PERMISSIONS, VOICE_PERMISSIONS

_ALL: Final = {**PERMISSIONS, **VOICE_PERMISSIONS}
_IN_THREADS: Final = ("Create Public Threads", "Send Messages in Threads")


def needed(*, threads: bool) -> tuple[str, ...]:
    """The names of the permissions that the bot needs; `threads`: it opens some."""
    return tuple(name for name in PERMISSIONS if threads or name not in _IN_THREADS)


def permissions(*, voice: bool) -> Mapping[str, int]:
    """All that are asked for when the bot is invited, with their bits; `voice`: it talks in voice channels."""
    return _ALL if voice else PERMISSIONS


def missing(held: int, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the permissions that are not held."""
    return tuple(name for name in names if not held & _ALL[name])


def held_in(
    channel: Mapping[str, Any], roles: Sequence[Mapping[str, Any]], member: Mapping[str, Any], guild: str
) -> int:
    """The permissions of a member in a channel of the guild. A thread has those of its parent."""
    own = {guild, *(str(role) for role in member.get("roles") or ())}
    held = 0
    for role in roles:
        if str(role["id"]) in own:
            held |= int(role.get("permissions") or 0)
    if held & ADMINISTRATOR:
        return ~0
    overwrites = {str(one["id"]): one for one in channel.get("permission_overwrites") or ()}
    user = str((member.get("user") or {}).get("id") or "")
    for ids in ({guild}, own - {guild}, {user}):
        denied = allowed = 0
        for key in ids & overwrites.keys():
            denied |= int(overwrites[key].get("deny") or 0)
            allowed |= int(overwrites[key].get("allow") or 0)
        held = held & ~denied | allowed
    return held

"""Who is mentioned by a text, and who of them a form allows to be. reference: Messages, "allowed_mentions"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fakes.discord.errors import Json, Problems, invalid
from fakes.discord.world import Guild

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")
KINDS = frozenset({"users", "roles", "everyone"})


@dataclass(frozen=True)
class Allowed:
    """`parse` are the kinds of which all count; the ids count besides."""

    parse: frozenset[str]
    users: frozenset[int] = frozenset()
    roles: frozenset[int] = frozenset()
    replied_user: bool = True


@dataclass(frozen=True)
class Mentions:
    users: list[int]
    roles: list[int]
    everyone: bool


def allowed_by(form: Json | None, *, webhook: bool) -> Allowed:
    """Read `allowed_mentions`; without it everything counts, for webhooks and interactions only users."""
    if form is None:
        return Allowed(frozenset({"users"}) if webhook else KINDS, replied_user=not webhook)
    parse = frozenset(form.get("parse") or [])
    if not parse <= KINDS:
        raise invalid(
            ("allowed_mentions", "parse"), "BASE_TYPE_CHOICES", "Value must be one of users, roles, everyone."
        )
    for kind in ("users", "roles"):
        if kind in parse and form.get(kind):
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            raise invalid(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
    users, roles = (_ids(form.get(kind), kind) for kind in ("users", "roles"))
    return Allowed(parse, users, roles, bool(form.get("replied_user", False)))


def _ids(values: Any, kind: str) -> frozenset[int]:
    problems = Problems()
    problems.count(("allowed_mentions", kind), values or [], 100)
    problems.refuse()
    return frozenset(int(value) for value in values or [])


def mentions_in(text: str, allowed: Allowed, guild: Guild | None, may_everyone: bool) -> Mentions:
    """The mentions of a text that count. Everyone needs the permission; in a DM there are only users."""
    users = [int(key) for key in dict.fromkeys(USER.findall(text))]
    users = [key for key in users if "users" in allowed.parse or key in allowed.users]
    if guild is None:
        return Mentions(users, [], everyone=False)
    roles = [int(key) for key in dict.fromkeys(ROLE.findall(text)) if int(key) in guild.roles]
    roles = [key for key in roles if "roles" in allowed.parse or key in allowed.roles]
    everyone = bool(EVERYONE.search(text)) and may_everyone and "everyone" in allowed.parse
    return Mentions(users, roles, everyone)

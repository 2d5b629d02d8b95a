"""`trunkline check --discord`: who the bot is, what it may read and write, its commands, how to invite it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import discord

from trunkline.bridge import Core, Finding
from trunkline.clock import Clock, SystemClock
from trunkline.errors import PlatformError, TargetGone

from .acting.commands import command_tree, wanted
from .acting.permissions import held_in, missing, needed, permissions
from .acting.syncing import same
from .desk import Desk
from .limits import VOICE_PERMISSIONS
from .options import DiscordOptions, shard_range
from .sending.rest import Rest

MOST_GUILDS: Final = 25
"""Servers that are looked at one by one."""
_MOST_NAMED: Final = 5
_PAGE: Final = 200
_CONTENT_FLAGS: Final = 1 << 18 | 1 << 19
_TEXT, _NEWS, _FORUM = 0, 5, 15
_WRITTEN_IN: Final = frozenset({_TEXT, _NEWS})
_THREADS: Final = frozenset({10, 11, 12})


async def check(
    options: DiscordOptions, app: str, apps: Sequence[str], clock: Clock | None = None
) -> Sequence[Finding]:
    """Look at all that has to be right, without connecting. `app` is the one that is talked to, of `apps`."""
    if not options.token.get_secret_value().strip():
        text = "DISCORD_TOKEN is not set: copy it from the developer portal (your application, Bot, Reset Token)."
        return (Finding(False, text),)
    async with Rest(options, clock) as rest:
        checking = _Checking(rest, options, app, tuple(apps))
        try:
            return await checking.all()
        except PlatformError as error:
            return (*checking.findings, Finding(False, error.user_message))


class _Checking:
    def __init__(self, rest: Rest, options: DiscordOptions, app: str, apps: tuple[str, ...]) -> None:
        self.findings: list[Finding] = []
        self._rest = rest
        self._options = options
        self._app = options.app or app
        self._apps = apps
        self._guilds: dict[str, _Rights | None] = {}
        self._bot = ""

    async def all(self) -> Sequence[Finding]:
        application = await self._get("/applications/@me")
        me = await self._get("/users/@me")
        self._bot = str(me["id"])
        self._say(True, f"The token is that of {me.get('username')} (application {application['id']}).")
        self._application(application)
        await self._gateway()
        self._settings()
        await self._channels()
        await self._commands(str(application["id"]))
        voice = self._options.voice
        self._say(True, f"Invite it with {invitation(str(application['id']), voice=voice)}")
        wanted_all = permissions(voice=voice)
        self._say(True, f"The permissions {sum(wanted_all.values())} are {', '.join(wanted_all)}.")
        return self.findings

    def _say(self, ok: bool, text: str) -> None:
        self.findings.append(Finding(ok, text))

    async def _get(self, path: str, **query: str | int) -> Any:
        return await self._rest.call("GET", path, query=query or None, patient=True)

    def _application(self, application: Mapping[str, Any]) -> None:
        options = self._options
        granted = bool(int(application.get("flags") or 0) & _CONTENT_FLAGS)
        wanted_for = [
            name
            for name, set_ in (
                ("discord.channels", bool(options.channels)),
                ("discord.thread", options.thread != "never"),
            )
            if set_
        ]
        if options.message_content == "never":
            self._say(True, "Messages that do not mention the bot are not read (discord.message_content).")
        elif granted:
            self._say(True, "The Message Content Intent is granted.")
        else:
            why = f", which {' and '.join(wanted_for)} needs" if wanted_for else ""
            text = (
                "The Message Content Intent is off: the bot reads direct messages, mentions and commands, but not"
                f" what is written without mentioning it{why}. Switch it on in the developer portal (Bot,"
                " Privileged Gateway Intents)."
            )
            self._say(not wanted_for, text)
        if application.get("interactions_endpoint_url"):
            text = (
                "An Interactions Endpoint URL is set: commands and buttons go there and never reach the bot. Empty"
                " it in the developer portal (General Information)."
            )
            self._say(False, text)

    async def _gateway(self) -> None:
        advised = await self._get("/gateway/bot")
        shards, limit = int(advised.get("shards") or 1), advised.get("session_start_limit") or {}
        left, total = int(limit.get("remaining") or 0), int(limit.get("total") or 0)
        hours = int(limit.get("reset_after") or 0) / 3_600_000
        own = shards
        if self._options.shards:
            mine, of_all = shard_range(self._options.shards)
            own = len(mine)
            fits = of_all >= shards
            told = f"discord.shards names {of_all} shards in all, Discord advises {shards}"
            self._say(fits, f"{told}{'.' if fits else ': raise the number in every process.'}")
        text = f"{left} of {total} connections are left, {own} for each start"
        self._say(left >= own, f"{text}." if left >= own else f"{text}: wait {hours:.1f} hours.")

    def _settings(self) -> None:
        named = {*self._options.apps, *self._options.channel_apps.values()}
        for name in sorted(named - set(self._apps)):
            self._say(
                False, f"discord.apps or discord.channel_apps names {name}, which is no app of the settings."
            )

    # Where it may write

    async def _channels(self) -> None:
        options = self._options
        named = dict.fromkeys(
            (*options.channels, *options.allow_channels, *options.channel_apps, *options.voice_channels)
        )
        for key in named:
            await self._named(key)
        guilds = await self._all_guilds()
        if not guilds:
            self._say(True, "The bot is in no server yet.")
        if named:
            return
        for guild in guilds[:MOST_GUILDS]:
            await self._summary(str(guild["id"]), str(guild.get("name") or guild["id"]))
        if len(guilds) > MOST_GUILDS:
            self._say(True, f"The bot is in {len(guilds)} servers; the first {MOST_GUILDS} were looked at.")

    async def _all_guilds(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        after = "0"
        while True:
            page = await self._get("/users/@me/guilds", limit=_PAGE, after=after)
            found += [one for one in page if one["id"] not in {held["id"] for held in found}]
            if len(page) < _PAGE:
                return found
            after = str(page[-1]["id"])

    async def _named(self, key: str) -> None:
        """A channel that the settings name."""
        try:
            channel = await self._get(f"/channels/{key}")
            guild = str(channel.get("guild_id") or "")
            rights = await self._rights(guild) if guild else None
            if channel.get("type") in _THREADS and channel.get("parent_id"):
                channel = {**await self._get(f"/channels/{channel['parent_id']}"), "name": channel.get("name")}
        except PlatformError as error:
            gone = "there is no such channel" if isinstance(error, TargetGone) else error.user_message
            self._say(False, f"Channel {key} of the settings: {gone}")
            return
        names = (*self._needed(), *(VOICE_PERMISSIONS if key in self._options.voice_channels else ()))
        lacking = rights.missing(channel, names) if rights is not None else ()
        name = f"#{channel.get('name') or key}"
        self._say(
            not lacking, f"{name} lacks {', '.join(lacking)}." if lacking else f"{name} has all permissions."
        )

    async def _summary(self, guild: str, name: str) -> None:
        rights = await self._rights(guild)
        if rights is None:
            self._say(False, f"{name}: its roles cannot be read.")
            return
        channels = [one for one in await self._get(f"/guilds/{guild}/channels") if one.get("type") in _WRITTEN_IN]
        lacking = {f"#{one.get('name')}": rights.missing(one, self._needed()) for one in channels}
        fine = sum(not names for names in lacking.values())
        text = f"{name}: all permissions in {fine} of {len(channels)} text channels"
        told = [f"{where} lacks {', '.join(names)}" for where, names in lacking.items() if names]
        more = f"; and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
        parts = "; ".join(told[:_MOST_NAMED])
        self._say(bool(fine) or not channels, f"{text}{': ' if parts else ''}{parts}{more}.")

    def _needed(self) -> tuple[str, ...]:
        return needed(threads=self._options.thread != "never")

    async def _rights(self, guild: str) -> _Rights | None:
        if guild not in self._guilds:
            try:
                roles = await self._get(f"/guilds/{guild}/roles")
                member = await self._get(f"/guilds/{guild}/members/{self._bot}")
            except PlatformError:
                self._guilds[guild] = None
            else:
                self._guilds[guild] = _Rights(guild, roles, {**member, "user": {"id": self._bot}})
        return self._guilds[guild]

    # Commands

    async def _commands(self, application: str) -> None:
        desk = Desk(cast("Core", None), self._options, self._app, self._apps, self._rest, SystemClock())
        ours = wanted(command_tree(discord.Client(intents=discord.Intents.none()), desk))
        theirs = await self._get(f"/applications/{application}/commands")
        text = f"{len(ours)} commands are known to Discord as they are."
        self._say(True, text if same(theirs, ours) else "Discord is told of changed commands at the next start.")


class _Rights:
    """What the bot may do in the channels of a server."""

    def __init__(self, guild: str, roles: Sequence[Mapping[str, Any]], member: Mapping[str, Any]) -> None:
        self._guild = guild
        self._roles = roles
        self._member = member

    def missing(self, channel: Mapping[str, Any], names: Iterable[str]) -> tuple[str, ...]:
        return missing(held_in(channel, self._roles, self._member, self._guild), tuple(names))


def invitation(application: str, *, voice: bool = False) -> str:
    """The address that adds the bot to a server; `voice`: it talks in voice channels."""
    scopes = "bot+applications.commands"
    return (
        "https://discord.com/oauth2/authorize"
        f"?client_id={application}&scope={scopes}&permissions={sum(permissions(voice=voice).values())}"
    )

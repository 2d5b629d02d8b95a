"""REST: application commands, global and of a guild.

reference: Interactions, "Commands" (100 slash, 15 user and 15 message menus, 25 options, 8,000 characters, 200
creates a day and guild, bulk overwrite).
"""

from __future__ import annotations

import re
from typing import Any

from fakes.discord import errors
from fakes.discord.calls import Call, Reply
from fakes.discord.errors import Json, Path, Problems
from fakes.discord.limits import Rate, Window
from fakes.discord.messages import Routes
from fakes.discord.world import World

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
MOST = {SLASH: 100, USER_MENU: 15, MESSAGE_MENU: 15}
MOST_CHARACTERS = 8000
NAME = re.compile(r"[-_'\w]{1,32}")


class Commands:
    """The registered commands, by guild; None holds the global ones."""

    def __init__(self, world: World) -> None:
        self.registered: dict[int | None, dict[int, Json]] = {}
        self.creates = Rate(200, 24 * 3600.0)
        self._world = world
        self._windows: dict[int | None, Window] = {}

    def routes(self) -> Routes:
        routes: Routes = []
        for place in ("/applications/{application_id}", "/applications/{application_id}/guilds/{guild_id}"):
            routes += [
                ("GET", place + "/commands", self._list),
                ("POST", place + "/commands", self._create),
                ("PUT", place + "/commands", self._overwrite),
                ("GET", place + "/commands/{command_id}", self._get),
                ("PATCH", place + "/commands/{command_id}", self._change),
                ("DELETE", place + "/commands/{command_id}", self._delete),
            ]
        return routes

    def find(self, guild_id: int | None, kind: int, name: str) -> Json | None:
        """A command as a person in a guild, or a DM, meets it; a guild's own comes first."""
        for place in dict.fromkeys((guild_id, None)):
            for command in self.registered.get(place, {}).values():
                if (command["type"], command["name"]) == (kind, name):
                    return command
        return None

    def _place(self, call: Call) -> int | None:
        if call.id("application_id") != self._world.bot.id:
            raise errors.Refused(403, 20012, "You are not authorized to perform this action on this application")
        if "guild_id" not in call.params:
            return None
        guild = self._world.guilds.get(call.id("guild_id"))
        if guild is None or self._world.bot.id not in guild.members:
            raise errors.missing_access()
        return guild.id

    def _in(self, call: Call) -> dict[int, Json]:
        return self.registered.setdefault(self._place(call), {})

    async def _list(self, call: Call) -> Reply:
        return Reply(list(self._in(call).values()))

    async def _get(self, call: Call) -> Reply:
        return Reply(self._one(call))

    def _one(self, call: Call) -> Json:
        command = self._in(call).get(call.id("command_id"))
        if command is None:
            raise errors.unknown_command()
        return command

    async def _create(self, call: Call) -> Reply:
        """A command of the same kind and name is replaced."""
        known = self._in(call)
        others = [each for each in known.values() if _key(each) != _key(call.form)]
        problems = Problems()
        check_command(call.form, (), problems)
        problems.refuse()
        _check_number([*others, call.form])
        is_new = len(others) == len(known)
        return Reply(self._write(call.form, self._place(call), known), 201 if is_new else 200)

    async def _overwrite(self, call: Call) -> Reply:
        """All commands of a place at once; those not named are gone."""
        if not isinstance(call.body, list):
            raise errors.invalid((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        problems, seen = Problems(), set()
        for position, form in enumerate(call.body):
            check_command(form, (position,), problems)
            if _key(form) in seen:
                message = "Application command names must be unique"
                problems.add((position,), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
            seen.add(_key(form))
        problems.refuse()
        _check_number(call.body)
        place, known = self._place(call), self._in(call)
        written = [self._write(form, place, known) for form in call.body]
        self.registered[place] = {int(command["id"]): command for command in written}
        return Reply(written)

    async def _change(self, call: Call) -> Reply:
        command = self._one(call)
        problems = Problems()
        check_command(command | call.form, (), problems)
        problems.refuse()
        command.update(call.form, version=str(self._world.new_id()))
        return Reply(command)

    async def _delete(self, call: Call) -> Reply:
        self._one(call)
        del self._in(call)[call.id("command_id")]
        return Reply(status=204)

    def _write(self, form: Json, place: int | None, known: dict[int, Json]) -> Json:
        """Keep a command; one that is new counts against the day's creates."""
        same = next((each for each in known.values() if _key(each) == _key(form)), None)
        if same is None:
            window = self._windows.setdefault(place, Window(self.creates))
            window.rate = self.creates
            if window.take(self._world.now()):
                message = "Max number of daily application command creates has been reached (200)"
                raise errors.Refused(400, 30034, message)
        command: Json = {
            "id": same["id"] if same else str(self._world.new_id()),
            "application_id": str(self._world.bot.id),
            "version": str(self._world.new_id()),
            "type": SLASH,
            "description": "",
            "options": [],
            "default_member_permissions": None,
            "nsfw": False,
        }
        command |= form | ({"guild_id": str(place)} if place is not None else {})
        known[int(command["id"])] = command
        return command


def _key(form: Json) -> tuple[int, Any]:
    return (form.get("type", SLASH), form.get("name"))


def _check_number(forms: list[Json]) -> None:
    for kind, most in MOST.items():
        if sum(form.get("type", SLASH) == kind for form in forms) > most:
            raise errors.Refused(400, 30032, f"Maximum number of application commands reached ({most}).")


def check_command(form: Json, path: Path, problems: Problems) -> None:
    """One command of any kind."""
    name = form.get("name", "")
    problems.longer((*path, "name"), name, 32, 1)
    if form.get("type", SLASH) != SLASH:
        if form.get("description"):
            message = "Context menu commands cannot have description"
            problems.add((*path, "description"), "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED", message)
        return
    problems.longer((*path, "description"), form.get("description", ""), 100, 1)
    _check_name(name, (*path, "name"), problems)
    _check_options(form.get("options") or [], (*path, "options"), problems)
    if _length(form) > MOST_CHARACTERS:
        message = f"Command exceeds maximum size ({MOST_CHARACTERS})"
        problems.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def _check_name(name: str, path: Path, problems: Problems) -> None:
    if not NAME.fullmatch(name) or name != name.lower():
        problems.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_options(options: list[Json], path: Path, problems: Problems) -> None:
    problems.count(path, options, 25)
    optional_seen = False
    for position, option in enumerate(options):
        own: Path = (*path, position)
        _check_name(option.get("name", ""), (*own, "name"), problems)
        problems.longer((*own, "description"), option.get("description", ""), 100, 1)
        choices = problems.count((*own, "choices"), option.get("choices") or [], 25)
        for number, choice in enumerate(choices):
            problems.longer((*own, "choices", number, "name"), choice.get("name", ""), 100, 1)
        if option.get("required") and optional_seen:
            message = "Required options must be placed before non-required options"
            problems.add(own, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen = optional_seen or not option.get("required")
        _check_options(option.get("options") or [], (*own, "options"), problems)


def _length(form: Json) -> int:
    """Names, descriptions and values of a command and all its options."""
    own = len(str(form.get("name", ""))) + len(str(form.get("description", "")))
    choices = sum(
        len(str(each.get("name", ""))) + len(str(each.get("value", ""))) for each in form.get("choices") or []
    )
    return own + choices + sum(map(_length, form.get("options") or []))

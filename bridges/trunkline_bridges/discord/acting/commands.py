"""Slash commands and message menus: what is offered, kept alike on Discord's side, and done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import discord
from discord import app_commands

from trunkline.errors import PlatformError
from trunkline.gestures import Open, Tell
from trunkline.inbound import Retry, Undo
from trunkline.telemetry import causes, log
from trunkline.words import words

from ..desk import Desk
from ..hearing.reading import attached, written
from . import actions, calling, configuring, forms, panels
from .asking import ask
from .controls import control_of, gesture_of
from .replying import Outcome, answer, tell
from .requests import Gesture
from .syncing import commands_of, same

Interaction: TypeAlias = discord.Interaction[Any]
Tree: TypeAlias = app_commands.CommandTree[Any]
Doing: TypeAlias = Callable[[Desk, Gesture], Awaitable[Outcome]]

_INSTALLS: Final = app_commands.AppInstallationType(guild=True, user=True)
_CONTEXTS: Final = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
_MODERATING: Final = frozenset({"pause", "resume"})


async def _ask_to_forget(desk: Desk, _: Gesture) -> Outcome:
    return Tell([panels.forgetting(desk.options)])


_PLAIN: Final[Mapping[str, tuple[str, Doing]]] = {
    "retry": ("discord_cmd_retry", lambda desk, gesture: actions.on_current(desk, gesture, Retry())),
    "undo": ("discord_cmd_undo", lambda desk, gesture: actions.on_current(desk, gesture, Undo())),
    "stop": ("discord_cmd_stop", calling.stop),
    "clear": ("discord_cmd_clear", actions.clear),
    "new": ("discord_cmd_new", actions.begin),
    "history": ("discord_cmd_history", actions.history),
    "examples": ("discord_cmd_examples", actions.show_examples),
    "help": ("discord_cmd_help", actions.show_help),
    "forget": ("discord_cmd_forget", _ask_to_forget),
    "pause": ("discord_cmd_pause", lambda desk, gesture: actions.pause(desk, gesture, on=True)),
    "resume": ("discord_cmd_resume", lambda desk, gesture: actions.pause(desk, gesture, on=False)),
}
"""Commands without options: the key of what is said of each, and what it does."""
_CALLS: Final[Mapping[str, tuple[str, Doing]]] = {
    "join": ("discord_cmd_join", calling.join),
    "leave": ("discord_cmd_leave", calling.leave),
}
"""Likewise, where the bot talks in voice channels."""


async def install(client: discord.Client, desk: Desk) -> None:
    """Offer the commands on this client and take in its controls. Discord is told of commands that changed."""
    tree = command_tree(client, desk)
    client.add_dynamic_items(control_of(desk))
    try:
        await sync(desk, wanted(tree))
    except PlatformError as error:
        log.warning("commands not synced", bridge="discord", reason=error.user_message)


async def sync(desk: Desk, ours: Sequence[Mapping[str, Any]]) -> bool:
    """Make the commands on Discord's side these; whether anything had to be written. `PlatformError`."""
    path = f"/applications/{desk.application}/commands"
    held = await desk.rest.call("GET", path, patient=True)
    changed = not same(held, ours)
    if changed:
        held = await desk.rest.call("PUT", path, json=list(ours), patient=True)
        log.info("commands synced", bridge="discord", count=len(ours))
    desk.memory.commands.update(commands_of(held))
    return changed


def wanted(tree: Tree) -> list[dict[str, Any]]:
    """The commands as Discord is told of them."""
    kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.message)
    return [command.to_dict(tree) for kind in kinds for command in tree.get_commands(type=kind)]


class _Tree(app_commands.CommandTree[Any]):
    """Says in a sentence when a command fails, and keeps what people wrote out of the log."""

    def __init__(self, client: discord.Client, desk: Desk) -> None:
        super().__init__(client, allowed_installs=_INSTALLS, allowed_contexts=_CONTEXTS)
        self._desk = desk

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        log.error("command failed", bridge="discord", errors=causes(error.__cause__ or error))
        await tell(self._desk, gesture_of(self._desk, interaction), words("discord_failed"))


def command_tree(client: discord.Client, desk: Desk) -> Tree:
    """All commands, by what the settings offer."""
    tree = _Tree(client, desk)
    for name, (what, doing) in _PLAIN.items():
        tree.add_command(_plain(desk, name, what, doing))
    if desk.options.voice:
        for name, (what, doing) in _CALLS.items():
            tree.add_command(_plain(desk, name, what, doing))
        tree.add_command(_voice(desk))
    tree.add_command(_ask(desk))
    tree.add_command(_settings(desk))
    if len(desk.offered) > 1:
        tree.add_command(_app(desk))
    tree.add_command(_about(desk))
    tree.add_command(_again(desk))
    return tree


async def _run(desk: Desk, interaction: Interaction, doing: Doing) -> None:
    gesture = gesture_of(desk, interaction)

    async def work() -> Outcome:
        actions.admit(desk, gesture)
        return await doing(desk, gesture)

    await answer(desk, gesture, work())


def _plain(desk: Desk, name: str, what: str, doing: Doing) -> app_commands.Command[Any, ..., None]:
    async def run(interaction: discord.Interaction) -> None:
        await _run(desk, interaction, doing)

    command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=name, description=words(what), callback=run
    )
    if name in _MODERATING:
        command.default_permissions = discord.Permissions(manage_messages=True)
    return command


def _ask(desk: Desk) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="ask", description=words("discord_cmd_ask"))
    @app_commands.describe(
        message=words("discord_ask_message"),
        file=words("discord_ask_file"),
        file_2=words("discord_ask_file"),
        file_3=words("discord_ask_file"),
    )
    async def run(
        interaction: discord.Interaction,
        message: str,
        file: discord.Attachment | None = None,
        file_2: discord.Attachment | None = None,
        file_3: discord.Attachment | None = None,
    ) -> None:
        files = [attached(one) for one in (file, file_2, file_3) if one is not None]
        await ask(desk, gesture_of(desk, interaction), message, files)

    return run


def _settings(desk: Desk) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="settings", description=words("discord_cmd_settings"))
    @app_commands.describe(reset=words("discord_settings_reset"))
    async def run(interaction: discord.Interaction, reset: bool = False) -> None:
        await _run(desk, interaction, configuring.defaults if reset else configuring.show)

    return run


def _voice(desk: Desk) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="voice", description=words("discord_cmd_voice"))
    @app_commands.describe(
        language=words("discord_voice_language"),
        voice=words("discord_voice_voice"),
        speed=words("discord_voice_speed"),
    )
    async def run(
        interaction: discord.Interaction, language: str = "", voice: str = "", speed: float = 0.0
    ) -> None:
        await _run(desk, interaction, lambda desk, gesture: calling.tune(desk, gesture, language, voice, speed))

    return run


def _app(desk: Desk) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="app", description=words("discord_cmd_app"))
    @app_commands.describe(name=words("discord_app_name"))
    async def run(interaction: discord.Interaction, name: str = "") -> None:
        await _run(desk, interaction, lambda desk, gesture: actions.choose_app(desk, gesture, name))

    @run.autocomplete("name")
    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        held = typed.casefold()
        found = [name for name in desk.offered if held in name.casefold() and len(name) <= 100]
        return [app_commands.Choice(name=name, value=name) for name in found[:25]]

    return run


def _about(desk: Desk) -> app_commands.ContextMenu:
    async def run(interaction: discord.Interaction, message: discord.Message) -> None:
        # The target of a menu comes with its content, whatever may be read else.
        quoted = written(message, desk.bot)
        desk.memory.quoted.put(quoted.id, quoted)

        async def form(desk: Desk, _: Gesture) -> Outcome:
            return Open(forms.question_form(quoted.id), panels.panel(words("discord_open_late"), (), desk.options))

        await _run(desk, interaction, form)

    return app_commands.ContextMenu(name=words("discord_ask_about"), callback=run)


def _again(desk: Desk) -> app_commands.ContextMenu:
    async def run(interaction: discord.Interaction, message: discord.Message) -> None:
        await _run(desk, interaction, lambda desk, gesture: actions.retry_from(desk, gesture, str(message.id)))

    return app_commands.ContextMenu(name=words("discord_retry_here"), callback=run)

"""What is offered in the menus of messages and the app, and the words behind the slash command. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from trunkline.backend import AppProfile

MESSAGE_SHORTCUTS: Final[Mapping[str, str]] = {
    "tl_retry": "slack_retry_here",
    "tl_about": "slack_ask_about",
    "tl_undo": "undo",
    "tl_clear": "clear",
    "tl_settings": "settings",
}
"""The menu of a message: callback id to the key of its name."""
SHORTCUTS: Final[Mapping[str, str]] = {"tl_examples": "examples"}
"""The menu of the app, likewise."""
SUBCOMMANDS: Final[Mapping[str, str]] = {
    "ask": "slack_cmd_ask",
    "stop": "slack_cmd_stop",
    "retry": "slack_cmd_retry",
    "undo": "slack_cmd_undo",
    "clear": "slack_cmd_clear",
    "new": "slack_cmd_new",
    "history": "slack_cmd_history",
    "examples": "slack_cmd_examples",
    "settings": "slack_cmd_settings",
    "app": "slack_cmd_app",
    "forget": "slack_cmd_forget",
    "help": "slack_cmd_help",
}
"""What may stand behind the slash command: the word to the key of what is said of it."""


def read_command(text: str) -> tuple[str, str]:
    """The word behind the command, and the rest. What begins with no such word is asked; nothing is for help."""
    word, _, rest = text.strip().partition(" ")
    if not word:
        return "help", ""
    if word.casefold() in SUBCOMMANDS:
        return word.casefold(), rest.strip()
    return "ask", text.strip()


def useful(profile: AppProfile, *, several: bool) -> tuple[str, ...]:
    """The words that do something with this app; `several`: other apps can be chosen."""
    can = profile.abilities
    idle = {
        "stop": not can.stop,
        "retry": not can.retry,
        "undo": not can.undo,
        "clear": not can.clear,
        "examples": not profile.examples,
        "settings": not profile.settings,
        "app": not several,
    }
    return tuple(name for name in SUBCOMMANDS if not idle.get(name))

"""The Slack app as it must be declared, made from the settings: `python -m trunkline_bridges.slack.manifest`.

Without arguments it prints the manifest of `trunkline.toml` (or of the defaults); `--write` puts that of the
defaults into deploy/slack/manifest.yaml, `--check` says whether it is up to date.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr, ValidationError

from trunkline.messages import Json
from trunkline.words import words

from .acting.menu import MESSAGE_SHORTCUTS, SHORTCUTS
from .declared import AGENT_EVENTS, ASSISTANT_EVENTS, EVENTS, EVENTS_PATH, REDIRECT_PATH, SCOPES
from .limits import SUGGESTED_PROMPTS
from .options import SlackOptions

FILE: Final = Path("deploy/slack/manifest.yaml")
HEADER: Final = """\
# The Slack app of Trunkline, for https://api.slack.com/apps → Create New App → From a manifest.
# Made from the settings: python -m trunkline_bridges.slack.manifest --write
# For other settings: python -m trunkline_bridges.slack.manifest --settings trunkline.toml
"""
_NAME: Final = 35
_DESCRIPTION: Final = 140
_AGENT_DESCRIPTION: Final = 300
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.:]*[A-Za-z0-9_]")
_NOT_PLAIN: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


@dataclass(frozen=True, slots=True)
class About:
    """What the app is called, and what it suggests to ask: pairs of a title and a message."""

    name: str = "Trunkline"
    description: str = "Ask the chatbot"
    prompts: Sequence[tuple[str, str]] = ()


def manifest(options: SlackOptions, about: About | None = None, public_url: str = "") -> dict[str, Json]:
    """The declaration. `public_url` is where Slack reaches the web bridge, over HTTP and for installations."""
    about = about or About()
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {"name": about.name[:_NAME], "description": about.description[:_DESCRIPTION]},
        "features": _features(options, about, public_url),
        "oauth_config": _oauth(options, public_url),
        "settings": _settings(options, public_url),
    }


def events_of(options: SlackOptions) -> tuple[str, ...]:
    """The events to subscribe to."""
    if options.agent in {"auto", "agent"}:
        return EVENTS
    without = [name for name in EVENTS if name not in AGENT_EVENTS]
    # An assistant's replies can be stopped as well.
    more = (*ASSISTANT_EVENTS, "agent_session_stopped") if options.agent == "assistant" else ()
    return tuple(sorted((*without, *more)))


def scopes_of(options: SlackOptions) -> tuple[str, ...]:
    """The bot's scopes."""
    return tuple(name for name in SCOPES if options.agent != "none" or name != "assistant:write")


def missing_in(declared: Mapping[str, Any], options: SlackOptions) -> list[str]:
    """What the manifest of the Slack app lacks of what the settings need, in words."""
    features, settings = declared.get("features") or {}, declared.get("settings") or {}
    home = features.get("app_home") or {}
    subscribed = (settings.get("event_subscriptions") or {}).get("bot_events") or ()
    scopes = ((declared.get("oauth_config") or {}).get("scopes") or {}).get("bot") or ()
    commands = {one.get("command") for one in features.get("slash_commands") or ()}
    shortcuts = {one.get("callback_id") for one in features.get("shortcuts") or ()}
    view = {"assistant": "assistant_view", "none": ""}.get(options.agent, "agent_view")
    lacking = [f"the bot event {name}" for name in events_of(options) if name not in subscribed]
    lacking += [f"the bot scope {name}" for name in scopes_of(options) if name not in scopes]
    lacking += [f"the feature {view}"] if view and view not in features else []
    open_tab = home.get("messages_tab_enabled") and not home.get("messages_tab_read_only_enabled")
    lacking += [] if open_tab else ["the Messages tab, open to messages (App Home)"]
    lacking += [f"the command {one}" for one in (options.command, *options.command_apps) if one not in commands]
    lacking += [f"the shortcut {one}" for one in (*SHORTCUTS, *MESSAGE_SHORTCUTS) if one not in shortcuts]
    lacking += [] if (settings.get("interactivity") or {}).get("is_enabled") else ["interactivity"]
    if bool(settings.get("socket_mode_enabled")) is options.over_http:
        lacking.append("HTTP: Socket Mode is on" if options.over_http else "Socket Mode")
    return lacking


def _features(options: SlackOptions, about: About, public_url: str) -> dict[str, Json]:
    prompts: list[Json] = [
        {"title": title, "message": message} for title, message in about.prompts[:SUGGESTED_PROMPTS]
    ]
    features: dict[str, Json] = {}
    described = about.description[:_AGENT_DESCRIPTION]
    if options.agent in {"auto", "agent"}:
        features["agent_view"] = {"agent_description": described, "suggested_prompts": prompts}
    elif options.agent == "assistant":
        features["assistant_view"] = {"assistant_description": described, "suggested_prompts": prompts}
    features["app_home"] = {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    features["bot_user"] = {"display_name": about.name, "always_online": True}
    features["shortcuts"] = [*_shortcuts("global", SHORTCUTS), *_shortcuts("message", MESSAGE_SHORTCUTS)]
    features["slash_commands"] = [
        _command(command, public_url if options.over_http else "")
        for command in dict.fromkeys((options.command, *options.command_apps))
    ]
    return features


def _shortcuts(kind: str, named: Mapping[str, str]) -> Iterator[Json]:
    for callback_id, key in named.items():
        yield {"name": words(key), "type": kind, "callback_id": callback_id, "description": words(key)}


def _command(command: str, public_url: str) -> Json:
    made: dict[str, Json] = {
        "command": command,
        "description": words("slack_manifest_command"),
        "usage_hint": words("slack_manifest_usage"),
        "should_escape": False,
    }
    return {**made, "url": public_url + EVENTS_PATH} if public_url else made


def _oauth(options: SlackOptions, public_url: str) -> dict[str, Json]:
    oauth: dict[str, Json] = {"scopes": {"bot": list(scopes_of(options))}}
    if options.many_workspaces:
        oauth["redirect_urls"] = [public_url + REDIRECT_PATH]
    return oauth


def _settings(options: SlackOptions, public_url: str) -> dict[str, Json]:
    events: dict[str, Json] = {"bot_events": list(events_of(options))}
    pressed: dict[str, Json] = {"is_enabled": True}
    if options.over_http:
        events["request_url"] = pressed["request_url"] = public_url + EVENTS_PATH
    return {
        "event_subscriptions": events,
        "interactivity": pressed,
        "org_deploy_enabled": options.many_workspaces,
        "socket_mode_enabled": not options.over_http,
        "token_rotation_enabled": options.many_workspaces,
    }


# YAML


def as_yaml(value: Mapping[str, Json]) -> str:
    """The manifest as YAML: blocks of mappings and lists, strings quoted as in JSON where they must be."""
    return HEADER + "\n".join(_lines(value, "")) + "\n"


def _lines(value: Json, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _entry(f"{indent}{name}:", item, indent + "  ")
    elif isinstance(value, list):
        for item in value:
            first, *rest = _lines(item, indent + "  ") if _has_lines(item) else [f"{indent}  {_scalar(item)}"]
            yield f"{indent}- {first.strip()}"
            yield from rest


def _entry(name: str, item: Json, indent: str) -> Iterator[str]:
    if _has_lines(item):
        yield name
        yield from _lines(item, indent)
    else:
        yield f"{name} {_scalar(item)}"


def _has_lines(value: Json) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _scalar(value: Json) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    return json.dumps(value, ensure_ascii=False)


# The command


def _read(path: Path) -> tuple[SlackOptions, str]:
    """The settings of a file, and the public address of its web bridge."""
    tables: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    options = SlackOptions.model_validate(tables.get("slack", {}))
    return options, str(tables.get("web", {}).get("public_url", "")).rstrip("/")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, write or check the manifest; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m trunkline_bridges.slack.manifest", description=__doc__)
    parser.add_argument("--settings", type=Path, help="print the manifest for this trunkline.toml")
    parser.add_argument("--name", default=About().name, help="the app's name")
    parser.add_argument("--http", metavar="URL", default="", help="events over HTTP, at this public address")
    parser.add_argument("--write", action="store_true", help=f"write {FILE}")
    parser.add_argument("--check", action="store_true", help=f"say whether {FILE} is up to date")
    given = parser.parse_args(arguments)
    if given.write or given.check:
        return _kept(as_yaml(manifest(SlackOptions())), write=given.write)
    try:
        options, public_url = _read(given.settings) if given.settings else (SlackOptions(), "")
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        sys.stderr.write(f"{given.settings} cannot be read: {type(error).__name__}\n")
        return 2
    if given.http:
        public_url = given.http.rstrip("/")
        options = options.model_copy(update={"signing_secret": SecretStr("-"), "app_token": SecretStr("")})
    sys.stdout.write(as_yaml(manifest(options, About(name=given.name), public_url)))
    return 0


def _kept(text: str, *, write: bool) -> int:
    if FILE.is_file() and FILE.read_text("utf-8") == text:
        return 0
    if not write:
        sys.stderr.write(f"Out of date: {FILE}. Run: python -m trunkline_bridges.slack.manifest --write\n")
        return 1
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

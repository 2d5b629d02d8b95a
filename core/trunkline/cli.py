"""The command line: `trunkline run`, `chat`, `inspect`, `demo`, `check`, `export`, `forget`.

An error ends with one line on standard error and the status of `errors.py`: 1 the app or a platform failed,
2 the command or the settings are wrong, 3 the app is unreachable.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from . import __version__, inspecting, offline, serving
from .app import descriptors
from .demo import running_demo
from .errors import TrunklineError, UsageError
from .serving import AppOptions
from .settings import load
from .store.export import Format, What

T = TypeVar("T")

cli = typer.Typer(
    name="trunkline",
    help="Puts any Gradio chatbot where people already talk.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Url = Annotated[str, typer.Argument(help="Address of the app, or a Space as owner/name.", metavar="URL")]
Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file; else trunkline.toml where the command runs.")
]
User = Annotated[str, typer.Option(help="User name, where the app asks for one.")]
Password = Annotated[str, typer.Option(envvar="TRUNKLINE_PASSWORD", help="Its password.")]
Token = Annotated[str, typer.Option("--hf-token", envvar="HF_TOKEN", help="Hugging Face token.")]
Chatbot = Annotated[str, typer.Option(help="Label or endpoint, where a page has several chatbots.")]
ApiName = Annotated[str, typer.Option(help="Use this public endpoint alone.")]
IgnoreJs = Annotated[bool, typer.Option("--ignore-js", help="Bridge it although steps compute in the browser.")]


def main() -> None:
    """Run the command line; ends the process with its status."""
    try:
        cli()
    except TrunklineError as error:
        typer.echo(f"trunkline: {error.user_message}", err=True)
        sys.exit(error.exit_status)


@cli.command()
def run(
    config: Config = None,
    app: Annotated[str, typer.Option(help="Address of the app, or a Space as owner/name.")] = "",
    bridge: Annotated[list[str] | None, typer.Option(help="A bridge to run; may be given several times.")] = None,
    web: Annotated[bool, typer.Option("--web", help="The website bridge.")] = False,
    discord: Annotated[bool, typer.Option("--discord", help="The Discord bridge (DISCORD_TOKEN).")] = False,
    slack: Annotated[
        bool, typer.Option("--slack", help="The Slack bridge (SLACK_BOT_TOKEN, SLACK_APP_TOKEN).")
    ] = False,
    voice: Annotated[
        bool, typer.Option("--voice", help="Calls in the widget, beside --web (the extra voice).")
    ] = False,
    host: Annotated[str, typer.Option(help="Where the web bridge listens.")] = "",
    port: Annotated[int, typer.Option(help="Its port.")] = 0,
    user: User = "",
    password: Password = "",
    hf_token: Token = "",
    chatbot: Chatbot = "",
    api_name: ApiName = "",
    ignore_js: IgnoreJs = False,
) -> None:
    """Run the service: the web bridge, and every bridge whose tokens are set, or just those asked for."""
    known = descriptors()
    overrides: dict[str, Any] = {}
    if app:
        options = AppOptions(app, user, password, hf_token, chatbot, api_name, ignore_js)
        overrides |= {"apps": {"default": options.table()}, "default_app": "default"}
    listen = {name: value for name, value in (("host", host), ("port", port)) if value}
    if listen:
        overrides["web"] = listen
    settings = serving.read_settings(config, overrides, known)
    asked = _asked(bridge, web=web, discord=discord, slack=slack, voice=voice)
    asyncio.run(serving.serve(settings, serving.selected(settings, known, asked)))


@cli.command()
def chat(
    url: Url,
    message: Annotated[
        list[str] | None, typer.Option("--message", "-m", help="Send this and end; several in turn.")
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option("--file", "-f", help="Attach to the (first) message; speech is a message by itself."),
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="A setting of the app: name=value.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for every snapshot.")] = False,
    conversation: Annotated[str, typer.Option(help="Continue a stored conversation of that name.")] = "",
    save: Annotated[Path | None, typer.Option(help="Folder for the media of replies.")] = None,
    config: Config = None,
    user: User = "",
    password: Password = "",
    hf_token: Token = "",
    chatbot: Chatbot = "",
    api_name: ApiName = "",
    ignore_js: IgnoreJs = False,
) -> None:
    """Talk to an app in the terminal, or send one message and print what comes."""
    options = AppOptions(url, user, password, hf_token, chatbot, api_name, ignore_js)
    terminal = {
        "messages": tuple(message or ()),
        "files": tuple(str(path) for path in file or ()),
        "set": _pairs(set_ or ()),
        "json_lines": as_json,
        "conversation": conversation,
        "save": str(save) if save else "",
    }
    given = {key: value for key, value in terminal.items() if value}
    status = asyncio.run(offline.chat(options, config, given))
    raise typer.Exit(status)


@cli.command()
def inspect(
    url: Url,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    user: User = "",
    password: Password = "",
    hf_token: Token = "",
    chatbot: Chatbot = "",
    api_name: ApiName = "",
    ignore_js: IgnoreJs = False,
) -> None:
    """Show what the bridge understands of an app, and what cannot be bridged."""
    options = AppOptions(url, user, password, hf_token, chatbot, api_name, ignore_js)
    profile = asyncio.run(offline.profile_of(options))
    if as_json:
        typer.echo(json.dumps(inspecting.as_json(profile), ensure_ascii=False, indent=2))
    else:
        inspecting.show(profile, Console())


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="Of the page; the admin address has the next one.")] = 8080,
    host: Annotated[str, typer.Option(help="Where the page is served.")] = "127.0.0.1",
) -> None:
    """Start a chatbot of our own that shows everything off, and the page to talk to it."""
    with tempfile.TemporaryDirectory(prefix="trunkline-demo-") as folder, running_demo(Path(folder)) as url:
        known = descriptors()
        overrides: dict[str, Any] = {
            "apps": {"default": {"url": url}},
            "store": {"url": str(Path(folder) / "demo.db")},
            "web": {"host": host, "port": port, "admin_port": port + 1},
            "log": {"level": "warning"},
        }
        settings = load(known, overrides=overrides)
        typer.echo(f"The demo app is at {url}\nTalk to it at http://{host}:{port}/  (Ctrl-C ends it)")
        typer.echo(f"Previews and the theme editor are at http://127.0.0.1:{port + 1}/")
        asyncio.run(serving.serve(settings, serving.selected(settings, known, ["web"])))


@cli.command()
def check(
    config: Config = None,
    bridge: Annotated[list[str] | None, typer.Option(help="Only this bridge; may be given several times.")] = None,
    web: Annotated[bool, typer.Option("--web", help="Only the website bridge.")] = False,
    discord: Annotated[bool, typer.Option("--discord", help="Only the Discord bridge.")] = False,
    slack: Annotated[bool, typer.Option("--slack", help="Only the Slack bridge.")] = False,
    voice: Annotated[bool, typer.Option("--voice", help="Only calls, and what hears and speaks in them.")] = False,
) -> None:
    """Check the settings, reach the apps, and let each bridge check its platform."""
    known = descriptors()
    settings = serving.read_settings(config, {}, known)
    asked = _asked(bridge, web=web, discord=discord, slack=slack, voice=voice)
    passed = True
    for finding in asyncio.run(offline.check(settings, serving.selected(settings, known, asked))):
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.text}")
        passed = passed and finding.ok
    raise typer.Exit(0 if passed else 1)


@cli.command()
def export(
    what: Annotated[What, typer.Argument(help="transcripts or feedback.")] = "transcripts",
    form: Annotated[Format, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write; else standard output.")] = None,
    config: Config = None,
) -> None:
    """Write out what was said, or the feedback, in bounded memory."""
    settings = serving.read_settings(config, {})
    count = asyncio.run(offline.export(settings, what, form, out))
    typer.echo(f"{count} rows", err=True)


@cli.command()
def forget(
    user: Annotated[str, typer.Argument(help="PLATFORM:USER_ID, or PLATFORM:TEAM:USER_ID.", metavar="USER")],
    config: Config = None,
) -> None:
    """Erase what is stored of a person, and say what was erased."""
    settings = serving.read_settings(config, {})
    erased = asyncio.run(offline.forget(settings, user))
    typer.echo(
        f"Erased {erased.messages} messages, {erased.turns} turns, {erased.media} files, "
        f"{erased.feedback} pieces of feedback and {erased.conversations} conversations."
    )


@cli.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _asked(named: list[str] | None, **flags: bool) -> list[str]:
    """The bridges that the command line names, by `--bridge` or by a flag of their own."""
    return [*(named or ()), *(name for name, wanted in flags.items() if wanted)]


def _pairs(given: list[str] | tuple[()]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"--set takes name=value; {pair!r} is not that.")
        pairs[name] = value
    return pairs

"""The Slack bridge: an agent in direct messages, channels and threads, of one workspace or many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pydantic import BaseModel

from trunkline.bridge import Bridge, Descriptor, Finding, Scene, Wiring
from trunkline.extras import require

from .limits import CAPABILITIES
from .options import SlackOptions
from .render import render


def _library() -> None:
    require("slack_bolt", "The Slack bridge", "slack")


def _open(wiring: Wiring) -> Bridge:
    _library()
    from .bridge import SlackBridge

    return SlackBridge(
        cast("SlackOptions", wiring.options),
        default_app=wiring.app,
        apps=wiring.apps,
        media=wiring.media,
        vault=wiring.vault,
        mount=wiring.mount,
    )


async def _check(wiring: Wiring) -> Sequence[Finding]:
    _library()
    from .check import check

    web = next((told for one, told in wiring.installed if one.name == "web"), {})
    return await check(
        cast("SlackOptions", wiring.options),
        wiring.app,
        wiring.apps,
        vault=wiring.vault,
        public_url=str(web.get("public_url") or ""),
    )


def _needs(options: BaseModel) -> tuple[str, ...]:
    slack = cast("SlackOptions", options)
    return ("web",) if slack.over_http or slack.many_workspaces else ()


def _starts(options: BaseModel) -> bool:
    """Events have a way in, and there is a token for one workspace or a way to have one for each."""
    slack = cast("SlackOptions", options)
    heard = slack.app_token.get_secret_value() or slack.signing_secret.get_secret_value()
    return bool(heard and (slack.bot_token.get_secret_value() or slack.many_workspaces))


def _preview(scene: Scene) -> str:
    from .preview import preview

    return preview(scene)


descriptor = Descriptor(
    name="slack",
    capabilities=CAPABILITIES,
    options=SlackOptions,
    render=render,
    open=_open,
    check=_check,
    secrets={
        "SLACK_BOT_TOKEN": "bot_token",
        "SLACK_APP_TOKEN": "app_token",
        "SLACK_SIGNING_SECRET": "signing_secret",
        "SLACK_CLIENT_SECRET": "client_secret",
        "SLACK_CONFIG_TOKEN": "config_token",
    },
    needs=_needs,
    starts=_starts,
    preview=_preview,
)

__all__ = ["descriptor"]

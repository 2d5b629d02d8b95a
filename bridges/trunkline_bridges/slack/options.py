"""The settings of the Slack bridge: the table `[slack]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, SecretStr, field_validator

from trunkline.options import DRAWN, BridgeOptions

Ids: TypeAlias = tuple[str, ...]


class SlackOptions(BridgeOptions):
    """`[slack]`: an agent in one workspace or many. Ids are Slack's own (T…, C…, U…)."""

    # How it is connected
    bot_token: Annotated[SecretStr, Field(description="Bot token (xoxb-…) of one workspace; SLACK_BOT_TOKEN.")] = (
        SecretStr("")
    )
    app_token: Annotated[
        SecretStr, Field(description="App-level token (xapp-…) for Socket Mode; SLACK_APP_TOKEN.")
    ] = SecretStr("")
    signing_secret: Annotated[
        SecretStr, Field(description="For events over HTTP, at /slack/events; SLACK_SIGNING_SECRET.")
    ] = SecretStr("")
    client_id: Annotated[str, Field(description="For installation in many workspaces, at /slack/install.")] = ""
    client_secret: Annotated[SecretStr, Field(description="Likewise; SLACK_CLIENT_SECRET.")] = SecretStr("")
    config_token: Annotated[
        SecretStr, Field(description="App configuration token (xoxe.xoxp-…), for `trunkline check` alone.")
    ] = SecretStr("")
    api_url: Annotated[
        str, Field(description="Address of the Web API, for GovSlack and proxies; empty: Slack's own.")
    ] = ""
    proxy: Annotated[str, Field(description="HTTP proxy for all of it, such as http://proxy:3128.")] = ""
    agent: Annotated[
        Literal["auto", "agent", "assistant", "none"],
        Field(description="What the Slack app is declared as: agent_view, the older assistant_view, or neither."),
    ] = "auto"
    command: Annotated[str, Field(description="The slash command, as in the manifest.")] = "/trunkline"
    # Where it talks
    channels: Annotated[Ids, Field(description="Channels where every message is meant for the bot.")] = ()
    mentions: Annotated[
        bool, Field(description="Answer where the bot is mentioned, and in the thread after it.")
    ] = True
    direct_messages: Annotated[bool, Field(description="Answer direct messages.")] = True
    guests: Annotated[bool, Field(description="Answer people of other workspaces (Slack Connect).")] = True
    history: Annotated[
        Literal["thread", "channel"],
        Field(description="Who shares a history: each thread; or a channel with all its threads."),
    ] = "thread"
    bots: Annotated[Ids, Field(description="Other bots that are answered, by their bot id (B…).")] = ()
    apps: Annotated[tuple[str, ...], Field(description="Further apps that people may choose among.")] = ()
    channel_apps: Annotated[
        Mapping[str, str], Field(description="The app of a channel: channel id to the app's name.")
    ] = Field(default_factory=dict)
    command_apps: Annotated[
        Mapping[str, str], Field(description="The app of a further slash command: /command to the app's name.")
    ] = Field(default_factory=dict)
    # How it answers
    thoughts: Annotated[
        Literal["full", "summary", "hidden"],
        Field(description="How much is shown of an app's thoughts.", json_schema_extra=DRAWN),
    ] = "summary"
    streaming: Annotated[
        Literal["auto", "native", "edit"],
        Field(description="Slack's own streams in direct messages and agent threads, or posts that are edited."),
    ] = "auto"
    pressing: Annotated[
        Literal["asker", "anyone"], Field(description="Who may press options, Retry and Undo, and stop a reply.")
    ] = "asker"
    max_posts: Annotated[
        int, Field(ge=1, le=50, description="Messages of one reply; the whole text is attached when it is longer.")
    ] = 10
    file_bytes: Annotated[int, Field(ge=1, description="Largest file taken from a person.")] = 100 * 1024 * 1024

    @field_validator("api_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return value.rstrip("/") + "/" if value else ""

    @field_validator("command")
    @classmethod
    def _command(cls, value: str) -> str:
        if not value.startswith("/") or " " in value:
            raise ValueError(f'{value!r} must be one word with a slash before it, as in "/trunkline"')
        return value

    @property
    def over_http(self) -> bool:
        """Events come over HTTP and not over a socket."""
        return bool(self.signing_secret.get_secret_value()) and not self.app_token.get_secret_value()

    @property
    def many_workspaces(self) -> bool:
        """People install it themselves, each workspace with a token of its own."""
        return bool(self.client_id and self.client_secret.get_secret_value())

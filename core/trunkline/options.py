"""What every bridge's table of settings has."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

DRAWN: Final[dict[str, JsonValue]] = {"drawn": True}
"""`json_schema_extra` of a setting of a few words by which replies look otherwise: the preview offers it."""


class BridgeOptions(BaseModel):
    """The options all bridges share. Ids are the platform's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app: Annotated[str, Field(description="The app to talk to; empty: default_app.")] = ""
    stream: Annotated[bool, Field(description="Show replies while they are written; else only the finals.")] = True
    allow_users: Annotated[tuple[str, ...], Field(description="Only these people; empty: everyone.")] = ()
    block_users: Annotated[tuple[str, ...], Field(description="Never these people.")] = ()
    allow_teams: Annotated[tuple[str, ...], Field(description="Only these servers or workspaces.")] = ()
    block_teams: Annotated[tuple[str, ...], Field(description="Never these servers or workspaces.")] = ()
    allow_channels: Annotated[tuple[str, ...], Field(description="Only these channels.")] = ()
    block_channels: Annotated[tuple[str, ...], Field(description="Never these channels.")] = ()

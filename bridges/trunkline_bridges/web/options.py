"""The settings of the web bridge: the table `[web]`."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from trunkline.options import BridgeOptions

SECRET_BYTES = 32
"""As long as the hash that it keys (RFC 7518, 3.2)."""
Port = Annotated[int, Field(ge=0, le=65_535)]


class WebOptions(BridgeOptions):
    """`[web]`: the page, the widget and the server behind them."""

    host: Annotated[str, Field(description="Address that visitors' requests are taken at.")] = "0.0.0.0"  # noqa: S104
    port: Annotated[Port, Field(description="Its port; 0 takes a free one.")] = 8080
    admin_host: Annotated[str, Field(description="Address of the operator's pages and metrics.")] = "127.0.0.1"
    admin_port: Annotated[Port, Field(description="Its port; 0 takes a free one.")] = 8081
    admin_names: Annotated[
        tuple[str, ...],
        Field(description="Host names, beside localhost, by which the operator's pages are opened."),
    ] = ()
    public_url: Annotated[
        str, Field(description="Where visitors reach the server, path prefix included: https://chat.example.org.")
    ] = ""
    path_prefix: Annotated[str, Field(description="Path under which everything lies, such as /chat.")] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        Field(description="Addresses or networks whose X-Forwarded-For, -Proto and -Host are believed."),
    ] = ()
    allowed_origins: Annotated[
        tuple[str, ...],
        Field(description='Websites that may hold the widget: "https://example.org", or "*"; our own always may.'),
    ] = ()
    apps: Annotated[tuple[str, ...], Field(description="Further apps that a page may choose.")] = ()
    showcase: Annotated[
        bool,
        Field(description="`/` shows the chat in its placements and the line to copy; else it fills the page."),
    ] = True
    frame_bytes: Annotated[int, Field(ge=1024, description="Largest frame taken from a visitor.")] = 1024 * 1024
    file_bytes: Annotated[int, Field(ge=1, description="Largest file taken from a visitor.")] = 25 * 1024 * 1024
    files: Annotated[int, Field(ge=0, description="Files taken with one message.")] = 10
    file_types: Annotated[
        tuple[str, ...], Field(description='Files taken: "image", ".pdf", "text/csv"; empty: what the app takes.')
    ] = ()
    messages_per_minute: Annotated[int, Field(ge=0, description="Messages of one visitor; 0: no limit.")] = 30
    commands_per_minute: Annotated[
        int, Field(ge=0, description="Requests of any kind of one visitor; 0: no limit.")
    ] = 600
    uploads_per_minute: Annotated[int, Field(ge=0, description="Files of one visitor; 0: no limit.")] = 60
    connections: Annotated[int, Field(ge=0, description="Open at the same time; 0: no limit.")] = 20_000
    connections_per_visitor: Annotated[int, Field(ge=0, description="Likewise, of one visitor.")] = 20
    connections_per_address: Annotated[int, Field(ge=0, description="Likewise, from one address.")] = 200
    voice: Annotated[
        Literal["auto", "off"],
        Field(
            description="Visitors may talk aloud where the voice bridge runs and the app can be talked to; or off."
        ),
    ] = "auto"
    ping_seconds: Annotated[float, Field(gt=0, description="Silence after which a connection is asked.")] = 25.0
    link_days: Annotated[float, Field(gt=0, description="How long a link to a file holds.")] = 7.0
    visitor_days: Annotated[
        float, Field(gt=0, description="Days without a visit after which a visitor is a new one.")
    ] = 400.0
    turns_shown: Annotated[int, Field(ge=1, le=200, description="Turns sent when a chat is opened.")] = 30
    identity_secret: Annotated[
        SecretStr, Field(description="What websites sign their visitors' tokens with (HS256); 32 bytes at least.")
    ] = SecretStr("")
    identity_public_key: Annotated[
        str, Field(description="Or the public key of such tokens (RS256): PEM, or the path of its file.")
    ] = ""
    identity_audience: Annotated[str, Field(description="The `aud` that tokens must have; empty: none.")] = ""
    identity_issuer: Annotated[str, Field(description="The `iss` that tokens must have; empty: any.")] = ""
    identity_leeway: Annotated[
        float, Field(ge=0, le=300, description="Seconds by which clocks may differ when tokens are checked.")
    ] = 10.0
    theme: Annotated[
        Mapping[str, str],
        Field(description="Colours of the widget: CSS custom property to value."),
    ] = Field(default_factory=dict)
    strings: Annotated[
        Mapping[str, str],
        Field(description="Words of the widget that replace its own, by key."),
    ] = Field(default_factory=dict)

    @field_validator("path_prefix")
    @classmethod
    def _prefix(cls, value: str) -> str:
        trimmed = value.strip("/")
        return f"/{trimmed}" if trimmed else ""

    @field_validator("identity_secret")
    @classmethod
    def _identity_secret(cls, value: SecretStr) -> SecretStr:
        length = len(value.get_secret_value().encode())
        if 0 < length < SECRET_BYTES:
            raise ValueError(
                f"it has {length} bytes and must have {SECRET_BYTES} at least: `openssl rand -hex 32`"
            )
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError(f"{value!r} must begin with https:// or http://")
        return value.rstrip("/")

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            if origin != "*" and not (
                parts.scheme in {"http", "https"} and parts.netloc and parts.path in {"", "/"}
            ):
                raise ValueError(f'{origin!r} must be an origin such as "https://example.org", or "*"')
        return tuple(origin.rstrip("/").lower() for origin in value)

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

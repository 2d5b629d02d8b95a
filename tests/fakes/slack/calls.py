"""A call of the Web API as it came in: what the methods work on and what the log keeps."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from fakes.slack.errors import Json, Refused
from fakes.slack.world import Install


@dataclass
class Call:
    """One call. `answer` is None while it runs, and stays None when its connection was dropped.

    reference: section 6 — some methods send their arguments in the query, some in forms, some as JSON: all three
    are read, and what is a list or an object may be written as JSON in a string.
    """

    at: float
    method: str
    args: Json = field(default_factory=dict)
    token: str = ""
    basic: tuple[str, str] | None = None
    status: int = 0
    answer: Json | None = None
    by: Install | None = None
    """Whose bot token it bears; set once the token is known to be good."""
    warnings: list[str] = field(default_factory=list)

    @property
    def install(self) -> Install:
        assert self.by is not None
        return self.by

    @property
    def team_id(self) -> str:
        return self.by.team_id if self.by else ""

    def has(self, name: str) -> bool:
        return self.args.get(name) not in (None, "")

    def text(self, name: str, default: str | None = None, *, error: str = "invalid_arguments") -> str:
        """A string; without a default it must be there."""
        value = self.args.get(name)
        if value is None or value == "":
            if default is None:
                raise Refused(error, response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})
            return default if value is None else ""
        if isinstance(value, (dict, list)):
            raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {name}: not a string"]})
        return str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.args.get(name)
        if value is None:
            return default
        return value in (True, 1, "1", "true", "True")

    def maybe_flag(self, name: str) -> bool | None:
        return self.flag(name) if name in self.args else None

    def number(self, name: str, default: int) -> int:
        value = str(self.args.get(name, default))
        if not value.isdecimal():
            raise Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {name}: not a number"]})
        return int(value)

    def array(self, name: str, error: str = "invalid_arguments") -> list[Any]:
        """A list, empty if there is none."""
        value = self._parsed(name, error)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Refused(error, response_metadata={"messages": [f"[ERROR] {name}: must be an array"]})
        return value

    def table(self, name: str, error: str = "invalid_arguments") -> Json | None:
        """An object."""
        value = self._parsed(name, error)
        if value is not None and not isinstance(value, dict):
            raise Refused(error, response_metadata={"messages": [f"[ERROR] {name}: must be an object"]})
        return value

    def _parsed(self, name: str, error: str) -> Any:
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as broken:
            raise Refused(error, response_metadata={"messages": [f"[ERROR] {name}: not JSON"]}) from broken


async def read_call(request: web.Request, call: Call) -> None:
    """Read the arguments and the token into a call."""
    call.args = dict(request.query)
    raw = await request.read()
    if request.content_type == "application/json" and raw:
        try:
            body = json.loads(raw)
        except ValueError as error:
            raise Refused("json_not_object" if raw[:1] in b'["' else "invalid_json") from error
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        call.args |= body
    elif raw and request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        call.args |= dict(await request.post())
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind == "Bearer":
        call.token = secret.strip()
    elif kind == "Basic":
        call.basic = _basic(secret)
    call.token = call.token or str(call.args.pop("token", ""))


def _basic(secret: str) -> tuple[str, str]:
    name, _, password = base64.b64decode(secret).decode().partition(":")
    return name, password

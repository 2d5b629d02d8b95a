"""A call as it came in: what the actions work on and what the log keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from fakes.discord import errors
from fakes.discord.errors import Json


@dataclass(frozen=True)
class Upload:
    """A file of a multipart body; `index` is the number in `files[index]`."""

    index: str
    filename: str
    content: bytes


@dataclass
class Call:
    """One REST call. `status` is 0 while it runs, and stays 0 when its connection was dropped."""

    at: float
    method: str
    template: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    uploads: list[Upload] = field(default_factory=list)
    size: int = 0
    status: int = 0
    answer: Any = None

    def id(self, name: str) -> int:
        """An id of the path; what is no number names nothing."""
        value = self.params[name]
        if not value.isdecimal():
            raise errors.invalid((name,), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        return int(value)

    @property
    def form(self) -> Json:
        """The body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise errors.Refused(400, 50109, "The request body contains invalid JSON.")
        return self.body


@dataclass(frozen=True)
class Reply:
    """What an action answers: 200 with a body unless it says otherwise; without a body 204."""

    body: Any = None
    status: int = 200


async def read_body(request: web.Request, call: Call) -> None:
    """Read JSON or multipart into the call."""
    if request.content_type == "multipart/form-data":
        await _read_parts(request, call)
        return
    raw = await request.read()
    call.size = len(raw)
    if raw:
        call.body = _parse(raw)


async def _read_parts(request: web.Request, call: Call) -> None:
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        call.size += len(content)
        name = part.name or ""
        if name == "payload_json":
            call.body = _parse(content)
        elif name.startswith("files["):
            call.uploads.append(Upload(name[6:-1], part.filename or "file", content))
    if call.body is None:
        call.body = {}


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise errors.Refused(400, 50109, "The request body contains invalid JSON.") from error

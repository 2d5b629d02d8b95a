"""Our calls to Discord's REST interface: one try each, paced by nobody but the caller.

A bucket that is known to be empty is not asked: that is a `RateLimited` at once, and no 429 is provoked. Tokens of
interactions stand in paths, so that no path ever gets into a log or an error.
"""

from __future__ import annotations

import io
import json as codec
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from yarl import URL

import trunkline
from trunkline.bridge import Budget
from trunkline.calling import Connections, patiently
from trunkline.clock import Clock, SystemClock
from trunkline.errors import RateLimited
from trunkline.telemetry import log
from trunkline.words import words

from ..options import DiscordOptions
from .buckets import Buckets, Route, route_of
from .refusals import OLD_EDITS, lost, translate, unreachable

API: Final = "https://discord.com/api/v10"
USER_AGENT: Final = f"DiscordBot (https://github.com/Rapptz/discord.py, {trunkline.__version__}) trunkline"
CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 30.0
_BYTES_PER_SECOND: Final = 100_000
"""The slowest upload that is waited for."""
GRACE_SECONDS: Final = 0.25
"""A wait this short is waited for: calls that were far enough apart here may arrive closer together."""
_BLIND_SECONDS: Final = 5.0
"""The wait after a 429 that names none."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a request: `files[n]`, n being its place."""

    name: str
    data: bytes
    mime: str = "application/octet-stream"


class Rest:
    """Calls with the bot's token, or with what stands in their path."""

    def __init__(self, options: DiscordOptions, clock: Clock | None = None) -> None:
        self._api = options.api_url or API
        self._token = options.token.get_secret_value().strip()
        self._proxy = options.proxy or None
        self._clock = clock or SystemClock()
        self._buckets = Buckets()
        self._connections = Connections(unreachable, headers={"User-Agent": USER_AGENT})

    async def __aenter__(self) -> Rest:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the connections go, for good: later calls find Discord out of reach."""
        await self._connections.close()

    def budget_of(self, method: str, path: str) -> Budget | None:
        """How often Discord allows such a call, as its answers said; None before the first of them."""
        return self._buckets.budget(route_of(method, path))

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        files: Sequence[Part] = (),
        query: Mapping[str, str | int] | None = None,
        authorized: bool = True,
        patient: bool = False,
    ) -> Any:
        """The decoded answer, None where there is none. `path` begins with "/".

        `RateLimited`, `TargetGone`, `Forbidden`; `Unconfirmed` when it may or may not have been done;
        `PlatformError` else, retryable when nothing was sent. With `patient` rate limits are waited for and
        failures tried again where that does no harm: for what nobody watches.
        """
        asked = _Asked(method, path, json, files, query, authorized)
        if not patient:
            return await self._once(asked)
        return await patiently(lambda: self._once(asked), self._clock, repeatable=asked.repeatable)

    async def _once(self, asked: _Asked) -> Any:
        route = route_of(asked.method, asked.path)
        wait = self._buckets.take(route, self._clock.now())
        if 0 < wait <= GRACE_SECONDS:
            await self._clock.sleep(wait)
            wait = self._buckets.take(route, self._clock.now())
        if wait > 0:
            raise RateLimited(words("discord_busy"), wait)
        status, headers, body = await self._send(asked)
        self._buckets.learn(route, headers, self._clock.now())
        if status < 400:
            return body
        if status == 429 and not (isinstance(body, dict) and body.get("code") == OLD_EDITS):
            raise self._limited(route, headers, body)
        raise translate(status, body, route.name, by_token=route.by_token)

    async def _send(self, asked: _Asked) -> tuple[int, Mapping[str, str], Any]:
        # Nothing of aiohttp's errors is quoted: they hold addresses.
        try:
            async with self._connections.session().request(
                asked.method,
                URL(self._api + asked.path, encoded=True),
                params=asked.query,
                data=_form(asked) if asked.files else None,
                json=asked.json if not asked.files else None,
                headers={"Authorization": f"Bot {self._token}"} if asked.authorized else None,
                proxy=self._proxy,
                timeout=_timeout(asked.files),
            ) as response:
                return response.status, response.headers, _decoded(await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise unreachable() from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise (unreachable() if asked.method == "GET" else lost()) from error

    def _limited(self, route: Route, headers: Mapping[str, str], body: Any) -> RateLimited:
        """Discord's own 429 is JSON; without JSON it is that of the gate before it, for all of us."""
        ours = isinstance(body, dict)
        told = body.get("retry_after") if ours else headers.get("Retry-After")
        try:
            wait = max(0.0, float(told)) if told is not None else _BLIND_SECONDS
        except (TypeError, ValueError):
            wait = _BLIND_SECONDS
        spread = body.get("global") is True if ours else False
        scope = "ban" if not ours else "global" if spread else headers.get("X-RateLimit-Scope", "user")
        self._buckets.limited(route, wait, self._clock.now(), scope)
        log.warning("discord rate limit", route=route.name, scope=scope, seconds=round(wait, 3))
        return RateLimited(words("discord_busy"), wait)


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    path: str
    json: Any
    files: Sequence[Part]
    query: Mapping[str, str | int] | None
    authorized: bool

    @property
    def repeatable(self) -> bool:
        """Doing it twice is the same as doing it once."""
        return self.method != "POST" or (isinstance(self.json, dict) and bool(self.json.get("enforce_nonce")))


def _form(asked: _Asked) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", codec.dumps(asked.json or {}), content_type="application/json")
    for place, part in enumerate(asked.files):
        form.add_field(f"files[{place}]", io.BytesIO(part.data), filename=part.name, content_type=part.mime)
    return form


def _timeout(files: Sequence[Part]) -> aiohttp.ClientTimeout:
    uploading = sum(len(part.data) for part in files) / _BYTES_PER_SECOND
    return aiohttp.ClientTimeout(total=ANSWER_SECONDS + uploading, sock_connect=CONNECT_SECONDS)


def _decoded(raw: bytes) -> Any:
    """The JSON of an answer; None for none, and for what is none."""
    try:
        return codec.loads(raw) if raw else None
    except ValueError:
        return None


__all__ = ["API", "Part", "Rest"]

"""Calls to a platform over HTTP: the connections that they share, and patience where nobody watches."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from urllib.request import getproxies

import aiohttp

from .clock import Clock
from .errors import PlatformError, RateLimited, Unconfirmed
from .pacing import backoff

T = TypeVar("T")

TRIES: Final = 5
LONGEST_SECONDS: Final = 60.0
"""The longest time for which a rate limit is waited for."""


class Connections:
    """Opened with the first call, closed for good: from then on there is `refusal`'s error."""

    def __init__(self, refusal: Callable[[], PlatformError], **session: Any) -> None:
        """`session` is what else the `aiohttp.ClientSession` is made with."""
        self.closed = False
        self._refusal = refusal
        self._more = session
        self._http: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """As many connections as there are calls, no cookies, the proxies of the environment."""
        if self.closed:
            raise self._refusal()
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Looking for a proxy costs more than the rest of a call: only where there is one.
                trust_env=bool(getproxies()),
                **self._more,
            )
        return self._http

    async def close(self) -> None:
        self.closed = True
        if self._http is not None:
            await self._http.close()


async def patiently(call: Callable[[], Awaitable[T]], clock: Clock, *, repeatable: bool) -> T:
    """What a call gives, made again after rate limits and failures where that does no harm; else its last error.

    `repeatable`: done twice it is the same as done once. Else what may have been done is not tried again.
    """
    for attempt in range(TRIES - 1):
        try:
            return await call()
        except RateLimited as error:
            if error.retry_after > LONGEST_SECONDS:
                raise
            await clock.sleep(error.retry_after)
        except PlatformError as error:
            if not error.retryable or (isinstance(error, Unconfirmed) and not repeatable):
                raise
            await clock.sleep(backoff(attempt, random.random))
    return await call()

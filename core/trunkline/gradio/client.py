"""HTTP to one app: addresses, cookies, login, and foreign errors translated into ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import aiohttp
from yarl import URL

from ..errors import AppUnreachable, LoginFailed, NotGradio

CONNECT_SECONDS = 10.0
REQUEST_SECONDS = 60.0
SILENCE_SECONDS = 45.0
"""A stream heartbeats every 15 s; three missed ones mean that nobody writes to it any more."""
_LOOKS = 4
"""How often a stream is looked at within that time."""
KEEPALIVE_SECONDS = 3.0
"""uvicorn closes idle connections at 5 s: ours must go first, or a POST fails now and then."""
_POST_TRIES = 2
_JSON_HEADERS = {"Content-Type": "application/json"}


def dump(value: object) -> bytes:
    """`value` as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class AppClient:
    """The app at one address. Every method raises `AppUnreachable` (or a kind of it) when nobody answers.

    `root` is the address without a trailing slash, `prefix` that of the app's routes under it. A 401 in
    mid-use logs in again once. An injected `http` session is used as it is and left open by `close`.
    """

    def __init__(
        self,
        root: str,
        *,
        auth: tuple[str, str] | None = None,
        hf_token: str | None = None,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        self.root = root.rstrip("/")
        self.prefix = "/gradio_api"
        self._auth = auth
        self._headers = {"x-hf-authorization": f"Bearer {hf_token}"} if hf_token else {}
        if hf_token and (urlsplit(self.root).hostname or "").endswith(".hf.space"):
            self._headers["Authorization"] = f"Bearer {hf_token}"
        self._injected = http
        self._http = http
        self._login = asyncio.Lock()
        self._logins = 0

    @property
    def http(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_SECONDS),
                cookie_jar=aiohttp.CookieJar(unsafe=True),
                # Looking for a proxy costs more than the rest of a request: only where there is one.
                trust_env=bool(getproxies()),
            )
        return self._http

    def address(self, route: str) -> str:
        """The full address of one of the app's own routes (`"queue/join"`)."""
        return f"{self.root}{self.prefix}/{route}"

    @asynccontextmanager
    async def stream(self, route: str, params: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response whose body comes over time; `SILENCE_SECONDS` without a byte, or a little more, end it."""
        timeout = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS)
        with self._translated():
            async with (
                asyncio.timeout(SILENCE_SECONDS) as begun,
                self.http.get(
                    self.address(route), params=params, headers=self._headers, timeout=timeout
                ) as response,
            ):
                begun.reschedule(None)
                with _ended_by_silence(response.content, SILENCE_SECONDS):
                    yield response

    async def post(self, route: str, body: bytes) -> tuple[int, Any]:
        """POST JSON to a route: the status and the decoded answer (text when it is no JSON)."""
        return await self._request("POST", self.address(route), data=body, headers=_JSON_HEADERS)

    async def post_form(self, route: str, form: aiohttp.FormData, seconds: float) -> tuple[int, Any]:
        timeout = aiohttp.ClientTimeout(total=seconds)
        return await self._request("POST", self.address(route), data=form, timeout=timeout, tries=1)

    async def get(self, address: str) -> tuple[int, Any]:
        """GET an address under `root`: the status and the decoded answer."""
        return await self._request("GET", address)

    @asynccontextmanager
    async def download(self, address: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """A file of the app. Redirects are not followed: they could lead to another origin."""
        timeout = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=REQUEST_SECONDS)
        with self._translated():
            async with self.http.get(
                URL(address, encoded=True), headers=self._headers, timeout=timeout, allow_redirects=False
            ) as response:
                yield response

    async def log_in(self) -> None:
        """Log in by the form of the app. `LoginFailed` when it refuses, or when there is no password to try."""
        if self._auth is None:
            raise LoginFailed(
                f"{self.root} asks for a login: give it user and password (auth), or a token for a private Space."
            )
        seen = self._logins
        async with self._login:
            if self._logins != seen:
                return
            form = aiohttp.FormData({"username": self._auth[0], "password": self._auth[1]})
            with self._translated():
                async with self.http.post(
                    f"{self.root}/login",
                    data=form,
                    headers=self._headers,
                    timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
                ) as response:
                    if response.status in (400, 401, 403):
                        raise LoginFailed(f"{self.root} refused the user name or the password.")
                    if response.status >= 400:
                        raise AppUnreachable(f"{self.root} answered the login with status {response.status}.")
            self._logins += 1

    async def close(self) -> None:
        """Close the connections, unless they were injected."""
        if self._http is not None and self._injected is None:
            await self._http.close()

    async def _request(
        self,
        method: str,
        address: str,
        *,
        data: object = None,
        headers: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout | None = None,
        tries: int = _POST_TRIES,
    ) -> tuple[int, Any]:
        status, answer = 0, None
        for attempt in range(tries):
            try:
                status, answer = await self._request_once(method, address, data, headers, timeout)
            except aiohttp.ServerDisconnectedError as error:
                # An idle connection closed under us: nothing was read of this request.
                if attempt + 1 == tries:
                    raise AppUnreachable(f"{self.root} closed the connection.") from error
                continue
            if status == 401 and attempt + 1 < tries:
                await self.log_in()
                continue
            break
        if status == 401:
            raise LoginFailed(f"{self.root} did not accept the login.")
        return status, answer

    async def _request_once(
        self,
        method: str,
        address: str,
        data: object,
        headers: Mapping[str, str] | None,
        timeout: aiohttp.ClientTimeout | None,
    ) -> tuple[int, Any]:
        with _Translated(self.root, again=True):
            async with self.http.request(
                method,
                address,
                data=data,
                headers={**self._headers, **headers} if headers else self._headers,
                timeout=timeout or aiohttp.ClientTimeout(total=REQUEST_SECONDS),
                # A redirected POST arrives as a GET: it would be answered with anything but what was asked.
                allow_redirects=method == "GET",
            ) as response:
                self._check_answer(response)
                body = await response.read()
        try:
            return response.status, json.loads(body)
        except ValueError:
            return response.status, body.decode("utf-8", "replace")

    def _check_answer(self, response: aiohttp.ClientResponse) -> None:
        """Whether it is the app that answers, and not something before it."""
        asked, answered = response.request_info.url, response.url
        if response.history:
            asked = response.history[0].request_info.url
        if asked.path.rstrip("/") != answered.path.rstrip("/"):
            raise LoginFailed(
                f"{self.root} sends us to {answered.origin()}{answered.path}, as what wants a login in a browser "
                "does. Give the app's own address, or a token for a private Space."
            )
        if response.method == "GET" or response.status == 401:
            return
        if 300 <= response.status < 400:
            target = URL(response.headers.get("Location", ""))
            where = target.origin() if target.absolute else "another page"
            raise AppUnreachable(f"{self.root} redirects to {where}: give the address that the app answers at.")
        if response.content_type == "text/html":
            raise AppUnreachable(
                f"{self.root} answers with a web page (status {response.status}): the app behind it does not run, "
                "or a login stands before it."
            )

    def _translated(self) -> _Translated:
        return _Translated(self.root)


@contextmanager
def _ended_by_silence(content: aiohttp.StreamReader, seconds: float) -> Iterator[None]:
    """While it lasts, a stream that is silent for so long ends with an error.

    It is looked at now and then: aiohttp's own limit sets a timer anew for every chunk that comes.
    """
    loop = asyncio.get_running_loop()
    heard, silent = -1, 0
    timer: asyncio.Handle

    def look() -> None:
        nonlocal heard, silent, timer
        silent = silent + 1 if content.total_bytes == heard else 0
        heard = content.total_bytes
        if silent < _LOOKS:
            timer = loop.call_later(seconds / _LOOKS, look)
        else:
            content.set_exception(aiohttp.SocketTimeoutError("silence"))

    timer = loop.call_soon(look)
    try:
        yield
    finally:
        timer.cancel()


class _Translated:
    """Turns what aiohttp raises into `AppUnreachable`; with `again` a closed idle connection is left alone."""

    def __init__(self, root: str, *, again: bool = False) -> None:
        self._root = root
        self._again = again

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or (self._again and isinstance(error, aiohttp.ServerDisconnectedError)):
            return
        if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
            raise NotGradio(f"{self._root} is no web address: it begins with http:// or https://.") from error
        if isinstance(error, TimeoutError):
            raise AppUnreachable(f"{self._root} did not answer in time.") from error
        if isinstance(error, aiohttp.ClientError | OSError):
            raise AppUnreachable(f"{self._root} cannot be reached: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "no such host"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "its certificate is not valid"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "the connection was refused"
    return "the connection broke"

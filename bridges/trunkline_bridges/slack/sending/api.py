"""Our calls to Slack's Web API: one try each, paced by nobody but the caller.

A method that Slack said is exhausted is not asked again before its time: that is a `RateLimited` at once. No
address, no token and nothing that people wrote ever gets into a log or an error.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import trunkline
from trunkline.calling import Connections, patiently
from trunkline.clock import Clock, SystemClock
from trunkline.errors import Forbidden, PlatformError, RateLimited, TargetGone
from trunkline.recent import Recent
from trunkline.telemetry import log
from trunkline.words import words

from ..options import SlackOptions
from .refusals import RATE_LIMITED, Refusal, code_of, lost, translate, unreachable

URL: Final = "https://slack.com/api/"
CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 30.0
_BYTES_PER_SECOND: Final = 100_000
"""The slowest upload that is waited for."""
_BLIND_SECONDS: Final = 5.0
"""The wait after a 429 that names none."""
_MOST_HELD: Final = 1024
_CHUNK: Final = 1 << 16
_QUIET: Final = logging.getLogger("trunkline.slack_libraries")
_QUIET.setLevel(logging.CRITICAL + 1)  # the SDK's lines hold what people wrote
_IN_JSON: Final = ("chat.", "views.", "assistant.", "agents.")
"""Methods whose arguments go as JSON; the others take forms, and those that read take nothing else."""
_READS: Final = frozenset(
    {
        "api.test",
        "auth.test",
        "bots.info",
        "chat.getPermalink",
        "files.getUploadURLExternal",
        "files.info",
        "reactions.get",
        "team.info",
    }
)
_READING: Final = ("conversations.", "users.")
_MAKES_MORE: Final = frozenset(
    {
        "chat.appendStream",
        "chat.postEphemeral",
        "chat.postMessage",
        "chat.startStream",
        "files.completeUploadExternal",
        "views.open",
        "views.push",
    }
)
"""Done twice, these are not the same as done once."""
_OF_SLACK: Final = ("slack.com", "slack-edge.com", "slack-files.com", "slack-gov.com")

Lookup: TypeAlias = "Callable[[str], Awaitable[str]]"
"""The bot token of a workspace, "" where the app is not installed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file to be uploaded."""

    name: str
    data: bytes
    mime: str = ""
    """For us: Slack looks for itself."""
    alt: str = ""
    snippet: str = ""
    """Slack's name of the language, for text that is shown as a snippet."""


class Api:
    """Calls with the bot's token. `tokens` finds that of a workspace where there are many; it can be set later."""

    def __init__(self, options: SlackOptions, clock: Clock | None = None, tokens: Lookup | None = None) -> None:
        self.tokens = tokens
        self._url = options.api_url or URL
        self._token = options.bot_token.get_secret_value().strip()
        self._proxy = options.proxy or None
        self._clock = clock or SystemClock()
        self._until: dict[tuple[str, str, str], float] = {}
        self._noted: Recent[tuple[str, str, str], bool] = Recent(_MOST_HELD)
        self._connections = Connections(unreachable, timeout=_timeout(0))
        self._client: AsyncWebClient | None = None

    async def __aenter__(self) -> Api:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the connections go, for good: later calls find Slack out of reach."""
        await self._connections.close()

    def client(self, token: str = "") -> AsyncWebClient:
        """A client of the SDK over our connections, which repeats nothing by itself."""
        made = AsyncWebClient(
            token=token or None,
            base_url=self._url,
            timeout=int(ANSWER_SECONDS),
            session=self.session(),
            user_agent_suffix=f"trunkline/{trunkline.__version__}",
            logger=_QUIET,
            retry_handlers=[],
        )
        # Else it takes any proxy of the environment, for hosts that are exempt there too.
        made.proxy = self._proxy
        return made

    def session(self) -> aiohttp.ClientSession:
        """The connections that all calls share. `PlatformError` once they are closed."""
        return self._connections.session()

    async def token_of(self, team: str) -> str:
        """The bot token for a workspace, "" for that of the settings. `Forbidden` where there is none."""
        token = await self.tokens(team) if self.tokens is not None and team else self._token
        if not token:
            raise Forbidden(words("slack_not_installed"))
        return token

    async def call(
        self, team: str, method: str, /, *, patient: bool = False, **arguments: Any
    ) -> Mapping[str, Any]:
        """The answer of an `ok: true`. Arguments that are None are left out.

        `RateLimited`, `TargetGone`, `Forbidden`; `Unconfirmed` when it may or may not have been done;
        `PlatformError` else, retryable when nothing was done. With `patient` rate limits are waited for and
        failures tried again where that does no harm: for what nobody watches.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        if not patient:
            return await self._once(team, method, given)
        repeatable = method not in _MAKES_MORE
        return await patiently(lambda: self._once(team, method, given), self._clock, repeatable=repeatable)

    async def _once(self, team: str, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        scope = (team, method, str(arguments.get("channel", "")) if method == "chat.postMessage" else "")
        self._held(scope)
        token = await self.token_of(team)
        try:
            answer = await self._send(method, token, arguments)
        except SlackApiError as error:
            status, headers, body = _told(error.response)
            if status == 429 or (isinstance(body, dict) and body.get("error") in RATE_LIMITED):
                refused: PlatformError = self._limited(scope, headers)
            else:
                refused = translate(status, body, reads=_reads(method))
                self._note(team, method, refused)
            # The SDK's own error quotes what was sent.
            raise refused from (refused.__cause__ or Refusal(status, "ratelimited"))
        return answer

    def _note(self, team: str, method: str, refused: PlatformError) -> None:
        """What has to be mended in the Slack app, or in its workspace, is logged once."""
        told = (team, method, refused.user_message)
        if isinstance(refused, Forbidden) and told not in self._noted:
            self._noted.put(told, True)
            log.warning("slack refused", team=team, method=method, reason=refused.user_message)

    async def _send(self, method: str, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        # Of aiohttp's errors nothing is quoted: they hold addresses.
        in_json = method.startswith(_IN_JSON)
        if self._client is None or self._connections.closed:
            self._client = self.client()
        try:
            response = await self._client.api_call(
                method,
                json=dict(arguments) if in_json else None,
                data=None if in_json else {name: _field(value) for name, value in arguments.items()},
                headers={"Authorization": f"Bearer {token}"},
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise unreachable() from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise (unreachable() if _reads(method) else lost()) from error
        except AttributeError as error:
            # That is what the SDK makes of plain text, such as a proxy's.
            raise (unreachable() if _reads(method) else lost()) from error
        return response.data if isinstance(response.data, dict) else {}

    def _held(self, scope: tuple[str, str, str]) -> None:
        until = self._until.get(scope)
        if until is None:
            return
        wait = until - self._clock.now()
        if wait > 0:
            raise RateLimited(words("slack_busy"), wait)
        del self._until[scope]

    def _limited(self, scope: tuple[str, str, str], headers: Mapping[str, str]) -> RateLimited:
        told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
        try:
            wait = max(0.0, float(told))
        except ValueError:
            wait = _BLIND_SECONDS
        now = self._clock.now()
        if len(self._until) >= _MOST_HELD:
            self._until = {one: until for one, until in self._until.items() if until > now}
        self._until[scope] = now + wait
        log.warning("slack rate limit", team=scope[0], method=scope[1], seconds=round(wait, 3))
        return RateLimited(words("slack_busy"), wait)

    # Files

    async def send_bytes(self, team: str, part: Part) -> str:
        """The first two steps of an upload; gives the file's id. Nobody sees it yet: all of it may be repeated."""
        announced = await self.call(
            team,
            "files.getUploadURLExternal",
            filename=part.name,
            length=len(part.data),
            alt_txt=part.alt or None,
            snippet_type=part.snippet or None,
        )
        # Bytes as such would be sent in one go, and hold up everything.
        data, timeout = io.BytesIO(part.data), _timeout(len(part.data))
        try:
            async with self.session().post(
                str(announced["upload_url"]), data=data, proxy=self._proxy, timeout=timeout
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable() from error
        if status >= 500 or status == 429:
            raise unreachable()
        if status != 200:
            raise PlatformError(words("slack_refused", reason=f"upload {status}"))
        return str(announced["file_id"])

    async def upload(
        self, team: str, files: Sequence[Part], *, channel: str = "", thread: str = "", comment: str = ""
    ) -> tuple[str, ...]:
        """Upload in three steps, into a channel or for blocks to name; gives the ids of the files.

        The message that holds them comes later: `files.info` names it. `Unconfirmed` when the last answer was
        lost.
        """
        ids = [await self.send_bytes(team, part) for part in files]
        await self.complete(team, ids, [part.name for part in files], channel, thread, comment)
        return tuple(ids)

    async def complete(
        self,
        team: str,
        ids: Sequence[str],
        names: Sequence[str],
        channel: str = "",
        thread: str = "",
        comment: str = "",
    ) -> None:
        """The third step."""
        await self.call(
            team,
            "files.completeUploadExternal",
            files=[{"id": one, "title": name} for one, name in zip(ids, names, strict=True)],
            channel_id=channel or None,
            thread_ts=thread or None,
            initial_comment=comment or None,
        )

    @asynccontextmanager
    async def download(self, team: str, url: str, limit: int) -> AsyncGenerator[AsyncIterator[bytes]]:
        """The bytes of a file of Slack's, as they come. `TargetGone`, `Forbidden`, else `PlatformError`.

        The token goes to Slack's own hosts alone, and along no redirection. At most a chunk above `limit` comes.
        """
        if not self._is_slack(url):
            raise TargetGone(words("slack_gone_file"))
        headers = {"Authorization": f"Bearer {await self.token_of(team)}"}
        try:
            async with self.session().get(
                url, headers=headers, proxy=self._proxy, allow_redirects=False, timeout=_timeout(limit)
            ) as answer:
                _check_download(answer)
                yield _chunks(answer, limit)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable() from error

    def _is_slack(self, url: str) -> bool:
        asked, ours = urlsplit(url), urlsplit(self._url)
        if (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc):
            return True
        host = asked.hostname or ""
        return asked.scheme == "https" and any(host == one or host.endswith(f".{one}") for one in _OF_SLACK)


async def _chunks(answer: aiohttp.ClientResponse, limit: int) -> AsyncIterator[bytes]:
    taken = 0
    async for chunk in answer.content.iter_chunked(_CHUNK):
        yield chunk
        taken += len(chunk)
        if taken > limit:
            return


def _check_download(answer: aiohttp.ClientResponse) -> None:
    """A login page, at once or by redirection, is what Slack gives to a token that may not read files."""
    if answer.status >= 500 or answer.status == 429:
        raise unreachable()
    page = answer.content_type == "text/html" and "attachment" not in answer.headers.get("Content-Disposition", "")
    if answer.status in (301, 302, 303, 307, 308, 401, 403) or (answer.status == 200 and page):
        raise Forbidden(words("slack_no_scope", scope="files:read"))
    if answer.status != 200:
        raise TargetGone(words("slack_gone_file"))


def _reads(method: str) -> bool:
    return method in _READS or method.startswith(_READING)


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _told(response: Any) -> tuple[int, Mapping[str, str], Any]:
    """Status, headers and body of the SDK's answer, or of aiohttp's where the body could not be read."""
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    return status, getattr(response, "headers", {}), getattr(response, "data", None)


def _timeout(size: int) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=ANSWER_SECONDS + size / _BYTES_PER_SECOND, sock_connect=CONNECT_SECONDS)


__all__ = ["URL", "Api", "Part", "code_of"]

"""The web protocol's other side: a client that applies frames as the widget does, and checks each one.

`WebClient.seen()` is what a person would see. The client keeps what was not acknowledged and sends it again after
a reconnect; a gap in the numbers makes it resume.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import resources
from typing import Any

import aiohttp
from jsonschema import Draft202012Validator

from trunkline_bridges.web import patches

PATIENCE = 15.0
"""Seconds after which something awaited counts as never coming."""

_NUMBERS = itertools.count(1)


class Schema:
    """The protocol's schema, every described object closed, by frame type."""

    def __init__(self) -> None:
        file = resources.files("trunkline_bridges.web").joinpath("protocol/v1.schema.json")
        self._schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
        self._close(self._schema)
        definitions = self._schema["$defs"]
        self._validators: dict[str, Draft202012Validator] = {}
        for member in definitions["ServerFrame"]["oneOf"]:
            name = member["$ref"].removeprefix("#/$defs/")
            self._validators[definitions[name]["properties"]["type"]["const"]] = self.of(name)

    def of(self, definition: str) -> Draft202012Validator:
        return Draft202012Validator({"$defs": self._schema["$defs"], "$ref": f"#/$defs/{definition}"})

    def check(self, frame: Mapping[str, Any]) -> None:
        self._validators[frame["type"]].validate(frame)

    def _close(self, node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object" and "properties" in node:
                node.setdefault("additionalProperties", False)
            for child in list(node.values()):
                self._close(child)
        elif isinstance(node, list):
            for child in node:
                self._close(child)


SCHEMA = Schema()


class WebClient:
    """One browser tab. `base` is the server's address without a slash at its end."""

    def __init__(self, base: str, *, app: str = "", token: str = "", origin: str = "") -> None:
        self.base = base
        self.app = app
        self.token = token
        self.origin = origin
        self.frames: list[dict[str, Any]] = []
        """Every frame that came, in order."""
        self.sounds: list[bytes] = []
        """Every binary frame that came, in order."""
        self.errors: list[dict[str, Any]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        """The answer to each command, by its id: an ack, an error, or what was asked for."""
        self.turns: dict[int, dict[str, Any]] = {}
        self.settings: dict[str, Any] = {}
        self.conversations: list[dict[str, Any]] = []
        self.conversation = 0
        self.stream = ""
        self.seq = 0
        self.title = ""
        self.more = False
        self.welcome: dict[str, Any] = {}
        self.close_code: int | None = None
        self.lose: Callable[[dict[str, Any]], bool] = lambda _: False
        """Frames for which it says so are lost on the way."""
        self.resumes = 0
        self.snapshots = 0
        self._unanswered: dict[str, dict[str, Any]] = {}
        self._awaiting_state = False
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self._failure: BaseException | None = None

    async def __aenter__(self) -> WebClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def connect(self, *, wait: bool = True, **hello: Any) -> dict[str, Any]:
        """Say hello, resuming where the client stands; returns `welcome` once the conversation is shown."""
        headers = {"Origin": self.origin} if self.origin else {}
        self._http = self._http or aiohttp.ClientSession()
        self.close_code = None
        self.welcome = {}
        self._socket = await self._http.ws_connect(f"{self.base}/ws", headers=headers, max_msg_size=0)
        frame: dict[str, Any] = {"type": "hello", "protocol": 1, "locale": "en", "app": self.app}
        if self.token:
            frame["visitor_token"] = self.token
        if self.stream and self.stream != "new":
            frame["resume"] = {"conversation": self.conversation, "stream": self.stream, "after": self.seq}
        await self._socket.send_json({**frame, **hello})
        self._awaiting_state = True
        self._reader = asyncio.create_task(self._read(self._socket))
        if wait:
            await self.until(lambda: bool(self.welcome) and not self._awaiting_state)
        return self.welcome

    async def drop(self) -> None:
        """Lose the connection without a word."""
        socket, reader = self._socket, self._reader
        if socket is not None and reader is not None:
            # At once: two may want it dropped.
            self._socket = self._reader = None
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            response = socket._response
            if response.connection is not None and response.connection.transport is not None:
                response.connection.transport.abort()
            with suppress(aiohttp.ClientError, ConnectionError):
                await socket.close()
            response.close()

    async def leave(self) -> None:
        await self.drop()
        if self._http is not None:
            await self._http.close()
            self._http = None
        if self._failure is not None:
            raise self._failure

    def command(self, kind: str, **members: Any) -> dict[str, Any]:
        """A command's frame with an id of its own, for the open conversation."""
        frame: dict[str, Any] = {"type": kind, "id": f"test-{next(_NUMBERS):06d}-{secrets.token_hex(3)}"}
        if not kind.startswith(("conversation.", "identify", "context", "forget")):
            frame["conversation"] = self.conversation
        return {**frame, **members}

    async def give(self, frame: dict[str, Any]) -> None:
        """Send a frame; a command is kept until it is answered."""
        if "id" in frame:
            self._unanswered[frame["id"]] = frame
        if self._socket is not None and not self._socket.closed:
            try:
                await self._socket.send_json(frame)
            except (aiohttp.ClientError, ConnectionError):
                return

    async def ask(self, kind: str, **members: Any) -> dict[str, Any]:
        """Give a command and wait for its answer."""
        frame = self.command(kind, **members)
        await self.give(frame)
        return await self.answer(frame["id"])

    async def say(self, text: str, *media: Mapping[str, Any], **members: Any) -> dict[str, Any]:
        parts: list[Any] = [{"type": "text", "text": text}] if text else []
        return await self.ask("send", parts=[*parts, *media], **members)

    async def raw(self, text: str) -> None:
        assert self._socket is not None
        await self._socket.send_str(text)

    async def binary(self, data: bytes) -> None:
        assert self._socket is not None
        await self._socket.send_bytes(data)

    async def answer(self, command_id: str) -> dict[str, Any]:
        await self.until(lambda: command_id in self.answers)
        return self.answers[command_id]

    async def until(self, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Returns when `holds()`; fails with what is seen when it never does."""
        try:
            async with asyncio.timeout(patience), self._news:
                await self._news.wait_for(lambda: holds() or self._failure is not None)
        except TimeoutError:
            state = {"seen": self.seen(), "errors": self.errors, "close": self.close_code}
            raise AssertionError(f"never held; the client shows {state}") from None
        if self._failure is not None:
            raise self._failure

    async def closed(self) -> int:
        """The code that the connection was closed with."""
        await self.until(lambda: self.close_code is not None)
        assert self.close_code is not None
        return self.close_code

    async def upload(
        self, name: str, data: bytes, mime: str = "", *, token: str | None = None, app: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """POST one file; the status and the answer."""
        self._http = self._http or aiohttp.ClientSession()
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name, content_type=mime or "application/octet-stream")
        headers = {"X-Trunkline-Visitor": self.token if token is None else token}
        if self.origin:
            headers["Origin"] = self.origin
        async with self._http.post(f"{self.base}/upload", params={"app": app}, data=form, headers=headers) as got:
            answer: dict[str, Any] = await got.json()
            SCHEMA.of("UploadError" if got.status >= 400 else "UploadAnswer").validate(answer)
            return got.status, answer

    # What a person sees

    def seen(self) -> list[tuple[int, str, str]]:
        """Turn, role and text of every post, in order."""
        return [
            (number, post["role"], post_text(post["body"]))
            for number, turn in sorted(self.turns.items())
            for post in turn["posts"]
        ]

    def reply(self, turn: int | None = None) -> dict[str, Any]:
        """The body of a turn's reply; the newest turn's."""
        number = max(self.turns) if turn is None else turn
        posts = [post for post in self.turns[number]["posts"] if post["role"] == "assistant"]
        body: dict[str, Any] = posts[-1]["body"]
        return body

    def replied(self, turn: int | None = None) -> str:
        number = max(self.turns, default=0) if turn is None else turn
        found = [text for t, role, text in self.seen() if t == number and role == "assistant"]
        return found[-1] if found else ""

    def state(self, turn: int | None = None) -> str:
        """The state of a turn, the newest when none is named; "" when there is none."""
        number = max(self.turns, default=0) if turn is None else turn
        return str(self.turns[number]["state"]) if number in self.turns else ""

    def view(self) -> dict[int, dict[str, Any]]:
        """All that is shown, for comparison: without what only tells how it came here, and addresses unsigned."""
        return {number: _comparable(turn) for number, turn in sorted(self.turns.items())}

    # Frames

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            while True:
                message = await socket.receive()
                if message.type is aiohttp.WSMsgType.BINARY:
                    async with self._news:
                        self.sounds.append(message.data)
                        self._news.notify_all()
                    continue
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                frame = json.loads(message.data)
                SCHEMA.check(frame)
                if not self.lose(frame):
                    async with self._news:
                        await self.take(frame)
                        self._news.notify_all()
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            self._failure = error
        async with self._news:
            self.close_code = socket.close_code or 1006
            self._news.notify_all()

    async def take(self, frame: dict[str, Any]) -> None:
        """Apply one frame as the widget does."""
        self.frames.append(frame)
        kind = frame["type"]
        if kind == "welcome":
            await self._welcomed(frame)
        elif kind == "ping":
            await self.give({"type": "pong", "t": frame["t"]})
        elif kind == "snapshot":
            self._show(frame)
        elif kind == "resumed":
            self._awaiting_state = False
        elif kind == "error":
            self.errors.append(frame)
            self._answered(frame)
        elif kind == "conversations" and "query" not in frame:
            self.conversations = frame["items"]
            self._answered(frame)
        elif "seq" in frame and kind not in {"snapshot", "resumed"}:
            await self._in_stream(frame)
        elif kind == "settings":
            self.settings = frame["values"]
        else:
            self._answered(frame)

    async def _welcomed(self, frame: dict[str, Any]) -> None:
        self.welcome = frame
        self.token = frame["visitor_token"]
        self.conversations = frame.get("conversations", [])
        for waiting in list(self._unanswered.values()):
            await self.give(waiting)

    def _answered(self, frame: dict[str, Any]) -> None:
        if "id" in frame:
            self.answers[frame["id"]] = frame
            if "retry_after" not in frame:
                self._unanswered.pop(frame["id"], None)

    def _show(self, frame: dict[str, Any]) -> None:
        self.snapshots += 1
        self._awaiting_state = False
        self.conversation, self.stream, self.seq = frame["conversation"], frame["stream"], frame["seq"]
        self.title, self.more = frame.get("title", ""), frame.get("more", False)
        self.settings = frame.get("settings", {})
        self.turns = {turn["turn"]: copy.deepcopy(turn) for turn in frame["turns"]}

    async def _in_stream(self, frame: dict[str, Any]) -> None:
        if frame["conversation"] != self.conversation or self._awaiting_state or frame["seq"] <= self.seq:
            return
        if frame["seq"] > self.seq + 1 or not self._applied(frame):
            self._awaiting_state = True
            self.resumes += 1
            after = self.seq if frame["seq"] > self.seq + 1 else 0
            await self.give(
                {"type": "resume", "conversation": self.conversation, "stream": self.stream, "after": after}
            )
            return
        self.seq = frame["seq"]

    def _applied(self, frame: dict[str, Any]) -> bool:
        """Apply a frame of the stream; False when it does not fit what is shown."""
        match frame["type"]:
            case "turn":
                self._turn(frame)
            case "post.create":
                self._create(frame)
            case "cleared":
                self.turns = {}
            case "settings":
                self.settings = frame["values"]
            case _:
                return self._changed(frame)
        return True

    def _turn(self, frame: dict[str, Any]) -> None:
        number = frame["turn"]
        if "replaces" in frame:
            self.turns = {t: turn for t, turn in self.turns.items() if t < frame["replaces"] or t == number}
        if frame["state"] == "removed":
            self.turns.pop(number, None)
            return
        held = self.turns.get(number, {"posts": []})
        members = {
            key: value for key, value in frame.items() if key in {"turn", "state", "error", "queue", "started_at"}
        }
        kept: dict[str, Any] = {key: held[key] for key in ("posts", "ratings") if key in held}
        self.turns[number] = {**members, **kept}

    def _create(self, frame: dict[str, Any]) -> None:
        turn = self.turns.setdefault(frame["turn"], {"turn": frame["turn"], "state": "received", "posts": []})
        post = {key: frame[key] for key in ("post", "role", "body", "at", "client_id") if key in frame}
        turn["posts"] = [*(old for old in turn["posts"] if old["post"] != frame["post"]), post]

    def _changed(self, frame: dict[str, Any]) -> bool:
        turn = self.turns.get(frame["turn"])
        if turn is None:
            return bool(frame["type"] == "post.delete")
        if frame["type"] == "rating":
            rating: dict[str, Any] = {key: frame[key] for key in ("message", "of_user", "value") if key in frame}
            others = [old for old in turn.get("ratings", []) if not _same_message(old, rating)]
            turn["ratings"] = [*others, rating] if rating["value"] else others
            return True
        return self._change_post(turn["posts"], frame)

    def _change_post(self, posts: list[dict[str, Any]], frame: dict[str, Any]) -> bool:
        for index, post in enumerate(posts):
            if post["post"] != frame["post"]:
                continue
            if frame["type"] == "post.delete":
                del posts[index]
                return True
            if frame["type"] == "post.replace":
                posts[index] = {**post, "body": frame["body"]}
                return True
            try:
                posts[index] = {**post, "body": patches.apply(post["body"], frame["patches"])}
            except patches.PatchError:
                return False
            return True
        return bool(frame["type"] == "post.delete")


def post_text(body: Mapping[str, Any]) -> str:
    """The words of a body, thoughts apart."""
    if body["type"] == "divider":
        return str(body.get("text", ""))
    messages: Sequence[Mapping[str, Any]] = [body] if body["type"] == "message" else body.get("messages", [])
    texts = [part["text"] for message in messages for part in message["parts"] if part["type"] == "text"]
    error = body.get("error", "")
    return "\n\n".join([*texts, *([error] if error else [])])


def _same_message(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    return (a.get("message", -1), a.get("of_user", False)) == (b.get("message", -1), b.get("of_user", False))


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        told = {"at", "client_id", "started_at", "queue"}
        return {key: _comparable(member) for key, member in value.items() if key not in told and member != []}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return value.partition("?sig=")[0] if isinstance(value, str) else value

"""A small server that speaks OpenAI's chat completions, streaming and not, for `gr.load_chat`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeAlias

from aiohttp import web

Messages: TypeAlias = Sequence[Mapping[str, Any]]


def count_and_repeat(messages: Messages) -> str:
    """Says how many messages it was given, their roles, and the words of the last."""
    roles = ",".join(str(message["role"]) for message in messages)
    return f"{len(messages)} messages ({roles}): {words_of(messages[-1]['content'])}"


def words_of(content: object) -> str:
    if isinstance(content, list):
        return " ".join(str(part.get("text", f"<{part['type']}>")) for part in content)
    return str(content)


class OpenAIServer:
    """Knobs: `reply` makes the answer, `status` other than 200 refuses. `requests` holds every body received."""

    def __init__(self, reply: Callable[[Messages], str] = count_and_repeat, key: str = "secret") -> None:
        self.reply = reply
        self.status = 200
        self.requests: list[dict[str, Any]] = []
        self._key = key
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self._key}":
            return web.json_response({"error": {"message": "Incorrect API key provided."}}, status=401)
        if self.status != 200:
            return web.json_response({"error": {"message": "The model is busy."}}, status=self.status)
        body = await request.json()
        self.requests.append(body)
        text = self.reply(body["messages"])
        if not body.get("stream"):
            message = {"role": "assistant", "content": text}
            return web.json_response(_envelope(body, {"message": message, "finish_reason": "stop"}))
        return await self._stream(request, body, text)

    async def _stream(self, request: web.Request, body: dict[str, Any], text: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": piece} for piece in text.split(" ")[:1]]
        deltas += [{"content": f" {piece}"} for piece in text.split(" ")[1:]]
        for delta in deltas:
            await _send(response, _envelope(body, {"delta": delta, "finish_reason": None}))
        await _send(response, _envelope(body, {"delta": {}, "finish_reason": "stop"}))
        await response.write(b"data: [DONE]\n\n")
        return response


def _envelope(body: Mapping[str, Any], choice: Mapping[str, Any]) -> dict[str, Any]:
    kind = "chat.completion.chunk" if body.get("stream") else "chat.completion"
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, **choice}],
    }


async def _send(response: web.StreamResponse, event: Mapping[str, Any]) -> None:
    await response.write(f"data: {json.dumps(event)}\n\n".encode())

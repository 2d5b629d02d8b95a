"""The web bridge in the contract suite: each channel is a visitor, each visitor has the page open in a tab.

The server is the real one, over TCP; the tabs outlive the lives of the core and connect again, as pages do. What
is seen is what a tab shows. One visitor is alone in a chat: what other people do there is handed to the router.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from contract.harness import ANN, FakeHarness
from contract.living import LivingCore
from fakes.core import AdjustableClock
from fakes.lives import MortalBridge
from fakes.platform import Kind, Seen, Traits
from fakes.web_client import WebClient, post_text
from trunkline import codec
from trunkline.bridge import Answer, Capabilities, Core, Target
from trunkline.errors import PlatformError
from trunkline.inbound import (
    Choose,
    Clear,
    Command,
    Configure,
    DeleteConversation,
    Edit,
    ForgetMe,
    NewConversation,
    Place,
    Press,
    Rate,
    RenameConversation,
    Retry,
    Say,
    Stop,
    SwitchConversation,
    Undo,
    UseExample,
)
from trunkline.messages import Inline, Media, Part, Speaker, Text
from trunkline.services import Connected
from trunkline_bridges.web import descriptor
from trunkline_bridges.web.bridge import WebBridge
from trunkline_bridges.web.limits import CAPABILITIES
from trunkline_bridges.web.options import WebOptions

_SECRET = b"a secret of the tests, 32 bytes!"
_NO_LIMIT = 10**9
_PATIENCE = 20.0


class WebHarness(FakeHarness):
    """The fake platform's core, with a web server and its visitors in the platform's place."""

    keeps_cleared = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Traits("web", CAPABILITIES, limit=_NO_LIMIT))
        self._options = WebOptions(
            host="127.0.0.1", port=0, admin_port=0, messages_per_minute=0, commands_per_minute=0
        )
        self._bridge: WebBridge
        self._server: asyncio.Task[None] | None = None
        self._tabs: dict[str, WebClient] = {}
        self._visitors: dict[str, str] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._sent: set[str] = set()
        self._pings = itertools.count(1)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    # Lives

    async def start(self, ends_at: int | None = None) -> None:
        self._bridge = WebBridge(self._options, secret=_SECRET, default_app="app", clock=AdjustableClock())
        await super().start(ends_at)
        self._server = asyncio.create_task(self._bridge.run(cast("Core", LivingCore(self))))
        await asyncio.wait_for(self._bridge.listening(), _PATIENCE)
        # The next life listens where the pages look for it.
        self._options = self._options.model_copy(update={"port": self._bridge.port})
        for tab in self._tabs.values():
            await tab.connect()
        await self._tab("general")

    async def stop(self) -> None:
        await super().stop()
        await self._end_server()
        for tab in self._tabs.values():
            await tab.leave()

    async def kill(self) -> None:
        self.life.end()
        for tab in self._tabs.values():
            await tab.drop()
        await self._end_server()
        await super().kill()

    async def _end_server(self) -> None:
        if self._server is not None:
            self._server.cancel()
            await asyncio.wait((self._server,))
            self._server = None

    def _connection(self) -> Connected:
        return Connected(descriptor, MortalBridge(self._bridge, self.life), {})

    # What people do

    async def say(
        self, text: str, *, person: str = ANN, channel: str = "general", media: Sequence[Media] = (), key: str = ""
    ) -> Answer:
        parts: tuple[Part, ...] = (*((Text(text),) if text else ()), *media)
        if person != ANN:
            return await self._hand_over(Say(parts), person, channel)
        tab = await self._tab(channel)
        frame = tab.command("send", parts=[await self._sent_part(tab, part) for part in parts])
        if not key:
            self._written[text] = frame["id"]
            return await self._asked(tab, frame)
        frame["id"] = f"key-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        self._written[text] = frame["id"]
        if frame["id"] not in self._sent:
            self._sent.add(frame["id"])
            return await self._asked(tab, frame)
        async with WebClient(tab.base, token=tab.token) as other:
            await other.connect()
            return await self._asked(other, frame)

    async def do(
        self,
        command: Command,
        *,
        person: str = ANN,
        channel: str = "general",
        conversation: int = 0,
        key: str = "",
    ) -> Answer:
        tab = await self._tab(channel)
        gesture = _gesture(command, max(tab.turns, default=1))
        if person != ANN or gesture is None:
            return await self._hand_over(command, person, channel)
        kind, members = gesture
        frame = tab.command(kind, **members)
        if conversation:
            frame["conversation"] = conversation
        return await self._asked(tab, frame)

    async def _tab(self, channel: str) -> WebClient:
        """The page of a channel's visitor, opened when it is asked for first."""
        async with self._opening.setdefault(channel, asyncio.Lock()):
            if channel not in self._tabs:
                tab = WebClient(f"http://127.0.0.1:{self._options.port}")
                await tab.connect()
                self._tabs[channel] = tab
                self._visitors[channel] = tab.token.split(".")[1]
            return self._tabs[channel]

    async def _asked(self, tab: WebClient, frame: dict[str, Any]) -> Answer:
        """The answer to a command; what this life does not acknowledge the page sends again in the next one."""
        await tab.give(frame)
        dead = asyncio.ensure_future(self.life.ended.wait())
        answered = asyncio.ensure_future(tab.answer(frame["id"]))
        await asyncio.wait((dead, answered), return_when=asyncio.FIRST_COMPLETED)
        dead.cancel()
        if not answered.done():
            answered.cancel()
            return Answer("ignored", "nobody acknowledged it")
        found = answered.result()
        assert found["type"] == "ack", found
        return Answer(
            found["outcome"],
            found.get("text", ""),
            found.get("turn", 0),
            found.get("conversation", 0),
            found.get("detail", {}),
        )

    async def _sent_part(self, tab: WebClient, part: Part) -> dict[str, Any]:
        if not isinstance(part, Media):
            return cast("dict[str, Any]", codec.encode(part))
        assert isinstance(part.source, Inline)
        status, answer = await tab.upload(part.name, part.source.data, part.mime)
        if status >= 400:
            pytest.skip("the page refuses a file that the app does not take when it is attached")
        return {"type": "media", "source": {"upload": answer["files"][0]["upload"]}}

    async def _hand_over(self, command: Command, person: str, channel: str) -> Answer:
        """What the page has no gesture for, as it would come out of `parse.py`."""
        await self._tab(channel)
        return await self.router.accept(self._event(command, person, channel, f"web:{next(self._keys)}", ""))

    def _speaker(self, person: str, channel: str) -> Speaker:
        return Speaker("web", self._visitors[channel] if person == ANN else person.lower())

    def _target(self, person: str, channel: str) -> Target:
        return {"app": "app", "visitor": self._visitors[channel], "client_id": ""}

    def trouble(self, kind: Kind, error: PlatformError, *, after: bool = False, times: int = 1) -> bool:
        return False

    def delete_post(self, post_id: str) -> bool:
        return False

    def delete_channel(self, channel: str = "general") -> bool:
        return False

    # What people see

    def posts(self, channel: str = "general") -> list[Seen]:
        tab = self._tabs.get(channel)
        if tab is None:
            return []
        return [
            seen
            for _, turn in sorted(tab.turns.items())
            for post in turn["posts"]
            if post["role"] == "assistant"
            for seen in _seen(f"{tab.conversation}/{post['post']}", post["body"])
        ]

    async def until(self, condition: Callable[[], bool]) -> None:
        await self._tabs["general"].until(condition)

    def place(self, channel: str) -> Place:
        return Place("web", "app", channel=self._visitors.get(channel, "nobody"))

    async def _settled(self) -> None:
        """Answers come behind all that happened before them: what was pinged now shows everything."""
        await super()._settled()
        if self._server is not None:
            await asyncio.gather(*map(self._ping, self._tabs.values()))

    async def _ping(self, tab: WebClient) -> None:
        number = next(self._pings)
        await tab.give({"type": "ping", "t": number})
        await tab.until(lambda: any(f["type"] == "pong" and f["t"] == number for f in tab.frames[-20:]))


def _gesture(command: Command, newest: int) -> tuple[str, dict[str, Any]] | None:
    """The frame for a command: its type and members; None where the page has no gesture for it."""
    plain = _PLAIN.get(type(command))
    if plain is not None:
        return plain, {}
    match command:
        case Stop(turn):
            return "stop", {"turn": turn} if turn else {}
        case Choose(index, turn):
            return "choose", {"index": index, "turn": turn}
        case UseExample(index):
            return "example", {"index": index}
        case Press(button):
            return "press", {"button": button}
        case Retry(turn):
            return "retry", {"turn": turn or newest}
        case Edit(parts, turn) if turn >= 0:
            return "edit", {"turn": turn or newest, "parts": [codec.encode(part) for part in parts]}
        case Rate(value, turn):
            return "rate", {"turn": turn or newest, "value": value}
        case Configure(values):
            return "settings.set", {"values": dict(values)}
        case _:
            return _conversation_gesture(command)


_PLAIN: Mapping[type[Any], str] = {Undo: "undo", Clear: "clear", ForgetMe: "forget_me"}


def _conversation_gesture(command: Command) -> tuple[str, dict[str, Any]] | None:
    match command:
        case NewConversation(title):
            return "conversation.new", {"title": title}
        case SwitchConversation(conversation):
            return "conversation.switch", {"conversation": conversation}
        case RenameConversation(conversation, title):
            return "conversation.rename", {"conversation": conversation, "title": title}
        case DeleteConversation(conversation):
            return "conversation.delete", {"conversation": conversation}
        case _:
            return None


def _seen(name: str, body: dict[str, Any]) -> Iterator[Seen]:
    """What stands in a reply: its words and controls, then each of its files."""
    messages = body.get("messages", [])
    media = [part for message in messages for part in message["parts"] if part["type"] == "media"]
    state = body.get("state", "running")
    lines = [post_text({"type": "reply", "messages": messages})]
    lines += [f"{one['name']}: {one['error']}" for one in media if one.get("error")]
    if state != "running":
        lines += [f"({notice['text']})" for notice in body.get("notices", [])]
    lines += {"stopped": ["[stopped]"], "failed": [f"[failed] {body.get('error', '')}"]}.get(state, [])
    controls = body.get("controls", [])
    options = messages[-1].get("options", []) if messages and "choose" in controls else []
    shown = (*(f"option {option.get('label') or option['value']}" for option in options), *controls)
    yield Seen(name, "bot", "\n\n".join(line for line in lines if line), shown)
    for one in media:
        if "source" in one:
            yield Seen(f"{name}.{one['name']}", "bot", file=one["source"]["url"])

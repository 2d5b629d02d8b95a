"""The Slack bridge in the contract suite: real messages in a fake Slack, heard by the unmodified libraries.

The fake outlives the lives of the core; what a life did not acknowledge, Slack tells the next one. Where a control
stands that does what is asked for, it is pressed; everything else is handed to the router as the bridge would make
it. What is seen is what Ann sees of the bot's messages, those in threads too. Nothing is limited: the core's clock
jumps, Slack's does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from contract.discord import LateShelf, TellingCore
from contract.harness import ANN, BEN, FakeHarness
from fakes.clock import settle
from fakes.core import AdjustableClock
from fakes.lives import MortalBridge
from fakes.platform import Kind, Seen, Traits
from fakes.slack.blocks import walk
from fakes.slack.deliveries import EVENTS
from fakes.slack.people import Person
from fakes.slack.posting import interactive
from fakes.slack.readable import readable
from fakes.slack.server import FakeSlack
from fakes.slack.world import Channel, Message
from fakes.vault import MemoryVault, no_mount
from trunkline.access import Limits, Rules
from trunkline.bridge import Answer, Capabilities, Core
from trunkline.errors import Forbidden, PlatformError, RateLimited, TargetGone, Unconfirmed
from trunkline.inbound import Choose, Command, Inbound, Place, Rate, Retry, Stop, Undo
from trunkline.messages import Inline, Media
from trunkline.router import Router, RouterSettings
from trunkline.services import Connected
from trunkline.store.records import Overlap
from trunkline_bridges.slack import descriptor
from trunkline_bridges.slack.bridge import SlackBridge
from trunkline_bridges.slack.facts import Member, Spot, place_of, speaker_of, target_of
from trunkline_bridges.slack.ids import Id, read_id
from trunkline_bridges.slack.limits import CAPABILITIES, MARKDOWN
from trunkline_bridges.slack.options import SlackOptions

CHANNELS = ("general", "other", "private", "a", "b", "c")
REDELIVERY = (0.05,) * 400
"""Slack's patience, sooner: a life is short here."""
METHODS: dict[Kind, tuple[str, ...]] = {
    "create": ("chat.postMessage", "chat.startStream", "files.completeUploadExternal"),
    "edit": ("chat.update", "chat.appendStream", "chat.stopStream"),
    "append": ("chat.appendStream",),
    "delete": ("chat.delete",),
    "find": ("conversations.*",),
}
_PATIENCE = 20.0
_ASKED = re.compile(r"\A\*\*Ann\*\* chose: .*\n+")
_ENDING = re.compile(r"\n*⏹ .*$")
_CONTROLS = frozenset({"actions", "context_actions"})


class SlackHarness(FakeHarness):
    """The fake platform's core, with a Slack in the platform's place. `streaming` is the setting."""

    keeps_cleared = True

    def __init__(self, folder: Path, streaming: str = "edit") -> None:
        super().__init__(folder, Traits("slack", CAPABILITIES, limit=MARKDOWN))
        self.slack = FakeSlack()
        self.answers: dict[str, asyncio.Queue[Answer]] = {}
        self._streaming = streaming
        self._bridge: SlackBridge
        self._running_bridge: asyncio.Task[None] | None = None
        self._stack = contextlib.AsyncExitStack()
        self._channels: dict[str, Channel] = {}
        self._people: dict[str, Person] = {}
        self._messages: dict[str, Message] = {}

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    # Lives

    async def start(self, ends_at: int | None = None) -> None:
        if not self.slack.url:
            await self._stack.enter_async_context(self.slack.served())
        if not self._channels:
            self._populate()
        self._bridge = SlackBridge(
            self._options(),
            default_app="app",
            media=cast("Any", LateShelf(cast("Any", self))),
            vault=MemoryVault(),
            mount=no_mount,
            clock=AdjustableClock(),
        )
        await super().start(ends_at)
        core = TellingCore(cast("Any", self))
        self._running_bridge = asyncio.create_task(self._bridge.run(cast("Core", core)))
        await self._connected()

    async def stop(self) -> None:
        await super().stop()
        await self._end_bridge()
        await self._stack.aclose()
        self.slack.url = ""

    async def kill(self) -> None:
        self.life.end()
        await self._end_bridge()
        await super().kill()

    async def in_life(self, life: object, work: Any) -> Any:
        """What `work` gives; None when the life it belongs to ends before it is done."""
        assert life is self.life, "a bridge outlived its life"
        return await self._lives(work)

    def reconfigure(
        self, *, overlap: Overlap | None = None, limits: Limits | None = None, rules: Rules | None = None
    ) -> None:
        if rules is not None:
            # The suite names people as the fake platform does.
            ids = {name.lower(): person.id for name, person in self._people.items()}
            rules = replace(rules, block_users=frozenset(ids.get(one, one) for one in rules.block_users))
        super().reconfigure(overlap=overlap, limits=limits, rules=rules)

    async def _connected(self) -> None:
        connected = asyncio.ensure_future(self.slack.sockets.connected(self._app))
        assert self._running_bridge is not None
        await asyncio.wait((connected, self._running_bridge), return_when=asyncio.FIRST_COMPLETED)
        if self._running_bridge.done():
            connected.cancel()
            self._running_bridge.result()
        await connected

    async def _end_bridge(self) -> None:
        if self._running_bridge is not None:
            self._running_bridge.cancel()
            await asyncio.wait((self._running_bridge,))
            self._running_bridge = None
            await self.slack.world.until(lambda: not self.slack.sockets.of(self._app))

    def _populate(self) -> None:
        slack = self.slack
        slack.limits.enabled = False
        slack.deliveries.retry_after = REDELIVERY
        self._acme = slack.workspace("acme")
        self._app = slack.app(self._acme)
        for name in (ANN, BEN):
            self._people[name] = self._acme.person(name)
        self._channels = {name: self._acme.channel(name, *self._people.values(), self._app) for name in CHANNELS}

    def _options(self) -> SlackOptions:
        return SlackOptions(
            bot_token=SecretStr(self._app.token),
            app_token=SecretStr(self._app.app_token),
            channels=tuple(channel.id for channel in self._channels.values()),
            history="channel",
            streaming=cast("Any", self._streaming),
            api_url=self.slack.api,
        )

    def _route(self) -> None:
        self.router = Router(self._services, RouterSettings(self.settings, self._overlap, self._limits))
        bridge = MortalBridge(self._bridge, self.life)
        options = self._options().model_dump(mode="json")
        self.router.connect(Connected(descriptor, bridge, options), self._rules)

    def channel(self, name: str) -> Channel:
        return self._channels[name]

    def person(self, name: str) -> Person:
        return self._people[name]

    # What people do

    async def say(
        self, text: str, *, person: str = ANN, channel: str = "general", media: Sequence[Media] = (), key: str = ""
    ) -> Answer:
        known = self._messages.get(key)
        if known is None:
            files = [(one.name, one.source.data) for one in media if isinstance(one.source, Inline)]
            message = self._people[person].post(self._channels[channel], text, files=files)
            self._written[text] = message.ts
            if key:
                self._messages[key] = message
            return await self._answered(message.ts)
        deliveries = self.slack.deliveries
        told = next(one for one in deliveries.log if one.kind == EVENTS and one.event.get("ts") == known.ts)
        again = deliveries.again(told)
        await self._lives(self.slack.world.until(lambda: again.done))
        queue = self.answers[known.ts]
        # What the bridge knows to be stored it does not hand over again.
        return queue.get_nowait() if not queue.empty() else Answer("duplicate")

    async def _answered(self, name: str) -> Answer:
        queue = self.answers.setdefault(name, asyncio.Queue())
        answer = await self._lives(queue.get())
        return answer or Answer("ignored", "nobody acknowledged it")

    async def do(
        self,
        command: Command,
        *,
        person: str = ANN,
        channel: str = "general",
        conversation: int = 0,
        key: str = "",
    ) -> Answer:
        control = _control_for(command)
        if control and person == ANN and not (key or conversation):
            for message in reversed(self._ours(channel)):
                if pressed := self._press(message, *control):
                    return await self._answered(pressed)
        key = key or f"slack:handed over:{next(self._keys)}"
        return await self._deliver(self._event(command, person, channel, key, "", conversation))

    def _press(self, message: Message, op: str, turn: int, index: int) -> str:
        """The key of the event that a press makes; "" where the control does not stand."""
        ann = self._people[ANN]
        for element in _elements(ann.blocks(message)):
            found = read_id(str(element.get("action_id", "")))
            if found is None or found.op not in (op, "feedback" if op == "rate" else op):
                continue
            if turn not in (0, found.turn) or (found.op == op and found.index != index):
                continue
            label = str(index) if found.op == "feedback" else str(found)
            act = ann.click(message, label)
            return f"slack:act:{self._acme.id}:{ann.id}:{act.trigger_id}"
        return ""

    def _event(
        self, command: Command, person: str, channel: str, key: str, message_id: str, conversation: int = 0
    ) -> Inbound:
        who = self._people[person]
        member = Member(who.id, who.user.name, who.user.team_id)
        spot, at = self._spot(channel), self.clock.now()
        return Inbound(
            event_key=key,
            place=self.place(channel),
            speaker=speaker_of(member, spot.team),
            command=command,
            at=at,
            message_id=message_id,
            conversation=conversation,
            target=target_of(spot, member, at),
        )

    def _spot(self, channel: str) -> Spot:
        return Spot(self._acme.id, self._channels[channel].id)

    def place(self, channel: str = "general") -> Place:
        return place_of(self._options(), self._spot(channel), "app")

    def trouble(self, kind: Kind, error: PlatformError, *, after: bool = False, times: int = 1) -> bool:
        faults = self.slack.faults
        for method in self._methods(kind):
            match error:
                case RateLimited():
                    faults.rate_limit(method, error.retry_after, times)
                case Unconfirmed():
                    (faults.lose if after else faults.drop)(method, times)
                case TargetGone():
                    faults.error(method, "channel_not_found" if kind == "create" else "message_not_found", times)
                case Forbidden():
                    faults.error(method, "not_in_channel", times)
                case _:
                    faults.error(method, 503 if error.retryable else "invalid_arguments", times)
        return True

    def _methods(self, kind: Kind) -> tuple[str, ...]:
        return METHODS[kind]

    def delete_post(self, post_id: str) -> bool:
        self._acme.remove(self._message(post_id.partition("/")[0]))
        return True

    def _message(self, ts: str) -> Message:
        return next(channel.messages[ts] for channel in self._channels.values() if ts in channel.messages)

    def delete_channel(self, channel: str = "general") -> bool:
        self._acme.archive(self._channels[channel])
        return True

    # What people see

    def posts(self, channel: str = "general") -> list[Seen]:
        return [seen for message in self._ours(channel) for seen in self._seen(message)]

    def _ours(self, channel: str) -> list[Message]:
        bot = self._app.installs[self._acme.id].bot
        return [one for one in self.slack.world.history(self._channels[channel]) if one.user_id == bot.id]

    def _seen(self, message: Message) -> list[Seen]:
        """What stands in a message: its words and controls, then each of its files."""
        ann = self._people[ANN]
        blocks = ann.blocks(message)
        said = [block for block in blocks if block["type"] not in (*_CONTROLS, "image")]
        text = _words("\n\n".join(readable([block]) for block in said) if blocks else message.text)
        controls = tuple(_controls(blocks))
        files = [Seen(f"{message.ts}/{file.name}", "bot", file=file.name) for file in ann.files(message)]
        own = Seen(message.ts, "bot", text, controls)
        return [*([own] if (text and not files) or controls else []), *files]

    async def until(self, condition: Callable[[], bool]) -> None:
        await self.slack.world.until(condition, _PATIENCE)

    async def _settled(self) -> None:
        await super()._settled()
        await settle()


def _control_for(command: Command) -> tuple[str, int, int] | None:
    """Which control does it: op, turn (0: the newest's) and index; None where there is none."""
    match command:
        case Stop(turn):
            return "stop", turn, 0
        case Retry(turn):
            return "retry", turn, 0
        case Undo():
            return "undo", 0, 0
        case Choose(index, turn):
            return "option", turn, index
        case Rate(("Like" | "Dislike") as value, turn):
            return "rate", turn, ("Like", "Dislike").index(value)
        case _:
            return None


def _elements(blocks: Sequence[Any]) -> Iterator[Any]:
    for block in walk(list(blocks)):
        yield from interactive(block)


def _words(text: str) -> str:
    """The words in the suite's form."""
    lines = _ASKED.sub("", re.sub(r"\\([^\w\s])", r"\1", text))
    if _ENDING.search(lines):
        return "\n\n".join(filter(None, (_ENDING.sub("", lines), "[stopped]")))
    lines = re.sub(r"^⚠️ (.*)$", r"[failed] \1", lines, flags=re.MULTILINE)
    return re.sub(r"^ℹ️ (.*)$", r"(\1)", lines, flags=re.MULTILINE)


def _controls(blocks: Sequence[Any]) -> Iterator[str]:
    """Options first, as a bridge draws them; then the rest by name."""
    for block in blocks:
        if block["type"] == "context" and readable([block]).startswith("✅ "):
            yield f"chose {readable([block]).removeprefix('✅ ')}"
    for element in _elements(blocks):
        named: Id | None = read_id(str(element.get("action_id", "")))
        if named is None:
            continue
        if element["type"] == "feedback_buttons":
            yield from (element[name]["text"]["text"] for name in ("positive_button", "negative_button"))
        else:
            label = str(element.get("text", {}).get("text", ""))
            yield f"option {label}" if named.op == "option" else label

"""The Slack bridge in the contract suite: real messages in a fake Slack, heard by the unmodified libraries.

What a life did not acknowledge, Slack tells the next one. What is seen is what stands in the fake's channels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from contract.harness import ANN, BEN
from contract.served import CHANNELS, LateShelf, ServedHarness, Wording
from fakes.core import AdjustableClock
from fakes.platform import Kind, Seen, Traits
from fakes.slack.blocks import walk
from fakes.slack.deliveries import EVENTS
from fakes.slack.people import Person
from fakes.slack.posting import interactive
from fakes.slack.readable import readable
from fakes.slack.server import FakeSlack
from fakes.slack.world import Channel, Message
from fakes.vault import MemoryVault, no_mount
from trunkline.bridge import Answer, Target
from trunkline.errors import Forbidden, PlatformError, TargetGone
from trunkline.inbound import Place
from trunkline.messages import Speaker
from trunkline_bridges.slack import descriptor
from trunkline_bridges.slack.bridge import SlackBridge
from trunkline_bridges.slack.facts import Member, Spot, place_of, speaker_of, target_of
from trunkline_bridges.slack.ids import Id
from trunkline_bridges.slack.limits import CAPABILITIES, MARKDOWN
from trunkline_bridges.slack.options import SlackOptions

REDELIVERY = (0.05,) * 400
"""Slack's patience, sooner: a life is short here."""
METHODS: dict[Kind, tuple[str, ...]] = {
    "create": ("chat.postMessage", "chat.startStream", "files.completeUploadExternal"),
    "edit": ("chat.update", "chat.appendStream", "chat.stopStream"),
    "append": ("chat.appendStream",),
    "delete": ("chat.delete",),
    "find": ("conversations.*",),
}
_WORDING = Wording(
    asked=re.compile(r"\A\*\*Ann\*\* chose: .*\n+"),
    ending=re.compile(r"\n*⏹ .*$"),
    notice=re.compile(r"^ℹ️ (.*)$", re.MULTILINE),
)
_CONTROLS = frozenset({"actions", "context_actions"})


class SlackHarness(ServedHarness[Channel, Person, Message]):
    """The fake platform's core, with a Slack in the platform's place. `streaming` is the setting."""

    def __init__(self, folder: Path, streaming: str = "edit") -> None:
        self.slack = FakeSlack()
        super().__init__(folder, descriptor, Traits("slack", CAPABILITIES, limit=MARKDOWN), self.slack)
        self._streaming = streaming

    # Lives

    def _serving(self) -> AbstractAsyncContextManager[FakeSlack]:
        return self.slack.served()

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

    def _new_bridge(self) -> SlackBridge:
        return SlackBridge(
            self._options(),
            default_app="app",
            media=cast("Any", LateShelf(self)),
            vault=MemoryVault(),
            mount=no_mount,
            clock=AdjustableClock(),
        )

    async def _greeted(self) -> None:
        await self.slack.sockets.connected(self._app)

    def _hears(self) -> bool:
        return bool(self.slack.sockets.of(self._app))

    # What people do

    def _post(self, person: Person, channel: Channel, text: str, files: list[tuple[str, bytes]]) -> Message:
        return person.post(channel, text, files=files)

    def _name(self, message: Message) -> str:
        return message.ts

    async def _repeat(self, message: Message) -> Answer:
        deliveries = self.slack.deliveries
        told = next(one for one in deliveries.log if one.kind == EVENTS and one.event.get("ts") == message.ts)
        again = deliveries.again(told)
        await self._lives(self.slack.world.until(lambda: again.done))
        queue = self.answers[message.ts]
        # What the bridge knows to be stored it does not hand over again.
        return queue.get_nowait() if not queue.empty() else Answer("duplicate")

    def _press_in(self, message: Message, op: str, turn: int, index: int) -> str:
        ann = self._people[ANN]
        for element in _elements(ann.blocks(message)):
            found = Id.read(str(element.get("action_id", "")))
            if found is None or found.op not in (op, "feedback" if op == "rate" else op):
                continue
            if turn not in (0, found.turn) or (found.op == op and found.index != index):
                continue
            label = str(index) if found.op == "feedback" else str(found)
            act = ann.click(message, label)
            return f"slack:act:{self._acme.id}:{ann.id}:{act.trigger_id}"
        return ""

    def _speaker(self, person: str, channel: str) -> Speaker:
        return speaker_of(self._member(person), self._acme.id)

    def _target(self, person: str, channel: str) -> Target:
        return target_of(self._spot(channel), self._member(person), self.clock.now())

    def _member(self, person: str) -> Member:
        who = self._people[person]
        return Member(who.id, who.user.name, who.user.team_id)

    def _spot(self, channel: str) -> Spot:
        return Spot(self._acme.id, self._channels[channel].id)

    def place(self, channel: str) -> Place:
        return place_of(self._options(), self._spot(channel), "app")

    def _calls(self, kind: Kind) -> tuple[str, ...]:
        return METHODS[kind]

    def _refusal(self, kind: Kind, error: PlatformError) -> int | str:
        match error:
            case TargetGone():
                return "channel_not_found" if kind == "create" else "message_not_found"
            case Forbidden():
                return "not_in_channel"
            case _:
                return 503 if error.retryable else "invalid_arguments"

    def delete_post(self, post_id: str) -> bool:
        self._acme.remove(self._message(post_id.partition("/")[0]))
        return True

    def _message(self, ts: str) -> Message:
        return next(channel.messages[ts] for channel in self._channels.values() if ts in channel.messages)

    def delete_channel(self, channel: str = "general") -> bool:
        self._acme.archive(self._channels[channel])
        return True

    # What people see

    def _ours(self, channel: str) -> list[Message]:
        bot = self._app.installs[self._acme.id].bot
        return [one for one in self.slack.world.history(self._channels[channel]) if one.user_id == bot.id]

    def _seen(self, message: Message) -> list[Seen]:
        ann = self._people[ANN]
        blocks = ann.blocks(message)
        said = [block for block in blocks if block["type"] not in (*_CONTROLS, "image")]
        text = _WORDING.read("\n\n".join(readable([block]) for block in said) if blocks else message.text)
        controls = tuple(_controls(blocks))
        files = [Seen(f"{message.ts}/{file.name}", "bot", file=file.name) for file in ann.files(message)]
        own = Seen(message.ts, "bot", text, controls)
        return [*([own] if (text and not files) or controls else []), *files]


def _elements(blocks: Sequence[Any]) -> Iterator[Any]:
    for block in walk(list(blocks)):
        yield from interactive(block)


def _controls(blocks: Sequence[Any]) -> Iterator[str]:
    """Options first, as a bridge draws them; then the rest by name."""
    for block in blocks:
        if block["type"] == "context" and readable([block]).startswith("✅ "):
            yield f"chose {readable([block]).removeprefix('✅ ')}"
    for element in _elements(blocks):
        named: Id | None = Id.read(str(element.get("action_id", "")))
        if named is None:
            continue
        if element["type"] == "feedback_buttons":
            yield from (element[name]["text"]["text"] for name in ("positive_button", "negative_button"))
        else:
            label = str(element.get("text", {}).get("text", ""))
            yield f"option {label}" if named.op == "option" else label

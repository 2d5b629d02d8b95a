"""What the tests of pressing and commanding share: the receiver with all its listeners on the fake Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from fakes.clock import VirtualClock
from fakes.core import FakeTurn
from fakes.slack.apps import App
from fakes.slack.interactions import Act
from fakes.slack.listening import Ears, Listener, listening
from fakes.slack.people import Person
from fakes.slack.seeing import Thread
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel, Message
from trunkline.bridge import View
from trunkline.inbound import Inbound
from trunkline.messages import Message as Said
from trunkline.messages import Option, Reply, Text
from trunkline.words import words
from trunkline_bridges.slack.acting import install
from trunkline_bridges.slack.acting.menu import MESSAGE_SHORTCUTS, SHORTCUTS
from trunkline_bridges.slack.drawing.blocks import ended_controls, running_controls

COMMAND = "/trunkline"


def saying(text: str, *options: str) -> Reply:
    return Reply((Said("assistant", (Text(text),), tuple(Option(one) for one in options)),), state="final")


@dataclass
class Stage:
    """An app that people talk to and press, and the core that hears of it."""

    ears: Ears
    app: App
    core: Listener

    @property
    def slack(self) -> FakeSlack:
        return self.ears.slack

    def event(self) -> Inbound:
        """What the core heard last."""
        return self.core.events[-1]

    def profile(self, **changes: Any) -> None:
        """The app is otherwise."""
        self.core.profiles["demo"] = replace(self.core.profiles["demo"], **changes)

    async def asked(self, who: Person, channel: Channel, text: str = "hello", thread: Thread = None) -> FakeTurn:
        """A question in a channel or a direct message, which is being answered."""
        before = max(self.core.turns, default=0)
        mention = "" if channel.kind == "im" else f"{self.app.mention} "
        who.post(channel, f"{mention}{text}", thread=thread)
        await self.core.until(lambda: max(self.core.turns, default=0) > before)
        return await self.core.begun()

    async def answered(self, who: Person, channel: Channel, reply: Reply | str = "four") -> Message:
        """A question that was answered: the post with the controls."""
        turn = await self.asked(who, channel)
        made = saying(reply) if isinstance(reply, str) else reply
        await turn.finish(made)
        return await self.controls(who, channel, turn, made)

    async def controls(self, who: Person, channel: Channel, turn: FakeTurn, reply: Reply) -> Message:
        """A post with the controls of a turn, as an earlier process may have left it."""
        view = View(self.core.profiles[turn.event.place.app], turn.id, turn.event.target, words=words)
        blocks = running_controls(view) if reply.running else ended_controls(reply, view)
        sent = await self.core.api.call(
            channel.teams[0],
            "chat.postMessage",
            channel=channel.id,
            thread_ts=turn.event.target.get("thread"),
            text="controls",
            blocks=blocks,
        )
        return channel.messages[str(sent["ts"])]

    async def said(self, act: Act, who: Person) -> str:
        """What an act is answered with, for its author alone."""
        answer = await act.response()
        assert answer.only_for == who.id
        return who.text(answer)

    async def done(self, act: Act) -> None:
        """It was acknowledged, and nobody was told that it failed."""
        await act.answered()
        assert act.acknowledged
        assert not act.failed


@asynccontextmanager
async def pressing(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, **options: Any
) -> AsyncIterator[Stage]:
    async with listening(slack, app, core, clock, listeners=install, **options) as ears:
        yield Stage(ears, app, core)


def set_up(slack: FakeSlack, *workspaces: Workspace, **more: Any) -> App:
    """An app with our command and menus in its settings."""
    return slack.app(
        *workspaces,
        commands=(COMMAND, "/other"),
        shortcuts=tuple(SHORTCUTS),
        message_shortcuts=tuple(MESSAGE_SHORTCUTS),
        **more,
    )

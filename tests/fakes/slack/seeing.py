"""What a person sees in Slack's client.

reference: section 3 ("in a channel only the recipient sees the live stream; other members see the first chunk and
then nothing until stopStream"), section 2 (status slot, pinned prompts).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fakes.slack.agents import Agents
from fakes.slack.apps import App, Apps
from fakes.slack.deliveries import Deliveries
from fakes.slack.errors import Impossible, Json
from fakes.slack.events import Events
from fakes.slack.files import Files
from fakes.slack.interactions import Interactions
from fakes.slack.payloads import Payloads, stream_blocks
from fakes.slack.readable import calls, readable
from fakes.slack.streams import is_live
from fakes.slack.views import View, Views
from fakes.slack.world import IM, Channel, File, Install, Message, Stream, User, World

Thread = Message | str | None
"""A thread: by a message in it, by the `ts` of its root, or none."""


@dataclass
class Society:
    """What people act through."""

    world: World
    apps: Apps
    payloads: Payloads
    events: Events
    deliveries: Deliveries
    interactions: Interactions
    views: Views
    files: Files
    agents: Agents
    remove_app: Callable[[App, Install], None]


class Sight:
    """A person, as far as they look."""

    def __init__(self, society: Society, user: User) -> None:
        self.user = user
        self._in = society
        self._world = society.world

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def mention(self) -> str:
        return f"<@{self.user.id}>"

    def installed(self, app: App | str) -> Install:
        """Where an app is installed in this person's workspace."""
        found = self._in.apps.apps[app if isinstance(app, str) else app.id].installs.get(self.user.team_id)
        if found is None or not found.active:
            raise Impossible("the app is not installed here")
        return found

    def dm(self, app: App) -> Channel:
        """The app's Messages tab: the DM with its bot."""
        team = self._world.teams[self.user.team_id]
        return self._world.direct(team, [self.user, self.installed(app).bot])

    # Messages.

    def sees(self, channel: Channel, thread: Thread = None) -> list[Message]:
        """What stands in a conversation, or in one of its threads with the root; the oldest first."""
        if self.id not in channel.members:
            return []
        root = root_of(thread)
        if root:
            found = self._world.thread(channel, root)
        else:
            found = [each for each in self._world.history(channel) if not each.thread_ts or each.broadcast]
        mine = [
            each
            for each in self._world.ephemerals
            if each.only_for == self.id and each.channel_id == channel.id and each.thread_ts == root
        ]
        return sorted([*found, *mine], key=lambda each: each.ts)

    def _is_left_behind(self, message: Message, stream: Stream) -> bool:
        """Whether this person still only sees the beginning of a stream."""
        bystander = self._world.channels[message.channel_id].kind != IM and self.id != stream.recipient
        return bystander and stream.state == "streaming"

    def blocks(self, message: Message) -> list[Json]:
        """The blocks that this person sees of a message at this moment."""
        if message.stream is None:
            return message.blocks
        parts = message.stream.first if self._is_left_behind(message, message.stream) else message.stream.parts
        return stream_blocks(message.stream, parts) + message.blocks

    def text(self, message: Message) -> str:
        """What this person can read in a message at this moment: its blocks, or its text where it has none."""
        shown = self.blocks(message)
        attached = [
            readable(each.get("blocks") or []) or str(each.get("text", "")) for each in message.attachments
        ]
        return "\n".join(part for part in (readable(shown) if shown else message.text, *attached) if part)

    def texts(self, channel: Channel, thread: Thread = None) -> list[str]:
        return [self.text(message) for message in self.sees(channel, thread)]

    def files(self, message: Message) -> list[File]:
        """The files of a message, those that its image blocks show too."""
        shown = [str(each["slack_file"].get("id")) for each in self.blocks(message) if "slack_file" in each]
        return [*message.files, *(self._world.files[key] for key in shown if key in self._world.files)]

    def ephemerals(self, channel: Channel) -> list[Message]:
        """What only this person sees in a conversation, in its threads too."""
        return [
            each for each in self._world.ephemerals if each.only_for == self.id and each.channel_id == channel.id
        ]

    def is_called_by(self, message: Message) -> bool:
        """Whether a message rings for this person: it names them, or everybody."""
        called = calls(message.text, self.blocks(message))
        return self.id in called or bool(called & {"!channel", "!here", "!everyone"})

    def is_live(self, message: Message) -> bool:
        """Whether a message still grows before this person's eyes."""
        stream = message.stream
        return (
            stream is not None and is_live(stream, self._world.now()) and not self._is_left_behind(message, stream)
        )

    def is_broken(self, message: Message) -> bool:
        """Whether a message is a stream that nobody stopped in time: it stays as a broken pill."""
        stream = message.stream
        return stream is not None and stream.state == "streaming" and not is_live(stream, self._world.now())

    async def waits_for(
        self, channel: Channel, text: str, thread: Thread = None, seconds: float = 10.0
    ) -> Message:
        """The newest message in which a text can be read, as soon as there is one."""

        def look() -> Message | None:
            seen = reversed(self.sees(channel, thread))
            return next((each for each in seen if text in self.text(each)), None)

        found = await self._world.until(look, seconds)
        assert found is not None
        return found

    # What stands around messages.

    def home(self, app: App) -> View | None:
        """The app's Home tab."""
        return self._in.views.homes.get((app.id, self.id))

    def modal(self, app: App) -> View | None:
        """The modal on top."""
        stack = self._in.views.stack(app.id, self.user)
        return stack[-1] if stack else None

    def status(self, app: App, channel: Channel, thread: Thread) -> str:
        """What stands below a thread: "processing", free words of the app, or nothing."""
        session = self._in.agents.session(app, channel, root_of(thread))
        return session.slot if session else ""

    def title(self, app: App, channel: Channel, thread: Thread) -> str:
        """The title of an agent's session."""
        session = self._in.agents.session(app, channel, root_of(thread))
        return session.title if session else ""

    def prompts(self, app: App, thread: Thread = None) -> list[str]:
        """The titles of the prompts that an agent suggests, pinned at the top or in a thread."""
        found = self._in.agents.prompts.get((app.id, self.dm(app).id, root_of(thread)))
        return [prompt["title"] for prompt in found.prompts] if found else []


def root_of(thread: Thread) -> str:
    return thread.root_ts if isinstance(thread, Message) else thread or ""

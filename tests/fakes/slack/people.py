"""The human side: what a person writes and does in Slack's client.

A person can only do what the client would let them: `Impossible` says that a test asks for more.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

from fakes.slack.acting import Actor
from fakes.slack.apps import App
from fakes.slack.errors import Impossible, Json
from fakes.slack.payloads import rich_text, typed
from fakes.slack.seeing import Thread, root_of
from fakes.slack.streams import is_live
from fakes.slack.world import IM, Channel, File, Message

Upload = tuple[str, bytes]


class Person(Actor):
    """One user of Slack."""

    # What they write.

    def post(
        self,
        channel: Channel,
        text: str = "",
        *,
        files: Sequence[Upload] = (),
        thread: Thread = None,
        broadcast: bool = False,
    ) -> Message:
        """Write a message, in a thread if one is given. Mentions stand in it as `person.mention` has them."""
        made = [self._in.files.new(self.user, *file, processed=True) for file in files]
        return self._post(channel, text, made, thread, broadcast)

    def reply(
        self, message: Message, text: str = "", *, files: Sequence[Upload] = (), broadcast: bool = False
    ) -> Message:
        """Answer in the thread of a message."""
        channel = self._world.channels[message.channel_id]
        return self.post(channel, text, files=files, thread=message, broadcast=broadcast)

    def upload(self, channel: Channel, name: str, content: bytes, *, thread: Thread = None) -> Message:
        """Share a file without a word."""
        return self.post(channel, files=[(name, content)], thread=thread)

    def record(self, channel: Channel, sound: bytes, seconds: float = 1.0, *, thread: Thread = None) -> Message:
        """Send an audio clip. reference: section 4, "Audio clips"."""
        name = f"audio_message_{self._world.new_id('')}.mp4"
        clip = self._in.files.new(self.user, name, sound, processed=True, subtype="slack_audio", seconds=seconds)
        clip.mimetype = "audio/mp4"
        return self._post(channel, "", [clip], thread, False)

    def _post(self, channel: Channel, text: str, files: list[File], thread: Thread, broadcast: bool) -> Message:
        self._must_be_in(channel)
        if channel.archived:
            raise Impossible("the channel is archived")
        if not text.strip() and not files:
            raise Impossible("there is nothing to send")
        root = root_of(thread)
        if root and root not in channel.messages:
            raise Impossible("there is no such thread")
        if not root and self._talks_in_threads(channel):
            raise Impossible("one talks to this app in the threads of its container: `open_assistant`")
        message = Message(
            self._world.new_ts(), channel.id, self.id, text=typed(text), blocks=rich_text(typed(text))
        )
        message.files, message.thread_ts, message.broadcast = files, root, broadcast and bool(root)
        message.subtype = "file_share" if files else ""
        message.posted_at = self._world.now()
        self._world.add(message)
        self._in.events.posted(message)
        return message

    def _talks_in_threads(self, channel: Channel) -> bool:
        """The legacy `assistant_view` has a thread for every chat. reference: section 1."""
        bots = [self._world.users[key] for key in channel.members if self._world.users[key].is_bot]
        legacy = [bot for bot in bots if self._in.apps.apps[bot.app_id].agent == "assistant_view"]
        return channel.kind == IM and bool(legacy)

    def edit(self, message: Message, text: str) -> None:
        self._must_own(message)
        previous = self._in.payloads.message(message)
        message.text, message.blocks = typed(text), rich_text(typed(text))
        message.edited_ts = self._world.new_ts()
        message.edits += 1
        self._in.events.changed(message, previous)

    def delete(self, message: Message) -> None:
        """Delete one's own message, or any as an admin."""
        if not self.user.admin:
            self._must_own(message)
        channel = self._world.channels[message.channel_id]
        del channel.messages[message.ts]
        self._in.events.deleted(message)

    def react(self, message: Message, name: str) -> None:
        """React with an emoji, by its name without colons."""
        self._must_see(message)
        users = message.reactions.setdefault(name, [])
        if message.only_for or self.id in users:
            raise Impossible("this cannot be reacted to so")
        users.append(self.id)
        self._in.events.reaction("reaction_added", message, self.user, name)

    def unreact(self, message: Message, name: str) -> None:
        users = message.reactions.get(name, [])
        if self.id not in users:
            raise Impossible("there is no such reaction of theirs")
        users.remove(self.id)
        if not users:
            del message.reactions[name]
        self._in.events.reaction("reaction_removed", message, self.user, name)

    def join(self, channel: Channel) -> None:
        if channel.is_private or self.user.guest:
            raise Impossible("one must be invited to this channel")
        channel.members.append(self.id)
        self._in.events.joined(channel, self.user)

    def invite(self, channel: Channel, *who: Person | App) -> None:
        """Bring people or apps into a channel."""
        self._must_be_in(channel)
        for each in who:
            user = each.user if isinstance(each, Person) else self.installed(each).bot
            if user.id not in channel.members:
                channel.members.append(user.id)
                self._in.events.joined(channel, user)

    def leave(self, channel: Channel) -> None:
        channel.members.remove(self.id)

    # What they open.

    def open_home(self, app: App) -> None:
        """Open the app's Home tab."""
        self._open(app, "home")

    def open_messages(self, app: App) -> None:
        """Open the app's Messages tab. reference: section 2, "DM opened"."""
        self._open(app, "messages")

    def _open(self, app: App, tab: str) -> None:
        channel = self.dm(app)
        event: Json = {"type": "app_home_opened", "user": self.id, "channel": channel.id, "tab": tab}
        home = self.home(app)
        if tab == "home" and home is not None:
            event["view"] = home.written()
        self._in.events.tell(self.installed(app), "app_home_opened", event)

    def open_assistant(self, app: App, beside: Channel | None = None) -> Message:
        """Begin a chat with a legacy assistant, perhaps beside a channel: a thread opens."""
        if app.agent != "assistant_view":
            raise Impossible("only the legacy `assistant_view` has this container")
        channel, install = self.dm(app), self.installed(app)
        root = Message(self._world.new_ts(), channel.id, install.bot.id, text="New Assistant Thread")
        root.app_id, root.bot_id, root.subtype = app.id, install.bot.bot_id, "assistant_app_thread"
        self._world.add(root)
        context = {} if beside is None else {"channel_id": beside.id, "team_id": self.user.team_id}
        thread = {"user_id": self.id, "context": context, "channel_id": channel.id, "thread_ts": root.ts}
        event: Json = {"type": "assistant_thread_started", "assistant_thread": thread}
        self._in.events.tell(install, "assistant_thread_started", event, scope="assistant:write")
        return root

    def look_at(self, app: App, channel: Channel) -> None:
        """Go to a channel while the app is open beside it."""
        self._must_be_in(channel)
        if app.agent != "agent_view":
            raise Impossible("only an `agent_view` hears what one looks at")
        entity = {"type": "slack#/types/channel_id", "value": channel.id, "team_id": self.user.team_id}
        event: Json = {"type": "app_context_changed", "user": self.id, "channel": self.dm(app).id}
        event["context"] = {"entities": [entity]}
        self._in.events.tell(self.installed(app), "app_context_changed", event)

    def pick_prompt(self, app: App, title: str, *, thread: Thread = None) -> Message:
        """Press a suggested prompt: its message is sent as one's own."""
        channel = self.dm(app)
        found = self._in.agents.prompts.get((app.id, channel.id, root_of(thread)))
        for prompt in found.prompts if found else []:
            if prompt["title"] == title:
                return self.post(channel, prompt["message"], thread=thread)
        raise Impossible(f"{title!r} is not suggested")

    # Agents.

    def stop(self, app: App, channel: Channel, thread: Thread) -> None:
        """Press Stop below a thread: its streams stop, the status is the app's to change.

        reference: section 2, "Stop".
        """
        root = root_of(thread)
        session = self._in.agents.session(app, channel, root)
        if session is None or session.status != "processing":
            raise Impossible("nothing is being processed, so there is no Stop button")
        if "agent_session_stopped" not in app.events:
            raise Impossible("the loader of an app that does not subscribe to the event has no button")
        self._must_be_in(channel)
        install = self.installed(app)
        open_ones: list[str] = []
        for message in self._world.thread(channel, root):
            stream = message.stream
            if stream is not None and message.app_id == app.id and is_live(stream, self._world.now()):
                stream.state = "halted"
                open_ones.append(message.ts)
        event: Json = {"type": "agent_session_stopped", "channel": channel.id, "user": self.id, "thread_ts": root}
        event["streaming_message_ts"] = open_ones
        self._in.events.tell(install, "agent_session_stopped", event)

    def rename(self, app: App, channel: Channel, thread: Thread, title: str) -> None:
        """Give a session another title."""
        self._in.agents.retitle(app, channel, root_of(thread), title, self.user)

    # Installing.

    def approve(self, address: str) -> str:
        """Say yes on Slack's page of consent, whose address is given; returns where the browser is sent back to.

        reference: section 5, "OAuth".
        """
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        app = next(
            (each for each in self._in.apps.apps.values() if each.client_id == asked.get("client_id")), None
        )
        if app is None:
            raise Impossible("there is no app of this client id")
        team = self._world.teams[self.user.team_id]
        scopes = tuple(filter(None, asked.get("scope", "").split(",")))
        redirect = asked.get("redirect_uri", "")
        code = self._in.apps.new_code(app, team, self.id, scopes, redirect)
        return f"{redirect}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def uninstall(self, app: App) -> None:
        """Remove an app from this person's workspace."""
        if not self.user.admin:
            raise Impossible("only admins do")
        self._in.remove_app(app, self.installed(app))

    def _must_own(self, message: Message) -> None:
        there = self._world.channels[message.channel_id].messages.get(message.ts) is message
        if message.user_id != self.id or not there:
            raise Impossible("this is not one's own message")

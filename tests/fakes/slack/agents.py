"""Agent sessions, their status and title, and suggested prompts.

reference: section 2, "Agent session", "Stop".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fakes.slack.apps import App, Apps
from fakes.slack.calls import Call
from fakes.slack.errors import Json, Refused
from fakes.slack.events import Events
from fakes.slack.methods import Method, Methods
from fakes.slack.posting import Posting
from fakes.slack.world import Channel, User, World

STATUSES = frozenset({"active", "processing", "suspended", "closed"})
PROCESSING_SECONDS = 3600.0
"""reference: "The processing state clears by itself only after 1 hour"."""

WARNING = "missing_agent_session_stopped_event_subscription"
Key = tuple[str, str, str]


@dataclass(eq=False)
class Session:
    """One agent's session in a thread. `slot` is what stands below the thread: the last writer's words."""

    app_id: str
    channel_id: str
    thread_ts: str
    status: str = "active"
    title: str = ""
    initiator: str = ""
    slot: str = ""
    loading_messages: list[str] = field(default_factory=list)
    since: float = 0.0


@dataclass
class Prompts:
    title: str
    prompts: list[Json]


class Agents(Methods):
    """Sessions and prompts of all agents."""

    def __init__(self, world: World, apps: Apps, events: Events, posting: Posting) -> None:
        self.sessions: dict[Key, Session] = {}
        self.prompts: dict[Key, Prompts] = {}
        """By app, channel and thread; pinned at the top without a thread."""
        self._world = world
        self._apps = apps
        self._events = events
        self._posting = posting

    def methods(self) -> dict[str, Method]:
        either = ("assistant:write", "chat:write")
        return {
            "agents.sessions.rename": Method(self._rename, ("chat:write",)),
            "agents.sessions.setStatus": Method(self._set_status, ("chat:write",)),
            "assistant.threads.setStatus": Method(self._set_words, either),
            "assistant.threads.setSuggestedPrompts": Method(self._set_prompts, ("assistant:write",)),
            "assistant.threads.setTitle": Method(self._set_title, ("assistant:write",)),
        }

    def session(self, app: App, channel: Channel, thread: str) -> Session | None:
        """A session as it is now: processing ends by itself after an hour."""
        found = self.sessions.get((app.id, channel.id, thread))
        if found and found.status == "processing" and self._world.now() >= found.since + PROCESSING_SECONDS:
            found.status, found.slot = "active", ""
        return found

    def _app(self, call: Call) -> App:
        return self._apps.apps[call.install.app_id]

    def _agent(self, call: Call) -> App:
        """reference: "`not_authorized` when the app is not declared an agent"."""
        app = self._app(call)
        if not app.agent:
            raise Refused("not_authorized")
        return app

    def _create(self, app: App, channel: Channel, thread: str) -> Session:
        key = (app.id, channel.id, thread)
        return self.sessions.setdefault(key, Session(app.id, channel.id, thread, since=self._world.now()))

    def _change(self, session: Session, status: str) -> None:
        session.status, session.since = status, self._world.now()
        session.slot = "processing" if status == "processing" else ""
        session.loading_messages = []
        self._world.changed()

    def begin(self, call: Call, channel: Channel, thread: str) -> None:
        """A stream starts: the session is there and processes."""
        app = self._app(call)
        if app.agent:
            self._change(self._create(app, channel, thread), "processing")
            self._warn(app, call)

    def end(self, call: Call, channel: Channel, thread: str, status: str) -> None:
        """A stream stops."""
        session = self.session(self._app(call), channel, thread)
        if session is not None:
            self._change(session, status)

    def _warn(self, app: App, call: Call) -> None:
        if "agent_session_stopped" not in app.events:
            call.warnings.append(WARNING)

    def _thread(self, call: Call) -> tuple[Channel, str]:
        channel = self._posting.channel(call, "channel_id", posting=False)
        if not call.has("thread_ts"):
            # reference: "thread-based, required in channels and DMs".
            raise Refused("missing_thread_ts")
        return channel, self._posting.thread(call, channel)

    def _set_status(self, call: Call) -> Json:
        app = self._agent(call)
        channel, thread = self._thread(call)
        status, title = call.text("status"), call.text("title", "")
        if status not in STATUSES:
            raise Refused("invalid_status")
        if len(title) > 200:
            raise Refused("invalid_title")
        initiator = call.text("initiator_user_id", "")
        if initiator and initiator not in channel.members:
            raise Refused("user_not_in_channel")
        self._posting.appearance(call, call.install)
        session = self.session(app, channel, thread)
        if session is None:
            # reference: "`title` ≤200 only on create".
            session = self._create(app, channel, thread)
            session.title, session.initiator = title, initiator
        self._change(session, status)
        if status == "processing":
            self._warn(app, call)
        return {"status": status, "agent_status": status, "title": session.title}

    def _rename(self, call: Call) -> Json:
        app = self._agent(call)
        channel, thread = self._thread(call)
        title = call.text("title", error="invalid_title")
        if len(title) > 200:
            raise Refused("invalid_title")
        session = self.session(app, channel, thread)
        if session is None:
            raise Refused("session_not_found")
        session.title = title
        self._world.changed()
        return {"title": title}

    def retitle(self, app: App, channel: Channel, thread: str, title: str, user: User) -> None:
        """A person renames a session; the agent hears of it."""
        session = self._create(app, channel, thread)
        session.title = title
        event = {"type": "agent_session_title_changed", "channel": channel.id, "thread_ts": thread, "title": title}
        install = app.installs[user.team_id]
        self._events.tell(install, "agent_session_title_changed", event | {"user": user.id})

    def _set_words(self, call: Call) -> Json:
        """Free text in the same slot; an empty one clears it."""
        channel, thread = self._thread(call)
        app = self._agent(call)
        self._posting.appearance(call, call.install)
        session = self._create(app, channel, thread)
        session.slot, session.loading_messages = call.text("status", ""), call.array("loading_messages")
        session.since = self._world.now()
        self._world.changed()
        return {}

    def _set_title(self, call: Call) -> Json:
        app = self._agent(call)
        channel, thread = self._thread(call)
        self._create(app, channel, thread).title = call.text("title")
        self._world.changed()
        return {}

    def _set_prompts(self, call: Call) -> Json:
        """reference: "prompts≤4 … **without thread_ts** (pinned at the top)"."""
        app = self._agent(call)
        channel = self._posting.channel(call, "channel_id", posting=False)
        thread = self._posting.thread(call, channel)
        prompts = call.array("prompts")
        if len(prompts) > 4:
            raise Refused("too_many_prompts")
        for prompt in prompts:
            if not isinstance(prompt, dict) or not prompt.get("title") or not prompt.get("message"):
                raise Refused("invalid_arguments")
        if not thread and app.agent != "agent_view":
            raise Refused("missing_thread_ts")
        self.prompts[(app.id, channel.id, thread)] = Prompts(call.text("title", ""), prompts)
        self._world.changed()
        return {}

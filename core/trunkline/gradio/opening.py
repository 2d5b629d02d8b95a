"""What opening an app's page does: rendering what it renders, firing `load`, finding the chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import UnsupportedApp
from ..messages import Message, Reply
from .chat import RawMessage, ReplyReader
from .client import dump
from .config import AppConfig
from .graph import ChatGraph, find_chat
from .plan import View, view_of
from .session import AppSession
from .turn import ChainRun, Snapshot, Values, render_page


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings say of an app's chat: which one it is, what is bound, whether `js` steps are left out."""

    chatbot: str | None = None
    api_name: str | None = None
    ignore_js: bool = False
    bound: Mapping[str, str] = field(default_factory=dict)

    def find(self, config: AppConfig) -> ChatGraph:
        """The chat on the page. `UnsupportedApp` when there is none that can be driven from here."""
        graph = find_chat(config, chatbot=self.chatbot, api_name=self.api_name)
        if graph.js_steps and not self.ignore_js:
            raise UnsupportedApp(
                f"{config.url}: the step {', '.join(graph.js_steps)} runs JavaScript in the browser (js=), so its "
                "values would be wrong here. Set ignore_js = true for this app to leave the JavaScript out."
            )
        return graph

    def check(self, view: View) -> None:
        """`UnsupportedApp` when something is bound that the app does not have."""
        known = [item.name for item in view.inputs]
        for name in self.bound:
            if name not in known:
                url = view.graph.config.url
                names = ", ".join(known) or "none"
                raise UnsupportedApp(f"{url} has no input {name!r} to bind; its inputs are: {names}.")


async def open_page(
    config: AppConfig, known: View | None, session: AppSession, wanted: Wanted
) -> tuple[View, Values]:
    """Do what opening the page does, once per session; `known` is how the same app looked before."""
    session.loaded = True
    config = await render_page(config, session)
    if known is not None and config is known.graph.config:
        view = known
    else:
        view = view_of(wanted.find(config), wanted.bound)
    graph = view.graph
    values = Values(graph, session)
    if graph.loads is not None:
        snapshot = Snapshot(graph, ReplyReader(0, graph.config.url, skip_user=False), (), ignore)
        await ChainRun(graph, session, values, snapshot).run(graph.loads)
    session.injected = _initial_history(graph)
    return view, values


@dataclass(frozen=True, slots=True)
class Greeting:
    """What stands in the chat when its page is opened: shown messages, and those that the app sees alone."""

    shown: tuple[Message, ...] = ()
    unseen: tuple[tuple[int, RawMessage], ...] = ()
    """Each with how many shown messages stand before it."""


def greeting_of(graph: ChatGraph, values: Values) -> Greeting:
    """`AppFailed` when the chatbot's value is no chat."""
    if graph.chatbot is None:
        return Greeting()
    reader = ReplyReader(0, graph.config.url, skip_user=False)
    reader.update(values.of(graph.chatbot.id), None)
    return Greeting(reader.messages, tuple(reader.unseen()))


def ignore(reply: Reply) -> None:
    """Nobody watches this chain."""


def _initial_history(graph: ChatGraph) -> int | None:
    """The fingerprint of the history that a new session of the app starts with; None when we cannot know."""
    value = graph.chatbot.props.get("value") if graph.chatbot else None
    return hash(dump([])) if not value and graph.loads is None else None

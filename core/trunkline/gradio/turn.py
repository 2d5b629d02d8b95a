"""One turn: the app's chain fired step by step, its outputs gathered into snapshots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..errors import AppFailed
from ..messages import Artifact, Message, Notice, NoticeLevel, Reply, Text
from .attaching import filled_by
from .chain import MAX_DEPTH, Chain, changes, useful_chain
from .chat import RawMessage, ReplyReader, artifact_of, message_of
from .client import dump
from .config import AppConfig, Dependency, merge_render
from .events import Failed, Log, Position, Progress, Started, StepEvent, Stopped, Update
from .files import is_file
from .graph import ChatGraph
from .session import AppSession, Take

Outcome = Literal["done", "failed", "stopped"]
Emit = Callable[[Reply], None]
NO_REASON = "The app failed to answer. It does not say why; please try again."
_LEVELS: dict[str, NoticeLevel] = {"info": "info", "success": "info", "warning": "warning", "error": "error"}
_LEVEL_TITLES = {"info", "warning", "error", "success"}


@dataclass(slots=True)
class Values:
    """What the components hold during a turn: the turn's own values before the session's, before the defaults."""

    graph: ChatGraph
    session: AppSession
    turn: dict[int, Any] = field(default_factory=dict)

    def of(self, component_id: int) -> Any:
        component = self.graph.config.components.get(component_id)
        if component is None or component.type == "state":
            return None
        for held in (self.turn, self.session.values):
            if component_id in held:
                return held[component_id]
        return component.props.get("default_value" if component.type == "browserstate" else "value")

    def data(self, step: Dependency) -> list[Any]:
        """The inputs of a step as they are sent."""
        found = []
        for position, component_id in enumerate(step.inputs):
            value = self.of(component_id)
            if position in step.prop_inputs:
                value = {**self.graph.config.components[component_id].props, "value": value}
            found.append(value)
        return found

    def body(self, step: Dependency, trigger: int, event_data: Any = None) -> bytes:
        """What is sent to run a step; `trigger` is the component that set it off."""
        return dump(
            {
                "data": self.data(step),
                "fn_index": step.id,
                "session_hash": self.session.hash,
                "event_data": event_data,
                "trigger_id": trigger,
            }
        )

    def put(self, component_id: int, value: Any) -> None:
        """Take an output's value. What the turn set stays the turn's; what the app sets outlives it."""
        if self.graph.config.type_of(component_id) == "state":
            return
        if isinstance(value, Mapping) and value.get("__type__") == "update":
            if "value" not in value:
                return
            value = value["value"]
        chatbot = self.graph.chatbot
        slot = any(slot.id == component_id for slot in self.graph.slots)
        mine = component_id in self.turn or (chatbot is not None and component_id == chatbot.id)
        if mine:
            self.turn[component_id] = value
        if slot:
            self.session.attached.pop(component_id, None)
        if slot or (not mine and component_id in self.graph.config.read):
            self.session.values[component_id] = value


class Snapshot:
    """What is shown of a turn so far."""

    def __init__(self, graph: ChatGraph, reader: ReplyReader, notices: Sequence[Notice], emit: Emit) -> None:
        self._graph = graph
        self._reader = reader
        self._emit = emit
        self._kept = list(notices)
        self._status: dict[str, Notice] = {}
        self._artifacts: dict[int, tuple[Artifact, ...]] = {}
        self._api_messages: tuple[Message, ...] = ()
        self._shown = Reply()
        self.error = ""

    def take(self, step: Dependency, update: Update) -> None:
        """The outputs of a step that are shown: the chatbot and the additional outputs."""
        shown = False
        for position, component_id in enumerate(step.outputs):
            if position in update.touched and position < len(update.data):
                shown |= self._take_output(step, component_id, position, update)
        if shown:
            self.show()

    def _take_output(self, step: Dependency, component_id: int, position: int, update: Update) -> bool:
        value = update.data[position]
        touched = update.touched[position]
        if isinstance(value, dict) and value.get("__type__") == "update":
            if "value" not in value:
                return False
            value, touched = value["value"], None
        chatbot = self._graph.chatbot
        if chatbot is not None and component_id == chatbot.id:
            self._reader.update(value, touched)
            return True
        if chatbot is None and position == 0:
            self._api_messages = api_messages(value, self._graph.config.url)
            return True
        if component_id not in self._graph.outputs:
            return False
        component = self._graph.config.components[component_id]
        shown = artifact_of(component.type, value, component.props, self._graph.config.url, str(component_id))
        changed = self._artifacts.get(component_id, ()) != shown
        self._artifacts[component_id] = shown
        return changed

    def note(self, event: StepEvent) -> None:
        """Progress, queue position and what the app says by the way."""
        if isinstance(event, Log):
            level = _LEVELS.get(event.level, "info")
            title = "" if event.title.lower() in _LEVEL_TITLES else event.title
            self._kept.append(Notice(level, event.text, title=title))
        elif isinstance(event, Progress):
            self._status["progress"] = Notice("progress", event.text, progress=event.fraction)
        elif isinstance(event, Position):
            self._status["queue"] = Notice("queue", rank=event.rank, queue_size=event.size, eta=event.eta)
        elif isinstance(event, Started):
            if self._status.pop("queue", None) is None:
                return
        else:
            return
        self.show()

    def step_done(self) -> None:
        self._status.clear()

    def warn(self, text: str) -> None:
        self._kept.append(Notice("warning", text))

    def reply(self, state: Literal["running", "final", "stopped", "failed"]) -> Reply:
        """The snapshot; the last one keeps only the notices that a person must read."""
        notices = [*self._kept, *self._status.values()]
        if state != "running":
            notices = [notice for notice in self._kept if notice.level in ("warning", "error")]
        return Reply(
            messages=self._api_messages or self._reader.messages,
            artifacts=tuple(a for o in self._graph.outputs for a in self._artifacts.get(o, ())),
            notices=tuple(notices),
            state=state,
            error=self.error if state == "failed" else "",
            anew=self._reader.anew,
        )

    @property
    def said(self) -> tuple[Message, ...]:
        """The messages of the user as the app shows them."""
        return self._reader.said

    def unseen(self) -> list[tuple[int, RawMessage]]:
        """Messages that the app added for itself alone, as `ReplyReader.unseen` counts them."""
        return self._reader.unseen()

    def show(self) -> None:
        """Hand out the snapshot if it differs from the last one."""
        reply = self.reply("running")
        if reply != self._shown:
            self._shown = reply
            self._emit(reply)


class ChainRun:
    """Fires a chain in a session. `Snapshot` sees every event; values go from step to step."""

    def __init__(self, graph: ChatGraph, session: AppSession, values: Values, snapshot: Snapshot) -> None:
        self._graph = graph
        self._session = session
        self._values = values
        self._snapshot = snapshot
        self.current: Dependency | None = None
        """The step that runs in the app now."""

    async def run(
        self, chain: Chain, event_data: Any = None, before_second: asyncio.Future[None] | None = None
    ) -> Outcome:
        """Run a chain to its end. What `before_second` does has to be done before anything but the roots runs."""
        bodies = {root.id: self._body(root, chain, event_data) for root in chain.roots if root.id in chain.steps}
        outcome: Outcome = "done"
        for root in chain.roots:
            outcome = await self._fire(root, chain, bodies.get(root.id), 0, before_second)
            if outcome != "done":
                break
        return outcome

    async def _fire(
        self, step: Dependency, chain: Chain, body: bytes | None, depth: int, gate: asyncio.Future[None] | None
    ) -> Outcome:
        outcome: Outcome = "done"
        changed: list[int] = []
        if step.id in chain.steps:
            if gate is not None and step not in chain.roots:
                await gate
            outcome, changed = await self._step(step, body or self._body(step, chain, None))
        if outcome == "stopped":
            return outcome
        for child in self._graph.config.children.get(step.id, ()):
            if child.only_on_failure != (outcome == "failed"):
                continue
            after = await self._fire(child, chain, None, depth, gate)
            if after == "stopped" or (after == "failed" and outcome == "done"):
                outcome = after
                break
        if outcome == "done" and chain.follow_changes and depth < MAX_DEPTH:
            outcome = await self._follow(changed, depth, chain.through)
        return outcome

    async def _follow(self, changed: Sequence[int], depth: int, through: frozenset[int]) -> Outcome:
        """Fire the `change` handlers of components whose value a step changed."""
        restored = set(self._graph.inject.outputs) - through if self._graph.inject else set()
        for component_id in changed:
            roots = changes(self._graph.config, component_id)
            if not roots or component_id in restored:
                continue
            trigger = (component_id, "change")
            chain = useful_chain(self._graph.config, trigger, roots, self._graph.chatbot, self._graph.box)
            for root in chain.roots:
                outcome = await self._fire(root, chain, None, depth + 1, None)
                if outcome != "done":
                    return outcome
        return "done"

    async def announce(self, filled: Sequence[int]) -> Outcome:
        """Fire what the page fires when files are put into components."""
        config = self._graph.config
        for trigger, roots in (fired for component in filled for fired in filled_by(config, component)):
            chain = useful_chain(config, trigger, roots, self._graph.chatbot, self._graph.box)
            for root in roots:
                outcome = await self._fire(root, chain, None, 0, None)
                if outcome != "done":
                    return outcome
        return "done"

    async def heard(self, step: Dependency, update: Update, changed: Sequence[int]) -> Outcome:
        """Take what a step said that ran before, in pieces, and what it changed."""
        self._snapshot.take(step, update)
        return await self._follow(changed, 0, frozenset())

    async def _step(self, step: Dependency, body: bytes) -> tuple[Outcome, list[int]]:
        """Run one step: how it ended and which components and states it changed."""
        if not step.backend:
            return "done", []
        self.current = step
        changed: list[int] = []
        outcome: Outcome = "done"

        def take(event: StepEvent) -> None:
            nonlocal outcome
            outcome = self._take(step, event, changed)

        await run_step(self._session, step, body, take)
        self._snapshot.step_done()
        return outcome, changed

    def _take(self, step: Dependency, event: StepEvent, changed: list[int]) -> Outcome:
        if isinstance(event, Update):
            if event.final:
                changed.extend(self._put(step, event))
            self._snapshot.take(step, event)
        elif isinstance(event, Failed):
            self._snapshot.error = ": ".join(filter(None, [event.title, event.text])) or NO_REASON
            return "failed"
        elif isinstance(event, Stopped):
            return "stopped"
        else:
            self._snapshot.note(event)
        return "done"

    def _put(self, step: Dependency, update: Update) -> list[int]:
        if update.render:
            self._graph = replace(self._graph, config=merge_render(self._graph.config, update.render))
            self._values.graph = self._graph
        before = {o: self._values.of(o) for o in step.outputs if changes(self._graph.config, o)}
        for component_id, value in zip(step.outputs, update.data, strict=False):
            self._values.put(component_id, value)
        changed = [o for o, value in before.items() if self._values.of(o) != value]
        return [*changed, *update.changed_states]

    def _body(self, step: Dependency, chain: Chain, event_data: Any) -> bytes:
        return self._values.body(step, chain.trigger[0], event_data)


async def render_page(config: AppConfig, session: AppSession) -> AppConfig:
    """`config` with what the page renders when it opens; the same one when it renders nothing."""
    for step in config.dependencies.values():
        if step.render_id is None or not any(event == "load" for _, event in step.targets):
            continue
        data = [
            None if config.type_of(i) == "state" else config.components[i].props.get("value") for i in step.inputs
        ]
        body = dump({"data": data, "fn_index": step.id, "session_hash": session.hash, "event_data": None})
        events: list[StepEvent] = []
        await run_step(session, step, body, events.append)
        for event in events:
            if isinstance(event, Update) and event.render:
                config = merge_render(config, event.render)
    return config


async def run_step(session: AppSession, step: Dependency, body: bytes, take: Take) -> None:
    """One step, directly where the app allows it, through its queue otherwise; `take` is called as things come."""
    if step.queue:
        await session.call(step, body, take)
    else:
        take(await session.predict(step, body))


class HistoryRefused(AppFailed):
    """The history went in by its own door and was not taken: a file in it may be gone from the app's cache."""


async def inject(graph: ChatGraph, session: AppSession, value: Sequence[Any]) -> None:
    """Make the app's states hold `value` as the history, unless they do. `HistoryRefused` if it will not."""
    step = graph.inject
    assert step is not None
    history = dump(value)
    fingerprint = hash(history)
    if session.injected == fingerprint:
        return
    head = dump({"fn_index": step.id, "session_hash": session.hash, "event_data": None, "trigger_id": None})
    body = head[:-1] + b',"data":[' + history + b"]}"
    session.injected = None
    events: list[StepEvent] = []
    await run_step(session, step, body, events.append)
    event = events[-1] if events else None
    if not isinstance(event, Update):
        reason = event.text if isinstance(event, Failed) and event.text else "it does not say why"
        raise HistoryRefused(f"The app did not take the history of this conversation: {reason}.")
    session.injected = fingerprint


def api_messages(value: Any, root: str) -> tuple[Message, ...]:
    """What a public endpoint answered: it sends what its function returned, without a chatbot's care."""
    if value is None or value == "":
        return ()
    if isinstance(value, list) and value and all(isinstance(v, Mapping) and "content" in v for v in value):
        return tuple(message_of(v, root, str(i)) for i, v in enumerate(value))
    if isinstance(value, Mapping) and "content" in value:
        return (message_of(value, root),)
    if is_file(value):
        return (message_of({"role": "assistant", "content": value}, root),)
    if isinstance(value, str):
        return (Message("assistant", (Text(value),)),)
    return (Message("assistant", (Artifact("json", value=value),)),)

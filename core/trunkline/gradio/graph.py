"""What the parts of an app are for, found by structure: pure functions over its config.

Names of functions and endpoints change between Gradio's versions and from app to app; what reads and writes
what does not. So the message box is what is sent to the chatbot's chain, the commit is what copies the chatbot
into states, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..backend import HistoryMode
from ..errors import UnsupportedApp
from .attaching import Slot, slots_of
from .chain import (
    ARTIFACT_TYPES,
    BOX_TYPES,
    INPUT_TYPES,
    STATE_TYPES,
    Chain,
    answer_steps,
    triggers,
    useful_chain,
    walk,
)
from .config import AppConfig, Component, Dependency
from .hearing import Hearing, hearings
from .page import AppButton, ChatEvent, Dataset, buttons, chat_events, dataset, example_cached, loads


@dataclass(frozen=True, slots=True)
class ChatGraph:
    """The parts of one chat on the page."""

    config: AppConfig
    history: HistoryMode
    box: Component
    submit: Chain
    chatbot: Component | None = None
    inject: Dependency | None = None
    """Copies the chatbot's value into the states that hold the history."""
    memory: frozenset[int] = frozenset()
    """States of the app's own that a turn reads and writes: they cannot be restored from outside."""
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    slots: tuple[Slot, ...] = ()
    """The inputs that take the files of a message, where the box takes none."""
    hearing: Hearing | None = None
    """Where an utterance goes in; its component is the `box` of an app that takes nothing else."""
    events: dict[ChatEvent, Chain] = field(default_factory=dict)
    loads: Chain | None = None
    dataset: Dataset | None = None
    buttons: tuple[AppButton, ...] = ()
    example_cached: bool = False
    """The chatbot's examples bring their answer along."""
    js_steps: tuple[str, ...] = ()

    @property
    def spoken_only(self) -> bool:
        """There is no box to write in."""
        return self.hearing is not None and self.box.id == self.hearing.component.id

    @property
    def tuples(self) -> bool:
        """The chatbot speaks pairs, as Gradio 5 apps that name no type do."""
        return self.chatbot is not None and self.config.major < 6 and self.chatbot.props.get("type") != "messages"

    @property
    def chain_names(self) -> tuple[str, ...]:
        """The steps of a turn, for a person to read."""
        inject = (f"{self.inject.api_name or self.inject.id} (history)",) if self.inject else ()
        fired = [d for d in walk(self.config, self.submit.roots) if d.id in self.submit.steps]
        listening = _listening(self.hearing) if self.spoken_only else ()
        return inject + tuple(str(d.api_name or d.id) for d in (*listening, *fired))


def find_chat(config: AppConfig, *, chatbot: str | None = None, api_name: str | None = None) -> ChatGraph:
    """The chat on an app's page. `chatbot` chooses one of several by label or endpoint.

    `api_name` asks for that public endpoint and nothing else. `UnsupportedApp` says what is missing.
    """
    if api_name is not None:
        return _api_chat(config, _endpoint(config, api_name))
    chatbots = [c for i in config.order if (c := config.components.get(i)) and c.type == "chatbot"]
    if not chatbots:
        endpoint = _chat_endpoint(config)
        if endpoint is None:
            raise UnsupportedApp(
                f"{config.url} has no chatbot on its page: only apps with a gr.Chatbot (gr.ChatInterface has one) "
                "or a public chat endpoint can be connected."
            )
        return _api_chat(config, endpoint)
    entries = [*_entries(config, {c.id for c in chatbots}), *_spoken_entries(config, chatbots)]
    target = _choose(config, chatbots, entries, chatbot)
    found = [entry for entry in entries if target.id in entry.chatbots]
    if not found:
        raise UnsupportedApp(
            f"{config.url}: nothing on the page sends a text to the chatbot {_name(target)}: a gr.Textbox or "
            "gr.MultimodalTextbox with a submit event, or a button beside one, is needed; or a gr.Audio whose "
            "recording is answered there."
        )
    return _blocks_chat(config, target, min(found, key=lambda entry: entry.rank))


# ---------------------------------------------------------------- where a message goes in


@dataclass(frozen=True, slots=True)
class _Entry:
    """A place where a person can send a text: its trigger, its box and the chatbots it writes."""

    trigger: tuple[int, str]
    roots: tuple[Dependency, ...]
    box: Component
    chatbots: frozenset[int]
    rank: tuple[int, int]
    hearing: Hearing | None = None


def _entries(config: AppConfig, chatbots: set[int]) -> Iterator[_Entry]:
    for trigger, roots in triggers(config).items():
        component = config.components.get(trigger[0])
        if component is None or not component.visible:
            continue
        steps = list(walk(config, roots))
        written = frozenset(chatbots.intersection(*[{o for s in steps for o in s.outputs}]))
        if not written:
            continue
        if component.type in BOX_TYPES and trigger[1] == "submit":
            yield _Entry(trigger, roots, component, written, (0, _position(config, component.id)))
        elif trigger[1] == "click" and component.type not in ("dataset", "chatbot"):
            box = _box_of(config, steps)
            if box is not None:
                yield _Entry(trigger, roots, box, written, (1, _position(config, component.id)))


def _spoken_entries(config: AppConfig, chatbots: Sequence[Component]) -> Iterator[_Entry]:
    """Where a person can only speak: the last choice."""
    for chatbot in chatbots:
        for number, hearing in enumerate(hearings(config, chatbot)):
            chain, box = hearing.chain, hearing.component
            yield _Entry(chain.trigger, chain.roots, box, frozenset({chatbot.id}), (2, number), hearing)


def _box_of(config: AppConfig, steps: Sequence[Dependency]) -> Component | None:
    """The text box that a button sends: one it reads, best one that it empties too."""
    read = [c for s in steps for i in s.inputs if (c := config.components.get(i)) and c.type in BOX_TYPES]
    written = {o for s in steps for o in s.outputs}
    visible = [c for c in read if c.visible]
    return next((c for c in visible if c.id in written), visible[0] if visible else None)


def _choose(
    config: AppConfig, chatbots: Sequence[Component], entries: Sequence[_Entry], wanted: str | None
) -> Component:
    live = [c for c in chatbots if any(c.id in entry.chatbots for entry in entries)] or list(chatbots)
    if wanted is not None:
        return _named(config, live, entries, wanted)
    if len(live) > 1:
        raise UnsupportedApp(
            f"{config.url} has {len(live)} chatbots: {_list(config, live, entries)}. "
            "Choose one by its label or endpoint with the app's setting chatbot."
        )
    return live[0]


def _named(config: AppConfig, live: Sequence[Component], entries: Sequence[_Entry], wanted: str) -> Component:
    key = wanted.strip().lstrip("/").casefold()
    matches = [c for c in live if key in {n.casefold() for n in _names(config, c, entries)}]
    if len(matches) == 1:
        return matches[0]
    problem = "no chatbot" if not matches else "more than one chatbot"
    raise UnsupportedApp(
        f"{config.url} has {problem} named {wanted!r}. Its chatbots are: {_list(config, live, entries)}."
    )


def _names(config: AppConfig, chatbot: Component, entries: Sequence[_Entry]) -> list[str]:
    elem_id = chatbot.props.get("elem_id")
    names = [chatbot.label, elem_id if isinstance(elem_id, str) else ""]
    for entry in entries:
        if chatbot.id in entry.chatbots:
            names += [d.api_name or "" for d in walk(config, entry.roots) if d.public]
    return [name for name in names if name]


def _list(config: AppConfig, chatbots: Sequence[Component], entries: Sequence[_Entry]) -> str:
    def line(chatbot: Component) -> str:
        names = _names(config, chatbot, entries)
        endpoints = [f"/{name}" for name in names if name != chatbot.label]
        return f"{_name(chatbot)} ({', '.join(endpoints)})" if endpoints else _name(chatbot)

    return ", ".join(line(chatbot) for chatbot in chatbots)


def _name(component: Component) -> str:
    return f'"{component.label}"' if component.label else f"number {component.id}"


def _position(config: AppConfig, component: int) -> int:
    return config.order.index(component) if component in config.order else len(config.order)


# ---------------------------------------------------------------- a chat of chatbot and box


def _blocks_chat(config: AppConfig, chatbot: Component, entry: _Entry) -> ChatGraph:
    inject = _injection(config, chatbot, entry.roots)
    hearing = entry.hearing or (None if inject else _hearing_beside(config, chatbot))
    steps = [*_listening(entry.hearing), *walk(config, entry.roots)]
    submit = _submit(config, chatbot, entry, inject)
    fired = [s for s in steps if s.id in submit.steps or s in _listening(entry.hearing)]
    memory = _memory(config, fired, inject)
    if entry.hearing is not None and entry.hearing.begin is not None:
        # What begins anew with each utterance is no memory.
        memory -= {o for step in entry.hearing.begin.steps for o in config.dependencies[step].outputs}
    reads_chatbot = inject is not None or any(chatbot.id in s.inputs for s in fired)
    reserved = {chatbot.id, entry.box.id}
    if hearing is not None and entry.hearing is None:
        reserved |= {hearing.component.id} - {i for s in fired for i in s.inputs}
        fired = list(dict.fromkeys((*fired, *(config.dependencies[step] for step in hearing.fired))))
    inputs = _additional_inputs(config, fired, reserved)
    return ChatGraph(
        config=config,
        history="injected" if reads_chatbot and not memory else "app",
        box=entry.box,
        submit=submit,
        chatbot=chatbot,
        inject=inject,
        memory=memory,
        inputs=inputs,
        outputs=_shown_outputs(config, fired, reserved | set(inputs)),
        slots=slots_of(config, fired, inputs, entry.box),
        hearing=hearing,
        events=chat_events(config, chatbot, entry.box, inject),
        loads=loads(config, chatbot, entry.box, inputs),
        dataset=dataset(config, chatbot, entry.box),
        buttons=buttons(config, chatbot, entry.box, submit, inject),
        example_cached=example_cached(config, chatbot),
        js_steps=_js_steps(config, steps, submit, chatbot),
    )


def _submit(config: AppConfig, chatbot: Component, entry: _Entry, inject: Dependency | None) -> Chain:
    if entry.hearing is not None:
        return entry.hearing.chain
    if inject is None:
        return useful_chain(config, entry.trigger, entry.roots, chatbot, entry.box)
    steps = answer_steps(config, list(walk(config, entry.roots)), chatbot, inject)
    return Chain(entry.trigger, entry.roots, steps, follow_changes=True)


def _hearing_beside(config: AppConfig, chatbot: Component) -> Hearing | None:
    """A microphone beside a box to write in. One that needs a browser is left out: the box is there."""
    for hearing in hearings(config, chatbot):
        if not any(config.dependencies[step].js for step in hearing.fired):
            return hearing
    return None


def _listening(hearing: Hearing | None) -> tuple[Dependency, ...]:
    return () if hearing is None or hearing.listen is None else (hearing.listen,)


def _injection(config: AppConfig, chatbot: Component, roots: Sequence[Dependency]) -> Dependency | None:
    """The handler of `clear` that copies the chatbot into states which a turn reads."""
    read = {i for s in walk(config, roots) for i in s.inputs}
    for dependency in config.children.get(None, ()):
        if (
            (chatbot.id, "clear") in dependency.targets
            and dependency.backend
            and dependency.inputs == (chatbot.id,)
            and dependency.outputs
            and all(config.type_of(o) == "state" for o in dependency.outputs)
            and read.intersection(dependency.outputs)
        ):
            return dependency
    return None


def _memory(config: AppConfig, fired: Sequence[Dependency], inject: Dependency | None) -> frozenset[int]:
    """States that a turn reads before it wrote them, and that it writes: what one turn leaves to the next."""
    restored = set(inject.outputs) if inject else set()
    written: set[int] = set()
    read: set[int] = set()
    for step in fired:
        read |= {i for i in step.inputs if config.type_of(i) == "state" and i not in written}
        written |= set(step.outputs)
    return frozenset((read & written) - restored)


def _additional_inputs(config: AppConfig, fired: Sequence[Dependency], reserved: set[int]) -> tuple[int, ...]:
    found = (i for s in fired for i in s.inputs if i not in reserved and config.type_of(i) in INPUT_TYPES)
    return tuple(dict.fromkeys(found))


def _shown_outputs(config: AppConfig, fired: Sequence[Dependency], reserved: set[int]) -> tuple[int, ...]:
    found = (
        o
        for s in fired
        for o in s.outputs
        if o not in reserved and config.type_of(o) in ARTIFACT_TYPES and config.components[o].visible
    )
    return tuple(dict.fromkeys(found))


def _js_steps(
    config: AppConfig, steps: Sequence[Dependency], submit: Chain, chatbot: Component
) -> tuple[str, ...]:
    """The steps on the way that compute in the browser."""
    found = []
    for step in steps:
        on_path = step.id in submit.steps or step.connection == "stream" or chatbot.id in step.outputs
        if step.js is not None and on_path:
            found.append(str(step.api_name or step.id))
    return tuple(found)


# ---------------------------------------------------------------- an app with nothing but an endpoint


def _endpoint(config: AppConfig, api_name: str) -> Dependency:
    key = api_name.strip().lstrip("/")
    public = [d for d in config.dependencies.values() if d.public and d.backend]
    for dependency in public:
        if dependency.api_name == key:
            return dependency
    known = ", ".join(f"/{d.api_name}" for d in public) or "none"
    raise UnsupportedApp(f"{config.url} has no public endpoint /{key}. Its endpoints are: {known}.")


def _chat_endpoint(config: AppConfig) -> Dependency | None:
    public = [d for d in config.dependencies.values() if d.public and d.backend and _takes_text(config, d)]
    named = [d for d in public if d.api_name == "chat"]
    remembering = [d for d in public if _states(config, d.inputs) and _states(config, d.outputs)]
    return named[0] if named else (remembering[0] if len(remembering) == 1 else None)


def _takes_text(config: AppConfig, dependency: Dependency) -> bool:
    values = [i for i in dependency.inputs if config.type_of(i) not in STATE_TYPES]
    return bool(values) and config.type_of(values[0]) in BOX_TYPES | {"api"}


def _states(config: AppConfig, components: Iterable[int]) -> set[int]:
    return {i for i in components if config.type_of(i) == "state"}


def _api_chat(config: AppConfig, endpoint: Dependency) -> ChatGraph:
    values = [i for i in endpoint.inputs if config.type_of(i) not in STATE_TYPES]
    if not values:
        raise UnsupportedApp(f"{config.url}: the endpoint /{endpoint.api_name} takes no message.")
    box = config.components[values[0]]
    step = frozenset({endpoint.id})
    inputs = tuple(i for i in values[1:] if config.type_of(i) in INPUT_TYPES)
    return ChatGraph(
        config=config,
        history="api",
        box=box,
        submit=Chain(
            endpoint.targets[0] if endpoint.targets else (-1, ""), (endpoint,), step, follow_changes=False
        ),
        memory=frozenset(_states(config, endpoint.inputs)),
        inputs=inputs,
        slots=slots_of(config, (endpoint,), inputs, box),
        outputs=tuple(o for o in endpoint.outputs[1:] if config.type_of(o) in ARTIFACT_TYPES),
    )

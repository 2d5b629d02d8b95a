"""What a page offers beside the message box: events of the chatbot, examples, buttons, what runs on load. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .chain import Chain, answer_steps, changes, triggers, useful_chain, walk
from .config import AppConfig, Component, Dependency

ChatEvent = Literal["like", "option_select", "example_select", "retry", "undo", "edit", "clear"]
_CHAT_EVENTS: tuple[ChatEvent, ...] = (
    "like",
    "option_select",
    "example_select",
    "retry",
    "undo",
    "edit",
    "clear",
)


@dataclass(frozen=True, slots=True)
class AppButton:
    """A button of the page. `fills`: it puts a chat of its own into the chatbot, in place of what stands there."""

    component: Component
    chain: Chain
    effect: Literal["turn", "stop", "quiet"]
    fills: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table of examples with a click handler. `cached`: the click brings the answer along."""

    component: Component
    columns: tuple[int, ...]
    chain: Chain
    cached: bool


def chat_events(
    config: AppConfig, chatbot: Component, box: Component, inject: Dependency | None
) -> dict[ChatEvent, Chain]:
    started = triggers(config)
    found: dict[ChatEvent, Chain] = {}
    for event in _CHAT_EVENTS:
        roots = started.get((chatbot.id, event))
        if roots:
            found[event] = _event_chain(config, (chatbot.id, event), roots, chatbot, box, inject)
    return found


def _event_chain(
    config: AppConfig,
    trigger: tuple[int, str],
    roots: Sequence[Dependency],
    chatbot: Component,
    box: Component,
    inject: Dependency | None,
) -> Chain:
    """The chain of a chatbot's event. Where the history is injected, its commit is left out as in a turn."""
    if inject is None or trigger[1] == "like":
        return useful_chain(config, trigger, roots, chatbot, box, also=(box.id,))
    steps = answer_steps(config, list(walk(config, roots)), chatbot, inject)
    return Chain(trigger, tuple(roots), steps, follow_changes=False)


def loads(config: AppConfig, chatbot: Component, box: Component, inputs: Sequence[int]) -> Chain | None:
    """The handlers that run when a page opens, as far as they touch the chat."""
    roots = tuple(d for d in config.children.get(None, ()) if any(e == "load" for _, e in d.targets))
    touched = {chatbot.id, *inputs}

    def matters(root: Dependency) -> bool:
        written = {o for s in walk(config, (root,)) for o in s.outputs}
        return bool(written & touched) or any(config.type_of(o) == "state" for o in written)

    roots = tuple(root for root in roots if root.backend and root.render_id is None and matters(root))
    if not roots:
        return None
    return useful_chain(config, roots[0].targets[0], roots, chatbot, box, also=inputs)


def dataset(config: AppConfig, chatbot: Component, box: Component) -> Dataset | None:
    """The examples table that fills the box. The one of ChatInterface is hidden when the chatbot shows them."""
    for trigger, roots in triggers(config).items():
        component = config.components.get(trigger[0])
        if component is None or component.type != "dataset" or trigger[1] not in ("click", "select"):
            continue
        columns = tuple(component.props.get("component_ids") or ())
        if box.id not in columns or not component.visible:
            continue
        chain = useful_chain(config, trigger, roots, chatbot, None, also=columns)
        cached = any(
            chatbot.id in s.outputs and s.inputs == (component.id,) for s in walk(config, roots) if s.backend
        )
        return Dataset(component, columns, chain, cached)
    return None


def example_cached(config: AppConfig, chatbot: Component) -> bool:
    roots = triggers(config).get((chatbot.id, "example_select"), ())
    steps = list(walk(config, roots))
    writers = [s for s in steps if s.backend and chatbot.id in s.outputs]
    return len(writers) == 1 and writers[0].event_data


def buttons(
    config: AppConfig, chatbot: Component, box: Component, submit: Chain, inject: Dependency | None
) -> tuple[AppButton, ...]:
    """Buttons of the app's own that write, read or stop the chat; ChatInterface's own are commands of ours."""
    if inject is not None and config.mode == "chat_interface":
        return ()
    found = []
    for trigger, roots in triggers(config).items():
        component = config.components.get(trigger[0])
        if trigger == submit.trigger or component is None or component.type != "button" or trigger[1] != "click":
            continue
        if not component.visible or set(roots) & set(submit.roots):
            continue
        through = frozenset(doors(config, roots, chatbot))
        chain = useful_chain(config, trigger, roots, chatbot, box, also=through)
        effect = _effect(config, roots, chatbot, box, submit)
        if effect in ("quiet", None) and through and not _reads(config, roots, box):
            found.append(AppButton(component, replace(chain, through=through), "turn", fills=True))
        elif effect is not None:
            found.append(AppButton(component, chain, effect))
    return tuple(found)


def doors(config: AppConfig, roots: Sequence[Dependency], chatbot: Component) -> Iterator[int]:
    """Components that a chain writes and whose `change` event copies them into the chatbot."""
    steps = [s for s in walk(config, roots) if s.backend]
    if any(chatbot.id in s.outputs for s in steps):
        return
    for component in dict.fromkeys(o for s in steps for o in s.outputs):
        copying = (s for root in changes(config, component) for s in walk(config, (root,)))
        if any(component in s.inputs and chatbot.id in s.outputs for s in copying):
            yield component


def _reads(config: AppConfig, roots: Sequence[Dependency], component: Component) -> bool:
    return any(component.id in s.inputs for s in walk(config, roots) if s.backend)


def _effect(
    config: AppConfig, roots: Sequence[Dependency], chatbot: Component, box: Component, submit: Chain
) -> Literal["turn", "stop", "quiet"] | None:
    steps = list(walk(config, roots))
    if any(set(s.cancels) & submit.steps for s in steps):
        return "stop"
    working = [s for s in steps if s.backend]
    read = {i for s in working for i in s.inputs}
    if not any(chatbot.id in s.outputs for s in working):
        return "quiet" if chatbot.id in read else None
    if box.id in read:
        # Another way to send the message.
        return None
    # What writes the chatbot without reading anything of the chat empties it: that is our Clear.
    sent = {i for s in walk(config, submit.roots) for i in s.inputs}
    return "turn" if chatbot.id in read or read & sent else None

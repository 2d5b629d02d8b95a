"""Chains of event handlers: what a trigger starts, and which of the followers have to run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .config import AppConfig, Component, Dependency

BOX_TYPES = frozenset({"textbox", "multimodaltextbox"})
STATE_TYPES = frozenset({"state", "browserstate"})
ARTIFACT_TYPES = frozenset(
    {
        "code", "json", "dataframe", "markdown", "html", "label", "highlightedtext", "image", "gallery", "plot",
        "audio", "video", "file", "number", "textbox", "annotatedimage", "model3d", "textarea", "chart",
        "lineplot", "barplot", "scatterplot",
    }
)  # fmt: skip
INPUT_TYPES = frozenset(
    {
        "textbox", "number", "slider", "checkbox", "radio", "dropdown", "checkboxgroup", "file", "datetime",
        "colorpicker", "json", "code", "image", "audio", "video",
    }
)  # fmt: skip
SLOT_TYPES = frozenset({"image", "audio", "video", "file"})
"""Components that a person puts files into."""
MAX_DEPTH = 8
"""How deep chains of `change` events are followed."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Handlers that one trigger starts, with those of their followers that have to run.

    `roots` run in this order; `steps` are the ids of all that must be fired. What follows a handler that is
    left out runs as if it had succeeded. `follow_changes` says whether `change` events are part of it; `through`
    names components whose `change` event is how the chain reaches the chat.
    """

    trigger: tuple[int, str]
    roots: tuple[Dependency, ...]
    steps: frozenset[int]
    follow_changes: bool = True
    through: frozenset[int] = frozenset()


def walk(config: AppConfig, roots: Sequence[Dependency]) -> Iterator[Dependency]:
    """`roots` and everything that follows them, depth first in the order in which it runs."""
    seen: set[int] = set()
    stack = list(reversed(roots))
    while stack:
        dependency = stack.pop()
        if dependency.id in seen:
            continue
        seen.add(dependency.id)
        yield dependency
        stack.extend(reversed(config.children.get(dependency.id, ())))


def changes(config: AppConfig, component: int) -> tuple[Dependency, ...]:
    """The handlers of a component's `change` event."""
    return tuple(d for d in config.children.get(None, ()) if (component, "change") in d.targets)


def triggers(config: AppConfig) -> dict[tuple[int, str], tuple[Dependency, ...]]:
    """Every trigger with the handlers it starts, in the app's order."""
    found: dict[tuple[int, str], list[Dependency]] = {}
    for dependency in config.children.get(None, ()):
        for target in dependency.targets:
            found.setdefault(target, []).append(dependency)
    return {target: tuple(roots) for target, roots in found.items()}


def answer_steps(
    config: AppConfig, steps: Sequence[Dependency], chatbot: Component, inject: Dependency
) -> frozenset[int]:
    """With an injected history: the step that answers, and those whose outputs it reads.

    What shows the message at once, commits the history or saves it is not needed: the answer holds the whole
    chat, and the next turn injects it.
    """
    history = set(inject.outputs)
    answers = [s for s in steps if chatbot.id in s.outputs and history.intersection(s.inputs)]
    if not answers:
        return frozenset(s.id for s in steps if s.backend and chatbot.id in s.outputs)
    answer = answers[-1]
    needed = {answer.id}
    wanted = set(answer.inputs) - history
    parent = config.dependencies.get(answer.after) if answer.after is not None else None
    while parent is not None:
        if wanted.intersection(parent.outputs):
            needed.add(parent.id)
            wanted |= set(parent.inputs) - history
        parent = config.dependencies.get(parent.after) if parent.after is not None else None
    return frozenset(needed)


def useful_chain(
    config: AppConfig,
    trigger: tuple[int, str],
    roots: Sequence[Dependency],
    chatbot: Component | None,
    box: Component | None,
    also: Iterable[int] = (),
) -> Chain:
    """The chain without what only re-enables a text box or a button.

    A handler has to run when it writes the chatbot, a state, a shown output or something in `also`, when it
    writes nothing at all (it works by side effect), or when a later handler that has to run reads its output.
    """
    steps = list(walk(config, roots))
    read = {i for s in steps for i in s.inputs}
    kept = {chatbot.id} if chatbot else set()
    kept |= set(also) | (read - ({box.id} if box else set()))
    useful = {s.id for s in steps if s.backend and _matters(config, s, kept, box)}
    for step in reversed(steps):
        if step.id not in useful and (step.backend or step.js):
            later = (d for d in walk(config, (step,)) if d.id in useful)
            if any(set(step.outputs).intersection(d.inputs) for d in later):
                useful.add(step.id)
    return Chain(trigger, tuple(roots), frozenset(useful))


def _matters(config: AppConfig, step: Dependency, kept: set[int], box: Component | None) -> bool:
    hidden = box.id if box else None
    return (
        not step.outputs
        or step.render_id is not None
        or any(
            o in kept or config.type_of(o) in STATE_TYPES or (o != hidden and _is_shown(config, o))
            for o in step.outputs
        )
    )


def _is_shown(config: AppConfig, component: int) -> bool:
    found = config.components.get(component)
    return found is not None and found.visible and found.type in ARTIFACT_TYPES

"""What an app offers, in the words of the bridges: `AppProfile` from the graph of its config. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any, get_args

from ..backend import (
    Abilities,
    Accepts,
    AppInput,
    AppProfile,
    Button,
    Choice,
    Example,
    Feedback,
    InputKind,
    Labels,
    Look,
)
from ..messages import Json, Media, Message
from .attaching import accepts_beside, slot_of
from .chain import walk
from .config import AppConfig, Component
from .files import is_file, media_of
from .graph import ChatGraph
from .hearing import accepts_speech, voice_of

_KINDS: dict[str, InputKind] = {
    "textbox": "text",
    "code": "text",
    "number": "number",
    "slider": "slider",
    "checkbox": "checkbox",
    "radio": "radio",
    "dropdown": "dropdown",
    "checkboxgroup": "multiselect",
    "file": "file",
    "image": "file",
    "audio": "file",
    "video": "file",
    "datetime": "date",
    "colorpicker": "color",
    "json": "json",
}
_ENDINGS = {"image": (".jpg", ".jpeg"), "audio": (".wav",)}
"""What clips and photos may be, where an app names endings."""
_DEFAULT_PLACEHOLDERS = {"Type a message...", "Type a message…"}
_DEFAULT_LABELS = {"", "Chatbot"}
_TAG = re.compile(r"<[^>]+>")


def build_profile(
    graph: ChatGraph, name: str, *, greeting: tuple[Message, ...] = (), bound: Sequence[str] = ()
) -> AppProfile:
    """Everything a bridge needs to know. `bound` names inputs that the operator fills: nobody sets them."""
    config = graph.config
    props = graph.chatbot.props if graph.chatbot else {}
    inputs = app_inputs(graph)
    title, description = _title(graph)
    return AppProfile(
        name=name,
        url=config.url,
        version=config.version,
        mode=config.mode,
        history=graph.history,
        title=title,
        description=description,
        placeholder=_text(props.get("placeholder")),
        input_placeholder=_own(_text(graph.box.props.get("placeholder")), _DEFAULT_PLACEHOLDERS),
        accepts=accepts_of(graph),
        voice=voice_of(config, graph.hearing, graph.outputs),
        abilities=_abilities(graph),
        feedback=_feedback(graph),
        inputs=tuple(item for item in inputs if item.name not in bound),
        outputs=tuple(config.components[o].label or config.type_of(o) for o in graph.outputs),
        examples=examples_of(graph, inputs),
        greeting=greeting,
        buttons=tuple(
            Button(str(b.component.id), _text(b.component.props.get("value")) or b.component.label, b.effect)
            for b in graph.buttons
        ),
        avatars=_avatars(props, config.url),
        latex_delimiters=_latex(props),
        line_breaks=props.get("line_breaks") is not False,
        render_markdown=props.get("render_markdown") is not False,
        labels=_labels(graph),
        look=_look(graph, props),
        theme=dict(config.theme),
        fingerprint=f"{config.app_id}/{config.version}",
        chain=graph.chain_names,
        limits=_limits(graph),
    )


def own_handlers(graph: ChatGraph) -> frozenset[Any]:
    """Commands for which the app's own handler must be fired: ChatInterface's are re-syncs and never count."""
    if graph.inject is not None and not graph.memory:
        return frozenset()
    kinds = ("retry", "undo", "edit", "clear")
    return frozenset(kind for kind in kinds if kind in graph.events and graph.events[kind].steps)


def app_inputs(graph: ChatGraph) -> tuple[AppInput, ...]:
    """The additional inputs, named as the app's API names them."""
    names: set[str] = set()
    found = []
    for component_id in graph.inputs:
        component = graph.config.components[component_id]
        name = _unique(_input_name(graph.config, component), names)
        names.add(name)
        found.append(_app_input(component, name))
    return tuple(found)


def _app_input(component: Component, name: str) -> AppInput:
    props = component.props
    kind = _KINDS[component.type]
    if component.type == "dropdown" and props.get("multiselect"):
        kind = "multiselect"
    assert kind in get_args(InputKind)
    slot = slot_of(component, written=False) if kind == "file" else None
    return AppInput(
        id=component.id,
        name=name,
        label=component.label or name,
        kind=kind,
        default=props.get("value"),
        choices=_choices(props.get("choices")),
        minimum=_number(props.get("minimum")),
        maximum=_number(props.get("maximum")),
        step=_number(props.get("step")),
        info=_text(props.get("info")),
        placeholder=_text(props.get("placeholder")),
        lines=int(props.get("lines") or 1),
        max_length=props.get("max_length") if isinstance(props.get("max_length"), int) else None,
        allow_custom=bool(props.get("allow_custom_value")),
        many=slot is not None and slot.many,
        file_types=slot.types if slot is not None else (),
        visible=component.visible,
    )


def _input_name(config: AppConfig, component: Component) -> str:
    """The parameter's name in the first endpoint that takes this component, else its label as a name."""
    for dependency in config.dependencies.values():
        names = config.info.get(dependency.api_name or "")
        if not names or component.id not in dependency.inputs:
            continue
        values = [i for i in dependency.inputs if config.type_of(i) != "state"]
        position = values.index(component.id) if component.id in values else -1
        if 0 <= position < len(names) and names[position] and not names[position].startswith("param_"):
            return names[position]
    words = re.sub(r"\W+", "_", component.label.strip().lower()).strip("_")
    return words or f"{component.type}_{component.id}"


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def _choices(raw: object) -> tuple[Choice, ...]:
    found = []
    for item in raw if isinstance(raw, list) else []:
        if isinstance(item, list | tuple) and len(item) == 2:
            found.append(Choice(str(item[0]), item[1]))
        else:
            found.append(Choice(str(item), item))
    return tuple(found)


def accepts_of(graph: ChatGraph) -> Accepts:
    """What the message box takes, or the components beside it; what the app hears."""
    return accepts_speech(_accepts_written(graph), graph.hearing, only=graph.spoken_only)


def _accepts_written(graph: ChatGraph) -> Accepts:
    box = graph.box
    props = box.props
    limit = props.get("max_length")
    limit = limit if isinstance(limit, int) else None
    if box.type != "multimodaltextbox":
        return accepts_beside(graph.slots, limit)
    sources = props.get("sources")
    sources = sources if isinstance(sources, list) else ["upload"]
    types = props.get("file_types")
    count = props.get("file_count")
    taken = tuple(str(t) for t in types) if isinstance(types, list) else ()
    return Accepts(
        files="upload" in sources,
        file_types=taken,
        max_files=1 if count == "single" else None,
        max_length=limit,
        # Its page shows a microphone whose clips it then refuses, where its types hold no sound.
        microphone="microphone" in sources and _takes(taken, "audio"),
        # The box knows no camera of its own: a photo is an upload of an image.
        camera="upload" in sources and _takes(taken, "image"),
    )


def _takes(types: Sequence[str], family: str) -> bool:
    """Whether `file_types` hold files of this family at all."""
    return not types or any(
        kind in {"file", "*"} or kind.startswith((family, *_ENDINGS[family])) for kind in types
    )


def _abilities(graph: ChatGraph) -> Abilities:
    if graph.history == "injected":
        return Abilities()
    own = own_handlers(graph)
    return Abilities(retry="retry" in own, undo="undo" in own, edit="edit" in own)


def _feedback(graph: ChatGraph) -> Feedback:
    if graph.chatbot is None or "like" not in graph.events:
        return Feedback()
    options = graph.chatbot.props.get("feedback_options")
    options = [str(o) for o in options] if isinstance(options, list) else ["Like", "Dislike"]
    return Feedback(
        like="Like" in options,
        dislike="Dislike" in options,
        others=tuple(o for o in options if o not in ("Like", "Dislike")),
        user_messages=bool(graph.chatbot.props.get("like_user_message"))
        or any(root.like_user_message for root in graph.events["like"].roots),
    )


def examples_of(graph: ChatGraph, inputs: Sequence[AppInput]) -> tuple[Example, ...]:
    """The prompts to start with: the chatbot's, else those of the examples table."""
    raw = graph.chatbot.props.get("examples") if graph.chatbot else None
    if isinstance(raw, list) and raw:
        return tuple(_chat_example(item, graph) for item in raw if isinstance(item, Mapping))
    if graph.dataset is None:
        return ()
    labels = graph.dataset.component.props.get("sample_labels")
    samples = graph.dataset.component.props.get("samples") or []
    found = []
    for number, sample in enumerate(samples):
        label = labels[number] if isinstance(labels, list) and number < len(labels) else ""
        found.append(_dataset_example(sample, str(label or ""), graph, inputs))
    return tuple(found)


def _chat_example(item: Mapping[str, Any], graph: ChatGraph) -> Example:
    icon = item.get("icon")
    root = graph.config.url
    return Example(
        text=_text(item.get("text")),
        label=_text(item.get("display_text")),
        icon=media_of(icon, root, "image") if is_file(icon) and icon.get("path") else None,
        media=_file_list(item.get("files"), root),
        cached=graph.example_cached,
    )


def _dataset_example(sample: Any, label: str, graph: ChatGraph, inputs: Sequence[AppInput]) -> Example:
    assert graph.dataset is not None
    values = dict(zip(graph.dataset.columns, sample if isinstance(sample, list) else [sample], strict=False))
    slots = [graph.box.id] if graph.spoken_only else [slot.id for slot in graph.slots]
    brought = {item.name: item.id for item in inputs if values.get(item.id) is not None and item.id not in slots}
    settings: dict[str, Json] = {name: values[component] for name, component in brought.items()}
    said = None if graph.spoken_only else values.get(graph.box.id)
    cached = graph.dataset.cached
    if isinstance(said, Mapping):
        media = _file_list(said.get("files"), graph.config.url)
        return Example(text=_text(said.get("text")), label=label, media=media, settings=settings, cached=cached)
    media = tuple(file for slot in slots for file in _slot_files(values.get(slot), graph.config.url))
    return Example(text=_text(said), label=label, media=media, settings=settings, cached=cached)


def _slot_files(raw: object, root: str) -> tuple[Media, ...]:
    """What an example puts into a component beside the box."""
    if isinstance(raw, Mapping) and is_file(raw.get("video")):
        raw = raw["video"]
    return _file_list(raw if isinstance(raw, list) else [raw], root)


def _file_list(raw: object, root: str) -> tuple[Media, ...]:
    files = [{"path": f} if isinstance(f, str) else f for f in raw] if isinstance(raw, list) else []
    return tuple(media_of(f, root) for f in files if is_file(f))


def _title(graph: ChatGraph) -> tuple[str, str]:
    """Title and description: the Markdown before the chatbot, the window's title where there is none."""
    texts: list[str] = []
    stop = graph.chatbot.id if graph.chatbot else graph.box.id
    for component_id in graph.config.order:
        if component_id == stop:
            break
        component = graph.config.components.get(component_id)
        if component is not None and component.type == "markdown" and component.visible:
            texts.append(_text(component.props.get("value")))
    texts = [text for text in texts if text.strip()]
    window = graph.config.title if graph.config.title != "Gradio" else ""
    if not texts:
        return window, ""
    first, _, rest = texts[0].strip().partition("\n")
    if not first.startswith(("#", "<h1", "<center", "<h2")):
        return window, "\n\n".join(texts)
    heading = _TAG.sub("", first).strip().lstrip("#").strip()
    return heading or window, "\n\n".join(filter(None, [rest.strip(), *texts[1:]]))


def _avatars(props: Mapping[str, Any], root: str) -> tuple[Media | None, Media | None]:
    raw = props.get("avatar_images")
    if not isinstance(raw, list) or len(raw) != 2:
        return (None, None)
    user, assistant = (media_of(item, root, "image") if is_file(item) else None for item in raw)
    return (user, assistant)


def _latex(props: Mapping[str, Any]) -> tuple[tuple[str, str, bool], ...]:
    raw = props.get("latex_delimiters")
    return tuple(
        (str(d["left"]), str(d["right"]), bool(d.get("display")))
        for d in (raw if isinstance(raw, list) else [])
        if isinstance(d, Mapping) and "left" in d and "right" in d
    )


def _labels(graph: ChatGraph) -> Labels:
    box = graph.box.props
    chatbot = graph.chatbot.label if graph.chatbot else ""
    dataset = graph.dataset.component.label if graph.dataset else ""
    accordion = next(
        (
            c.label
            for c in graph.config.components.values()
            if c.type == "accordion" and c.visible and graph.inputs
        ),
        "",
    )
    return Labels(
        submit=_text(box.get("submit_btn")),
        stop=_text(box.get("stop_btn")),
        settings="" if accordion == "Additional Inputs" else accordion,
        examples="" if dataset == "Examples" else dataset,
        chatbot="" if chatbot in _DEFAULT_LABELS else chatbot,
    )


def _look(graph: ChatGraph, chatbot: Mapping[str, Any]) -> Look:
    box = graph.box.props
    answering = [
        step.show_progress
        for step in walk(graph.config, graph.submit.roots)
        if step.id in graph.submit.steps and step.queue and graph.chatbot and graph.chatbot.id in step.outputs
    ]
    progress = answering[-1] if answering else "full"
    return Look(
        autofocus=bool(box.get("autofocus")),
        autoscroll=chatbot.get("autoscroll") is not False,
        progress="hidden" if progress == "hidden" else "minimal" if progress == "minimal" else "full",
        # Outside ChatInterface a box without a button has one beside it.
        send_button=graph.config.mode != "chat_interface" or box.get("submit_btn", True) not in (False, None),
    )


def _limits(graph: ChatGraph) -> tuple[str, ...]:
    found = []
    if graph.history == "api":
        found.append(
            "Only the public endpoint is used: media in replies are lost, and the app holds the history itself."
        )
    elif graph.memory:
        found.append("The app keeps a memory of its own (gr.State): it cannot be restored after a restart.")
    elif graph.history == "app":
        found.append("The app does not read the chat's history: what it remembers cannot be restored.")
    if graph.js_steps:
        found.append(
            f"Steps that compute in the browser are run without it (ignore_js): {', '.join(graph.js_steps)}."
        )
    return tuple(found)


def _own(text: str, defaults: Set[str]) -> str:
    """A text that the app has set; "" for one of Gradio's own, which bridges have in other languages too."""
    return "" if text in defaults else text


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

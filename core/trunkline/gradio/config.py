"""An app's `/config` and `/info`, fetched and given types.

Everything the headless front end knows of an app stands here as it was sent; what it means is `graph.py`'s.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import AppUnreachable, LoginFailed, NotGradio, UnsupportedApp
from .client import AppClient
from .theme import Theme, parse_theme

SUPPORTED = "Gradio 5 and 6"
_FIRST_MAJOR = 5
_I18N = "__i18n__"
STREAM_EVERY_SECONDS = 0.5
"""Gradio's own default."""


@dataclass(frozen=True, slots=True)
class Component:
    id: int
    type: str
    props: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Its label, "" when it has none or the app hides it in favour of nothing."""
        label = self.props.get("label")
        return label if isinstance(label, str) else ""

    @property
    def visible(self) -> bool:
        return self.props.get("visible", True) is True


@dataclass(frozen=True, slots=True)
class Dependency:
    """An event handler: what triggers it, what it reads and writes, and what follows it."""

    id: int
    targets: tuple[tuple[int, str], ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    after: int | None
    only_on_success: bool
    only_on_failure: bool
    queue: bool
    generator: bool
    backend: bool
    cancels: tuple[int, ...]
    js: str | None
    api_name: str | None
    public: bool
    event_data: bool
    connection: str
    """"stream": it takes its input in pieces, over time; else "sse"."""
    stream_every: float
    """Seconds of sound or film that such a piece holds."""
    time_limit: float | None
    """Seconds after which such a stream is over."""
    prop_inputs: frozenset[int]
    """Positions among `inputs` of components that are sent with all their properties."""
    render_id: int | None
    """It renders: its output is a container, its result a `render_config`."""
    rendered_in: int | None
    like_user_message: bool
    show_progress: str
    """"full", "minimal" or "hidden"."""


@dataclass(frozen=True, slots=True)
class AppConfig:
    url: str
    version: str
    mode: str
    prefix: str
    app_id: str
    title: str
    components: Mapping[int, Component]
    dependencies: Mapping[int, Dependency]
    order: tuple[int, ...]
    """Component ids as they stand on the page."""
    children: Mapping[int | None, tuple[Dependency, ...]]
    """What follows a dependency, in the app's order; under None what a component triggers."""
    heartbeat: bool
    """The app wants to know when a session ends."""
    read: frozenset[int]
    """Components that some handler reads or watches: the only ones whose values have to be kept between turns."""
    info: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """API name to the names of its parameters, in the order of the inputs that are no state."""
    theme: Theme = field(default_factory=dict)

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    @property
    def has_unload(self) -> bool:
        """Something waits for sessions to end: they have to be closed."""
        return any(event == "unload" for d in self.dependencies.values() for _, event in d.targets)

    def type_of(self, component: int) -> str:
        found = self.components.get(component)
        return found.type if found is not None else ""


async def fetch_config(client: AppClient) -> AppConfig:
    """Read what the app says of itself, logging in where it asks for that.

    Raises `NotGradio`, `UnsupportedApp`, `LoginFailed`, `AppUnreachable`. Sets the client's route prefix.
    """
    status, raw = await client.get(f"{client.root}/config")
    if status in (401, 403):
        raise LoginFailed(f"{client.root} refused the login.")
    if status >= 500:
        raise AppUnreachable(f"{client.root} answers with status {status}: the app does not run.")
    if status != 200 or not isinstance(raw, dict) or "dependencies" not in raw or "components" not in raw:
        raise NotGradio(
            f"{client.root} is no Gradio app: it has no /config. Give the address of the app's own page."
        )
    check_version(raw, client.root)
    client.prefix = str(raw.get("api_prefix") or "")
    info, theme = await asyncio.gather(_fetch_info(client), _fetch_theme(client))
    return parse_config(raw, client.root, info, theme)


def check_version(raw: Mapping[str, Any], url: str) -> None:
    """`UnsupportedApp` when the app's Gradio is one we cannot speak."""
    version = str(raw.get("version", ""))
    major = version.split(".")[0]
    if not major.isdigit() or int(major) < _FIRST_MAJOR:
        raise UnsupportedApp(f"{url} runs Gradio {version or '?'}; {SUPPORTED} are supported: upgrade the app.")


async def _fetch_info(client: AppClient) -> Mapping[str, Any]:
    # Undocumented endpoints name parameters too, on 6.x; older apps ignore the parameter.
    status, raw = await client.get(client.address("info?all_endpoints=true"))
    return raw if status == 200 and isinstance(raw, dict) else {}


async def _fetch_theme(client: AppClient) -> Theme:
    status, css = await client.get(f"{client.root}/theme.css")
    return parse_theme(css) if status == 200 and isinstance(css, str) else {}


def parse_config(
    raw: Mapping[str, Any], url: str, info: Mapping[str, Any] | None = None, theme: Theme | None = None
) -> AppConfig:
    """The typed view of a `/config` answer, labels resolved."""
    words = _words(raw.get("i18n_translations"))
    components = {
        item["id"]: Component(item["id"], str(item["type"]), _resolved(item.get("props") or {}, words))
        for item in raw["components"]
    }
    dependencies = {item["id"]: _dependency(item) for item in raw["dependencies"]}
    return AppConfig(
        url=url,
        version=str(raw["version"]),
        mode=str(raw.get("mode", "blocks")),
        prefix=str(raw.get("api_prefix") or ""),
        app_id=str(raw.get("app_id", "")),
        title=str(raw.get("title") or ""),
        components=components,
        dependencies=dependencies,
        order=tuple(_walk_layout(raw.get("layout") or {})),
        heartbeat=bool(raw.get("connect_heartbeat")),
        children=_children(dependencies),
        read=_read(dependencies),
        info=_parameters(info or {}),
        theme=dict(theme or {}),
    )


def merge_render(config: AppConfig, raw: Mapping[str, Any]) -> AppConfig:
    """`config` with what a `gr.render` made, in place of what it made before."""
    fresh = parse_config({"version": config.version, "components": [], "dependencies": [], **raw}, config.url)
    render_id = raw.get("render_id")
    kept = {i: d for i, d in config.dependencies.items() if render_id is None or d.rendered_in != render_id}
    dependencies = {**kept, **fresh.dependencies}
    return replace(
        config,
        components={**config.components, **fresh.components},
        dependencies=dependencies,
        order=(*config.order, *(i for i in fresh.order if i not in config.components)),
        children=_children(dependencies),
        read=_read(dependencies),
    )


def _read(dependencies: Mapping[int, Dependency]) -> frozenset[int]:
    inputs = {i for dependency in dependencies.values() for i in dependency.inputs}
    watched = {i for d in dependencies.values() for i, event in d.targets if event == "change"}
    return frozenset(inputs | watched)


def _children(dependencies: Mapping[int, Dependency]) -> dict[int | None, tuple[Dependency, ...]]:
    children: dict[int | None, list[Dependency]] = {}
    for dependency in dependencies.values():
        children.setdefault(dependency.after, []).append(dependency)
    return {parent: tuple(found) for parent, found in children.items()}


def _dependency(item: Mapping[str, Any]) -> Dependency:
    after = item.get("trigger_after")
    visibility = item.get("api_visibility")
    public = visibility == "public" if visibility is not None else item.get("show_api", True) is not False
    name = item.get("api_name")
    js = item.get("js")
    return Dependency(
        id=item["id"],
        targets=tuple((t[0], t[1]) for t in item.get("targets") or [] if t[0] is not None),
        inputs=tuple(item.get("inputs") or ()),
        outputs=tuple(item.get("outputs") or ()),
        after=after if isinstance(after, int) else None,
        only_on_success=bool(item.get("trigger_only_on_success")),
        only_on_failure=bool(item.get("trigger_only_on_failure")),
        queue=item.get("queue") is not False,
        generator=bool((item.get("types") or {}).get("generator")),
        backend=item.get("backend_fn") is not False,
        cancels=tuple(item.get("cancels") or ()),
        js=js if isinstance(js, str) and js.strip() else None,
        api_name=name if isinstance(name, str) else None,
        public=public and isinstance(name, str),
        event_data=bool(item.get("collects_event_data")),
        connection=str(item.get("connection") or "sse"),
        stream_every=_seconds(item.get("stream_every")) or STREAM_EVERY_SECONDS,
        time_limit=_seconds(item.get("time_limit")),
        prop_inputs=frozenset(item.get("component_prop_inputs") or ()),
        render_id=item.get("render_id") if not isinstance(item.get("rendered_in"), int) else None,
        rendered_in=item.get("rendered_in") if isinstance(item.get("rendered_in"), int) else None,
        like_user_message=bool(item.get("like_user_message")),
        show_progress=str(item.get("show_progress") or "full"),
    )


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None


def _parameters(info: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    named = info.get("named_endpoints") or {}
    return {
        str(path).removeprefix("/"): tuple(
            str(p.get("parameter_name") or "") for p in endpoint.get("parameters", ())
        )
        for path, endpoint in named.items()
    }


def _walk_layout(node: Mapping[str, Any]) -> list[int]:
    found: list[int] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current.get("id"), int):
            found.append(current["id"])
        stack.extend(reversed(current.get("children") or []))
    return found


def _words(translations: object) -> Mapping[str, Any]:
    if not isinstance(translations, Mapping):
        return {}
    english = translations.get("en")
    if isinstance(english, Mapping):
        return english
    return next((words for words in translations.values() if isinstance(words, Mapping)), {})


def _resolved(value: Any, words: Mapping[str, Any]) -> Any:
    """`value` with every translation marker in it exchanged for words."""
    if isinstance(value, str):
        return _translate(value, words) if _I18N in value else value
    if isinstance(value, dict):
        return {key: _resolved(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, words) for item in value]
    return value


def _translate(text: str, words: Mapping[str, Any]) -> str:
    start = text.index(_I18N)
    try:
        marker, end = json.JSONDecoder().raw_decode(text, start + len(_I18N))
        key = str(marker["key"])
    except (ValueError, KeyError, TypeError):
        return text
    return text[:start] + _word(key, words) + text[end:]


# The texts of Gradio's own interface that a config can carry as markers; other keys come with the app.
_GRADIO_WORDS = {
    "chat_interface.chatbot": "Chatbot",
    "chat_interface.message_placeholder": "Type a message...",
    "chat_interface.new_chat": "New chat",
    "chat_interface.additional_inputs": "Additional Inputs",
    "chat_interface.conversation": "Conversation",
}


def _word(key: str, words: Mapping[str, Any]) -> str:
    found: Any = words.get(key)
    if found is None:
        found = words
        for step in key.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found
    return _GRADIO_WORDS.get(key) or key.rsplit(".", 1)[-1].replace("_", " ").capitalize()

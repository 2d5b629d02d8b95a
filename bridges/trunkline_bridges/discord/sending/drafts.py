"""From a post's body to the form of a request: what is sent, and what must always be. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..limits import COMPONENTS_V2, CONTENT, LAYOUT_COMPONENTS

OURS: Final = frozenset({"files", "memo"})
"""Keys of a body that are never sent."""
_TEXT_DISPLAY: Final = 10
_GALLERY: Final = 12
_FILE: Final = 13


def is_layout(body: Mapping[str, Any]) -> bool:
    """The body is made of components alone (Components V2)."""
    flags = body.get("flags", 0)
    return isinstance(flags, int) and bool(flags & COMPONENTS_V2)


def for_create(
    body: Mapping[str, Any], *, nonce: str = "", reply_to: str = "", notify: bool = False
) -> dict[str, Any]:
    """The form of a new message. It mentions nobody; with `notify` the author of `reply_to` is told of it."""
    form = {key: value for key, value in body.items() if key not in OURS}
    form["allowed_mentions"] = {"parse": [], "replied_user": notify}
    if nonce:
        form |= {"nonce": nonce, "enforce_nonce": True}
    if reply_to:
        form["message_reference"] = {"message_id": reply_to, "fail_if_not_exists": False}
    return form


def for_edit(body: Mapping[str, Any], *, notify: bool = False) -> dict[str, Any]:
    """The form of a change: what the body does not have is taken away."""
    form = for_create(body, notify=notify)
    # Left out, the old kind of content would stay, and a message of the new kind may have none.
    gone: dict[str, Any] = {"content": None, "embeds": []} if is_layout(body) else {"content": ""}
    return {**gone, "components": [], **form}


def with_files(
    body: Mapping[str, Any], renamed: Mapping[str, str], missing: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The body once it is known what can be uploaded.

    `renamed` are names that changed with the file's type; `missing` are names of files that are not there, each
    with the line that stands in its place ("" for none).
    """
    names = {name for name, _ in missing if name}
    lines = [line for _, line in missing if line]
    changed = dict(body)
    components = body.get("components")
    if isinstance(components, Sequence) and not isinstance(components, str):
        kept = [_shown(one, renamed, names) for one in components]
        changed["components"] = [one for one in kept if one is not None]
    if not lines:
        return changed
    if is_layout(body):
        told = {"type": _TEXT_DISPLAY, "content": "\n".join(lines)[:CONTENT]}
        changed["components"] = [*changed.get("components", ()), told][:LAYOUT_COMPONENTS]
        return changed
    content = "\n".join([text] if (text := str(body.get("content") or "")) else [])
    for line in lines:
        longer = f"{content}\n{line}".strip("\n")
        content = longer if len(longer) <= CONTENT else content
    changed["content"] = content
    return changed


def _shown(component: Any, renamed: Mapping[str, str], missing: set[str]) -> Any:
    """A component with the files that are there; None when nothing of it is left."""
    if not isinstance(component, Mapping):
        return component
    kind = component.get("type")
    if kind == _FILE:
        name = _attached(component.get("file"))
        return None if name in missing else _renamed(component, "file", renamed)
    if kind == _GALLERY:
        items = [
            _renamed(item, "media", renamed)
            for item in component.get("items", ())
            if _attached(item.get("media")) not in missing
        ]
        return {**component, "items": items} if items else None
    inner = component.get("components")
    if not isinstance(inner, Sequence):
        return component
    left = [one for one in (_shown(each, renamed, missing) for each in inner) if one is not None]
    return {**component, "components": left} if left or not inner else None


def _attached(media: Any) -> str:
    url = media.get("url") if isinstance(media, Mapping) else ""
    return url.removeprefix("attachment://") if isinstance(url, str) else ""


def _renamed(holder: Mapping[str, Any], key: str, renamed: Mapping[str, str]) -> Mapping[str, Any]:
    new = renamed.get(_attached(holder.get(key)))
    return {**holder, key: {**holder[key], "url": f"attachment://{new}"}} if new else holder

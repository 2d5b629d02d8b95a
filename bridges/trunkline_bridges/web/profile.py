"""An app's profile as the browser gets it. Pure; what is at its default is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from typing import Any, cast

from trunkline import codec
from trunkline.accepting import fits
from trunkline.backend import Accepts, AppInput, AppProfile, Example
from trunkline.messages import Json, Media

from .media import browser_source, with_addresses
from .render import message_body
from .theme import widget_theme

_CLIP = Media("audio", mime="audio/wav")


def page_accepts(accepts: Accepts, *, hears: bool) -> Accepts:
    """What a page may send: where speech becomes text (`hears`), clips too, though the app itself takes none."""
    if not (hears and accepts.text):
        return accepts
    types = accepts.file_types
    return replace(accepts, microphone=True, file_types=types if fits(_CLIP, types) else (*types, "audio"))


def profile_body(profile: AppProfile, name: str, address: Callable[[str, str], str]) -> dict[str, Json]:
    """The protocol's `Profile`; `name` is the app's in the settings, `address` makes addresses of media."""
    body: dict[str, Json] = {
        "name": name,
        "title": profile.title,
        "description": profile.description,
        "placeholder": profile.placeholder,
        "input_placeholder": profile.input_placeholder,
        "accepts": {**_changed(profile.accepts), "text": profile.accepts.text},
        "abilities": {item.name: getattr(profile.abilities, item.name) for item in fields(profile.abilities)},
        "feedback": _feedback(profile),
        "inputs": [_input(setting) for setting in profile.settings],
        "outputs": list(profile.outputs),
        "examples": [_example(example) for example in profile.examples],
        "greeting": [message_body(message) for message in profile.greeting],
        "buttons": [_members(button) for button in profile.buttons],
        "latex_delimiters": [
            {"left": left, "right": right, "display": display} for left, right, display in profile.latex_delimiters
        ],
        "labels": _changed(profile.labels),
        "look": _changed(profile.look),
        "theme": widget_theme(profile.theme),
    }
    # Absent is true.
    body |= {name: False for name in ("line_breaks", "render_markdown") if not getattr(profile, name)}
    kept = {key: value for key, value in body.items() if value or isinstance(value, bool)}
    addressed = dict(cast("Mapping[str, Json]", with_addresses(kept, address)))
    avatars = _avatars(profile, address)
    return {**addressed, "avatars": avatars} if avatars else addressed


def _feedback(profile: AppProfile) -> dict[str, Json]:
    return {**_changed(profile.feedback), "comment": True} if profile.feedback.offered else {}


def _avatars(profile: AppProfile, address: Callable[[str, str], str]) -> dict[str, Json]:
    avatars: dict[str, Json] = {}
    for who, media in zip(("user", "assistant"), profile.avatars, strict=True):
        if media is not None and media.source is not None:
            encoded = cast("Mapping[str, Json]", codec.encode(media.source))
            source = browser_source(encoded, media.name, media.mime, address)
            if source is not None:
                avatars[who] = source
    return avatars


def _input(setting: AppInput) -> dict[str, Json]:
    body = {key: value for key, value in _changed(setting).items() if key not in {"id", "choices"}}
    if setting.choices:
        body["choices"] = [{"label": choice.label, "value": choice.value} for choice in setting.choices]
    return body


def _example(example: Example) -> dict[str, Json]:
    body: dict[str, Json] = {"text": example.text, "label": example.label, "settings": dict(example.settings)}
    if example.icon is not None:
        body["icon"] = codec.encode(example.icon)
    if example.media:
        body["media"] = codec.encode(example.media)
    return {key: value for key, value in body.items() if value}


def _members(value: Any) -> dict[str, Json]:
    return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}


def _changed(value: Any) -> dict[str, Json]:
    """The members of a dataclass that differ from their default."""
    members: dict[str, Json] = {}
    for item in fields(value):
        member = getattr(value, item.name)
        if item.default is MISSING or member != item.default:
            members[item.name] = _plain(member)
    return members


def _plain(value: Any) -> Json:
    if isinstance(value, Media):
        return codec.encode(value)
    return list(value) if isinstance(value, tuple) else cast("Json", value)

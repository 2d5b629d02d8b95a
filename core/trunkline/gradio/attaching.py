"""Files beside a plain text box: which component of the page takes a file that comes with a message.

On its page a person puts a picture into a `gr.Image` and types the question below. There it stays for the next
question until the app empties it; here the history says which file stands there, so that what was taken back, or
was said in another conversation, is never sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..backend import Accepts, AppInput
from ..codec import decode
from ..errors import AppRefused, MediaError
from ..messages import Blob, Json, Media, MediaKind, Message, Source
from ..mime import media_kind
from .chain import SLOT_TYPES, triggers, walk
from .config import AppConfig, Component, Dependency
from .history import Upload
from .session import AppSession
from .speaking import allowed_type

_FILLED = ("upload", "change", "input")
"""What a component's file sets off, in the page's order."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A component of the page that takes files. `written`: a turn of the app writes it, mostly to empty it."""

    component: Component
    types: tuple[str, ...]
    """Gradio's `file_types`; empty: any."""
    many: bool
    written: bool

    @property
    def id(self) -> int:
        return self.component.id

    def value(self, files: Sequence[Mapping[str, Any]], major: int) -> Any:
        """Uploaded files as the component's value."""
        if not files:
            return None
        if self.many:
            return list(files)
        return {"video": files[0], "subtitles": None} if self.component.type == "video" and major < 6 else files[0]


def slots_of(
    config: AppConfig, steps: Sequence[Dependency], inputs: Sequence[int], box: Component
) -> tuple[Slot, ...]:
    """The components that take the files of a message, those for one kind of media first. None beside a box that
    takes files itself."""
    if box.type == "multimodaltextbox":
        return ()
    written = {o for step in steps for o in step.outputs}
    taking = dict.fromkeys((*inputs, *read_beforehand(config, steps)))
    components = (config.components[i] for i in taking if i != box.id)
    found = [slot_of(c, c.id in written) for c in components if c.type in SLOT_TYPES and _can_be_filled(c)]
    return tuple(sorted(found, key=lambda slot: not slot.types))


def read_beforehand(config: AppConfig, steps: Sequence[Dependency]) -> Iterator[int]:
    """Components whose file is read as soon as it is there, into a state that `steps` read."""
    states = {i for step in steps for i in step.inputs if config.type_of(i) == "state"}
    for (component, event), roots in triggers(config).items():
        takes_files = event in _FILLED and config.type_of(component) in SLOT_TYPES
        if takes_files and any(states.intersection(step.outputs) for step in walk(config, roots)):
            yield component


def filled_by(config: AppConfig, component: int) -> Iterator[tuple[tuple[int, str], tuple[Dependency, ...]]]:
    """What the page fires when a file is put into a component: each trigger with the handlers it starts."""
    started = triggers(config)
    for event in _FILLED:
        yield (component, event), started.get((component, event), ())


def slot_of(component: Component, written: bool = False) -> Slot:
    props = component.props
    types = props.get("file_types")
    if component.type in ("image", "audio", "video"):
        types = [component.type]
    many = props.get("file_count") in ("multiple", "directory")
    return Slot(component, tuple(str(t) for t in types) if isinstance(types, list) else (), many, written)


def _can_be_filled(component: Component) -> bool:
    return component.visible and component.props.get("interactive") is not False


def accepts_beside(slots: Sequence[Slot], max_length: int | None) -> Accepts:
    """What a message may hold where the box takes text only and `slots` the files."""
    if not slots:
        return Accepts(max_length=max_length)
    anything = any(not slot.types for slot in slots)
    microphones = _sources(slots, "audio")
    cameras = _sources(slots, "image")
    return Accepts(
        files=True,
        file_types=() if anything else tuple(dict.fromkeys(t for slot in slots for t in slot.types)),
        max_files=None if any(slot.many for slot in slots) else len(slots),
        max_length=max_length,
        microphone="microphone" in microphones,
        camera="webcam" in cameras,
    )


def _sources(slots: Sequence[Slot], kind: str) -> frozenset[str]:
    """Where components of this type take their file from: "upload", "microphone", "webcam", …"""
    named = (slot.component.props.get("sources") or () for slot in slots if slot.component.type == kind)
    return frozenset(str(source) for sources in named for source in sources)


def place(files: Sequence[Media], slots: Sequence[Slot]) -> tuple[dict[int, tuple[Media, ...]], tuple[Media, ...]]:
    """Each file in the first slot that takes it, by component; and the files for which there is no place left."""
    placed: dict[int, tuple[Media, ...]] = {}
    left: list[Media] = []
    for file in files:
        for slot in slots:
            if allowed_type(file, slot.types) and (slot.many or slot.id not in placed):
                placed[slot.id] = (*placed.get(slot.id, ()), file)
                break
        else:
            left.append(file)
    return placed, tuple(left)


def standing(history: Sequence[Message], slots: Sequence[Slot]) -> dict[int, tuple[Media, ...]]:
    """What stands in the slots after `history`: the files that were attached last, where nothing emptied them."""
    found: dict[int, tuple[Media, ...]] = {}
    for message in history:
        if message.role == "user" and message.media:
            found.update(place(message.media, slots)[0])
    return found


def sources(files: Sequence[Media]) -> tuple[Source | None, ...]:
    """What tells two sets of files apart: their bytes, whatever they are called."""
    return tuple(file.source for file in files)


async def uploaded_settings(
    values: Mapping[int, Any], inputs: Sequence[AppInput], config: AppConfig, upload: Upload
) -> dict[int, Any]:
    """`values` by component with the files of settings uploaded to the app. `AppRefused` when one is gone."""
    found = dict(values)
    for item in inputs:
        if item.kind != "file" or item.id not in found:
            continue
        slot = slot_of(config.components[item.id])
        files = _setting_files(found[item.id])
        if files is None:
            continue
        try:
            uploaded = [await upload(file) for file in (files if slot.many else files[:1])]
        except MediaError as error:
            raise AppRefused(
                f"The setting {item.label} cannot be sent: {error.user_message} Set it again."
            ) from error
        found[item.id] = slot.value(uploaded, config.major)
    return found


def _setting_files(value: Json) -> tuple[Media, ...] | None:
    """The files that a setting names; None for what the app itself named, which goes back as it is."""
    items = value if isinstance(value, list | tuple) else (value,)
    if not items or not all(isinstance(i, Mapping) and i.get("type") in ("blob", "media") for i in items):
        return None
    return tuple(_setting_file(item) for item in items if isinstance(item, Mapping))


def _setting_file(value: Mapping[str, Json]) -> Media:
    """A `Blob` or a `Media` as `codec` writes it; beside a blob may stand its `name` and `mime`."""
    try:
        if value["type"] == "media":
            return decode(value, Media)
        blob = decode(value, Blob)
    except (TypeError, ValueError, KeyError) as error:
        raise AppRefused("A file among the settings is not one that is held here: set it again.") from error
    mime = str(value.get("mime") or "")
    kind: MediaKind = media_kind(mime)
    return Media(kind, blob, name=str(value.get("name") or ""), mime=mime)


async def fill(
    session: AppSession,
    slots: Sequence[Slot],
    attached: Mapping[int, tuple[Media, ...]],
    history: Sequence[Message],
    upload: Upload,
    major: int,
) -> tuple[dict[int, Any], list[int]]:
    """What the slots hold besides what is `attached` to this message; and those whose files are new to the page.

    A file stays until another takes its place or the app writes the component. Where a turn writes it anyway, a
    file counts only in the session that saw it attached: a new session may be one in which it was used already.
    """
    values: dict[int, Any] = {}
    fresh: list[int] = []
    before = standing(history, slots)
    for slot in slots:
        on_page = sources(session.attached.get(slot.id, ()))
        files = attached.get(slot.id, ())
        if files:
            session.values.pop(slot.id, None)
        elif slot.id not in session.values:
            files = before.get(slot.id, ())
            if slot.written and sources(files) != on_page:
                files = ()
            try:
                values[slot.id] = slot.value([await upload(file) for file in files], major)
            except MediaError:
                # Retention took it: the component is empty, as the history says nothing of it either.
                files = ()
        if files and (slot.id in attached or sources(files) != on_page):
            fresh.append(slot.id)
        session.attached[slot.id] = files
    return {component: value for component, value in values.items() if value is not None}, fresh


def without_files(history: Sequence[Message]) -> tuple[Message, ...]:
    """`history` as an app sees it that shows the words of a message only, and gets its files beside them."""
    return tuple(
        replace(m, parts=tuple(p for p in m.parts if not isinstance(p, Media)))
        if m.role == "user" and m.media
        else m
        for m in history
    )

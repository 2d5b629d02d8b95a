"""What a request means for the app: which chain is fired, and what the components hold when it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..backend import (
    Accepts,
    Again,
    AppInput,
    Example,
    PressButton,
    Rating,
    SendExample,
    SendMessage,
    SendOption,
    TurnRequest,
)
from ..errors import AppFailed, AppRefused, MediaError
from ..messages import Json, Media, Message, Notice, Part, Speaker, Text
from ..utterance import SendUtterance
from ..words import words
from .attaching import Slot, place
from .chain import SLOT_TYPES, Chain
from .chat import Format
from .graph import ChatGraph
from .history import RawHistory, Upload
from .profile import accepts_of, app_inputs, examples_of
from .speaking import Said, bound_value, said_by

_ANYTHING = Accepts(files=True, microphone=True)
"""An example's own files were chosen by the app: they go past the box's limits, as on its page."""


@dataclass(frozen=True)
class View:
    """An app's chat as one session sees it: what `gr.render` makes has other ids in every session."""

    graph: ChatGraph
    inputs: tuple[AppInput, ...]
    accepts: Accepts
    examples: tuple[Example, ...]
    bound: Mapping[str, str] = field(default_factory=dict)

    @property
    def format(self) -> Format:
        if self.graph.tuples:
            return "tuples"
        return "blocks" if self.graph.config.major >= 6 else "single"

    def settings(self, values: Mapping[str, Json], speaker: Speaker | None) -> dict[int, Any]:
        """Values of additional inputs by component; bound ones are the operator's alone."""
        found = self.by_id(values)
        for item in self.inputs:
            if item.name in self.bound:
                found[item.id] = bound_value(self.bound[item.name], speaker, item.kind)
        return found

    def by_id(self, values: Mapping[str, Json]) -> dict[int, Any]:
        return {item.id: values[item.name] for item in self.inputs if item.name in values}


def view_of(graph: ChatGraph, bound: Mapping[str, str]) -> View:
    inputs = app_inputs(graph)
    return View(graph, inputs, accepts_of(graph), examples_of(graph, inputs), bound)


@dataclass(frozen=True, slots=True)
class Plan:
    """A chain to fire. `start` is how many raw messages come before the reply's, `last` the last of them.

    `attached` are the files of the message by the component that they were put into. With `fills` the reply is a
    chat of the app's own, messages of the user included. An `utterance` is heard by the app first, then what is in
    `before` is fired.
    """

    chain: Chain
    values: Mapping[int, Any]
    event_data: Any = None
    start: int = 0
    last: Message | None = None
    notices: tuple[Notice, ...] = ()
    attached: Mapping[int, tuple[Media, ...]] = field(default_factory=dict)
    fills: bool = False
    utterance: SendUtterance | None = None
    before: tuple[Chain, ...] = ()


async def plan_turn(view: View, request: TurnRequest, raw: RawHistory, upload: Upload) -> Plan:
    """The plan of a turn. `AppRefused` for what the app forbids, `AppFailed` for what it no longer has."""
    asked = request.input
    last = request.history[-1] if request.history else None
    if isinstance(asked, SendMessage):
        return await _message(view, asked.parts, view.accepts, raw, last, upload)
    if isinstance(asked, SendUtterance):
        return await _utterance(view, asked, raw, last, upload)
    if isinstance(asked, SendOption):
        return _option(view, asked, raw, last)
    if isinstance(asked, SendExample):
        return await _example(view, asked, raw, last, upload)
    if isinstance(asked, PressButton):
        return _button(view, asked, raw, last)
    return _again(view, asked, request.history, raw)


async def _message(
    view: View, parts: Sequence[Part], accepts: Accepts, raw: RawHistory, last: Message | None, upload: Upload
) -> Plan:
    said = said_by(parts, accepts)
    graph = view.graph
    if graph.spoken_only or _is_spoken(graph, said):
        if not said.files:
            raise AppRefused(words("app_listens"))
        return await _utterance(view, SendUtterance(said.files[0]), raw, last, upload)
    refused = list(said.refused)
    attached: dict[int, tuple[Media, ...]] = {}
    values: dict[int, Any] = {graph.box.id: said.text}
    if graph.box.type == "multimodaltextbox":
        files = await _uploaded(said.files, upload, refused)
        values[graph.box.id] = {"text": said.text, "files": [file for _, file in files]}
    else:
        attached, left = place(said.files, graph.slots)
        files = await _uploaded([f for placed in attached.values() for f in placed], upload, refused)
        refused += [_no_place(media, graph.slots) for media in left]
        sent = dict(files)
        attached = {i: kept for i, placed in attached.items() if (kept := tuple(f for f in placed if f in sent))}
        for slot in graph.slots:
            if slot.id in attached:
                values[slot.id] = slot.value([sent[file] for file in attached[slot.id]], graph.config.major)
    if refused and not files and not said.text:
        raise AppRefused(" ".join(refused))
    notices = tuple(Notice("warning", sentence) for sentence in refused)
    return Plan(graph.submit, values, start=raw.length, last=last, notices=notices, attached=attached)


def _is_spoken(graph: ChatGraph, said: Said) -> bool:
    """One clip and no word, and no place for clips but where the app hears people."""
    if graph.hearing is None or said.text.strip() or len(said.files) != 1 or graph.box.type == "multimodaltextbox":
        return False
    (file,) = said.files
    return file.kind == "audio" and not place(said.files, graph.slots)[0]


async def _utterance(
    view: View, said: SendUtterance, raw: RawHistory, last: Message | None, upload: Upload
) -> Plan:
    """Where the app hears nobody, an utterance is a file of a message."""
    graph = view.graph
    hearing = graph.hearing
    if hearing is None:
        return await _message(view, (said.media,), view.accepts, raw, last, upload)
    values: dict[int, Any] = {hearing.component.id: None}
    if hearing.reads_file(graph.config):
        try:
            values[hearing.component.id] = await upload(said.media)
        except MediaError as error:
            raise AppRefused(error.user_message) from error
    heard = said if hearing.listen is not None else None
    return Plan(hearing.chain, values, start=raw.length, last=last, utterance=heard, before=hearing.announced)


async def _uploaded(
    files: Sequence[Media], upload: Upload, refused: list[str]
) -> list[tuple[Media, dict[str, Any]]]:
    """Each file with how the app knows it; a sentence in `refused` for one that could not be sent."""
    found = []
    for media in files:
        try:
            found.append((media, await upload(media)))
        except MediaError as error:
            refused.append(f"{media.name or 'A file'} was not sent: {error.user_message}")
    return found


def _no_place(media: Media, slots: Sequence[Slot]) -> str:
    name = media.name or "The file"
    if any(slot.component.type == media.kind for slot in slots) and media.kind in SLOT_TYPES - {"file"}:
        return f"{name} was not sent: this app takes one {media.kind} a message."
    return f"{name} was not sent: this app has no further place for it."


def _option(view: View, option: SendOption, raw: RawHistory, last: Message | None) -> Plan:
    """The app's own event, except where it comes to the same as sending the value: one request less."""
    graph = view.graph
    chain = graph.events.get("option_select")
    plain = graph.inject is not None and graph.box.type == "textbox"
    if chain is not None and chain.steps and not plain:
        event = {"index": option.index, "value": option.value}
        return Plan(chain, {}, event, start=raw.length, last=last)
    if graph.spoken_only:
        raise AppRefused(words("app_listens"))
    value: Any = option.value
    if graph.box.type == "multimodaltextbox":
        value = {"text": option.value, "files": []}
    return Plan(graph.submit, {graph.box.id: value}, start=raw.length, last=last)


async def _example(view: View, sent: SendExample, raw: RawHistory, last: Message | None, upload: Upload) -> Plan:
    if not 0 <= sent.index < len(view.examples):
        raise AppFailed("The app no longer has this example.")
    example = view.examples[sent.index]
    if example.cached:
        return _cached(view.graph, sent.index)
    text: tuple[Part, ...] = (Text(example.text),) if example.text else ()
    accepts = _ANYTHING if example.media else view.accepts
    plan = await _message(view, (*text, *example.media), accepts, raw, last, upload)
    return replace(plan, values={**view.by_id(example.settings), **plan.values})


def _cached(graph: ChatGraph, index: int) -> Plan:
    """The app's answer from its cache: it begins the chat anew."""
    examples = graph.chatbot.props.get("examples") if graph.chatbot else None
    if examples:
        raw = examples[index]
        value = {"text": raw.get("text") or "", "files": raw.get("files") or []}
        return Plan(graph.events["example_select"], {}, {"index": index, "value": value})
    assert graph.dataset is not None
    return Plan(graph.dataset.chain, {graph.dataset.component.id: index})


def _button(view: View, pressed: PressButton, raw: RawHistory, last: Message | None) -> Plan:
    for button in view.graph.buttons:
        if str(button.component.id) == pressed.button:
            return Plan(button.chain, {}, start=raw.length, last=last, fills=button.fills)
    raise AppFailed("The app no longer has this button.")


def _again(view: View, again: Again, history: Sequence[Message], raw: RawHistory) -> Plan:
    chain = view.graph.events.get(again.kind)
    if chain is None or not 0 <= again.message < len(history):
        raise AppFailed(f"The app has no {again.kind} of its own for this message.")
    position = raw.positions[again.message]
    event = message_event(raw, position)
    values: dict[int, Any] = {}
    if again.kind == "edit" and view.graph.chatbot is not None:
        text = said_by(again.parts, view.accepts).text
        event = {"index": event["index"], "value": text, "previous_value": event["value"]}
        values[view.graph.chatbot.id] = _edited(raw, position, text, view.format)
    before = history[again.message - 1] if again.message else None
    return Plan(chain, values, event, start=position, last=before)


def _edited(raw: RawHistory, position: int, text: str, form: Format) -> list[Any]:
    """The chatbot's value as the page holds it when `edit` fires: the new words stand in it already."""
    value = list(raw.value)
    if form == "tuples":
        value[position] = [text, value[position][1]]
    else:
        content = [{"type": "text", "text": text}] if form == "blocks" else text
        value[position] = {**value[position], "content": content}
    return value


def message_event(raw: RawHistory, position: int) -> dict[str, Any]:
    """What the page sends with a click at a message: pairs name `[i, j]`."""
    entry = raw.value[position] if position < len(raw.value) else None
    if isinstance(entry, list):
        return {"index": [position, 0], "value": entry[0]}
    return {"index": position, "value": entry["content"] if entry else None}


def undo_event(history: Sequence[Message], raw: RawHistory) -> dict[str, Any] | None:
    """The page names the last message of the user."""
    users = [i for i, message in enumerate(history) if message.role == "user"]
    return message_event(raw, raw.positions[users[-1]]) if users else None


def like_event(rating: Rating, raw: RawHistory, graph: ChatGraph) -> dict[str, Any]:
    """What the page sends for a thumb: pairs name `[i, j]`, messages the first of their bubble."""
    liked: bool | str = {"Like": True, "Dislike": False}.get(rating.value, rating.value)
    position = raw.positions[rating.message]
    if graph.tuples:
        side = 0 if rating.history[rating.message].role == "user" else 1
        return {"index": [position, side], "value": raw.value[position][side], "liked": liked}
    first = last = position
    if graph.chatbot is None or graph.chatbot.props.get("group_consecutive_messages", True):
        role = raw.value[position]["role"]
        while first > 0 and raw.value[first - 1]["role"] == role:
            first -= 1
        while last + 1 < len(raw.value) and raw.value[last + 1]["role"] == role:
            last += 1
    contents = [entry["content"] for entry in raw.value[first : last + 1]]
    return {"index": first, "value": contents, "liked": liked}

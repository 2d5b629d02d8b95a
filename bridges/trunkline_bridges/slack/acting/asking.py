"""Questions by the slash command, and about a message."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trunkline.errors import Denied, PlatformError
from trunkline.gestures import Open
from trunkline.inbound import Say
from trunkline.labels import clipped
from trunkline.messages import Part, Text
from trunkline.words import words

from ..desk import Desk
from ..facts import Attached
from ..hearing.attachments import fetch_all
from ..hearing.reading import attached
from ..mrkdwn import markdown
from . import forms, panels, requests, rooting
from .reading import METADATA, kept_with, metadata_of
from .replying import Outcome
from .requests import Gesture

_QUOTED: Final = 1500
"""Characters of a message that a form keeps by itself; of a longer one the rest is read again."""


async def ask(desk: Desk, gesture: Gesture, question: str, files: Sequence[Attached] = ()) -> Outcome:
    """Ask the app."""
    media, reasons = await fetch_all(desk, gesture.spot.team, files)
    parts: tuple[Part, ...] = (*([Text(question)] if question.strip() else []), *media)
    if not parts:
        raise Denied(" ".join(reasons) or words("slack_ask_what", command=gesture.command or desk.options.command))
    line = requests.asked_line("slack_asked", gesture.member, question)
    said = await rooting.ask(desk, gesture, Say(parts), line)
    return said or (" ".join(reasons) if reasons else None)


def about(gesture: Gesture, message: Mapping[str, Any]) -> Outcome:
    """The form for a question about a message, which keeps the message as far as Slack lets it."""
    text = str(message.get("text") or "")
    files = [_kept(file) for file in message.get("files") or ()]
    whole = {"message": gesture.message, "text": text, "files": files, "by": str(message.get("user") or "")}
    metadata = kept_with(gesture, **whole)
    if len(text) > _QUOTED or len(metadata) > METADATA:
        metadata = kept_with(gesture, message=gesture.message)
    return Open(forms.question_form(metadata), panels.told(words("slack_open_late")))


def _kept(file: Mapping[str, Any]) -> dict[str, Any]:
    """Of a file what is needed to fetch it."""
    names = ("id", "name", "mimetype", "size", "url_private_download", "url_private", "subtype", "duration_ms")
    return {name: file[name] for name in names if name in file}


async def ask_about(desk: Desk, gesture: Gesture, view: Mapping[str, Any]) -> Outcome:
    """Ask the app about a message, which is quoted with its files."""
    kept = metadata_of(view)
    message = kept if "text" in kept else await _read_again(desk, gesture, str(kept.get("message") or ""))
    question = forms.field_of(view, "question")
    text = markdown(str(message.get("text") or ""), {})
    quote = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    files = [attached(file) for file in message.get("files") or () if isinstance(file, Mapping)]
    whole = "\n\n".join(part for part in (quote, question) if part)
    media, reasons = await fetch_all(desk, gesture.spot.team, files)
    line = requests.asked_line("slack_asked", gesture.member, clipped(question, requests.ASKED))
    said = await rooting.ask(desk, gesture, Say((Text(whole), *media)), line)
    if said:
        raise Denied(said)
    return " ".join(reasons) or None


async def _read_again(desk: Desk, gesture: Gesture, ts: str) -> Mapping[str, Any]:
    """The message a question is about, where the form could not keep it. `Denied` when it cannot be read."""
    spot = gesture.spot
    try:
        answer = await desk.api.call(
            spot.team,
            "conversations.replies",
            channel=spot.channel,
            ts=spot.thread or ts,
            latest=ts,
            oldest=ts,
            inclusive=True,
            limit=2,
        )
    except PlatformError as error:
        raise Denied(words("slack_message_gone")) from error
    found = next((one for one in answer.get("messages") or () if one.get("ts") == ts), None)
    if found is None:
        raise Denied(words("slack_message_gone"))
    read: Mapping[str, Any] = json.loads(json.dumps(found))
    return read

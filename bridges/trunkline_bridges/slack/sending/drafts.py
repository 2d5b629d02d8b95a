"""From a post's body to the arguments of a call: what is sent, and what must always be. Pure.

A body is Slack's own JSON with keys of ours (`OURS`). The blocks of one with files name them by `ATTACHED`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

OURS: Final = frozenset({"files", "memo", "status", "stream"})
"""Keys of a body that are never sent."""
ATTACHED: Final = "attachment://"
"""How a block names a file of its body."""
EVENT_TYPE: Final = "trunkline_post"
_TEXT: Final = 40_000
"""Slack cuts longer text off."""


def metadata(nonce: str) -> dict[str, Any]:
    """What a message is found again by."""
    return {"event_type": EVENT_TYPE, "event_payload": {"nonce": nonce}}


def nonce_in(message: Mapping[str, Any]) -> str:
    """The nonce that a message was posted under, "" for none."""
    found = message.get("metadata")
    if not isinstance(found, Mapping) or found.get("event_type") != EVENT_TYPE:
        return ""
    payload = found.get("event_payload")
    return str(payload.get("nonce") or "") if isinstance(payload, Mapping) else ""


def for_create(body: Mapping[str, Any], *, nonce: str, thread: str = "") -> dict[str, Any]:
    """The arguments of a new message. Nothing in it unfolds."""
    form = {**_sent(body), "unfurl_links": False, "unfurl_media": False, "metadata": metadata(nonce)}
    if thread:
        form["thread_ts"] = thread
    return form


def for_update(body: Mapping[str, Any], *, nonce: str = "") -> dict[str, Any]:
    """The arguments of a change: what the body does not have is taken away."""
    form = {"blocks": [], "attachments": [], **_sent(body)}
    return {**form, "metadata": metadata(nonce)} if nonce else form


def in_words(form: Mapping[str, Any]) -> dict[str, Any]:
    """The same without blocks: for those that Slack does not take."""
    return {**form, "blocks": []}


def _sent(body: Mapping[str, Any]) -> dict[str, Any]:
    form = {key: value for key, value in body.items() if key not in OURS}
    form["text"] = str(body.get("text") or "")[:_TEXT]
    return form


def pictured(
    body: Mapping[str, Any], pictures: Mapping[str, tuple[str, str]], missing: Sequence[str]
) -> dict[str, Any]:
    """A body of files as a message: the `pictures`, by name the uploaded file and what it shows, where blocks name
    them, else above all else.

    `missing` are lines for files that are not there, or not as they should be.
    """
    told = [{"type": "context", "elements": [_plain("\n".join(missing))]}] if missing else []
    changed = {**body, "text": "\n".join(filter(None, (said_of(body, bool(pictures)), *missing)))}
    if pictures:
        changed["blocks"] = [*_drawn(body.get("blocks") or (), pictures), *told]
    else:
        changed.pop("blocks", None)
    return changed


def _drawn(
    blocks: Sequence[Mapping[str, Any]], pictures: Mapping[str, tuple[str, str]]
) -> Iterator[Mapping[str, Any]]:
    """The blocks with files in place of names; a picture that is not there is left out."""
    names = [str((block.get("slack_file") or {}).get("id", "")).removeprefix(ATTACHED) for block in blocks]
    for name, (file, alt) in pictures.items():
        if name not in names:
            yield {"type": "image", "slack_file": {"id": file}, "alt_text": alt or "…"}
    for name, block in zip(names, blocks, strict=True):
        if name in pictures:
            yield {**block, "slack_file": {"id": pictures[name][0]}}
        elif not name:
            yield block


def said_of(body: Mapping[str, Any], alone: bool) -> str:
    """What a body says of its files; with `alone` their names too, for those who see nothing else."""
    return str(body.get("text") or "") if alone or body.get("blocks") else ""


def _plain(lines: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": lines[:2000]}

"""What a person says, as the value of the app's message box; what the app forbids is refused here. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..backend import Accepts
from ..errors import AppRefused
from ..messages import Json, Media, Part, Speaker, Text

_MARKER = re.compile(r"\{(?:user\.id|user\.name|platform|team)\}")


@dataclass(frozen=True, slots=True)
class Said:
    """What is sent: the text and the files that the app takes, and a sentence for each refused one."""

    text: str
    files: tuple[Media, ...] = ()
    refused: tuple[str, ...] = ()


def said_by(parts: Sequence[Part], accepts: Accepts) -> Said:
    """`parts` cut to what the app accepts. `AppRefused` when the text is too long or nothing is left."""
    text = "\n\n".join(part.text for part in parts if isinstance(part, Text))
    if accepts.max_length is not None and len(text) > accepts.max_length:
        raise AppRefused(
            f"The message is {len(text):,} characters long; the app takes at most {accepts.max_length:,}."
        )
    kept: list[Media] = []
    refused: list[str] = []
    for media in parts:
        if isinstance(media, Media) and not media.recording:
            reason = _refusal(media, accepts, len(kept))
            if reason:
                refused.append(reason)
            else:
                kept.append(media)
    if refused and not kept and not text:
        raise AppRefused(" ".join(refused))
    return Said(text, tuple(kept), tuple(refused))


def _refusal(media: Media, accepts: Accepts, count: int) -> str:
    name = media.name or "The file"
    clip = accepts.microphone and media.kind == "audio"
    if not accepts.files and not clip:
        return f"{name} was not sent: this app takes no files."
    if not allowed_type(media, accepts.file_types):
        return f"{name} was not sent: this app takes only {', '.join(accepts.file_types)}."
    if accepts.max_files is not None and count >= accepts.max_files:
        files = "file" if accepts.max_files == 1 else "files"
        return f"{name} was not sent: this app takes {accepts.max_files} {files} a message."
    return ""


def allowed_type(media: Media, types: Sequence[str]) -> bool:
    """Whether one of Gradio's `file_types` names the file: a family ("image"), an ending (".pdf"), a MIME type."""
    if not types or "file" in types:
        return True
    mime = media.mime.lower()
    family = mime.partition("/")[0] or media.kind
    for item in (str(t).lower().strip() for t in types):
        if item.startswith("."):
            if media.name.lower().endswith(item):
                return True
        elif item in (family, mime) or (item.endswith("/*") and item[:-2] == family):
            return True
    return False


def bound_value(template: str, speaker: Speaker | None, kind: str) -> Json:
    """The value of an input that the operator bound to the speaker."""
    words: Mapping[str, str] = {
        "{user.id}": speaker.user_id if speaker else "",
        "{user.name}": speaker.name if speaker else "",
        "{platform}": speaker.platform if speaker else "",
        "{team}": speaker.team if speaker else "",
    }
    # In one go: what somebody is called is no template.
    text = _MARKER.sub(lambda marker: words[marker[0]], template)
    if kind in ("number", "slider"):
        try:
            return float(text)
        except ValueError:
            return None
    if kind == "checkbox":
        return text.strip().lower() in ("1", "true", "yes", "on")
    return text

"""Voice messages for apps that only read: what is said in them is written down, the sound stays beside it."""

from __future__ import annotations

from dataclasses import replace

from .accepting import takes
from .backend import Accepts
from .bridge import MediaShelf
from .calls import Speech
from .errors import AppRefused
from .messages import Blob, Media, Part, Text
from .words import words


async def transcribed(
    parts: tuple[Part, ...], accepts: Accepts, speech: Speech, shelf: MediaShelf
) -> tuple[Part, ...]:
    """`parts` with the words of every voice clip that the app would not take, and the clip as a recording.

    Nothing changes where nobody can transcribe. `AppRefused` when nothing is said in a clip that comes alone;
    `SpeechError` or `MediaError` when a clip cannot be understood.
    """
    if not speech.hears:
        return parts
    written: list[Part] = []
    for part in parts:
        if isinstance(part, Media) and _is_clip(part) and not takes(accepts, part):
            assert isinstance(part.source, Blob)
            said = await speech.transcribe(await shelf.read(part.source.sha256))
            written += [*([Text(said)] if said else []), replace(part, recording=True)]
        else:
            written.append(part)
    if tuple(written) != parts and not any(isinstance(part, Text) for part in written):
        raise AppRefused(words("nothing_understood"))
    return tuple(written)


def recordings(parts: tuple[Part, ...]) -> tuple[Media, ...]:
    """The sounds that stand beside their text."""
    return tuple(part for part in parts if isinstance(part, Media) and part.recording)


def _is_clip(media: Media) -> bool:
    sound = media.kind == "audio" or media.mime.lower().startswith("audio/")
    return sound and isinstance(media.source, Blob) and not media.recording

"""What of a reply is heard: one post whose body says which sentences to read and which sounds to play. Pure.

The body is `{"turn", "state", "sentences", "sounds", "options"}`. Sentences only grow while the texts do. An app
that speaks itself is not read out, but for what failed and the options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trunkline import codec
from trunkline.audio.spoken import sentences
from trunkline.bridge import Post, Shown, View
from trunkline.dialects import dialect_of
from trunkline.messages import AppFile, Blob, Json, Media, Message, Reply

SPEECH_KEY = "speech"


def render(reply: Reply, view: View, shown: Sequence[Shown], now: float) -> tuple[Post, ...]:
    """One post. `view.target["language"]` (BCP 47), where it is given, words the numbers of options."""
    final = not reply.running
    sounds = _sounds(reply)
    read = _without_texts(reply) if _speaks_itself(reply, view) else reply
    language = str(view.target.get("language") or "")
    body: dict[str, Json] = {
        "turn": view.turn,
        "state": reply.state,
        "sentences": sentences(read, final, dialect_of(view.profile), language),
        "sounds": codec.encode(sounds),
        "options": codec.encode(reply.options) if reply.state in ("final", "stopped") else (),
    }
    return (Post(SPEECH_KEY, body),)


def _speaks_itself(reply: Reply, view: View) -> bool:
    """It has sound of its own, or may still get some."""
    return bool(_own_sounds(reply)) or (reply.running and bool(view.profile.voice.speaks))


def _sounds(reply: Reply) -> tuple[AppFile | Blob, ...]:
    """What can be played by now: what is still to be fetched, and what may change, waits, and all behind it."""
    found: list[AppFile | Blob] = []
    for media in _own_sounds(reply):
        source = media.source
        if isinstance(source, Blob) or (isinstance(source, AppFile) and source.live):
            found.append(source)
        elif source is not None and reply.running:
            break
    return tuple(found)


def _own_sounds(reply: Reply) -> tuple[Media, ...]:
    messages = _own(reply.messages)
    said = [part for message in messages for part in message.media]
    beside = [artifact.media for artifact in reply.artifacts if artifact.media is not None]
    return tuple(media for media in (*said, *beside) if media.kind == "audio" and not media.recording)


def _own(messages: Sequence[Message]) -> Sequence[Message]:
    """The app's messages behind the last one of a person: a chat that began anew holds both."""
    asked = [place for place, message in enumerate(messages) if message.role == "user"]
    return messages[asked[-1] + 1 :] if asked else messages


def _without_texts(reply: Reply) -> Reply:
    return replace(reply, messages=tuple(replace(message, parts=()) for message in reply.messages), artifacts=())

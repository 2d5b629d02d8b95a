"""What the previews of all platforms need: a reply as a stored one is, and addresses of what it holds. Pure."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from .bridge import Scene
from .messages import Blob, Inline, Media, Reply, replace_media, walk


class Holding:
    """Holds the bytes that came inside a reply of a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._inlined: dict[str, str] = {}

    def address(self, sha256: str, name: str) -> str:
        """An address that the operator's browser can open."""
        return self._inlined.get(sha256) or self._scene.link(sha256, name)

    def kept(self, reply: Reply) -> Reply:
        """The reply with bytes that came inside it held, as they are in a stored one."""
        parts = [*(part for message in reply.messages for part in message.parts), *reply.artifacts]
        held = {
            media: replace(media, source=self._hold(media, media.source))
            for media in walk(parts)
            if isinstance(media, Media) and isinstance(media.source, Inline)
        }
        messages = tuple(replace(one, parts=replace_media(one.parts, held)) for one in reply.messages)
        artifacts = [
            replace(one, media=held.get(one.media, one.media)) if one.media is not None else one
            for one in reply.artifacts
        ]
        return replace(reply, messages=messages, artifacts=tuple(artifacts))

    def _hold(self, media: Media, source: Inline) -> Blob:
        sha256 = hashlib.sha256(source.data).hexdigest()
        mime = media.mime or "application/octet-stream"
        self._inlined[sha256] = f"data:{mime};base64,{base64.b64encode(source.data).decode()}"
        return Blob(sha256, len(source.data))

"""Where attachments are fetched: signed addresses that expire.

reference: Messages, "attachment URLs" (`ex`, `is`, `hm`; never to be stored).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from fakes.discord.world import Attachment, World

LIFETIME = 24 * 3600.0


class Cdn:
    """Signs and checks addresses. `url` is set once the server listens."""

    def __init__(self, world: World) -> None:
        self.url = ""
        self._world = world
        self._files: dict[int, Attachment] = {}

    def sign(self, channel_id: int, attachment: Attachment) -> str:
        """An address that is good for a day."""
        self._files[attachment.id] = attachment
        expires, issued = int(self._world.now() + LIFETIME), int(self._world.now())
        path = f"/attachments/{channel_id}/{attachment.id}/{quote(attachment.filename)}"
        signature = self._signature(str(attachment.id), f"{expires:x}", f"{issued:x}")
        return f"{self.url}{path}?ex={expires:x}&is={issued:x}&hm={signature}&"

    def fetch(self, attachment_id: str, query: Mapping[str, str]) -> Attachment | None:
        """The file, or None when the address is not signed, is forged or has expired."""
        expires, issued = query.get("ex", ""), query.get("is", "")
        if query.get("hm") != self._signature(attachment_id, expires, issued):
            return None
        return self._files.get(int(attachment_id)) if int(expires, 16) >= self._world.now() else None

    def _signature(self, *parts: str) -> str:
        return hashlib.sha256("/".join(parts).encode()).hexdigest()

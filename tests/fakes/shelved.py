"""Files that a shelf holds."""

from __future__ import annotations

import io
import random

from PIL import Image

from fakes.core import FolderShelf


async def kept(shelf: FolderShelf, data: bytes) -> str:
    """The SHA-256 by which the shelf holds them from now on."""
    return (await shelf.put(data, mime="", name="x", limit=1 << 30)).sha256


def picture(side: int = 8) -> bytes:
    """A PNG of noise, the same each time: no format makes it smaller."""
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3)).save(out, "PNG")
    return out.getvalue()

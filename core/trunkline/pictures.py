"""Pictures that are too large for a platform, made to fit: fewer bytes first, then fewer pixels.

Needs Pillow. Everything blocks: call it on a thread.
"""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .errors import MediaError
from .words import words

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS: Final = 100_000_000
"""Larger pictures are not opened: some kilobytes may unfold to gigabytes."""
LARGEST_SIDE: Final = 12_000
"""Pixels. WebP ends at 16,383 and nobody's screen is near."""
_QUALITIES: Final = (88, 75, 60)
_TRIES: Final = 6
_LEAST_SIDE: Final = 16
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "ICO", "AVIF")
_LOSSLESS_HOPE: Final = 1.25
"""Packing a PNG anew saves a fifth of it at best."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """`ending` is that of a file name, with its dot. `still`: of a moving picture only the first frame is left."""

    data: bytes
    mime: str
    ending: str
    still: bool = False


def fit(data: bytes, limit: int) -> Fitted:
    """The picture in at most `limit` bytes, upright as its EXIF data says, its metadata gone.

    PNG stays PNG and JPEG stays JPEG where that fits; else what can be seen through becomes WebP, everything else
    JPEG. `MediaError` with a sentence for what is no picture, has too many pixels, or cannot be made so small.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise MediaError(words("picture_no_library")) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise MediaError(words("picture_too_many_pixels"))
                still = getattr(opened, "n_frames", 1) > 1
                kind = opened.format or ""
                picture = ImageOps.exif_transpose(opened)
    # Image.open raises what the formats' decoders raise; hostile files reach all of it.
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, Image.DecompressionBombError) as error:
        raise MediaError(words("picture_unreadable")) from error
    found = _packed(picture, kind, limit, len(data)) or _smaller(picture, limit)
    if found is None:
        raise MediaError(words("picture_too_large"))
    return Fitted(found.data, found.mime, found.ending, still)


def _packed(picture: Image.Image, kind: str, limit: int, size: int) -> Fitted | None:
    """A PNG without loss, where there is hope."""
    if kind != "PNG" or size > limit * _LOSSLESS_HOPE or picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        return None
    written = _written(picture, "PNG", optimize=True)
    return Fitted(written, "image/png", ".png") if len(written) <= limit else None


def _smaller(picture: Image.Image, limit: int) -> Fitted | None:
    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    plain = picture.convert("RGBA" if clear else "RGB")
    plain.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    plain.info = {}
    for attempt in range(_TRIES):
        for quality in _QUALITIES if attempt == 0 else _QUALITIES[1:2]:
            written = _written(plain, "WEBP" if clear else "JPEG", quality=quality)
            if len(written) <= limit:
                return Fitted(written, "image/webp", ".webp") if clear else Fitted(written, "image/jpeg", ".jpg")
        # Bytes go with pixels, a little less than proportionally.
        scale = min(0.9, math.sqrt(limit / len(written)) * 0.9)
        width, height = round(plain.width * scale), round(plain.height * scale)
        if min(width, height) < 1 or max(width, height) < _LEAST_SIDE:
            return None
        plain = plain.resize((width, height))
    return None


def _written(picture: Image.Image, kind: str, **how: int | bool) -> bytes:
    out = io.BytesIO()
    try:
        picture.save(out, kind, **how)
    except (OSError, ValueError) as error:
        raise MediaError(words("picture_unreadable")) from error
    return out.getvalue()

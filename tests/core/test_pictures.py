"""Pictures that are made to fit: still the same picture, upright, in fewer bytes; hostile ones are refused."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from trunkline.errors import MediaError
from trunkline.pictures import MOST_PIXELS, fit


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that no format packs well."""
    channels = len(mode)
    return Image.frombytes(mode, (width, height), random.Random(1).randbytes(width * height * channels))


def encoded(picture: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_jpeg_stays_a_jpeg_of_its_size_where_quality_is_enough() -> None:
    data = encoded(noise(400, 300), "JPEG", quality=98)
    found = fit(data, len(data) * 2 // 3)
    assert len(found.data) <= len(data) * 2 // 3
    assert (found.mime, found.ending, found.still) == ("image/jpeg", ".jpg", False)
    assert opened(found.data).size == (400, 300)


def test_what_quality_does_not_save_pixels_do() -> None:
    data = encoded(noise(1200, 800), "JPEG", quality=95)
    found = fit(data, 40_000)
    assert len(found.data) <= 40_000
    width, height = opened(found.data).size
    assert width / height == pytest.approx(1.5, rel=0.02)
    assert width > 100, "no smaller than it has to be"


def test_a_png_that_was_packed_badly_stays_a_png() -> None:
    plain = Image.new("RGB", (500, 500), "red")
    data = encoded(plain, "PNG", compress_level=0)
    packed = encoded(plain, "PNG", optimize=True)
    limit = int(len(data) / 1.2)
    found = fit(data, limit)
    assert (found.mime, found.ending) == ("image/png", ".png")
    assert len(packed) <= len(found.data) <= limit


def test_what_can_be_seen_through_still_can() -> None:
    found = fit(encoded(noise(500, 500, "RGBA"), "PNG"), 100_000)
    assert (found.mime, found.ending) == ("image/webp", ".webp")
    assert opened(found.data).mode == "RGBA"
    assert len(found.data) <= 100_000


def test_a_picture_turned_by_its_exif_data_stays_upright_and_loses_its_data() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90°
    exif[0x010E] = "sentinel"
    data = encoded(noise(400, 200), "JPEG", quality=95, exif=exif)
    found = fit(data, len(data) // 2)
    width, height = opened(found.data).size
    assert width < height
    assert not opened(found.data).getexif()
    assert b"sentinel" not in found.data


def test_of_a_moving_picture_the_first_frame_is_left() -> None:
    frames = [noise(200, 200), noise(200, 200).rotate(90)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    found = fit(data, 20_000)
    assert found.still
    assert len(found.data) <= 20_000
    assert getattr(opened(found.data), "n_frames", 1) == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16", "F"])
def test_every_mode_is_taken(mode: str) -> None:
    picture = Image.new("I;16", (300, 300)) if mode == "I;16" else noise(300, 300).convert(mode)
    data = encoded(picture, "TIFF")
    assert len(fit(data, 8_000).data) <= 8_000


def test_a_bomb_is_refused_unopened() -> None:
    side = int(MOST_PIXELS**0.5) + 1

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(MediaError, match="too many pixels"):
        fit(data, 10)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + b"x" * 100])
def test_what_is_no_picture_says_so(data: bytes) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        fit(data, 1000)


def test_a_picture_cut_short_says_so() -> None:
    data = encoded(noise(300, 300), "PNG")
    with pytest.raises(MediaError, match="cannot be read"):
        fit(data[: len(data) // 2], 1000)


def test_what_cannot_be_made_so_small_says_so() -> None:
    with pytest.raises(MediaError, match="small enough"):
        fit(encoded(noise(300, 300), "PNG"), 50)

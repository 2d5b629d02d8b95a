"""What the app forbids is refused in words, and the rest is sent."""

from __future__ import annotations

import pytest

from trunkline.accepting import accept, fits
from trunkline.backend import Accepts
from trunkline.errors import AppRefused
from trunkline.messages import Link, Media, Part, Text

CAT = Media("image", Link("x"), name="cat.PNG", mime="image/png")
SONG = Media("audio", Link("x"), name="song.mp3", mime="audio/mpeg")
NAMELESS = Media("video", Link("x"))


def refused(parts: tuple[Part, ...], accepts: Accepts) -> str:
    with pytest.raises(AppRefused) as error:
        accept(parts, accepts)
    return error.value.user_message


def test_text_passes() -> None:
    assert accept((Text("hello"),), Accepts()).parts == (Text("hello"),)


def test_the_length_is_that_of_all_text() -> None:
    parts = (Text("12345"), Text("67890"))
    assert accept(parts, Accepts(max_length=10)).parts == parts
    assert "10 characters; this app takes at most 9" in refused(parts, Accepts(max_length=9))


def test_nothing_is_no_message() -> None:
    for parts in ((), (Text("  \n"),)):
        assert "empty" in refused(parts, Accepts())


def test_a_file_for_a_text_only_app_is_named_and_the_text_sent() -> None:
    accepted = accept((Text("look"), CAT, NAMELESS), Accepts())
    assert accepted.parts == (Text("look"),)
    (notice,) = accepted.notices
    assert notice.text == "This app takes text only: cat.PNG and the video was not sent."
    assert "text only" in refused((CAT,), Accepts())


def test_text_for_an_app_of_files_only_is_refused_and_the_file_sent() -> None:
    accepted = accept((Text("look"), CAT), Accepts(text=False, files=True))
    assert accepted.parts == (CAT,)
    assert accepted.notices[0].text == "This app takes no written text."


def test_files_of_other_types_are_named() -> None:
    accepted = accept((CAT, SONG), Accepts(files=True, file_types=("image", ".pdf")))
    assert accepted.parts == (CAT,)
    assert accepted.notices[0].text == "This app takes only image, .pdf files: song.mp3 was not sent."


def test_a_clip_is_taken_where_there_is_a_microphone() -> None:
    for accepts in (Accepts(microphone=True), Accepts(files=True, file_types=("audio",), microphone=True)):
        assert accept((SONG,), accepts).parts == (SONG,)
    assert "song.mp3" in refused((SONG,), Accepts(files=True, file_types=("image",), microphone=True))
    accepted = accept((CAT, SONG), Accepts(microphone=True))
    assert accepted.parts == (SONG,)
    assert "cat.PNG was not sent" in accepted.notices[0].text
    assert "text only" in refused((SONG,), Accepts())


@pytest.mark.parametrize(("limit", "words"), [(1, "one file"), (2, "2 files")])
def test_too_many_files_are_named(limit: int, words: str) -> None:
    accepted = accept((CAT, CAT, SONG), Accepts(files=True, max_files=limit))
    assert len(accepted.parts) == limit
    assert words in accepted.notices[0].text
    assert "song.mp3" in accepted.notices[0].text


@pytest.mark.parametrize(
    ("kinds", "takes"),
    [
        ((), True),
        (("image",), True),
        (("image/*",), True),
        ((".png",), True),
        ((" .PNG ",), True),
        (("image/png",), True),
        (("file",), True),
        (("*",), True),
        (("audio",), False),
        ((".jpg",), False),
        (("image/jpeg",), False),
        ((".jpg", "image"), True),
    ],
)
def test_file_types_as_gradio_names_them(kinds: tuple[str, ...], takes: bool) -> None:
    assert fits(CAT, kinds) is takes

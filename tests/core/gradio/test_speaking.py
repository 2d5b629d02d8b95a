"""What a person says, cut to what the app takes."""

from __future__ import annotations

import pytest

from trunkline.backend import Accepts
from trunkline.errors import AppRefused
from trunkline.gradio.speaking import allowed_type, bound_value, said_by
from trunkline.messages import Media, Speaker, Text

PICTURE = Media("image", name="a.PNG", mime="image/png")
SOUND = Media("audio", name="b.wav", mime="audio/wav")


def test_text_and_files_are_taken_as_they_are() -> None:
    said = said_by((PICTURE, Text("one"), Text("two")), Accepts(files=True))

    assert (said.text, said.files, said.refused) == ("one\n\ntwo", (PICTURE,), ())


def test_a_text_only_app_gets_the_words_and_the_writer_a_sentence() -> None:
    said = said_by((PICTURE, Text("see")), Accepts())

    assert (said.text, said.files) == ("see", ())
    assert said.refused == ("a.PNG was not sent: this app takes no files.",)


def test_nothing_left_to_send_is_refused() -> None:
    with pytest.raises(AppRefused, match="takes no files"):
        said_by((PICTURE,), Accepts())


def test_more_files_than_the_app_takes() -> None:
    said = said_by((PICTURE, SOUND), Accepts(files=True, max_files=1))

    assert said.files == (PICTURE,)
    assert "1 file a message" in said.refused[0]


def test_a_message_that_is_too_long() -> None:
    assert said_by((Text("x" * 20),), Accepts(max_length=20)).text == "x" * 20
    with pytest.raises(AppRefused, match="at most 20"):
        said_by((Text("x" * 21),), Accepts(max_length=20))


def test_a_recording_goes_where_a_microphone_is() -> None:
    assert said_by((SOUND,), Accepts(microphone=True)).files == (SOUND,)


@pytest.mark.parametrize(
    ("types", "fits"),
    [
        ((), True),
        (("file",), True),
        (("image",), True),
        (("audio", ".png"), True),
        (("image/*",), True),
        (("image/png",), True),
        (("image/jpeg",), False),
        (("audio", ".pdf"), False),
    ],
)
def test_file_types_as_gradio_names_them(types: tuple[str, ...], fits: bool) -> None:
    assert allowed_type(PICTURE, types) is fits


def test_values_bound_to_the_speaker() -> None:
    speaker = Speaker("discord", "42", "Ann", "guild")

    assert bound_value("{platform}:{user.id} {user.name}", speaker, "text") == "discord:42 Ann"
    assert bound_value("{user.id}", speaker, "number") == 42.0
    assert bound_value("{user.name}", speaker, "number") is None
    assert bound_value("yes", None, "checkbox") is True


def test_a_name_that_looks_like_a_marker_stays_a_name() -> None:
    speaker = Speaker("web", "{user.name}", "{team}", team="signed-in")
    assert bound_value("{user.id} {user.name}", speaker, "text") == "{user.name} {team}"
    assert bound_value("{user.id}", None, "text") == ""

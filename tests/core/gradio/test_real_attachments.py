"""Files for components beside a plain text box of real apps, and files among the settings."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fakes.blobs import MemoryBlobs
from fakes.fixtures import Converse, StartApp
from fakes.gradio_apps import Version, call
from fakes.samples import GREEN, png, wav
from trunkline.accepting import accept
from trunkline.codec import encode
from trunkline.errors import AppRefused
from trunkline.messages import AppFile, Json, Media, Text

pytestmark = pytest.mark.apps

PDF = b"%PDF-1.4 of no content"


def picture(blobs: MemoryBlobs, width: int) -> Media:
    return blobs.media(png(GREEN, width=width), f"p{width}.png", "image/png")


def paper(blobs: MemoryBlobs, name: str) -> Media:
    return blobs.media(PDF + name.encode(), name, "application/pdf", kind="file")


async def test_a_picture_beside_the_box_stays_for_the_next_question(
    fresh_gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    url = fresh_gradio_app("picture_beside", version)
    chat = await converse(url)

    before = await chat.say("before")
    first = await chat.say("first", picture(blobs, 11))
    later = await chat.say("later")
    changed = await chat.say("changed", picture(blobs, 12))

    assert before.text == "before: blind"
    assert first.text.endswith("first: 11 wide")
    assert later.text.endswith("later: 11 wide")
    # The app shows no pictures in its chat, so its history holds none either.
    assert "<file" not in changed.text
    assert changed.text.endswith("changed: 12 wide")
    assert await call(url, "uploads") == [11, 12]


async def test_a_picture_that_was_taken_back_is_not_sent(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("picture_beside", version))
    await chat.say("first", picture(blobs, 13))

    chat.history = []

    assert (await chat.say("after")).text == "after: blind"


async def test_a_picture_stays_when_the_session_is_lost(
    fresh_gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    url = fresh_gradio_app("picture_beside", version)
    chat = await converse(url)
    await chat.say("first", picture(blobs, 14))

    await chat.backend.forget(chat.name)

    assert (await chat.say("later")).text.endswith("later: 14 wide")
    assert await call(url, "uploads") == [14, 14]


async def test_a_picture_that_the_app_takes_out_is_sent_once(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("picture_beside", version, emptied="1"))

    first = await chat.say("first", picture(blobs, 15))
    later = await chat.say("later")
    await chat.backend.forget(chat.name)
    lost = await chat.say("lost")

    assert first.text == "first: 15 wide"
    # This app shows the picture in its chat: there it is seen again.
    assert later.text.startswith("user: <file p15.png> | user: first | ")
    assert later.text.endswith("later: blind")
    assert lost.text.endswith("lost: blind")


async def test_a_picture_without_a_word(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("picture_beside", version))

    assert (await chat.say("", picture(blobs, 16))).text == ": 16 wide"


async def test_a_picture_that_is_read_at_once(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("picture_read", version))

    before = await chat.say("before")
    first = await chat.say("first", picture(blobs, 19))
    later = await chat.say("later")
    await chat.backend.forget(chat.name)
    lost = await chat.say("lost")

    assert (before.text, first.text, later.text) == ("before: nothing", "first: 19 wide", "later: 19 wide")
    assert lost.text == "lost: 19 wide"


async def test_what_a_message_may_hold_beside_the_box(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    one = (await converse(gradio_app("picture_beside", version))).backend.profile.accepts
    many = (await converse(gradio_app("files_beside", version))).backend.profile.accepts

    assert (one.files, one.file_types, one.max_files) == (True, ("image",), 1)
    assert (many.files, many.file_types, many.max_files) == (True, (), None)
    parts = (Text("see"), picture(blobs, 3), paper(blobs, "a.pdf"))
    assert accept(parts, one).parts == parts[:2]
    assert accept(parts, many).parts == parts


async def test_each_file_goes_where_it_fits(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("files_beside", version))
    sound = blobs.media(wav(), "tone.wav", "audio/wav", kind="audio")
    again = blobs.media(wav(50), "second.wav", "audio/wav", kind="audio")

    nothing = await chat.say("none")
    reply = await chat.say("see", paper(blobs, "a.pdf"), sound, paper(blobs, "b.pdf"), again)

    assert nothing.text == "none: no papers; no sound"
    assert reply.text == "see: a.pdf, b.pdf, second.wav; tone.wav"
    assert reply.notices == ()


async def test_a_second_picture_is_refused_by_name(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("picture_beside", version))

    reply = await chat.say("two", picture(blobs, 17), picture(blobs, 18))

    assert reply.text == "two: 17 wide"
    assert [notice.text[:22] for notice in reply.notices] == ["p18.png was not sent: "]


async def test_examples_bring_their_picture(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("example_pictures", version))
    (example,) = chat.backend.profile.examples

    reply = await chat.use_example(0)

    assert (example.text, dict(example.settings)) == ("How wide?", {})
    assert [(media.kind, media.name) for media in example.media] == [("image", "small.png")]
    assert isinstance(example.media[0].source, AppFile)
    assert reply.text == "How wide? 5"
    assert (await chat.say("And now?")).text == "And now? 5"


async def test_files_among_the_settings_are_uploaded(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("file_settings", version))
    small, large = png(width=3), png(width=300, height=300)
    film, papers = blobs.add(b"no film"), [blobs.add(b"one"), blobs.add(b"three")]

    chat.settings = {"film": {**_blob(encode(film)), "name": "film.mp4", "mime": "video/mp4"}}
    with_film = await chat.say("film")
    named = [encode(Media("file", blob, name=f"{number}.txt")) for number, blob in enumerate(papers)]
    chat.settings = {"papers": named, "picture": encode(blobs.media(small, "small.png", "image/png"))}
    with_papers = await chat.say("papers")
    attached = await chat.say("attached", blobs.media(large, "large.png", "image/png"))
    chat.settings = {}
    kept = await chat.say("kept")

    assert with_film.text == "film: film.mp4 7"
    assert with_papers.text.endswith(f"papers: small.png {len(small)}, 0.txt 3, 1.txt 5")
    assert attached.text.endswith(f"attached: large.png {len(large)}, 0.txt 3, 1.txt 5")
    assert kept.text.endswith(f"kept: large.png {len(large)}")
    # ChatInterface puts words into its history, and nothing of the components beside the box.
    assert "<file" not in kept.text


async def test_a_file_among_the_settings_that_is_gone(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("file_settings", version))
    gone = blobs.add(b"gone soon")
    chat.settings = {"picture": encode(gone)}
    blobs.drop(gone)

    with pytest.raises(AppRefused, match="The setting Picture cannot be sent"):
        await chat.say("see")


def _blob(value: Json) -> Mapping[str, Json]:
    assert isinstance(value, Mapping)
    return value

"""Media of every kind in the replies of real apps, the outputs beside the chat, and media of other origins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import web

from fakes.blobs import MemoryBlobs
from fakes.conversation import Conversation, parts_of
from fakes.fixtures import Converse, StartApp
from fakes.gradio_apps import Version, call
from fakes.samples import GREEN, RED, png, wav
from trunkline.errors import MediaError
from trunkline.messages import AppFile, Artifact, Inline, Link, Media, Reply, Text

pytestmark = pytest.mark.apps


async def data_of(chat: Conversation, media: Media) -> bytes:
    """The bytes of a media part, wherever they are."""
    if isinstance(media.source, Inline):
        return media.source.data
    assert isinstance(media.source, AppFile)
    return (await chat.backend.fetch(media.source, 10**6)).data


def only_media(reply: Reply) -> Media:
    (part,) = parts_of(reply)
    assert isinstance(part, Media)
    return part


@pytest.mark.parametrize(
    ("kind", "name", "mimes", "data"),
    [
        pytest.param("image", "red.png", {"image/png"}, png(RED), id="image"),
        pytest.param("audio", "tone.wav", {"audio/wav", "audio/x-wav"}, wav(), id="audio"),
    ],
)
async def test_components_of_one_file(
    gradio_app: StartApp,
    converse: Converse,
    version: Version,
    kind: str,
    name: str,
    mimes: set[str],
    data: bytes,
) -> None:
    chat = await converse(gradio_app("components", version))

    media = only_media(await chat.say(kind))

    assert (media.kind, media.name) == (kind, name)
    assert media.mime in mimes
    assert await data_of(chat, media) == data


async def test_a_film(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("components", version))

    media = only_media(await chat.say("video"))

    assert (media.kind, media.name, media.mime) == ("video", "film.mp4", "video/mp4")
    assert (await data_of(chat, media))[4:8] == b"ftyp"


async def test_html(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("components", version))

    assert parts_of(await chat.say("html")) == [Media("html", spec="<b>bold</b> words")]


async def test_files(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("components", version))

    one = only_media(await chat.say("file"))
    several = parts_of(await chat.say("files"))

    assert (one.kind, one.name) == ("file", "notes.txt")
    assert await data_of(chat, one) == b"Nothing of note.\n"
    assert [part.name for part in several if isinstance(part, Media)] == ["one.txt", "two.txt"]


async def test_a_gallery_with_captions(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("components", version))

    pictures = [part for part in parts_of(await chat.say("gallery")) if isinstance(part, Media)]

    assert [(part.kind, part.caption) for part in pictures] == [
        ("image", "A red one"),
        ("image", "A green one"),
    ]
    assert [await data_of(chat, part) for part in pictures] == [png(RED), png(GREEN)]
    assert len({part.group for part in pictures}) == 1
    assert pictures[0].group


async def test_a_matplotlib_plot_is_a_picture(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("components", version))

    plot = only_media(await chat.say("matplotlib"))

    assert plot.kind == "plot"
    assert plot.mime.startswith("image/")
    assert plot.spec is None
    assert len(await data_of(chat, plot)) > 1000


@pytest.mark.parametrize(
    ("version", "library"),
    [("6", "plotly"), ("6", "bokeh"), ("6", "altair"), ("5", "plotly"), ("5", "altair")],
)
async def test_interactive_plots_keep_their_specification(
    gradio_app: StartApp, converse: Converse, version: Version, library: str
) -> None:
    chat = await converse(gradio_app("components", version))

    plot = only_media(await chat.say(library))

    assert plot.kind == "plot"
    assert isinstance(plot.spec, Mapping)
    assert plot.spec["type"] == library
    assert isinstance(plot.spec["plot"], str)
    assert len(plot.spec["plot"]) > 100


async def test_a_plot_that_gradio_5_itself_cannot_show(gradio_app: StartApp, converse: Converse) -> None:
    chat = await converse(gradio_app("components", "5"))

    reply = await chat.say("bokeh")

    assert reply.state == "failed"
    assert reply.error
    assert (await chat.say("html")).state == "final"


async def test_every_component_goes_back_as_history(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("components", version))
    kinds = ("image", "audio", "video", "html", "file", "files", "gallery", "matplotlib", "plotly")
    for kind in kinds:
        assert (await chat.say(kind)).state == "final", kind

    reply = await chat.say("history")

    # 5.49.1 takes one message for each file of a reply, 6 takes all in one.
    assert reply.state == "final"
    assert int(reply.text.split(" ")[0]) >= 2 * len(kinds)


async def test_files_are_exchanged_with_the_address_we_know(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("behind_proxy", version))

    words, picture = parts_of(await chat.say("see", blobs.media(png(GREEN), "green.png", "image/png")))

    assert words == Text("1 files")
    assert isinstance(picture, Media)
    assert await data_of(chat, picture) == png(RED)


@pytest.mark.parametrize(
    ("word", "kind", "name"),
    [("sound", "audio", "tone.wav"), ("film", "video", "film.mp4"), ("notes", "file", "notes.txt")],
)
async def test_files_as_dictionaries(
    gradio_app: StartApp, converse: Converse, version: Version, word: str, kind: str, name: str
) -> None:
    chat = await converse(gradio_app("file_replies", version))

    media = only_media(await chat.say(word))

    assert (media.kind, media.name, media.alt) == (kind, name, "")
    assert len(await data_of(chat, media)) > 10


async def test_words_for_who_cannot_see(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("file_replies", version))

    picture = only_media(await chat.say("picture"))
    red, green, words = parts_of(await chat.say("both"))

    assert (picture.kind, picture.alt) == ("image", "A red square")
    assert isinstance(red, Media)
    assert isinstance(green, Media)
    assert (red.alt, green.alt) == ("Red", "Green")
    assert words == Text("Two squares")


async def test_outputs_beside_the_chat_are_artifacts(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("artifacts", version))

    reply = await chat.say("all")

    assert reply.text == "Here is everything."
    code, data, table, note, drawing, curve = reply.artifacts
    assert code == Artifact("code", "Program", "def greet(name):\n    return f'Hello, {name}!'", "python")
    assert data == Artifact("json", "Data", {"made": [1, 2]})
    assert (table.kind, table.label) == ("table", "Squares")
    assert isinstance(table.value, Mapping)
    assert (table.value["headers"], table.value["data"]) == (["n", "square"], [[1, 1], [2, 4]])
    assert note == Artifact("text", "Note", "a note")
    assert (drawing.kind, drawing.label) == ("media", "Drawing")
    assert drawing.media is not None
    assert drawing.media.kind == "image"
    assert (curve.kind, curve.label) == ("media", "Curve")
    assert curve.media is not None
    assert curve.media.kind == "plot"
    assert isinstance(curve.media.spec, Mapping)
    assert curve.media.spec["type"] == "bokeh"
    assert chat.backend.profile.outputs == ("Program", "Data", "Squares", "Note", "Drawing", "Curve")


async def test_empty_outputs_are_no_artifacts(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("artifacts", version))

    only_code = await chat.say("code")
    nothing = await chat.say("nothing")

    assert [artifact.label for artifact in only_code.artifacts] == ["Program"]
    assert nothing.artifacts == ()


class Elsewhere:
    """An origin other than the app's; `asked` lists what was fetched from it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(body=png(), content_type="image/png")


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    origin = Elsewhere()
    app = web.Application()
    app.router.add_get("/{path:.*}", origin.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    origin.url = f"http://{host}:{port}"
    yield origin
    await runner.cleanup()


async def test_media_of_another_origin_are_links_and_never_fetched(
    fresh_gradio_app: StartApp, converse: Converse, elsewhere: Elsewhere, version: Version
) -> None:
    chat = await converse(fresh_gradio_app("foreign_media", version, origin=elsewhere.url))

    ours, theirs = parts_of(await chat.say("gallery"))
    html = parts_of(await chat.say("html"))
    markdown = await chat.say("markdown")

    assert isinstance(ours, Media)
    assert await data_of(chat, ours) == png(RED)
    assert isinstance(theirs, Media)
    assert (theirs.source, theirs.caption) == (Link(f"{elsewhere.url}/three.png"), "theirs")
    assert html == [Media("html", spec=f'<img src="{elsewhere.url}/four.png">')]
    assert markdown.text == f"See ![one]({elsewhere.url}/one.png)"
    assert elsewhere.asked == []


async def test_a_file_that_is_gone(fresh_gradio_app: StartApp, converse: Converse, version: Version) -> None:
    url = fresh_gradio_app("foreign_media", version)
    chat = await converse(url)
    media = only_media(await chat.say("gone"))
    assert isinstance(media.source, AppFile)

    assert await call(url, "forget_files") > 0

    with pytest.raises(MediaError):
        await chat.backend.fetch(media.source, 10_000)


async def test_a_file_that_is_too_large(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("components", version))
    media = only_media(await chat.say("audio"))
    assert isinstance(media.source, AppFile)

    with pytest.raises(MediaError):
        await chat.backend.fetch(media.source, len(wav()) - 1)
    assert len((await chat.backend.fetch(media.source, len(wav()))).data) == len(wav())

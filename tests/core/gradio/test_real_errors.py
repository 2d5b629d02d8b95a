"""What goes wrong with real apps: their errors, messages they refuse, notices, queues, logins, no app at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import pytest
from aiohttp import web

from fakes.blobs import MemoryBlobs
from fakes.fixtures import Connect, Converse, StartApp
from fakes.gradio_apps import Version, call
from fakes.samples import png, wav
from trunkline.errors import AppRefused, AppUnreachable, LoginFailed, NotGradio, TrunklineError, UnsupportedApp
from trunkline.messages import Message, Notice, Reply, Text

pytestmark = pytest.mark.apps


async def test_an_error_before_the_first_word(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("failing", version))

    reply = await chat.say("early")

    assert (reply.state, reply.error) == ("failed", "The model is out of tokens.")


async def test_an_error_in_the_middle_leaves_no_trace(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    chat = await converse(gradio_app("failing", version))
    await chat.say("hello")

    failed = await chat.say("midway")
    after = await chat.say("and now")

    assert failed.state == "failed"
    assert "The model fell asleep." in failed.error
    assert "So far so good" in {snapshot.text for snapshot in chat.snapshots} | {failed.text}
    assert after.text == "user: hello | assistant: hello | and now"


async def test_the_words_of_other_exceptions_are_the_app_s_secret(
    gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    hidden = await (await converse(gradio_app("failing", version))).say("plain")
    shown = await (await converse(gradio_app("failing_openly", version))).say("anything")

    assert hidden.state == shown.state == "failed"
    assert "secret" not in hidden.error
    assert len(hidden.error) > 10
    assert "no such animal" in shown.error


@pytest.mark.parametrize("app", ["failing", "bad_value"])
async def test_a_reply_that_is_no_message(
    gradio_app: StartApp, converse: Converse, version: Version, app: str
) -> None:
    chat = await converse(gradio_app(app, version))

    reply = await chat.say("invalid")

    assert reply.state == "failed"
    assert len(reply.error) > 10
    assert "\n" not in reply.error
    assert chat.history == []


async def test_a_function_that_says_nothing(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("failing", version))

    reply = await chat.say("nothing")

    assert reply.text == ""
    assert reply.state in {"final", "failed"}
    assert (await chat.say("something")).text.endswith("something")


async def test_a_validator_stops_the_chain(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("validated", version)
    chat = await converse(url)
    await chat.say("first message")

    refused = await _refusal(chat.say("no"))

    assert "at least four letters" in refused
    assert await call(url, "asked") == ["first message"]
    assert (await chat.say("long enough")).text == "Fine: long enough"
    assert await call(url, "asked") == ["first message", "long enough"]


async def test_a_message_too_long_is_refused_before_the_app_is_asked(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("short_messages", version)
    chat = await converse(url)

    refused = await _refusal(chat.say("x" * 21))

    assert "20" in refused
    assert await call(url, "asked") == []
    assert (await chat.say("x" * 20)).text == "Short: " + "x" * 20


async def test_files_an_app_does_not_take_are_refused(
    fresh_gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    url = fresh_gradio_app("one_picture", version)
    chat = await converse(url)
    first = blobs.media(png(), "a.png", "image/png")
    second = blobs.media(wav(), "b.wav", "audio/wav", kind="audio")
    film = blobs.media(b"no film", "c.mp4", "video/mp4", kind="video")

    too_many = await _told(chat.say("two", first, second))
    wrong_kind = await _told(chat.say("film", film))

    assert too_many
    assert wrong_kind
    assert all(names in ([], ["a.png"]) for names in await call(url, "asked"))
    assert (await chat.say("picture", first)).text == "1 file"
    assert (await chat.say("sound", second)).text == "1 file"


async def test_a_file_larger_than_the_app_takes(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("small_uploads", version))
    small = blobs.media(b"x" * 900, "small.txt", "text/plain", kind="file")
    large = blobs.media(b"x" * 2000, "large.txt", "text/plain", kind="file")

    assert (await chat.say("take it", small)).text == "1 files"
    told = await _told(chat.say("take it", large))
    assert any("large.txt" in sentence for sentence in told)
    # The app was asked without the file, or not at all.
    assert chat.snapshots == [] or chat.snapshots[-1].text == "0 files"


async def test_words_sent_with_a_file_to_a_text_only_app_are_answered(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("yes_or_no", version))

    reply = await chat.say("even", blobs.media(png(), "a.png", "image/png"))

    assert reply.text == "Yes"
    assert any(notice.level == "warning" for notice in reply.notices)
    assert "file" in await _refusal(chat.say("", blobs.media(png(), "a.png", "image/png")))


async def test_a_file_that_is_no_longer_held(
    gradio_app: StartApp, converse: Converse, blobs: MemoryBlobs, version: Version
) -> None:
    chat = await converse(gradio_app("count_images", version))
    picture = blobs.media(png(width=9), "a.png", "image/png")
    chat.history = [Message("user", (picture, Text("see"))), Message("assistant", (Text("seen"),))]
    blobs.drop(blobs.add(png(width=9)))

    reply = await chat.say("and now")

    # A file lost to retention is missing from the history, which is no reason to fail the conversation.
    assert (reply.state, reply.text) == ("final", "0 pictures now, 0 in all")


async def test_notices_hold_while_the_function_works(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("notices", version)
    chat = await converse(url)

    async with asyncio.TaskGroup() as group:
        turn = group.create_task(chat.say("go"))
        progress = await chat.until_noticed("progress")
        seen = chat.snapshots[-1].notices
        await call(url, "open")

    assert progress == Notice("progress", "Half way", progress=0.5)
    assert Notice("info", "Looking it up", "Hint") in seen
    assert [notice.text for notice in seen if notice.level == "warning"] == ["This may take long"]
    assert turn.result().text == "Done"
    assert not {"progress", "queue"} & {notice.level for notice in turn.result().notices}


async def test_who_waits_sees_the_place_in_the_queue(
    fresh_gradio_app: StartApp, converse: Converse, version: Version
) -> None:
    url = fresh_gradio_app("slow_answer", version)
    first, second = await converse(url), await converse(url)

    async with asyncio.TaskGroup() as group:
        group.create_task(first.say("slow"))
        assert await call(url, "reached")
        waiting = group.create_task(second.say("quick"))
        place = await second.until_noticed("queue")
        await call(url, "open")

    assert place.rank == 0
    assert place.queue_size == 1
    assert waiting.result().text == "At last, quick after 0"
    assert first.history[-1].text == "At last, slow after 0"


async def test_an_app_behind_a_password(gradio_app: StartApp, converse: Converse, version: Version) -> None:
    chat = await converse(gradio_app("login", version), auth=("ann", "secret"))

    assert (await chat.say("hello")).text == "ann said hello"


@pytest.mark.parametrize("auth", [None, ("ann", "wrong")])
async def test_a_wrong_password_or_none(
    gradio_app: StartApp, connect: Connect, version: Version, auth: tuple[str, str] | None
) -> None:
    with pytest.raises(LoginFailed) as refused:
        await connect(gradio_app("login", version), auth=auth)

    assert "wrong" not in refused.value.user_message
    assert not refused.value.retryable


@dataclass(frozen=True)
class Page:
    """What a server answers to every request."""

    body: str
    status: int = 200
    content_type: str = "application/json"


Serve: TypeAlias = Callable[[Page], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers that know one page; returns their address."""
    runners: list[web.AppRunner] = []

    async def start(page: Page) -> str:
        async def answer(request: web.Request) -> web.Response:
            return web.Response(text=page.body, status=page.status, content_type=page.content_type)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runners.append(web.AppRunner(app))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], "127.0.0.1", 0).start()
        host, port = runners[-1].addresses[0][:2]
        return f"http://{host}:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.mark.parametrize(
    "page",
    [
        Page("<h1>Welcome</h1>", content_type="text/html"),
        Page("Not here", status=404, content_type="text/plain"),
        Page('{"hello": "world"}'),
        Page("[1, 2]"),
        Page("{broken"),
    ],
    ids=["a web page", "404", "other JSON", "a list", "broken JSON"],
)
async def test_something_that_is_no_gradio_app(connect: Connect, serve: Serve, page: Page) -> None:
    url = await serve(page)

    with pytest.raises(NotGradio) as refused:
        await connect(url)

    assert url in refused.value.user_message


async def test_a_version_that_is_too_old(connect: Connect, serve: Serve) -> None:
    config = {"version": "4.44.1", "mode": "chat_interface", "components": [], "dependencies": []}

    with pytest.raises(UnsupportedApp) as refused:
        await connect(await serve(Page(json.dumps(config))))

    assert "4.44.1" in refused.value.user_message
    assert "5" in refused.value.user_message.replace("4.44.1", "")


async def test_nobody_answers(connect: Connect) -> None:
    with pytest.raises(AppUnreachable) as refused:
        await connect("http://127.0.0.1:9")

    assert "http://127.0.0.1:9" in refused.value.user_message
    assert refused.value.exit_status == 3


@pytest.mark.parametrize("address", ["", "ftp://example.org", "not a url at all"])
async def test_an_address_that_is_none(connect: Connect, address: str) -> None:
    with pytest.raises(TrunklineError) as refused:
        await connect(address)

    assert "\n" not in refused.value.user_message


async def _told(turn: Awaitable[Reply]) -> list[str]:
    """What the writer is told of a message that the app does not take as it is: a refusal, or a warning."""
    try:
        reply = await turn
    except AppRefused as refused:
        return [refused.user_message]
    return [notice.text for notice in reply.notices if notice.level in {"warning", "error"}]


async def _refusal(turn: Awaitable[Reply]) -> str:
    """The sentence of a refusal, raised before the app began or told by a failed reply."""
    try:
        reply = await turn
    except AppRefused as refused:
        return refused.user_message
    assert reply.state == "failed"
    return reply.error

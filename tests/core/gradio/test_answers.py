"""Answers that are none of the app's: web pages of a proxy, redirects to a login, files that break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from fakes.event_server import EventServer
from trunkline.errors import AppFailed, AppUnreachable, LoginFailed, MediaError, SessionLost, TrunklineError
from trunkline.gradio.client import AppClient, dump
from trunkline.gradio.config import fetch_config, parse_config
from trunkline.gradio.files import AppFiles
from trunkline.gradio.session import AppSession
from trunkline.messages import AppFile, Inline, Media

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[AppClient]]

BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head></html>"
RAW = {"version": "6.0", "components": [], "dependencies": [{"id": 3, "targets": [], "api_name": "answer"}]}
STEP = parse_config(RAW, "http://app.test").dependencies[3]
MEGABYTE = b"x" * 2**20


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server that answers everything by one handler; returns a client of it."""
    runners: list[web.AppRunner] = []
    clients: list[AppClient] = []

    async def start(handler: Handler) -> AppClient:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        clients.append(AppClient(f"http://{host}:{port}"))
        return clients[-1]

    yield start
    for client in clients:
        await client.close()
    for runner in runners:
        await runner.cleanup()


def page(status: int, text: str = BAD_GATEWAY) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type="text/html")

    return answer


def login_page(status: int) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/sso/login":
            return web.Response(text="<form>", content_type="text/html")
        return web.Response(status=status, headers={"Location": "/sso/login?next=/secret"})

    return answer


def is_one_sentence(error: TrunklineError) -> bool:
    text = error.user_message
    return "\n" not in text and "<" not in text and text.endswith(".")


async def call(client: AppClient) -> None:
    session = AppSession(client)
    try:
        async with asyncio.timeout(10):
            await session.call(STEP, dump({"data": []}), lambda event: None)
    finally:
        await session.close()


@pytest.mark.parametrize("status", [502, 503, 504, 200])
async def test_a_proxy_answers_a_message_for_the_app(serve: Serve, status: int) -> None:
    client = await serve(page(status))

    with pytest.raises(AppUnreachable, match=f"web page .status {status}.") as refused:
        await call(client)
    with pytest.raises(AppUnreachable, match="web page"):
        await AppSession(client).predict(STEP, dump({"data": []}))

    assert is_one_sentence(refused.value)
    assert refused.value.retryable


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_proxy_answers_for_the_app_when_it_is_connected(serve: Serve, status: int) -> None:
    with pytest.raises(AppUnreachable, match=str(status)) as refused:
        await fetch_config(await serve(page(status)))

    assert is_one_sentence(refused.value)


async def test_a_proxy_answers_an_upload(serve: Serve) -> None:
    files = AppFiles(await serve(page(502)), None)

    with pytest.raises(AppUnreachable, match="502") as refused:
        await files.upload(Media("file", Inline(b"words"), name="a.txt"))

    assert is_one_sentence(refused.value)


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_login_page_in_front_of_the_app(serve: Serve, status: int) -> None:
    client = await serve(login_page(status))

    with pytest.raises(LoginFailed, match="/sso/login") as refused:
        await fetch_config(client)

    assert is_one_sentence(refused.value)
    assert "secret" not in refused.value.user_message


async def test_a_login_that_came_up_in_the_middle_of_a_chat(serve: Serve) -> None:
    client = await serve(login_page(302))

    with pytest.raises(AppUnreachable, match="redirects to another page") as refused:
        await call(client)

    assert is_one_sentence(refused.value)


async def test_a_message_is_not_sent_on_to_another_address(serve: Serve) -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        return web.Response(status=301, headers={"Location": f"https://new.test{request.path}"})

    with pytest.raises(AppUnreachable, match=r"redirects to https://new\.test: "):
        await call(await serve(moved))


async def test_a_web_page_instead_of_events() -> None:
    async with EventServer() as server:
        server.events_type = "text/html"
        server.send(BAD_GATEWAY.encode(), None)
        client = AppClient(server.url)

        with pytest.raises(SessionLost, match="web page") as lost:
            await call(client)

        await client.close()
    assert is_one_sentence(lost.value)


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "no longer has"), (403, "no longer has"), (500, "could not send"), (302, "at another address")],
)
async def test_a_file_that_is_not_sent(serve: Serve, status: int, words: str) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": "http://elsewhere.test/"} if status == 302 else {})

    with pytest.raises(MediaError, match=words) as refused:
        await AppFiles(await serve(refuse), None).fetch(AppFile("/tmp/cat.png"), 1000)

    assert is_one_sentence(refused.value)
    assert "cat.png" in refused.value.user_message
    assert "/tmp" not in refused.value.user_message


async def test_a_web_page_in_place_of_a_picture(serve: Serve) -> None:
    files = AppFiles(await serve(page(200)), None)

    with pytest.raises(MediaError, match=r"web page in place of the file cat\.png"):
        await files.fetch(AppFile("/tmp/cat.png"), 1000)
    assert (await files.fetch(AppFile("/tmp/page.html"), 1000)).data == BAD_GATEWAY.encode()


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_far_above_the_limit_is_left_after_the_limit(serve: Serve, announced: bool) -> None:
    sent = 0
    left = asyncio.Event()

    async def huge(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        if announced:
            response.content_length = 200 * len(MEGABYTE)
        await response.prepare(request)
        try:
            for _ in range(200):
                await response.write(MEGABYTE)
                sent += 1
        finally:
            left.set()
        return response

    with pytest.raises(MediaError, match=r"film.mp4 is larger than 5 MB\.") as refused:
        await AppFiles(await serve(huge), None).fetch(AppFile("/tmp/film.mp4"), 5_000_000)

    async with asyncio.timeout(10):
        await left.wait()
    assert is_one_sentence(refused.value)
    # What was read, and what the sockets hold.
    assert sent < 40


async def test_a_file_that_breaks_off(serve: Serve) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1000
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    with pytest.raises(AppUnreachable, match="the connection broke"):
        await AppFiles(await serve(broken), None).fetch(AppFile("/tmp/film.mp4"), 5_000)


async def test_a_connection_closed_without_an_answer_is_told() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    client = AppClient(f"http://{host}:{port}")

    for attempt in (
        client.post("queue/join", b"{}"),
        AppFiles(client, None).fetch(AppFile("/tmp/a.png"), 10),
        call(client),
    ):
        with pytest.raises(AppUnreachable):
            await attempt

    await client.close()
    server.close()
    await server.wait_closed()


async def test_an_upload_that_answers_nonsense(serve: Serve) -> None:
    async def nonsense(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.json_response({"hello": "world"})

    with pytest.raises(AppFailed, match=r"did not take the file a\.txt"):
        await AppFiles(await serve(nonsense), None).upload(Media("file", Inline(b"words"), name="a.txt"))


async def test_a_heartbeat_is_held_until_it_is_let_go() -> None:
    async with EventServer() as server, asyncio.timeout(10):
        client = AppClient(server.url)
        session = AppSession(client)
        session.hold_heartbeat()
        session.hold_heartbeat()
        heard = [await server.hearts.get()]

        session.release_heartbeat()
        heard.append(await server.hearts.get())
        session.hold_heartbeat()
        heard.append(await server.hearts.get())
        await session.close()
        heard.append(await server.hearts.get())
        await client.close()

    assert heard == [f"{what} {session.hash}" for what in ("open", "closed", "open", "closed")]
    assert server.hearts.empty()

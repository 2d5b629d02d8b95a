"""The server: who may connect, how much, what lies at which address."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web as aioweb

from fakes.vault import MemoryVault, no_mount
from fakes.web_server import SECRET, Served, serving
from trunkline.bridge import Finding, Wiring
from trunkline.errors import AppUnreachable, UsageError
from trunkline_bridges.web import descriptor
from trunkline_bridges.web.bridge import WebBridge
from trunkline_bridges.web.options import WebOptions


async def got(url: str, method: str = "GET", **headers: str) -> tuple[int, str, dict[str, str]]:
    async with aiohttp.ClientSession() as http, http.request(method, url, headers=headers) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def test_browsers_that_leave_during_the_upgrade_are_no_error(
    web: Served, caplog: pytest.LogCaptureFixture
) -> None:
    host = web.base.partition("//")[2].rstrip("/")
    name, _, port = host.partition(":")
    for _ in range(20):
        with socket.create_connection((name, int(port))) as leaving:
            reset_on_close = struct.pack("ii", 1, 0)
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_on_close)
            leaving.sendall(UPGRADE.format(host=host).encode())
    assert (await got(f"{web.base}/healthz"))[0] == 200
    await web.left(0)

    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


# Origins and addresses


@pytest.mark.parametrize(
    ("allowed", "origin", "taken"),
    [
        ((), "https://evil.example", False),
        ((), "", True),
        (("https://shop.example",), "https://shop.example", True),
        (("https://shop.example/",), "https://SHOP.example", True),
        (("https://shop.example",), "https://shop.example.evil.example", False),
        (("https://shop.example",), "http://shop.example", False),
        (("https://shop.example",), "null", False),
        (("*",), "https://anything.example", True),
    ],
)
async def test_only_allowed_websites_may_connect(
    tmp_path: Path, allowed: tuple[str, ...], origin: str, taken: bool
) -> None:
    async with serving(tmp_path, allowed_origins=allowed) as web:
        tab = web.client(origin=origin)
        await tab.connect(wait=taken)
        if not taken:
            assert await tab.closed() == 4403
            assert tab.errors[0]["code"] == "origin"
            status, answer = await tab.upload("a.txt", b"a", "text/plain", token="v1.x")
            assert (status, answer["error"]["code"]) == (403, "origin")
        else:
            assert tab.welcome


async def test_the_servers_own_page_may_always_connect(web: Served) -> None:
    tab = await web.visit(origin=web.base)

    assert tab.welcome


async def test_allowed_websites_may_read_uploads_and_media_of_ours(tmp_path: Path) -> None:
    async with serving(tmp_path, allowed_origins=("https://shop.example",)) as web:
        status, _, told = await got(f"{web.base}/upload", "OPTIONS", Origin="https://shop.example")
        refused, _, untold = await got(f"{web.base}/upload", "OPTIONS", Origin="https://evil.example")

    assert (status, told["Access-Control-Allow-Origin"]) == (204, "https://shop.example")
    assert "X-Trunkline-Visitor" in told["Access-Control-Allow-Headers"]
    assert refused == 403
    assert "Access-Control-Allow-Origin" not in untold


async def test_a_forwarded_address_is_believed_from_trusted_proxies_only(tmp_path: Path) -> None:
    forwarded = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "chat.example",
        "Origin": "https://chat.example",
    }
    for proxies, expected in (((), "error"), (("127.0.0.0/8",), "welcome")):
        async with (
            serving(tmp_path, trusted_proxies=proxies) as web,
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{web.base}/ws", headers=forwarded) as socket,
        ):
            await socket.send_json({"type": "hello", "protocol": 1, "locale": "en"})
            assert (await socket.receive_json())["type"] == expected


async def test_connections_are_counted_by_address_past_the_proxy(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, trusted_proxies=("127.0.0.1",), connections_per_address=1) as web,
        aiohttp.ClientSession() as http,
    ):
        held = []

        async def hello(address: str) -> dict[str, Any]:
            socket = await http.ws_connect(f"{web.base}/ws", headers={"X-Forwarded-For": address})
            await socket.send_json({"type": "hello", "protocol": 1, "locale": "en"})
            held.append(socket)
            frame: dict[str, Any] = await socket.receive_json()
            return frame

        assert (await hello("203.0.113.1"))["type"] == "welcome"
        assert (await hello("203.0.113.2"))["type"] == "welcome"
        assert (await hello("198.51.100.9, 203.0.113.1"))["code"] == "rate"


# Limits


@pytest.mark.parametrize("setting", ["connections", "connections_per_visitor", "connections_per_address"])
async def test_too_many_connections_are_closed_with_a_reason(tmp_path: Path, setting: str) -> None:
    limits: dict[str, Any] = {setting: 2}
    async with serving(tmp_path, **limits) as web:
        first = await web.visit()
        await web.visit(token=first.token)
        third = web.client(token=first.token)
        await third.connect(wait=False)
        assert await third.closed() == 4429
        assert third.errors[0]["code"] == "rate"
        await first.leave()
        await web.left(1)
        fourth = web.client(token=first.token)
        await fourth.connect()
        assert fourth.welcome


async def test_messages_that_come_too_fast_are_refused_with_the_time_to_wait(tmp_path: Path) -> None:
    async with serving(tmp_path, messages_per_minute=2) as web:
        tab = await web.visit()
        await tab.say("one")
        await tab.say("two")
        refused = await tab.say("three")
        assert (refused["type"], refused["code"]) == ("error", "rate")
        assert 20 < refused["retry_after"] <= 30
        web.clock.skip(31)
        assert (await tab.say("four"))["outcome"] == "queued"
        for turn in list(web.core.turns.values()):
            turn.die()


async def test_requests_of_any_kind_are_limited(tmp_path: Path) -> None:
    async with serving(tmp_path, commands_per_minute=3) as web:
        tab = await web.visit()
        for _ in range(3):
            assert (await tab.ask("conversation.list"))["type"] == "conversations"
        assert (await tab.ask("conversation.list"))["code"] == "rate"


async def test_a_frame_that_is_too_large_is_refused_by_its_id(tmp_path: Path) -> None:
    async with serving(tmp_path, frame_bytes=2000) as web:
        tab = await web.visit()
        refused = await tab.say("x" * 2000)
        assert (refused["type"], refused["code"]) == ("error", "too_large")
        assert (await tab.say("short"))["outcome"] == "started"
        for turn in list(web.core.turns.values()):
            turn.die()


# Bad frames


@pytest.mark.parametrize(
    ("first", "code", "error"),
    [
        ("nonsense", 4400, "bad_frame"),
        ("[]", 4400, "bad_frame"),
        ('{"type":"ping","t":1}', 4400, "bad_frame"),
        ('{"type":"hello","protocol":1}', 0, ""),
        ('{"type":"hello","protocol":2,"locale":"en"}', 4406, "protocol"),
        ('{"type":"hello","protocol":1,"locale":"en","app":"other"}', 4400, "not_found"),
        ('{"type":"hello","protocol":1,"locale":"en","conversation":-1}', 4400, "bad_frame"),
    ],
)
async def test_a_bad_first_frame_ends_the_connection(web: Served, first: str, code: int, error: str) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{web.base}/ws") as socket:
        await socket.send_str(first)
        answer = await socket.receive_json()
        if code:
            assert (answer["type"], answer["code"]) == ("error", error)
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == code
        else:
            assert answer["type"] == "welcome"


async def test_without_a_hello_the_connection_is_closed(web: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trunkline_bridges.web.handshake.HELLO_SECONDS", 0.01)
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{web.base}/ws") as socket:
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4408


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_frame"),
        ('{"type":"send","id":"short","conversation":0,"parts":[]}', "bad_frame"),
        ('{"type":"send","id":"long-enough","conversation":0,"parts":[]}', "bad_frame"),
        ('{"type":"shout","id":"long-enough"}', "unknown_frame"),
        ('{"type":"hello","protocol":1,"locale":"en"}', "bad_frame"),
        ('{"type":"rate","id":"long-enough","conversation":1,"turn":0,"value":"Like"}', "bad_frame"),
        (
            '{"type":"context.set","id":"long-enough","values":' + '{"a":' * 200 + "1" + "}" * 200 + "}",
            "bad_frame",
        ),
    ],
)
async def test_a_bad_frame_is_answered_and_the_connection_goes_on(web: Served, frame: str, code: str) -> None:
    tab = await web.visit()
    await tab.raw(frame)
    await tab.until(lambda: bool(tab.errors))
    assert tab.errors[0]["code"] == code

    assert (await tab.ask("conversation.list"))["type"] == "conversations"


async def test_browsers_that_leave_at_once_leave_nothing_behind(
    web: Served, caplog: pytest.LogCaptureFixture
) -> None:
    for after in (b"", b"\x81"):
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", web.bridge.port)
            writer.write(
                b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n" + after
            )
            await writer.drain()
            writer.transport.abort()
    tab = await web.visit()
    await web.left(1)

    assert tab.welcome
    assert not caplog.records


async def test_silence_is_answered_by_pings_and_then_by_the_end(tmp_path: Path) -> None:
    async with serving(tmp_path, ping_seconds=0.02) as web, aiohttp.ClientSession() as http:
        tab = await web.visit()
        await tab.until(lambda: sum(frame["type"] == "ping" for frame in tab.frames) > 3)
        assert tab.close_code is None
        async with http.ws_connect(f"{web.base}/ws") as deaf:
            await deaf.send_json({"type": "hello", "protocol": 1, "locale": "en"})
            kinds = [message.json()["type"] async for message in deaf]
            assert kinds == ["welcome", "snapshot", "ping", "ping"]
            assert deaf.close_code == 1013


# Addresses


async def test_health_tells_that_the_process_lives_and_ready_that_events_flow(web: Served) -> None:
    assert (await got(f"{web.base}/healthz"))[0] == 200
    assert (await got(f"{web.base}/readyz"))[0] == 200
    web.core.app_down = AppUnreachable("The app does not answer.")
    status, text, _ = await got(f"{web.base}/readyz")
    assert status == 503
    assert "The app does not answer." in text
    web.core.app_down = None
    web.core.store_down = True
    assert (await got(f"{web.base}/readyz"))[0] == 503
    web.core.store_down = False
    web.core.draining = True
    status, text, _ = await got(f"{web.base}/readyz")
    assert (status, "being stopped" in text) == (503, True)
    assert (await got(f"{web.base}/healthz"))[0] == 200


async def test_metrics_are_on_the_admin_address_alone(web: Served) -> None:
    await web.visit()
    status, text, _ = await got(f"http://127.0.0.1:{web.bridge.admin_port}/metrics")

    assert status == 200
    assert "trunkline_web_connections 1.0" in text
    assert (await got(f"{web.base}/metrics"))[0] == 404


async def test_everything_lies_below_the_path_prefix(tmp_path: Path) -> None:
    async with serving(tmp_path, path_prefix="chat/") as web:
        assert web.base.endswith("/chat")
        tab = await web.visit()
        assert tab.welcome
        assert 'server="/chat/"' in (await got(f"{web.base}/"))[1]
        assert (await got(web.base))[0] == 200
        assert (await got(f"{web.base}/healthz"))[0] == 200
        assert (await got(f"{web.base.removesuffix('/chat')}/healthz"))[0] == 404


async def test_other_bridges_may_add_routes_while_it_runs(web: Served) -> None:
    async def events(request: aioweb.Request) -> aioweb.Response:
        return aioweb.Response(text=f"{request.method} {request.path}")

    away = web.bridge.mount("/slack/events", events)
    assert (await got(f"{web.base}/slack/events", "POST"))[1] == "POST /slack/events"
    assert (await got(f"{web.base}/slack/events/below"))[0] == 200
    assert (await got(f"{web.base}/slack"))[0] == 404
    with pytest.raises(ValueError, match="answered by something else"):
        web.bridge.mount("slack/events/", events)
    away()
    assert (await got(f"{web.base}/slack/events"))[0] == 404


async def test_a_plain_request_to_the_socket_is_told_what_it_is(web: Served) -> None:
    assert (await got(f"{web.base}/ws"))[0] == 426


async def test_a_port_that_is_taken_is_named(web: Served, tmp_path: Path) -> None:
    options = WebOptions(host="127.0.0.1", port=web.bridge.port, admin_port=0)
    second = WebBridge(options, secret=SECRET, default_app="demo")
    with pytest.raises(UsageError, match=r"is in use. Choose another web.port"):
        await second.run(web.core)


# Settings and the descriptor


@pytest.mark.parametrize(
    "wrong",
    [
        {"public_url": "chat.example"},
        {"allowed_origins": ("shop.example",)},
        {"allowed_origins": ("https://shop.example/page",)},
        {"trusted_proxies": ("nonsense",)},
        {"port": 70_000},
        {"unknown": 1},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        WebOptions(**wrong)


def wiring(web: Served, **options: Any) -> Wiring:
    chosen = WebOptions(**options)
    registry = web.bridge._registry
    return Wiring("web", chosen, "demo", ("demo",), SECRET, web.core.media, registry, MemoryVault(), no_mount)


async def test_links_for_other_platforms_need_a_public_address(web: Served) -> None:
    assert descriptor.link is not None
    assert descriptor.link(wiring(web)) is None
    link = descriptor.link(wiring(web, public_url=web.base))
    assert link is not None
    blob = await web.core.media.put(b"data", mime="", name="a.txt", limit=100)

    assert (await got(link(blob.sha256, "a.txt")))[1] == "data"


def test_the_descriptor_is_found_whatever_was_imported_before() -> None:
    (point,) = entry_points(group="trunkline.bridges", name="web")

    assert WebBridge.__module__ == "trunkline_bridges.web.bridge"
    assert point.load() is descriptor


def test_the_descriptor_is_light() -> None:
    code = "import sys, trunkline_bridges.web; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_check_fetches_the_public_address(web: Served) -> None:
    assert descriptor.check is not None

    async def finding(**options: Any) -> Finding:
        (found,) = await descriptor.check(wiring(web, **options))  # type: ignore[misc]
        return found

    assert (await finding(public_url=web.base)).ok
    assert (await finding()).ok
    wrong = await finding(public_url=f"{web.base}/elsewhere")
    assert not wrong.ok
    assert "404" in wrong.text
    await web.stop()
    assert not (await finding(public_url=web.base)).ok

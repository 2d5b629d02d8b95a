"""The operator's address: who may ask, and what the pages show."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fakes.backend import ScriptedBackend
from fakes.web_client import SCHEMA, WebClient
from fakes.web_server import serving
from fakes.web_service import running_bridge
from trunkline.bridge import Kept, Transcript
from trunkline.errors import StoreError
from trunkline_bridges.web import descriptor
from trunkline_bridges.web.admin import names_us
from trunkline_bridges.web.bridge import WebBridge

PAGES = ("/", "/preview", "/theme", "/theme/frame", "/preview/web", "/preview/terminal")


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[WebBridge]:
    settings: dict[str, Any] = {
        "admin_names": ("Trunkline.internal",),
        "allowed_origins": ("*",),
        "theme": {"--trunkline-accent": "#112233"},
        "strings": {"title": 'A "title"'},
    }
    async with running_bridge(tmp_path, ScriptedBackend(), **settings) as running:
        yield running


def address(bridge: WebBridge, path: str) -> str:
    return f"http://127.0.0.1:{bridge.admin_port}{path}"


async def got(bridge: WebBridge, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession() as http, http.get(address(bridge, path), headers=named) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_the_operators_alone(bridge: WebBridge, path: str) -> None:
    status, text, told = await got(bridge, path)
    assert status == 200, text
    assert "default-src 'none'" in told["Content-Security-Policy"]
    assert "script-src 'self';" in told["Content-Security-Policy"]
    assert told["Cross-Origin-Resource-Policy"] == "same-origin"
    assert told["X-Frame-Options"] == "SAMEORIGIN"
    assert "Access-Control-Allow-Origin" not in told
    async with aiohttp.ClientSession() as http:
        public = await http.get(f"http://127.0.0.1:{bridge.port}{path}")
        assert "Trunkline: " not in await public.text()


@pytest.mark.parametrize("path", [*PAGES, "/ws", "/preview/live/sample/ws", "/widget.js"])
async def test_a_name_that_somebody_made_point_here_is_refused(bridge: WebBridge, path: str) -> None:
    """DNS rebinding: the browser believes that it talks to the attacker's website."""
    status, text, _ = await got(bridge, path, Host="evil.example")
    assert status == 403
    assert text == (
        "The operator's pages are not known as evil.example: open them as localhost, or set web.admin_names."
    )


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost:8081", True),
        ("LOCALHOST", True),
        ("admin.localhost", True),
        ("127.0.0.1:8081", True),
        ("[::1]:8081", True),
        ("10.1.2.3", True),
        ("trunkline.internal:8081", True),
        ("localhost.evil.example", False),
        ("evil.example@localhost", False),
        ("localhost; script-src *", False),
        ("localhost/x", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example:8081", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_names_that_are_ours(host: str, known: bool) -> None:
    assert names_us(host, ("Trunkline.internal",)) is known


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
    ],
)
@pytest.mark.parametrize("path", ["/preview/web?conversation=1", "/preview/live/1/ws", "/ws", "/widget.js"])
async def test_other_websites_get_nothing(bridge: WebBridge, path: str, headers: dict[str, str]) -> None:
    status, text, _ = await got(bridge, path, **headers)
    assert (status, text) == (403, "Another website asked for this page: open it by yourself.")


async def test_the_pages_work_behind_a_proxy_that_speaks_tls(bridge: WebBridge) -> None:
    through = {"Host": "trunkline.internal", "Origin": "https://trunkline.internal"}
    assert (await got(bridge, "/preview", **through))[0] == 200


async def test_a_link_that_is_followed_leads_here(bridge: WebBridge) -> None:
    followed = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert (await got(bridge, "/", **followed))[0] == 200


async def test_programs_may_measure_under_any_name(bridge: WebBridge) -> None:
    for path in ("/metrics", "/healthz"):
        assert (await got(bridge, path, Host="trunkline:8081"))[0] == 200


async def test_the_widget_on_these_pages_talks_to_the_same_server(bridge: WebBridge) -> None:
    async with WebClient(address(bridge, ""), origin=address(bridge, "")) as tab:
        await tab.connect()
        ack = await tab.say("hello")
        await tab.until(lambda: tab.state(ack["turn"]) == "delivered")
    assert "<dd>0</dd>" in (await got(bridge, "/"))[1]


async def said_by_a_visitor(bridge: WebBridge) -> int:
    async with WebClient(f"http://127.0.0.1:{bridge.port}") as tab:
        await tab.connect()
        ack = await tab.say("where is <b>my</b> parcel?")
        await tab.until(lambda: tab.state(ack["turn"]) == "delivered")
        return tab.conversation


async def test_every_bridge_that_draws_has_a_column(bridge: WebBridge) -> None:
    number = await said_by_a_visitor(bridge)
    _, text, _ = await got(bridge, "/preview")
    assert re.findall(r'<iframe title="(\w+)"', text) == ["Discord", "Slack", "Terminal", "Widget"]
    assert '<option value="sample">' in text
    assert f'<option value="{number}">{number} · web · where is &lt;b&gt;my&lt;/b&gt; parcel?</option>' in text
    assert 'data-setting="thoughts"' in text


async def test_the_sample_as_a_terminal_shows_it(bridge: WebBridge) -> None:
    _, full, _ = await got(bridge, "/preview/terminal?conversation=sample&thoughts=full")
    _, hidden, _ = await got(bridge, "/preview/terminal?conversation=sample&thoughts=hidden")
    assert "Line 7 and line 12" in full
    assert "next_train" in full
    assert "Alder Bay" in hidden
    assert "Plan the trip" not in hidden


async def test_the_sample_as_discord_shows_it(bridge: WebBridge) -> None:
    _, full, _ = await got(bridge, "/preview/discord?conversation=sample&thoughts=full")
    _, hidden, _ = await got(bridge, "/preview/discord?conversation=sample&thoughts=hidden")
    assert "Plan the trip" in full
    assert "Alder Bay" in hidden
    assert "Plan the trip" not in hidden


async def test_only_settings_that_change_the_looks_are_offered(bridge: WebBridge) -> None:
    _, text, _ = await got(bridge, "/preview")
    assert set(re.findall(r'data-setting="(\w+)"', text)) == {"thoughts", "colour"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/preview/terminal?thoughts=loud", 400),
        ("/preview/discord?thread=always", 200),
        ("/preview/terminal?conversation=999", 404),
        ("/preview/terminal?conversation=-1", 404),
        ("/preview/terminal?conversation=99999999999999999999999", 404),
        ("/preview/terminal?conversation=%3Cscript%3E", 404),
        ("/preview/nowhere", 404),
        ("/preview/live/999/ws", 404),
        ("/preview/live/sample/static/absent.js", 404),
    ],
)
async def test_what_cannot_be_previewed(bridge: WebBridge, path: str, status: int) -> None:
    assert (await got(bridge, path))[0] == status


async def test_a_stored_conversation_in_each_column(bridge: WebBridge) -> None:
    number = await said_by_a_visitor(bridge)
    _, text, _ = await got(bridge, f"/preview/terminal?conversation={number}")
    assert "parcel?" in text
    assert "<b>" not in text
    assert "Turn 1 heard: " in text
    frames = await live(bridge, str(number))
    (turn,) = frames[1]["turns"]
    assert [post["role"] for post in turn["posts"]] == ["user", "assistant"]


async def live(bridge: WebBridge, scene: str, *said: dict[str, Any]) -> list[dict[str, Any]]:
    """What the server of a preview's widget answers to `hello` and what is said then, one frame each."""
    frames = []
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(address(bridge, f"/preview/live/{scene}/ws")) as socket,
    ):
        await socket.send_json({"type": "hello", "protocol": 1})
        frames += [await socket.receive_json(), await socket.receive_json()]
        for frame in said:
            await socket.send_json(frame)
            frames.append(await socket.receive_json())
    for frame in frames:
        SCHEMA.check(frame)
    return frames


async def test_the_widgets_column_is_told_what_render_gives_and_does_nothing(bridge: WebBridge) -> None:
    welcome, snapshot, pong, refused, again = await live(
        bridge,
        "sample",
        {"type": "ping", "t": 5},
        {"type": "send", "id": "test-0001", "conversation": 1, "parts": [{"type": "text", "text": "hi"}]},
        {"type": "resume", "conversation": 1, "stream": "preview", "after": 0},
    )
    assert welcome["app"]["title"] == "Coast guide"
    assert welcome["theme"] == {"--trunkline-accent": "#112233"}
    assert [turn["state"] for turn in snapshot["turns"]] == ["delivered", "delivered", "delivered", "failed"]
    picture = snapshot["turns"][1]["posts"][1]["body"]["messages"][0]["parts"][1]
    assert picture["source"]["url"].startswith("data:image/png;base64,")
    assert pong["t"] == 5
    assert (refused["outcome"], refused["text"]) == ("denied", "This is a preview: nothing is sent.")
    assert again["turns"] == snapshot["turns"]


async def test_the_theme_editor_begins_with_the_settings(bridge: WebBridge) -> None:
    _, text, _ = await got(bridge, "/theme")
    found = re.search(r'data-current="([^"]*)"', text)
    assert found is not None
    current = json.loads(html.unescape(found[1]))
    assert current["theme"] == {"--trunkline-accent": "#112233"}
    assert current["strings"] == {"title": 'A "title"'}
    assert current["public"] == f"http://127.0.0.1:{bridge.port}/"


async def test_the_pages_find_what_they_load_below_a_path_prefix(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, ScriptedBackend(), path_prefix="/bot") as bridge:
        for path in PAGES:
            _, text, _ = await got(bridge, path)
            for loaded in set(re.findall(r'(?:src|href)="(/[^"]*\.(?:js|css|svg))"', text)):
                assert (await got(bridge, loaded))[0] == 200, (path, loaded)


@pytest.mark.parametrize("placement", ["inline", "bubble", "panel", '"><script>'])
async def test_the_widget_of_the_theme_editor(bridge: WebBridge, placement: str) -> None:
    _, text, _ = await got(bridge, f"/theme/frame?placement={placement}")
    known = placement if placement.isalpha() else "inline"
    assert f'<trunkline-chat placement="{known}"' in text


class AwayArchive:
    """An `Archive` whose store does not answer."""

    async def newest(self, limit: int) -> Sequence[Kept]:
        raise StoreError("The database does not answer: try again.")

    async def transcript(self, conversation: int, *, limit: int = 50) -> tuple[Kept, Transcript] | None:
        raise StoreError("The database does not answer: try again.")


@pytest.mark.parametrize("path", ["/preview", "/preview/web?conversation=1", "/preview/live/1/ws"])
async def test_a_store_that_is_away_is_told_in_a_sentence(tmp_path: Path, path: str) -> None:
    async with serving(tmp_path, archive=AwayArchive(), installed=((descriptor, {}),)) as web:
        assert (await got(web.bridge, path))[:2] == (503, "The database does not answer: try again.")

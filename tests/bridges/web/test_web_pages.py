"""The public pages: the chat in its placements at `/`, and filling the window at `/chat`."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from fakes.web_server import Served, serving
from trunkline.errors import AppUnreachable
from trunkline_bridges.web.page import LANGUAGES


async def got(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


@pytest.mark.parametrize("path", ["", "chat"])
async def test_both_pages_hold_the_widget_under_a_strict_policy(web: Served, path: str) -> None:
    status, text, told = await got(f"{web.base}/{path}")
    policy = told["Content-Security-Policy"]

    assert status == 200
    assert "<trunkline-chat" in text
    assert "<title>Demo</title>" in text
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert f"connect-src 'self' ws://{web.base.partition('//')[2]};" in policy
    assert "Set-Cookie" not in told
    for address in re.findall(r'(?:src|href)="(/[^"]*\.(?:js|css|svg))"', text):
        assert (await got(f"{web.base}{address}"))[0] == 200, address


async def test_the_chat_alone_where_the_showcase_is_switched_off(tmp_path: Path) -> None:
    async with serving(tmp_path, showcase=False) as web:
        assert (await got(f"{web.base}/"))[1] == (await got(f"{web.base}/chat"))[1]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ar", "ar"),
        ("sv, de-AT;q=0.8, en;q=0.9", "en"),
        ("fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5", "fr"),
        ("PT-br ; q=0.7", "pt"),
        ("sv", "en"),
        ("de;q=9, it;q=x, <script>", "en"),
    ],
)
async def test_the_chat_speaks_the_visitors_language(web: Served, accepted: str, language: str) -> None:
    _, text, told = await got(f"{web.base}/chat", **{"Accept-Language": accepted})

    assert f'<html lang="{language}">' in text
    assert "Accept-Language" in told["Vary"]


def test_the_languages_are_those_of_the_widget() -> None:
    locales = Path(__file__).parents[3] / "widget" / "src" / "locales"

    assert {file.stem for file in locales.glob("??.ts")} == LANGUAGES


async def test_the_showcase_knows_the_public_address_and_the_apps(tmp_path: Path) -> None:
    public = "https://chat.example.org/bot"
    async with serving(tmp_path, public_url=public, apps=("second",), allowed_origins=("*",)) as web:
        demo = web.core.profiles["demo"]
        web.core.profiles["second"] = replace(demo, name="second", title='<Second> & "third"')
        _, text, _ = await got(f"{web.base}/?app=second")

    assert f'data-server="{public}/"' in text
    assert 'server="/bot/"' in text
    assert '<option value="">demo</option><option value="second" selected>second</option>' in text
    assert "<title>&lt;Second&gt; &amp; &quot;third&quot;</title>" in text
    assert ' app="second"></trunkline-chat>' in text
    assert "hidden>A website may hold the chat once" in text


@pytest.mark.parametrize("path", ["", "chat"])
async def test_a_host_that_is_none_does_not_get_into_the_policy(web: Served, path: str) -> None:
    """A cache between us and others could keep the answer to whoever made it up."""
    _, text, told = await got(f"{web.base}/{path}", Host="x; script-src * 'unsafe-inline'")
    assert "connect-src 'self';" in told["Content-Security-Policy"]
    assert "unsafe" not in told["Content-Security-Policy"]
    assert "unsafe" not in text


async def test_what_a_page_is_asked_for_does_not_get_into_it(web: Served) -> None:
    for path in ("", "chat"):
        _, text, _ = await got(f"{web.base}/{path}?app=%22%3E%3Cscript%3Ealert(1)")
        assert "alert" not in text


async def test_the_pages_are_there_while_the_app_is_away(web: Served) -> None:
    web.core.app_down = AppUnreachable("The app is away.")
    for path in ("", "chat"):
        status, text, _ = await got(f"{web.base}/{path}")
        assert status == 200
        assert "<title>Chat</title>" in text


@pytest.mark.parametrize("name", ["chat.html", "showcase.html", "../page.py", "absent.js"])
async def test_templates_and_other_files_are_no_addresses(web: Served, name: str) -> None:
    assert (await got(f"{web.base}/pages/{name}"))[0] == 404


async def test_scripts_of_pages_are_revalidated_and_zipped(web: Served) -> None:
    _, _, told = await got(f"{web.base}/pages/showcase.js", **{"Accept-Encoding": "gzip"})
    assert told["Cache-Control"] == "public, no-cache"
    assert told["Content-Encoding"] == "gzip"
    assert (await got(f"{web.base}/pages/showcase.js", **{"If-None-Match": told["Etag"]}))[0] == 304

"""Whatever an app or a visitor writes, nothing of it runs, and nothing is loaded from elsewhere unasked."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from e2e.conftest import OpenChat

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = """start

<script>window.ran = "script"</script>

<img src="https://elsewhere.test/one.png" onerror="window.ran = 'onerror'" onload="window.ran = 'onload'">

<svg><script>window.ran = "svg"</script><animate onbegin="window.ran = 'begin'" attributeName="x"/></svg>

<iframe srcdoc="<script>parent.ran = 'frame'</script>"></iframe>

<a id="trap" href="javascript:window.ran='link'" onclick="window.ran = 'click'">raw</a>

[written](javascript:window.ran='markdown') ![picture](https://elsewhere.test/two.png)

<style>* { background: url(https://elsewhere.test/three.png) }</style>

<form action="https://elsewhere.test/"><input name="word"><button formaction="javascript:ran=1">go</button></form>

<math><mtext></form><form><mglyph><style></math><img src onerror="window.ran = 'mutation'">

<div onpointerover="window.ran='pointer'" style="position:fixed;inset:0">over</div>

end"""


async def test_hostile_markup_does_nothing(open_chat: OpenChat) -> None:
    chat = await open_chat("typing_echo")
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    await chat.page.evaluate("window.ran = ''")
    await chat.say(HOSTILE)
    await expect(chat.reply.get_by_text("end", exact=True)).to_be_visible()
    await chat.ended()
    for name in ("raw", "written", "over"):
        for place in await chat.log.get_by_text(name, exact=True).all():
            await place.click()

    assert await chat.page.evaluate("window.ran") == ""
    inside = "document.querySelector('trunkline-chat').shadowRoot.querySelectorAll"
    risky = "script, iframe, object, embed, form:not(.composer), .message style, [onerror], [onclick], [srcdoc]"
    assert await chat.page.evaluate(f"{inside}('{risky}').length") == 0
    links = await chat.page.evaluate(f"[...{inside}('a')].map(link => link.href)")
    assert not [link for link in links if link.startswith("javascript")]
    assert {urlsplit(url).netloc for url in asked if url.startswith("http")} <= {urlsplit(chat.address).netloc}
    assert [page.url for page in chat.page.context.pages] == [f"{chat.address}chat"]


async def test_media_of_elsewhere_load_when_the_visitor_asks(open_chat: OpenChat) -> None:
    chat = await open_chat("foreign_media")
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    await chat.say("gallery")
    show = chat.page.get_by_role("button", name="From 192.0.2.1: show it")
    await expect(show).to_be_visible()
    await chat.ended()
    assert not [url for url in asked if "192.0.2.1" in url]


async def test_no_token_is_in_an_address(open_chat: OpenChat) -> None:
    chat = await open_chat("components")
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    chat.page.on("websocket", lambda socket: asked.append(socket.url))
    await chat.page.reload()
    await chat.say("image")
    await expect(chat.reply.locator("img")).to_be_visible()
    await chat.ended()
    stored = await chat.page.evaluate("Object.values(localStorage)")

    assert stored, "the visitor's token is kept in the browser"
    assert any("/ws" in url for url in asked)
    assert not [url for url in asked for secret in stored if secret in url]

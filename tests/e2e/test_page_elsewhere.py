"""The widget on somebody else's page: a bubble, from another origin."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, Serve
from e2e.website import Website, website
from fakes.fixtures import StartApp

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def shop() -> AsyncIterator[Website]:
    async with website() as site:
        yield site


async def opened(shop: Website, new_visitor: NewVisitor, pages: list[ChatPage]) -> ChatPage:
    context = await new_visitor()
    chat = ChatPage(await context.new_page(), shop.url)
    pages.append(chat)
    await chat.page.goto(shop.url)
    return chat


async def test_a_bubble_on_another_site(
    serve: Serve, gradio_app: StartApp, shop: Website, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    shop.widget = await serve(gradio_app("memory"), allowed_origins=(shop.url,)) + "widget.js"
    chat = await opened(shop, new_visitor, pages)
    await expect(chat.button("Open the chat")).to_be_visible()
    await expect(chat.box).to_have_count(0)
    await chat.button("Open the chat").click()
    await chat.talk("hello", "now: hello")

    await chat.page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
    await expect(chat.box).to_be_hidden()
    await expect(chat.button("Open the chat")).to_be_focused()
    await chat.button("Open the chat").click()
    await chat.shows(("hello", "now: hello"))
    await chat.page.evaluate("document.querySelector('trunkline-chat').send('from the shop')")
    await chat.shows(("hello", "now: hello"), ("from the shop", "now: from the shop"))
    await chat.ended()


async def test_a_site_that_may_not_use_the_chat_is_told(
    serve: Serve, gradio_app: StartApp, shop: Website, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    shop.widget = await serve(gradio_app("memory")) + "widget.js"
    chat = await opened(shop, new_visitor, pages)
    await chat.button("Open the chat").click()

    await expect(chat.page.get_by_text("This page may not use the chat.")).to_be_visible()
    await expect(chat.log).to_be_visible()


async def test_a_page_opens_one_connection(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    address = await serve(gradio_app("memory"))
    context = await new_visitor()
    chat = ChatPage(await context.new_page(), address)
    pages.append(chat)
    sockets: list[str] = []
    chat.page.on("websocket", lambda socket: sockets.append(socket.url))
    await chat.page.goto(f"{address}chat")
    await chat.talk("hello", "now: hello")

    assert len(sockets) == 1

"""Nothing is lost when pages are reloaded, the service is killed, or the network goes away."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from e2e.cable import Cable
from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, OpenChat, OpenTab, Serve
from e2e.serving import LoneService
from fakes.fixtures import StartApp
from fakes.gradio_apps import call

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

BACK_WITHIN_MS = 40_000
"""Starting the service, and the page's longest pause between two attempts."""


async def test_a_page_reloaded_in_mid_reply_sees_it_finish(
    open_chat: OpenChat, fresh_gradio_app: StartApp
) -> None:
    app = fresh_gradio_app("slow_stream")
    chat = await open_chat(app)
    await chat.say("count")
    await expect(chat.reply).to_have_text("one two")
    await chat.page.reload()
    await expect(chat.reply).to_have_text("one two")
    await expect(chat.button("Stop")).to_be_visible()
    await call(app, "open")

    await expect(chat.reply).to_contain_text("four, after 0")
    await chat.ended()
    await chat.shows(("count", "one two three four, after 0"))


async def test_a_service_killed_in_mid_reply_comes_back_with_it(
    new_visitor: NewVisitor, open_tab: OpenTab, fresh_gradio_app: StartApp, tmp_path: Path
) -> None:
    app = fresh_gradio_app("slow_stream")
    service = LoneService(app, tmp_path)
    await service.start()
    try:
        chat = await open_tab(await new_visitor(), service.url)
        chat.server_may_go = True
        await chat.say("count")
        await expect(chat.reply).to_contain_text("one two")
        await service.kill()
        await expect(chat.page.get_by_text("Offline.")).to_be_visible()
        await chat.say("meanwhile")
        await expect(chat.page.get_by_text("Waiting for the connection")).to_be_visible()

        await service.start()
        for _ in range(3):
            await call(app, "open")
        await expect(chat.reply).to_contain_text("four, after 2", timeout=BACK_WITHIN_MS)
        await chat.ended()
        await chat.shows(("count", "four, after 0"), ("meanwhile", "four, after 2"))
        await chat.page.reload()
        await chat.shows(("count", "four, after 0"), ("meanwhile", "four, after 2"))
    finally:
        await service.kill()


async def test_what_is_written_offline_is_sent_later(
    serve: Serve, new_visitor: NewVisitor, open_tab: OpenTab, gradio_app: StartApp
) -> None:
    address = await serve(gradio_app("memory"))
    visitor, cable = await new_visitor(), Cable()
    await cable.lay(visitor)
    chat = await open_tab(visitor, address)
    await chat.talk("one", "now: one")
    await cable.pull()
    await expect(chat.page.get_by_text("Offline.")).to_be_visible()
    await chat.say("two")
    await chat.say("three")
    await expect(chat.page.get_by_text("Waiting for the connection")).to_have_count(2)
    cable.put_back()

    await expect(chat.reply).to_contain_text("now: three", timeout=BACK_WITHIN_MS)
    await chat.ended()
    await chat.shows(("one", "now: one"), ("two", "now: two"), ("three", "user: two"))


async def test_two_tabs_are_in_step(open_chat: OpenChat, open_tab: OpenTab, fresh_gradio_app: StartApp) -> None:
    app = fresh_gradio_app("slow_stream")
    first = await open_chat(app)
    await first.say("count")
    await expect(first.reply).to_have_text("one two")
    second = await open_tab(first.page.context, first.address)
    await expect(second.reply).to_have_text("one two")
    await call(app, "open")
    for tab in (first, second):
        await expect(tab.reply).to_contain_text("four, after 0")
        await tab.ended()

    await call(app, "open")
    await second.talk("again", "four, after 2")
    await first.shows(("count", "four, after 0"), ("again", "four, after 2"))
    await first.button("Take back").click()
    await second.shows(("count", "four, after 0"))


async def test_two_visitors_see_nothing_of_each_other(
    open_chat: OpenChat, open_tab: OpenTab, new_visitor: NewVisitor
) -> None:
    ann = await open_chat("memory")
    await ann.talk("a secret of Ann's", "now: a secret of Ann's")
    bob = await open_tab(await new_visitor(), ann.address)
    await bob.shows()
    await bob.button("Chats").click()
    await expect(bob.page.get_by_text("No chats yet.")).to_be_visible()
    await bob.page.keyboard.press("Escape")

    await bob.talk("hello", "now: hello")
    await expect(bob.reply.locator(".message")).to_have_text("now: hello")
    await ann.shows(("a secret of Ann's", "now: a secret"))
    await see_only(ann, "a secret")
    await see_only(bob, "hello")


async def see_only(chat: ChatPage, said: str) -> None:
    await chat.button("Chats").click()
    rows = chat.page.locator('[part="panel"]').get_by_role("listitem")
    await expect(rows).to_contain_text([said])
    await expect(rows).to_have_count(1)

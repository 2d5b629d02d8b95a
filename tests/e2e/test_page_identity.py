"""People whom a website has signed in: two browsers, a shared one, a sign-in that runs out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, Serve
from e2e.website import Website, website
from fakes.fixtures import StartApp
from fakes.tokens import SITE_SECRET, token

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

SHOP = """<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">
<script src="{widget}" data-manual async></script></head><body>
<trunkline-chat placement="inline"></trunkline-chat></body></html>"""
CHAT = "document.querySelector('trunkline-chat')"


@pytest_asyncio.fixture(loop_scope="session")
async def shop(serve: Serve, gradio_app: StartApp) -> AsyncIterator[Website]:
    """A website that signs its visitors in; the app remembers what was said."""
    async with website(SHOP) as site:
        settings: dict[str, Any] = {
            "identity_secret": SITE_SECRET,
            "identity_audience": "chat",
            "identity_leeway": 0,
            "ping_seconds": 0.5,
            "allowed_origins": (site.url,),
        }
        site.widget = await serve(gradio_app("memory"), **settings) + "widget.js"
        yield site


async def come(browser: BrowserContext, shop: Website, pages: list[ChatPage], who: str | None = "") -> ChatPage:
    """Open the shop's page; with `who` it tells the chat at once. Errors the chat tells the page are kept."""
    chat = ChatPage(await browser.new_page(), shop.url)
    pages.append(chat)
    await chat.page.goto(shop.url)
    await chat.page.evaluate(
        f"window.errors = []; {CHAT}.addEventListener('error', (event) => window.errors.push(event.detail));"
    )
    if who != "":
        await identify(chat, who)
    await expect(chat.box).to_be_visible()
    return chat


async def identify(chat: ChatPage, who: str | None) -> None:
    await chat.page.evaluate(f"(token) => ({CHAT}.calls ??= []).push(['identify', token])", who)


def signed(subject: str, **claims: Any) -> str:
    return token(subject, **{"aud": "chat", **claims})


async def nothing_is_shown(chat: ChatPage) -> None:
    await expect(chat.said).to_have_count(0)
    await expect(chat.replies).to_have_count(0)


async def test_a_person_finds_their_chat_on_another_device(
    shop: Website, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    phone = await come(await new_visitor(), shop, pages, signed("alice"))
    await phone.talk("from the phone", "now: from the phone")
    desk = await come(await new_visitor(), shop, pages, signed("alice"))
    await desk.shows(("from the phone", "now: from the phone"))
    await desk.talk("from the desk", "user: from the phone")
    await phone.shows(("from the phone", ""), ("from the desk", "now: from the desk"))
    bob = await come(await new_visitor(), shop, pages, signed("bob"))
    await nothing_is_shown(bob)


async def test_what_was_said_before_signing_in_comes_along(
    shop: Website, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    chat = await come(await new_visitor(), shop, pages)
    await chat.talk("who am I?", "now: who am I?")
    await chat.box.fill("half a sentence")
    await identify(chat, signed("alice"))
    desk = await come(await new_visitor(), shop, pages, signed("alice"))
    await desk.shows(("who am I?", "now: who am I?"))
    await expect(chat.box).to_have_value("half a sentence")
    await chat.box.press("Enter")
    await desk.shows(("who am I?", ""), ("half a sentence", "user: who am I?"))


async def test_whoever_comes_next_to_a_shared_browser_sees_nothing(
    shop: Website, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    browser = await new_visitor()
    alice = await come(browser, shop, pages, signed("alice"))
    await alice.talk("a secret", "now: a secret")
    await alice.box.fill("half a secret")
    await identify(alice, None)
    await nothing_is_shown(alice)
    await expect(alice.box).to_have_value("")
    await alice.talk("hello", "now: hello")
    await alice.page.close()

    stranger = await come(browser, shop, pages)
    await stranger.shows(("hello", "now: hello"))
    await stranger.button("Chats").click()
    await expect(stranger.page.get_by_text("a secret")).to_have_count(0)
    await stranger.page.close()
    bob = await come(browser, shop, pages, signed("bob"))
    await bob.shows(("hello", "now: hello"))


async def test_a_page_that_is_left_without_logging_out_keeps_nothing(
    shop: Website, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    browser = await new_visitor()
    alice = await come(browser, shop, pages, signed("alice"))
    await alice.talk("a secret", "now: a secret")
    stored = await alice.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "p1." not in stored
    assert "eyJ" not in stored
    await alice.page.close()
    await nothing_is_shown(await come(browser, shop, pages))


async def test_a_sign_in_that_runs_out_asks_the_page_for_another(
    shop: Website, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    chat = await come(await new_visitor(), shop, pages, signed("alice", lasts=6))
    await chat.talk("mine", "now: mine")
    await chat.box.fill("written meanwhile")
    await expect(
        chat.page.get_by_text("Your sign-in has expired: sign in again to see your chats.")
    ).to_be_visible()
    await nothing_is_shown(chat)
    assert [error["code"] for error in await chat.page.evaluate("window.errors")] == ["identity"]
    await identify(chat, signed("alice"))
    await chat.shows(("mine", "now: mine"))
    await expect(chat.box).to_have_value("written meanwhile")


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (signed("alice", lasts=-60), "Your sign-in has expired: sign in again to see your chats."),
        (
            signed("alice", secret="another secret of 32 bytes......"),
            "Your sign-in could not be verified: sign in again, or tell whoever runs this website.",
        ),
        (
            signed("alice", aud="mail"),
            "Your sign-in was made for another service: tell whoever runs this website.",
        ),
    ],
    ids=["expired", "forged", "another audience"],
)
async def test_a_bad_token_is_told_in_one_sentence_and_the_chat_goes_on(
    shop: Website, new_visitor: NewVisitor, pages: list[ChatPage], bad: str, sentence: str
) -> None:
    chat = await come(await new_visitor(), shop, pages, bad)
    await expect(chat.page.get_by_text(sentence)).to_be_visible()
    await chat.talk("hello all the same", "now: hello all the same")
    errors = await chat.page.evaluate("window.errors")
    assert errors == [{"message": sentence, "code": "identity"}]

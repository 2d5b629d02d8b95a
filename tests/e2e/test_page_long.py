"""A long chat: the window lets go of its first turns and brings them back, and all of them can be acted on."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from e2e.chat_page import ChatPage
from e2e.conftest import OpenChat

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

TURNS = 24
TOP = "said => said.getBoundingClientRect().top"


def number(index: int) -> str:
    # Tall enough that what is kept fills the window.
    return f"number {index}\n\n" + "line\n\n" * 6


async def talk_long(chat: ChatPage) -> None:
    for index in range(TURNS):
        await chat.say(number(index))
    await expect(chat.reply).to_contain_text(f"number {TURNS - 1}")
    await chat.ended()


async def read_up(chat: ChatPage) -> None:
    """Scroll to the very first turn; whatever comes above, what is read stays where it is."""
    while "number 0" not in await chat.said.first.inner_text():
        shown = await chat.said.count()
        first = await chat.said.first.element_handle()
        assert first is not None
        await chat.log.evaluate("log => { log.scrollTop = 60; }")
        before = await first.evaluate(TOP)
        await expect(chat.said).not_to_have_count(shown)
        await chat.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
        assert abs(await first.evaluate(TOP) - before) < 8


async def test_old_turns_are_let_go_come_back_and_can_be_acted_on(open_chat: OpenChat) -> None:
    chat = await open_chat("unloading", messages_per_minute=0)
    await talk_long(chat)
    assert await chat.said.count() < TURNS, "the first turns are not held"

    await read_up(chat)
    await expect(chat.said).to_contain_text([f"number {index}" for index in range(TURNS)])
    await expect(chat.said).to_have_count(TURNS)
    await expect(chat.replies).to_have_count(TURNS)

    # At the end again they are let go anew.
    await chat.button("Try again").click()
    await expect(chat.said).not_to_have_count(TURNS)
    await chat.ended()
    await expect(chat.reply).to_contain_text(f"after {2 * (TURNS - 1)}")
    await read_up(chat)
    await expect(chat.said).to_have_count(TURNS)

    fifth = chat.page.locator('[part="turn"]').nth(4)
    await fifth.locator('[part="user-message"]').hover()
    await fifth.get_by_role("button", name="Edit").click()
    editor = chat.page.get_by_role("textbox", name="Edit")
    await editor.fill("changed")
    await editor.press("Enter")
    await expect(chat.said.last).to_have_text("changed")
    await expect(chat.reply).to_contain_text("changed after 8")
    await chat.ended()
    await expect(chat.said).to_contain_text([*(f"number {index}" for index in range(4)), "changed"])
    await expect(chat.said).to_have_count(5)

    await chat.button("Take back").click()
    await expect(chat.said).to_have_count(4)
    await chat.talk("and now", "and now after 8")


async def test_a_long_chat_that_is_cleared_is_empty(open_chat: OpenChat) -> None:
    chat = await open_chat("unloading", messages_per_minute=0)
    await talk_long(chat)
    assert await chat.said.count() < TURNS
    await chat.choose_from_menu("Clear the chat")
    await chat.page.get_by_role("dialog").get_by_role("button", name="Clear the chat").click()
    await chat.shows()
    await expect(chat.button("Show older messages")).to_have_count(0)
    await expect(chat.button("Loading…")).to_have_count(0)
    await chat.talk("and now", "and now after 0")


async def test_what_is_being_edited_is_never_let_go(open_chat: OpenChat) -> None:
    chat = await open_chat("unloading", messages_per_minute=0)
    await chat.talk("first", "first after 0")
    await chat.said.first.hover()
    await chat.button("Edit").click()
    editor = chat.page.get_by_role("textbox", name="Edit")
    await editor.fill("half a sen")
    await talk_long(chat)
    await expect(chat.replies).to_have_count(TURNS + 1)
    await expect(editor).to_have_value("half a sen")

"""Sending and reading: words, streams, thoughts, options, examples."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from e2e.conftest import OpenChat
from fakes.fixtures import StartApp
from fakes.gradio_apps import call

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]


async def test_a_message_is_answered(open_chat: OpenChat) -> None:
    chat = await open_chat("yes_or_no")
    await chat.talk("even", "Yes")
    await chat.talk("odd", "No")

    await chat.shows(("even", "Yes"), ("odd", "No"))
    await expect(chat.box).to_be_focused()
    await expect(chat.box).to_have_value("")


async def test_a_reply_is_read_while_it_grows(open_chat: OpenChat, fresh_gradio_app: StartApp) -> None:
    app = fresh_gradio_app("slow_stream")
    chat = await open_chat(app)
    await chat.say("count")
    await expect(chat.reply).to_have_text("one two")
    await expect(chat.reply).to_have_attribute("aria-busy", "true")
    await expect(chat.button("Stop")).to_be_visible()
    await call(app, "open")

    await expect(chat.reply).to_contain_text("one two three four, after 0")
    await chat.ended()
    await expect(chat.page.locator('[aria-live="polite"]')).to_have_text("Reply: one two three four, after 0")


async def test_thoughts_open_and_close(open_chat: OpenChat) -> None:
    chat = await open_chat("nested_thoughts")
    await chat.talk("trunks", "About trunks: done.")
    plan = chat.page.locator('[part="thought"]', has_text="Plan").first
    await expect(plan.get_by_text("The plan.")).to_have_count(0)
    await plan.locator("summary").first.click()
    await expect(plan.get_by_text("The plan.")).to_be_visible()
    search = plan.locator('[part="thought"]', has_text="Search").first
    await expect(search).to_contain_text("0.5 s")
    await search.locator("summary").first.click()
    await expect(search.get_by_text("Searching.")).to_be_visible()
    await plan.get_by_text("Look").click()
    await expect(plan.locator("img")).to_be_visible()

    await plan.locator("summary").first.press("Enter")
    await expect(plan.get_by_text("The plan.")).to_have_count(0)


async def test_an_option_is_chosen(open_chat: OpenChat) -> None:
    chat = await open_chat("preset_answers")
    await chat.talk("Write", "Is it correct?")
    await expect(chat.options).to_have_text(["Yes", "No"])
    await chat.button("Yes").click()

    await expect(chat.reply).to_contain_text("Great!")
    await chat.ended()
    await chat.shows(("Write", "Is it correct?"), ("Yes, that is correct.", "Great!"))
    await expect(chat.options).to_have_count(0)


async def test_an_option_of_the_greeting_begins_the_chat(open_chat: OpenChat) -> None:
    chat = await open_chat("greeting_value")
    await expect(chat.log).to_contain_text("Welcome! I am Ann.")
    await expect(chat.options).to_have_text(["sing", "dance"])
    await chat.button("dance").click()

    await expect(chat.reply).to_contain_text("assistant: What shall we do? | dance")
    await chat.ended()
    await chat.shows(("dance", "dance"))
    await expect(chat.options).to_have_count(0)

    await chat.button("Take back").click()
    await expect(chat.options).to_have_text(["sing", "dance"])
    await chat.button("sing").click()
    await expect(chat.reply).to_contain_text("assistant: What shall we do? | sing")


async def test_an_example_begins_the_chat(open_chat: OpenChat) -> None:
    chat = await open_chat("example_cards")
    examples = chat.page.locator('[part="example"]')
    await expect(examples).to_contain_text(["Red", "Two files", "Words"])
    await examples.nth(1).click()

    await expect(chat.reply).to_contain_text("'Compare them' with 2 files after 0")
    await chat.ended()
    await expect(chat.said).to_contain_text(["Compare them"])
    await expect(chat.said).to_contain_text(["notes.txt"])
    await expect(chat.said.locator("img")).to_be_visible()
    await expect(examples).to_have_count(0)

"""What a visitor may do beside talking: stop, retry, take back, edit, clear, rate, set, and many chats."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from e2e.conftest import NewVisitor, OpenChat, OpenTab, Serve
from fakes import samples
from fakes.fixtures import StartApp
from fakes.gradio_apps import call

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]


async def test_a_reply_is_stopped(open_chat: OpenChat, fresh_gradio_app: StartApp) -> None:
    app = fresh_gradio_app("slow_stream")
    chat = await open_chat(app)
    await chat.say("count")
    await expect(chat.reply).to_contain_text("one two")
    await chat.button("Stop").click()

    await expect(chat.reply).to_contain_text("Stopped")
    await chat.ended()
    await expect(chat.reply).to_contain_text("one two")
    await expect(chat.button("Send")).to_be_visible()
    await call(app, "open")
    await call(app, "open")
    await chat.talk("again", "four, after 2")


async def test_a_message_waits_for_its_turn(open_chat: OpenChat, fresh_gradio_app: StartApp) -> None:
    app = fresh_gradio_app("slow_stream")
    chat = await open_chat(app)
    await chat.say("first")
    await expect(chat.reply).to_contain_text("one two")
    await chat.say("second")
    await expect(chat.said).to_contain_text(["first", "second"])
    await call(app, "open")
    await call(app, "open")

    await expect(chat.reply).to_contain_text("four, after 2")
    await chat.ended()
    await chat.shows(("first", "four, after 0"), ("second", "four, after 2"))


async def test_retry_undo_edit_and_clear(open_chat: OpenChat) -> None:
    chat = await open_chat("editable_chat")
    await chat.talk("one", "now: one")
    await chat.talk("two", "now: two")

    await chat.button("Try again").click()
    await expect(chat.reply).to_have_attribute("aria-busy", "false")
    await chat.ended()
    await chat.shows(("one", "now: one"), ("two", "user: one | assistant: now: one | now: two"))

    await chat.said.last.hover()
    await chat.button("Edit").last.click()
    editor = chat.page.get_by_role("textbox", name="Edit")
    await expect(editor).to_have_value("two")
    await editor.fill("three")
    await editor.press("Enter")
    await chat.shows(("one", "now: one"), ("three", "now: three"))
    await chat.ended()

    await chat.button("Take back").click()
    await chat.shows(("one", "now: one"))
    await chat.talk("four", "user: one | assistant: now: one | now: four")

    await chat.choose_from_menu("Clear the chat")
    await chat.page.get_by_role("dialog").get_by_role("button", name="Clear the chat").click()
    await chat.shows()
    await chat.talk("five", "now: five")
    await expect(chat.reply.locator(".message")).to_have_text("now: five")


async def test_an_earlier_message_is_edited_and_keeps_its_file(open_chat: OpenChat, tmp_path: Path) -> None:
    red = tmp_path / "red.png"
    red.write_bytes(samples.png())
    chat = await open_chat("read_files")
    await chat.attach(red)
    await chat.talk("first", "red.png")
    await chat.talk("second", "text: second")
    await chat.said.first.hover()
    await chat.button("Edit").first.click()
    editor = chat.page.get_by_role("textbox", name="Edit")
    await editor.fill("changed")
    await chat.button("Send again").click()

    await chat.shows(("changed", "text: changed"))
    await expect(chat.reply).to_contain_text(f"red.png: {red.stat().st_size} bytes")
    await chat.ended()


async def test_likes_are_heard_by_the_app(open_chat: OpenChat, fresh_gradio_app: StartApp) -> None:
    app = fresh_gradio_app("rated")
    chat = await open_chat(app)
    await chat.talk("pears", "About pears")
    like = chat.button("Good reply")
    await like.click()
    await expect(like).to_have_attribute("aria-pressed", "true")
    assert await call(app, "likes") == [[1, "About pears", True]]

    await chat.reply.get_by_role("button", name="More feedback").click()
    await chat.page.get_by_role("menuitemradio", name="Too long").click()
    await expect(chat.button("Rated “Too long”")).to_be_visible()
    await expect(like).to_have_attribute("aria-pressed", "false")
    assert (await call(app, "likes"))[1] == [1, "About pears", "Too long"]

    await chat.said.hover()
    await chat.button("Good message").click()
    await expect(chat.button("Good message")).to_have_attribute("aria-pressed", "true")
    assert (await call(app, "likes"))[2] == [0, "pears", True]


async def test_a_dislike_is_heard_and_taken_back(open_chat: OpenChat, fresh_gradio_app: StartApp) -> None:
    app = fresh_gradio_app("slow_stream")
    await call(app, "open")
    chat = await open_chat(app)
    await chat.talk("count", "four, after 0")
    dislike = chat.button("Bad reply")
    await dislike.click()
    await expect(dislike).to_have_attribute("aria-pressed", "true")
    assert await call(app, "likes") == [[1, "one two three four, after 0", False]]
    await chat.page.reload()
    await expect(dislike).to_have_attribute("aria-pressed", "true")
    await dislike.click()
    await expect(dislike).to_have_attribute("aria-pressed", "false")


async def test_buttons_of_the_app_are_in_the_menu(open_chat: OpenChat) -> None:
    chat = await open_chat("vote_buttons")
    await chat.talk("hello", "hello at 1 after 0")
    await chat.choose_from_menu("🔄 Regenerate")
    await expect(chat.log).to_contain_text("hello again at 1 after 0")
    await chat.ended()


async def test_settings_are_heard_by_the_app(open_chat: OpenChat) -> None:
    chat = await open_chat("every_input")
    await chat.button("Settings").click()
    panel = chat.page.locator('[part="panel"]')
    await panel.get_by_label("Name").fill("Bea")
    await panel.get_by_label("Count").fill("7")
    await panel.get_by_label("Loud").uncheck()
    await panel.get_by_label("large").check()
    await panel.get_by_label("dog").check()
    await chat.button("Settings").click()
    await chat.talk("what?", '"name": "Bea"')
    for words in ('"count": 7', '"loud": false', '"size": "large"', '"pets": ["cat", "dog"]', '"level": 0.5'):
        await expect(chat.reply).to_contain_text(words)

    await chat.button("Settings").click()
    await expect(panel.get_by_label("Name")).to_have_value("Bea")
    await panel.get_by_role("button", name="Back to defaults").click()
    await expect(panel.get_by_label("Name")).to_have_value("Ann")
    await chat.page.keyboard.press("Escape")
    await chat.talk("and now?", '"name": "Ann"')


async def test_a_failed_reply_is_tried_again(open_chat: OpenChat) -> None:
    chat = await open_chat("failing")
    await chat.talk("fine", "fine")
    await chat.say("midway")
    error = chat.reply.get_by_role("alert")
    await expect(error).to_contain_text("The model fell asleep.")
    await error.get_by_role("button", name="Try again").click()
    await expect(chat.replies).to_have_count(2)
    await expect(error).to_contain_text("The model fell asleep.")
    await expect(chat.said).to_have_count(2)

    await chat.talk("later", "user: fine | assistant: fine | later")
    await expect(chat.reply).not_to_contain_text("midway")


async def test_a_visitor_deletes_all_that_is_theirs(
    serve: Serve, new_visitor: NewVisitor, open_tab: OpenTab, gradio_app: StartApp
) -> None:
    visitor, address = await new_visitor(), await serve(gradio_app("memory"))
    chat = await open_tab(visitor, address)
    await chat.button("More").click()
    await expect(chat.page.get_by_role("menuitem", name="New chat")).to_be_focused()
    await expect(chat.page.get_by_role("menuitem", name="Delete all my data")).to_have_count(0)
    await chat.page.keyboard.press("Escape")
    await chat.talk("one", "now: one")
    other = await open_tab(visitor, address)
    await other.shows(("one", "now: one"))

    await chat.page.bring_to_front()
    await chat.choose_from_menu("Delete all my data")
    question = chat.page.get_by_role("dialog")
    await expect(question).to_contain_text("in all chats")
    await question.get_by_role("button", name="Cancel").click()
    await chat.shows(("one", "now: one"))
    await chat.choose_from_menu("Delete all my data")
    await question.get_by_role("button", name="Delete").click()
    await chat.shows()
    await other.shows()
    await chat.button("Chats").click()
    await expect(chat.page.get_by_text("No chats yet.")).to_be_visible()
    await chat.button("Back").click()
    # Both windows are of one new visitor, whom the browser remembers.
    await chat.talk("two", "now: two")
    await expect(chat.reply).not_to_contain_text("one")
    for tab in (chat, other):
        await tab.page.reload()
        await tab.shows(("two", "now: two"))


async def test_several_chats(open_chat: OpenChat) -> None:
    chat = await open_chat("memory")
    await chat.talk("about cats", "now: about cats")
    await chat.choose_from_menu("New chat")
    await chat.shows()
    await chat.talk("about dogs", "now: about dogs")
    await expect(chat.reply).not_to_contain_text("cats")

    await chat.button("Chats").click()
    panel = chat.page.locator('[part="panel"]')
    rows = panel.get_by_role("listitem")
    await expect(rows).to_contain_text(["about dogs", "about cats"])
    await panel.get_by_role("searchbox").fill("cats")
    await expect(rows).to_have_count(1)
    await rows.first.get_by_role("button").first.click()
    await chat.shows(("about cats", "now: about cats"))

    await chat.button("Chats").click()
    await chat.button("Rename: about cats").click()
    await panel.get_by_role("textbox", name="Rename").fill("Felines")
    await panel.get_by_role("textbox", name="Rename").press("Enter")
    await expect(rows.filter(has_text="Felines")).to_have_count(1)
    await chat.button("Delete: Felines").click()
    await chat.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(rows).to_contain_text(["about dogs"])
    await chat.shows(("about dogs", "now: about dogs"))

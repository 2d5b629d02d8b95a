"""What a visitor may put into a message beside words, say about a reply, and take away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, OpenChat, OpenTab, Serve
from e2e.media import is_drawn
from fakes import samples
from fakes.fixtures import StartApp
from fakes.gradio_apps import call

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

OPENED = """() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => (window.opened = await open(wanted));
}"""
"""Keeps the device that the page opens, so that a test may pull it out."""
PULLED_OUT = "opened.getTracks().forEach((track) => { track.stop(); track.dispatchEvent(new Event('ended')); })"


async def with_devices(chat: ChatPage) -> None:
    await chat.page.context.grant_permissions(["microphone", "camera"])
    await chat.page.evaluate(OPENED)


async def record(chat: ChatPage) -> None:
    """Record for a second."""
    await chat.button("Record a voice clip").click()
    await expect(chat.page.get_by_role("timer")).to_have_text("0:01")


def attached(chat: ChatPage) -> Locator:
    return chat.page.locator(".attachment")


async def uploaded(chat: ChatPage, count: int) -> None:
    await expect(attached(chat)).to_have_count(count)
    await expect(attached(chat).locator("progress")).to_have_count(0)


async def test_a_voice_clip_is_heard_removed_and_sent(open_chat: OpenChat) -> None:
    chat = await open_chat("voice_notes")
    await with_devices(chat)
    await record(chat)
    bars = chat.page.locator(".levels i")
    loudest = "bars => Math.max(...bars.map((bar) => bar.getBoundingClientRect().height))"
    assert await bars.evaluate_all(loudest) > 5, "the meter shows the beeps of the device"
    await chat.button("Cancel").click()
    await expect(attached(chat)).to_have_count(0)
    await expect(chat.box).to_be_focused()

    await record(chat)
    await chat.button("Stop and keep the clip").click()
    await uploaded(chat, 1)
    sound = attached(chat).locator("audio")
    assert 0.5 < await sound.evaluate("sound => sound.duration") < 5
    await chat.button("Remove Voice clip.wav").click()
    await expect(attached(chat)).to_have_count(0)

    await record(chat)
    await chat.button("Stop and keep the clip").click()
    await uploaded(chat, 1)
    await chat.talk("listen", "audio True")
    assert await chat.page.evaluate("opened.getTracks().every((track) => track.readyState === 'ended')")


async def test_a_microphone_that_goes_away_leaves_what_it_heard(open_chat: OpenChat) -> None:
    chat = await open_chat("voice_notes")
    await with_devices(chat)
    await record(chat)
    await chat.page.evaluate(PULLED_OUT)
    await uploaded(chat, 1)
    await expect(chat.page.get_by_text("What was recorded until then is kept.")).to_be_visible()


async def test_devices_that_are_refused_are_explained(open_chat: OpenChat) -> None:
    chat = await open_chat("voice_notes")
    await chat.box.fill("typed before")
    await chat.button("Record a voice clip").click()
    await expect(chat.page.get_by_role("alert")).to_contain_text("The microphone may not be used here")
    await chat.button("Add to the message").click()
    await chat.page.get_by_role("menuitem", name="Take a photo").click()
    await expect(chat.page.get_by_role("alert")).to_contain_text("The camera may not be used here")
    await expect(chat.box).to_have_value("typed before")


async def test_a_photo_is_taken_again_and_sent(open_chat: OpenChat) -> None:
    chat = await open_chat("voice_notes")
    await with_devices(chat)
    await chat.button("Add to the message").click()
    await chat.page.get_by_role("menuitem", name="Take a photo").click()
    camera = chat.page.get_by_role("dialog", name="Take a photo")
    await expect(camera.locator("video")).not_to_have_js_property("videoWidth", 0)
    await camera.get_by_role("button", name="Take a photo").click()
    await is_drawn(camera.locator("img"))
    await camera.get_by_role("button", name="Again").click()
    await expect(camera.locator("video")).not_to_have_js_property("videoWidth", 0)
    await camera.get_by_role("button", name="Take a photo").click()
    await camera.get_by_role("button", name="Use the photo").click()
    await expect(camera).to_have_count(0)
    await uploaded(chat, 1)
    await chat.talk("look", "image True")
    assert await chat.page.evaluate("opened.getTracks().every((track) => track.readyState === 'ended')")


async def test_files_are_pasted_and_dropped(open_chat: OpenChat, tmp_path: Path) -> None:
    chat = await open_chat("read_files")
    handing = """(target, kind) => {
      const data = new DataTransfer();
      data.items.add(new File(["some words"], `${kind}.txt`, {type: "text/plain"}));
      const given = {bubbles: true, composed: true, cancelable: true};
      if (kind === "paste") target.dispatchEvent(new ClipboardEvent("paste", {...given, clipboardData: data}));
      else for (const type of ["dragover", "drop"])
        target.dispatchEvent(new DragEvent(type, {...given, dataTransfer: data}));
    }"""
    await chat.box.evaluate(handing, "paste")
    await uploaded(chat, 1)
    await chat.log.evaluate(handing, "drop")
    await uploaded(chat, 2)
    await chat.talk("read", "paste.txt: 10 bytes")
    await expect(chat.reply).to_contain_text("drop.txt: 10 bytes")


async def test_what_cannot_be_attached_is_explained(open_chat: OpenChat, tmp_path: Path) -> None:
    note, large = tmp_path / "note.txt", tmp_path / "large.png"
    note.write_text("words")
    large.write_bytes(samples.png() + bytes(70_000))
    chat = await open_chat("voice_notes", file_bytes=65_536, files=2)
    alert = chat.page.get_by_role("alert")
    chooser = chat.page.locator('input[type="file"]')
    await chat.box.fill("stays")
    await chooser.set_input_files([str(note)])
    await expect(alert).to_contain_text("note.txt cannot be attached: this chat takes image, audio.")
    await chooser.set_input_files([str(large)])
    await expect(alert).to_contain_text("large.png is larger than 65.5 kB")
    small = tmp_path / "small.png"
    small.write_bytes(samples.png())
    await chooser.set_input_files([str(small)] * 3)
    await expect(alert).to_contain_text("No more than 2 files fit in one message")
    await uploaded(chat, 2)
    await expect(chat.box).to_have_value("stays")


async def test_a_message_larger_than_the_server_takes_stays_in_the_box(open_chat: OpenChat) -> None:
    chat = await open_chat("typing_echo")
    words = "word " * 250_000
    await chat.box.fill(words)
    await chat.box.press("Enter")
    await expect(chat.page.get_by_role("alert")).to_contain_text("The message is larger than 1 MB")
    await expect(chat.box).to_have_value(words)
    await expect(chat.said).to_have_count(0)


async def test_a_comment_goes_with_a_rating(open_chat: OpenChat, fresh_gradio_app: StartApp) -> None:
    app = fresh_gradio_app("rated")
    chat = await open_chat(app)
    await chat.talk("pears", "About pears")
    await chat.reply.get_by_role("button", name="More feedback").click()
    await chat.page.get_by_role("menuitemradio", name="Too long").click()
    words = chat.page.get_by_role("textbox", name="What should be better?")
    await expect(words).to_be_focused()
    await words.fill("half of it would do")
    await chat.page.locator(".comment").get_by_role("button", name="Send").click()
    await expect(words).to_have_count(0)
    await expect(chat.button("Rated “Too long”")).to_be_visible()
    assert (await call(app, "likes"))[-1] == [1, "About pears", "Too long"]


async def test_the_whole_conversation_is_downloaded(
    serve: Serve, new_visitor: NewVisitor, open_tab: OpenTab, gradio_app: StartApp
) -> None:
    chat = await open_tab(await new_visitor(), await serve(gradio_app("yes_or_no"), messages_per_minute=0))
    for number in range(60):
        await chat.say(f"number {number}")
    await expect(chat.said.last).to_have_text("number 59")
    await chat.ended()
    await chat.page.reload()
    await expect(chat.said.last).to_have_text("number 59")
    assert await chat.replies.count() < 60, "the first turns are not shown yet"

    markdown = await downloaded(chat, "Download as Markdown")
    assert markdown.count("**You**") == markdown.count("**Reply**") == 60
    assert markdown.index("number 0\n") < markdown.index("number 58\n") < markdown.index("number 59\n")
    turns = json.loads(await downloaded(chat, "Download as JSON"))["turns"]
    assert len(turns) == 60
    assert turns[0]["posts"][0]["body"]["parts"] == [{"type": "text", "text": "number 0"}]

    # Scrolled up, the first turns come by themselves, and what is read stays where it is.
    place = "log => log.querySelector('[part=\"turn\"]').getBoundingClientRect().top"
    shown = await chat.said.count()
    first = await chat.said.first.element_handle()
    assert first is not None
    await chat.log.evaluate("log => { log.scrollTop = 40; }")
    before = await first.evaluate("said => said.getBoundingClientRect().top")
    await expect(chat.said).not_to_have_count(shown)
    assert abs(await first.evaluate("said => said.getBoundingClientRect().top") - before) < 8
    assert await chat.log.evaluate(place) < 0


async def downloaded(chat: ChatPage, name: str) -> str:
    async with chat.page.expect_download() as download:
        await chat.choose_from_menu(name)
    return (await (await download.value).path()).read_text()


async def test_every_kind_of_setting(open_chat: OpenChat) -> None:
    chat = await open_chat("every_input")
    await chat.button("Settings").click()
    panel = chat.page.locator('[part="panel"]')
    await panel.get_by_label("Name").fill("Bea")
    await panel.get_by_label("Count").fill("7")
    await panel.get_by_label("Level").fill("0.75")
    await expect(panel.locator("output")).to_have_text("0.75")
    await panel.get_by_label("Loud").uncheck()
    await panel.get_by_label("large").check()
    await panel.get_by_label("Colour").fill("g")
    await panel.get_by_label("fish").check()
    await panel.get_by_label("Paint").fill("#ff0000")
    await panel.get_by_label("Data").fill('{"b": [2]}')
    await panel.get_by_label("When").fill("2027-03-04T05:06:07")
    await chat.page.keyboard.press("Escape")
    await expect(chat.box).to_be_focused()
    await chat.talk("what?", '"name": "Bea"')
    for words in (
        '"count": 7',
        '"level": 0.75',
        '"loud": false',
        '"size": "large"',
        '"colour": "g"',
        '"pets": ["cat", "fish"]',
        '"paint": "#ff0000"',
        '"data": {"b": [2]}',
        '"when": "2027-03-04 05:06:07"',
    ):
        await expect(chat.reply).to_contain_text(words)


async def test_files_among_the_settings(open_chat: OpenChat, tmp_path: Path) -> None:
    picture, one, two = tmp_path / "red.png", tmp_path / "one.txt", tmp_path / "two.txt"
    picture.write_bytes(samples.png())
    one.write_text("1")
    two.write_text("22")
    chat = await open_chat("file_settings")
    await chat.button("Settings").click()
    fields = chat.page.locator('[part="panel"] .field')
    chosen = {name: fields.filter(has_text=name) for name in ("Picture", "Papers")}
    await chosen["Picture"].locator("input").set_input_files([str(one)])
    await expect(chosen["Picture"].get_by_role("alert")).to_contain_text("one.txt cannot be attached")
    await chosen["Picture"].locator("input").set_input_files([str(picture)])
    await expect(chosen["Picture"].get_by_role("listitem")).to_have_text("red.png")
    await chosen["Papers"].locator("input").set_input_files([str(one), str(two)])
    await expect(chosen["Papers"].get_by_role("listitem")).to_have_text(["one.txt", "two.txt"])
    await chat.page.keyboard.press("Escape")
    await chat.talk("read", f"read: red.png {len(samples.png())}, one.txt 1, two.txt 2")

    await chat.button("Settings").click()
    await chat.button("Remove one.txt").click()
    await expect(chosen["Papers"].get_by_role("listitem")).to_have_text(["two.txt"])
    await chat.page.keyboard.press("Escape")
    await chat.talk("again", f"again: red.png {len(samples.png())}, two.txt 2")


async def test_a_setting_that_is_refused_is_explained(open_chat: OpenChat) -> None:
    chat = await open_chat("every_input")
    await chat.button("Settings").click()
    count = chat.page.locator('[part="panel"]').get_by_label("Count")
    await count.fill("12")
    await count.blur()
    await expect(chat.page.get_by_role("alert")).to_contain_text("9")
    await expect(count).to_have_value("3")
    await chat.talk("first", '"count": 3')


async def test_the_page_s_ways_are_those_of_the_app(open_chat: OpenChat) -> None:
    chat = await open_chat("voice_notes")
    await expect(chat.button("Send")).to_have_count(0)
    await chat.talk("lines", "said: lines")
    await expect(chat.page.locator(".dots")).to_be_hidden()
    top = await chat.log.evaluate("log => log.scrollHeight - log.clientHeight - log.scrollTop")
    assert top > 500, "the page does not follow the end of a reply"

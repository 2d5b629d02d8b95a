"""What is no text: pictures, sound, film, plots, files, HTML, artifacts; and files that visitors send."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from e2e.conftest import OpenChat
from e2e.media import can_be_played, is_drawn
from fakes import samples
from trunkline.demo import making

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]


async def test_pictures_and_galleries(open_chat: OpenChat) -> None:
    chat = await open_chat("components")
    await chat.say("image")
    await chat.ended()
    await is_drawn(chat.reply.locator("img"))
    await chat.say("gallery")
    gallery = chat.page.locator('[part="gallery"]')
    await expect(gallery.locator("figcaption")).to_have_text(["A red one", "A green one"])
    for picture in await gallery.locator("img").all():
        await is_drawn(picture)

    await gallery.get_by_role("button").first.click()
    lightbox = chat.page.locator('[part="lightbox"]')
    await expect(lightbox.locator("img")).to_be_visible()
    await chat.page.keyboard.press("Escape")
    await expect(lightbox).to_have_count(0)


async def test_sound_and_film(open_chat: OpenChat) -> None:
    chat = await open_chat("components")
    await chat.say("audio")
    await can_be_played(chat.page.locator("audio"))
    await chat.say("video")
    await can_be_played(chat.page.locator("video"))
    await chat.ended()


async def test_files_are_downloaded(open_chat: OpenChat, tmp_path: Path) -> None:
    chat = await open_chat("components")
    await chat.say("files")
    files = chat.reply.locator('[part="file"]')
    await expect(files).to_contain_text(["one.txt", "two.txt"])
    async with chat.page.expect_download() as coming:
        await files.last.click()
    download = await coming.value
    assert download.suggested_filename == "two.txt"
    await download.save_as(tmp_path / "got.txt")
    assert (tmp_path / "got.txt").read_bytes() == b"Nothing of note.\n"


async def test_a_plot_of_matplotlib_is_a_picture(open_chat: OpenChat) -> None:
    chat = await open_chat("components")
    await chat.say("matplotlib")
    await chat.ended()
    await is_drawn(chat.reply.locator("img"))


async def test_html_runs_in_a_frame_of_its_own(open_chat: OpenChat) -> None:
    chat = await open_chat("components")
    await chat.say("html")
    frame = chat.page.locator('iframe[part="frame"]')
    await expect(frame).to_have_attribute("sandbox", "allow-scripts")
    await expect(frame.content_frame.locator("b")).to_have_text("bold")
    await chat.ended()


async def test_outputs_beside_the_chat(open_chat: OpenChat) -> None:
    chat = await open_chat("artifacts")
    await chat.talk("show all", "Here is everything.")
    artifacts = chat.page.locator('[part="artifact"]')
    await expect(artifacts.get_by_role("heading")).to_have_text(
        ["Program", "Data", "Squares", "Note", "Drawing", "Curve"]
    )
    await expect(artifacts.nth(0).locator("code")).to_contain_text("def greet(name):")
    await expect(artifacts.nth(2).get_by_role("cell")).to_have_text(["1", "1", "2", "4"])
    await is_drawn(artifacts.nth(4).locator("img"))


async def test_the_app_gets_the_files_of_a_message(open_chat: OpenChat, tmp_path: Path) -> None:
    red, notes = tmp_path / "red.png", tmp_path / "notes.txt"
    red.write_bytes(samples.png())
    notes.write_text("twelve bytes", "utf-8")
    chat = await open_chat("read_files")
    await chat.attach(red, notes)
    await chat.talk("read these", "text: read these")

    await expect(chat.reply).to_contain_text(f"red.png: {red.stat().st_size} bytes")
    await expect(chat.reply).to_contain_text("notes.txt: 12 bytes")
    await is_drawn(chat.said.locator("img"))
    await expect(chat.said).to_contain_text("notes.txt")


async def test_what_somebody_sends_is_shown_as_players(open_chat: OpenChat, tmp_path: Path) -> None:
    chat = await open_chat("read_files")
    await chat.attach(making.melody(tmp_path / "song.wav"), making.film(tmp_path / "film.mp4", seconds=0.5))
    await chat.talk("", "song.wav")
    await can_be_played(chat.said.locator("audio"))
    await can_be_played(chat.said.locator("video"))


async def test_a_file_that_the_app_does_not_take_is_refused_in_words(open_chat: OpenChat, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"no film at all")
    chat = await open_chat("one_picture")
    await chat.page.locator('input[type="file"]').set_input_files(film)

    await expect(chat.page.get_by_role("alert")).to_contain_text("film.mp4 cannot be attached")
    await expect(chat.button("Send")).to_be_disabled()

"""What real apps do to calls of a real browser, and what is kept of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from e2e.cable import Cable
from e2e.chat_page import ChatPage
from e2e.serving import served
from e2e.test_page_calling import GRAMMAR, SAID, microphone, visiting
from fakes.fixtures import StartApp
from fakes.gradio_apps import LoneApp, Version, call

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

HEARS = {"to_text": GRAMMAR}
HEARS_AND_SPEAKS = {"to_text": GRAMMAR, "from_text": "espeak"}
HOLDS_SOUND = "(player) => Number.isFinite(player.duration) && player.duration > 0.5"


def dock(chat: ChatPage) -> Locator:
    return chat.page.locator('[part="voice"]')


def state(chat: ChatPage) -> Locator:
    return dock(chat).get_by_role("status")


async def plays(player: Locator) -> None:
    """It is a player of a sound that the browser can read."""
    await expect(player).to_be_attached()
    await player.evaluate("(player) => { player.preload = 'metadata'; player.load(); }")
    handle = await player.element_handle()
    await player.page.wait_for_function(HOLDS_SOUND, arg=handle)


async def test_a_clip_is_answered_by_an_app_that_only_reads(gradio_app: StartApp, tmp_path: Path) -> None:
    sound = microphone(tmp_path, 14)
    async with (
        served(gradio_app("typing_echo"), tmp_path, speech=HEARS) as address,
        visiting(address, sound) as (chat, _),
    ):
        await chat.button("Record a voice clip").click()
        # Three seconds of silence, and the sentence.
        await expect(chat.page.get_by_role("timer")).to_have_text("0:08")
        await chat.button("Stop and keep the clip").click()
        await expect(chat.button("Send")).to_be_enabled()
        await chat.button("Send").click()
        await expect(chat.reply).to_contain_text(f"You typed: {SAID}")
        for _ in range(2):
            await expect(chat.said).to_contain_text([SAID])
            await plays(chat.said.locator("audio"))
            await chat.page.reload()


async def test_a_question_survives_a_connection_that_is_lost_in_its_middle(
    gradio_app: StartApp, tmp_path: Path
) -> None:
    sound = microphone(tmp_path, 30)
    async with (
        served(gradio_app("typing_echo"), tmp_path, speech=HEARS_AND_SPEAKS) as address,
        visiting(address, sound) as (chat, _),
    ):
        cable = Cable()
        await cable.lay(chat.page.context)
        chat.server_may_go = True
        await chat.page.reload()
        await chat.button("Talk").click()
        await expect(state(chat)).to_have_text("Hearing you")
        await cable.pull()
        await expect(state(chat)).to_have_text("Connection lost. Trying again…")
        cable.put_back()
        await expect(chat.said).to_have_text([SAID])
        await expect(chat.reply).to_contain_text(f"You typed: {SAID}")


async def test_where_calls_are_kept_both_sides_are_players(gradio_app: StartApp, tmp_path: Path) -> None:
    sound = microphone(tmp_path, 30)
    async with (
        served(gradio_app("typing_echo"), tmp_path, speech=HEARS_AND_SPEAKS, voice={"record": True}) as address,
        visiting(address, sound) as (chat, _),
    ):
        await chat.button("Talk").click()
        await expect(state(chat)).to_contain_text("kept as sound")
        await dock(chat).get_by_role("button", name="Agree and talk", exact=True).click()
        await expect(chat.said).to_contain_text([SAID])
        await expect(state(chat)).to_have_text("Speaking")
        await expect(state(chat)).to_have_text("Listening")
        for _ in range(2):
            await expect(chat.reply).to_contain_text(f"You typed: {SAID}")
            await plays(chat.said.first.locator("audio"))
            await plays(chat.replies.first.locator("audio"))
            await chat.page.reload()
            await expect(dock(chat)).to_have_count(0)


async def test_where_they_are_not_nothing_is(gradio_app: StartApp, tmp_path: Path) -> None:
    sound = microphone(tmp_path, 30)
    async with (
        served(gradio_app("typing_echo"), tmp_path, speech=HEARS_AND_SPEAKS) as address,
        visiting(address, sound) as (chat, _),
    ):
        await chat.button("Talk").click()
        await expect(state(chat)).to_have_text("Speaking")
        await expect(state(chat)).to_have_text("Listening")
        await expect(chat.said).to_have_text([SAID])
        await chat.page.reload()
        await expect(chat.reply).to_contain_text(f"You typed: {SAID}")
        await expect(chat.log.locator("audio")).to_have_count(0)


async def test_a_reply_of_broken_sound_is_told_and_the_call_goes_on(gradio_app: StartApp, tmp_path: Path) -> None:
    sound = microphone(tmp_path, 30)
    async with (
        served(gradio_app("broken_sound"), tmp_path, speech={}) as address,
        visiting(address, sound) as (chat, _),
    ):
        await chat.button("Talk").click()
        await expect(dock(chat).get_by_role("alert")).to_contain_text("sound")
        await expect(state(chat)).to_have_text("Listening")
        await expect(chat.reply).to_contain_text("Listen:")


async def test_an_app_that_takes_long_is_waited_for_audibly_until_one_stops(
    fresh_gradio_app: StartApp, tmp_path: Path
) -> None:
    sound = microphone(tmp_path, 30)
    app = fresh_gradio_app("slow_answer")
    patience = {"thinking_after_s": 0.3, "thinking_every_s": 1}
    async with (
        served(app, tmp_path, speech=HEARS_AND_SPEAKS, voice=patience) as address,
        visiting(address, sound) as (chat, wire),
    ):
        await chat.button("Talk").click()
        await expect(state(chat)).to_have_text("Thinking")
        await wire.sounded(len(wire.played) + 2)
        await expect(state(chat)).to_have_text("Thinking")
        await dock(chat).get_by_role("button", name="Stop the conversation", exact=True).click()
        await expect(state(chat)).to_contain_text("Stopped")
        await call(app, "open")
        await dock(chat).get_by_role("button", name="Start the conversation", exact=True).click()
        await expect(state(chat)).to_have_text("Listening")


async def test_an_app_that_is_down_is_told_and_the_call_goes_on(
    lone_gradio_app: Callable[[str, Version], LoneApp], tmp_path: Path
) -> None:
    sound = microphone(tmp_path, 14)
    app = lone_gradio_app("typing_echo", "6")
    async with (
        served(app.url, tmp_path, speech=HEARS_AND_SPEAKS) as address,
        visiting(address, sound) as (chat, _),
    ):
        await chat.button("Talk").click()
        await expect(state(chat)).to_have_text("Listening")
        app.kill()
        await expect(chat.said).to_have_text([SAID])
        await expect(chat.reply).to_contain_text("cannot be reached")
        await expect(state(chat)).to_have_text("Listening")
        await asyncio.to_thread(app.start)
        await expect(chat.replies.last).to_contain_text(f"You typed: {SAID}", timeout=60_000)

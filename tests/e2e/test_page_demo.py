"""The demo shows everything off: so does its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from e2e.conftest import OpenChat
from e2e.media import can_be_played, is_drawn
from e2e.serving import demo_app

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]


async def test_every_kind_of_reply(open_chat: OpenChat, tmp_path: Path) -> None:
    async with demo_app(tmp_path) as app:
        chat = await open_chat(app)
        await expect(chat.options).to_have_count(6)
        await chat.options.first.click()
        thinking = chat.page.locator('[part="thought"] .spinner')
        await expect(thinking).to_have_count(1)
        await expect(chat.options).to_have_text(["Paint one", "Show a table"])
        await expect(thinking).to_have_count(0)
        await chat.button("Paint one").click()
        await expect(chat.reply).to_contain_text("Painted for you just now.")
        await chat.ended()
        await is_drawn(chat.reply.get_by_alt_text("Soft bands of colour at dusk"))

        await chat.talk("gallery", "One day in three pictures.")
        await expect(chat.reply.locator("figcaption")).to_have_text(["Morning", "Noon", "Evening"])
        await chat.talk("sound", "Four notes.")
        await can_be_played(chat.reply.locator("audio"))
        await chat.talk("film", "Three seconds of waves.")
        await can_be_played(chat.reply.locator("video"))
        await chat.talk("plot", "Plotted with matplotlib.")
        await is_drawn(chat.reply.locator("img"))
        await chat.talk("table", "Said once by the app")
        await expect(chat.reply.get_by_role("columnheader")).to_have_count(4)
        await chat.talk("file", "A small table, as a file.")
        await expect(chat.reply.locator('[part="file"]')).to_contain_text("notes.csv")
        await chat.talk("artifact", "The code is beside this message")
        await expect(chat.reply.locator('[part="artifact"] code')).to_contain_text(
            "gr.ChatInterface(answer).launch()"
        )

        await chat.say("progress")
        await expect(chat.reply.locator("progress")).to_be_visible()
        await expect(chat.reply).to_contain_text("Counting to ten")
        await expect(chat.reply).to_contain_text("Ten. That took two and a half seconds.")
        await chat.ended()
        await expect(chat.page.locator("progress")).to_have_count(0)
        await chat.say("error")
        await expect(chat.reply.get_by_role("alert")).to_contain_text("This failure was asked for.")
        await expect(chat.reply.get_by_role("button", name="Try again")).to_be_visible()

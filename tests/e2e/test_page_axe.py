"""axe finds nothing to complain of in any view, by the rules of WCAG 2.2 AA and its own best practice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, OpenTab, Serve
from e2e.serving import demo_app
from e2e.website import website
from fakes.fixtures import StartApp
from fakes.gradio_apps import call

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
# Frames of an app's HTML have an origin of their own: axe is not in them, and the browser refuses its calls.
RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const {violations, passes} = await axe.run(document, {runOnly: {type: "tag", values: tags}, iframes: false});
  const inside = passes.some(({nodes}) => nodes.some(({target}) => Array.isArray(target[0])));
  return [inside, violations.map(({id, nodes}) =>
    `${id}: ${nodes.map(({target, failureSummary}) => `${target} (${failureSummary})`).join("; ")}`)];
}"""
SITE = """<!doctype html><html lang="{lang}"><head><title>Shop</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>A shop</h1><p>Goods.</p></main><script src="{{widget}}" async></script></body></html>"""
THEMES = ("light", "dark")
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}}


async def check(page: Page) -> None:
    """No view is checked before it has come to rest."""
    await page.evaluate(
        """() => Promise.allSettled(document.querySelector("trunkline-chat").shadowRoot.getAnimations()
          .filter((one) => one.effect.getComputedTiming().iterations === 1).map((one) => one.finished))"""
    )
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    inside, violations = await page.evaluate(RUN)
    assert inside, "axe has looked into the widget"
    assert violations == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with demo_app(tmp_path_factory.mktemp("demo")) as address:
        yield address


@pytest.mark.parametrize("theme", THEMES)
async def test_a_full_chat(
    theme: str, demo: str, serve: Serve, new_visitor: NewVisitor, open_tab: OpenTab
) -> None:
    chat = await open_tab(await new_visitor(color_scheme=theme), await serve(demo))
    page = chat.page
    await check(page)
    await chat.button("Show your thoughts").first.click()
    await expect(chat.options).not_to_have_count(0)
    await chat.ended()
    await page.locator('[part="thought"] > summary').first.click()
    for words in ("table", "gallery", "code", "html", "files"):
        before = await chat.replies.count()
        await chat.say(words)
        await expect(chat.replies).to_have_count(before + 1)
        await chat.ended()
    await check(page)

    await page.locator('[part="picture"]').first.click()
    await check(page)
    await page.keyboard.press("Escape")
    await chat.button("More").click()
    await expect(page.get_by_role("menu")).to_be_visible()
    await check(page)
    await page.get_by_role("menuitem", name="Clear the chat").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await check(page)
    await page.keyboard.press("Escape")
    await chat.said.last.hover()
    await chat.button("Edit").last.click()
    await expect(page.get_by_role("textbox", name="Edit")).to_be_focused()
    await check(page)
    await page.keyboard.press("Escape")
    await chat.button("Chats").click()
    await expect(page.get_by_role("listitem").filter(has_text="houghts")).to_be_visible()
    await check(page)


@pytest.mark.parametrize("theme", THEMES)
async def test_settings_and_errors(
    theme: str, serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, open_tab: OpenTab
) -> None:
    visitor = await new_visitor(color_scheme=theme)
    chat = await open_tab(visitor, await serve(gradio_app("every_input")))
    await chat.button("Settings").click()
    count = chat.page.locator('[part="panel"]').get_by_label("Count")
    await count.fill("12")
    await count.blur()
    await expect(chat.page.get_by_role("alert")).to_contain_text("9")
    await check(chat.page)

    failing = await open_tab(visitor, await serve(gradio_app("failing")))
    await failing.say("midway")
    await expect(failing.reply.get_by_role("alert")).to_be_visible()
    await check(failing.page)


@pytest.mark.parametrize("theme", THEMES)
async def test_recording_photographing_and_rating(
    theme: str, serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, open_tab: OpenTab
) -> None:
    visitor = await new_visitor(color_scheme=theme, permissions=["microphone", "camera"])
    chat = await open_tab(visitor, await serve(gradio_app("voice_notes")))
    await chat.button("Record a voice clip").click()
    await expect(chat.page.get_by_role("timer")).to_have_text("0:01")
    await check(chat.page)
    await chat.button("Stop and keep the clip").click()
    await expect(chat.page.locator(".attachment audio")).to_be_visible()
    await chat.button("Add to the message").click()
    await expect(chat.page.get_by_role("menu")).to_be_visible()
    await check(chat.page)
    await chat.page.get_by_role("menuitem", name="Take a photo").click()
    await expect(chat.page.locator("video")).not_to_have_js_property("videoWidth", 0)
    await check(chat.page)
    await chat.page.keyboard.press("Escape")
    await chat.talk("rate", "said: rate")
    await chat.reply.get_by_role("button", name="Bad reply").click()
    await expect(chat.page.locator(".comment")).to_be_visible()
    await check(chat.page)


DRAG = """log => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["words"], "words.txt", {type: "text/plain"}));
  log.dispatchEvent(new DragEvent("dragover", {bubbles: true, composed: true, cancelable: true, dataTransfer}));
}"""
"""A file is held over the messages."""


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])
async def test_outputs_beside_the_chat(
    theme: str,
    size: dict[str, Any],
    serve: Serve,
    gradio_app: StartApp,
    new_visitor: NewVisitor,
    open_tab: OpenTab,
) -> None:
    visitor = await new_visitor(color_scheme=theme, **size)
    chat = await open_tab(visitor, await serve(gradio_app("artifacts")))
    await chat.talk("show all", "Here is everything.")
    await check(chat.page)
    side = chat.page.locator('[part="side"]')
    for title in ("Program", "Data", "Squares"):
        await chat.button(f"Open {title}").click()
        await expect(side.get_by_role("heading")).to_have_text(title)
        await check(chat.page)
        await chat.page.keyboard.press("Escape")
        await expect(side).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES)
async def test_while_a_reply_is_written_and_a_file_is_held_over_it(
    theme: str, serve: Serve, fresh_gradio_app: StartApp, new_visitor: NewVisitor, open_tab: OpenTab
) -> None:
    app = fresh_gradio_app("slow_stream")
    chat = await open_tab(await new_visitor(color_scheme=theme), await serve(app))
    await chat.say("count")
    await expect(chat.reply).to_contain_text("one two")
    await check(chat.page)
    await chat.log.evaluate(DRAG)
    await expect(chat.page.get_by_text("Drop files here")).to_be_visible()
    await check(chat.page)
    await call(app, "open")
    await chat.ended()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])
async def test_a_bubble(
    theme: str, lang: str, size: dict[str, Any], serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor
) -> None:
    async with website(SITE.format(lang=lang)) as site:
        site.widget = await serve(gradio_app("preset_answers"), allowed_origins=(site.url,)) + "widget.js"
        page = await (await new_visitor(color_scheme=theme, **size)).new_page()
        await page.goto(site.url)
        chat = ChatPage(page, site.url)
        await expect(page.locator('[part="launcher"]')).to_be_visible()
        await check(page)
        await page.locator('[part="launcher"]').click()
        await expect(page.locator('[part="input"]')).to_be_focused()
        await page.keyboard.type("hello")
        await page.keyboard.press("Enter")
        await expect(chat.reply).to_have_attribute("aria-busy", "false")
        await check(page)


async def test_a_page_that_may_not_use_the_chat(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor
) -> None:
    async with website(SITE.format(lang="en")) as site:
        site.widget = await serve(gradio_app("memory")) + "widget.js"
        page = await (await new_visitor()).new_page()
        await page.goto(site.url)
        await page.get_by_role("button", name="Open the chat").click()
        await expect(page.get_by_text("This page may not use the chat.")).to_be_visible()
        await check(page)

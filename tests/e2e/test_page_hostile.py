"""Hostile texts in every place of a reply: nothing runs, nothing is loaded, nothing leads to a script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, OpenTab, Serve
from e2e.website import documented_policy, website
from fakes.fixtures import StartApp
from fakes.hostile import VECTORS

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

INLINE = """<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head>
<body><trunkline-chat></trunkline-chat><script src="{widget}" data-manual async></script></body></html>"""
# In every frame, before anything else of it.
WATCH = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt"]) window[name] = (word) => { window.ran.push(String(word)); };
window.violated = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violated.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
# What a person does, and what a browser does by itself, for every element of the chat.
PROVOKE = """
() => {
  const root = document.querySelector("trunkline-chat").shadowRoot;
  const names = ["load", "error", "focus", "focusin", "blur", "pointerenter", "pointerover", "mouseover", "toggle",
    "animationstart", "begin", "start", "loadstart", "close", "slotchange", "pointerdown", "mousedown"];
  for (const element of root.querySelectorAll("[part~=log] *")) {
    for (const name of names) element.dispatchEvent(new Event(name));
  }
}
"""
SCRIPTED = """
() => {
  const root = document.querySelector("trunkline-chat").shadowRoot;
  const found = [];
  for (const element of root.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || /^(srcdoc|formaction|ping|background|xlink:href)$/.test(name)) found.push(name);
      if (/^[\\s\\x00-\\x1f]*(javascript|vbscript|data:text|data:image\\/svg|blob|file):/i.test(value)
          && !["aria-label", "title", "alt"].includes(name)) found.push(`${name}=${value}`);
    }
  }
  const never = "script, object, embed, applet, base, meta, link, frame, frameset, portal, [part~=log] style, "
    + "[part~=log] form, [part~=log] trunkline-chat, [part~=log] template";
  for (const element of root.querySelectorAll(never)) found.push(element.outerHTML);
  return found;
}
"""


class Watched:
    """A page with the chat on it and all that it asked for; `addresses` are those that it may ask."""

    def __init__(self, chat: ChatPage, *addresses: str) -> None:
        self.chat = chat
        self.asked: list[str] = []
        self._url = chat.page.url
        self._own = {urlsplit(address).netloc for address in addresses}
        chat.page.context.on("request", lambda request: self.asked.append(request.url))

    async def harmless(self) -> None:
        page = self.chat.page
        await page.evaluate(PROVOKE)
        await _click_all(page)
        assert await page.evaluate(SCRIPTED) == []
        for frame in page.frames:
            assert await frame.evaluate("window.ran") == [], frame.url
        assert await page.evaluate("window.violated") == []
        asked = [url for url in self.asked if url.startswith(("http", "ws"))]
        assert {urlsplit(url).netloc for url in asked} <= self._own
        assert page.url == self._url
        assert page.context.pages == [page]


async def _click_all(page: Page) -> None:
    """Whatever a text made that looks as if it could be pressed; links to other websites open none meanwhile."""
    await page.evaluate("""
      () => {
        const root = document.querySelector("trunkline-chat").shadowRoot;
        window.addEventListener("click", (event) => {
          const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
          if (link !== undefined && /^https?:/.test(link.href)) event.preventDefault();
        });
        for (const element of root.querySelectorAll("[part~=message] *, [part~=log] .message *")) {
          if (element.closest("button") === null) element.click?.();
        }
      }
    """)


@pytest_asyncio.fixture(loop_scope="session", params=["our page", "a website under the documented policy"])
async def watched(
    request: pytest.FixtureRequest,
    serve: Serve,
    new_visitor: NewVisitor,
    open_tab: OpenTab,
    pages: list[ChatPage],
    gradio_app: StartApp,
) -> AsyncIterator[Watched]:
    visitor = await new_visitor()
    await visitor.add_init_script(WATCH)
    if request.param == "our page":
        address = await serve(gradio_app("hostile"))
        yield Watched(await open_tab(visitor, address), address)
        return
    async with website(INLINE) as site:
        address = await serve(gradio_app("hostile"), allowed_origins=(site.url,))
        site.widget, site.policy = f"{address}widget.js", documented_policy(address)
        chat = ChatPage(await visitor.new_page(), f"{site.url}/")
        pages.append(chat)
        await chat.page.goto(chat.address)
        await expect(chat.box).to_be_visible()
        yield Watched(chat, address, site.url)


async def _answered(watched: Watched, message: str) -> None:
    chat = watched.chat
    await chat.say(message)
    await expect(chat.replies).to_have_count(1)
    await chat.ended()


async def test_what_an_app_is_called_does_nothing(watched: Watched) -> None:
    await expect(watched.chat.page.locator("h1")).to_have_text("<img src=x onerror=alert(1)>")
    await watched.harmless()


async def test_texts_do_nothing(watched: Watched) -> None:
    await _answered(watched, "texts")
    assert await watched.chat.page.locator(".message").count() >= len(VECTORS)
    await watched.harmless()


async def test_thoughts_do_nothing(watched: Watched) -> None:
    await _answered(watched, "thoughts")
    await watched.chat.page.evaluate("""
      () => { for (const one of document.querySelector("trunkline-chat").shadowRoot
        .querySelectorAll("[part~=thought] [aria-expanded=false]")) one.click(); }
    """)
    await watched.harmless()


async def test_options_do_nothing_but_to_be_chosen(watched: Watched) -> None:
    await _answered(watched, "options")
    await expect(watched.chat.options).to_have_count(len(VECTORS))
    await watched.harmless()


async def test_what_a_visitor_writes_does_nothing(watched: Watched) -> None:
    """Their own words stand in their own page: those, too, may have been put there by somebody else."""
    await watched.chat.box.fill("\n\n".join(VECTORS))
    await watched.chat.box.press("Enter")
    await expect(watched.chat.replies).to_have_count(1)
    await watched.chat.ended()
    await watched.harmless()

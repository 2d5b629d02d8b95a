"""The widget among the other things of a page: its languages, its element's life, its interface for scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, WebSocket, WebSocketRoute, expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, Serve
from e2e.website import Website, website
from fakes.fixtures import StartApp

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

HEAD = """<!doctype html><html lang="{{lang}}"><head><title>Shop</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width"></head><body>"""
TALL = '<div style="height: 3000px">goods</div>'
TWO = """<trunkline-chat id="one"></trunkline-chat><main></main><trunkline-chat id="two"></trunkline-chat>"""
SCRIPT = '<script src="{widget}" data-manual async></script>'
BUBBLE = '<script src="{widget}" async></script>'
CHAT = "document.querySelector('trunkline-chat')"
HEARD = """window.heard = [];
for (const name of ["open", "close", "send", "message", "error"])
  document.querySelector("trunkline-chat").addEventListener(name, ({detail}) => heard.push([name, detail]));"""


class Visit(Protocol):
    """Opens a website's page with this body as a new visitor."""

    async def __call__(self, body: str, *, app: str = "memory", lang: str = "en", **visitor: object) -> Page: ...


@pytest_asyncio.fixture(loop_scope="session")
async def sites() -> AsyncIterator[list[Website]]:
    """The website that a test visits; its page is set by the test."""
    async with website("") as site:
        yield [site]


@pytest.fixture
def visit(sites: list[Website], serve: Serve, new_visitor: NewVisitor, gradio_app: StartApp) -> Visit:
    async def open_page(body: str, *, app: str = "memory", lang: str = "en", **visitor: object) -> Page:
        (site,) = sites
        site.page = HEAD.replace("{{lang}}", lang) + body
        site.widget = await serve(gradio_app(app), allowed_origins=(site.url,)) + "widget.js"
        page = await (await new_visitor(**visitor)).new_page()
        await page.goto(site.url)
        return page

    return open_page


def opened_sockets(page: Page) -> list[WebSocket]:
    found: list[WebSocket] = []
    # Playwright takes no method of a built-in type.
    page.on("websocket", lambda socket: found.append(socket))  # noqa: PLW0108
    return found


async def test_two_windows_on_a_page_are_of_one_visitor(visit: Visit) -> None:
    page = await visit(TWO + SCRIPT)
    one, two = page.locator("#one"), page.locator("#two")
    # Each shows a chat of its own: one that connects later would show what is said in the other by then.
    for window in (one, two):
        await expect(window.locator('[part="welcome"]')).to_be_attached()
    for window, words in ((one, "in one"), (two, "in two")):
        await window.get_by_role("textbox").fill(words)
        await window.get_by_role("textbox").press("Enter")
        await expect(window.locator('[part="reply"]')).to_contain_text(f"now: {words}")
    await one.get_by_role("button", name="Chats").click()
    await expect(one.get_by_role("listitem")).to_contain_text(["in two", "in one"])
    await expect(two.locator('[part="user-message"]')).to_have_text(["in two"])


async def test_an_element_that_is_moved_keeps_its_window(visit: Visit) -> None:
    page = await visit("<nav></nav><main><trunkline-chat></trunkline-chat></main>" + SCRIPT)
    chat = ChatPage(page, page.url)
    await chat.talk("hello", "now: hello")
    await chat.box.fill("half a sen")
    sockets = opened_sockets(page)
    await page.evaluate(f"document.querySelector('nav').append({CHAT})")
    await expect(chat.box).to_have_value("half a sen")
    await chat.shows(("hello", "now: hello"))
    assert not sockets

    await page.evaluate(f"window.kept = {CHAT}; kept.remove()")
    await expect(page.locator("trunkline-chat")).to_have_count(0)
    await page.evaluate("document.querySelector('main').append(kept)")
    await expect(chat.box).to_have_value("half a sen")
    await chat.shows(("hello", "now: hello"))
    assert len(sockets) == 1


async def test_what_is_typed_outlives_a_reload(visit: Visit) -> None:
    page = await visit("<trunkline-chat></trunkline-chat>" + SCRIPT)
    chat = ChatPage(page, page.url)
    await chat.box.fill("half a sen")
    await page.reload()
    await expect(chat.box).to_have_value("half a sen")
    await chat.talk("whole", "now: whole")
    await page.reload()
    await chat.shows(("whole", "now: whole"))
    await expect(chat.box).to_have_value("")


async def test_a_bubble_outlives_navigation_without_a_load(visit: Visit) -> None:
    page = await visit(BUBBLE)
    chat = ChatPage(page, page.url)
    await chat.button("Open the chat").click()
    await chat.talk("hello", "now: hello")
    await page.evaluate("""() => {
      history.pushState({}, "", "/next");
      const body = document.createElement("body");
      body.append(Object.assign(document.createElement("h1"), {textContent: "Next"}));
      document.body.replaceWith(body);
    }""")
    await expect(page.get_by_role("heading", name="Next")).to_be_visible()
    await expect(page.locator("trunkline-chat")).to_have_count(1)
    await chat.talk("again", "now: again")
    await chat.shows(("hello", "now: hello"), ("again", "now: again"))


async def test_calls_before_anything_is_there_are_done_in_order(visit: Visit) -> None:
    early = """<script>
      const chat = document.querySelector("trunkline-chat");
      chat.strings = {{message: "Your question"}};
      chat.calls = [["setContext", {{name: "Cleo"}}], ["send", "first"], ["send", "second"]];
    </script>"""
    page = await visit("<trunkline-chat></trunkline-chat>" + early + SCRIPT, app="every_input")
    await expect(page.locator('[part="user-message"]')).to_have_text(["first", "second"])
    await expect(page.get_by_role("textbox", name="Your question")).to_be_visible()
    await expect(page.locator('[part="reply"]').last).to_contain_text('"name": "Cleo"')


async def test_events_and_methods(visit: Visit) -> None:
    page = await visit(BUBBLE)
    await expect(page.locator("trunkline-chat")).to_have_count(1)
    await page.evaluate(HEARD)
    await page.evaluate(f"{CHAT}.open(); {CHAT}.calls.push(['send', 'hello'])")
    await page.wait_for_function("heard.some(([name]) => name === 'message')")
    await page.evaluate(f"{CHAT}.close(); {CHAT}.toggle(); {CHAT}.toggle()")
    heard = await page.evaluate("heard")
    assert [name for name, _ in heard] == ["open", "send", "message", "close", "open", "close"]
    assert heard[1][1] == {"text": "hello"}
    assert "now: hello" in heard[2][1]["text"]
    assert heard[2][1]["turn"] == heard[2][1]["conversation"] == 1


async def test_nothing_of_the_page_is_touched(visit: Visit) -> None:
    page = await visit("<script>window.before = Object.keys(window)</script>" + BUBBLE)
    await page.get_by_role("button", name="Open the chat").click()
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    assert await page.evaluate("Object.keys(window).filter((name) => !before.includes(name))") == ["before"]
    assert await page.evaluate("document.cookie") == ""


async def test_german(visit: Visit) -> None:
    page = await visit(BUBBLE, lang="de-AT")
    await page.get_by_role("button", name="Chat öffnen").click()
    box = page.get_by_role("textbox", name="Nachricht")
    await expect(box).to_have_attribute("placeholder", "Nachricht schreiben …")
    await box.fill("Hallo")
    await box.press("Enter")
    await expect(page.locator('[part="reply"]')).to_contain_text("now: Hallo")
    await page.get_by_role("button", name="Mehr").click()
    await expect(page.get_by_role("menuitem", name="Als Markdown herunterladen")).to_be_visible()


async def test_arabic_runs_from_right_to_left(visit: Visit) -> None:
    page = await visit(BUBBLE, lang="ar", viewport={"width": 1000, "height": 800})
    launcher = page.get_by_role("button", name="افتح المحادثة")
    box = await launcher.bounding_box()
    assert box is not None
    assert box["x"] < 100, "the corner at the end of a line"
    await launcher.click()
    written = page.get_by_role("textbox", name="الرسالة")
    send = await page.get_by_role("button", name="إرسال").bounding_box()
    area = await written.bounding_box()
    assert send is not None
    assert area is not None
    assert send["x"] < area["x"]


async def test_a_page_may_choose_corner_words_and_direction(visit: Visit) -> None:
    words = """data-position="left" data-strings='{{"open": "Ask us", "title": "Help", "nothing": "x"}}'"""
    page = await visit(BUBBLE.replace("async", words + " async"), viewport={"width": 1000, "height": 800})
    launcher = page.get_by_role("button", name="Ask us")
    box = await launcher.bounding_box()
    assert box is not None
    assert box["x"] < 100
    await launcher.click()
    await expect(page.get_by_role("dialog", name="Help")).to_be_visible()
    await page.evaluate(f"{CHAT}.strings = {{message: 'Say it'}}")
    await expect(page.get_by_role("textbox", name="Say it")).to_be_visible()


async def test_on_a_phone_it_has_the_screen(visit: Visit) -> None:
    still: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "reduced_motion": "reduce"}
    page = await visit(TALL + '<a href="#">behind</a>' + BUBBLE, **still)
    await page.get_by_role("button", name="Open the chat").click()
    window = page.get_by_role("dialog", name="Chat")
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    assert await window.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 780}
    await expect(page.locator("html")).to_have_css("overflow-y", "hidden")
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.localName") == "trunkline-chat"
    await page.keyboard.press("Escape")
    await expect(window).to_be_hidden()
    await expect(page.locator("html")).to_have_css("overflow-y", "visible")
    await expect(page.get_by_role("button", name="Open the chat")).to_be_focused()


async def test_who_wants_no_motion_sees_none(visit: Visit) -> None:
    page = await visit(BUBBLE, reduced_motion="reduce")
    await page.get_by_role("button", name="Open the chat").click()
    await expect(page.locator('[part="window"]')).to_have_css("animation-duration", "0.001s")


class Jumbler:
    """A connection that brings every numbered frame twice, and the first words of a reply after the next ones."""

    def __init__(self) -> None:
        self.resumed = 0
        self._begun = False
        self._late: str | None = None

    async def connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda text: self._bring(socket, str(text)))
        socket.on_message(lambda text: self._pass(server, str(text)))

    def _pass(self, server: WebSocketRoute, text: str) -> None:
        self.resumed += '"type":"resume"' in text
        server.send(text)

    def _bring(self, socket: WebSocketRoute, text: str) -> None:
        if '"seq"' not in text or '"type":"snapshot"' in text or '"type":"resumed"' in text:
            socket.send(text)
            return
        begun, self._begun = self._begun, '"type":"post.create"' in text and '"role":"assistant"' in text
        if begun and '"type":"post.patch"' in text:
            self._late = text
            return
        socket.send(text)
        socket.send(text)
        if self._late is not None:
            socket.send(self._late)
            self._late = None


async def test_frames_twice_and_out_of_order(visit: Visit) -> None:
    page = await visit("<i></i>" + BUBBLE, app="typing_echo")
    jumbler = Jumbler()
    await page.route_web_socket("**/ws", jumbler.connect)
    await page.get_by_role("button", name="Open the chat").click()
    chat = ChatPage(page, page.url)
    words = "one two three four five six seven eight nine ten"
    for _ in range(3):
        await chat.talk(words, words)
        await expect(chat.reply.locator(".message")).to_contain_text(words)
    await chat.shows(*[(words, words)] * 3)
    assert jumbler.resumed, "something was missing in between"


async def test_a_forged_token_makes_another_visitor(visit: Visit) -> None:
    page = await visit("<trunkline-chat></trunkline-chat>" + SCRIPT)
    chat = ChatPage(page, page.url)
    await chat.talk("mine", "now: mine")
    await page.evaluate("for (const key of Object.keys(localStorage)) localStorage[key] += 'x'")
    await page.reload()
    await expect(chat.box).to_be_visible()
    await chat.shows()
    await chat.talk("hello", "now: hello")


async def test_a_script_older_than_the_server_finds_the_new_window(visit: Visit) -> None:
    page = await visit("<i></i>" + BUBBLE)
    gone: list[str] = []

    async def refuse(route: Route) -> None:
        gone.append(route.request.url)
        await route.fulfill(status=404) if len(gone) == 1 else await route.continue_()

    await page.route("**/static/chat-*.js", refuse)
    await page.get_by_role("button", name="Open the chat").click()
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    assert len(gone) == 2


async def test_a_part_that_cannot_be_loaded_is_told_and_tried_again(visit: Visit) -> None:
    page = await visit("<trunkline-chat></trunkline-chat>" + SCRIPT)
    chat = ChatPage(page, page.url)
    await expect(chat.box).to_be_visible()
    await page.route("**/static/conversations-*.js", lambda route: route.abort())
    await chat.button("Chats").click()
    await expect(page.get_by_text("This part of the chat could not be loaded")).to_be_visible()
    await page.unroute("**/static/conversations-*.js")
    await chat.button("Chats").click()
    await chat.button("Chats").click()
    await expect(page.get_by_text("No chats yet.")).to_be_visible()


async def test_a_window_that_cannot_be_loaded_is_tried_again(visit: Visit) -> None:
    page = await visit("<i></i>" + BUBBLE)
    await page.route("**/static/*.js*", lambda route: route.abort())
    await page.get_by_role("button", name="Open the chat").click()
    again = page.get_by_role("button", name="The chat could not be loaded. Try again.")
    await expect(again).to_be_visible()
    await page.unroute("**/static/*.js*")
    await again.click()
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()

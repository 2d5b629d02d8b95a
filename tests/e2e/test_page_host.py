"""The host's side in a real browser: the showcase, other websites under a strict policy, the operator's pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, Serve
from e2e.website import documented_policy, website
from fakes.fixtures import StartApp
from fakes.gradio_apps import Version
from faults.processes import free_port

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

WIDGET = Path(__file__).parents[2] / "widget"
AXE = (WIDGET / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""
SNIPPET = "#snippet"


async def opened(
    visitor: NewVisitor, pages: list[ChatPage], address: str, *, path: str = "", **options: Any
) -> ChatPage:
    """Any page of ours or of others', in a browser of its own, with an eye on violations of its policy."""
    context = await visitor(**options)
    chat = ChatPage(await context.new_page(), address)
    pages.append(chat)
    await chat.page.add_init_script(VIOLATIONS)
    await chat.page.goto(f"{address}{path}")
    return chat


async def violations(page: Page) -> list[str]:
    found: list[str] = []
    for frame in page.frames:
        found += await frame.evaluate("window.violations ?? []")
    return found


async def accessible(page: Page) -> None:
    """axe finds nothing; what moves has come to rest."""
    await page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished))")
    # Evaluated, not loaded: the page's policy allows no script of others.
    await page.evaluate(AXE)
    told = await page.evaluate("() => axe.run({resultTypes: ['violations'], iframes: false})")
    found = [(one["id"], [node["target"] for node in one["nodes"]]) for one in told["violations"]]
    assert found == []


# Other websites


SAID = r"""$$\int_0^1 x\,dx$$ and `code`:

```python
def f(x: int) -> str: ...
```

| a | b |
|---|---|
| 1 | 2 |

![a picture](http://127.0.0.1:9/elsewhere.png)"""


async def test_the_documented_policy_is_all_a_website_needs(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    """Formulas, code, pictures, sound, film, files, HTML and plots; every view of the window."""
    async with website() as shop:
        server = await serve(gradio_app("typeset"), allowed_origins=(shop.url,))
        shop.widget, shop.policy = f"{server}widget.js", documented_policy(server)
        chat = await opened(new_visitor, pages, shop.url)
        await chat.button("Open the chat").click()
        await chat.talk(SAID, "and code")
        await expect(chat.reply.locator("math, .katex").first).to_be_attached()
        for button, opens in (("Chats", "Search chats"), ("More", "menu")):
            await chat.button(button).click()
            found = chat.page.get_by_label(opens) if opens != "menu" else chat.page.get_by_role("menu")
            await expect(found.first).to_be_visible()
            await chat.page.keyboard.press("Escape")
            await expect(found).to_have_count(0)
        assert await violations(chat.page) == []

        server = await serve(gradio_app("components"), allowed_origins=(shop.url,))
        shop.widget, shop.policy = f"{server}widget.js", documented_policy(server)
        chat = await opened(new_visitor, pages, shop.url)
        await chat.button("Open the chat").click()
        for kind in (
            "image",
            "audio",
            "video",
            "html",
            "file",
            "gallery",
            "matplotlib",
            "plotly",
            "altair",
            "bokeh",
        ):
            count = await chat.replies.count()
            await chat.say(kind)
            await expect(chat.replies).to_have_count(count + 1)
            await chat.ended()
        await expect(chat.page.locator("iframe")).to_have_count(4)
        await expect(chat.page.frame_locator("iframe").nth(1).locator(".main-svg").first).to_be_attached()
        assert await violations(chat.page) == []
        assert await chat.page.context.cookies() == []


async def test_a_violation_would_be_seen(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    """The test above can fail."""
    async with website() as shop:
        server = await serve(gradio_app("memory"), allowed_origins=(shop.url,))
        shop.widget = f"{server}widget.js"
        shop.policy = documented_policy(server)
        chat = await opened(new_visitor, [], shop.url)
        await chat.page.evaluate(
            "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))"
        )
        await chat.page.wait_for_function("window.violations.length > 0")
        assert "img-src" in (await violations(chat.page))[0]


async def test_widget_js_comes_from_the_cache_and_everything_else_for_ever(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    server = await serve(gradio_app("memory"))
    chat = await opened(new_visitor, pages, server, path="chat")
    await expect(chat.box).to_be_visible()
    sizes = await chat.page.evaluate(
        "performance.getEntriesByType('resource').map((r) => [r.name, r.encodedBodySize, r.decodedBodySize])"
    )
    scripts = {name: (sent, whole) for name, sent, whole in sizes if name.endswith(".js")}
    assert scripts
    assert all(sent < whole / 1.5 for sent, whole in scripts.values() if whole > 1_000), "scripts are not zipped"
    # What is loaded late is in the cache by then as well.
    await chat.page.wait_for_load_state("networkidle")
    await chat.page.reload()
    await expect(chat.box).to_be_visible()
    sent = await chat.page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.transferSize > 0).map((one) => one.name)"
    )
    assert [name for name in sent if "/static/" in name] == []


# The showcase


async def test_a_newcomer_sees_the_chat_working(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    server = await serve(gradio_app("memory"))
    chat = await opened(new_visitor, pages, server)
    await chat.talk("hello", "now: hello")
    await accessible(chat.page)
    assert await violations(chat.page) == []
    await chat.page.get_by_role("link", name="Full page").click()
    await chat.shows(("hello", "now: hello"))
    await expect(chat.page.locator("trunkline-chat")).to_have_attribute("placement", "page")


async def test_each_placement_is_shown_and_has_its_line(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    server = await serve(gradio_app("memory"))
    chat = await opened(new_visitor, pages, server, color_scheme="dark")
    page, snippet = chat.page, chat.page.locator(SNIPPET)
    widget = page.locator("trunkline-chat")
    inline = f'<script src="{server}widget.js" data-manual async></script>\n<trunkline-chat placement="inline">'
    await expect(snippet).to_have_text(f"{inline}</trunkline-chat>")

    await page.get_by_text("Bubble", exact=True).click()
    await expect(snippet).to_have_text(f'<script src="{server}widget.js" async></script>')
    await expect(chat.box).to_be_visible()
    await chat.button("Close the chat").click()
    await expect(chat.box).to_be_hidden()
    await expect(chat.button("Open the chat")).to_be_visible()

    await page.get_by_text("Panel", exact=True).click()
    await page.get_by_label("Side").select_option("left")
    await page.get_by_label("Colours").select_option("light")
    chosen = 'data-placement="panel" data-theme="light" data-position="left"'
    await expect(snippet).to_have_text(f'<script src="{server}widget.js" {chosen} async></script>')
    await expect(widget).to_have_attribute("position", "left")
    await expect(chat.box).to_be_visible()
    await accessible(page)

    await page.get_by_text("Full page", exact=True).first.click()
    await expect(snippet).to_contain_text('<trunkline-chat placement="page" theme="light">')
    assert await violations(page) == []


async def test_the_line_works_where_it_is_put(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    async with website() as shop:
        server = await serve(gradio_app("memory"), allowed_origins=(shop.url,), apps=())
        showcase = await opened(new_visitor, pages, server)
        for placement in ("Bubble", "Panel", "Inline"):
            await showcase.page.get_by_text(placement, exact=True).click()
            line = await showcase.page.locator(SNIPPET).inner_text()
            shop.page = f'<!doctype html><title>Shop</title><link rel="icon" href="data:,"><main>{line}</main>'
            chat = await opened(new_visitor, pages, shop.url)
            if placement != "Inline":
                await chat.button("Open the chat").click()
            await chat.talk(f"by {placement}", f"now: by {placement}")


async def test_a_phone_shows_the_chat_first(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    server = await serve(gradio_app("memory"))
    chat = await opened(new_visitor, pages, server, viewport={"width": 390, "height": 844}, is_mobile=True)
    await expect(chat.box).to_be_in_viewport()
    assert await chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await accessible(chat.page)


# The app's own colours


async def colours(chat: ChatPage) -> tuple[str, str]:
    """Of the send button and the ground, as they are drawn."""
    script = """() => {
      const root = document.querySelector("trunkline-chat").shadowRoot;
      const probe = document.createElement("i");
      probe.style.background = "var(--_accent)";
      root.querySelector(".window").append(probe);
      const found = [getComputedStyle(probe).backgroundColor,
                     getComputedStyle(root.querySelector(".window")).backgroundColor];
      probe.remove();
      return found;
    }"""
    accent, ground = await chat.page.evaluate(script)
    return accent, ground


async def test_the_widget_takes_the_apps_colours(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage], version: Version
) -> None:
    """Gradio's Ocean theme: emerald, in light and in dark."""
    server = await serve(gradio_app("yes_man", version))
    chat = await opened(new_visitor, pages, server)
    await expect(chat.box).to_be_visible()
    own = await colours(chat)
    await chat.page.get_by_label("Colours").select_option("app")
    widget = chat.page.locator("trunkline-chat")
    await expect(widget).to_have_attribute("theme", "app")
    await expect(widget).to_have_css("--trunkline-accent", re.compile("light-dark"))
    light = await colours(chat)
    await chat.page.emulate_media(color_scheme="dark")
    dark = await colours(chat)
    await accessible(chat.page)

    assert own[0] == "rgb(79, 70, 229)"
    assert light[0] not in {own[0], ""}
    assert light[1] == "rgb(255, 255, 255)"
    assert dark[1] == "rgb(15, 15, 17)"
    await chat.page.emulate_media(color_scheme="light")
    await chat.page.get_by_label("Colours").select_option("")
    await expect(chat.page.locator("trunkline-chat")).not_to_have_attribute("theme", "app")
    assert await colours(chat) == own


async def test_the_bubble_has_the_apps_colours_from_its_first_frame(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    """From the second visit on: the browser keeps what the window was told."""
    async with website() as shop:
        server = await serve(gradio_app("yes_man"), allowed_origins=(shop.url,))
        shop.page = '<!doctype html><title>Shop</title><link rel="icon" href="data:,">'
        shop.page += f'<body><script src="{server}widget.js" data-theme="app" async></script>'
        chat = await opened(new_visitor, pages, shop.url)
        launcher = chat.page.locator('[part="launcher"]')
        await expect(launcher).to_have_css("background-color", "rgb(79, 70, 229)")
        await chat.button("Open the chat").click()
        await chat.page.mouse.move(0, 0)
        await expect(launcher).not_to_have_css("background-color", "rgb(79, 70, 229)")
        await expect(chat.box).to_be_visible()
        accent, _ = await colours(chat)
        await chat.page.reload()
        await expect(launcher).to_have_css("background-color", accent)
        await expect(chat.box).to_have_count(0)


# The operator's pages


async def operated(serve: Serve, app: str, **web: Any) -> tuple[str, str]:
    """The public address and the operator's."""
    port = free_port()
    return await serve(app, admin_port=port, **web), f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_operators_pages_are_accessible_and_keep_their_policy(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage], scheme: str
) -> None:
    public, admin = await operated(serve, gradio_app("memory"))
    for path in ("", "preview", "theme"):
        chat = await opened(new_visitor, pages, admin, path=path, color_scheme=scheme)
        await expect(chat.page.locator("h1")).to_be_visible()
        await accessible(chat.page)
        assert await violations(chat.page) == []
    await expect(pages[0].page.get_by_role("link", name=public)).to_be_visible()


async def test_one_conversation_as_each_bridge_shows_it(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    public, admin = await operated(serve, gradio_app("memory"))
    visitor = await opened(new_visitor, pages, public, path="chat")
    await visitor.talk("where is my parcel?", "now: where is my parcel?")
    chat = await opened(new_visitor, pages, admin, path="preview")
    page = chat.page
    terminal, widget = page.frame_locator('iframe[title="Terminal"]'), page.frame_locator('iframe[title="Widget"]')

    await expect(widget.get_by_role("log")).to_contain_text("Where can I swim this weekend?")
    await expect(widget.get_by_role("table").first).to_contain_text("Sandholm")
    await expect(widget.get_by_role("img", name="The sun sets over a calm sea")).to_be_visible()
    await expect(terminal.locator("pre")).to_contain_text("Ask for the weather")
    await expect(page.frame_locator('iframe[title="Discord"]').get_by_text("Plan the trip").first).to_be_visible()
    await page.get_by_role("region", name="Terminal").get_by_label("thoughts").select_option("hidden")
    await expect(terminal.locator("pre")).not_to_contain_text("Ask for the weather")
    box = widget.get_by_role("textbox", name="Message", exact=True)
    await box.fill("hello?")
    await box.press("Enter")
    await expect(widget.get_by_text("This is a preview: nothing is sent.")).to_be_visible()
    await expect(box).to_have_value("hello?")

    await page.get_by_label("Conversation").select_option(label="1 · web · where is my parcel?")
    for column in (terminal.locator("pre"), widget.get_by_role("log")):
        await expect(column).to_contain_text("now: where is my parcel?")
    await page.reload()
    await expect(widget.get_by_role("log")).to_contain_text("now: where is my parcel?")
    assert await violations(page) == []


async def test_the_theme_editor_shows_each_change_and_writes_it_down(
    serve: Serve, gradio_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    """What it writes, taken into the settings, looks the same on the public page."""
    app = gradio_app("memory")
    _, admin = await operated(serve, app, theme={"--trunkline-radius": "4px"})
    chat = await opened(new_visitor, pages, admin, path="theme")
    page = chat.page
    frame = page.frame_locator("#frame")
    widget = frame.locator("trunkline-chat")
    await expect(frame.get_by_role("textbox", name="Message", exact=True)).to_be_visible()
    await expect(page.locator("#output")).to_have_text('[web.theme]\n"--trunkline-radius" = "4px"')

    await page.get_by_label("Accent, light").fill("#0f766e")
    await page.get_by_label("Title, if the app has none").fill('Ask "us"')
    await expect(widget).to_have_css("--trunkline-accent", "light-dark(#0f766e, #5a5ce6)")
    await expect(frame.locator("h1", has_text='Ask "us"')).to_be_visible()
    output = page.locator("#output")
    await expect(output).to_contain_text('"--trunkline-accent" = "light-dark(#0f766e, #5a5ce6)"')
    await expect(output).to_contain_text('[web.strings]\ntitle = "Ask \\"us\\""')
    await expect(page.get_by_text("All text can be read in both schemes")).to_be_visible()
    await expect(page.get_by_label("Links, light")).to_have_value("#0d6861")
    await expect(output).not_to_contain_text("--trunkline-link")
    await page.get_by_label("Writing on it, light").fill("#0f766e")
    await expect(page.get_by_text("Writing on the accent, light: contrast 1.0, needs 4.5.")).to_be_visible()
    await page.get_by_label("Links, light").fill("#f59e0b")
    await expect(page.get_by_text("Links on ground, light: contrast 2.1, needs 4.5.")).to_be_visible()
    await expect(output).to_contain_text('"--trunkline-link" = "light-dark(#f59e0b, ')

    await page.get_by_text("One page", exact=True).click()
    await page.get_by_text("Bubble", exact=True).click()
    await expect(output).to_contain_text("trunkline-chat {\n  --trunkline-accent: light-dark(#0f766e, #5a5ce6);")
    await expect(widget).to_have_attribute("placement", "bubble")
    await expect(widget).to_have_css("--trunkline-radius", "4px")
    await page.get_by_role("button", name="Start over").click()
    await expect(output).not_to_contain_text("trunkline-chat {")
    await expect(widget).to_have_css("--trunkline-radius", "")
    assert await violations(page) == []

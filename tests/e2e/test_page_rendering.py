"""What a reply can show: formulas, code in colours, interactive plots, HTML, outputs beside the chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, Page, Route, ViewportSize, expect

from e2e.chat_page import ChatPage
from e2e.conftest import NewVisitor, OpenTab, Serve
from e2e.media import is_drawn
from e2e.website import website
from fakes.fixtures import StartApp

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

WIDE = ViewportSize(width=1300, height=900)
PHONE = ViewportSize(width=390, height=844)
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'

OpenApp = Callable[..., Awaitable[ChatPage]]


@pytest.fixture
def open_app(serve: Serve, new_visitor: NewVisitor, open_tab: OpenTab, start_app: StartApp) -> OpenApp:
    """Opens an app's chat, filling the window; options are those of a browser context."""

    async def opened(app: str, **options: object) -> ChatPage:
        return await open_tab(await new_visitor(**options), await serve(start_app(app)))

    return opened


def asked_for(page: Page) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


async def test_formulas_by_the_app_s_own_signs(open_app: OpenApp) -> None:
    chat = await open_app("typeset")
    asked = asked_for(chat.page)
    await chat.talk("no formula, $5", "no formula")
    assert not [url for url in asked if "math" in url or "KaTeX" in url]

    await chat.talk("one $x^2$, two \\(y_1 * z_1\\), `$code$` and\n\n$$\n\\frac{a}{b}\n- 1\n$$", "one")
    formulas = chat.reply.locator('[part="math"] .katex-html')
    await expect(formulas).to_have_count(3)
    await expect(chat.reply.locator(".katex-display .mfrac")).to_be_visible()
    await expect(chat.reply.locator("code")).to_have_text("$code$")
    await chat.page.wait_for_function(
        "[...document.fonts].some(font => font.family.includes('KaTeX') && font.status === 'loaded')"
    )


async def test_a_formula_that_is_none_is_shown_as_it_was_written(open_app: OpenApp) -> None:
    chat = await open_app("typeset")
    await chat.talk("see $$\\frac{a}$$ here", "see")

    await expect(chat.reply.locator('[part="math"]')).to_have_text("\\frac{a}")
    await expect(chat.reply.locator(".katex")).to_have_count(0)


async def test_line_ends_and_tags_as_the_app_has_them(open_app: OpenApp) -> None:
    chat = await open_app("typeset")
    await chat.talk("one\ntwo: a List<String> and Map<K, V>", "one")
    paragraph = chat.reply.locator("p")
    await expect(paragraph).to_have_text("one two: a List<String> and Map<K, V>")
    await expect(paragraph.locator("br")).to_have_count(0)

    await chat.talk(
        "H<sub>2</sub>O <kbd>Esc</kbd>\n\n<details><summary>More</summary>\n\n**in** it\n\n</details>", "More"
    )
    await expect(chat.reply.locator("sub")).to_have_text("2")
    inside = chat.reply.locator("details strong")
    await expect(inside).to_be_hidden()
    await chat.reply.locator("summary").click()
    await expect(inside).to_have_text("in")


async def test_code_in_colours_to_be_copied(open_app: OpenApp) -> None:
    chat = await open_app("typing_echo", permissions=["clipboard-read", "clipboard-write"])
    asked = asked_for(chat.page)
    await chat.talk("so:\n\n```\nplain\n```", "plain")
    await expect(chat.reply.locator('[part="code"]').get_by_role("button", name="Copy")).to_be_visible()
    assert not [url for url in asked if "highlight" in url]

    program = 'def greet(name):\n    return f"Hello {name}"  # warmly'
    await chat.talk(f"so:\n\n```python\n{program}\n```", "greet")
    code = chat.reply.locator('[part="code"]')
    await expect(code.locator(".hljs-keyword")).to_have_text(["def", "return"])
    await expect(code.locator("code")).to_have_text(program)
    assert await code.evaluate(LOWEST_CONTRAST) >= 4.5

    await code.get_by_role("button", name="Copy").click()
    await expect(code.get_by_role("button", name="Copied")).to_be_visible()
    assert await chat.page.evaluate("navigator.clipboard.readText()") == program
    await code.get_by_role("button", name="Break long lines").click()
    await expect(code.locator("pre")).to_have_css("white-space", "pre-wrap")


LOWEST_CONTRAST = """code => {
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(part => {
            const share = part / 255;
            return share <= .03928 ? share / 12.92 : ((share + .055) / 1.055) ** 2.4;
        });
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const ground = light(getComputedStyle(code).backgroundColor);
    const signs = [...code.querySelectorAll('pre span')].map(span => light(getComputedStyle(span).color));
    return Math.min(...signs.map(sign => (Math.max(sign, ground) + .05) / (Math.min(sign, ground) + .05)));
}"""

STREAMED = (
    "Some **bold words**, [a link](https://example.org/long) and `some code`\n\n"
    "| left | right |\n|------|-------|\n| 1 | **2** |\n\nH<sub>2</sub>O ~~is~~ *was* it.\n\n"
    "Then $$x_1 + \\frac{x^{2}}{\\sqrt{3}}$$ so.\n\n"
) * 10
RECORD = """log => {
    window.seen = [];
    new MutationObserver(() => {
        window.seen.push([...log.querySelectorAll('[part="reply"]')].at(-1)?.innerText ?? '');
    }).observe(log, { subtree: true, childList: true, characterData: true });
}"""


async def test_half_a_construct_never_shows_its_signs(open_app: OpenApp) -> None:
    chat = await open_app("typing_echo")
    await chat.talk("**warm** <b>up</b> $$x$$", "warm up")
    await chat.log.evaluate(RECORD)
    await chat.talk(STREAMED, "so.")
    seen = await chat.page.evaluate("window.seen")

    assert len(seen) > 5, "the reply was not streamed"
    signs = ("$", "**", "~~", "`", "](", "|", "<", "https", "--")
    assert {sign: text for text in seen for sign in signs if sign in text} == {}
    await expect(chat.reply.locator("td strong")).to_have_text(["2"] * 10)


CARET = """paragraph => {
    const { content, animationIterationCount } = getComputedStyle(paragraph, '::after');
    return [content, animationIterationCount];
}"""


async def test_the_caret_stands_still_for_who_wants_it(open_app: OpenApp) -> None:
    chat = await open_app("slow_stream", reduced_motion="reduce")
    await chat.say("go on")
    caret = chat.page.locator('[part="reply"][aria-busy="true"] p').last
    await expect(caret).to_be_visible()
    assert await caret.evaluate(CARET) == ['""', "1"]
    await chat.button("Stop").click()
    await chat.ended()


DRAWN = {"plotly": ".main-svg:has(.scatterlayer path)", "altair": "canvas.marks, svg.marks", "bokeh": ".bk-Figure"}


async def is_wide(drawn: Locator, least: int, most: int) -> None:
    """Returns when its width, in pixels, is between the two."""
    element = await drawn.element_handle()
    assert element is not None
    frame = await element.owner_frame()
    assert frame is not None
    width = "drawn.getBoundingClientRect().width"
    await frame.wait_for_function(f"drawn => {width} > {least} && {width} < {most}", arg=element)


@pytest.mark.parametrize("library", DRAWN)
async def test_interactive_plots(open_app: OpenApp, library: str) -> None:
    chat = await open_app("components", color_scheme="dark")
    asked = asked_for(chat.page)
    await chat.say(library)
    plot = chat.reply.locator('[part="plot"]')
    frame = plot.locator("iframe")
    await expect(frame).to_have_attribute("sandbox", "allow-scripts")
    drawn = frame.content_frame.locator(DRAWN[library]).first
    await expect(drawn).to_be_visible()
    await expect(plot).to_have_attribute("aria-busy", "false")
    await expect(plot.get_by_role("img", name="Working…")).to_have_count(0)
    await chat.ended()

    inside, outside = await frame.bounding_box(), await plot.bounding_box()
    assert inside
    assert outside
    assert abs(inside["width"] - outside["width"]) < 4
    page = await frame.content_frame.locator("html").evaluate("page => page.scrollHeight")
    assert abs(inside["height"] - page) < 4, "the frame is as high as what is drawn"
    await is_wide(drawn, 600, 1000)
    await chat.page.set_viewport_size(PHONE)
    await is_wide(drawn, 200, PHONE["width"])
    assert {url for url in asked if not url.startswith(("blob:", "data:"))} == {
        url for url in asked if url.startswith(chat.address)
    }
    async with chat.page.expect_download() as coming:
        await plot.get_by_role("button", name="Download").click()
    assert (await coming.value).suggested_filename.endswith(".json")


async def test_a_plot_that_cannot_be_drawn_can_be_downloaded(open_app: OpenApp) -> None:
    chat = await open_app("components")
    chat.server_may_go = True
    await chat.page.route("**/plotly-*.js", lambda route: route.abort())
    await chat.say("plotly")

    await expect(chat.reply.get_by_text("This plot cannot be drawn here: download it.")).to_be_visible()
    async with chat.page.expect_download() as coming:
        await chat.reply.get_by_role("button", name="Download").click()
    assert (await coming.value).suggested_filename == "plotly.json"
    await chat.ended()


async def test_html_stays_in_its_frame(open_app: OpenApp) -> None:
    chat = await open_app("typeset")
    opened: list[str] = []
    await chat.page.context.route("https://elsewhere.test/**", lambda route: route.fulfill(body="elsewhere"))
    await chat.say(
        'html <a href="https://elsewhere.test/page">go</a><p id=told></p><script>'
        "let told = 'alone'; try { told = parent.document.title } catch { } "
        "document.getElementById('told').textContent = told</script><div style='height:300px'></div>"
    )
    frame = chat.reply.locator('iframe[part="frame"]')
    await expect(frame.content_frame.locator("#told")).to_have_text("alone")
    await chat.ended()
    chat.page.context.on("page", lambda page: opened.append(page.url))
    async with chat.page.context.expect_page() as coming:
        await frame.content_frame.get_by_role("link").click()
    await (await coming.value).wait_for_url("https://elsewhere.test/page")
    await expect(frame.content_frame.locator("#told")).to_be_visible()
    box = await frame.bounding_box()
    assert box
    assert 300 < box["height"] < 420


async def test_html_loads_from_elsewhere_when_the_visitor_agrees(open_app: OpenApp) -> None:
    chat = await open_app("typeset")
    loaded: list[str] = []

    async def serve_picture(route: Route) -> None:
        loaded.append(route.request.url)
        await route.fulfill(body=PICTURE, content_type="image/svg+xml")

    await chat.page.context.route("https://pictures.test/**", serve_picture)
    await chat.say('html <img src="https://pictures.test/a.svg">')
    agree = chat.reply.get_by_role("button", name="From pictures.test: show it")
    await expect(agree).to_be_visible()
    assert loaded == []
    # The browser says so in the console: that is how we know that it did.
    assert [text for text in chat.complaints if "Content Security Policy" not in text] == []
    chat.complaints.clear()

    await agree.click()
    await is_drawn(chat.reply.locator("iframe").content_frame.locator("img"))
    assert loaded == ["https://pictures.test/a.svg"]
    await chat.ended()


def beside(chat: ChatPage) -> Locator:
    return chat.page.locator('[part="side"]')


async def test_an_output_beside_the_chat(open_app: OpenApp) -> None:
    chat = await open_app("artifacts", viewport=WIDE, permissions=["clipboard-read", "clipboard-write"])
    await chat.talk("show all", "Here is everything.")
    opener = chat.button("Open Squares")
    await opener.click()
    await expect(beside(chat)).to_contain_text("Squares")
    log, side = await chat.log.bounding_box(), await beside(chat).bounding_box()
    assert log
    assert side
    assert log["x"] + log["width"] <= side["x"] + 1

    rows = beside(chat).get_by_role("cell")
    for order in (["1", "1", "2", "4"], ["2", "4", "1", "1"]):
        await beside(chat).get_by_role("columnheader", name="square").get_by_role("button").click()
        await expect(rows).to_have_text(order)
    await beside(chat).get_by_role("button", name="Copy").click()
    assert await chat.page.evaluate("navigator.clipboard.readText()") == "n\tsquare\r\n1\t1\r\n2\t4"
    async with chat.page.expect_download() as coming:
        await beside(chat).get_by_role("button", name="Download").click()
    assert (await coming.value).suggested_filename == "Squares.csv"

    await chat.button("Open Data").click()
    await expect(beside(chat)).to_have_count(1)
    await expect(beside(chat).get_by_text('"made":')).to_be_visible()
    await chat.page.keyboard.press("Escape")
    await expect(beside(chat)).to_have_count(0)
    await expect(chat.button("Open Data")).to_be_focused()

    # From elsewhere in the window too, where the focus then stays; something that is open there comes first.
    await chat.button("Open Data").click()
    await chat.button("More").click()
    await expect(chat.page.get_by_role("menuitem", name="New chat")).to_be_focused()
    await chat.page.keyboard.press("Escape")
    await expect(chat.page.get_by_role("menu")).to_have_count(0)
    await expect(beside(chat)).to_have_count(1)
    await chat.box.focus()
    await chat.page.keyboard.press("Escape")
    await expect(beside(chat)).to_have_count(0)
    await expect(chat.box).to_be_focused()


async def test_an_output_over_the_chat_where_there_is_no_room(open_app: OpenApp) -> None:
    chat = await open_app("artifacts", viewport=PHONE)
    await chat.talk("show all", "Here is everything.")
    await chat.button("Open Program").click()
    await expect(beside(chat).locator("code")).to_contain_text("def greet(name):")
    side = await beside(chat).bounding_box()
    assert side
    assert side["width"] > PHONE["width"] - 4
    await expect(chat.page.locator(".stage")).to_have_attribute("inert", "")

    await beside(chat).get_by_role("button", name="Close").click()
    await expect(chat.page.locator(".stage")).not_to_have_attribute("inert", "")
    await expect(chat.button("Open Program")).to_be_focused()


async def test_from_picture_to_picture(open_app: OpenApp) -> None:
    chat = await open_app("components")
    await chat.say("gallery")
    await chat.ended()
    first = chat.page.locator('[part="gallery"]').get_by_role("button").first
    await first.click()
    lightbox = chat.page.locator('[part="lightbox"]')
    await expect(lightbox).to_contain_text("1 of 2")
    await expect(lightbox).to_contain_text("A red one")
    await chat.page.keyboard.press("ArrowRight")
    await expect(lightbox).to_contain_text("A green one")
    await is_drawn(lightbox.locator("img"))
    await chat.page.keyboard.press("ArrowRight")
    await expect(lightbox).to_contain_text("A red one")
    await lightbox.get_by_role("button", name="Real size").click()
    await expect(lightbox.get_by_role("button", name="Real size")).to_have_attribute("aria-pressed", "true")
    await chat.page.keyboard.press("Escape")
    await expect(lightbox).to_have_count(0)
    await expect(first).to_be_focused()


async def test_all_of_it_on_another_site_with_a_strict_policy(
    serve: Serve, start_app: StartApp, new_visitor: NewVisitor, pages: list[ChatPage]
) -> None:
    """The list in `widget/README.md`, and nothing else."""
    async with website() as shop:
        server = (await serve(start_app("components"), allowed_origins=(shop.url,))).rstrip("/")
        socket = server.replace("http", "ws", 1)
        shop.widget = f"{server}/widget.js"
        shop.policy = (
            f"default-src 'none'; script-src {server}; connect-src {server} {socket}; "
            f"img-src {server} data: blob:; media-src {server}; font-src {server}; frame-src {server}"
        )
        chat = ChatPage(await (await new_visitor(viewport=WIDE)).new_page(), shop.url)
        pages.append(chat)
        await chat.page.goto(shop.url)
        await chat.button("Open the chat").click()
        for count, kind in enumerate(("plotly", "html", "image", "audio"), 1):
            await chat.say(kind)
            await expect(chat.replies).to_have_count(count)
            await chat.ended()
        plot, html = await chat.page.locator("iframe").all()
        await expect(plot.content_frame.locator(".main-svg").first).to_be_visible()
        await expect(html.content_frame.locator("b")).to_have_text("bold")
        # What a visitor says is read as replies are.
        await chat.say("see $$x^2$$ and H<sub>2</sub>O\n\n```python\nreturn 1\n```")
        await expect(chat.said.last.locator(".katex-html")).to_be_visible()
        await expect(chat.said.last.locator("sub")).to_have_text("2")
        await expect(chat.said.last.locator(".hljs-keyword")).to_have_text("return")
        await chat.ended()

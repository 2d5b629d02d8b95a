"""Takes the README's pictures: `python tests/e2e/pictures.py [FOLDER]` writes them to `deploy/pictures` or FOLDER.

`demo.png` shows the demo on a desk and, in the dark, on a phone; `bubble.png` the chat in the corner of a website;
`phones.png` settings, a gallery with a plot, and Arabic; `calls.png` a call: heard, answered, ended; `beside.png`
an output beside the chat; `showcase.png`, `preview.png` and `theme.png` the pages of the server's own.
"""

from __future__ import annotations

import asyncio
import base64
import io
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from e2e.chat_page import ChatPage  # noqa: E402 - the search path must be complete before
from e2e.serving import served  # noqa: E402
from e2e.test_page_calling import GRAMMAR, microphone, visiting  # noqa: E402
from e2e.website import Website, website  # noqa: E402
from faults.processes import free_port  # noqa: E402
from trunkline.demo import running_demo  # noqa: E402

MOST_BYTES = 200_000
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True}

PHONES_OF: tuple[dict[str, Any], ...] = ({}, {"color_scheme": "dark"}, {"locale": "ar"})

MONTAGE = """<!doctype html><style>
body {{ margin: 0; width: 1200px; height: 872px; position: relative; overflow: hidden;
       background: #e4e7fb; }}
img {{ position: absolute; box-shadow: 0 24px 60px rgb(20 20 60 / .28), 0 2px 10px rgb(20 20 60 / .14); }}
.desk {{ left: 44px; top: 36px; width: 800px; border-radius: 14px; }}
.phone {{ right: 48px; top: 150px; width: 286px; border-radius: 34px; border: 9px solid #0b0b0f; }}
</style>
<img class="desk" src="data:image/png;base64,{desk}">
<img class="phone" src="data:image/png;base64,{phone}">"""

PHONES = """<!doctype html><style>
body {{ margin: 0; width: 1200px; height: 800px; display: flex; align-items: center; justify-content: space-evenly;
       background: #e4e7fb; }}
img {{ width: 326px; border-radius: 34px; border: 9px solid #0b0b0f;
       box-shadow: 0 24px 60px rgb(20 20 60 / .28); }}
</style>{phones}"""

GARDEN = """<!doctype html><html lang="en"><title>Bellweather</title><link rel="icon" href="data:,"><style>
body {{ margin: 0; font: 17px/1.6 Georgia, serif; color: #23301f; background: #f6f4ec; }}
header {{ display: flex; gap: 28px; padding: 22px 56px; border-bottom: 1px solid #ddd8c6; font-size: 15px; }}
header b {{ margin-right: 40px; font-size: 20px; }}
main {{ max-width: 520px; padding: 56px; }} h1 {{ font-size: 46px; line-height: 1.1; margin: 0 0 20px; }}
.hero {{ height: 190px; margin-top: 30px; border-radius: 14px;
        background: linear-gradient(120deg, #93b48b, #d9c58f) }}
</style><header><b>Bellweather</b><span>Seeds</span><span>Tools</span><span>Journal</span></header>
<main><h1>A garden begins with a question.</h1><p>Ask ours anything: what to sow this week, what ails the tomatoes,
or where your parcel is.</p><div class="hero"></div></main><script src="{widget}" async></script></html>"""


async def look_around(chat: ChatPage) -> None:
    """A short talk with the demo: thoughts, one of them open, a gallery and a table."""
    await chat.button("Show your thoughts").first.click()
    await expect(chat.options).to_have_text(["Paint one", "Show a table"], timeout=30_000)
    await chat.ended()
    await chat.page.locator('[part="thought"] > summary').first.click()
    await chat.talk("gallery", "One day in three pictures.")
    await all_drawn(chat.page)
    await chat.talk("table", "Said once by the app")


DRAWN = """() => {
  const log = document.querySelector("trunkline-chat").shadowRoot.querySelector(".log");
  const pictures = [...log.querySelectorAll("img")];
  return pictures.length > 0 && pictures.every((picture) => picture.complete && picture.naturalWidth > 0);
}"""


async def all_drawn(page: Page) -> None:
    await page.wait_for_function(DRAWN)


async def still(page: Page) -> bytes:
    """The page with nobody's pointer or cursor on it."""
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement.shadowRoot?.activeElement?.blur()")
    return await page.screenshot(animations="disabled")


async def desk(browser: Browser, address: str) -> bytes:
    context = await browser.new_context(viewport={"width": 1000, "height": 1000}, device_scale_factor=2)
    chat = await opened(context, address)
    await look_around(chat)
    await chat.page.locator("table").evaluate("table => table.scrollIntoView({block: 'end'})")
    await chat.log.evaluate("log => { log.scrollTop += 12; }")
    return await still(chat.page)


async def phone(browser: Browser, address: str) -> bytes:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, color_scheme="dark", is_mobile=True
    )
    chat = await opened(context, address)
    await chat.button("Show your thoughts").first.click()
    await expect(chat.options).to_have_text(["Paint one", "Show a table"], timeout=30_000)
    await chat.ended()
    await chat.talk("picture", "Painted for you just now.")
    await all_drawn(chat.page)
    await chat.log.evaluate("log => { log.scrollTop = log.scrollHeight; }")
    return await still(chat.page)


async def bubble(browser: Browser, site: Website) -> bytes:
    page = await browser.new_page(viewport={"width": 1200, "height": 760})
    await page.goto(site.url)
    chat = ChatPage(page, site.url)
    await chat.button("Open the chat").click()
    await chat.talk("plot", "Plotted with matplotlib.")
    await all_drawn(page)
    await chat.log.evaluate("log => { log.scrollTop = log.scrollHeight; }")
    return await still(page)


async def phones(browser: Browser, address: str) -> bytes:
    """Settings; a gallery and a plot in the dark; a visitor who reads Arabic."""
    made = [await browser.new_context(**PHONE, device_scale_factor=2, **more) for more in PHONES_OF]
    settings, media, arabic = [ChatPage(await context.new_page(), address) for context in made]
    for chat in (settings, media, arabic):
        await chat.page.goto(f"{address}chat")
    await settings.button("Settings").click()
    await expect(settings.page.get_by_role("radio")).to_have_count(3)
    await media.talk("gallery", "One day in three pictures.")
    await media.talk("plot", "Plotted with matplotlib.")
    await all_drawn(media.page)
    await media.log.evaluate("log => { log.scrollTop = log.scrollHeight; }")
    box = arabic.page.get_by_role("textbox", name="الرسالة")
    await box.fill("ما أفضل وقت لزراعة الطماطم؟")
    await arabic.button("إرسال").click()
    await expect(arabic.reply).to_have_attribute("aria-busy", "false")
    return await abreast(browser, [await still(chat.page) for chat in (settings, media, arabic)])


async def abreast(browser: Browser, shots: Sequence[bytes]) -> bytes:
    page = await browser.new_page(viewport={"width": 1200, "height": 800})
    images = "".join(f'<img src="data:image/png;base64,{base64.b64encode(shot).decode()}">' for shot in shots)
    await page.set_content(PHONES.format(phones=images))
    return await page.screenshot()


async def calls(browser: Browser, demo_url: str, scratch: Path) -> bytes:
    """While somebody speaks, while they are answered, and once they stopped it; a person's recording is heard."""
    sound = microphone(scratch, 8)
    speech = {"to_text": GRAMMAR, "from_text": "espeak", "language": "en"}
    shots = []
    async with served(demo_url, scratch, "calls", speech=speech) as address:
        for number, more in enumerate(({}, {"color_scheme": "dark"}, {})):
            async with visiting(address, sound, **PHONE, device_scale_factor=2, **more) as (chat, _):
                state = chat.page.locator('[part="voice"]').get_by_role("status")
                await chat.button("Talk").click()
                await expect(state).to_have_text("Hearing you")
                if number:
                    await expect(state).to_have_text("Speaking")
                if number == 2:
                    await chat.button("Stop the conversation").click()
                    await expect(state).to_contain_text("Stopped")
                shots.append(await chat.page.screenshot())
    return await abreast(browser, shots)


async def beside(browser: Browser, address: str) -> bytes:
    context = await browser.new_context(viewport={"width": 1200, "height": 720})
    chat = await opened(context, address)
    await chat.talk("table", "Said once by the app")
    await chat.talk("artifact", "The code is beside this message")
    await chat.button("Open Artifact").click()
    await expect(chat.page.locator('[part="side"]')).to_contain_text("def answer")
    await chat.log.evaluate("log => { log.scrollTop = log.scrollHeight; }")
    return await still(chat.page)


async def own_page(browser: Browser, address: str, ready: str) -> bytes:
    """A page of the server's; it is ready when that text is seen in it or in a frame of it."""
    page = await browser.new_page(viewport={"width": 1200, "height": 860})
    await page.goto(address, wait_until="networkidle")
    for frame in page.frames:
        if await frame.get_by_text(ready).count():
            break
    else:
        raise SystemExit(f"{address} does not show “{ready}”")
    return await still(page)


async def opened(context: BrowserContext, address: str) -> ChatPage:
    chat = ChatPage(await context.new_page(), address)
    await chat.open()
    return chat


async def montage(browser: Browser, desk_shot: bytes, phone_shot: bytes) -> bytes:
    page = await browser.new_page(viewport={"width": 1200, "height": 872})
    shots = {"desk": desk_shot, "phone": phone_shot}
    await page.set_content(
        MONTAGE.format(**{name: base64.b64encode(shot).decode() for name, shot in shots.items()})
    )
    return await page.screenshot()


def write(picture: bytes, file: Path) -> None:
    Image.open(io.BytesIO(picture)).convert("RGB").save(file, optimize=True)
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{file} has {size:,} bytes and may have {MOST_BYTES:,}")
    print(f"{file}: {size:,} bytes")


async def take(folder: Path, demo_url: str, scratch: Path) -> None:
    async with (
        website(GARDEN) as site,
        served(demo_url, scratch, allowed_origins=(site.url,), admin_port=(port := free_port())) as address,
        async_playwright() as playwright,
    ):
        site.widget = f"{address}widget.js"
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        shots = await desk(browser, address), await phone(browser, address)
        write(await montage(browser, *shots), folder / "demo.png")
        write(await bubble(browser, site), folder / "bubble.png")
        write(await phones(browser, address), folder / "phones.png")
        write(await calls(browser, demo_url, scratch), folder / "calls.png")
        write(await beside(browser, address), folder / "beside.png")
        write(await own_page(browser, address, "Draw a plot"), folder / "showcase.png")
        operated = f"http://127.0.0.1:{port}/"
        write(await own_page(browser, f"{operated}preview", "Departures"), folder / "preview.png")
        write(await own_page(browser, f"{operated}theme", "Draw a plot"), folder / "theme.png")
        await browser.close()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "deploy" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, running_demo(Path(name)) as demo_url:
        asyncio.run(take(folder, demo_url, Path(name)))


if __name__ == "__main__":
    main()

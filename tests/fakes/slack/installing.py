"""Installing an app from its own page, as a browser does: begin there, consent on Slack's, come back."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import aiohttp

from fakes.slack.people import Person


async def begin(url: str, browser: aiohttp.ClientSession) -> tuple[str, dict[str, str]]:
    """The address of Slack's consent, and the browser's cookies; `url` is the service's own."""
    async with browser.get(f"{url}/slack/install") as page:
        text = await page.text()
        cookies = {name: morsel.value for name, morsel in page.cookies.items()}
    (found,) = re.findall(r'href="(https://[^"]+)"', text)
    return html.unescape(found), cookies


async def finish(url: str, browser: aiohttp.ClientSession, back: str, cookies: dict[str, str]) -> int:
    """The browser comes back from Slack, with its cookies; gives the status of the page it gets."""
    header = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    async with browser.get(f"{url}/slack/oauth_redirect?{urlsplit(back).query}", headers=header) as page:
        return page.status


async def install(url: str, person: Person) -> int:
    """A person installs it in their workspace; gives the status of the last page."""
    # Cookies are for https alone, and this is not.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:
        consent, cookies = await begin(url, browser)
        return await finish(url, browser, person.approve(consent), cookies)

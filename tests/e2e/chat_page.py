"""The chat as a visitor sees it: what they do, and what stands on the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import ConsoleMessage, Error, Locator, Page, expect

SERVER_IS_AWAY = ("WebSocket connection to", "net::ERR_")
"""How the browser's own words about a server that does not answer begin."""


class ChatPage:
    """One tab. `complaints` are the errors and warnings of its console.

    While `server_may_go` those of the browser about a server that is away are none.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.server_may_go = False
        self.complaints: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", self._error)

    async def open(self) -> None:
        """The page that the chat fills."""
        await self.page.goto(f"{self.address}chat")
        await expect(self.box).to_be_visible()

    def _console(self, message: ConsoleMessage) -> None:
        away = self.server_may_go and any(words in message.text for words in SERVER_IS_AWAY)
        if message.type in {"error", "warning"} and not away:
            self.complaints.append(message.text)

    def _error(self, error: Error) -> None:
        self.complaints.append(f"{error.name}: {error.message}")

    # What stands there

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def said(self) -> Locator:
        """What the visitor said, without what is still on its way."""
        return self.page.locator('[part="user-message"]')

    @property
    def replies(self) -> Locator:
        return self.page.locator('[part="reply"]')

    @property
    def reply(self) -> Locator:
        """The newest."""
        return self.replies.last

    @property
    def options(self) -> Locator:
        return self.page.locator('[part="option"]')

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    # What the visitor does

    async def say(self, text: str) -> None:
        await self.box.fill(text)
        await self.box.press("Enter")

    async def talk(self, text: str, reply: str) -> None:
        """Say something and wait for the end of a reply that holds these words."""
        before = await self.replies.count()
        await self.say(text)
        await expect(self.replies).to_have_count(before + 1)
        await expect(self.reply).to_contain_text(reply)
        await self.ended()

    async def ended(self) -> None:
        """Returns when no reply is being made."""
        await expect(self.page.locator('[part="reply"][aria-busy="true"]')).to_have_count(0)
        await expect(self.button("Stop")).to_have_count(0)

    async def attach(self, *files: Path) -> None:
        """Put files into the message, and wait until they are uploaded."""
        names = [str(file) for file in files]
        await self.page.locator('input[type="file"]').set_input_files(names)
        await expect(self.button("Send")).to_be_enabled()

    async def choose_from_menu(self, name: str) -> None:
        await self.button("More").click()
        await self.page.get_by_role("menuitem", name=name, exact=True).click()

    async def shows(self, *turns: Sequence[str]) -> None:
        """Exactly these turns stand there, each what was said and words of its reply."""
        await expect(self.said).to_contain_text([said for said, _ in turns])
        await expect(self.said).to_have_count(len(turns))
        await expect(self.replies).to_contain_text([reply for _, reply in turns])
        await expect(self.replies).to_have_count(len(turns))

"""Questions by commands: `/ask`, and about a message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from trunkline.errors import Denied, TrunklineError
from trunkline.inbound import Say
from trunkline.messages import Part, Text
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..drawing.text import escape
from ..facts import Attached, Written
from ..hearing.attachments import fetch_all
from . import requests
from .actions import accept, admit, place_here
from .replying import defer, tell, withdraw
from .requests import Gesture

Asked: TypeAlias = tuple[str, Sequence[Attached]]
"""What the app is asked, and the files that go with it."""


async def ask(desk: Desk, gesture: Gesture, question: str, files: Sequence[Attached] = ()) -> None:
    """Ask the app; the deferred answer becomes the first post of its reply."""

    async def as_it_stands() -> Asked:
        return question, files

    await _ask(desk, gesture, question, as_it_stands)


async def ask_about(
    desk: Desk, gesture: Gesture, question: str, message: Callable[[], Awaitable[Written]]
) -> None:
    """Ask the app about a message, which is quoted with its files."""

    async def with_quote() -> Asked:
        quoted = await message()
        quote = "\n".join(f"> {line}".rstrip() for line in quoted.text.splitlines())
        heading = words("discord_quoted", name=quoted.author.name or quoted.author.id) if quote else ""
        return "\n\n".join(part for part in (heading, quote, question) if part), quoted.files

    await _ask(desk, gesture, question, with_quote)


async def _ask(desk: Desk, gesture: Gesture, question: str, make: Callable[[], Awaitable[Asked]]) -> None:
    try:
        admit(desk, gesture)
    except Denied as error:
        await tell(desk, gesture, error.user_message)
        return
    # The answer may come as soon as the question is stored: what it is put into must be there by then.
    deferred = await defer(desk, gesture)
    try:
        text, files = await make()
        media, reasons = await fetch_all(files, desk.options, desk.core.media, desk.clock)
        parts: tuple[Part, ...] = (*([Text(text)] if text.strip() else []), *media)
        line = requests.asked_line("discord_asked", gesture.member, question)
        asked = "\n".join([line, *(f"-# {escape(reason)}" for reason in reasons)])
        refusal = await _accepted(desk, gesture, asked, parts, deferred) if parts else " ".join(reasons)
    except TrunklineError as error:
        log.info("question refused", error=type(error).__name__)
        refusal = error.user_message
    if refusal:
        await withdraw(desk, gesture, refusal)


async def _accepted(desk: Desk, gesture: Gesture, asked: str, parts: tuple[Part, ...], deferred: bool) -> str:
    """Why there will be no answer of its own; "" when there will."""
    target = requests.answer_target(gesture, asked=asked, original=deferred)
    place = await place_here(desk, gesture)
    answer = await accept(desk, requests.request(gesture, place, Say(parts), target))
    if answer.outcome in {"started", "queued", "duplicate"}:
        return ""
    return answer.text or words("discord_done")

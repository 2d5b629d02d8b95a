"""What outlasts rate limits, breaks, kills and the end of a token on Discord, with a real Gradio app."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from e2e.discord_room import Enter, Room, read
from fakes.discord.people import text_of
from fakes.discord.server import running_discord
from fakes.discord.world import Message
from fakes.fixtures import StartApp
from fakes.gradio_apps import call
from faults.discord import discord_process


@pytest.fixture
def short_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens of interactions are used for two seconds instead of 14 minutes."""
    monkeypatch.setattr("trunkline_bridges.discord.acting.requests.TOKEN_SECONDS", 2.0)


async def test_a_storm_of_rate_limits_delays_the_final_and_loses_nothing(enter: Enter) -> None:
    room = await enter("slow_stream")
    room.asks("go on")
    await room.shows("one two")
    room.discord.faults.rate_limit("edit", 0.3, 6)
    room.discord.faults.rate_limit("create", 0.3, 4)
    await call(room.app, "open")
    await room.answered("one two three four")
    assert len(room.ours()) == 1


async def test_lost_answers_and_errors_double_nothing(enter: Enter) -> None:
    room = await enter("typing_echo")
    room.discord.faults.lose("create", 2)
    room.discord.faults.error("create", 502, 2)
    room.discord.faults.lose("edit", 1)
    room.asks("hello")
    await room.answered("You typed: hello")
    await room.service.router.idle()
    assert len(room.ours()) == 1


async def test_stop_is_heard_while_edits_hang(enter: Enter) -> None:
    room = await enter("slow_stream")
    room.asks("go on")
    running = await room.shows("one")
    hanging = room.discord.faults.hold("edit", 50)
    pressed = room.ada.click(running, "Stop")
    assert await pressed.response_type(3) in {4, 5, 6}
    hanging.set()
    await room.until(lambda: "Stopped" in read(running) or None)
    await call(room.app, "open")


async def test_breaks_of_the_gateway_lose_and_double_nothing(enter: Enter) -> None:
    room = await enter("typing_echo")
    room.asks("one")
    await room.answered("You typed: one")
    room.discord.gateway.disconnect(1006)
    room.asks("two")
    await room.answered("You typed: two")
    room.discord.gateway.invalidate()
    room.asks("three")
    await room.answered("You typed: three")
    room.discord.gateway.malformed()
    room.asks("four")
    await room.answered("You typed: four")
    await room.service.router.idle()
    assert len(room.ours()) == 4


async def test_the_answer_of_a_command_goes_on_after_its_token(enter: Enter, short_tokens: None) -> None:
    room = await enter("slow_stream")
    room.ada.slash(room.general, "ask", message="go on")
    running = await room.shows("one two")
    assert [one for one in room.discord.calls if one.method == "PATCH" and "/webhooks/" in one.path]
    by_token = len(room.discord.calls)
    clock = asyncio.get_running_loop()
    late = asyncio.Event()
    clock.call_later(2.5, late.set)
    await late.wait()
    await call(room.app, "open")
    final = await room.answered("one two three four")
    assert final.id == running.id
    assert not [one for one in room.discord.calls[by_token:] if "/webhooks/" in one.path]
    assert room.discord.count("PATCH /channels/") > 0
    assert [one.status for one in room.discord.calls if one.status >= 400] == []


async def foreign(room: Room) -> tuple[Message, list[Message]]:
    """A slow answer in a server without the bot, past its token: what stands there, and in Ada's messages."""
    elsewhere = room.discord.guild("Elsewhere", room.ada, with_bot=False)
    lobby = room.discord.channel(elsewhere, "lobby")
    room.ada.slash(lobby, "ask", message="go on")
    running = await room.shows("one two", lobby)
    await room.until(lambda: "one two" not in text_of(running) or None)
    await call(room.app, "open")
    await room.service.router.idle()
    return running, room.ours(room.ada.dm)


async def test_a_slow_answer_in_a_foreign_server_comes_as_a_direct_message(
    enter: Enter, short_tokens: None
) -> None:
    room = await enter("slow_stream")
    running, direct = await foreign(room)
    assert "direct message" in text_of(running)
    assert [one for one in direct if "one two three four" in text_of(one)]
    assert len(direct) == 2
    room.ada.click(direct[-1], "Retry")
    await call(room.app, "reached")
    await call(room.app, "open")
    await room.service.router.idle()
    answered = [one for one in room.ours(room.ada.dm) if "one two three four" in text_of(one)]
    assert len(answered) == 1


async def test_where_direct_messages_are_closed_the_answer_is_kept(enter: Enter, short_tokens: None) -> None:
    room = await enter("slow_stream")
    room.ada.user.closed = True
    running, direct = await foreign(room)
    assert direct == []
    assert "/history" in text_of(running)


async def test_an_answer_goes_on_after_a_kill(start_app: StartApp, tmp_path: Path) -> None:
    async with running_discord() as discord:
        room = Room(discord)
        room.app = start_app("slow_stream")
        port = int(room.app.rstrip("/").rpartition(":")[2])
        service = discord_process(discord, port, tmp_path)
        try:
            await service.start()
            await discord.gateway.connected()
            room.asks("go on")
            await room.shows("one two")
            await service.kill()
            waiting = room.asks("while it was away")
            await call(room.app, "open")
            await service.start()
            await call(room.app, "reached")
            await call(room.app, "open")
            first = await room.answered("after 0")
            await call(room.app, "open")
            second = await room.until(lambda: next((m for m in room.ours() if m.reply_to == waiting.id), None))
            await room.answered("after 2")
            assert [one.id for one in room.ours()] == [first.id, second.id]
        finally:
            await service.kill()

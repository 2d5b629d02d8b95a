"""Typing and ⏳ by a clock that a test moves, and turns that are closed before an interaction's time is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from fakes.clock import VirtualClock, settle
from fakes.discord.people import Person
from fakes.discord.raw import Raw
from fakes.discord.sending import by_token, change, deferred, target
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Message, Permission
from trunkline.words import words
from trunkline_bridges.discord.limits import TOKEN_SECONDS
from trunkline_bridges.discord.sending.closing import Closings
from trunkline_bridges.discord.sending.presence import WAITING, Presence
from trunkline_bridges.discord.sending.rest import Rest
from trunkline_bridges.discord.sending.tokens import Tokens

TYPING = "POST /channels/{channel_id}/typing"


@pytest.fixture
async def group() -> AsyncIterator[asyncio.TaskGroup]:
    """A group whose tasks end with the test."""
    begun: asyncio.Future[asyncio.TaskGroup] = asyncio.get_running_loop().create_future()

    async def own() -> None:
        async with asyncio.TaskGroup() as tasks:
            begun.set_result(tasks)
            await asyncio.Event().wait()

    owner = asyncio.ensure_future(own())
    yield await begun
    owner.cancel()
    await asyncio.wait((owner,))


@pytest.fixture
def presence(rest: Rest, clock: VirtualClock, group: asyncio.TaskGroup) -> Presence:
    made = Presence(rest, clock)
    made.live(group)
    return made


@pytest.fixture
def asked(ada: Person, general: Channel) -> Message:
    return ada.post(general, "?")


async def calls(discord: FakeDiscord, kind: str, count: int) -> None:
    """Returns once so many calls of a kind were answered."""
    await discord.world.until(
        lambda: sum(kind in f"{one.method} {one.template}" and one.status > 0 for one in discord.calls) >= count
    )
    await settle()


async def test_typing_is_renewed_until_something_is_shown(
    presence: Presence, discord: FakeDiscord, clock: VirtualClock, general: Channel, asked: Message
) -> None:
    where = target(general, clock, asked)
    presence.changed(where, change("running"))
    for count in (1, 2, 3):
        await calls(discord, TYPING, count)
        await clock.somebody_sleeps()
        await clock.advance(9.0)
    await calls(discord, TYPING, 4)
    await clock.somebody_sleeps()
    presence.spoke(where)
    await clock.advance(60.0)
    assert discord.count(TYPING) == 4


@pytest.mark.parametrize("state", ["delivered", "stopped", "failed", "undeliverable", "removed"])
async def test_typing_ends_with_the_turn(
    presence: Presence, discord: FakeDiscord, clock: VirtualClock, general: Channel, asked: Message, state: str
) -> None:
    where = target(general, clock, asked)
    presence.changed(where, change("running"))
    await calls(discord, TYPING, 1)
    presence.changed(where, change(state))
    await clock.advance(60.0)
    assert discord.count(TYPING) == 1


async def test_another_turn_in_the_channel_types_on(
    presence: Presence, discord: FakeDiscord, clock: VirtualClock, ada: Person, general: Channel, asked: Message
) -> None:
    one, two = target(general, clock, asked), target(general, clock, ada.post(general, "??"))
    presence.changed(one, change("running", 1))
    presence.changed(two, change("running", 2))
    await calls(discord, TYPING, 2)
    presence.spoke(one)
    await clock.somebody_sleeps()
    await clock.advance(9.0)
    await calls(discord, TYPING, 3)
    presence.spoke(two)


async def test_a_channel_that_refuses_typing_is_not_asked_again(
    presence: Presence, discord: FakeDiscord, clock: VirtualClock, general: Channel, asked: Message
) -> None:
    discord.forbid(general, Permission.SEND_MESSAGES)
    presence.changed(target(general, clock, asked), change("running"))
    await calls(discord, TYPING, 1)
    await clock.advance(60.0)
    assert discord.count(TYPING) == 1


async def test_typing_survives_a_failure(
    presence: Presence, discord: FakeDiscord, clock: VirtualClock, general: Channel, asked: Message
) -> None:
    discord.faults.error("/typing", 502)
    where = target(general, clock, asked)
    presence.changed(where, change("running"))
    await calls(discord, TYPING, 1)
    await clock.somebody_sleeps()
    await clock.advance(9.0)
    await calls(discord, TYPING, 2)
    presence.spoke(where)


async def test_a_message_that_waits_is_marked_until_its_turn_runs(
    presence: Presence, discord: FakeDiscord, clock: VirtualClock, general: Channel, asked: Message
) -> None:
    where = target(general, clock, asked)
    presence.changed(where, change("received", position=2))
    await calls(discord, "PUT", 1)
    assert asked.reactions == {WAITING: [discord.world.bot.id]}
    presence.changed(where, change("running"))
    await calls(discord, "DELETE", 1)
    assert asked.reactions == {}
    presence.spoke(where)


async def test_a_message_that_does_not_wait_is_not_marked(
    presence: Presence, discord: FakeDiscord, clock: VirtualClock, general: Channel, asked: Message
) -> None:
    where = target(general, clock, asked)
    presence.changed(where, change("received"))
    presence.changed(where, change("running"))
    await calls(discord, TYPING, 1)
    assert discord.count("PUT") + discord.count("DELETE") == 0
    presence.spoke(where)


async def test_a_message_that_is_dropped_while_it_waits_loses_its_mark(
    presence: Presence, discord: FakeDiscord, clock: VirtualClock, general: Channel, asked: Message
) -> None:
    where = target(general, clock, asked)
    presence.changed(where, change("received", position=1))
    presence.changed(where, change("removed"))
    await calls(discord, "DELETE", 1)
    assert asked.reactions == {}


async def test_a_mark_of_an_earlier_life_goes_when_its_turn_runs(
    presence: Presence, discord: FakeDiscord, clock: VirtualClock, general: Channel, asked: Message
) -> None:
    asked.reactions[WAITING] = [discord.world.bot.id]
    where = {**target(general, clock, asked), "at": clock.now() - 10.0}
    presence.changed(where, change("running"))
    await calls(discord, "DELETE", 1)
    assert asked.reactions == {}
    presence.spoke(where)


async def test_commands_show_by_themselves_that_the_bot_thinks(
    presence: Presence, discord: FakeDiscord, raw: Raw, ada: Person, clock: VirtualClock, general: Channel
) -> None:
    where = by_token(await deferred(discord, raw, ada, general), general, clock)
    presence.changed(where, change("received", position=1))
    presence.changed(where, change("running"))
    await settle()
    assert discord.count(TYPING) + discord.count("PUT") == 0


# Closing


@pytest.fixture
def tokens(rest: Rest, clock: VirtualClock, discord: FakeDiscord) -> Tokens:
    async def application() -> str:
        return str(discord.world.bot.id)

    return Tokens(rest, clock, application)


@pytest.fixture
def closings(tokens: Tokens, clock: VirtualClock, group: asyncio.TaskGroup) -> Closings:
    made = Closings(tokens, clock)
    made.live(group)
    return made


@pytest.mark.parametrize("closed", [False, True])
async def test_a_long_turn_abroad_says_where_its_answer_will_be(
    closings: Closings,
    tokens: Tokens,
    discord: FakeDiscord,
    raw: Raw,
    ada: Person,
    abroad: Channel,
    clock: VirtualClock,
    closed: bool,
) -> None:
    ada.user.closed = closed
    where = by_token(await deferred(discord, raw, ada, abroad), abroad, clock, foreign=True)
    closings.changed(where, change("running"))
    await clock.somebody_sleeps()
    await clock.advance(TOKEN_SECONDS)
    await calls(discord, "PATCH /webhooks", 1)
    (said,) = ada.texts(abroad)
    assert ("/history" in said) is closed
    assert ("direct message" in said) is not closed
    assert not tokens.good(where), "nothing overwrites that sentence"
    if not closed:
        (heading,) = ada.texts(ada.dm)
        assert str(abroad.id) in heading
        assert await tokens.directly(where) == str(ada.dm.id)
        assert len(ada.texts(ada.dm)) == 1, "said once"


async def test_a_long_turn_that_a_control_began_leaves_that_controls_post_alone(
    closings: Closings, discord: FakeDiscord, raw: Raw, ada: Person, abroad: Channel, clock: VirtualClock
) -> None:
    begun = await deferred(discord, raw, ada, abroad)
    path = f"/webhooks/{discord.world.bot.id}/{begun.token}/messages/@original"
    assert (await raw.call("PATCH", path, {"content": "older"})).status == 200
    where = {**by_token(begun, abroad, clock, foreign=True), "original": False}
    closings.changed(where, change("running"))
    await clock.somebody_sleeps()
    await clock.advance(TOKEN_SECONDS)
    await calls(discord, "POST /webhooks/{webhook_id}/{token}", 1)
    older, said = ada.texts(abroad)
    assert older == "older"
    assert "direct message" in said


async def test_a_turn_that_ends_in_time_is_not_closed(
    closings: Closings, discord: FakeDiscord, raw: Raw, ada: Person, abroad: Channel, clock: VirtualClock
) -> None:
    where = by_token(await deferred(discord, raw, ada, abroad), abroad, clock, foreign=True)
    closings.changed(where, change("running"))
    await clock.somebody_sleeps()
    closings.changed(where, change("delivered"))
    await clock.advance(TOKEN_SECONDS * 2)
    assert discord.count("PATCH") == 0


async def test_where_the_bot_is_a_member_nothing_is_closed(
    closings: Closings, discord: FakeDiscord, raw: Raw, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    where = by_token(await deferred(discord, raw, ada, general), general, clock)
    closings.changed(where, change("running"))
    await clock.somebody_sleeps()
    await clock.advance(TOKEN_SECONDS)
    assert discord.count("PATCH") + discord.count("POST /users") == 0


async def test_a_question_by_command_that_is_dropped_does_not_think_for_ever(
    closings: Closings, discord: FakeDiscord, raw: Raw, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    where = by_token(await deferred(discord, raw, ada, general), general, clock)
    closings.changed(where, change("received"))
    await clock.somebody_sleeps()
    closings.changed(where, change("removed"))
    await calls(discord, "PATCH /webhooks", 1)
    assert ada.texts(general) == [words("dropped")]


async def test_an_answer_that_stands_is_not_overwritten_when_its_turn_is_taken_back(
    closings: Closings, discord: FakeDiscord, raw: Raw, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    begun = await deferred(discord, raw, ada, general)
    path = f"/webhooks/{discord.world.bot.id}/{begun.token}/messages/@original"
    assert (await raw.call("PATCH", path, {"content": "answer"})).status == 200
    closings.changed(by_token(begun, general, clock), change("removed"))
    await calls(discord, "GET /webhooks", 1)
    assert ada.texts(general) == ["answer"]

"""Posts by an interaction's token: the deferred answer, its end, and servers that the bot is no member of."""

from __future__ import annotations

import pytest

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.discord.people import Person
from fakes.discord.raw import Raw
from fakes.discord.sending import bridge_of, by_token, deferred, shown, text
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Permission
from trunkline.bridge import Shown
from trunkline.errors import TargetGone
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.limits import TOKEN_CALLS, TOKEN_SECONDS

NONCE = "abcdefghijklmnopqrstuvwx"


# Tokens


async def test_a_deferred_answer_is_the_first_post_and_streams_by_its_token(
    bridge: DiscordBridge, discord: FakeDiscord, raw: Raw, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    begun = await deferred(discord, raw, ada, general)
    where = by_token(begun, general, clock)
    scope, budget = bridge.budget("create", where)
    assert begun.token not in scope
    assert budget == TOKEN_CALLS
    first = text("one")
    made = await bridge.create(where, first, NONCE, ())
    assert begun.original is not None
    assert int(made) == begun.original.id
    assert bridge.budget("edit", where)[0] == scope
    await bridge.edit(where, shown(made, first), text("two"))
    assert ada.texts(general) == ["two"]
    assert discord.count("PATCH /channels") == 0
    second = await bridge.create(where, text("three", "reply:1"), NONCE[::-1], (shown(made, first),))
    assert discord.count("POST /channels/{channel_id}/messages") == 1
    await bridge.edit(where, shown(second, text("three")), text("four"))
    assert ada.texts(general) == ["two", "four"]
    assert bridge.budget("edit", where)[0] == f"discord:edit:{general.id}"


async def test_after_its_time_the_bot_itself_goes_on(
    bridge: DiscordBridge, discord: FakeDiscord, raw: Raw, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    where = by_token(await deferred(discord, raw, ada, general), general, clock)
    first = text("one")
    made = await bridge.create(where, first, NONCE, ())
    await clock.advance(TOKEN_SECONDS)
    await bridge.edit(where, shown(made, first), text("two"))
    assert ada.texts(general) == ["two"]
    assert discord.count("PATCH /channels/{channel_id}/messages/{message_id}") == 1


async def test_a_token_that_ended_early_changes_over_too(
    bridge: DiscordBridge, discord: FakeDiscord, raw: Raw, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    where = by_token(await deferred(discord, raw, ada, general), general, clock)
    first = text("one")
    made = await bridge.create(where, first, NONCE, ())
    discord.interactions.to_follow_up = -1.0
    for content in ("two", "three"):
        await bridge.edit(where, shown(made, first), text(content))
    assert ada.texts(general) == ["three"]
    assert discord.count("PATCH /webhooks") == 2, "the token is asked once more, then no longer"


async def test_another_life_knows_the_deferred_answer_again(
    bridge: DiscordBridge,
    discord: FakeDiscord,
    raw: Raw,
    ada: Person,
    general: Channel,
    clock: VirtualClock,
    shelf: FolderShelf,
) -> None:
    where = by_token(await deferred(discord, raw, ada, general), general, clock)
    first = text("one")
    assert await bridge.find(where, NONCE, ()) is None, "it still thinks"
    made = await bridge.create(where, first, NONCE, ())
    later = bridge_of(discord, clock, shelf)
    assert await later.find(where, NONCE, ()) == made
    await later.edit(where, shown(made, first), text("two"))
    assert ada.texts(general) == ["two"]
    assert discord.count("PATCH /channels") == 0
    await later.close()


async def test_where_the_bot_may_not_write_the_token_does(
    bridge: DiscordBridge, discord: FakeDiscord, raw: Raw, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    discord.forbid(general, Permission.SEND_MESSAGES)
    where = by_token(await deferred(discord, raw, ada, general), general, clock)
    first, second = text("one"), text("two", "reply:1")
    one = await bridge.create(where, first, NONCE, ())
    two = await bridge.create(where, second, NONCE[::-1], (shown(one, first),))
    await bridge.edit(where, shown(two, second), text("three"))
    assert ada.texts(general) == ["one", "three"]
    await bridge.delete(where, shown(two, second))
    assert ada.texts(general) == ["one"]


async def test_abroad_everything_goes_by_the_token(
    bridge: DiscordBridge, discord: FakeDiscord, raw: Raw, ada: Person, abroad: Channel, clock: VirtualClock
) -> None:
    where = by_token(await deferred(discord, raw, ada, abroad), abroad, clock, foreign=True)
    first, second = text("one"), text("two", "reply:1")
    one = await bridge.create(where, first, NONCE, ())
    two = await bridge.create(where, second, NONCE[::-1], (shown(one, first),))
    await bridge.edit(where, shown(one, first), text("uno"))
    await bridge.edit(where, shown(two, second), text("due"))
    assert ada.texts(abroad) == ["uno", "due"]
    await bridge.delete(where, shown(two, second))
    assert ada.texts(abroad) == ["uno"]
    assert {call.template.split("/")[1] for call in discord.calls} <= {"webhooks", "interactions", "applications"}


async def test_abroad_what_is_too_much_goes_on_in_a_direct_message(
    bridge: DiscordBridge, discord: FakeDiscord, raw: Raw, ada: Person, abroad: Channel, clock: VirtualClock
) -> None:
    discord.limits.enabled = False
    where = by_token(await deferred(discord, raw, ada, abroad), abroad, clock, foreign=True)
    standing: list[Shown] = []
    for number in range(8):
        post = text(str(number), f"reply:{number}")
        made = await bridge.create(where, post, f"{number}{NONCE}", tuple(standing))
        standing.append(shown(made, post))
    assert ada.texts(abroad) == ["0", "1", "2", "3", "4", "5"]
    heading, *rest = ada.texts(ada.dm)
    assert str(abroad.id) in heading
    assert rest == ["6", "7"]
    await bridge.edit(where, standing[-1], text("seven"))
    assert ada.texts(ada.dm)[-1] == "seven"
    await bridge.delete(where, standing[-1])
    assert ada.texts(ada.dm)[-1] == "6"


async def test_abroad_after_its_time_posts_cannot_be_changed_and_finals_come_directly(
    bridge: DiscordBridge, discord: FakeDiscord, raw: Raw, ada: Person, abroad: Channel, clock: VirtualClock
) -> None:
    where = by_token(await deferred(discord, raw, ada, abroad), abroad, clock, foreign=True)
    first = text("one")
    made = await bridge.create(where, first, NONCE, ())
    await clock.advance(TOKEN_SECONDS)
    with pytest.raises(TargetGone):
        await bridge.edit(where, shown(made, first), text("two"))
    await bridge.delete(where, shown(made, first))
    again = await bridge.create(where, text("final"), NONCE[::-1], ())
    assert ada.texts(ada.dm)[-1] == "final"
    assert again.startswith(f"{ada.dm.id}/")

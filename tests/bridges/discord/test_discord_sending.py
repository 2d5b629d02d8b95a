"""Posts of the bridge as they stand on the fake Discord: made, changed, found, removed, by bot and by token."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.clock import VirtualClock
from fakes.core import AdjustableClock, FakeCore, FolderShelf
from fakes.discord.people import Person
from fakes.discord.raw import Raw
from fakes.discord.sending import bridge_of, by_token, deferred, layout, shown, target, text
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild, Permission
from trunkline.bridge import Budget
from trunkline.errors import Forbidden, PlatformError, RateLimited, SettingsError, TargetGone, Unconfirmed
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.limits import CREATES, EDITS
from trunkline_bridges.discord.render import render

NONCE = "abcdefghijklmnopqrstuvwx"
TEXT_DISPLAY = 10


async def test_the_first_post_replies_and_further_ones_follow(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    asked = ada.post(general, "hello?")
    where = target(general, clock, asked)
    first, second = text("one"), text("two", "reply:1")
    one = await bridge.create(where, first, NONCE, ())
    two = await bridge.create(where, second, NONCE[::-1], (shown(one, first),))
    stored = [discord.world.messages[int(each)] for each in (one, two)]
    assert [each.reply_to for each in stored] == [asked.id, None]
    assert [each.nonce for each in stored] == [NONCE, NONCE[::-1]]
    assert [each.mentions for each in stored] == [[], []], "nobody is notified"


async def test_where_it_may_not_read_the_history_it_answers_without_a_reference(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    discord.forbid(general, Permission.READ_MESSAGE_HISTORY, discord.world.bot.id)
    asked = ada.post(general, "hello?")
    made = await bridge.create(target(general, clock, asked), text("one"), NONCE, ())
    assert discord.world.messages[int(made)].reply_to is None


async def test_where_it_may_not_read_the_history_a_lost_create_is_repeated_while_its_nonce_is_known(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    discord.forbid(general, Permission.READ_MESSAGE_HISTORY, discord.world.bot.id)
    where = target(general, clock)
    discord.faults.lose("create")
    with pytest.raises(Unconfirmed):
        await bridge.create(where, text("one"), NONCE, ())
    assert await bridge.find(where, NONCE, ()) is None
    await bridge.create(where, text("one"), NONCE, ())
    assert ada.texts(general) == ["one"]


async def test_only_the_news_notifies_the_asker(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    asked = ada.post(general, "hello?")
    where = target(general, clock, asked)
    preview, final = text("wait"), text("done", "final:0")
    one = await bridge.create(where, preview, NONCE, ())
    two = await bridge.create(where, final, NONCE[::-1], (shown(one, preview),))
    await bridge.create(where, text("more", "final:1"), NONCE[2:], (shown(one, preview), shown(two, final)))
    stored = discord.world.history(general.id)[1:]
    assert [each.mentions for each in stored] == [[], [ada.id], []]
    assert [each.reply_to for each in stored] == [asked.id, asked.id, None]


async def test_news_can_be_silent(
    discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock, shelf: FolderShelf
) -> None:
    quiet = bridge_of(discord, clock, shelf, notify=False)
    asked = ada.post(general, "hello?")
    made = await quiet.create(target(general, clock, asked), text("done", "final:0"), NONCE, ())
    assert discord.world.messages[int(made)].mentions == []
    await quiet.close()


async def test_nobody_is_ever_pinged(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, home: Guild, general: Channel, clock: VirtualClock
) -> None:
    said = f"@everyone @here {ada.mention} <@&{home.id}>"
    posts = [text(said), layout({"type": TEXT_DISPLAY, "content": said}, mutability="replace")]
    for post in posts:
        made = await bridge.create(target(general, clock), post, post.key, ())
        await bridge.edit(target(general, clock), shown(made, post), post)
        stored = discord.world.messages[int(made)]
        assert stored.edits == 1
        assert (stored.mentions, stored.mention_roles, stored.mention_everyone) == ([], [], False)


async def test_a_reply_to_a_deleted_message_is_a_plain_one(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    asked = ada.post(general, "hello?")
    ada.delete(asked)
    made = await bridge.create(target(general, clock, asked), text("x"), NONCE, ())
    assert discord.world.messages[int(made)].reply_to is None


async def test_what_is_ours_is_never_sent(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    post = text("x", memo={"began": 1.0})
    made = await bridge.create(target(general, clock), post, NONCE, ())
    await bridge.edit(target(general, clock), shown(made, post), text("y", memo={"began": 1.0}))
    assert [set(call.body) & {"memo", "files"} for call in discord.calls] == [set(), set()]


async def test_the_divider_neither_replies_nor_answers_a_command(
    bridge: DiscordBridge, discord: FakeDiscord, raw: Raw, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    where = by_token(await deferred(discord, raw, ada, general), general, clock)
    first = await bridge.create(where, text("reply"), NONCE, ())
    made = await bridge.create({**where, "delivery": "divider"}, text("divider"), NONCE[::-1], ())
    assert discord.world.messages[int(first)].content == "reply"
    assert (discord.world.messages[int(made)].content, discord.world.messages[int(made)].reply_to) == (
        "divider",
        None,
    )


async def test_an_edit_takes_away_what_the_post_no_longer_has(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    row: dict[str, object] = {
        "type": 1,
        "components": [{"type": 2, "style": 2, "label": "Stop", "custom_id": "tl:stop:1"}],
    }
    before = text("x", components=[row])  # type: ignore[list-item]
    made = await bridge.create(target(general, clock), before, NONCE, ())
    assert discord.world.messages[int(made)].components
    await bridge.edit(target(general, clock), shown(made, before), text("y"))
    stored = discord.world.messages[int(made)]
    assert (stored.content, stored.components) == ("y", [])


async def test_an_edit_that_makes_a_layout_clears_the_old_kind(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    before = text("x")
    made = await bridge.create(target(general, clock), before, NONCE, ())
    after = layout({"type": TEXT_DISPLAY, "content": "new"}, key="reply:0", mutability="replace")
    await bridge.edit(target(general, clock), shown(made, before), after)
    stored = discord.world.messages[int(made)]
    assert (stored.v2, stored.content) == (True, "")
    await bridge.edit(target(general, clock), shown(made, after), after)


async def test_what_is_gone_says_so_and_need_not_be_deleted(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    post = text("x")
    made = await bridge.create(target(general, clock), post, NONCE, ())
    await bridge.delete(target(general, clock), shown(made, post))
    await bridge.delete(target(general, clock), shown(made, post))
    with pytest.raises(TargetGone):
        await bridge.edit(target(general, clock), shown(made, post), text("y"))
    discord.remove(general)
    with pytest.raises(TargetGone):
        await bridge.create(target(general, clock), post, NONCE, ())


async def test_an_archived_thread_is_opened_for_an_edit(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    thread = ada.open_thread(general, "t")
    post = text("x")
    made = await bridge.create(target(thread, clock), post, NONCE, ())
    thread.archived = True
    await bridge.edit(target(thread, clock), shown(made, post), text("y"))
    assert (discord.world.messages[int(made)].content, thread.archived) == ("y", False)


async def test_a_missing_permission_is_named(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    discord.forbid(general, Permission.SEND_MESSAGES)
    with pytest.raises(Forbidden, match="Send Messages"):
        await bridge.create(target(general, clock), text("x"), NONCE, ())
    discord.forbid(general, Permission.VIEW_CHANNEL)
    with pytest.raises(Forbidden, match="View Channel"):
        await bridge.create(target(general, clock), text("x"), NONCE, ())


async def test_edits_of_old_messages_stop_no_others(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    old, post = await bridge.create(target(general, clock), text("x"), NONCE, ()), text("x")
    await clock.advance(3700)
    for _ in range(2):
        for number in range(5):
            await bridge.edit(target(general, clock), shown(old, post), text(f"{number}"))
        await clock.advance(5)
    with pytest.raises(PlatformError) as refused:
        await bridge.edit(target(general, clock), shown(old, post), text("z"))
    assert refused.value.retryable
    assert not isinstance(refused.value, RateLimited), "the channel's other edits go on"
    new = await bridge.create(target(general, clock), post, NONCE[::-1], ())
    await bridge.edit(target(general, clock), shown(new, post), text("y"))


async def test_a_wrong_token_ends_the_bridge_with_a_sentence(
    discord: FakeDiscord, clock: VirtualClock, shelf: FolderShelf, tmp_path: Path
) -> None:
    discord.token = "another"
    wrong = bridge_of(discord, clock, shelf)
    discord.token = "the right one"
    with pytest.raises(SettingsError, match="DISCORD_TOKEN"):
        await wrong.run(FakeCore(wrong, render, tmp_path, AdjustableClock()))


# Budgets


async def test_budgets_are_usual_until_discord_tells(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    where = target(general, clock)
    assert bridge.budget("create", where) == (f"discord:create:{general.id}", CREATES)
    assert bridge.budget("edit", where) == (f"discord:edit:{general.id}", EDITS)
    discord.limits.rates[("POST", "/channels/{channel_id}/messages")] = discord.limits.rates[
        ("PATCH", "/channels/{channel_id}/messages/{message_id}")
    ] = type(discord.limits.other)(10, 10.0)
    post = text("x")
    made = await bridge.create(where, post, NONCE, ())
    assert bridge.budget("create", where)[1] == Budget(10, 10.0, reserve=2)
    await bridge.edit(where, shown(made, post), text("y"))
    assert bridge.budget("edit", where)[1] == Budget(10, 10.0, reserve=1, interval=10 / 9)


async def test_a_generous_limit_is_no_reason_to_hurry(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    rate = type(discord.limits.other)
    discord.limits.rates[("PATCH", "/channels/{channel_id}/messages/{message_id}")] = rate(50, 1.0)
    post = text("x")
    made = await bridge.create(target(general, clock), post, NONCE, ())
    await bridge.edit(target(general, clock), shown(made, post), text("y"))
    assert bridge.budget("edit", target(general, clock))[1].interval == 1.0


# Finding


async def test_a_lost_create_is_found_by_its_nonce(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    where = target(general, clock, ada.post(general, "?"))
    discord.faults.lose("create")
    with pytest.raises(Unconfirmed):
        await bridge.create(where, text("x"), NONCE, ())
    (stood,) = discord.world.history(general.id)[1:]
    assert await bridge.find(where, NONCE, ()) == str(stood.id)
    assert await bridge.find(where, NONCE[::-1], ()) is None


async def test_repeated_within_minutes_it_is_the_same_message(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    where = target(general, clock, ada.post(general, "?"))
    discord.faults.lose("create")
    with pytest.raises(Unconfirmed):
        await bridge.create(where, text("x"), NONCE, ())
    await bridge.create(where, text("x"), NONCE, ())
    assert ada.texts(general) == ["?", "x"]

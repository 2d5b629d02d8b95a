"""The fake's channels, threads, users and registered commands, over REST."""

from __future__ import annotations

import pytest

from fakes.clock import VirtualClock
from fakes.discord.errors import Json
from fakes.discord.limits import Rate
from fakes.discord.people import Person
from fakes.discord.raw import Raw
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild, Permission

pytestmark = pytest.mark.usefixtures("unlimited")


async def test_a_thread_has_the_id_of_its_message_and_there_is_one(
    raw: Raw, ada: Person, general: Channel
) -> None:
    asked = ada.post(general, "why?")
    path = f"/channels/{general.id}/messages/{asked.id}/threads"
    assert (await raw.call("POST", path, {"name": "x" * 101})).problem("name") == "BASE_TYPE_BAD_LENGTH"
    odd = await raw.call("POST", path, {"name": "x", "auto_archive_duration": 61})
    assert odd.problem("auto_archive_duration") == "BASE_TYPE_CHOICES"
    thread = await raw.call("POST", path, {"name": "x" * 100, "auto_archive_duration": 60})
    assert (thread.status, thread.body["id"]) == (201, str(asked.id))
    assert (await raw.call("POST", path, {"name": "again"})).code == 160004
    nested = await raw.call("POST", f"/channels/{asked.id}/threads", {"name": "x", "type": 11})
    assert nested.code == 50024


async def test_threads_have_a_permission_of_their_own(
    raw: Raw, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    thread = ada.open_thread(general, "thread")
    discord.forbid(general, Permission.SEND_MESSAGES)
    path = f"/channels/{thread.id}/messages"
    assert (await raw.call("POST", path, {"content": "x"})).status == 200
    discord.forbid(general, Permission.SEND_MESSAGES_IN_THREADS | Permission.CREATE_PUBLIC_THREADS)
    assert (await raw.call("POST", path, {"content": "x"})).code == 50013
    asked = ada.post(general, "why?")
    refused = await raw.call("POST", f"/channels/{general.id}/messages/{asked.id}/threads", {"name": "x"})
    assert refused.code == 50013


async def test_nothing_is_edited_in_an_archived_thread(raw: Raw, discord: FakeDiscord, general: Channel) -> None:
    made = await raw.call("POST", f"/channels/{general.id}/threads", {"name": "thread", "type": 11})
    path = f"/channels/{made.body['id']}"
    posted = await raw.call("POST", f"{path}/messages", {"content": "x"})
    one = f"{path}/messages/{posted.body['id']}"
    assert (await raw.call("PATCH", path, {"archived": True})).body["thread_metadata"]["archived"] is True
    assert (await raw.call("PATCH", one, {"content": "y"})).code == 50083
    assert (await raw.call("POST", f"{path}/messages", {"content": "wakes it"})).status == 200
    assert (await raw.call("PATCH", one, {"content": "y"})).status == 200
    await raw.call("PATCH", path, {"locked": True, "archived": True})
    assert (await raw.call("POST", f"{path}/messages", {"content": "x"})).code == 50083


async def test_a_private_thread_is_seen_by_its_members(raw: Raw, discord: FakeDiscord, home: Guild) -> None:
    owner, bob = discord.world.users[home.owner_id], discord.person("bob", home)
    home.roles[home.id].permissions &= ~Permission.MANAGE_THREADS
    place = discord.channel(home, "place")
    made = await raw.call("POST", f"/channels/{place.id}/threads", {"name": "private", "type": 12})
    thread = discord.world.channels[int(made.body["id"])]
    await raw.call("POST", f"/channels/{thread.id}/messages", {"content": "psst"})
    assert bob.texts(thread) == []
    assert (await raw.call("PUT", f"/channels/{thread.id}/thread-members/{bob.id}")).status == 204
    assert bob.texts(thread) == ["psst"]
    assert discord.world.may(owner.id, thread, Permission.VIEW_CHANNEL)


async def test_who_and_what_is_unknown(raw: Raw, discord: FakeDiscord, ada: Person, home: Guild) -> None:
    stranger = discord.person("stranger")
    for path, status, code in (
        ("/users/1", 404, 10013),
        ("/channels/1", 404, 10003),
        ("/guilds/1", 404, 10004),
        (f"/guilds/{home.id}/members/{stranger.id}", 404, 10007),
        ("/channels/nonsense", 400, 50035),
        ("/no/such/route", 404, 0),
    ):
        answer = await raw.call("GET", path)
        assert (answer.status, answer.code) == (status, code), path
    assert (await raw.call("GET", f"/guilds/{home.id}/members/{ada.id}")).body["user"]["username"] == "ada"
    assert (await raw.call("GET", f"/users/{ada.id}")).body["username"] == "ada"
    discord.expel(home)
    assert (await raw.call("GET", f"/guilds/{home.id}")).code == 50001


async def test_a_wrong_token_is_refused_everywhere(raw: Raw) -> None:
    for path in ("/users/@me", "/gateway/bot", "/channels/1"):
        answer = await raw.call("GET", path, token="wrong")
        assert (answer.status, answer.body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_permissions_follow_roles_and_overwrites(
    discord: FakeDiscord, home: Guild, general: Channel
) -> None:
    bob = discord.person("bob", home)
    discord.forbid(general, Permission.SEND_MESSAGES, home.id)
    assert not discord.world.may(bob.id, general, Permission.SEND_MESSAGES)
    role = discord.role(home, "writers", bob)
    discord.forbid(general, 0, role.id)
    general.overwrites[role.id].allow = Permission.SEND_MESSAGES
    assert discord.world.may(bob.id, general, Permission.SEND_MESSAGES)
    discord.forbid(general, Permission.SEND_MESSAGES, bob.id)
    assert not discord.world.may(bob.id, general, Permission.SEND_MESSAGES)
    role.permissions = Permission.ADMINISTRATOR
    assert discord.world.may(bob.id, general, Permission.SEND_MESSAGES)


def slash(name: str = "ask") -> Json:
    return {"name": name, "description": "x"}


async def test_a_bulk_overwrite_replaces_everything(raw: Raw, discord: FakeDiscord, home: Guild) -> None:
    path = f"/applications/{discord.world.bot.id}/commands"
    first = await raw.call("PUT", path, [slash("one"), slash("two")])
    again = await raw.call("PUT", path, [slash("two"), {"name": "Menu", "type": 3}])
    assert [each["name"] for each in again.body] == ["two", "Menu"]
    assert again.body[0]["id"] == first.body[1]["id"]
    own = f"/applications/{discord.world.bot.id}/guilds/{home.id}/commands"
    assert (await raw.call("POST", own, slash("here"))).status == 201
    assert (await raw.call("POST", own, slash("here"))).status == 200, "the same name replaces"
    assert [each["name"] for each in (await raw.call("GET", path)).body] == ["two", "Menu"]
    twice = await raw.call("PUT", path, [slash(), slash()])
    assert twice.problem(1) == "APPLICATION_COMMANDS_DUPLICATE_NAME"
    one = f"{path}/{again.body[0]['id']}"
    assert (await raw.call("PATCH", one, {"description": "new"})).body["description"] == "new"
    assert (await raw.call("DELETE", one)).status == 204
    assert (await raw.call("GET", one)).code == 10063
    assert (await raw.call("GET", "/applications/1/commands")).code == 20012


async def test_commands_are_counted_by_kind(raw: Raw, discord: FakeDiscord) -> None:
    path = f"/applications/{discord.world.bot.id}/commands"
    full: list[Json] = [slash(f"c{number}") for number in range(100)]
    full += [{"name": f"m{number}", "type": kind} for number in range(15) for kind in (2, 3)]
    assert (await raw.call("PUT", path, full)).status == 200
    for more in (slash("more"), {"name": "more", "type": 2}, {"name": "more", "type": 3}):
        assert (await raw.call("PUT", path, [*full, more])).code == 30032
        assert (await raw.call("POST", path, more)).code == 30032


async def test_creates_are_counted_by_day_and_guild(
    raw: Raw, discord: FakeDiscord, home: Guild, clock: VirtualClock
) -> None:
    discord.commands.creates = Rate(1, 24 * 3600.0)
    path = f"/applications/{discord.world.bot.id}/commands"
    own = f"/applications/{discord.world.bot.id}/guilds/{home.id}/commands"
    assert (await raw.call("POST", path, slash("one"))).status == 201
    assert (await raw.call("POST", path, slash("one"))).status == 200, "an update is no create"
    assert (await raw.call("POST", path, slash("two"))).code == 30034
    assert (await raw.call("POST", own, slash("two"))).status == 201
    await clock.advance(24 * 3600.0)
    assert (await raw.call("POST", path, slash("two"))).status == 201


async def test_opening_and_changing_threads_has_permissions(
    raw: Raw, discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    home.roles[home.id].permissions &= ~Permission.MANAGE_THREADS
    theirs = ada.open_thread(general, "theirs")
    assert (await raw.call("PATCH", f"/channels/{theirs.id}", {"name": "ours"})).code == 50013
    made = await raw.call("POST", f"/channels/{general.id}/threads", {"name": "own", "type": 11})
    own = f"/channels/{made.body['id']}"
    assert (await raw.call("PATCH", own, {"locked": True})).code == 50013
    assert (await raw.call("PATCH", own, {"archived": True})).status == 200
    assert (await raw.call("PUT", f"{own}/thread-members/@me")).code == 50083
    discord.forbid(general, Permission.CREATE_PUBLIC_THREADS)
    refused = await raw.call("POST", f"/channels/{general.id}/threads", {"name": "x", "type": 11})
    assert refused.code == 50013

"""The fake's rules of messages, to a client that breaks them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import pytest

from fakes.clock import VirtualClock
from fakes.discord.errors import Json
from fakes.discord.people import Impossible, Person, shown_files
from fakes.discord.raw import Answer, Raw
from fakes.discord.server import FakeDiscord
from fakes.discord.world import MESSAGE_CONTENT, PRIVILEGED, Channel, Guild, Permission

pytestmark = pytest.mark.usefixtures("unlimited")

V2 = 1 << 15
TEXT: Json = {"type": 10, "content": "text"}


class Desk:
    """Posts and edits in one channel."""

    def __init__(self, raw: Raw, channel: Channel) -> None:
        self._raw = raw
        self.path = f"/channels/{channel.id}/messages"

    async def post(self, *, files: Sequence[tuple[str, bytes]] = (), **form: Any) -> Answer:
        return await self._raw.call("POST", self.path, form, files=files)

    async def edit(self, posted: Answer, *, files: Sequence[tuple[str, bytes]] = (), **form: Any) -> Answer:
        return await self._raw.call("PATCH", f"{self.path}/{posted.body['id']}", form, files=files)


@pytest.fixture
def desk(raw: Raw, general: Channel) -> Desk:
    return Desk(raw, general)


async def test_text_has_2000_characters(desk: Desk, ada: Person, general: Channel) -> None:
    assert (await desk.post(content="x" * 2000)).status == 200
    refused = await desk.post(content="x" * 2001)
    assert (refused.status, refused.code, refused.problem("content")) == (400, 50035, "BASE_TYPE_MAX_LENGTH")
    assert refused.body["message"] == "Invalid Form Body"
    for empty in ("", " \n "):
        assert (await desk.post(content=empty)).code == 50006
    posted = await desk.post(content="kept")
    assert (await desk.edit(posted, content="x" * 2001)).code == 50035
    assert (await desk.edit(posted, content="")).code == 50006
    assert ada.texts(general)[-1] == "kept"


@pytest.mark.parametrize(
    ("embed", "path"),
    [
        ({"title": "x" * 257}, ("embeds", 0, "title")),
        ({"description": "x" * 4097}, ("embeds", 0, "description")),
        ({"fields": [{"name": "n", "value": "v"}] * 26}, ("embeds", 0, "fields")),
        ({"fields": [{"name": "n" * 257, "value": "v"}]}, ("embeds", 0, "fields", 0, "name")),
        ({"fields": [{"name": "n", "value": "v" * 1025}]}, ("embeds", 0, "fields", 0, "value")),
        ({"footer": {"text": "x" * 2049}}, ("embeds", 0, "footer", "text")),
        ({"author": {"name": "x" * 257}}, ("embeds", 0, "author", "name")),
    ],
)
async def test_embeds_have_limits(desk: Desk, embed: Json, path: tuple[str | int, ...]) -> None:
    assert (await desk.post(embeds=[embed])).problem(*path).startswith("BASE_TYPE")


async def test_embeds_have_6000_characters_together(desk: Desk) -> None:
    assert (await desk.post(embeds=[{"description": "x" * 3000}] * 2)).status == 200
    together = await desk.post(embeds=[{"description": "x" * 3000}, {"description": "x" * 3001}])
    assert together.problem("embeds") == "MAX_EMBED_SIZE_EXCEEDED"
    assert (await desk.post(embeds=[{"title": "x"}] * 11)).problem("embeds") == "BASE_TYPE_BAD_LENGTH"


async def test_a_nonce_is_posted_once_for_some_minutes(
    desk: Desk, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    first = await desk.post(content="once", nonce="job", enforce_nonce=True)
    again = await desk.post(content="twice", nonce="job", enforce_nonce=True)
    assert (again.body["id"], ada.texts(general)) == (first.body["id"], ["once"])
    assert (await desk.post(content="unenforced", nonce="job")).body["id"] != first.body["id"]
    assert (await desk.post(content="x", nonce="n" * 26)).problem("nonce") == "NONCE_TYPE_TOO_LONG"
    await clock.advance(301)
    await desk.post(content="much later", nonce="job", enforce_nonce=True)
    assert ada.texts(general) == ["once", "unenforced", "much later"]


async def test_everything_mentions_unless_it_may_not(
    desk: Desk, discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    role = discord.role(home, "team", permissions=0)
    await desk.post(content="@everyone without the permission")
    assert not ada.sees(general)[-1].mention_everyone
    home.roles[home.id].permissions |= Permission.MENTION_EVERYONE
    text = f"@everyone {ada.mention} <@&{role.id}>"
    none: Json = {"parse": []}
    quiet = await desk.post(content=text, allowed_mentions=none)
    message = ada.sees(general)[-1]
    assert (message.mentions, message.mention_roles, message.mention_everyone) == ([], [], False)
    await desk.edit(quiet, content=text + "!")
    assert message.mentions == [ada.id], "an edit without allowed_mentions reads them anew"
    assert (message.mention_roles, message.mention_everyone) == ([role.id], True)
    await desk.post(content=text, allowed_mentions={"users": [str(ada.id)]})
    assert (ada.sees(general)[-1].mentions, ada.sees(general)[-1].mention_everyone) == ([ada.id], False)
    both = await desk.post(content=text, allowed_mentions={"parse": ["users"], "users": [str(ada.id)]})
    assert both.problem("allowed_mentions") == "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
    await desk.post(flags=V2, components=[{"type": 10, "content": ada.mention}])
    assert ada.sees(general)[-1].mentions == [ada.id], "text displays mention too"


async def test_replies_need_what_they_reply_to(
    desk: Desk, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    asked = ada.post(general, "why?")
    reference = {"message_id": str(asked.id)}
    reply = await desk.post(content="because", message_reference=reference)
    assert reply.body["referenced_message"]["content"] == "why?"
    assert [each["username"] for each in reply.body["mentions"]] == ["ada"]
    quiet = await desk.post(content="psst", message_reference=reference, allowed_mentions={"parse": []})
    assert quiet.body["mentions"] == []
    ada.delete(asked)
    gone = await desk.post(content="late", message_reference=reference)
    assert gone.problem("message_reference") == "REPLIES_UNKNOWN_MESSAGE"
    lenient = await desk.post(content="late", message_reference=reference | {"fail_if_not_exists": False})
    assert lenient.status == 200


async def test_forwards_need_access_to_the_content(
    desk: Desk, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    theirs = ada.post(general, "theirs")
    reference = {"type": 1, "message_id": str(theirs.id), "channel_id": str(general.id)}
    forwarded = await desk.post(message_reference=reference)
    assert forwarded.body["message_snapshots"][0]["message"]["content"] == "theirs"
    discord.world.allowed_intents = PRIVILEGED & ~MESSAGE_CONTENT
    assert (await desk.post(message_reference=reference)).code == 160014


async def test_files_have_sizes_by_boost_tier(
    desk: Desk, raw: Raw, discord: FakeDiscord, ada: Person, home: Guild
) -> None:
    discord.drafts.file_bytes = {0: 100, 2: 500}
    discord.drafts.request_bytes = 2000
    assert (await desk.post(files=[("a.txt", b"x" * 100)])).status == 200
    refused = await desk.post(files=[("a.txt", b"x" * 101)])
    assert (refused.status, refused.code) == (413, 40005)
    home.tier = 2
    assert (await desk.post(files=[("a.txt", b"x" * 500)])).status == 200
    assert (await desk.post(files=[("a.txt", b"x" * 500)] * 5)).status == 413, "all files together count"
    many = await desk.post(files=[(f"{number}.txt", b"x") for number in range(11)])
    assert many.problem("attachments") == "BASE_TYPE_MAX_LENGTH"
    long_alt = await desk.post(files=[("a.txt", b"x")], attachments=[{"id": 0, "description": "x" * 1025}])
    assert long_alt.problem("attachments", 0, "description") == "BASE_TYPE_MAX_LENGTH"


async def test_an_edit_keeps_only_the_files_it_lists(desk: Desk, ada: Person, general: Channel) -> None:
    posted = await desk.post(files=[("one.txt", b"1"), ("two.txt", b"2")])
    (first, _) = posted.body["attachments"]
    await desk.edit(posted, content="text alone")
    assert shown_files(ada.sees(general)[-1]) == ["one.txt", "two.txt"]
    listed = [{"id": first["id"]}, {"id": 0, "filename": "new.txt"}]
    await desk.edit(posted, files=[("new.txt", b"3")], attachments=listed)
    assert shown_files(ada.sees(general)[-1]) == ["one.txt", "new.txt"]


async def test_addresses_of_files_are_signed_and_expire(desk: Desk, raw: Raw, clock: VirtualClock) -> None:
    posted = await desk.post(files=[("a.txt", b"inside")])
    url = posted.body["attachments"][0]["url"]
    assert await raw.fetch(url) == (200, b"inside")
    assert (await raw.fetch(url.partition("?")[0]))[0] == 404
    await clock.advance(24 * 3600 + 1)
    assert (await raw.fetch(url))[0] == 404
    again = await raw.call("GET", f"{desk.path}/{posted.body['id']}")
    assert await raw.fetch(again.body["attachments"][0]["url"]) == (200, b"inside")


async def test_components_v2_is_never_unset(desk: Desk, ada: Person, general: Channel) -> None:
    posted = await desk.post(content="old", embeds=[{"title": "x"}])
    kept = await desk.edit(posted, flags=V2, components=[TEXT])
    assert set(kept.body["errors"]) == {"content", "embeds"}, "what it had must be taken away by name"
    assert (await desk.edit(posted, flags=V2, components=[TEXT], content=None, embeds=[])).status == 200
    assert ada.texts(general) == ["text"]
    assert (await desk.edit(posted, flags=0)).problem("flags") == "MESSAGE_COMPONENTS_V2_UNSET"
    assert (await desk.edit(posted, content="back")).code == 50035
    assert (await desk.edit(posted, components=[])).code == 50006
    for legacy in ({"content": "x"}, {"embeds": [{"title": "x"}]}, {"poll": {}, "sticker_ids": ["1"]}):
        assert (await desk.post(flags=V2, components=[TEXT], **legacy)).code == 50035


async def test_files_of_a_layout_are_seen_where_it_shows_them(desk: Desk, ada: Person, general: Channel) -> None:
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}
    files = [("a.png", b"a"), ("b.png", b"b")]
    posted = await desk.post(flags=V2, components=[gallery], files=files)
    assert shown_files(ada.sees(general)[-1]) == ["a.png"]
    assert posted.body["components"][0]["items"][0]["media"]["url"].startswith("http")


async def test_voice_messages_are_one_sound_and_stay(desk: Desk) -> None:
    voice = {"id": 0, "filename": "v.ogg", "duration_secs": 1.5, "waveform": base64.b64encode(b"x" * 256).decode()}
    sound = [("v.ogg", b"OggS")]
    posted = await desk.post(flags=1 << 13, attachments=[voice], files=sound)
    assert (posted.status, posted.body["attachments"][0]["duration_secs"]) == (200, 1.5)
    assert (await desk.edit(posted, content="more")).code == 50173
    assert (await desk.post(flags=1 << 13, attachments=[voice], files=sound, content="x")).code == 50161
    assert (await desk.post(flags=1 << 13, files=[("v.txt", b"x")])).code == 50162
    assert (await desk.post(flags=1 << 13, files=sound)).code == 50035
    long = voice | {"waveform": base64.b64encode(b"x" * 257).decode()}
    refused = await desk.post(flags=1 << 13, attachments=[long], files=sound)
    assert refused.problem("attachments", 0, "waveform") == "BASE_TYPE_MAX_LENGTH"


async def test_twenty_reactions(desk: Desk, raw: Raw) -> None:
    posted = await desk.post(content="x")
    one = f"{desk.path}/{posted.body['id']}/reactions/"
    for number in range(20):
        assert (await raw.call("PUT", f"{one}{chr(0x1F600 + number)}/@me")).status == 204
    assert (await raw.call("PUT", f"{one}👍/@me")).code == 30010
    assert (await raw.call("PUT", f"{one}{chr(0x1F600)}/@me")).status == 204
    assert (await raw.call("PUT", f"{one}smile/@me")).code == 10014
    assert (await raw.call("DELETE", f"{one}{chr(0x1F600)}/@me")).status == 204
    assert (await raw.call("PUT", f"{one}👍/@me")).status == 204
    assert [user["username"] for user in (await raw.call("GET", f"{one}👍")).body] == ["Trunkline"]
    assert (await raw.call("DELETE", one.removesuffix("/"))).code == 50013, "clearing needs MANAGE_MESSAGES"


async def test_history_comes_in_pages(desk: Desk, raw: Raw, ada: Person, general: Channel) -> None:
    ids = [ada.post(general, str(number)).id for number in range(5)]

    async def page(query: str) -> list[str]:
        return [each["content"] for each in (await raw.call("GET", f"{desk.path}?{query}")).body]

    assert await page("limit=2") == ["4", "3"]
    assert await page(f"after={ids[1]}&limit=2") == ["3", "2"]
    assert await page(f"before={ids[2]}") == ["1", "0"]
    assert await page(f"around={ids[2]}&limit=3") == ["3", "2", "1"]
    assert (await raw.call("GET", f"{desk.path}?limit=101")).problem("limit") == "NUMBER_TYPE_MAX"


async def test_what_is_not_there_and_what_is_not_allowed(
    desk: Desk, raw: Raw, discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    theirs = ada.post(general, "theirs")
    assert (await raw.call("POST", "/channels/1/messages", {"content": "x"})).code == 10003
    assert (await raw.call("PATCH", f"{desk.path}/1", {"content": "x"})).code == 10008
    assert (await raw.call("PATCH", f"{desk.path}/{theirs.id}", {"content": "x"})).code == 50005
    assert (await raw.call("DELETE", f"{desk.path}/{theirs.id}")).code == 50013
    for permission, form in (
        (Permission.EMBED_LINKS, {"embeds": [{"title": "x"}]}),
        (Permission.SEND_MESSAGES, {"content": "x"}),
    ):
        place = discord.channel(home, "limited")
        discord.forbid(place, permission)
        refused = await raw.call("POST", f"/channels/{place.id}/messages", form)
        assert (refused.status, refused.code) == (403, 50013)
    hidden = discord.channel(home, "hidden")
    discord.forbid(hidden, Permission.VIEW_CHANNEL)
    refused = await raw.call("POST", f"/channels/{hidden.id}/messages", {"content": "x"})
    assert (refused.status, refused.code) == (403, 50001)
    files = discord.channel(home, "files")
    discord.forbid(files, Permission.ATTACH_FILES)
    assert (await Desk(raw, files).post(files=[("a.txt", b"x")])).code == 50013
    discord.remove(general)
    assert (await desk.post(content="x")).code == 10003
    closed = discord.person("closed")
    closed.user.closed = True
    opened = await raw.call("POST", "/users/@me/channels", {"recipient_id": str(closed.id)})
    assert (await raw.call("POST", f"/channels/{opened.body['id']}/messages", {"content": "x"})).code == 50007


async def test_people_can_only_do_what_their_client_lets_them(
    discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    stranger = discord.person("stranger")
    message = ada.post(general, "hello")
    assert stranger.sees(general) == []
    for attempt in (
        lambda: stranger.post(general, "hi"),
        lambda: stranger.edit(message, "mine"),
        lambda: stranger.react(message, "👍"),
        lambda: ada.click(message, "nothing"),
        lambda: ada.slash(general, "unregistered"),
    ):
        with pytest.raises(Impossible):
            attempt()
    bob = discord.person("bob", home)
    assert bob.texts(general) == ["hello"]
    bob.leave(home)
    assert bob.texts(general) == []


async def test_reading_and_speaking_have_permissions(
    desk: Desk, raw: Raw, discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    asked = ada.post(general, "why?")
    assert (await desk.post(content="x", flags=1 << 7)).problem("flags") == "BASE_TYPE_CHOICES"
    home.roles[home.id].permissions |= Permission.MANAGE_MESSAGES
    for number in (1, 101):
        many = {"messages": [str(asked.id)] * number}
        assert (await raw.call("POST", f"{desk.path}/bulk-delete", many)).code == 50016
    discord.forbid(general, Permission.READ_MESSAGE_HISTORY | Permission.SEND_VOICE_MESSAGES)
    assert (await raw.call("GET", desk.path)).body == []
    assert (await raw.call("GET", f"{desk.path}/{asked.id}")).code == 50013
    assert (await desk.post(content="x", message_reference={"message_id": str(asked.id)})).code == 160002
    voice = {"id": 0, "filename": "v.ogg", "duration_secs": 1.5, "waveform": "AAAA"}
    refused = await desk.post(flags=1 << 13, attachments=[voice], files=[("v.ogg", b"OggS")])
    assert refused.code == 50013

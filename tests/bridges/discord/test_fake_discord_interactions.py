"""The fake's rules of interactions, to a client that breaks them."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.clock import VirtualClock
from fakes.discord.errors import Json
from fakes.discord.interactions import Interaction
from fakes.discord.people import Impossible, Person
from fakes.discord.raw import Answer, Raw
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild, Message

pytestmark = pytest.mark.usefixtures("unlimited")

EPHEMERAL, V2 = 1 << 6, 1 << 15
TEXT_FIELD: Json = {"type": 4, "custom_id": "name", "style": 1}
MODAL: Json = {
    "title": "Form",
    "custom_id": "form",
    "components": [{"type": 18, "label": "Name", "component": TEXT_FIELD}],
}


@pytest.fixture
def bob(discord: FakeDiscord, home: Guild) -> Person:
    return discord.person("bob", home)


class App:
    """Answers interactions by hand."""

    def __init__(self, raw: Raw, discord: FakeDiscord) -> None:
        self._raw = raw
        self._discord = discord

    async def answer(self, to: Interaction, kind: int, *, query: str = "", **data: Any) -> Answer:
        path = f"/interactions/{to.id}/{to.token}/callback{query}"
        return await self._raw.call("POST", path, {"type": kind, "data": data})

    def hook(self, to: Interaction) -> str:
        return f"/webhooks/{self._discord.world.bot.id}/{to.token}"

    async def follow(self, to: Interaction, **form: Any) -> Answer:
        return await self._raw.call("POST", self.hook(to), form)

    async def edit(self, to: Interaction, **form: Any) -> Answer:
        return await self._raw.call("PATCH", self.hook(to) + "/messages/@original", form)

    async def register(self, **command: Any) -> Answer:
        path = f"/applications/{self._discord.world.bot.id}/commands"
        return await self._raw.call("POST", path, {"name": "ask", "description": "Ask"} | command)

    async def panel(self, channel: Channel, **form: Any) -> Message:
        """A message with one button."""
        rows = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}]
        path = f"/channels/{channel.id}/messages"
        posted = await self._raw.call("POST", path, {"content": "panel", "components": rows} | form)
        return self._discord.world.messages[int(posted.body["id"])]


@pytest.fixture
def app(raw: Raw, discord: FakeDiscord) -> App:
    return App(raw, discord)


@pytest.fixture
async def pressed(app: App, ada: Person, general: Channel) -> Interaction:
    return ada.click(await app.panel(general), "Go")


async def test_three_seconds_to_answer_and_only_once(
    app: App, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock, pressed: Interaction
) -> None:
    await clock.advance(2.9)
    assert (await app.answer(pressed, 6)).status == 204
    again = await app.answer(pressed, 6)
    assert (again.status, again.code) == (400, 40060)
    assert not discord.interactions.failed(pressed)
    late = ada.click(ada.sees(general)[0], "Go")
    await clock.advance(3.1)
    refused = await app.answer(late, 6)
    assert (refused.status, refused.code) == (404, 10062)
    assert discord.interactions.failed(late)


async def test_an_unknown_token_is_unknown(raw: Raw, app: App, pressed: Interaction) -> None:
    refused = await raw.call("POST", f"/interactions/{pressed.id}/other/callback", {"type": 6})
    assert refused.code == 10062
    assert (await app.follow(pressed, content="before the answer")).code == 10015


async def test_a_token_lives_15_minutes(app: App, clock: VirtualClock, pressed: Interaction) -> None:
    await app.answer(pressed, 6)
    await clock.advance(899)
    assert (await app.follow(pressed, content="in time")).status == 200
    await clock.advance(2)
    refused = await app.follow(pressed, content="too late")
    assert (refused.status, refused.code) == (401, 50027)


async def test_a_deferred_reply_is_filled_in(
    app: App, ada: Person, bob: Person, general: Channel, pressed: Interaction
) -> None:
    answer = await app.answer(pressed, 5, query="?with_response=1", flags=EPHEMERAL)
    assert answer.body["interaction"]["response_message_loading"] is True
    waiting = ada.sees(general)[-1]
    assert waiting.loading
    assert bob.texts(general) == ["panel"]
    filled = await app.follow(pressed, content="the reply", flags=0)
    assert filled.body["id"] == str(waiting.id), "the first follow-up is the deferred reply"
    assert (waiting.loading, bob.texts(general)) == (False, ["panel"]), "it stays as private as it was deferred"
    assert (await app.follow(pressed, content="another")).body["id"] != str(waiting.id)


async def test_a_deferral_carries_no_flag_but_ephemeral(app: App, ada: Person, general: Channel) -> None:
    pressed = ada.click(await app.panel(general), "Go")
    assert (await app.answer(pressed, 5, flags=V2)).problem("data", "flags") == "BASE_TYPE_CHOICES"
    assert (await app.answer(pressed, 5)).status == 204
    edit = await app.edit(pressed, flags=V2, components=[{"type": 10, "content": "later"}])
    assert (edit.status, ada.sees(general)[-1].v2) == (200, True)
    assert ada.sees(general)[-1].edited_at is None, "filling it in is no edit"


async def test_an_update_changes_the_message_that_was_pressed(
    app: App, ada: Person, general: Channel, pressed: Interaction
) -> None:
    assert (await app.answer(pressed, 7, content="pressed", components=[])).status == 204
    assert ada.texts(general) == ["pressed"]
    with pytest.raises(Impossible):
        ada.click(ada.sees(general)[0], "Go")
    stale = ada.press_stale(ada.sees(general)[0], "go")
    assert stale.data["custom_id"] == "go"


async def test_ephemeral_messages_are_for_one_and_unknown_to_the_bots_token(
    app: App, raw: Raw, ada: Person, bob: Person, general: Channel, pressed: Interaction
) -> None:
    await app.answer(pressed, 4, content="for you", flags=EPHEMERAL)
    assert (ada.texts(general)[-1], bob.texts(general)) == ("for you", ["panel"])
    path = f"/channels/{general.id}/messages"
    assert (await raw.call("GET", f"{path}/{ada.sees(general)[-1].id}")).code == 10008
    assert len((await raw.call("GET", path)).body) == 1
    edited = await app.edit(pressed, content="still for you")
    assert (edited.status, ada.texts(general)[-1]) == (200, "still for you")
    hook = app.hook(pressed) + "/messages/@original"
    assert (await raw.call("DELETE", hook)).status == 204
    assert (await raw.call("GET", hook)).code == 10008


async def test_only_users_are_mentioned_by_default(
    app: App, ada: Person, home: Guild, pressed: Interaction
) -> None:
    home.roles[home.id].permissions |= 1 << 17
    await app.answer(pressed, 4, content=f"@everyone {ada.mention}", flags=0)
    assert pressed.original is not None
    assert (pressed.original.mentions, pressed.original.mention_everyone) == ([ada.id], False)


async def test_follow_ups_have_no_nonce(app: App, ada: Person, general: Channel, pressed: Interaction) -> None:
    await app.answer(pressed, 6)
    for _ in range(2):
        await app.follow(pressed, content="same", nonce="n", enforce_nonce=True)
    assert ada.texts(general) == ["panel", "same", "same"]


async def test_each_kind_takes_its_own_answers(
    app: App, ada: Person, general: Channel, pressed: Interaction
) -> None:
    assert (await app.answer(pressed, 8, choices=[])).code == 50035
    await app.register(options=[{"name": "q", "description": "x", "type": 3, "autocomplete": True}])
    slash = ada.slash(general, "ask")
    for kind in (6, 7, 8):
        assert (await app.answer(slash, kind)).problem("type") == "BASE_TYPE_CHOICES"
    typing = ada.complete(general, "ask", "q", q="w")
    assert (await app.answer(typing, 4, content="x")).code == 50035
    many = [{"name": "x", "value": "x"}] * 26
    assert (await app.answer(typing, 8, choices=many)).problem("data", "choices") == "BASE_TYPE_BAD_LENGTH"
    assert (await app.answer(typing, 8, choices=many[:25])).status == 204


async def test_a_modal_is_a_first_response_and_opens_no_other(
    app: App, ada: Person, general: Channel, pressed: Interaction
) -> None:
    late = ada.click(ada.sees(general)[0], "Go")
    await app.answer(late, 5)
    assert (await app.answer(late, 9, **MODAL)).code == 40060
    assert (await app.answer(pressed, 9, **MODAL | {"title": "x" * 46})).code == 50035
    assert (await app.answer(pressed, 9, **MODAL)).status == 204
    with pytest.raises(Impossible):
        ada.submit(pressed, unknown="x")
    with pytest.raises(Impossible):
        ada.submit(pressed, name="")
    sent = ada.submit(pressed, name="Ada")
    assert sent.data["components"][0]["component"]["value"] == "Ada"
    assert (await app.answer(sent, 9, **MODAL)).code == 50035
    assert (await app.answer(sent, 7, content="submitted")).status == 204
    assert ada.texts(general)[0] == "submitted"


async def test_every_field_of_a_modal_is_filled_in(app: App, ada: Person, pressed: Interaction) -> None:
    offered = [{"label": each, "value": each} for each in ("one", "two", "three")]
    fields: list[Json] = [
        {"type": 3, "custom_id": "select", "options": offered, "max_values": 2},
        {"type": 19, "custom_id": "files", "max_values": 2},
        {"type": 21, "custom_id": "radio", "options": offered},
        {"type": 22, "custom_id": "boxes", "options": [offered[0] | {"default": True}, offered[1]]},
        {"type": 23, "custom_id": "box"},
    ]
    labels = [{"type": 18, "label": each["custom_id"], "component": each} for each in fields]
    assert (await app.answer(pressed, 9, title="x", custom_id="m", components=labels)).status == 204
    sent = ada.submit(pressed, select=["one", "two"], files=[("a.txt", b"a")], radio="two", box=True)
    values = [each["component"].get("values", each["component"].get("value")) for each in sent.data["components"]]
    (upload,) = sent.data["resolved"]["attachments"]
    assert values == [["one", "two"], [upload], "two", ["one"], True]
    for wrong in ({"select": ["four"]}, {"select": list("abc")}, {"radio": "four"}):
        with pytest.raises(Impossible):
            ada.submit(pressed, **{"files": [("a.txt", b"a")], "radio": "one", "select": ["one"]} | wrong)


async def test_a_user_installed_app_has_five_follow_ups_and_no_way_in(
    app: App, raw: Raw, discord: FakeDiscord, ada: Person
) -> None:
    foreign = discord.guild("Foreign", ada, with_bot=False)
    place = discord.channel(foreign, "elsewhere")
    await app.register(integration_types=[0])
    with pytest.raises(Impossible):
        ada.slash(place, "ask")
    await app.register(integration_types=[0, 1])
    asked = ada.slash(place, "ask")
    assert (await app.answer(asked, 4, content="hello")).status == 204
    for _ in range(5):
        assert (await app.follow(asked, content="more")).status == 200
    assert (await app.follow(asked, content="sixth")).code == 40094
    assert (await raw.call("POST", f"/channels/{place.id}/messages", {"content": "x"})).code == 50001
    assert asked.original is not None
    one = f"/channels/{place.id}/messages/{asked.original.id}"
    assert (await raw.call("PATCH", one, {"content": "x"})).code == 50001


async def test_a_menu_shows_its_target_and_a_command_its_context(
    app: App, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    discord.world.allowed_intents = 0
    await app.register(name="Ask about this", description="", type=3, contexts=[0])
    secret = ada.post(general, "secret")
    used = ada.menu(secret, "Ask about this")
    assert used.data["resolved"]["messages"][str(secret.id)]["content"] == "secret"
    with pytest.raises(Impossible):
        ada.menu(ada.post(ada.dm, "here"), "Ask about this")


async def test_options_are_those_that_were_registered(app: App, ada: Person, general: Channel) -> None:
    number = {"name": "n", "description": "x", "type": 4, "min_value": 1, "max_value": 3, "required": True}
    show = {"name": "show", "description": "x", "type": 1, "options": [number]}
    await app.register(name="settings", options=[show])
    asked = ada.slash(general, "settings show", n=2)
    inner = {"name": "n", "type": 4, "value": 2}
    assert asked.data["options"] == [{"name": "show", "type": 1, "options": [inner]}]
    for wrong in ({}, {"n": 4}, {"n": 1, "m": 1}):
        with pytest.raises(Impossible):
            ada.slash(general, "settings show", **wrong)
    with pytest.raises(Impossible):
        ada.slash(general, "settings hide")


async def test_a_token_is_good_for_its_own_interaction_and_app(
    app: App, raw: Raw, ada: Person, general: Channel, pressed: Interaction
) -> None:
    refused = await raw.call("POST", f"/interactions/1/{pressed.token}/callback", {"type": 6})
    assert refused.code == 10062
    await app.answer(pressed, 6)
    assert (await raw.call("POST", f"/webhooks/1/{pressed.token}", {"content": "x"})).code == 10015


async def test_a_person_chooses_what_is_offered(app: App, ada: Person, general: Channel) -> None:
    offered = [{"label": each, "value": each} for each in ("one", "two")]
    rows = [
        {"type": 1, "components": [{"type": 3, "custom_id": "s", "options": offered}]},
        {"type": 1, "components": [{"type": 2, "style": 5, "label": "Link", "url": "https://example.org"}]},
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Off", "custom_id": "off", "disabled": True}]},
    ]
    message = await app.panel(general, components=rows)
    assert ada.choose(message, ["two"]).data["values"] == ["two"]
    for wrong in (["three"], ["one", "two"], []):
        with pytest.raises(Impossible):
            ada.choose(message, wrong)
    for label in ("Link", "Off"):
        with pytest.raises(Impossible):
            ada.click(message, label)

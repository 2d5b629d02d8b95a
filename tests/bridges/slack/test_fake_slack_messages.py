"""The fake's rules of messages, to a client that breaks them."""

from __future__ import annotations

import pytest

from fakes.clock import VirtualClock
from fakes.slack.apps import SCOPES, App
from fakes.slack.errors import Impossible, Json
from fakes.slack.people import Person
from fakes.slack.raw import Raw, raw_client
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel

pytestmark = pytest.mark.usefixtures("unlimited")

HERE = "<!channel>"


async def test_a_refusal_is_ok_false_on_200(raw: Raw, general: Channel) -> None:
    refused = await raw.call("chat.postMessage", channel="C0NONE", text="x")
    assert (refused.status, refused.ok, refused.error) == (200, False, "channel_not_found")
    assert (await raw.call("chat.nothing")).error == "unknown_method"
    assert (await raw.call("chat.postMessage", channel=general.id, text=" ")).error == "no_text"
    assert (await raw.call("auth.test", token="")).error == "not_authed"
    assert (await raw.call("auth.test", token="xoxb-wrong")).error == "invalid_auth"


async def test_arguments_come_as_json_as_form_and_in_the_query(raw: Raw, ada: Person, general: Channel) -> None:
    block = '[{"type": "divider"}]'
    assert (await raw.call("chat.postMessage", channel=general.id, text="json")).ok
    assert (await raw.call("chat.postMessage", form=True, channel=general.id, text="form", blocks=block)).ok
    assert (await raw.call(f"chat.postMessage?channel={general.id}&text=query")).ok
    assert [message.text for message in ada.sees(general)] == ["json", "form", "query"]
    assert (await raw.call("chat.postMessage", channel=general.id, blocks="[{")).error == "invalid_blocks"


async def test_posting_needs_membership(
    raw: Raw, slack: FakeSlack, acme: Workspace, ada: Person, general: Channel
) -> None:
    outside = acme.channel("outside", ada)
    secret = acme.channel("secret", ada, private=True)
    other = slack.workspace("other").channel("elsewhere")
    places = [(outside, "not_in_channel"), (secret, "channel_not_found"), (other, "channel_not_found")]
    for place, error in places:
        assert (await raw.call("chat.postMessage", channel=place.id, text="x")).error == error
    acme.archive(general)
    assert (await raw.call("chat.postMessage", channel=general.id, text="x")).error == "is_archived"
    with pytest.raises(Impossible):
        ada.post(general, "x")


async def test_a_scope_that_lacks_is_named(slack: FakeSlack, acme: Workspace, ada: Person) -> None:
    poor = slack.app(acme, scopes=("chat:write",))
    room = acme.channel("room", ada, poor)
    async with raw_client(slack, poor) as raw:
        message = await raw.call("chat.postMessage", channel=room.id, text="x")
        refused = await raw.call("reactions.add", channel=room.id, timestamp=message["ts"], name="eyes")
        assert (refused.error, refused["needed"], refused["provided"]) == (
            "missing_scope",
            "reactions:write",
            "chat:write",
        )
        dressed = await raw.call("chat.postMessage", channel=room.id, text="x", username="Other")
        assert dressed["needed"] == "chat:write.customize"
        assert (await raw.call("conversations.history", channel=room.id)).error == "missing_scope"


async def test_text_is_cut_at_40000(raw: Raw, ada: Person, general: Channel) -> None:
    await raw.call("chat.postMessage", channel=general.id, text="x" * 40_001)
    assert len(ada.texts(general)[0]) == 40_000
    both = await raw.call("chat.postMessage", channel=general.id, text="x", markdown_text="y")
    assert both.error == "markdown_text_conflict"


async def test_an_update_replaces_everything(raw: Raw, bob: Person, ada: Person, general: Channel) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "shown"}}
    posted = await raw.call("chat.postMessage", channel=general.id, text="fallback", blocks=[section])
    (message,) = ada.sees(general)
    assert (ada.text(message), message.text) == ("shown", "fallback")
    updated = await raw.call("chat.update", channel=general.id, ts=posted["ts"], text="new")
    assert updated["message"]["edited"]["user"] == message.user_id
    assert (ada.texts(general), message.blocks) == (["new"], [])
    theirs = bob.post(general, "mine")
    for method, error in (("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")):
        assert (await raw.call(method, channel=general.id, ts=theirs.ts, text="x")).error == error
        assert (await raw.call(method, channel=general.id, ts="1.0", text="x")).error == "message_not_found"
    assert (await raw.call("chat.delete", channel=general.id, ts=posted["ts"])).ok
    assert ada.texts(general) == ["mine"]


async def test_a_policy_closes_the_window_of_edits(
    raw: Raw, acme: Workspace, general: Channel, clock: VirtualClock
) -> None:
    acme.team.edit_window = 60
    posted = await raw.call("chat.postMessage", channel=general.id, text="x")
    await clock.advance(61)
    late = await raw.call("chat.update", channel=general.id, ts=posted["ts"], text="y")
    assert late.error == "edit_window_closed"


async def test_metadata_is_read_only_when_asked_for(raw: Raw, general: Channel) -> None:
    metadata = {"event_type": "turn", "event_payload": {"id": 7}}
    posted = await raw.call("chat.postMessage", channel=general.id, text="x", metadata=metadata)
    without = await raw.call("conversations.history", channel=general.id)
    with_it = await raw.call("conversations.history", channel=general.id, include_all_metadata=True)
    assert "metadata" not in without["messages"][0]
    assert with_it["messages"][0]["metadata"] == metadata
    await raw.call("chat.update", channel=general.id, ts=posted["ts"], text="y")
    thread = await raw.call("conversations.replies", channel=general.id, ts=posted["ts"], include_all_metadata=1)
    assert thread["messages"][0]["metadata"] == metadata
    bad = await raw.call("chat.postMessage", channel=general.id, text="x", metadata={"event_type": "turn"})
    assert bad.error == "invalid_metadata_format"


async def test_threads_and_broadcasts(raw: Raw, ada: Person, bob: Person, general: Channel) -> None:
    asked = ada.post(general, "why?")
    replied = bob.reply(asked, "hm")
    answer: Json = {"channel": general.id, "thread_ts": replied.ts}
    await raw.call("chat.postMessage", text="because", **answer)
    await raw.call("chat.postMessage", text="for all", reply_broadcast=True, **answer)
    assert ada.texts(general) == ["why?", "for all"]
    assert ada.texts(general, asked) == ["why?", "hm", "because", "for all"]
    thread = await raw.call("conversations.replies", channel=general.id, ts=asked.ts)
    assert [each["text"] for each in thread["messages"]] == ["why?", "hm", "because", "for all"]
    assert thread["messages"][0]["reply_count"] == 3
    newest = await raw.call("conversations.replies", channel=general.id, ts=asked.ts, oldest=replied.ts)
    assert [each["text"] for each in newest["messages"]] == ["why?", "because", "for all"]
    history = await raw.call("conversations.history", channel=general.id, limit=1)
    assert (history["messages"][0]["text"], history["has_more"]) == ("for all", True)
    cursor = history["response_metadata"]["next_cursor"]
    rest = await raw.call("conversations.history", channel=general.id, cursor=cursor)
    assert [each["text"] for each in rest["messages"]] == ["why?"]
    lost = await raw.call("chat.postMessage", channel=general.id, text="x", thread_ts="1.0")
    assert lost.error == "thread_not_found"


async def test_ephemeral_messages_have_one_reader(
    raw: Raw, acme: Workspace, ada: Person, bob: Person, general: Channel
) -> None:
    told = await raw.call("chat.postEphemeral", channel=general.id, user=ada.id, text="psst")
    assert (ada.texts(general), bob.texts(general)) == (["psst"], [])
    assert (await raw.call("conversations.history", channel=general.id))["messages"] == []
    gone = await raw.call("chat.delete", channel=general.id, ts=told["message_ts"])
    assert gone.error == "message_not_found"
    cleo = acme.person("cleo")
    refused = await raw.call("chat.postEphemeral", channel=general.id, user=cleo.id, text="x")
    assert refused.error == "user_not_in_channel"


async def test_what_blocks_call_rings_and_a_fallback_does_not(
    raw: Raw, ada: Person, bob: Person, general: Channel
) -> None:
    quiet = {"type": "section", "text": {"type": "plain_text", "text": HERE}}
    loud = {"type": "markdown", "text": f"hey {bob.mention}"}
    await raw.call("chat.postMessage", channel=general.id, text=HERE, blocks=[quiet])
    await raw.call("chat.postMessage", channel=general.id, text="x", blocks=[loud])
    await raw.call("chat.postMessage", channel=general.id, text=HERE)
    rings = [(ada.is_called_by(each), bob.is_called_by(each)) for each in ada.sees(general)]
    assert rings == [(False, False), (False, True), (True, True)]


async def test_blocks_without_text_are_told_apart(raw: Raw, slack: FakeSlack, general: Channel) -> None:
    mute = await raw.call("chat.postMessage", channel=general.id, blocks=[{"type": "divider"}])
    assert mute.ok
    assert slack.without_fallback == [mute["ts"]]


async def test_reactions(raw: Raw, ada: Person, general: Channel) -> None:
    message = ada.post(general, "x")
    item: Json = {"channel": general.id, "timestamp": message.ts}
    assert (await raw.call("reactions.add", name="eyes", **item)).ok
    assert (await raw.call("reactions.add", name="eyes", **item)).error == "already_reacted"
    assert (await raw.call("reactions.add", name=":eyes:", **item)).error == "invalid_name"
    ada.react(message, "eyes")
    assert (await raw.call("reactions.remove", name="eyes", **item)).ok
    assert (await raw.call("reactions.remove", name="eyes", **item)).error == "no_reaction"
    assert message.reactions == {"eyes": [ada.id]}


async def test_people_and_conversations_can_be_looked_up(
    raw: Raw, slack: FakeSlack, acme: Workspace, app: App, ada: Person, bob: Person, general: Channel
) -> None:
    assert (await raw.call("users.info", user=ada.id))["user"]["name"] == "ada"
    stranger = slack.workspace("other").person("eve")
    assert (await raw.call("users.info", user=stranger.id)).error == "user_not_found"
    acme_other = slack.workspace("third")
    acme_other.connect(general, guest := acme_other.person("guest"))
    assert (await raw.call("users.info", user=guest.id))["user"]["is_stranger"]
    assert (await raw.call("conversations.info", channel=general.id))["channel"]["is_ext_shared"]
    assert (await raw.call("conversations.members", channel=general.id))["members"][:2] == [ada.id, bob.id]
    opened = await raw.call("conversations.open", users=ada.id)
    assert opened["channel"]["id"] == ada.dm(app).id
    listed = await raw.call("conversations.list", types="public_channel,im")
    assert [each["id"] for each in listed["channels"]] == [general.id, ada.dm(app).id]
    assert (await raw.call("conversations.list", types="private_channel")).error == "missing_scope"
    assert "groups:read" not in SCOPES


async def test_people_only_do_what_the_client_lets_them(
    acme: Workspace, ada: Person, bob: Person, general: Channel
) -> None:
    cleo = acme.person("cleo", guest=True)
    message = ada.post(general, "mine <b> & more")
    assert message.text == "mine &lt;b&gt; &amp; more"
    with pytest.raises(Impossible):
        bob.edit(message, "no")
    with pytest.raises(Impossible):
        bob.delete(message)
    with pytest.raises(Impossible):
        cleo.post(general, "hi")
    with pytest.raises(Impossible):
        cleo.join(general)
    assert cleo.sees(general) == []
    ada.edit(message, "other")
    assert bob.texts(general) == ["other"]
    ada.delete(message)
    assert bob.texts(general) == []

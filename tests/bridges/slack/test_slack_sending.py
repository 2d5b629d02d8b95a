"""What the bridge does when delivery tells it to: posts, changes, deletions, and which budget they use."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fakes.clock import VirtualClock
from fakes.core import text_reply
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.sending import NONCE, change, chunk, shown, stop, stream, target, text
from fakes.slack.server import FakeSlack
from fakes.slack.virtual import virtual_slack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel, Message
from trunkline.bridge import Target
from trunkline.errors import Forbidden, TargetGone
from trunkline.messages import Json
from trunkline_bridges.slack.bridge import SlackBridge
from trunkline_bridges.slack.drawing.status import status_post
from trunkline_bridges.slack.limits import APPENDS, CAPABILITIES, POSTS, STREAM_STARTS, UPDATES

DIVIDER: Json = {"type": "divider"}
SAID: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "in blocks"}}


def newest(slack: FakeSlack, asked: Message) -> Message:
    return slack.world.thread(slack.world.channels[asked.channel_id], asked.ts)[-1]


async def test_a_post_goes_into_the_thread_and_unfolds_nothing(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    ts = await bridge.create(place, text("hello", blocks=[SAID], memo={"ours": 1}), NONCE, ())
    message = newest(slack, asked)
    assert (message.ts, message.text, message.thread_ts) == (ts, "hello", asked.ts)
    assert (message.unfurl_links, message.unfurl_media) == (False, False)
    assert message.metadata == {"event_type": "trunkline_post", "event_payload": {"nonce": NONCE}}
    assert "memo" not in slack.made("chat.postMessage")[0].args


async def test_an_edit_takes_away_what_is_not_there_any_more(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    before = text("hello", blocks=[SAID, DIVIDER])
    ts = await bridge.create(place, before, NONCE, ())
    await bridge.edit(place, shown(ts, before), text("bye"))
    message = newest(slack, asked)
    assert (message.text, message.blocks, message.edits) == ("bye", [], 1)
    assert message.metadata is not None


async def test_blocks_that_slack_refuses_become_words(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    bad: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 4000}}
    ts = await bridge.create(place, text("hello", blocks=[bad]), NONCE, ())
    assert (newest(slack, asked).text, newest(slack, asked).blocks) == ("hello", [])
    await bridge.edit(place, shown(ts, text("hello")), text("bye", blocks=[bad]))
    assert newest(slack, asked).text == "bye"


async def test_what_is_deleted_stays_deleted(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    ts = await bridge.create(place, text("hello"), NONCE, ())
    for _ in range(2):
        await bridge.delete(place, shown(ts, text("hello")))
    assert newest(slack, asked) is asked
    with pytest.raises(TargetGone):
        await bridge.edit(place, shown(ts, text("hello")), text("bye"))


async def test_in_a_running_reply_a_late_change_is_posted_anew(
    bridge: SlackBridge, slack: FakeSlack, acme: Workspace, asked: Message, place: Target, clock: VirtualClock
) -> None:
    acme.team.edit_window = 60.0
    ts = await bridge.create(place, text("hal"), NONCE, ())
    await clock.advance(61)
    await bridge.turn_changed(place, change("running"))
    with pytest.raises(TargetGone):
        await bridge.edit(place, shown(ts, text("hal")), text("half"))
    assert newest(slack, asked) is asked, "nothing stands twice"


async def test_of_a_reply_that_is_done_nothing_is_taken_away(
    bridge: SlackBridge, slack: FakeSlack, acme: Workspace, asked: Message, place: Target, clock: VirtualClock
) -> None:
    acme.team.edit_window = 60.0
    await bridge.turn_changed(place, change("running"))
    ts = await bridge.create(place, text("whole"), NONCE, ())
    await bridge.turn_changed(place, change("delivered"))
    await clock.advance(61)
    with pytest.raises(Forbidden):
        await bridge.edit(place, shown(ts, text("whole", blocks=[SAID])), text("whole"))
    assert newest(slack, asked).ts == ts


async def test_an_archived_channel_is_gone(
    bridge: SlackBridge, acme: Workspace, general: Channel, place: Target
) -> None:
    acme.archive(general)
    with pytest.raises(TargetGone):
        await bridge.create(place, text("hello"), NONCE, ())


async def test_a_bot_that_was_removed_is_not_let_in(
    bridge: SlackBridge, acme: Workspace, app: App, general: Channel, place: Target
) -> None:
    acme.expel(general, app)
    with pytest.raises(Forbidden, match="invite"):
        await bridge.create(place, text("hello"), NONCE, ())


async def test_streams_go_through_the_bridge(
    bridge: SlackBridge, slack: FakeSlack, ada: Person, app: App, clock: VirtualClock
) -> None:
    asked = ada.post(ada.dm(app), "hi")
    where = target(slack, asked, clock, native=True)
    begun = stream(chunk("Hello"))
    ts = await bridge.create(where, begun, NONCE, ())
    assert ada.is_live(newest(slack, asked))
    await bridge.append(where, shown(ts, begun), stream(chunk("Hello"), chunk("!"), stop()))
    assert ada.texts(ada.dm(app), asked)[1:] == ["Hello!"]
    await bridge.edit(where, shown(ts, begun), stream(chunk("Bye!"), stop()))
    assert ada.texts(ada.dm(app), asked)[1:] == ["Bye!"]


async def test_a_status_line_is_the_session_s_where_there_is_one(
    bridge: SlackBridge, slack: FakeSlack, app: App, asked: Message, clock: VirtualClock
) -> None:
    native = target(slack, asked, clock, native=True)
    line = status_post("Half way")
    post_id = await bridge.create(native, line, NONCE, ())
    session = slack.agents.session(app, slack.world.channels[asked.channel_id], asked.root_ts)
    assert session is not None
    assert session.slot == "Half way"
    await bridge.edit(native, shown(post_id, line), status_post("Nearly there"))
    assert session.slot == "Nearly there"
    await bridge.delete(native, shown(post_id, line))
    assert slack.count("chat.postMessage") + slack.count("chat.delete") == 0
    app.agent = ""
    await bridge.create(native, line, NONCE[::-1], ())
    assert slack.count("chat.postMessage") == 1, "no session: a message says it"


async def test_each_method_has_the_budget_of_its_tier(
    bridge: SlackBridge, slack: FakeSlack, acme: Workspace, place: Target
) -> None:
    channel = place["channel"]
    assert bridge.budget("create", place) == (f"slack:post:{acme.id}:{channel}", POSTS)
    assert bridge.budget("edit", place) == (f"slack:update:{acme.id}", UPDATES)
    native = {**place, "native": True}
    ts = await bridge.create(native, text("status", key="status"), NONCE[::-1], ())
    await bridge.edit(native, shown(ts, text("status")), text("another"))
    assert bridge.budget("edit", native)[1] is UPDATES, "so was what was done there last"
    begun = stream(chunk("x"))
    ts = await bridge.create(native, begun, NONCE, ())
    await bridge.append(native, shown(ts, begun), stream(chunk("x"), chunk("y")))
    assert bridge.budget("create", native) == (f"slack:start:{acme.id}", STREAM_STARTS)
    assert bridge.budget("edit", native) == (f"slack:append:{acme.id}", APPENDS)
    slack.streams.refusal = "feature_not_enabled"
    await bridge.create(native, stream(chunk("x")), NONCE, ())
    assert bridge.budget("create", native)[1] is POSTS
    assert bridge.budget("edit", native)[1] is UPDATES
    assert bridge.budget("edit", {**native, "team": "T2"})[1] is APPENDS


@pytest.mark.parametrize("direct", [True, False])
async def test_many_replies_share_what_slack_allows(tmp_path: Path, direct: bool) -> None:
    """Ten replies at once for a minute and a half: Slack never has to say no, and every final stands."""
    async with virtual_slack(tmp_path) as place:
        words = [" ".join(f"word{n}" for n in range(number + 1)) for number in range(180)]

        async def answer(number: int) -> None:
            asked, where = place.asked(f"question {number}", direct=direct)
            delivery = place.delivery(where)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(delivery.run())
                for text in words:
                    delivery.show(text_reply(text, running=True))
                    await place.clock.sleep(0.5)
                await delivery.finish(text_reply(words[-1] + " end."))
            thread = place.slack.world.thread(place.slack.world.channels[asked.channel_id], asked.ts)
            assert "".join(place.ann.text(one) for one in thread[1:]).count("end.") == 1

        async def all_of_them() -> None:
            async with asyncio.TaskGroup() as tasks:
                for number in range(10):
                    tasks.create_task(answer(number))

        await place.run(asyncio.ensure_future(all_of_them()))
        assert not [call.method for call in place.slack.calls if call.status == 429]


def test_what_it_can_do(bridge: SlackBridge) -> None:
    assert (bridge.name, bridge.capabilities) == ("slack", CAPABILITIES)
    assert bridge.companions({}) == ()

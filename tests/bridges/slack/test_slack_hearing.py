"""What is heard of people over Socket Mode: from Slack, through slack-bolt, to the core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from structlog.testing import capture_logs

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.listening import Ears, Listener, listening, media_of, options_of
from fakes.slack.people import Person
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from trunkline.backend import Feedback
from trunkline.errors import SettingsError
from trunkline.inbound import Edit, MessageDeleted, Rate, RenameConversation, Stop
from trunkline.messages import Blob
from trunkline.words import words
from trunkline_bridges.slack import acting
from trunkline_bridges.slack.desk import Desk
from trunkline_bridges.slack.facts import Attached
from trunkline_bridges.slack.hearing.attachments import fetch_all
from trunkline_bridges.slack.hearing.intake import STORING_SECONDS
from trunkline_bridges.slack.hearing.sockets import LOST_WATCHES, WATCH_SECONDS
from trunkline_bridges.slack.sending.api import Api

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.fixture
async def core(slack: FakeSlack, app: App, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[Listener]:
    made = Listener(slack, app, tmp_path, clock)
    yield made
    await made.end()


@pytest.fixture
async def ears(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, general: Channel
) -> AsyncIterator[Ears]:
    async with listening(slack, app, core, clock) as made:
        yield made


# Where it talks


async def test_a_mention_is_one_event_under_both_names(
    ears: Ears, app: App, acme: Workspace, ada: Person, general: Channel
) -> None:
    ada.post(general, "nothing to do with it")
    asked = ada.post(general, f"{app.mention}, what is *up*?")
    (event,) = await ears.hears("what is **up**?")
    assert len(ears.slack.deliveries.events("app_mention")) == 1
    assert event.event_key == f"slack:{acme.id}:{general.id}:{asked.ts}"
    assert (event.place.team, event.place.channel, event.place.thread) == (acme.id, general.id, asked.ts)
    assert (event.speaker.user_id, event.speaker.name, event.speaker.team) == (ada.id, "ada", acme.id)
    target = event.target
    assert (target["channel"], target["thread"], target["asker"]) == (general.id, asked.ts, ada.id)
    assert "native" not in target, "in a channel only one person would see a stream"
    assert event.message_id == asked.ts


async def test_follow_ups_in_a_thread_need_no_mention_and_other_threads_are_left_alone(
    ears: Ears, app: App, ada: Person, bob: Person, general: Channel
) -> None:
    asked = ada.post(general, f"{app.mention} first")
    await ears.hears("first")
    bob.reply(asked, "second")
    elsewhere = ada.post(general, "a thread without it")
    bob.reply(elsewhere, "indeed")
    first, second = await ears.hears("first", "second")
    assert first.place == second.place
    assert second.speaker.user_id == bob.id


async def test_a_mention_within_a_thread_is_answered_there_and_followed_after_a_restart(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    root = ada.post(general, "a thread of their own")
    async with listening(slack, app, core, clock) as ears:
        ada.reply(root, f"{app.mention} join us")
        await ears.hears("join us")
    async with listening(slack, app, core, clock) as ears:
        ada.reply(root, "and this?")
        first, second = await ears.hears("join us", "and this?")
    assert (first.place.thread, second.target["thread"]) == (root.ts, root.ts)


async def test_each_message_of_the_messages_tab_is_a_thread_of_its_own(
    ears: Ears, app: App, ada: Person, acme: Workspace
) -> None:
    dm = ada.dm(app)
    first = ada.post(dm, "hello")
    ada.reply(first, "more of it")
    second = ada.post(dm, "something else")
    one, two, three = await ears.hears("hello", "more of it", "something else")
    assert [one.place.thread, two.place.thread, three.place.thread] == [first.ts, first.ts, second.ts]
    assert one.target["native"] is True
    assert one.target["private"] is True


async def test_a_plain_app_has_one_conversation_in_its_direct_messages(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    async with listening(slack, app, core, clock, agent="none") as ears:
        ada.post(ada.dm(app), "hello")
        ada.post(ada.dm(app), "again")
        one, two = await ears.hears("hello", "again")
    assert one.place == two.place
    assert (one.place.thread, one.target.get("thread"), one.target.get("native")) == ("", None, None)


async def test_the_older_assistant_view_is_heard_in_its_threads(
    slack: FakeSlack, acme: Workspace, clock: VirtualClock, tmp_path: Path, ada: Person
) -> None:
    events = ("message.im", "assistant_thread_started")
    legacy = slack.app(acme, agent="assistant_view", events=events)
    core = Listener(slack, legacy, tmp_path, clock)
    async with listening(slack, legacy, core, clock, agent="assistant") as ears:
        chat = ada.open_assistant(legacy)
        ada.post(ada.dm(legacy), "hello", thread=chat)
        (event,) = await ears.hears("hello")
    assert event.place.thread == chat.ts
    await core.end()


async def test_group_messages_and_private_channels_are_heard_like_channels(
    ears: Ears, app: App, acme: Workspace, ada: Person, bob: Person
) -> None:
    group, hidden = acme.group_dm(ada, bob, app), acme.channel("hidden", ada, app, private=True)
    ada.post(group, "not for it")
    ada.post(group, f"{app.mention} one")
    await ears.hears("one")
    ada.post(hidden, f"{app.mention} two")
    await ears.hears("one", "two")


async def test_every_message_of_a_named_channel_is_meant_for_it(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, acme: Workspace, ada: Person, general: Channel
) -> None:
    named = acme.channel("help", ada, app)
    async with listening(slack, app, core, clock, channels=(named.id,), mentions=False) as ears:
        ada.post(general, f"{app.mention} not here")
        ada.post(named, "here")
        (event,) = await ears.hears("here")
    assert event.place.channel == named.id


async def test_a_channel_may_share_one_history(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    async with listening(slack, app, core, clock, history="channel") as ears:
        first = ada.post(general, f"{app.mention} one")
        ada.reply(first, "two")
        ada.post(general, f"{app.mention} three")
        one, two, three = await ears.hears("one", "two", "three")
    assert one.place == two.place == three.place
    assert one.target["thread"] != three.target["thread"]


async def test_a_channel_may_have_an_app_of_its_own(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, general: Channel, acme: Workspace
) -> None:
    core.profiles["other"] = core.profiles["demo"]
    elsewhere = acme.channel("elsewhere", ada, app)
    async with listening(slack, app, core, clock, channel_apps={elsewhere.id: "other"}) as ears:
        ada.post(general, f"{app.mention} one")
        await ears.hears("one")
        ada.post(elsewhere, f"{app.mention} two")
        one, two = await ears.hears("one", "two")
    assert (one.place.app, two.place.app) == ("demo", "other")


# Who


async def test_allow_lists_refuse_once_and_only_who_spoke_to_it(
    slack: FakeSlack,
    app: App,
    core: Listener,
    clock: VirtualClock,
    ada: Person,
    bob: Person,
    general: Channel,
) -> None:
    async with listening(slack, app, core, clock, allow_users=(ada.id,)) as ears:
        bob.post(general, f"{app.mention} may I?")
        bob.post(general, f"{app.mention} please")
        await bob.waits_for(general, words("not_allowed"))
        ada.post(general, f"{app.mention} I may")
        await ears.hears("I may")
        assert slack.count("chat.postEphemeral") == 1
        assert words("not_allowed") not in ada.texts(general)


async def test_guests_of_slack_connect_are_heard_by_setting(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, acme: Workspace, general: Channel, ada: Person
) -> None:
    other = slack.workspace("other")
    eve = other.person("eve")
    other.connect(general, eve)
    async with listening(slack, app, core, clock) as ears:
        eve.post(general, f"{app.mention} hello from outside")
        (event,) = await ears.hears("hello from outside")
    assert (event.place.team, event.speaker.team) == (acme.id, other.id), "the place is ours, the person theirs"
    async with listening(slack, app, core, clock, guests=False) as ears:
        eve.post(general, f"{app.mention} and again")
        ada.post(general, f"{app.mention} from inside")
        await ears.hears("hello from outside", "from inside")


async def test_bots_are_ignored_unless_named_and_its_own_words_always(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, acme: Workspace, ada: Person, general: Channel
) -> None:
    other = slack.app(acme, name="Other", events=())
    general.members.append(other.bot.id)

    async def post(token: str, text: str) -> None:
        await core.api.client(token).chat_postMessage(channel=general.id, text=text)

    async with listening(slack, app, core, clock) as ears:
        await post(other.token, f"{app.mention} from a bot")
        await post(app.token, f"{app.mention} to myself")
        ada.post(general, f"{app.mention} from a person")
        await ears.hears("from a person")
    async with listening(slack, app, core, clock, bots=(other.bot.bot_id,), channels=(general.id,)) as ears:
        await post(other.token, "and now?")
        await post(app.token, "still nothing")
        await ears.hears("from a person", "and now?")


async def test_nothing_but_its_name_is_answered_with_who_it_is(
    ears: Ears, app: App, ada: Person, general: Channel
) -> None:
    ada.post(general, app.mention)
    told = await ada.waits_for(general, words("slack_called", title="Demo", command="/trunkline"))
    assert told.only_for == ada.id
    assert ears.core.texts == []


async def test_a_denial_is_told_to_who_asked(ears: Ears, app: App, ada: Person, general: Channel) -> None:
    ears.core.denies = "Not <now> & here."
    ada.post(general, f"{app.mention} hello")
    told = await ada.waits_for(general, "Not &lt;now&gt; &amp; here.")
    assert told.only_for == ada.id


# Stored before acknowledged


async def test_what_is_not_stored_is_not_acknowledged_and_comes_again(
    ears: Ears, app: App, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    ears.core.store_down = True
    ada.post(ada.dm(app), "hello")
    (sent,) = ears.slack.deliveries.events("message")
    await ears.passes(lambda: sent.failures == ["timeout", "timeout"])
    assert not sent.acknowledged
    ears.core.store_down = False
    await ears.passes(lambda: sent.acknowledged)
    await ears.hears("hello")


async def test_redeliveries_and_a_restart_give_one_turn(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    async with listening(slack, app, core, clock) as ears:
        ada.post(general, f"{app.mention} once", files=[("a.txt", b"text")])
        await ears.hears("once")
        for sent in list(slack.deliveries.log):
            slack.deliveries.again(sent)
        await ears.hears("once")
    puts = core.media.puts
    async with listening(slack, app, core, clock) as ears:
        for sent in slack.deliveries.events("app_mention"):
            slack.deliveries.again(sent)
        await ears.hears("once")
    assert core.media.puts == puts == 1, "its file is not fetched again"


async def test_a_slow_file_is_waited_for_and_its_message_told_of_again_joins_the_first(
    ears: Ears, app: App, ada: Person, clock: VirtualClock
) -> None:
    gate = ears.slack.faults.hold("download")
    ada.post(ada.dm(app), "look", files=[("a.txt", b"text")])
    (sent,) = ears.slack.deliveries.events("message")
    await clock.somebody_sleeps()
    await clock.advance(STORING_SECONDS)
    ada.post(ada.dm(app), "and this")
    await clock.advance(3.0)
    assert not sent.acknowledged
    assert ears.core.texts == []
    gate.set()
    await ears.core.until(lambda: len(ears.core.texts) == 2)
    await clock.advance(400.0)
    first, _ = await ears.hears("look", "and this")
    assert [media.name for media in media_of(first)] == ["a.txt"]
    assert sent.acknowledged


async def test_events_that_nobody_waits_for_are_acknowledged(ears: Ears, app: App, ada: Person) -> None:
    ada.open_messages(app)
    ada.post(ada.dm(app), "hello")
    await ears.hears("hello")
    assert all(each.acknowledged for each in ears.slack.deliveries.log)


async def test_bolts_listeners_hear_the_rest(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    opened: list[str] = []

    def listeners(bolt: AsyncApp, _: Desk) -> None:
        async def on_open(event: dict[str, str]) -> None:
            opened.append(event["tab"])

        bolt.event("app_home_opened")(on_open)

    async with listening(slack, app, core, clock, listeners=listeners) as ears:
        ada.open_home(app)
        ada.post(ada.dm(app), "hello")
        await ears.hears("hello")
        await slack.world.until(lambda: opened)
    assert opened == ["home"]


async def test_what_people_press_and_command_is_heard_beside_it(
    slack: FakeSlack, core: Listener, clock: VirtualClock, acme: Workspace, ada: Person
) -> None:
    app = slack.app(acme, commands=("/trunkline",), shortcuts=("tl_examples",))
    core.api = Api(options_of(slack, app), clock)
    async with listening(slack, app, core, clock, listeners=acting.install) as ears:
        ada.open_home(app)
        ada.slash(ada.dm(app), "/trunkline", "help")
        ada.post(ada.dm(app), "hello")
        await ears.hears("hello")
        assert all(each.acknowledged for each in slack.deliveries.log)
        await slack.world.until(lambda: ada.home(app))


async def test_nothing_that_people_write_is_logged(
    ears: Ears, app: App, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    with capture_logs() as logs:
        ears.core.store_down = True
        ada.post(general, f"{app.mention} my secret plan")
        await clock.advance(4.0)
        ears.core.store_down = False
        await clock.advance(400.0)
        await ears.hears("my secret plan")
    assert logs
    assert "secret plan" not in str(logs)
    assert app.token not in str(logs)


# Files


async def test_all_files_come_with_the_bots_token_in_their_order(
    ears: Ears, app: App, ada: Person, clock: VirtualClock
) -> None:
    ada.post(ada.dm(app), "see", files=[("a.png", b"\x89PNG\r\n\x1a\n"), ("b.csv", b"1,2")])
    (event,) = await ears.hears("see")
    first, second = media_of(event)
    assert (first.name, first.kind, first.mime) == ("a.png", "image", "image/png")
    assert second.name == "b.csv"
    assert isinstance(first.source, Blob)
    assert await ears.core.media.read(first.source.sha256) == b"\x89PNG\r\n\x1a\n"


async def test_an_audio_clip_is_audio_with_its_length(ears: Ears, app: App, ada: Person) -> None:
    ada.record(ada.dm(app), b"\0\0\0\x18ftypmp42", seconds=4.0)
    (event,) = await ears.hears("")
    (clip,) = media_of(event)
    assert (clip.kind, clip.mime) == ("audio", "audio/mp4")
    assert clip.alt == words("slack_voice_message", seconds=4)


async def test_a_file_that_cannot_be_had_is_named_and_the_rest_is_taken(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    async with listening(slack, app, core, clock, file_bytes=4) as ears:
        dm = ada.dm(app)
        asked = ada.post(dm, "both", files=[("big.bin", b"12345"), ("small.txt", b"1234")])
        (event,) = await ears.hears("both")
        await ada.waits_for(dm, words("file_too_large", name="big.bin", size="4 bytes"), thread=asked)
    assert [media.name for media in media_of(event)] == ["small.txt"]


async def test_a_token_without_files_read_says_so(
    slack: FakeSlack, acme: Workspace, clock: VirtualClock, tmp_path: Path, ada: Person
) -> None:
    scopes = ("im:history", "chat:write", "users:read")
    blind = slack.app(acme, scopes=scopes)
    core = Listener(slack, blind, tmp_path, clock)
    async with listening(slack, blind, core, clock) as ears:
        asked = ada.post(ada.dm(blind), "see", files=[("a.txt", b"1")])
        await ears.hears("see")
        told = f"a.txt: {words('slack_no_scope', scope='files:read')}"
        await ada.waits_for(ada.dm(blind), told, thread=asked)
    await core.end()


async def test_a_file_without_an_address_is_asked_for_and_elsewhere_no_token_goes(
    ears: Ears, app: App, ada: Person, acme: Workspace
) -> None:
    message = ada.post(ada.dm(app), "see", files=[("a.txt", b"1")])
    await ears.hears("see")
    told = Attached(message.files[0].id, "", "a.txt")
    elsewhere = Attached("F1", "https://elsewhere.example/a.txt", "b.txt")
    media, reasons = await fetch_all(ears.desk, acme.id, (told, elsewhere, replace(told, id="F404")))
    assert [one.name for one in media] == ["a.txt"]
    assert reasons == (words("slack_file_gone", name="b.txt"), words("slack_file_gone", name="a.txt"))


# Changes


async def test_an_edit_runs_the_turn_again_and_previews_do_not(
    ears: Ears, app: App, ada: Person, general: Channel
) -> None:
    asked = ada.post(general, f"{app.mention} frist")
    await ears.hears("frist")
    ada.edit(asked, f"{app.mention} first")
    event = await ears.core.command(Edit)
    assert isinstance(event.command, Edit)
    assert (event.command.turn, event.command.message_id) == (-1, asked.ts)
    assert event.command.parts[0].text == "first"  # type: ignore[union-attr]
    assert event.event_key == f"slack:{event.place.team}:{general.id}:{asked.ts}:edit:{asked.edited_ts}"
    previous = ears.slack.payloads.message(asked)
    ears.slack.events.changed(asked, previous)
    await ears.slack.deliveries.quiet()
    assert [type(each.command) for each in ears.core.counted].count(Edit) == 1


async def test_an_edit_that_adds_the_mention_is_a_question(
    ears: Ears, app: App, ada: Person, general: Channel
) -> None:
    said = ada.post(general, "what is up?")
    await ears.slack.deliveries.quiet()
    ada.edit(said, f"{app.mention} what is up?")
    mention = {"type": "app_mention", "channel": general.id} | ears.slack.payloads.message(said)
    ears.slack.events.tell(app.install, "app_mention", mention | {"type": "app_mention"})
    await ears.hears("what is up?")


async def test_a_deleted_message_is_told_of_and_posts_of_others_are_not(
    ears: Ears, app: App, ada: Person, bob: Person, general: Channel
) -> None:
    asked = ada.post(general, f"{app.mention} hello")
    other = bob.post(general, "unrelated")
    await ears.hears("hello")
    bob.delete(other)
    ada.delete(asked)
    event = await ears.core.command(MessageDeleted)
    assert event.command == MessageDeleted(asked.ts)
    await ears.slack.deliveries.quiet()
    assert len([each for each in ears.core.counted if isinstance(each.command, MessageDeleted)]) == 1


@pytest.mark.parametrize(
    ("emoji", "value"), [("+1", "Like"), ("thumbsdown", "Dislike"), ("+1::skin-tone-3", "Like")]
)
async def test_thumbs_on_a_reply_are_feedback_and_can_be_taken_back(
    ears: Ears, app: App, ada: Person, general: Channel, emoji: str, value: str
) -> None:
    asked = ada.post(general, f"{app.mention} hello")
    turn = await ears.core.begun()
    await turn.finish("Hi.")
    reply = await ada.waits_for(general, "Hi.", thread=asked)
    ada.react(asked, emoji)
    ada.react(reply, "tada")
    ada.react(reply, emoji)
    event = await ears.core.command(Rate)
    assert event.command == Rate(value, turn.id)
    ada.unreact(reply, emoji)
    await ears.core.until(lambda: turn.ratings == {0: ""})
    await ears.slack.deliveries.quiet()
    assert [each.command for each in ears.core.counted if isinstance(each.command, Rate)] == [
        Rate(value, turn.id),
        Rate("", turn.id),
    ]


async def test_reactions_count_only_where_the_app_takes_them(
    ears: Ears, app: App, ada: Person, general: Channel
) -> None:
    profile = ears.core.profiles["demo"]
    ears.core.profiles["demo"] = replace(profile, feedback=Feedback(like=False, dislike=True))
    asked = ada.post(general, f"{app.mention} hello")
    turn = await ears.core.begun()
    await turn.finish("Hi.")
    reply = await ada.waits_for(general, "Hi.", thread=asked)
    ada.react(reply, "+1")
    ada.react(reply, "-1")
    assert (await ears.core.command(Rate)).command == Rate("Dislike", turn.id)


async def test_stop_ends_the_turn_of_the_thread(ears: Ears, app: App, ada: Person) -> None:
    dm = ada.dm(app)
    asked = ada.post(dm, "write a novel")
    turn = await ears.core.begun()
    await ears.desk.api.call(
        "", "agents.sessions.setStatus", channel_id=dm.id, thread_ts=asked.ts, status="processing"
    )
    ada.stop(app, dm, asked)
    event = await ears.core.command(Stop)
    assert event.command == Stop(turn.id)
    await turn.ended.wait()
    assert turn.state == "stopped"


async def test_in_a_channel_only_who_asked_stops_a_reply(
    ears: Ears, app: App, ada: Person, bob: Person, general: Channel
) -> None:
    asked = ada.post(general, f"{app.mention} write a novel")
    turn = await ears.core.begun()
    await ears.desk.api.call(
        "", "agents.sessions.setStatus", channel_id=general.id, thread_ts=asked.ts, status="processing"
    )
    bob.stop(app, general, asked)
    await bob.waits_for(general, words("slack_stop_asker"), thread=asked)
    assert turn.state == "running"
    ada.stop(app, general, asked)
    await turn.ended.wait()


async def test_a_sessions_title_is_its_conversations(ears: Ears, app: App, ada: Person) -> None:
    dm = ada.dm(app)
    asked = ada.post(dm, "hello")
    (said,) = await ears.hears("hello")
    ada.rename(app, dm, asked, "My  plans")
    event = await ears.core.command(RenameConversation)
    (held,) = ears.core.conversations_held.values()
    assert event.place == said.place
    assert held.title == "My plans"
    ada.rename(app, dm, ada.post(dm, "another"), "Theirs")
    await ears.hears("hello", "another")
    await ears.core.until(lambda: len(ears.core.counted) == 4)
    assert sorted(one.title for one in ears.core.conversations_held.values()) == ["My plans", "Theirs"]


async def test_names_that_do_not_come_hold_up_no_message(
    ears: Ears, app: App, ada: Person, bob: Person, clock: VirtualClock
) -> None:
    gate = ears.slack.faults.hold("users.info", times=2)
    ada.post(ada.dm(app), f"ask {bob.mention}")
    await ears.passes(lambda: ears.core.texts, step=0.5)
    (event,) = await ears.hears(f"ask @{words('slack_unknown_person')}")
    assert event.speaker.name == ""
    gate.set()
    ada.post(ada.dm(app), f"ask {bob.mention}")
    _, second = await ears.hears(f"ask @{words('slack_unknown_person')}", "ask @bob")
    assert second.speaker.name == "ada"


# Connections


async def test_a_lost_connection_comes_back_and_nothing_is_lost(
    ears: Ears, app: App, ada: Person, clock: VirtualClock
) -> None:
    ears.slack.sockets.drop(app)
    ada.post(ada.dm(app), "in between")
    await ears.hears("in between")
    await ears.slack.sockets.refresh(app)
    ada.post(ada.dm(app), "after the refresh")
    await ears.hears("in between", "after the refresh")
    assert ears.slack.sockets.opened == 3


async def test_a_client_that_gives_up_is_replaced(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(slack, app, core, clock) as ears:
        slack.faults.error("apps.connections.open", "internal_error", times=1000)
        slack.sockets.drop(app)
        for _ in range(LOST_WATCHES):
            await clock.advance(WATCH_SECONDS)
        slack.faults.clear()
        ada.post(ada.dm(app), "anybody?")
        await ears.passes(lambda: core.texts)
        await ears.hears("anybody?")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"bot_token": "xoxb-wrong"}, "slack_token"),
        ({"app_token": "xapp-wrong"}, "slack_app_token"),
        ({"bot_token": ""}, "slack_no_token"),
        ({"app_token": ""}, "slack_no_connection"),
    ],
)
async def test_wrong_tokens_end_in_one_sentence(
    slack: FakeSlack,
    app: App,
    core: Listener,
    clock: VirtualClock,
    options: dict[str, Any],
    sentence: str,
) -> None:
    with pytest.raises(SettingsError) as refused:
        async with listening(slack, app, core, clock, **options):
            pass
    assert refused.value.user_message == words(sentence)


async def test_a_removed_app_ends_the_bridge_of_one_workspace(ears: Ears, app: App, acme: Workspace) -> None:
    acme.uninstall(app)
    async with asyncio.timeout(15):
        await asyncio.wait({ears.running})
    with pytest.raises(SettingsError) as ended:
        ears.running.result()
    assert ended.value.user_message == words("slack_revoked")

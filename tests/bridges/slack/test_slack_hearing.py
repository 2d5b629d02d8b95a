"""What is heard of people over Socket Mode: from Slack, through slack-bolt, to the core."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.clock import VirtualClock
from fakes.listening import media_of
from fakes.slack.apps import App
from fakes.slack.listening import Ears, Listener, listening
from fakes.slack.people import Person
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from trunkline.messages import Blob
from trunkline.words import words
from trunkline_bridges.slack.facts import Attached
from trunkline_bridges.slack.hearing.attachments import fetch_all

pytestmark = pytest.mark.usefixtures("unlimited")


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

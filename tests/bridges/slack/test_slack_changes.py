"""What people do with what was said: edits, deletions, reactions, stops, titles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.listening import Ears
from fakes.slack.people import Person
from fakes.slack.world import Channel
from trunkline.backend import Feedback
from trunkline.inbound import Edit, MessageDeleted, Rate, RenameConversation, Stop
from trunkline.words import words

pytestmark = pytest.mark.usefixtures("unlimited")


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

"""Buttons, selects and forms: what they do, for whom, and after a restart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fakes.clock import VirtualClock, settle
from fakes.discord.people import Person, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.stage import SetStage, Stage, slow, spot_in
from fakes.discord.world import Channel, Guild, Message
from trunkline.backend import Button, Example
from trunkline.errors import AppUnreachable
from trunkline.inbound import Choose, Inbound, Press, Rate, Retry, Say, Stop, Undo, UseExample
from trunkline.messages import Message as Said
from trunkline.messages import Option, Reply, Text, Thought
from trunkline.words import words
from trunkline_bridges.discord.acting.panels import greeting
from trunkline_bridges.discord.facts import Member, place_of, speaker_of, target_of
from trunkline_bridges.discord.ids import Id


async def asked(stage: Stage, who: Person, channel: Channel, reply: Reply, text: str = "hello") -> Message:
    """A question that was answered; the post with the controls."""
    turn = await stage.core.begun(await asked_only(stage, who, channel, text))
    await turn.finish(reply)
    return stage.discord.world.messages[int(turn.posted[-1])]


def saying(text: str, *options: str) -> Reply:
    return Reply((Said("assistant", (Text(text),), tuple(Option(one) for one in options)),), state="final")


async def test_retry_answers_the_turn_again(stage: Stage, ada: Person, general: Channel) -> None:
    post = await asked(stage, ada, general, saying("four"))
    assert await ada.click(post, "Retry").response_type() == 6
    event = stage.event()
    assert event.command == Retry(2)
    assert event.target["reply_to"] == str(ada.sees(general)[0].id)
    await (await stage.core.begun(3)).finish("five")
    assert ada.texts(general)[-1] == "five"


async def bob_in(stage: Stage, home: Guild) -> Person:
    return stage.discord.person("bob", home)


async def test_undo_takes_the_turn_back(stage: Stage, ada: Person, general: Channel) -> None:
    post = await asked(stage, ada, general, saying("four"))
    assert await ada.click(post, "Undo").response_type() == 6
    assert stage.event().command == Undo()


async def test_stop_ends_a_running_reply_and_a_waiting_one(stage: Stage, ada: Person, general: Channel) -> None:
    first = await asked_only(stage, ada, general)
    second = await asked_only(stage, ada, general)
    first_turn = await stage.core.begun(first)
    first_turn.show("so far")
    running = await ada.waits_for(general, "so far")
    assert await ada.press_stale(running, str(Id("stop", second))).response_type() == 6
    assert stage.event().command == Stop(second)
    assert await ada.click(running, "Stop").response_type() == 6
    assert stage.event().command == Stop(first)
    await first_turn.ended.wait()


async def test_of_two_quick_presses_the_first_counts(stage: Stage, ada: Person, general: Channel) -> None:
    post = await asked(stage, ada, general, saying("four", "yes", "no"))
    heard = len(stage.core.events)
    released = slow(stage)
    first, second = ada.click(post, "yes"), ada.click(post, "no")
    assert await second.response_type() == 4
    assert second.original is not None
    assert second.original.content == words("discord_pressed")
    released.set()
    assert await first.response_type() == 6
    assert [event.command for event in stage.core.events[heard:]] == [Choose(0, 2)]


async def test_a_reply_can_be_stopped_while_its_app_is_down(stage: Stage, ada: Person, general: Channel) -> None:
    turn = await stage.core.begun(await asked_only(stage, ada, general))
    turn.show("so far")
    running = await ada.waits_for(general, "so far")
    stage.core.app_down = AppUnreachable("The app is down.")
    assert await ada.click(running, "Stop").response_type() == 6
    await turn.ended.wait()


async def asked_only(stage: Stage, who: Person, channel: Channel, text: str = "well?") -> int:
    """A question that is not answered yet; its turn."""
    message = who.post(channel, text)
    spot, member = spot_in(channel), Member(str(who.id), who.user.name)
    place = place_of(stage.desk.options, spot, member.id, "demo")
    target = target_of(spot, member.id, stage.clock.now(), reply_to=str(message.id))
    said = Say((Text(text),))
    event = Inbound(f"discord:{message.id}", place, speaker_of(member), said, 0.0, str(message.id), target=target)
    return (await stage.core.accept(event)).turn


async def test_an_option_begins_a_turn_that_says_who_chose_it(stage: Stage, ada: Person, general: Channel) -> None:
    post = await asked(stage, ada, general, saying("Which?", "red *hot*", "blue"))
    assert await ada.click(post, "red *hot*").response_type() == 6
    event = stage.event()
    assert event.command == Choose(0, 2)
    assert event.target["asked"] == "-# **Ada** chose: red \\*hot\\*"
    assert event.target["reply_to"] == str(post.id)
    assert event.target["asker"] == str(ada.id)


async def test_three_hundred_options_can_all_be_reached(stage: Stage, ada: Person, general: Channel) -> None:
    post = await asked(stage, ada, general, saying("Which?", *(f"option {n}" for n in range(300))))
    seen: list[int] = []
    message = post
    for _ in range(6):
        selects = [row["components"][0] for row in rows_of(message) if row["components"][0]["type"] == 3]
        seen += [int(one["value"]) for select in selects for one in select["options"]]
        more = next(
            (b["label"] for row in rows_of(message) for b in row["components"] if "more" in b["custom_id"]), ""
        )
        if not more:
            break
        message = await stage.told(ada, ada.click(message, more))
    assert seen == list(range(300))
    last = next(s for s in selects if s["options"][-1]["value"] == "299")
    assert await ada.choose(message, ["299"], last["custom_id"]).response_type() == 6
    assert stage.event().command == Choose(299, 2)


def rows_of(message: Message) -> list[dict[str, Any]]:
    found = [one for one in message.components if one["type"] == 1]
    inside = [row for one in message.components if one["type"] == 17 for row in one["components"]]
    return found + [row for row in inside if row["type"] == 1]


async def test_only_the_asker_and_moderators_press(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    bob = await bob_in(stage, home)
    carol = await bob_in(stage, home)
    post = await asked(stage, bob, general, saying("four", "yes"))
    for label in ("Retry", "Undo", "yes"):
        refused = await stage.told(carol, carol.click(post, label))
        assert refused.content == "Only who asked, or a moderator, can do this."
    assert [type(event.command) for event in stage.core.events] == [Say]
    assert await ada.click(post, "Retry").response_type() == 6
    assert stage.event().target["asker"] == str(bob.id)
    assert stage.event().speaker.user_id == str(ada.id)


async def test_anyone_presses_where_the_settings_say_so(
    set_stage: SetStage, ada: Person, home: Guild, general: Channel
) -> None:
    async with set_stage(pressing="anyone") as stage:
        bob = await bob_in(stage, home)
        post = await asked(stage, ada, general, saying("four"))
        assert await bob.click(post, "Retry").response_type() == 6


async def test_who_is_blocked_presses_nothing(
    discord: FakeDiscord, set_stage: SetStage, ada: Person, home: Guild, general: Channel
) -> None:
    bob = discord.person("bob", home)
    role = discord.role(home, "muted", bob)
    async with set_stage(pressing="anyone", block_roles=(str(role.id),)) as stage:
        post = await asked(stage, ada, general, thinking())
        refused = await stage.told(bob, bob.click(post, "Thoughts"))
        assert refused.content == "You are not allowed to use this bot here."


async def test_a_forged_control_of_another_channel_is_refused(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    secret = stage.discord.channel(home, "secret")
    await asked(stage, ada, secret, thinking())
    post = await asked(stage, ada, general, saying("four"))
    for op in ("thoughts", "retry", "option", "stop"):
        refused = await stage.told(ada, ada.press_stale(post, f"tl:{op}:2:0"))
        assert refused.content == "This belongs to another channel: use it there."


async def test_controls_of_what_is_gone_or_old_say_so(stage: Stage, ada: Person, general: Channel) -> None:
    first = await asked(stage, ada, general, saying("four", "yes"))
    await asked(stage, ada, general, saying("five"))
    for label in ("Retry", "Undo", "yes"):
        refused = await stage.told(ada, ada.click(first, label))
        assert refused.content == "This belongs to an older reply: it works on the newest one only."
    refused = await stage.told(ada, ada.press_stale(first, str(Id("retry", 77))))
    assert refused.content == "That reply is no longer part of the conversation."
    refused = await stage.told(ada, ada.press_stale(first, "tl:sing:1:0"))
    assert refused.content == "This is no longer known here: use the command /help."


def thinking() -> Reply:
    parts = (Thought("Searched the web", (Text("Looked for **cats**."),), duration=2.1), Text("Cats."))
    return Reply((Said("assistant", parts),), state="final")


async def test_thoughts_are_shown_to_the_one_who_asks(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    bob = await bob_in(stage, home)
    post = await asked(stage, ada, general, thinking())
    shown = await stage.told(bob, bob.click(post, "Thoughts"))
    assert "Looked for **cats**." in text_of(shown)
    assert shown not in ada.sees(general)


async def test_feedback_is_given_and_taken_back(stage: Stage, ada: Person, home: Guild, general: Channel) -> None:
    bob = await bob_in(stage, home)
    post = await asked(stage, ada, general, saying("four"))
    told = await stage.told(ada, ada.click(post, "Like"))
    assert told.content == "Thank you for the feedback."
    await bob.click(post, "Like").response_type()
    await ada.click(post, "Like").response_type()
    await ada.click(post, "Dislike").response_type()
    rates = [event.command for event in stage.core.events[1:]]
    assert rates == [Rate("Like", 2), Rate("Like", 2), Rate("", 2), Rate("Dislike", 2)]


async def test_a_rating_is_taken_back_after_a_restart(stage: Stage, ada: Person, general: Channel) -> None:
    post = await asked(stage, ada, general, saying("four"))
    await ada.click(post, "Like").response_type()
    stage.forget()
    await ada.click(post, "Like").response_type()
    assert stage.event().command == Rate("", 2)


async def test_a_control_is_pressed_by_a_later_process(
    discord: FakeDiscord, set_stage: SetStage, ada: Person, general: Channel
) -> None:
    async with set_stage() as stage:
        post = await asked(stage, ada, general, saying("four", "yes"))
        discord.gateway.disconnect()
    async with set_stage() as stage:
        assert await ada.click(post, "yes").response_type() == 6
        assert stage.event().command == Choose(0, 2)


# The three seconds


async def test_slow_work_is_acknowledged_in_time_and_done(
    stage: Stage, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    post = await asked(stage, ada, general, saying("four"))
    released = slow(stage)
    pressed = ada.click(post, "Undo")
    await clock.somebody_sleeps()
    assert pressed.response is None
    await clock.advance(1.6)
    assert await pressed.response_type() == 6
    assert not stage.discord.interactions.failed(pressed)
    released.set()
    await stage.until(lambda: not stage.core.conversations_held[101].turns)


async def test_slow_work_with_something_to_say_follows_up(
    stage: Stage, ada: Person, home: Guild, general: Channel, clock: VirtualClock
) -> None:
    post = await asked(stage, ada, general, saying("four"))
    released = slow(stage)
    pressed = ada.click(post, "Like")
    await clock.somebody_sleeps()
    await clock.advance(1.6)
    assert await pressed.response_type() == 5
    released.set()
    told = await stage.told(ada, pressed)
    assert told.content == "Thank you for the feedback."


async def test_a_refusal_after_a_quiet_acknowledgement_is_said(
    stage: Stage, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    post = await asked(stage, ada, general, saying("four"))
    released = slow(stage)
    stage.core.denies = "Enough for today."
    pressed = ada.click(post, "Retry")
    await clock.somebody_sleeps()
    await clock.advance(1.6)
    assert await pressed.response_type() == 6
    released.set()
    told = await stage.told(ada, pressed)
    assert (told.content, told in ada.sees(general)) == ("Enough for today.", True)


async def test_what_is_pressed_is_stored_before_it_is_acknowledged(
    stage: Stage, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    post = await asked(stage, ada, general, saying("four"))
    stage.core.store_down = True
    told = await stage.told(ada, ada.click(post, "Like"))
    assert told.content == "The database does not answer: try again."


async def test_the_work_is_done_though_discord_takes_no_answer(
    stage: Stage, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    post = await asked(stage, ada, general, saying("four"))
    stage.discord.interactions.to_answer = -1.0
    ada.click(post, "Undo")
    await stage.until(lambda: len(stage.core.events) == 2)
    assert stage.event().command == Undo()


async def test_a_lost_acknowledgement_is_tried_again(
    stage: Stage, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    post = await asked(stage, ada, general, saying("four"))
    stage.discord.faults.drop("callback")
    assert await ada.click(post, "Undo").response_type() == 6


async def test_redelivered_interactions_act_once(stage: Stage, ada: Person, general: Channel) -> None:
    post = await asked(stage, ada, general, saying("four"))
    pressed = ada.click(post, "Retry")
    await pressed.response_type()
    interactions = stage.discord.interactions
    stage.discord.events.interaction(interactions._write(pressed), general.guild_id)
    await stage.discord.world.until(lambda: stage.discord.count("/callback") == 2)
    await settle()
    assert stage.event().event_key == f"discord:interaction:{pressed.id}"
    assert len(stage.core.turns) == 2
    assert pressed.response == 6


# What belongs to a place


async def test_the_apps_own_buttons(stage: Stage, ada: Person, home: Guild, general: Channel) -> None:
    bob, carol = await bob_in(stage, home), await bob_in(stage, home)
    demo = stage.core.profiles["demo"]
    stage.core.profiles["demo"] = replace(demo, buttons=(Button("up", "Upvote *it*", "turn"),))
    post = await asked(stage, bob, general, saying("four"))
    refused = await stage.told(carol, carol.click(post, "Upvote *it*"))
    assert refused.content == "Only who asked, or a moderator, can do this."
    assert await bob.click(post, "Upvote *it*").response_type() == 6
    assert stage.event().command == Press("up")
    assert stage.event().target["asked"] == "-# **Bob** chose: Upvote \\*it\\*"
    stage.core.profiles["demo"] = demo
    gone = await stage.told(bob, bob.press_stale(post, "tl:button:0:0"))
    assert gone.content == "That button is no longer offered by the app."


async def test_an_example_that_the_app_lost(stage: Stage, ada: Person, general: Channel) -> None:
    post = await asked(stage, ada, general, saying("four"))
    gone = await stage.told(ada, ada.press_stale(post, "tl:example:0:4"))
    assert gone.content == "That example is no longer offered by the app."


async def test_a_greeting_that_was_posted_is_pressed_by_anybody(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    bob = await bob_in(stage, home)
    demo = stage.core.profiles["demo"]
    profile = stage.core.profiles["demo"] = replace(demo, examples=(Example("What is it?"),))
    await asked(stage, ada, general, saying("four"))
    post = await stage.post(dict(greeting(profile, stage.desk.options)), general)
    assert await bob.click(post, "What is it?").response_type() == 6
    assert (stage.event().command, stage.event().target["asker"]) == (UseExample(0), str(bob.id))


async def test_with_histories_of_ones_own_everybody_manages_theirs(
    set_stage: SetStage, ada: Person, home: Guild, general: Channel
) -> None:
    async with set_stage(history="user") as stage:
        bob = await bob_in(stage, home)
        await asked(stage, ada, general, saying("four"))
        told = await stage.told(bob, bob.slash(general, "clear"))
        assert told.content.startswith("Cleared.")
        assert stage.event().place.user == str(bob.id)


async def test_controls_in_a_thread(stage: Stage, ada: Person, general: Channel) -> None:
    thread = ada.open_thread(general, "talk")
    post = await asked(stage, ada, thread, saying("four"))
    assert await ada.click(post, "Retry").response_type() == 6
    assert (stage.event().place.channel, stage.event().place.thread) == (str(general.id), str(thread.id))
    other = await asked(stage, ada, general, saying("five"))
    refused = await stage.told(ada, ada.press_stale(other, "tl:retry:2:0"))
    assert refused.content == "This belongs to another channel: use it there."

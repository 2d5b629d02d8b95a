"""Buttons, selects and menus: what they do, for whom, in time, and after a restart."""

from __future__ import annotations

import asyncio

import pytest

from fakes.clock import VirtualClock, settle
from fakes.slack.apps import App
from fakes.slack.listening import Listener
from fakes.slack.people import Person
from fakes.slack.pressing import Stage, pressing, saying, set_up
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from trunkline.backend import Feedback
from trunkline.bridge import Answer
from trunkline.errors import AppUnreachable
from trunkline.inbound import Choose, Inbound, Rate, Retry, Stop, Undo
from trunkline.messages import Message as Said
from trunkline.messages import Reply, Text, Thought
from trunkline_bridges.slack.acting.replying import PATIENCE
from trunkline_bridges.slack.ids import Id

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.fixture
def app(slack: FakeSlack, acme: Workspace) -> App:
    return set_up(slack, acme)


# Turns


async def test_retry_answers_the_turn_again_where_it_stands(stage: Stage, ada: Person, general: Channel) -> None:
    post = await stage.answered(ada, general)
    first = stage.event()
    await stage.done(ada.click(post, "🔁 Retry"))
    event = stage.event()
    assert event.command == Retry(2)
    assert event.place == first.place
    assert (event.target["thread"], event.target["asker"]) == (post.thread_ts, ada.id)


async def test_undo_takes_the_turn_back(stage: Stage, ada: Person, general: Channel) -> None:
    post = await stage.answered(ada, general)
    await stage.done(ada.click(post, "↩️ Undo"))
    assert stage.event().command == Undo()
    assert ada.ephemerals(general) == []


async def test_stop_ends_a_running_reply(stage: Stage, ada: Person, general: Channel) -> None:
    turn = await stage.asked(ada, general)
    stage.core.app_down = AppUnreachable("Nobody answers.")
    post = await stage.controls(ada, general, turn, Reply())
    await stage.done(ada.click(post, "Stop"))
    assert stage.event().command == Stop(turn.id)
    await turn.ended.wait()


async def test_an_option_is_chosen_and_said_who_chose_it(stage: Stage, ada: Person, general: Channel) -> None:
    post = await stage.answered(ada, general, saying("well?", "yes", "<!channel> no"))
    await stage.done(ada.click(post, "<!channel> no"))
    event = stage.event()
    assert event.command == Choose(1, 2)
    assert event.target["asked"] == "*ada* chose: &lt;!channel&gt; no"
    assert (event.target["thread"], event.target["channel"]) == (post.thread_ts, general.id)


async def test_one_of_three_hundred_options_is_chosen(stage: Stage, ada: Person, general: Channel) -> None:
    names = [f"option {number}" for number in range(300)]
    post = await stage.answered(ada, general, saying("which?", *names))
    await stage.done(ada.choose(post, "option 257", select=str(Id("pick", 2, 2))))
    assert stage.event().command == Choose(257, 2)


async def test_two_quick_presses_are_one(stage: Stage, ada: Person, general: Channel, clock: VirtualClock) -> None:
    post = await stage.answered(ada, general)
    go, accept = asyncio.Event(), stage.core.accept

    async def slow(event: Inbound) -> Answer:
        await go.wait()
        return await accept(event)

    stage.core.accept = slow  # type: ignore[method-assign]
    first = ada.click(post, "🔁 Retry")
    while PATIENCE not in clock.slept:
        await clock.somebody_sleeps()
        await settle()
    assert "pressed twice" in await stage.said(ada.click(post, "🔁 Retry"), ada)
    go.set()
    await stage.done(first)
    assert [event.command for event in stage.core.events].count(Retry(2)) == 1


async def test_feedback_is_given_taken_back_and_open_to_all(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    post = await stage.answered(ada, general)
    assert "Thank you" in await stage.said(bob.click(post, "👎 Dislike"), bob)
    assert stage.event().command == Rate("Dislike", 2)
    await bob.click(post, "👎 Dislike").response()
    assert stage.event().command == Rate("", 2)
    await ada.click(post, "👍 Like").response()
    assert stage.event().command == Rate("Like", 2)
    assert stage.event().speaker.user_id == ada.id


async def test_the_apps_own_feedback_is_chosen_in_a_menu(stage: Stage, ada: Person, general: Channel) -> None:
    stage.profile(feedback=Feedback(like=True, dislike=True, others=("Funny", "Wrong")))
    post = await stage.answered(ada, general)
    await ada.choose(post, "Wrong").response()
    assert stage.event().command == Rate("Wrong", 2)


async def test_thoughts_are_shown_to_the_one_who_asks(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    thinking = Thought("Looking it up", (Text("in the atlas"),))
    post = await stage.answered(
        ada, general, Reply((Said("assistant", (thinking, Text("Paris"))),), state="final")
    )
    said = await stage.said(bob.click(post, "💭 Thoughts"), bob)
    assert "in the atlas" in said
    assert bob.ephemerals(general)[0].thread_ts == post.thread_ts


async def test_thoughts_too_long_for_messages_come_as_a_file_too(
    stage: Stage, app: App, ada: Person, general: Channel
) -> None:
    thinking = Thought("Counting", (Text("\n\n".join(f"number {number}" for number in range(30_000))),))
    reply = Reply((Said("assistant", (thinking, Text("Done"))),), state="final")
    post = await stage.answered(ada, general, reply)
    ada.click(post, "💭 Thoughts")
    dm = ada.dm(app)
    await stage.slack.world.until(lambda: [one for one in ada.sees(dm) if one.files])
    (file,) = ada.files(ada.sees(dm)[-1])
    assert b"number 29999" in file.content
    assert ada.ephemerals(general)
    assert not [one for one in general.messages.values() if one.files]


# Who may


async def test_another_person_may_not_press(stage: Stage, ada: Person, bob: Person, general: Channel) -> None:
    post = await stage.answered(ada, general)
    heard = len(stage.core.events)
    act = bob.click(post, "🔁 Retry")
    assert "Only who asked" in await stage.said(act, bob)
    assert len(stage.core.events) == heard
    assert bob.ephemerals(general)[0].thread_ts == post.thread_ts


async def test_an_admin_of_the_workspace_may(stage: Stage, acme: Workspace, ada: Person, general: Channel) -> None:
    eve = acme.person("eve", admin=True)
    ada.invite(general, eve)
    post = await stage.answered(ada, general)
    await stage.done(eve.click(post, "↩️ Undo"))
    assert stage.event().command == Undo()


async def test_anyone_may_where_the_settings_say_so(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, bob: Person, general: Channel
) -> None:
    async with pressing(slack, app, core, clock, pressing="anyone") as stage:
        post = await stage.answered(ada, general)
        await stage.done(bob.click(post, "↩️ Undo"))
        assert stage.event().command == Undo()


async def test_who_is_blocked_can_press_nothing(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, bob: Person, general: Channel
) -> None:
    async with pressing(slack, app, core, clock, pressing="anyone", block_users=(bob.id,)) as stage:
        post = await stage.answered(ada, general)
        heard = len(core.events)
        assert "not allowed" in await stage.said(bob.click(post, "↩️ Undo"), bob)
        assert len(core.events) == heard


# What is stale, foreign or unknown


async def test_a_control_of_an_older_or_undone_reply_says_so(stage: Stage, ada: Person, general: Channel) -> None:
    post = await stage.answered(ada, general)
    turn = await stage.asked(ada, general, "and more", thread=post.thread_ts)
    await turn.finish("five")
    assert "older reply" in await stage.said(ada.click(post, "🔁 Retry"), ada)
    assert "no longer part" in await stage.said(ada.press_stale(post, str(Id("retry", 99))), ada)
    unknown = [ada.press_stale(post, name) for name in ("tl:frobnicate:1:0", "something", "tl:retry:1;drop")]
    for act in unknown:
        assert "/trunkline help" in await stage.said(act, ada)


async def test_a_control_used_in_another_channel_or_workspace_does_nothing(
    stage: Stage, slack: FakeSlack, acme: Workspace, app: App, ada: Person, general: Channel
) -> None:
    post = await stage.answered(ada, general)
    other = acme.channel("other", ada, app)
    sent = await stage.core.api.call(acme.id, "chat.postMessage", channel=other.id, text="elsewhere")
    heard = len(stage.core.events)
    elsewhere = other.messages[str(sent["ts"])]
    assert "another conversation" in await stage.said(ada.press_stale(elsewhere, str(Id("retry", 2))), ada)
    assert len(stage.core.events) == heard
    await stage.done(ada.click(post, "↩️ Undo"))
    assert len(stage.core.events) == heard + 1


async def test_a_button_that_opens_an_address_is_only_acknowledged(
    stage: Stage, acme: Workspace, ada: Person, general: Channel
) -> None:
    link = {
        "type": "button",
        "action_id": "open",
        "url": "https://a.example",
        "text": {"type": "plain_text", "text": "Open"},
    }
    sent = await stage.core.api.call(
        acme.id, "chat.postMessage", channel=general.id, text="x", blocks=[{"type": "actions", "elements": [link]}]
    )
    post = general.messages[str(sent["ts"])]
    act = stage.slack.interactions.begin(
        ada.installed(stage.app),
        ada.user,
        "block_actions",
        {"actions": [link | {"block_id": "b"}], "container": {"type": "message", "message_ts": post.ts}},
        channel=general,
        message=post,
    )
    await stage.done(act)
    assert ada.ephemerals(general) == []


# In time, and after a restart


async def test_a_slow_core_is_waited_for_after_the_acknowledgement(
    stage: Stage, ada: Person, bob: Person, general: Channel, clock: VirtualClock
) -> None:
    post = await stage.answered(ada, general)
    go = asyncio.Event()
    accept = stage.core.accept

    async def slow(event: Inbound) -> Answer:
        await go.wait()
        return await accept(event)

    stage.core.accept = slow  # type: ignore[method-assign]
    act = ada.click(post, "👍 Like")
    await clock.somebody_sleeps()
    while PATIENCE not in clock.slept:
        await settle()
    await clock.advance(PATIENCE)
    await stage.done(act)
    assert ada.ephemerals(general) == []
    go.set()
    assert "Thank you" in await stage.said(act, ada)


async def test_what_is_quick_is_stored_before_it_is_acknowledged(
    stage: Stage, ada: Person, general: Channel
) -> None:
    post = await stage.answered(ada, general)
    order: list[str] = []
    accept = stage.core.accept

    async def stored(event: Inbound) -> Answer:
        order.append("acknowledged" if act.acknowledged else "stored")
        return await accept(event)

    stage.core.accept = stored  # type: ignore[method-assign]
    act = ada.click(post, "↩️ Undo")
    await stage.done(act)
    assert order == ["stored"]


async def test_a_core_that_cannot_store_says_so(stage: Stage, ada: Person, general: Channel) -> None:
    post = await stage.answered(ada, general)
    stage.core.store_down = True
    assert "database" in await stage.said(ada.click(post, "↩️ Undo"), ada)


async def test_a_failure_of_ours_is_a_sentence_too(stage: Stage, ada: Person, general: Channel) -> None:
    post = await stage.answered(ada, general)

    async def broken(_: Inbound) -> Answer:
        raise ZeroDivisionError("secret")

    stage.core.accept = broken  # type: ignore[method-assign,assignment]
    assert "went wrong" in await stage.said(ada.click(post, "↩️ Undo"), ada)


async def test_a_control_works_after_a_restart(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    async with pressing(slack, app, core, clock) as stage:
        post = await stage.answered(ada, general, saying("well?", "yes"))
    slack.deliveries.paused = True
    act = ada.click(post, "yes")
    async with pressing(slack, app, core, clock) as again:
        slack.deliveries.resume()
        await again.done(act)
        assert again.event().command == Choose(0, 2)


async def test_presses_come_over_http_as_well(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, bob: Person, general: Channel
) -> None:
    async with pressing(slack, app, core, clock, http=True) as stage:
        post = await stage.answered(ada, general, saying("well?", "yes"))
        assert "Only who asked" in await stage.said(bob.click(post, "yes"), bob)
        await stage.done(ada.click(post, "yes"))
        assert stage.event().command == Choose(0, 2)


async def test_an_answer_that_its_address_does_not_take_comes_otherwise(
    stage: Stage, slack: FakeSlack, ada: Person, bob: Person, general: Channel
) -> None:
    post = await stage.answered(ada, general)
    slack.faults.error("response_url", 500)
    bob.click(post, "🔁 Retry")
    shown = await bob.waits_for(general, "Only who asked", post.thread_ts)
    assert shown.only_for == bob.id

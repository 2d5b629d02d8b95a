"""Questions by command and by a message's menu: posted, answered in a thread, and refused."""

from __future__ import annotations

import pytest

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.listening import Listener
from fakes.slack.people import Person
from fakes.slack.pressing import COMMAND, Stage, pressing, set_up
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from trunkline.inbound import (
    Say,
)

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.fixture
def app(slack: FakeSlack, acme: Workspace) -> App:
    return set_up(slack, acme)


async def test_a_question_is_posted_and_answered_in_its_thread(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    await stage.done(ada.slash(general, COMMAND, "ask what is <@U1> & 2?"))
    event = stage.event()
    assert isinstance(event.command, Say)
    (root,) = bob.sees(general)
    assert root.text == "*ada* asked: what is &lt;@U1&gt; &amp; 2?"
    assert (event.place.thread, event.target["thread"], event.target["asker"]) == (root.ts, root.ts, ada.id)
    await (await stage.core.begun()).finish("four")
    assert bob.texts(general, root)[-1] == "four"
    assert ada.ephemerals(general) == []
    follow = await stage.asked(bob, general, "and then?", thread=root)
    assert follow.event.place == event.place


async def test_a_question_that_is_refused_does_not_stand_there(
    stage: Stage, ada: Person, general: Channel
) -> None:
    stage.core.denies = "Not today."
    assert await stage.said(ada.slash(general, COMMAND, "what?"), ada) == "Not today."
    assert [one for one in ada.sees(general) if not one.only_for] == []


async def test_a_plain_direct_message_needs_no_thread(
    slack: FakeSlack, acme: Workspace, app: App, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    async with pressing(slack, app, core, clock, agent="none") as stage:
        dm = ada.dm(app)
        await stage.done(ada.slash(dm, COMMAND, "what?"))
        event = stage.event()
        assert (event.place.thread, event.target["asked"]) == ("", "*ada* asked: what?")
        assert ada.sees(dm) == []
        await (await core.begun()).finish("four")
        said = await stage.said(ada.slash(dm, COMMAND, "undo"), ada)
        assert said == "Took back the last message and its reply.", "there is but one conversation"


async def test_with_one_history_per_channel_a_question_is_answered_in_a_thread_of_its_own(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    async with pressing(slack, app, core, clock, history="channel") as stage:
        await stage.done(ada.slash(general, COMMAND, "what?"))
        (root,) = ada.sees(general)
        assert (stage.event().place.thread, stage.event().target["thread"]) == ("", root.ts)


async def test_a_question_whose_post_was_not_confirmed_stands_once(
    stage: Stage, slack: FakeSlack, ada: Person, general: Channel
) -> None:
    slack.faults.lose("chat.postMessage")
    await stage.done(ada.slash(general, COMMAND, "what?"))
    (root,) = ada.sees(general)
    assert stage.event().place.thread == root.ts
    slack.faults.drop("chat.postMessage")
    assert "Slack's answer was lost" in await stage.said(ada.slash(general, COMMAND, "and what?"), ada)
    assert [one for one in ada.sees(general) if not one.only_for] == [root]


async def test_a_question_that_cannot_be_stored_does_not_stand_there(
    stage: Stage, ada: Person, general: Channel
) -> None:
    stage.core.store_down = True
    assert "database" in await stage.said(ada.slash(general, COMMAND, "what?"), ada)
    assert [one for one in ada.sees(general) if not one.only_for] == []


async def test_where_the_bot_is_no_member_a_question_says_what_to_do(
    stage: Stage, acme: Workspace, ada: Person
) -> None:
    closed = acme.channel("closed", ada, private=True)
    said = await stage.said(ada.slash(closed, COMMAND, "what?"), ada)
    assert "not in" in said or "no longer exists" in said
    assert stage.core.events == []


async def test_a_question_about_a_message_quotes_it_with_its_files(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    said = bob.post(general, "the sum is 5", files=[("sum.txt", b"2+2=5")])
    opened = await ada.message_shortcut(said, stage.app, "tl_about").modal()
    await stage.done(ada.submit(opened, **{"Your question": "is that right?"}))
    turn = await stage.core.begun()
    command = turn.event.command
    assert isinstance(command, Say)
    assert [getattr(part, "text", getattr(part, "name", "")) for part in command.parts] == [
        "> the sum is 5\n\nis that right?",
        "sum.txt",
    ]
    assert turn.event.place.thread == said.ts
    assert turn.event.target["asked"] == "*ada* asked: is that right?"


async def test_a_long_message_is_read_again_and_a_deleted_one_is_missed(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    said = bob.post(general, "long " * 700)
    opened = await ada.message_shortcut(said, stage.app, "tl_about").modal()
    await stage.done(ada.submit(opened, **{"Your question": "why?"}))
    command = (await stage.core.begun()).event.command
    assert isinstance(command, Say)
    assert getattr(command.parts[0], "text", "").count("long") == 700
    opened = await ada.message_shortcut(said, stage.app, "tl_about").modal()
    bob.delete(said)
    await stage.done(ada.submit(opened, **{"Your question": "why?"}))
    assert "cannot be read any more" in opened.errors["question"]
    assert opened.is_open

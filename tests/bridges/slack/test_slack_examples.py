"""Examples, the app's own buttons and the menu of a message."""

from __future__ import annotations

import pytest

from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.pressing import Stage, set_up
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from trunkline.backend import Button, Example
from trunkline.inbound import Press, Retry, UseExample
from trunkline_bridges.slack.ids import Id

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.fixture
def app(slack: FakeSlack, acme: Workspace) -> App:
    return set_up(slack, acme)


# Examples and the app's own buttons


async def test_an_example_of_a_direct_message_begins_a_thread(stage: Stage, ada: Person, app: App) -> None:
    stage.profile(examples=(Example("What is 2 + 2?"),))
    act = ada.slash(ada.dm(app), "/trunkline", "examples")
    shown = await act.response()
    await stage.done(ada.click(shown, "What is 2 + 2?"))
    event = stage.event()
    root = ada.sees(ada.dm(app))[-2]
    assert "*ada* asked: What is 2 + 2?" in [ada.text(one) for one in ada.sees(ada.dm(app))]
    assert event.command == UseExample(0)
    assert event.place.thread == event.target["thread"]
    assert event.target["native"] is True
    assert str(event.target["thread"]) in {root.ts, *(one.ts for one in ada.sees(ada.dm(app)))}
    turn = await stage.core.begun()
    await turn.finish("four")
    assert ada.texts(ada.dm(app), event.place.thread)[-1] == "four"


async def test_an_example_in_a_thread_is_answered_there(stage: Stage, ada: Person, general: Channel) -> None:
    stage.profile(examples=tuple(Example(f"question {number}") for number in range(30)))
    post = await stage.answered(ada, general)
    act = ada.message_shortcut(post, stage.app, "tl_settings")
    await act.response()
    shown = await ada.press_stale(post, str(Id("examples"))).response()
    await stage.done(ada.choose(shown, "25. question 24"))
    event = stage.event()
    assert event.command == UseExample(24)
    assert event.place.thread == post.thread_ts
    assert event.target["asked"] == "*ada* asked: question 24"


async def test_an_example_that_is_gone_says_so(stage: Stage, ada: Person, general: Channel) -> None:
    post = await stage.answered(ada, general)
    assert "no longer offered" in await stage.said(ada.press_stale(post, str(Id("example", 0, 3))), ada)


async def test_an_app_button_is_pressed(stage: Stage, ada: Person, bob: Person, general: Channel) -> None:
    stage.profile(buttons=(Button("up", "Upvote", "turn"),))
    post = await stage.answered(ada, general)
    assert "Only who asked" in await stage.said(bob.click(post, "Upvote"), bob)
    await stage.done(ada.click(post, "Upvote"))
    event = stage.event()
    assert event.command == Press("up")
    assert event.target["thread"] == post.thread_ts


# The menu of a message


async def test_retry_from_here_answers_the_turn_of_a_message(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    post = await stage.answered(ada, general)
    question = general.messages[post.thread_ts]
    act = ada.message_shortcut(question, stage.app, "tl_retry")
    assert "answering again" in await stage.said(act, ada)
    assert stage.event().command == Retry(2)
    stranger = ada.post(general, "nothing to do with it")
    act = ada.message_shortcut(stranger, stage.app, "tl_retry")
    assert "nothing that I answered" in await stage.said(act, ada)


async def test_undo_and_clear_of_the_menu_act_on_the_messages_thread(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    post = await stage.answered(ada, general)
    refused = await stage.said(bob.message_shortcut(post, stage.app, "tl_clear"), bob)
    assert "who asked last" in refused
    place = stage.event().place
    assert "Took back" in await stage.said(ada.message_shortcut(post, stage.app, "tl_undo"), ada)
    assert "Cleared" in await stage.said(ada.message_shortcut(post, stage.app, "tl_clear"), ada)
    assert stage.event().place == place

"""Status and title of sessions, and the mark on messages that wait; nothing of it ever hurts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from fakes.clock import VirtualClock, settle
from fakes.slack.agents import Session
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.sending import change, options_of, target
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Message
from trunkline.bridge import Target
from trunkline_bridges.slack.sending.api import Api
from trunkline_bridges.slack.sending.presence import WAITING, Presence

STATUS = "agents.sessions.setStatus"


@pytest.fixture
async def presence(slack: FakeSlack, app: App, clock: VirtualClock) -> AsyncIterator[Presence]:
    async with presence_of(slack, app, clock) as made:
        yield made


class presence_of:  # noqa: N801 - used as a function
    def __init__(self, slack: FakeSlack, app: App, clock: VirtualClock, **more: object) -> None:
        self._options = options_of(slack, app, **more)
        self._api = Api(self._options, clock)
        self._clock = clock
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Presence:
        await self._tasks.__aenter__()
        self._presence = Presence(self._api, self._options, self._clock)
        self._presence.live(self._tasks)
        return self._presence

    async def __aexit__(self, *_: object) -> None:
        self._presence.live(None)
        await self._tasks.__aexit__(None, None, None)
        await self._api.close()


@pytest.fixture
def asked(ada: Person, app: App) -> Message:
    return ada.post(ada.dm(app), "What is  the weather\nin Oslo?")


@pytest.fixture
def place(slack: FakeSlack, asked: Message, clock: VirtualClock) -> Target:
    return target(slack, asked, clock, native=True)


@pytest.fixture
def session(slack: FakeSlack, app: App, asked: Message) -> Callable[[], Session | None]:
    return lambda: slack.agents.session(app, slack.world.channels[asked.channel_id], asked.ts)


async def until(slack: FakeSlack, method: str, count: int) -> None:
    """Returns once so many calls of a method were answered."""
    await slack.world.until(lambda: sum(call.status > 0 for call in slack.made(method)) >= count)
    await settle()


async def test_a_turn_processes_and_is_done(
    presence: Presence, slack: FakeSlack, place: Target, session: Callable[[], Session | None]
) -> None:
    presence.changed(place, change("running", "What is  the weather\nin Oslo?"))
    await until(slack, STATUS, 1)
    begun = session()
    assert begun is not None
    assert (begun.status, begun.title) == ("processing", "What is the weather in Oslo?")
    assert presence.runs(place)
    presence.changed(place, change("delivered"))
    await until(slack, STATUS, 2)
    assert begun.status == "active"
    assert not presence.runs(place)


@pytest.mark.parametrize("state", ["stopped", "failed", "undeliverable", "removed"])
async def test_however_it_ends_it_is_active_again(
    presence: Presence, slack: FakeSlack, place: Target, session: Callable[[], Session | None], state: str
) -> None:
    presence.changed(place, change("running", "hi"))
    await until(slack, STATUS, 1)
    presence.changed(place, change(state))
    await until(slack, STATUS, 2)
    ended = session()
    assert ended is not None
    assert ended.status == "active"


async def test_what_slack_set_by_itself_is_not_told_again(
    presence: Presence, slack: FakeSlack, place: Target
) -> None:
    presence.changed(place, change("running", "hi"))
    await until(slack, STATUS, 1)
    presence.noted(place, "processing")
    presence.noted(place, "active")
    presence.changed(place, change("delivered"))
    await settle()
    assert slack.count(STATUS) == 1


async def test_while_another_turn_of_the_thread_runs_it_goes_on(
    presence: Presence, slack: FakeSlack, place: Target, ada: Person, asked: Message, clock: VirtualClock
) -> None:
    other = target(slack, ada.reply(asked, "And in Rome?"), clock, native=True)
    presence.changed(other, change("running", "And in Rome?"))
    await until(slack, STATUS, 1)
    presence.changed(place, change("removed"))
    presence.changed(place, change("stopped"))
    await settle()
    assert slack.count(STATUS) == 1
    presence.changed(other, change("delivered"))
    await until(slack, STATUS, 2)


async def test_words_stand_in_the_status_until_there_are_none(
    presence: Presence, slack: FakeSlack, place: Target, session: Callable[[], Session | None]
) -> None:
    presence.changed(place, change("running", "hi"))
    await until(slack, STATUS, 1)
    assert await presence.say(place, "Half way")
    begun = session()
    assert begun is not None
    assert (begun.slot, begun.status) == ("Half way", "processing")
    assert await presence.say(place, "")
    await until(slack, STATUS, 2)
    assert (begun.slot, begun.status) == ("processing", "processing")
    presence.noted(place, "active")
    assert await presence.say(place, "")
    await settle()
    assert slack.count(STATUS) == 2, "the reply has ended: nothing is to be put back"


@pytest.mark.parametrize("agent", ["none", "auto"])
async def test_words_have_no_status_where_the_app_is_no_agent(
    slack: FakeSlack, app: App, place: Target, clock: VirtualClock, agent: str
) -> None:
    app.agent = ""
    async with presence_of(slack, app, clock, agent=agent) as presence:
        assert not await presence.say(place, "Half way")
        assert not await presence.say({**place, "thread": ""}, "Half way")


async def test_words_that_come_too_soon_are_left_out(presence: Presence, slack: FakeSlack, place: Target) -> None:
    slack.faults.rate_limit("assistant.threads.setStatus", 30)
    assert await presence.say(place, "Half way")


async def test_what_ran_in_an_earlier_life_is_ended(
    presence: Presence, slack: FakeSlack, place: Target, session: Callable[[], Session | None]
) -> None:
    presence.changed(place, change("delivered"))
    await until(slack, STATUS, 1)
    ended = session()
    assert ended is not None
    assert ended.status == "active"


async def test_only_what_opens_the_thread_gives_it_a_title(
    presence: Presence, slack: FakeSlack, ada: Person, app: App, asked: Message, clock: VirtualClock
) -> None:
    follow_up = target(slack, ada.reply(asked, "And in Rome?"), clock, native=True)
    presence.changed(follow_up, change("running", "And in Rome?"))
    await until(slack, STATUS, 1)
    assert "title" not in slack.made(STATUS)[0].args


async def test_a_turn_after_the_other_ends_as_it_should(
    presence: Presence, slack: FakeSlack, place: Target, session: Callable[[], Session | None]
) -> None:
    slow = slack.faults.hold(STATUS)
    presence.changed(place, change("running", "hi"))
    await slack.world.until(lambda: slack.count(STATUS) == 1)
    presence.changed(place, change("delivered"))
    slow.set()
    await until(slack, STATUS, 2)
    ended = session()
    assert ended is not None
    assert ended.status == "active"


async def test_an_older_assistant_is_told_in_words(
    slack: FakeSlack, acme: Workspace, ada: Person, clock: VirtualClock
) -> None:
    app = slack.app(acme, agent="assistant_view")
    root = ada.open_assistant(app)
    where = target(slack, ada.reply(root, "hi"), clock, native=True)
    slack.faults.error(STATUS, "not_authorized")
    async with presence_of(slack, app, clock) as presence:
        presence.changed(where, change("running", "hi"))
        await until(slack, "assistant.threads.setStatus", 1)
        session = slack.agents.session(app, ada.dm(app), root.ts)
        assert session is not None
        assert session.slot == "is thinking…"
        presence.changed(where, change("delivered"))
        await until(slack, "assistant.threads.setStatus", 2)
        assert session.slot == ""
    assert slack.count(STATUS) == 1, "the workspace is known by then"


async def test_an_app_that_is_no_agent_is_asked_once(
    slack: FakeSlack, acme: Workspace, ada: Person, clock: VirtualClock
) -> None:
    app = slack.app(acme, agent="")
    where = target(slack, ada.post(ada.dm(app), "hi"), clock)
    async with presence_of(slack, app, clock) as presence:
        presence.changed(where, change("running", "hi"))
        await until(slack, "assistant.threads.setStatus", 1)
        presence.changed(where, change("delivered"))
        presence.changed(where, change("running", "hi"))
        await settle()
    assert [call.method for call in slack.calls] == [STATUS, "assistant.threads.setStatus"]


async def test_an_app_declared_as_none_is_not_asked(
    slack: FakeSlack, app: App, place: Target, clock: VirtualClock
) -> None:
    async with presence_of(slack, app, clock, agent="none") as presence:
        presence.changed(place, change("running", "hi"))
        await settle()
    assert not slack.calls


async def test_what_waits_is_marked_until_it_runs(
    presence: Presence, slack: FakeSlack, place: Target, asked: Message
) -> None:
    presence.changed(place, change("received", position=1))
    await until(slack, "reactions.add", 1)
    assert list(asked.reactions) == [WAITING]
    presence.changed(place, change("running", "hi"))
    await until(slack, "reactions.remove", 1)
    assert not asked.reactions


async def test_what_is_next_is_not_marked(presence: Presence, slack: FakeSlack, place: Target) -> None:
    presence.changed(place, change("received", position=0))
    await settle()
    assert not slack.calls


async def test_a_mark_of_an_earlier_life_goes(
    slack: FakeSlack, app: App, place: Target, asked: Message, clock: VirtualClock
) -> None:
    async with presence_of(slack, app, clock) as before:
        before.changed(place, change("received", position=1))
        await until(slack, "reactions.add", 1)
    await clock.advance(5)
    async with presence_of(slack, app, clock) as after:
        after.changed(place, change("running", "hi"))
        await until(slack, "reactions.remove", 1)
    assert not asked.reactions


async def test_failures_do_not_matter(presence: Presence, slack: FakeSlack, place: Target) -> None:
    slack.faults.error(STATUS, "channel_not_found")
    slack.faults.error("reactions.add", "message_not_found")
    presence.changed(place, change("received", position=1))
    presence.changed(place, change("running", "hi"))
    await until(slack, STATUS, 1)
    presence.changed(place, change("delivered"))
    await until(slack, STATUS, 2)

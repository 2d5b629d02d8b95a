"""The fake's agent sessions, status, titles and prompts, to a client that breaks the rules."""

from __future__ import annotations

import pytest

from fakes.clock import VirtualClock
from fakes.slack.apps import EVENTS, App
from fakes.slack.errors import Impossible, Json
from fakes.slack.people import Person
from fakes.slack.raw import Raw, raw_client
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Message

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.fixture
def asked(ada: Person, app: App) -> Message:
    return ada.post(ada.dm(app), "tell me")


@pytest.fixture
def thread(asked: Message) -> Json:
    return {"channel_id": asked.channel_id, "thread_ts": asked.ts}


async def test_a_title_is_set_once_and_renamed_later(
    raw: Raw, app: App, ada: Person, asked: Message, thread: Json
) -> None:
    channel = ada.dm(app)
    assert (await raw.call("agents.sessions.rename", title="x", **thread)).error == "session_not_found"
    made = await raw.call("agents.sessions.setStatus", status="processing", title="First", **thread)
    assert (made["status"], made["title"]) == ("processing", "First")
    await raw.call("agents.sessions.setStatus", status="active", title="Second", **thread)
    assert ada.title(app, channel, asked) == "First"
    assert (await raw.call("agents.sessions.rename", title="t" * 201, **thread)).error == "invalid_title"
    assert (await raw.call("agents.sessions.rename", title="Second", **thread)).ok
    assert ada.title(app, channel, asked) == "Second"


async def test_sessions_need_a_thread_and_a_known_status(raw: Raw, thread: Json) -> None:
    nowhere = await raw.call("agents.sessions.setStatus", channel_id=thread["channel_id"], status="active")
    assert nowhere.error == "missing_thread_ts"
    assert (await raw.call("agents.sessions.setStatus", status="busy", **thread)).error == "invalid_status"


async def test_one_slot_has_the_last_writers_words(
    raw: Raw, app: App, ada: Person, asked: Message, thread: Json
) -> None:
    channel = ada.dm(app)
    await raw.call("agents.sessions.setStatus", status="processing", **thread)
    await raw.call("assistant.threads.setStatus", status="is thinking…", loading_messages=["hm"], **thread)
    assert ada.status(app, channel, asked) == "is thinking…"
    await raw.call("assistant.threads.setStatus", status="", **thread)
    assert ada.status(app, channel, asked) == ""
    await raw.call("assistant.threads.setStatus", status="is thinking…", **thread)
    await raw.call("agents.sessions.setStatus", status="active", **thread)
    assert ada.status(app, channel, asked) == ""


async def test_processing_ends_by_itself_after_an_hour(
    raw: Raw, app: App, ada: Person, asked: Message, thread: Json, clock: VirtualClock
) -> None:
    await raw.call("agents.sessions.setStatus", status="processing", **thread)
    await clock.advance(3599)
    assert ada.status(app, ada.dm(app), asked) == "processing"
    await clock.advance(1)
    assert ada.status(app, ada.dm(app), asked) == ""


async def test_without_the_event_there_is_a_warning_and_no_button(
    slack: FakeSlack, acme: Workspace, ada: Person
) -> None:
    deaf = slack.app(acme, events=tuple(each for each in EVENTS if each != "agent_session_stopped"))
    asked = ada.post(ada.dm(deaf), "x")
    async with raw_client(slack, deaf) as raw:
        answer = await raw.call(
            "agents.sessions.setStatus", channel_id=asked.channel_id, thread_ts=asked.ts, status="processing"
        )
    assert answer["warning"] == "missing_agent_session_stopped_event_subscription"
    with pytest.raises(Impossible):
        ada.stop(deaf, ada.dm(deaf), asked)


async def test_only_agents_have_sessions(slack: FakeSlack, acme: Workspace, ada: Person) -> None:
    plain = slack.app(acme, agent="")
    asked = ada.post(ada.dm(plain), "x")
    place: Json = {"channel_id": asked.channel_id, "thread_ts": asked.ts}
    async with raw_client(slack, plain) as raw:
        assert (await raw.call("agents.sessions.setStatus", status="active", **place)).error == "not_authorized"
        started = await raw.call("chat.startStream", channel=asked.channel_id, thread_ts=asked.ts)
        assert started.ok
    assert ada.status(plain, ada.dm(plain), asked) == ""


async def test_a_person_stops_what_has_no_stream_and_renames(
    raw: Raw, slack: FakeSlack, app: App, ada: Person, asked: Message, thread: Json
) -> None:
    channel = ada.dm(app)
    with pytest.raises(Impossible):
        ada.stop(app, channel, asked)
    await raw.call("agents.sessions.setStatus", status="processing", **thread)
    ada.stop(app, channel, asked)
    assert slack.deliveries.events("agent_session_stopped")[0].event["streaming_message_ts"] == []
    ada.rename(app, channel, asked, "Mine")
    assert slack.deliveries.events("agent_session_title_changed")[0].event["title"] == "Mine"


async def test_four_prompts_are_pinned_and_sent_as_ones_own(raw: Raw, app: App, ada: Person) -> None:
    channel = ada.dm(app)
    prompts = [{"title": f"t{number}", "message": f"m{number}"} for number in range(5)]
    refused = await raw.call("assistant.threads.setSuggestedPrompts", channel_id=channel.id, prompts=prompts)
    assert refused.error == "too_many_prompts"
    await raw.call("assistant.threads.setSuggestedPrompts", channel_id=channel.id, prompts=prompts[:4])
    assert ada.prompts(app) == ["t0", "t1", "t2", "t3"]
    assert ada.pick_prompt(app, "t2").text == "m2"
    with pytest.raises(Impossible):
        ada.pick_prompt(app, "t4")


async def test_the_legacy_assistant_opens_threads(slack: FakeSlack, acme: Workspace, ada: Person) -> None:
    old = slack.app(acme, agent="assistant_view", events=(*EVENTS, "assistant_thread_started"))
    with pytest.raises(Impossible):
        ada.post(ada.dm(old), "at the top")
    root = ada.open_assistant(old)
    (started,) = slack.deliveries.events("assistant_thread_started")
    assert started.event["assistant_thread"]["thread_ts"] == root.ts
    assert ada.reply(root, "hello").thread_ts == root.ts


async def test_an_agent_hears_what_one_looks_at(slack: FakeSlack, app: App, ada: Person, asked: Message) -> None:
    ada.look_at(app, ada.dm(app))
    (told,) = slack.deliveries.events("app_context_changed")
    assert told.event["context"]["entities"][0]["value"] == asked.channel_id
    ada.open_messages(app)
    assert slack.deliveries.events("app_home_opened")[0].event["tab"] == "messages"

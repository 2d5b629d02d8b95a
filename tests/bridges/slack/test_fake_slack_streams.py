"""The fake's rules of streamed messages, to a client that breaks them."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.errors import Json
from fakes.slack.people import Person
from fakes.slack.raw import Answer, Raw
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel, Message

pytestmark = pytest.mark.usefixtures("unlimited")


def text(words: str) -> Json:
    return {"type": "markdown_text", "text": words}


def task(key: str, title: str, status: str = "in_progress", **more: object) -> Json:
    return {"type": "task_update", "id": key, "title": title, "status": status, **more}


class Pen:
    """Streams into one thread."""

    def __init__(self, raw: Raw, root: Message, **place: Any) -> None:
        self._raw = raw
        self._place: Json = {"channel": root.channel_id, "thread_ts": root.ts, **place}
        self.ts = ""

    async def start(self, *chunks: Json, **more: Any) -> Answer:
        given: Json = {"chunks": list(chunks)} if chunks else {}
        answer = await self._raw.call("chat.startStream", **self._place, **given, **more)
        self.ts = answer.body.get("ts", "")
        return answer

    async def append(self, *chunks: Json, **more: Any) -> Answer:
        given: Json = {"chunks": list(chunks)} if chunks else {}
        return await self._call("chat.appendStream", given | more)

    async def stop(self, *chunks: Json, **more: Any) -> Answer:
        given: Json = {"chunks": list(chunks)} if chunks else {}
        return await self._call("chat.stopStream", given | more)

    async def update(self, words: str) -> Answer:
        return await self._call("chat.update", {"text": words})

    async def _call(self, method: str, args: Json) -> Answer:
        return await self._raw.call(method, channel=self._place["channel"], ts=self.ts, **args)


@pytest.fixture
def asked(ada: Person, app: App) -> Message:
    return ada.post(ada.dm(app), "tell me")


@pytest.fixture
def pen(raw: Raw, asked: Message) -> Pen:
    return Pen(raw, asked)


def seen(person: Person, root: Message, slack: FakeSlack) -> str:
    """What a person reads in the newest message of a thread."""
    return person.texts(slack.world.channels[root.channel_id], root)[-1]


async def test_text_grows_and_stops(pen: Pen, slack: FakeSlack, ada: Person, asked: Message) -> None:
    assert (await pen.start(text("Hello"))).ok
    assert (await pen.append(text(", "))).ok
    message = ada.sees(slack.world.channels[asked.channel_id], asked)[-1]
    assert ada.is_live(message)
    metadata = {"event_type": "turn", "event_payload": {}}
    stopped = await pen.stop(text("world."), blocks=[{"type": "divider"}], metadata=metadata)
    assert stopped["message"]["text"] == "Hello, world."
    assert (seen(ada, asked, slack), ada.is_live(message)) == ("Hello, world.", False)
    assert (message.metadata, message.blocks[0]["type"]) == (metadata, "divider")
    for again in (await pen.append(text("!")), await pen.stop()):
        assert again.error == "message_not_in_streaming_state"


async def test_a_task_is_replaced_in_title_and_grows_in_details(
    pen: Pen, slack: FakeSlack, ada: Person, asked: Message
) -> None:
    await pen.start(task("1", "Looking", details="one ", output="a"), task_display_mode="plan")
    await pen.append({"type": "plan_update", "title": "Plan"}, text("so: "))
    await pen.append(task("1", "Looked", "complete", details="two", output="b"), task("2", "Next", "pending"))
    assert seen(ada, asked, slack).split("\n") == [
        "Plan",
        "[complete] Looked",
        "one two",
        "ab",
        "[pending] Next",
        "so: ",
    ]


@pytest.mark.parametrize(
    "chunk",
    [
        task("1", "t" * 257),
        task("1", "t", "done"),
        task("", "t"),
        task("1", "t", sources=[{"type": "url"}]),
        {"type": "plan_update", "title": ""},
        {"type": "song"},
        text(""),
    ],
)
async def test_chunks_have_a_form(pen: Pen, chunk: Json) -> None:
    assert (await pen.start(chunk)).error == "invalid_chunks"


async def test_a_style_is_kept(pen: Pen) -> None:
    both = await pen.start(text("x"), markdown_text="y")
    assert both.error == "cannot_provide_both_markdown_text_and_chunks"
    assert (await pen.start(markdown_text="x")).ok
    assert (await pen.append(text("y"))).error == "streaming_mode_mismatch"
    assert (await pen.append(markdown_text="y")).ok
    assert (await pen.append()).error == "no_text"
    assert (await pen.append(markdown_text="x" * 12_001)).error == "msg_too_long"


async def test_all_of_a_stream_has_eleven_kilobytes_then_never_anything_more(pen: Pen, ada: Person) -> None:
    await pen.start(text("ä" * 2500))
    assert (await pen.append(text("x" * 5000))).ok
    assert (await pen.append(task("1", "", details="d"))).error == "invalid_chunks"
    assert (await pen.append(task("1", "t", details="d" * 500))).error == "msg_too_long", "details count double"
    assert (await pen.append(text("x"))).error == "msg_too_long", "for ever, even for what would fit"
    assert (await pen.stop(text("x"))).error == "msg_too_long"
    assert (await pen.stop()).ok


async def test_a_stream_has_fifty_cards(pen: Pen) -> None:
    await pen.start(*[task(str(number), "t") for number in range(50)])
    assert (await pen.append(task("0", "again"))).ok
    assert (await pen.append(task("50", "t"))).error == "invalid_chunks"


async def test_a_stream_lives_five_minutes_whatever_it_does(
    pen: Pen, slack: FakeSlack, ada: Person, asked: Message, clock: VirtualClock
) -> None:
    await pen.start(text("so far"))
    message = ada.sees(slack.world.channels[asked.channel_id], asked)[-1]
    await clock.advance(299)
    assert (await pen.append(text(" so good"))).ok
    assert (await pen.update("x")).error == "streaming_state_conflict"
    await clock.advance(1)
    for late in (await pen.append(text("!")), await pen.stop(text("!"))):
        assert late.error == "message_not_in_streaming_state"
    assert ada.is_broken(message)
    assert (await pen.update("so far so good!")).ok
    assert (ada.is_broken(message), ada.text(message)) == (False, "so far so good!")


async def test_only_the_recipient_sees_a_stream_in_a_channel_live(
    raw: Raw, slack: FakeSlack, app: App, ada: Person, bob: Person, general: Channel
) -> None:
    root = ada.post(general, f"{app.mention} go")
    bare = Pen(raw, root)
    assert (await bare.start(text("x"))).error == "missing_recipient_user_id"
    assert (await bare.start(text("x"), recipient_user_id=ada.id)).error == "missing_recipient_team_id"
    pen = Pen(raw, root, recipient_user_id=ada.id, recipient_team_id=ada.user.team_id)
    await pen.start(text("first"))
    await pen.append(text(" second"))
    assert (seen(ada, root, slack), seen(bob, root, slack)) == ("first second", "first")
    await pen.stop()
    assert seen(bob, root, slack) == "first second"


async def test_a_dm_needs_a_thread_and_no_recipient(raw: Raw, app: App, ada: Person) -> None:
    top = await raw.call("chat.startStream", channel=ada.dm(app).id, chunks=[text("x")])
    assert top.error == "invalid_thread_ts"


async def test_blocks_come_in_chunks_and_at_the_end(pen: Pen) -> None:
    divider = {"type": "divider"}
    assert (await pen.start({"type": "blocks", "blocks": [divider] * 50})).ok
    assert (await pen.append({"type": "blocks", "blocks": [divider]})).error == "invalid_chunks"
    assert (await pen.stop(blocks=[divider] * 51)).error == "invalid_blocks"
    assert (await pen.stop(blocks=[divider] * 50)).ok


async def test_a_workspace_may_refuse_streams(pen: Pen, slack: FakeSlack) -> None:
    slack.streams.refusal = "feature_not_enabled"
    assert (await pen.start(text("x"))).error == "feature_not_enabled"


async def test_a_stream_opens_a_session_and_stop_halts_it(
    pen: Pen, slack: FakeSlack, app: App, ada: Person, asked: Message
) -> None:
    channel = ada.dm(app)
    assert ada.status(app, channel, asked) == ""
    await pen.start(text("on and on"))
    assert ada.status(app, channel, asked) == "processing"
    ada.stop(app, channel, asked)
    (told,) = slack.deliveries.events("agent_session_stopped")
    assert told.event | {"event_ts": ""} == {
        "type": "agent_session_stopped",
        "channel": channel.id,
        "user": ada.id,
        "thread_ts": asked.ts,
        "streaming_message_ts": [pen.ts],
        "event_ts": "",
    }
    assert ada.status(app, channel, asked) == "processing", "the status is the app's to change"
    assert (await pen.append(text("."))).error == "message_not_in_streaming_state"
    assert (await pen.update("on and on (stopped)")).ok


async def test_stopping_sets_the_status_of_the_session(
    pen: Pen, raw: Raw, app: App, ada: Person, asked: Message
) -> None:
    await pen.start(text("x"))
    assert (await pen.stop(session_status="odd")).error == "invalid_arguments"
    assert (await pen.stop(session_status="processing")).ok
    assert ada.status(app, ada.dm(app), asked) == "processing"
    await pen.start(text("x"))
    await pen.stop()
    assert ada.status(app, ada.dm(app), asked) == ""


async def test_nobody_else_writes_into_a_stream(
    pen: Pen, raw: Raw, slack: FakeSlack, acme: Workspace, ada: Person, general: Channel
) -> None:
    root = ada.post(general, "go")
    other = slack.app(acme)
    ada.invite(general, other)
    mine = Pen(raw, root, recipient_user_id=ada.id, recipient_team_id=ada.user.team_id)
    await mine.start(text("x"))
    theirs = await raw.call(
        "chat.appendStream", token=other.token, channel=general.id, ts=mine.ts, chunks=[text("y")]
    )
    assert theirs.error == "message_not_owned_by_app"
    posted = await raw.call("chat.postMessage", channel=general.id, text="plain")
    mine.ts = posted["ts"]
    assert (await mine.append(text("x"))).error == "message_not_in_streaming_state"

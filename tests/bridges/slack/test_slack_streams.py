"""Streams against the fake Slack over TCP: whatever becomes of one, no word is lost and none stands twice."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.sending import NONCE, Sender, chunk, sending, shown, stop, stream, target
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel, Message
from trunkline.bridge import Post, Target
from trunkline.errors import PlatformError, RateLimited, TargetGone, Unconfirmed
from trunkline.messages import Json
from trunkline_bridges.slack.sending.streams import read_log

BUTTONS: Json = {
    "type": "actions",
    "elements": [{"type": "button", "action_id": "tl:retry:1:0", "text": {"type": "plain_text", "text": "Retry"}}],
}


@pytest.fixture
async def sender(slack: FakeSlack, app: App, clock: VirtualClock) -> AsyncIterator[Sender]:
    async with sending(slack, app, clock) as made:
        yield made


@pytest.fixture
def asked(ada: Person, app: App) -> Message:
    return ada.post(ada.dm(app), "tell me")


@pytest.fixture
def place(slack: FakeSlack, asked: Message, clock: VirtualClock) -> Target:
    return target(slack, asked, clock, native=True)


def answers(ada: Person, slack: FakeSlack, asked: Message) -> list[str]:
    return ada.texts(slack.world.channels[asked.channel_id], asked)[1:]


def newest(slack: FakeSlack, asked: Message) -> Message:
    return slack.world.thread(slack.world.channels[asked.channel_id], asked.ts)[-1]


def methods(slack: FakeSlack) -> list[str]:
    return [call.method.removeprefix("chat.") for call in slack.calls]


class Writer:
    """One post and what stands of it."""

    def __init__(self, sender: Sender, place: Target) -> None:
        self.sender = sender
        self.place = place
        self.post = stream()
        self.ts = ""

    async def start(self, *log: dict[str, Json]) -> None:
        self.post = stream(*log)
        self.ts = await self.sender.streams.start(self.place, self.post, NONCE)

    async def append(self, *log: dict[str, Json]) -> None:
        grown = self.grown(*log)
        await self.sender.streams.append(self.place, shown(self.ts, self.post), grown)
        self.post = grown

    def grown(self, *log: dict[str, Json]) -> Post:
        more, before = stream(*log), self.post
        words = f"{before.body['text']}{more.body['text']}"
        body: dict[str, Json] = {"text": words, "blocks": [{"type": "markdown", "text": words}]}
        return Post(before.key, body, mutability="append", text=before.text + more.text)


@pytest.fixture
def writer(sender: Sender, place: Target) -> Writer:
    return Writer(sender, place)


def test_pieces_of_text_are_one_chunk() -> None:
    task: dict[str, Json] = {"type": "task_update", "id": "1", "title": "Look", "status": "complete"}
    read = read_log(stream(chunk("a"), chunk("b\u2028c"), task, chunk("d"), stop(BUTTONS)).text)
    assert read.chunks == (chunk("ab\u2028c"), task, chunk("d"))
    assert read.stop == stop(BUTTONS)
    assert read_log("") == read_log("\n")


async def test_a_stream_grows_and_stops(writer: Writer, slack: FakeSlack, ada: Person, asked: Message) -> None:
    await writer.start(chunk("Hello"))
    assert ada.is_live(newest(slack, asked))
    await writer.append(chunk(", "), chunk("Ada"))
    assert answers(ada, slack, asked) == ["Hello, Ada"]
    await writer.append(chunk("!"), stop(BUTTONS))
    message = newest(slack, asked)
    assert answers(ada, slack, asked) == ["Hello, Ada!\nRetry"]
    assert message.stream is not None
    assert message.stream.state == "stopped"
    assert message.metadata == {"event_type": "trunkline_post", "event_payload": {"nonce": NONCE}}
    assert methods(slack) == ["startStream", "appendStream", "stopStream"]
    assert writer.sender.noted == ["processing", "active"]


async def test_a_rolled_over_stream_leaves_the_session_at_work(
    writer: Writer, slack: FakeSlack, app: App, asked: Message
) -> None:
    await writer.start(chunk("Hello"))
    await writer.append(stop(status="processing"))
    session = slack.agents.session(app, slack.world.channels[asked.channel_id], asked.ts)
    assert session is not None
    assert session.status == "processing"


async def test_what_is_finished_is_posted_whole(
    writer: Writer, slack: FakeSlack, ada: Person, asked: Message
) -> None:
    await writer.start(chunk("Done"), stop())
    assert answers(ada, slack, asked) == ["Done"]
    assert methods(slack) == ["postMessage"]


async def test_in_a_channel_the_asker_is_named(
    sender: Sender, slack: FakeSlack, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    writer = Writer(sender, target(slack, ada.post(general, "hi"), clock, native=True))
    await writer.start(chunk("Hello"))
    (call,) = slack.made("chat.startStream")
    assert (call.args["recipient_user_id"], call.args["recipient_team_id"]) == (ada.id, ada.user.team_id)


async def test_a_stream_that_expired_is_shown_whole(
    writer: Writer, slack: FakeSlack, clock: VirtualClock, ada: Person, asked: Message
) -> None:
    await writer.start(chunk("One, "))
    await clock.advance(301)
    await writer.append(chunk("two, "))
    assert answers(ada, slack, asked) == ["One, two, "]
    assert not ada.is_broken(newest(slack, asked))
    await writer.append(chunk("three."), stop())
    assert answers(ada, slack, asked) == ["One, two, three."]
    assert methods(slack) == ["startStream", "appendStream", "update", "update"]
    assert newest(slack, asked).metadata is not None


@pytest.mark.parametrize("lost_before", [True, False])
async def test_a_lost_answer_doubles_nothing(
    writer: Writer, slack: FakeSlack, ada: Person, asked: Message, lost_before: bool
) -> None:
    await writer.start(chunk("One, "))
    (slack.faults.drop if lost_before else slack.faults.lose)("chat.appendStream")
    await writer.append(chunk("two, "))
    assert answers(ada, slack, asked) == ["One, two, "]
    await writer.append(chunk("three."), stop())
    assert answers(ada, slack, asked) == ["One, two, three."]
    assert not ada.is_live(newest(slack, asked))


async def test_a_lost_stop_doubles_nothing(writer: Writer, slack: FakeSlack, ada: Person, asked: Message) -> None:
    await writer.start(chunk("One, "))
    slack.faults.lose("chat.stopStream")
    await writer.append(chunk("two."), stop())
    assert answers(ada, slack, asked) == ["One, two."]
    assert len(slack.world.thread(slack.world.channels[asked.channel_id], asked.ts)) == 2


async def test_a_stream_that_slack_does_not_end_goes_and_is_to_be_posted_anew(
    writer: Writer, slack: FakeSlack, ada: Person, asked: Message
) -> None:
    await writer.start(chunk("One, "))
    # The stop with all that belongs to it, then the one that is nothing else.
    slack.faults.error("chat.stopStream", "msg_too_long", times=2)
    with pytest.raises(TargetGone):
        await writer.append(chunk("two."), stop())
    assert answers(ada, slack, asked) == []


async def test_all_answers_lost_and_then_none(
    writer: Writer, slack: FakeSlack, ada: Person, asked: Message
) -> None:
    await writer.start(chunk("One, "))
    slack.faults.error("chat.*", 500, times=3)
    # The stop and what was to end the stream instead, then that once more.
    for _ in range(2):
        with pytest.raises(PlatformError) as raised:
            await writer.append(chunk("two."), stop())
        assert raised.value.retryable
        assert not isinstance(raised.value, Unconfirmed), "what stands would count as unknown"
    await writer.append(chunk("two."), stop())
    assert answers(ada, slack, asked) == ["One, two."]


async def test_a_full_stream_is_shown_whole(writer: Writer, slack: FakeSlack, ada: Person, asked: Message) -> None:
    await writer.start(chunk("x" * 8000))
    await writer.append(chunk("y" * 3500))
    assert answers(ada, slack, asked) == ["x" * 8000 + "y" * 3500]
    await writer.append(chunk("z"), stop())
    assert answers(ada, slack, asked) == ["x" * 8000 + "y" * 3500 + "z"]


async def test_a_rate_limit_is_waited_for(writer: Writer, slack: FakeSlack, ada: Person, asked: Message) -> None:
    await writer.start(chunk("One, "))
    slack.faults.rate_limit("chat.appendStream", 7.0)
    with pytest.raises(RateLimited) as limited:
        await writer.append(chunk("two."))
    assert limited.value.retry_after == 7.0
    assert ada.is_live(newest(slack, asked)), "the stream goes on afterwards"
    assert answers(ada, slack, asked) == ["One, "]


async def test_slack_stopped_it_already(
    writer: Writer, slack: FakeSlack, app: App, ada: Person, asked: Message
) -> None:
    await writer.start(chunk("One, "))
    ada.stop(app, slack.world.channels[asked.channel_id], asked)
    await writer.append(chunk("two."), stop())
    assert answers(ada, slack, asked) == ["One, two."]
    assert writer.sender.noted == ["processing"], "its status is still to be told"


async def test_of_a_stream_that_slack_stopped_only_the_message_is_changed(
    writer: Writer, slack: FakeSlack, app: App, ada: Person, asked: Message
) -> None:
    await writer.start(chunk("One, "))
    ada.stop(app, slack.world.channels[asked.channel_id], asked)
    writer.sender.streams.halted(writer.place, writer.ts)
    await writer.append(chunk("two."), stop())
    assert answers(ada, slack, asked) == ["One, two."]
    assert methods(slack) == ["startStream", "update"]


@pytest.mark.parametrize("refusal", ["feature_not_enabled", "method_deprecated", "unknown_method"])
async def test_a_refusal_for_good_is_latched_in_its_workspace(
    writer: Writer, slack: FakeSlack, ada: Person, asked: Message, place: Target, refusal: str
) -> None:
    slack.streams.refusal = refusal
    await writer.start(chunk("One, "))
    await writer.append(chunk("two."))
    await writer.append(stop())
    assert answers(ada, slack, asked) == ["One, two."]
    assert methods(slack) == ["startStream", "postMessage", "update", "update"]
    assert not writer.sender.streams.tried(place)
    assert writer.sender.streams.tried({**place, "team": "T2"}), "another workspace is asked for itself"
    assert writer.sender.streams.tried({**place, "native": False}) is False


async def test_a_refusal_of_one_message_latches_nothing(
    writer: Writer, slack: FakeSlack, ada: Person, asked: Message, place: Target
) -> None:
    slack.faults.error("chat.startStream", "invalid_chunks")
    await writer.start(chunk("One"))
    assert answers(ada, slack, asked) == ["One"]
    assert writer.sender.streams.tried(place)
    assert not writer.sender.streams.grows(place), "the message is changed as a whole"


async def test_slack_connect_refuses_for_that_person_alone(
    sender: Sender, slack: FakeSlack, general: Channel, clock: VirtualClock, ada: Person
) -> None:
    other = slack.workspace("globex")
    eve = other.person("eve")
    Workspace.connect(other, general, eve)
    theirs = target(slack, eve.post(general, "hi"), clock, native=True)
    slack.faults.error("chat.startStream", "team_not_found")
    writer = Writer(sender, theirs)
    await writer.start(chunk("One, "))
    await writer.append(chunk("two."), stop())
    assert ada.texts(general, slack.world.thread(general, str(theirs["thread"]))[0])[1:] == ["One, two."]
    assert not sender.streams.tried(theirs)
    assert sender.streams.tried(target(slack, ada.post(general, "hi"), clock, native=True))


async def test_a_lost_start_is_the_callers_to_look_up(writer: Writer, slack: FakeSlack) -> None:
    slack.faults.lose("chat.startStream")
    with pytest.raises(Unconfirmed):
        await writer.start(chunk("One"))
    assert methods(slack) == ["startStream"], "nothing else is posted meanwhile"


async def test_a_deleted_stream_is_gone(writer: Writer, slack: FakeSlack, acme: Workspace, asked: Message) -> None:
    await writer.start(chunk("One"))
    acme.remove(newest(slack, asked))
    with pytest.raises(TargetGone):
        await writer.append(chunk("two"))


async def test_a_beginning_that_changed_is_shown_whole(
    writer: Writer, slack: FakeSlack, ada: Person, asked: Message, place: Target
) -> None:
    await writer.start(chunk("Wrong"))
    await writer.sender.streams.show_all(place, writer.ts, stream(chunk("Right"), stop()))
    assert answers(ada, slack, asked) == ["Right"]
    assert methods(slack) == ["startStream", "stopStream", "update"], "a message is not changed while it streams"


async def test_a_stream_of_an_earlier_life_is_ended_first(
    writer: Writer, slack: FakeSlack, app: App, clock: VirtualClock, ada: Person, asked: Message, place: Target
) -> None:
    await writer.start(chunk("Half"))
    async with sending(slack, app, clock) as reborn:
        await reborn.streams.show_all(place, writer.ts, stream(chunk("Whole"), stop()))
    assert answers(ada, slack, asked) == ["Whole"]
    assert methods(slack) == ["startStream", "update", "stopStream", "update"]


async def test_where_streams_would_have_to_wait_replies_are_messages(
    sender: Sender, place: Target, slack: FakeSlack, clock: VirtualClock
) -> None:
    begun = 0
    while sender.streams.tried(place):
        await sender.streams.start(place, stream(chunk("a")), f"n{begun}")
        begun += 1
    assert 10 <= begun < 20
    writer = Writer(sender, place)
    await writer.start(chunk("Hello"))
    await writer.append(chunk(", Ada"), stop(BUTTONS))
    assert methods(slack)[-2:] == ["postMessage", "update"]
    assert not sender.streams.grows(place)
    await clock.advance(60.0)
    await writer.start(chunk("Hello again"))
    assert methods(slack)[-1] == "startStream"
    assert sender.streams.grows(place)

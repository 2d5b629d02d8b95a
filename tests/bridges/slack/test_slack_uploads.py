"""Files of posts: where they come to stand, when a create is done, and what stands where a file cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.shelved import kept, picture
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.sending import NONCE, bridge_of, shown, target
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Message
from trunkline.attaching import File as Drawable
from trunkline.bridge import Post, Target
from trunkline.errors import RateLimited, Unconfirmed
from trunkline.messages import Json
from trunkline_bridges.slack.bridge import SlackBridge
from trunkline_bridges.slack.drawing.files import posts as drawn_posts
from trunkline_bridges.slack.sending.uploads import gather, shared_as

GONE = "0" * 64
SAID: Json = {"type": "context", "elements": [{"type": "mrkdwn", "text": "Some noise"}]}


@pytest.fixture
def free() -> VirtualClock:
    """Waiting for Slack's work costs nothing."""
    return VirtualClock(free=True)


@pytest.fixture
async def bridge(slack: FakeSlack, app: App, free: VirtualClock, shelf: FolderShelf) -> AsyncIterator[SlackBridge]:
    made = bridge_of(slack, app, free, shelf)
    yield made
    await made.close()


@pytest.fixture
def asked(ada: Person, app: App) -> Message:
    return ada.post(ada.dm(app), "draw me something")


@pytest.fixture
def place(slack: FakeSlack, asked: Message, clock: VirtualClock) -> Target:
    return target(slack, asked, clock, native=True)


def files(*given: dict[str, Json], text: str = "", **body: Json) -> Post:
    return Post("file:0", {"text": text, "files": list(given), **body}, mutability="fixed", final=True)


def answer(slack: FakeSlack, asked: Message) -> list[Message]:
    return slack.world.thread(slack.world.channels[asked.channel_id], asked.ts)[1:]


async def test_a_file_is_shared_in_the_thread(
    bridge: SlackBridge, slack: FakeSlack, shelf: FolderShelf, asked: Message, place: Target
) -> None:
    sha = await kept(shelf, b"%PDF-1.4 hello")
    post = files({"name": "a.pdf", "alt": "a paper", "sha256": sha}, text="The paper", blocks=[SAID])
    ts = await bridge.create(place, post, NONCE, ())
    (message,) = answer(slack, asked)
    assert (message.ts, message.text, message.thread_ts) == (ts, "The paper", asked.ts)
    assert [(one.name, one.content, one.alt_text) for one in message.files] == [
        ("a.pdf", b"%PDF-1.4 hello", "a paper")
    ]


async def test_a_create_returns_when_its_message_is_there(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    slack.files.slow = True
    task = asyncio.create_task(bridge.create(place, files({"name": "a.txt", "text": "hi"}), NONCE, ()))
    await slack.world.until(lambda: slack.count("files.info") >= 3)
    assert not task.done()
    slack.files.process()
    assert await task == answer(slack, asked)[0].ts


async def test_pictures_stand_in_blocks(
    bridge: SlackBridge, slack: FakeSlack, shelf: FolderShelf, ada: Person, asked: Message, place: Target
) -> None:
    sha = await kept(shelf, picture())
    post = files({"name": "a.png", "alt": "noise", "sha256": sha}, text="Some noise", blocks=[SAID])
    ts = await bridge.create(place, post, NONCE, ())
    (message,) = answer(slack, asked)
    assert (message.ts, message.text) == (ts, "Some noise")
    assert [one.content for one in ada.files(message)] == [picture()]
    assert [(one["type"], one.get("alt_text")) for one in message.blocks] == [
        ("image", "noise"),
        ("context", None),
    ]
    assert message.metadata is not None, "such a message is found by its nonce"


async def test_pictures_stand_where_blocks_name_them(
    bridge: SlackBridge, slack: FakeSlack, shelf: FolderShelf, asked: Message, place: Target
) -> None:
    sha = await kept(shelf, picture())
    named = [Drawable("a.png", {"sha256": sha, "mime": "image/png"}, 9, "noise", "So noisy", picture=True)]
    gone = Drawable("b.png", {"sha256": "0" * 64, "mime": "image/png"}, 9, "gone", picture=True)
    (post,) = drawn_posts([*named, gone])
    await bridge.create(place, post, NONCE, ())
    (message,) = answer(slack, asked)
    image, told = message.blocks
    assert (image["type"], image["alt_text"], image["title"]["text"]) == ("image", "noise", "So noisy")
    assert "b.png" in told["elements"][0]["text"]


async def test_blocks_wait_until_the_picture_is_ready(
    bridge: SlackBridge, slack: FakeSlack, shelf: FolderShelf, asked: Message, place: Target
) -> None:
    slack.files.slow = True
    post = files({"name": "a.png", "sha256": await kept(shelf, picture())}, text="x")
    task = asyncio.create_task(bridge.create(place, post, NONCE, ()))
    await slack.world.until(lambda: slack.count("files.info") >= 3)
    assert not answer(slack, asked)
    slack.files.process()
    await task
    assert len(answer(slack, asked)) == 1


async def test_pictures_that_slack_does_not_show_are_shared(
    bridge: SlackBridge, slack: FakeSlack, shelf: FolderShelf, asked: Message, place: Target
) -> None:
    slack.faults.error("chat.postMessage", "invalid_blocks")
    post = files({"name": "a.png", "sha256": await kept(shelf, picture())}, text="Noise", blocks=[SAID])
    ts = await bridge.create(place, post, NONCE, ())
    (message,) = answer(slack, asked)
    assert (message.ts, message.text, [one.content for one in message.files]) == (ts, "Noise", [picture()])


async def test_pictures_and_other_files_are_one_post(
    bridge: SlackBridge, slack: FakeSlack, shelf: FolderShelf, asked: Message, place: Target
) -> None:
    sha = await kept(shelf, picture())
    post = files({"name": "a.png", "sha256": sha}, {"name": "b.txt", "text": "b"}, text="x", blocks=[SAID])
    made = await bridge.create(place, post, NONCE, ())
    assert made.split("+") == [one.ts for one in answer(slack, asked)]
    assert [one.text for one in answer(slack, asked)] == ["x", ""], "it is said once"
    await bridge.delete(place, shown(made, post))
    assert not answer(slack, asked)


async def test_a_file_that_is_gone_is_its_sentence(
    bridge: SlackBridge, slack: FakeSlack, shelf: FolderShelf, asked: Message, place: Target
) -> None:
    missing: dict[str, Json] = {"name": "a.png", "sha256": GONE}
    await bridge.create(place, files(missing, text="📎 a.png"), NONCE, ())
    (message,) = answer(slack, asked)
    assert message.text == "The file a.png is no longer held."
    assert not any(call.method.startswith("files.") for call in slack.calls)
    there: dict[str, Json] = {"name": "b.png", "sha256": await kept(shelf, picture())}
    await bridge.create(place, files(missing, there, text="📎 both"), NONCE[::-1], ())
    half = answer(slack, asked)[1]
    assert half.text == "📎 both\nThe file a.png is no longer held."
    assert [one["type"] for one in half.blocks] == ["image", "context"]


async def test_a_lost_third_step_is_looked_up(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    slack.faults.lose("files.completeUploadExternal")
    post = files({"name": "a.txt", "text": "hi"})
    with pytest.raises(Unconfirmed):
        await bridge.create(place, post, NONCE, ())
    assert await bridge.find(place, NONCE, ()) == answer(slack, asked)[0].ts


async def test_a_third_step_that_never_was_is_made_again(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    slack.faults.drop("files.completeUploadExternal")
    post = files({"name": "a.txt", "text": "hi"})
    with pytest.raises(Unconfirmed):
        await bridge.create(place, post, NONCE, ())
    assert await bridge.find(place, NONCE, ()) is None
    await bridge.create(place, post, NONCE, ())
    assert len(answer(slack, asked)) == 1
    assert slack.count("files.getUploadURLExternal") == 1, "the bytes were there already"


async def test_a_slow_share_is_not_shared_twice(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    slack.files.slow = True
    slack.faults.lose("files.completeUploadExternal")
    post = files({"name": "a.txt", "text": "hi"})
    with pytest.raises(Unconfirmed):
        await bridge.create(place, post, NONCE, ())
    assert await bridge.find(place, NONCE, ()) is None
    task = asyncio.create_task(bridge.create(place, post, NONCE, ()))
    await slack.world.until(lambda: slack.count("files.completeUploadExternal") == 2)
    slack.files.process()
    assert await task == answer(slack, asked)[0].ts
    assert len(answer(slack, asked)) == 1


async def test_a_message_that_does_not_come_is_looked_for_later(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    slack.files.slow = True
    with pytest.raises(Unconfirmed):
        await bridge.create(place, files({"name": "a.txt", "text": "hi"}), NONCE, ())
    slack.files.process()
    assert await bridge.find(place, NONCE, ()) == answer(slack, asked)[0].ts


async def test_after_a_limit_nothing_is_uploaded_again(
    bridge: SlackBridge, slack: FakeSlack, shelf: FolderShelf, place: Target, free: VirtualClock
) -> None:
    post = files({"name": "a.png", "sha256": await kept(shelf, picture())}, text="x")
    slack.faults.rate_limit("chat.postMessage", 5.0)
    with pytest.raises(RateLimited):
        await bridge.create(place, post, NONCE, ())
    await free.sleep(5.0)
    await bridge.create(place, post, NONCE, ())
    assert slack.count("files.getUploadURLExternal") == 1


async def test_without_the_scope_to_look_the_file_is_the_id(
    slack: FakeSlack, acme: Workspace, ada: Person, free: VirtualClock, shelf: FolderShelf
) -> None:
    app = slack.app(acme, scopes=("chat:write", "files:write"))
    asked = ada.post(ada.dm(app), "hi")
    bridge = bridge_of(slack, app, free, shelf)
    where, post = target(slack, asked, free), files({"name": "a.txt", "text": "hi"})
    try:
        made = await bridge.create(where, post, NONCE, ())
        (file,) = answer(slack, asked)[0].files
        assert made == file.id
        await bridge.delete(where, shown(made, post))
        assert not answer(slack, asked)[0].files
    finally:
        await bridge.close()


@pytest.mark.parametrize(
    ("error", "reason"),
    [("storage_limit_reached", "no room for more files"), ("missing_scope", "lacks the scope")],
)
async def test_where_files_are_not_taken_a_message_says_so(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target, error: str, reason: str
) -> None:
    slack.faults.error("files.getUploadURLExternal", error)
    await bridge.create(place, files({"name": "a.txt", "text": "hi"}), NONCE, ())
    (message,) = answer(slack, asked)
    assert message.text.startswith("a.txt is not shown.")
    assert reason in message.text


async def test_a_large_file_is_sent_piece_by_piece(bridge: SlackBridge, slack: FakeSlack, place: Target) -> None:
    await bridge.create(place, files({"name": "a.html", "text": "x" * 3_000_000}), NONCE, ())
    assert [len(file.content) for file in slack.world.files.values()] == [3_000_000]


async def test_pictures_shrink_and_plots_are_drawn(shelf: FolderShelf) -> None:
    large = await kept(shelf, picture(200))
    chart = {"type": "altair", "plot": "not a chart"}
    gathered = await gather(
        [
            {"name": "a.png", "sha256": large, "shrink": True, "limit": 20_000},
            {"name": "b.png", "sha256": large, "limit": 20_000},
            {"name": "c.png", "plot": chart},
            {"name": "d.txt", "text": ""},
            {"name": "e.png", "sha256": GONE, "otherwise": "There was a picture."},
        ],
        shelf,
    )
    assert list(gathered.parts) == ["a.png"]
    assert len(gathered.parts["a.png"].data) <= 20_000
    assert gathered.lines[0] == "The file b.png is larger than Slack takes."
    assert gathered.lines[1].startswith("The plot c.png could not be drawn: ")
    assert gathered.lines[2:] == ("The file d.txt is empty.", "There was a picture.")


def test_shares_are_read_by_channel() -> None:
    shares = {"public": {"C1": [{"ts": "1.0"}, {"ts": "3.0"}]}, "private": {"D1": [{"ts": "2.0"}]}}
    assert (shared_as({"shares": shares}, "C1"), shared_as({"shares": shares}, "D1")) == ("3.0", "2.0")
    assert shared_as({"shares": shares}, "C2") == shared_as({}, "C1") == ""

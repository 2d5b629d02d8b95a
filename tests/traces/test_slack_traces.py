"""Golden traces of the Slack bridge in virtual time: what the app shows and people do in, exact calls out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from contract.slack import SlackHarness
from fakes.backend import reply
from fakes.slack.blocks import walk
from fakes.slack.calls import Call
from fakes.slack.posting import interactive
from fakes.slack.readable import readable
from fakes.slack.sending import change
from fakes.slack.virtual import Virtual, virtual_slack
from fakes.slack.world import Message as Standing
from traces.recording import Trace, compare
from traces.streaming import Steps, growing, running
from trunkline.bridge import Target
from trunkline.delivery import Delivery
from trunkline.messages import Message, Reply, Text, Thought

_LONGEST = 90
_QUIET = frozenset({"channel", "channel_id", "unfurl_links", "unfurl_media", "attachments"})


def told(call: Call) -> str:
    """A call: what was asked for, what became of it, and what was in it."""
    answer = call.answer
    outcome = "no answer" if answer is None else "ok" if answer["ok"] else str(answer.get("error") or call.status)
    shown = [(key, value) for key, value in call.args.items() if key not in _QUIET and value not in ("", [], None)]
    return "".join(
        (f"{call.method} = {outcome}", *(f"\n             {key}: {_short(key, one)}" for key, one in shown))
    )


def _short(key: str, value: Any) -> str:
    if key == "metadata":
        return "with its nonce"
    if key in ("blocks", "chunks"):
        return " / ".join(_part(one) for one in value)
    return _words(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _words(text: str) -> str:
    cut = text if len(text) <= _LONGEST else f"{text[:40]} … {text[-40:]} ({len(text)} characters)"
    return json.dumps(cut, ensure_ascii=False)


def _part(part: Mapping[str, Any]) -> str:
    """A block, or a chunk of a stream."""
    if part["type"] == "task_update":
        more = {key: value for key, value in part.items() if key != "type"}
        return f"task {json.dumps(more, ensure_ascii=False, sort_keys=True)}"
    if part["type"] in ("actions", "context_actions"):
        return " ".join(_control(one) for block in walk([dict(part)]) for one in interactive(block))
    words = str(part["text"]) if isinstance(part.get("text"), str) else readable([dict(part)])
    return f"{part['type']} {_words(words)}"


def _control(element: Mapping[str, Any]) -> str:
    text = (
        element.get("text") or element.get("placeholder") or element.get("positive_button", {}).get("text") or {}
    )
    return f"[{text.get('text', '…')} → {element.get('action_id', '')}]"


class Told:
    """A place with its trace."""

    def __init__(self, place: Virtual) -> None:
        self.place = place
        self.trace = Trace(place.began, place.slack.calls, told)
        self.trace.name(place.general.id, "general")
        self.trace.name(place.acme.id, "acme")
        self.trace.name(place.ann.id, "ann")
        self.question: Standing

    def say(self, text: str) -> None:
        self.trace.event(self.place.clock.now(), text)

    def asked(self, text: str, *, direct: bool = False) -> Target:
        self.question, target = self.place.asked(text, direct=direct)
        self.trace.name(self.question.ts, "question")
        self.say(f"ann asks{' directly' if direct else ''}: {text}")
        return target

    async def stream(
        self, target: Target, steps: Steps, acts: Mapping[str, Callable[[], object]] = {}
    ) -> Delivery:
        """Show the snapshots in their time; returns when the final stands. `acts` go with what is noted."""
        delivery, bridge = self.place.delivery(target), self.place.bridge

        async def shown() -> None:
            await bridge.turn_changed(target, change("running", self.question.text))
            for seconds, note, snapshot in steps:
                await self.place.clock.sleep(seconds)
                self.say(note)
                if note in acts:
                    acts[note]()
                delivery.show(snapshot)
            await delivery.finish(steps[-1][2])
            self.say("the final stands")
            await bridge.turn_changed(target, change("delivered"))

        async def both() -> None:
            async with asyncio.TaskGroup() as tasks:
                bridge._presence.live(tasks)
                tasks.create_task(delivery.run())
                tasks.create_task(shown())

        await self.place.run(asyncio.ensure_future(both()))
        return delivery

    def stands(self) -> list[str]:
        """What Ann reads, without the controls."""
        channel = self.place.slack.world.channels[self.question.channel_id]
        thread = self.place.slack.world.thread(channel, self.question.ts)[1:]
        return [self._said(message) for message in thread]

    def _said(self, message: Standing) -> str:
        blocks = self.place.ann.blocks(message)
        return readable([one for one in blocks if one["type"] not in ("actions", "context_actions", "context")])

    def nothing_is_open(self) -> None:
        """No stream grows any more or was left broken, and nobody is shown as at work."""
        ann, world = self.place.ann, self.place.slack.world
        channel = world.channels[self.question.channel_id]
        for message in world.thread(channel, self.question.ts):
            assert not ann.is_live(message)
            assert not ann.is_broken(message)
        session = self.place.slack.agents.session(self.place.app, channel, self.question.ts)
        assert session is None or session.status == "active"

    def compare(self, name: str) -> None:
        compare(f"slack/{name}", self.trace.text())


@pytest.fixture
async def told_of(tmp_path: Path) -> AsyncIterator[Told]:
    async with virtual_slack(tmp_path) as place:
        yield Told(place)


def numbered(count: int) -> str:
    return " ".join(f"word{n}" for n in range(count))


def paragraphs(count: int) -> str:
    return "\n\n".join(f"Paragraph {number}. " + "All work and no play. " * 40 for number in range(count))


async def test_a_stream(told_of: Told) -> None:
    await told_of.stream(told_of.asked("count", direct=True), growing(6.0))
    assert told_of.stands() == [numbered(12)]
    told_of.nothing_is_open()
    told_of.compare("stream")


async def test_a_channel_is_edited(told_of: Told) -> None:
    await told_of.stream(told_of.asked("count"), growing(6.0))
    assert told_of.stands() == [numbered(12)]
    told_of.compare("channel")


async def test_a_stream_is_rolled_over_when_it_is_full(told_of: Told) -> None:
    steps = [(3.0, f"app: {count} paragraphs", running(paragraphs(count))) for count in (3, 8, 13, 20)]
    await told_of.stream(
        told_of.asked("tell me", direct=True), [*steps, (2.0, "app: final", reply(paragraphs(20)))]
    )
    assert len(told_of.stands()) >= 2
    assert "".join("".join(told_of.stands()).split()) == "".join(paragraphs(20).split())
    told_of.nothing_is_open()
    told_of.compare("rolled_over_full")


async def test_a_stream_is_rolled_over_when_it_is_old(told_of: Told) -> None:
    def lines(count: int) -> str:
        return "\n\n".join(f"Line {number}." for number in range(count))

    steps = [(20.0, f"app: {count} lines", running(lines(count))) for count in range(1, 21)]
    await told_of.stream(told_of.asked("slowly", direct=True), [*steps, (5.0, "app: final", reply(lines(20)))])
    assert len(told_of.stands()) == 2
    assert "".join("".join(told_of.stands()).split()) == "".join(lines(20).split())
    assert not any(call.args.get("error") for call in told_of.place.slack.calls)
    told_of.nothing_is_open()
    told_of.compare("rolled_over_old")


async def test_a_stream_expires_in_its_middle(told_of: Told) -> None:
    told_of.place.slack.streams.life_seconds = 3.0
    await told_of.stream(told_of.asked("count", direct=True), growing(8.0))
    assert told_of.stands() == [numbered(16)]
    told_of.nothing_is_open()
    told_of.compare("expired")


async def test_streams_are_refused(told_of: Told) -> None:
    told_of.place.slack.streams.refusal = "feature_not_enabled"
    await told_of.stream(told_of.asked("count", direct=True), growing(4.0))
    assert told_of.stands() == [numbered(8)]
    await told_of.stream(told_of.asked("again", direct=True), growing(2.0))
    assert told_of.stands() == [numbered(4)]
    assert told_of.place.slack.count("chat.startStream") == 1, "it is not tried again"
    told_of.compare("refused")


async def test_slacks_own_stop(told_of: Told) -> None:
    steps = growing(3.0)[:-1]
    text = steps[-1][2].text
    target = told_of.asked("count", direct=True)
    place = told_of.place

    def press() -> None:
        place.ann.stop(place.app, place.ann.dm(place.app), told_of.question)

    stopped = (0.1, "ann: Stop", reply(text, state="stopped"))
    await told_of.stream(target, [*steps, stopped], {"ann: Stop": press})
    assert told_of.stands() == [text]
    told_of.nothing_is_open()
    told_of.compare("native_stop")


async def test_our_own_stop_in_a_channel(told_of: Told) -> None:
    steps = growing(3.0)[:-1]
    text = steps[-1][2].text
    await told_of.stream(told_of.asked("count"), [*steps, (0.1, "ann: Stop", reply(text, state="stopped"))])
    assert told_of.stands() == [text]
    told_of.compare("stop")


async def test_a_429_storm(told_of: Told) -> None:
    faults = told_of.place.slack.faults
    target = told_of.asked("count", direct=True)
    faults.rate_limit("chat.startStream", 2.0, times=2)
    faults.rate_limit("chat.appendStream", 3.0, times=2)
    faults.rate_limit("chat.stopStream", 4.0)
    await told_of.stream(target, growing(12.0))
    assert told_of.stands() == [numbered(24)]
    told_of.nothing_is_open()
    told_of.compare("429_storm")


async def test_a_lost_post(told_of: Told) -> None:
    told_of.place.slack.faults.lose("chat.postMessage")
    await told_of.stream(told_of.asked("count"), growing(4.0))
    assert told_of.stands() == [numbered(8)]
    told_of.compare("lost_post")


async def test_a_lost_append(told_of: Told) -> None:
    target = told_of.asked("count", direct=True)
    told_of.place.slack.faults.lose("chat.appendStream")
    await told_of.stream(target, growing(4.0))
    assert told_of.stands() == [numbered(8)]
    told_of.nothing_is_open()
    told_of.compare("lost_append")


async def test_thoughts(told_of: Told) -> None:
    def thinking(*thoughts: Thought, text: str = "", state: str = "running") -> Reply:
        parts = (*thoughts, *([Text(text)] if text else []))
        return Reply((Message("assistant", parts),), state=state)  # type: ignore[arg-type]

    searching = Thought("Searching the web", status="pending", id="1")
    searched = Thought("Searched the web", (Text("Three results."),), "done", 2.1, id="1")
    steps: Steps = [
        (0.3, "app: searches", thinking(searching)),
        (2.1, "app: found, begins to answer", thinking(searched, text="It is")),
        (2.0, "app: final", thinking(searched, text="It is so.", state="final")),
    ]
    await told_of.stream(told_of.asked("is it so?", direct=True), steps)
    told_of.nothing_is_open()
    told_of.compare("thoughts")


async def test_slack_tells_again_after_a_restart(tmp_path: Path) -> None:
    """The whole service twice; the first life dies before it acknowledged. In real time: what is called."""
    harness = SlackHarness(tmp_path)
    harness.backend.script = lambda request, number: (
        ["Half", asyncio.Event()] if number == 1 else [reply("Whole.")]
    )
    await harness.start()
    slack = harness.slack
    held = slack.faults.hold("users.info")
    message = harness.person("Ann").post(harness.channel("general"), "hello")
    await harness.until(lambda: slack.count("users.info") > 0)
    await harness.kill()
    held.set()
    assert not slack.deliveries.events("message")[0].acknowledged
    harness.backend.script = lambda request, number: [reply("Whole.")]
    await harness.start()
    await harness.until(lambda: slack.deliveries.events("message")[0].acknowledged)
    await harness.until(lambda: [post.text for post in harness.posts()] == ["Whole."])
    await harness.settled()
    trace = Trace(0.0, ())
    trace.name(harness.channel("general").id, "general")
    trace.name(message.ts, "question")
    writes = sorted(told(call) for call in slack.calls if call.method in ("chat.postMessage", "chat.update"))
    text = "".join(f"{trace.named(line)}\n" for line in writes)
    again = slack.deliveries.events("message")[0]
    assert again.attempts > 1
    await harness.stop()
    compare("slack/told_again", text)

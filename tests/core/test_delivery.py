"""A delivery against a platform that limits, loses and refuses, on a clock that moves when told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from fakes.backend import profile, reply
from fakes.clock import VirtualClock, settle
from fakes.ledger import MemoryLedger
from fakes.platform import FakeBridge, FakePlatform, Traits, render
from trunkline.bridge import STATUS_KEY, Budget, Capabilities, Post, Shown, View
from trunkline.delivery import GIVE_UP_AFTER, Delivery, Pacer, Standing, make_nonce
from trunkline.errors import Forbidden, PlatformError, Unconfirmed
from trunkline.messages import Notice, Reply
from trunkline.retiring import redraw, remove

EDITING = Budget(interval=1.0)


class Overloaded(PlatformError):
    retryable = True


@dataclass
class Bench:
    """A delivery that runs, and everything around it."""

    traits: Traits = field(default_factory=lambda: Traits(budget=EDITING))
    standing: Sequence[Standing] = ()
    draw: Callable[..., tuple[Post, ...]] = render

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self.pacer = Pacer(self.clock)
        self.ledger = MemoryLedger()
        self.platform = FakePlatform(self.traits, self.clock.now)
        self.bridge = FakeBridge(self.platform)
        self.delivery = self.make()

    def make(self, turn: int = 1, channel: str = "general") -> Delivery:
        options = {"limit": self.traits.limit, "append": self.traits.capabilities.append}
        return Delivery(
            self.bridge,
            self.draw,
            View(profile(), turn=turn, target={"channel": channel}, options=options),
            ledger=self.ledger,
            pacer=self.pacer,
            clock=self.clock,
            standing=self.standing,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Delivery]:
        task = asyncio.create_task(self.delivery.run())
        try:
            yield self.delivery
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def show(self, text: str) -> None:
        self.delivery.show(reply(text, state="running"))
        await settle()

    def calls(self) -> list[tuple[str, str]]:
        return [(call.kind, call.text) for call in self.platform.calls]

    def texts(self) -> list[str]:
        return [post.text for post in self.platform.seen()]


async def test_intent_first_then_the_create_then_its_id() -> None:
    bench = Bench()
    async with bench.running() as delivery:
        await delivery.finish(reply("done"))
    assert bench.ledger.calls == ["intend text:0", "posted text:0"]
    assert bench.ledger.posts["text:0"][1] == bench.platform.seen()[0].id


async def test_edits_keep_the_interval_and_show_the_newest_only() -> None:
    bench = Bench()
    async with bench.running():
        for text in ("a", "ab", "abc", "abcd"):
            await bench.show(text)
        assert bench.calls() == [("create", "a")]
        await bench.clock.advance(0.99)
        assert len(bench.calls()) == 1
        await bench.clock.advance(0.01)
        assert bench.calls()[1:] == [("edit", "abcd")]


async def test_unchanged_text_costs_no_call() -> None:
    bench = Bench()
    async with bench.running():
        for _ in range(5):
            await bench.show("same")
            await bench.clock.advance(5)
    assert bench.calls() == [("create", "same")]


async def test_a_final_does_not_wait_for_the_interval() -> None:
    bench = Bench()
    async with bench.running() as delivery:
        await bench.show("a")
        await bench.show("ab")
        assert bench.clock.waiting
        await delivery.finish(reply("abc"))
        assert bench.calls()[1:] == [("edit", "abc")]
        assert bench.clock.now() == VirtualClock().now()


async def test_finals_have_room_that_previews_leave() -> None:
    bench = Bench(Traits(budget=Budget(calls=3, seconds=60.0, reserve=1)))
    async with bench.running() as delivery:
        for text in ("a", "ab", "abc", "abcd"):
            await bench.show(text)
        assert [text for _, text in bench.calls()] == ["a", "ab"]
        await delivery.finish(reply("final"))
    assert bench.texts() == ["final"]


async def test_a_rate_limit_holds_back_the_whole_scope() -> None:
    bench = Bench(Traits())
    bench.platform.rate_limit("create", 7.0)
    async with bench.running() as delivery:
        finishing = asyncio.create_task(delivery.finish(reply("one")))
        await bench.clock.somebody_sleeps()
        other = asyncio.create_task(bench.make(2).deliver(reply("two")))
        await settle()
        assert len(bench.calls()) == 1
        await bench.clock.advance(6.9)
        assert len(bench.calls()) == 1
        await bench.clock.advance(0.2)
        await asyncio.gather(finishing, other)
    assert sorted(bench.texts()) == ["one", "two"]


async def test_a_rate_limited_create_is_repeated_without_looking_for_it() -> None:
    bench = Bench(Traits())
    bench.platform.rate_limit("create", 1.0)
    async with bench.running() as delivery:
        finishing = asyncio.create_task(delivery.finish(reply("one")))
        await bench.clock.somebody_sleeps()
        await bench.clock.advance(1.1)
        await finishing
    assert bench.calls() == [("create", "one"), ("create", "one")]
    assert bench.ledger.calls == ["intend text:0", "posted text:0"]


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("repeatable", [True, False])
async def test_a_lost_create_is_found_or_repeated_and_then_edited(after: bool, repeatable: bool) -> None:
    bench = Bench(Traits(capabilities=Capabilities(repeatable=repeatable)))
    bench.platform.lose("create", after=after)
    async with bench.running() as delivery:
        await bench.show("preview")
        finishing = asyncio.create_task(delivery.finish(reply("final")))
        await settle()
        while not finishing.done():
            await bench.clock.advance(1)
    assert bench.texts() == ["final"]
    assert ("find", "") in bench.calls() or repeatable


async def test_a_preview_that_is_retried_makes_way_for_the_final() -> None:
    bench = Bench(Traits())
    bench.platform.fail("create", Overloaded("later"), times=1)
    async with bench.running() as delivery:
        await bench.show("preview")
        assert bench.clock.waiting
        await delivery.finish(reply("final"))
    assert bench.texts() == ["final"]


async def test_a_final_is_given_up_after_a_quarter_of_an_hour() -> None:
    bench = Bench(Traits())
    bench.platform.fail("create", Overloaded("later"), times=10_000)
    async with bench.running() as delivery:
        finishing = asyncio.create_task(delivery.finish(reply("final")))
        await bench.clock.somebody_sleeps()
        begun = bench.clock.now()
        while not finishing.done():
            await bench.clock.advance(10)
        with pytest.raises(Overloaded):
            await finishing
        assert GIVE_UP_AFTER <= bench.clock.now() - begun <= GIVE_UP_AFTER + 60
    creates = [call for call in bench.calls() if call[0] == "create"]
    assert len(creates) < 60, "it backs off"


async def test_a_refusal_for_good_is_raised_at_once() -> None:
    bench = Bench(Traits())
    bench.platform.fail("create", Forbidden("kicked"))
    async with bench.running() as delivery:
        with pytest.raises(Forbidden):
            await delivery.finish(reply("final"))


async def test_after_a_refused_preview_none_is_tried_any_more() -> None:
    bench = Bench(Traits())
    bench.platform.fail("create", PlatformError("bad request"))
    async with bench.running() as delivery:
        await bench.show("a")
        await bench.show("ab")
        assert len(bench.calls()) == 1
        await delivery.finish(reply("final"))
    assert bench.texts() == ["final"]


async def test_without_editing_only_the_final_is_posted() -> None:
    bench = Bench(Traits(capabilities=Capabilities(edit=False)))
    async with bench.running() as delivery:
        await bench.show("preview")
        assert bench.calls() == []
        await delivery.finish(reply("final"))
    assert bench.calls() == [("create", "final")]


async def test_previews_can_be_switched_off() -> None:
    bench = Bench(Traits())
    view = replace(bench.delivery.view, options={"stream": False})
    bench.delivery = Delivery(
        bench.bridge, render, view, ledger=bench.ledger, pacer=bench.pacer, clock=bench.clock
    )
    async with bench.running() as delivery:
        await bench.show("preview")
        await delivery.finish(reply("final"))
    assert bench.calls() == [("create", "final")]


async def test_the_status_line_comes_and_goes_under_a_nonce_of_its_own() -> None:
    bench = Bench(Traits(capabilities=Capabilities(repeatable=True)))
    async with bench.running() as delivery:
        for text in ("first", "second"):
            delivery.show(replace(reply("x", state="running"), notices=(Notice("info", text),)))
            await settle()
            assert bench.texts() == ["x", text]
            await bench.show("x")
            assert bench.texts() == ["x"]
        await delivery.finish(reply("x"))
    assert STATUS_KEY not in bench.ledger.posts


async def test_what_an_earlier_life_left_is_edited_and_not_posted_again() -> None:
    bench = Bench(Traits())
    left = bench.platform.create("general", Post("text:0", {"text": "half"}), "n1")
    bench.standing = (Standing("text:0", "n1", left),)
    bench.delivery = bench.make()
    async with bench.running() as delivery:
        await delivery.finish(reply("whole"))
    assert [(post.id, post.text) for post in bench.platform.seen()] == [(left, "whole")]


@pytest.mark.parametrize("created", [True, False])
async def test_an_intent_of_an_earlier_life_that_nobody_wants_any_more_is_looked_up_and_removed(
    created: bool,
) -> None:
    bench = Bench(Traits())
    if created:
        bench.platform.create("general", Post(STATUS_KEY, {"text": "working"}), "n1")
    bench.ledger.posts[STATUS_KEY] = ("n1", "")
    bench.standing = (Standing(STATUS_KEY, "n1", None),)
    bench.delivery = bench.make()
    async with bench.running() as delivery:
        await delivery.finish(reply("whole"))
    assert bench.texts() == ["whole"]
    assert STATUS_KEY not in bench.ledger.posts


async def test_a_file_of_an_earlier_life_is_not_uploaded_again() -> None:
    def draw(shown_reply: Reply, view: View, shown: Sequence[Shown], now: float) -> tuple[Post, ...]:
        text = Post("text:0", {"text": shown_reply.text})
        return (text,) if shown_reply.running else (text, Post("file:1", {"file": "1"}, "fixed", final=True))

    bench = Bench(Traits(), draw=draw)
    text = bench.platform.create("general", Post("text:0", {"text": "half"}), "n1")
    file = bench.platform.create("general", Post("file:1", {"file": "1"}), "n2")
    bench.standing = (Standing("text:0", "n1", text), Standing("file:1", "n2", file))
    bench.delivery = bench.make()
    async with bench.running() as delivery:
        await bench.show("half of")
        await delivery.finish(reply("whole"))
    assert [call.kind for call in bench.platform.calls[2:]] == ["edit", "edit"]
    assert [post.id for post in bench.platform.seen()] == [text, file]


async def test_render_sees_what_stands_from_the_first_snapshot_on() -> None:
    seen: list[int] = []

    def draw(shown_reply: Reply, view: View, shown: Sequence[Shown], now: float) -> tuple[Post, ...]:
        seen.append(len(shown))
        return render(shown_reply, view, shown, now)

    bench = Bench(Traits(), draw=draw)
    left = bench.platform.create("general", Post("text:0", {"text": "half"}), "n1")
    bench.standing = (Standing("text:0", "n1", left),)
    bench.delivery = bench.make()
    async with bench.running() as delivery:
        await delivery.finish(reply("whole"))
    assert set(seen) == {1}


async def test_posts_that_are_taken_down_are_tried_again_after_a_rate_limit() -> None:
    bench = Bench(Traits())
    standing = [
        Standing(part, part, bench.platform.create("general", Post(part, {"text": part}), part)) for part in "ab"
    ]
    bench.platform.rate_limit("delete", 5.0)
    bench.platform.lose("delete", after=True)
    removing = asyncio.create_task(
        remove(bench.bridge, {"channel": "general"}, 1, standing, ledger=bench.ledger, pacer=bench.pacer)
    )
    await bench.clock.somebody_sleeps()
    while not removing.done():
        await bench.clock.advance(1)
    await removing
    assert bench.texts() == []
    assert bench.ledger.calls == ["unposted b", "unposted a"]


async def test_a_platform_that_keeps_losing_deletes_is_not_asked_for_ever() -> None:
    bench = Bench(Traits())
    standing = [Standing("a", "a", bench.platform.create("general", Post("a", {}), "a"))]
    bench.platform.lose("delete", after=False, times=100)
    removing = asyncio.create_task(
        remove(bench.bridge, {"channel": "general"}, 1, standing, ledger=bench.ledger, pacer=bench.pacer)
    )
    await bench.clock.somebody_sleeps()
    while not removing.done():
        await bench.clock.advance(10)
    with pytest.raises(Unconfirmed):
        await removing


async def test_redrawing_touches_only_what_looks_different_and_is_still_there() -> None:
    bench = Bench(Traits())
    was = [Post(part, {"text": part, "controls": [part]}) for part in "abc"]
    ids = [bench.platform.create("general", post, post.key) for post in was]
    standing = [Standing(post.key, post.key, id_) for post, id_ in zip(was, ids, strict=True)]
    wanted = [was[0], Post("b", {"text": "b"}), Post("c", {"text": "c"})]
    bench.platform.remove(ids[2])
    await redraw(bench.bridge, {"channel": "general"}, was, wanted, standing, pacer=bench.pacer)
    assert bench.calls()[3:] == [("edit", "b"), ("edit", "c")]
    assert [post.controls for post in bench.platform.seen()] == [("a",), ()]


def test_nonces_are_short_and_differ() -> None:
    nonces = {make_nonce(turn, target, part) for turn in (1, 2) for target in "ab" for part in ("x", "y")}
    assert len(nonces) == 8
    assert all(len(nonce) <= 25 and nonce.isalnum() for nonce in nonces)

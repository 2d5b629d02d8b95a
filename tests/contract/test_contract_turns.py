"""What people see of turns: once, whole, in order, whatever arrives meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from contract.harness import ANN, BEN, Harness, set_overlap
from fakes.backend import Step, reply, said
from trunkline.backend import TurnRequest
from trunkline.errors import AppFailed
from trunkline.inbound import Choose, Clear, Edit, Retry, Stop, Undo
from trunkline.messages import Reply, Text


def texts(harness: Harness, channel: str = "general") -> list[str]:
    return [post.text for post in harness.posts(channel)]


def shown(harness: Harness, channel: str = "general") -> str:
    return "\n".join(texts(harness, channel))


async def test_a_message_is_answered_once(harness: Harness) -> None:
    answer = await harness.say("hello")
    await harness.settled()
    assert answer.outcome == "started"
    assert texts(harness) == ["Turn 1 heard: hello"]
    assert [message.text for message in await harness.history()] == ["hello", "Turn 1 heard: hello"]


async def test_an_event_that_comes_twice_is_answered_once(harness: Harness) -> None:
    first, second = await asyncio.gather(harness.say("hello", key="fake:1"), harness.say("hello", key="fake:1"))
    await harness.settled()
    again = await harness.say("hello", key="fake:1")
    await harness.settled()
    assert {first.outcome, second.outcome} == {"started", "duplicate"}
    assert again.outcome == "duplicate"
    assert len(harness.backend.requests) == 1
    assert texts(harness) == ["Turn 1 heard: hello"]


async def test_an_event_that_comes_again_after_a_restart_is_not_answered_again(harness: Harness) -> None:
    await harness.say("hello", key="fake:1")
    await harness.settled()
    await harness.stop()
    await harness.start()
    assert (await harness.say("hello", key="fake:1")).outcome == "duplicate"
    await harness.settled()
    assert texts(harness) == ["Turn 1 heard: hello"]


async def test_messages_are_answered_in_order_one_at_a_time(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: ["…", gate, f"Answer to {said(request)}"]
    answers = [await harness.say(f"message {number}") for number in range(5)]
    await harness.backend.asked.wait()
    assert [answer.outcome for answer in answers] == ["started", *["queued"] * 4]
    assert "before it" in answers[2].text
    assert len(harness.backend.requests) == 1
    gate.set()
    await harness.settled()
    assert texts(harness) == [f"Answer to message {number}" for number in range(5)]
    assert [len(request.history) for request in harness.backend.requests] == [0, 2, 4, 6, 8]


async def test_messages_that_wait_are_merged_where_that_is_set(harness: Harness) -> None:
    set_overlap(harness, "merge")
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: ["…", gate, f"Answer to {said(request)}"]
    await harness.say("one")
    await harness.say("two")
    assert (await harness.say("three")).outcome == "merged"
    assert (await harness.say("four", person=BEN)).outcome == "queued"
    gate.set()
    await harness.settled()
    name = "Ben: " if harness.capabilities.several_people else ""
    assert texts(harness) == ["Answer to one", "Answer to two\n\nthree", f"Answer to {name}four"]


async def test_a_message_interrupts_where_that_is_set(harness: Harness) -> None:
    set_overlap(harness, "interrupt")
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: (
        ["Half an answer", gate] if number == 1 else [f"Answer to {said(request)}"]
    )
    await harness.say("one")
    await harness.backend.asked.wait()
    await harness.say("two")
    await harness.settled()
    assert "Half an answer" in texts(harness)[0]
    assert "[stopped]" in texts(harness)[0]
    assert texts(harness)[1] == "Answer to two"
    assert [m.text for m in await harness.history()] == ["one", "Half an answer", "two", "Answer to two"]


async def test_stop_keeps_what_was_shown(harness: Harness) -> None:
    harness.backend.script = lambda request, number: ["So far", asyncio.Event()]
    await harness.say("hello")
    await harness.backend.asked.wait()
    answer = await harness.do(Stop())
    await harness.settled()
    assert answer.text == "Stopped."
    assert texts(harness) == ["So far\n\n[stopped]"]
    assert [message.text for message in await harness.history()] == ["hello", "So far"]
    assert [turn.status for turn in await harness.turns()] == ["stopped"]


async def test_stop_ends_a_turn_of_an_app_that_does_not_heed_it(harness: Harness) -> None:
    harness.backend.heeds_stop = False
    harness.backend.script = lambda request, number: ["So far", asyncio.Event()]
    await harness.say("hello")
    await harness.backend.asked.wait()
    await harness.do(Stop())
    await harness.settled()
    assert texts(harness) == ["So far\n\n[stopped]"]


async def test_stop_without_a_turn_says_so(harness: Harness) -> None:
    assert (await harness.do(Stop())).outcome == "ignored"
    await harness.say("hello")
    await harness.settled()
    assert (await harness.do(Stop())).text == "Nothing is running right now."


async def test_stop_of_a_message_that_waits_takes_it_back(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer to {said(request)}"]
    answers = [await harness.say(text) for text in ("one", "two", "three")]
    await harness.backend.asked.wait()
    dropped = await harness.do(Stop(answers[1].turn))
    assert (dropped.outcome, dropped.turn) == ("done", answers[1].turn)
    assert (await harness.do(Stop(answers[1].turn))).outcome == "ignored"
    gate.set()
    await harness.settled()
    assert texts(harness) == ["Answer to one", "Answer to three"]
    assert [message.text for message in await harness.history()] == [
        "one",
        "Answer to one",
        "three",
        "Answer to three",
    ]


async def test_stop_by_number_ends_that_turn_alone(harness: Harness) -> None:
    harness.backend.script = lambda request, number: (
        ["So far", asyncio.Event()] if number == 2 else [f"Answer {number}"]
    )
    first = await harness.say("one")
    await harness.settled()
    harness.backend.asked.clear()
    second = await harness.say("two")
    await harness.backend.asked.wait()
    assert (await harness.do(Stop(first.turn))).outcome == "ignored"
    assert (await harness.do(Stop(second.turn))).text == "Stopped."
    await harness.settled()
    assert texts(harness) == ["Answer 1", "So far\n\n[stopped]"]


async def test_stop_of_a_message_said_elsewhere_does_nothing(harness: Harness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: [gate, f"Answer to {said(request)}"]
    await harness.say("one", channel="private")
    theirs = await harness.say("two", channel="private")
    await harness.say("mine")
    assert (await harness.do(Stop(theirs.turn))).outcome == "ignored"
    gate.set()
    await harness.settled()
    assert texts(harness, "private") == ["Answer to one", "Answer to two"]


async def test_conversations_of_channels_are_apart(harness: Harness) -> None:
    await asyncio.gather(*(harness.say(f"in {place}", channel=place) for place in ("a", "b", "c")))
    await harness.settled()
    for place in ("a", "b", "c"):
        assert (await harness.history(place))[0].text == f"in {place}"
        assert f"heard: in {place}" in shown(harness, place)
        assert len(harness.posts(place)) == 1


async def test_oversize_text_is_split_and_nothing_is_lost(harness: Harness) -> None:
    long = "\n\n".join(f"Paragraph {number}: " + "words and more words " * 30 for number in range(12))
    harness.backend.script = lambda request, number: [long[:3000], long]
    await harness.say("tell me")
    await harness.settled()
    posts = texts(harness)
    assert len(posts) > 2 or len(long) <= harness.limit
    assert all(len(text) <= harness.limit for text in posts)
    assert "".join("".join(posts).split()) == "".join(long.split())


async def test_a_reply_that_gets_shorter_leaves_no_post_behind(harness: Harness) -> None:
    harness.backend.script = lambda request, number: ["words " * 900, reply("short")]
    await harness.say("tell me")
    await harness.settled()
    if harness.capabilities.delete:
        assert texts(harness) == ["short"]
    assert texts(harness)[0] == "short"


async def test_an_empty_reply_is_said_to_be_empty(harness: Harness) -> None:
    harness.backend.script = lambda request, number: [Reply(state="final")]
    await harness.say("hello")
    await harness.settled()
    assert texts(harness) == ["(The app answered with nothing.)"]


async def test_an_option_is_chosen(harness: Harness) -> None:
    answers = {1: reply("Choose:", options=["red", "blue"])}
    harness.backend.script = lambda request, number: [answers.get(number, reply(f"You took {said(request)}"))]
    first = await harness.say("hello")
    await harness.settled()
    assert harness.posts()[0].controls[:2] == ("option red", "option blue")
    await harness.do(Choose(1, first.turn))
    await harness.settled()
    assert texts(harness)[-1] == "You took blue"
    assert [message.text for message in await harness.history()][2] == "blue"


async def test_a_chosen_option_is_shown_where_it_was_pressed(harness: Harness) -> None:
    harness.backend.script = lambda request, number: [reply("Choose:", options=["red", "blue"])]
    await harness.say("hello")
    await harness.settled()
    answer = await harness.do(Choose(1))
    await harness.settled()
    assert answer.outcome == "started"
    if harness.capabilities.controls and harness.capabilities.edit:
        assert harness.posts()[0].controls == ("chose blue",)
        assert harness.posts()[1].controls[:2] == ("option red", "option blue")


async def test_a_choice_that_is_cleared_was_not_made_of_its_own_reply(harness: Harness) -> None:
    harness.backend.script = lambda request, number: [reply("Choose:", options=["red"] if number == 1 else [])]
    await harness.say("hello")
    await harness.settled()
    await harness.do(Choose(0))
    await harness.settled()
    assert (await harness.do(Clear())).outcome == "done"
    if harness.capabilities.controls and harness.capabilities.edit:
        assert [post.controls for post in harness.posts()][1:2] == [()]


async def test_an_option_works_after_a_restart(harness: Harness) -> None:
    answers = {1: reply("Choose:", options=["red", "blue"])}
    harness.backend.script = lambda request, number: [answers.get(number, reply(f"You took {said(request)}"))]
    first = await harness.say("hello")
    await harness.settled()
    await harness.stop()
    await harness.start()
    await harness.do(Choose(0, first.turn))
    await harness.settled()
    assert texts(harness)[-1] == "You took red"


async def test_an_option_of_a_reply_that_is_gone_says_so(harness: Harness) -> None:
    harness.backend.script = lambda request, number: [reply("Choose:", options=["red"])]
    first = await harness.say("hello")
    await harness.settled()
    await harness.do(Undo())
    answer = await harness.do(Choose(0, first.turn))
    await harness.settled()
    assert answer.outcome == "denied"
    assert "can no longer be chosen" in answer.text
    assert len(harness.backend.requests) == 1


async def test_controls_stand_under_the_newest_reply_alone(harness: Harness) -> None:
    for text in ("one", "two", "three"):
        await harness.say(text)
        await harness.settled()
    if harness.capabilities.controls and harness.capabilities.edit:
        assert [bool(post.controls) for post in harness.posts()] == [False, False, True]


async def test_an_error_is_shown_and_retry_answers_in_its_place(harness: Harness) -> None:
    harness.backend.script = lambda request, number: [AppFailed("It broke.")] if number == 1 else ["It works"]
    failed = await harness.say("hello")
    await harness.settled()
    assert texts(harness) == ["[failed] It broke."]
    assert await harness.history() == ()
    await harness.do(Retry(failed.turn))
    await harness.settled()
    assert [message.text for message in await harness.history()] == ["hello", "It works"]
    if harness.capabilities.delete and harness.capabilities.edit:
        assert texts(harness) == ["It works"]
    assert texts(harness)[-1] == "It works"
    assert [turn.status for turn in await harness.turns()] == ["delivered"]


async def test_a_failed_retry_of_a_failed_turn_can_be_retried(harness: Harness) -> None:
    harness.backend.script = lambda request, number: [AppFailed(f"No {number}.")] if number < 3 else ["It works"]
    await harness.say("hello")
    await harness.settled()
    before = [post.id for post in harness.posts()]
    for _ in range(2):
        await harness.do(Retry())
        await harness.settled()
    assert [message.text for message in await harness.history()] == ["hello", "It works"]
    assert len(await harness.turns()) == 1
    if harness.capabilities.retry_in_place and harness.capabilities.edit:
        assert [post.id for post in harness.posts()] == before
    if harness.capabilities.delete and harness.capabilities.edit:
        assert texts(harness) == ["It works"]


async def test_retry_answers_anew_and_keeps_the_place(harness: Harness) -> None:
    await harness.say("hello")
    await harness.settled()
    before = [post.id for post in harness.posts()]
    await harness.do(Retry())
    await harness.settled()
    assert [message.text for message in await harness.history()] == ["hello", "Turn 2 heard: hello"]
    assert harness.backend.requests[1].history == ()
    if harness.capabilities.delete:
        assert texts(harness) == ["Turn 2 heard: hello"]
        same = harness.capabilities.retry_in_place and harness.capabilities.edit
        assert ([post.id for post in harness.posts()] == before) is same


async def test_a_retry_that_fails_leaves_the_answer_that_stood(harness: Harness) -> None:
    def script(request: TurnRequest, number: int) -> Iterable[Step]:
        return ["Half of it", AppFailed("It broke.")] if number == 2 else [f"Answer {number}"]

    harness.backend.script = script
    await harness.say("hello")
    await harness.settled()
    await harness.do(Retry())
    await harness.settled()
    assert [message.text for message in await harness.history()] == ["hello", "Answer 1"]
    assert texts(harness) == ["Answer 1", "Half of it\n\n[failed] It broke."]
    await harness.do(Retry())
    await harness.settled()
    assert [message.text for message in await harness.history()] == ["hello", "Answer 3"]


async def test_retry_of_an_older_turn_drops_the_later_ones(harness: Harness) -> None:
    first = await harness.say("one")
    await harness.settled()
    await harness.say("two")
    await harness.settled()
    await harness.do(Retry(first.turn))
    await harness.settled()
    assert [message.text for message in await harness.history()] == ["one", "Turn 3 heard: one"]
    if harness.capabilities.delete and harness.capabilities.edit:
        assert texts(harness) == ["Turn 3 heard: one"]


async def test_an_edit_answers_again(harness: Harness) -> None:
    first = await harness.say("one")
    await harness.settled()
    await harness.say("two")
    await harness.settled()
    await harness.do(Edit((Text("uno"),), first.turn))
    await harness.settled()
    assert [message.text for message in await harness.history()] == ["uno", "Turn 3 heard: uno"]
    if harness.capabilities.delete and harness.capabilities.edit:
        assert texts(harness) == ["Turn 3 heard: uno"]


async def test_undo_takes_the_turn_out_of_the_history_and_the_platform(harness: Harness) -> None:
    await harness.say("one")
    await harness.settled()
    await harness.say("two")
    await harness.settled()
    answer = await harness.do(Undo())
    assert answer.outcome == "done"
    assert [message.text for message in await harness.history()] == ["one", "Turn 1 heard: one"]
    if harness.capabilities.delete:
        assert texts(harness) == ["Turn 1 heard: one"]
    if harness.capabilities.controls and harness.capabilities.edit:
        assert harness.posts()[0].controls
        assert not any(post.controls for post in harness.posts()[1:])
    await harness.do(Undo())
    assert await harness.history() == ()
    assert (await harness.do(Undo())).outcome == "denied"


async def test_names_stand_before_what_people_say_once_there_are_several(harness: Harness) -> None:
    await harness.say("one", person=ANN)
    await harness.settled()
    await harness.say("two", person=BEN)
    await harness.settled()
    if not harness.capabilities.several_people:
        return
    assert said(harness.backend.requests[0]) == "one"
    assert said(harness.backend.requests[1]) == "Ben: two"
    assert harness.backend.requests[1].history[0].text == "Ann: one"
    assert [message.text for message in await harness.history()][2] == "two"


async def test_undo_pressed_the_moment_the_final_stands_is_done(harness: Harness) -> None:
    await harness.say("one")
    await harness.settled()
    await harness.say("two")
    await harness.until(lambda: texts(harness)[-1:] == ["Turn 2 heard: two"])
    answer = await harness.do(Undo())
    assert answer.outcome == "done", answer.text
    await harness.settled()
    assert [message.text for message in await harness.history()] == ["one", "Turn 1 heard: one"]

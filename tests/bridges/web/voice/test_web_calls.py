"""Calls over the WebSocket: where they are offered, whose they are, how they begin, are steered and end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fakes.taker import Ears, FakeTaker
from fakes.web_calling import INPUT, OUTPUT, frames, ramp, read, spoken, start, state
from fakes.web_server import Served, serving
from trunkline.calls import Joined, Line, Pressed, Sound, Tuning
from trunkline.errors import AppUnreachable
from trunkline.words import words


async def test_voice_is_offered_where_calls_are_run_and_the_app_can_be_talked_to(
    tmp_path: Path, taker: FakeTaker
) -> None:
    async with serving(tmp_path, calls=taker.calls, speech=Ears()) as web:
        offered = (await web.visit()).welcome["voice"]
    assert offered == {
        "input": True,
        "output": True,
        "input_rate": INPUT,
        "output_rate": OUTPUT,
        "codecs": ["pcm_s16le"],
    }

    async with serving(tmp_path, calls=taker.calls) as web:
        assert (await web.visit()).welcome["voice"] == {"input": False, "output": False}
        accepts = replace(web.core.profiles["demo"].accepts, microphone=True)
        web.core.profiles["demo"] = replace(web.core.profiles["demo"], accepts=accepts)
        assert (await web.visit()).welcome["voice"]["input"] is True
        taker.leave()
        assert (await web.visit()).welcome["voice"]["input"] is False

    async with serving(tmp_path, calls=FakeTaker().calls, speech=Ears(), voice="off") as web:
        tab = await web.visit()
        assert tab.welcome["voice"]["input"] is False
        assert (await tab.ask("call.start", codec="pcm_s16le"))["outcome"] == "denied"


async def test_a_target_of_a_call_is_answered_aloud_and_in_the_visitors_chat(
    web: Served, taker: FakeTaker
) -> None:
    tab = await web.visit()
    await start(tab)
    voice = await taker.call()
    (joined,) = await taker.told(1)
    assert isinstance(joined, Joined)
    target = voice.target(joined.talker, "hello", None)

    assert target["call"] == voice.name
    assert list(web.bridge.companions(target)) == [("voice", {"call": voice.name})]
    written = web.core.events[-1].target
    assert list(web.bridge.companions(written)) == []
    assert {name: target[name] for name in ("app", "visitor")} == {
        "app": "demo",
        "visitor": joined.talker.speaker.user_id,
    }


async def test_what_is_written_during_a_call_is_answered_aloud_too(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await tab.say("before")
    await (await web.core.begun()).finish("Hi.")
    before = web.core.events[-1].target
    await start(tab)
    voice = await taker.call()
    await tab.say("during")
    during = (await web.core.begun()).event.target

    assert [list(web.bridge.companions(target)) for target in (before, during)] == [
        [],
        [("voice", {"call": voice.name})],
    ]


async def test_a_call_is_tuned_while_it_goes_on(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab, language="fr")
    voice = await taker.call()
    ack = await tab.ask("call.start", codec="pcm_s16le", resume=call, language="de", voice="low", speed=2)

    assert ack["outcome"] == "done"
    assert voice.tuning == Tuning("de", "low", 2.0)
    assert len(taker.held) == 1
    await tab.binary(spoken(call, ramp(320)))
    await taker.told(1, Sound)
    assert not await taker.told(0, Line)


async def test_controls(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab)
    voice = await taker.call()
    for control in ("stop", "start", "interrupt"):
        await tab.give({"type": "call.press", "call": call, "control": control})
    for on in (True, True, False):
        await tab.give({"type": "call.mute", "call": call, "on": on})
    pressed = await taker.told(5, Pressed)
    assert [event.control for event in pressed if isinstance(event, Pressed)] == [
        "stop",
        "start",
        "interrupt",
        "mute",
        "unmute",
    ]

    await voice.show("stopped")
    await tab.until(lambda: state(tab) == "stopped")
    await voice.say("The app failed.")
    await tab.until(lambda: bool(frames(tab, "call.notice")))
    await tab.give({"type": "call.press", "call": call, "control": "leave"})
    await tab.until(lambda: bool(tab.errors))
    assert "control" in tab.errors[0]["message"]


async def test_hanging_up(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    call = await start(tab)
    voice = await taker.call()
    await tab.give({"type": "call.end", "call": call})
    await taker.ended()
    await tab.until(lambda: state(tab) == "ended")
    assert taker.events[-1] == Pressed("leave", "visitor")
    await voice.play(ramp(10))
    await tab.binary(spoken(call, ramp(320)))
    await read(tab)
    assert tab.sounds == []
    # Nothing was said: the chat is taken back.
    await tab.until(lambda: tab.conversation == 0)

    assert await start(tab) == call + 1
    await (await taker.call(2)).leave()
    await tab.until(lambda: state(tab) == "ended")


async def test_a_call_that_cannot_be_run_ends_with_the_reason(web: Served, taker: FakeTaker) -> None:
    taker.failure = AppUnreachable("The app is away.")
    tab = await web.visit()
    await start(tab)
    await tab.until(lambda: state(tab) == "ended")
    assert frames(tab, "call")[-1]["reason"] == "The app is away."
    await tab.until(lambda: tab.conversation == 0)
    taker.failure = None
    await start(tab)
    await taker.call()


async def test_what_nobody_foresaw_ends_one_call_alone(web: Served, taker: FakeTaker) -> None:
    others = await web.visit()
    await start(others)
    await taker.call()
    taker.failure = ZeroDivisionError()
    tab = await web.visit()
    await start(tab)
    await tab.until(lambda: state(tab) == "ended")
    assert frames(tab, "call")[-1]["reason"] == words("call_broke_off")
    taker.failure = None
    await start(tab)
    await taker.call(2)
    assert state(others) != "ended"


async def test_a_visitor_has_one_call(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await start(tab)
    other = await web.visit(token=tab.token)
    ack = await other.ask("call.start", codec="pcm_s16le")
    assert ack["outcome"] == "denied"
    assert "another window" in ack["text"]
    assert len(taker.held) == 1

    stranger = await web.visit()
    await start(stranger)
    await taker.call(2)


async def test_a_call_in_a_new_chat_begins_it_and_takes_it_back_when_nothing_was_said(
    web: Served, taker: FakeTaker
) -> None:
    tab = await web.visit()
    assert tab.conversation == 0
    call = await start(tab)
    voice = await taker.call()
    assert voice.conversation == tab.conversation != 0
    await tab.give({"type": "call.end", "call": call})
    await tab.until(lambda: tab.conversation == 0)
    assert web.core.conversations_held == {}

    call = await start(tab)
    await taker.call(2)
    await tab.say("hello")
    await (await web.core.begun()).finish("Hi.")
    await tab.until(lambda: tab.replied() == "Hi.")
    await tab.give({"type": "call.end", "call": call})
    await taker.ended(2)
    await read(tab)
    assert tab.conversation != 0


async def test_somebody_elses_chat_cannot_be_called(web: Served, taker: FakeTaker) -> None:
    owner = await web.visit()
    await start(owner)
    await taker.call()
    stranger = await web.visit()
    ack = await stranger.ask("call.start", codec="pcm_s16le", conversation=owner.conversation)
    assert ack["outcome"] == "denied"
    assert (await stranger.ask("call.start", codec="pcm_s16le", resume=1))["outcome"] == "denied"
    assert len(taker.held) == 1


async def test_a_call_ends_with_its_chat_and_with_its_visitor(web: Served, taker: FakeTaker) -> None:
    tab = await web.visit()
    await start(tab)
    await taker.call()
    await tab.ask("conversation.delete", conversation=tab.conversation)
    await taker.ended()
    await start(tab)
    await taker.call(2)
    await tab.ask("forget_me")
    await taker.ended(2)

"""Answers to interactions: in time, once, by the right way, and what happens when Discord does not take them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from fakes.clock import VirtualClock, settle
from fakes.core import FakeCore
from fakes.discord.interactions import COMMAND, COMPONENT, Interaction
from fakes.discord.people import Person, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.stage import Stage, desk_on, spot_in
from fakes.discord.world import Channel, Message
from trunkline.errors import AppUnreachable, Denied
from trunkline.gestures import Body, Change, Open, Tell
from trunkline.words import words
from trunkline_bridges.discord.acting.forms import title_form
from trunkline_bridges.discord.acting.panels import panel
from trunkline_bridges.discord.acting.replying import (
    PATIENCE,
    Outcome,
    answer,
    defer,
    tell,
    told,
    withdraw,
)
from trunkline_bridges.discord.acting.requests import Gesture
from trunkline_bridges.discord.facts import Member


@pytest.fixture
async def stage(discord: FakeDiscord, acting_core: FakeCore, clock: VirtualClock) -> AsyncIterator[Stage]:
    """Without a client: interactions are made here, and answered by their ids."""
    desk = desk_on(discord, acting_core, clock)
    async with desk.rest:
        yield Stage(discord, acting_core, desk, clock)


def pressed(
    stage: Stage, who: Person, channel: Channel, message: Message | None = None
) -> tuple[Interaction, Gesture]:
    kind = COMMAND if message is None else COMPONENT
    act = stage.discord.interactions.begin(kind, who.user, channel, {"type": 1, "id": "1", "name": "x"}, message)
    gesture = Gesture(str(act.id), act.token, spot_in(channel), Member(str(who.id), "Ada"), stage.clock.now())
    return act, gesture


async def posted(stage: Stage, channel: Channel) -> Message:
    made = await stage.desk.rest.call("POST", f"/channels/{channel.id}/messages", json=dict(told("old")))
    return stage.discord.world.messages[int(made["id"])]


class Work:
    """Something that ends when it is told to."""

    def __init__(self, outcome: Outcome | Exception) -> None:
        self.done = asyncio.Event()
        self.ran = False
        self._outcome = outcome

    async def run(self) -> Outcome:
        await self.done.wait()
        self.ran = True
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


async def given(
    stage: Stage, gesture: Gesture, outcome: Outcome | Exception, *, slow: bool = False, quiet: bool = False
) -> Work:
    """Answer with this, at once or after the work took longer than is waited for."""
    work = Work(outcome)
    if not slow:
        work.done.set()
    answering = asyncio.create_task(answer(stage.desk, gesture, work.run(), quiet=quiet))
    if slow:
        await stage.clock.somebody_sleeps()
        await stage.clock.advance(PATIENCE + 0.1)
        assert not work.ran
        work.done.set()
    await asyncio.wait_for(answering, 10)
    return work


async def test_quick_work_is_answered_in_one_call(stage: Stage, ada: Person, general: Channel) -> None:
    act, gesture = pressed(stage, ada, general)
    await given(stage, gesture, "Done. <@1> @everyone")
    assert act.response == 4
    assert act.original is not None
    assert (act.original.content, act.original.only_for) == ("Done. <@1> @everyone", ada.id)
    assert act.original.mentions == []
    assert stage.discord.calls[0].form["data"]["allowed_mentions"]["parse"] == []
    assert len(stage.discord.calls) == 1


async def test_slow_work_is_deferred_within_three_seconds(stage: Stage, ada: Person, general: Channel) -> None:
    act, gesture = pressed(stage, ada, general)
    await given(stage, gesture, "Done.", slow=True)
    assert act.response == 5
    assert stage.discord.calls[0].at - act.created_at < 3
    assert act.original is not None
    assert (act.original.content, act.original.only_for, act.original.loading) == ("Done.", ada.id, False)


@pytest.mark.parametrize("slow", [False, True])
async def test_a_control_with_nothing_to_say_is_acknowledged(
    stage: Stage, ada: Person, general: Channel, slow: bool
) -> None:
    message = await posted(stage, general)
    act, gesture = pressed(stage, ada, general, message)
    await given(stage, gesture, None, slow=slow, quiet=True)
    assert act.response == 6
    assert ada.texts(general) == ["old"]


async def test_nothing_to_say_after_thinking_leaves_nothing(stage: Stage, ada: Person, general: Channel) -> None:
    message = await posted(stage, general)
    act, gesture = pressed(stage, ada, general, message)
    await given(stage, gesture, None, slow=True)
    assert act.response == 5
    assert ada.texts(general) == ["old"]


async def test_a_quiet_control_that_has_to_say_something_follows_up(
    stage: Stage, ada: Person, general: Channel
) -> None:
    message = await posted(stage, general)
    act, gesture = pressed(stage, ada, general, message)
    await given(stage, gesture, Denied("No."), slow=True, quiet=True)
    assert act.response == 6
    assert [(one.content, one.only_for) for one in act.follow_ups] == [("No.", ada.id)]
    assert message.content == "old"


@pytest.mark.parametrize("slow", [False, True])
async def test_a_message_is_changed_in_place(stage: Stage, ada: Person, general: Channel, slow: bool) -> None:
    message = await posted(stage, general)
    act, gesture = pressed(stage, ada, general, message)
    await given(stage, gesture, Change(panel("new", (), stage.desk.options)), slow=slow, quiet=True)
    assert act.response == (6 if slow else 7)
    assert (text_of(message), message.v2) == ("new", True)


@pytest.mark.parametrize("slow", [False, True])
async def test_several_messages_come_in_order(stage: Stage, ada: Person, general: Channel, slow: bool) -> None:
    _, gesture = pressed(stage, ada, general)
    bodies = [panel("one", (), stage.desk.options), told("two"), panel("three", (), stage.desk.options)]
    await given(stage, gesture, Tell(bodies), slow=slow)
    assert ada.texts(general) == ["one", "two", "three"]
    assert all(message.only_for == ada.id for message in ada.sees(general))


async def test_a_foreign_place_takes_five_messages(stage: Stage, ada: Person) -> None:
    abroad = stage.discord.guild("Abroad", ada, with_bot=False)
    square = stage.discord.channel(abroad, "square")
    act = stage.discord.interactions.begin(
        COMMAND, ada.user, square, {"type": 1, "id": "1", "name": "x"}, installed_by_user=True
    )
    spot = replace(spot_in(square), foreign=True)
    gesture = Gesture(str(act.id), act.token, spot, Member(str(ada.id)), stage.clock.now())
    await given(stage, gesture, Tell([told(str(n)) for n in range(9)]))
    assert ada.texts(square) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("slow", [False, True])
async def test_files_go_with_a_message(stage: Stage, ada: Person, general: Channel, slow: bool) -> None:
    _, gesture = pressed(stage, ada, general)
    body: Body = {
        "content": "all of it",
        "files": [{"name": "thoughts.md", "alt": "", "text": "# Thoughts"}],
        "memo": {},
    }
    await given(stage, gesture, Tell([body, body]), slow=slow)
    for message in ada.sees(general):
        assert [(one.filename, one.content) for one in message.attachments] == [("thoughts.md", b"# Thoughts")]


async def test_a_form_is_the_first_answer_or_is_offered(stage: Stage, ada: Person, general: Channel) -> None:
    form, late = title_form(3, "Cats"), panel("once more", (), stage.desk.options)
    act, gesture = pressed(stage, ada, general)
    await given(stage, gesture, Open(form, late))
    assert (act.response, act.modal) == (9, form)
    act, gesture = pressed(stage, ada, general)
    await given(stage, gesture, Open(form, late), slow=True)
    assert act.response == 5
    assert ada.texts(general) == ["once more"]


async def test_what_we_know_to_be_wrong_is_a_sentence(stage: Stage, ada: Person, general: Channel) -> None:
    for error in (Denied("Not you."), AppUnreachable("Nobody is there.")):
        _, gesture = pressed(stage, ada, general)
        await given(stage, gesture, error)
        assert ada.texts(general)[-1] == error.user_message


async def test_a_very_long_sentence_is_cut(stage: Stage, ada: Person, general: Channel) -> None:
    _, gesture = pressed(stage, ada, general)
    await given(stage, gesture, "x" * 5000)
    assert len(ada.texts(general)[-1]) == 2000


@pytest.mark.parametrize("slow", [False, True])
async def test_too_late_is_logged_and_the_work_is_done(
    stage: Stage, ada: Person, general: Channel, slow: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.discord.interactions.to_answer = -1.0
    act, gesture = pressed(stage, ada, general)
    work = await given(stage, gesture, "secret sentence", slow=slow)
    assert work.ran
    assert act.response is None
    said = "".join(capsys.readouterr())
    assert "interaction not answered" in said
    assert gesture.token not in said
    assert "secret sentence" not in said


async def test_answered_by_somebody_else_is_logged(stage: Stage, ada: Person, general: Channel) -> None:
    _, gesture = pressed(stage, ada, general)
    await tell(stage.desk, gesture, "first")
    work = await given(stage, gesture, "second")
    assert work.ran
    assert ada.texts(general) == ["first"]


@pytest.mark.parametrize("fault", ["lose", "drop"])
async def test_a_lost_answer_is_given_once(stage: Stage, ada: Person, general: Channel, fault: str) -> None:
    getattr(stage.discord.faults, fault)("callback")
    _, gesture = pressed(stage, ada, general)
    await given(stage, gesture, "Done.")
    assert ada.texts(general) == ["Done."]


@pytest.mark.parametrize("fault", ["lose", "drop"])
async def test_a_lost_deferral_is_known_to_stand(stage: Stage, ada: Person, general: Channel, fault: str) -> None:
    getattr(stage.discord.faults, fault)("callback")
    act, gesture = pressed(stage, ada, general)
    assert await defer(stage.desk, gesture)
    assert act.response == 5


async def test_a_short_rate_limit_is_waited_for_and_a_long_one_is_not(
    stage: Stage, ada: Person, general: Channel
) -> None:
    stage.discord.faults.rate_limit("callback", 0.5)
    _, gesture = pressed(stage, ada, general)
    deferring = asyncio.create_task(defer(stage.desk, gesture))
    await stage.clock.somebody_sleeps()
    await stage.clock.advance(0.5)
    assert await asyncio.wait_for(deferring, 10)
    stage.discord.faults.rate_limit("callback", 30.0)
    _, gesture = pressed(stage, ada, general)
    assert not await asyncio.wait_for(defer(stage.desk, gesture), 10)


async def test_a_follow_up_waits_out_a_rate_limit(stage: Stage, ada: Person, general: Channel) -> None:
    _, gesture = pressed(stage, ada, general)
    stage.discord.faults.rate_limit("PATCH /webhooks", 2.0)
    answering = asyncio.create_task(given(stage, gesture, "Done.", slow=True))
    while not answering.done():
        await settle()
        if stage.clock.waiting:
            await stage.clock.advance(2.0)
    await answering
    assert ada.texts(general) == ["Done."]


async def test_a_deferred_answer_to_all_is_withdrawn(stage: Stage, ada: Person, general: Channel) -> None:
    act, gesture = pressed(stage, ada, general)
    assert await defer(stage.desk, gesture)
    assert act.original is not None
    assert act.original.only_for is None
    await withdraw(stage.desk, gesture, "Not today.")
    (left,) = ada.sees(general)
    assert (left.content, left.only_for) == ("Not today.", ada.id)
    stage.discord.interactions.to_answer = -1.0
    _, gesture = pressed(stage, ada, general)
    assert not await defer(stage.desk, gesture)


async def test_an_error_of_ours_is_told_and_logged_without_what_people_wrote(
    stage: Stage, ada: Person, general: Channel
) -> None:
    act, gesture = pressed(stage, ada, general)
    with capture_logs() as logs:
        await given(stage, gesture, RuntimeError("what Ada wrote"))
    assert act.original is not None
    assert act.original.content == words("discord_failed")
    (line,) = [one for one in logs if one["log_level"] == "error"]
    assert "what Ada wrote" not in str(line)

"""Threads that are opened for answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from fakes.clock import VirtualClock
from fakes.discord.listening import Listener, listening
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Permission
from trunkline.inbound import Edit, MessageDeleted, Place
from trunkline_bridges.discord.facts import Attached, Member, Spot, Written
from trunkline_bridges.discord.hearing.threads import thread_name

ASKED = Written("1", Spot("2", guild="3"), Member("4", "Ada"), 0.0)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What is  a\tthread?\n\nTell me.", "What is a thread?"),
        ("\n \nsecond line", "second line"),
        ("", "Conversation with Ada"),
        ("word " * 40, ("word " * 19).strip() + "…"),
        ("x" * 200, "x" * 99 + "…"),
    ],
)
def test_a_thread_has_the_first_words_for_its_name(text: str, name: str) -> None:
    assert thread_name(replace(ASKED, text=text)) == name
    assert 1 <= len(name) <= 100


def test_a_thread_of_a_file_has_its_name() -> None:
    assert thread_name(replace(ASKED, files=(Attached("", "plan.pdf"),))) == "plan.pdf"


async def test_each_mention_opens_a_thread_that_goes_on_without_mentions(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock, thread="per_mention") as ears:
        asked = ada.post(general, f"{me} What is a thread?")
        (first,) = await ears.hears("What is a thread?")
        thread = discord.world.channels[asked.id]
        assert (thread.name, thread.parent_id) == ("What is a thread?", general.id)
        assert (first.place.channel, first.place.thread) == (str(general.id), str(thread.id))
        assert (first.target["channel"], "reply_to" in first.target) == (str(thread.id), False)
        assert first.event_key == f"discord:{general.id}:{asked.id}"
        further = ada.post(thread, "And how long does it last?")
        second = (await ears.hears("What is a thread?", "And how long does it last?"))[1]
        assert second.place == first.place
        assert second.target["reply_to"] == str(further.id)
        ada.edit(asked, f"{me} What is a channel?")
        third = (await ears.core.events_heard(3))[2]
        assert isinstance(third.command, Edit)
        assert (third.place, third.target["channel"]) == (first.place, str(thread.id))
        ada.delete(asked)
        assert (await ears.core.events_heard(4))[3].command == MessageDeleted(str(asked.id))


async def test_every_message_opens_one_where_that_is_wanted(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person
) -> None:
    async with listening(discord, core, clock, thread="always", channels=[str(general.id)]) as ears:
        asked = [ada.post(general, text) for text in ("one", "two")]
        events = await ears.hears("one", "two")
        assert [event.place.thread for event in events] == [str(message.id) for message in asked]


async def test_a_thread_that_is_there_already_is_taken(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock, thread="per_mention") as ears:
        discord.gateway.hold()
        asked = ada.post(general, f"{me} hello")
        ada.open_thread(general, "mine", asked)
        discord.gateway.release()
        (event,) = await ears.hears("hello")
        assert event.place.thread == str(asked.id)
        assert discord.world.channels[asked.id].name == "mine"


@pytest.mark.parametrize("fault", ["lose", "drop"])
async def test_a_lost_answer_opens_no_second_one_and_loses_none(
    discord: FakeDiscord, core: Listener, general: Channel, ada: Person, me: str, clock: VirtualClock, fault: str
) -> None:
    free = VirtualClock(clock.now(), free=True)
    async with listening(discord, core, free, thread="per_mention") as ears:
        getattr(discord.faults, fault)("/threads")
        asked = ada.post(general, f"{me} hello")
        (event,) = await ears.hears("hello")
        assert event.place.thread == str(asked.id)


async def test_without_the_permission_it_answers_in_the_channel_and_logs_once(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    discord.forbid(general, Permission.CREATE_PUBLIC_THREADS)
    with capture_logs() as logs:
        async with listening(discord, core, clock, thread="per_mention") as ears:
            asked = [ada.post(general, f"{me} {text}") for text in ("one", "two")]
            events = await ears.hears("one", "two")
    assert [event.place.thread for event in events] == ["", ""]
    assert [event.target["reply_to"] for event in events] == [str(message.id) for message in asked]
    assert sum(line["event"].startswith("no thread") for line in logs) == 1


async def test_direct_messages_have_no_threads(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    async with listening(discord, core, clock, thread="always") as ears:
        ada.post(ada.dm, "hello")
        (event,) = await ears.hears("hello")
        assert event.place.thread == ""
        assert discord.count("threads") == 0


async def test_where_it_is_paused_no_thread_is_opened(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    place = Place("discord", "demo", team=str(general.guild_id), channel=str(general.id))
    core.paused.add(place)
    core.unpause_after_reading = True
    async with listening(discord, core, clock, thread="per_mention") as ears:
        ada.post(general, f"{me} unheard")
        ada.post(general, f"{me} heard")
        await ears.hears("heard")
        assert discord.count("/threads") == 1

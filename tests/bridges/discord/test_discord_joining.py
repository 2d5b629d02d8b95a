"""Text that was split, put together again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.clock import VirtualClock, settle
from fakes.discord.listening import Listener, listening
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild
from fakes.listening import media_of, text_of
from trunkline.inbound import Edit
from trunkline_bridges.discord.facts import Attached, Member, Spot, Written
from trunkline_bridges.discord.hearing.joining import continues, joined, seam, whole
from trunkline_bridges.discord.hearing.lanes import Job, Lane

LONG = "word " * 390 + "and"


def piece(number: int, text: str = LONG, at: float = 0.0, author: str = "ada", length: int = 0) -> Written:
    return Written(str(number), Spot("1"), Member(author), at, text, length=length or len(text))


@pytest.mark.parametrize(
    ("before", "after", "cut", "between"),
    [
        ("the end of a", "sentence.", False, " "),
        ("the middle of a wo", "rd", True, ""),
        ("A list:", "- first", False, "\n"),
        ("A paragraph.", "## A heading", True, "\n"),
        ("```py\nx = 1", "y = 2", False, "\n"),
        ("```py\nx = 1\n```", "and so on", False, "\n"),
        ("", "only this", False, ""),
    ],
)
def test_the_seam(before: str, after: str, cut: bool, between: str) -> None:
    assert seam(before, after, cut=cut) == between


def test_joined_pieces_are_the_first_with_all_files() -> None:
    files = [(Attached("u", name),) for name in "abc"]
    parts = [replace(piece(number), files=files[number]) for number in range(3)]
    made = joined(parts)
    assert (made.id, made.text) == ("0", " ".join([LONG] * 3))
    assert [file.name for file in made.files] == ["a", "b", "c"]


@given(st.text(st.characters(categories=["L", "P", "Zs"]), min_size=1, max_size=6000))
def test_nothing_of_a_text_is_lost_by_splitting_and_joining(text: str) -> None:
    pieces = [text[start : start + 2000].strip() for start in range(0, len(text), 2000)]
    made = joined([piece(number, one, length=2000) for number, one in enumerate(pieces)])
    assert "".join(made.text.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("further", "goes_on"),
    [
        (piece(2, at=1.5), True),
        (piece(2, at=1.6), False),
        (piece(2, at=0.5, author="bob"), False),
        (replace(piece(2, at=0.5), readable=False), False),
        (piece(0, at=-0.5), False),
    ],
)
def test_what_goes_on(further: Written, goes_on: bool) -> None:
    assert continues(piece(1), further, 1.5) is goes_on


async def _nothing(_: Lane) -> None: ...


async def test_waiting_ends_after_the_last_long_piece(clock: VirtualClock) -> None:
    lane = Lane("")
    first = asyncio.create_task(whole(piece(1), clock.now(), lane, clock, 1.5))
    await clock.advance(1.4)
    lane.jobs.append(Job(_nothing, piece(2, at=1.4)))
    lane.news.set()
    await settle()
    await clock.advance(1.4)
    assert not first.done(), "each long piece is waited behind"
    lane.jobs.append(Job(_nothing, piece(3, "the end", at=2.8)))
    lane.news.set()
    assert [one.id for one in await first] == ["1", "2", "3"]


async def test_what_came_long_ago_is_not_waited_for(clock: VirtualClock) -> None:
    lane = Lane("")
    lane.jobs.append(Job(_nothing, piece(2, "x", at=1.0)))
    heard_at = clock.now() - 60
    assert [one.id for one in await whole(piece(1), heard_at, lane, clock, 1.5)] == ["1", "2"]
    assert [one.id for one in await whole(piece(1), heard_at, lane, clock, 1.5)] == ["1"]


# Through the whole client


async def test_a_split_text_is_one_message_and_others_wait_their_turn(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, home: Guild, general: Channel, ada: Person, me: str
) -> None:
    bob = discord.person("bob", home)
    async with listening(discord, core, clock) as ears:
        first = ada.post(general, f"{me} {LONG}")
        bob.post(general, f"{me} quick one")
        await clock.somebody_sleeps()
        await clock.advance(1)
        assert core.events == []
        second = ada.post(general, "the end", files=[("a.txt", b"x")])
        event, other = await ears.hears(f"{LONG} the end", "quick one")
        assert (event.message_id, event.target["reply_to"]) == (str(first.id), str(first.id))
        assert event.target["newest"] == str(second.id)
        assert [one.name for one in media_of(event)] == ["a.txt"]
        assert "newest" not in other.target


async def test_a_long_text_alone_is_heard_after_its_time(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    async with listening(discord, core, clock) as ears:
        ada.post(ada.dm, LONG)
        await clock.somebody_sleeps()
        await clock.advance(1.6)
        await ears.hears(LONG)
        ada.post(ada.dm, "by itself")
        await ears.hears(LONG, "by itself")


async def test_where_it_is_switched_off_nothing_waits(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    async with listening(discord, core, clock, continuation_seconds=0) as ears:
        ada.post(ada.dm, LONG)
        ada.post(ada.dm, "the end")
        await ears.hears(LONG, "the end")


async def test_an_edited_piece_is_an_edit_of_the_whole(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, general: Channel, ada: Person, me: str
) -> None:
    async with listening(discord, core, clock) as ears:
        first = ada.post(general, f"{me} {LONG}")
        second = ada.post(general, "the end")
        await ears.hears(f"{LONG} the end")
        for number in range(150):
            ada.post(general, f"talk of something else {number}")
        await clock.advance(5)
        ada.edit(second, "another end")
        edit = (await core.events_heard(2))[1]
        assert isinstance(edit.command, Edit)
        assert (text_of(edit), edit.command.message_id) == (f"{LONG} another end", str(first.id))
        await clock.advance(5)
        ada.edit(first, f"{me} {LONG}, in short,")
        assert text_of((await core.events_heard(3))[2]) == f"{LONG}, in short, another end"
        ada.delete(second)
        await clock.advance(5)
        ada.edit(first, f"{me} never mind")
        again = (await core.events_heard(4))[3]
        assert text_of(again) == "never mind"
        discord.faults.error("GET /channels/", 404)
        await clock.advance(5)
        ada.edit(first, f"{me} lost half")
        ada.post(general, f"{me} last")
        assert text_of((await core.events_heard(5))[4]) == "last"

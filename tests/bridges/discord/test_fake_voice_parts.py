"""The parts of the fake voice servers by themselves: packets, the way to a bot, the group, what was heard."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from functools import partial

import davey
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.voice import mls, sound
from fakes.discord.voice.callers import Caller
from fakes.discord.voice.dave import Group
from fakes.discord.voice.heard import Arrival, Heard
from fakes.discord.voice.network import FARTHEST, Network, Way
from fakes.discord.voice.rtp import SHORTEST, SILENCE, Packet, Unreadable, rubbish, seal, unseal
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import VOICE, World

KEY = bytes(range(32))

CHANNEL = 1 << 60

packets = st.builds(
    Packet,
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=300),
)
shares = st.floats(0, 1)


@settings(deadline=None)
@given(packets, st.integers(0, 0xFFFFFFFF), st.integers(0, 255), st.booleans())
def test_a_packet_is_read_as_it_was_sealed(packet: Packet, nonce: int, padding: int, extension: bool) -> None:
    data = seal(packet, KEY, nonce, padding=padding, extension=extension)
    assert unseal(data, KEY) == (packet, struct.pack(">I", nonce))
    for place in (0, 3, len(data) - 5, len(data) - 1):
        with pytest.raises(Unreadable):
            unseal(data[:place] + bytes([data[place] ^ 0x81]) + data[place + 1 :], KEY)


@settings(deadline=None)
@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 20))
def test_rubbish_is_no_sound(ssrc: int, kind: int) -> None:
    with pytest.raises(Unreadable):
        unseal(rubbish(ssrc, kind), KEY)


@settings(deadline=None)
@given(shares, shares, shares, shares, shares, shares, st.integers(0, 1000))
def test_what_is_not_lost_arrives_at_most_a_few_places_late(
    padding: float, extension: float, loss: float, reordering: float, duplicates: float, noise: float, seed: int
) -> None:
    network = Network(padding, extension, loss, reordering, duplicates, noise, seed=seed)
    way = Way(network, KEY)
    sent = [Packet(number, 960 * number, 7, bytes([number])) for number in range(40)]
    arrived: list[Packet] = []
    for packet in sent:
        come = [each for data in way.carry(packet) for each in _sound(data)]
        assert all(packet.sequence - each.sequence <= FARTHEST for each in come)
        arrived += come
    for data in way.rest():
        arrived += _sound(data)
    assert set(arrived) == set(sent) - set(network.lost)
    assert max(Counter(arrived).values(), default=0) <= 2


def _sound(data: bytes) -> list[Packet]:
    try:
        return [unseal(data, KEY)[0]]
    except Unreadable:
        return []


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=12))
async def test_whoever_comes_and_goes_those_there_hear_each_other(steps: list[tuple[str, bool]]) -> None:
    discord = FakeDiscord()
    voice = FakeVoice(discord, Network())
    owner = discord.person("owner")
    home = discord.guild("Home", owner)
    lounge = discord.channel(home, "Lounge", kind=VOICE)
    people: dict[str, Person] = {name: discord.person(name, home) for name in "abcd"}
    there: dict[str, Caller] = {}
    group = voice.room(lounge).group
    assert group is not None
    for name, anew in steps:
        if name in there:
            there.pop(name).leave()
        else:
            there[name] = voice.join(people[name], lounge)
        if anew:
            group.restart()
        assert group.settled
        assert set(group.members) == {caller.id for caller in there.values()}
        for speaker in there.values() if len(there) > 1 else ():
            said = speaker._dave.encrypt_opus(b"\x78" * 40)
            others = [each for each in there.values() if each is not speaker]
            assert [each.hears(speaker.id, said) for each in others] == [b"\x78" * 40] * len(others)
            assert speaker.privacy_code == others[0].privacy_code


class Device:
    """A device that answers only when it is let; an eager one follows a commit at once, as bots do."""

    def __init__(self, user: int, group: Group, *, eager: bool) -> None:
        self.id = user
        self.answers: list[Callable[[], None]] = []
        self.dave = davey.DaveSession(1, user, CHANNEL)
        self._group = group
        self._eager = eager
        self._follow: Callable[[], None] | None = None

    def answer(self) -> bool:
        """Give the oldest answer; False where none is owed."""
        if self.answers:
            self.answers.pop(0)()
            return True
        return False

    def external_sender(self, package: bytes) -> None:
        self.dave.set_external_sender(package)
        self._offer()

    def _offer(self) -> None:
        package = self.dave.get_serialized_key_package()
        self.answers.append(partial(self._group.key_package, self.id, package))

    def propose(self, data: bytes) -> None:
        made = self.dave.process_proposals(davey.ProposalsOperationType.append, data[1:])
        assert made is not None
        self.answers.append(partial(self._group.commit, self.id, made.commit + (made.welcome or b"")))

    def announce(self, transition: int, commit: bytes) -> None:
        self._prepare(transition, partial(self.dave.process_commit, commit))

    def welcome(self, transition: int, welcome: bytes) -> None:
        self._prepare(transition, partial(self.dave.process_welcome, welcome))

    def _prepare(self, transition: int, follow: Callable[[], None]) -> None:
        self._follow = None if self._eager else follow
        if self._eager:
            follow()
        self.answers.append(partial(self._group.ready, self.id, transition))

    def execute(self, _: int) -> None:
        if self._follow is not None:
            self._follow()

    def prepare_transition(self, _: int, version: int) -> None:
        raise AssertionError(version)

    def prepare_epoch(self) -> None:
        self.answers.clear()
        self._follow = None
        self.dave.reinit(1, self.id, CHANNEL)
        self._offer()


whats = st.sampled_from(["come or go", "answer", "answer", "answer", "anew"])
steps = st.lists(st.tuples(whats, st.integers(1, 3), st.booleans()), max_size=30)


def played(text: str) -> list[tuple[str, int, bool]]:
    """Steps written short: +1 comes, -1 goes, 1 answers."""
    return [
        ("come or go" if each[0] in "+-" else "answer", int(each[-1]), each[0] == "-") for each in text.split()
    ]


@settings(max_examples=60, deadline=None)
@given(steps)
@example(played("+1 1 +2 2 1 1 2 +3 3 +2 2 1 1 3 -2"))
async def test_however_slowly_they_answer_all_come_to_one_key(steps: list[tuple[str, int, bool]]) -> None:
    group = Group(CHANNEL, lambda: None)
    group.ready_seconds = 60
    there: dict[int, Device] = {}
    for what, user, flag in steps:
        if what == "anew":
            group.restart()
        elif what == "answer":
            if user in there:
                there[user].answer()
        elif user in there and flag:
            del there[user]
            group.leave(user)
        else:
            # One that is there already comes anew, as a bot whose connection was cut.
            there[user] = Device(user, group, eager=flag)
            group.enter(there[user])
    while any(device.answer() for device in there.values()):
        assert len(group.members) == len(set(group.members))
    assert group.settled
    assert set(group.members) == set(there)
    assert len({device.dave.get_epoch_authenticator() for device in there.values()}) <= 1
    assert all(device.dave.epoch == group.epoch for device in there.values())


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_rubbish_is_no_message_of_mls(data: bytes) -> None:
    with pytest.raises(mls.Malformed):
        mls.owner_of(data)
    with pytest.raises(mls.Malformed):
        mls.split_commit(data, bytes(8), 0)


@settings(deadline=None)
@given(st.sampled_from([0, 1, 63, 64, 16383, 16384]))
def test_a_vector_is_read_as_it_was_written(length: int) -> None:
    reader = mls.Reader(mls.vector(bytes(length)) + b"x")
    assert reader.vector() == bytes(length)
    assert reader.take(1) == b"x"


def test_pauses_are_found_in_what_was_heard() -> None:
    heard = Heard(World(lambda: 0.0))
    frames = sound.encode(sound.tone(0.06))
    times = [(1.0, frames[0]), (1.02, SILENCE), (1.03, frames[1]), (1.13, frames[2])]
    heard.packets = [Arrival(at, n, n * 960, 1, opus, True) for n, (at, opus) in enumerate(times)]
    assert heard.opus == frames
    assert [round(each) for each in heard.spacings()] == [30, 100]
    assert [round(each) for each in heard.gaps()] == [100]
    assert [packet.sequence for packet in heard.since(1.03)] == [3]
    assert heard.pcm().shape == (4 * 960, 2)


def test_the_shortest_packet_is_silence_without_silence() -> None:
    assert len(seal(Packet(0, 0, 0, b""), KEY, 0)) == SHORTEST

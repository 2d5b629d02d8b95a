"""Who may call the bot, whom it hears, what stands in the chat of the voice channel, and its controls."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.discord.calling import Lounge, Taken, lounge_on
from fakes.discord.people import Person, shown_files, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.stage import Stage
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import Channel, Guild, Permission
from fakes.vault import MemoryVault
from trunkline.audio.codecs import wav
from trunkline.calls import Calls, Pressed, Talker, Tuning
from trunkline.errors import StoreError
from trunkline.inbound import Inbound, Say, Stop
from trunkline.messages import Media, Message, Option, Part, Reply, Speaker, Text, Thought


@pytest.fixture
def now() -> Callable[[], float]:
    """The library sleeps in real time."""
    return time.time


@pytest.fixture
def root(unlimited: None, tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
async def call(
    discord: FakeDiscord, voice: FakeVoice, home: Guild, lounge: Channel, root: Path
) -> AsyncIterator[Lounge]:
    async with lounge_on(discord, voice, lounge, root) as made:
        yield made


async def refused(call: Lounge, person: Person, command: str = "join", **values: Any) -> str:
    """What they are told, while nothing happens."""
    before = len(call.voice.frames)
    said = await call.told(person.slash(call.channel, command, **values))
    assert len(call.voice.frames) == before
    return said


# Joining


async def test_who_may_call_is_a_setting(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild, lounge: Channel, root: Path
) -> None:
    bob = discord.person("bob", home)
    async with lounge_on(discord, voice, lounge, root, voice_join="moderators") as call:
        voice.join(bob, lounge)
        assert "may not call me" in await refused(call, bob)
        await call.joined(ada)


async def test_a_role_may_call(
    discord: FakeDiscord, voice: FakeVoice, home: Guild, lounge: Channel, root: Path
) -> None:
    bob, cleo = discord.person("bob", home), discord.person("cleo", home)
    role = discord.role(home, "host", bob)
    async with lounge_on(discord, voice, lounge, root, voice_join="roles", voice_roles=[str(role.id)]) as call:
        voice.join(cleo, lounge)
        assert "may not call me" in await refused(call, cleo)
        await call.joined(bob)


async def test_it_comes_where_who_asks_is_and_only_where_it_may(
    call: Lounge, ada: Person, home: Guild, general: Channel
) -> None:
    act = ada.slash(general, "join")
    assert "Join a voice channel first" in await call.told(act)
    assert "no voice channel here" in await call.told(ada.slash(general, "leave"))
    call.voice.join(ada, call.channel)
    call.discord.forbid(call.channel, Permission.SPEAK, call.discord.world.bot.id)
    assert "needs Speak" in await call.told(ada.slash(general, "join"))
    call.channel.overwrites.clear()
    call.discord.events.channel("CHANNEL_UPDATE", call.channel)
    assert "I am in" in await call.told(ada.slash(general, "join"))
    assert "already" in await call.told(ada.slash(general, "join"))


async def test_nobody_runs_calls(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel, root: Path
) -> None:
    async with lounge_on(discord, voice, lounge, root, calls=Calls()) as call:
        voice.join(ada, lounge)
        assert "switched off" in await refused(call, ada)


async def test_without_a_library_for_sound_there_is_a_sentence(
    call: Lounge, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from discord import opus

    from trunkline.audio import codecs

    call.voice.join(ada, call.channel)
    monkeypatch.setattr(opus, "is_loaded", lambda: False)
    monkeypatch.setattr(codecs, "opus_library", lambda: "")
    assert "trunkline[voice]" in await refused(call, ada)


async def test_a_voice_server_that_refuses_is_told_of(
    call: Lounge, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trunkline_bridges.discord.speaking import rooms

    monkeypatch.setattr(rooms, "CONNECT_S", 0.3)
    call.voice.refuses = True
    call.voice.join(ada, call.channel)
    assert "cannot be reached" in await call.told(ada.slash(call.channel, "join"))
    call.voice.refuses = False
    assert "I am in" in await call.told(ada.slash(call.channel, "join"))


async def test_where_nothing_can_be_announced_nobody_is_heard(call: Lounge, ada: Person) -> None:
    call.voice.join(ada, call.channel)
    call.discord.faults.error("create", 404)
    assert "no longer exists" in await call.told(ada.slash(call.channel, "join"))
    assert call.taker.taken == []
    await call.voice.until(
        lambda: (call.channel.guild_id, call.voice.bot.id) not in call.discord.world.voice_states
    )


async def test_a_channel_is_joined_unasked_and_left_when_empty(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel, root: Path
) -> None:
    options: dict[str, Any] = {"voice_channels": [str(lounge.id)], "voice_leave_seconds": 0.2}
    async with lounge_on(discord, voice, lounge, root, **options) as call:
        caller = voice.join(ada, lounge)
        taken = await call.taker.call()
        await voice.connected(lounge)
        caller.leave()
        await taken.until(lambda: taken.over)
        voice.join(ada, lounge)
        assert (await call.taker.call(1)).transport.name != taken.transport.name


async def test_people_who_wait_are_joined_when_the_bot_starts(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel, root: Path
) -> None:
    voice.join(ada, lounge)
    async with lounge_on(discord, voice, lounge, root, voice_channels=[str(lounge.id)]) as call:
        taken = await call.taker.call()
        await taken.until(lambda: taken.call.present(str(ada.id)))
        assert not taken.consents(ada)


async def test_who_comes_back_in_time_keeps_the_call(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel, root: Path
) -> None:
    async with lounge_on(discord, voice, lounge, root, voice_leave_seconds=30, voice_consent="kept") as call:
        caller, taken = await call.joined(ada)
        caller.leave()
        await taken.until(lambda: not taken.call.present(str(ada.id)))
        voice.join(ada, lounge)
        await taken.until(lambda: taken.call.hears(str(ada.id)))
        assert not taken.over


# Consent


async def test_consent_outlives_the_process(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel, root: Path
) -> None:
    vault = MemoryVault(time.time)
    async with lounge_on(discord, voice, lounge, root, vault) as call:
        await call.joined(ada)
        assert call.agreed == [f"{lounge.guild_id}:{ada.id}"]
    async with lounge_on(discord, voice, lounge, root, vault) as call:
        assert "I am in" in await call.told(ada.slash(lounge, "join"))
        taken = await call.taker.call()
        await taken.until(lambda: taken.consents(ada))


async def test_who_hung_up_while_the_bot_was_away_is_asked_again(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel, root: Path
) -> None:
    vault = MemoryVault(time.time)
    for person in (ada.id, 123456789012345678):
        await vault.put("voice_consent", f"{lounge.guild_id}:{person}", {"at": 1.0})
    async with lounge_on(discord, voice, lounge, root, vault) as call:
        _, taken = await call.joined(ada, consents=False)
        assert taken.consents(ada)
        assert call.agreed == [f"{lounge.guild_id}:{ada.id}"]


async def test_who_is_forgotten_is_not_heard_any_more(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada)
    act = ada.slash(call.channel, "forget")
    await act.response_type()
    shown = await call.discord.world.until(lambda: act.original)
    assert shown is not None
    await ada.click(shown, "Erase").response_type()
    await taken.until(lambda: not taken.consents(ada))
    assert call.agreed == []


async def test_who_may_not_use_the_bot_cannot_consent(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild, lounge: Channel, root: Path
) -> None:
    bob = discord.person("bob", home)
    async with lounge_on(discord, voice, lounge, root, block_users=[str(bob.id)]) as call:
        _, taken = await call.joined(ada)
        voice.join(bob, lounge)
        await taken.until(lambda: taken.call.present(str(bob.id)))
        await call.told(bob.click(await call.panel(bob), "Listen to me"))
        assert not taken.call.hears(str(bob.id))
        assert call.agreed == [f"{lounge.guild_id}:{ada.id}"]


async def test_consent_that_cannot_be_kept_is_not_given(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada, consents=False)
    call.vault.down = StoreError("The database is away.")
    assert "away" in await call.told(ada.click(await call.panel(ada), "Listen to me"))
    assert not taken.call.hears(str(ada.id))


# The panel


async def test_the_panel_shows_what_the_call_does(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada)
    for state, said in (("thinking", "Thinking"), ("stopped", "Stopped")):
        await taken.transport.show(state)  # type: ignore[arg-type]
        await call.panel(ada, said)
    await call.panel(ada, "I hear: Ada")


async def pressed(taken: Taken, *controls: str) -> None:
    await taken.until(lambda: [event.control for event in taken.of(Pressed)] == list(controls))


async def test_controls_are_for_those_who_are_there(call: Lounge, ada: Person, home: Guild) -> None:
    _, taken = await call.joined(ada)
    bob = call.discord.person("bob", home)
    panel = await call.panel(ada)
    assert "Only who is in the voice channel" in await call.told(bob.click(panel, "Interrupt"))
    await ada.click(panel, "Interrupt").response_type()
    await pressed(taken, "interrupt")
    await ada.click(panel, "Stop conversation").response_type()
    await pressed(taken, "interrupt", "stop")
    await taken.transport.show("stopped")
    panel = await call.panel(ada, "Stopped")
    await ada.click(panel, "Start conversation").response_type()
    await pressed(taken, "interrupt", "stop", "start")
    await ada.click(panel, "Leave").response_type()
    await taken.until(lambda: taken.over)


async def test_push_to_talk_is_pressed_twice(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, home: Guild, lounge: Channel, root: Path
) -> None:
    manner: dict[str, Any] = {"turn_taking": "push", "record": True}
    async with lounge_on(discord, voice, lounge, root, manner=manner) as call:
        _, taken = await call.joined(ada, consents=False)
        panel = await call.panel(ada, "kept as sound")
        assert "Listen to me" in await call.told(ada.click(panel, "Push to talk"))
        await call.consent(ada, taken)
        await ada.click(panel, "Push to talk").response_type()
        await pressed(taken, "talk")
        await ada.click(panel, "Push to talk").response_type()
        await pressed(taken, "talk", "talked")


async def test_stop_stops_the_conversation_in_its_chat_alone(call: Lounge, ada: Person, general: Channel) -> None:
    _, taken = await call.joined(ada)
    assert "is stopped" in await call.told(ada.slash(call.channel, "stop"))
    await pressed(taken, "stop")
    await call.told(ada.slash(general, "stop"))
    assert isinstance(call.core.events[-1].command, Stop)


async def test_a_panel_of_an_earlier_life_says_so(call: Lounge, ada: Person) -> None:
    await call.joined(ada)
    panel = await call.panel(ada)
    ids = [_id_of(panel.components, label) for label in ("Listen to me", "Interrupt")]
    await call.told(ada.slash(call.channel, "leave"))
    for custom_id in ids:
        assert "in no voice channel here" in await call.told(ada.press_stale(panel, custom_id))


def _id_of(components: Any, label: str) -> str:
    """The custom id of a button, wherever it stands."""
    for one in components:
        if one.get("label") == label:
            return str(one["custom_id"])
        if found := _id_of(one.get("components", ()), label):
            return found
    return ""


async def test_how_it_sounds_is_kept_for_the_channel(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada)
    assert "from 0.25 to 4" in await refused(call, ada, "voice", speed=9.0)
    assert "Done" in await call.told(ada.slash(call.channel, "voice", language="de", speed=1.5))
    assert taken.transport.tuning == Tuning("de", "", 1.5)
    await call.told(ada.slash(call.channel, "voice", voice="anna"))
    assert taken.transport.tuning == Tuning("de", "anna", 1.5)
    await call.told(ada.slash(call.channel, "leave"))
    await call.told(ada.slash(call.channel, "join"))
    assert (await call.taker.call(1)).transport.tuning == Tuning("de", "anna", 1.5)
    assert "as usual" in await call.told(ada.slash(call.channel, "voice"))
    assert (await call.taker.call(1)).transport.tuning == Tuning()


# The text side


async def test_what_was_said_stands_above_its_answer_with_the_sound(call: Lounge, ada: Person) -> None:
    import numpy as np

    _, taken = await call.joined(ada)
    sound = wav(np.zeros(1_600, np.int16), 16_000)
    blob = await call.core.media.put(sound, mime="audio/wav", name="said.wav", limit=10_000)
    recording = Media("audio", blob, name="said.wav", mime="audio/wav", recording=True)
    talker = Talker(str(ada.id), Speaker("discord", str(ada.id), "Ada"))
    transport = taken.transport
    target = transport.target(talker, "why *not*?", recording)
    assert call.bridge.companions(target) == (("voice", {"call": transport.name}),)
    assert call.bridge.companions({"channel": "1"}) == ()
    say = Say((Text("why *not*?"), recording))
    await call.core.accept(Inbound("k", transport.place, talker.speaker, say, time.time(), target=target))
    turn = await call.core.begun()
    await turn.finish("Because.")
    assert turn.event.place.channel == str(call.channel.id)
    shown = ada.sees(call.channel)
    assert any("🎙️ **Ada**: why \\*not\\*?" in text_of(one) and "Because." in text_of(one) for one in shown)
    assert [name for one in shown for name in shown_files(one)] == ["said.wav"]
    ada.post(call.channel, f"<@{call.voice.bot.id}> and in writing?")
    written = await call.core.begun(turn.id + 1)
    assert written.event.place == transport.place, "spoken and written turns share a history"


async def test_all_of_an_answer_stands_in_the_chat_of_the_call(call: Lounge, ada: Person) -> None:
    import numpy as np

    _, taken = await call.joined(ada)
    spoken = wav(np.zeros(1_600, np.int16), 16_000)
    pieces: dict[str, Media] = {}
    for kind, name, mime in (("image", "map.png", "image/png"), ("audio", "reply.wav", "audio/wav")):
        blob = await call.core.media.put(spoken, mime=mime, name=name, limit=10_000)
        pieces[name] = Media(kind, blob, name=name, mime=mime)  # type: ignore[arg-type]
    transport = taken.transport
    talker = Talker(str(ada.id), Speaker("discord", str(ada.id), "Ada"))
    target = transport.target(talker, "Which way?", None)
    say = Say((Text("Which way?"),))
    await call.core.accept(Inbound("k", transport.place, talker.speaker, say, time.time(), target=target))
    turn = await call.core.begun()
    parts: tuple[Part, ...] = (
        Thought("Looking at the map", (Text("It shows two roads."),)),
        Text("Choose."),
        *pieces.values(),
    )
    answer = Message("assistant", parts, (Option("left"), Option("right")))
    await turn.finish(Reply((answer,), state="final"))
    shown = ada.sees(call.channel)
    assert any("Which way?" in text_of(one) and "Looking at the map" in text_of(one) for one in shown)
    assert sorted(name for one in shown for name in shown_files(one)) == sorted(pieces)
    chosen = ada.click(next(one for one in shown if _id_of(one.components, "left")), "left")
    await chosen.response_type()
    picked = await call.core.begun(turn.id + 1)
    assert picked.event.target.get("call") == transport.name, "what is chosen is answered aloud, too"


async def test_where_nobody_transcribes_the_speaker_is_named(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada)
    talker = Talker("5", Speaker("discord", "5", "A*a"))
    target = taken.transport.target(talker, "", None)
    assert (target["asked"], target["speaker"]) == ("-# 🎙️ **A\\*a**", "A\\*a")


async def test_what_goes_wrong_is_said_in_writing(call: Lounge, ada: Person) -> None:
    _, taken = await call.joined(ada)
    await taken.transport.say("The app sleeps.")
    assert text_of(ada.sees(call.channel)[-1]) == "The app sleeps."
    taken.call.unreadable(everybody=False)
    taken.call.unreadable(everybody=False)
    await call.discord.world.until(lambda: "cannot decrypt" in text_of(ada.sees(call.channel)[-1]))
    assert sum("cannot decrypt" in text for text in ada.texts(call.channel)) == 1


async def test_without_the_setting_there_are_no_calls(stage: Stage, ada: Person) -> None:
    assert not {"join", "leave", "voice"} & set(stage.desk.memory.commands)
    assert "stop" in stage.desk.memory.commands

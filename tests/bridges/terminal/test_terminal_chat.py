"""Conversations at the terminal, with the real router and store and a scripted app."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.backend import ScriptedBackend, reply, said
from fakes.console import FakeConsole
from fakes.engines import FakeSpeech
from fakes.samples import RED, png, wav
from fakes.talking import Terminal
from trunkline.backend import Accepts, AppInput, Button, Choice, Example
from trunkline.errors import AppFailed, AppUnreachable, UsageError
from trunkline.messages import AppFile, Link, Media, Message, Notice, Option, Reply, Text, Thought
from trunkline.utterance import SendUtterance
from trunkline.words import words

MakeScreen = Callable[..., FakeConsole]


# One message after the other


async def test_a_message_is_sent_and_its_answer_printed(terminal: Terminal) -> None:
    async with terminal.open(messages=("hello",)) as talk:
        assert await talk.ends() == 0
        assert talk.console.output == "Turn 1 heard: hello\n\n"
        assert talk.console.errors == ""


async def test_several_messages_are_one_conversation(terminal: Terminal, backend: ScriptedBackend) -> None:
    async with terminal.open(messages=("one", "two", "three")) as talk:
        assert await talk.ends() == 0
    assert [said(request) for request in backend.requests] == ["one", "two", "three"]
    assert [m.text for m in backend.requests[2].history] == [
        "one",
        "Turn 1 heard: one",
        "two",
        "Turn 2 heard: two",
    ]


async def test_snapshots_are_lines_of_json(terminal: Terminal, backend: ScriptedBackend) -> None:
    gate = asyncio.Event()
    thought = Thought("Thinking", (Text("hard"),), "pending", id="t")
    first = Reply((Message("assistant", (thought,)),), notices=(Notice("info", "wait"),))
    backend.script = lambda request, number: [first, gate, reply("Done", options=["yes", "no"])]
    async with terminal.open(messages=("hello",), json_lines=True) as talk:
        talk.start()
        await talk.console.until(lambda: bool(talk.console.lines))
        (running,) = talk.console.lines
        gate.set()
        assert await talk.ends() == 0
        last = talk.console.lines[-1]
    assert running == {
        "turn": last["turn"],
        "state": "running",
        "parts": [
            {
                "type": "thought",
                "title": "Thinking",
                "parts": [{"type": "text", "text": "hard"}],
                "status": "pending",
                "id": "t",
            }
        ],
        "options": [],
        "notices": [{"type": "notice", "level": "info", "text": "wait"}],
        "artifacts": [],
        "final": False,
        "error": None,
    }
    assert last["parts"] == [{"type": "text", "text": "Done"}]
    assert last["options"] == [{"type": "option", "value": "yes"}, {"type": "option", "value": "no"}]
    assert (last["state"], last["final"], last["error"]) == ("final", True, None)


async def test_a_failed_turn_ends_with_status_one(terminal: Terminal, backend: ScriptedBackend) -> None:
    backend.script = lambda request, number: [AppFailed("It broke.")] if number == 1 else ["fine"]
    async with terminal.open(messages=("one", "two"), json_lines=True) as talk:
        assert await talk.ends() == 1
        finals = [line for line in talk.console.lines if line["final"]]
    assert [(line["state"], line["error"]) for line in finals] == [("failed", "It broke."), ("final", None)]


async def test_an_app_that_is_away_in_mid_conversation_fails_the_turn(
    terminal: Terminal, backend: ScriptedBackend
) -> None:
    async with terminal.open(messages=("one",)) as talk:
        backend.refuses = AppUnreachable("Nobody answers at http://app.test.")
        assert await talk.ends() == 1
        assert talk.console.output == "[Nobody answers at http://app.test.]\n\n"


async def test_files_go_with_the_first_message(
    terminal: Terminal, backend: ScriptedBackend, tmp_path: Path
) -> None:
    backend.change(accepts=Accepts(files=True))
    picture = tmp_path / "cat.png"
    picture.write_bytes(png(RED))
    async with terminal.open(messages=("one", "two"), files=(str(picture),)) as talk:
        assert await talk.ends() == 0
    sent = [getattr(request.input, "parts", ()) for request in backend.requests]
    assert [(m.kind, m.name, m.mime) for m in sent[0] if isinstance(m, Media)] == [
        ("image", "cat.png", "image/png")
    ]
    assert not any(isinstance(part, Media) for part in sent[1])


async def test_a_clip_is_a_message_by_itself_where_the_app_listens(
    terminal: Terminal, backend: ScriptedBackend, tmp_path: Path
) -> None:
    backend.change(accepts=Accepts(text=False, files=True, file_types=("audio",), max_files=1, speech=True))
    clip = tmp_path / "clip.wav"
    clip.write_bytes(wav())
    async with terminal.open(files=(str(clip),)) as talk:
        assert await talk.ends() == 0
    (request,) = backend.requests
    assert isinstance(request.input, SendUtterance)
    clip_sent = request.input.media
    assert (clip_sent.kind, clip_sent.name) == ("audio", "clip.wav")


async def test_a_clip_is_a_message_by_itself_where_speech_becomes_text(
    terminal: Terminal, backend: ScriptedBackend, tmp_path: Path
) -> None:
    clip, note = tmp_path / "clip.wav", tmp_path / "note.txt"
    clip.write_bytes(wav())
    note.write_text("Read me.")
    speech = FakeSpeech({clip.read_bytes(): "What is new?"})
    async with terminal.open(files=(str(clip),), speech=speech) as talk:
        assert await talk.ends() == 0
        assert words("clip_heard", text="What is new?") in talk.console.output
    (request,) = backend.requests
    assert said(request) == "What is new?"
    async with terminal.open(files=(str(clip), str(note)), speech=speech) as talk:
        talk.console.end()
        assert await talk.ends() == 0
    assert len(backend.requests) == 1, "what is no speech goes with words"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gone.png", "There is no file"),
        (".", "is a folder"),
        ("a\0b", "cannot be read"),
        ("secret", "cannot be read"),
    ],
)
async def test_files_that_cannot_be_read_are_named(
    terminal: Terminal, backend: ScriptedBackend, tmp_path: Path, name: str, sentence: str
) -> None:
    path = tmp_path / name if name != "secret" else Path("/proc/self/mem")
    async with terminal.open(messages=("one",), files=(str(path),)) as talk:
        with pytest.raises(UsageError, match=sentence) as raised:
            await talk.ends()
        assert raised.value.exit_status == 2
    assert backend.requests == []


async def test_settings_are_given_and_checked(terminal: Terminal, backend: ScriptedBackend) -> None:
    backend.change(inputs=(AppInput(1, "size", "Size", "slider", minimum=1, maximum=10),))
    async with terminal.open(messages=("one",), set={"size": "3"}) as talk:
        assert await talk.ends() == 0
    assert dict(backend.requests[0].settings) == {"size": 3}
    for wrong, sentence in (({"size": "11"}, "the most is 10"), ({"colour": "red"}, "no setting named")):
        async with terminal.open(messages=("one",), set=wrong) as talk:
            with pytest.raises(UsageError, match=sentence):
                await talk.ends()
    assert len(backend.requests) == 1


async def test_a_message_that_is_too_long_is_refused_in_words(
    terminal: Terminal, backend: ScriptedBackend
) -> None:
    backend.change(accepts=Accepts(max_length=10))
    async with terminal.open(messages=("x" * 11,)) as talk:
        assert await talk.ends() == 1
        assert "at most 10" in talk.console.output
    assert backend.requests == []


async def test_a_message_that_is_no_text_is_refused(terminal: Terminal, backend: ScriptedBackend) -> None:
    async with terminal.open(messages=("\udcff",)) as talk:
        with pytest.raises(UsageError, match="not UTF-8"):
            await talk.ends()
    assert backend.requests == []


async def test_a_stored_conversation_goes_on_in_another_process(
    terminal: Terminal, backend: ScriptedBackend
) -> None:
    for text in ("one", "two"):
        async with terminal.open(messages=(text,), conversation="work") as talk:
            assert await talk.ends() == 0
    async with terminal.open(messages=("three",), conversation="play") as talk:
        assert await talk.ends() == 0
    assert [[m.text for m in request.history] for request in backend.requests] == [
        [],
        ["one", "Turn 1 heard: one"],
        [],
    ]


async def test_a_closed_pipe_ends_quietly(terminal: Terminal, backend: ScriptedBackend) -> None:
    backend.script = lambda request, number: ["So far", asyncio.Event()]
    async with terminal.open(messages=("one", "two")) as talk:
        talk.console.reads = False
        assert await talk.ends() == 141
        assert talk.console.errors == ""
    assert len(backend.requests) == 1


async def test_ctrl_c_ends_a_script_with_what_came_so_far(terminal: Terminal, backend: ScriptedBackend) -> None:
    backend.script = lambda request, number: ["So far", asyncio.Event()]
    async with terminal.open(messages=("one", "two")) as talk:
        talk.start()
        await talk.console.sees("So far")
        talk.console.interrupt()
        assert await talk.ends() == 130
        assert talk.console.output == "So far\n\n[Stopped.]\n\n"
    assert len(backend.requests) == 1


async def test_a_second_ctrl_c_leaves_an_app_that_does_not_heed_the_first(
    terminal: Terminal, backend: ScriptedBackend
) -> None:
    backend.heeds_stop = False
    backend.script = lambda request, number: ["So far", asyncio.Event()]
    async with terminal.open(messages=("one",)) as talk:
        talk.start()
        await talk.console.sees("So far")
        talk.console.interrupt()
        talk.console.interrupt()
        assert await talk.ends() == 130


async def test_being_told_to_end_ends(terminal: Terminal, backend: ScriptedBackend) -> None:
    backend.script = lambda request, number: ["So far", asyncio.Event()]
    async with terminal.open(messages=("one",)) as talk:
        talk.start()
        await talk.console.sees("So far")
        talk.console.terminate()
        assert await talk.ends() == 143
        assert not talk.console.attended


# Lines of a pipe


async def test_lines_are_answered_in_turn(terminal: Terminal) -> None:
    async with terminal.open() as talk:
        talk.console.enter("one", "", "two")
        talk.console.end()
        assert await talk.ends() == 0
        assert talk.console.output == "Turn 1 heard: one\n\nTurn 2 heard: two\n\n"


async def test_a_last_line_without_an_end_counts(terminal: Terminal) -> None:
    async with terminal.open() as talk:
        talk.console.type("one\ntwo")
        talk.console.end()
        assert await talk.ends() == 0
        assert talk.console.output.endswith("Turn 2 heard: two\n\n")


async def test_a_line_that_is_no_text_is_named_and_the_others_are_answered(
    terminal: Terminal, backend: ScriptedBackend
) -> None:
    async with terminal.open() as talk:
        talk.console.type(b"one\n\xff\xfe\nthree \xe2\x82\xac\n")
        talk.console.end()
        assert await talk.ends() == 2
        assert "Line 2 of the input is not UTF-8" in talk.console.errors
    assert [said(request) for request in backend.requests] == ["one", "three €"]


async def test_commands_work_in_a_pipe(terminal: Terminal, backend: ScriptedBackend) -> None:
    backend.change(inputs=(AppInput(2, "tone", "Tone", "radio", "kind", choices=(Choice("Kind", "kind"),)),))
    async with terminal.open() as talk:
        talk.console.enter(
            "one", "two", "/undo", "/retry", "/edit uno", "/settings", "/settings tone=rude", "/clear", "x"
        )
        talk.console.end()
        assert await talk.ends() == 1
        output, errors = talk.console.output, talk.console.errors
    assert "Took back the last message" in output
    assert "Turn 3 heard: one" in output
    assert "Turn 4 heard: uno" in output
    assert "tone = kind  Tone  [Kind]" in output
    assert "“Tone” cannot be 'rude': the choices are Kind." in errors
    assert "Cleared." in output
    assert backend.requests[-1].history == ()
    assert "\x1b" not in output


async def test_options_are_chosen_by_number(terminal: Terminal, backend: ScriptedBackend) -> None:
    answers = {1: reply("Choose:", options=["red", "blue"])}
    backend.script = lambda request, number: [answers.get(number, reply(f"You took {said(request)}"))]
    async with terminal.open() as talk:
        talk.console.enter("hello", "3", "2", "2")
        talk.console.end()
        assert await talk.ends() == 2
        assert "1  red\n2  blue" in talk.console.output
        assert "There is no option 3: choose 1 to 2, or write /say 3 to send it." in talk.console.errors
        assert "You took blue" in talk.console.output
        assert "You took 2" in talk.console.output, "where nothing can be chosen, a number is a message"


async def test_options_of_the_greeting_can_be_chosen(terminal: Terminal, backend: ScriptedBackend) -> None:
    greeting = Message("assistant", (Text("Welcome!"),), (Option("a", "First"), Option("b", "Second")))
    backend.change(greeting=(greeting,))
    async with terminal.open() as talk:
        talk.console.enter("2")
        talk.console.end()
        assert await talk.ends() == 0
        assert talk.console.output == "Turn 1 heard: b\n\n"


async def test_options_are_those_of_the_newest_reply_after_undo(
    terminal: Terminal, backend: ScriptedBackend
) -> None:
    answers = {1: reply("Choose:", options=["red", "blue"]), 2: reply("And:", options=["x", "y", "z"])}
    backend.script = lambda request, number: [answers.get(number, reply(f"You took {said(request)}"))]
    async with terminal.open() as talk:
        talk.console.enter("hello", "more", "/undo", "3", "1")
        talk.console.end()
        await talk.ends()
        assert "choose 1 to 2" in talk.console.errors
        assert "You took red" in talk.console.output


async def test_examples_buttons_feedback_and_history(terminal: Terminal, backend: ScriptedBackend) -> None:
    backend.change(
        examples=(Example("What can you do?", label="Skills"),),
        buttons=(Button("b1", "Regenerate", "turn"),),
    )
    async with terminal.open() as talk:
        talk.console.enter(
            "/examples", "/examples 1", "/examples 7", "/buttons", "/buttons 1", "/feedback", "/like",
            "/feedback none", "/feedback Spam", "/new Second", "two", "/history", "/history 2",
            "three", "/quit", "never",
        )  # fmt: skip
        talk.console.end()
        await talk.ends()
        output, errors = talk.console.output, talk.console.errors
    assert "1  Skills" in output
    assert "Turn 1 heard: example 0" in output
    assert "There is no example 7: choose 1 to 1." in errors
    assert "Turn 2 heard: PressButton" in output
    assert "1  Like\n2  Dislike" in output
    assert [rating.value for rating in backend.ratings] == ["Like", ""]
    assert "does not take that feedback" in errors
    assert "1  Second (this one)" in output
    assert backend.requests[2].history == ()
    assert backend.requests[3].conversation == backend.requests[0].conversation
    assert len(backend.requests) == 4


async def test_files_are_attached_to_the_next_message(
    terminal: Terminal, backend: ScriptedBackend, tmp_path: Path
) -> None:
    backend.change(accepts=Accepts(files=True))
    (tmp_path / "my notes.txt").write_text("hello")
    async with terminal.open() as talk:
        talk.console.enter(
            "/files", f"/files '{tmp_path}/my notes.txt'", "/files", "read", "again", "/files gone.txt"
        )
        talk.console.end()
        await talk.ends()
        assert "No file is attached." in talk.console.output
        assert "With the next message goes my notes.txt." in talk.console.output
        assert "There is no file gone.txt" in talk.console.errors
    names = [[m.name for m in getattr(r.input, "parts", ()) if isinstance(m, Media)] for r in backend.requests]
    assert names == [["my notes.txt"], []]


async def test_text_that_changes_its_beginning_is_written_whole_at_the_end(
    terminal: Terminal, backend: ScriptedBackend
) -> None:
    gate = asyncio.Event()
    backend.script = lambda request, number: ["One moment", gate, "The answer", "The answer is 42."]
    async with terminal.open(messages=("hello",)) as talk:
        talk.start()
        await talk.console.sees("One moment")
        gate.set()
        assert await talk.ends() == 0
        assert talk.console.output == "One moment\n\nThe answer is 42.\n\n"


async def test_nothing_that_could_control_the_terminal_gets_through(
    terminal: Terminal, backend: ScriptedBackend
) -> None:
    evil = "a\x1b]0;owned\x07\x1b[2Jb\x9bc\x08"
    media = Media("image", Link(f"http://x.test/{evil}"), name=evil)
    thought = Thought(evil, (Text(evil),), log=evil)
    backend.script = lambda request, number: [reply(evil, media, thought, options=[evil])]
    async with terminal.open(messages=("hello",)) as talk:
        assert await talk.ends() == 0
        assert not set(talk.console.output) & {"\x1b", "\x07", "\x9b", "\x08"}


# Media


async def test_media_is_saved_and_named_once(terminal: Terminal, backend: ScriptedBackend, tmp_path: Path) -> None:
    backend.files = {"/tmp/cat.png": png(RED)}
    cat = Media("image", AppFile("/tmp/cat.png"), name="cat.png", mime="image/png", alt="A cat")
    gone = Media("image", AppFile("/tmp/gone.png"), name="gone.png")
    backend.script = lambda request, number: [reply("Look:", cat, gone, state="running")]
    async with terminal.open(messages=("one", "two"), json_lines=True) as talk:
        assert await talk.ends() == 0
        finals = [line for line in talk.console.lines if line["final"]]
    assert [path.name for path in (tmp_path / "saved").iterdir()] == ["cat.png"]
    assert (tmp_path / "saved" / "cat.png").read_bytes() == png(RED)
    for line in finals:
        assert line["parts"][1]["path"] == str(tmp_path / "saved" / "cat.png")
        assert "no longer has" in line["parts"][2]["error"]


async def test_the_line_of_a_file_says_where_it_is(
    terminal: Terminal, backend: ScriptedBackend, tmp_path: Path
) -> None:
    backend.files = {"/tmp/cat.png": png(RED)}
    cat = Media("image", AppFile("/tmp/cat.png"), name="cat.png", mime="image/png", alt="A cat")
    plot = Media("plot", spec={"type": "plotly", "plot": "{}"}, name="rates")
    backend.script = lambda request, number: [reply(cat, plot)]
    async with terminal.open(messages=("one",)) as talk:
        assert await talk.ends() == 0
        size = len(png(RED))
        saved = tmp_path / "saved"
        assert (
            talk.console.output
            == f"[image: A cat → {saved}/cat.png ({size} bytes)]\n\n[plot: rates → {saved}/rates.json]\n\n"
        )
    assert json.loads((saved / "rates.json").read_text())["type"] == "plotly"


# A person at a screen


async def test_a_person_talks(terminal: Terminal, screen: MakeScreen) -> None:
    async with terminal.open(screen()) as talk:
        talk.start()
        await talk.console.sees("type a message")
        talk.console.enter("hello")
        await talk.console.sees("Turn 1 heard: hello")
        talk.console.enter("/quit")
        assert await talk.ends() == 0
        text = str(talk.console.screen)
    assert " The app " in text
    assert text.index("› hello") < text.index("Turn 1 heard: hello")
    assert "type a message" not in text


async def test_a_message_typed_meanwhile_waits_and_stop_acts_at_once(
    terminal: Terminal, backend: ScriptedBackend, screen: MakeScreen
) -> None:
    backend.script = lambda request, number: (
        ["So far", asyncio.Event()] if number == 1 else [f"Answer to {said(request)}"]
    )
    async with terminal.open(screen()) as talk:
        talk.start()
        talk.console.enter("one")
        await talk.console.sees("So far")
        talk.console.enter("two")
        await talk.console.sees("⋯ two")
        talk.console.enter("/stop")
        await talk.console.sees("Answer to two")
        talk.console.type("\x04")
        assert await talk.ends() == 0
        text = str(talk.console.screen)
    assert "■ Stopped." in text
    assert text.index("› two") > text.index("■ Stopped.")
    assert "⋯ two" not in text


async def test_ctrl_c_stops_the_reply_then_clears_the_line_then_leaves(
    terminal: Terminal, backend: ScriptedBackend, screen: MakeScreen
) -> None:
    backend.script = lambda request, number: ["So far", asyncio.Event()]
    async with terminal.open(screen()) as talk:
        talk.start()
        talk.console.enter("one")
        await talk.console.sees("So far")
        talk.console.interrupt()
        await talk.console.until(lambda: "Ctrl-C stops" not in str(talk.console.screen))
        assert "■ Stopped." in str(talk.console.screen)
        talk.console.type("half a line")
        await talk.console.sees("half a line")
        talk.console.interrupt()
        await talk.console.until(lambda: "half a line" not in str(talk.console.screen))
        talk.console.interrupt()
        assert await talk.ends() == 0
    assert backend.stopped == [backend.requests[0].conversation]


async def test_a_stored_conversation_is_shown_when_it_is_opened(terminal: Terminal, screen: MakeScreen) -> None:
    async with terminal.open(messages=("one", "two"), conversation="work") as talk:
        await talk.ends()
    async with terminal.open(screen(), conversation="work") as talk:
        talk.start()
        await talk.console.sees("type a message")
        text = str(talk.console.screen)
    assert "› one\nTurn 1 heard: one\n\n› two\nTurn 2 heard: two" in text


async def test_a_turn_that_a_killed_process_left_is_answered_by_the_next(
    terminal: Terminal, backend: ScriptedBackend
) -> None:
    backend.heeds_stop = False
    backend.script = lambda request, number: ["So far", asyncio.Event()] if number == 1 else [f"Answer {number}"]
    terminal._lives = 0
    async with terminal.open(messages=("one",), conversation="work") as talk:
        talk.start()
        await talk.console.sees("So far")
        # The process is gone without a word: nothing was stored after the turn began.
        talk.service.services.owner = "somebody else"
    terminal._lives = 0
    async with terminal.open(messages=("two",), conversation="work", json_lines=True) as talk:
        assert await talk.ends() == 0
        finals = [line["parts"][0]["text"] for line in talk.console.lines if line["final"]]
    assert finals == ["Answer 2", "Answer 3"]
    assert [said(request) for request in backend.requests] == ["one", "one", "two"]


async def test_an_unknown_command_is_one_line(terminal: Terminal, screen: MakeScreen) -> None:
    async with terminal.open(screen()) as talk:
        talk.start()
        talk.console.enter("/fly", "/help")
        await talk.console.sees("There is no command /fly: /help lists them")
        await talk.console.sees("take back the last message and its reply")


async def test_help_names_only_what_the_app_takes(terminal: Terminal, backend: ScriptedBackend) -> None:
    abilities = backend.profile.abilities
    backend.change(abilities=type(abilities)(retry=False, undo=False))
    async with terminal.open() as talk:
        talk.console.enter("/help")
        talk.console.end()
        await talk.ends()
        assert "/retry" not in talk.console.output
        assert "/undo" not in talk.console.output
        assert "/settings" not in talk.console.output
        assert "/clear" in talk.console.output

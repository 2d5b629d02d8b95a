"""What lines mean, what keys type, how files are named: the parts without a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from pathlib import Path

import pytest

from fakes.blobs import MemoryBlobs
from trunkline import codec
from trunkline.errors import UsageError
from trunkline.inbound import (
    Choose,
    Clear,
    Configure,
    NewConversation,
    Press,
    Rate,
    Retry,
    Stop,
    SwitchConversation,
    UseExample,
)
from trunkline.messages import Blob, Json, Media
from trunkline.quantities import seconds_text, size_text
from trunkline_bridges.terminal.options import TerminalOptions
from trunkline_bridges.terminal.parse import Ask, Attach, Known, Leave, Mistake, Rewrite, Write, parse
from trunkline_bridges.terminal.prompt import Editor, Key, Keyboard, Line
from trunkline_bridges.terminal.render import media_in
from trunkline_bridges.terminal.saving import Saved, safe_name
from trunkline_bridges.terminal.wording import clean, media_text

KNOWN = Known(
    options=3, turn=7, examples=2, conversations=(11, 12), feedback=("Like", "Too long"), buttons=("b1",)
)


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("", None),
        ("   ", None),
        ("hello there ", Write("hello there")),
        ("2", Choose(1, 7)),
        (" 3 ", Choose(2, 7)),
        ("4", Mistake("There is no option 4: choose 1 to 3, or write /say 4 to send it.")),
        ("0", Mistake("There is no option 0: choose 1 to 3, or write /say 0 to send it.")),
        ("2.5", Write("2.5")),
        ("²", Write("²")),
        ("/say 4", Write("4")),
        ("//say 4", Write("/say 4")),
        ("/", Mistake("There is no command /: /help lists them, and // sends it as a message.")),
        ("/fly me", Mistake("There is no command /fly: /help lists them, and //fly sends it as a message.")),
        ("/RETRY", Retry()),
        ("/clear", Clear()),
        ("/stop", Stop()),
        ("/stop 12", Stop(12)),
        (
            "/stop it",
            Mistake("There is no turn it: /stop ends the running reply, /stop NUMBER the turn it names."),
        ),
        ("/edit  what I meant ", Rewrite("what I meant")),
        ("/settings", Ask("settings")),
        ("/settings tone=very kind", Configure({"tone": "very kind"})),
        ("/settings tone='very kind' size=3", Configure({"tone": "very kind", "size": "3"})),
        ("/settings tone=", Configure({"tone": None})),
        ("/files 'my notes.txt' b.txt", Attach(("my notes.txt", "b.txt"))),
        ("/examples 2", UseExample(1)),
        ("/history 2", SwitchConversation(12)),
        ("/history 3", Mistake("There is no conversation 3: choose 1 to 2.")),
        ("/buttons 1", Press("b1")),
        ("/feedback 2", Rate("Too long")),
        ("/feedback too LONG", Rate("Too long")),
        ("/feedback none", Rate("")),
        ("/like", Rate("Like")),
        ("/new", NewConversation("")),
        ("/new Other things", NewConversation("Other things")),
        ("/quit", Leave()),
        ("/help", Ask("help")),
    ],
)
def test_what_a_line_means(line: str, meaning: object) -> None:
    assert parse(line, KNOWN) == meaning


@pytest.mark.parametrize(
    "line", ["/settings tone", "/settings a=b c= =d", "/settings a='b c=d", "/files 'a", "/edit", "/say"]
)
def test_half_a_command_is_explained(line: str) -> None:
    meant = parse(line, KNOWN)
    assert isinstance(meant, Mistake)
    assert "/" in meant.text


def test_a_number_is_a_message_where_nothing_can_be_chosen() -> None:
    assert parse("2", Known()) == Write("2")
    assert parse("/history 1", Known()) == Mistake("There is no conversation 1: /history lists what there is.")


@pytest.mark.parametrize(
    ("data", "presses"),
    [
        ("hé漢\r".encode(), ["hé漢", Key.ENTER]),
        (b"a\x1b[D\x1b[C\x1bOA\x1b[3~b", ["a", Key.LEFT, Key.RIGHT, Key.UP, Key.DELETE, "b"]),
        (b"\x1b[1;5Dx\x1b[999;9Z\ry", [Key.WORD_LEFT, "x", Key.ENTER, "y"]),
        (b"\x1b\r\x7f\x17\x15\x0b\x01\x05\x04", [Key.NEWLINE, Key.BACKSPACE, Key.DELETE_WORD, Key.DELETE_BEFORE,
                                                 Key.DELETE_AFTER, Key.HOME, Key.END, Key.END_OF_INPUT]),
        (b"\x1b[200~one\r\ntwo\x1b[31m\tx\x1b[201~\r", ["one\ntwo[31m    x", Key.ENTER]),
        (b"\x00\x02", [Key.LEFT]),
    ],
)  # fmt: skip
def test_keys_of_bytes_however_they_are_cut(data: bytes, presses: list[object]) -> None:
    assert Keyboard().feed(data) == presses
    keyboard, one_by_one = Keyboard(), []
    for at in range(len(data)):
        one_by_one += keyboard.feed(data[at : at + 1])
    joined: list[object] = []
    for press in one_by_one:
        if isinstance(press, str) and joined and isinstance(joined[-1], str):
            joined[-1] += press
        else:
            joined.append(press)
    assert joined == presses


def typed(*presses: Key | str) -> Line:
    editor = Editor(("/settings", "/stop", "/history"))
    for press in presses:
        editor.press(press)
    return editor.line


@pytest.mark.parametrize(
    ("presses", "line"),
    [
        (("ab", Key.LEFT, "x"), Line("axb", 2)),
        (("one two", Key.WORD_LEFT, Key.DELETE_WORD), Line("two", 0)),
        (("one two", Key.HOME, Key.WORD_RIGHT, Key.DELETE_AFTER), Line("one", 3)),
        (("one", Key.NEWLINE, "two", Key.HOME, Key.DELETE_AFTER), Line("one\n", 4)),
        (("one", Key.NEWLINE, "two", Key.LEFT, Key.LEFT, Key.DELETE_BEFORE), Line("one\nwo", 4)),
        (("e\u0301x", Key.LEFT, Key.BACKSPACE), Line("x", 0)),
        (("ab", Key.HOME, Key.RIGHT, Key.DELETE, Key.DELETE, Key.BACKSPACE, Key.BACKSPACE), Line("", 0)),
        (("ab", Key.HOME, Key.END_OF_INPUT, Key.END), Line("b", 1)),
        (("/se", Key.TAB), Line("/settings ", 10)),
        (("/s", Key.TAB), Line("/s", 2)),
        (("se", Key.TAB), Line("se", 2)),
        (("one\\", Key.ENTER, "two"), Line("one\ntwo", 7)),
        (("one", Key.ENTER, "two", Key.ENTER, "th", Key.UP, Key.UP, Key.UP), Line("one", 3)),
        (("one", Key.ENTER, "th", Key.UP, Key.DOWN, Key.DOWN), Line("th", 2)),
    ],
)
def test_typing(presses: tuple[Key | str, ...], line: Line) -> None:
    assert typed(*presses) == line


def test_return_gives_the_text_and_an_empty_line() -> None:
    editor = Editor()
    editor.press("one")
    assert editor.press(Key.ENTER) == "one"
    assert editor.line == Line()
    assert editor.press(Key.ENTER) == ""


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cat.png", "cat.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\x1b[2Jb\n.png", "a_[2Jb_.png"),
        (".hidden", "hidden"),
        ("..", "x"),
        ("", "x"),
        ('a:b*"?<>|.txt', "a_b_.txt"),
        ("n" * 300 + ".png", "n" * 117 + ".png"),
    ],
)
def test_names_of_files_are_one_safe_step(name: str, safe: str) -> None:
    assert safe_name(name, "x") == safe


async def test_files_of_one_name_are_numbered_and_none_is_written_over(tmp_path: Path) -> None:
    blobs = MemoryBlobs()
    (tmp_path / "a.txt").write_text("theirs")
    saved = Saved(TerminalOptions(save=str(tmp_path)))

    def body(*texts: str) -> dict[str, Json]:
        return {"parts": [_file(blobs, text, "a.txt") for text in texts], "artifacts": []}

    kept = _media(await saved.keep(body("one", "two", "one"), _Shelf(blobs)))
    again = _media(await Saved(TerminalOptions(save=str(tmp_path))).keep(body("two"), _Shelf(blobs)))
    assert [media["path"] for media in kept] == [
        str(tmp_path / name) for name in ("a-2.txt", "a-3.txt", "a-2.txt")
    ]
    assert again[0]["path"] == kept[1]["path"]
    assert (tmp_path / "a.txt").read_text() == "theirs"


async def test_a_folder_that_cannot_be_written_is_told_on_the_files_line() -> None:
    blobs = MemoryBlobs()
    kept = await Saved(TerminalOptions(save="/proc/nowhere")).keep({"parts": [_file(blobs, "one")]}, _Shelf(blobs))
    assert "could not be saved" in str(_media(kept)[0]["error"])


async def test_a_file_that_is_no_longer_held_says_so() -> None:
    kept = await Saved(TerminalOptions()).keep({"parts": [_file(MemoryBlobs(), "one")]}, _Shelf(MemoryBlobs()))
    assert "no longer held" in str(_media(kept)[0]["error"])


class _Shelf:
    """A `MediaShelf` from which things are only taken."""

    def __init__(self, blobs: MemoryBlobs) -> None:
        self.read = blobs.read

    async def put(self, data: bytes | AsyncIterable[bytes], *, mime: str, name: str, limit: int) -> Blob:
        raise AssertionError("nothing is put")

    def path(self, sha256: str) -> Path:
        raise AssertionError("nobody asks for paths")


def _file(blobs: MemoryBlobs, text: str, name: str = "") -> Json:
    return codec.encode(Media("file", blobs.add(text.encode()), name=name))


def _media(body: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    return list(media_in(body))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match="is no folder"):
        Saved(TerminalOptions(save=str(tmp_path / "taken"))).check()


def test_small_words() -> None:
    assert [size_text(n) for n in (0, 999, 1000, 12_345, 5_000_000, 2_000_000_000_000)] == [
        "0 bytes", "999 bytes", "1 kB", "12.3 kB", "5 MB", "2e+03 GB",
    ]  # fmt: skip
    assert [seconds_text(n) for n in (0.04, 9.94, 9.96, 59.4, 59.6, 3600)] == [
        "0.0 s", "9.9 s", "10 s", "59 s", "1 min 0 s", "60 min 0 s",
    ]  # fmt: skip
    assert clean("a\tb\r\nc\x1b[1m\x7f\x9b") == "a    b\nc[1m"
    link = {"kind": "image", "source": {"type": "link", "url": "http://x.test/a.png"}, "alt": "A\ncat"}
    assert media_text(link) == "image: A cat → http://x.test/a.png"

"""What stands on the screen, read through a terminal that refuses to touch what has scrolled away."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from fakes.backend import profile
from fakes.clock import VirtualClock
from fakes.console import FakeConsole
from trunkline.messages import Artifact, Media, Message, Notice, Option, Part, Reply, ReplyState, Text, Thought
from trunkline_bridges.terminal.live import LiveScreen
from trunkline_bridges.terminal.options import TerminalOptions
from trunkline_bridges.terminal.prompt import Line
from trunkline_bridges.terminal.render import reply_body


def body(
    *parts: Part | str,
    state: ReplyState = "running",
    options: tuple[str, ...] = (),
    turn: int = 1,
    **more: Any,
) -> dict[str, Any]:
    whole = tuple(Text(part) if isinstance(part, str) else part for part in parts)
    message = Message("assistant", whole, tuple(Option(value) for value in options))
    return dict(reply_body(Reply((message,), state=state, **more), turn))


class Looking:
    """A live screen, its console and its clock."""

    def __init__(self, columns: int = 60, rows: int = 16, **options: Any) -> None:
        self.console = FakeConsole(keys=True, screen=True, columns=columns, rows=rows)
        self.clock = VirtualClock()
        self.live = LiveScreen(self.console, TerminalOptions(colour="never", **options), self.clock)
        self.live.begin(profile(), introduce=False)

    @property
    def text(self) -> str:
        return str(self.console.screen)

    def shows(self, *parts: Part | str, **more: Any) -> str:
        self.live.show(body(*parts, **more))
        return self.text


MARKDOWN = """# Title

Some *words* with `code`, a [link](http://x.test/a) and http://y.test.

1. one
2. two
   - inner
     - deeper

- [x] done
- [ ] not yet

> quoted
> twice

| a | b |
|---|--:|
| 1 | 22 |

```python
def f(x):
    return x
```

---

The end."""


def test_markdown_is_drawn() -> None:
    assert Looking(rows=60).shows(MARKDOWN, state="final").rstrip() == (
        "Title\n"
        "\n"
        "Some words with code, a link (http://x.test/a) and\n"
        "http://y.test.\n"
        "\n"
        " 1. one\n"
        " 2. two\n"
        "     • inner\n"
        "        • deeper\n"
        "\n"
        " ☑ done\n"
        " ☐ not yet\n"
        "\n"
        "▌ quoted\n"
        "▌ twice\n"
        "\n"
        "╭───┬────╮\n"
        "│ a │  b │\n"
        "├───┼────┤\n"
        "│ 1 │ 22 │\n"
        "╰───┴────╯\n"
        "\n"
        "  def f(x):\n"
        "      return x\n"
        "\n" + "─" * 59 + "\n"
        "\n"
        "The end."
    )


def test_colours_are_used_where_they_are_wanted() -> None:
    looking = Looking(rows=60)
    looking.live = LiveScreen(looking.console, TerminalOptions(colour="always"), looking.clock)
    looking.live.show(body(MARKDOWN, state="final"))
    assert "\x1b[1m" in looking.console.output
    assert re.search(r"\x1b\[[0-9;]+mdef\x1b\[0m", looking.console.output)


def test_a_short_reply_grows_in_its_place() -> None:
    looking = Looking()
    assert "Hel" in looking.shows("Hel")
    assert looking.shows("Hello *wor").count("Hel") == 1
    assert looking.shows("Hello *world*", state="final") == "Hello world"


@pytest.mark.parametrize("rows", [6, 9, 16, 40])
def test_a_long_reply_scrolls_away_once_and_whole(rows: int) -> None:
    paragraphs = [f"Paragraph {n}: " + "many words " * 9 for n in range(25)]
    whole = "\n\n".join(paragraphs)
    looking = Looking(rows=rows)
    looking.live.type(Line("typing", 6), ("waiting",), busy=True)
    for end in range(7, len(whole), 7):
        looking.live.show(body(whole[:end]))
        assert "› typing" in looking.console.screen.visible[-1]
    looking.live.type(None)
    once = Looking(rows=rows).shows(whole, state="final")
    assert looking.shows(whole, state="final") == once
    assert "─" * 20 not in once


def test_what_may_still_change_never_scrolls_away() -> None:
    """A list may become loose and a table wider: only what has ended is printed for good."""
    rows = "".join(f"| {n} | short |\n" for n in range(40))
    table = f"Before\n\n| number | word |\n|---|---|\n{rows}"
    looking = Looking(rows=10)
    for end in range(1, len(table), 11):
        looking.live.show(body(table[:end]))
    whole = f"{table}| 41 | {'long ' * 8}|\n"
    assert looking.shows(whole, state="final") == Looking(rows=10).shows(whole, state="final")


def test_a_reply_whose_beginning_changed_is_printed_once_more_as_a_whole() -> None:
    looking = Looking(rows=8)
    looking.live.show(body("\n\n".join(f"Line {n}" for n in range(20))))
    text = looking.shows("Something else", state="final")
    assert "Line 0" in text
    assert text.endswith("─" * 59 + "\nSomething else")


def test_random_streams_end_as_they_would_at_once() -> None:
    rng = random.Random(5)
    pieces = [
        MARKDOWN,
        "plain words\n\n",
        "- item\n",
        "```\ncode\n",
        "```\n\n",
        "| x |\n|---|\n",
        "> q\n\n",
        "wörter 漢字 ",
    ]
    for _ in range(25):
        text = "".join(rng.choice(pieces) for _ in range(rng.randint(1, 12)))
        looking = Looking(columns=rng.choice([30, 60, 110]), rows=rng.choice([6, 12, 30]))
        at = 0
        while at < len(text):
            at += rng.randint(1, 90)
            looking.live.show(body(text[:at]))
        once = Looking(columns=looking.console.screen.columns, rows=30).shows(text, state="final")
        assert looking.shows(text, state="final").endswith(once)


async def test_thoughts_turn_while_they_are_pending_and_then_say_how_long_they_took() -> None:
    looking = Looking()
    inner = Thought("Reading", status="pending", id="b")
    looking.live.type(None, busy=True)
    assert "⠋ Searching" in looking.shows(Thought("Searching", (inner,), "pending", id="a"))
    await looking.clock.advance(2.3)
    looking.live.refresh()
    assert "⠸ Searching · 2 s\n  ⠸ Reading · 2 s" in looking.text
    done = Thought(
        "Searching", (Thought("Reading", (Text("three pages"),), duration=61.2),), log="ok", duration=0.94
    )
    text = looking.shows(done, Thought("Comparing"), "Found.", state="final")
    assert text.startswith(
        "✓ Searching · 0.9 s\n  ✓ Reading · 1 min 1 s\n    three pages\n  ok\n✓ Comparing\n\nFound."
    )


def test_thoughts_can_be_summed_up_or_hidden() -> None:
    thought = Thought("Searching", (Text("words"), Thought("Reading", (Text("more"),), log="log")), log="log")
    reply = Reply((Message("assistant", (thought, Text("Found."))),), state="final")
    looking = Looking()
    looking.live.show(reply_body(reply, 1, "summary"))
    assert looking.text.startswith("✓ Searching\n  ✓ Reading\n\nFound.")
    looking = Looking()
    looking.live.show(reply_body(reply, 1, "hidden"))
    assert looking.text == "Found."


async def test_notices_stand_in_one_status_line_and_are_gone_in_the_final() -> None:
    looking = Looking()
    looking.live.type(None, busy=True)
    queue = Notice("queue", rank=2, queue_size=5, eta=12.0)
    assert "⠋ Waiting in the app's queue: 3 of 5, about 12 s" in looking.shows(notices=(queue,))
    assert "next" in looking.shows(notices=(Notice("queue", rank=0),))
    progress = (Notice("progress", "Counting", progress=0.4), Notice("info", "Almost"))
    assert "Counting 40% · Almost" in looking.shows("Ten", notices=progress)
    await looking.clock.advance(1.0)
    looking.live.refresh()
    assert "· 1 s" in looking.text
    looking.live.type(None)
    kept = Notice("warning", "It was cut short.")
    assert looking.shows("Ten.", state="final", notices=(kept,)) == "Ten.\n\nℹ It was cut short."


def test_ends_options_media_and_artifacts() -> None:
    media = Media("image", name="cat.png", error="is gone")
    table = Artifact("table", "Scores", {"headers": ["name", "n"], "data": [["a", 1]]})
    code = Artifact("code", "", "x = 1", "python")
    text = Looking(rows=40).shows(
        media, state="stopped", options=("yes", "no"), artifacts=(table, code, Artifact("json", "J", {"a": [1]}))
    )
    assert text == (
        "▣ image: cat.png (is gone)\n\n"
        "▤ Scores\n  ╭──────┬───╮\n  │ name │ n │\n  ├──────┼───┤\n  │ a    │ 1 │\n  ╰──────┴───╯\n\n"
        "▤ code\n  x = 1\n\n"
        '▤ J\n  {\n    "a": [\n      1\n    ]\n  }\n\n'
        "■ Stopped.\n\n"
        " 1  yes\n 2  no"
    )
    assert Looking().shows(state="failed", error="It broke.") == "✗ It broke."


def test_what_is_told_meanwhile_stands_above_the_reply() -> None:
    looking = Looking()
    looking.live.show(body("So far"))
    looking.live.tell("Files are saved here.")
    looking.live.complain("No such command.")
    assert looking.shows("So far so good", state="final") == (
        "Files are saved here.\n\nNo such command.\n\nSo far so good"
    )


def test_a_long_typed_line_wraps_around_the_cursor() -> None:
    looking = Looking(columns=20, rows=8)
    text = "".join(str(n % 10) for n in range(150))
    looking.live.type(Line(text, 150))
    assert looking.console.screen.visible[-1].endswith("9")
    looking.live.type(Line(text, 0))
    assert looking.console.screen.visible[-4].startswith("› 0123")
    assert looking.console.screen.row == len(looking.console.screen.lines) - 4
    assert looking.console.screen.column == 2
    looking.live.type(Line("", 0))
    assert looking.text.startswith("› type")


def test_wide_signs_are_typed_where_they_stand() -> None:
    looking = Looking()
    looking.live.type(Line("漢字x", 2))
    assert looking.console.screen.column == 2 + 4


def test_a_window_that_changes_its_width_is_drawn_anew() -> None:
    looking = Looking(columns=60, rows=12)
    looking.live.type(Line("typing", 6), busy=True)
    looking.live.show(body("word " * 30))
    for columns in (30, 70, 41):
        looking.console.screen.resize(columns, 12)
        looking.live.refresh(resized=True)
        assert looking.text.count("› typing") == 1
    looking.live.type(None)
    text = looking.shows("word " * 30, state="final")
    assert text.split().count("word") == 30


def test_nothing_is_written_where_nothing_changed() -> None:
    looking = Looking()
    looking.live.show(body("So far"))
    before = len(looking.console.output)
    looking.live.show(body("So far"))
    looking.live.refresh()
    assert len(looking.console.output) == before


def test_the_screen_is_left_on_a_line_of_its_own() -> None:
    looking = Looking()
    looking.live.type(Line("half", 4), ("waits",), busy=True)
    looking.live.show(body("So far"))
    looking.live.close()
    assert looking.text == "So far"
    assert looking.console.screen.column == 0
    assert looking.console.screen.lines[looking.console.screen.row] == ""

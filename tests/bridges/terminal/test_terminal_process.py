"""The program as it is run: processes, pipes and terminals of the operating system, and real Gradio apps."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes.console import Screen
from fakes.fixtures import StartApp
from fakes.gradio_apps import LoneApp, Version, call

pytestmark = pytest.mark.apps

PROGRAM = (sys.executable, "-c", "from trunkline.cli import main; main()", "chat")
SECONDS = 60.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, so that nothing of the machine's user is read or written."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TRUNKLINE_", "HF_", "XDG_"))
    }
    return {**kept, "HOME": str(tmp_path), "USER": "ann", "LOGNAME": "ann", "TERM": "xterm-256color"}


Chat = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def chat(environment: dict[str, str], tmp_path: Path) -> Chat:
    """Runs `trunkline chat` to its end."""

    def run(*arguments: str, given: str | bytes = b"") -> subprocess.CompletedProcess[str]:
        data = given.encode() if isinstance(given, str) else given
        done = subprocess.run(
            [*PROGRAM, *arguments],
            input=data,
            capture_output=True,
            check=False,
            timeout=SECONDS,
            env=environment,
            cwd=tmp_path,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


def finals(stdout: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, stdout.splitlines()) if line["final"]]


def words_of(line: Mapping[str, Any]) -> str:
    return "\n".join(part["text"] for part in line["parts"] if part["type"] == "text")


def test_messages_are_one_conversation_in_json(gradio_app: StartApp, version: Version, chat: Chat) -> None:
    done = chat(gradio_app("memory", version), "--message", "one", "--message", "two", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = finals(done.stdout)
    assert first["turn"] != second["turn"]
    assert "one" in words_of(second)


def test_the_answer_alone_is_on_standard_output(gradio_app: StartApp, chat: Chat) -> None:
    done = chat(gradio_app("failing"), "--message", "hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n\n", "")


def test_lines_of_a_pipe_are_answered(gradio_app: StartApp, chat: Chat) -> None:
    done = chat(gradio_app("failing"), given="hello\n/undo\nworld\n")
    assert (done.returncode, done.stdout) == (0, "hello\n\nTook back the last message and its reply.\n\nworld\n\n")


def test_a_file_can_be_the_input(gradio_app: StartApp, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("hello\n")
    with (tmp_path / "lines").open() as lines:
        done = subprocess.run(
            [*PROGRAM, gradio_app("failing")],
            stdin=lines,
            capture_output=True,
            check=False,
            timeout=SECONDS,
            env=environment,
        )
    assert (done.returncode, done.stdout) == (0, b"hello\n\n")


def test_no_input_at_all_is_an_end(gradio_app: StartApp, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*PROGRAM, gradio_app("failing")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=SECONDS,
        env=environment,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_an_app_that_fails_gives_status_one(gradio_app: StartApp, chat: Chat) -> None:
    done = chat(gradio_app("failing"), "--message", "midway", "--json")
    assert done.returncode == 1
    (last,) = finals(done.stdout)
    assert (last["state"], last["error"]) == ("failed", "Sleepy: The model fell asleep.")


@pytest.mark.parametrize(
    "arguments", [("--set", "nonsense"), ("--set", "no_such=1"), ("--file", "gone.png"), ("--save", "taken")]
)
def test_wrong_use_gives_status_two_and_one_line(
    gradio_app: StartApp, chat: Chat, tmp_path: Path, arguments: tuple[str, str]
) -> None:
    (tmp_path / "taken").write_text("")
    done = chat(gradio_app("failing"), "--message", "hello", *arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("trunkline: ")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://no-such-host.invalid/"])
def test_an_app_that_is_not_there_gives_status_three_and_one_line(chat: Chat, url: str) -> None:
    done = chat(url, "--message", "hello")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)


def test_a_wrong_password_gives_status_three(gradio_app: StartApp, chat: Chat) -> None:
    done = chat(gradio_app("login"), "--message", "hello", "--user", "ann", "--password", "wrong")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)


def test_a_named_conversation_goes_on_in_another_process(gradio_app: StartApp, chat: Chat) -> None:
    url = gradio_app("memory")
    assert chat(url, "--conversation", "work", "--message", "one").returncode == 0
    done = chat(url, "--conversation", "work", "--message", "two")
    apart = chat(url, "--conversation", "play", "--message", "three")
    assert "one" in done.stdout
    assert "one" not in apart.stdout


def test_media_is_saved_where_that_is_said(gradio_app: StartApp, chat: Chat, tmp_path: Path) -> None:
    done = chat(gradio_app("file_replies"), "--message", "both", "--save", "pictures", "--json")
    assert done.returncode == 0
    paths = [
        Path(part["path"]) for line in finals(done.stdout) for part in line["parts"] if part["type"] == "media"
    ]
    assert [path.name for path in paths] == ["red.png", "green.png"]
    assert all(path.parent == tmp_path / "pictures" and path.stat().st_size > 0 for path in paths)


def test_a_reader_that_goes_away_ends_it_quietly(gradio_app: StartApp, environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [*PROGRAM, gradio_app("failing")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(b"hello\nworld\n")
        process.stdin.flush()
        assert process.wait(SECONDS) == 141
        assert process.stderr.read() == b""


def test_a_turn_that_a_killed_process_left_is_answered_by_the_next(
    lone_gradio_app: Callable[..., LoneApp], environment: dict[str, str], chat: Chat
) -> None:
    app = lone_gradio_app("slow_stream")
    command = [*PROGRAM, app.url, "--conversation", "work", "--message", "first"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert asyncio.run(call(app.url, "reached"))
        process.send_signal(signal.SIGKILL)
    # For the abandoned run, for the one that takes its place, and for the second message.
    for _ in range(3):
        asyncio.run(call(app.url, "open"))
    done = chat(app.url, "--conversation", "work", "--message", "second", "--json")
    assert done.returncode == 0
    assert [words_of(line) for line in finals(done.stdout)] == [
        "one two three four, after 0",
        "one two three four, after 2",
    ]


class Pty:
    """The program at a pseudo-terminal, and the screen that a person sees."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.screen = Screen(80, 24)
        pid, self._fd = pty.fork()
        if pid == 0:
            os.execve(command[0], command, environment)
        self._pid = pid
        self._rest = b""

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def sees(self, text: str) -> None:
        """Read until the text stands on the screen."""
        deadline = time.monotonic() + SECONDS
        while text not in str(self.screen):
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} never came:\n{self.screen}"
            if select.select((self._fd,), (), (), left)[0]:
                self._read()

    def ends(self) -> int:
        """Read to the end; the exit status."""
        while self._read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def close(self) -> None:
        os.close(self._fd)

    def _read(self) -> bool:
        try:
            data = os.read(self._fd, 65_536)
        except OSError:
            return False
        self._rest += data
        # A character or a sequence may be cut.
        whole, begun, rest = self._rest.rpartition(b"\x1b[?2026l")
        if begun or b"\x1b" not in self._rest:
            ready, self._rest = (whole + begun, rest) if begun else (self._rest, b"")
            self.screen.write(ready.decode())
        return bool(data)


@pytest.fixture
def terminal_of(environment: dict[str, str]) -> Iterator[Callable[..., Pty]]:
    opened: list[Pty] = []

    def start(*arguments: str) -> Pty:
        opened.append(Pty([*PROGRAM, *arguments], environment))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_ctrl_c_stops_the_reply_and_a_second_one_leaves(
    fresh_gradio_app: StartApp, terminal_of: Callable[..., Pty]
) -> None:
    terminal = terminal_of(fresh_gradio_app("slow_stream"))
    terminal.sees("type a message")
    terminal.type("hello\r")
    terminal.sees("one two")
    terminal.type("\x03")
    terminal.sees("Stopped.")
    terminal.sees("type a message")
    terminal.type("/help\r")
    terminal.sees("answer the last message again")
    terminal.type("\x03")
    assert terminal.ends() == 0
    assert str(terminal.screen).count("› hello") == 1


def test_ctrl_c_ends_a_script_at_a_terminal(fresh_gradio_app: StartApp, terminal_of: Callable[..., Pty]) -> None:
    terminal = terminal_of(fresh_gradio_app("slow_stream"), "--message", "hello")
    terminal.sees("one two")
    terminal.type("\x03")
    assert terminal.ends() == 130
    assert "Stopped." in str(terminal.screen)
    assert "Traceback" not in str(terminal.screen)


def test_the_keyboard_is_given_back(gradio_app: StartApp, terminal_of: Callable[..., Pty]) -> None:
    terminal = terminal_of(gradio_app("failing"))
    before = termios.tcgetattr(terminal._fd)
    terminal.sees("type a message")
    assert termios.tcgetattr(terminal._fd)[3] & termios.ECHO == 0
    terminal.type("\x04")
    terminal.ends()
    assert termios.tcgetattr(terminal._fd)[3] == before[3]

"""The command line as its users meet it: a process, its lines and its exit status."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import socket
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes.fixtures import StartApp
from fakes.samples import wav
from trunkline.inbound import Inbound, Place, Say
from trunkline.messages import Message, Reply, Speaker, Text
from trunkline.store import Store, feedback, turns

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str


async def trunkline(*arguments: str, folder: Path, before: str = "", **environment: str) -> Ended:
    """Run the command line; `before` is Python that runs first in its process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"{before}\nfrom trunkline.cli import main; main()",
        *arguments,
        stdout=PIPE,
        stderr=PIPE,
        stdin=asyncio.subprocess.DEVNULL,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "COLUMNS": "200", **environment},
    )
    out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


def a_closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


async def remember(file: Path) -> None:
    """A conversation of one turn, rated, in a database."""
    store = await Store.open(file)
    speaker = Speaker("web", "ada", "Ada")
    event = Inbound("k", Place("web", "app", channel="ada"), speaker, Say((Text("a secret word"),)), 1.0)
    accepted = await store.write(turns.accept, event, owner="o/1", now=1.0, lease_s=30.0)
    reply = Reply((Message("assistant", (Text("an answer"),)),), state="final")
    await store.write(
        turns.answer,
        accepted.turn.id,
        accepted.turn.conversation,
        reply=reply,
        user=Message("user", (Text("a secret word"),), speaker=speaker),
        messages=reply.messages,
        now=2.0,
    )
    turn = accepted.turn
    await store.write(turns.finish, turn.id, turn.conversation, "delivered", 3.0, "o/1", 30.0)
    await store.write(feedback.rate, accepted.turn.id, 0, False, speaker, "Like", "", 4.0)
    await store.close()


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("x.*")) if path.is_file())


@pytest.mark.apps
async def test_inspect_tells_a_person_and_a_program(gradio_app: StartApp, tmp_path: Path) -> None:
    url = gradio_app("every_input")
    person, program = await asyncio.gather(
        trunkline("inspect", url, folder=tmp_path), trunkline("inspect", url, "--json", folder=tmp_path)
    )
    assert (person.status, program.status) == (0, 0), person.err + program.err
    profile = json.loads(program.out)
    assert profile["history"] == "injected"
    assert profile["inputs"]
    for setting in profile["inputs"]:
        assert setting["name"] in person.out


async def test_a_clip_is_said_to_an_app_that_listens(gradio_app: StartApp, tmp_path: Path) -> None:
    url = gradio_app("spoken_chat")
    (tmp_path / "clip.wav").write_bytes(wav(700))

    shown, said = await asyncio.gather(
        trunkline("inspect", url, folder=tmp_path),
        trunkline("chat", url, "--file", "clip.wav", "--save", "kept", folder=tmp_path),
    )

    assert (shown.status, said.status) == (0, 0), shown.err + said.err
    assert "every 0.5 s, for 30 s at most" in shown.out
    assert "Output Audio (while it is being made)" in shown.out
    kept = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert kept["said0.wav"] == wav(200)
    assert kept["sound.aac"].startswith(b"\xff\xf1")
    for name in kept:
        assert str(tmp_path / "kept" / name) in said.out


async def test_nobody_answers(tmp_path: Path) -> None:
    ended = await trunkline("inspect", f"http://127.0.0.1:{a_closed_port()}", folder=tmp_path)
    assert ended.status == 3
    assert "cannot be reached" in ended.err
    assert ended.err.count("\n") == 1


async def test_mistakes_end_with_status_2_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "trunkline.toml").write_text("[turns]\nlimit = 3\n")
    wrong, missing, unknown = await asyncio.gather(
        trunkline("run", folder=tmp_path),
        trunkline("run", "--config", "nowhere.toml", folder=tmp_path),
        trunkline("run", "--app", "http://x", "--bridge", "pigeon", "--config", "/dev/null", folder=tmp_path),
    )
    assert (wrong.status, missing.status) == (2, 2)
    assert "turns.limit" in wrong.err
    assert "nowhere.toml" in missing.err
    assert unknown.status == 2
    assert all(ended.err.startswith("trunkline: ") and ended.err.count("\n") == 1 for ended in (wrong, missing))


async def test_run_without_an_app_says_what_to_do(tmp_path: Path) -> None:
    ended = await trunkline("run", "--web", folder=tmp_path)
    assert ended.status == 2
    assert "give --app URL" in ended.err


async def test_a_bridge_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    ended = await trunkline("run", "--app", "http://x", "--bridge", "pigeon", folder=tmp_path)
    assert ended.status == 2
    assert "'pigeon'" in ended.err
    assert "terminal, voice, web" in ended.err


async def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['gradio'] = None; sys.modules['asyncpg'] = None"
    demo = await trunkline("demo", folder=tmp_path, before=hidden)
    store = {
        "TRUNKLINE_STORE__URL": "postgresql://127.0.0.1/x",
        "TRUNKLINE_APPS__DEFAULT__URL": "http://127.0.0.1:9",
    }
    postgres = await trunkline("run", "--web", folder=tmp_path, before=hidden, **store)
    assert (demo.status, postgres.status) == (2, 2), demo.err + postgres.err
    assert "pip install 'trunkline[demo]'" in demo.err
    assert "pip install 'trunkline[postgres]'" in postgres.err


async def test_the_port_is_taken(tmp_path: Path) -> None:
    # Nor does another app of the file stand in the way of the one that is named.
    (tmp_path / "trunkline.toml").write_text('default_app = "other"\n')
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = str(held.getsockname()[1])
        ended = await trunkline(
            "run", "--app", "http://127.0.0.1:9", "--host", "127.0.0.1", "--port", port, folder=tmp_path
        )
    assert ended.status == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in ended.err
    assert "Traceback" not in ended.err


async def test_folders_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "trunkline.toml").write_text('[store]\nurl = "file/x.db"\n')
    run = await trunkline("run", "--app", "http://127.0.0.1:9", folder=tmp_path)
    export = await trunkline("export", "-o", "file/x", folder=tmp_path, TRUNKLINE_STORE__URL="x.db")
    assert (run.status, export.status) == (2, 2)
    assert "The folder file cannot be made" in run.err
    assert "file/x cannot be written" in export.err
    assert "Traceback" not in run.err + export.err


async def test_export_writes_lines_and_the_columns_of_gradios_flagging(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    await remember(file)
    store = {"TRUNKLINE_STORE__URL": str(file)}
    said = await trunkline("export", "transcripts", folder=tmp_path, **store)
    rated = await trunkline(
        "export", "feedback", "--format", "csv", "--out", "feedback.csv", folder=tmp_path, **store
    )
    assert (said.status, rated.status) == (0, 0), said.err + rated.err
    assert "a secret word" in said.out
    assert all(json.loads(line) for line in said.out.splitlines())
    rows = list(csv.DictReader(io.StringIO((tmp_path / "feedback.csv").read_text("utf-8"))))
    assert list(rows[0]) == ["conversation", "index", "value", "flag", "timestamp"]
    assert rows[0]["flag"] == "Like"


async def test_forget_erases_a_person_and_says_what(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    await remember(file)
    (tmp_path / "trunkline.toml").write_text(
        f'[apps.default]\nurl = "http://127.0.0.1:9"\n[store]\nurl = "{file}"\n'
    )
    ended = await trunkline("forget", "web:ada", folder=tmp_path)
    assert ended.status == 0, ended.err
    assert "Erased 2 messages" in ended.out
    assert b"a secret word" not in everything_in(tmp_path)
    nobody = await trunkline("forget", "ada", folder=tmp_path)
    assert nobody.status == 2
    assert "PLATFORM:USER_ID" in nobody.err


@pytest.mark.apps
async def test_check_reaches_the_apps_and_fails_when_one_is_gone(gradio_app: StartApp, tmp_path: Path) -> None:
    store = {"TRUNKLINE_STORE__URL": str(tmp_path / "x.db")}
    url = gradio_app("yes_man")
    good = await trunkline("check", folder=tmp_path, TRUNKLINE_APPS__DEFAULT__URL=url, **store)
    assert good.status == 0, good.out + good.err
    assert "ok    app default" in good.out
    gone = f"http://127.0.0.1:{a_closed_port()}"
    bad = await trunkline("check", folder=tmp_path, TRUNKLINE_APPS__DEFAULT__URL=gone, **store)
    assert bad.status == 1
    assert "FAIL  app default" in bad.out

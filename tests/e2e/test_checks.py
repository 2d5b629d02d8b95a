"""`trunkline check` as an operator runs it, against each platform."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from fakes.discord.server import running_discord
from fakes.fixtures import StartApp
from fakes.slack.server import running_slack
from trunkline_bridges.slack.declared import SCOPES


async def run_check(bridge: str, app: str, folder: Path, **environment: str) -> tuple[int, str]:
    """The exit status of `trunkline check --<bridge>` and what it printed."""
    settings = {
        "TRUNKLINE_APPS__DEFAULT__URL": app,
        "TRUNKLINE_STORE__URL": str(folder / "check.db"),
        **environment,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trunkline", "check", f"--{bridge}"),
        cwd=folder,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_discord(gradio_app: StartApp, tmp_path: Path) -> None:
    async with running_discord() as discord:
        discord.guild("Home", discord.person("Ada"))
        where = {
            "TRUNKLINE_DISCORD__API_URL": discord.api,
            "TRUNKLINE_DISCORD__GATEWAY_URL": discord.gateway.url,
        }
        app = gradio_app("memory")
        status, said = await run_check("discord", app, tmp_path, DISCORD_TOKEN=discord.token, **where)
        assert status == 0, said
        assert "FAIL" not in said
        status, said = await run_check("discord", app, tmp_path, DISCORD_TOKEN="wrong", **where)
        assert status == 1, said
        assert "FAIL" in said
        assert "token" in said
        assert "Traceback" not in said


async def test_slack(gradio_app: StartApp, tmp_path: Path) -> None:
    async with running_slack() as slack:
        acme = slack.workspace("acme")
        app, lame = slack.app(acme, scopes=tuple(SCOPES)), slack.app(acme, scopes=("chat:write",))
        where = {"TRUNKLINE_SLACK__API_URL": slack.api}
        url = gradio_app("memory")
        tokens = {"SLACK_BOT_TOKEN": app.token, "SLACK_APP_TOKEN": app.app_token}
        status, said = await run_check("slack", url, tmp_path, **tokens, **where)
        assert status == 0, said
        assert "FAIL" not in said
        tokens = {"SLACK_BOT_TOKEN": lame.token, "SLACK_APP_TOKEN": lame.app_token}
        status, said = await run_check("slack", url, tmp_path, **tokens, **where)
        assert status == 1, said
        assert "FAIL  The scope files:read is missing" in said
        status, said = await run_check("slack", url, tmp_path, **{**tokens, "SLACK_BOT_TOKEN": "xoxb-0"}, **where)
        assert status == 1, said
        assert "Traceback" not in said


async def test_voice(gradio_app: StartApp, tmp_path: Path) -> None:
    url = gradio_app("memory")
    engines = {"TRUNKLINE_SPEECH__FROM_TEXT": "espeak", "TRUNKLINE_SPEECH__TO_TEXT": "pocketsphinx"}
    status, said = await run_check("voice", url, tmp_path, **engines)
    assert status == 0, said
    for expected in (
        "speech is detected by",
        "libopus loads",
        "speech.from_text says 'one'",
        "where 'one' is said",
    ):
        assert expected in said
    engines["TRUNKLINE_SPEECH__TO_TEXT"] = f"pocketsphinx:{tmp_path / 'nothing.jsgf'}"
    status, said = await run_check("voice", url, tmp_path, **engines)
    assert status == 1, said
    assert "FAIL  speech.to_text: There is no grammar" in said
    assert "Traceback" not in said

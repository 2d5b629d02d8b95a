"""The Slack app's declaration, made from the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trunkline_bridges.slack.declared import AGENT_EVENTS, EVENTS, SCOPES
from trunkline_bridges.slack.manifest import FILE, About, as_yaml, main, manifest, missing_in
from trunkline_bridges.slack.options import SlackOptions

ROOT = Path(__file__).parents[3]


def made(about: About | None = None, url: str = "", **options: Any) -> Any:
    return manifest(SlackOptions.model_validate(options), about, url)


def test_the_kept_file_is_that_of_the_defaults() -> None:
    assert (ROOT / FILE).read_text("utf-8") == as_yaml(made()), (
        "python -m trunkline_bridges.slack.manifest --write"
    )


def test_it_declares_an_agent_over_socket_mode() -> None:
    known = yaml.safe_load((ROOT / FILE).read_text("utf-8"))
    assert known == made()
    assert known["features"]["app_home"]["messages_tab_read_only_enabled"] is False
    assert "agent_view" in known["features"]
    assert known["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert known["settings"]["event_subscriptions"] == {"bot_events": list(EVENTS)}
    assert known["settings"]["socket_mode_enabled"] is True
    assert known["settings"]["interactivity"] == {"is_enabled": True}


@pytest.mark.parametrize("agent", ["auto", "assistant", "none"])
def test_nothing_is_missing_in_what_it_makes(agent: str) -> None:
    for more in ({}, {"signing_secret": "s"}):
        options = SlackOptions.model_validate({"agent": agent, "command_apps": {"/two": "b"}, **more})
        assert missing_in(manifest(options), options) == []
    assert len(missing_in({}, SlackOptions())) > len(EVENTS) + len(SCOPES)


def test_over_http_every_address_is_named() -> None:
    known = made(
        url="https://bot.example", signing_secret="s", client_id="1", client_secret="2", command_apps={"/two": "b"}
    )
    events = "https://bot.example/slack/events"
    assert known["settings"]["event_subscriptions"]["request_url"] == events
    assert known["settings"]["interactivity"]["request_url"] == events
    assert [(one["command"], one["url"]) for one in known["features"]["slash_commands"]] == [
        ("/trunkline", events),
        ("/two", events),
    ]
    assert known["oauth_config"]["redirect_urls"] == ["https://bot.example/slack/oauth_redirect"]
    assert known["settings"]["token_rotation_enabled"] is True
    assert known["settings"]["org_deploy_enabled"] is True
    assert known["settings"]["socket_mode_enabled"] is False


def test_the_older_assistant_and_none() -> None:
    assistant, plain = made(agent="assistant"), made(agent="none")
    assert "assistant_view" in assistant["features"]
    assert "agent_view" not in assistant["features"]
    assert "assistant_thread_started" in assistant["settings"]["event_subscriptions"]["bot_events"]
    assert not {"agent_view", "assistant_view"} & plain["features"].keys()
    assert not set(AGENT_EVENTS) & set(plain["settings"]["event_subscriptions"]["bot_events"])
    assert "assistant:write" not in plain["oauth_config"]["scopes"]["bot"]


def test_it_keeps_to_slacks_limits() -> None:
    prompts = [(f"title {n}", f"message {n}") for n in range(6)]
    known = made(About("n" * 50, "d" * 400, prompts))
    assert len(known["display_information"]["name"]) == 35
    assert len(known["display_information"]["description"]) == 140
    assert len(known["features"]["agent_view"]["agent_description"]) == 300
    assert known["features"]["agent_view"]["suggested_prompts"][3] == {"title": "title 3", "message": "message 3"}
    assert len(known["features"]["agent_view"]["suggested_prompts"]) == 4


_WORDS = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "))
_JSON = st.recursive(
    st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "))
    | st.sampled_from(["yes", "no", "null", "1e3", "a: b", "- x", "#", "~"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(
                lambda name: name not in {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.just("key"), _JSON.filter(lambda value: not _lists_of_lists(value)), min_size=1))
def test_yaml_says_what_was_meant(value: dict[str, Any]) -> None:
    assert yaml.safe_load(as_yaml(value)) == value


def _lists_of_lists(value: Any) -> bool:
    """What no manifest has."""
    if isinstance(value, dict):
        return any(_lists_of_lists(item) for item in value.values())
    return isinstance(value, list) and any(isinstance(one, list) or _lists_of_lists(one) for one in value)


def test_the_command_prints_writes_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "trunkline.toml"
    settings.write_text('[slack]\ncommand = "/ask"\n[web]\npublic_url = "https://bot.example/"\n')
    assert main(["--settings", str(settings), "--name", "Helper"]) == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    assert printed["features"]["slash_commands"][0]["command"] == "/ask"
    assert printed["display_information"]["name"] == "Helper"
    assert main(["--http", "https://other.example"]) == 0
    assert "https://other.example/slack/events" in capsys.readouterr().out
    assert main(["--check"]) == 1
    assert "--write" in capsys.readouterr().err
    assert main(["--write"]) == 0
    assert main(["--check"]) == 0
    settings.write_text("[slack]\nno_such_setting = 1\n")
    assert main(["--settings", str(settings)]) == 2

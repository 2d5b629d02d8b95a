"""`trunkline check --slack` against the fake Slack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from fakes.clock import VirtualClock
from fakes.slack.apps import EVENTS, SCOPES, App
from fakes.slack.listening import options_of
from fakes.slack.people import Person
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from fakes.vault import MemoryVault
from trunkline.bridge import Finding
from trunkline.words import words
from trunkline_bridges.slack.acting.menu import MESSAGE_SHORTCUTS, SUBCOMMANDS
from trunkline_bridges.slack.check import check
from trunkline_bridges.slack.declared import CONNECTING, EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH
from trunkline_bridges.slack.declared import SCOPES as WANTED
from trunkline_bridges.slack.manifest import events_of
from trunkline_bridges.slack.options import SlackOptions

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.fixture
def whole(slack: FakeSlack, acme: Workspace) -> App:
    return slack.app(acme, scopes=tuple(WANTED))


async def found(slack: FakeSlack, app: App, clock: VirtualClock, **options: Any) -> Sequence[Finding]:
    return await check(options_of(slack, app, **options), "demo", ("demo",), clock=clock)


def wrong(findings: Sequence[Finding]) -> list[str]:
    return [one.text for one in findings if not one.ok]


def right(findings: Sequence[Finding]) -> str:
    return "\n".join(one.text for one in findings if one.ok)


async def test_all_is_well(slack: FakeSlack, whole: App, acme: Workspace, clock: VirtualClock) -> None:
    findings = await found(slack, whole, clock)
    assert wrong(findings) == []
    told = right(findings)
    for part in (f"in acme ({acme.id})", "all scopes", "declared an agent", "opens Socket Mode", "message.im"):
        assert part in told
    assert not slack.made("chat.postMessage"), "nothing is written anywhere"
    assert not slack.agents.sessions


async def test_each_missing_scope_is_named_with_what_it_is_for(
    slack: FakeSlack, acme: Workspace, clock: VirtualClock
) -> None:
    scopes = tuple(name for name in WANTED if name not in {"files:read", "users:read"})
    findings = await found(slack, slack.app(acme, scopes=scopes), clock)
    assert [text.split(":")[0:2] for text in wrong(findings)] == [
        ["The scope files", "read is missing"],
        ["The scope users", "read is missing"],
    ]
    assert "files that people attach" in wrong(findings)[0]


async def test_an_app_that_is_no_agent_is_told_so(slack: FakeSlack, acme: Workspace, clock: VirtualClock) -> None:
    plain = slack.app(acme, scopes=tuple(WANTED), agent="")
    assert wrong(await found(slack, plain, clock)) == [words("slack_no_agent")]
    assert wrong(await found(slack, plain, clock, agent="none")) == []


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"bot_token": "xoxb-none"}, "slack_token"),
        ({"app_token": "xapp-none"}, "slack_app_token"),
        ({"app_token": ""}, "slack_no_connection"),
        ({"bot_token": ""}, "slack_no_token"),
    ],
)
async def test_wrong_tokens(
    slack: FakeSlack, whole: App, clock: VirtualClock, options: dict[str, str], key: str
) -> None:
    assert wrong(await found(slack, whole, clock, **options)) == [words(key)]


async def test_socket_mode_that_is_off(slack: FakeSlack, whole: App, clock: VirtualClock) -> None:
    whole.socket_mode = False
    assert wrong(await found(slack, whole, clock)) == [words("slack_socket_mode_off")]


async def test_channels_and_apps_of_the_settings(
    slack: FakeSlack, whole: App, acme: Workspace, ada: Person, clock: VirtualClock
) -> None:
    inside, outside = acme.channel("in", ada, whole), acme.channel("out", ada)
    old: Channel = acme.channel("old", ada, whole)
    acme.archive(old)
    named = (inside.id, outside.id, old.id, "C404")
    findings = await found(slack, whole, clock, channels=named, channel_apps={inside.id: "gone"})
    assert "The bot is in #in." in right(findings)
    texts = wrong(findings)
    assert texts[0] == "The bot is not in #out: invite it there."
    assert texts[1] == "#old is archived."
    assert texts[2].startswith("Channel C404 of the settings: ")
    assert "names gone" in texts[3]


async def test_http_and_many_workspaces_need_a_public_address(
    slack: FakeSlack, whole: App, clock: VirtualClock
) -> None:
    options = options_of(
        slack, whole, http=True, bot_token="", client_id=whole.client_id, client_secret=whole.client_secret
    )
    vault = MemoryVault(clock.now)
    await vault.put("installation", "T1", {})
    findings = await check(options, "demo", ("demo",), vault=vault, clock=clock)
    assert len(wrong(findings)) == 2
    assert "installed in 1 workspace." in right(findings)
    findings = await check(options, "demo", ("demo",), vault=vault, public_url="https://x.example/", clock=clock)
    assert wrong(findings) == []
    assert "https://x.example/slack/events" in right(findings)
    assert "https://x.example/slack/install" in right(findings)


async def test_with_a_configuration_token_all_that_is_not_declared_is_named(
    slack: FakeSlack, acme: Workspace, clock: VirtualClock
) -> None:
    events = tuple(name for name in EVENTS if name not in {"agent_session_stopped", "message.groups"})
    bare = slack.app(
        acme, scopes=tuple(WANTED), events=events, commands=("/trunkline",), shortcuts=("tl_examples",)
    )
    findings = await found(slack, bare, clock, config_token=bare.config_token)
    texts = wrong(findings)
    assert texts[:2] == [
        "The Slack app lacks the bot event agent_session_stopped.",
        "The Slack app lacks the bot event message.groups.",
    ]
    assert {text.rpartition(" ")[2] for text in texts[2:]} == {f"{name}." for name in MESSAGE_SHORTCUTS}
    bare.events, bare.message_shortcuts = EVENTS, tuple(MESSAGE_SHORTCUTS)
    findings = await found(slack, bare, clock, config_token=bare.config_token)
    assert wrong(findings) == []
    assert "declared with all events" in right(findings)
    texts = wrong(await found(slack, bare, clock, config_token=bare.config_token, agent="assistant", command="/x"))
    assert "The Slack app lacks the feature assistant_view." in texts
    assert "The Slack app lacks the command /x." in texts
    assert "not valid" in wrong(await found(slack, bare, clock, config_token="xoxe.old"))[0]
    over_http = await found(slack, bare, clock, config_token=bare.config_token, http=True)
    assert "The Slack app lacks HTTP: Socket Mode is on." in wrong(over_http)


async def test_slack_out_of_reach(slack: FakeSlack, whole: App, clock: VirtualClock) -> None:
    slack.faults.drop("auth.test", times=10)
    assert wrong(await found(slack, whole, clock)) == [words("slack_unreachable")]


def test_the_scopes_and_events_are_those_of_the_reference(slack: FakeSlack) -> None:
    # Nothing is posted under another name, and groups:read and mpim:read are for names alone.
    assert set(SCOPES) - set(WANTED) == {"chat:write.customize"}
    agent = options_of(slack, slack.app())
    assert set(EVENTS) - set(events_of(agent)) == {"file_shared"}


# The operator's page


README = Path(__file__).parents[3] / "bridges" / "trunkline_bridges" / "slack" / "README.md"


def test_the_page_has_every_setting_with_its_default() -> None:
    lines = README.read_text().splitlines()
    start = lines.index("| setting | default | |") + 2
    table = lines[start : lines.index("", start)]
    assert table == [_row(name, field) for name, field in SlackOptions.model_fields.items()]


def _row(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if isinstance(default, bool):
        shown = str(default).lower()
    else:
        shown = "" if default in ((), {}, "") or isinstance(default, SecretStr) else f"`{default}`"
    return f"| `{name}` | {shown} | {field.description} |"


def test_the_page_has_the_scopes_commands_paths_and_files() -> None:
    text = README.read_text()
    for name, purpose in WANTED.items():
        assert f"| `{name}` | {purpose} |" in text
    for word in SUBCOMMANDS:
        assert f"`/trunkline {word}`" in text or f"`{word}`" in text, word
    for path in (EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH, CONNECTING):
        assert path in text
    for file in README.parent.rglob("*.py"):
        assert f"`{file.name}`" in text, file.name

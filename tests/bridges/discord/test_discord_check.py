"""What `trunkline check --discord` finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from fakes.clock import VirtualClock
from fakes.discord.server import FakeDiscord
from fakes.discord.stage import SetStage
from fakes.discord.world import MESSAGE_CONTENT, PRIVILEGED, Channel, Guild, Permission
from trunkline.backend import AppProfile
from trunkline.bridge import Finding
from trunkline_bridges.discord.acting.panels import useful
from trunkline_bridges.discord.acting.permissions import held_in, missing, needed
from trunkline_bridges.discord.check import check, invitation
from trunkline_bridges.discord.limits import PERMISSIONS, PERMISSIONS_INTEGER
from trunkline_bridges.discord.options import DiscordOptions


async def found(discord: FakeDiscord, **options: Any) -> list[Finding]:
    made = DiscordOptions.model_validate({"token": discord.token, "api_url": discord.api, **options})
    return list(await check(made, "demo", ("demo",), VirtualClock(free=True)))


def failures(findings: list[Finding]) -> list[str]:
    return [one.text for one in findings if not one.ok]


async def test_a_bot_that_is_set_up(discord: FakeDiscord, home: Guild, general: Channel) -> None:
    findings = await found(discord)
    assert failures(findings) == []
    texts = "\n".join(one.text for one in findings)
    assert f"The token is that of Trunkline (application {discord.world.bot.id})." in texts
    assert "The Message Content Intent is granted." in texts
    assert "Home: all permissions in 1 of 1 text channels." in texts
    assert "Discord is told of changed commands at the next start." in texts
    assert invitation(str(discord.world.bot.id)) in texts
    assert discord.token not in texts


async def test_commands_that_are_known_already(discord: FakeDiscord, set_stage: SetStage) -> None:
    async with set_stage():
        pass
    assert "15 commands are known to Discord as they are." in [one.text for one in await found(discord)]
    assert discord.count("PUT /applications") == 1


async def test_no_token_and_a_wrong_one_are_one_sentence_each(discord: FakeDiscord) -> None:
    for token in ("", " ", "wrong"):
        (only,) = await found(discord, token=token)
        assert not only.ok
        assert "DISCORD_TOKEN" in only.text


async def test_a_missing_intent_fails_only_where_it_is_needed(discord: FakeDiscord, general: Channel) -> None:
    discord.world.allowed_intents = PRIVILEGED & ~MESSAGE_CONTENT
    assert failures(await found(discord)) == []
    assert any("Message Content Intent is off" in one.text for one in await found(discord))
    (why,) = failures(await found(discord, channels=(str(general.id),)))
    assert "which discord.channels needs" in why
    assert failures(await found(discord, channels=(str(general.id),), message_content="never")) == []


async def test_missing_permissions_are_named_by_channel(
    discord: FakeDiscord, home: Guild, general: Channel
) -> None:
    quiet = discord.channel(home, "quiet")
    discord.forbid(quiet, Permission.SEND_MESSAGES | Permission.ATTACH_FILES)
    findings = await found(discord)
    assert failures(findings) == []
    text = next(one.text for one in findings if one.text.startswith("Home"))
    assert text == ("Home: all permissions in 1 of 2 text channels: #quiet lacks Send Messages, Attach Files.")
    (why,) = failures(await found(discord, channels=(str(quiet.id), str(general.id))))
    assert why == "#quiet lacks Send Messages, Attach Files."
    discord.forbid(general, Permission.VIEW_CHANNEL, home.id)
    (why,) = failures(await found(discord))
    assert why.startswith("Home: all permissions in 0 of 2")


async def test_a_channel_that_is_gone_or_closed(discord: FakeDiscord, home: Guild, general: Channel) -> None:
    hidden = discord.channel(home, "hidden")
    discord.forbid(hidden, Permission.VIEW_CHANNEL)
    gone, closed = failures(await found(discord, channels=("77", str(hidden.id))))
    assert gone == "Channel 77 of the settings: there is no such channel"
    assert "View Channel" in closed


async def test_threads_need_permissions_of_their_own(discord: FakeDiscord, general: Channel) -> None:
    discord.forbid(general, Permission.CREATE_PUBLIC_THREADS)
    assert failures(await found(discord, channels=(str(general.id),))) == []
    assert failures(await found(discord, channels=(str(general.id),), thread="always")) == [
        "#general lacks Create Public Threads."
    ]


async def test_no_connections_left_and_too_few_shards(discord: FakeDiscord) -> None:
    discord.gateway.shards = 4
    (why,) = failures(await found(discord, shards="0-1/2"))
    assert "Discord advises 4: raise the number" in why
    discord.gateway.identifies.rate = type(discord.gateway.identifies.rate)(1, 24 * 3600.0)
    discord.gateway.identifies.take(discord.world.now())
    assert any("wait" in why for why in failures(await found(discord)))


async def test_an_interactions_endpoint_is_found(discord: FakeDiscord) -> None:
    discord.places.interactions_url = "https://elsewhere.example"
    (why,) = failures(await found(discord))
    assert "Interactions Endpoint URL" in why


async def test_apps_that_are_none(discord: FakeDiscord) -> None:
    (why,) = failures(await found(discord, apps=("other",)))
    assert "other" in why


async def test_discord_out_of_reach_is_one_sentence(discord: FakeDiscord) -> None:
    (only,) = await found(discord, api_url="http://127.0.0.1:9")
    assert only == Finding(False, "Discord cannot be reached.")


def test_the_integer_is_what_its_names_say() -> None:
    assert PERMISSIONS_INTEGER == 309_237_763_136
    assert set(needed(threads=True)) == set(PERMISSIONS)


def test_permissions_follow_roles_and_overwrites() -> None:
    send, view = PERMISSIONS["Send Messages"], PERMISSIONS["View Channels"]
    roles = [{"id": "1", "permissions": str(send | view)}, {"id": "2", "permissions": "0"}]
    member = {"roles": ["2"], "user": {"id": "9"}}
    channel = {
        "permission_overwrites": [
            {"id": "1", "deny": str(send), "allow": "0"},
            {"id": "2", "deny": str(view), "allow": str(send)},
            {"id": "9", "deny": "0", "allow": str(view)},
        ]
    }
    assert held_in(channel, roles, member, "1") == send | view
    assert missing(held_in({}, roles, member, "1"), ("Send Messages", "Attach Files")) == ("Attach Files",)
    roles[1]["permissions"] = str(1 << 3)
    assert missing(held_in(channel, roles, member, "1"), tuple(PERMISSIONS)) == ()


# The operator's page


README = Path(__file__).parents[3] / "bridges" / "trunkline_bridges" / "discord" / "README.md"


def test_the_page_has_every_setting_with_its_default() -> None:
    lines = README.read_text().splitlines()
    start = lines.index("| setting | default | |") + 2
    table = lines[start : lines.index("", start)]
    assert table == [_row(name, field) for name, field in DiscordOptions.model_fields.items()]


def _row(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if isinstance(default, bool):
        shown = str(default).lower()
    else:
        shown = "" if default in ((), {}, "") or name == "token" else f"`{default}`"
    return f"| `{name}` | {shown} | {field.description} |"


def test_the_page_has_the_permissions_and_the_invitation() -> None:
    text = README.read_text()
    assert invitation("APPLICATION_ID") in text
    for name in PERMISSIONS:
        assert f"| {name} |" in text


def test_the_page_names_every_command_and_file() -> None:
    text = README.read_text()
    for name in (
        *useful(AppProfile("", "", "", "", "api"), several=True, moderating=True),
        "settings",
        "examples",
    ):
        assert f"`/{name}`" in text or f"/{name}" in text
    for file in README.parent.rglob("*.py"):
        assert f"`{file.name}`" in text, file.name

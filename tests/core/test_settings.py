"""The one settings table: file, environment and command line, and what is wrong in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, SecretStr

from trunkline.access import Rules, rules_of
from trunkline.app import descriptors
from trunkline.bridge import Capabilities, Descriptor
from trunkline.errors import SettingsError
from trunkline.options import BridgeOptions
from trunkline.serving import AppOptions
from trunkline.settings import CoreSettings, load


class ChirpOptions(BridgeOptions):
    token: Annotated[SecretStr, Field(description="Token of the bot.")] = SecretStr("")
    thoughts: str = "summary"


def _unopened(_: object) -> None:
    raise AssertionError("settings open no bridge")


CHIRP = Descriptor(
    "chirp",
    Capabilities(),
    ChirpOptions,
    lambda *_: (),
    _unopened,  # type: ignore[arg-type]
    secrets={"CHIRP_TOKEN": "token"},
)


def read(text: str, tmp_path: Path, **environment: str) -> CoreSettings:
    file = tmp_path / "trunkline.toml"
    file.write_text(text, "utf-8")
    return load([CHIRP], file=file, environment=environment)


def test_several_apps_and_a_bridge_with_an_app_of_its_own(tmp_path: Path) -> None:
    settings = read(
        'default_app = "one"\n[apps.one]\nurl = "http://one"\n[apps.two]\nurl = "owner/space"\n'
        'inputs = { user_id = "{user.id}" }\n[chirp]\napp = "two"\nblock_users = ["7"]\n',
        tmp_path,
    )
    assert sorted(settings.apps) == ["one", "two"]
    assert settings.apps["two"].inputs == {"user_id": "{user.id}"}
    assert settings.app_of("chirp") == "two"
    assert rules_of(settings.options("chirp")) == Rules(block_users=frozenset({"7"}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "default_app is 'default'"),
        ('[chirp]\napp = "two"\n', "chirp.app is 'two'"),
    ],
)
def test_an_app_that_there_is_not_is_named_with_those_that_are(text: str, told: str, tmp_path: Path) -> None:
    settings = read(f'[apps.one]\nurl = "http://one"\n[apps.three]\nurl = "http://three"\n{text}', tmp_path)
    with pytest.raises(SettingsError, match=f"{told}, which is no app. Name one of: one, three"):
        settings.app_of("chirp")


def test_an_app_that_a_page_may_choose_is_one_that_there_is() -> None:
    overrides = {"apps": {"default": {"url": "http://one"}}, "web": {"apps": ["gone"]}}
    settings = load(descriptors(), overrides=overrides, environment={})
    with pytest.raises(SettingsError, match=r"web\.apps is 'gone'"):
        settings.app_of("web")


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text("[turns]\nlimit_s = 5\nmax_messages = 10\nper_day = 3\n", "utf-8")
    environment = {"TRUNKLINE_TURNS__MAX_MESSAGES": "20", "TRUNKLINE_TURNS__PER_DAY": "4"}
    settings = load([CHIRP], file=file, environment=environment, overrides={"turns": {"per_day": 5}})
    assert (settings.turns.limit_s, settings.turns.max_messages, settings.turns.per_day) == (5, 20, 5)


def test_a_secret_comes_from_its_own_variable_and_is_never_shown(tmp_path: Path) -> None:
    settings = read("", tmp_path, CHIRP_TOKEN="hush")
    options = settings.options("chirp")
    assert isinstance(options, ChirpOptions)
    assert options.token.get_secret_value() == "hush"
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[turns]\nlimit = 5\n", r"turns\.limit: extra inputs are not permitted"),
        ("[turns]\nlimit_s = -5\n", r"turns\.limit_s: .*greater than 0"),
        ('[turns]\noverlap = "drop"\n', r"turns\.overlap: .*'queue', 'merge' or 'interrupt'"),
        ("[apps.one]\n", r"apps\.one\.url: field required"),
        ("[nowhere]\n", r"nowhere: extra inputs"),
        ("[chirp]\nvolume = 3\n", r"chirp\.volume: extra inputs"),
        ("[turns\n", r"cannot be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        read(text, tmp_path)
    assert "\n" not in caught.value.user_message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no settings file .*nowhere\.toml"):
        load([CHIRP], file=tmp_path / "nowhere.toml", environment={})


def test_media_lie_beside_the_database_unless_they_are_told_to_lie_elsewhere() -> None:
    beside = load([], overrides={"store": {"url": "/data/x.db"}}, environment={})
    apart = load([], overrides={"store": {"url": "/data/x.db", "media": "/media"}}, environment={})
    shared = load([], overrides={"store": {"url": "postgresql://h/x"}}, environment={})
    assert beside.store.media_folder() == Path("/data/x.media")
    assert apart.store.media_folder() == Path("/media")
    assert shared.store.media_folder().name == "media"


def test_an_app_named_on_the_command_line_takes_nothing_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text(
        '[apps.default]\nurl = "http://ours"\nuser = "ada"\npassword = "hush"\nhf_token = "hf"\n', "utf-8"
    )
    another_address = AppOptions("http://another").table()
    app = load([CHIRP], file=file, environment={}, overrides={"apps": {"default": another_address}}).apps[
        "default"
    ]
    assert app.url == "http://another"
    assert (app.user, app.password.get_secret_value(), app.hf_token.get_secret_value()) == ("", "", "")

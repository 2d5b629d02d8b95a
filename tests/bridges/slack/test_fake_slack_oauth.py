"""The fake's installs: consent, codes, rotation, revocation, removal."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.errors import Impossible, Json
from fakes.slack.people import Person
from fakes.slack.raw import Answer, Raw
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel

pytestmark = pytest.mark.usefixtures("unlimited")

BACK = "https://bridge.example/slack/oauth_redirect"


def consent(app: App, scopes: str = "chat:write,im:history") -> str:
    return f"https://slack.com/oauth/v2/authorize?client_id={app.client_id}&scope={scopes}&state=s1&redirect_uri={BACK}"


def code_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["code"][0]


async def access(raw: Raw, app: App, **more: str) -> Answer:
    client: Json = {"client_id": app.client_id, "client_secret": app.client_secret}
    return await raw.call("oauth.v2.access", token="", form=True, **client | more)


@pytest.fixture
def fresh(slack: FakeSlack) -> App:
    """An app that is installed nowhere yet, and whose tokens rotate."""
    return slack.app(rotates=True)


async def test_consent_brings_a_code_that_is_good_once(raw: Raw, fresh: App, acme: Workspace, ada: Person) -> None:
    back = ada.approve(consent(fresh))
    assert back.startswith(BACK)
    assert "state=s1" in back
    for wrong, error in (({"client_secret": "x"}, "bad_client_secret"), ({"client_id": "x"}, "invalid_client_id")):
        assert (await access(raw, fresh, code=code_of(back), **wrong)).error == error
    granted = await access(raw, fresh, code=code_of(back), redirect_uri=BACK)
    assert (granted["team"]["id"], granted["authed_user"]["id"]) == (acme.id, ada.id)
    assert granted["scope"] == "chat:write,im:history"
    who = await raw.call("auth.test", token=granted["access_token"])
    assert who["user_id"] == granted["bot_user_id"]
    assert (await access(raw, fresh, code=code_of(back))).error == "invalid_code"


async def test_a_code_ends_and_fits_one_address(raw: Raw, fresh: App, ada: Person, clock: VirtualClock) -> None:
    late = code_of(ada.approve(consent(fresh)))
    await clock.advance(600)
    assert (await access(raw, fresh, code=late)).error == "code_expired"
    other = code_of(ada.approve(consent(fresh)))
    assert (await access(raw, fresh, code=other, redirect_uri="https://evil.example")).error == "bad_redirect_uri"


async def test_tokens_rotate(raw: Raw, fresh: App, ada: Person, clock: VirtualClock) -> None:
    first = await access(raw, fresh, code=code_of(ada.approve(consent(fresh))))
    assert first["expires_in"] == 43_200
    refresh: dict[str, str] = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = await access(raw, fresh, **refresh)
    assert second["access_token"] != first["access_token"]
    assert (await access(raw, fresh, **refresh)).error == "invalid_refresh_token"
    assert (await raw.call("auth.test", token=first["access_token"])).ok, "it runs to its end"
    await clock.advance(43_200)
    assert (await raw.call("auth.test", token=second["access_token"])).error == "token_expired"
    third = await access(raw, fresh, grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert (await raw.call("auth.test", token=third["access_token"])).ok


async def test_a_removed_app_is_told_and_its_tokens_end(
    raw: Raw, slack: FakeSlack, acme: Workspace, app: App, ada: Person, general: Channel
) -> None:
    token = app.token
    with pytest.raises(Impossible):
        ada.uninstall(app)
    acme.person("root", admin=True).uninstall(app)
    assert [each.event["type"] for each in slack.deliveries.log] == ["tokens_revoked", "app_uninstalled"]
    assert (
        await raw.call("chat.postMessage", token=token, channel=general.id, text="x")
    ).error == "account_inactive"
    ada.post(general, "anybody?")
    assert len(slack.deliveries.log) == 2
    with pytest.raises(Impossible):
        ada.slash(general, "/trunk")


async def test_a_revoked_token_says_so(raw: Raw, slack: FakeSlack, app: App) -> None:
    token = app.token
    assert (await raw.call("auth.revoke", test=True))["revoked"] is False
    assert (await raw.call("auth.revoke"))["revoked"] is True
    assert (await raw.call("auth.test", token=token)).error == "token_revoked"
    assert [each.event["type"] for each in slack.deliveries.log] == ["tokens_revoked"]

"""Installation in many workspaces: consent, tokens of each, rotation, removal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from slack_sdk.oauth.installation_store import Installation

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.installing import begin, finish, install
from fakes.slack.listening import Ears, Listener, listening, options_of
from fakes.slack.people import Person
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.vault import MemoryVault
from trunkline.errors import Forbidden, StoreError
from trunkline.messages import Json
from trunkline_bridges.slack.declared import SCOPES
from trunkline_bridges.slack.hearing.installing import (
    INSTALLATIONS,
    REMEMBERED_SECONDS,
    STATE_SECONDS,
    STATES,
    Installations,
    Installed,
    States,
    oauth_flow,
)
from trunkline_bridges.slack.hearing.reading import Bot
from trunkline_bridges.slack.sending.api import Api

pytestmark = [
    pytest.mark.usefixtures("unlimited"),
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),  # by slack_sdk
]


@pytest.fixture
def fresh(slack: FakeSlack) -> App:
    """An app that is installed nowhere yet, and whose tokens rotate."""
    return slack.app(rotates=True)


@pytest.fixture
async def core(slack: FakeSlack, fresh: App, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[Listener]:
    made = Listener(slack, fresh, tmp_path, clock)
    yield made
    await made.end()


def many(app: App) -> dict[str, Any]:
    return {"client_id": app.client_id, "client_secret": app.client_secret}


@pytest.fixture
async def ears(slack: FakeSlack, fresh: App, core: Listener, clock: VirtualClock) -> AsyncIterator[Ears]:
    async with listening(slack, fresh, core, clock, http=True, **many(fresh)) as made:
        yield made


async def test_two_workspaces_install_it_and_nothing_crosses(
    ears: Ears, slack: FakeSlack, fresh: App, acme: Workspace, ada: Person
) -> None:
    other = slack.workspace("other")
    eve = other.person("eve")
    assert await install(ears.url, ada) == 200
    assert await install(ears.url, eve) == 200
    ada.post(ada.dm(fresh), "from acme")
    await ears.hears("from acme")
    eve.post(eve.dm(fresh), "from other")
    first, second = await ears.hears("from acme", "from other")
    assert (first.place.team, second.place.team) == (acme.id, other.id)
    assert (first.speaker.name, second.speaker.name) == ("ada", "eve"), "each asked for with its own token"
    one, two = [await ears.core.begun(number) for number in sorted(ears.core.turns)]
    ears.core.api.tokens = ears.desk.api.tokens
    await asyncio.gather(one.finish("for acme"), two.finish("for other"))
    root_ada, root_eve = first.message_id, second.message_id
    assert ada.texts(ada.dm(fresh), root_ada)[-1] == "for acme"
    assert eve.texts(eve.dm(fresh), root_eve)[-1] == "for other"


async def test_the_consent_asks_for_what_is_needed(ears: Ears, fresh: App) -> None:
    async with aiohttp.ClientSession() as browser:
        consent, _ = await begin(ears.url, browser)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(consent).query).items()}
    assert urlsplit(consent).hostname == "slack.com"
    assert asked["client_id"] == fresh.client_id
    assert asked["scope"].split(",") == list(SCOPES)


async def test_a_state_is_good_once_in_time_and_in_one_browser(
    ears: Ears, slack: FakeSlack, ada: Person, clock: VirtualClock
) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:
        consent, cookies = await begin(ears.url, browser)
        back = ada.approve(consent)
        assert await finish(ears.url, browser, back, {}) == 400, "another browser"
        assert slack.count("oauth.v2.access") == 0
        assert await finish(ears.url, browser, back, cookies) == 200
        assert await finish(ears.url, browser, back, cookies) == 401, "a second time"
        consent, cookies = await begin(ears.url, browser)
        back = ada.approve(consent)
        await clock.advance(STATE_SECONDS)
        assert await finish(ears.url, browser, back, cookies) == 401, "too late"
    assert slack.count("oauth.v2.access") == 1


async def test_a_store_that_is_down_is_said_to_who_installs(ears: Ears, ada: Person) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:
        consent, cookies = await begin(ears.url, browser)
        ears.vault.down = StoreError("The database does not answer: try again.")
        assert await finish(ears.url, browser, ada.approve(consent), cookies) == 503
        async with browser.get(f"{ears.url}/slack/install") as page:
            assert page.status == 503


@pytest.mark.parametrize("how", ["uninstall", "revoke"])
async def test_a_workspace_that_leaves_is_forgotten_and_the_others_stay(
    ears: Ears, slack: FakeSlack, fresh: App, acme: Workspace, ada: Person, how: str
) -> None:
    other = slack.workspace("other")
    eve = other.person("eve")
    await install(ears.url, ada)
    await install(ears.url, eve)
    ada.post(ada.dm(fresh), "hello")
    await ears.hears("hello")
    getattr(acme, how)(fresh)
    await slack.deliveries.quiet()
    assert await ears.vault.keys(INSTALLATIONS) == [other.id]
    with pytest.raises(Forbidden):
        await ears.desk.api.call(acme.id, "auth.test")
    eve.post(eve.dm(fresh), "still here")
    await ears.hears("hello", "still here")
    assert not ears.running.done()


async def test_news_of_an_old_removal_does_not_touch_a_new_installation(
    ears: Ears, slack: FakeSlack, fresh: App, acme: Workspace, ada: Person
) -> None:
    await install(ears.url, ada)
    acme.uninstall(fresh)
    await slack.deliveries.quiet()
    gone = slack.deliveries.events("app_uninstalled")[0]
    gone.payload["event_time"] -= 3600
    await install(ears.url, ada)
    slack.deliveries.again(gone)
    await slack.deliveries.quiet()
    assert await ears.vault.keys(INSTALLATIONS) == [acme.id]


async def test_tokens_are_renewed_in_time_and_once(
    ears: Ears, slack: FakeSlack, fresh: App, acme: Workspace, ada: Person, clock: VirtualClock
) -> None:
    await install(ears.url, ada)
    first = fresh.token
    assert (await ears.desk.api.token_of(acme.id)) == first
    kept = cast("dict[str, Any]", ears.vault.held[INSTALLATIONS, acme.id][0])
    kept["bot_token_expires_at"] = int(time.time()) + 60
    await clock.advance(REMEMBERED_SECONDS)
    found = await asyncio.gather(*(ears.desk.api.token_of(acme.id) for _ in range(3)))
    assert set(found) == {fresh.token}
    assert fresh.token != first
    assert slack.count("oauth.v2.access") == 2
    assert cast("dict[str, Any]", ears.vault.held[INSTALLATIONS, acme.id][0])["bot_token"] == fresh.token


async def test_a_token_that_cannot_be_renewed_is_used_to_its_end(
    ears: Ears, slack: FakeSlack, fresh: App, acme: Workspace, ada: Person
) -> None:
    await install(ears.url, ada)
    kept = cast("dict[str, Any]", ears.vault.held[INSTALLATIONS, acme.id][0])
    kept["bot_token_expires_at"] = int(time.time()) + 60
    slack.faults.error("oauth.v2.access", "invalid_refresh_token")
    assert await ears.desk.api.token_of(acme.id) == fresh.token


async def test_an_organisations_installation_serves_its_workspaces(
    slack: FakeSlack, fresh: App, clock: VirtualClock
) -> None:
    vault = MemoryVault(clock.now)
    options = options_of(slack, fresh, http=True, **many(fresh))
    async with Api(options, clock) as api:
        store = Installations(vault, options, clock, api.client)
        whole = Installation(
            user_id="U1", enterprise_id="E1", is_enterprise_install=True, bot_token="xoxb-org", bot_user_id="UB"
        )
        await store.async_save(whole)
        assert await store.find("T1") is None
        found = await store.find("T1", "E1")
        assert found is not None
        assert (found.token, found.bot.team, found.bot.user, found.bot.enterprise) == (
            "xoxb-org",
            "T1",
            "UB",
            "E1",
        )
        later = Installations(vault, options, clock, api.client)
        assert await later.token("T1") == "xoxb-org", "calls name the workspace alone"
        bot = await store.async_find_bot(enterprise_id="E1", team_id=None, is_enterprise_install=True)
        assert bot is not None
        bot.bot_token = "xoxb-new"
        await store.async_save_bot(bot)
        assert await store.token("T1") == "xoxb-new"
        await store.async_delete_all(enterprise_id="E1", team_id=None)
        assert await store.token("T1") == ""


async def test_states_are_kept_in_the_vault_and_end(clock: VirtualClock) -> None:
    vault = MemoryVault(clock.now)
    states = States(vault, clock)
    first, second = await states.async_issue(), await states.async_issue()
    assert first != second
    assert len(await vault.keys(STATES)) == 2
    assert [await States(vault, clock).async_consume(first) for _ in range(2)] == [True, False]
    assert await states.async_consume("") is False
    await clock.advance(STATE_SECONDS)
    assert await states.async_consume(second) is False


@pytest.mark.parametrize(
    ("api_url", "host"),
    [
        ("", "slack.com"),
        ("https://slack-gov.com/api", "slack-gov.com"),
        ("https://notslack-gov.com/api", "slack.com"),
    ],
)
async def test_govslack_has_its_own_consent(
    slack: FakeSlack, fresh: App, clock: VirtualClock, api_url: str, host: str
) -> None:
    options = options_of(slack, fresh, http=True, **many(fresh) | {"api_url": api_url})
    vault = MemoryVault(clock.now)
    async with Api(options, clock) as api:
        store = Installations(vault, options, clock, api.client)
        flow = oauth_flow(options, store, vault, clock, api.client())
        assert urlsplit(flow.settings.authorization_url).hostname == host


async def test_the_workspace_of_the_settings_may_leave_and_the_others_stay(
    slack: FakeSlack, acme: Workspace, ada: Person, clock: VirtualClock, tmp_path: Path
) -> None:
    app, other = slack.app(acme), slack.workspace("other")
    eve = other.person("eve")
    core = Listener(slack, app, tmp_path, clock)
    async with listening(slack, app, core, clock, **many(app)) as ears:
        await install(ears.url, eve)
        ada.post(ada.dm(app), "by the token")
        await ears.hears("by the token")
        acme.uninstall(app)
        eve.post(eve.dm(app), "by installation")
        await ears.hears("by the token", "by installation")
        with pytest.raises(Forbidden):
            await ears.desk.api.call(acme.id, "auth.test")
        assert not ears.running.done()
    await core.end()


class SlowVault(MemoryVault):
    """Knob: `answering`, without which nothing is read; `asked` tells that something is to be."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answering = asyncio.Event(), asyncio.Event()

    async def get(self, kind: str, key: str) -> Json:
        self.asked.set()
        await self.answering.wait()
        return await super().get(kind, key)


async def test_a_reply_that_goes_on_while_it_is_settled_whose_the_token_is_has_it(
    slack: FakeSlack, clock: VirtualClock
) -> None:
    app = slack.app()
    options = options_of(slack, app, http=True, **many(app) | {"bot_token": "xoxb-own"})
    vault = SlowVault()
    async with Api(options, clock) as api:
        store = Installations(vault, options, clock, api.client)
        looking = asyncio.create_task(store.token("T1"))
        await vault.asked.wait()
        store.settle(Installed(Bot("T1", "UB"), "xoxb-own"))
        vault.answering.set()
        assert await looking == "xoxb-own"


async def test_replies_that_go_on_before_anything_is_heard_find_their_tokens(
    slack: FakeSlack, clock: VirtualClock
) -> None:
    app = slack.app()
    options = options_of(slack, app, http=True, **many(app) | {"bot_token": "xoxb-own"})
    vault = MemoryVault(clock.now)
    async with Api(options, clock) as api:
        store = Installations(vault, options, clock, api.client)
        await store.async_save(Installation(user_id="U1", team_id="T2", bot_token="xoxb-two", bot_user_id="UB"))
        assert [await store.token(team) for team in ("T1", "T2")] == ["xoxb-own", "xoxb-two"]
        store.settle(Installed(Bot("T1", "UB"), "xoxb-own"))
        assert [await store.token(team) for team in ("T1", "T2", "T3")] == ["xoxb-own", "xoxb-two", ""]

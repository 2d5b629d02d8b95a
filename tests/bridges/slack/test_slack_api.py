"""Our calls against the fake Slack over TCP: errors that become ours, limits that are kept, bytes both ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog
from pydantic import SecretStr

from fakes.clock import VirtualClock, settle
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.sending import options_of
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from trunkline.errors import Forbidden, PlatformError, RateLimited, TargetGone, Unconfirmed
from trunkline_bridges.slack.sending.api import Api, Part, code_of
from trunkline_bridges.slack.sending.refusals import translate


@pytest.fixture
async def api(slack: FakeSlack, app: App, clock: VirtualClock) -> AsyncIterator[Api]:
    async with Api(options_of(slack, app), clock) as made:
        yield made


async def test_a_call_and_its_answer(api: Api, general: Channel, ada: Person) -> None:
    answer = await api.call("", "chat.postMessage", channel=general.id, text="hello", thread_ts=None)
    assert answer["ok"] is True
    assert ada.texts(general) == ["hello"]


async def test_what_reads_takes_a_form(api: Api, slack: FakeSlack, general: Channel, ada: Person) -> None:
    asked = ada.post(general, "hello")
    answer = await api.call(
        "", "conversations.replies", channel=general.id, ts=asked.ts, include_all_metadata=True
    )
    assert [one["text"] for one in answer["messages"]] == ["hello"]
    assert slack.calls[-1].args["include_all_metadata"] == "true"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("channel_not_found", TargetGone),
        ("is_archived", TargetGone),
        ("message_not_found", TargetGone),
        ("thread_not_found", TargetGone),
        ("not_in_channel", Forbidden),
        ("invalid_auth", Forbidden),
        ("token_revoked", Forbidden),
        ("account_inactive", Forbidden),
        ("edit_window_closed", Forbidden),
        ("internal_error", Unconfirmed),
        ("fatal_error", Unconfirmed),
        ("msg_too_long", PlatformError),
        ("never_heard_of", PlatformError),
    ],
)
async def test_refusals_become_ours(
    api: Api, slack: FakeSlack, general: Channel, code: str, kind: type[PlatformError]
) -> None:
    slack.faults.error("chat.postMessage", code)
    with pytest.raises(PlatformError) as raised:
        await api.call("", "chat.postMessage", channel=general.id, text="x")
    assert type(raised.value) is kind
    assert code_of(raised.value) == code
    assert raised.value.user_message


async def test_a_missing_scope_is_named(api: Api, acme: Workspace, slack: FakeSlack, general: Channel) -> None:
    app = slack.app(acme, scopes=("channels:read",))
    async with Api(options_of(slack, app)) as poor:
        with pytest.raises(Forbidden, match="chat:write"):
            await poor.call("", "chat.postMessage", channel=general.id, text="x")


async def test_reasons_quote_nobody() -> None:
    said = "[ERROR] secret words are too long [json-pointer:/blocks/0/text]"
    error = translate(200, {"error": "invalid_blocks", "response_metadata": {"messages": [said]}})
    assert error.user_message == "Slack refused it (invalid_blocks: /blocks/0/text)."


async def test_a_limit_is_not_asked_again_before_its_time(
    api: Api, slack: FakeSlack, clock: VirtualClock, general: Channel
) -> None:
    slack.faults.rate_limit("chat.update", 30.0)
    made = await api.call("", "chat.postMessage", channel=general.id, text="x")
    for wait in (30.0, 20.0):
        with pytest.raises(RateLimited) as limited:
            await api.call("", "chat.update", channel=general.id, ts=made["ts"], text="y")
        assert limited.value.retry_after == pytest.approx(wait)
        await clock.advance(10.0)
    assert slack.count("chat.update") == 1
    await api.call("", "chat.postMessage", channel=general.id, text="other methods go on")
    await clock.advance(10.0)
    await api.call("", "chat.update", channel=general.id, ts=made["ts"], text="y")


async def test_a_limit_of_posts_holds_for_its_channel(
    api: Api, slack: FakeSlack, acme: Workspace, app: App, general: Channel
) -> None:
    other = acme.channel("other", app)
    slack.faults.rate_limit("chat.postMessage", 30.0)
    with pytest.raises(RateLimited):
        await api.call("", "chat.postMessage", channel=general.id, text="x")
    await api.call("", "chat.postMessage", channel=other.id, text="x")
    with pytest.raises(RateLimited):
        await api.call("", "chat.postMessage", channel=general.id, text="x")


async def test_lost_writes_are_unconfirmed_and_lost_reads_are_not(
    api: Api, slack: FakeSlack, general: Channel
) -> None:
    slack.faults.lose("chat.postMessage")
    with pytest.raises(Unconfirmed):
        await api.call("", "chat.postMessage", channel=general.id, text="x")
    slack.faults.error("chat.postMessage", 500)
    with pytest.raises(Unconfirmed):
        await api.call("", "chat.postMessage", channel=general.id, text="x")
    slack.faults.lose("conversations.info")
    with pytest.raises(PlatformError) as raised:
        await api.call("", "conversations.info", channel=general.id)
    assert raised.value.retryable
    assert not isinstance(raised.value, Unconfirmed)
    assert slack.count("chat.postMessage") == 2, "the SDK repeats nothing"


async def test_nobody_there_is_no_doubt(slack: FakeSlack, app: App) -> None:
    async with Api(options_of(slack, app, api_url="http://127.0.0.1:9/api/")) as api:
        with pytest.raises(PlatformError) as raised:
            await api.call("", "chat.postMessage", channel="C", text="x")
    assert raised.value.retryable
    assert not isinstance(raised.value, Unconfirmed)


async def test_patience_waits_for_limits(
    api: Api, slack: FakeSlack, clock: VirtualClock, general: Channel, ada: Person
) -> None:
    asked = ada.post(general, "x")
    slack.faults.rate_limit("reactions.add", 9.0)
    task = asyncio.create_task(
        api.call("", "reactions.add", patient=True, channel=general.id, timestamp=asked.ts, name="eyes")
    )
    await slack.world.until(lambda: any(call.status == 429 for call in slack.calls))
    await settle()
    assert 9.0 in clock.slept
    assert not task.done()
    await clock.advance(9.0)
    await task
    assert asked.reactions


async def test_patience_does_not_post_twice(api: Api, slack: FakeSlack, general: Channel, ada: Person) -> None:
    slack.faults.lose("chat.postMessage")
    with pytest.raises(Unconfirmed):
        await api.call("", "chat.postMessage", patient=True, channel=general.id, text="once")
    assert ada.texts(general) == ["once"]


async def test_each_workspace_has_its_token(
    slack: FakeSlack, app: App, acme: Workspace, clock: VirtualClock
) -> None:
    globex = slack.workspace("globex")
    globex.install(app)
    tokens = {acme.id: app.installs[acme.id].token, globex.id: app.installs[globex.id].token}

    async def lookup(team: str) -> str:
        return tokens.get(team, "")

    async with Api(options_of(slack, app), clock, lookup) as api:
        for team in tokens:
            assert (await api.call(team, "auth.test"))["team_id"] == team
        with pytest.raises(Forbidden, match="not installed"):
            await api.call("T000FORGED", "auth.test")


async def test_three_steps_and_the_bytes_are_there(
    api: Api, slack: FakeSlack, general: Channel, ada: Person
) -> None:
    parts = [Part("größe.txt", "ü".encode()), Part("b.bin", b"\0", alt="nothing")]
    ids = await api.upload("", parts, channel=general.id, comment="Here:")
    (message,) = ada.sees(general)
    assert message.text == "Here:"
    assert [(file.id, file.name, file.content) for file in message.files] == [
        (ids[0], "größe.txt", "ü".encode()),
        (ids[1], "b.bin", b"\0"),
    ]
    assert message.files[1].alt_text == "nothing"


@pytest.mark.parametrize("status", [500, 404])
async def test_a_broken_upload_was_not_seen(api: Api, slack: FakeSlack, general: Channel, status: int) -> None:
    slack.faults.error("upload", status)
    with pytest.raises(PlatformError) as raised:
        await api.upload("", [Part("a", b"a")], channel=general.id)
    assert not isinstance(raised.value, Unconfirmed)
    assert raised.value.retryable is (status == 500)


async def test_a_download_needs_the_scope(
    slack: FakeSlack, acme: Workspace, api: Api, app: App, ada: Person
) -> None:
    file = ada.upload(ada.dm(app), "a.txt", b"hello").files[0]
    url = f"{slack.url}/files-pri/{file.team_id}-{file.id}/download/a.txt"
    async with api.download("", url, 100) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == b"hello"
    blind = slack.app(acme, scopes=("chat:write",))
    async with Api(options_of(slack, blind)) as poor:
        with pytest.raises(Forbidden, match="files:read"):
            async with poor.download("", url, 100):
                pytest.fail("there is nothing to read")


async def test_the_token_goes_to_slack_alone(api: Api) -> None:
    for url in ("https://slack.com.evil.example/x", "http://files.slack.com/x", "https://evilslack.com/x"):
        with pytest.raises(TargetGone):
            async with api.download("", url, 100):
                pytest.fail("the token was given away")


async def test_no_token_and_no_words_in_logs_or_errors(slack: FakeSlack, app: App, general: Channel) -> None:
    slack.faults.error("chat.postMessage", "invalid_blocks")
    slack.faults.rate_limit("chat.postMessage", 1.0)
    slack.faults.lose("chat.postMessage")
    with structlog.testing.capture_logs() as logs:
        async with Api(options_of(slack, app, bot_token=SecretStr(app.token)), VirtualClock()) as api:
            for _ in range(3):
                with pytest.raises(PlatformError) as raised:
                    await api.call("", "chat.postMessage", channel=general.id, text="sentinel words")
                cause = raised.value.__cause__
                for said in (str(raised.value), str(cause), repr(cause), repr(logs)):
                    assert app.token not in said
                    assert "sentinel" not in said


async def test_closed_is_out_of_reach(api: Api, general: Channel) -> None:
    await api.call("", "chat.postMessage", channel=general.id, text="x")
    await api.close()
    with pytest.raises(PlatformError) as raised:
        await api.call("", "chat.postMessage", channel=general.id, text="x")
    assert raised.value.retryable

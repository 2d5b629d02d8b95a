"""The real slack-bolt and slack_sdk against the fake Slack: what a bridge does, done by them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from slack_bolt.middleware.assistant.async_assistant import AsyncAssistant
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.models.messages.chunk import MarkdownTextChunk, TaskUpdateChunk
from slack_sdk.oauth.installation_store.file import FileInstallationStore
from slack_sdk.oauth.state_store.file import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from fakes.slack.apps import EVENTS, App
from fakes.slack.bolts import app_on, bolt_for
from fakes.slack.people import Person
from fakes.slack.server import FakeSlack, running_slack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel

TONE = {"type": "plain_text_input", "action_id": "text"}
VIEW: dict[str, Any] = {
    "type": "modal",
    "callback_id": "settings",
    "title": {"type": "plain_text", "text": "Settings"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {"type": "input", "block_id": "tone", "label": {"type": "plain_text", "text": "Tone"}, "element": TONE}
    ],
}
BUTTON = {"type": "button", "action_id": "open", "text": {"type": "plain_text", "text": "Settings"}}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """In real time: the libraries keep to it."""
    async with running_slack() as running:
        yield running


@pytest.fixture
def client(slack: FakeSlack, app: App) -> AsyncWebClient:
    return AsyncWebClient(token=app.token, base_url=slack.api, retry_handlers=[])


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_an_app_hears_and_answers_in_the_thread(
    slack: FakeSlack, app: App, ada: Person, general: Channel, http: bool
) -> None:
    bolt = bolt_for(slack, app)

    @bolt.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Any) -> None:
        await say(f"Hello, <@{event['user']}>!", thread_ts=event["ts"])

    @bolt.event("message")
    async def heard() -> None:
        """The twin of the mention, and the app's own answer."""

    async with app_on(slack, app, bolt, http=http):
        assert not http or await slack.deliveries.verify(app)
        asked = ada.post(general, f"{app.mention} hello")
        await ada.waits_for(general, f"Hello, {ada.mention}!", asked)
        await slack.deliveries.quiet()
    assert all(each.acknowledged for each in slack.deliveries.log)


async def test_an_agent_streams_in_its_messages_tab(slack: FakeSlack, app: App, ada: Person) -> None:
    bolt = bolt_for(slack, app)

    @bolt.event("message")
    async def answer(say_stream: Any, set_status: Any) -> None:
        await set_status("is thinking…")
        stream = await say_stream(buffer_size=1, task_display_mode="timeline")
        await stream.append(chunks=[TaskUpdateChunk(id="1", title="Looking", status="in_progress", details="a")])
        await stream.append(chunks=[TaskUpdateChunk(id="1", title="Looked", status="complete", details="b")])
        await stream.append(markdown_text="All ")
        await stream.stop(chunks=[MarkdownTextChunk(text="done.")], session_status="active")

    @bolt.event("app_home_opened")
    async def opened(set_suggested_prompts: Any) -> None:
        await set_suggested_prompts(prompts=[{"title": "Hi", "message": "Hello there"}])

    async with app_on(slack, app, bolt):
        ada.open_messages(app)
        await slack.world.until(lambda: ada.prompts(app) == ["Hi"])
        asked = ada.pick_prompt(app, "Hi")
        message = await ada.waits_for(ada.dm(app), "All done.", asked)
    assert ada.text(message) == "[complete] Looked\nab\nAll done."
    assert ada.status(app, ada.dm(app), asked) == ""


async def test_stop_reaches_the_app(slack: FakeSlack, app: App, ada: Person) -> None:
    bolt, stopped = bolt_for(slack, app), asyncio.Event()

    @bolt.event("message")
    async def begin(say_stream: Any) -> None:
        stream = await say_stream(buffer_size=1)
        await stream.append(markdown_text="one")
        await stopped.wait()
        with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
            await stream.append(markdown_text="two")
        await bolt.client.agents_sessions_setStatus(channel_id=ada.dm(app).id, thread_ts=asked.ts, status="active")

    @bolt.event("agent_session_stopped")
    async def stop(event: dict[str, Any]) -> None:
        assert event["streaming_message_ts"]
        stopped.set()

    async with app_on(slack, app, bolt):
        asked = ada.post(ada.dm(app), "count")
        await ada.waits_for(ada.dm(app), "one", asked)
        ada.stop(app, ada.dm(app), asked)
        await slack.world.until(lambda: ada.status(app, ada.dm(app), asked) == "")


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_commands_modals_and_buttons(
    slack: FakeSlack, app: App, ada: Person, general: Channel, http: bool
) -> None:
    bolt = bolt_for(slack, app)

    @bolt.command("/trunk")
    async def command(ack: Any, respond: Any) -> None:
        await ack("One moment")
        await respond(text="Settings", blocks=[{"type": "actions", "elements": [BUTTON]}])

    @bolt.action("open")
    async def pressed(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=VIEW)

    @bolt.view("settings")
    async def submitted(ack: Any, view: dict[str, Any], client: AsyncWebClient) -> None:
        value = view["state"]["values"]["tone"]["text"]["value"]
        if value == "rude":
            await ack(response_action="errors", errors={"tone": "Not that one"})
            return
        await ack()
        await client.chat_postEphemeral(channel=general.id, user=ada.id, text=f"Tone is {value}")

    async with app_on(slack, app, bolt, http=http):
        ada.slash(general, "/trunk", "settings")
        shown = await ada.waits_for(general, "Settings")
        opened = await ada.click(shown, "Settings").modal()
        await ada.submit(opened, Tone="rude").answered()
        assert opened.errors == {"tone": "Not that one"}
        await ada.submit(opened, Tone="dry").answered()
        await ada.waits_for(general, "Tone is dry")
    assert ada.modal(app) is None


async def test_a_file_goes_out_and_one_comes_in(
    slack: FakeSlack, app: App, client: AsyncWebClient, ada: Person, general: Channel
) -> None:
    asked = ada.post(general, "here", files=[("in.txt", b"in")])
    uploads: list[dict[str, Any]] = [
        {"file": b"PNG", "filename": "a.png", "alt_txt": "A plot"},
        {"content": "1,2", "filename": "b.csv"},
    ]
    sent = await client.files_upload_v2(
        file_uploads=uploads, channel=general.id, thread_ts=asked.ts, initial_comment="two"
    )
    assert [each["title"] for each in sent["files"]] == ["a.png", "b.csv"]
    message = ada.sees(general, asked)[-1]
    assert [each.content for each in ada.files(message)] == [b"PNG", b"1,2"]
    event = slack.deliveries.events("message")[0].event
    url = event["files"][0]["url_private_download"]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {app.token}"}) as session:
        assert await (await session.get(url)).read() == b"in"


async def test_the_sdk_raises_what_the_fake_refuses(slack: FakeSlack, app: App, general: Channel) -> None:
    client = AsyncWebClient(token=app.token, base_url=slack.api)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.chat_postMessage(channel="C0NONE", text="x")
    slack.faults.rate_limit("chat.postMessage", 1)
    with pytest.raises(SlackApiError, match="ratelimited") as refused:
        await client.chat_postMessage(channel=general.id, text="x")
    assert refused.value.response.headers["Retry-After"] == "1"
    slack.faults.error("chat.postMessage", 503)
    with pytest.raises(SlackApiError, match="service_unavailable"):
        await client.chat_postMessage(channel=general.id, text="x")


async def test_the_sdk_posts_twice_when_an_answer_is_lost(
    slack: FakeSlack, app: App, client: AsyncWebClient, ada: Person, general: Channel
) -> None:
    """reference: section 6, "duplicate message possible"."""
    slack.faults.lose("chat.postMessage")
    retrying = AsyncWebClient(token=app.token, base_url=slack.api)
    await retrying.chat_postMessage(channel=general.id, text="once?")
    assert ada.texts(general) == ["once?", "once?"]
    slack.faults.lose("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(
            channel=general.id, text="once", metadata={"event_type": "t", "event_payload": {}}
        )
    history = await client.conversations_history(channel=general.id, include_all_metadata=True)
    assert history["messages"][0]["metadata"]["event_type"] == "t"


async def test_the_sdk_waits_as_it_is_told(slack: FakeSlack, app: App, ada: Person, general: Channel) -> None:
    handlers: list[AsyncRetryHandler] = [AsyncRateLimitErrorRetryHandler(max_retry_count=1)]
    client = AsyncWebClient(token=app.token, base_url=slack.api, retry_handlers=handlers)
    slack.faults.rate_limit("chat.postMessage", 0)
    await client.chat_postMessage(channel=general.id, text="at last")
    assert slack.count("chat.postMessage") == 2


async def test_an_app_comes_back_after_its_socket_went(
    slack: FakeSlack, app: App, ada: Person, general: Channel
) -> None:
    bolt = bolt_for(slack, app)
    heard: asyncio.Queue[str] = asyncio.Queue()

    @bolt.event("message")
    async def hear(event: dict[str, Any]) -> None:
        heard.put_nowait(event["text"])

    async with app_on(slack, app, bolt, ping_interval=0.05):
        await slack.sockets.refresh(app)
        await slack.world.until(lambda: slack.sockets.opened == 2 and slack.sockets.of(app))
        ada.post(general, "refreshed")
        assert await asyncio.wait_for(heard.get(), 10) == "refreshed"
        slack.sockets.drop(app)
        await slack.world.until(lambda: slack.sockets.opened == 3 and slack.sockets.of(app))
        ada.post(general, "dropped")
        assert await asyncio.wait_for(heard.get(), 10) == "dropped"


# slack_sdk 3.47 still hands its client id to aiohttp in the old way.
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_one_app_is_installed_in_two_workspaces_by_oauth(slack: FakeSlack, tmp_path: Any) -> None:
    app = slack.app(rotates=True)
    settings = AsyncOAuthSettings(
        client_id=app.client_id,
        client_secret=app.client_secret,
        scopes=list(app.scopes),
        install_page_rendering_enabled=False,
        installation_store=FileInstallationStore(base_dir=str(tmp_path / "installs")),
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(tmp_path / "states")),
    )
    bolt = bolt_for(slack, app, oauth_settings=settings)

    @bolt.event("message")
    async def answer(event: dict[str, Any], say: Any, context: Any) -> None:
        if "bot_id" not in event:
            await say(f"in {context['team_id']}")

    async with (
        app_on(slack, app, bolt, http=True),
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser,
    ):
        base = app.events_url.rpartition("/")[0]
        for name in ("acme", "other"):
            workspace = slack.workspace(name)
            ada = workspace.person("ada")
            await _install(browser, base, ada)
            ada.post(ada.dm(app), "where?")
            await ada.waits_for(ada.dm(app), f"in {workspace.id}")


async def _install(browser: aiohttp.ClientSession, base: str, who: Person) -> None:
    """What a browser does between "Add to Slack" and the page that says thanks."""
    async with browser.get(f"{base}/install", allow_redirects=False) as page:
        address = page.headers["Location"]
        cookie = page.headers["Set-Cookie"].partition(";")[0]
    back = urlsplit(who.approve(address))
    headers = {"Cookie": cookie}
    async with browser.get(f"{base}/oauth_redirect?{back.query}", headers=headers) as done:
        assert done.status == 200


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_what_an_app_could_not_store_comes_again(
    slack: FakeSlack, app: App, ada: Person, general: Channel, http: bool
) -> None:
    """reference: section 5, "a failing store answers 500 and Slack redelivers"."""
    bolt, heard = bolt_for(slack, app), []
    slack.deliveries.ack_seconds = 0.2

    @bolt.use
    async def store(req: Any, body: dict[str, Any], next_: Any) -> None:
        heard.append((body["event_id"], req.headers.get("x-slack-retry-num", ["-"])[0]))
        if len(heard) == 1:
            raise OSError("the disk is full")
        await next_()

    @bolt.event("message")
    async def hear() -> None:
        """Nothing to do."""

    async with app_on(slack, app, bolt, http=http):
        ada.post(general, "keep this")
        await slack.deliveries.quiet()
    (delivery,) = slack.deliveries.log
    assert (delivery.acknowledged, delivery.attempts) == (True, 2)
    assert delivery.failures == ["http_error" if http else "timeout"]
    assert [event for event, _ in heard] == [delivery.payload["event_id"]] * 2
    assert heard[1][1] == "1"


@pytest.mark.parametrize("beside", [False, True])
async def test_the_legacy_assistant_of_bolt(
    slack: FakeSlack, acme: Workspace, ada: Person, general: Channel, beside: bool
) -> None:
    app = slack.app(acme, agent="assistant_view", events=(*EVENTS, "assistant_thread_started"))
    bolt, assistant = bolt_for(slack, app), AsyncAssistant()

    @assistant.thread_started
    async def started(say: Any, set_suggested_prompts: Any) -> None:
        await say("How can I help?")
        await set_suggested_prompts(prompts=[{"title": "Hi", "message": "Hello there"}])

    @assistant.user_message
    async def answer(payload: dict[str, Any], say: Any, set_status: Any, set_title: Any) -> None:
        await set_title(payload["text"])
        await set_status("is thinking…")
        await say("Hello, you.")
        await set_status("")

    bolt.use(assistant)
    async with app_on(slack, app, bolt):
        root = ada.open_assistant(app, general if beside else None)
        await ada.waits_for(ada.dm(app), "How can I help?", root)
        await slack.world.until(lambda: ada.prompts(app, root) == ["Hi"])
        ada.pick_prompt(app, "Hi", thread=root)
        await ada.waits_for(ada.dm(app), "Hello, you.", root)
        assert ada.title(app, ada.dm(app), root) == "Hello there"
        await slack.world.until(lambda: not ada.status(app, ada.dm(app), root))
        await slack.deliveries.quiet()

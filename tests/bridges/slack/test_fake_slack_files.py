"""The fake's uploads in three steps and its downloads, to a client that breaks the rules."""

from __future__ import annotations

import pytest

from fakes.slack.apps import App
from fakes.slack.errors import Json
from fakes.slack.people import Person
from fakes.slack.raw import Raw, raw_client
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel

pytestmark = pytest.mark.usefixtures("unlimited")


def picture(key: str) -> Json:
    return {"type": "image", "alt_text": "a plot", "slack_file": {"id": key}}


async def test_an_upload_takes_three_steps(raw: Raw, slack: FakeSlack, ada: Person, general: Channel) -> None:
    root = ada.post(general, "draw")
    key, answer = await raw.upload(
        "plot.png", b"PNG", channel_id=general.id, thread_ts=root.ts, initial_comment="here"
    )
    assert answer["files"] == [{"id": key, "title": "plot.png"}], "neither a share nor a ts"
    message = ada.sees(general, root)[-1]
    assert (ada.text(message), message.subtype, [each.content for each in ada.files(message)]) == (
        "here",
        "file_share",
        [b"PNG"],
    )
    (shared,) = slack.deliveries.events("file_shared")
    assert (shared.event["file_id"], shared.event["message_ts"]) == (key, message.ts)
    posted = [each.event for each in slack.deliveries.events("message") if each.event.get("files")]
    assert posted[0]["files"][0]["id"] == key
    info = await raw.call("files.info", form=True, file=key)
    assert info["file"]["shares"] == {"public": {general.id: [{"ts": message.ts}]}}


async def test_steps_cannot_be_left_out(raw: Raw, general: Channel) -> None:
    assert (await raw.call("files.getUploadURLExternal", filename="x", length=0)).error == "invalid_arguments"
    announced = await raw.call("files.getUploadURLExternal", filename="x.txt", length=3)
    files = [{"id": announced["file_id"]}]
    early = await raw.call("files.completeUploadExternal", files=files, channel_id=general.id)
    assert early.error == "file_not_found"
    async with raw.session.post(announced["upload_url"], data=b"four") as response:
        assert response.status == 400, "as many bytes as were announced"
    async with raw.session.post(announced["upload_url"], data=b"abc") as response:
        assert response.status == 200
    assert (await raw.call("files.completeUploadExternal", files=files, channel_id=general.id)).ok
    again = await raw.call("files.completeUploadExternal", files=files, channel_id=general.id)
    assert again.error == "file_update_failed"
    assert (await raw.call("files.upload", content="x")).error == "method_deprecated"


async def test_a_comment_wins_over_blocks_and_markdown_breaks_it(raw: Raw, ada: Person, general: Channel) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "block"}}
    place: Json = {"channel_id": general.id}
    await raw.upload("a.txt", b"a", blocks=[section], initial_comment="comment", **place)
    await raw.upload("a.txt", b"a", blocks=[section], **place)
    assert ada.texts(general) == ["comment", "block"]
    _, broken = await raw.upload("a.txt", b"a", blocks=[{"type": "markdown", "text": "x"}], **place)
    assert broken.error == "internal_error"


async def test_a_picture_is_usable_once_it_is_processed(
    raw: Raw, slack: FakeSlack, app: App, ada: Person, general: Channel
) -> None:
    slack.files.slow = True
    key, answer = await raw.upload("plot.png", b"PNG", channel_id=general.id)
    assert answer.ok
    assert ada.sees(general) == []
    early = await raw.call("chat.postMessage", channel=general.id, text="x", blocks=[picture(key)])
    assert "invalid slack file" in early.problems
    slack.files.process()
    assert ada.sees(general)[0].files[0].id == key
    assert (await raw.call("chat.postMessage", channel=general.id, text="x", blocks=[picture(key)])).ok
    assert [file.id for file in ada.files(ada.sees(general)[-1])] == [key]
    for wrong in ("F0NONE", ada.upload(ada.dm(app), "mine.png", b"x").files[0].id):
        refused = await raw.call("chat.postMessage", channel=general.id, text="x", blocks=[picture(wrong)])
        assert refused.error == "invalid_blocks"


async def test_downloads_need_the_token_and_the_scope(
    raw: Raw, slack: FakeSlack, acme: Workspace, app: App, ada: Person, general: Channel
) -> None:
    (file,) = ada.upload(general, "in.csv", b"1,2").files
    url = slack.payloads.file(file)["url_private_download"]
    assert await raw.fetch(url, app.token) == ("text/csv", b"1,2")
    poor = slack.app(acme, scopes=("chat:write",))
    ada.invite(general, poor)
    absent = slack.app(acme)
    for token in ("", "xoxb-wrong", poor.token, absent.token):
        kind, page = await raw.fetch(url, token)
        assert (kind, b"Login" in page) == ("text/html", True)
    assert slack.files.downloads == [file.id]


async def test_a_clip_says_how_long_it_is(slack: FakeSlack, ada: Person, general: Channel) -> None:
    ada.record(general, b"sound", 2.5)
    event = slack.deliveries.events("message")[0].event
    (file,) = event["files"]
    assert (event["subtype"], file["subtype"], file["mimetype"], file["duration_ms"]) == (
        "file_share",
        "slack_audio",
        "audio/mp4",
        2500,
    )


async def test_only_ones_own_file_is_deleted(
    raw: Raw, slack: FakeSlack, acme: Workspace, general: Channel
) -> None:
    key, _ = await raw.upload("a.txt", b"a", channel_id=general.id)
    other = slack.app(acme)
    acme.connect(general, other)
    async with raw_client(slack, other) as theirs:
        assert (await theirs.call("files.delete", file=key)).error == "cant_delete_file"
    assert (await raw.call("files.delete", file=key)).ok
    assert (await raw.call("files.info", file=key)).error == "file_deleted"

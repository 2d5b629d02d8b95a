"""Files both ways: uploads, signed links, and what a browser is told about the bytes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urljoin

import aiohttp
import pytest

from fakes.samples import png, wav
from fakes.web_client import WebClient
from fakes.web_server import SECRET, Served, serving
from trunkline import codec
from trunkline.backend import Accepts
from trunkline.errors import Denied
from trunkline.inbound import Edit, Say
from trunkline.messages import AppFile, Artifact, Blob, Inline, Link, Media, Message, Reply, Text, Thought
from trunkline_bridges.web.media import Links, file_name, headers, with_addresses

LINKS = Links(SECRET, days=7)
NOW = 1_790_000_000.0


def accepting(web: Served, *types: str) -> None:
    accepts = Accepts(files=True, file_types=types)
    web.core.profiles["demo"] = replace(web.core.profiles["demo"], accepts=accepts)


async def uploaded(tab: WebClient, name: str, data: bytes, mime: str = "") -> dict[str, object]:
    status, answer = await tab.upload(name, data, mime)
    assert status == 200, answer
    (file,) = answer["files"]
    assert isinstance(file, dict)
    return file


async def fetched(web: Served, url: str, **more: str) -> tuple[int, bytes, dict[str, str]]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(urljoin(web.base + "/", url), headers=more) as answer,
    ):
        return answer.status, await answer.read(), dict(answer.headers)


async def test_an_uploaded_picture_is_sent_shown_and_fetched(web: Served) -> None:
    accepting(web, "image")
    tab = await web.visit()
    file = await uploaded(tab, "cat.png", png(), "image/png")
    assert (file["kind"], file["mime"], file["size"]) == ("image", "image/png", len(png()))
    await tab.say("look", {"type": "media", "kind": "image", "source": {"upload": file["upload"]}})

    said = next(event.command for event in web.core.events if isinstance(event.command, Say))
    sha256 = hashlib.sha256(png()).hexdigest()
    assert said.parts[1] == Media("image", Blob(sha256, len(png())), "cat.png", "image/png")
    media = next(iter(tab.turns.values()))["posts"][0]["body"]["parts"][1]
    status, data, _ = await fetched(web, media["source"]["url"])
    assert (status, data) == (200, png())
    await (await web.core.begun()).finish()


async def test_a_file_is_kept_while_editing_by_its_address(web: Served) -> None:
    accepting(web)
    tab = await web.visit()
    file = await uploaded(tab, "cat.png", png(), "image/png")
    sent = await tab.say("look", {"type": "media", "kind": "image", "source": {"upload": file["upload"]}})
    await (await web.core.begun()).finish()
    url = next(iter(tab.turns.values()))["posts"][0]["body"]["parts"][1]["source"]["url"]
    parts = [{"type": "text", "text": "again"}, {"type": "media", "kind": "image", "source": {"url": url}}]
    await tab.ask("edit", turn=sent["turn"], parts=parts)

    edit = next(event.command for event in web.core.events if isinstance(event.command, Edit))
    assert isinstance(edit.parts[1], Media)
    assert edit.parts[1].source == Blob(hashlib.sha256(png()).hexdigest(), len(png()))
    forged = url.replace("sig=", "sig=x")
    refused = await tab.ask(
        "edit", turn=sent["turn"], parts=[{"type": "media", "kind": "image", "source": {"url": forged}}]
    )
    assert refused["code"] == "not_found"


async def test_another_visitors_upload_cannot_be_sent(web: Served) -> None:
    accepting(web)
    mine, theirs = await web.visit(), await web.visit()
    file = await uploaded(mine, "secret.txt", b"secret", "text/plain")
    answer = await theirs.say("", {"type": "media", "kind": "file", "source": {"upload": file["upload"]}})

    assert (answer["type"], answer["code"]) == ("error", "not_found")
    assert not web.core.events


@pytest.mark.parametrize(
    ("status", "code", "how"),
    [
        (401, "token", {"token": "v1.forged"}),
        (404, "not_found", {"app": "other"}),
    ],
)
async def test_uploads_are_refused_with_a_reason(web: Served, status: int, code: str, how: dict[str, str]) -> None:
    accepting(web)
    tab = await web.visit()
    got, answer = await tab.upload("a.txt", b"a", "text/plain", **how)

    assert (got, answer["error"]["code"]) == (status, code)
    assert web.core.media.puts == 0


async def test_a_type_that_the_app_does_not_take_is_refused_before_it_is_read(web: Served) -> None:
    accepting(web, "image", ".pdf")
    tab = await web.visit()
    status, answer = await tab.upload("run.exe", b"MZ", "application/x-msdownload")

    assert status == 415
    assert answer["error"]["message"] == "Only image, .pdf files are taken: run.exe was not."
    assert web.core.media.puts == 0


async def test_an_app_of_text_alone_takes_no_uploads(web: Served) -> None:
    tab = await web.visit()
    status, answer = await tab.upload("a.txt", b"a", "text/plain")

    assert (status, answer["error"]["message"]) == (415, "This app takes text only: the file was not taken.")


async def test_large_many_and_frequent_files_are_refused(tmp_path: Path) -> None:
    async with serving(tmp_path, file_bytes=1000, files=1, uploads_per_minute=2) as web:
        accepting(web)
        tab = await web.visit()
        large = await tab.upload("a.txt", b"a" * 1001, "text/plain")
        huge = await tab.upload("a.txt", b"a" * 200_000, "text/plain")
        small = await uploaded(tab, "a.txt", b"a" * 1000, "text/plain")
        frequent = await tab.upload("a.txt", b"a", "text/plain")
        media = {"type": "media", "kind": "file", "source": {"upload": small["upload"]}}
        many = await tab.say("two", media, media)

    assert (large[0], large[1]["error"]["message"]) == (
        413,
        "a.txt has more than 1,000 bytes: choose a smaller file.",
    )
    assert huge[0] == 413
    assert frequent[0] == 429
    assert (many["type"], many["code"]) == ("error", "too_large")


async def test_a_disk_that_is_full_is_not_blamed_on_the_file(web: Served) -> None:
    accepting(web)
    tab = await web.visit()
    web.core.media.full = True
    status, answer = await tab.upload("a.txt", b"a", "text/plain")
    assert status == 503
    assert answer["error"] == {"code": "unavailable", "message": "a.txt could not be kept: the disk is full."}


async def test_something_that_is_no_form_is_refused(web: Served) -> None:
    accepting(web)
    tab = await web.visit()
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{web.base}/upload", data=b"x", headers={"X-Trunkline-Visitor": tab.token}) as answer,
    ):
        body = await answer.json()

    assert (answer.status, body["error"]["code"]) == (400, "bad_frame")


async def test_ranges_are_served(web: Served) -> None:
    blob = await web.core.media.put(wav(), mime="audio/wav", name="a.wav", limit=10**9)
    url = LINKS.address(blob.sha256, "a.wav", web.clock.now())
    status, data, told = await fetched(web, url, Range="bytes=10-19")

    assert (status, data) == (206, wav()[10:20])
    assert told["Content-Range"] == f"bytes 10-19/{len(wav())}"
    assert told["Content-Type"].startswith("audio/")


@pytest.mark.parametrize(
    ("name", "inline"),
    [
        ("a.png", True),
        ("a.mp3", True),
        ("a.mp4", True),
        ("a.html", False),
        ("a.svg", False),
        ("a.pdf", False),
        ("a", False),
    ],
)
async def test_only_pictures_sound_and_film_are_shown_by_the_browser(web: Served, name: str, inline: bool) -> None:
    blob = await web.core.media.put(b"<script>alert(1)</script>", mime="", name=name, limit=10**9)
    status, _, told = await fetched(web, LINKS.address(blob.sha256, name, web.clock.now()))

    assert status == 200
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert ("sandbox" in told.get("Content-Security-Policy", "")) is not inline


async def test_links_are_for_one_file_one_name_and_a_while(web: Served) -> None:
    blob = await web.core.media.put(b"data", mime="", name="a.txt", limit=10**9)
    url = LINKS.address(blob.sha256, "a.txt", web.clock.now())
    assert (await fetched(web, url))[0] == 200
    refused = [
        url.replace("a.txt", "a.html"),
        url.replace(blob.sha256, "0" * 64),
        url.replace("exp=1", "exp=2"),
        url.partition("?")[0],
        url.replace("sig=", "sig=%00"),
    ]
    for address in refused:
        assert (await fetched(web, address))[0] == 403, address
    web.clock.skip(9 * 86_400)
    assert (await fetched(web, url))[0] == 403


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "a%00b"]
)
async def test_no_path_leads_out(web: Served, path: str) -> None:
    for address in (f"/media/{'0' * 64}/{path}", f"/media/{path}", f"/static/{path}", f"/{path}"):
        async with aiohttp.ClientSession() as http:
            from yarl import URL

            async with http.get(URL(web.base + address, encoded=True)) as answer:
                assert answer.status in {400, 403, 404}
                assert b"root:" not in await answer.read()


async def test_a_file_that_is_gone_is_said_to_be(web: Served) -> None:
    status, data, _ = await fetched(web, LINKS.address("0" * 64, "a.txt", web.clock.now()))

    assert status == 404
    assert b"no longer held" in data


def test_addresses_made_within_a_day_are_the_same() -> None:
    assert LINKS.address("a" * 64, "x", NOW) == LINKS.address("a" * 64, "x", NOW + 60)
    assert LINKS.read(LINKS.address("a" * 64, "x y/ü", NOW), NOW + 6.9 * 86_400) == ("a" * 64, "x y/ü")
    with pytest.raises(Denied):
        LINKS.read("https://elsewhere.example/cat.png", NOW)


def test_names_are_made_safe_and_tell_the_type() -> None:
    assert file_name("../../etc/passwd", "") == "passwd"
    assert file_name("C:\\a\\b.txt", "text/plain") == "b.txt"
    assert file_name("", "image/png") == "file.png"
    assert file_name("a\r\nb\0.png", "") == "ab.png"
    assert len(file_name("x" * 1000, "")) == 150
    assert "\n" not in headers("a\n.txt")["Content-Disposition"]
    assert headers("ü.png")["Content-Disposition"] == f"inline; filename*=UTF-8''{quote('ü.png')}"


def test_sources_become_addresses_and_nothing_of_the_app_leaks() -> None:
    body = codec.encode(
        Reply(
            (
                Message(
                    "assistant",
                    (
                        Text("see"),
                        Thought("t", (Media("image", Blob("a" * 64, 3), "a.png"),)),
                        Media("image", Inline(b"x"), mime="image/png"),
                        Media("image", Inline(b"x" * 100_000), mime="image/png"),
                        Media("html", Inline(b"<script>"), mime="text/html"),
                        Media("image", Link("https://pictures.example/a.png")),
                        Media("image", Link("javascript:alert(1)")),
                        Media("file", AppFile("/tmp/gradio/secret/a.txt"), "a.txt"),
                    ),
                ),
            ),
            (Artifact("media", media=Media("image", Blob("b" * 64, 4), "b")),),
        )
    )
    shown = with_addresses(body, lambda sha256, name: f"/m/{sha256[0]}/{name}")
    text = str(shown)

    assert "/m/a/a.png" in text
    assert "/m/b/b" in text
    assert "data:image/png;base64,eA==" in text
    assert "'external': True" in text
    for hidden in ("javascript:", "/tmp/gradio", "app_file", "data:text/html", "sha256"):
        assert hidden not in text
    assert with_addresses(["no", {"media": 1}], lambda *_: "") == ["no", {"media": 1}]


async def test_a_picture_in_a_reply_comes_when_its_bytes_do(web: Served) -> None:
    tab = await web.visit()
    await tab.say("draw")
    turn = await web.core.begun()
    blob = await web.core.media.put(png(), mime="image/png", name="a.png", limit=10**9)
    turn.show(Reply((Message("assistant", (Media("image", AppFile("/tmp/a.png"), "a.png"),)),)))
    await tab.until(lambda: len(tab.seen()) == 2)
    assert "source" not in tab.reply()["messages"][0]["parts"][0]
    await turn.finish(Reply((Message("assistant", (Media("image", blob, "a.png"),)),), state="final"))
    await tab.until(lambda: tab.state() == "delivered")
    source = tab.reply()["messages"][0]["parts"][0]["source"]

    assert source["size"] == len(png())
    assert (await fetched(web, source["url"]))[1] == png()

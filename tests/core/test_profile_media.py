"""Pictures of an app's profile are fetched once and kept, so that bridges can show them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fakes.backend import ScriptedBackend
from fakes.clock import VirtualClock
from trunkline import profile_media
from trunkline.apps import Apps
from trunkline.backend import Example, FetchedFile
from trunkline.media import MediaStore
from trunkline.messages import AppFile, Blob, Inline, Media, Message, Text
from trunkline.store import Store

FACE = Media("image", AppFile("/tmp/face.png"), name="face.png", mime="image/png")
GONE = Media("image", AppFile("/tmp/gone.png"), name="gone.png", mime="image/png")
DRAWN = Media("image", Inline(b"drawn"), name="drawn.png", mime="image/png")


async def test_what_a_profile_shows_is_kept_and_what_is_gone_says_why(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "x.db")
    clock = VirtualClock()
    shelf = MediaStore(tmp_path / "media", store, clock)
    app = ScriptedBackend()
    app.files = {"/tmp/face.png": b"a face"}
    app.change(
        avatars=(None, FACE),
        examples=(Example("look", icon=DRAWN, media=(FACE, GONE)),),
        greeting=(Message("assistant", (Text("hi"), FACE)),),
    )
    apps = Apps({"app": app}, shelf)
    await apps.connected("app")
    shown = apps.profile("app")

    face = shown.avatars[1]
    assert face is not None
    assert isinstance(face.source, Blob)
    assert await shelf.read(face.source.sha256) == b"a face"
    (example,) = shown.examples
    assert example.icon is not None
    assert isinstance(example.icon.source, Blob)
    assert example.media[0] == face
    assert example.media[1].source is None
    assert example.media[1].error
    assert shown.greeting[0].parts == (Text("hi"), face)
    assert apps.profile("app") is shown

    # Kept although no turn refers to them, as long as they are wanted.
    await clock.advance(10_000.0)
    await shelf.keep(apps.kept_media())
    assert await shelf.collect(3_600.0) == 0
    await clock.advance(10_000.0)
    assert await shelf.collect(3_600.0) == 2

    # A redeployed app shows other pictures.
    app.files["/tmp/gone.png"] = b"back"
    app.change(avatars=(DRAWN, None), examples=(), greeting=())
    fresh = await apps.fresh_profile("app")
    assert fresh.avatars[0] is not None
    assert isinstance(fresh.avatars[0].source, Blob)
    await apps.close()
    await store.close()


async def test_nobody_waits_twice_for_what_the_app_does_not_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(ScriptedBackend):
        fetches = 0

        async def fetch(self, file: AppFile, limit: int) -> FetchedFile:
            self.fetches += 1
            await asyncio.Event().wait()
            raise AssertionError("never told")

    monkeypatch.setattr(profile_media, "PATIENCE", 0.01)
    store = await Store.open(tmp_path / "x.db")
    app = Silent()
    app.change(avatars=(None, FACE))
    apps = Apps({"app": app}, MediaStore(tmp_path / "media", store))
    await apps.connected("app")
    shown = (await apps.fresh_profile("app")).avatars[1]
    assert shown is not None
    assert (shown.source, bool(shown.error)) == (None, True)
    assert app.fetches == 1
    await apps.close()
    await store.close()

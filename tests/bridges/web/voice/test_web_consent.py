"""What pages are offered where what is said is kept, and where clips become text; and what is taken of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.taker import Ears, FakeTaker
from fakes.web_server import serving
from trunkline.accepting import takes
from trunkline.audio.codecs import wav
from trunkline.backend import Accepts
from trunkline.messages import Media
from trunkline_bridges.web.profile import page_accepts

CLIP = Media("audio", name="clip.wav", mime="audio/wav")
PICTURE = Media("image", name="cat.png", mime="image/png")


def test_where_speech_becomes_text_a_page_may_send_clips_to_an_app_that_reads() -> None:
    for accepts in (Accepts(), Accepts(files=True, file_types=(".pdf",)), Accepts(file_types=("image",))):
        assert not takes(accepts, CLIP)
        assert takes(page_accepts(accepts, hears=True), CLIP)
        assert not takes(page_accepts(accepts, hears=True), PICTURE)
        assert page_accepts(accepts, hears=False) == accepts


def test_an_app_that_reads_nothing_gets_no_transcripts() -> None:
    deaf = Accepts(text=False, files=True, file_types=("image",))
    assert page_accepts(deaf, hears=True) == deaf


@pytest.mark.parametrize("hears", [True, False])
async def test_a_clip_is_taken_where_it_becomes_text(hears: bool, tmp_path: Path) -> None:
    async with serving(tmp_path, speech=Ears() if hears else None) as web:
        web.core.profiles["demo"] = replace(web.core.profiles["demo"], accepts=Accepts())
        tab = await web.visit()
        assert tab.welcome["app"]["accepts"].get("microphone", False) is hears
        status, answer = await tab.upload("clip.wav", wav(np.zeros(1600, np.int16), 16_000), "audio/wav")
        assert status == (200 if hears else 415)
        if hears:
            assert answer["files"][0]["kind"] == "audio"
        assert not web.core.profiles["demo"].accepts.microphone, "the app itself hears nothing"


async def test_where_what_is_said_is_kept_a_visitor_has_to_agree_before(tmp_path: Path) -> None:
    taker = FakeTaker(records=True)
    async with serving(tmp_path, calls=taker.calls, speech=Ears()) as web:
        tab = await web.visit()
        assert tab.welcome["voice"]["records"] is True
        denied = await tab.ask("call.start", codec="pcm_s16le")
        assert denied["outcome"] == "denied"
        assert "kept as sound" in denied["text"]
        assert taker.held == []
        assert (await tab.ask("call.start", codec="pcm_s16le", agrees=True))["outcome"] == "done"
        await taker.call()
        taker.leave()
        assert "records" not in (await web.visit()).welcome["voice"]

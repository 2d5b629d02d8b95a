"""How long the page takes to answer aloud, and to fall silent: measured in its audio thread."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect
from structlog.testing import capture_logs

from e2e.serving import served
from e2e.tapped import Tap
from e2e.test_page_calling import GRAMMAR, SAID, microphone, visiting
from fakes.fixtures import StartApp

pytestmark = [pytest.mark.browser, pytest.mark.apps, pytest.mark.asyncio(loop_scope="session")]

SPEECH = {"to_text": GRAMMAR, "from_text": "espeak"}
STAGES = ("paused", "understood", "asked", "written", "sounding")
PATIENT_S = 5.0
"""The pause alone is 0.8 s; a busy machine takes its time to understand."""
AFTER_MS = 500
"""What is heard so long after the cut is what should not be."""
FRAME_MS = 32
"""Our detector may hear it a frame later than the server's, which heard all before."""
CUT_OFF_MS = 250
"""The target is 50 on an idle machine; whoever waits for the end of the reply's queue waits seconds."""


async def test_from_the_last_sample_of_a_question_to_the_first_of_its_answer(
    gradio_app: StartApp, tmp_path: Path
) -> None:
    sound = microphone(tmp_path, 30)
    with capture_logs() as logs:
        async with (
            served(gradio_app("typing_echo"), tmp_path, speech=SPEECH, voice={"earcons": False}) as address,
            visiting(address, sound, bypass_csp=True) as (chat, wire),
        ):
            tap = Tap(chat.page)
            await chat.page.reload()
            await tap.lay()
            await chat.button("Talk").click()
            await expect(chat.said).to_have_text([SAID])
            async with asyncio.timeout(30):
                await wire.heard.wait()
            sounds = await tap.sounds()
    answered = sounds.first_heard(after=0)
    asked = sounds.last_said(before=answered)
    (stages,) = [entry for entry in logs if entry["event"] == "spoken answer begins"]
    waited = answered - asked
    inside = {stage: stages[f"{stage}_ms"] for stage in STAGES}
    rest = waited - sum(inside.values())
    split = ", ".join(f"{stage} {ms}" for stage, ms in inside.items())
    print(f"\nwidget: last sample asked to first sample heard {waited:.0f} ms: {split}, page and way {rest:.0f}")
    assert 800 < waited < PATIENT_S * 1000
    assert inside["sounding"] < 1000


async def test_who_interrupts_is_not_talked_over(gradio_app: StartApp, tmp_path: Path) -> None:
    sound = microphone(tmp_path, 3.0, 3.6, 4.2)
    slow = {**SPEECH, "speed": 0.3}
    async with (
        served(gradio_app("typing_echo"), tmp_path, speech=slow, voice={"earcons": False}) as address,
        visiting(address, sound, bypass_csp=True) as (chat, wire),
    ):
        tap = Tap(chat.page)
        await chat.page.reload()
        await tap.lay()
        await chat.button("Talk").click()
        async with asyncio.timeout(60):
            await wire.cut.wait()
        cut, heard = (await tap.flushed())[0], await tap.heard_250_ms()
        sounds = await tap.sounds(until=cut + AFTER_MS)
    began = sounds.spoke_up(before=cut)
    sent = max(at for at in heard if at <= cut + FRAME_MS)
    last = sounds.last_heard(began, cut + AFTER_MS)
    print(
        f"\nwidget: first sample of speech to 250 ms of it sent {sent - began:.0f} ms,"
        f" from there to the loudspeaker told {cut - sent:.0f} ms,"
        f" to the last sample scheduled {last - sent:.0f} ms"
    )
    assert cut - sent < CUT_OFF_MS
    assert last - sent < CUT_OFF_MS

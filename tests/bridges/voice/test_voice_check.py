"""What `trunkline check --voice` finds: each thing that a call needs, loaded and tried."""

from __future__ import annotations

from pathlib import Path

from fakes.calls import Recogniser
from trunkline.calls import NoSpeech, Speech
from trunkline_bridges.voice.check import check
from trunkline_bridges.voice.options import VoiceOptions


async def found(speech: Speech, **settings: object) -> list[tuple[bool, str]]:
    options = VoiceOptions.model_validate(settings)
    return [(finding.ok, finding.text) for finding in await check(options, speech)]


async def test_a_spoken_word_is_understood() -> None:
    findings = await found(Recogniser("one"))
    assert all(ok for ok, _ in findings)
    texts = " ".join(text for _, text in findings)
    for expected in ("its end by silence", "libopus loads", "says 'one' in 0.1 s", "understands 'one'"):
        assert expected in texts


async def test_engines_that_fail_are_told_with_their_reason() -> None:
    broken = Recogniser()
    broken.fails = "The model is missing."
    findings = await found(broken)
    assert [text for ok, text in findings if not ok] == [
        "speech.from_text: The model is missing.",
        "speech.to_text: The model is missing.",
    ]


async def test_without_engines_is_said_what_that_means() -> None:
    findings = await found(NoSpeech())
    assert all(ok for ok, _ in findings)
    assert [text.partition(":")[0] for _, text in findings[2:]] == [
        "speech.to_text is not set",
        "speech.from_text is not set",
    ]


async def test_a_recogniser_alone_is_given_silence() -> None:
    hears = Recogniser()
    hears.speaks = False
    assert any("speech.to_text answers" in text for ok, text in await found(hears) if ok)


async def test_what_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"no model, no library")
    options = VoiceOptions(end_of_turn="smart-turn", smart_turn_model=str(broken))
    detection, opus, *_ = await check(options, NoSpeech(), str(broken))
    assert not detection.ok
    assert detection.text.startswith("voice: ")
    assert not opus.ok
    assert "libopus" in opus.text

"""How long people wait for a spoken answer, by stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Histogram

from trunkline.telemetry import log

STAGES: Final = ("spoken", "paused", "understood", "asked", "written", "sounding")
"""The last word; the pause behind it detected; transcribed; stored; the app's first sentence or sound; its first
sample handed to the transport. A stage lasts from the one before to its own."""
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30, 60)


class Timing:
    """Counts the waits of all calls of a process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._stages = Histogram(
            "trunkline_voice_stage_seconds",
            "From the end of speech to the first reply audio, by stage.",
            ["stage"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._whole = Histogram(
            "trunkline_voice_answer_seconds",
            "From the end of speech to the first reply audio.",
            buckets=_BUCKETS,
            registry=registry,
        )

    def answered(self, turn: int, times: Mapping[str, float]) -> None:
        """`times`: when each of `STAGES` was reached, in seconds; those that were not are left out."""
        reached = [(stage, times[stage]) for stage in STAGES if stage in times]
        lasted = {
            stage: max(0.0, at - before)
            for (stage, at), (_, before) in zip(reached[1:], reached[:-1], strict=True)
        }
        for stage, seconds in lasted.items():
            self._stages.labels(stage).observe(seconds)
        if "spoken" in times:
            self._whole.observe(max(0.0, times["sounding"] - times["spoken"]))
        stages = {f"{stage}_ms": round(seconds * 1_000) for stage, seconds in lasted.items()}
        log.info("spoken answer begins", turn=turn, **stages)

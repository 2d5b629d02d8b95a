"""Logs, metrics and health. Nothing of what people write, and no secret, ever reaches them."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Literal

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("trunkline")
"""The one logger. Values are ids, counts, states and class names; never texts, people's names or query strings."""


class Metrics:
    """The service's numbers, on a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter(
            "trunkline_events_total", "Events received.", ["bridge", "outcome"], registry=self.registry
        )
        self.turns = Counter(
            "trunkline_turns_total", "Turns that ended.", ["bridge", "app", "state"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "trunkline_turn_seconds",
            "From received to delivered.",
            ["bridge", "app"],
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600),
            registry=self.registry,
        )
        self.first_seconds = Histogram(
            "trunkline_first_snapshot_seconds",
            "From running to the app's first snapshot.",
            ["bridge", "app"],
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=self.registry,
        )
        self.active = Gauge("trunkline_active_conversations", "Conversations with work.", registry=self.registry)
        self.last_event = Gauge(
            "trunkline_last_event_timestamp_seconds",
            "When the newest event came.",
            ["bridge"],
            registry=self.registry,
        )


def configure_logging(level: str = "INFO", form: Literal["auto", "console", "json"] = "auto") -> None:
    """Log to standard error: for people on a terminal, as JSON lines elsewhere."""
    chosen = form if form != "auto" else ("console" if sys.stderr.isatty() else "json")
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    final: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if chosen == "console" else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, final],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Access lines of the web server hold paths with signatures.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def causes(error: BaseException) -> list[str]:
    """The kinds of errors in `error` and where each was raised. Their texts may hold what people wrote."""
    if isinstance(error, BaseExceptionGroup):
        return [cause for inner in error.exceptions for cause in causes(inner)]
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return [f"{type(error).__name__}{where}"]

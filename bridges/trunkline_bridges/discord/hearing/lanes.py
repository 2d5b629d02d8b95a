"""What happens in a channel, in its order; messages that were missed get into their place."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from trunkline import lanes
from trunkline.clock import Clock
from trunkline.errors import StoreError
from trunkline.pacing import backoff
from trunkline.telemetry import log

from ..facts import Written

T = TypeVar("T")
Work: TypeAlias = "Callable[[Lane], Awaitable[None]]"


@dataclass(slots=True)
class Job:
    """Something to be done in a channel; `written` where it is about a new message."""

    work: Work
    written: Written | None = None


class Lane(lanes.Lane[Job]):
    """What waits in one channel. A `joining.Pending`."""

    def take(self, wanted: Callable[[Written], bool]) -> Written | None:
        """The first new message that is wanted, taken out; None when there is none."""
        for job in self.jobs:
            if job.written is not None and wanted(job.written):
                self.jobs.remove(job)
                return job.written
        return None

    def insert(self, jobs: Iterable[Job]) -> None:
        """Put new messages, the oldest first, where they belong among those that wait; those that do are left."""
        late = deque(jobs)
        waiting, self.jobs = self.jobs, deque()
        for job in waiting:
            while late and job.written is not None and _is_before(late[0], job.written):
                self.jobs.append(late.popleft())
            if late and job.written is not None and _id(late[0]) == int(job.written.id):
                late.popleft()
            self.jobs.append(job)
        self.jobs.extend(late)


class Lanes(lanes.Lanes[Job]):
    """One lane per channel with work; the scope is its server, "" for direct messages."""

    def __init__(self) -> None:
        super().__init__("discord", Lane)


async def patiently(clock: Clock, call: Callable[[], Awaitable[T]]) -> T:
    """What a call gives once the store takes it: Discord tells nothing twice."""
    attempt = 0
    while True:
        try:
            return await call()
        except StoreError as error:
            log.warning("discord event not stored yet", error=type(error).__name__, attempt=attempt)
        await clock.sleep(backoff(attempt, random.random))
        attempt += 1


def _id(job: Job) -> int:
    return int(job.written.id) if job.written is not None else 0


def _is_before(job: Job, written: Written) -> bool:
    return _id(job) < int(written.id)

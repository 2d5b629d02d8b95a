"""Turn latency, throughput and CPU: ours, bare and gradio_client, alternating round by round in one run."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.apps_running import running_app
from benchmarks.driving import Driver, GradioClients, bare, ours

ROUNDS = 5
TURNS = {1: 20, 50: 2, 200: 1}
"""Turns of each conversation in a round, by number of conversations."""
TOKENS = 1_000


@dataclass
class Measured:
    """Of one driver at one number of conversations, a value a round."""

    latency_ms: list[float] = field(default_factory=list)
    per_s: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


async def one_round(driver: Driver, conversations: int, first: int, measured: Measured) -> None:
    async def talk(conversation: int) -> list[float]:
        return [await driver.turn(conversation) for _ in range(TURNS[conversations])]

    cpu, start = time.process_time(), time.perf_counter()
    times = await asyncio.gather(*(talk(first + index) for index in range(conversations)))
    elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
    count = conversations * TURNS[conversations]
    measured.latency_ms.append(statistics.median(t for talked in times for t in talked) * 1_000)
    measured.per_s.append(count / elapsed)
    measured.cpu_ms.append(cpu / count * 1_000)


async def compare(drivers: Mapping[str, Driver], conversations: int) -> dict[str, Measured]:
    """Every driver in turn, round by round; one round before the first counted one."""
    found = {name: Measured() for name in drivers}
    for number in range(ROUNDS + 1):
        for name, driver in drivers.items():
            # A single conversation begins anew each round, so that its history stays short.
            first = (number + 1) * 10_000 if conversations == 1 else 0
            await one_round(driver, conversations, first, found[name] if number else Measured())
    return found


async def measure() -> dict[str, Any]:
    """The `turn.*` results, each the median over rounds."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=256))
    results: dict[str, Any] = {"turn.throughput_vs_bare": {}, "turn.throughput_vs_gradio_client": {}}
    with tempfile.TemporaryDirectory() as folder, running_app("streaming") as url:
        async with ours(url, Path(folder)) as own, bare(url) as by_hand:
            drivers: dict[str, Driver] = {"bare": by_hand, "ours": own, "gradio_client": GradioClients(url)}
            for conversations in TURNS:
                found = await compare(drivers, conversations)
                _report(conversations, found)
                key = str(conversations)
                results["turn.throughput_vs_bare"][key] = _ratio(found["ours"].per_s, found["bare"].per_s)
                results["turn.throughput_vs_gradio_client"][key] = _ratio(
                    found["ours"].per_s, found["gradio_client"].per_s
                )
                if conversations == 1:
                    results["turn.added_ms"] = _difference(found["ours"].latency_ms, found["bare"].latency_ms)
                    results["turn.cpu_ms"] = _difference(found["ours"].cpu_ms, found["bare"].cpu_ms)
    results["turn.cpu_ms_per_token_100"] = await _per_token()
    return results


async def _per_token() -> float:
    """CPU of our process for one token of a streaming reply, with 100 messages of history before it."""
    with tempfile.TemporaryDirectory() as folder, running_app("streaming") as url:
        async with ours(url, Path(folder)) as own:
            for _ in range(50):
                await own.turn(1)
            found = []
            for _ in range(5):
                cpu = time.process_time()
                await own.turn(1, f"tokens {TOKENS}")
                long = time.process_time() - cpu
                cpu = time.process_time()
                await own.turn(1)
                found.append((long - (time.process_time() - cpu)) / TOKENS * 1_000)
    return statistics.median(found)


def _ratio(a: list[float], b: list[float]) -> float:
    return statistics.median(x / y for x, y in zip(a, b, strict=True))


def _difference(a: list[float], b: list[float]) -> float:
    return statistics.median(x - y for x, y in zip(a, b, strict=True))


def _report(conversations: int, found: Mapping[str, Measured]) -> None:
    print(f"{conversations} conversations, median of {ROUNDS} rounds:")
    for name, measured in found.items():
        print(
            f"  {name:14} {statistics.median(measured.latency_ms):8.2f} ms a turn"
            f" {statistics.median(measured.per_s):8.1f} turns/s {statistics.median(measured.cpu_ms):7.2f} ms CPU"
        )
